"""Papers of every kind: the right size, read by a scanner at the scale they are printed, and nothing cut."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageChops

from lab_tui.codes.canvas import Box, Canvas
from lab_tui.codes.label import LABEL
from lab_tui.codes.paper import (
    CARD,
    INK,
    PAPERS,
    WHITE,
    Colour,
    Size,
    colour,
    contrast,
    dots,
    millimetres,
)
from lab_tui.errors import BadInput, SystemCannot
from tests.codes.drawn import CODE, DRAWINGS, LOOK, NO_FONTS, Drawing, certificate, decoded, system_font_for

KINDS = pytest.mark.parametrize("kind", DRAWINGS)
LONG_NAMES = [
    "Li",
    "Anna-Maria van den Heuvel",
    "Wolfeschlegelsteinhausenbergerdorff " * 3,
    "W" * 120,
    "i" * 120,
    "Jo " * 40,
]
# The smallest and the largest that `lab.toml` allows, standing and lying.
EDGE_SIZES = {
    "badge": (Size(45, 45), Size(45, 200), Size(200, 45), Size(200, 200)),
    "label": (Size(38, 19), Size(38, 38), Size(38, 200), Size(200, 19), Size(200, 200)),
    "ticket": (Size(45, 45), Size(45, 200), Size(200, 45), Size(200, 200)),
    "poster": (PAPERS["a4"], PAPERS["letter"]),
}


def at_150_dpi(image: Image.Image) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.BILINEAR)


def edge(image: Image.Image) -> Image.Image:
    """The outermost line of pixels all round, as one row."""
    width, height = image.size
    line = Image.new("RGB", (2 * (width + height), 1))
    line.paste(image.crop((0, 0, width, 1)), (0, 0))
    line.paste(image.crop((0, height - 1, width, height)), (width, 0))
    for at, x in ((2 * width, 0), (2 * width + height, width - 1)):
        line.paste(image.crop((x, 0, x + 1, height)).transpose(Image.Transpose.ROTATE_90), (at, 0))
    return line


def with_name(drawing: Drawing, name: str, size: Size) -> Image.Image:
    return drawing.draw(name, CODE, LOOK, size)


@KINDS
def test_every_paper_has_its_size_and_is_read_at_300_and_at_150_dots_an_inch(kind: str) -> None:
    drawing = DRAWINGS[kind]
    image = drawing.usual()
    assert image.size == (dots(drawing.size.width), dots(drawing.size.height))
    assert decoded(image) == [CODE]
    assert decoded(at_150_dpi(image)) == [CODE]


def test_a_card_is_as_large_as_a_bank_s() -> None:
    assert DRAWINGS["badge"].usual().size == (1011, 638)
    assert (CARD.width, CARD.height) == (85.6, 54)


@KINDS
def test_modules_are_printed_larger_than_half_a_millimetre(kind: str) -> None:
    for size in (DRAWINGS[kind].size, *EDGE_SIZES.get(kind, ())):
        [result] = zxingcpp.read_barcodes(with_name(DRAWINGS[kind], "Li", size))
        side = millimetres(result.position.top_right.x - result.position.top_left.x)
        assert side / 25 > 0.5, size


@KINDS
@pytest.mark.parametrize("name", LONG_NAMES, ids=lambda name: name[:8])
def test_names_of_any_length_fit_and_leave_the_code_alone(kind: str, name: str) -> None:
    drawing = DRAWINGS[kind]
    image = drawing.usual(name.strip())
    assert decoded(image) == [CODE]
    # Nothing that a name draws comes near the edge of the paper.
    assert edge(image).tobytes() == edge(drawing.usual("x")).tobytes()


@pytest.mark.parametrize("kind", EDGE_SIZES)
def test_papers_of_all_sizes_that_are_allowed_are_read(kind: str) -> None:
    for size in EDGE_SIZES[kind]:
        assert decoded(with_name(DRAWINGS[kind], "Anna-Maria van den Heuvel", size)) == [CODE], size


@KINDS
def test_a_text_beyond_fitting_is_refused_not_cut(kind: str) -> None:
    with pytest.raises(BadInput) as refusal:
        DRAWINGS[kind].usual("W" * 4000)
    assert refusal.value.problem == "too_long"


@KINDS
def test_letters_no_font_holds_are_refused(kind: str) -> None:
    with pytest.raises(SystemCannot) as refusal:
        DRAWINGS[kind].usual("Mei Chan 陳美")
    assert refusal.value.code == "font_missing"
    assert refusal.value.facts["missing"] == "".join(sorted("陳美"))


@KINDS
@pytest.mark.parametrize(
    "name", ["Zoë Müller-Łukasiewicz", "Сергей Иванов", "Γιώργος", "陳美玲", "สมชาย", "أحمد الزهراني"]
)
def test_names_in_other_scripts_are_drawn_with_a_font_that_holds_them(kind: str, name: str) -> None:
    look = replace(LOOK, shelf=system_font_for(name))
    image = DRAWINGS[kind].usual(name, look=look)
    assert decoded(image) == [CODE]
    assert ImageChops.difference(image, DRAWINGS[kind].usual("x")).getbbox() is not None


@KINDS
@pytest.mark.parametrize("accent", ["#000000", "#ffffff", "#f2c14e", "#8a1538"])
def test_papers_in_any_colour_and_without_a_logo_are_read(kind: str, accent: str) -> None:
    plain = replace(LOOK, accent=colour(accent), logo=None)
    assert decoded(DRAWINGS[kind].usual(look=plain)) == [CODE]


@pytest.mark.parametrize("accent", ["#000000", "#ffffff", "#f2c14e", "#0b5f73", "#808080", "#ff0000"])
def test_letters_are_told_from_their_ground_whatever_the_accent(accent: str) -> None:
    look = replace(LOOK, accent=colour(accent))
    assert contrast(look.on_accent, look.accent) >= 4.5
    assert contrast(look.accent_ink, WHITE) >= 4.5


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast((0, 0, 0), WHITE) == pytest.approx(21)
    assert contrast(WHITE, WHITE) == pytest.approx(1)
    # The grey of the guidelines' own example, the darkest that is not enough.
    assert contrast((119, 119, 119), WHITE) == pytest.approx(4.48, abs=0.01)


@KINDS
def test_controls_and_markup_are_letters_or_nothing(kind: str) -> None:
    assert decoded(DRAWINGS[kind].usual("Lee [/b]\x1b[31m\u202e")) == [CODE]


def test_a_certificate_lies_and_holds_no_code() -> None:
    for paper in PAPERS.values():
        image = certificate("Mei Chan", size=paper)
        assert image.size == (dots(paper.height), dots(paper.width))
        assert decoded(image) == []


@pytest.mark.parametrize("name", LONG_NAMES, ids=lambda name: name[:8])
def test_a_certificate_holds_names_of_any_length_within_its_frame(name: str) -> None:
    image = certificate(name.strip())
    margin = dots(11.5)
    outer = image.copy()
    outer.paste(WHITE, (margin, margin, image.width - margin, image.height - margin))
    bare = certificate("x")
    bare.paste(WHITE, (margin, margin, image.width - margin, image.height - margin))
    assert outer.tobytes() == bare.tobytes()


def test_a_logo_is_shown_on_badges_posters_and_certificates(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (300, 100), (250, 10, 200, 255)).save(logo)
    look = replace(LOOK, logo=logo)
    for image in (
        DRAWINGS["badge"].usual(look=look),
        DRAWINGS["poster"].usual(look=look),
        certificate("x", look),
    ):
        wanted: Colour = (250, 10, 200)
        assert sum(count for count, ink in image.getcolors(1 << 20) or () if ink == wanted) > 1000


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n broken"])
def test_a_logo_that_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(content)
    with pytest.raises(SystemCannot) as refusal:
        DRAWINGS["badge"].usual(look=replace(LOOK, logo=logo))
    assert (refusal.value.code, refusal.value.facts["path"]) == ("logo_unreadable", str(logo))


def test_a_logo_that_is_missing_is_named() -> None:
    with pytest.raises(SystemCannot) as refusal:
        DRAWINGS["badge"].usual(look=replace(LOOK, logo=Path("nowhere.png")))
    assert refusal.value.facts["problem"] == "No such file or directory"


def test_a_code_brings_its_quiet_zone_whatever_is_around_it() -> None:
    canvas = Canvas(LABEL, LOOK, ())
    canvas.fill(Box(0, 0, LABEL.width, LABEL.height), INK)
    modules = canvas.code(CODE, Box(1, 1, 27, 27))
    assert decoded(canvas.picture) == [CODE]
    module = dots(modules.width) // 25
    assert canvas.picture.getpixel((dots(modules.left) - 4 * module + 1, dots(modules.top))) == WHITE


def test_texts_are_drawn_in_dark_ink() -> None:
    image = DRAWINGS["badge"].usual()
    assert sum(count for count, ink in image.getcolors(1 << 20) or () if ink == INK) > 500


def test_a_png_keeps_every_pixel() -> None:
    image = DRAWINGS["badge"].usual()
    file = io.BytesIO()
    image.save(file, "PNG")
    assert Image.open(file).tobytes() == image.tobytes()


def test_fonts_that_one_text_needed_are_tried_first_for_the_next() -> None:
    shelf = system_font_for("陳")
    [found] = shelf.typeface("陳").fonts
    assert shelf.typeface("陳美 Chan").fonts[-1] == found
    assert NO_FONTS.typeface("Chan").fonts[0].path is None
