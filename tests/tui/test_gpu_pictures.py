"""The timetable as it was looked at: three sizes, two languages, empty, normal and full.

LAB_TUI_UPDATE=1 writes the pictures' texts again; LAB_TUI_PICTURES names a folder for pictures to look at.
"""

from __future__ import annotations

import os
import re

import pytest

from tests.tui.conftest import OpenKiosk
from tests.tui.gpu_pictures import WORLDS
from tests.tui.kiosks import Kiosk
from tests.tui.pictures import assert_same_picture, screen_text, take_picture
from tests.world import World

SIZES = ((80, 24), (120, 40), (240, 60))


async def compare(kiosk: Kiosk, name: str) -> None:
    """With the picture of that name; how long the visit still lasts is nobody's picture."""
    await kiosk.pilot.pause()
    if os.environ.get("LAB_TUI_PICTURES"):
        await take_picture(kiosk.app, kiosk.pilot, name)
    assert_same_picture(name, re.sub(r"\b\d:\d\d\b", "1:20", screen_text(kiosk.app)))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", ["en", "zh_Hant"])
@pytest.mark.parametrize("how_full", list(WORLDS))
async def test_the_day_looks_as_it_was_looked_at(
    small_world: World, open_kiosk: OpenKiosk, how_full: str, language: str, size: tuple[int, int]
) -> None:
    lab = WORLDS[how_full](small_world)
    with small_world.lab.store.write():
        type(lab.mei).update(language=language).where(type(lab.mei).id == lab.mei.id).execute()
    async with open_kiosk(size=size) as kiosk:
        await kiosk.visit(lab.mei, "gpus")
        await kiosk.shows("kowloon")
        await compare(kiosk, f"gpus-{how_full}-{size[0]}x{size[1]}-{language}")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("page", ["week", "mine"])
async def test_the_week_and_mine_look_as_they_were_looked_at(
    small_world: World, open_kiosk: OpenKiosk, page: str, size: tuple[int, int]
) -> None:
    lab = WORLDS["normal"](small_world)
    async with open_kiosk(size=size) as kiosk:
        await kiosk.visit(lab.mei, "gpus")
        await kiosk.shows("kowloon")
        await kiosk.press(*("pagedown", "w") if page == "week" else "i")
        await kiosk.shows("lantau · L40S" if page == "week" else "My GPU bookings")
        await compare(kiosk, f"gpus-{page}-{size[0]}x{size[1]}")
