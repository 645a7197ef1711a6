"""A PDF of pictures, a page each, written as they come: a thousand pages need the memory of one.

Pillow's own PDF holds all pages in memory, or reads the whole file again for each one it appends, and
compresses with JPEG, which frays the edges of codes. The pictures here are the lossless PNG streams, which
PDF knows as FlateDecode with PNG predictors (ISO 32000-1, 7.4.4).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_POINTS_PER_INCH = 72
_CATALOG, _PAGES, _INFO = 1, 2, 3
_COLOURS = {"L": ("DeviceGray", 1), "RGB": ("DeviceRGB", 3)}
_PNG_HEAD = 8


class PdfWriter:
    """Writes pages to a file that is open for writing in binary; `close` makes it a PDF."""

    def __init__(self, file: IO[bytes], title: str, dots_per_inch: int) -> None:
        self._file = file
        self._title = title
        self._scale = _POINTS_PER_INCH / dots_per_inch
        self._position = 0
        self._offsets: dict[int, int] = {}
        self._pages: list[int] = []
        # The four bytes above 127 tell programs that move files that this one is binary.
        self._write(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")

    def add(self, page: Image) -> None:
        """Write a page of the picture's size. Raises KeyError for other modes than L and RGB."""
        space, colours = _COLOURS[page.mode]
        picture = _INFO + 1 + 3 * len(self._pages)
        contents, number = picture + 1, picture + 2
        width, height = (f"{side * self._scale:.3f}" for side in page.size)
        self._stream(
            picture,
            f"/Type /XObject /Subtype /Image /Width {page.width} /Height {page.height} /ColorSpace /{space} "
            f"/BitsPerComponent 8 /Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors {colours} "
            f"/BitsPerComponent 8 /Columns {page.width} >>",
            _deflated(page),
        )
        self._stream(contents, "", f"{width} 0 0 {height} 0 0 cm /Page Do".encode())
        self._object(
            number,
            f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 {width} {height}] "
            f"/Contents {contents} 0 R /Resources << /XObject << /Page {picture} 0 R >> >> >>".encode(),
        )
        self._pages.append(number)

    def close(self) -> None:
        """Write what ties the pages together. The file stays open."""
        pages = " ".join(f"{number} 0 R" for number in self._pages)
        title = self._title.encode("utf-16-be").hex().upper()
        self._object(_CATALOG, f"<< /Type /Catalog /Pages {_PAGES} 0 R >>".encode())
        self._object(_PAGES, f"<< /Type /Pages /Count {len(self._pages)} /Kids [{pages}] >>".encode())
        self._object(_INFO, f"<< /Title <FEFF{title}> /Producer (lab-tui) >>".encode())
        table = self._position
        size = len(self._offsets) + 1
        self._write(f"xref\n0 {size}\n0000000000 65535 f \n".encode())
        for number in range(1, size):
            self._write(f"{self._offsets[number]:010d} 00000 n \n".encode())
        trailer = f"<< /Size {size} /Root {_CATALOG} 0 R /Info {_INFO} 0 R >>"
        self._write(f"trailer\n{trailer}\nstartxref\n{table}\n%%EOF\n".encode())

    def _stream(self, number: int, entries: str, data: bytes) -> None:
        head = f"<< {entries} /Length {len(data)} >>\nstream\n".encode()
        self._object(number, head + data + b"\nendstream")

    def _object(self, number: int, content: bytes) -> None:
        self._offsets[number] = self._position
        self._write(f"{number} 0 obj\n".encode() + content + b"\nendobj\n")

    def _write(self, data: bytes) -> None:
        self._position += self._file.write(data)


def _deflated(picture: Image) -> bytes:
    """The compressed rows of a picture, as they stand in its PNG file."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return b"".join(data for kind, data in _chunks(file.getbuffer()) if kind == b"IDAT")


def _chunks(png: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at = _PNG_HEAD
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        yield kind, png[at + 8 : at + 8 + length]
        at += length + 12
