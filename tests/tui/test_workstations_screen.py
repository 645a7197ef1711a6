"""Workstations for staff: out of service now and later, whose bookings that hits, changing and retiring."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lab_tui.lab import gpu_outages, gpus, notices, workstations
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.lab.notices import NoticeKind
from lab_tui.store.tables import gpus as gpu_tables
from lab_tui.store.tables import people
from lab_tui.tui.modals.hits import HitsModal
from lab_tui.tui.modals.outage_sheet import OutageSheet, SpanSheet, UntilSheet
from lab_tui.tui.modals.workstation_form import OWN_RULES_LIKE, WorkstationForm
from lab_tui.tui.widgets.choice_list import ChoiceList
from tests.tui.conftest import OpenKiosk
from tests.tui.kiosks import Kiosk
from tests.tui.test_staff_screens import SIZES, booked, signed_in, type_into
from tests.world import NOW, World

HOUR = timedelta(hours=1)
# 23 November, 09:00 in Hong Kong.
TOMORROW_9 = NOW.replace(hour=1, minute=0) + timedelta(days=1)


def outages_of(world: World) -> list[gpus.OutageView]:
    return list(gpu_outages.outages(world.lab, world.staff()))


def machines_of(world: World) -> dict[str, workstations.WorkstationDetails]:
    return {one.name: one for one in workstations.all_workstations(world.lab, world.staff())}


def tomorrow(
    world: World, machine: gpu_tables.Workstation, person: people.Person, gpu: int = 0
) -> BookingView:
    """A booking from 10:00 to 12:00 of the day after."""
    start = TOMORROW_9 + HOUR
    wish = BookingWish(machine.id, (gpu,), start, start + 2 * HOUR, "training")
    return gpus.book(world.lab, world.actor(person), wish).what


def bookings_of(world: World, person: people.Person) -> list[tuple[str, tuple[int, ...]]]:
    found = gpus.bookings_of(world.lab, world.actor(person))
    return [(one.workstation, one.gpu_numbers) for one in found]


async def chosen(kiosk: Kiosk, *texts: str) -> None:
    """Open what can be done with the machine in the list, and take the line with each of the texts."""
    await kiosk.press("enter")
    for text in texts:
        await kiosk.shows(text)
        line = next(line for line in kiosk.text.splitlines() if text in line)
        await kiosk.press(line.split("│")[1].split()[0])


# Out of service


async def test_a_machine_goes_out_and_comes_back(small_world: World, open_kiosk: OpenKiosk) -> None:
    machine = small_world.workstation("sai-kung")
    booked(small_world, machine, 3)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="workstations")
        await kiosk.shows("sai-kung", "✓ in service")
        assert kiosk.screen.check_action("back_in", ()) is None
        await chosen(kiosk, "Out of service now")
        await kiosk.shows_modal(OutageSheet)
        await kiosk.press("enter")
        await kiosk.shows("✕ Reason must not be empty.")
        await kiosk.press(*"fan", "tab", "0", "enter")
        await kiosk.until(lambda: kiosk.text.count("✕") == 1 and "Reason" not in kiosk.text, "the refusal")
        await kiosk.shows("fan")
        await kiosk.press("backspace", "2", "enter")
        await kiosk.shows("sai-kung is out of service. No booking is hit.", "╳ until today 16:32: fan")
        assert [(one.reason, one.ends_at) for one in outages_of(small_world)] == [("fan", NOW + 2 * HOUR)]
        await kiosk.press("b")
        await kiosk.shows("✓ sai-kung is back in service. Over: fan, today 14:32-16:32.")
        await kiosk.until(lambda: "╳" not in kiosk.text, "the machine")
    assert outages_of(small_world) == []


async def test_a_machine_goes_out_by_mouse_until_further_notice(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    small_world.workstation("kowloon")
    small_world.workstation("lantau")
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="workstations")
        await kiosk.shows("lantau")
        await kiosk.touch("lantau")
        await kiosk.touch("Enter What to do")
        await kiosk.shows("Out of service now")
        await kiosk.touch("Out of service now")
        await kiosk.shows("lantau out of service from now")
        await kiosk.touch("Driver upgrade")
        await kiosk.touch("8 h")
        await kiosk.touch("24 h")
        hours = kiosk.app.screen.query_one("#hours")
        await kiosk.until(lambda: hours.value == "24", "the hours")  # type: ignore[attr-defined]
        await kiosk.pilot.click(list(kiosk.app.screen.query(".usual"))[-1])
        await kiosk.touch("Enter Out of service")
        await kiosk.shows("lantau is out of service. No booking is hit.", "╳ until further notice: Driver")
    assert [(one.workstation, one.reason, one.ends_at) for one in outages_of(small_world)] == [
        ("lantau", "Driver upgrade", None)
    ]


async def test_a_planned_outage_does_not_keep_a_machine_from_going_out_now(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine = small_world.workstation("sai-kung")
    gpu_outages.put_out_of_service(
        small_world.lab, small_world.staff(), machine.id, TOMORROW_9, TOMORROW_9 + HOUR, "new driver"
    )
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="workstations")
        await kiosk.shows("✓ in service until tomorrow 09:0", "╳ new driver, tomorrow 09:00-10:00")
        await chosen(kiosk, "Out of service now")
        await kiosk.shows_modal(OutageSheet)
        await kiosk.press(*"smoke", "enter")
        await kiosk.shows("╳ until further notice: smoke", "new driver, tomorrow 09:00-10:00")
        await kiosk.press("enter")
        await kiosk.shows("End now: smoke", "Cancel: new driver")
        await kiosk.shows_no("Out of service now")
    assert [one.reason for one in outages_of(small_world)] == ["smoke", "new driver"]


@pytest.mark.parametrize(
    ("field", "text", "said", "cursor"),
    [
        ("from_day", "tomorrow", "First day: tomorrow is no day", "from_day"),
        ("from_day", "", "First day must not be empty", "from_day"),
        ("starts_at", "nine", "Start: nine is no time of day", "starts_at"),
        ("until_day", "2026-02-30", "Last day: 2026-02-30 is no day", "until_day"),
        ("ends_at", "25:00", "End: 25:00 is no time of day", "ends_at"),
        ("ends_at", "", "End must not be empty", "ends_at"),
        ("ends_at", "08:00", "The end, tomorrow 08:00, is not after the start", None),
        ("reason", "", "Reason must not be empty", "reason"),
        ("reason", "x" * 250, "Reason is too long", "reason"),
    ],
)
async def test_each_fault_of_a_plan_is_told_at_its_field(
    small_world: World, open_kiosk: OpenKiosk, field: str, text: str, said: str, cursor: str | None
) -> None:
    small_world.workstation("sai-kung")
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="workstations")
        await chosen(kiosk, "Plan an outage")
        await kiosk.shows_modal(SpanSheet)
        sheet = kiosk.app.screen
        for name, value in {"reason": "fan", field: text}.items():
            sheet.query_one(f"#{name}").value = value  # type: ignore[attr-defined]
        await kiosk.press("enter")
        await kiosk.shows(said)
        if cursor:
            assert kiosk.app.focused is sheet.query_one(f"#{cursor}")
    assert outages_of(small_world) == []


@pytest.mark.parametrize("size", SIZES)
async def test_planning_an_outage_moves_the_bookings_it_hits(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    small, large = small_world.workstation("sai-kung"), small_world.workstation("lantau", gpu_count=1)
    mei, kenji = small_world.person("Mei Chan"), small_world.person("Kenji Lam")
    tomorrow(small_world, small, mei)
    tomorrow(small_world, small, kenji, gpu=1)
    assert large is not None
    async with open_kiosk(size=size) as kiosk:
        await signed_in(kiosk, screen="workstations")
        await kiosk.press("down")
        await chosen(kiosk, "Plan an outage")
        await kiosk.shows_modal(SpanSheet)
        await type_into(kiosk, "reason", "fan")
        await kiosk.press("enter")
        await kiosk.shows_modal(HitsModal)
        await kiosk.shows("2 bookings are hit.", "Mei Chan", "→ lantau  GPU 0  tomorrow 10:00-12:00")
        # Where Mei goes is no place for Kenji: another time on their own machine is left.
        await kiosk.shows("○ → sai-kung  GPU 1  tomorrow 13:00-15:00")
        await kiosk.press("m")
        await kiosk.shows("To be moved: 1.", "● → lantau  GPU 0  tomorrow 10:00-12:00")
        await kiosk.press("m")
        await kiosk.shows("To be moved: 0.")
        await kiosk.press("a")
        await kiosk.shows("To be moved: 2.", "● → sai-kung  GPU 1  tomorrow 13:00-15:00")
        assert (outages_of(small_world), bookings_of(small_world, mei)) == ([], [("sai-kung", (0,))])
        await kiosk.press("enter")
        await kiosk.shows("sai-kung will be out of service from tomorrow 09:00. 2 bookings were", "╳ fan")
    assert [(one.reason, one.starts_at) for one in outages_of(small_world)] == [("fan", TOMORROW_9)]
    assert bookings_of(small_world, mei) == [("lantau", (0,))]
    told = notices.unseen(small_world.lab, small_world.actor(mei))
    assert [(one.kind, one.facts["reason"]) for one in told] == [(NoticeKind.RELOCATED, "fan")]


async def test_what_cannot_be_moved_stays_and_its_person_is_told(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine, mei = small_world.workstation("sai-kung"), small_world.person("Mei Chan")
    tomorrow(small_world, machine, mei)
    for other in range(1, 15):
        start = TOMORROW_9 + timedelta(days=other)
        gpu_outages.put_out_of_service(
            small_world.lab, small_world.staff(), machine.id, start - 9 * HOUR, start + 15 * HOUR, "moving"
        )
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="workstations")
        await chosen(kiosk, "Plan an outage")
        await kiosk.shows_modal(SpanSheet)
        await type_into(kiosk, "from_day", "2026-11-22")
        await type_into(kiosk, "starts_at", "14:00")
        await type_into(kiosk, "ends_at", "24:00")
        await type_into(kiosk, "reason", "flood")
        await kiosk.press("enter")
        await kiosk.shows("1 booking is hit.", "✕ no other place passes the rules")
        assert kiosk.app.screen.check_action("mark", ()) is None
        assert kiosk.app.screen.check_action("mark_all", ()) is None
        await kiosk.press("m", "a", "enter")
        await kiosk.shows("sai-kung is out of service. 1 booking is hit.")
    assert bookings_of(small_world, mei) == [("sai-kung", (0,))]
    told = notices.unseen(small_world.lab, small_world.actor(mei))
    assert [one.kind for one in told] == [NoticeKind.OUTAGE_HIT]


async def test_going_back_stores_nothing(small_world: World, open_kiosk: OpenKiosk) -> None:
    machine, mei = small_world.workstation("sai-kung"), small_world.person("Mei Chan")
    tomorrow(small_world, machine, mei)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="workstations")
        await chosen(kiosk, "Plan an outage")
        await kiosk.shows_modal(SpanSheet)
        await type_into(kiosk, "reason", "fan")
        await kiosk.press("enter")
        await kiosk.shows_modal(HitsModal)
        # Marking moves nobody.
        await kiosk.press("a")
        await kiosk.shows("To be moved: 1.")
        await kiosk.press("escape")
        await kiosk.until(lambda: kiosk.app.screen is kiosk.screen, "the screen again")
    assert outages_of(small_world) == []
    assert bookings_of(small_world, mei) == [("sai-kung", (0,))]


async def test_an_outage_gets_another_end_and_is_cancelled(small_world: World, open_kiosk: OpenKiosk) -> None:
    machine = small_world.workstation("sai-kung")
    gpu_outages.put_out_of_service(
        small_world.lab, small_world.staff(), machine.id, TOMORROW_9, TOMORROW_9 + HOUR, "new driver"
    )
    mei = small_world.person("Mei Chan")
    tomorrow(small_world, machine, mei)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="workstations")
        await chosen(kiosk, "Another end: new driver, tomorrow 09:00-10:00")
        await kiosk.shows_modal(UntilSheet)
        assert kiosk.app.screen.query_one("#ends_at").value == "10:00"  # type: ignore[attr-defined]
        await type_into(kiosk, "ends_at", "24:00")
        await kiosk.press("enter")
        await kiosk.shows("1 booking is hit.")
        await kiosk.press("enter")
        await kiosk.shows("new driver, tomorrow 09:00-00:00. 1 booking is hit.")
        assert [one.ends_at for one in outages_of(small_world)] == [TOMORROW_9 + 15 * HOUR]
        await chosen(kiosk, "Another end")
        await kiosk.shows_modal(UntilSheet)
        assert kiosk.app.screen.query_one("#until_day").value == "2026-11-23"  # type: ignore[attr-defined]
        assert kiosk.app.screen.query_one("#ends_at").value == "24:00"  # type: ignore[attr-defined]
        await kiosk.press("escape")
        await chosen(kiosk, "Cancel: new driver")
        await kiosk.shows("✓ sai-kung stays in service. Called off: new driver, tomorrow 09:00-00:00.")
    assert outages_of(small_world) == []


async def test_a_machine_with_many_outages_has_all_of_them_to_choose_from(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine = small_world.workstation("sai-kung")
    for day in range(6):
        start = TOMORROW_9 + timedelta(days=day)
        gpu_outages.put_out_of_service(
            small_world.lab, small_world.staff(), machine.id, start, start + HOUR, f"work {day}"
        )
    async with open_kiosk(size=(80, 24)) as kiosk:
        await signed_in(kiosk, screen="workstations")
        await kiosk.press("enter")
        # Seventeen lines: two, two for each outage, three.
        await kiosk.shows("1  Out of service now", "9  Cancel: work 3", "Another end: work 4")
        assert "10" not in kiosk.text.replace("10:00", "")
        await kiosk.press(*["down"] * 16)
        await kiosk.shows("Retire the machine")
        await kiosk.press("up", "up", "up", "up", "enter")
        await kiosk.shows("✓ sai-kung stays in service. Called off: work 5, Sat 28 Nov 09:00-10:00.")
        await kiosk.press("enter")
        await kiosk.press("end")
        await kiosk.touch("Retire the machine")
        await kiosk.shows("Retire sai-kung?")
    assert [one.reason for one in outages_of(small_world)] == [f"work {day}" for day in range(5)]


# Machines


async def test_the_arrows_move_in_the_list_at_every_visit(small_world: World, open_kiosk: OpenKiosk) -> None:
    for name in ("kowloon", "lantau", "sai-kung"):
        small_world.workstation(name)
    async with open_kiosk() as kiosk:
        for _visit in range(3):
            await signed_in(kiosk)
            await kiosk.press("w")
            await kiosk.shows("Staff · workstations", "sai-kung")
            await kiosk.press("down")
            await kiosk.until(
                lambda: kiosk.screen.query_one(ChoiceList).highlighted == 1, "the second machine"
            )
            assert kiosk.app.focused is kiosk.screen.query_one(ChoiceList)
            await kiosk.press("enter")
            await kiosk.shows("1  Out of service now")
            assert any("─ lantau ─" in line for line in kiosk.text.splitlines())
            await kiosk.press("escape")
            kiosk.app.end_visit()
            await kiosk.until(lambda: kiosk.app.visit is None, "the home screen")


async def test_a_machine_is_added_with_rules_of_its_own(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="workstations")
        await kiosk.shows("This lab has no workstations yet. Press n to add one.")
        await kiosk.press("n")
        await kiosk.shows_modal(WorkstationForm)
        await kiosk.press("enter")
        await kiosk.shows("✕ Memory a GPU must not be empty.")
        for field, text in {"name": "sha-tin", "gpu_model": "H100", "gpu_memory_gb": "80"}.items():
            await type_into(kiosk, field, text)
        await type_into(kiosk, "gpu_count", "4")
        await type_into(kiosk, "tags", "nvlink big-memory")
        await type_into(kiosk, "policy", "slot_minutes=60, only_when_open")
        await kiosk.press("enter")
        await kiosk.shows("✕ Own rules: only_when_open is no setting. Write it like")
        await type_into(kiosk, "policy", "slot_minutes=60, shortest_minutes=sixty")
        await kiosk.press("enter")
        await kiosk.shows("sixty is no whole number")
        await type_into(kiosk, "policy", "slot_minuets=60")
        await kiosk.press("enter")
        await kiosk.shows("✕ Own rules: there is no setting slot_minuets. Did you mean", "slot_minutes?")
        assert kiosk.app.focused is kiosk.app.screen.query_one("#policy")
        await type_into(kiosk, "policy", "slot_minutes=60, shortest_minutes=60, only_when_open=true")
        await kiosk.press("enter")
        await kiosk.shows("✓ Saved: sha-tin.", "4 x H100 80 GB", "#nvlink #big-memory", "slot_minutes=60")
    machine = machines_of(small_world)["sha-tin"]
    assert machine.policy == {"slot_minutes": 60, "shortest_minutes": 60, "only_when_open": True}
    assert (machine.gpu_count, machine.tags) == (4, ("nvlink", "big-memory"))


async def test_the_form_s_own_examples_are_taken_and_host_names_looked_at(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    small_world.workstation("sai-kung")
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="workstations")
        await kiosk.press("n")
        await kiosk.shows(OWN_RULES_LIKE)
        fields = {"name": "sha-tin", "gpu_model": "H100", "gpu_memory_gb": "80", "policy": OWN_RULES_LIKE}
        for field, text in fields.items():
            await type_into(kiosk, field, text)
        for typed, said in (
            ("bad host name!!", "✕ Host name: bad host name!! is no host name."),
            ("sai-kung", "✕ sai-kung answers to sai-kung already"),
        ):
            await type_into(kiosk, "host_name", typed)
            await kiosk.press("enter")
            await kiosk.shows(said)
            assert kiosk.app.focused is kiosk.app.screen.query_one("#host_name")
        await type_into(kiosk, "host_name", "sha-tin.lab.example")
        await kiosk.press("enter")
        await kiosk.shows("✓ Saved: sha-tin.")
    assert machines_of(small_world)["sha-tin"].policy == {"longest_hours": 12, "no_show_minutes": 30}


async def test_a_machine_is_changed(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("sai-kung")
    small_world.workstation("lantau")
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="workstations")
        await chosen(kiosk, "Change the machine")
        await kiosk.shows_modal(WorkstationForm)
        await type_into(kiosk, "name", "sai-kung")
        await kiosk.press("enter")
        await kiosk.shows("✕", "sai-kung")
        assert kiosk.app.focused is kiosk.app.screen.query_one("#name")
        await type_into(kiosk, "name", "lamma")
        await type_into(kiosk, "notes", "Ask Benny")
        await kiosk.press("enter")
        await kiosk.shows("✓ Saved: lamma.", "Ask Benny")
    assert set(machines_of(small_world)) == {"lamma", "sai-kung"}


async def test_a_machine_is_retired_once_its_bookings_have_moved(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    old, mei = small_world.workstation("aberdeen", gpu_count=1), small_world.person("Mei Chan")
    small_world.workstation("lantau", gpu_count=1)
    tomorrow(small_world, old, mei)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="workstations")
        await chosen(kiosk, "Retire the machine")
        await kiosk.shows("Retire aberdeen?")
        await kiosk.press("enter")
        await kiosk.shows("1 booking is hit.", "→ lantau")
        assert kiosk.app.screen.check_action("go_on", ()) is None
        await kiosk.press("enter", "a")
        await kiosk.shows("To be moved: 1.")
        assert not machines_of(small_world)["aberdeen"].retired
        await kiosk.press("enter")
        await kiosk.shows("✓ aberdeen is retired; its history stays.", "○ retired")
        # It stands at the end now.
        assert kiosk.text.index("lantau") < kiosk.text.index("aberdeen")
        await kiosk.press("end")
        await chosen(kiosk, "Bring it back into use")
        await kiosk.shows("✓ aberdeen is in use again.")
    assert bookings_of(small_world, mei) == [("lantau", (0,))]
    assert not machines_of(small_world)["aberdeen"].retired
