"""What scanners send after a code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lab_tui.config import ANY_SUFFIX, SCANNER_SUFFIXES

_KEYS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "enter": ("enter",),
    "tab": ("tab",),
    "line_feed": ("ctrl+j",),
    "crlf": ("enter", "ctrl+j"),
}
SUFFIX_KEYS = frozenset({"enter", "tab", "ctrl+j"})
"""The keys of all suffixes, by their Textual names."""
assert {ANY_SUFFIX, *_KEYS} == {*SCANNER_SUFFIXES}


class SuffixTaker:
    """Takes what a scanner sends after a code, and nothing else."""

    def __init__(self, suffix: str, seconds: float) -> None:
        """`seconds`: how long after the code, or its last key, a key may belong to it."""
        self._suffix = suffix
        self._expected: Sequence[tuple[str, ...]] = ()
        self._seconds = seconds
        self._taken: tuple[str, ...] | None = None
        self._last_at = 0.0

    def use(self, suffix: str) -> None:
        """Take this suffix from the next code on."""
        self._suffix = suffix

    def begin(self, at: float) -> None:
        """A code ended at this instant."""
        self._expected = tuple(_KEYS.values()) if self._suffix == ANY_SUFFIX else (_KEYS[self._suffix],)
        self._taken, self._last_at = (), at

    def takes(self, name: str, at: float) -> bool:
        """Whether this key is the scanner's; any other key ends the waiting."""
        if self._taken is None:
            return False
        taken = (*self._taken, name)
        fits = any(keys[: len(taken)] == taken for keys in self._expected)
        if not fits or at - self._last_at > self._seconds:
            self._taken = None
            return False
        self._taken, self._last_at = taken, at
        return True


def suffix_of(names: Sequence[str]) -> str:
    """The suffix that these keys are, as `lab.toml` calls it."""
    return next(suffix for suffix, keys in _KEYS.items() if keys == tuple(names))
