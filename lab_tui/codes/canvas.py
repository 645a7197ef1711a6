"""A piece of paper to draw on: boxes, texts that fit, codes, the logo."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from lab_tui.codes import qr
from lab_tui.codes.fonts import Typeface
from lab_tui.codes.paper import INK, WHITE, Colour, Look, Size, dots, logo_picture, millimetres
from lab_tui.codes.typeset import ASCENT, LINE_HEIGHT, Setting, fitted
from lab_tui.text import printable

if TYPE_CHECKING:
    from PIL.Image import Image

QUIET = 4


@dataclass(frozen=True)
class Box:
    """A part of the paper, in millimetres."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def inset(self, by: float) -> Box:
        """The box without a margin all round."""
        return Box(self.left + by, self.top + by, self.width - 2 * by, self.height - 2 * by)


class Align(Enum):
    """Where a text stands in its box, along or down."""

    START = 0.0
    MIDDLE = 0.5
    END = 1.0


@dataclass(frozen=True)
class Text:
    """A text and its looks: `largest` letters in millimetres, `share` of the height it may take in a stack.

    `field` is what a person calls it where it does not fit; `gap` is the blank above it in a stack.
    """

    field: str
    text: str
    largest: float
    share: float = 1.0
    ink: Colour = INK
    bold: bool = False
    gap: float = 0.0


class Canvas:
    """Paper of a size, white, with fonts that hold all `texts`. Lengths are in millimetres.

    Raises SystemCannot `font_missing`.
    """

    def __init__(self, size: Size, look: Look, texts: Iterable[str]) -> None:
        from PIL import Image, ImageDraw

        self.size = size
        self.look = look
        self.picture: Image.Image = Image.new("RGB", size.pixels, WHITE)
        self._pen = ImageDraw.Draw(self.picture)
        self._typeface: Typeface = look.shelf.typeface(" ".join(map(shown, texts)))

    def fill(self, box: Box, ink: Colour, radius: float = 0) -> None:
        """Fill a box, with round corners if wished."""
        self._pen.rounded_rectangle(_corners(box), dots(radius), fill=ink)

    def frame(self, box: Box, ink: Colour, thickness: float, radius: float = 0) -> None:
        """Draw the edge of a box."""
        self._pen.rounded_rectangle(_corners(box), dots(radius), outline=ink, width=dots(thickness))

    def dashes(self, x: float, top: float, bottom: float, ink: Colour) -> None:
        """A dashed line from top to bottom, where paper is torn."""
        for start in range(dots(top), dots(bottom), dots(1.6)):
            self._pen.rectangle(
                (dots(x), start, dots(x) + dots(0.2), min(start + dots(0.8), dots(bottom))), ink
            )

    def logo(self, box: Box, align: Align = Align.START) -> float:
        """The lab's logo within a box; returns how wide it came out, 0 without one."""
        if self.look.logo is None:
            return 0
        picture = logo_picture(self.look.logo, dots(box.width), dots(box.height))
        left = dots(box.left) + round((dots(box.width) - picture.width) * align.value)
        top = dots(box.top) + (dots(box.height) - picture.height) // 2
        self.picture.paste(picture, (left, top), picture)
        return millimetres(picture.width)

    def code(self, code: str, box: Box) -> Box:
        """A QR code, black on white with its quiet zone, as large as fits; returns where its modules are."""
        modules = len(qr.matrix(code)) + 2 * QUIET
        module_px = min(dots(box.width), dots(box.height)) // modules
        drawn = qr.picture(code, module_px=module_px, quiet=QUIET).convert("RGB")
        left = dots(box.left) + (dots(box.width) - drawn.width) // 2
        top = dots(box.top) + (dots(box.height) - drawn.height) // 2
        self.picture.paste(drawn, (left, top))
        side = millimetres((modules - 2 * QUIET) * module_px)
        quiet = QUIET * module_px
        return Box(millimetres(left + quiet), millimetres(top + quiet), side, side)

    def text(self, text: Text, box: Box, along: Align = Align.START, down: Align = Align.START) -> float:
        """A text in its box; returns how high it came out. Raises BadInput `too_long`."""
        setting = self._set(text, box.width, box.height)
        if setting is None:
            return 0
        self._draw(text, setting, box, along, down)
        return millimetres(setting.height)

    def stack(
        self, texts: Sequence[Text], box: Box, along: Align = Align.START, down: Align = Align.START
    ) -> float:
        """Texts one below the other; returns how high they came out. Raises BadInput `too_long`."""
        placed: list[tuple[Text, Setting]] = []
        spare = 0.0
        for text in texts:
            # What one text leaves of its share is the next one's.
            room = box.height * text.share + spare
            setting = self._set(text, box.width, room)
            spare = room
            if setting is not None:
                placed.append((text, setting))
                spare -= millimetres(setting.height) + text.gap
        height = sum(millimetres(setting.height) + text.gap for text, setting in placed)
        top = box.top + (box.height - height) * down.value
        for text, setting in placed:
            top += text.gap
            self._draw(text, setting, Box(box.left, top, box.width, 0), along, Align.START)
            top += millimetres(setting.height)
        return height

    def width_of(self, text: Text) -> float:
        """How wide a text is on one line, in its largest letters."""
        return millimetres(self._typeface.width(shown(text.text), dots(text.largest)))

    def _set(self, text: Text, width: float, height: float) -> Setting | None:
        words = shown(text.text)
        if not words:
            return None
        return fitted(text.field, words, self._typeface, dots(width), dots(height), dots(text.largest))

    def _draw(self, text: Text, setting: Setting, box: Box, along: Align, down: Align) -> None:
        top = dots(box.top) + (dots(box.height) - setting.height) * down.value
        for number, line in enumerate(setting.lines):
            width = self._typeface.width(line, setting.size)
            left = dots(box.left) + (dots(box.width) - width) * along.value
            baseline = top + round(setting.size * (number * LINE_HEIGHT + ASCENT))
            self._typeface.draw(self._pen, line, left, baseline, setting.size, text.ink, text.bold)


def shown(text: str) -> str:
    """A text as it can be drawn."""
    return printable(text).strip()


def _corners(box: Box) -> tuple[int, int, int, int]:
    return dots(box.left), dots(box.top), dots(box.right) - 1, dots(box.bottom) - 1
