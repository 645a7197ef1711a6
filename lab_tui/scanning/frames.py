"""Where one scan ends and the next begins, on a line that carries nothing but scans. Pure."""

from __future__ import annotations

import re

from lab_tui.codes.passcode import ALPHABET, LENGTH, PREFIX
from lab_tui.scanning.outcomes import LONGEST_SCAN

_ENDS = "\r\n\t"
_CODE = rf"{PREFIX}[{ALPHABET}]{{{LENGTH - len(PREFIX)}}}"
# Some scanners put AIM's symbology identifier before what they read.
_OURS = re.compile(rf"(?:\][A-Z][0-9A-Z])?({_CODE})", re.IGNORECASE | re.ASCII)


class Frames:
    """Cuts a stream of characters into scans.

    A code of ours is whole at its fixed length, whatever the scanner sends after it; it comes in upper case,
    without what the scanner sends before it. Anything else ends with a pause: a contact card has many lines,
    and is one scan.
    """

    def __init__(self, gap_seconds: float) -> None:
        """`gap_seconds`: the longest pause within a scan."""
        self._gap_seconds = gap_seconds
        self._line = ""
        self._lines: list[str] = []
        self._last_at = 0.0

    def feed(self, text: str, at: float) -> list[str]:
        """The scans that these characters, which arrived at `at` (seconds, monotonic), settle."""
        scans = self.pause(at)
        for char in text:
            if char in _ENDS:
                self._end_line()
            elif char.isprintable():
                self._line += char
                scans += self._whole()
        self._last_at = at
        return scans

    def pause(self, at: float) -> list[str]:
        """The scan that the silence until `at` ends, if one was under way."""
        return self._end() if at - self._last_at > self._gap_seconds else []

    def drop(self) -> None:
        """Forget what is not whole: something of it was lost on the way."""
        self._line, self._lines = "", []

    def _whole(self) -> list[str]:
        """What is known to be over: a code of ours, after whatever came before it."""
        if ours := _OURS.fullmatch(self._line):
            self._line = ""
            return [*self._end(), ours[1].upper()]
        return self._end() if len(self._line) + sum(map(len, self._lines)) > LONGEST_SCAN else []

    def _end_line(self) -> None:
        if self._line:
            self._lines.append(self._line)
            self._line = ""

    def _end(self) -> list[str]:
        self._end_line()
        scan = "\n".join(self._lines)
        self._lines = []
        return [scan] if scan else []


class Debounce:
    """One scan of a code that is held before a scanner, however often it is read."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: dict[str, float] = {}

    def is_repeat(self, text: str, at: float) -> bool:
        """Whether this code was read last less than the time before `at` (seconds, monotonic)."""
        self._seen = {one: last for one, last in self._seen.items() if at - last < self._seconds}
        again = text in self._seen
        self._seen[text] = at
        return again
