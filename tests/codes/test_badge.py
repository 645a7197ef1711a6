"""Badges: the right size, readable by a scanner, and no name cut."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageDraw

from lab_tui.codes.badge import Badge, badge_picture, badge_png, fitted
from lab_tui.codes.fonts import Font, FontShelf, Typeface, clusters
from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.passcode import PassKind
from lab_tui.errors import BadInput, SystemCannot

CODE = DEMO_KEYS.issue(PassKind.PERSON, 7)
BADGE = Badge(lab_name="Hong Kong AI Lab", name="Mei Chan", team="Lumen Vision", role="Member", code=CODE)
NO_FONTS = FontShelf(folders=(), ask_fontconfig=False)
TEXT_LEFT, TEXT_RIGHT = 48, 549
LONG_NAMES = [
    "Li",
    "Anna-Maria van den Heuvel",
    "Wolfeschlegelsteinhausenbergerdorff " * 3,
    "W" * 120,
    "i" * 120,
    "Jo " * 40,
]


def decoded(image: Image.Image) -> list[str]:
    return [result.text for result in zxingcpp.read_barcodes(image)]


def inked(image: Image.Image) -> tuple[int, int, int, int]:
    box = ImageChops.invert(image).getbbox()
    assert box is not None
    return box


def system_font_for(text: str) -> FontShelf:
    shelf = FontShelf()
    try:
        shelf.typeface(text)
    except SystemCannot:
        pytest.skip(f"no font on this machine holds {text}")
    return shelf


def test_a_badge_is_a_card_that_scanners_read() -> None:
    image = Image.open(io.BytesIO(badge_png(BADGE, NO_FONTS)))
    assert image.size == (1011, 638)
    assert tuple(round(dots) for dots in image.info["dpi"]) == (300, 300)
    assert decoded(image) == [CODE]


def test_modules_are_printed_larger_than_half_a_millimetre() -> None:
    [result] = zxingcpp.read_barcodes(badge_picture(BADGE, NO_FONTS))
    side_px = result.position.top_right.x - result.position.top_left.x
    assert side_px / 25 / 300 * 25.4 > 0.5


@pytest.mark.parametrize("name", LONG_NAMES)
def test_a_name_of_any_length_fits_beside_the_code(name: str) -> None:
    bare = badge_picture(replace(BADGE, name=""), NO_FONTS)
    image = badge_picture(replace(BADGE, name=name), NO_FONTS)
    left, top, right, bottom = inked(ImageChops.invert(ImageChops.difference(bare, image)))
    assert left >= TEXT_LEFT - 4
    assert right <= TEXT_RIGHT + 4
    assert top > 144
    assert bottom < 450
    assert decoded(image) == [CODE]


@pytest.mark.parametrize("name", [*LONG_NAMES, "Mei " + "é\u0301" * 40])
def test_no_letter_is_lost_between_the_lines(name: str) -> None:
    size, lines = fitted("name", name.strip(), Typeface((Font(),)))
    assert "".join("".join(lines).split()) == "".join(name.split())
    assert size >= 12


def test_words_stay_whole_while_they_can() -> None:
    _, lines = fitted("name", "Anna-Maria van den Heuvel", Typeface((Font(),)))
    assert " ".join(lines).split() == ["Anna-Maria", "van", "den", "Heuvel"]


def test_a_short_name_is_larger_than_a_long_one() -> None:
    def letter_height(name: str) -> int:
        alone = Badge(lab_name="", name=name, team="", role="", code=CODE)
        image = badge_picture(alone, NO_FONTS).crop((0, 146, TEXT_RIGHT, 638))
        _, top, _, bottom = inked(image)
        return bottom - top

    assert letter_height("LIN") > 1.5 * letter_height("LINLINLINLINLINLIN")


def test_a_text_beyond_fitting_is_refused_not_cut() -> None:
    with pytest.raises(BadInput) as refusal:
        badge_picture(replace(BADGE, team="W" * 400), NO_FONTS)
    assert (refusal.value.field, refusal.value.problem) == ("team", "too_long")


def test_controls_and_markup_are_letters_or_nothing() -> None:
    hostile = replace(BADGE, name="Lee [/b]\x1b[31m\u202e", team="")
    assert decoded(badge_picture(hostile, NO_FONTS)) == [CODE]


def test_letters_no_font_holds_are_refused() -> None:
    with pytest.raises(SystemCannot) as refusal:
        badge_picture(replace(BADGE, name="Mei Chan 陳美"), NO_FONTS)
    assert refusal.value.code == "font_missing"
    assert refusal.value.facts["missing"] == "".join(sorted("陳美"))
    assert "陳美" in str(refusal.value.facts["text"])


@pytest.mark.parametrize(
    "name", ["Zoë Müller-Łukasiewicz", "Сергей Иванов", "Γιώργος", "陳美玲", "สมชาย", "أحمد"]
)
def test_names_in_other_scripts_are_drawn_with_a_font_that_holds_them(name: str) -> None:
    shelf = system_font_for(name)
    image = badge_picture(replace(BADGE, name=name), shelf)
    assert decoded(image) == [CODE]
    typeface = shelf.typeface(name)
    assert all(any(font.holds(char) for font in typeface.fonts) for char in name if char.isalpha())


def test_folders_are_searched_where_there_is_no_fontconfig(tmp_path: Path) -> None:
    (tmp_path / "broken-sans.ttf").write_bytes(b"not a font")
    found = [font.path for font in system_font_for("Łukasz Ж").typeface("Łukasz Ж").fonts if font.path]
    (tmp_path / "Real.ttf").write_bytes(Path(found[0]).read_bytes())
    typeface = FontShelf(folders=(tmp_path,), ask_fontconfig=False).typeface("Łukasz")
    assert typeface.fonts == (Font(str(tmp_path / "Real.ttf")),)


def test_a_text_in_two_fonts_is_drawn_one_part_after_the_other() -> None:
    other = system_font_for("Ж").typeface("Ж").fonts[0]
    mixed = Typeface((Font(), other))
    width = Font().at(40).getlength("Mei ") + other.at(40).getlength("Ж")
    assert mixed.width("Mei Ж", 40) == pytest.approx(width)
    card = Image.new("L", (400, 80), 255)
    mixed.draw(ImageDraw.Draw(card), "Mei Ж", 20, 60, 40)
    left, _, right, _ = inked(card)
    assert right - left == pytest.approx(width, abs=6)


def test_marks_stay_with_their_letters() -> None:
    assert clusters("ne\u0301e") == ["n", "e\u0301", "e"]
    assert clusters("क्षि") == ["क्", "षि"]
    assert clusters("👩\u200d🔬x") == ["👩\u200d🔬", "x"]
