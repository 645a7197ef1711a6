"""Painting a timetable, one line at a time."""

from __future__ import annotations

from dataclasses import dataclass

from textual.strip import Strip

from lab_tui.tui.widgets.drawing import CellRow, Mark, Pens, cell_width, fit, wrap
from lab_tui.tui.widgets.timetable_layout import INDENT, Line, TimetableLayout
from lab_tui.tui.widgets.timetable_view import Block, BlockKind, Cell, TimetableView

# Kinds that a row of equal glyphs would run together when two blocks of them touch.
_EDGED = (BlockKind.MINE, BlockKind.TEAM, BlockKind.OTHERS, BlockKind.OFFERED, BlockKind.HIT)


@dataclass(frozen=True)
class Scene:
    """What is in sight and what is marked in it, at one moment."""

    top: int
    left: int
    cursor: Cell
    selected_rows: range | None
    selected_slots: range
    # For each group, as `TimetableLayout.now_columns` has them.
    now: tuple[int | None, ...]
    typed: str


def _word_length(chars: list[str]) -> int:
    """How many cells there are before the first blank."""
    return next((x for x, char in enumerate(chars) if char == " "), len(chars))


class TimetablePainter:
    """Draws the lines of one view in one layout; rows are kept until the hours in sight change."""

    def __init__(self, view: TimetableView, layout: TimetableLayout, pens: Pens) -> None:
        self._view = view
        self._layout = layout
        self._pens = pens
        self._hours = layout.scale.header([slot.label for slot in view.slots], "hour")
        self._bodies: dict[int, CellRow] = {}
        self._drawn_for: tuple[int, tuple[int | None, ...]] = (0, ())

    def draw(self, y: int, width: int, scene: Scene) -> Strip:
        """Line `y` of the widget: the header, a heading, air, or a row."""
        if y == 0:
            return self._header(width, scene)
        index = scene.top + y - 1
        if index >= len(self._layout.lines):
            return CellRow(width).strip(self._pens)
        line = self._layout.lines[index]
        if y == 1 and line.row is not None and self._view.headed:
            line = Line(line.group)
        if line.row is None:
            return self._heading(line, y, width, scene)
        return self._row(line.row, y, width, scene)

    def draw_empty(self, y: int, width: int, height: int) -> Strip:
        """The sentence of an empty timetable, in the middle."""
        row = CellRow(width)
        lines = wrap(self._view.empty, max(1, width - 4))
        index = y - max(0, (height - len(lines)) // 2)
        if 0 <= index < len(lines):
            row.write(max(0, (width - cell_width(lines[index])) // 2), lines[index], "empty")
        return row.strip(self._pens)

    def _header(self, width: int, scene: Scene) -> Strip:
        layout, view = self._layout, self._view
        corner = CellRow(layout.label_width)
        text = scene.typed + "_" if scene.typed else view.slots[scene.cursor.slot].label
        corner.write(INDENT, text, "corner", layout.label_width - INDENT - 1)
        if scene.left:
            corner.write(layout.label_width - 1, "‹", "scroll")
        goes_on = scene.left + layout.room < layout.scale.width
        hours = self._whole_hours(scene.left, layout.room - goes_on).window(0, layout.room)
        if goes_on:
            hours.fill(layout.room - 1, layout.room, "›", "scroll")
        return corner.joined(hours).window(0, width).strip(self._pens)

    def _whole_hours(self, left: int, room: int) -> CellRow:
        """The hours in sight, without one of which an edge would leave only a part: that reads as another."""
        every, row = self._hours.chars, self._hours.window(left, room)
        end = left + room
        if left and every[left - 1] != " ":
            row.fill(0, _word_length(row.chars), " ", "")
        if end < len(every) and every[end] != " ":
            row.fill(room - _word_length(row.chars[::-1]), room, " ", "")
        return row

    def _heading(self, line: Line, y: int, width: int, scene: Scene) -> Strip:
        row = CellRow(width)
        if not line.air:
            group = self._view.groups[line.group]
            x = row.write(0, group.name, "name", max(1, width - 2))
            row.write(x + 2, group.detail, "detail", max(0, width - x - 3))
        self._now_in_heading(row, y, line.group, scene)
        self._scrollbar(row, y, scene)
        return row.strip(self._pens)

    def _now_in_heading(self, row: CellRow, y: int, group: int, scene: Scene) -> None:
        layout = self._layout
        now = scene.now[group]
        seen = min(layout.room, layout.scale.width - scene.left)
        if now is None or not 0 <= now - scene.left < seen:
            return
        x = layout.label_width + now - scene.left
        if row.is_blank(x, x + 1):
            row.fill(x, x + 1, "│", "now")
            end = x + 1 + cell_width(self._view.now_word)
            if y == 1 and row.is_blank(x + 1, end + 1):
                row.write(x + 1, self._view.now_word, "now")

    def _row(self, index: int, y: int, width: int, scene: Scene) -> Strip:
        here = index == scene.cursor.row
        room = self._layout.label_width
        label = CellRow(room)
        left = INDENT + self._name_beside(label, index, y)
        name = fit(self._view.rows[index].label, max(0, room - left - 1))
        label.write(left, name, "label-here" if here else "label")
        if here:
            label.write(0, "▸", "corner")
        row = label.joined(self._body(index, scene)).window(0, width)
        self._scrollbar(row, y, scene)
        return row.strip(self._pens, self._marks(index, scene))

    def _name_beside(self, label: CellRow, index: int, y: int) -> int:
        """The group's name on its first row in sight, where it has no heading; the cells kept for it."""
        group, width = self._view.group_of[index], self._layout.name_width
        if width and (y == 1 or index == 0 or self._view.group_of[index - 1] != group):
            room = min(width - 1, self._layout.label_width - INDENT - 1)
            label.write(INDENT, self._view.groups[group].name, "name", max(0, room))
        return width

    def _body(self, index: int, scene: Scene) -> CellRow:
        now = scene.now[self._view.group_of[index]]
        if self._drawn_for != (scene.left, scene.now):
            self._drawn_for = (scene.left, scene.now)
            self._bodies.clear()
        body = self._bodies.get(index)
        if body is None:
            body = self._bodies[index] = self._blocks(self._view.rows[index].blocks, scene.left)
            if now is not None:
                self._now_in_row(body, now - scene.left)
        return body

    def _blocks(self, blocks: tuple[Block, ...], left: int) -> CellRow:
        """The slots in sight; a text stands in the middle of what is in sight of its block."""
        scale = self._layout.scale
        seen = max(0, min(self._layout.room, scale.width - left))
        body = CellRow(self._layout.room)
        body.fill(0, seen, BlockKind.FREE.value, "free")
        before: Block | None = None
        for block in blocks:
            start, stop = scale.column(block.first) - left, scale.column(block.last) - left
            first, last = max(0, start), min(seen, stop)
            touches = before is not None and (before.last, before.kind) == (block.first, block.kind)
            before = block
            if first >= last:
                continue
            pen = block.kind.name.lower()
            body.fill(first, last, block.kind.value, pen)
            if touches and scale.cells > 1 and start == first and block.kind in _EDGED:
                body.fill(first, first + 1, "▐", pen)
            self._block_text(body, first, last, block, pen)
        return body

    def _block_text(self, body: CellRow, first: int, last: int, block: Block, pen: str) -> None:
        text = cell_width(block.text)
        edges = 2 if block.kind is BlockKind.MINE else 4
        if text and text + edges <= last - first:
            body.write(first + (last - first - text) // 2 - 1, f" {block.text} ", f"{pen}-text")

    def _now_in_row(self, body: CellRow, column: int) -> None:
        """Quieten what is past, and draw the line of now where it hides no text and no whole block."""
        pens = body.pens
        if 0 <= column < len(pens):
            pen = pens[column]
            beside = pens[max(0, column - 1) : column] + pens[column + 1 : column + 2]
            if pen in ("free", "closed") or (pen and not pen.endswith("-text") and pen in beside):
                body.fill(column, column + 1, "│", "now")
            elif pen and not pen.endswith("-text"):
                pens[column] = "now"
        for x in range(min(column, len(pens))):
            pens[x] = "past"

    def _marks(self, index: int, scene: Scene) -> list[Mark]:
        marks: list[Mark] = []
        if scene.selected_rows is not None and index in scene.selected_rows:
            marks.append(self._mark(scene.selected_slots, "selected", scene.left))
        if index == scene.cursor.row:
            slot = scene.cursor.slot
            marks.append(self._mark(range(slot, slot + 1), "cursor", scene.left))
        return marks

    def _mark(self, slots: range, pen: str, left: int) -> Mark:
        layout = self._layout
        first = max(0, layout.scale.column(slots.start) - left)
        last = min(layout.room, layout.scale.column(slots.stop) - left)
        return Mark(layout.label_width + first, layout.label_width + last, pen)

    def _scrollbar(self, row: CellRow, y: int, scene: Scene) -> None:
        if not self._layout.scrolls_down:
            return
        height, total, width = self._layout.height, len(self._layout.lines), len(row.chars)
        size = max(1, height * height // total)
        first = round(scene.top * (height - size) / max(1, total - height))
        inside = first <= y - 1 < first + size
        row.fill(width - 1, width, "┃" if inside else "│", "scroll" if inside else "track")
