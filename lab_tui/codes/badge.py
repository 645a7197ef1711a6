"""A badge to print: a card of 85.6 x 54 mm (ISO/IEC 7810 ID-1) at 300 dots an inch, black on white."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from lab_tui.codes import qr
from lab_tui.codes.fonts import FontShelf, Typeface, clusters
from lab_tui.errors import BadInput
from lab_tui.text import printable

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

DOTS_PER_INCH = 300
WIDTH_PX = round(85.6 / 25.4 * DOTS_PER_INCH)
HEIGHT_PX = round(54 / 25.4 * DOTS_PER_INCH)

_QUIET = 4
_QR_PX = 430
_QR_LEFT = WIDTH_PX - _QR_PX - 16
_QR_TOP = 176
_RULE_TOP, _RULE_PX = 140, 4
_LINE_HEIGHT = 1.25
_ASCENT = 0.95
# A name keeps its words whole down to the first size; below it, or for endless words, lines end anywhere.
_SMALLEST_WHOLE_PX = 28
_LARGEST_BROKEN_PX, _SMALLEST_PX = 40, 12


@dataclass(frozen=True)
class Badge:
    """What a badge shows; `role` is a word in the language of the badge, `code` a pass code."""

    lab_name: str
    name: str
    team: str
    role: str
    code: str


@dataclass(frozen=True)
class _Box:
    """A part of the card for one text, in pixels, and the largest letters there."""

    left: int
    top: int
    width: int
    height: int
    largest: int


_BOXES = {
    "lab_name": _Box(48, 36, WIDTH_PX - 96, 96, 48),
    "name": _Box(48, 176, _QR_LEFT - 64, 262, 92),
    "team": _Box(48, 450, _QR_LEFT - 64, 84, 44),
    "role": _Box(48, 544, _QR_LEFT - 64, 62, 36),
}


def badge_picture(badge: Badge, shelf: FontShelf | None = None) -> Image:
    """The badge as a grey picture of 1011 x 638 pixels; texts shrink and wrap until they fit, none is cut.

    Raises SystemCannot `font_missing` where no font here holds its letters, BadInput for an endless text.
    """
    from PIL import Image, ImageDraw

    card = Image.new("L", (WIDTH_PX, HEIGHT_PX), 255)
    drawing = ImageDraw.Draw(card)
    drawing.rectangle((48, _RULE_TOP, WIDTH_PX - 48, _RULE_TOP + _RULE_PX - 1), fill=0)
    texts = {field: printable(getattr(badge, field)).strip() for field in _BOXES}
    typeface = (shelf or FontShelf()).typeface(" ".join(texts.values()))
    for field, text in texts.items():
        if text:
            _draw_text(drawing, field, text, typeface)
    modules = len(qr.matrix(badge.code)) + 2 * _QUIET
    card.paste(qr.picture(badge.code, module_px=_QR_PX // modules, quiet=_QUIET), (_QR_LEFT, _QR_TOP))
    return card


def badge_png(badge: Badge, shelf: FontShelf | None = None) -> bytes:
    """The badge as a PNG file that knows its size in millimetres. Raises as badge_picture does."""
    file = io.BytesIO()
    badge_picture(badge, shelf).save(file, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return file.getvalue()


def _draw_text(drawing: ImageDraw, field: str, text: str, typeface: Typeface) -> None:
    box = _BOXES[field]
    size, lines = fitted(field, text, typeface)
    for number, line in enumerate(lines):
        baseline = box.top + round(size * (number * _LINE_HEIGHT + _ASCENT))
        typeface.draw(drawing, line, box.left, baseline, size)


def fitted(field: str, text: str, typeface: Typeface) -> tuple[int, list[str]]:
    """The largest letters, and the lines, with which all of `text` is in its box. Raises BadInput."""
    box = _BOXES[field]
    whole = range(box.largest, _SMALLEST_WHOLE_PX - 1, -2)
    broken = range(min(box.largest, _LARGEST_BROKEN_PX), _SMALLEST_PX - 1, -2)
    for pieces, sizes in ((_words(text), whole), (clusters(text), broken)):
        for size in sizes:
            lines = _wrapped(pieces, box.width, partial(typeface.width, size_px=size))
            if lines and len(lines) * size * _LINE_HEIGHT <= box.height:
                return size, lines
    raise BadInput(field, text, "too_long")


def _words(text: str) -> list[str]:
    first, *others = text.split()
    return [first, *(f" {word}" for word in others)]


def _wrapped(pieces: list[str], most: int, width: Callable[[str], float]) -> list[str]:
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
