"""Drawing by the line: cells, pens and the base of every widget of our own.

A row of cells is kept as one text a cell, so that text of any width stays on its columns and a
repaint only has to join what is there. Colours come from component classes, never from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Self

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from lab_tui.text import printable

# Terminals disagree about the width of what these join or restyle, so a column cannot hold them.
_WITHOUT_JOINERS = {0x200C: None, 0x200D: None} | dict.fromkeys(range(0xFE00, 0xFE10))
# Glyphs that would hide the background of a marked cell stand smaller there.
_UNDER_MARK = {"█": "■", "▐": "■"}


def split_cells(text: str) -> list[str]:
    """The text one cell an entry; a wide character is followed by an empty entry."""
    cells: list[str] = []
    for char in printable(text).translate(_WITHOUT_JOINERS):
        width = get_character_cell_size(char)
        if width:
            cells.append(char)
            cells.extend([""] * (width - 1))
        elif cells:
            last = -2 if cells[-1] == "" else -1
            cells[last] += char
    return cells


def cell_width(text: str) -> int:
    """How many cells the text takes here."""
    return len(text) if text.isascii() and text.isprintable() else len(split_cells(text))


def cut(cells: list[str], width: int) -> list[str]:
    """At most `width` cells; what does not fit ends in an ellipsis."""
    if len(cells) <= width:
        return cells
    if width <= 0:
        return []
    kept = cells[: width - 1]
    if cells[width - 1] == "" and kept:
        kept[-1] = " "
    return [*kept, "…"]


def fit(text: str, width: int) -> str:
    """The text in exactly `width` cells, cut with an ellipsis or padded."""
    cells = cut(split_cells(text), width)
    return "".join(cells) + " " * (width - len(cells))


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken at spaces and inside long words."""
    lines: list[list[str]] = [[]]
    for word in printable(text).split():
        cells = split_cells(word)
        if lines[-1] and len(lines[-1]) + 1 + len(cells) > width:
            lines.append([])
        elif lines[-1]:
            lines[-1].append(" ")
        for index, cell in enumerate(cells):
            wide = index + 1 < len(cells) and cells[index + 1] == ""
            if len(lines[-1]) + 1 + wide > width and lines[-1]:
                lines.append([])
            lines[-1].append(cell)
    return ["".join(line) for line in lines if line]


@dataclass(frozen=True)
class Mark:
    """A pen laid over the cells [first, last) of a row."""

    first: int
    last: int
    pen: str


class CellRow:
    """One line of cells with the name of the pen that draws each."""

    __slots__ = ("chars", "pens")

    def __init__(self, width: int, char: str = " ", pen: str = "") -> None:
        self.chars = [char] * width
        self.pens = [pen] * width

    def fill(self, first: int, last: int, char: str, pen: str) -> None:
        """Put one glyph into the cells [first, last)."""
        first, last = max(0, first), min(len(self.chars), last)
        if first < last:
            self._heal(first, last)
            self.chars[first:last] = [char] * (last - first)
            self.pens[first:last] = [pen] * (last - first)

    def write(self, x: int, text: str, pen: str, width: int | None = None) -> int:
        """Write text from column `x`, cut to `width` or the row's end; returns the column after it."""
        x = max(0, x)
        room = len(self.chars) - x if width is None else min(width, len(self.chars) - x)
        cells = cut(split_cells(text), room)
        if not cells:
            return x
        self._heal(x, x + len(cells))
        self.chars[x : x + len(cells)] = cells
        self.pens[x : x + len(cells)] = [pen] * len(cells)
        return x + len(cells)

    def _heal(self, first: int, last: int) -> None:
        """Blank the halves of wide characters that an edit of [first, last) would cut."""
        if self.chars[first] == "" and first:
            self.chars[first - 1] = " "
        if last < len(self.chars) and self.chars[last] == "":
            self.chars[last] = " "

    def is_blank(self, first: int, last: int) -> bool:
        """Whether nothing but spaces stands in [first, last), which must lie inside the row."""
        return first >= 0 and last <= len(self.chars) and all(c == " " for c in self.chars[first:last])

    def window(self, first: int, width: int) -> CellRow:
        """The cells [first, first + width) as a row of their own, blank where there are none."""
        row = CellRow(0)
        row.chars = self.chars[first : first + width]
        row.pens = self.pens[first : first + width]
        if row.chars and row.chars[0] == "":
            row.chars[0] = " "
        if row.chars and first + width < len(self.chars) and self.chars[first + width] == "":
            row.chars[-1] = " "
        missing = width - len(row.chars)
        row.chars += [" "] * missing
        row.pens += [""] * missing
        return row

    def joined(self, other: CellRow) -> CellRow:
        """This row with another to its right."""
        row = CellRow(0)
        row.chars = self.chars + other.chars
        row.pens = self.pens + other.pens
        return row

    def segments(self, pens: Pens, marks: Sequence[Mark] = ()) -> list[Segment]:
        """The row as segments of equal pens; later marks lie over earlier ones."""
        keys: Iterable[str | tuple[str, str]] = self.pens
        chars = self.chars
        if marks:
            chars = list(chars)
            over: list[str | tuple[str, str]] = list(self.pens)
            for mark in marks:
                for x in range(max(0, mark.first), min(len(chars), mark.last)):
                    over[x] = (self.pens[x], mark.pen)
                    chars[x] = _UNDER_MARK.get(chars[x], chars[x])
            keys = over
        segments: list[Segment] = []
        start = 0
        for key, run in groupby(keys):
            end = start + sum(1 for _cell in run)
            text = "".join(chars[start:end])
            if text:
                segments.append(Segment(text, pens.style(key)))
            start = end
        return segments

    def strip(self, pens: Pens, marks: Sequence[Mark] = ()) -> Strip:
        """The row as a strip of exactly its width."""
        return Strip(self.segments(pens, marks), len(self.chars))


class Pens:
    """A widget's component styles by short name: `mine` is the class `timetable--mine`."""

    def __init__(self, widget: Widget, prefix: str) -> None:
        self._widget = widget
        self._prefix = prefix
        self._styles: dict[str | tuple[str, str], Style] = {}

    def clear(self) -> None:
        """Forget all styles, because the theme or the focus changed."""
        self._styles.clear()

    def style(self, key: str | tuple[str, str]) -> Style:
        """The style of a pen, or of a pen with a mark over it. Raises KeyError for an unknown one."""
        style = self._styles.get(key)
        if style is None:
            style = self._styles[key] = self._resolve(key)
        return style

    def _resolve(self, key: str | tuple[str, str]) -> Style:
        if not key:
            return self._widget.rich_style
        if isinstance(key, str):
            return self._widget.get_component_rich_style(f"{self._prefix}--{key}")
        pen, mark = key
        over = self._widget.get_component_rich_style(f"{self._prefix}--{mark}", partial=True)
        return self.style(pen) + over


class KeptLines(Widget):
    """A widget whose lines are kept until it is painted again.

    Textual asks every visible widget for all its lines whenever one cell of one of them has changed.
    """

    _kept: tuple[Region, list[Strip]] | None = None

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """Paint again, all of it or some regions, as Textual has it."""
        self._kept = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_lines(self, crop: Region) -> list[Strip]:
        """All lines at once, as they were where nothing was marked dirty since they were last asked for."""
        if self._kept is None or self._kept[0] != crop:
            self._kept = crop, super().render_lines(crop)
        return self._kept[1]


class KeptText(KeptLines, Static):
    """Some text that others than it change more often."""


class LineWidget(KeptLines):
    """A widget painted by `draw_line`, with its lines kept until they change."""

    ALLOW_SELECT = False
    PENS = ""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.pens = Pens(self, self.PENS)

    def notify_style_update(self) -> None:
        """Drop the styles kept from another theme or focus, and paint again."""
        super().notify_style_update()
        self.pens.clear()
        self.refresh()

    def draw_line(self, y: int, width: int) -> Strip:
        """Line `y` of the content, exactly `width` cells."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Textual's line API: asked only for lines that were marked dirty."""
        return self.draw_line(y, self.content_size.width)
