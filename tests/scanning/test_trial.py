"""One press of a scanner's trigger taken apart: what it brought, how often, and how it was typed."""

from __future__ import annotations

from lab_tui.codes.passcode import CALIBRATION_CODE
from lab_tui.scanning.trial import OTHER_SUFFIX, Stroke, TrialScan, repeat_seconds, scans_in

CODE = "VXL1P10000000000002U3M3SRVPAARHV8LTWG5"


def tried(text: str, gap: float = 0.005) -> list[TrialScan]:
    return scans_in([Stroke(char, 10 + number * gap) for number, char in enumerate(text)])


def test_a_scan_has_its_text_its_suffix_and_its_speed() -> None:
    for suffix, name in (("\r", "enter"), ("\n", "line_feed"), ("\t", "tab"), ("\r\n", "crlf"), ("", "none")):
        (scan,) = tried(CODE + suffix)
        assert (scan.text, scan.traits.suffix, scan.traits.median_gap) == (CODE, name, 5.0)
    assert tried(CODE + "\t\t")[0].traits.suffix == OTHER_SUFFIX


def test_the_suffix_is_no_part_of_the_speed() -> None:
    strokes = [Stroke(char, number * 0.005) for number, char in enumerate(CODE)] + [Stroke("\r", 9.0)]
    assert scans_in(strokes)[0].traits.largest_gap == 5.0


def test_twice_is_twice_with_and_without_something_between() -> None:
    for text in (2 * (CODE + "\r"), 2 * CODE):
        scans = tried(text)
        assert [scan.text for scan in scans] == [CODE, CODE]
        assert round(repeat_seconds(scans) or 0, 3) == round(len(text) / 2 * 0.005, 3)
    assert repeat_seconds(tried(f"{CODE}\r{CALIBRATION_CODE}\r")) is None
    assert repeat_seconds([]) is None
    assert len(tried("ABAB\r")) == 1  # a code of others may repeat itself


def test_a_control_key_before_the_code_is_the_start_key() -> None:
    (scan,) = tried("\x02" + CODE + "\x03\r")
    assert (scan.text, scan.start_key, scan.traits.suffix) == (CODE, "ctrl+b", "enter")
    assert tried(CODE)[0].start_key == ""


def test_only_the_card_is_certain_of_the_layout() -> None:
    assert tried(CALIBRATION_CODE)[0].is_card
    assert not tried(CODE)[0].is_card
    assert tried("https://example.org/")[0].layouts == ()


def test_letters_in_lower_case_are_noted() -> None:
    assert tried(CODE.lower())[0].traits.caps
    assert not tried(CODE)[0].traits.caps
    assert not tried("https://example.org/")[0].traits.caps


def test_no_text_of_a_scan_is_shown() -> None:
    assert CODE not in repr(tried(CODE))
