"""What painting leaves out: a filter for colours that no style here has, and lines that did not change."""

from __future__ import annotations

import pytest
from rich.color import ColorType
from textual.filter import ANSIToTruecolor

from lab_tui.tui.themes import THEME_NAMES
from lab_tui.tui.widgets.drawing import KeptLines
from tests.tui.conftest import OpenKiosk
from tests.tui.gpu_pictures import WORLDS
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


async def test_lines_that_are_kept_follow_the_theme(small_world: World, open_kiosk: OpenKiosk) -> None:
    lab = WORLDS["normal"](small_world)
    async with open_kiosk() as kiosk:
        await kiosk.visit(lab.mei, "gpus")
        await kiosk.shows("kowloon")
        kept = [widget for widget in kiosk.screen.query(KeptLines) if widget.display]

        def lines() -> list[str]:
            return [str(widget.render_lines(widget.size.region)) for widget in kept]

        before = lines()
        for theme in THEME_NAMES[::-1]:
            kiosk.app.theme = theme
            await kiosk.pilot.pause()
            shown = lines()
            for widget in kept:
                widget.refresh()
            assert shown == lines()
            assert (shown == before) == (theme == THEME_NAMES[0])
