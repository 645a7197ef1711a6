"""The GPU timetable at the kiosk: from a scan to a booking, and what happens around it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from lab_tui.clock import LabTime
from lab_tui.lab import gpus
from lab_tui.lab.gpu_weeks import DaySpan, GpuWeek
from lab_tui.lab.gpus import BookingView, BookingWish, WorkstationView
from lab_tui.store.tables import gpus as tables
from lab_tui.store.tables import lab as lab_tables
from lab_tui.tui.modals.booking_sheet import BookingSheet
from lab_tui.tui.modals.question import QuestionModal
from lab_tui.tui.modals.refusal import RefusalModal
from lab_tui.tui.screens.base import LabScreen
from lab_tui.tui.screens.gpu_rows import Looker, first_free, free_slots, week_table
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
        timetable(kiosk).go_to(at(18))
        await kiosk.press("down", "shift+right")
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
    with small_world.lab.store.write():
        # Otherwise what is booked at the last minute costs nothing, late or not.
        tables.Workstation.update(policy='{"last_minute_minutes": 0}').execute()
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
        await touch(kiosk, "Day after")
        await kiosk.shows("Monday 23 November")
        await kiosk.until(lambda: kiosk.screen.value.day == TODAY + timedelta(days=1))
        await touch(kiosk, "Book")
        await sheet(kiosk)
        await touch(kiosk, "Longer")
        await kiosk.shows("2 h 30 min")
        await touch(kiosk, "Book   ")
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


async def touch(kiosk: Kiosk, text: str) -> None:
    await kiosk.shows(text)
    lines = kiosk.text.splitlines()
    y = next(y for y, line in enumerate(lines) if text in line)
    await kiosk.pilot.click(offset=(lines[y].index(text), y))


async def test_a_week_of_a_workstation_is_booked_from_and_left_where_one_was(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    small_world.workstation("kowloon")
    machine = small_world.workstation("lantau", gpu_count=2)
    theirs = book(small_world, machine, (0,), at(24 + 9), at(24 + 12))
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "gpus")
        await kiosk.press("pagedown", "down", "w")
        await kiosk.shows("lantau · L40S 48 GB · Sun 22 Nov - Sat 28 Nov", "Sun 22", "Sat 28", "Week after")
        # Still on the same GPU, now.
        await kiosk.shows("lantau GPU 1  14:30-16:30")
        await kiosk.press("down", *"0900")
        await kiosk.shows(f"lantau GPU 0  09:00-12:00  {theirs.person_name}")
        await kiosk.press("down", "shift+right", "shift+right")
        await kiosk.shows("lantau GPU 1  09:00-10:30")
        await kiosk.press("enter")
        await sheet(kiosk)
        await kiosk.press("enter")
        await kiosk.shows("Booked: lantau GPU 1, tomorrow 09:00-10:30.", "yours")
        assert "Sun 22 Nov - Sat 28 Nov" in kiosk.text
        await kiosk.press("escape")
        await kiosk.shows("GPUs · Monday 23 November", "lantau GPU 1  09:00-10:30  yours")


async def test_weeks_and_workstations_are_turned(small_world: World, open_kiosk: OpenKiosk) -> None:
    for name in ("kowloon", "lantau", "sai-kung"):
        small_world.workstation(name)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.press("w")
        await kiosk.shows("kowloon · ")
        await kiosk.press("pagedown")
        await kiosk.shows("lantau · ")
        await touch(kiosk, "Next")
        await kiosk.shows("sai-kung · ")
        await kiosk.press("pagedown", "right_square_bracket")
        await kiosk.shows("kowloon · L40S 48 GB · Sun 29 Nov - Sat 5 Dec")
        await kiosk.press("t", "pageup")
        await kiosk.shows("sai-kung · L40S 48 GB · Sun 22 Nov")
        await touch(kiosk, "w Day")
        await kiosk.shows("GPUs · Sunday 22 November", "sai-kung GPU 0")


async def test_mine_shows_what_is_ahead_and_what_can_be_done(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine = small_world.workstation("lantau", gpu_count=3)
    mei = small_world.person("Mei Chan")
    for hours in ((at(14, 30), at(16)), (at(24 + 9), at(24 + 11)), (at(48 + 9), at(48 + 11))):
        wish = BookingWish(int(machine.id), (1, 2), *hours, purpose="ablations")
        gpus.book(small_world.lab, small_world.actor(mei), wish)
    book(small_world, machine, (0,), at(15), at(20))
    async with open_kiosk() as kiosk:
        await kiosk.visit(mei, "gpus")
        await kiosk.press("i")
        await kiosk.shows("My GPU bookings", "Today", "Tomorrow", "Tue 24 Nov", "not checked in")
        await kiosk.shows("14:30-16:00  lantau GPU 1-2  ablations")
        assert "15:00-20:00" not in kiosk.text
        await kiosk.press("c")
        await kiosk.shows("checked in 14:32", "CUDA_VISIBLE_DEVICES=1,2")
        await kiosk.press("down", "x")
        await kiosk.until(lambda: isinstance(kiosk.app.screen, QuestionModal))
        await kiosk.press("enter")
        await kiosk.shows("✓ Cancelled: lantau GPU 1-2.")
        await kiosk.shows_no("09:00-11:00  lantau GPU 1-2  yours", "Tomorrow")
        await kiosk.press("w")
        await kiosk.shows("lantau · L40S 48 GB · Sun 22 Nov")
        await kiosk.press("i")
        await kiosk.shows("My GPU bookings")
        await kiosk.press("down", "escape")
        await kiosk.shows("GPUs · Tuesday 24 November", "lantau GPU 1-2  09:00-11:00  yours")


async def test_mine_is_empty_for_who_has_booked_nothing(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.press("i")
        await kiosk.shows("Nothing booked.")
        await kiosk.press("enter", "x", "down", "w")
        await kiosk.shows("lantau · ")


async def test_only_some_gpus_are_shown(small_world: World, open_kiosk: OpenKiosk) -> None:
    for name, model, memory in (("kowloon", "A100", 80), ("lantau", "L40S", 48), ("tai-o", "RTX 4090", 24)):
        machine = small_world.workstation(name)
        with small_world.lab.store.write():
            row = tables.Workstation
            row.update(gpu_model=model, gpu_memory_gb=memory).where(row.id == machine.id).execute()
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.press("v")
        await kiosk.shows("Which GPUs?", "1  All GPUs", "2  A100", "4  RTX 4090", "5  48 GB and more")
        await kiosk.press("5")
        await kiosk.shows("GPUs · Sunday 22 November · 48 GB and more", "kowloon", "lantau")
        assert "tai-o" not in kiosk.text
        await touch(kiosk, "v Filter")
        await kiosk.shows("Which GPUs?")
        await kiosk.press("4")
        await kiosk.shows("· RTX 4090", "tai-o GPU 0")
        assert "lantau" not in kiosk.text
        with small_world.lab.store.write():
            tables.Workstation.update(retired=True).where(tables.Workstation.name == "tai-o").execute()
        kiosk.screen.refresh_value()
        await kiosk.shows("No GPU here is like that. v shows others.")
        await kiosk.press("enter", "w", "v")
        await kiosk.shows("Which GPUs?")
        await kiosk.press("1")
        await kiosk.shows("kowloon", "lantau")


async def test_what_is_typed_is_shown_where_it_will_lead(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.press(*"203")
        await kiosk.shows("Jump to 20:3_")
        await kiosk.press("0")
        await kiosk.shows("lantau GPU 0  20:30-22:30  2 h  free")


async def test_what_is_held_for_somebody_is_told(small_world: World, open_kiosk: OpenKiosk) -> None:
    machine = small_world.workstation("lantau", gpu_count=1)
    theirs = book(small_world, machine, (0,), at(15), at(17))
    with small_world.lab.store.write():
        held = {"state": "offered", "counts": False, "offer_until": at(15, 30)}
        tables.Booking.update(**held).where(tables.Booking.id == theirs.id).execute()
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.press(*"1500")
        await kiosk.shows("◇◇◇◇◇", f"{theirs.person_name}  {theirs.startup_name}  held until today 15:30")


async def test_a_move_of_the_cursor_is_one_painting_and_asks_for_the_keys_only_where_they_change(
    small_world: World, open_kiosk: OpenKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = small_world.workstation("lantau", gpu_count=2)
    mei = small_world.person("Mei Chan")
    gpus.book(small_world.lab, small_world.actor(mei), BookingWish(int(machine.id), (0,), at(17), at(18)))
    async with open_kiosk() as kiosk:
        await kiosk.visit(mei, "gpus")
        await kiosk.press(*"1500")
        await kiosk.shows("15:00-17:00")
        asked: list[object] = []
        kiosk.screen.bindings_updated_signal.subscribe(kiosk.screen, asked.append)
        painted: list[object] = []
        display = kiosk.app._display
        monkeypatch.setattr(kiosk.app, "_display", lambda *what: (painted.append(what), display(*what))[1])
        for _slot in range(3):
            await kiosk.press("right")
        await kiosk.shows("16:30-17:00")
        assert len(painted) <= 3
        assert asked == []
        await kiosk.press("right")
        await kiosk.shows("yours", "Enter Open")
        assert len(asked) == 1
        await kiosk.press("right", "right")
        await kiosk.shows("Enter Book")
        assert len(asked) == 2


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


WEEKS = [("Europe/Berlin", date(2026, 10, 20)), ("America/New_York", date(2026, 3, 5))]


@pytest.mark.parametrize(("zone", "first"), [*WEEKS, ("Australia/Lord_Howe", date(2026, 4, 1))])
@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_each_slot_of_a_week_stands_once_on_its_day_and_under_its_hour(
    zone: str, first: date, minutes: int
) -> None:
    lab_time = LabTime.named(zone)
    machine = WorkstationView(1, "lantau", "L40S", 48, (0,), "", "")
    ahead = [first + timedelta(days=number) for number in range(7)]
    days = tuple(DaySpan(one, *lab_time.day_span(one)) for one in ahead)
    week = GpuWeek(machine, (machine,), days, minutes, (), (), ())
    view = week_table(week, Looker(None, None), lab_time, first)
    assert len({(one.ends_at - one.starts_at) for one in days}) == 2
    for row, day in enumerate(days):
        lengths = [view.end_of(slot, row) - view.start_of(slot, row) for slot in range(len(view.slots))]
        assert view.start_of(0, row) == day.starts_at
        assert sum(lengths, timedelta()) == day.ends_at - day.starts_at
        grid = timedelta(minutes=minutes)
        assert {*lengths[:-1]} <= {timedelta(), grid}
        skipped = {slot for block in view.rows[row].blocks for slot in range(block.first, block.last)}
        assert skipped == {slot for slot, length in enumerate(lengths) if not length}
        if zone != "Australia/Lord_Howe":
            for slot, length in enumerate(lengths):
                at_the_wall = f"{lab_time.local(view.start_of(slot, row)):%H:%M}"
                assert not length or at_the_wall == view.slots[slot].label
