"""The keys that turn the days, in one line at the right, and others at the left; a touch presses them."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.reactive import reactive
from textual.strip import Strip

from lab_tui.i18n import _
from lab_tui.tui.widgets.drawing import CellRow, LineWidget
from lab_tui.tui.widgets.key_bar import KeyItem, PlacedItem, place

_GAP = 4


class DayKeys(LineWidget):
    """The day before, the day after, today: for screens that show a day and bind these keys."""

    PENS = "days"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"days--key", "days--text"}
    DEFAULT_CSS = """
    DayKeys {
        height: 1;
        padding: 0 2;
        & > .days--key { color: $accent; text-style: bold; }
        & > .days--text { color: $text-muted; }
    }
    """
    left: reactive[tuple[KeyItem, ...]] = reactive((), init=False)
    """What else can be turned to."""
    days_a_turn: reactive[int] = reactive(1, init=False)
    """1, 7, or 0 where there are no days to turn."""

    def _turning(self) -> tuple[KeyItem, ...]:
        if not self.days_a_turn:
            return ()
        weeks = self.days_a_turn > 1
        return (
            KeyItem("left_square_bracket", "◂ [", _("Week before") if weeks else _("Day before")),
            KeyItem("t", "t", _("Today")),
            KeyItem("right_square_bracket", "] ▸", _("Week after") if weeks else _("Day after")),
        )

    def _placed(self, width: int) -> list[PlacedItem]:
        turning = place(self._turning(), width)
        start = width - (turning[-1].x + turning[-1].item.width) if turning else width
        others = place(self.left, max(0, start - _GAP))
        return others + [PlacedItem(start + one.x, one.item) for one in turning]

    def draw_line(self, y: int, width: int) -> Strip:
        """The keys and their words."""
        row = CellRow(width)
        for one in self._placed(width) if y == 0 else ():
            x = row.write(one.x, one.item.name, "key")
            row.write(x + 1, one.item.text, "text")
        return row.strip(self.pens)

    def on_click(self, event: events.Click) -> None:
        """Press the key under the pointer."""
        x = event.get_content_offset_capture(self).x
        for one in self._placed(self.content_size.width):
            if one.x - 1 <= x <= one.x + one.item.width:
                self.app.simulate_key(one.item.key)
