"""What goes into the framing of scans and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass

from lab_tui.config import SCANNER_LAYOUTS
from lab_tui.scanning.traits import ScannerTraits

LONGEST_SCAN = 7100
"""So many characters one scan may have: a QR code holds at most 7,089, and AIM's prefix comes before them."""


@dataclass(frozen=True)
class WedgeSettings:
    """What a code looks like and how a scanner types it. `length` counts the prefix; times are seconds."""

    prefix: str
    length: int
    alphabet: str
    gap_seconds: float = 0.1
    """The longest pause between two keys of one scan, now and then excepted: see `stall_seconds`."""
    hold_seconds: float = 0.025
    """How long a key that may begin a code is kept from a text field."""
    stall_seconds: float = 0.6
    """The longest pause that a busy machine, not the scanner, makes in a scan."""
    debounce_seconds: float = 2.5
    suffix: str = "any"
    """What follows a code: see `suffixes.SUFFIXES`."""
    layouts: tuple[str, ...] = SCANNER_LAYOUTS
    """The layouts that keys may arrive in, the likeliest first."""
    start_key: str = ""
    """The key that the scanner sends before each code, by its Textual name; '' for none."""
    calibration: str = ""
    """The code of the calibration card."""


@dataclass(frozen=True)
class Key:
    """A key by its Textual name, what it types, and when it arrived (seconds, monotonic)."""

    name: str
    char: str | None
    at: float

    @property
    def text(self) -> str:
        """What it types, '' where that is nothing that stands on a screen."""
        return self.char if self.char and self.char.isprintable() else ""


@dataclass(frozen=True)
class PassOn:
    """Keys that are no scan: the app gets them, in this order."""

    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Retract:
    """The last so many keys that were passed on were a scan's: a text field gives them back."""

    count: int


@dataclass(frozen=True)
class Reading:
    """What a scan says, if the host has this keyboard layout; in upper case."""

    text: str
    layout: str


@dataclass(frozen=True)
class Code:
    """A whole code of our shape, in every reading that fits. Which is genuine is for others to say."""

    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Repeat:
    """The same code again while it is still held before the scanner."""

    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class ForeignCode:
    """A scan that is not of our shape: its printable characters."""

    text: str


@dataclass(frozen=True)
class Broken:
    """A code that was read in part. Nothing of it was passed on."""


@dataclass(frozen=True)
class Calibrated:
    """The calibration card was scanned: how this scanner types."""

    traits: ScannerTraits


Outcome = PassOn | Retract | Code | Repeat | ForeignCode | Broken | Calibrated
