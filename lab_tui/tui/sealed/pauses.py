"""The times at which this program itself stood still: no key came in then, however fast a scanner types.

A full collection of garbage stops every thread, the one that reads the terminal too. A scan in the middle
of which one falls would seem to have a long gap, and be taken for two broken ones.
"""

from __future__ import annotations

import gc
from collections import deque

from textual._time import get_time

# Shorter ones are shorter than any gap that parts two scans.
_SHORTEST_SECONDS = 0.005
# No scan lasts as long as these are apart.
_MOST_KEPT = 8


class Pauses:
    """Takes the collections of garbage out of the time, from `watch` to `stop`."""

    def __init__(self) -> None:
        self._began_at = 0.0
        # When each of the last pauses began and ended, and how long all up to it were together (seconds).
        self._last: deque[tuple[float, float, float]] = deque(maxlen=_MOST_KEPT)

    def watch(self) -> None:
        """Note every collection from now on."""
        gc.callbacks.append(self._note)

    def stop(self) -> None:
        """Note none any more."""
        if self._note in gc.callbacks:
            gc.callbacks.remove(self._note)

    def without(self, at: float) -> float:
        """A time of `get_time` less all pauses before it; the differences of such times count.

        What seems to have come within a pause came when it ended, a moment before that was noted.
        """
        for began_at, ended_at, total in reversed(self._last):
            if at > began_at:
                return max(at, ended_at) - total
        return at

    def note(self, began_at: float, ended_at: float) -> None:
        """A pause."""
        if ended_at - began_at >= _SHORTEST_SECONDS:
            total = self._last[-1][2] if self._last else 0.0
            self._last.append((began_at, ended_at, total + ended_at - began_at))

    def _note(self, phase: str, _info: object) -> None:
        if phase == "start":
            self._began_at = get_time()
        else:
            self.note(self._began_at, get_time())
