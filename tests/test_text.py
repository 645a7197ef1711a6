"""Text from people: what may stay, what may not, and that nothing else is lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tui.errors import BadInput
from lab_tui.text import clean, fold, printable


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    shown = printable(text)
    joiners = "\u200c\u200d"
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert not [c for c in shown if unicodedata.category(c) == "Cf" and c not in joiners]


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text, field="name", required=False, at_most=10_000)
    assert clean(once, field="name", required=False, at_most=10_000) == once


@pytest.mark.parametrize(
    "name", ["Mei Chan 陳美", "Zoë Müller", "नीरज", "O'Neil-Smith", "Lee [VIP]", "佐藤 葵", "👩‍💻 Ada"]
)
def test_names_of_people_stay_as_they_are(name: str) -> None:
    assert clean(name, field="name") == name


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Ann \t Lee\n", "Ann Lee"),
        ("Ann\x1b[31m", "Ann[31m"),
        ("\u202eAnn", "Ann"),
        ("A\u0308", "Ä"),
        ("a" + "\u0301" * 30, "\u00e1" + "\u0301" * 4),
    ],
)
def test_what_is_dropped(typed: str, stored: str) -> None:
    assert clean(typed, field="name") == stored


@pytest.mark.parametrize("empty", ["", "   ", "\u200b\u200b", "\x00\x1b", "\u3164\u2800"])
def test_a_name_needs_something_to_see(empty: str) -> None:
    with pytest.raises(BadInput) as caught:
        clean(empty, field="name")
    assert (caught.value.field, caught.value.problem) == ("name", "empty")


def test_a_text_that_is_too_long_is_refused_not_cut() -> None:
    with pytest.raises(BadInput) as caught:
        clean("x" * 121, field="title")
    assert caught.value.facts == {"at_most": 120, "length": 121}


def test_searching_forgets_case_marks_and_width() -> None:
    assert fold("ＺＯË Müller") == fold("zoe muller")
