"""PDF files: pages of the right size, no pixel lost, and no more memory for many pages than for one."""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from PIL import Image, PdfParser

from lab_tui.codes.paper import CARD, DOTS_PER_INCH, PAPERS, WHITE
from lab_tui.codes.pdf import PdfWriter
from tests.codes.drawn import CODE, DRAWINGS, decoded

POINT = 25.4 / 72


def written(path: Path, pages: list[Image.Image], title: str = "Badges 名牌") -> Path:
    with path.open("wb") as file:
        document = PdfWriter(file, title, DOTS_PER_INCH)
        for page in pages:
            document.add(page)
        document.close()
    return path


def as_png(width: int, height: int, colours: int, deflated: bytes) -> Image.Image:
    """A picture of the PDF, put back into the PNG file that its rows came from."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2 if colours == 3 else 0, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", deflated), chunk(b"IEND", b""))
    return Image.open(io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"".join(parts)))


def pictures(path: Path) -> list[tuple[tuple[float, float], Image.Image]]:
    """The size of each page in millimetres, and the picture on it, as another parser finds them."""
    with PdfParser.PdfParser(str(path)) as read:
        found = []
        for reference in read.pages:
            page = read.read_indirect(reference)
            _, _, width, height = page[b"MediaBox"]
            drawn = read.read_indirect(page[b"Resources"][b"XObject"][b"Page"])
            entries = drawn.dictionary
            colours = entries[b"DecodeParms"][b"Colors"]
            image = as_png(entries[b"Width"], entries[b"Height"], colours, drawn.buf)
            found.append(((width * POINT, height * POINT), image))
        return found


def test_pages_have_their_size_and_every_pixel(tmp_path: Path) -> None:
    badge, label = DRAWINGS["badge"].usual(), DRAWINGS["label"].usual()
    pages = [badge, label.convert("L"), Image.new("RGB", PAPERS["a4"].pixels, WHITE)]
    found = pictures(written(tmp_path / "some.pdf", pages))
    sizes = [(CARD.width, CARD.height), (62, 29), (210, 297)]
    for page, wanted, (size, image) in zip(pages, sizes, found, strict=True):
        assert size == pytest.approx(wanted, abs=0.1)
        assert (image.mode, image.tobytes()) == (page.mode, page.tobytes())


def test_codes_are_read_from_the_pages(tmp_path: Path) -> None:
    [(_, image)] = pictures(written(tmp_path / "badge.pdf", [DRAWINGS["badge"].usual()]))
    assert decoded(image) == [CODE]


def test_the_title_is_there_in_any_script(tmp_path: Path) -> None:
    path = written(tmp_path / "badge.pdf", [DRAWINGS["label"].usual()], "名牌 (1) \\ <2>")
    with PdfParser.PdfParser(str(path)) as read:
        title = bytes(read.info[PdfParser.PdfName(b"Title")])
    assert title.decode("utf-16") == "名牌 (1) \\ <2>"


@pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="poppler-utils is not installed")
def test_poppler_reads_it_too(tmp_path: Path) -> None:
    path = written(tmp_path / "badges.pdf", [DRAWINGS["badge"].usual()] * 3)
    said = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True)
    assert "Pages:           3" in said.stdout
    assert "Page size:       242.64 x 153.12 pts" in said.stdout
    assert said.stderr == ""
    for dots in (150, 300):
        drawn = ["pdftoppm", "-r", str(dots), "-png", "-singlefile", "-f", "3", path, tmp_path / f"at{dots}"]
        subprocess.run(drawn, check=True)
        assert decoded(Image.open(tmp_path / f"at{dots}.png")) == [CODE]


def test_no_page_is_a_document_too(tmp_path: Path) -> None:
    assert pictures(written(tmp_path / "none.pdf", [])) == []


def test_what_has_no_colours_of_pdf_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        written(tmp_path / "bad.pdf", [Image.new("RGBA", (4, 4))])
