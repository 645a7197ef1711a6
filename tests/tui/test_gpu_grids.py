"""A workstation whose grid is coarser than the lab's, as the demo's sha-tin: all fits its own hours."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from lab_tui.clock import LabTime
from lab_tui.lab import gpus
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.store.tables import gpus as tables
from lab_tui.store.tables.people import Person
from lab_tui.tui.modals.booking_sheet import BookingSheet
from lab_tui.tui.screens.gpu_rows import fitted_start
from tests.tui.conftest import OpenKiosk
from tests.tui.kiosks import Kiosk
from tests.world import NOW, World

# The slot that runs now begins at 14:30 in Hong Kong.
SLOT = NOW - timedelta(minutes=2)


def at(hour: float) -> datetime:
    """An hour of today on the lab's wall clock."""
    return SLOT + timedelta(hours=hour - 14.5)


def hourly(world: World) -> tables.Workstation:
    """A machine that is booked by whole hours."""
    machine = world.workstation("sha-tin", gpu_count=1)
    with world.lab.store.write():
        policy = json.dumps({"slot_minutes": 60, "shortest_minutes": 60})
        tables.Workstation.update(policy=policy).where(tables.Workstation.id == machine.id).execute()
    return machine


def spans_of(world: World, person: Person) -> list[tuple[datetime, datetime]]:
    found: tuple[BookingView, ...] = gpus.bookings_of(world.lab, world.actor(person))
    return [(one.starts_at, one.ends_at) for one in found]


async def go(kiosk: Kiosk, person: Person) -> None:
    await kiosk.visit(person, "gpus")
    await kiosk.shows("GPU 0")


async def test_the_usual_booking_fits_the_machines_hours(small_world: World, open_kiosk: OpenKiosk) -> None:
    hourly(small_world)
    mei = small_world.person("Mei Chan")
    async with open_kiosk() as kiosk:
        await go(kiosk, mei)
        # The cursor stands at half past two.
        await kiosk.shows("sha-tin GPU 0  14:00-16:00  2 h  free  in steps of 1 h")
        await kiosk.press("enter")
        await kiosk.shows_modal(BookingSheet)
        await kiosk.press("enter")
        await kiosk.shows("✓ Booked: sha-tin GPU 0, today 14:00-16:00.")
    assert spans_of(small_world, mei) == [(at(14), at(16))]


async def test_a_selection_takes_whole_hours(small_world: World, open_kiosk: OpenKiosk) -> None:
    hourly(small_world)
    async with open_kiosk() as kiosk:
        await go(kiosk, small_world.person())
        await kiosk.press(*"1630", "shift+right", "shift+right")
        await kiosk.shows("sha-tin GPU 0  16:00-18:00  2 h")
        await kiosk.press("enter")
        await kiosk.shows("Book sha-tin", "today 16:00-18:00")


async def test_the_sheet_goes_by_the_machines_hours(small_world: World, open_kiosk: OpenKiosk) -> None:
    hourly(small_world)
    async with open_kiosk() as kiosk:
        await go(kiosk, small_world.person())
        await kiosk.press(*"1600", "enter")
        await kiosk.shows_modal(BookingSheet)
        await kiosk.press("down")
        await kiosk.shows("today 16:00-19:00   3 h")
        await kiosk.press("up", "up")
        await kiosk.shows("today 16:00-17:00   1 h")
        assert "✕" not in kiosk.text


async def test_an_end_is_chosen_on_the_machines_hours(small_world: World, open_kiosk: OpenKiosk) -> None:
    machine = hourly(small_world)
    mei = small_world.person("Mei Chan")
    wish = BookingWish(int(machine.id), (0,), at(16), at(20))
    gpus.book(small_world.lab, small_world.actor(mei), wish)
    async with open_kiosk() as kiosk:
        await go(kiosk, mei)
        await kiosk.press(*"1600")
        await kiosk.shows("yours")
        await kiosk.press("e")
        await kiosk.shows("as it is")
        await kiosk.press("home")
        await kiosk.shows("16:00-17:00")
        await kiosk.press("right", "enter")
        await kiosk.shows("✓ Now today 16:00-18:00")
    assert spans_of(small_world, mei) == [(at(16), at(18))]


@pytest.mark.parametrize(
    ("start", "end", "fitted"),
    [
        (16, 18, (16, 18)),
        (16.5, 18.5, (16, 18)),
        # Somebody comes at half past, or in the same hour.
        (16.5, 17.5, (16, 17)),
        (16.5, 17, (16, 17)),
    ],
)
def test_what_was_chosen_is_fitted_to_the_grid(
    start: float, end: float, fitted: tuple[float, float], lab_time: LabTime
) -> None:
    span = fitted_start(lab_time, at(start), at(end), timedelta(hours=1))
    assert span == (at(fitted[0]), at(fitted[1]))


@pytest.fixture
def lab_time(small_world: World) -> LabTime:
    return small_world.lab.time
