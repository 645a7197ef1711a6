"""Which PINs are good enough, and what wrong ones cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tui.errors import BadInput
from lab_tui.lab.rules.pins import check_pin, pause_after, tries_left


@pytest.mark.parametrize("pin", ["246810", "000001", "112233", "123457", "908172635"])
def test_good_pins_pass(pin: str) -> None:
    check_pin(pin, 6)


@pytest.mark.parametrize(
    ("pin", "problem"),
    [
        ("", "not_digits"),
        ("12345a", "not_digits"),
        ("１２４５６９", "not_digits"),
        ("24 810", "not_digits"),
        ("24681", "too_short"),
        ("2" * 40, "too_long"),
        ("777777", "too_easy"),
        ("123456", "too_easy"),
        ("654321", "too_easy"),
        ("567890", "too_easy"),
        ("098765", "too_easy"),
    ],
)
def test_bad_pins_are_refused_without_being_repeated(pin: str, problem: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_pin(pin, 6)
    assert caught.value.problem == problem
    assert caught.value.value == ""


def test_the_lab_may_ask_for_more_digits() -> None:
    check_pin("24681012", 8)
    with pytest.raises(BadInput, match="too_short"):
        check_pin("2468101", 8)


def test_pauses_double_after_each_round_of_tries() -> None:
    pauses = [pause_after(wrong, 3, 60) for wrong in range(10)]
    minute = timedelta(minutes=1)
    assert pauses == [None, None, None, minute, None, None, 2 * minute, None, None, 4 * minute]


@given(wrong=st.integers(0, 10**6), tries=st.integers(3, 10), first=st.integers(10, 3600))
def test_a_pause_comes_exactly_when_no_try_is_left(wrong: int, tries: int, first: int) -> None:
    pause = pause_after(wrong, tries, first)
    assert (pause is not None) == (wrong > 0 and tries_left(wrong, tries) == 0)
    if pause is not None:
        assert timedelta(seconds=first) <= pause <= timedelta(days=1)
