"""Scanners that type: telling a scanned code from what a person types.

A pass code has a fixed prefix, length and alphabet, so only keys that continue that shape are held back,
and only as long as they come quickly. Anything else goes on at once, in order. Where no text field has the
focus, a second guard keeps other scanned codes (a web address, a ticket of the cinema) away from the keys
of the app. Pure: keys and their times go in, outcomes come out.
"""

from __future__ import annotations

from dataclasses import dataclass

_AIM_LENGTH = 3  # "]Q1": AIM's symbology identifier, which some scanners put before what they read
_BURST_GAP_SECONDS = 0.020
_BURST_END_SECONDS = 0.050
# What is a scan for certain may pause longer: an escape sequence in it is one key, late.
_SCAN_END_SECONDS = 0.150
_BURST_KEYS = 6
# Keys that a held-down finger repeats; over a slow line several may arrive at once.
_REPEATING = frozenset({"up", "down", "left", "right", "pageup", "pagedown", "home", "end"}) | {
    "backspace",
    "delete",
}


@dataclass(frozen=True)
class WedgeSettings:
    """What a code looks like and how a scanner types it. `length` counts the prefix; times are seconds."""

    prefix: str
    length: int
    alphabet: str
    gap_seconds: float = 0.1
    suffixes: frozenset[str] = frozenset({"enter", "tab", "ctrl+j"})
    debounce_seconds: float = 2.5


@dataclass(frozen=True)
class Key:
    """A key by its Textual name, what it types, and when it arrived (seconds, monotonic)."""

    name: str
    char: str | None
    at: float


@dataclass(frozen=True)
class PassOn:
    """Keys that are no scan: the app gets them, in this order."""

    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Code:
    """A whole code of our shape, in upper case. Whether it is genuine is for others to say."""

    text: str


@dataclass(frozen=True)
class Repeat:
    """The same code again while it is still held before the scanner."""

    text: str


@dataclass(frozen=True)
class ForeignCode:
    """A scan that is not of our shape: its printable characters."""

    text: str


Outcome = PassOn | Code | Repeat | ForeignCode


def _symbol(key: Key) -> str:
    """The upper-case character that a plain key types, or nothing."""
    if key.char is None or len(key.char) != 1 or not key.char.isascii() or "+" in key.name:
        return ""
    return key.char.upper()


class _CodeShape:
    """Holds back the keys that may become a code, and no other."""

    def __init__(self, settings: WedgeSettings) -> None:
        self._settings = settings
        self.held: list[Key] = []
        self._suffixes: frozenset[str] = frozenset()
        self._code_at = 0.0

    def feed(self, key: Key) -> list[Key | Code]:
        """The keys that cannot be part of a code any more, and the code that this key completes."""
        if self._is_suffix(key):
            return []
        out: list[Key | Code] = []
        if self.held and key.at - self.held[-1].at > self._settings.gap_seconds:
            out += self.release()
        self.held.append(key)
        self._drop_misfits(out)
        if self._is_whole():
            front = self._typed_before()
            if not front:
                out.append(self._complete(key))
            out += self.held[:front]
            del self.held[:front]
        return out

    def release(self) -> list[Key]:
        """All held keys, in order; they are no code."""
        keys, self.held = self.held, []
        return keys

    def _is_suffix(self, key: Key) -> bool:
        """Whether this key is what the scanner sends after a code (Enter, Tab, LF, or CR LF)."""
        in_time = key.at - self._code_at <= self._settings.gap_seconds
        if not (in_time and key.name in self._suffixes):
            self._suffixes = frozenset()
            return False
        self._code_at = key.at
        self._suffixes = self._settings.suffixes & {"ctrl+j"} if key.name == "enter" else frozenset()
        return True

    def _drop_misfits(self, out: list[Key | Code]) -> None:
        """Give back keys from the front until the rest may be the start of a code."""
        while self.held and not self._fits(self.held):
            out.append(self.held.pop(0))

    def _fits(self, keys: list[Key]) -> bool:
        start = self._start(keys)
        return all(self._may_stand(index - start, _symbol(key)) for index, key in enumerate(keys))

    def _may_stand(self, place: int, symbol: str) -> bool:
        """Whether a symbol may stand at a place of the code; places before 0 are AIM's."""
        if place < 0:
            return symbol.isalnum() if place == -1 else symbol == "]Q"[place + _AIM_LENGTH]
        if place < len(self._settings.prefix):
            return symbol == self._settings.prefix[place]
        return symbol != "" and symbol in self._settings.alphabet

    @staticmethod
    def _start(keys: list[Key]) -> int:
        return _AIM_LENGTH if keys[0].char == "]" else 0

    def _is_whole(self) -> bool:
        return bool(self.held) and len(self.held) - self._start(self.held) == self._settings.length

    def _typed_before(self) -> int:
        """How many held keys a person typed before the scanner began.

        A person who types the very prefix just before a scan leaves slow keys, then fast ones that begin a
        code of their own.
        """
        slow = self._settings.gap_seconds / 2
        gaps = [later.at - earlier.at for earlier, later in zip(self.held, self.held[1:], strict=False)]
        front = next((index for index, gap in enumerate(gaps) if gap < slow), 0)
        return front if front and self._fits(self.held[front:]) else 0

    def _complete(self, last: Key) -> Code:
        keys = self.release()
        self._suffixes = self._settings.suffixes
        self._code_at = last.at
        return Code("".join(_symbol(key) for key in keys[self._start(keys) :]))


class _BurstGuard:
    """Holds back keys that come too fast for a person; six or more are a foreign code."""

    def __init__(self) -> None:
        self.held: list[Key] = []
        self._first: Key | None = None
        self._last_at = float("-inf")

    def feed(self, key: Key) -> list[Outcome]:
        """The key itself where a person may have pressed it, after what its coming late settles."""
        out = self.end() if self.ends_at is not None and key.at >= self.ends_at else []
        fast = key.at - self._last_at < _BURST_GAP_SECONDS
        self._last_at = key.at
        if self.held or (fast and key.name not in _REPEATING):
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
        return self.held[-1].at + (_SCAN_END_SECONDS if self._is_scan() else _BURST_END_SECONDS)

    def _is_scan(self) -> bool:
        return len(self.held) + (self._first is not None) >= _BURST_KEYS

    def end(self) -> list[Outcome]:
        """What the held keys were."""
        is_scan = self._is_scan()
        first, keys = self._first, self.held
        self._first, self.held = None, []
        if not keys:
            return []
        if not is_scan:
            return [PassOn(tuple(keys))]
        burst = [first, *keys] if first else keys
        return [ForeignCode("".join(key.char for key in burst if key.char and key.char.isprintable()))]

    def code_ended(self, at: float) -> list[Outcome]:
        """Settle what came before a code of ours; what follows it at once is no person."""
        out = self.end()
        self._last_at = at
        return out


class Framer:
    """Tells codes from typing, key by key."""

    def __init__(self, settings: WedgeSettings) -> None:
        self._settings = settings
        self._shape = _CodeShape(settings)
        self._guard = _BurstGuard()
        self._guarded = False
        self._last_code = ""
        self._last_code_at = 0.0

    def feed(self, name: str, char: str | None, at: float, *, guarded: bool = False) -> list[Outcome]:
        """What a key settles. `at`: its arrival (seconds, monotonic); `guarded`: no text field has focus."""
        out = [] if guarded else self._guard.end()
        self._guarded = guarded
        for item in self._shape.feed(Key(name, char, at)):
            if isinstance(item, Code):
                out += [*self._guard.code_ended(at), self._debounced(item.text, at)]
            else:
                out += self._typed(item)
        return out

    def paste(self, text: str, at: float) -> list[Outcome] | None:
        """The scan that a pasted text is, after the keys held before it; None where it is no code."""
        code = text.strip().upper()
        settings = self._settings
        fits = text.isascii() and len(code) == settings.length and code.startswith(settings.prefix)
        if not fits or not set(code) <= {*settings.prefix, *settings.alphabet}:
            return None
        return [*self.release(), self._debounced(code, at)]

    @property
    def next_deadline(self) -> float | None:
        """When `expire` has something to do, in the time of the keys; None while nothing is held."""
        if self._shape.held:
            return self._shape.held[-1].at + self._settings.gap_seconds
        return self._guard.ends_at

    def expire(self, now: float) -> list[Outcome]:
        """Release the keys whose time is up at `now`."""
        deadline = self.next_deadline
        return self.release() if deadline is not None and now >= deadline else []

    def release(self) -> list[Outcome]:
        """Release every held key: nothing more will come that could make a code of them."""
        out: list[Outcome] = []
        for key in self._shape.release():
            out += self._typed(key)
        return out + self._guard.end()

    def _typed(self, key: Key) -> list[Outcome]:
        return self._guard.feed(key) if self._guarded else [PassOn((key,))]

    def _debounced(self, text: str, at: float) -> Outcome:
        """The code, or its repeat while the same badge keeps being read."""
        again = text == self._last_code and at - self._last_code_at < self._settings.debounce_seconds
        self._last_code, self._last_code_at = text, at
        return Repeat(text) if again else Code(text)
