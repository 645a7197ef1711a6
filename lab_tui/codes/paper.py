"""Paper: sizes in millimetres and dots, and how a lab's papers look."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from lab_tui.codes.fonts import FontShelf
from lab_tui.errors import SystemCannot

if TYPE_CHECKING:
    from PIL.Image import Image

DOTS_PER_INCH = 300
_MILLIMETRES_PER_INCH = 25.4
Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
INK: Colour = (17, 24, 32)
QUIET_INK: Colour = (88, 98, 108)
HAIRLINE: Colour = (190, 198, 204)
# The least contrast of text with its ground (WCAG 2.2, 1.4.3).
_LEAST_CONTRAST = 4.5


def dots(millimetres: float) -> int:
    """A length on paper in pixels of a picture."""
    return round(millimetres / _MILLIMETRES_PER_INCH * DOTS_PER_INCH)


def millimetres(pixels: float) -> float:
    """A length in a picture as it comes out on paper."""
    return pixels / DOTS_PER_INCH * _MILLIMETRES_PER_INCH


@dataclass(frozen=True)
class Size:
    """A piece of paper, in millimetres."""

    width: float
    height: float

    @property
    def pixels(self) -> tuple[int, int]:
        """Its size in pixels of a picture."""
        return dots(self.width), dots(self.height)

    @property
    def lies(self) -> bool:
        """Whether it is clearly wider than high."""
        return self.width >= 1.25 * self.height

    def turned(self) -> Size:
        """The same paper, lying if it stood."""
        return Size(self.height, self.width)


CARD = Size(85.6, 54)
"""A card such as a bank's: ISO/IEC 7810 ID-1."""
PAPERS = {"a4": Size(210, 297), "letter": Size(215.9, 279.4)}


@dataclass(frozen=True)
class Look:
    """How a lab's papers look: its name, its colour, its logo if any, and where its fonts are."""

    lab_name: str
    accent: Colour = (11, 95, 115)
    logo: Path | None = None
    shelf: FontShelf = field(default_factory=FontShelf)

    @property
    def on_accent(self) -> Colour:
        """White or black, whichever is read better on the accent colour."""
        return max((WHITE, BLACK), key=lambda ink: contrast(ink, self.accent))

    @property
    def accent_ink(self) -> Colour:
        """The accent colour for letters on white: made darker until they can be read."""
        ink = self.accent
        while contrast(ink, WHITE) < _LEAST_CONTRAST:
            ink = mixed(ink, BLACK, 0.1)
        return ink

    @property
    def tint(self) -> Colour:
        """A breath of the accent colour, as a ground."""
        return mixed(WHITE, self.accent, 0.08)


def colour(text: str) -> Colour:
    """`#0b5f73` as red, green and blue. Raises ValueError."""
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """One colour with a share, 0 to 1, of another."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(of: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (component / 255 for component in of)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@lru_cache(maxsize=8)
def logo_picture(path: Path, width_px: int, height_px: int) -> Image:
    """A lab's logo, as large as it can be within these pixels. Raises SystemCannot `logo_unreadable`."""
    from PIL import Image

    try:
        with Image.open(path, formats=["PNG"]) as logo:
            whole = logo.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        problem = getattr(error, "strerror", None) or type(error).__name__
        raise SystemCannot("logo_unreadable", path=str(path), problem=problem) from error
    scale = min(width_px / whole.width, height_px / whole.height)
    size = (max(1, round(whole.width * scale)), max(1, round(whole.height * scale)))
    return whole.resize(size, Image.Resampling.LANCZOS)
