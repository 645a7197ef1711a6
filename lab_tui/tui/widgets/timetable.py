"""The timetable: GPUs down, time across; a cursor, a selection and the line of now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer

from lab_tui.i18n import N_
from lab_tui.tui.widgets.timetable_layout import lay_out
from lab_tui.tui.widgets.timetable_look import TimetableLook
from lab_tui.tui.widgets.timetable_painter import Scene, TimetablePainter
from lab_tui.tui.widgets.timetable_view import (
    Block,
    BlockKind,
    Cell,
    Selection,
    Slot,
    Spot,
    TimetableGroup,
    TimetableRow,
    TimetableView,
)

__all__ = [
    "Block",
    "BlockKind",
    "Cell",
    "Selection",
    "Slot",
    "Spot",
    "Timetable",
    "TimetableGroup",
    "TimetableRow",
    "TimetableView",
]

# How long typed digits wait for the next one, in seconds.
_TYPING_PAUSE = 2.0


def _with_colon(typed: str) -> str:
    return typed if len(typed) < 3 else f"{typed[:2]}:{typed[2:]}"


def _may_be_a_time(typed: str) -> bool:
    """Whether digits are a time of day, or the beginning of one."""
    hour, minute = typed[:2], typed[2:]
    return (len(hour) < 2 or int(hour) < 24) and (not minute or int(minute.ljust(2, "0")) < 60)


class Timetable(TimetableLook, can_focus=True):
    """Bookings of all GPUs over some hours; moves a cursor, selects slots of one workstation.

    Whoever watches `spot` is called while the key is handled, so that what they paint leaves with it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(0,-1)", N_("Cursor"), key_display="←→↑↓"),
        Binding("right", "move(0,1)", show=False),
        Binding("up", "move(-1,0)", show=False),
        Binding("down", "move(1,0)", show=False),
        Binding("shift+left", "stretch(0,-1)", N_("Select"), key_display="Shift"),
        Binding("shift+right", "stretch(0,1)", show=False),
        Binding("shift+up", "stretch(-1,0)", show=False),
        Binding("shift+down", "stretch(1,0)", show=False),
        Binding("home", "move(0,-9999)", show=False),
        Binding("end", "move(0,9999)", show=False),
        Binding("shift+home", "stretch(0,-9999)", show=False),
        Binding("shift+end", "stretch(0,9999)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("enter", "choose", N_("Choose")),
        Binding("escape", "clear_selection", show=False),
    ]

    view: reactive[TimetableView] = reactive(TimetableView(), init=False)
    now: reactive[datetime | None] = reactive(None, init=False, repaint=False)
    spot: reactive[Spot] = reactive(Spot(Cell(0, 0)), init=False, repaint=False)
    """Where the cursor stands, what is selected, what is typed."""

    @dataclass
    class Chosen(Message):
        """The selection, or the cell under the cursor, was chosen."""

        timetable: Timetable
        selection: Selection

        @property
        def control(self) -> Timetable:
            """The timetable, for `@on(..., "#id")`."""
            return self.timetable

    def __init__(
        self,
        view: TimetableView | None = None,
        *,
        now: datetime | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._top = 0
        self._left = 0
        self._fresh = True
        self._typing_timer: Timer | None = None
        self._pressed: Cell | None = None
        self._pressed_inside = False
        self.set_reactive(Timetable.view, view or TimetableView())
        self.set_reactive(Timetable.now, now)
        self._layout = lay_out(self.view, 0, 0)
        self._painter = TimetablePainter(self.view, self._layout, self.pens)
        self._now_columns = self._layout.now_columns(self.view, now)

    # What the screen asks and tells

    @property
    def cursor(self) -> Cell:
        """Where the cursor stands."""
        return self.spot.cell

    @property
    def cursor_row(self) -> TimetableRow | None:
        """The GPU under the cursor."""
        return None if self.view.is_empty else self.view.rows[self.cursor.row]

    @property
    def cursor_start(self) -> datetime | None:
        """The first instant of the slot under the cursor."""
        return None if self.view.is_empty else self.view.start_of(self.cursor.slot, self.cursor.row)

    @property
    def block_at_cursor(self) -> Block | None:
        """The block under the cursor, None where the GPU is free."""
        row = self.cursor_row
        if row is None:
            return None
        slot = self.cursor.slot
        return next((block for block in row.blocks if block.first <= slot < block.last), None)

    @property
    def selection(self) -> Selection | None:
        """The selected rectangle, the cell under the cursor if nothing is selected, None when empty."""
        if self.view.is_empty:
            return None
        rows, slots = self.spot.rows, self.spot.slots
        group = self.view.groups[self.view.group_of[rows.start]]
        return Selection(
            group.key,
            tuple(self.view.rows[row].key for row in rows),
            self.view.start_of(slots.start, rows.start),
            self.view.end_of(slots.stop - 1, rows.start),
        )

    @property
    def typed(self) -> str:
        """The digits of a time typed so far, as `14:3`."""
        return _with_colon(self.spot.typed)

    def go_to(self, instant: datetime, row_key: int | None = None) -> None:
        """Put the cursor on the slot that holds an instant, and on a row if one is named."""
        if self.view.is_empty:
            return
        key = self.view.rows[self.cursor.row].key if row_key is None else row_key
        row = self.view.row_of(key, instant)
        row = self.cursor.row if row is None else row
        self._put(Cell(row, self.view.slot_at(instant, row)), stretch=False)

    # Changes of what is shown

    def watch_view(self, old: TimetableView, new: TimetableView) -> None:
        """Keep the cursor at its instant and GPU as far as they still exist.

        The selection stays where only what is booked has changed.
        """
        before = self.spot
        if new.is_empty:
            spot = Spot(Cell(0, 0))
        elif old.is_empty:
            self._fresh = True
            row = min(before.cell.row, len(new.rows) - 1)
            spot = Spot(Cell(row, new.slot_at(self.now, row) if self.now else 0))
        elif old.row_keys == new.row_keys and self._same_times(old, new):
            spot = before
        else:
            spot = Spot(self._same_cell(old, new, before.cell))
        self._lay_out(spot)
        self.spot = spot

    def _same_times(self, old: TimetableView, new: TimetableView) -> bool:
        own = [[group.starts for group in view.groups] for view in (old, new)]
        return old.starts == new.starts and own[0] == own[1]

    def _same_cell(self, old: TimetableView, new: TimetableView, cell: Cell) -> Cell:
        """The cell of a new view with the GPU and the instant that one of the old view had.

        On other days it is the same time of day, and the same row where there are the same rows.
        """
        instant = old.start_of(cell.slot, cell.row)
        if old.row_keys == new.row_keys and not new.holds(instant):
            slot = new.slot_at_time(old.slots[cell.slot].label)
            return Cell(cell.row, slot or 0)
        row = new.row_of(old.rows[cell.row].key, instant)
        row = min(cell.row, len(new.rows) - 1) if row is None else row
        return Cell(row, new.slot_at(instant, row))

    def watch_now(self, new: datetime | None) -> None:
        """Repaint only when the line of now reaches another column."""
        columns = self._layout.now_columns(self.view, new)
        if columns != self._now_columns:
            self._now_columns = columns
            self.refresh()

    def on_mount(self) -> None:
        """Start with the cursor at now."""
        if self.now and not self.view.is_empty:
            self.spot = Spot(Cell(self.cursor.row, self.view.slot_at(self.now, self.cursor.row)))

    def on_resize(self) -> None:
        """Fit slots and lines into the new size."""
        self._lay_out(self.spot)

    def _lay_out(self, spot: Spot) -> None:
        """Fit the view into the size, then bring the cursor into sight."""
        self._layout = lay_out(self.view, *self.content_size)
        self._painter = TimetablePainter(self.view, self._layout, self.pens)
        self._now_columns = self._layout.now_columns(self.view, self.now)
        self._top = max(0, min(self._top, len(self._layout.lines) - self._layout.height))
        self._left = max(0, min(self._left, self._layout.scale.width - self._layout.room))
        if self._fresh and self.content_size and not self.view.is_empty:
            self._fresh = False
            self._left = self._left_after_jump(spot.cell)
        self._show(spot.cell)
        self.refresh()

    def draw_line(self, y: int, width: int) -> Strip:
        """A line of the timetable, or of the sentence that stands for an empty one."""
        if self.view.is_empty:
            return self._painter.draw_empty(y, width, self.content_size.height)
        spot = self.spot
        rows = spot.rows if spot.anchor is not None else None
        scene = Scene(self._top, self._left, spot.cell, rows, spot.slots, self._now_columns, self.typed)
        return self._painter.draw(y, width, scene)

    # Moving and selecting

    def _put(self, cell: Cell, *, stretch: bool) -> None:
        """Move the cursor, with or without a selection behind it, and repaint only the rows concerned."""
        view, old = self.view, self.spot
        if view.is_empty:
            return
        rows = range(len(view.rows))
        if stretch:
            group = view.group_of[(old.anchor or old.cell).row]
            rows = range(view.group_of.index(group), len(view.rows) - view.group_of[::-1].index(group))
        cell = Cell(
            max(rows.start, min(rows.stop - 1, cell.row)), max(0, min(len(view.slots) - 1, cell.slot))
        )
        spot = replace(old, cell=cell, anchor=(old.anchor or old.cell) if stretch else None, no_time="")
        if spot == old:
            return
        scrolled = self._show(cell)
        self.spot = spot
        if scrolled:
            self.refresh()
        else:
            self._repaint(old.rows, spot.rows)
        if (old.anchor is None) != (spot.anchor is None):
            self.refresh_bindings()

    def _repaint(self, *rows: range) -> None:
        """Mark the header's corner and the lines of some rows dirty."""
        width = self.content_size.width
        lines = {self._layout.line_of_row[row] - self._top + 1 for each in rows for row in each}
        regions = [Region(0, y, width, 1) for y in lines if 1 <= y <= self._layout.height]
        self.refresh(Region(0, 0, self._layout.label_width, 1), *regions)

    def _show(self, cell: Cell) -> bool:
        """Scroll so far that a cell is in sight; returns whether anything scrolled."""
        if self.view.is_empty or not self._layout.line_of_row:
            return False
        before = (self._top, self._left)
        line, height = self._layout.line_of_row[cell.row], self._layout.height
        # A scrolled body begins with the heading of its first row, so that row itself is covered.
        covered = int(self.view.headed)
        if line < self._top + covered:
            self._top = max(0, line - covered)
        elif line >= self._top + height:
            self._top = line - height + 1
        first = self._layout.scale.column(cell.slot)
        room = self._layout.room
        over = first + self._layout.scale.cells - self._left - room
        if first < self._left - room // 2 or over > self._layout.scale.cells:
            self._left = self._left_after_jump(cell)
        elif first < self._left:
            self._left = first
        elif over > 0:
            self._left = min(first, self._left + over)
        return before != (self._top, self._left)

    def _left_after_jump(self, cell: Cell) -> int:
        """The scroll offset that shows a little before a cell and more of what comes after."""
        scale, room = self._layout.scale, self._layout.room
        left = min(scale.column(cell.slot) - room // 4, scale.width - room + scale.cells - 1)
        return max(0, left // scale.cells * scale.cells)

    def action_move(self, rows: int, slots: int) -> None:
        """Move the cursor and drop the selection."""
        self._put(Cell(self.cursor.row + rows, self.cursor.slot + slots), stretch=False)

    def action_stretch(self, rows: int, slots: int) -> None:
        """Move the cursor and select up to it."""
        self._put(Cell(self.cursor.row + rows, self.cursor.slot + slots), stretch=True)

    def action_page(self, groups: int) -> None:
        """To the first GPU of the next workstation, or of this one and then of the one before."""
        view, row = self.view, self.cursor.row
        if view.is_empty:
            return
        firsts = [
            row for row, group in enumerate(view.group_of) if not row or view.group_of[row - 1] != group
        ]
        if groups > 0:
            to = next((first for first in firsts if first > row), len(view.rows) - 1)
        else:
            to = next((first for first in reversed(firsts) if first < row), 0)
        self._put(Cell(to, self.cursor.slot), stretch=False)

    def action_choose(self) -> None:
        """Tell the screen what is chosen."""
        if (selection := self.selection) is not None:
            self.post_message(self.Chosen(self, selection))

    def action_clear_selection(self) -> None:
        """Drop the selection, leaving the cursor."""
        self._put(self.cursor, stretch=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Escape is ours only while there is a selection, and the pages only where they are workstations."""
        if action == "page":
            return self.view.headed
        return self.spot.anchor is not None if action == "clear_selection" else True

    # A time typed in digits

    def on_key(self, event: events.Key) -> None:
        """Collect digits; four of them, or a pause, jump to that time."""
        if event.character is None or event.character not in "0123456789" or self.view.is_empty:
            return
        event.stop()
        before = self.spot.typed
        if self._typing_timer is not None:
            # What is no time yet goes on being none.
            before = before or self.spot.no_time.replace(":", "")
            self._typing_timer.stop()
            self._typing_timer = None
        typed = event.character if len(before) == 4 else before + event.character
        if not _may_be_a_time(typed):
            self._type("", no_time=_with_colon(typed))
            self._typing_timer = self.set_timer(_TYPING_PAUSE, self._end_typing)
            return
        self._type(typed)
        self._jump()
        if len(self.spot.typed) == 4:
            self._type("")
        else:
            self._typing_timer = self.set_timer(_TYPING_PAUSE, partial(self._type, ""))

    def _end_typing(self) -> None:
        self._typing_timer = None

    def _type(self, typed: str, no_time: str = "") -> None:
        self.spot = replace(self.spot, typed=typed, no_time=no_time)
        self.refresh(Region(0, 0, self._layout.label_width, 1))

    def _jump(self) -> None:
        """Go to the last slot that begins at or before the typed time, once the hour is complete."""
        typed = self.spot.typed
        if len(typed) < 2:
            return
        slot = self.view.slot_at_time(f"{typed[:2]}:{typed[2:].ljust(2, '0')}")
        if slot is not None:
            self._put(Cell(self.cursor.row, slot), stretch=False)

    # The mouse, or a finger

    def _cell_at(self, event: events.MouseEvent) -> Cell | None:
        """The cell under the pointer; a heading counts as the row beneath it."""
        offset = event.get_content_offset_capture(self)
        index = self._top + offset.y - 1
        if self.view.is_empty or not 0 <= index < len(self._layout.lines):
            return None
        rows = [row for row, line in enumerate(self._layout.line_of_row) if line >= index]
        row = rows[0] if rows else len(self.view.rows) - 1
        x = offset.x - self._layout.label_width
        if x < 0 and not self._pressed:
            return Cell(row, self.cursor.slot)
        x = max(-1, min(self._layout.room, x))
        return Cell(row, max(0, min(len(self.view.slots) - 1, (self._left + x) // self._layout.scale.cells)))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin a click or a drag; the arrows of the header turn the hours on."""
        if event.button > 1 or self.view.is_empty:
            return
        offset = event.get_content_offset_capture(self)
        if offset.y == 0:
            self._scroll_hours(-1 if offset.x < self._layout.label_width else 1)
            return
        cell = self._cell_at(event)
        if cell is None:
            return
        inside = cell.row in self.spot.rows and cell.slot in self.spot.slots
        self._pressed, self._pressed_inside = cell, inside
        self.capture_mouse()
        if not inside:
            self._put(cell, stretch=False)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Stretch the selection while a button or a finger is down."""
        if self._pressed is None:
            return
        cell = self._cell_at(event)
        if cell is not None and cell != self.cursor:
            if self._pressed_inside:
                self._pressed_inside = False
                self._put(self._pressed, stretch=False)
            self._put(cell, stretch=True)

    def on_mouse_up(self, event: events.MouseUp) -> None:  # noqa: ARG002
        """A finished drag chooses, and so does a click on what is already selected."""
        if self._pressed is None:
            return
        self.release_mouse()
        self._pressed = None
        if self._pressed_inside or self.spot.anchor is not None:
            self._pressed_inside = False
            self.action_choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Turn the wheel down: later rows; with shift: later hours."""
        event.stop()
        if event.shift:
            self._scroll_hours(1)
        else:
            self._move_window(self._top + 2, self._left)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Turn the wheel up: earlier rows; with shift: earlier hours."""
        event.stop()
        if event.shift:
            self._scroll_hours(-1)
        else:
            self._move_window(self._top - 2, self._left)

    def _scroll_hours(self, direction: int) -> None:
        step = max(1, self._layout.room // 2 // self._layout.scale.cells) * self._layout.scale.cells
        self._move_window(self._top, self._left + direction * step)

    def _move_window(self, top: int, left: int) -> None:
        top = max(0, min(top, len(self._layout.lines) - self._layout.height))
        left = max(0, min(left, self._layout.scale.width - self._layout.room))
        if (top, left) != (self._top, self._left):
            self._top, self._left = top, left
            self.refresh()
