"""A scanner on a serial line: a real terminal pair, plugged out and in."""

from __future__ import annotations

import errno
import os
import select
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab_tui.scanning.devices import DeviceKind, ScannerDevice
from tests.scanning.listening import listening

pytest.importorskip("serial", reason="the extra serial is not installed")

CODE = "VXL1P10000000000002U3M3SRVPAARHV8LTWG5"
OTHER = "VXL1T104HLARU9MF6WWXNDGGJ8TD5TH91HKSNL"


class Line:
    """A serial line under a lasting name; `plug` and `unplug` do to it what a hand does."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "scanner"
        self.device = ScannerDevice(DeviceKind.SERIAL, str(self.path))
        self._scanner = -1

    def plug(self) -> None:
        self._scanner, theirs = os.openpty()
        self.path.symlink_to(os.ttyname(theirs))
        self._theirs = theirs

    def unplug(self) -> None:
        self.path.unlink()
        os.close(self._theirs)
        os.close(self._scanner)
        self._scanner = -1

    def send(self, data: str | bytes) -> None:
        rest = data.encode() if isinstance(data, str) else data
        while rest:
            select.select([], [self._scanner], [], 10)
            rest = rest[os.write(self._scanner, rest[:1024]) :]

    def close(self) -> None:
        if self._scanner >= 0:
            self.unplug()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    line = Line(tmp_path)
    yield line
    line.close()


@pytest.mark.parametrize("suffix", ["\r", "\n", "\r\n", "\t", ""])
def test_codes_come_whole_and_in_order(line: Line, suffix: str) -> None:
    line.plug()
    with listening(line.device) as ear:
        ear.opened()
        for _ in range(50):
            line.send(CODE + suffix + OTHER + suffix)
        assert [ear.scan() for _ in range(100)] == 50 * [CODE, OTHER]
        line.send("half a code" + suffix)
        assert ear.scan() == "half a code"


def test_noise_on_the_line_is_nothing_or_foreign(line: Line) -> None:
    line.plug()
    with listening(line.device) as ear:
        ear.opened()
        line.send(bytes(range(256)) + b"\x00\xff\xfe\r")
        line.send(CODE)
        ear.until(lambda one: getattr(one, "text", "") == CODE)


def test_it_is_found_again_after_it_was_unplugged(line: Line) -> None:
    with listening(line.device) as ear:
        assert ear.fault() == "device_missing"
        for _ in range(2):
            line.plug()
            ear.opened()
            line.send(CODE)
            assert ear.scan() == CODE
            line.send(CODE[:9])
            line.unplug()
            assert ear.fault() == "device_missing"


def test_it_is_found_again_after_it_went_while_it_was_opened(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_attributes, gone = termios.tcsetattr, [termios.error(errno.EIO, "Input/output error")]

    def once_gone(*args: Any) -> None:
        if gone:
            raise gone.pop()
        set_attributes(*args)

    monkeypatch.setattr(termios, "tcsetattr", once_gone)
    line.plug()
    with listening(line.device) as ear:
        assert ear.fault() == "device_missing"
        ear.opened()
        line.send(CODE)
        assert ear.scan() == CODE


def test_two_programs_do_not_share_it(line: Line) -> None:
    line.plug()
    with listening(line.device) as first:
        first.opened()
        with listening(line.device) as second:
            assert second.fault() == "device_taken"
        line.send(CODE)
        assert first.scan() == CODE


def test_two_scanners_are_told_apart(tmp_path: Path) -> None:
    lines = []
    for name in ("left", "right"):
        (tmp_path / name).mkdir()
        lines.append(Line(tmp_path / name))
        lines[-1].plug()
    left, right = lines
    with listening(left.device) as at_left, listening(right.device) as at_right:
        at_left.opened()
        at_right.opened()
        for char, other in zip(CODE, OTHER, strict=True):
            left.send(char)
            right.send(other)
        heard = [ear.until(lambda one: hasattr(one, "text")) for ear in (at_left, at_right)]
    assert [(one.device, one.text) for one in heard] == [(left.device, CODE), (right.device, OTHER)]  # type: ignore[union-attr]
    left.close()
    right.close()
