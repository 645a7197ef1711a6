"""No style here has a terminal's own colour, so the filter that would turn those into others is left out."""

from __future__ import annotations

import pytest
from rich.color import ColorType
from textual.filter import ANSIToTruecolor

from lab_tui.tui.themes import THEME_NAMES
from tests.tui.conftest import OpenKiosk
from tests.tui.test_staff_screens import signed_in
from tests.world import World

SCREENS = (
    "my_day",
    "gpus",
    "desks",
    "events",
    "my_pass",
    "staff_today",
    "people",
    "workstations",
    "closures",
)


@pytest.mark.parametrize("theme", THEME_NAMES)
async def test_all_colours_are_true_colours(small_world: World, open_kiosk: OpenKiosk, theme: str) -> None:
    async with open_kiosk() as kiosk:
        kiosk.app.theme = theme
        for screen in SCREENS:
            await signed_in(kiosk, screen=screen)
            found = {
                colour.name
                for strip in kiosk.app.screen._compositor.render_strips()
                for segment in strip
                if segment.style is not None
                for colour in (segment.style.color, segment.style.bgcolor)
                if colour is not None and colour.type is not ColorType.TRUECOLOR
            }
            assert not found, screen
        assert not any(isinstance(one, ANSIToTruecolor) for one in kiosk.app.get_line_filters())
