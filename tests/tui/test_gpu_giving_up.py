"""What giving up a booking costs is told before it is done, by the machine's own rules."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from lab_tui.lab import gpus
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.store.tables import gpus as tables
from lab_tui.store.tables.people import Person
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


def machine_with(world: World, **policy: object) -> tables.Workstation:
    """A machine with rules of its own."""
    machine = world.workstation("lantau", gpu_count=1)
    with world.lab.store.write():
        row = tables.Workstation.id == machine.id
        tables.Workstation.update(policy=json.dumps({"last_minute_minutes": 0, **policy})).where(
            row
        ).execute()
    return machine


def book(world: World, person: Person, machine: tables.Workstation, *hours: float) -> BookingView:
    wish = BookingWish(int(machine.id), (0,), at(hours[0]), at(hours[1]))
    return gpus.book(world.lab, world.actor(person), wish).what


async def open_end_sheet(kiosk: Kiosk, person: Person, mine: BookingView) -> None:
    await kiosk.visit(person, "gpus")
    await kiosk.shows("GPU 0")
    kiosk.screen.query_one(Timetable).go_to(mine.starts_at, row_key(mine.workstation_id, 0))
    await kiosk.shows("yours")
    await kiosk.press("e")
    await kiosk.shows("as it is")


async def test_in_its_last_slot_a_booking_ends_by_itself(small_world: World, open_kiosk: OpenKiosk) -> None:
    mei = small_world.person("Mei Chan")
    mine = book(small_world, mei, machine_with(small_world), 14.5, 15)
    async with open_kiosk() as kiosk:
        await open_end_sheet(kiosk, mei, mine)
        await kiosk.shows("This is its last slot: it ends by itself at 15:00.")
        sheet = kiosk.app.screen
        assert sheet.check_action("finish", ()) is None
        await kiosk.press("n")
        await kiosk.pilot.pause()
        assert kiosk.app.screen is sheet


async def test_finishing_without_a_check_in_says_what_still_counts(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    mei = small_world.person("Mei Chan")
    mine = book(small_world, mei, machine_with(small_world), 14.5, 18)
    async with open_kiosk() as kiosk:
        await open_end_sheet(kiosk, mei, mine)
        await kiosk.shows("Nobody checked in: finished now, 3 GPU-hours still count.")


async def test_who_came_finishes_without_a_warning(small_world: World, open_kiosk: OpenKiosk) -> None:
    mei = small_world.person("Mei Chan")
    mine = book(small_world, mei, machine_with(small_world), 14.5, 18)
    with small_world.lab.store.write():
        tables.Booking.update(state="checked_in").where(tables.Booking.id == mine.id).execute()
    async with open_kiosk() as kiosk:
        await open_end_sheet(kiosk, mei, mine)
        assert "still count" not in kiosk.text
        assert kiosk.app.screen.check_action("finish", ()) is True


async def test_my_day_warns_by_the_machines_own_cut_off(small_world: World, open_kiosk: OpenKiosk) -> None:
    mei = small_world.person("Mei Chan")
    # The lab's cut-off would not be reached yet.
    book(small_world, mei, machine_with(small_world, late_cancel_minutes=600), 19, 22)
    async with open_kiosk() as kiosk:
        await kiosk.visit(mei)
        await kiosk.shows("lantau · GPU 0")
        await kiosk.press("end", "x")
        await kiosk.shows("Cancel this booking?", "its 3 GPU-hours still count")


async def test_another_end_shows_the_quota_before_and_after(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    mei = small_world.person("Mei Chan")
    mine = book(small_world, mei, machine_with(small_world), 17, 19)
    async with open_kiosk() as kiosk:
        await open_end_sheet(kiosk, mei, mine)
        await kiosk.shows("2 ▸ 2 of 80 GPU-hours this week")
        await kiosk.press("right")
        await kiosk.shows("2 ▸ 2.5 of 80 GPU-hours this week")
        await kiosk.press("left", "left")
        await kiosk.shows("2 ▸ 1.5 of 80 GPU-hours this week")


async def test_what_is_cut_off_late_counts_as_before(small_world: World, open_kiosk: OpenKiosk) -> None:
    mei = small_world.person("Mei Chan")
    mine = book(small_world, mei, machine_with(small_world), 14.5, 18)
    async with open_kiosk() as kiosk:
        await open_end_sheet(kiosk, mei, mine)
        await kiosk.press("left")
        await kiosk.shows("what you give back still counts", "3.5 ▸ 3.5 of 80 GPU-hours this week")
