"""What a start-up has had lately: an exact integral, against one summed up in small steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_tui.lab.rules.fair_share import HALF_LIFE, REMEMBERED, Share, share_of
from lab_tui.lab.rules.quota import Use

NOW = datetime(2026, 11, 22, 6, 32, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

spans = st.tuples(st.integers(-65 * 24 * 60, 14 * 24 * 60), st.integers(1, 48 * 60), st.integers(1, 8))


def use(start: float, hours: float, gpus: int = 1) -> Use:
    """A use that begins so many hours from now."""
    return Use(NOW + start * HOUR, NOW + (start + hours) * HOUR, gpus)


def summed(one: Use) -> tuple[float, float]:
    """The weight of the middle of each minute, minute by minute."""
    lately = ahead = 0.0
    minute = one.starts_at
    while minute < one.ends_at:
        age_days = (NOW - minute - MINUTE / 2) / timedelta(days=1)
        if minute >= NOW:
            ahead += one.gpu_count / 60
        else:
            lately += one.gpu_count / 60 * 0.5 ** (age_days / 7)
        minute += MINUTE
    return lately, ahead


@settings(max_examples=60, deadline=None)
@given(st.lists(spans, max_size=4))
def test_the_share_is_the_sum_of_all_minutes(drawn: list[tuple[int, int, int]]) -> None:
    uses = [Use(NOW + begin * MINUTE, NOW + (begin + length) * MINUTE, gpus) for begin, length, gpus in drawn]
    sums = [summed(one) for one in uses]
    share = share_of(uses, NOW)
    assert share.used_lately == pytest.approx(sum(lately for lately, _ in sums), rel=1e-6, abs=1e-9)
    assert share.booked_ahead == pytest.approx(sum(ahead for _, ahead in sums), rel=1e-9, abs=1e-9)
    assert share.total == share.used_lately + share.booked_ahead


def test_use_weighs_half_after_a_week_and_whole_while_it_is_ahead() -> None:
    used = [use(-10, 4, gpus=2)]
    now = share_of(used, NOW).used_lately
    assert share_of(used, NOW + HALF_LIFE).used_lately == pytest.approx(now / 2)
    assert share_of([use(100, 4, gpus=2)], NOW) == Share(0.0, 8.0)
    # An hour that has just been used weighs as much as one that is about to begin.
    assert share_of([use(-1 / 60, 1 / 60)], NOW).total == pytest.approx(1 / 60, rel=1e-4)


def test_a_booking_that_runs_is_partly_both() -> None:
    share = share_of([use(-2, 5)], NOW)
    assert share.booked_ahead == 3.0
    assert share.used_lately == share_of([use(-2, 2)], NOW).used_lately < 2.0


def test_what_weighs_nothing_any_more_is_left_out() -> None:
    just = use(-(REMEMBERED / HOUR) - 1, 1)
    still = use(-(REMEMBERED / HOUR), 1)
    assert share_of([just], NOW) == Share()
    assert 0 < share_of([still], NOW).used_lately < 1 / 1000
