"""A card: some short lines about one thing, of which only those that change are painted again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip

from lab_tui.tui.widgets.drawing import CellRow, LineWidget, wrap


@dataclass(frozen=True)
class CardLine:
    """A text and the pen that writes it; it goes on in further lines where it is long."""

    text: str
    pen: str = "text"


class Card(LineWidget):
    """What is known of the thing under a cursor."""

    PENS = "card"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "card--name",
        "card--mine",
        "card--taken",
        "card--free",
        "card--lent",
        "card--out-of-order",
        "card--text",
    }
    DEFAULT_CSS = """
    Card {
        & > .card--name { color: $foreground; text-style: bold; }
        & > .card--mine { color: $accent; }
        & > .card--taken { color: $secondary; }
        & > .card--free { color: $success; }
        & > .card--lent { color: $warning; }
        & > .card--out-of-order { color: $error; }
        & > .card--text { color: $foreground; }
    }
    """

    lines: reactive[tuple[CardLine, ...]] = reactive((), init=False, repaint=False)

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._wrapped: list[CardLine] = []

    def watch_lines(self) -> None:
        """Paint again the lines that differ from those before."""
        before, self._wrapped = self._wrapped, self._wrap()
        width = self.content_size.width
        for y in range(max(len(before), len(self._wrapped))):
            if before[y : y + 1] != self._wrapped[y : y + 1]:
                self.refresh(Region(0, y, width, 1))

    def on_resize(self) -> None:
        """Fit the lines into the new width."""
        self._wrapped = self._wrap()
        self.refresh()

    def _wrap(self) -> list[CardLine]:
        width = max(1, self.content_size.width)
        return [CardLine(text, line.pen) for line in self.lines for text in wrap(line.text, width)]

    def draw_line(self, y: int, width: int) -> Strip:
        """A line, or a blank one below the last."""
        row = CellRow(width)
        if y < len(self._wrapped):
            row.write(0, self._wrapped[y].text, self._wrapped[y].pen)
        return row.strip(self.pens)
