"""Which GPUs the lab picks: those that leave the next team the largest block."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_tui.lab.rules.picking import first_fit


def longest_row(numbers: set[int]) -> int:
    """The most neighbours among some numbers, by trying every length at every place."""
    lengths = range(len(numbers) + 1)
    return max(
        length
        for length in lengths
        for first in numbers | {0}
        if set(range(first, first + length)) <= numbers
    )


def best(free: set[int], count: int, liked: list[int]) -> tuple[int, ...] | None:
    """Every choice tried: liked ones first, then the longest row left, then the lowest numbers."""
    if not 0 < count <= len(free):
        return None
    kept = [number for number in liked if number in free][:count]
    choices = [one for one in combinations(sorted(free), count) if set(kept) <= set(one)]
    return min(choices, key=lambda one: (-longest_row(free - set(one)), sorted(set(one) - set(kept))))


@settings(max_examples=500, deadline=None)
@given(
    st.sets(st.integers(0, 11), max_size=9),
    st.integers(-1, 10),
    st.lists(st.integers(0, 12), max_size=4, unique=True),
)
def test_the_pick_is_the_best_of_all(free: set[int], count: int, liked: list[int]) -> None:
    assert first_fit(free, count, liked) == best(free, count, liked)


@pytest.mark.parametrize(
    ("free", "count", "chosen"),
    [
        (range(8), 1, (0,)),
        (range(8), 3, (0, 1, 2)),
        ((0, 2, 3, 4), 1, (0,)),
        ((0, 1, 2, 3, 5), 1, (5,)),
        ((0, 1, 2, 4, 5, 7), 2, (4, 5)),
        ((0, 1, 2, 4, 5, 7), 3, (4, 5, 7)),
        ((3, 5), 2, (3, 5)),
        ((3, 5), 3, None),
        ((), 1, None),
        (range(4), 0, None),
    ],
)
def test_what_is_picked(free: range | tuple[int, ...], count: int, chosen: tuple[int, ...] | None) -> None:
    assert first_fit(free, count) == chosen


def test_what_was_wished_for_is_kept_as_far_as_it_is_free() -> None:
    assert first_fit(range(8), 2, liked=(4, 6)) == (4, 6)
    assert first_fit((0, 1, 2, 3, 6, 7), 3, liked=(5, 6)) == (0, 6, 7)
    assert first_fit((0, 1, 2, 3, 6, 7), 2, liked=(7, 3, 2)) == (3, 7)


def test_half_of_sixty_four_gpus_is_picked_without_trying_every_choice() -> None:
    """There are 1.8e18 of them."""
    assert first_fit(range(64), 32) == tuple(range(32))
    assert first_fit(range(0, 64, 2), 16) == tuple(range(0, 32, 2))
