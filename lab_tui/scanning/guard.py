"""Scans that are no code of ours: told from typing by their speed alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from lab_tui.scanning.outcomes import (
    LONGEST_SCAN,
    Broken,
    Code,
    ForeignCode,
    Key,
    Outcome,
    PassOn,
    WedgeSettings,
)
from lab_tui.scanning.shape import CERTAIN_KEYS, CodeShape
from lab_tui.scanning.suffixes import SUFFIX_KEYS

_BURST_GAP_SECONDS = 0.028
# The same key again may be one that is held down.
_REPEAT_SECONDS = 0.015
_BURST_END_SECONDS = 0.050
# What is a scan for certain may pause longer: an escape sequence in it is one key, late.
_SCAN_END_SECONDS = 0.150
_BURST_KEYS = 6
# In a text field: more keys, at a speed that nobody keeps up, and then a suffix.
_FIELD_KEYS = 8
_FIELD_DIFFERENT = 4
_FIELD_GAP_SECONDS = 0.050
_FIELD_MEAN_SECONDS = 0.030
# What a line or a busy machine kept back arrives at once; a scanner's keys come one after the other.
_ONE_AFTER_THE_OTHER_SECONDS = 0.0005
# A web address, a contact card, a network: what no person types into a field here.
_LIKE_A_CODE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:\S+")
# Keys that a held-down finger repeats; over a slow line several may arrive at once.
_REPEATING = frozenset({"up", "down", "left", "right", "pageup", "pagedown", "home", "end"}) | {
    "backspace",
    "delete",
}
# Of what the scanner's own key begins, fewer keys may be a person's after all.
_STARTED_KEYS = 3


class BurstGuard:
    """Where no text field has the focus: holds back keys that come too fast for a person.

    Six or more are a foreign code; what they do to the app would be anything.
    """

    def __init__(self) -> None:
        self.held: list[Key] = []
        self._first: Key | None = None
        self._last: Key | None = None

    def feed(self, key: Key) -> list[Outcome]:
        """The key itself where a person may have pressed it, after what its coming late settles."""
        out = self.end() if self.ends_at is not None and key.at >= self.ends_at else []
        last, self._last = self._last, key
        repeats = last is not None and key.name == last.name
        shortest = _REPEAT_SECONDS if repeats else _BURST_GAP_SECONDS
        fast = last is not None and key.at - last.at < shortest
        if self.held or (fast and key.name not in _REPEATING):
            # Where keys have no end, the newest takes the place of the one before: it says when they end.
            del self.held[LONGEST_SCAN - 1 :]
            self.held.append(key)
        else:
            self._first = key
            out.append(PassOn((key,)))
        return out

    @property
    def ends_at(self) -> float | None:
        """When no further key belongs to the held ones; None while none is held."""
        if not self.held:
            return None
        return self.held[-1].at + (_SCAN_END_SECONDS if self.is_scan else _BURST_END_SECONDS)

    @property
    def is_scan(self) -> bool:
        """Whether what is held is a scan for certain."""
        return len(self.held) + (self._first is not None) >= _BURST_KEYS

    def end(self) -> list[Outcome]:
        """What the held keys were."""
        is_scan = self.is_scan
        first, keys = self._first, self.held
        self._first, self.held = None, []
        if not keys:
            return []
        if not is_scan:
            return [PassOn(tuple(keys))]
        return [ForeignCode(_text([first, *keys] if first else keys))]

    def begin_with(self, keys: list[Key]) -> None:
        """These keys are a scan, and so is what follows at once."""
        self._first, self.held, self._last = None, keys, keys[-1]

    def take_back(self, count: int) -> int:
        """Forget up to so many of the last held keys, which are a code's; returns how many."""
        held = len(self.held)
        del self.held[max(0, held - count) :]
        return held - len(self.held)

    def code_ended(self, last: Key) -> list[Outcome]:
        """Settle what came before a code of ours; what follows it at once is no person."""
        out = self.end()
        self._last = last
        return out


class FieldBurst:
    """Where a text field has the focus: remembers the keys that came so fast that they may be a scan."""

    def __init__(self) -> None:
        self._run: list[Key] = []

    def note(self, key: Key) -> None:
        """A key went to the field."""
        if not key.text:
            self._run.clear()
            return
        if self._run and key.at - self._run[-1].at > _FIELD_GAP_SECONDS:
            self._run.clear()
        self._run.append(key)
        del self._run[:-LONGEST_SCAN]

    def take_back(self, count: int) -> None:
        """The last so many keys were a code's."""
        del self._run[max(0, len(self._run) - count) :]

    def ends_with(self, key: Key) -> list[Key]:
        """The keys of the scan whose suffix this key is, else none.

        Whoever types over a slow line loses nothing: their keys arrive in a clump, not one after the other.
        """
        run = self._run
        if key.name not in SUFFIX_KEYS or len(run) < _FIELD_KEYS:
            return []
        gaps = [later.at - earlier.at for earlier, later in pairwise([*run, key])]
        too_fast = gaps[-1] <= _FIELD_GAP_SECONDS and sum(gaps) <= _FIELD_MEAN_SECONDS * len(gaps)
        if not too_fast or len({one.char for one in run}) < _FIELD_DIFFERENT:
            return []
        apart = sum(gap >= _ONE_AFTER_THE_OTHER_SECONDS for gap in gaps)
        if apart * 4 < len(gaps) * 3 and not _LIKE_A_CODE.fullmatch(_text(run)):
            return []
        self._run = []
        return run


class StartedScan:
    """A scanner that sends a control key of its own before each code: all that follows it is a scan."""

    def __init__(self, settings: WedgeSettings, shape: CodeShape) -> None:
        self._settings = settings
        self._shape = shape
        self.keys: list[Key] = []

    def takes(self, key: Key) -> bool:
        """Whether this key begins a scan, or belongs to one."""
        if self.keys:
            return True
        return bool(self._settings.start_key) and key.name == self._settings.start_key

    @property
    def ends_at(self) -> float | None:
        """When no further key belongs to the scan; None while there is none."""
        if not self.keys:
            return None
        scan = len(self.keys) > _STARTED_KEYS
        return self.keys[-1].at + (self._settings.stall_seconds if scan else self._settings.gap_seconds)

    def feed(self, key: Key) -> list[Key | Code | Broken | ForeignCode]:
        """What this key of the scan settles."""
        if key.name == self._settings.start_key:
            out = self.end()
            self.keys = [key]
            return out
        self.keys.append(key)
        may_be_whole = self._settings.length < len(self.keys) <= self._shape.longest + 1
        if may_be_whole and (code := self._shape.code_of(self.keys[1:])):
            self.keys = []
            return [code]
        return self.end() if key.name in SUFFIX_KEYS or len(self.keys) > LONGEST_SCAN else []

    def end(self) -> list[Key | Code | Broken | ForeignCode]:
        """What the keys were; few of them may be a person's."""
        keys, self.keys = self.keys, []
        if len(keys) <= _STARTED_KEYS:
            return [*keys]
        self._shape.last_scan = keys
        said = _text(keys)
        if len(said) >= CERTAIN_KEYS and self._shape.begins_like_a_code(said[:CERTAIN_KEYS]):
            return [Broken()]
        return [ForeignCode(said)]


def _text(keys: Sequence[Key]) -> str:
    return "".join(key.text for key in keys)
