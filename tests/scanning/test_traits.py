"""How a scanner is judged by the way it types."""

from __future__ import annotations

import pytest

from lab_tui.scanning.traits import ScannerFault, ScannerTraits, faults_of, gap_for, traits_of

GOOD = ScannerTraits("us", "enter", 12.0, 8.0, caps=False)


def test_gaps_are_in_milliseconds() -> None:
    assert traits_of([1.0, 1.008, 1.02, 1.028], "fr", "tab", True) == ScannerTraits("fr", "tab", 12, 8, True)
    assert traits_of([1.0], "us", "none", False) == ScannerTraits("us", "none", 0, 0, False)


@pytest.mark.parametrize(
    ("traits", "faults"),
    [
        (GOOD, ()),
        (ScannerTraits("us", "none", 50.0, 25.0, caps=False), ()),
        (ScannerTraits("us", "enter", 50.1, 25.0, caps=False), (ScannerFault.SLOW,)),
        (ScannerTraits("fr", "enter", 12.0, 8.0, caps=True), (ScannerFault.LAYOUT, ScannerFault.CAPS)),
    ],
)
def test_what_is_wrong_is_named(traits: ScannerTraits, faults: tuple[ScannerFault, ...]) -> None:
    assert faults_of(traits, 100) == faults


@pytest.mark.parametrize(("largest", "gap"), [(8.0, 100), (25.0, 100), (60.0, 240), (200.0, 500)])
def test_the_gap_is_generous_and_never_below_the_setting(largest: float, gap: int) -> None:
    assert gap_for(ScannerTraits("us", "enter", largest, 8.0, caps=False), 100) == gap
