"""A scanner that is a keyboard to the machine, taken from it: its keys reach this program and no other.

Keys are read by their position, as on a US keyboard, which is how scanners type: no layout of the machine
can change them. The numbers are those of the kernel's `input-event-codes.h`.
"""

from __future__ import annotations

import os
import select
import struct
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lab_tui.errors import SystemCannot
from lab_tui.scanning.devices import GreyPicture, HowToRead, Reader, ScannerDevice, library_missing
from lab_tui.scanning.frames import Frames
from lab_tui.scanning.plugged import paths_named

if TYPE_CHECKING:
    import evdev

# `struct input_event`: seconds, microseconds, type, code, value.
EVENT = struct.Struct("@llHHi")
EV_SYN, EV_KEY = 0, 1
SYN_REPORT, SYN_DROPPED = 0, 3
RELEASED, PRESSED = 0, 1
_EVENTS_A_READ = 64

# The first key of a run of keys: what they type, and what they type with Shift.
_RUNS = {
    2: ("1234567890-=", "!@#$%^&*()_+"),
    16: ("qwertyuiop[]", "QWERTYUIOP{}"),
    30: ("asdfghjkl;'`", 'ASDFGHJKL:"~'),
    43: ("\\zxcvbnm,./", "|ZXCVBNM<>?"),
    55: ("*", "*"),
    57: (" ", " "),
    71: ("789-456+1230.", "789-456+1230."),
    86: ("\\", "|"),
    98: ("/", "/"),
    15: ("\t", "\t"),
    28: ("\r", "\r"),
    96: ("\r", "\r"),
}
_PLAIN = {first + at: char for first, (chars, _) in _RUNS.items() for at, char in enumerate(chars)}
_SHIFTED = {first + at: char for first, (_, chars) in _RUNS.items() for at, char in enumerate(chars)}
_SHIFTS = frozenset({42, 54})
_CONTROLS = frozenset({29, 97})
_OTHER_MODIFIERS = frozenset({56, 100, 125, 126})
# What scanners send as a control character at the end of a code.
_WITH_CONTROL = {"m": "\r", "j": "\n", "i": "\t"}


class Keys:
    """What keys type, by their position on a US keyboard."""

    def __init__(self) -> None:
        self._down: set[int] = set()

    def character(self, code: int, value: int) -> str:
        """The character that a key typed; nothing for one that is released, repeats or only modifies."""
        if code in _SHIFTS | _CONTROLS | _OTHER_MODIFIERS:
            (self._down.discard if value == RELEASED else self._down.add)(code)
            return ""
        if value != PRESSED or self._down & _OTHER_MODIFIERS:
            return ""
        if self._down & _CONTROLS:
            return _WITH_CONTROL.get(_PLAIN.get(code, ""), "")
        return (_SHIFTED if self._down & _SHIFTS else _PLAIN).get(code, "")

    def forget(self) -> None:
        """Nothing is known of what is held down."""
        self._down.clear()


def open_evdev(device: ScannerDevice, how: HowToRead) -> Reader:
    """Open an input device and take it for this program alone. Raises OSError, SystemCannot."""
    try:
        import evdev
    except ImportError:
        raise library_missing(device, "evdev") from None
    opened = evdev.InputDevice(_path(device), readonly=True)
    try:
        if not _can_type_a_code(opened):
            raise SystemCannot("device_of_another_kind", device=str(device))
        opened.grab()
    except BaseException:
        opened.close()
        raise
    return EvdevReader(opened, opened.fileno(), how.gap_seconds)


def _path(device: ScannerDevice) -> str:
    """The path that is meant: the name may be that of one device only. Raises SystemCannot."""
    return device.where if device.where.startswith("/") else only_one(device, paths_named(device.where))


def only_one(device: ScannerDevice, paths: Sequence[str]) -> str:
    """The one path among these. Raises SystemCannot: taking the wrong keyboard would leave people none."""
    if len(paths) > 1:
        raise SystemCannot("device_ambiguous", device=str(device), count=len(paths))
    if not paths:
        raise SystemCannot("device_missing", device=str(device))
    return paths[0]


def _can_type_a_code(opened: evdev.InputDevice[Any]) -> bool:
    """Whether it has the keys of a code: the mouse of the same name has not."""
    return {2, 16, 28} <= set(opened.capabilities().get(EV_KEY, ()))


class EvdevReader:
    """Reads scans from the events of an input device."""

    def __init__(self, opened: Any, descriptor: int, gap_seconds: float) -> None:
        """`opened`: what is closed at the end; `descriptor`: where its events are read."""
        self._opened = opened
        self._descriptor = descriptor
        self._gap_seconds = gap_seconds
        self._keys = Keys()
        self._frames = Frames(gap_seconds)
        self._is_cut = False

    def read(self, wait_seconds: float) -> list[str | GreyPicture]:
        """The scans that end within the time."""
        ready, _, _ = select.select([self._descriptor], [], [], min(wait_seconds, self._gap_seconds))
        if not ready:
            return [*self._frames.pause(time.monotonic())]
        data = os.read(self._descriptor, EVENT.size * _EVENTS_A_READ)
        if not data:
            raise OSError("the device is gone")
        scans: list[str | GreyPicture] = []
        for _seconds, _micros, kind, code, value in EVENT.iter_unpack(data):
            scans += self._scans(kind, code, value)
        return scans

    def _scans(self, kind: int, code: int, value: int) -> list[str]:
        """The scans that an event settles; the kernel says so (SYN_DROPPED) where it had to drop events."""
        if kind == EV_SYN and code == SYN_DROPPED:
            self._is_cut = True
        elif kind == EV_SYN and code == SYN_REPORT and self._is_cut:
            self._is_cut = False
            self._keys.forget()
            self._frames.drop()
        elif kind == EV_KEY and not self._is_cut:
            return self._frames.feed(self._keys.character(code, value), time.monotonic())
        return []

    def close(self) -> None:
        """Give the device back to the machine."""
        self._opened.close()
