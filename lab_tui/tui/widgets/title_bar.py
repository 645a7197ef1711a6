"""The title bar: one line with three texts, cheap to keep on every screen."""

from __future__ import annotations

from typing import ClassVar

from textual.reactive import reactive
from textual.strip import Strip

from lab_tui.tui.widgets.drawing import CellRow, LineWidget, cell_width

_SIDE = 1
_GAP = 2


class TitleBar(LineWidget):
    """Where one is at the left, what it is about in the middle, the time at the right."""

    PENS = "title"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"title--left", "title--middle", "title--right"}
    DEFAULT_CSS = """
    TitleBar {
        dock: top;
        height: 1;
        background: $surface;
        & > .title--left { color: $foreground; text-style: bold; }
        & > .title--middle { color: $text-muted; }
        & > .title--right { color: $accent; }
    }
    """
    left: reactive[str] = reactive("", init=False)
    middle: reactive[str] = reactive("", init=False)
    right: reactive[str] = reactive("", init=False)

    def __init__(
        self,
        left: str = "",
        middle: str = "",
        right: str = "",
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(TitleBar.left, left)
        self.set_reactive(TitleBar.middle, middle)
        self.set_reactive(TitleBar.right, right)

    def draw_line(self, y: int, width: int) -> Strip:
        """The right text is always whole if it can be, the middle one shown only where it is whole."""
        row = CellRow(width)
        if y:
            return row.strip(self.pens)
        right = min(cell_width(self.right), max(0, width - 2 * _SIDE))
        end = width - _SIDE - right
        row.write(end, self.right, "right", right)
        x = row.write(_SIDE, self.left, "left", max(0, end - _SIDE - (_GAP if right else 0)))
        middle = cell_width(self.middle)
        start = max(x + _GAP, (width - middle) // 2)
        if middle and start + middle + _GAP <= end:
            row.write(start, self.middle, "middle")
        return row.strip(self.pens)
