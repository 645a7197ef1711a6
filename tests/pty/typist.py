"""People who type and scanners that scan at the same kiosk: who presses which key after how long."""

from __future__ import annotations

import random
from dataclasses import dataclass

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.passcode import PassKind
from tests.scanning.test_layouts import typed_on

GAPS = (0.0, 0.001, 0.005, 0.008, 0.016, 0.025)
SUFFIXES = ("", "\r", "\t", "\n", "\r\n")
OTHER_LAYOUTS = ("fr", "be", "cz", "ru", "dvorak")
# Words of a lab, and such as begin like a code, in this layout or in another, or like AIM's prefix.
ORDINARY = (
    "robots",
    "training run",
    "vision",
    "lab",
    "Kowloon GPU",
    "3090",
    "ok",
    "I",
    "quick jazz",
    "naïve",
    "王",
)
LIKE_CODES = (
    *("v", "V", "vx", "VX", "vxl", "VXL", "VXL1", "vxl1p", "vxlabs", "VXLARGE", "vector", "voltage"),
    *("k", "kq", "KQN", "kqn1", "kiosk", "м", "мч", "мчд", "1", "=", "]Q1", "]q", "+Q", "$A"),
)
WORDS = ORDINARY + LIKE_CODES
_KEYS_A_WORD = 5
_SPREAD = 0.35
_ROLLOVER = 0.12
_HELD_DOWN = 0.02
_REPEAT_DELAY, _REPEAT_GAP = 0.5, 0.033


@dataclass(frozen=True)
class Stroke:
    """What a key sends, so many seconds after the key before."""

    sends: str
    gap: float


@dataclass(frozen=True)
class Part:
    """A stretch of typing, or one scan (`code`); the keys, and what they are to come to."""

    strokes: tuple[Stroke, ...]
    typed: str = ""
    code: str = ""


class Bustle:
    """A kiosk in use: somebody types at 40 to 120 words a minute, now and then a badge is scanned."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._gap = 60 / (self._random.uniform(40, 120) * _KEYS_A_WORD)

    def typing(self, most_words: int = 3) -> Part:
        """Some words. Digraphs vary, some roll over fast, and now and then a key is held down."""
        rng = self._random
        words = " ".join(rng.choices(WORDS, k=rng.randint(1, most_words)))
        text = words[: rng.randint(1, len(words))] + rng.choice(("", " "))
        strokes = []
        for char in text:
            strokes.append(Stroke(char, self._digraph()))
            if rng.random() < _HELD_DOWN:
                strokes.append(Stroke(char, _REPEAT_DELAY))
                strokes += [Stroke(char, _REPEAT_GAP)] * rng.randint(2, 12)
        return Part(tuple(strokes), typed="".join(stroke.sends for stroke in strokes))

    def scan(self, gap: float) -> Part:
        """One badge, at so many seconds a key; some through another layout, some with AIM's prefix."""
        rng = self._random
        code = DEMO_KEYS.issue(rng.choice(list(PassKind)), rng.getrandbits(64))
        sends = rng.choice(("", "", "]Q1")) + code
        if rng.random() < 0.2:
            sends = typed_on(rng.choice(OTHER_LAYOUTS), sends)
        sends += rng.choice(SUFFIXES)
        first = Stroke(sends[0], rng.choice((0.06, 0.1, 0.2, 0.4)))
        return Part((first, *(Stroke(char, gap) for char in sends[1:])), code=code)

    def _digraph(self) -> float:
        rng = self._random
        if rng.random() < _ROLLOVER:
            return rng.uniform(0.02, 0.06)
        return max(0.03, self._gap * rng.lognormvariate(0, _SPREAD))
