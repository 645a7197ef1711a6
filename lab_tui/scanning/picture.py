"""Codes in a picture file. The picture may be anybody's: few formats, a bounded size, nothing else opened."""

from __future__ import annotations

import struct
import warnings
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from lab_tui.codes.passcode import PREFIX
from lab_tui.errors import BadInput, Reason, Refused, SystemCannot

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST_BYTES = 32 * 2**20
# The largest that telephones make.
MOST_PIXELS = 64_000_000
_FORMATS = ("PNG", "JPEG", "WEBP")
# What Pillow raises for a damaged picture, besides those of its own.
_DAMAGE = (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, struct.error, zlib.error)


def codes_in(data: bytes, name: str) -> tuple[str, ...]:
    """The texts of all codes in a picture, each once; `name` is what the picture is called.

    Raises BadInput where it is no picture, or too large; SystemCannot where a library is missing.
    """
    try:
        import zxingcpp
        from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401 - the formats
    except ImportError:
        raise SystemCannot("scanner_library_missing", device=name, extra="picture") from None
    if len(data) > MOST_BYTES:
        raise BadInput("FILE", name, "file_too_large", megabytes=MOST_BYTES // 2**20)
    try:
        with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning):
            image = Image.open(BytesIO(data), formats=_FORMATS)
            if image.width * image.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            grey = _on_white(image).convert("L")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise BadInput("FILE", name, "picture_too_large", megapixels=MOST_PIXELS // 1_000_000) from None
    except _DAMAGE:
        raise BadInput("FILE", name, "not_a_picture", formats=", ".join(_FORMATS)) from None
    points = grey.tobytes()  # a name of their own: the view does not keep them
    view = zxingcpp.ImageView(points, *grey.size, zxingcpp.ImageFormat.Lum, grey.width, 1)
    # Our passes are QR codes, boarding passes may be any of these (IATA resolution 792). `QRCode` would be
    # Micro QR codes too, and those are seen in bare noise.
    formats = (zxingcpp.QRCodeModel2, zxingcpp.AztecCode, zxingcpp.DataMatrix, zxingcpp.PDF417)
    found = zxingcpp.read_barcodes(view, formats=formats, text_mode=zxingcpp.TextMode.Plain)
    return tuple(dict.fromkeys(one.text for one in found if one.text))


def _on_white(image: Picture) -> Picture:
    """The picture as it is on paper: what is transparent may be black underneath."""
    if not image.has_transparency_data:
        return image
    solid = image.convert("RGBA")
    paper = solid.copy()
    paper.paste("white", (0, 0, *solid.size))
    paper.alpha_composite(solid)
    return paper


def the_code_in(data: bytes, name: str) -> str:
    """The one code in a picture, or the one of a lab among others; for raises see `codes_in`.

    Raises also Refused where there is none, or not one alone.
    """
    codes = codes_in(data, name)
    ours = [code for code in codes if code.startswith(PREFIX)]
    if not codes:
        raise Refused(Reason("no_code_in_picture"))
    if len(ours or codes) > 1:
        raise Refused(Reason("several_codes_in_picture", {"count": len(ours or codes)}))
    return (ours or codes)[0]
