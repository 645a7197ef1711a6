"""The shape of a code: which keys may be one, in whatever layout they arrive.

Keys that continue the shape of a code are candidates. A text field gets them after `hold_seconds` all the
same, so that nobody who types waits, and gives them back when a code comes of them. What came at a scanner's
speed is a scan for certain: that is held until it is whole, or is said to be broken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lab_tui.scanning.layouts import LAYOUTS
from lab_tui.scanning.outcomes import Broken, Code, Key, Reading, Retract, WedgeSettings
from lab_tui.scanning.suffixes import SUFFIX_KEYS

# So many symbols of a code within so many seconds are typed by no person.
_SCANNER_SPEED = ((4, 0.040), (6, 0.200))
_DIFFERENT = 4
# So many that came at that speed are given to no text field any more, whatever follows. Fewer may have been
# typed, and have come together over a slow line.
CERTAIN_KEYS = 10
_NO_SCANNER_SECONDS = 0.045
# For so much longer is held what came at that speed: a scanner's next key may take 25 ms, and be late.
_FAST_HOLD_SECONDS = 0.010
# Pauses that a busy machine makes in one scan.
_MOST_STALLS = 3

Item = Key | Retract | Code | Broken


@dataclass(frozen=True, eq=False)
class _Pattern:
    """A code as one layout types it: what each character means, place by place. AIM's prefix means ''."""

    layout: str
    caps: bool
    places: tuple[Mapping[str, str], ...]

    def allows(self, place: int, char: str) -> bool:
        return place < len(self.places) and char in self.places[place]

    def text(self, chars: Sequence[str]) -> str:
        return "".join(meant[char] for meant, char in zip(self.places, chars, strict=True))


def _patterns(settings: WedgeSettings) -> list[_Pattern]:
    found = []
    for name in settings.layouts:
        layout = LAYOUTS[name]
        # A digit alone may begin a code only where that is known to happen: people press digits.
        leads = layout.aim if name == settings.layouts[0] else layout.aim[:1]
        for image in layout.images:
            meant = image.meant.items()
            prefix = ({char: to for char, to in meant if to == wanted} for wanted in settings.prefix)
            body = {char: to for char, to in meant if to in settings.alphabet}
            code = (*prefix, *[body] * (settings.length - len(settings.prefix)))
            found += [
                _Pattern(name, image.caps, (*(dict.fromkeys(chars, "") for chars in lead), *code))
                for lead in ((), *leads)
            ]
    return found


class CodeShape:
    """Holds back the keys that may become a code, and no other.

    Of its `keys` the first `_sure` are a scan's for certain and held; of the rest the first `_passed` have
    been passed on.
    """

    def __init__(self, settings: WedgeSettings) -> None:
        self._settings = settings
        starts: dict[str, list[_Pattern]] = {}
        patterns = _patterns(settings)
        self.longest = max(len(pattern.places) for pattern in patterns)
        """How many keys a code may have, with AIM's prefix."""
        for pattern in patterns:
            for char in pattern.places[0]:
                starts.setdefault(char, []).append(pattern)
        self._starts: Mapping[str, Sequence[_Pattern]] = starts
        self._aim_starts = {char for name in settings.layouts for char in LAYOUTS[name].aim[0][0]}
        self.keys: list[Key] = []
        self._fitting: Sequence[_Pattern] = ()
        self._sure = self._passed = 0
        self._patient = False
        self.last_scan: list[Key] = []
        """The keys of the last code, whole or broken."""
        self.caps = False
        """Whether the last code came in lower case."""

    def is_idle(self, now: float) -> bool:
        """Whether nothing is held, and none of the keys that were passed on can come to a code any more."""
        return not self.keys or now - self.keys[-1].at > self._settings.stall_seconds

    def feed(self, key: Key, *, patient: bool) -> list[Item]:
        """What this key settles. `patient`: keys may wait, as no text field has the focus."""
        self._patient = patient
        if not self.keys:
            return self._begin(key)
        longest = self._settings.gap_seconds if self._is_whole else self._settings.stall_seconds
        if key.at - self.keys[-1].at > longest:
            return [*self.end(), *self._begin(key)]
        return self._add(key)

    @property
    def next_deadline(self) -> float | None:
        """When `expire` has something to do."""
        if not self.keys:
            return None
        settings, last_at = self._settings, self.keys[-1].at
        due = self._sure + self._passed
        if self._is_whole:
            return last_at + settings.gap_seconds
        if due == len(self.keys):
            if self._sure >= CERTAIN_KEYS:
                return last_at + settings.stall_seconds
            if not self._sure:
                return None
        if self._patient:
            enough = len(self.keys) - self._passed >= len(settings.prefix)
            return last_at + (settings.stall_seconds if enough else settings.gap_seconds)
        if due == len(self.keys):
            return last_at + settings.hold_seconds + _FAST_HOLD_SECONDS
        return self.keys[due].at + settings.hold_seconds

    def expire(self, now: float) -> list[Item]:
        """What is settled by no key having come until `now`."""
        deadline = self.next_deadline
        if deadline is None or now < deadline:
            return []
        if self._is_whole:
            return self.end()
        if self._sure + self._passed == len(self.keys):
            if self._sure >= CERTAIN_KEYS:
                return self.end()
            self._sure = 0
        hold = float("-inf") if self._patient else self._settings.hold_seconds
        due = self.keys[self._sure + self._passed :]
        overdue = [key for key in due if key.at + hold <= now]
        self._passed += len(overdue)
        return [*overdue]

    def end(self) -> list[Item]:
        """Settle all that is held: no key will continue it."""
        if self._is_whole:
            length = self._whole_length
            extra = self.keys[length:]
            return [*self._complete(length), *extra]
        return self._let_go(len(self.keys))

    def readings_of(self, text: str) -> tuple[Reading, ...]:
        """The readings of a text that is a whole code, else none."""
        return _readings(self._whole_patterns(text), text)

    def code_of(self, keys: list[Key]) -> Code | None:
        """The code that these keys are."""
        chars = [key.char or "" for key in keys]
        fitting = self._whole_patterns(chars)
        return self._found(keys, fitting) if fitting else None

    def begins_like_a_code(self, text: str) -> bool:
        """Whether this may be the front of a code."""
        return bool(self._fitting_for(text))

    # Inside

    @property
    def _whole_length(self) -> int:
        lengths = [len(one.places) for one in self._fitting if len(one.places) <= len(self.keys)]
        return max(lengths, default=0)

    @property
    def _is_whole(self) -> bool:
        """Whether a code is there, and only waits to be told from a half one that another follows."""
        return len(self.keys) >= self._settings.length and self._whole_length > 0

    def _fitting_for(self, chars: Sequence[str]) -> Sequence[_Pattern]:
        fitting: Sequence[_Pattern] = self._starts.get(chars[0], ()) if chars else ()
        for place, char in enumerate(chars):
            if not fitting:
                break
            fitting = [one for one in fitting if one.allows(place, char)]
        return fitting

    def _fitting_from(self, keys: Sequence[Key]) -> Sequence[_Pattern]:
        if not keys or _char(keys[0]) not in self._starts or self._stalls(keys) > _MOST_STALLS:
            return ()
        return self._fitting_for([_char(key) for key in keys])

    def _another_from(self, keys: Sequence[Key]) -> bool:
        """Whether another code of the same scanner may begin so, AIM's prefix apart."""
        layouts = {one.layout for one in self._fitting}
        return any(
            one.layout in layouts and len(one.places) == self._settings.length
            for one in self._fitting_from(keys)
        )

    def _stalls(self, keys: Sequence[Key]) -> int:
        gap = self._settings.gap_seconds
        return sum(later.at - earlier.at > gap for earlier, later in pairwise(keys))

    def _begin(self, key: Key) -> list[Item]:
        fitting = self._starts.get(_char(key), ())
        if not fitting:
            return [key]
        self.keys, self._fitting, self._sure, self._passed = [key], fitting, 0, 0
        return []

    def _add(self, key: Key) -> list[Item]:
        if self._is_whole:
            return self._add_after_whole(key)
        place, char = len(self.keys), _char(key)
        fitting = [one for one in self._fitting if one.allows(place, char)]
        stalled = key.at - self.keys[-1].at > self._settings.gap_seconds
        if fitting and not (stalled and self._stalls([*self.keys, key]) > _MOST_STALLS):
            self._fitting = fitting
            self.keys.append(key)
            return self._advance()
        if not fitting and self._is_of_somebody_else(key):
            return [key]
        return self._restart(key)

    def _is_of_somebody_else(self, key: Key) -> bool:
        """Whether a person pressed this key in the middle of what is a scan for certain."""
        sure = self._sure == len(self.keys) and self._sure >= CERTAIN_KEYS
        return sure and key.name not in SUFFIX_KEYS and key.char not in self._aim_starts

    def _restart(self, key: Key) -> list[Item]:
        """Let go of keys from the front until the rest, with this key, may begin a code."""
        keys = [*self.keys, key]
        front = next((at for at in range(1, len(keys)) if self._fitting_from(keys[at:])), len(keys))
        out = self._let_go(min(front, len(self.keys)))
        if front == len(keys):
            return [*out, key]
        self.keys.append(key)
        self._fitting = self._fitting_from(self.keys)
        return [*out, *self._advance()]

    def _advance(self) -> list[Item]:
        """Judge the candidates after one more key."""
        out = self._become_sure()
        if self._is_whole and self._is_held_down():
            return [*out, *self._let_go(len(self.keys))]
        if self._is_whole and not self._other_beginning(self.keys):
            out += self._complete(len(self.keys))
        return out

    def _is_held_down(self) -> bool:
        """Whether most of it is one key that repeats."""
        repeats = sum(key.char == before.char for before, key in pairwise(self.keys))
        return not self._sure and 2 * repeats > len(self.keys)

    def _other_beginning(self, keys: Sequence[Key]) -> int:
        """Where within the code there begins what may be another; 0 for nowhere."""
        length = self._whole_length
        aim = length - self._settings.length
        return next((at for at in range(aim + 1, length) if self._another_from(keys[at:])), 0)

    def _become_sure(self) -> list[Item]:
        keys, count = self.keys, len(self.keys)
        fast = any(_came_within(keys[-n:], span) for n, span in _SCANNER_SPEED if n <= count)
        if not fast and self._sure == count - 1 and self._sure:
            fast = keys[-1].at - keys[-2].at <= self._settings.gap_seconds
        if fast:
            out = self._leave_typing() if self._sure < count - 1 else []
            self._sure = len(self.keys)
            return [*out, *self._take_back()]
        if self._sure < CERTAIN_KEYS:
            self._sure = 0  # they may have been typed, and are passed on in their turn
        return []

    def _leave_typing(self) -> list[Item]:
        """Let go of what was typed before the scan, if that began like a code as well.

        After AIM's prefix a code begins, too: one pause there is a busy machine's.
        """
        pairs = enumerate(pairwise(self.keys), 1)
        pauses = [at for at, (before, key) in pairs if key.at - before.at > _NO_SCANNER_SECONDS]
        if pauses and pauses[0] in {len(one.places) - self._settings.length for one in self._fitting}:
            del pauses[0]
        front = max((at for at in pauses if self._fitting_from(self.keys[at:])), default=0)
        out = self._let_go(front)
        self._fitting = self._fitting_from(self.keys)
        return out

    def _take_back(self) -> list[Item]:
        passed, self._passed = self._passed, 0
        return [Retract(passed)] if passed else []

    def _add_after_whole(self, key: Key) -> list[Item]:
        """One more key after a code that has another's beginning in it.

        Either that was chance, and the key belongs to nothing or to the next code; or half a code came first.
        """
        length = self._whole_length
        extra = [*self.keys[length:], key]
        joined = bool(self._fitting_from(extra))
        front = self._other_beginning([*self.keys, key])
        if joined and front and len(extra) < len(self._settings.prefix):
            self.keys.append(key)
            return []
        if joined or not front:
            out = self._complete(length)
            for one in extra:
                out += self._add(one) if self.keys else self._begin(one)
            return out
        out = self._let_go(front)
        self.keys.append(key)
        self._fitting = self._fitting_from(self.keys)
        return [*out, *self._advance()]

    def _complete(self, length: int) -> list[Item]:
        keys = self.keys[:length]
        out = self._take_back()
        self.keys, self._sure = [], 0
        return [*out, self._found(keys, [one for one in self._fitting if len(one.places) == length])]

    def _found(self, keys: list[Key], fitting: Sequence[_Pattern]) -> Code:
        self.last_scan, self.caps = keys, fitting[0].caps
        return Code(_readings(fitting, [key.char or "" for key in keys]))

    def _whole_patterns(self, chars: Sequence[str]) -> Sequence[_Pattern]:
        return [one for one in self._fitting_for(chars) if len(one.places) == len(chars)]

    def _let_go(self, count: int) -> list[Item]:
        """Give up the first keys: the app gets those that it has not had, or a broken scan is told."""
        sure = min(self._sure, count)
        broken = sure >= CERTAIN_KEYS
        out: list[Item] = self._take_back() if sure and not broken else []
        gone = self.keys[:count]
        del self.keys[:count]
        self._sure -= sure
        passed = min(self._passed, count - sure)
        self._passed -= passed
        if broken:
            self.last_scan = gone[:sure]
            return [*out, Broken(), *gone[sure + passed :]]
        return [*out, *gone[:sure], *gone[sure + passed :]]


def _came_within(keys: Sequence[Key], seconds: float) -> bool:
    """Whether a scanner sent these. A key that is held down repeats as fast as some scanners type."""
    if keys[-1].at - keys[0].at > seconds or len({key.char for key in keys}) < _DIFFERENT:
        return False
    return all(later.at - earlier.at <= _NO_SCANNER_SECONDS for earlier, later in pairwise(keys))


def _char(key: Key) -> str:
    """What a plain key types, '' for a chord and for what types nothing."""
    return "" if key.char is None or "+" in key.name[:-1] else key.char


def _readings(fitting: Sequence[_Pattern], chars: Sequence[str]) -> tuple[Reading, ...]:
    """Each different reading once, in the likeliest of its layouts; first what is written there as it is."""
    found: dict[str, str] = {}
    for pattern in fitting:
        found.setdefault(pattern.text(chars), pattern.layout)
    written = "".join(chars).upper()
    texts = sorted(found, key=lambda text: not written.endswith(text))
    return tuple(Reading(text, found[text]) for text in texts)
