"""Things, clauses and sentences one after the other, as each language writes them."""

from __future__ import annotations

import pytest

from lab_tui import i18n
from lab_tui.wording.templates import in_a_row, listed, named, sentences

JOINED = {
    "en": ("a, b, c", "a; b", "a: b", "A. B. C."),
    "zh_Hant": ("a、b、c", "a；b", "a：b", "A.B.C."),
    "zh_Hans": ("a、b、c", "a；b", "a：b", "A.B.C."),
}


@pytest.mark.parametrize("language", JOINED)
def test_joints_are_the_language_s_own(language: str) -> None:
    i18n.use_language(language)
    joined = listed("abc"), in_a_row("ab"), named("a", "b"), sentences("A.", "B.", "C.")
    assert joined == JOINED[language]


def test_one_thing_and_nothing_need_no_joint() -> None:
    assert (listed(["a"]), listed([]), sentences("A.")) == ("a", "", "A.")
