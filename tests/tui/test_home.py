"""Home: two seconds from the door tell what is on and what is free, and nobody's name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lab_tui.store.tables import events as event_tables
from tests.tui.conftest import OpenKiosk
from tests.tui.hostile_names import HOSTILE_NAMES
from tests.world import NOW, World

SIZES = [(80, 24), (120, 40)]


def fill(world: World) -> None:
    running = world.event("Fine-tuning on a budget", capacity=40, starts_at=NOW - timedelta(hours=1))
    world.event("Reading X-rays", capacity=6, starts_at=NOW + timedelta(hours=2))
    with world.lab.store.write():
        event_tables.SignUp.create(event=running, person=world.person("Ann Sze"), state="going", since=NOW)
    world.workstation("lantau", gpu_count=2)
    for _number in range(5):
        world.desk()


@pytest.mark.parametrize("size", SIZES)
async def test_it_shows_what_is_on_and_what_is_free(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    fill(small_world)
    async with open_kiosk(size) as kiosk:
        await kiosk.shows(
            "Harbour AI Lab", "Sunday 22 November", "14:32", "Fine-tuning on a budget", "until 15:32"
        )
        await kiosk.shows("0 of 1 inside", "Reading X-rays", "16:32", "6 places left", "L40S", "2 of 2 free")
        await kiosk.shows("5 pool desks free", "Scan your badge to begin", "F1 Help", "Kiosk: Lobby")
        assert "Ann" not in kiosk.text


@pytest.mark.parametrize("size", SIZES)
async def test_a_new_lab_says_what_staff_do_next(open_kiosk: OpenKiosk, size: tuple[int, int]) -> None:
    async with open_kiosk(size) as kiosk:
        await kiosk.shows("This lab is new", "Staff scan their badge", "Scan your badge to begin")


async def test_without_events_it_says_so(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.desk()
    async with open_kiosk() as kiosk:
        await kiosk.shows("No events in the next days", "1 pool desk free")


async def test_it_follows_the_lab(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.desk()
    async with open_kiosk() as kiosk:
        small_world.event("Late news")
        small_world.clock.advance(minutes=1)
        kiosk.screen.refresh_value()
        await kiosk.shows("Late news", "14:33")


async def test_a_demo_badge_goes_the_way_of_a_scan(small_world: World, open_kiosk: OpenKiosk) -> None:
    mentor = small_world.person("Dr Ho", role="mentor")
    small_world.badge(mentor)
    async with open_kiosk() as kiosk:
        await kiosk.press("f2")
        await kiosk.shows("Try a demo badge", "Dr Ho")
        await kiosk.press("1")
        await kiosk.until(lambda: kiosk.app.visit, "the visit")
        await kiosk.shows("Dr Ho", "NOW", "I'm done")


async def test_there_is_no_way_back_from_home(open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await kiosk.press("escape", "u")
        await kiosk.shows("Scan your badge to begin")
        assert "Esc" not in kiosk.text


async def test_full_lab_fits_the_smallest_screen(small_world: World, open_kiosk: OpenKiosk) -> None:
    fill(small_world)
    for number in range(9):
        small_world.event(f"Seminar {number}", starts_at=NOW + timedelta(hours=3 + number))
    async with open_kiosk() as kiosk:
        await kiosk.shows("NEXT", "GPUS", "DESKS", "Scan your badge to begin", "F1 Help")


async def test_hostile_titles_stay_text(small_world: World, open_kiosk: OpenKiosk) -> None:
    for number, name in enumerate(HOSTILE_NAMES[:24]):
        small_world.event(name, starts_at=NOW + timedelta(hours=number + 1))
    async with open_kiosk() as kiosk:
        for _number in range(24):
            await kiosk.shows("Scan your badge to begin")
            kiosk.assert_harmless()
            small_world.clock.advance(hours=1)
            seen = kiosk.screen.value
            kiosk.screen.refresh_value()
            await kiosk.until(lambda seen=seen: kiosk.screen.value is not seen, "newer data")
