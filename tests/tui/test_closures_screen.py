"""Closures for staff: planning one, whose bookings it hits, another end, calling it off."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lab_tui.lab import closures, gpus, notices
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.notices import NoticeKind
from lab_tui.tui.modals.closure_sheet import ClosureSheet
from lab_tui.tui.modals.hits import HitsModal
from lab_tui.tui.modals.outage_sheet import UntilSheet
from tests.tui.conftest import OpenKiosk
from tests.tui.test_staff_screens import SIZES, signed_in, type_into
from tests.world import NOW, World

HOUR = timedelta(hours=1)
TOMORROW = NOW.replace(hour=16, minute=0)


def closures_of(world: World) -> list[tuple[str, datetime, datetime]]:
    found = closures.closures(world.lab, world.staff())
    return [(one.reason, one.starts_at, one.ends_at) for one in found]


@pytest.mark.parametrize("size", SIZES)
async def test_a_closure_is_planned_with_the_bookings_it_hits(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    machine, mei = small_world.workstation("lantau", gpu_count=1), small_world.person("Mei Chan")
    start = TOMORROW + 10 * HOUR
    gpus.book(small_world.lab, small_world.actor(mei), BookingWish(machine.id, (0,), start, start + HOUR))
    async with open_kiosk(size=size) as kiosk:
        await signed_in(kiosk, screen="staff_today")
        await kiosk.press("k")
        await kiosk.shows("Staff · closures", "No closure is planned. Press n to plan one.")
        await kiosk.press("n")
        await kiosk.shows_modal(ClosureSheet)
        await kiosk.press("enter")
        await kiosk.shows("✕ Reason must not be empty.")
        await kiosk.press(*"Typhoon", "enter")
        await kiosk.shows_modal(HitsModal)
        await kiosk.shows("1 booking is hit.", "lantau  GPU 0  tomorrow 10:00-11:00", "Mei Chan", "→ lantau")
        assert closures_of(small_world) == []
        await kiosk.press("enter")
        await kiosk.shows("✓ Closed: tomorrow 00:00 - Tue 24 Nov 00:00. 1 booking is hit.", "Typhoon")
    assert closures_of(small_world) == [("Typhoon", TOMORROW, TOMORROW + 24 * HOUR)]
    told = notices.unseen(small_world.lab, small_world.actor(mei))
    assert [one.kind for one in told] == [NoticeKind.CLOSURE_HIT]


async def test_a_closure_needs_an_end(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="closures")
        await kiosk.press("n")
        await kiosk.shows_modal(ClosureSheet)
        await type_into(kiosk, "reason", "Rain")
        await type_into(kiosk, "until_day", "")
        await kiosk.press("enter")
        await kiosk.shows("✕ Last day must not be empty.")
    assert closures_of(small_world) == []


async def test_a_closure_gets_another_end_and_is_called_off(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    closures.plan_closure(small_world.lab, small_world.staff(), NOW, NOW + 2 * HOUR, "Black rainstorm")
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="closures")
        await kiosk.shows("╳ today 14:32-16:32", "Black rainstorm", "No booking is hit.")
        await kiosk.press("enter")
        await kiosk.shows_modal(UntilSheet)
        await type_into(kiosk, "ends_at", "14:00")
        await kiosk.press("enter")
        await kiosk.shows("✕")
        await type_into(kiosk, "ends_at", "18:00")
        await kiosk.press("enter")
        await kiosk.shows("✓ Closed: today 14:32-18:00. No booking is hit.")
        assert [end for _reason, _start, end in closures_of(small_world)] == [NOW.replace(hour=10, minute=0)]
        await kiosk.press("x")
        await kiosk.shows("Call this closure off?", "Black rainstorm, today 14:32-18:00")
        await kiosk.press("escape")
        await kiosk.press("x", "enter")
        await kiosk.shows("✓ The lab is not closed: Black rainstorm.", "No closure is planned.")
    assert closures_of(small_world) == []


async def test_the_arrows_move_in_the_list_at_every_visit(small_world: World, open_kiosk: OpenKiosk) -> None:
    for days in (1, 2):
        start = TOMORROW + timedelta(days=days)
        closures.plan_closure(small_world.lab, small_world.staff(), start, start + HOUR, f"Holiday {days}")
    async with open_kiosk() as kiosk:
        for _visit in range(2):
            await signed_in(kiosk)
            await kiosk.press("k")
            await kiosk.shows("Staff · closures", "Holiday 2")
            await kiosk.press("down", "enter")
            await kiosk.shows_modal(UntilSheet)
            await kiosk.shows("─ Holiday 2, ")
            await kiosk.press("escape")
            kiosk.app.end_visit()
            await kiosk.until(lambda: kiosk.app.visit is None, "the home screen")


async def test_marking_all_and_going_back_moves_nobody(small_world: World, open_kiosk: OpenKiosk) -> None:
    machine, mei = small_world.workstation("lantau", gpu_count=1), small_world.person("Mei Chan")
    start = TOMORROW + 10 * HOUR
    gpus.book(small_world.lab, small_world.actor(mei), BookingWish(machine.id, (0,), start, start + HOUR))
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="closures")
        await kiosk.press("n")
        await kiosk.shows_modal(ClosureSheet)
        await type_into(kiosk, "reason", "Typhoon")
        await kiosk.press("enter")
        await kiosk.shows_modal(HitsModal)
        await kiosk.press("a")
        await kiosk.shows("1 booking is hit. To be moved: 1.", "● → lantau  GPU 0  tonight 23:00-00:00")
        await kiosk.press("escape")
        await kiosk.until(lambda: kiosk.app.screen is kiosk.screen, "the screen again")
        (booking,) = gpus.bookings_of(small_world.lab, small_world.actor(mei))
        assert (booking.starts_at, closures_of(small_world)) == (start, [])
        await kiosk.press("n")
        await kiosk.shows_modal(ClosureSheet)
        await type_into(kiosk, "reason", "Typhoon")
        await kiosk.press("enter")
        await kiosk.shows_modal(HitsModal)
        await kiosk.press("a", "enter")
        await kiosk.shows("✓ Closed: tomorrow 00:00 - Tue 24 Nov 00:00. 1 booking was moved.")
    (booking,) = gpus.bookings_of(small_world.lab, small_world.actor(mei))
    assert booking.starts_at == TOMORROW - HOUR


async def test_closures_by_mouse_alone(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="workstations")
        await kiosk.touch("k Closures")
        await kiosk.shows("No closure is planned.")
        await kiosk.touch("n New")
        await kiosk.shows("Public holiday")
        await kiosk.touch("Public holiday")
        await kiosk.touch("Enter Go on")
        await kiosk.shows("✓ Closed: tomorrow 00:00 - Tue 24 Nov 00:00.")
        await kiosk.touch("x Call off")
        await kiosk.touch("Enter Yes")
        await kiosk.shows("✓ The lab is not closed: Public holiday.")
    assert closures_of(small_world) == []


async def test_a_steward_closes_nothing(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, role="steward", screen="closures")
        await kiosk.press("n")
        assert kiosk.app.screen is kiosk.screen
        assert kiosk.screen.check_action("plan", ()) is None
