"""A list in sections, its columns aligned: what can be chosen has a cursor, a number key and a touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from lab_tui.i18n import N_
from lab_tui.tui.widgets.drawing import CellRow, LineWidget, Mark, cell_width

_GAP = 2
# The cursor's sign, the number key and the air after each.
_SIGN = 2
_NUMBER = 3
_MOST_FIRST = 18


@dataclass(frozen=True)
class ListLine:
    """A line: a first word, what it is about, and a note at the right.

    `key` is what is chosen with it, of any kind that compares; None where it is only to be read.
    """

    first: str
    text: str
    note: str = ""
    key: object = None
    number: str = ""


@dataclass(frozen=True)
class ListSection:
    """Lines under one word; `empty` is what stands there without any."""

    title: str
    lines: tuple[ListLine, ...] = ()
    empty: str = ""


@dataclass(frozen=True)
class LineListView:
    """All sections, from top to bottom."""

    sections: tuple[ListSection, ...] = ()


@dataclass(frozen=True)
class _Row:
    line: ListLine | None = None
    head: str = ""
    empty: str = ""


class LineList(LineWidget, can_focus=True, inherit_bindings=False):
    """Sections of lines with one cursor over what can be chosen."""

    @dataclass
    class Chosen(Message):
        """A line was chosen by Enter, by its number or by a touch."""

        key: object

    @dataclass
    class CursorMoved(Message):
        """Another line is under the cursor."""

        key: object

    PENS = "lines"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", N_("Up"), show=False),
        Binding("down", "move(1)", N_("Down"), show=False),
        Binding("home", "move(-1000)", N_("First"), show=False),
        Binding("end", "move(1000)", N_("Last"), show=False),
        Binding("enter,space", "choose", N_("Choose"), show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "lines--head",
        "lines--number",
        "lines--first",
        "lines--text",
        "lines--note",
        "lines--empty",
        "lines--sign",
        "lines--cursor",
    }
    DEFAULT_CSS = """
    LineList {
        height: auto;
        & > .lines--head { color: $accent; text-style: bold; }
        & > .lines--number { color: $accent; text-style: bold; }
        & > .lines--first { color: $foreground; }
        & > .lines--text { color: $foreground; }
        & > .lines--note { color: $text-muted; }
        & > .lines--empty { color: $text-muted; }
        & > .lines--sign { color: $accent; text-style: bold; }
        & > .lines--cursor { background: $panel; text-style: bold; }
    }
    """
    view: reactive[LineListView] = reactive(LineListView(), init=False, layout=True)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._rows: list[_Row] = []
        self._at: int | None = None

    # What it shows

    def watch_view(self) -> None:
        """Keep the cursor on what it was on, else on the first line that can be chosen."""
        before = self.key
        self._rows = _rows(self.view)
        choosable = self._choosable()
        same = (at for at in choosable if before is not None and self._choice_at(at) == before)
        self._at = next(same, choosable[0] if choosable else None)
        if self.key != before:
            self.post_message(self.CursorMoved(self.key))

    @property
    def key(self) -> object:
        """What is under the cursor."""
        return None if self._at is None else self._choice_at(self._at)

    # Not `_key_…`: Textual calls what is named so when a key of that name is pressed (`@` is "at").
    def _choice_at(self, at: int) -> object:
        line = self._rows[at].line if at < len(self._rows) else None
        return line.key if line else None

    def _choosable(self) -> list[int]:
        return [at for at, row in enumerate(self._rows) if row.line and row.line.key is not None]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """A line each, the heads and the air between sections."""
        return max(1, len(self._rows))

    def draw_line(self, y: int, width: int) -> Strip:
        """A head, a line or air."""
        row = CellRow(width)
        if y >= len(self._rows):
            return row.strip(self.pens)
        shown = self._rows[y]
        left = _SIGN + _NUMBER
        row.write(0, shown.head, "head")
        row.write(left, shown.empty, "empty")
        if shown.line is None:
            return row.strip(self.pens)
        at_cursor = y == self._at
        self._draw(row, shown.line, width, at_cursor)
        return row.strip(self.pens, [Mark(0, width, "cursor")] if at_cursor and self.has_focus else [])

    def _draw(self, row: CellRow, line: ListLine, width: int, at_cursor: bool) -> None:
        left = _SIGN + _NUMBER
        text = left + self._first_width() + _GAP
        note = max(text, width - cell_width(line.note) - 1)
        if at_cursor:
            row.write(0, "▸", "sign")
        row.write(_SIGN, line.number, "number")
        row.write(left, line.first, "first", text - left - _GAP)
        # Where both do not fit, the note keeps at most half.
        note = max(note, (text + width) // 2) if note < text + cell_width(line.text) + _GAP else note
        row.write(text, line.text, "text", max(0, note - text - (_GAP if line.note else 0)))
        row.write(note, line.note, "note", max(0, width - note - 1))

    def _first_width(self) -> int:
        lines = (row.line for row in self._rows if row.line)
        return min(_MOST_FIRST, max((cell_width(line.first) for line in lines), default=0))

    # Moving and choosing

    def action_move(self, by: int) -> None:
        """To another line that can be chosen."""
        choosable = self._choosable()
        if not choosable or self._at is None:
            return
        place = choosable.index(self._at) + by
        self._move_to(choosable[max(0, min(len(choosable) - 1, place))])

    def _move_to(self, at: int) -> None:
        if at != self._at:
            self._at = at
            self.refresh()
            self.post_message(self.CursorMoved(self.key))
        self._bring_into_view(at)

    def _bring_into_view(self, at: int) -> None:
        """Bring the line into view, the head above it too."""
        first = at - 1 if at and self._rows[at - 1].head else at
        if isinstance(self.parent, Widget):
            self.parent.scroll_to_region(Region(0, first, 1, at - first + 1), animate=False)

    def action_choose(self) -> None:
        """What is under the cursor."""
        if self.key is not None:
            self.post_message(self.Chosen(self.key))

    def choose_number(self, number: str) -> None:
        """The line with this number key."""
        for at in self._choosable():
            line = self._rows[at].line
            if line is not None and line.number == number:
                self._move_to(at)
                self.action_choose()

    def on_click(self, event: events.Click) -> None:
        """A touch chooses."""
        at = event.get_content_offset_capture(self).y
        if at in self._choosable():
            self._move_to(at)
            self.action_choose()


def _rows(view: LineListView) -> list[_Row]:
    rows: list[_Row] = []
    for section in view.sections:
        if not section.lines and not section.empty:
            continue
        if rows:
            rows.append(_Row())
        rows.append(_Row(head=section.title))
        rows += [_Row(line) for line in section.lines]
        if not section.lines:
            rows.append(_Row(empty=section.empty))
    return rows
