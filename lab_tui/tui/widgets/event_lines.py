"""What is on and what comes next, a line each, with how full a running event is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip

from lab_tui.tui.widgets.drawing import CellRow, LineWidget, cell_width

_GAP = 2
_MOST_KIND = 14
_LEAST_TITLE = 12


@dataclass(frozen=True)
class EventLine:
    """An event: its kind and title, a place or time, and a short note at the right.

    With a `share` (0 to 1) a bar stands under it, and `share_text` says the same in words.
    """

    kind: str
    title: str
    where: str = ""
    note: str = ""
    share: float | None = None
    share_text: str = ""


@dataclass(frozen=True)
class EventGroup:
    """Events under one word (`NOW`); `empty` is what stands there without any."""

    head: str
    lines: tuple[EventLine, ...] = ()
    empty: str = ""


@dataclass(frozen=True)
class EventLinesView:
    """All groups, from top to bottom."""

    groups: tuple[EventGroup, ...] = ()


_Row = tuple[str, EventLine | None, str]


class EventLines(LineWidget):
    """Groups of events in columns that line up."""

    PENS = "events"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "events--head",
        "events--kind",
        "events--title",
        "events--where",
        "events--note",
        "events--empty",
        "events--full",
        "events--rest",
    }
    DEFAULT_CSS = """
    EventLines {
        height: auto;
        & > .events--head { color: $accent; text-style: bold; }
        & > .events--kind { color: $text-muted; }
        & > .events--title { color: $foreground; text-style: bold; }
        & > .events--where { color: $foreground; }
        & > .events--note { color: $foreground; }
        & > .events--empty { color: $text-muted; }
        & > .events--full { color: $accent; }
        & > .events--rest { color: $text-muted; }
    }
    """
    view: reactive[EventLinesView] = reactive(EventLinesView(), init=False, layout=True)

    def __init__(self, *, indent: int = 0, id: str | None = None) -> None:  # noqa: A002
        """`indent` cells at least are kept for the heads."""
        super().__init__(id=id)
        self.indent = indent

    def _rows(self) -> list[_Row]:
        """Head, event and bar text of every line."""
        rows: list[_Row] = []
        for group in self.view.groups:
            head = group.head
            for line in group.lines:
                rows.append((head, line, ""))
                if line.share is not None:
                    rows.append(("", line, line.share_text))
                head = ""
            if not group.lines:
                rows.append((head, None, group.empty))
        return rows

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """A line an event, and one a bar."""
        return max(1, len(self._rows()))

    def draw_line(self, y: int, width: int) -> Strip:
        """An event, its bar, or what stands where there is none."""
        row, rows = CellRow(width), self._rows()
        if y >= len(rows):
            return row.strip(self.pens)
        head, line, text = rows[y]
        columns = self._columns(width)
        row.write(0, head, "head", max(0, columns.kind - 1))
        if line is None:
            row.write(columns.kind, text, "empty")
        elif text:
            self._draw_bar(row, columns, line)
        else:
            row.write(columns.kind, line.kind, "kind", columns.title - columns.kind - _GAP)
            row.write(columns.title, line.title, "title", columns.where - columns.title - _GAP)
            row.write(columns.where, line.where, "where", columns.note - columns.where - _GAP)
            row.write(columns.note, line.note, "note")
        return row.strip(self.pens)

    def _draw_bar(self, row: CellRow, columns: _Columns, line: EventLine) -> None:
        end = max(columns.kind, columns.where - _GAP)
        full = columns.kind + round((end - columns.kind) * min(1.0, max(0.0, line.share or 0.0)))
        row.fill(columns.kind, end, "─", "rest")
        row.fill(columns.kind, full, "━", "full")
        row.write(columns.where, line.share_text, "note")

    def _columns(self, width: int) -> _Columns:
        """Where each column begins; the title takes what the others leave."""
        lines = [line for group in self.view.groups for line in group.lines]
        kind = max(self.indent, *(cell_width(group.head) + _GAP for group in self.view.groups), 0)
        title = kind + min(_MOST_KIND, max((cell_width(line.kind) for line in lines), default=0)) + _GAP
        note = width - max((cell_width(line.note) for line in lines), default=0)
        shares = max((cell_width(line.share_text) for line in lines), default=0)
        where_width = max((cell_width(line.where) for line in lines), default=0)
        where = min(note - _GAP - where_width, width - shares)
        if where < title + _LEAST_TITLE:
            where = max(title, min(note - _GAP, title + _LEAST_TITLE))
        return _Columns(kind, title, where, max(where, note))


@dataclass(frozen=True)
class _Columns:
    """The first cell of each column."""

    kind: int
    title: int
    where: int
    note: int
