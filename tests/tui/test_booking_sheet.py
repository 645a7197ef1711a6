"""The booking sheet: how many GPUs, what it does to the quota, and the code for a phone's calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from lab_tui.codes import qr
from lab_tui.codes.vevent import vevent
from lab_tui.lab import gpus
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.store.tables import gpus as tables
from lab_tui.store.tables.people import Person
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.tui.widgets.strips import Bar
from tests.tui.conftest import OpenKiosk
from tests.tui.kiosks import Kiosk
from tests.world import NOW, PLAIN, TODAY, World

# The slot that runs now begins at 14:30 in Hong Kong.
SLOT = NOW - timedelta(minutes=2)
SIZES = ((80, 24), (120, 40))


def all_bookings(world: World) -> list[BookingView]:
    return list(gpus.day_view(world.lab, world.staff(), TODAY).bookings)


def book(world: World, person: Person, machine: tables.Workstation, *numbers: int) -> BookingView:
    """A booking from 20:00 to 22:00."""
    start = SLOT + timedelta(hours=5, minutes=30)
    wish = BookingWish(int(machine.id), numbers, start, start + timedelta(hours=2))
    return gpus.book(world.lab, world.actor(person), wish).what


def with_policy(world: World, **policy: object) -> None:
    world.lab = replace(world.lab, config=replace(world.lab.config, gpus=replace(PLAIN, **policy)))  # type: ignore[arg-type]


async def open_sheet(kiosk: Kiosk, person: Person) -> None:
    await kiosk.visit(person, "gpus")
    await kiosk.shows("lantau")
    await kiosk.press("enter")
    await kiosk.shows("Book lantau")


async def touch_key(kiosk: Kiosk, text: str) -> None:
    """Touch a key of the key bar."""
    bar = kiosk.app.screen.query_one(KeyBar)
    at = bar.render_line(0).text.index(text)
    await kiosk.pilot.click(bar, offset=(at, 0))


async def test_the_lab_picks_more_gpus_up_to_the_whole_machine(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine = small_world.workstation("lantau", gpu_count=4)
    book(small_world, small_world.person(), machine, 2)
    mei = small_world.person("Mei Chan")
    async with open_kiosk() as kiosk:
        await open_sheet(kiosk, mei)
        await kiosk.shows("GPU 0 of 4")
        await kiosk.press("plus", "plus")
        await kiosk.shows("GPU 0-2 of 4")
        await kiosk.press("plus", "plus")
        await kiosk.shows("GPU 0-3 of 4")
        await kiosk.press("minus")
        await kiosk.shows("GPU 0-2 of 4")
        await kiosk.press("enter")
        await kiosk.shows("Booked: lantau GPU 0-2")
    mine = next(one for one in all_bookings(small_world) if one.person_name == "Mei Chan")
    assert mine.gpu_numbers == (0, 1, 2)


async def test_longer_than_the_gpus_are_free_others_are_picked(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine = small_world.workstation("lantau", gpu_count=3)
    start = SLOT + timedelta(hours=2)
    for number in (0, 1):
        wish = BookingWish(int(machine.id), (number,), start, start + timedelta(hours=1))
        gpus.book(small_world.lab, small_world.member(), wish)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.press(*"1500", "up", "up", "up", "enter")
        await kiosk.shows("GPU 0 of 3", "15:00-16:30")
        await kiosk.press("plus", "minus")
        await kiosk.shows("of 3")
        await kiosk.press("down")
        await kiosk.shows("GPU 2 of 3", "15:00-17:00")


async def test_more_than_are_free_says_so_and_keeps_what_is_shown(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine = small_world.workstation("lantau", gpu_count=2)
    wish = BookingWish(int(machine.id), (1,), SLOT, SLOT + timedelta(hours=4))
    gpus.book(small_world.lab, small_world.member(), wish)
    async with open_kiosk() as kiosk:
        await open_sheet(kiosk, small_world.person())
        await kiosk.press("plus")
        await kiosk.shows("✕ Too few GPUs of lantau are free today 14:30-16:30: 1", "GPU 0 of 2")
        await kiosk.press("enter")
        await kiosk.shows("Booked: lantau GPU 0,")


async def test_a_hyphen_in_the_purpose_is_a_hyphen(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau", gpu_count=4)
    async with open_kiosk() as kiosk:
        await open_sheet(kiosk, small_world.person())
        await kiosk.press(*"fine-", "plus", *"tuning", "enter")
        await kiosk.shows("Booked: lantau GPU 0,")
    assert [one.purpose for one in all_bookings(small_world)] == ["fine-+tuning"]


async def test_touches_alone_take_the_whole_machine(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau", gpu_count=2)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.shows("lantau")
        await touch_key(kiosk, "Book")
        await kiosk.shows("GPU 0 of 2")
        await touch_key(kiosk, "+ GPU")
        await kiosk.shows("GPU 0-1 of 2")
        await touch_key(kiosk, "Book")
        await kiosk.shows("Booked: lantau GPU 0-1")


@pytest.mark.parametrize("size", SIZES)
async def test_the_quota_before_and_after_is_shown(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    with_policy(small_world, startup_hours_a_week=80)
    mei = small_world.person("Mei Chan")
    machine = small_world.workstation("lantau", gpu_count=2)
    book(small_world, mei, machine, 0, 1)
    async with open_kiosk(size=size) as kiosk:
        await open_sheet(kiosk, mei)
        await kiosk.shows("4 ▸ 6 of 80 GPU-hours this week")
        assert "you may have yourself" not in kiosk.text
        bar = kiosk.app.screen.query_one("#quota", Bar).view
        assert (bar.used, bar.after, bar.total) == (4, 6, 80)


async def test_ones_own_quota_is_shown_where_it_ends_sooner(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    with_policy(small_world, startup_hours_a_week=80, person_hours_a_week=10)
    mei = small_world.person("Mei Chan")
    book(small_world, mei, small_world.workstation("lantau"), 0)
    async with open_kiosk() as kiosk:
        await open_sheet(kiosk, mei)
        await kiosk.shows("2 ▸ 4 of 80 GPU-hours", "2 ▸ 4 of 10 you may have yourself")


async def test_what_costs_no_quota_says_so(small_world: World, open_kiosk: OpenKiosk) -> None:
    with_policy(small_world, last_minute_minutes=30)
    small_world.workstation("lantau")
    async with open_kiosk() as kiosk:
        await open_sheet(kiosk, small_world.person())
        await kiosk.shows("0 of 80 GPU-hours: this costs no quota")
        assert "▸ 0" not in kiosk.text


@pytest.mark.parametrize("size", SIZES)
async def test_q_shows_the_booking_as_a_code_for_the_phone(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    small_world.workstation("lantau")
    async with open_kiosk(size=size) as kiosk:
        await open_sheet(kiosk, small_world.person())
        await kiosk.press("plus", "enter")
        await kiosk.shows("Booked: lantau GPU 0-1")
        await kiosk.press("q")
        await kiosk.shows("Photograph the code", "CUDA_VISIBLE_DEVICES=0,1", "today 14:30-16:30")
        text = vevent("lantau GPU 0-1", SLOT, SLOT + timedelta(hours=2), small_world.lab.config.lab.name)
        # Every line of the code stands on the terminal, its quiet zone included.
        shown = kiosk.text.splitlines()
        assert all(any(line.rstrip() in row for row in shown) for line in qr.half_blocks(text, dense=True))
        await kiosk.press("escape")
        await kiosk.shows("lantau", "u Undo")


async def test_there_is_no_code_before_there_is_a_booking(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.shows("lantau")
        await kiosk.press("q")
        await kiosk.pilot.pause()
        assert kiosk.app.screen is kiosk.screen
