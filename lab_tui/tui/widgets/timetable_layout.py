"""Where the parts of a timetable lie for one size of the widget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lab_tui.tui.widgets.drawing import cell_width
from lab_tui.tui.widgets.time_scale import TimeScale
from lab_tui.tui.widgets.timetable_view import TimetableView

INDENT = 2
_LEAST_LABEL = 8
_MOST_CELLS = 8


@dataclass(frozen=True)
class Line:
    """A line of the body: the heading of a group, one of its rows, or air above a heading."""

    group: int
    row: int | None = None
    air: bool = False


@dataclass(frozen=True)
class TimetableLayout:
    """One header line above `height` lines of body; labels left of `room` cells of scale."""

    lines: tuple[Line, ...]
    line_of_row: tuple[int, ...]
    # Of the labels, the cells for the groups' names where those stand beside the rows.
    name_width: int
    label_width: int
    scale: TimeScale
    room: int
    height: int

    @property
    def scrolls_down(self) -> bool:
        """Whether a column at the right is kept for the scroll bar."""
        return len(self.lines) > self.height

    def now_columns(self, view: TimetableView, now: datetime | None) -> tuple[int | None, ...]:
        """For each group the column of now on the whole scale, its end when all is past, None before."""
        if now is None or view.is_empty:
            return (None,) * len(view.groups)
        row_of_group = {group: row for row, group in enumerate(view.group_of)}
        rows = (row_of_group.get(group) for group in range(len(view.groups)))
        return tuple(None if row is None else self._now_column(view, row, now) for row in rows)

    def _now_column(self, view: TimetableView, row: int, now: datetime) -> int | None:
        if now < view.start_of(0, row):
            return None
        end = view.end_of(len(view.slots) - 1, row)
        if now >= end > view.start_of(len(view.slots) - 1, row):
            return self.scale.width
        slot = view.slot_at(now, row)
        start = view.start_of(slot, row)
        length = (view.end_of(slot, row) - start).total_seconds()
        share = min(0.999, (now - start).total_seconds() / length) if length > 0 else 0.0
        return self.scale.column(slot) + int(share * self.scale.cells)


def lay_out(view: TimetableView, width: int, height: int) -> TimetableLayout:
    """Fit a view into a size: air between groups where there is room, slots as wide as they can be."""
    body = max(1, height - 1)
    lines = _lines(view, spread=True)
    if len(lines) > body:
        lines = _lines(view, spread=False)
    longest = max((cell_width(row.label) for row in view.rows), default=0)
    names = 0 if view.headed else max((cell_width(group.name) + 1 for group in view.groups), default=0)
    label_width = max(_LEAST_LABEL, min(names + longest + INDENT + 2, width // 3))
    room = max(1, width - label_width - (len(lines) > body))
    cells = max(view.least_cells, room // len(view.slots)) if view.slots else 1
    scale = TimeScale(len(view.slots), max(1, min(_MOST_CELLS, cells)))
    line_of_row = tuple(index for index, line in enumerate(lines) if line.row is not None)
    return TimetableLayout(lines, line_of_row, names, label_width, scale, room, body)


def _lines(view: TimetableView, *, spread: bool) -> tuple[Line, ...]:
    lines: list[Line] = []
    row = 0
    for index, group in enumerate(view.groups):
        if spread and index:
            lines.append(Line(index, air=True))
        if view.headed:
            lines.append(Line(index))
        for _row in group.rows:
            lines.append(Line(index, row))
            row += 1
    return tuple(lines)
