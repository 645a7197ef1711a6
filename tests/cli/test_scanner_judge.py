"""What `lab-tui doctor --scanner` makes of the scans it was given, for each way that `lab.toml` may be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab_tui.cli.checks import Finding, State
from lab_tui.cli.scanner_check import Press
from lab_tui.cli.scanner_judge import judge
from lab_tui.codes.passcode import CALIBRATION_CODE
from lab_tui.config import SCANNER_LAYOUTS, LabConfig, ScannerSection
from lab_tui.scanning.devices import DeviceKind, ScannerDevice
from lab_tui.scanning.layouts import LAYOUTS
from lab_tui.scanning.trial import Stroke, scans_in

CODE = "VXL1P10000000000002U3M3SRVPAARHV8LTWG5"
LETTERS, DIGITS = "ABCDEFGHJKLMNPQRSTUVWX", "0123456789"


def press(text: str, gap: float = 0.005) -> Press:
    return Press(tuple(scans_in([Stroke(char, 10 + number * gap) for number, char in enumerate(text)])))


def twice(seconds: float) -> Press:
    first, second = press(CODE + "\r").typed[0], press(CODE + "\r").typed[0]
    return Press((first, replace(second, began_at=first.began_at + seconds)))


def judged(*presses: Press, **settings: object) -> dict[str, Finding]:
    config = LabConfig(scanner=replace(ScannerSection(), **settings))
    return {one.check: one for one in judge(presses, config, 20)}


def typed_in(layout: str) -> Press:
    host = LAYOUTS[layout]
    table = dict(zip(LETTERS + DIGITS, host.upper + host.digits, strict=True))
    return press("".join(table[char] for char in CALIBRATION_CODE) + "\r")


def test_all_is_well() -> None:
    found = judged(*3 * [press(CODE + "\r")])
    assert {one.state for one in found.values()} == {State.OK}
    assert found["scan"].says == "3 scans came from the keyboard"
    assert found["speed"].says == "5 ms a key, the longest pause 5 ms"


def test_one_silent_press_is_a_silent_scanner() -> None:
    assert judged(press(CODE + "\r"), Press(()))["scan"].state is State.WRONG
    assert list(judged(Press(()))) == ["scan"]


@pytest.mark.parametrize(
    ("gap", "allowed", "state"),
    [(0.045, 100, State.OK), (0.060, 100, State.WARNING), (0.110, 100, State.WRONG), (0.110, 300, State.OK)],
)
def test_slow_is_slow_for_what_is_allowed(gap: float, allowed: int, state: State) -> None:
    found = judged(press(CODE + "\r", gap), gap_milliseconds=allowed)["speed"]
    assert found.state is state
    assert ("scanner.gap_milliseconds = " in found.remedy) is (state is not State.OK)


@pytest.mark.parametrize(
    ("after", "debounce", "state"),
    [(0.1, 2500, State.WARNING), (2.4, 2500, State.WARNING), (2.6, 2500, State.WRONG), (0.1, 0, State.WRONG)],
)
def test_twice_is_wrong_where_the_kiosk_would_take_both(after: float, debounce: int, state: State) -> None:
    found = judged(twice(after), debounce_milliseconds=debounce)["firing"]
    assert found.state is state
    wanted = f"scanner.debounce_milliseconds = {round(after * 1000) + 500}"
    assert (wanted in found.remedy) is (state is State.WRONG)


def test_a_device_that_fires_twice_is_told_too() -> None:
    device = ScannerDevice(DeviceKind.SERIAL, "/dev/ttyACM0")
    found = judged(Press((), (device, device)))
    assert found["firing"].state is State.WARNING
    assert found["scan"].says == "1 scan came from serial:/dev/ttyACM0"
    assert "layout" not in found


@pytest.mark.parametrize("layout", ["fr", "be", "cz", "ru", "dvorak"])
def test_the_card_tells_each_layout_that_changes_it(layout: str) -> None:
    found = judged(typed_in(layout))["layout"]
    assert (found.state, f"({layout})" in found.says) == (State.WARNING, True)
    assert found.remedy.endswith(f'scanner.layout = "{layout}"')
    assert judged(typed_in(layout), layout=layout)["layout"].state is State.OK
    assert judged(typed_in(layout), layout="us")["layout"].state is State.WRONG
    assert judged(press(CODE), layout=layout)["layout"].state is State.WRONG


@pytest.mark.parametrize("layout", sorted(set(SCANNER_LAYOUTS) - {"fr", "be", "cz", "ru", "dvorak"}))
def test_the_others_leave_a_code_as_it_is(layout: str) -> None:
    assert judged(typed_in(layout))["layout"].state is State.OK


def test_lower_case_is_told() -> None:
    assert judged(press(CODE.lower()))["letters"].state is State.WARNING
    assert "letters" not in judged(press(CODE))


@pytest.mark.parametrize(
    ("sent", "set_to", "state"),
    [
        ("\t", "any", State.OK),
        ("\t", "tab", State.OK),
        ("\t", "enter", State.WRONG),
        ("", "any", State.WARNING),
        ("", "none", State.OK),
        ("", "enter", State.WRONG),
        ("\t\t", "any", State.WARNING),
    ],
)
def test_the_suffix_is_what_was_set(sent: str, set_to: str, state: State) -> None:
    found = judged(press(CODE + sent), suffix=set_to)["suffix"]
    assert found.state is state
    assert ("scanner.suffix = " in found.remedy) is (state is State.WRONG)


def test_the_start_key_is_what_was_set() -> None:
    assert "start key" not in judged(press("\x02" + CODE), start_key="ctrl+b")
    assert 'scanner.start_key = "ctrl+b"' in judged(press("\x02" + CODE))["start key"].remedy
    assert 'scanner.start_key = ""' in judged(press(CODE), start_key="ctrl+b")["start key"].remedy
