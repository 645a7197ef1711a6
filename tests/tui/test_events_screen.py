"""Events at the kiosk: signing up, waiting, taking what is offered, giving it back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lab_tui.lab import events
from lab_tui.lab.events import EventView
from lab_tui.store.tables import events as tables
from lab_tui.tui.modals.question import QuestionModal
from lab_tui.tui.modals.refusal import RefusalModal
from lab_tui.tui.screens.base import LabScreen
from lab_tui.tui.widgets.choice_list import ChoiceList
from tests.tui.conftest import OpenKiosk
from tests.tui.hostile_names import HOSTILE_NAMES
from tests.tui.kiosks import Kiosk
from tests.world import NOW, World

SIZES = ((80, 24), (120, 40))


def places(world: World) -> list[tuple[str, str]]:
    """Who has what place, as the database stands now."""
    with world.lab.store.read():
        query = tables.SignUp.select().order_by(tables.SignUp.id)
        return [(one.person.name, one.state) for one in query]


def highlighted(kiosk: Kiosk) -> EventView | None:
    event: EventView | None = kiosk.screen._event_here()  # type: ignore[attr-defined]
    return event


def line_of(kiosk: Kiosk, text: str) -> str:
    return next(line for line in kiosk.text.splitlines() if text in line)


@pytest.mark.parametrize("size", SIZES)
async def test_three_keys_from_a_scan_to_a_place(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    small_world.event("Fine-tuning on a budget", capacity=3)
    async with open_kiosk(size=size) as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"))
        await kiosk.press("e")
        await kiosk.shows("Fine-tuning on a budget", "3 places left", "Seminar room", "Enter Sign up")
        await kiosk.press("enter")
        await kiosk.shows("✓ You are going to “Fine-tuning on a budget”.", "you are going", "u Undo")
        assert kiosk.screen.check_action("take_place", ()) is None
    assert places(small_world) == [("Mei Chan", "going")]


async def test_undo_gives_the_place_back(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.event(capacity=3)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "events")
        await kiosk.press("enter")
        await kiosk.shows("you are going")
        await kiosk.press("u")
        await kiosk.shows("Undone.", "3 places left")
    assert places(small_world) == [("Mei Chan", "undone")]


async def test_a_full_event_says_so_and_lets_one_wait(small_world: World, open_kiosk: OpenKiosk) -> None:
    event = small_world.event(capacity=1)
    events.sign_up(small_world.lab, small_world.member(name="Ada"), int(event.id))
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "events")
        await kiosk.shows("full, 0 wait", "Enter Wait for a place")
        await kiosk.press("enter")
        await kiosk.shows("You wait for", "waiting, you are next")
    assert places(small_world) == [("Ada", "going"), ("Mei Chan", "waiting")]


async def test_an_event_that_just_filled_up_refuses_and_offers_the_waiting_list(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    event = small_world.event(capacity=1)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "events")
        await kiosk.shows("1 place left")
        events.sign_up(small_world.lab, small_world.member(name="Ada"), int(event.id))
        await kiosk.press("enter")
        await kiosk.shows('✕ "Fine-tuning on a budget" is full', "1  Join the waiting list")
        assert places(small_world) == [("Ada", "going")]
        await kiosk.press("1")
        await kiosk.shows("You wait for")
    assert places(small_world) == [("Ada", "going"), ("Mei Chan", "waiting")]


async def test_an_offered_place_is_taken_and_cannot_be_undone(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    event = small_world.event(capacity=1)
    ada, mei = small_world.member(name="Ada"), small_world.person("Mei Chan")
    hers = events.sign_up(small_world.lab, ada, int(event.id)).what
    events.sign_up(small_world.lab, small_world.actor(mei), int(event.id), or_wait=True)
    events.cancel_sign_up(small_world.lab, ada, hers.id)
    async with open_kiosk() as kiosk:
        await kiosk.visit(mei, "events")
        await kiosk.shows("◇", "held for you", "A place is held for you until today 16:32.")
        await kiosk.shows("Enter Take the place")
        await kiosk.press("enter")
        await kiosk.shows("✓ You are going to")
        await kiosk.shows("you are going")
        assert "Undo" not in kiosk.text
    assert places(small_world) == [("Ada", "cancelled"), ("Mei Chan", "going")]


async def test_giving_a_place_back_asks_first(small_world: World, open_kiosk: OpenKiosk) -> None:
    event = small_world.event(capacity=3)
    mei = small_world.person("Mei Chan")
    events.sign_up(small_world.lab, small_world.actor(mei), int(event.id))
    async with open_kiosk() as kiosk:
        await kiosk.visit(mei, "events")
        await kiosk.press("x")
        await kiosk.shows("Give your place back?", "goes to somebody else")
        await kiosk.press("escape")
        await kiosk.until(lambda: kiosk.app.screen is kiosk.screen)
        assert places(small_world) == [("Mei Chan", "going")]
        await kiosk.press("x")
        await kiosk.shows_modal(QuestionModal)
        await kiosk.press("enter")
        await kiosk.shows("✓ You gave your place in", "3 places left")
    assert places(small_world) == [("Mei Chan", "cancelled")]


async def test_what_is_called_off_says_so_and_takes_nobody(small_world: World, open_kiosk: OpenKiosk) -> None:
    event = small_world.event()
    events.call_off(small_world.lab, small_world.staff(), int(event.id))
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "events")
        await kiosk.shows("called off")
        assert kiosk.screen.check_action("take_place", ()) is None
        await kiosk.press("enter", "x")
        await kiosk.pilot.pause()
        assert kiosk.app.screen is kiosk.screen
    assert places(small_world) == []


async def test_one_touch_only_looks_and_the_second_signs_up(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    small_world.event("Reading X-rays")
    small_world.event("Office hours", starts_at=NOW + timedelta(days=2))
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "events")
        await kiosk.shows("Office hours")
        await kiosk.touch("Office hours")
        await kiosk.until(lambda: (event := highlighted(kiosk)) and event.title == "Office hours")
        await kiosk.pilot.pause()
        assert places(small_world) == []
        await kiosk.touch("Office hours")
        await kiosk.shows("You are going to “Office hours”.")
        await kiosk.touch("x Give")
        await kiosk.shows_modal(QuestionModal)
        await kiosk.touch("Yes")
        await kiosk.shows("You gave your place")
    assert places(small_world) == [("Mei Chan", "cancelled")]


async def test_the_key_bar_signs_up_by_touch(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.event()
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "events")
        await kiosk.shows("Enter Sign up")
        await kiosk.touch("Sign up")
        await kiosk.shows("You are going to")
    assert places(small_world) == [("Mei Chan", "going")]


async def test_the_highlight_stays_on_its_event_when_the_list_changes(
    small_world: World, open_kiosk: OpenKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LabScreen, "REFRESH_SECONDS", 0.05)
    for number in range(30):
        small_world.event(f"Talk {number}", starts_at=NOW + timedelta(days=1, hours=number))
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "events")
        await kiosk.press(*["down"] * 20)
        await kiosk.until(lambda: (event := highlighted(kiosk)) and event.title == "Talk 20")
        scrolled = kiosk.screen.query_one(ChoiceList).scroll_offset
        small_world.event("Sooner", starts_at=NOW + timedelta(hours=1))
        await kiosk.until(lambda: len(kiosk.screen.value) == 31)
        await kiosk.pilot.pause()
        assert "Talk 20" in [event.title for event in (highlighted(kiosk),) if event]
        assert abs(kiosk.screen.query_one(ChoiceList).scroll_offset.y - scrolled.y) <= 1
        assert "Talk 20" in kiosk.text


async def test_a_change_of_texts_does_not_rebuild_the_list(small_world: World, open_kiosk: OpenKiosk) -> None:
    event = small_world.event(capacity=3)
    other = small_world.event("Other", capacity=3)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "events")
        await kiosk.shows("Other")
        before = [(option, option.prompt) for option in kiosk.screen.query_one(ChoiceList).options]
        events.sign_up(small_world.lab, small_world.member(), int(event.id))
        kiosk.screen.refresh_value()
        await kiosk.shows("2 places left")
        after = kiosk.screen.query_one(ChoiceList).options
        assert [option for option, _ in before] == list(after)
        same = [option.id for option, prompt in before if option.prompt is prompt]
        assert same == [str(other.id)]


async def test_nothing_of_a_person_stays_when_they_leave(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.event()
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "events")
        await kiosk.press("enter")
        await kiosk.shows("you are going")
        screen = kiosk.screen
        kiosk.app.end_visit()
        assert screen.query_one(ChoiceList).option_count == 0
        await kiosk.visit(small_world.person(), "events")
        await kiosk.shows("2 places left")
        assert "you are going" not in kiosk.text


async def test_an_empty_programme_says_so(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "events")
        await kiosk.shows("Nothing is planned in the next weeks.")
        await kiosk.press("enter", "x", "down")
        small_world.event("At last")
        kiosk.screen.refresh_value()
        await kiosk.shows("At last")
        await kiosk.press("enter")
        await kiosk.shows("You are going to “At last”.")


async def test_what_is_on_now_says_until_when(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.event("Reading", starts_at=NOW - timedelta(minutes=32))
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "events")
        await kiosk.shows("now, until 16:00")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "zh_Hant"])
async def test_columns_hold_and_hostile_titles_do_no_harm(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int], language: str
) -> None:
    for number, name in enumerate(HOSTILE_NAMES[:24]):
        small_world.event(name, capacity=3, starts_at=NOW + timedelta(hours=number + 1))
    with small_world.lab.store.write():
        tables.Event.update(speaker=HOSTILE_NAMES[20], about=HOSTILE_NAMES[21]).execute()
    async with open_kiosk(size=size) as kiosk:
        await kiosk.visit(small_world.person(HOSTILE_NAMES[0], language=language), "events")
        options = kiosk.screen.query_one(ChoiceList)
        await kiosk.until(lambda: options.option_count == 24)
        widths = {option.prompt.cell_length for option in options.options}
        assert len(widths) == 1
        assert widths.pop() <= options.scrollable_content_region.width
        for _event in HOSTILE_NAMES[:24]:
            await kiosk.press("down")
            kiosk.assert_harmless()
        await kiosk.press("enter")
        await kiosk.shows("✓")
        await kiosk.press("x")
        await kiosk.until(
            lambda: not isinstance(kiosk.app.screen, RefusalModal) and kiosk.app.screen is not kiosk.screen
        )
