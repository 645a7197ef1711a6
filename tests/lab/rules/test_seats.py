"""Who gets a freed seat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.rules.seats import (
    SeatFacts,
    Waiting,
    against_sign_up,
    next_in_line,
    offer_deadline,
)

NOW = datetime(2026, 11, 22, 6, 32, tzinfo=UTC)
MINUTES = st.integers(-600, 600)
INSTANTS = MINUTES.map(lambda minutes: NOW + timedelta(minutes=minutes))
LISTS = st.lists(
    st.builds(Waiting, st.integers(0, 3).map(lambda m: NOW + timedelta(minutes=m)), st.integers(1, 50)),
    unique_by=lambda one: one.sign_up_id,
)


def facts(**how: object) -> SeatFacts:
    """A workshop in two hours with one seat left, which nobody has signed up for, changed by `how`."""
    usual: dict[str, object] = {
        "title": "Fine-tuning",
        "cancelled": False,
        "starts_at": NOW + timedelta(hours=2),
        "ends_at": NOW + timedelta(hours=4),
        "seats_left": 1,
        "my_state": "",
        "ahead": 0,
        "keeps_waiting_list": True,
    }
    return SeatFacts(**{**usual, **how})  # type: ignore[arg-type]


def codes(one: SeatFacts, *, or_wait: bool = False, now: datetime = NOW) -> list[str]:
    return [reason.code for reason in against_sign_up(one, now, or_wait)]


@given(LISTS, st.integers(0, 10), st.sets(st.integers(1, 50)))
def test_nobody_who_waits_longer_is_left_out(waiting: list[Waiting], seats: int, over: set[int]) -> None:
    offered = next_in_line(waiting, seats, over)
    by_id = {one.sign_up_id: one for one in waiting}
    left_out = [one for one in waiting if one.sign_up_id not in offered and one.sign_up_id not in over]
    assert len(offered) == min(seats, len(waiting) - len(over & by_id.keys()))
    assert not set(offered) & over
    assert all(
        (by_id[got].since, got) < (other.since, other.sign_up_id) for got in offered for other in left_out
    )


def test_of_two_who_came_at_one_instant_the_lower_number_is_first() -> None:
    assert next_in_line([Waiting(NOW, 9), Waiting(NOW, 4), Waiting(NOW - timedelta(1), 30)], 2) == [30, 4]


@given(INSTANTS, st.integers(10, 10_080))
def test_an_offer_lasts_no_longer_than_promised_nor_beyond_the_start(
    starts_at: datetime, minutes: int
) -> None:
    deadline = offer_deadline(NOW, starts_at, minutes)
    if starts_at <= NOW:
        assert deadline is None
        return
    assert deadline is not None
    assert NOW < deadline <= starts_at
    assert deadline - NOW <= timedelta(minutes=minutes)
    assert deadline in (starts_at, NOW + timedelta(minutes=minutes))


def test_a_free_seat_can_be_had() -> None:
    assert codes(facts()) == []


def test_a_full_event_says_so_and_can_be_waited_for() -> None:
    assert codes(facts(seats_left=0)) == [Code.EVENT_FULL]
    assert codes(facts(seats_left=0), or_wait=True) == []


def test_nobody_waits_where_no_list_is_kept_or_the_event_has_begun() -> None:
    assert codes(facts(seats_left=0, keeps_waiting_list=False), or_wait=True) == [Code.EVENT_FULL]
    assert codes(facts(seats_left=0, starts_at=NOW), or_wait=True) == [Code.EVENT_FULL]


def test_one_may_still_sign_up_while_it_runs_but_not_when_it_is_over() -> None:
    running = facts(starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(milliseconds=1))
    assert codes(running) == []
    assert codes(facts(starts_at=NOW - timedelta(hours=1), ends_at=NOW)) == [Code.EVENT_OVER]


def test_nobody_signs_up_twice_and_a_full_event_is_then_no_second_reason() -> None:
    for state in ("going", "offered"):
        assert codes(facts(my_state=state, seats_left=0), or_wait=True) == [Code.ALREADY_SIGNED_UP]


def test_whoever_waits_may_take_a_seat_that_is_free_and_else_goes_on_waiting() -> None:
    assert codes(facts(my_state="waiting", seats_left=1)) == []
    (reason,) = against_sign_up(facts(my_state="waiting", seats_left=0, ahead=2), NOW, True)
    assert (reason.code, reason.facts["ahead"]) == (Code.STILL_WAITING, 2)


def test_every_reason_is_told_at_once() -> None:
    over = facts(cancelled=True, ends_at=NOW, my_state="going")
    assert codes(over) == [Code.EVENT_CANCELLED, Code.EVENT_OVER, Code.ALREADY_SIGNED_UP]
