"""Listening to a device for as long as the kiosk runs, through unplugging and plugging in again."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from threading import Event

from lab_tui.errors import SystemCannot
from lab_tui.scanning.devices import (
    DeviceKind,
    Failed,
    Heard,
    HowToRead,
    Opened,
    Reader,
    Scanned,
    ScannerDevice,
    Seen,
    fault_of,
    unknown_fault,
)

# How long an end may have to wait for a thread that listens.
_POLL_SECONDS = 0.25
# Until a device is tried again: at first at once, as after a plug that was moved; then seldom.
_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 8.0


def open_reader(device: ScannerDevice, how: HowToRead) -> Reader:
    """Open a device. Raises OSError, SystemCannot."""
    match device.kind:
        case DeviceKind.EVDEV:
            from lab_tui.scanning.evdev_scanner import open_evdev

            return open_evdev(device, how)
        case DeviceKind.SERIAL:
            from lab_tui.scanning.serial_scanner import open_serial

            return open_serial(device, how)
        case DeviceKind.CAMERA:
            from lab_tui.scanning.camera import open_camera

            return open_camera(device, how)


def follow(device: ScannerDevice, how: HowToRead, tell: Callable[[Heard], None], stop: Event) -> None:
    """Tell what is heard from a device until `stop` is set; for a thread of its own.

    A device that cannot be opened or goes away is told each time it fails, and tried again ever more seldom.
    """
    wait = _FIRST_WAIT_SECONDS
    while not stop.is_set():
        began = time.monotonic()
        try:
            with closing(open_reader(device, how)) as reader:
                tell(Opened(device))
                while not stop.is_set():
                    _hand_over(device, reader, tell)
        except OSError as error:
            tell(Failed(device, fault_of(device, error)))
        except SystemCannot as fault:
            tell(Failed(device, fault))
        except Exception as error:  # noqa: BLE001 - drivers raise what they like; a thread that dies tells nobody
            tell(Failed(device, unknown_fault(device, error)))
        was_there = time.monotonic() - began > _LONGEST_WAIT_SECONDS
        wait = _FIRST_WAIT_SECONDS if was_there else min(2 * wait, _LONGEST_WAIT_SECONDS)
        stop.wait(wait)


def _hand_over(device: ScannerDevice, reader: Reader, tell: Callable[[Heard], None]) -> None:
    for read in reader.read(_POLL_SECONDS):
        tell(Scanned(device, read) if isinstance(read, str) else Seen(device, read))
