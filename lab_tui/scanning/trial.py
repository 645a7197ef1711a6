"""What a scanner does when it is tried: each scan taken apart. Pure: characters and their times go in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lab_tui.codes.passcode import ALPHABET, CALIBRATION_CODE, LENGTH, PREFIX
from lab_tui.scanning.layouts import US
from lab_tui.scanning.outcomes import WedgeSettings
from lab_tui.scanning.shape import CodeShape
from lab_tui.scanning.suffixes import suffix_of
from lab_tui.scanning.traits import ScannerTraits, traits_of

OTHER_SUFFIX = "other"
_KEYS = {"\r": "enter", "\n": "ctrl+j", "\t": "tab"}
# A control key before the code, the code, what follows it.
_SCAN = re.compile(r"([\x01-\x08\x0b\x0c\x0e-\x1a]?)([^\r\n\t]+)([\r\n\t]*)")
_EXTRA_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Stroke:
    """A character that arrived at an instant (seconds, monotonic)."""

    char: str
    at: float


@dataclass(frozen=True)
class TrialScan:
    """One reading of a code, as it was typed. Its text is for comparing, not for showing."""

    text: str = field(repr=False)
    began_at: float
    layouts: tuple[str, ...]
    """The keyboard layouts in which it is a code of ours; none where it is in no layout."""
    is_card: bool
    """Whether it is the calibration card, whose layout is certain."""
    start_key: str
    traits: ScannerTraits


def scans_in(strokes: Sequence[Stroke]) -> list[TrialScan]:
    """The scans in what one press of the scanner's trigger brought; two where it fires twice."""
    shape = CodeShape(WedgeSettings(PREFIX, LENGTH, ALPHABET))
    text = "".join(stroke.char for stroke in strokes)
    scans: list[TrialScan] = []
    for match in _SCAN.finditer(text):
        bodies = _joined(match[2], shape)
        first = match.start(2)
        for number, body in enumerate(bodies, 1):
            is_last = number == len(bodies)
            keys = strokes[first : first + len(body)]
            suffix = match[3] if is_last else ""
            scans.append(_scan(keys, shape, match[1] if number == 1 else "", suffix))
            first += len(body)
    return scans


def _joined(body: str, shape: CodeShape) -> list[str]:
    """The codes in a line: two of ours that nothing parts, else the line itself."""
    halves = [body[: len(body) // 2], body[len(body) // 2 :]]
    return halves if all(shape.readings_of(half) for half in halves) else [body]


def _scan(keys: Sequence[Stroke], shape: CodeShape, start: str, suffix: str) -> TrialScan:
    text = _EXTRA_CONTROLS.sub("", "".join(stroke.char for stroke in keys))
    readings = shape.readings_of(text)
    card = [reading.layout for reading in readings if reading.text == CALIBRATION_CODE]
    layouts = tuple(card or (reading.layout for reading in readings))
    caps = bool(readings) and any(char.isascii() and char.islower() for char in text)
    traits = traits_of(
        [stroke.at for stroke in keys], layouts[0] if layouts else US, _suffix_name(suffix), caps
    )
    start_key = f"ctrl+{chr(ord(start) + ord('a') - 1)}" if start else ""
    return TrialScan(text, keys[0].at, layouts, bool(card), start_key, traits)


def _suffix_name(suffix: str) -> str:
    names = tuple(_KEYS[char] for char in suffix)
    try:
        return suffix_of(names)
    except StopIteration:
        return OTHER_SUFFIX


def repeat_seconds(scans: Sequence[TrialScan]) -> float | None:
    """How soon one press of the trigger brought the same code again; None where it did not."""
    return min(
        (later.began_at - one.began_at for one, later in pairwise(scans) if one.text == later.text),
        default=None,
    )
