"""A booking that an outage or a closure hits is seen, told and opened as what it is: still one's own."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lab_tui.lab import closures, gpu_outages, gpus
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.store.tables import gpus as tables
from lab_tui.store.tables.people import Person
from lab_tui.tui.screens.gpu_rows import _meanings, row_key
from lab_tui.tui.widgets.timetable import Timetable
from lab_tui.tui.widgets.timetable_view import BlockKind
from tests.tui.conftest import OpenKiosk
from tests.tui.gpu_pictures import WORLDS
from tests.tui.kiosks import Kiosk
from tests.world import NOW, World

# The slot that runs now begins at 14:30 in Hong Kong.
SLOT = NOW - timedelta(minutes=2)


def at(hour: float) -> datetime:
    """An hour of today on the lab's wall clock."""
    return SLOT + timedelta(hours=hour - 14.5)


def running(world: World, person: Person, machine: tables.Workstation) -> BookingView:
    """A booking of GPU 0 from now until 18:00, checked in."""
    wish = BookingWish(int(machine.id), (0,), at(14.5), at(18), "training")
    mine = gpus.book(world.lab, world.actor(person), wish).what
    with world.lab.store.write():
        tables.Booking.update(state="checked_in").where(tables.Booking.id == mine.id).execute()
    return mine


def break_fan(world: World, machine: tables.Workstation) -> None:
    gpu_outages.put_out_of_service(world.lab, world.staff(), int(machine.id), NOW, None, "Fan broken")


def kinds(kiosk: Kiosk, row: int) -> list[BlockKind]:
    return [block.kind for block in kiosk.screen.query_one(Timetable).view.rows[row].blocks]


@pytest.mark.parametrize("language", ["en", "zh_Hant", "zh_Hans"])
async def test_the_legend_is_whole_though_everything_is_to_be_told(
    small_world: World, open_kiosk: OpenKiosk, language: str
) -> None:
    lab = WORLDS["normal"](small_world)
    machine = tables.Workstation.get(tables.Workstation.name == "lantau")
    gpu_outages.put_out_of_service(
        small_world.lab, small_world.staff(), int(machine.id), at(17), at(22), "Fan broken"
    )
    async with open_kiosk() as kiosk:
        await kiosk.visit(lab.mei, "gpus")
        await kiosk.shows("kowloon")
        kiosk.app.use_language(language)
        await kiosk.pilot.pause()
        line = next(line for line in kiosk.text.splitlines() if "╳ " in line)
        *_, (_kind, _colour, hit), _later = _meanings()
        assert line.rstrip().endswith(f"▚ {hit}")


async def test_ones_own_booking_is_seen_through_an_outage(small_world: World, open_kiosk: OpenKiosk) -> None:
    machine = small_world.workstation("lantau", gpu_count=2)
    small_world.workstation("sai-kung", gpu_count=2)
    mei = small_world.person("Mei Chan")
    mine = running(small_world, mei, machine)
    break_fan(small_world, machine)
    async with open_kiosk(size=(120, 40)) as kiosk:
        await kiosk.visit(mei, "gpus")
        await kiosk.shows("GPU 0", "▚ ours, but out of service")
        assert kinds(kiosk, 0) == [BlockKind.HIT, BlockKind.OUT]
        assert kinds(kiosk, 1) == [BlockKind.OUT]
        kiosk.screen.query_one(Timetable).go_to(mine.starts_at, row_key(int(machine.id), 0))
        await kiosk.shows("lantau GPU 0  14:30-18:00  yours  out of service: Fan broken")
        await kiosk.press("enter")
        await kiosk.shows("1  Go on on another machine: this one is out of service")


async def test_a_team_mates_booking_is_seen_through_it_and_somebody_elses_is_not(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    lumen = small_world.startup("Lumen Vision")
    ours, theirs = (
        small_world.workstation("lantau", gpu_count=1),
        small_world.workstation("tai-o", gpu_count=1),
    )
    running(small_world, small_world.person("Kenji Lam", startup=lumen), ours)
    running(small_world, small_world.person(), theirs)
    for machine in (ours, theirs):
        break_fan(small_world, machine)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan", startup=lumen), "gpus")
        await kiosk.shows("GPU 0")
        assert kinds(kiosk, 0) == [BlockKind.HIT, BlockKind.OUT]
        assert kinds(kiosk, 1) == [BlockKind.OUT]


async def test_before_the_outage_it_is_ones_own_as_ever(small_world: World, open_kiosk: OpenKiosk) -> None:
    machine = small_world.workstation("lantau", gpu_count=1)
    mei = small_world.person("Mei Chan")
    running(small_world, mei, machine)
    gpu_outages.put_out_of_service(
        small_world.lab, small_world.staff(), int(machine.id), at(16), at(17), "Driver upgrade"
    )
    async with open_kiosk() as kiosk:
        await kiosk.visit(mei, "gpus")
        await kiosk.shows("GPU 0")
        assert kinds(kiosk, 0) == [BlockKind.MINE, BlockKind.HIT, BlockKind.MINE]


@pytest.mark.parametrize("screen", ["my_day", "mine"])
async def test_the_lists_mark_what_is_hit(small_world: World, open_kiosk: OpenKiosk, screen: str) -> None:
    machine, other = (small_world.workstation(name, gpu_count=1) for name in ("lantau", "tai-o"))
    mei = small_world.person("Mei Chan")
    running(small_world, mei, machine)
    wish = BookingWish(int(other.id), (0,), at(16), at(18))
    gpus.book(small_world.lab, small_world.actor(mei), wish)
    break_fan(small_world, machine)
    async with open_kiosk(size=(120, 40)) as kiosk:
        await kiosk.visit(mei)
        if screen == "mine":
            await kiosk.press("g")
            await kiosk.shows("Sunday 22 November")
            await kiosk.press("i")
            await kiosk.shows("My GPU bookings")
        await kiosk.shows("out of service: Fan broken")
        marked = [
            line for line in kiosk.text.splitlines() if "out of service:" in line and "News" not in line
        ]
        assert any("lantau" in line for line in marked)
        assert not any("tai-o" in line for line in marked)


async def test_a_closure_is_told_as_one(small_world: World, open_kiosk: OpenKiosk) -> None:
    machine = small_world.workstation("lantau", gpu_count=1)
    mei = small_world.person("Mei Chan")
    running(small_world, mei, machine)
    closures.plan_closure(small_world.lab, small_world.staff(), at(16), at(17), "Typhoon")
    async with open_kiosk(size=(120, 40)) as kiosk:
        await kiosk.visit(mei)
        await kiosk.shows("closed: Typhoon")
