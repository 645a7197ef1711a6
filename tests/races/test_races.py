"""Eight processes want the same things at once, on both engines: nothing is given twice."""

from __future__ import annotations

import os

import pytest

from tests.engines import open_database
from tests.races.contest import SEATS, doubles, hold, lay_out, take_guards_out

NOTHING_TWICE = {"gpu": 0, "seat": 0, "desk": 0, "ticket": 0}
# Four attempts a round in each process: 100,000 in the long proof.
LONG_ROUNDS = 3_125


def race(address: str, rounds: int) -> None:
    store = open_database(address)
    stakes = lay_out(store, rounds)
    store.close()

    tally = hold(address, stakes)

    assert tally.errors == []
    assert doubles(address) == NOTHING_TWICE
    # Everything that was to be had was given, once.
    assert tally.won == {"gpu": rounds, "seat": rounds * SEATS, "desk": rounds, "ticket": rounds}


def test_eight_processes_get_nothing_twice(address: str) -> None:
    race(address, rounds=12)


def test_without_guard_and_lock_the_same_race_gives_things_twice(address: str) -> None:
    """The control: the test above would see doubles if there were any."""
    store = open_database(address)
    stakes = lay_out(store, 40)
    store.close()
    take_guards_out(address)

    hold(address, stakes, locked=False)

    seen = doubles(address)
    assert sum(seen.values()) > 0
    assert seen["gpu"] > 0


@pytest.mark.long
@pytest.mark.skipif(not os.environ.get("LAB_TUI_LONG"), reason="a long proof: `make long`")
def test_a_hundred_thousand_attempts(address: str) -> None:
    race(address, LONG_ROUNDS)
