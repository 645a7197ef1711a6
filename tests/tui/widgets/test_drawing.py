from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from lab_tui.tui.widgets.drawing import CellRow, cell_width, fit, split_cells, wrap

NASTY = ["[/x]", "[b]陳美", "a\u0301\u0301", "👩\u200d🔬", "❤\ufe0f", "\x1b[31m", "\u202eabc", "한", "🇭🇰"]
NASTY += ["\u200d", "\ufe0f", "ｗ"]
texts = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(NASTY), max_size=6).map("".join))


@given(texts)
def test_a_text_takes_the_cells_that_are_counted(text: str) -> None:
    cells = split_cells(text)
    assert cell_len("".join(cells)) == len(cells) == cell_width(text)


@given(texts, st.integers(0, 40))
def test_a_fitted_text_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width


@given(texts, st.integers(2, 40))
def test_wrapped_lines_fit_and_lose_no_letter(text: str, width: int) -> None:
    wrapped = wrap(text, width)
    assert all(cell_len(line) <= width for line in wrapped)
    joined = "".join("".join(split_cells(text)).split())
    assert "".join("".join(wrapped).split()) == joined


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    assert fit("kowloon", 7) == "kowloon"
    assert fit("kowloon", 5) == "kowl…"
    assert fit("陳美玲", 4) == "陳 …"
    assert fit("陳美玲", 5) == "陳美…"


edits = st.tuples(st.integers(-3, 30), texts, st.one_of(st.none(), st.integers(0, 12)))


@given(st.lists(edits, max_size=5), st.integers(1, 30), st.integers(0, 30), st.integers(0, 40))
def test_a_row_keeps_its_width_however_it_is_written_and_cut(
    written: list[tuple[int, str, int | None]], width: int, first: int, size: int
) -> None:
    row = CellRow(width)
    for x, text, room in written:
        row.write(x, text, "p", room)
        row.fill(x + 1, x + 2, "│", "q")
        assert cell_len("".join(row.chars)) == len(row.chars) == len(row.pens) == width
    assert cell_len("".join(row.window(first, size).chars)) == size


def test_writing_over_half_of_a_wide_character_blanks_the_other_half() -> None:
    row = CellRow(6)
    row.write(0, "陳美玲", "p")
    row.write(1, "x", "p")
    row.fill(4, 5, "│", "p")
    assert "".join(row.chars) == " x美│ "
