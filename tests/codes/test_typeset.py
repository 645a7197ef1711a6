"""Fonts and lines: which font holds a text, and how a text is set in a box without losing a letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

from lab_tui.codes.fonts import Font, FontShelf, Typeface, clusters
from lab_tui.codes.typeset import LINE_HEIGHT, Setting, fitted
from lab_tui.errors import BadInput
from tests.codes.drawn import system_font_for
from tests.codes.test_papers import LONG_NAMES

LATIN = Typeface((Font(),))


def in_box(text: str, width: int = 500, height: int = 260, largest: int = 92) -> Setting:
    return fitted("name", text, LATIN, width, height, largest)


@pytest.mark.parametrize("name", [*LONG_NAMES, "Mei " + "é\u0301" * 40], ids=lambda name: name[:8])
def test_no_letter_is_lost_between_the_lines(name: str) -> None:
    setting = in_box(name.strip())
    assert "".join("".join(setting.lines).split()) == "".join(name.split())
    assert setting.size >= 12
    assert max(LATIN.width(line, setting.size) for line in setting.lines) <= 500
    assert len(setting.lines) * setting.size * LINE_HEIGHT <= 260


def test_a_short_name_is_larger_than_a_long_one() -> None:
    assert in_box("LIN").size == 92
    assert in_box("LIN" * 8).size < 70


def test_words_stay_whole_while_they_can() -> None:
    lines = in_box("Anna-Maria van den Heuvel").lines
    assert " ".join(lines).split() == ["Anna-Maria", "van", "den", "Heuvel"]


def test_a_line_ends_at_a_hyphen_where_whole_words_would_be_tiny() -> None:
    assert in_box("kowloon-workstation-seven", 200, 120).lines == ("kowloon-", "workstation-", "seven")


def test_lines_are_about_equally_long() -> None:
    setting = in_box("one two three four five six seven eight nine ten eleven", 400, 260)
    widths = [LATIN.width(line, setting.size) for line in setting.lines]
    assert len(widths) > 1
    assert min(widths) > 0.6 * max(widths)


def test_one_line_is_preferred_to_two_of_hardly_larger_letters() -> None:
    assert in_box("Lena Hoffmann", 560).lines == ("Lena Hoffmann",)
    assert len(in_box("Lena Hoffmann", 300).lines) == 2


def test_chinese_lines_end_between_characters_but_not_before_a_comma_or_within_a_date() -> None:
    text = "大型語言模型，二十六，日子（研討室）的（經驗）、分享"
    typeface = system_font_for("陳").typeface(text)
    for width in range(120, 700, 10):
        lines = fitted("title", text, typeface, width, 1000, 40).lines
        assert not any(line.startswith(tuple("，）、")) or line.endswith("（") for line in lines), lines
    lines = fitted("title", "二十六日 2026年11月22日", typeface, 300, 400, 40).lines
    assert "2026年11月22日" in lines


def test_what_is_tied_together_stays_on_a_line() -> None:
    lines = in_box("22\N{NO-BREAK SPACE}Nov\N{NO-BREAK SPACE}2026, 14:00-16:00", 420, 260, 60).lines
    assert lines == ("22 Nov 2026,", "14:00-16:00")


def test_a_text_beyond_fitting_is_refused() -> None:
    with pytest.raises(BadInput) as refusal:
        in_box("W" * 2000)
    assert (refusal.value.field, refusal.value.problem) == ("name", "too_long")


def test_a_word_is_in_one_font_and_latin_words_are_in_the_plain_one() -> None:
    shelf = system_font_for("Łukasz 陳")
    typeface = shelf.typeface("Mei Łukasz 陳")
    assert typeface.fonts[0] == Font()
    wide = Image.new("RGB", (600, 80), "white")
    typeface.draw(ImageDraw.Draw(wide), "Mei", 10, 60, 40)
    plain = Image.new("RGB", (600, 80), "white")
    LATIN.draw(ImageDraw.Draw(plain), "Mei", 10, 60, 40)
    assert wide.tobytes() == plain.tobytes()


def test_bold_letters_have_more_ink_in_the_same_place() -> None:
    def inked(bold: bool) -> int:
        on = Image.new("RGB", (400, 80), "white")
        LATIN.draw(ImageDraw.Draw(on), "Mei", 10, 60, 40, bold=bold)
        return sum(ImageChops.invert(on.convert("L")).tobytes())

    assert inked(True) > 1.1 * inked(False)


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
    card = Image.new("RGB", (400, 80), "white")
    mixed.draw(ImageDraw.Draw(card), "Mei Ж", 20, 60, 40)
    box = ImageChops.invert(card.convert("L")).getbbox()
    assert box is not None
    assert box[2] - box[0] == pytest.approx(width, abs=6)


def test_marks_stay_with_their_letters() -> None:
    assert clusters("ne\u0301e") == ["n", "e\u0301", "e"]
    assert clusters("क्षि") == ["क्", "षि"]
    assert clusters("👩\u200d🔬x") == ["👩\u200d🔬", "x"]
