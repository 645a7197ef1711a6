"""The desk map: a floor plan with a cursor that walks from desk to desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from lab_tui.i18n import N_
from lab_tui.tui.widgets.drawing import CellRow, LineWidget, Mark, cell_width, wrap
from lab_tui.tui.widgets.floor_plan import (
    SOMEONE_IN,
    DeskState,
    FloorPlan,
    FloorView,
    MapDesk,
    MapText,
    MapZone,
)

__all__ = ["SOMEONE_IN", "DeskState", "FloorMap", "FloorView", "MapDesk", "MapText", "MapZone"]

# A cell is about twice as high as wide; a step aside counts double against a step ahead.
_CELL_HEIGHT = 2
_ASIDE = 2
# So many cells of the plan stay in sight around the cursor.
_MARGIN_X, _MARGIN_Y = 6, 2


def nearest(desks: tuple[MapDesk, ...], start: MapDesk, dx: int, dy: int) -> MapDesk | None:
    """The desk that one expects in a direction (one of dx, dy is 0), None at the edge."""
    best: tuple[int, int, MapDesk] | None = None
    for desk in desks:
        across, down = desk.x - start.x, (desk.y - start.y) * _CELL_HEIGHT
        ahead = across * dx + down * dy
        if ahead <= 0:
            continue
        aside = abs(down) if dx else abs(across)
        # What lies rather beside than ahead comes after everything that lies ahead.
        rank = (int(aside > ahead), ahead + _ASIDE * aside)
        if best is None or rank < best[:2]:
            best = (*rank, desk)
    return best[2] if best else None


class FloorMap(LineWidget, can_focus=True):
    """Desks on a floor plan; scrolls where the plan is larger than its place.

    Whoever watches `cursor` is called while the key is handled, so that what they paint leaves with it.
    """

    PENS = "map"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "map--wall",
        "map--zone",
        "map--furniture",
        "map--mine",
        "map--mine-label",
        "map--taken",
        "map--taken-label",
        "map--free",
        "map--free-label",
        "map--lent",
        "map--lent-label",
        "map--out-of-order",
        "map--out-of-order-label",
        "map--in",
        "map--cursor",
        "map--more",
        "map--empty",
    }
    DEFAULT_CSS = """
    FloorMap {
        height: 1fr;
        & > .map--wall { color: $secondary; }
        & > .map--zone { color: $foreground; text-style: bold; }
        & > .map--furniture { color: $text-muted; }
        & > .map--mine { color: $accent; text-style: bold; }
        & > .map--mine-label { color: $accent; text-style: bold; }
        & > .map--taken { color: $secondary; }
        & > .map--taken-label { color: $text-muted; }
        & > .map--free { color: $success; text-style: bold; }
        & > .map--free-label { color: $success; }
        & > .map--lent { color: $warning; text-style: bold; }
        & > .map--lent-label { color: $warning; }
        & > .map--out-of-order { color: $error; text-style: bold; }
        & > .map--out-of-order-label { color: $error; }
        & > .map--in { color: $foreground; }
        & > .map--cursor { color: $foreground; background: $panel; text-style: bold; }
        & > .map--more { color: $accent; text-style: bold; }
        & > .map--empty { color: $text-muted; }
        &:focus > .map--cursor { color: $background; background: $foreground; text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1,0)", N_("Move"), key_display="←→↑↓"),
        Binding("right", "move(1,0)", show=False),
        Binding("up", "move(0,-1)", show=False),
        Binding("down", "move(0,1)", show=False),
        Binding("enter", "choose", N_("Choose")),
    ]

    view: reactive[FloorView] = reactive(FloorView(), init=False)
    cursor: reactive[int | None] = reactive(None, init=False, repaint=False)
    """The key of the desk under the cursor, None on an empty plan."""

    @dataclass
    class Chosen(Message):
        """The desk under the cursor was chosen."""

        floor_map: FloorMap
        key: int

        @property
        def control(self) -> FloorMap:
            """The map, for `@on(..., "#id")`."""
            return self.floor_map

    def __init__(
        self,
        view: FloorView | None = None,
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(FloorMap.view, view or FloorView())
        self._plan = FloorPlan(self.view)
        self.set_reactive(FloorMap.cursor, self.view.desks[0].key if self.view.desks else None)
        self._top = 0
        self._left = 0

    @property
    def cursor_desk(self) -> MapDesk | None:
        """The desk under the cursor, None on an empty plan."""
        return self.view.desk_of_key[self.cursor] if self.cursor is not None else None

    def go_to(self, key: int) -> None:
        """Put the cursor on a desk; a key that is not on the plan changes nothing."""
        desk, old = self.view.desk_of_key.get(key), self.cursor_desk
        if desk is None or old is None or desk is old:
            return
        self.cursor = key
        if self._show_cursor():
            self.refresh()
        else:
            lines = {old.y - self._top + self._shift_y, desk.y - self._top + self._shift_y}
            width = self.content_size.width
            self.refresh(*(Region(0, y, width, 1) for y in lines if 0 <= y < self.content_size.height))

    def watch_view(self, new: FloorView) -> None:
        """Draw the new plan; the cursor stays on its desk, or goes to the first one."""
        self._plan = FloorPlan(new)
        if self.cursor not in new.desk_of_key:
            self.cursor = new.desks[0].key if new.desks else None
        self._show_cursor()
        self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._show_cursor()
        self.refresh()

    # Painting

    @property
    def _shift_x(self) -> int:
        """Blank columns left of a plan that is narrower than its place."""
        return max(0, (self.content_size.width - self.view.width) // 2)

    @property
    def _shift_y(self) -> int:
        """Blank lines above a plan that is lower than its place: fewer than below."""
        return max(0, (self.content_size.height - self.view.height) // 3)

    def draw_line(self, y: int, width: int) -> Strip:
        """A line of the plan, or of the sentence that stands for an empty one."""
        if not self.view.desks:
            return self._draw_empty(y, width)
        line = y - self._shift_y + self._top
        if not 0 <= line < self.view.height:
            return CellRow(width).strip(self.pens)
        shift = self._shift_x
        row = CellRow(shift).joined(self._plan.rows[line].window(self._left, max(0, width - shift)))
        self._draw_more(row, y, width)
        return row.strip(self.pens, self._marks(line, shift))

    def _draw_empty(self, y: int, width: int) -> Strip:
        row = CellRow(width)
        lines = wrap(self.view.empty, max(1, width - 4))
        index = y - max(0, (self.content_size.height - len(lines)) // 2)
        if 0 <= index < len(lines):
            row.write(max(0, (width - cell_width(lines[index])) // 2), lines[index], "empty")
        return row.strip(self.pens)

    def _draw_more(self, row: CellRow, y: int, width: int) -> None:
        """Arrows at the edges beyond which the plan goes on."""
        height = self.content_size.height
        if y == height // 2 and self._left:
            row.fill(0, 1, "‹", "more")
        if y == height // 2 and self._left + width < self.view.width:
            row.fill(width - 1, width, "›", "more")
        if y == 0 and self._top:
            row.fill(width - 1, width, "▴", "more")
        if y == height - 1 and self._top + height < self.view.height:
            row.fill(width - 1, width, "▾", "more")

    def _marks(self, line: int, shift: int) -> list[Mark]:
        desk = self.cursor_desk
        if desk is None or desk.y != line:
            return []
        span = self._plan.span(desk.key)
        first = shift - self._left + span.start
        return [Mark(max(0, first), first + len(span), "cursor")]

    def _show_cursor(self) -> bool:
        """Scroll so far that the desk under the cursor is in sight; returns whether anything scrolled."""
        desk, before = self.cursor_desk, (self._top, self._left)
        if desk is None:
            self._top = self._left = 0
            return True
        width, height = self.content_size
        span = self._plan.span(desk.key)
        self._left = _scrolled(self._left, span.start, span.stop, width, self.view.width, _MARGIN_X)
        self._top = _scrolled(self._top, desk.y, desk.y + 1, height, self.view.height, _MARGIN_Y)
        return before != (self._top, self._left)

    # Moving and choosing

    def action_move(self, dx: int, dy: int) -> None:
        """Go to the nearest desk in a direction."""
        desk = self.cursor_desk
        if desk is not None and (to := nearest(self.view.desks, desk, dx, dy)) is not None:
            self.go_to(to.key)

    def action_choose(self) -> None:
        """Tell the screen which desk is chosen."""
        if self.cursor is not None:
            self.post_message(self.Chosen(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        """The first click goes to a desk, a click on the desk under the cursor chooses it."""
        offset = event.get_content_offset_capture(self)
        desk = self._plan.desk_at(offset.x - self._shift_x + self._left, offset.y - self._shift_y + self._top)
        if desk is None:
            return
        if desk.key == self.cursor:
            self.action_choose()
        else:
            self.go_to(desk.key)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Turn the wheel down: further down the plan."""
        event.stop()
        self._turn(2)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Turn the wheel up: further up the plan."""
        event.stop()
        self._turn(-2)

    def _turn(self, lines: int) -> None:
        top = max(0, min(self._top + lines, self.view.height - self.content_size.height))
        if top != self._top:
            self._top = top
            self.refresh()


def _scrolled(now: int, first: int, last: int, room: int, total: int, margin: int) -> int:
    """The offset nearest to `now` that shows [first, last) with a margin, within [0, total - room]."""
    margin = max(0, min(margin, (room - (last - first)) // 2))
    offset = min(max(now, last + margin - room), first - margin)
    return max(0, min(offset, total - room))
