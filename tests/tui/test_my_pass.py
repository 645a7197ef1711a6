"""My pass: a code that a phone can photograph, and that nobody sees after."""

from __future__ import annotations

from datetime import timedelta

import pytest
import zxingcpp
from PIL import Image

from lab_tui.codes.passcode import PassKind
from lab_tui.lab import events
from tests.tui.conftest import OpenKiosk
from tests.tui.kiosks import Kiosk
from tests.world import NOW, World

BLOCKS = {" ": (1, 1), "▀": (0, 1), "▄": (1, 0), "█": (0, 0)}


def photographed(kiosk: Kiosk) -> str:
    """What a reader makes of the code on the terminal, drawn from its cells and their real colours."""
    strips = kiosk.app.screen._compositor.render_strips()
    image = Image.new("L", (kiosk.app.size.width, 2 * kiosk.app.size.height))
    for y, strip in enumerate(strips):
        x = 0
        for text, style, _control in strip._segments:
            paper = style is not None and style.bgcolor is not None and style.bgcolor.name == "#ffffff"
            for char in text:
                upper, lower = BLOCKS.get(char, (0, 0)) if paper else (0, 0)
                if x < image.width:
                    image.putpixel((x, 2 * y), 255 * upper)
                    image.putpixel((x, 2 * y + 1), 255 * lower)
                x += 1
    big = image.resize((image.width * 6, image.height * 6), Image.Resampling.NEAREST)
    read = zxingcpp.read_barcode(big)
    return read.text if read else ""


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("theme", ["harbour-night", "harbour-day", "harbour-contrast"])
async def test_the_code_on_the_screen_is_the_badge(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int], theme: str
) -> None:
    person = small_world.person("Mei Chan", startup=small_world.startup("Lumen Vision"))
    async with open_kiosk(size) as kiosk:
        kiosk.app.theme = theme
        await kiosk.visit(person, "my_pass")
        await kiosk.shows("Mei Chan · Lumen Vision", "Photograph this")
        await kiosk.until(lambda: photographed(kiosk), "a code that can be read")
        code = photographed(kiosk)
        assert small_world.lab.keys.read(code).kind is PassKind.PERSON
        await kiosk.press("escape", "escape")
        await kiosk.shows("Scan your badge to begin")
        kiosk.app.scans.put(code)
        await kiosk.shows("Mei Chan", "NOW")


async def test_tickets_follow_the_badge(small_world: World, open_kiosk: OpenKiosk) -> None:
    person = small_world.person("Mei Chan")
    event = small_world.event(starts_at=NOW + timedelta(days=2))
    events.sign_up(small_world.lab, small_world.actor(person), event.id)
    async with open_kiosk() as kiosk:
        await kiosk.visit(person, "my_pass")
        await kiosk.shows("My pass  1 of 2")
        await kiosk.press("n")
        await kiosk.shows("My pass  2 of 2", "Workshop · Fine-tuning on a budget", "Seminar room")
        await kiosk.until(lambda: photographed(kiosk), "a code that can be read")
        assert small_world.lab.keys.read(photographed(kiosk)).kind is PassKind.TICKET
        await kiosk.press("n")
        await kiosk.shows("My pass  1 of 2")


async def test_nothing_of_it_stays(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "my_pass")
        await kiosk.shows("Mei Chan")
        kiosk.app.end_visit()
        screen = kiosk.app.screen_named("my_pass")
        assert screen.value is None
        shown = "".join(str(widget.render()) for widget in screen.query("Static"))
        assert "Mei" not in shown
        assert "█" not in shown
