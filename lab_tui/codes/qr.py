"""QR drawings of a code: as a matrix, as terminal text, as a picture. True and ink mean dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from qrcode.main import QRCode

Matrix = tuple[tuple[bool, ...], ...]

_GLYPHS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_DARK, _LIGHT = 0, 255
# ISO/IEC 18004 asks for four; readers find a code by two, by one in good light, and by none in the dark.
_QUIET, _LEAST_QUIET = 4, 2
# Shorter runs cost more to switch modes for than they save.
_SHORTEST_RUN = 10


def matrix(text: str, *, dense: bool = False) -> Matrix:
    """The modules of a QR code without a border: at error correction M, or as few as fit (L) if `dense`.

    Where a stronger correction takes no more modules, it is that one.
    """
    return tuple(tuple(bool(module) for module in row) for row in _code(text, dense).get_matrix())


def version(text: str, *, dense: bool = False) -> int:
    """The version, 1 to 40, of the code that `matrix` draws: it has 17 + 4 x version modules a side."""
    return int(_code(text, dense).best_fit())


def _code(text: str, dense: bool) -> QRCode:
    # These imports cost a tenth of a second, which the first screen must not pay.
    from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
    from qrcode.exceptions import DataOverflowError
    from qrcode.main import QRCode

    def corrected(correction: int) -> QRCode:
        code: QRCode = QRCode(error_correction=correction, border=0)
        # A pass code is left whole: split into modes, one with many digits could need a larger version.
        code.add_data(text, optimize=_SHORTEST_RUN if dense else 0)
        return code

    code = corrected(ERROR_CORRECT_L if dense else ERROR_CORRECT_M)
    version = code.best_fit()
    for correction in (ERROR_CORRECT_M, ERROR_CORRECT_Q, ERROR_CORRECT_H):
        stronger = corrected(correction)
        try:
            if stronger.best_fit() > version:
                break
        except (DataOverflowError, ValueError):
            # More than the largest code holds; the library says so in either way.
            break
        code = stronger
    return code


def half_blocks(text: str, quiet: int = 4, *, dense: bool = False) -> list[str]:
    """A QR code as terminal lines, two modules a cell from top to bottom, `quiet` light modules around it.

    Ink is dark: the caller draws the lines in explicit black on explicit white, whatever the theme, because
    many readers fail on light-on-dark codes. All lines are equally long, blanks included.
    """
    return _blocks(_with_quiet_zone(matrix(text, dense=dense), quiet))


def fitting(modules: Matrix, columns: int, lines: int) -> list[str]:
    """`half_blocks` of a matrix, with modules as large as so many columns and lines hold.

    A larger code is photographed from farther away. In a small window the quiet zone gives way, never below
    what reads; where not even that has room, it is drawn all the same.
    """
    room = min(columns, 2 * lines) - len(modules)
    quiet = next((one for one in range(_QUIET, _LEAST_QUIET - 1, -1) if 2 * one <= room), _QUIET)
    rows = _with_quiet_zone(modules, quiet)
    scale = max(1, min(columns, 2 * lines) // len(rows))
    wide = [tuple(dark for dark in row for _column in range(scale)) for row in rows]
    return _blocks(tuple(row for row in wide for _line in range(scale)))


def _blocks(rows: Matrix) -> list[str]:
    """Two rows of modules a line."""
    if len(rows) % 2:
        rows = (*rows, (False,) * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return ["".join(_GLYPHS[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in pairs]


def picture(text: str, module_px: int = 8, quiet: int = 4, *, dense: bool = False) -> Image:
    """A QR code as a grey picture, `module_px` pixels a module, `quiet` white modules around it."""
    from PIL import Image

    rows = _with_quiet_zone(matrix(text, dense=dense), quiet)
    image = Image.new("L", (len(rows[0]), len(rows)))
    image.putdata([_DARK if dark else _LIGHT for row in rows for dark in row])
    return image.resize((image.width * module_px, image.height * module_px), Image.Resampling.NEAREST)


def _with_quiet_zone(modules: Matrix, quiet: int) -> Matrix:
    width = len(modules[0]) + 2 * quiet
    blank = ((False,) * width,) * quiet
    side = (False,) * quiet
    return (*blank, *((*side, *row, *side) for row in modules), *blank)
