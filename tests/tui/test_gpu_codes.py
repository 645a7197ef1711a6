"""The code for a phone's calendar is of what stands, as it stands now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from lab_tui.tui.modals.booking_sheet import BookingSheet
from lab_tui.tui.modals.calendar_code import CalendarCodeModal
from lab_tui.tui.screens.gpu_rows import row_key
from lab_tui.tui.widgets.timetable import Timetable
from tests.tui.conftest import OpenKiosk
from tests.tui.kiosks import Kiosk
from tests.world import NOW, World

# The slot that runs now begins at 14:30 in Hong Kong.
SLOT = NOW - timedelta(minutes=2)


def at(hour: float) -> datetime:
    """An hour of today on the lab's wall clock."""
    return SLOT + timedelta(hours=hour - 14.5)


@asynccontextmanager
async def booked_at_16(world: World, open_kiosk: OpenKiosk) -> AsyncIterator[Kiosk]:
    """A kiosk at which Mei Chan has just booked the only GPU from four to six."""
    world.workstation("lantau", gpu_count=1)
    async with open_kiosk() as kiosk:
        await kiosk.visit(world.person("Mei Chan"), "gpus")
        await kiosk.shows("GPU 0")
        await kiosk.press(*"1600", "enter")
        await kiosk.shows_modal(BookingSheet)
        await kiosk.press("enter")
        await kiosk.shows("✓ Booked: lantau GPU 0, today 16:00-18:00.")
        await kiosk.until(lambda: kiosk.app.screen is kiosk.screen, "the timetable")
        yield kiosk


def is_offered(kiosk: Kiosk) -> bool:
    return kiosk.screen.check_action("calendar_code", ()) is True


@pytest.mark.parametrize("way", ["undo", "cancel"])
async def test_what_is_taken_back_has_no_code(small_world: World, open_kiosk: OpenKiosk, way: str) -> None:
    async with booked_at_16(small_world, open_kiosk) as kiosk:
        assert is_offered(kiosk)
        if way == "undo":
            await kiosk.press("u")
            await kiosk.shows("✓ Undone.")
        else:
            await kiosk.press("x")
            await kiosk.shows("Cancel this booking?")
            await kiosk.press("y")
            await kiosk.shows("✓ Cancelled")
        await kiosk.until(lambda: not is_offered(kiosk), "the end of the code")
        await kiosk.press("home", "q")
        await kiosk.pilot.pause()
        assert kiosk.app.screen is kiosk.screen


async def test_a_cancellation_that_is_undone_brings_the_code_back(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    async with booked_at_16(small_world, open_kiosk) as kiosk:
        await kiosk.press("x")
        await kiosk.shows("Cancel this booking?")
        await kiosk.press("y")
        await kiosk.shows("✓ Cancelled")
        await kiosk.until(lambda: not is_offered(kiosk), "the end of the code")
        await kiosk.press("u")
        await kiosk.shows("✓ Undone.")
        await kiosk.press("home")
        await kiosk.until(lambda: is_offered(kiosk), "the code")


async def code_elsewhere(kiosk: Kiosk, *texts: str) -> None:
    """The code that `q` shows on a free cell, with these words beside it."""
    await kiosk.press("home")
    await kiosk.until(lambda: is_offered(kiosk), "the code")
    await kiosk.press("q")
    await kiosk.shows_modal(CalendarCodeModal)
    await kiosk.shows(*texts)
    await kiosk.press("escape")
    await kiosk.until(lambda: kiosk.app.screen is kiosk.screen, "the timetable")


async def test_the_code_follows_a_change_and_its_undoing(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with booked_at_16(small_world, open_kiosk) as kiosk:
        await kiosk.press("e")
        await kiosk.shows("as it is")
        await kiosk.press("right", "enter")
        await kiosk.shows("✓ Now today 16:00-18:30")
        await code_elsewhere(kiosk, "today 16:00-18:30")
        await kiosk.press("u")
        await kiosk.shows("✓ Undone.")
        await code_elsewhere(kiosk, "today 16:00-18:00")


async def test_a_move_that_is_undone_has_the_code_of_the_old_place(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    async with booked_at_16(small_world, open_kiosk) as kiosk:
        await kiosk.press("m")
        await kiosk.shows("Move your booking on lantau")
        await kiosk.press("right", "enter")
        await kiosk.shows("✓ Moved: lantau GPU 0, tomorrow 16:00-18:00.")
        await code_elsewhere(kiosk, "tomorrow 16:00-18:00")
        await kiosk.press("u")
        await kiosk.shows("✓ Undone.")
        await code_elsewhere(kiosk, "today 16:00-18:00")


async def test_what_was_given_back_on_another_screen_has_no_code(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    async with booked_at_16(small_world, open_kiosk) as kiosk:
        await kiosk.press("escape")
        await kiosk.shows("lantau · GPU 0")
        await kiosk.press("end", "x")
        await kiosk.shows("Cancel this booking?")
        await kiosk.press("y")
        await kiosk.shows("✓ Cancelled")
        await kiosk.press("g")
        await kiosk.shows("Sunday 22 November")
        kiosk.screen.query_one(Timetable).go_to(at(20), row_key(1, 0))
        await kiosk.until(lambda: not is_offered(kiosk), "the end of the code")
