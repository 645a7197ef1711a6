"""Keyboard layouts: what a scanner's keys come out as on a host that is not set to a US keyboard.

A scanner that types presses keys by their place, as on a US keyboard; the host says what they type. Here is
what it says, in the order of the 32 symbols of a code. Levels differ too: Caps Lock, or a scanner that is set
to it, turns Shift round. Checked in the tests against the layouts of xkb-data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lab_tui.config import SCANNER_LAYOUTS

US = "us"
_DIGITS = "0123456789"
_LOWER, _UPPER = "abcdefghjklmnpqrstuvwx", "ABCDEFGHJKLMNPQRSTUVWX"


@dataclass(frozen=True)
class Image:
    """From what is typed to the symbol that was meant; `caps`: letters come in lower case."""

    caps: bool
    meant: Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """What the keys of the 32 symbols type, and the key of `]`, with which AIM's prefix begins.

    `digits` and `lower` without Shift, `signs` and `upper` with it. `lost_dead_key`: the key of `]` is a dead
    key, which takes the next key with it on some terminals.
    """

    name: str
    digits: str
    signs: str
    lower: str
    upper: str
    bracket: str
    lost_dead_key: bool = False

    @cached_property
    def images(self) -> tuple[Image, ...]:
        """What a code may come out as, the usual first: letters with Shift or without, Caps Lock on or off,
        and digits with Shift turned round.

        A host whose Caps Lock is on may raise a letter such as é that stands where a digit does.
        """
        pairs = list(zip(self.lower, self.upper, strict=True))
        with_caps = "".join(lower if lower.upper() == upper else upper for lower, upper in pairs)
        without_shift = "".join(upper if lower.upper() == upper else lower for lower, upper in pairs)
        letters = {self.upper: False, with_caps: True, self.lower: True, without_shift: False}
        return tuple(
            Image(caps, {**_means(digits, _DIGITS * 2), **_means(row, _UPPER)})
            for digits in (self.digits + self.digits.upper(), self.signs)
            for row, caps in letters.items()
        )

    @cached_property
    def aim(self) -> tuple[tuple[frozenset[str], ...], ...]:
        """What AIM's prefix (`]Q1`; any digit) comes out as: characters by place, in each way it may."""
        q = frozenset(row[_UPPER.index("Q")] for row in (self.lower, self.upper))
        digit = frozenset(self.digits + self.digits.upper() + self.signs)
        whole = (frozenset(self.bracket), q, digit)
        return (whole, (digit,)) if self.lost_dead_key else (whole,)


def _means(typed: str, symbols: str) -> Mapping[str, str]:
    return dict(zip(typed, symbols, strict=False))


_LATIN = (_LOWER, _UPPER)
_AZERTY = ("qbcdefghjkl,nparstuvzx", "QBCDEFGHJKL?NPARSTUVZX")
_RUSSIAN = ("фисвуапролдьтзйкыегмцч", "ФИСВУАПРОЛДЬТЗЙКЫЕГМЦЧ")
_DVORAK = ("axje.uidhtnmbl'poygk,q", 'AXJE>UIDHTNMBL"POYGK<Q')
_ALL = (
    Layout(US, _DIGITS, ")!@#$%^&*(", *_LATIN, "]}"),
    Layout("gb", _DIGITS, ')!"£$%^&*(', *_LATIN, "]}"),
    Layout("de", _DIGITS, '=!"§$%&/()', *_LATIN, "+*"),
    Layout("ch", _DIGITS, '=+"*ç%&/()', *_LATIN, '¨"!', lost_dead_key=True),
    Layout("fr", "à&é\"'(-è_ç", _DIGITS, *_AZERTY, "$£"),
    Layout("be", "à&é\"'(§è!ç", _DIGITS, *_AZERTY, "$*"),
    Layout("cz", "é+ěščřžýáí", _DIGITS, *_LATIN, ")("),
    Layout("tr", _DIGITS, "=!'^+%&/()", *_LATIN, "üÜ"),
    Layout("ru", _DIGITS, ')!"№;%:?*(', *_RUSSIAN, "ъЪ"),
    Layout("dvorak", _DIGITS, ")!@#$%^&*(", *_DVORAK, "=+"),
    Layout("it", _DIGITS, '=!"£$%&/()', *_LATIN, "+*"),
    Layout("es", _DIGITS, '=!"·$%&/()', *_LATIN, "+*"),
    Layout("jp", _DIGITS, "~!\"#$%&'()", *_LATIN, "[{"),
)
LAYOUTS: Mapping[str, Layout] = {layout.name: layout for layout in _ALL}
assert tuple(LAYOUTS) == SCANNER_LAYOUTS
