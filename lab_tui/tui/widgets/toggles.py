"""Some things in a line, each on or off."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from lab_tui.i18n import N_
from lab_tui.tui.widgets.drawing import CellRow, LineWidget, Mark, cell_width

_GAP = 2
# The box and the air after it.
_BOX = 2


class Toggles(LineWidget, can_focus=True, inherit_bindings=False):
    """Shows texts in a row; arrows move, Space or a touch switches, and so does a text's number."""

    @dataclass
    class Changed(Message):
        """One was switched."""

    PENS = "toggles"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", show=False),
        Binding("right", "move(1)", show=False),
        Binding("space", "switch", N_("On or off"), key_display="Space"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"toggles--on", "toggles--off", "toggles--cursor"}
    DEFAULT_CSS = """
    Toggles {
        height: 1;
        width: 1fr;
        & > .toggles--on { color: $accent; text-style: bold; }
        & > .toggles--off { color: $text-muted; }
        & > .toggles--cursor { background: $surface; text-style: bold; }
    }
    """

    def __init__(
        self,
        texts: Sequence[str],
        on: Collection[int],
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        """`on` are the indices of the texts that are on."""
        super().__init__(id=id)
        self._texts = tuple(texts)
        self._switched = set(on)
        self._at = min(on, default=0)

    @property
    def chosen(self) -> tuple[int, ...]:
        """The indices of what is on, in order."""
        return tuple(sorted(self._switched))

    def _places(self) -> list[tuple[int, int]]:
        """First and last column, past the end, of each text with its box."""
        widths = [_BOX + cell_width(text) for text in self._texts]
        fits = sum(widths) + _GAP * (len(widths) - 1) <= self.content_size.width
        places, x = [], 0
        for width in widths:
            places.append((x, x + width))
            x += width + (_GAP if fits else 1)
        return places

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """One line."""
        return 1

    def draw_line(self, y: int, width: int) -> Strip:  # noqa: ARG002
        """Boxes and texts."""
        row, places = CellRow(width), self._places()
        for index, (text, (x, _end)) in enumerate(zip(self._texts, places, strict=True)):
            pen, box = ("on", "■") if index in self._switched else ("off", "□")
            row.write(x, f"{box} {text}", pen)
        return row.strip(self.pens, [Mark(*places[self._at], "cursor")] if self.has_focus else [])

    def action_move(self, by: int) -> None:
        """To the next or the one before."""
        self._at = max(0, min(len(self._texts) - 1, self._at + by))
        self.refresh()

    def action_switch(self) -> None:
        """On or off."""
        self._switched ^= {self._at}
        self.refresh()
        self.post_message(self.Changed())

    def _switch(self, index: int) -> None:
        self._at = index
        self.action_switch()

    def on_key(self, event: events.Key) -> None:
        """A number switches the text at that place."""
        if event.character and event.character.isdecimal() and 0 < int(event.character) <= len(self._texts):
            event.stop()
            self._switch(int(event.character) - 1)

    def on_click(self, event: events.Click) -> None:
        """A touch switches."""
        x = event.get_content_offset_capture(self).x
        for index, (first, end) in enumerate(self._places()):
            if first <= x <= end:
                self._switch(index)
