"""Staff at the kiosk: their Today, the events they make, the clock they vouch for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lab_tui.lab import caretaker, checkins, closures, events, gpu_outages, gpus
from lab_tui.lab.checkins import CheckInKind
from lab_tui.lab.gpus import BookingWish
from lab_tui.store.tables import events as event_tables
from lab_tui.store.tables import gpus as gpu_tables
from lab_tui.store.tables.lab import Closure
from lab_tui.tui.modals.event_form import EventForm
from tests.tui.conftest import OpenKiosk
from tests.tui.hostile_names import HOSTILE_NAMES
from tests.tui.kiosks import Kiosk
from tests.world import NOW, World

SIZES = ((80, 24), (120, 40))


async def signed_in(kiosk: Kiosk, role: str = "staff", screen: str = "staff_today") -> None:
    """A new staff member's visit, their PIN given, on one of staff's screens."""
    person = kiosk.world.person("Ada Wong", role=role)
    await kiosk.visit(person)
    kiosk.app.sign_in_staff(kiosk.world.actor(person, signed_in=True))
    for name in ("staff_today", screen):
        kiosk.app.go(name)
        await kiosk.until(lambda: kiosk.screen.value is not None, f"the data of {name}")


async def type_into(kiosk: Kiosk, field: str, text: str) -> None:
    """Replace what stands in a field of the form by keys."""
    kiosk.app.screen.query_one(f"#{field}").focus()
    await kiosk.press("end", "ctrl+u", *text)


def stored_events(world: World) -> list[tuple[Any, ...]]:
    with world.lab.store.read():
        query = event_tables.Session.select().join(event_tables.Event).order_by(event_tables.Session.id)
        return [
            (one.event.title, one.event.kind, one.event.capacity, one.place, one.event.cancelled)
            for one in query
        ]


def booked(world: World, machine: gpu_tables.Workstation, hours: int) -> None:
    starts_at = NOW.replace(minute=0) + timedelta(hours=hours)
    wish = BookingWish(machine.id, (0,), starts_at, starts_at + timedelta(hours=1), "training")
    gpus.book(world.lab, world.member(), wish)


# Today


@pytest.mark.parametrize("size", SIZES)
async def test_today_tells_events_machines_and_arrivals(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    event = small_world.event("Reading X-rays", capacity=5, starts_at=NOW + timedelta(minutes=5))
    guest, gone = small_world.person("Mei Chan"), small_world.person("Kenji Lam")
    events.sign_up(small_world.lab, small_world.actor(guest), event.id)
    checkins.check_in(
        small_world.lab, small_world.actor(guest), CheckInKind.SESSION, small_world.session_of(event).id
    )
    checkins.check_in(small_world.lab, small_world.actor(guest), CheckInKind.LAB, 0)
    checkins.check_in(small_world.lab, small_world.actor(gone), CheckInKind.LAB, 0)
    small_world.clock.advance(minutes=3)
    checkins.leave(small_world.lab, small_world.actor(gone))
    machine = small_world.workstation("sai-kung")
    gpu_outages.put_out_of_service(
        small_world.lab, small_world.staff(), machine.id, NOW, NOW + timedelta(hours=4), "driver upgrade"
    )
    waited_for = small_world.workstation("lantau")
    booked(small_world, waited_for, 1)
    small_world.clock.advance(minutes=22)
    async with open_kiosk(size=size) as kiosk:
        await signed_in(kiosk)
        await kiosk.shows("1  14:37-16:37", "Reading X-rays", "1 inside · 1/5")
        await kiosk.shows("╳ sai-kung", "driver upgrade", "until today 18:32")
        await kiosk.shows("! lantau", "GPU 0", "from 15:00")
        await kiosk.shows("Staff · today · 2 inside", "14:32-14:35", "Kenji Lam", "Mei Chan")


async def test_an_empty_today_says_so(open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk)
        await kiosk.shows("No more events today.", "All machines are in service.", "Nobody is awaited.")


async def test_many_arrivals_scroll_by_keys_and_by_mouse(small_world: World, open_kiosk: OpenKiosk) -> None:
    for number in range(30):
        person = small_world.person(f"Guest {number:02d}")
        checkins.check_in(small_world.lab, small_world.actor(person), CheckInKind.LAB, 0)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk)
        await kiosk.shows("Guest 29")
        assert "Guest 00" not in kiosk.text
        await kiosk.press("pagedown", "pagedown", "pagedown")
        await kiosk.shows("Guest 00")
        await kiosk.press("pageup", "pageup", "pageup")
        await kiosk.shows("Guest 29", "EVENTS TODAY")
        kiosk.app.screen.query_one("#today").scroll_end(animate=False)
        await kiosk.shows("Guest 00")


async def test_a_steward_gets_today_and_the_door_only(small_world: World, open_kiosk: OpenKiosk) -> None:
    event = small_world.event(starts_at=NOW + timedelta(hours=1))
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, role="steward")
        await kiosk.shows("Fine-tuning on a budget")
        for action in ("events", "workstations", "closures", "close_kiosk"):
            assert kiosk.screen.check_action(action, ()) is None
        await kiosk.press("e", "w", "k", "q")
        assert type(kiosk.app.screen).__name__ == "StaffTodayScreen"
        await kiosk.press("1")
        await kiosk.shows("Open the door of “Fine-tuning on a budget”?")
        await kiosk.press("enter")
        await kiosk.until(lambda: type(kiosk.screen).__name__ == "DoorScreen", "the door")
        assert kiosk.app.visit is None
    with small_world.lab.store.read():
        assert small_world.session_of(event).check_in_opened_at == NOW


@pytest.mark.parametrize("screen", ["staff_today", "staff_events", "workstations", "closures"])
@pytest.mark.parametrize("modal", [False, True])
async def test_another_badge_ends_staffs_visit(
    small_world: World, open_kiosk: OpenKiosk, screen: str, modal: bool
) -> None:
    small_world.event("Board meeting", starts_at=NOW + timedelta(hours=1))
    small_world.workstation("sai-kung")
    closures.plan_closure(small_world.lab, small_world.staff(), NOW, NOW + timedelta(hours=1), "Storm")
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen=screen)
        if modal:
            await kiosk.press("f1" if screen == "staff_today" else "enter")
            await kiosk.until(lambda: kiosk.app.screen is not kiosk.screen, "the modal")
        staff = kiosk.screen
        await kiosk.visit(small_world.person("Mei Chan"))
        assert kiosk.app.visit is not None
        assert not kiosk.app.visit.actor.signed_in
        assert staff.value is None
        assert len(kiosk.app.screen_stack) == 2


async def test_after_a_jump_of_the_clock_staff_say_whether_it_is_right(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine = small_world.workstation("sai-kung", gpu_count=30)
    for number in range(25):
        wish = BookingWish(machine.id, (number,), NOW.replace(minute=30), NOW + timedelta(minutes=58))
        gpus.book(small_world.lab, small_world.member(), wish)
    caretaker.run_due(small_world.lab)
    small_world.clock.advance(days=3)
    caretaker.run_due(small_world.lab)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk)
        await kiosk.shows("IS THE CLOCK RIGHT?", "! 25", "release bookings nobody came to", "Enter Answer")
        await kiosk.press("enter")
        await kiosk.shows("Is it 25 Nov 2026, 14:32 now?", "release bookings nobody came to: 25")
        await kiosk.press("escape")
        await kiosk.touch("! 25")
        await kiosk.touch("Enter Yes")
        await kiosk.shows("✓ Done: 25 changes.")
        await kiosk.shows_no("IS THE CLOCK RIGHT?")


# Events


@pytest.mark.parametrize("size", SIZES)
async def test_a_new_event_keeps_what_was_typed_until_it_is_right(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    async with open_kiosk(size=size) as kiosk:
        await signed_in(kiosk, screen="staff_events")
        await kiosk.shows("Nothing is planned", "n New")
        await kiosk.press("n")
        await kiosk.shows_modal(EventForm)
        await kiosk.press("enter")
        await kiosk.shows("✕ Title must not be empty.")
        assert kiosk.app.focused is kiosk.app.screen.query_one("#title")
        await kiosk.press(*"Demo day", "tab", "space")
        await kiosk.shows("Office hours")
        await kiosk.press("end", "enter", "tab")
        await type_into(kiosk, "capacity", "many")
        await type_into(kiosk, "place", "Loft")
        await kiosk.press("enter")
        await kiosk.shows("✕ Seats: many is no whole number.", "Demo day", "Loft")
        assert kiosk.app.focused is kiosk.app.screen.query_one("#capacity")
        assert stored_events(small_world) == []
        await kiosk.press(*"12", "enter")
        await kiosk.shows("✓ Saved: Demo day.", "0 of 12")
        assert "Undo" not in kiosk.text
    assert stored_events(small_world) == [("Demo day", "demo_day", 12, "Loft", False)]


@pytest.mark.parametrize(
    ("field", "typed", "said", "cursor"),
    [
        ("title", "x" * 130, "Title is too long", "title"),
        ("place", "", "Place must not be empty", "place"),
        ("place", "x" * 90, "Place is too long", "place"),
        ("day", "tomorrow", "Day: tomorrow is no day", "day"),
        ("day", "9999-12-31", "Day: 9999-12-31 is too far from today", "day"),
        ("day", "2026-11-01", "has passed", "day"),
        ("starts_at", "ten", "Start: ten is no time of day", "starts_at"),
        ("ends_at", "09:00", "End is not after the start", "ends_at"),
        ("capacity", "0", "Seats: 0 is out of bounds", "capacity"),
        ("capacity", "", "Seats must not be empty", "capacity"),
        ("speaker", "x" * 130, "Speaker is too long", "speaker"),
        ("about", "x" * 610, "About is too long", "about"),
    ],
)
async def test_each_fault_is_told_at_its_field(
    open_kiosk: OpenKiosk, field: str, typed: str, said: str, cursor: str
) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="staff_events")
        await kiosk.press("n")
        await kiosk.shows_modal(EventForm)
        form = kiosk.app.screen
        for name, text in {"title": "Talk", "place": "Loft", "day": "9999-12-31", field: typed}.items():
            form.query_one(f"#{name}").value = text  # type: ignore[attr-defined]
        if typed == "9999-12-31":
            form.query_one("#ends_at").value = "24:00"  # type: ignore[attr-defined]
        if field != "day":
            form.query_one("#day").value = "2026-11-23"  # type: ignore[attr-defined]
        await kiosk.press("enter")
        await kiosk.shows(said)
        assert kiosk.app.focused is form.query_one(f"#{cursor}")
    assert stored_events(kiosk.world) == []


async def test_the_form_speaks_another_language_and_keeps_what_was_typed(open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="staff_events")
        await kiosk.press("n")
        await kiosk.shows_modal(EventForm)
        await kiosk.press(*"Robots", "tab", "tab")
        focused = kiosk.app.focused
        assert focused is not None
        await kiosk.press("f9")
        await kiosk.until(lambda: kiosk.app.focused not in (focused, None), "the form again")
        await kiosk.shows("Robots")
        assert kiosk.app.focused is not None
        assert kiosk.app.focused.id == "day"


async def test_an_event_is_changed_and_called_off(small_world: World, open_kiosk: OpenKiosk) -> None:
    event = small_world.event("Night shift", starts_at=NOW + timedelta(days=1, hours=5, minutes=28), hours=4)
    for number in range(2):
        events.sign_up(small_world.lab, small_world.member(name=f"Guest {number}"), event.id)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="staff_events")
        await kiosk.shows("Night shift", "2 of 3")
        await kiosk.press("enter")
        await kiosk.shows_modal(EventForm)
        await kiosk.shows("20:00", "24:00")
        await type_into(kiosk, "capacity", "1")
        await kiosk.press("enter")
        await kiosk.shows("✕", "Night shift")
        assert kiosk.app.focused is kiosk.app.screen.query_one("#capacity")
        await kiosk.press(*"8")
        await type_into(kiosk, "title", "Late shift")
        await kiosk.press("enter")
        await kiosk.shows("✓ Saved: Late shift.", "2 of 8")
        assert stored_events(small_world) == [("Late shift", "workshop", 8, "Seminar room", False)]
        assert small_world.session_of(event).ends_at == NOW + timedelta(days=1, hours=9, minutes=28)
        await kiosk.press("x")
        await kiosk.shows("2 people have a place in “Late shift”.", "cannot be undone")
        await kiosk.press("escape")
        await kiosk.press("x", "enter")
        await kiosk.shows("✓ Called off: Late shift.")
        await kiosk.until(lambda: kiosk.screen.check_action("call_off", ()) is None, "a dim key")
        assert kiosk.screen.check_action("open_door", ()) is None
    assert stored_events(small_world) == [("Late shift", "workshop", 8, "Seminar room", True)]


async def test_events_are_run_by_mouse_alone(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.event("First talk", starts_at=NOW + timedelta(hours=1))
    small_world.event("Second talk", starts_at=NOW + timedelta(hours=3))
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="staff_events")
        await kiosk.shows("First talk", "Second talk")
        await kiosk.touch("Second talk")
        await kiosk.touch("Call off")
        await kiosk.shows("in “Second talk”")
        await kiosk.touch("Enter Yes")
        await kiosk.shows("✓ Called off: Second talk.")
        await kiosk.touch("First talk")
        await kiosk.touch("Enter Change")
        await kiosk.shows_modal(EventForm)
        await kiosk.touch("Workshop")
        await kiosk.shows("Office hours")
        await kiosk.touch("Office hours")
        await kiosk.touch("Enter Save")
        await kiosk.shows("✓ Saved: First talk.")
    assert [(title, kind, off) for title, kind, _n, _p, off in stored_events(small_world)] == [
        ("First talk", "office_hours", False),
        ("Second talk", "workshop", True),
    ]


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_names_stay_text(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    for number, name in enumerate(HOSTILE_NAMES):
        small_world.event(f"{name}{number}", starts_at=NOW + timedelta(minutes=number))
        machine = small_world.workstation(f"{name}{number}")
        with small_world.lab.store.write():
            gpu_tables.Outage.create(workstation=machine, reason=name or "-", starts_at=NOW)
            later = NOW + timedelta(days=number + 1)
            Closure.create(reason=name or "-", starts_at=later, ends_at=later + timedelta(hours=1))
    async with open_kiosk(size=size) as kiosk:
        for screen in ("staff_today", "staff_events", "workstations", "closures"):
            await signed_in(kiosk, screen=screen)
            for _page in range(12):
                kiosk.assert_harmless()
                await kiosk.press("pagedown")
        await signed_in(kiosk, screen="staff_events")
        for _name in HOSTILE_NAMES[:30]:
            await kiosk.press("enter")
            await kiosk.shows_modal(EventForm)
            kiosk.assert_harmless()
            await kiosk.press("escape", "down")
