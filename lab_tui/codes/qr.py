"""QR drawings of a code: as a matrix, as terminal text, as a picture. True and ink mean dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

Matrix = tuple[tuple[bool, ...], ...]

_GLYPHS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_DARK, _LIGHT = 0, 255


def matrix(text: str) -> Matrix:
    """The modules of a QR code at error correction M, without a border."""
    # These imports cost a tenth of a second, which the first screen must not pay.
    from qrcode.constants import ERROR_CORRECT_M
    from qrcode.main import QRCode

    code: QRCode = QRCode(error_correction=ERROR_CORRECT_M, border=0)
    # Left whole: split into modes, a code with many digits in a row could need a larger version.
    code.add_data(text, optimize=0)
    return tuple(tuple(bool(module) for module in row) for row in code.get_matrix())


def half_blocks(text: str, quiet: int = 4) -> list[str]:
    """A QR code as terminal lines, two modules a cell from top to bottom, `quiet` light modules around it.

    Ink is dark: the caller draws the lines in explicit black on explicit white, whatever the theme, because
    many readers fail on light-on-dark codes. All lines are equally long, blanks included.
    """
    rows = _with_quiet_zone(matrix(text), quiet)
    if len(rows) % 2:
        rows = (*rows, (False,) * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_GLYPHS[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]


def picture(text: str, module_px: int = 8, quiet: int = 4) -> Image:
    """A QR code as a grey picture, `module_px` pixels a module, `quiet` white modules around it."""
    from PIL import Image

    rows = _with_quiet_zone(matrix(text), quiet)
    image = Image.new("L", (len(rows[0]), len(rows)))
    image.putdata([_DARK if dark else _LIGHT for row in rows for dark in row])
    return image.resize((image.width * module_px, image.height * module_px), Image.Resampling.NEAREST)


def _with_quiet_zone(modules: Matrix, quiet: int) -> Matrix:
    width = len(modules[0]) + 2 * quiet
    blank = ((False,) * width,) * quiet
    side = (False,) * quiet
    return (*blank, *((*side, *row, *side) for row in modules), *blank)
