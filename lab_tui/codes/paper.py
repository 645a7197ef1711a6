"""Paper: sizes in millimetres, dots, the colours and the logo of a lab."""

from __future__ import annotations

DOTS_PER_INCH = 300
_MILLIMETRES_PER_INCH = 25.4


def dots(millimetres: float) -> int:
    """A length on paper in pixels of a picture."""
    return round(millimetres / _MILLIMETRES_PER_INCH * DOTS_PER_INCH)
