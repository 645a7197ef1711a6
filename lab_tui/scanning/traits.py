"""How a scanner types: what one scan tells of the scanner that made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import median

from lab_tui.scanning.layouts import US


@dataclass(frozen=True)
class ScannerTraits:
    """How a scanner types, in the words of `lab.toml`; times in milliseconds."""

    layout: str
    """The keyboard layout that its keys arrive in."""
    suffix: str
    """What it sends after a code: enter, tab, line_feed, crlf or none."""
    largest_gap: float
    median_gap: float
    caps: bool
    """Whether its letters come in lower case: Caps Lock is on, or it is set so."""


class ScannerFault(StrEnum):
    """What is not as it should be with a scanner whose codes are read all the same."""

    LAYOUT = "layout"
    CAPS = "caps"
    SLOW = "slow"


def traits_of(times: Sequence[float], layout: str, suffix: str, caps: bool) -> ScannerTraits:
    """The traits of a scanner whose keys of one code arrived at these times (seconds)."""
    gaps = [(later - earlier) * 1000 for earlier, later in pairwise(times)] or [0.0]
    return ScannerTraits(layout, suffix, round(max(gaps), 1), round(median(gaps), 1), caps)


def faults_of(traits: ScannerTraits, gap_milliseconds: int) -> tuple[ScannerFault, ...]:
    """What is wrong with a scanner; `gap_milliseconds`: the longest pause that one scan may have."""
    found = {
        ScannerFault.LAYOUT: traits.layout != US,
        ScannerFault.CAPS: traits.caps,
        ScannerFault.SLOW: traits.largest_gap > gap_milliseconds / 2,
    }
    return tuple(fault for fault, wrong in found.items() if wrong)


def gap_for(traits: ScannerTraits, configured: int, longest: int = 500) -> int:
    """The pause to allow in a scan (milliseconds): four times what was seen, never below `configured`."""
    return max(configured, min(longest, round(4 * traits.largest_gap)))
