"""Text set in a box: as large as it fits, on as many lines as that takes, and never cut."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from lab_tui.codes.fonts import Typeface, clusters
from lab_tui.errors import BadInput

LINE_HEIGHT = 1.25
ASCENT = 0.95
# A text keeps its words whole down to the first size; below it, or for endless words, lines end anywhere.
_SMALLEST_WHOLE_PX = 20
_LARGEST_BROKEN_PX, _SMALLEST_PX = 40, 12
_STEP_PX = 2
# A line ends at a hyphen only where whole words would have to be this much smaller.
_WORTH_A_BREAK = 0.75
# One line is better than two if its letters are not smaller than this.
_WORTH_A_LINE = 0.8
_NBSP = "\N{NO-BREAK SPACE}"
_AFTER_HYPHEN = re.compile(r"(?<=\w-)(?=\w)")
# Characters that no line begins or ends with (W3C, Requirements for Chinese Text Layout, 3.1.3).
_NOT_FIRST = frozenset("、，。．！？：；）」』】》〉”’…·")
_NOT_LAST = frozenset("（「『【《〈“‘")


@dataclass(frozen=True)
class Setting:
    """The size of the letters, in pixels, and the lines."""

    size: int
    lines: tuple[str, ...]

    @property
    def height(self) -> int:
        """How many pixels the lines take."""
        return round(len(self.lines) * self.size * LINE_HEIGHT)


@dataclass(frozen=True)
class _Room:
    """Where a text is set: pixels, and in which fonts."""

    typeface: Typeface
    width: int
    height: int

    def largest(self, pieces: Sequence[str], most: int, least: int) -> Setting | None:
        """The largest letters of these sizes with which the pieces fit; None where they never do."""
        letters = "".join(pieces).replace(" ", "")
        for size in range(most, least - 1, -_STEP_PX):
            measure = partial(self.typeface.width, size_px=size)
            if measure(letters) > self.width * (self.height // (size * LINE_HEIGHT)):
                # Not even without blanks: faster than to try all lines.
                continue
            lines = _wrapped(pieces, self.width, measure)
            if lines and len(lines) * size * LINE_HEIGHT <= self.height:
                line = self._one_line(pieces, size, least) if len(lines) > 1 else None
                return line or Setting(size, tuple(_evened(pieces, lines, self.width, measure)))
        return None

    def _one_line(self, pieces: Sequence[str], size: int, least: int) -> Setting | None:
        """One line is better than two, if its letters are not much smaller."""
        for smaller in range(size, max(least, round(size * _WORTH_A_LINE)) - 1, -_STEP_PX):
            if self.typeface.width("".join(pieces), smaller) <= self.width:
                return Setting(smaller, ("".join(pieces),))
        return None


def fitted(field: str, text: str, typeface: Typeface, width: int, height: int, largest: int) -> Setting:
    """The letters, about as large as they can be and at most `largest`, with which all of `text` fits.

    Lines are about equally long. Raises BadInput `too_long` where `width` x `height` pixels never hold it.
    """
    room = _Room(typeface, width, height)
    smallest_whole = min(largest, _SMALLEST_WHOLE_PX)
    setting = room.largest(list(_words(text)), largest, smallest_whole)
    if setting is None or setting.size < largest:
        at_hyphens = room.largest(list(_words(text, at_hyphens=True)), largest, smallest_whole)
        if at_hyphens is not None and (setting is None or setting.size < _WORTH_A_BREAK * at_hyphens.size):
            setting = at_hyphens
    setting = setting or room.largest(clusters(text), min(largest, _LARGEST_BROKEN_PX), _SMALLEST_PX)
    if setting is None:
        raise BadInput(field, text, "too_long")
    return replace(setting, lines=tuple(line.replace(_NBSP, " ") for line in setting.lines))


def _words(text: str, *, at_hyphens: bool = False) -> Iterator[str]:
    """`text` cut where a line may end; what follows a blank begins with it."""
    for number, word in enumerate(filter(None, text.split(" "))):
        blank = " " if number else ""
        for part in _AFTER_HYPHEN.split(word) if at_hyphens else (word,):
            for piece in _between_ideographs(part):
                yield blank + piece
                blank = ""


def _between_ideographs(word: str) -> Iterator[str]:
    """A word cut where Chinese or Japanese lines may end: between two characters, but not at a number."""
    piece = ""
    for cluster in clusters(word):
        may_end = piece and _is_wide(cluster) and _is_wide(piece[-1])
        if may_end and cluster[0] not in _NOT_FIRST and piece[-1] not in _NOT_LAST:
            yield piece
            piece = ""
        piece += cluster
    yield piece


def _is_wide(text: str) -> bool:
    return unicodedata.east_asian_width(text[0]) in "WF"


def _wrapped(pieces: Sequence[str], most: float, width: Callable[[str], float]) -> list[str]:
    """`pieces` joined to lines of at most `most` pixels; no lines where one piece alone is wider."""
    lines = [""]
    for piece in pieces:
        if width(lines[-1] + piece) <= most:
            lines[-1] += piece
        elif width(piece.strip()) <= most:
            lines.append(piece.lstrip())
        else:
            return []
    return [line for line in lines if line]


def _evened(pieces: Sequence[str], lines: list[str], most: int, width: Callable[[str], float]) -> list[str]:
    """As many lines as these, but as short as that allows: no last line of a single word."""
    too_short, enough = 0.0, float(most)
    while len(lines) > 1 and enough - too_short > max(4, most / 50):
        middle = (too_short + enough) / 2
        tried = _wrapped(pieces, middle, width)
        if tried and len(tried) == len(lines):
            lines, enough = tried, middle
        else:
            too_short = middle
    return lines
