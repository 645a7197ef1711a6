"""The GPU timetable at the kiosk: from a scan to a booking, and what happens around it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lab_tui.lab import gpus
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.store.tables import gpus as tables
from lab_tui.store.tables import lab as lab_tables
from lab_tui.tui.modals.booking_sheet import BookingSheet
from lab_tui.tui.modals.question import QuestionModal
from lab_tui.tui.modals.refusal import RefusalModal
from lab_tui.tui.screens.base import LabScreen
from lab_tui.tui.screens.gpu_rows import first_free, free_slots
from lab_tui.tui.widgets.timetable import Timetable, TimetableGroup, TimetableRow, TimetableView
from lab_tui.tui.widgets.timetable_view import Block, BlockKind, Slot
from tests.tui.conftest import OpenKiosk
from tests.tui.hostile_names import HOSTILE_NAMES
from tests.tui.kiosks import Kiosk
from tests.world import NOW, TODAY, World

# The slot that runs now begins at 14:30 in Hong Kong.
SLOT = NOW - timedelta(minutes=2)
HALF_HOUR = timedelta(minutes=30)
SIZES = ((80, 24), (120, 40))


def at(hour: int, minute: int = 0) -> datetime:
    """An hour of today on the lab's wall clock."""
    return SLOT + timedelta(hours=hour - 14, minutes=minute - 30)


def all_bookings(world: World) -> list[BookingView]:
    """What stands in the database now."""
    return list(gpus.day_view(world.lab, world.staff(), TODAY).bookings)


def book(
    world: World, machine: tables.Workstation, numbers: tuple[int, ...], *hours: datetime
) -> BookingView:
    """A booking somebody else made elsewhere."""
    wish = BookingWish(int(machine.id), numbers, hours[0], hours[1])
    return gpus.book(world.lab, world.member(), wish).what


def timetable(kiosk: Kiosk) -> Timetable:
    return kiosk.screen.query_one(Timetable)


async def sheet(kiosk: Kiosk) -> BookingSheet:
    await kiosk.until(lambda: isinstance(kiosk.app.screen, BookingSheet), "the sheet")
    assert isinstance(kiosk.app.screen, BookingSheet)
    return kiosk.app.screen


@pytest.mark.parametrize("size", SIZES)
async def test_four_keys_from_a_scan_to_a_booking(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    small_world.workstation("lantau")
    mei = small_world.person("Mei Chan")
    async with open_kiosk(size=size) as kiosk:
        await kiosk.visit(mei)
        await kiosk.press("g")
        await kiosk.shows("lantau", "14:30-16:30")
        await kiosk.press("enter")
        await sheet(kiosk)
        await kiosk.shows("Book lantau", "2 h")
        await kiosk.press("enter")
        await kiosk.shows("✓ Booked: lantau GPU 0, today 14:30-16:30.", "yours", "u Undo")
    booked = all_bookings(small_world)
    assert [(b.person_name, b.gpu_numbers, b.starts_at, b.ends_at) for b in booked] == [
        ("Mei Chan", (0,), SLOT, SLOT + timedelta(hours=2))
    ]


async def test_the_cursor_begins_where_a_gpu_is_free_now(small_world: World, open_kiosk: OpenKiosk) -> None:
    first, second = small_world.workstation("kowloon"), small_world.workstation("lantau")
    book(small_world, first, (0, 1), SLOT, at(18))
    book(small_world, second, (0,), at(15), at(18))
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        # GPU 0 is free as well, but only for half an hour.
        await kiosk.shows("lantau GPU 1  14:30-16:30  2 h  free")


async def test_the_usual_time_ends_where_the_next_booking_begins(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine = small_world.workstation("lantau", gpu_count=1)
    book(small_world, machine, (0,), at(15, 30), at(18))
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "gpus")
        await kiosk.shows("lantau GPU 0  14:30-15:30  1 h  free until 15:30")
        await kiosk.press("enter")
        await sheet(kiosk)
        await kiosk.press("enter")
        await kiosk.shows("Booked: lantau GPU 0, today 14:30-15:30.")
    assert [b.ends_at for b in all_bookings(small_world)] == [at(15, 30), at(18)]


async def test_the_sheet_makes_it_longer_and_shorter_and_says_why_not(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine = small_world.workstation("lantau", gpu_count=1)
    book(small_world, machine, (0,), at(17), at(18))
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "gpus")
        await kiosk.press("enter")
        shown = await sheet(kiosk)
        await kiosk.press("down")
        await kiosk.shows("14:30-17:00", "2 h 30 min")
        await kiosk.press("down")
        await kiosk.shows("✕ GPU 0 of lantau is taken today 17:00-18:00", "14:30-17:00")
        assert kiosk.app.screen is shown
        await kiosk.press("up", "up", "up", "up", "up", "up", "up")
        await kiosk.shows("14:30-15:00", "30 min")
        await kiosk.press(*"tune", "down")
        await kiosk.shows("14:30-15:30")
        await kiosk.press("enter")
        await kiosk.shows("Booked:")
    mine = next(b for b in all_bookings(small_world) if b.person_name == "Mei Chan")
    assert (mine.starts_at, mine.ends_at, mine.purpose) == (SLOT, at(15, 30), "tune")


async def test_escape_in_the_sheet_books_nothing(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation()
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.press("enter")
        await sheet(kiosk)
        await kiosk.press("escape")
        await kiosk.until(lambda: kiosk.app.screen is kiosk.screen)
    assert all_bookings(small_world) == []


async def test_a_selection_is_booked_as_it_is(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau", gpu_count=3)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.press(*"2000", "shift+right", "shift+right", "shift+down")
        await kiosk.shows("lantau GPU 0-1  20:00-21:30  1 h 30 min")
        await kiosk.press("enter")
        await sheet(kiosk)
        await kiosk.press("enter")
        await kiosk.shows("Booked: lantau GPU 0-1, tonight 20:00-21:30.")
    (booked,) = all_bookings(small_world)
    assert (booked.gpu_numbers, booked.starts_at, booked.ends_at) == ((0, 1), at(20), at(21, 30))


async def test_undo_takes_the_booking_back(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.press("enter")
        await sheet(kiosk)
        await kiosk.press("enter")
        await kiosk.shows("u Undo", "yours")
        await kiosk.press("u")
        await kiosk.shows("Undone.", "14:30-16:30  2 h  free")
    assert all_bookings(small_world) == []


async def test_a_clash_offers_what_is_possible_and_the_number_leads_to_the_sheet(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine = small_world.workstation("lantau", gpu_count=2)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "gpus")
        await kiosk.press("enter")
        await sheet(kiosk)
        # At the other kiosk somebody was faster.
        book(small_world, machine, (0,), SLOT, at(16, 30))
        await kiosk.press("enter")
        await kiosk.shows("Not possible as asked", "✕ GPU 0 of lantau is taken", "1  lantau  GPU 1")
        await kiosk.press("1")
        await sheet(kiosk)
        await kiosk.press("enter")
        await kiosk.shows("Booked: lantau GPU 1, today 14:30-16:30.")
        assert timetable(kiosk).cursor.row == 1
    assert sorted(b.gpu_numbers for b in all_bookings(small_world)) == [(0,), (1,)]


async def test_enter_on_what_is_taken_is_refused_with_remedies(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine = small_world.workstation("lantau", gpu_count=1)
    book(small_world, machine, (0,), SLOT, at(16))
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.press(*"1500", "enter")
        await kiosk.until(lambda: isinstance(kiosk.app.screen, RefusalModal))
        # The same length of time, when the GPU is free again.
        await kiosk.shows("1  lantau  GPU 0  today 16:00-18:00")
    assert len(all_bookings(small_world)) == 1


async def test_a_booking_made_elsewhere_appears_and_leaves_cursor_and_selection(
    small_world: World, open_kiosk: OpenKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LabScreen, "REFRESH_SECONDS", 0.05)
    machine = small_world.workstation("lantau", gpu_count=3)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.press(*"1800", "down", "shift+right")
        before = timetable(kiosk).selection
        startup = book(small_world, machine, (0,), at(15), at(20)).startup_name
        await kiosk.shows(startup)
        assert timetable(kiosk).selection == before
        assert before is not None
        assert before.end - before.start == timedelta(hours=1)


async def test_an_unchanged_refresh_paints_nothing(small_world: World, open_kiosk: OpenKiosk) -> None:
    machine = small_world.workstation("lantau")
    book(small_world, machine, (0,), at(15), at(20))
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        before, value = timetable(kiosk).view, kiosk.screen.value
        kiosk.screen.refresh_value()
        await kiosk.until(lambda: kiosk.screen.value is not value, "another reading")
        assert timetable(kiosk).view is before


@pytest.mark.parametrize(("hours_ahead", "late"), [(0, True), (5, False)])
async def test_cancelling_asks_and_says_when_the_hours_still_count(
    small_world: World, open_kiosk: OpenKiosk, hours_ahead: int, late: bool
) -> None:
    machine = small_world.workstation("lantau", gpu_count=1)
    mei = small_world.person("Mei Chan")
    start = SLOT + timedelta(hours=hours_ahead)
    wish = BookingWish(int(machine.id), (0,), start, start + HALF_HOUR)
    gpus.book(small_world.lab, small_world.actor(mei), wish)
    async with open_kiosk() as kiosk:
        await kiosk.visit(mei, "gpus")
        timetable(kiosk).go_to(start)
        await kiosk.shows("yours")
        await kiosk.press("x")
        await kiosk.until(lambda: isinstance(kiosk.app.screen, QuestionModal))
        assert ("hours still count" in kiosk.text) is late
        await kiosk.press("escape")
        await kiosk.until(lambda: kiosk.app.screen is kiosk.screen)
        assert len(all_bookings(small_world)) == 1
        await kiosk.press("x")
        await kiosk.until(lambda: isinstance(kiosk.app.screen, QuestionModal))
        await kiosk.press("enter")
        await kiosk.shows("✓ Cancelled: lantau GPU 0.")
    assert all_bookings(small_world) == []
    with small_world.lab.store.read():
        assert [(b.state, b.counts) for b in tables.Booking.select()] == [("cancelled", late)]


async def test_checking_in_tells_the_devices(small_world: World, open_kiosk: OpenKiosk) -> None:
    machine = small_world.workstation("lantau", gpu_count=3)
    mei = small_world.person("Mei Chan")
    wish = BookingWish(int(machine.id), (1, 2), SLOT, at(16))
    gpus.book(small_world.lab, small_world.actor(mei), wish)
    async with open_kiosk() as kiosk:
        await kiosk.visit(mei, "gpus")
        await kiosk.press("down")
        await kiosk.shows("yours")
        await kiosk.press("c")
        await kiosk.shows("✓ Checked in:", "CUDA_VISIBLE_DEVICES=1,2", "checked in 14:32")
        # There is nothing to check in to any more.
        assert kiosk.screen.check_action("check_in", ()) is None
    (booking,) = all_bookings(small_world)
    assert (booking.state, booking.checked_in_at) == ("checked_in", NOW)


async def test_nothing_can_be_done_with_what_is_somebody_elses(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine = small_world.workstation("lantau", gpu_count=1)
    theirs = book(small_world, machine, (0,), SLOT, at(16))
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.press(*"1430")
        await kiosk.shows(theirs.person_name)
        await kiosk.press("x", "c")
        await kiosk.pilot.pause()
        assert kiosk.app.screen is kiosk.screen
    assert [b.state for b in all_bookings(small_world)] == ["booked"]


async def test_days_turn_and_today_comes_back(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.press("right_square_bracket")
        await kiosk.shows("GPUs · Monday 23 November")
        await kiosk.until(lambda: kiosk.screen.value.day == TODAY + timedelta(days=1))
        await kiosk.press("left_square_bracket", "left_square_bracket")
        await kiosk.shows("GPUs · Saturday 21 November", "past")
        await kiosk.press("t")
        await kiosk.shows("GPUs · Sunday 22 November", "lantau GPU 0  14:30-16:30")


async def test_the_mouse_alone_books_tomorrow(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau", gpu_count=1)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")

        async def touch(text: str) -> None:
            await kiosk.shows(text)
            lines = kiosk.text.splitlines()
            y = next(y for y, line in enumerate(lines) if text in line)
            await kiosk.pilot.click(offset=(lines[y].index(text), y))

        await touch("Day after")
        await kiosk.shows("Monday 23 November")
        await kiosk.until(lambda: kiosk.screen.value.day == TODAY + timedelta(days=1))
        await touch("Book")
        await sheet(kiosk)
        await touch("Longer")
        await kiosk.shows("2 h 30 min")
        await touch("Book   ")
        await kiosk.shows("Booked: lantau GPU 0, tomorrow")
    day = gpus.day_view(small_world.lab, small_world.staff(), TODAY + timedelta(days=1))
    assert [b.ends_at - b.starts_at for b in day.bookings] == [timedelta(minutes=150)]


async def test_nothing_of_a_person_stays_when_they_leave(small_world: World, open_kiosk: OpenKiosk) -> None:
    machine = small_world.workstation("lantau")
    startup = book(small_world, machine, (0,), at(15), at(20)).startup_name
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.shows(startup)
        await kiosk.press("right_square_bracket")
        screen = kiosk.screen
        await kiosk.until(lambda: screen.value.day == TODAY + timedelta(days=1))
        kiosk.app.end_visit()
        assert screen.query_one(Timetable).view.is_empty
        assert screen.value is None
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.shows("Sunday 22 November", "lantau GPU 1  14:30-16:30")


async def test_a_lab_without_machines_says_so(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.shows("No workstations yet.")
        await kiosk.press("enter", "x", "c", "down", "right_square_bracket")
        await kiosk.shows("Monday 23 November", "No workstations yet.")


async def test_a_closure_and_an_outage_are_told(small_world: World, open_kiosk: OpenKiosk) -> None:
    machine = small_world.workstation("lantau", gpu_count=1)
    small_world.workstation("kowloon", gpu_count=1)
    with small_world.lab.store.write():
        tables.Outage.create(workstation=machine, reason="driver upgrade", starts_at=at(12), ends_at=at(18))
        lab_tables.Closure.create(reason="typhoon", starts_at=at(20), ends_at=at(23))
    async with open_kiosk(size=(120, 40)) as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.shows(" typhoon ")
        await kiosk.press(*"1500", "down")
        await kiosk.shows("lantau GPU 0  15:00-17:00  2 h  driver upgrade until 18:00")


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans"])
async def test_another_language_keeps_the_lines_within_the_screen(
    small_world: World, open_kiosk: OpenKiosk, language: str
) -> None:
    small_world.workstation("lantau")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(language=language), "gpus")
        await kiosk.press("enter")
        await sheet(kiosk)
        await kiosk.until(lambda: "14:30-16:30" in kiosk.text)
        assert "Book" not in kiosk.text
        await kiosk.press("enter")
        await kiosk.shows("✓", "CUDA_VISIBLE_DEVICES=0")


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_names_do_no_harm(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    for number, name in enumerate(HOSTILE_NAMES[::2]):
        start = at(15) + number // 4 * HALF_HOUR
        person = small_world.person(name, startup=small_world.startup(name + str(number)))
        if number % 4 == 0 and number < 32:
            machine = small_world.workstation(name, gpu_count=4)
        wish = BookingWish(int(machine.id), (number % 4,), start, start + HALF_HOUR)
        gpus.book(small_world.lab, small_world.actor(person), wish)
    async with open_kiosk(size=size) as kiosk:
        await kiosk.visit(small_world.person(HOSTILE_NAMES[0]), "gpus")
        await kiosk.press(*"1500")
        for _row in range(16):
            await kiosk.press("down")
            assert all(char.isprintable() or char == "\n" for char in kiosk.text.replace("\u200d", ""))
        await kiosk.press("enter")
        await kiosk.until(lambda: kiosk.app.screen is not kiosk.screen, "a sheet or a refusal")
        assert all(char.isprintable() or char == "\n" for char in kiosk.text.replace("\u200d", ""))


def _view(*rows: tuple[tuple[int, int], ...]) -> TimetableView:
    slots = tuple(Slot(NOW + index * HALF_HOUR, f"{index:02}:00") for index in range(8))
    made = tuple(
        TimetableRow(key, str(key), tuple(Block(first, last, BlockKind.OTHERS) for first, last in blocks))
        for key, blocks in enumerate(rows)
    )
    return TimetableView(slots, NOW + 8 * HALF_HOUR, (TimetableGroup(1, "one", "", made),))


def test_free_slots_end_at_the_next_block_of_any_row() -> None:
    view = _view(((0, 2), (5, 6)), ((4, 8),))
    assert free_slots(view.rows[:1], 2, 6) == 3
    assert free_slots(view.rows, 2, 6) == 2
    assert free_slots(view.rows, 1, 6) == 0
    assert free_slots(view.rows[:1], 6, 2) == 2


def test_what_is_free_soonest_comes_first_then_what_is_free_longest() -> None:
    assert first_free(_view(((0, 3),), ((0, 2),)), 1, 4) == (_view(((0, 3),), ((0, 2),)).rows[1], 2)
    view = _view(((2, 8),), ((6, 8),), ())
    assert first_free(view, 0, 4) == (view.rows[1], 0)
    assert first_free(view, 0, 9) == (view.rows[2], 0)
    assert first_free(_view(((0, 8),)), 0, 4) is None
