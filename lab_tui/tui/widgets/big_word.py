"""One word in big characters with its shape, on a band of its colour: read from three metres."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip

from lab_tui.text import fold
from lab_tui.tui.widgets.big_letters import HEIGHT, enlarge, pixels, shape_pixels
from lab_tui.tui.widgets.drawing import CellRow, LineWidget, cell_width, fit, split_cells

# Sizes of a pixel, the biggest first: cells across, half lines down.
_SIZES = ((8, 8), (6, 6), (5, 5), (4, 4), (3, 3), (2, 2), (1, 2), (1, 1))
_SIDE = 1
# Pixels between two lines of letters.
_LEADING = 2
# Lines that are left for what stands under the word where it takes what height it needs.
_UNDER = 6


class Verdict(Enum):
    """How a scan ended; the value is its shape."""

    GOOD = "✓"
    ATTENTION = "!"
    BAD = "✕"


@dataclass(frozen=True)
class BigWordView:
    """A verdict and its word."""

    verdict: Verdict = Verdict.GOOD
    word: str = ""


class BigWord(LineWidget):
    """The verdict of a scan; fills all its place with the verdict's colour."""

    PENS = "big"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"big--good", "big--attention", "big--bad"}
    DEFAULT_CSS = """
    BigWord {
        height: 11;
        & > .big--good { color: $background; background: $success; text-style: bold; }
        & > .big--attention { color: $background; background: $warning; text-style: bold; }
        & > .big--bad { color: $background; background: $error; text-style: bold; }
    }
    """
    view: reactive[BigWordView] = reactive(BigWordView(), init=False, layout=True)

    def __init__(
        self,
        view: BigWordView | None = None,
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(BigWord.view, view or BigWordView())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As high as the biggest drawing that leaves some lines under it."""
        return len(big_lines(self.view, width, max(1, container.height - _UNDER)))

    def draw_line(self, y: int, width: int) -> Strip:
        """A line of the band, with its part of the drawing in the middle."""
        pen = self.view.verdict.name.lower()
        row = CellRow(width, " ", pen)
        lines = big_lines(self.view, width, self.content_size.height)
        index = y - (self.content_size.height - len(lines)) // 2
        if 0 <= index < len(lines):
            row.write((width - cell_width(lines[index])) // 2, lines[index], pen)
        return row.strip(self.pens)


def big_lines(view: BigWordView, width: int, height: int) -> list[str]:
    """The biggest drawing of shape and word that fits, all lines equally wide; at least one plain line."""
    for across, halves in _SIZES:
        for drawing in _drawings(view, across, halves):
            if len(drawing) <= height and cell_width(drawing[0]) + 2 * _SIDE <= width:
                return drawing
    plain = f"{view.verdict.value} {view.word}"
    return [fit(plain, min(width, cell_width(plain)))]


def _drawings(view: BigWordView, across: int, halves: int) -> Iterator[list[str]]:
    """Shape and word at one size: on one line, then broken in two with the shape as high as both allow."""
    shape, letters = shape_pixels(view.verdict.value), pixels(fold(view.word).upper())
    # The shape keeps square pixels where letters are narrow, so that a cross is no X.
    left = enlarge(shape, max(across, halves), halves)
    gap = 2 * across
    if letters is None:
        yield _beside(left, _framed(view.word, len(left), max(1, across // 2)), gap)
        return
    yield _beside(left, enlarge(letters, across, halves), gap)
    if (broken := _broken(fold(view.word).upper())) and across == halves:
        right = enlarge(broken, across, halves)
        for scale in range(len(right) * 2 // HEIGHT, across - 1, -1):
            yield _beside(enlarge(shape, scale, scale), right, gap)


def _broken(word: str) -> tuple[str, ...] | None:
    """The pixels of two words, one under the other in the middle; None for any other number of them."""
    parts = [pixels(part) for part in word.split()]
    if len(parts) != 2 or parts[0] is None or parts[1] is None:
        return None
    width = max(len(parts[0][0]), len(parts[1][0]))
    upper, lower = ([row.center(width) for row in part] for part in (parts[0], parts[1]))
    return (*upper, *([" " * width] * _LEADING), *lower)


def _framed(word: str, height: int, gap: int) -> list[str]:
    """A word that has no big letters, spaced out in a frame as high as the shape beside it."""
    spaced = (" " * gap).join(_characters(word))
    side = 2 + gap
    inner = cell_width(spaced) + 2 * side
    air = max(0, (height - 3) // 2)
    middle = ["┃" + " " * inner + "┃"] * air
    return [
        "┏" + "━" * inner + "┓",
        *middle,
        "┃" + " " * side + spaced + " " * side + "┃",
        *middle,
        "┗" + "━" * inner + "┛",
    ]


def _characters(word: str) -> list[str]:
    """Characters with the marks that belong to them."""
    return [cell for cell in split_cells(unicodedata.normalize("NFC", word)) if cell]


def _beside(left: list[str], right: list[str], gap: int) -> list[str]:
    """Two drawings side by side, the lower one in the middle of the higher."""
    height = max(len(left), len(right))
    sides = [_padded(left, height), _padded(right, height)]
    return [a + " " * gap + b for a, b in zip(*sides, strict=True)]


def _padded(lines: list[str], height: int) -> list[str]:
    blank = " " * cell_width(lines[0])
    above = (height - len(lines)) // 2
    return [blank] * above + lines + [blank] * (height - len(lines) - above)
