"""Scanners that type: telling a scanned code from what a person types.

Three rules, each for what the one before leaves. A code of ours has a fixed prefix, length and alphabet, in
whatever layout it arrives (`shape`). Keys too fast for a person are some other code (`guard`). And what a
scanner says of itself by a key before each code is a scan (`StartedScan`). Anything else goes on at once, in
order. Pure: keys and their times go in, outcomes come out.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab_tui.scanning.guard import BurstGuard, FieldBurst, StartedScan
from lab_tui.scanning.outcomes import Broken as Broken
from lab_tui.scanning.outcomes import Calibrated as Calibrated
from lab_tui.scanning.outcomes import Code as Code
from lab_tui.scanning.outcomes import ForeignCode as ForeignCode
from lab_tui.scanning.outcomes import Key as Key
from lab_tui.scanning.outcomes import Outcome as Outcome
from lab_tui.scanning.outcomes import PassOn as PassOn
from lab_tui.scanning.outcomes import Reading as Reading
from lab_tui.scanning.outcomes import Repeat as Repeat
from lab_tui.scanning.outcomes import Retract as Retract
from lab_tui.scanning.outcomes import WedgeSettings as WedgeSettings
from lab_tui.scanning.shape import CodeShape
from lab_tui.scanning.suffixes import SuffixTaker, suffix_of
from lab_tui.scanning.traits import traits_of

# Nobody gets from the scanner to Enter faster.
_SUFFIX_SECONDS = 0.35


class _Calibrating:
    """The calibration card was read, and its suffix is awaited."""

    def __init__(self, times: Sequence[float], layout: str, caps: bool) -> None:
        self._times, self._layout, self._caps = times, layout, caps
        self.suffix: list[str] = []
        self.ends_at = times[-1] + _SUFFIX_SECONDS

    def outcome(self) -> Calibrated:
        return Calibrated(traits_of(self._times, self._layout, suffix_of(self.suffix), self._caps))


class Framer:
    """Tells codes from typing, key by key."""

    def __init__(self, settings: WedgeSettings) -> None:
        self._settings = settings
        self._wanted: WedgeSettings | None = None
        self._shape = CodeShape(settings)
        self._started = StartedScan(settings, self._shape)
        self._suffix = SuffixTaker(settings.suffix, _SUFFIX_SECONDS)
        self._guard = BurstGuard()
        self._field = FieldBurst()
        self._guarded = False
        self._calibrating: _Calibrating | None = None
        self._last_code: frozenset[str] = frozenset()
        self._last_code_at = float("-inf")

    def feed(self, name: str, char: str | None, at: float, *, guarded: bool = False) -> list[Outcome]:
        """What a key settles. `at`: its arrival (seconds, monotonic); `guarded`: no text field has focus."""
        key = Key(name, char, at)
        out = self._overdue(at)
        if self._wanted is not None and not self._started.keys and self._shape.is_idle(at):
            self._take_settings(self._wanted)
        if not guarded and not self._guard.is_scan:
            out += self._guard.end()
        self._guarded = guarded
        if self._started.takes(key):
            out += self._settle(self._shape.end())
            return out + self._settle(self._started.feed(key))
        return out + self._settle(self._shape.feed(key, patient=guarded))

    def paste(self, text: str, at: float) -> list[Outcome] | None:
        """The scan that a pasted text is, after the keys held before it; None where it is no code."""
        readings = self._shape.readings_of(text.strip())
        return [*self.release(), self._debounced(readings, at)] if readings else None

    def use(self, settings: WedgeSettings) -> None:
        """Tell scans by these settings, once the scan that may be under way is over."""
        self._wanted = settings if settings != self._settings else None

    @property
    def next_deadline(self) -> float | None:
        """When `expire` has something to do, in the time of the keys; None while nothing is held."""
        calibrating = self._calibrating.ends_at if self._calibrating else None
        times = (self._shape.next_deadline, self._guard.ends_at, self._started.ends_at, calibrating)
        return min((time for time in times if time is not None), default=None)

    def expire(self, now: float) -> list[Outcome]:
        """What is settled by no key having come until `now`."""
        return [*self._overdue(now), *self._settle(self._shape.expire(now)), *self._ended_burst(now)]

    def release(self) -> list[Outcome]:
        """Settle everything that is held: nothing more will come that could make a code of it."""
        out = self._overdue(float("inf")) + self._settle(self._shape.end())
        return out + self._guard.end()

    # Inside

    def _take_settings(self, settings: WedgeSettings) -> None:
        self._settings, self._wanted = settings, None
        self._shape = CodeShape(settings)
        self._started = StartedScan(settings, self._shape)
        self._suffix.use(settings.suffix)

    def _overdue(self, now: float) -> list[Outcome]:
        """What waited for keys that did not come in time, but for those that may begin a code."""
        out: list[Outcome] = []
        if self._started.ends_at is not None and now >= self._started.ends_at:
            out += self._settle(self._started.end())
        if self._calibrating is not None and now >= self._calibrating.ends_at:
            out += self._calibrated()
        return out

    def _ended_burst(self, now: float) -> list[Outcome]:
        ends_at = self._guard.ends_at
        return self._guard.end() if ends_at is not None and now >= ends_at else []

    def _settle(self, items: Sequence[Key | Retract | Code | Broken | ForeignCode]) -> list[Outcome]:
        out: list[Outcome] = []
        for item in items:
            match item:
                case Key():
                    out += self._typed(item)
                case Retract(count):
                    out += self._retract(count)
                case Code(readings):
                    out += [*self._scan_ended(), *self._read(readings)]
                case Broken() | ForeignCode():
                    out += [*self._scan_ended(), item]
        return out

    def _typed(self, key: Key) -> list[Outcome]:
        """A key that is no code's: a scanner's suffix, part of another code, or a person's."""
        if self._suffix.takes(key.name, key.at):
            if self._calibrating is not None:
                self._calibrating.suffix.append(key.name)
            return []
        out = self._calibrated()
        if self._guarded or self._guard.held:
            return out + self._guard.feed(key)
        if scan := self._field.ends_with(key):
            self._guard.begin_with([*scan, key])
            return [*out, Retract(len(scan))]
        self._field.note(key)
        return [*out, PassOn((key,))]

    def _retract(self, count: int) -> list[Outcome]:
        """Take keys back that turn out to be a code's, from wherever they have got to."""
        passed = count - self._guard.take_back(count)
        self._field.take_back(passed)
        return [Retract(passed)] if passed else []

    def _scan_ended(self) -> list[Outcome]:
        last = self._shape.last_scan[-1]
        self._suffix.begin(last.at)
        return [*self._calibrated(), *self._guard.code_ended(last)]

    def _read(self, readings: tuple[Reading, ...]) -> list[Outcome]:
        """What a code of ours comes to; the calibration card's waits for its suffix."""
        keys = self._shape.last_scan
        outcome = self._debounced(readings, keys[-1].at)
        card = next((one for one in readings if one.text == self._settings.calibration), None)
        if card is None or isinstance(outcome, Repeat):
            return [outcome]
        self._calibrating = _Calibrating([key.at for key in keys], card.layout, self._shape.caps)
        return []

    def _calibrated(self) -> list[Outcome]:
        calibrating, self._calibrating = self._calibrating, None
        return [calibrating.outcome()] if calibrating else []

    def _debounced(self, readings: tuple[Reading, ...], at: float) -> Code | Repeat:
        """The code, or its repeat while the same badge keeps being read."""
        texts = frozenset(reading.text for reading in readings)
        again = texts & self._last_code and at - self._last_code_at < self._settings.debounce_seconds
        self._last_code, self._last_code_at = texts, at
        return Repeat(readings) if again else Code(readings)
