"""The scanners that do not type: what the setting `scanner.devices` names, and what is heard from them.

Nothing here needs a library of a device: those are imported when such a device is opened.
"""

from __future__ import annotations

import errno
import grp
import os
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from lab_tui.errors import BadInput, SystemCannot

SETTING = "scanner.devices"
USUAL_SPEED = 9600
SPEEDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)

_SPEED = re.compile(r"@(\d+)\Z")
# The kernel numbers these as they are plugged in: after a restart one may be the keyboard.
_UNSTABLE = re.compile(r"/dev/input/(event|mouse|js)\d+\Z")


class DeviceKind(StrEnum):
    """How a scanner is connected."""

    EVDEV = "evdev"
    SERIAL = "serial"
    CAMERA = "camera"


@dataclass(frozen=True)
class ScannerDevice:
    """A scanner as the setting names it: by its path, or an input device by its own name.

    `speed`: bits a second on a serial line.
    """

    kind: DeviceKind
    where: str
    speed: int = USUAL_SPEED

    def __str__(self) -> str:
        speed = f"@{self.speed}" if self.speed != USUAL_SPEED else ""
        return f"{self.kind}:{self.where}{speed}"


@dataclass(frozen=True)
class GreyPicture:
    """A picture of one byte a pixel, row after row."""

    width: int
    height: int
    pixels: bytes = field(repr=False)


@dataclass(frozen=True)
class Scanned:
    """A device read a code."""

    device: ScannerDevice
    text: str = field(repr=False)


@dataclass(frozen=True)
class Opened:
    """A device is there and is listened to."""

    device: ScannerDevice


@dataclass(frozen=True)
class Failed:
    """A device cannot be opened, or has gone; it is tried again."""

    device: ScannerDevice
    fault: SystemCannot


@dataclass(frozen=True)
class Seen:
    """What a camera sees, for somebody who aims."""

    device: ScannerDevice
    picture: GreyPicture


Heard = Scanned | Opened | Failed | Seen


@dataclass
class Viewfinder:
    """Says to a camera, from another thread, whether pictures are wanted.

    `size`: the most columns and rows of pixels there is room for; None while nobody aims.
    """

    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class HowToRead:
    """How scans are told apart, in seconds; and whether somebody aims a camera."""

    gap_seconds: float = 0.1
    debounce_seconds: float = 2.5
    viewfinder: Viewfinder = field(default_factory=Viewfinder)


class Reader(Protocol):
    """A device that is open. Its methods raise OSError or SystemCannot once the device is gone."""

    def read(self, wait_seconds: float) -> list[str | GreyPicture]:
        """The codes, and the pictures that are wanted, that come within this time; fewer if none do."""

    def close(self) -> None:
        """Give the device back."""


def parse_devices(text: str, folder: Path) -> tuple[ScannerDevice, ...]:
    """The devices that the setting names; paths count from the lab's folder. Raises BadInput."""
    devices: list[ScannerDevice] = []
    for word in filter(None, map(str.strip, text.split(","))):
        device = _device(word, folder)
        if any((one.kind, one.where) == (device.kind, device.where) for one in devices):
            raise BadInput(SETTING, word, "device_twice")
        devices.append(device)
    return tuple(devices)


def _device(word: str, folder: Path) -> ScannerDevice:
    kind, _colon, where = (part.strip() for part in word.partition(":"))
    if kind not in list(DeviceKind) or not where:
        raise BadInput(SETTING, word, "not_a_device")
    if kind == DeviceKind.EVDEV:
        if _UNSTABLE.match(where):
            raise BadInput(SETTING, word, "not_a_lasting_path")
        return ScannerDevice(DeviceKind.EVDEV, where)
    speed = _SPEED.search(where) if kind == DeviceKind.SERIAL else None
    if speed is None:
        return ScannerDevice(DeviceKind(kind), str(folder / where))
    if int(speed[1]) not in SPEEDS:
        raise BadInput(SETTING, word, "not_a_choice", choices=", ".join(f"@{one}" for one in SPEEDS))
    return ScannerDevice(DeviceKind.SERIAL, str(folder / where[: speed.start()]), int(speed[1]))


def fault_of(device: ScannerDevice, error: OSError) -> SystemCannot:
    """What an error of the operating system says about a device."""
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return SystemCannot("device_closed", device=str(device), group=_group(device.where))
        case errno.EBUSY | errno.EAGAIN:
            return SystemCannot("device_taken", device=str(device))
        case errno.ENOTTY | errno.EINVAL | errno.EISDIR:
            return SystemCannot("device_of_another_kind", device=str(device))
        case _:
            # Nothing there any more, or it went while it was read: ENOENT, ENODEV, ENXIO, EIO, none at all.
            return SystemCannot("device_missing", device=str(device))


def unknown_fault(device: ScannerDevice, error: Exception) -> SystemCannot:
    """The fault of a device whose library fails in a way that nobody foresaw."""
    return SystemCannot("device_failed", device=str(device), problem=f"{type(error).__name__}: {error}")


def library_missing(device: ScannerDevice, extra: str) -> SystemCannot:
    """The fault of a device whose library is not installed."""
    return SystemCannot("scanner_library_missing", device=str(device), extra=extra)


def _group(path: str) -> str:
    """The group that may open a device, if it can be known."""
    try:
        return grp.getgrgid(os.stat(path).st_gid).gr_name
    except (OSError, KeyError):
        return ""
