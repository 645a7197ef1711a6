"""What stands around the timetable: names, hours, the way back and the help, none of them cut in two."""

from __future__ import annotations

import time

import pytest
from textual.binding import Binding

from lab_tui.tui.modals.help import HelpModal, key_name
from lab_tui.tui.modals.wait_sheet import WaitSheet
from lab_tui.tui.visit import UndoOffer
from lab_tui.tui.widgets.timetable import Timetable
from tests.tui.conftest import OpenKiosk
from tests.world import World

LONG_NAME = "a-workstation-with-a-name-that-goes-on-and-on-and-on"


async def test_hours_at_the_edges_are_whole_or_not_there(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau", gpu_count=1)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.shows("GPU 0")
        timetable = kiosk.screen.query_one(Timetable)
        for _each in range(48):
            header = timetable.render_line(0).text[timetable._layout.label_width :]
            hours = header.replace("›", " ").split()
            assert all(len(hour) == 2 and int(hour) < 24 for hour in hours), header
            assert [int(hour) for hour in hours] == list(range(int(hours[0]), int(hours[-1]) + 1))
            timetable._move_window(0, timetable._left + 1)


async def test_the_way_back_stays_in_one_piece(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person())
        for length in range(50, 82):
            said = "x" * 20 + " " + "y" * (length - 21)
            assert kiosk.app.visit is not None
            kiosk.app.visit.undo = UndoOffer(1, time.monotonic() + 12, said)
            kiosk.screen.tick()
            await kiosk.pilot.pause()
            assert any("u Undo (1" in line and "s)" in line for line in kiosk.text.splitlines()), kiosk.text


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("pagedown", "PgDn"),
        ("escape", "Esc"),
        ("f9", "F9"),
        ("shift+left", "Shift+←"),
        ("+", "+"),
        ("q", "q"),
    ],
)
def test_keys_are_called_as_on_a_keyboard(key: str, name: str) -> None:
    assert key_name(Binding(key, "x")) == name


async def test_help_is_there_over_a_sheet_too(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau", gpu_count=1)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.shows("GPU 0")
        await kiosk.press("y")
        await kiosk.shows_modal(WaitSheet)
        await kiosk.press("f1")
        await kiosk.shows_modal(HelpModal)
        await kiosk.shows("Every row is a GPU")
        await kiosk.press("end")
        await kiosk.shows("Who is next")
        await kiosk.press("f1")
        await kiosk.shows_modal(WaitSheet)


async def test_a_long_name_leaves_room_for_days_and_state(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation(LONG_NAME, gpu_count=1)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        await kiosk.shows("14:30-16:30  2 h  free")
        await kiosk.press("w")
        await kiosk.shows("Sun 22 Nov - Sat 28 Nov", "a-work")
