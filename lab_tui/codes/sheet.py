"""Sheets of paper with many cards on them, and marks where to cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from lab_tui.codes.paper import QUIET_INK, WHITE, Size, dots

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_GAP = 4.0
# What printers leave white all round.
_MARGIN = 5.0
_MARK, _MARK_OFF, _MARK_WIDTH = 2.4, 0.8, 0.15


def places(card: Size, paper: Size) -> list[tuple[float, float]]:
    """The left top corners of as many cards as a sheet holds, in the middle of it, row by row."""
    columns = _how_many(card.width, paper.width)
    rows = _how_many(card.height, paper.height)
    left = (paper.width - columns * (card.width + _GAP) + _GAP) / 2
    top = (paper.height - rows * (card.height + _GAP) + _GAP) / 2
    return [
        (left + column * (card.width + _GAP), top + row * (card.height + _GAP))
        for row in range(rows)
        for column in range(columns)
    ]


def sheets(cards: Iterable[Image], card: Size, paper: Size) -> Iterator[Image]:
    """The cards on sheets, each drawn when it is asked for. Raises ValueError where not one fits."""
    from PIL import Image, ImageDraw

    spots = places(card, paper)
    if not spots:
        raise ValueError("no card fits on the paper")
    waiting = iter(cards)
    while some := list(islice(waiting, len(spots))):
        sheet = Image.new("RGB", paper.pixels, WHITE)
        pen = ImageDraw.Draw(sheet)
        for picture, (left, top) in zip(some, spots, strict=False):
            sheet.paste(picture, (dots(left), dots(top)))
            _draw_marks(pen, dots(left), dots(top), *picture.size)
        yield sheet


def _how_many(card: float, paper: float) -> int:
    return int((paper - 2 * _MARGIN + _GAP) // (card + _GAP))


def _draw_marks(pen: ImageDraw, left: int, top: int, width: int, height: int) -> None:
    """Two short lines at each corner, a little off it, along which to cut."""
    near, far, thick = dots(_MARK_OFF), dots(_MARK_OFF + _MARK), max(1, dots(_MARK_WIDTH))
    for x in (left, left + width):
        for y, outward in ((top, -1), (top + height, 1)):
            ends = sorted((y + outward * near, y + outward * far))
            pen.rectangle((x, ends[0], x + thick - 1, ends[1]), fill=QUIET_INK)
    for y in (top, top + height):
        for x, outward in ((left, -1), (left + width, 1)):
            ends = sorted((x + outward * near, x + outward * far))
            pen.rectangle((ends[0], y, ends[1], y + thick - 1), fill=QUIET_INK)
