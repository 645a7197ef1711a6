"""A collection of garbage in the middle of a scan: no key came in then, and the scan is still one."""

from __future__ import annotations

import gc
import itertools

import pytest
from textual._time import get_time

from lab_tui.codes.passcode import ALPHABET, LENGTH, PREFIX
from lab_tui.scanning.outcomes import WedgeSettings
from lab_tui.scanning.wedge import Code, Framer, Outcome
from lab_tui.tui.sealed.pauses import Pauses

CODE = "VXL1P10000000000002U3M3SRVPAARHV8LTWG5"
GAP, PAUSE, SPEED, BEGAN_AT = 0.1, 0.8, 0.008, 100.0


def scanned(pauses: Pauses, before: int) -> list[type[Outcome]]:
    """What comes of a code whose keys stopped after so many, while the time of those held was up."""
    framer = Framer(WedgeSettings(prefix=PREFIX, length=LENGTH, alphabet=ALPHABET, gap_seconds=GAP))
    outcomes: list[Outcome] = []
    for number, char in enumerate((*CODE, "\r")):
        at = BEGAN_AT + SPEED * number
        if number == before:
            outcomes += framer.expire(pauses.without(at + PAUSE))
        at += PAUSE if number >= before else 0
        name = "enter" if char == "\r" else char
        outcomes += framer.feed(name, char, pauses.without(at), guarded=True)
    return [type(one) for one in outcomes]


@pytest.mark.parametrize("before", [1, 5, 37])
def test_a_pause_within_a_scan_does_not_part_it(before: int) -> None:
    assert Code not in scanned(Pauses(), before)
    pauses, last_at = Pauses(), BEGAN_AT + SPEED * (before - 1)
    pauses.note(last_at + 0.001, last_at + PAUSE)
    assert scanned(pauses, before) == [Code]


def test_times_keep_their_order_and_lose_every_pause_once() -> None:
    pauses = Pauses()
    for began_at in range(10, 30, 2):
        pauses.note(began_at, began_at + 1)
    times = [pauses.without(at) for at in (15.0, 15.1, 16.0, 16.9, 17.0, 29.5, 31.5)]
    assert times == pytest.approx([12.0, 12.1, 13.0, 13.0, 13.0, 19.5, 21.5])
    assert all(one <= other for one, other in itertools.pairwise(times))
    pauses.note(40, 40.001)
    assert pauses.without(50) == pytest.approx(40)


def test_collections_are_noted_while_it_watches() -> None:
    pauses = Pauses()
    kept = [[number] for number in range(300_000)]
    pauses.watch()
    try:
        before = get_time()
        gc.collect()
        after = get_time()
    finally:
        pauses.stop()
    lost = after - pauses.without(after)
    assert 0.005 <= lost <= after - before
    assert pauses.without(before) == before
    gc.collect()
    now = get_time()
    assert now - pauses.without(now) == pytest.approx(lost)
    assert len(kept) == 300_000
