"""Scans among typing on a busy machine: keys that come late, and many at once, spoil nothing.

The same people and scanners as in the test on a real terminal, in the time of the keys alone.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.passcode import ALPHABET, LENGTH, PREFIX
from lab_tui.scanning.wedge import Code, Framer, Outcome, PassOn, Retract, WedgeSettings
from tests.pty.typist import GAPS, Bustle, Part

WEDGE = WedgeSettings(PREFIX, LENGTH, ALPHABET)
NAMES = {"\r": "enter", "\t": "tab", "\n": "ctrl+j"}
# The share of keys that the sender is late with, and that the reader is away from for a while.
BUSY = 0.005
TIMER_LATE = 0.010


@dataclass
class Kiosk:
    """What reached it."""

    rng: random.Random
    framer: Framer = field(default_factory=lambda: Framer(WEDGE))
    typed: list[str] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    wrong: list[Outcome] = field(default_factory=list)

    def feed(self, arrivals: list[tuple[float, str]]) -> None:
        for at, char in arrivals:
            self._let_pass(at)
            self._take(self.framer.feed(NAMES.get(char, char), char, at), at)
        self._let_pass(float("inf"))

    def _let_pass(self, until: float) -> None:
        while (due := self.framer.next_deadline) is not None:
            if due + self.rng.random() * TIMER_LATE >= until:
                break
            self._take(self.framer.expire(due), due)

    def _take(self, outcomes: list[Outcome], now: float) -> None:
        for outcome in outcomes:
            match outcome:
                case PassOn(keys):
                    self.typed += [key.char or "" for key in keys]
                    self.waited += [now - key.at for key in keys]
                case Retract(count):
                    del self.typed[-count:], self.waited[-count:]
                case Code(readings):
                    texts = [one.text for one in readings]
                    self.codes.append(texts[DEMO_KEYS.genuine(texts) or 0])
                case _:
                    self.wrong.append(outcome)


def arrivals_of(parts: list[Part], rng: random.Random, longest: float) -> list[tuple[float, str]]:
    """When each key is read, where sender and reader now and then do nothing for up to `longest` seconds."""
    at, sent = 100.0, []
    for stroke in (stroke for part in parts for stroke in part.strokes):
        at += stroke.gap + (rng.random() * longest / 2 if rng.random() < BUSY else 0)
        sent.append((at, stroke.sends))
    away_from = 100.0
    while away_from < at:
        away_from += rng.expovariate(20 * BUSY)
        back_at = away_from + rng.random() * longest
        sent = [(back_at if away_from <= one < back_at else one, char) for one, char in sent]
        away_from = back_at
    return sent


@pytest.mark.parametrize("longest", [0.0, 0.05, 0.1, 0.2])
def test_a_busy_machine_spoils_no_scan_and_no_typing(longest: float) -> None:
    for seed in range(25):
        rng, bustle = random.Random(seed), Bustle(seed)
        parts = [part for _ in range(12) for part in (bustle.typing(), bustle.scan(rng.choice(GAPS)))]
        kiosk = Kiosk(rng)
        kiosk.feed(arrivals_of(parts, rng, longest))
        assert kiosk.wrong == [], seed
        assert "".join(kiosk.typed) == "".join(part.typed for part in parts), seed
        assert kiosk.codes == [part.code for part in parts if part.code], seed
        assert max(kiosk.waited) <= 0.040, seed
