"""Walking the timetable: to other days, to a typed time, beyond what can be booked, to a place for a move."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lab_tui.lab import gpus
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.store.tables.people import Person
from lab_tui.tui.screens.gpu_rows import row_key
from lab_tui.tui.widgets.timetable import Timetable
from lab_tui.tui.widgets.timetable_view import BlockKind
from tests.tui.conftest import OpenKiosk
from tests.tui.kiosks import Kiosk
from tests.world import NOW, TODAY, World

# The slot that runs now begins at 14:30 in Hong Kong.
SLOT = NOW - timedelta(minutes=2)
GO_THERE = "! Go to where it should be and press Enter"


def at(hour: float) -> datetime:
    """An hour of today on the lab's wall clock; from 24 on, of tomorrow."""
    return SLOT + timedelta(hours=hour - 14.5)


async def go(kiosk: Kiosk, person: Person | None = None) -> Timetable:
    await kiosk.visit(person or kiosk.world.person(), "gpus")
    await kiosk.shows("GPU 0")
    return kiosk.screen.query_one(Timetable)


# Days


async def test_another_day_is_shown_at_the_same_time_of_day(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    small_world.workstation("lantau", gpu_count=2)
    async with open_kiosk() as kiosk:
        timetable = await go(kiosk)
        await kiosk.press("down", *"1630", "right_square_bracket")
        await kiosk.shows("Monday 23 November", "lantau GPU 1  16:30-18:30")
        assert timetable.cursor_start == at(16.5 + 24)
        await kiosk.press("left_square_bracket")
        await kiosk.shows("Sunday 22 November", "lantau GPU 1  16:30-18:30")
        assert timetable.cursor_start == at(16.5)


async def test_another_week_is_shown_at_the_same_day_and_time(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    small_world.workstation("lantau", gpu_count=1)
    async with open_kiosk() as kiosk:
        timetable = await go(kiosk)
        await kiosk.press(*"1630", "w")
        await kiosk.shows("lantau · L40S")
        await kiosk.press("down", "down", "right_square_bracket")
        await kiosk.shows("29 Nov")
        await kiosk.until(
            lambda: timetable.cursor_start == at(16.5 + 9 * 24), "the same day of the next week"
        )


# A time typed


@pytest.mark.parametrize(("typed", "said"), [("2590", "25:90"), ("93", "93"), ("1290", "12:90")])
async def test_digits_that_are_no_time_are_told_and_leave_the_cursor(
    small_world: World, open_kiosk: OpenKiosk, typed: str, said: str
) -> None:
    small_world.workstation("lantau", gpu_count=1)
    async with open_kiosk() as kiosk:
        timetable = await go(kiosk)
        before = timetable.cursor
        await kiosk.press(*typed)
        await kiosk.shows(f"{said} is no time of day")
        # An hour that is one was gone to at once.
        assert (timetable.cursor == before) is (typed != "1290")
        await kiosk.press("right")
        await kiosk.shows_no("is no time of day")


# Beyond the horizon


async def test_days_that_cannot_be_booked_yet_look_so_and_say_when_they_open(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    small_world.workstation("lantau", gpu_count=1)
    horizon = small_world.lab.config.gpus.horizon_days
    assert horizon == 14
    async with open_kiosk(size=(120, 40)) as kiosk:
        timetable = await go(kiosk)
        kiosk.screen.go_to_day(TODAY + timedelta(days=horizon))
        await kiosk.shows("Sunday 6 December", "2 h  free")
        assert timetable.view.rows[0].blocks == ()
        await kiosk.press("right_square_bracket")
        await kiosk.shows("Monday 7 December", "2 h  opens tomorrow", "◦ opens later")
        assert [block.kind for block in timetable.view.rows[0].blocks] == [BlockKind.LATER]


async def test_after_ones_time_in_the_lab_nothing_looks_free(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    small_world.workstation("lantau", gpu_count=1)
    lumen = small_world.startup("Lumen Vision")
    with small_world.lab.store.write():
        type(lumen).update(left_on=TODAY).where(type(lumen).id == lumen.id).execute()
    async with open_kiosk() as kiosk:
        timetable = await go(kiosk, small_world.person("Mei Chan", startup=lumen))
        assert timetable.view.rows[0].blocks == ()
        await kiosk.press("right_square_bracket")
        await kiosk.shows("Monday 23 November", "after your time in the lab")
        assert [block.kind for block in timetable.view.rows[0].blocks] == [BlockKind.LATER]


# A place for a move


def booking(world: World, person: Person) -> BookingView:
    machine = world.workstation("lantau", gpu_count=1)
    wish = BookingWish(int(machine.id), (0,), at(20), at(22))
    return gpus.book(world.lab, world.actor(person), wish).what


async def pick_a_place(kiosk: Kiosk, person: Person, mine: BookingView) -> None:
    timetable = await go(kiosk, person)
    timetable.go_to(mine.starts_at, row_key(mine.workstation_id, 0))
    await kiosk.shows("yours")
    await kiosk.press("m")
    await kiosk.shows("Move your booking on lantau")
    await kiosk.press("p")
    await kiosk.shows(GO_THERE, "Enter Move here")


async def test_while_a_place_is_sought_every_page_says_so(small_world: World, open_kiosk: OpenKiosk) -> None:
    mei = small_world.person("Mei Chan")
    mine = booking(small_world, mei)
    async with open_kiosk() as kiosk:
        await pick_a_place(kiosk, mei, mine)
        for keys, shown in (
            (["right_square_bracket"], "Monday 23 November"),
            (["w"], "lantau · L40S"),
            (["i"], "My GPU bookings"),
            (["i"], "GPUs · "),
        ):
            await kiosk.press(*keys)
            await kiosk.shows(shown, GO_THERE, "Enter Move here")
        await kiosk.press("escape")
        await kiosk.shows_no("Go to where it should be", "Move here")


async def test_what_is_undone_is_moved_nowhere(small_world: World, open_kiosk: OpenKiosk) -> None:
    mei = small_world.person("Mei Chan")
    mine = booking(small_world, mei)
    async with open_kiosk() as kiosk:
        timetable = await go(kiosk, mei)
        timetable.go_to(mine.starts_at, row_key(mine.workstation_id, 0))
        await kiosk.shows("yours")
        await kiosk.press("e")
        await kiosk.shows("as it is")
        await kiosk.press("left", "enter")
        await kiosk.shows("✓ Now tonight 20:00-21:30")
        await kiosk.press("m")
        await kiosk.shows("Move your booking on lantau")
        await kiosk.press("p")
        await kiosk.shows("Enter Move here")
        await kiosk.press("u")
        await kiosk.shows("✓ Undone.", "Enter Open")
        await kiosk.press("m")
        await kiosk.shows("now   lantau · GPU 0 · tonight 20:00-22:00")
