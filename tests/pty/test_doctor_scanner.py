"""`lab-tui doctor --scanner` on a real terminal: scanners good and bad, and the terminal as it was before."""

from __future__ import annotations

import json
import os
import signal
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab_tui.codes.passcode import CALIBRATION_CODE
from lab_tui.scanning.layouts import LAYOUTS
from tests.pty.kiosk import ROOT
from tests.pty.terminal import Terminal

BADGE = "VXL1P10000000000002U3M3SRVPAARHV8LTWG5"
LETTERS, DIGITS = "ABCDEFGHJKLMNPQRSTUVWX", "0123456789"


def doctor(folder: Path, *options: str, settings: str = "", seconds: float = 8) -> Terminal:
    (folder / "lab.toml").write_text(settings, encoding="utf-8")
    arguments = [
        "--lab",
        str(folder),
        "doctor",
        "--scanner",
        "--seconds",
        str(seconds),
        "--scans",
        "1",
        *options,
    ]
    environment = {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    return Terminal([sys.executable, "-m", "lab_tui", *arguments], 120, 40, env=environment)


def tried(folder: Path, scan: Callable[[Terminal], None], settings: str = "") -> tuple[int, str]:
    """The exit code and the report after what `scan` does."""
    with doctor(folder, settings=settings) as terminal:
        terminal.wait_for("Scan any code", 30)
        scan(terminal)
        terminal.wait_for("1 of 1", 20)
        code = terminal.wait_exit(20)
        assert BADGE[3:20] not in terminal.raw.decode()
        assert CALIBRATION_CODE[3:20] not in terminal.raw.decode()
        return code, terminal.text


def line(report: str, check: str) -> str:
    """The line of the report about one thing, with its remedy."""
    lines = report.splitlines()
    first = next(number for number, one in enumerate(lines) if f" {check}: " in one)
    remedy = lines[first + 1] if lines[first + 1].startswith("    ") else ""
    return lines[first] + " |" + remedy.strip()


def as_typed_in(layout: str, text: str) -> str:
    """What a scanner's keys for a text come out as on a host with this layout."""
    host = LAYOUTS[layout]
    table = dict(zip(LETTERS + DIGITS, host.upper + host.digits, strict=True)) | {"]": host.bracket[0]}
    return "".join(table[char] for char in text)


def test_a_good_scanner_is_all_right(tmp_path: Path) -> None:
    code, report = tried(tmp_path, lambda terminal: terminal.scan(CALIBRATION_CODE, 0.004))
    assert code == 0, report
    assert line(report, "scan").startswith("✓ ok  scan: 1 scan came from the keyboard")
    assert line(report, "firing").startswith("✓ ok")
    assert line(report, "layout") == "✓ ok  layout: as on this keyboard: US |"
    assert line(report, "suffix") == "✓ ok  suffix: Enter |"
    assert " ms a key" in line(report, "speed")


def test_a_silent_scanner(tmp_path: Path) -> None:
    with doctor(tmp_path, seconds=0.5) as terminal:
        assert terminal.wait_exit(30) == 3
        said = line(terminal.text, "scan")
        assert said.startswith("✕ wrong  scan: silent: nothing came in 0.5 s")
        assert "HID" in said
        assert "speed" not in terminal.text


def test_a_scanner_that_fires_twice(tmp_path: Path) -> None:
    code, report = tried(tmp_path, lambda terminal: terminal.send(2 * (BADGE + "\r")))
    assert (code, line(report, "firing")[:27]) == (0, "! warning  firing: twice at")


def test_a_slow_scanner_without_a_suffix(tmp_path: Path) -> None:
    _code, report = tried(tmp_path, lambda terminal: terminal.scan(BADGE, 0.060, suffix=""))
    assert "slow: " in line(report, "speed")
    assert "scanner.gap_milliseconds = " in line(report, "speed")
    assert line(report, "suffix").startswith("! warning  suffix: nothing comes")


@pytest.mark.parametrize(
    ("layout", "name", "scanned"), [("fr", "French", CALIBRATION_CODE), ("de", "German", "]Q1" + BADGE)]
)
def test_a_scanner_on_another_keyboard(tmp_path: Path, layout: str, name: str, scanned: str) -> None:
    code, report = tried(tmp_path, lambda terminal: terminal.scan(as_typed_in(layout, scanned)))
    assert code == 0
    assert f"! warning  layout: wrong: {name} ({layout})" in report
    assert f'scanner.layout = "{layout}"' in line(report, "layout")


def test_a_start_key_and_a_code_of_others(tmp_path: Path) -> None:
    code, report = tried(tmp_path, lambda terminal: terminal.scan("\x02https://example.org/x\x03"))
    assert code == 0
    assert 'scanner.start_key = "ctrl+b"' in line(report, "start key")
    assert "! warning  layout: not known" in report
    assert "example" not in report


# The terminal


def modes(terminal: Terminal) -> list[Any]:
    return termios.tcgetattr(terminal.descriptor)


@pytest.mark.parametrize("end", ["ctrl+c", signal.SIGTERM, signal.SIGHUP])
def test_the_terminal_is_as_it_was_however_it_ends(tmp_path: Path, end: str | signal.Signals) -> None:
    with doctor(tmp_path, seconds=60) as terminal:
        before = modes(terminal)
        terminal.wait_for("Scan any code", 30)
        terminal.wait_until(lambda screen: modes(terminal) != before, 10, "the raw terminal")
        if isinstance(end, str):
            terminal.press(end)
            assert terminal.wait_exit() == 130
        else:
            terminal.signal(end)
            assert terminal.wait_exit() == -end
        assert modes(terminal) == before


def test_what_is_scanned_too_late_reaches_no_shell(tmp_path: Path) -> None:
    check = f"{sys.executable} -m lab_tui --lab {tmp_path} doctor --scanner"
    command = f"{check}; read line; echo got=$line"
    with Terminal(["sh", "-c", command], env={"PYTHONPATH": str(ROOT)}) as terminal:
        terminal.wait_for("Scan any code", 30)
        child = int(Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children").read_text())
        terminal.wait_until(lambda _: not modes(terminal)[3] & termios.ECHO, 10, "the raw terminal")
        os.kill(child, signal.SIGSTOP)
        terminal.scan(BADGE)
        os.kill(child, signal.SIGTERM)
        os.kill(child, signal.SIGCONT)
        terminal.wait_until(lambda _: modes(terminal)[3] & termios.ECHO, 10, "the terminal as it was")
        terminal.send("typed after\r")
        terminal.wait_for("got=typed after")
        assert BADGE[:9] not in terminal.text


# For programs, and with devices


def test_programs_get_json_and_people_the_question(tmp_path: Path) -> None:
    with doctor(tmp_path, "--json", seconds=0.5) as terminal:
        assert terminal.wait_exit(30) == 3
        text = terminal.raw.decode()
    findings = json.loads(text[text.index("[") :])
    assert [one["state"] for one in findings if one["check"] == "scan"] == ["wrong"]


def test_a_scanner_on_a_serial_line_is_tried_as_well(tmp_path: Path) -> None:
    pytest.importorskip("serial", reason="the extra serial is not installed")
    ours, theirs = os.openpty()
    settings = f'[scanner]\ndevices = "serial:{os.ttyname(theirs)}, serial:/dev/no-such-line"\n'

    def both(terminal: Terminal) -> None:
        os.write(ours, BADGE.encode() + b"\r")
        terminal.scan(BADGE)

    code, report = tried(tmp_path, both, settings)
    assert code == 3
    assert f"✓ ok  serial:{os.ttyname(theirs)}: it is listened to" in report
    assert "✕ wrong  serial:/dev/no-such-line: " in report
    assert f"1 scan came from the keyboard, serial:{os.ttyname(theirs)}" in report
    assert BADGE[:9] not in report
