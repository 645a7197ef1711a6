"""An input device: keys by position, events as the kernel writes them, a grab where the kernel lets us."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lab_tui.scanning.devices import DeviceKind, ScannerDevice
from lab_tui.scanning.evdev_scanner import (
    EV_KEY,
    EV_SYN,
    EVENT,
    PRESSED,
    RELEASED,
    SYN_DROPPED,
    SYN_REPORT,
    EvdevReader,
    Keys,
)
from tests.scanning.listening import listening

evdev = pytest.importorskip("evdev", reason="the extra evdev is not installed")
from evdev import ecodes  # noqa: E402

CODE = "VXL1P10000000000002U3M3SRVPAARHV8LTWG5"
ENTER, SHIFT = ecodes.KEY_ENTER, ecodes.KEY_LEFTSHIFT
REPEATED = 2


def event(kind: int, code: int, value: int) -> bytes:
    now = time.time()
    return EVENT.pack(int(now), int(now % 1 * 1e6), kind, code, value)


def stroke(code: int) -> bytes:
    """A key that goes down and up."""
    down, up = event(EV_KEY, code, PRESSED), event(EV_KEY, code, RELEASED)
    return down + event(EV_SYN, SYN_REPORT, 0) + up + event(EV_SYN, SYN_REPORT, 0)


def typed(text: str) -> bytes:
    """Capital letters and digits as a scanner types them: with Shift, and by the kernel's own key names."""
    events = b""
    for char in text:
        key = stroke(ecodes.ecodes[f"KEY_{char}"])
        shifted = event(EV_KEY, SHIFT, PRESSED) + key + event(EV_KEY, SHIFT, RELEASED)
        events += shifted if char.isalpha() else key
    return events


class Wire:
    """A reader at one end, the kernel's events at the other."""

    def __init__(self) -> None:
        self.kernel, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ours = ours
        self.reader = EvdevReader(ours, ours.fileno(), 0.1)

    def scans(self, *batches: bytes) -> list[object]:
        """What comes out of events that arrive in these batches, and of the silence after them."""
        found: list[object] = []
        for batch in batches:
            for first in range(0, len(batch), EVENT.size * 32):
                self.kernel.send(batch[first : first + EVENT.size * 32])
                found += self.reader.read(1)
        return found + self.reader.read(0.2) + self.reader.read(0.2)

    def close(self) -> None:
        self.kernel.close()
        self._ours.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    with closing(Wire()) as wire:
        yield wire


def test_every_symbol_of_a_code_comes_from_its_key() -> None:
    keys = Keys()
    for char in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        assert keys.character(ecodes.ecodes[f"KEY_{char}"], PRESSED) == char.lower()
    keys.character(SHIFT, PRESSED)
    for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        assert keys.character(ecodes.ecodes[f"KEY_{char}"], PRESSED) == char


def test_what_foreign_codes_need_comes_out_too() -> None:
    keys = Keys()
    plain = {"SLASH": "/", "DOT": ".", "MINUS": "-", "SEMICOLON": ";", "SPACE": " ", "KP7": "7", "KPDOT": "."}
    plain |= {"BACKSLASH": "\\", "GRAVE": "`", "APOSTROPHE": "'", "COMMA": ",", "LEFTBRACE": "[", "KP0": "0"}
    plain |= {"KPASTERISK": "*", "KPSLASH": "/", "KPENTER": "\r", "TAB": "\t", "102ND": "\\", "EQUAL": "="}
    for name, char in plain.items():
        assert keys.character(ecodes.ecodes[f"KEY_{name}"], PRESSED) == char, name
    keys.character(SHIFT, PRESSED)
    shifted = {"SLASH": "?", "SEMICOLON": ":", "1": "!", "2": "@", "7": "&", "EQUAL": "+", "MINUS": "_"}
    for name, char in shifted.items():
        assert keys.character(ecodes.ecodes[f"KEY_{name}"], PRESSED) == char, name


def test_codes_are_read_from_events(wire: Wire) -> None:
    assert wire.scans(typed(CODE) + stroke(ENTER)) == [CODE]
    assert wire.scans(typed(CODE + CODE)) == [CODE, CODE]


def test_a_key_that_is_held_down_types_once(wire: Wire) -> None:
    held = event(EV_KEY, ecodes.KEY_V, REPEATED)
    assert wire.scans(event(EV_KEY, ecodes.KEY_V, PRESSED) + 40 * held + typed(CODE[1:])) == [CODE]


def test_control_keys_type_nothing_but_an_end(wire: Wire) -> None:
    control = event(EV_KEY, ecodes.KEY_LEFTCTRL, PRESSED)
    b, j = stroke(ecodes.KEY_B), stroke(ecodes.KEY_J)
    off = event(EV_KEY, ecodes.KEY_LEFTCTRL, RELEASED)
    assert wire.scans(control + b + off + typed(CODE) + control + j + off + typed("A")) == [CODE, "A"]


def test_what_the_kernel_dropped_makes_no_code_of_two_halves(wire: Wire) -> None:
    some = event(EV_KEY, ecodes.KEY_Z, PRESSED) + event(EV_KEY, ecodes.KEY_X, PRESSED)
    lost = event(EV_SYN, SYN_DROPPED, 0) + some + event(EV_SYN, SYN_REPORT, 0)
    first, second = typed(CODE)[: EVENT.size * 60], typed(CODE)
    assert wire.scans(first, lost + second) == [CODE]


def test_half_a_code_and_a_pause_is_no_part_of_the_next(wire: Wire) -> None:
    assert wire.scans(typed(CODE[:17])) == [CODE[:17]]
    assert wire.scans(typed(CODE)) == [CODE]


def test_a_device_that_goes_away_is_an_error(wire: Wire) -> None:
    wire.kernel.close()
    with pytest.raises(OSError):
        wire.reader.read(1)


def test_a_terminal_is_no_input_device() -> None:
    ours, theirs = os.openpty()
    with listening(ScannerDevice(DeviceKind.EVDEV, os.ttyname(theirs))) as ear:
        assert ear.fault() == "device_of_another_kind"
    os.close(ours)
    os.close(theirs)


@pytest.mark.skipif(
    not os.access("/dev/uinput", os.W_OK), reason="this kernel lets us make no input device (/dev/uinput)"
)
def test_a_real_input_device_is_grabbed_and_read_and_found_again() -> None:
    name = f"lab-tui test scanner {os.getpid()}"
    keys = {ecodes.EV_KEY: [*range(1, 84)]}
    device = ScannerDevice(DeviceKind.EVDEV, name)

    def scan(scanner: evdev.UInput) -> None:
        for _seconds, _micros, kind, code, value in EVENT.iter_unpack(typed(CODE) + stroke(ENTER)):
            scanner.write(kind, code, value)

    with listening(device) as ear:
        assert ear.fault() == "device_missing"
        for _plugged_in_again in range(2):
            with evdev.UInput(keys, name=name) as scanner:
                ear.opened()
                other = evdev.InputDevice(scanner.device.path)
                scan(scanner)
                assert ear.scan() == CODE
                assert other.read_one() is None  # it is ours alone
                other.close()
            assert ear.fault() == "device_missing"
    assert not Path("/dev/input/by-id").joinpath(name).exists()
