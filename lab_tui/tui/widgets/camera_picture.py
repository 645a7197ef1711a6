"""What a camera sees, in half blocks of grey."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip

from lab_tui.scanning.devices import GreyPicture
from lab_tui.tui.widgets.drawing import LineWidget

_UPPER_HALF = "▀"
# Fewer greys make longer runs of one colour, and so fewer bytes to the terminal.
_LEVELS = 16
_BLACK = 0


@lru_cache(maxsize=_LEVELS * _LEVELS)
def _pen(upper: int, lower: int) -> Style:
    """Two pixels, one above the other. These greys are the picture's: no theme may change them."""
    above, below = (level * 255 // (_LEVELS - 1) for level in (upper, lower))
    return Style.parse(f"rgb({above},{above},{above}) on rgb({below},{below},{below})")


class CameraPicture(LineWidget):
    """Shows the latest picture in the middle, turned round as a mirror does: whoever aims moves naturally."""

    picture: reactive[GreyPicture | None] = reactive(None)

    @property
    def room(self) -> tuple[int, int]:
        """The most pixels that can be shown: one a column, two a line."""
        return self.content_size.width, 2 * self.content_size.height

    def draw_line(self, y: int, width: int) -> Strip:
        """Two rows of pixels."""
        picture = self.picture
        top = 0 if picture is None else 2 * y - (self.room[1] - picture.height) // 4 * 2
        if picture is None or not 0 <= top < picture.height or picture.width > width:
            return Strip.blank(width, self.rich_style)
        left = (width - picture.width) // 2
        pairs = zip(_levels(picture, top), _levels(picture, top + 1), strict=True)
        segments = [Segment(_UPPER_HALF * sum(1 for _ in run), _pen(*pair)) for pair, run in groupby(pairs)]
        before, after = Segment(" " * left), Segment(" " * (width - left - picture.width))
        return Strip([before, *segments, after], width).apply_style(self.rich_style)


def _levels(picture: GreyPicture, row: int) -> list[int]:
    """A row from right to left as levels of grey; black below the last."""
    pixels = picture.pixels[row * picture.width : (row + 1) * picture.width]
    return [grey * _LEVELS // 256 for grey in reversed(pixels)] or [_BLACK] * picture.width
