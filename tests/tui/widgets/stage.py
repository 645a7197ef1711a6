"""A bare app around one widget, in the kiosk's own themes."""

from __future__ import annotations

from typing import Any

from textual import on
from textual.app import App, ComposeResult
from textual.message import Message
from textual.widget import Widget

from lab_tui.tui.themes import NIGHT, themes
from lab_tui.tui.widgets.floor_map import FloorMap
from lab_tui.tui.widgets.timetable import Timetable


class Stage(App[None]):
    """Shows widgets and keeps what they say."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { overflow: hidden; }"

    def __init__(self, *shown: Widget, theme: str = NIGHT) -> None:
        super().__init__()
        self.shown = shown
        self.heard: list[Message] = []
        for each in themes():
            self.register_theme(each)
        self.theme = theme

    def compose(self) -> ComposeResult:
        yield from self.shown

    @on(Timetable.Chosen)
    @on(FloorMap.Chosen)
    def keep(self, message: Any) -> None:
        self.heard.append(message)

    def chosen(self) -> list[Any]:
        return [message for message in self.heard if type(message).__name__ == "Chosen"]


# Terminal sizes from the smallest to the largest that a widget must bear.
SIZES = [(20, 5), (23, 60), (37, 11), (80, 24), (81, 25), (120, 40), (199, 33), (240, 60)]


def lines(widget: Widget) -> list[str]:
    """The text of every line of a widget, each exactly as wide as the widget."""
    width, height = widget.content_size
    strips = [widget.render_line(y) for y in range(height)]
    assert {strip.cell_length for strip in strips} <= {width}
    assert {sum(segment.cell_length for segment in strip._segments) for strip in strips} <= {width}
    return [strip.text for strip in strips]
