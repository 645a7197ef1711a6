"""Staff find a person, whose badge is lost: one key makes it void, makes a new one and prints that."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab_tui.errors import Refused, SystemCannot
from lab_tui.lab import checkins, people
from lab_tui.lab.checkins import CheckInKind
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.lab import AuditEntry
from lab_tui.store.tables.people import Pass, Person, StaffPin
from lab_tui.tui.modals.code_sheet import CodeSheet
from lab_tui.tui.modals.new_pin import NewPinForm
from lab_tui.tui.modals.person_form import PersonForm
from lab_tui.tui.modals.print_sheet import PrintSheet
from lab_tui.tui.widgets.choice_list import ChoiceList
from tests.printing.conftest import with_print
from tests.tui.conftest import OpenKiosk
from tests.tui.hostile_names import HOSTILE_NAMES
from tests.tui.kiosks import PATIENCE_SECONDS, Kiosk
from tests.tui.test_codes_on_screen import read
from tests.tui.test_staff_screens import SIZES, signed_in, type_into
from tests.world import World


@pytest.fixture
def mei(small_world: World) -> Person:
    """Mei Chan of Lumen Vision, among others."""
    team = small_world.startup("Lumen Vision")
    small_world.person("Kenji Lam", startup=team)
    small_world.person("José Álvarez", role="mentor")
    return small_world.person(
        "Mei Chan",
        startup=team,
        other_name="陳美",
        title="CTO",
        email="mei@lumen.example",
        unix_name="mchan",
    )


def badges_of(world: World, person: Person) -> list[tuple[bool, str]]:
    """Whether each badge that the person ever had is in force, and why not."""
    with world.lab.store.read():
        rows = Pass.select().where(Pass.person == person, Pass.kind == "person").order_by(Pass.id)
        return [(one.revoked_at is None, one.revoked_because) for one in rows]


def printed(world: World) -> list[Path]:
    return sorted((world.lab.config.folder / "pictures").glob("*"))


def with_printer(world: World, program: str) -> None:
    """A printer that is this Python program; it is given the file's path."""
    path = world.lab.config.folder / "printer.py"
    path.write_text(program, encoding="utf-8")
    with_print(world, command=f"{sys.executable} {path}")


async def searched(kiosk: Kiosk, words: str) -> None:
    """Type into the search field and wait for what it finds; then go to the list."""
    await kiosk.press(*words)
    await kiosk.until(lambda: kiosk.screen.value.words == words, f"what {words!r} finds")
    await kiosk.press("enter")
    await kiosk.until(lambda: isinstance(kiosk.app.focused, ChoiceList), "the list")


async def done_printing(kiosk: Kiosk) -> None:
    await kiosk.shows_modal(PrintSheet)
    await kiosk.shows_no("Printing …")


# Finding


@pytest.mark.parametrize("size", SIZES)
async def test_people_are_found_as_one_types(
    small_world: World, open_kiosk: OpenKiosk, mei: Person, size: tuple[int, int]
) -> None:
    small_world.badge(mei)
    checkins.check_in(small_world.lab, small_world.actor(mei), CheckInKind.LAB, 0)
    async with open_kiosk(size) as kiosk:
        await signed_in(kiosk)
        await kiosk.shows("p People")
        await kiosk.press("p")
        await kiosk.shows("Ada Wong", "José Álvarez", "4 people · 2 inside", "Enter To the list")
        assert "Lost badge" not in kiosk.text
        await searched(kiosk, "lumen MEI")
        await kiosk.shows("● Mei Chan 陳美", "Member", "Lumen Vision", "✓ badge", "1 person · 1 inside")
        await kiosk.shows("✓ the badge is in force since", "● inside since today 14:32")
        await kiosk.shows("mchan · mei@lumen.example", "CTO", "l Lost badge", "P Print")
        await kiosk.press("slash", *"alvarez")
        await kiosk.shows("José Álvarez", "Mentor", "– no badge", "not inside")
        await kiosk.shows_no("mei@lumen.example")
        await kiosk.press(*"zzz")
        await kiosk.shows("Nobody for “alvarezzzz”.")
        await kiosk.press("enter")
        await kiosk.shows("n New")
        for action in ("choose", "lost_badge", "print"):
            assert kiosk.screen.check_action(action, ()) is None
        await kiosk.press("l", "P", "enter")
        assert kiosk.app.screen is kiosk.screen


async def test_the_list_ends_where_nobody_looks_any_more(small_world: World, open_kiosk: OpenKiosk) -> None:
    for number in range(205):
        small_world.person(f"Guest {number:03d}", role="visitor")
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await kiosk.shows("The first 200; type more of the name")
        await kiosk.press("down", "end")
        await kiosk.shows("Guest 198")
        await kiosk.press("slash", *"guest 204")
        await kiosk.shows("1 person · 0 inside", "Guest 204")


async def test_keys_act_on_nobody_while_the_list_is_of_other_words(
    small_world: World, open_kiosk: OpenKiosk, mei: Person
) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "mei")
        assert kiosk.screen.check_action("lost_badge", ()) is True
        with busy(kiosk):
            await kiosk.press("slash", "end", "space", "enter", "l", "enter")
            assert kiosk.screen.check_action("lost_badge", ()) is None
            assert kiosk.app.screen is kiosk.screen
        await kiosk.until(lambda: kiosk.screen.check_action("lost_badge", ()), "the answer to the last words")
        assert kiosk.screen.value.words == "mei "
    assert badges_of(small_world, mei) == []


@contextmanager
def busy(kiosk: Kiosk) -> Iterator[None]:
    """The database answers nobody until the end of it."""
    operations, free = kiosk.app.operations, asyncio.Event()
    run = operations.run

    async def run_later(operation: Callable[[Lab], Any]) -> Any:
        await free.wait()
        return await run(operation)

    operations.run = run_later  # type: ignore[method-assign]
    try:
        yield
    finally:
        operations.run = run  # type: ignore[method-assign]
        free.set()


async def test_keys_that_come_all_at_once_go_where_they_are_meant(
    small_world: World, open_kiosk: OpenKiosk, mei: Person
) -> None:
    small_world.badge(mei)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "mei")
        kiosk.type("/lum\rn")
        await kiosk.shows("A new person")
        assert kiosk.screen.query_one("#search").value == "lum"  # type: ignore[attr-defined]
    assert badges_of(small_world, mei) == [(True, "")]


# A lost badge


@pytest.mark.parametrize("size", SIZES)
async def test_a_lost_badge_is_void_and_a_new_one_printed_by_keys(
    small_world: World, open_kiosk: OpenKiosk, mei: Person, size: tuple[int, int]
) -> None:
    lost = small_world.badge(mei)
    async with open_kiosk(size) as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "mei")
        await kiosk.press("l")
        await kiosk.shows("A new badge for Mei Chan?", "The badge of Mei Chan becomes void at once")
        assert badges_of(small_world, mei) == [(True, "")]
        await kiosk.press("enter")
        await done_printing(kiosk)
        await kiosk.shows("✓ The old badge of Mei Chan is void.", "✓ This lab has no printer: 1 piece in")
        await kiosk.shows("P Print again", "q Code on the screen")
        assert badges_of(small_world, mei) == [(False, "lost"), (True, "")]
        assert [path.suffix for path in printed(small_world)] == [".pdf"]
        small_world.clock.advance(minutes=1)
        await kiosk.press("P")
        await kiosk.until(lambda: len(printed(small_world)) == 2, "the second print")
        await done_printing(kiosk)
        assert badges_of(small_world, mei) == [(False, "lost"), (True, "")]
        await kiosk.press("escape")
        await kiosk.shows("✓ the badge is in force since")
    with pytest.raises(Refused) as caught:
        people.person_of_code(small_world.lab, lost)
    assert caught.value.codes == {Code.PASS_REVOKED}


async def test_a_lost_badge_by_mouse_alone(small_world: World, open_kiosk: OpenKiosk, mei: Person) -> None:
    small_world.badge(mei)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk)
        await kiosk.touch("p People")
        await kiosk.shows("Mei Chan")
        await kiosk.touch("Mei Chan")
        await kiosk.shows("mchan")
        await kiosk.touch("l Lost badge")
        await kiosk.shows("becomes void at once")
        await kiosk.touch("Enter Yes")
        await done_printing(kiosk)
        await kiosk.touch("q Code on the screen")
        await kiosk.shows_modal(CodeSheet)
        await kiosk.touch("Esc Back")
        await kiosk.touch("Mei Chan")
        await kiosk.shows("Print the badge", "Change the person")
        await kiosk.touch("Print the badge")
        await done_printing(kiosk)
        await kiosk.touch("Esc Back")
        await kiosk.touch("P Print")
        await kiosk.shows("Badge of Mei Chan")
        await kiosk.touch("of all in the list")
        await done_printing(kiosk)
        await kiosk.shows("4 pieces in")
    assert badges_of(small_world, mei) == [(False, "lost"), (True, "")]


async def test_no_is_no(small_world: World, open_kiosk: OpenKiosk, mei: Person) -> None:
    small_world.badge(mei)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "mei")
        await kiosk.press("l", "escape")
        await kiosk.until(lambda: kiosk.app.screen is kiosk.screen, "the list")
    assert badges_of(small_world, mei) == [(True, "")]
    assert printed(small_world) == []


async def test_a_repeated_yes_is_one_badge_and_a_new_question_another(
    small_world: World, open_kiosk: OpenKiosk, mei: Person
) -> None:
    small_world.badge(mei)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        for count in (1, 2):
            await searched(kiosk, "mei")
            await kiosk.press("l")
            await kiosk.shows("The badge of Mei Chan becomes void at once")
            with repeating(kiosk):
                await kiosk.press("enter")
                await done_printing(kiosk)
            assert badges_of(small_world, mei) == [(False, "lost")] * count + [(True, "")]
            await kiosk.press("escape", "slash", "ctrl+u")


@contextmanager
def repeating(kiosk: Kiosk) -> Iterator[None]:
    """Every operation is done twice, as where the first answer is lost on its way."""
    operations = kiosk.app.operations
    run = operations.run

    async def run_twice(operation: Callable[[Lab], Any]) -> Any:
        await run(operation)
        return await run(operation)

    operations.run = run_twice  # type: ignore[method-assign]
    try:
        yield
    finally:
        operations.run = run  # type: ignore[method-assign]


async def test_a_printer_that_fails_takes_nothing_back_and_repeats_nothing(
    small_world: World, open_kiosk: OpenKiosk, mei: Person
) -> None:
    small_world.badge(mei)
    with_printer(small_world, "import sys; print('out of cards', file=sys.stderr); sys.exit(1)")
    async with open_kiosk((100, 30)) as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "mei")
        await kiosk.press("l", "enter")
        await done_printing(kiosk)
        await kiosk.shows("✓ The old badge of Mei Chan is void.", "✕", "out of cards", "P tries again.")
        await kiosk.press("P")
        await done_printing(kiosk)
        await kiosk.shows("out of cards")
        assert badges_of(small_world, mei) == [(False, "lost"), (True, "")]
        await kiosk.press("q")
        await kiosk.shows_modal(CodeSheet)
        await kiosk.shows("Photograph the code")
        assert people.person_of_code(small_world.lab, read(kiosk)).id == mei.id
        await kiosk.press("escape")
        await kiosk.shows("l Lost badge")
    assert badges_of(small_world, mei) == [(False, "lost"), (True, "")]


async def test_the_printer_gets_the_badge(small_world: World, open_kiosk: OpenKiosk, mei: Person) -> None:
    note = small_world.lab.config.folder / "note"
    with_printer(small_world, f"import sys; open({str(note)!r}, 'w').write(sys.argv[-1])")
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "mei")
        await kiosk.press("l")
        await kiosk.shows("Mei Chan has no badge in force; a new one is made and printed.")
        await kiosk.press("enter")
        await done_printing(kiosk)
        await kiosk.shows("✓ Mei Chan has a new badge.", "✓ At the printer: 1 piece.")
    assert Path(note.read_text(encoding="utf-8")).suffix == ".pdf"


# Printing many


async def test_sheets_of_the_list_and_of_the_cohort(
    small_world: World, open_kiosk: OpenKiosk, mei: Person
) -> None:
    small_world.person("Mei Gone", role="visitor", active=False)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "lumen")
        await kiosk.press("P")
        await kiosk.shows("1  Badge of Kenji Lam", "2  Sheets: 2 badges, of all in the list")
        await kiosk.shows("3  Sheets: cohort 2026-2, 2 badges")
        await kiosk.press("2")
        await done_printing(kiosk)
        await kiosk.shows("✓ This lab has no printer: 2 pieces in", "badge-sheet")
        assert "Code on the screen" not in kiosk.text
        await kiosk.press("enter", "slash")
        await searched(kiosk, "mei gone")
        await kiosk.shows("○ not let in any more: no badge is printed")
        assert kiosk.screen.check_action("print", ()) is None
        assert kiosk.screen.check_action("lost_badge", ()) is None


async def test_a_long_print_is_stopped_and_nothing_of_it_is_kept(
    small_world: World, open_kiosk: OpenKiosk, mei: Person
) -> None:
    for number in range(150):
        small_world.person(f"Guest {number:03d}", role="visitor")
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "guest")
        await kiosk.press("P", "2")
        await kiosk.shows("Printing …", "of 150", "Esc Stop")
        assert kiosk.screen.check_action("print", ()) is True
        assert kiosk.app.screen.check_action("print_again", ()) is None
        await kiosk.press("escape")
        await kiosk.shows("Stopped. Nothing was kept or printed.", "Esc Back")
        await kiosk.press("escape")
        await kiosk.until(lambda: kiosk.app.screen is kiosk.screen, "the list")
    assert printed(small_world) == []


async def test_printing_goes_on_when_another_badge_is_scanned(
    small_world: World, open_kiosk: OpenKiosk, mei: Person
) -> None:
    for number in range(30):
        small_world.person(f"Guest {number:03d}", role="visitor")
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "guest")
        await kiosk.press("P")
        await kiosk.shows("of all in the list")
        kiosk.app.simulate_key("2")  # a pilot that presses it waits until nothing goes on any more
        await kiosk.shows_modal(PrintSheet)
        assert not printed(small_world)
        await kiosk.visit(mei)
        await kiosk.shows("Mei Chan", "NOW")
        await kiosk.until(lambda: printed(small_world), "the sheets")
        assert "Guest" not in kiosk.text
        assert kiosk.app.visit is not None
        assert kiosk.app.visit.person.id == mei.id


async def test_a_print_that_waits_for_its_turn_is_done_though_another_badge_is_scanned(
    small_world: World, open_kiosk: OpenKiosk, mei: Person
) -> None:
    other_is_printed = threading.Event()
    async with open_kiosk() as kiosk:
        other = asyncio.ensure_future(
            kiosk.app.operations.run_long(lambda _lab: other_is_printed.wait(PATIENCE_SECONDS))
        )
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "mei")
        await kiosk.press("P")
        await kiosk.shows("Badge of Mei Chan")
        kiosk.app.simulate_key("1")
        await kiosk.shows("Printing …")
        await kiosk.visit(mei)
        await kiosk.shows("Mei Chan", "NOW")
        assert not printed(small_world)
        other_is_printed.set()
        await kiosk.until(lambda: printed(small_world), "the badge")
        assert await other


async def test_a_kiosk_that_closes_waits_for_no_long_print(
    small_world: World, open_kiosk: OpenKiosk, mei: Person
) -> None:
    for number in range(150):
        small_world.person(f"Guest {number:03d}", role="visitor")
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "guest")
        await kiosk.press("P", "2")
        await kiosk.shows("of 150")
        kiosk.app.leave()
    assert printed(small_world) == []


# Adding, changing, PINs, sending away


async def test_a_person_is_added_and_their_badge_printed(
    small_world: World, open_kiosk: OpenKiosk, mei: Person
) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "nobody yet")
        await kiosk.press("n")
        await kiosk.shows_modal(PersonForm)
        await kiosk.press("enter")
        await kiosk.shows("✕ Start-up must not be empty.")
        await type_into(kiosk, "startup_id", "lum")
        await kiosk.press("enter")
        await kiosk.shows("✕ Name must not be empty.")
        await type_into(kiosk, "name", "Grace Hopper")
        await type_into(kiosk, "email", "nowhere")
        await type_into(kiosk, "unix_name", "mchan")
        await kiosk.press("enter")
        await kiosk.shows("no email address")
        await type_into(kiosk, "email", "grace@navy.example")
        await kiosk.press("enter")
        await kiosk.shows("mchan is taken")
        assert kiosk.app.focused is kiosk.app.screen.query_one("#unix_name")
        await type_into(kiosk, "unix_name", "ghopper")
        await kiosk.press("enter")
        await kiosk.shows("✓ Added: Grace Hopper. P prints the badge.", "ghopper · grace@navy.example")
        await kiosk.press("P", "1")
        await done_printing(kiosk)
    assert len(printed(small_world)) == 1
    with small_world.lab.store.read():
        row = Person.get(Person.name == "Grace Hopper")
        assert (row.role, row.startup.name) == ("member", "Lumen Vision")
        told = [entry.facts for entry in AuditEntry.select()]
    assert not any("navy" in facts for facts in told)


async def test_a_person_is_changed(small_world: World, open_kiosk: OpenKiosk, mei: Person) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "mei")
        await kiosk.press("enter", "4")
        await kiosk.shows_modal(PersonForm)
        await kiosk.shows("Change Mei Chan", "mei@lumen.example")
        assert not kiosk.app.screen.query("#role, #startup_id")
        await kiosk.press("enter")
        await kiosk.shows("✕")
        await type_into(kiosk, "name", "Mei Chan-Lee")
        await kiosk.press("enter")
        await kiosk.shows("✓ Saved: Mei Chan-Lee.", "mchan")


async def test_staff_get_a_pin(small_world: World, open_kiosk: OpenKiosk) -> None:
    steward = small_world.person("Sam Ho", role="steward")
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "sam")
        await kiosk.press("enter", "5")
        await kiosk.shows_modal(NewPinForm)
        await kiosk.press(*"481", "tab", *"481", "enter")
        await kiosk.shows("✕ PIN is too short")
        await kiosk.press(*"481592", "tab", "end", "ctrl+u", *"481593", "enter")
        await kiosk.shows("✕ PIN, again is not the same as the first time.")
        assert "481592" not in kiosk.text
        await kiosk.press(*"481592", "enter")
        await kiosk.shows("✓ The PIN of Sam Ho is set.")
    with small_world.lab.store.read():
        assert StaffPin.select().where(StaffPin.person == steward).count() == 1
    assert people.sign_in(small_world.lab, small_world.actor(steward), "481592").signed_in


async def test_who_is_sent_away_comes_back(small_world: World, open_kiosk: OpenKiosk, mei: Person) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "mei")
        await kiosk.press("enter", "5")
        await kiosk.shows("Let Mei Chan in no more?", "What they have booked stays")
        await kiosk.press("enter")
        await kiosk.shows("✓ Mei Chan is let in no more.", "○ inactive")
        await kiosk.press("enter", "1")
        await kiosk.shows("✓ Mei Chan is let in again.", "– no badge")


# Whose eyes, what remains


async def test_contacts_are_for_signed_in_staff_only(
    small_world: World, open_kiosk: OpenKiosk, mei: Person
) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, role="steward")
        assert kiosk.screen.check_action("people", ()) is None
        await kiosk.press("p")
        assert type(kiosk.app.screen).__name__ == "StaffTodayScreen"
        staff = small_world.person("Ben Ng", role="staff")
        await kiosk.visit(staff)
        kiosk.app.go("people")
        await kiosk.pilot.pause()
        await kiosk.shows("Sign in")
        assert "mei@lumen.example" not in kiosk.text
        assert "Mei Chan" not in kiosk.text


@pytest.mark.parametrize("keys", [[], ["enter"], ["l"], ["l", "enter"], ["P"], ["n"]], ids=str)
async def test_another_badge_ends_it_and_nothing_remains(
    small_world: World, open_kiosk: OpenKiosk, mei: Person, keys: list[str]
) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "mei")
        await kiosk.press(*keys)
        if keys:
            await kiosk.until(lambda: kiosk.app.screen is not kiosk.screen, "the modal")
        screen = kiosk.screen
        await kiosk.visit(small_world.person("Tom Lee"))
        assert kiosk.app.visit is not None
        assert not kiosk.app.visit.actor.signed_in
        assert screen.value is None
        assert len(kiosk.app.screen_stack) == 2
        assert screen.query_one("#search").value == ""  # type: ignore[attr-defined]
        assert not screen.query_one(ChoiceList).options
        shown = "".join(str(widget.render()) for widget in screen.query("Static"))
        assert "Mei" not in shown
        assert "lumen" not in shown
        await signed_in(kiosk, screen="people")
        await kiosk.shows("José Álvarez", "Kenji Lam", "Mei Chan")


async def test_a_database_that_is_away_is_told_and_comes_back(
    small_world: World, open_kiosk: OpenKiosk, mei: Person
) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await kiosk.shows("Mei Chan")
        with busy(kiosk):
            kiosk.app.lab_is_away(SystemCannot("store_unreachable", address="lab.db"))
            await kiosk.press(*"mei")
            await kiosk.shows("✕ The database lab.db does not answer", "mei")
            assert kiosk.screen.check_action("lost_badge", ()) is None
        await kiosk.shows_no("✕ The database")
        await kiosk.shows("mchan")


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_names_stay_text(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    for name in HOSTILE_NAMES:
        team = small_world.startup(name)
        small_world.person(name, startup=team, other_name=name, title=name, email=name)
    async with open_kiosk(size) as kiosk:
        await signed_in(kiosk, screen="people")
        await kiosk.press("down")
        people_list = kiosk.screen.query_one(ChoiceList)
        for number in range(0, len(HOSTILE_NAMES), 6):
            people_list.highlighted = number
            await kiosk.pilot.pause()
            kiosk.assert_harmless()
            for key in ("enter", "l", "P") if number % 30 == 0 else ():
                await kiosk.press(key)
                await kiosk.until(lambda: kiosk.app.screen is not kiosk.screen, "the modal")
                kiosk.assert_harmless()
                await kiosk.press("escape")


async def test_the_screen_is_painted_again_in_another_language(
    small_world: World, open_kiosk: OpenKiosk, mei: Person
) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="people")
        await searched(kiosk, "mei")
        await kiosk.press("f9")
        await kiosk.shows("成員")
        await kiosk.press("l", "f9")
        await kiosk.shows("Mei Chan")
        assert kiosk.line_widths == {80}
        await kiosk.press("escape", "f1")
        await kiosk.until(lambda: kiosk.app.screen is not kiosk.screen, "the help")
