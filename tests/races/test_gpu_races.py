"""Eight kiosks book, move, split, hand over, wait, offer and undo at once: what must hold, holds."""

from __future__ import annotations

import os

import pytest

from tests.engines import open_database
from tests.races.contest import PROCESSES, Tally, hold, take_guards_out
from tests.races.gpu_checks import deadlocks, wrong
from tests.races.gpu_contest import QUOTA, TRIES_A_WEEK, compete, lay_out

# So many at most until two bookings meet.
RACES = 5
# 20,000 attempts.
LONG_WEEKS = 20_000 // (PROCESSES * TRIES_A_WEEK) + 1


def contest(address: str, weeks: int, locked: bool = True) -> Tally:
    store = open_database(address)
    stakes = lay_out(store, weeks)
    store.close()
    return hold(address, stakes, locked, compete)


def assert_nothing_is_wrong(address: str, tally: Tally) -> None:
    assert tally.errors == []
    assert deadlocks(address) == 0
    assert not any(wrong(address, QUOTA).values()), wrong(address, QUOTA)


def test_whatever_eight_kiosks_do_at_once_nothing_goes_wrong(address: str) -> None:
    tally = contest(address, weeks=1)

    assert_nothing_is_wrong(address, tally)
    assert min(tally.won[act] for act in ("book", "cancel", "join", "take_back")) > 0
    assert tally.won["clash"] > 0


def test_without_guard_and_lock_the_same_goes_wrong(address: str) -> None:
    """The control: the test above would see it. Races need luck, so there are a few of them."""
    store = open_database(address)
    stakes = lay_out(store, weeks=1)
    store.close()
    take_guards_out(address)

    def doubles() -> int:
        hold(address, stakes, False, compete)
        return wrong(address, QUOTA)["two bookings of one GPU"]

    assert any(doubles() for _ in range(RACES))


@pytest.mark.long
@pytest.mark.skipif(not os.environ.get("LAB_TUI_LONG"), reason="a long proof: `make long`")
def test_twenty_thousand_attempts(address: str) -> None:
    tally = contest(address, LONG_WEEKS)

    assert_nothing_is_wrong(address, tally)
    for act in ("split", "hand_over", "accept", "relocate", "cancel_series", "finish", "look_after"):
        assert tally.won[act] > 0
