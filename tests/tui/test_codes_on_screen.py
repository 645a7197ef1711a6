"""Codes on the screen are read from pictures of it: in every theme, larger where there is more room."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import cairosvg
import pytest
import zxingcpp
from PIL import Image

from lab_tui.codes import qr
from lab_tui.codes.passcode import PassKind
from lab_tui.lab import gpus
from lab_tui.lab.gpus import BookingWish
from lab_tui.tui.modals.calendar_code import CalendarCodeModal
from lab_tui.tui.themes import THEME_NAMES
from lab_tui.tui.widgets.code_drawing import CodeDrawing
from tests.tui.conftest import OpenKiosk
from tests.tui.kiosks import Kiosk
from tests.tui.pictures import svg_of
from tests.world import NOW, World

# Pixels a module of a pass on each size of terminal, in cells.
SIZES = {(80, 24): 1, (120, 40): 2, (240, 60): 3}


def read(kiosk: Kiosk, scale: float = 0.6) -> str:
    """What a reader makes of a picture of the terminal."""
    png = cairosvg.svg2png(bytestring=svg_of(kiosk.app, "screen").encode(), scale=scale)
    assert png is not None
    found = zxingcpp.read_barcodes(Image.open(BytesIO(png)).convert("L"))
    return found[0].text if len(found) == 1 else ""


def lines_of_code(kiosk: Kiosk) -> int:
    return kiosk.app.screen.query_one(CodeDrawing).size.height


@pytest.mark.parametrize(("size", "scale"), SIZES.items(), ids=str)
async def test_my_pass_is_read_in_every_theme_and_is_larger_where_there_is_room(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int], scale: int
) -> None:
    person = small_world.person("Mei Chan")
    badge = small_world.badge(person)
    modules = len(qr.matrix(badge)) + 8
    async with open_kiosk(size) as kiosk:
        kiosk.scan(badge)
        await kiosk.shows("NOW")
        await kiosk.press("p")
        await kiosk.shows("Photograph this")
        assert lines_of_code(kiosk) == (modules * scale + 1) // 2
        for theme in THEME_NAMES:
            kiosk.app.theme = theme
            await kiosk.pilot.pause()
            assert read(kiosk) == badge, theme


async def test_my_pass_follows_the_size_of_the_window(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk((120, 40)) as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "my_pass")
        await kiosk.until(lambda: lines_of_code(kiosk) == 33, "a large code")
        await kiosk.pilot.resize_terminal(80, 24)
        await kiosk.until(lambda: lines_of_code(kiosk) == 17, "a small code")
        assert small_world.lab.keys.read(read(kiosk)).kind is PassKind.PERSON


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_calendar_code_is_read_in_every_theme(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    machine, mei = small_world.workstation("sai-kung"), small_world.person("Mei Chan")
    starts_at = NOW.replace(minute=0) + timedelta(hours=3)
    wish = BookingWish(machine.id, (0,), starts_at, starts_at + timedelta(hours=1), "training")
    booking = gpus.book(small_world.lab, small_world.actor(mei), wish).what
    async with open_kiosk(size) as kiosk:
        await kiosk.visit(mei)
        kiosk.app.push_screen(CalendarCodeModal(booking, small_world.lab))
        await kiosk.shows("Photograph the code", "CUDA_VISIBLE_DEVICES=0")
        for theme in THEME_NAMES:
            kiosk.app.theme = theme
            await kiosk.pilot.pause()
            text = read(kiosk, 1.0)
            assert text.startswith(("BEGIN:VCALENDAR", "BEGIN:VEVENT")), theme
            assert "sai-kung" in text
        assert kiosk.line_widths == {size[0]}


@pytest.mark.parametrize("columns", [28, 33, 65, 66, 400])
@pytest.mark.parametrize("lines", [5, 17, 32, 33, 200])
def test_a_code_takes_the_room_there_is(columns: int, lines: int) -> None:
    modules = qr.matrix("VXL1P10000000000002U3M3SRVPAARHV8LTWG5")
    drawn = qr.fitting(modules, columns, lines)
    side = len(modules) + 8
    assert len(set(map(len, drawn))) == 1
    width, height = len(drawn[0]), len(drawn)
    scale = width // side
    assert (width, height) == (side * scale, (side * scale + 1) // 2)
    fits = width <= columns and height <= lines
    larger = side * (scale + 1) <= columns and side * (scale + 1) <= 2 * lines
    assert fits or scale == 1
    assert not larger
    if scale == 1:
        assert drawn == qr.half_blocks("VXL1P10000000000002U3M3SRVPAARHV8LTWG5")
