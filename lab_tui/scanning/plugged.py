"""What is plugged into this machine that may be a scanner. Reads the kernel's own lists, opens nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab_tui.scanning.devices import DeviceKind, ScannerDevice

ROOT = Path("/")
_NAME = re.compile(r'^N: Name="(.*)"$', re.MULTILINE)
_EVENT = re.compile(r"^H: Handlers=.*\b(event\d+)\b", re.MULTILINE)
_KEYS = re.compile(r"^B: KEY=(.*)$", re.MULTILINE)
# The keys 1, Q and Enter: whatever types codes has them. All are in the lowest word of the kernel's map.
_KEYS_OF_A_CODE = 1 << 2 | 1 << 16 | 1 << 28


@dataclass(frozen=True)
class InputDevice:
    """An input device: its own name, its path of today, whether it has the keys of a code."""

    name: str
    event_path: str
    types: bool


@dataclass(frozen=True)
class Plugged:
    """Something that may be a scanner: how the setting would name it, and what it calls itself."""

    device: ScannerDevice
    about: str
    path: str


def input_devices(root: Path = ROOT) -> tuple[InputDevice, ...]:
    """All input devices, as the kernel lists them for everybody."""
    try:
        listing = (root / "proc/bus/input/devices").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(device for block in listing.split("\n\n") for device in _input_device(block))


def paths_named(name: str, root: Path = ROOT) -> list[str]:
    """The paths of today of all input devices that have this name and type codes."""
    return [one.event_path for one in input_devices(root) if one.name == name and one.types]


def _input_device(block: str) -> Iterator[InputDevice]:
    name, event, keys = _NAME.search(block), _EVENT.search(block), _KEYS.search(block)
    if name and event:
        lowest = int((keys[1].split() or ["0"])[-1], 16) if keys else 0
        types = lowest & _KEYS_OF_A_CODE == _KEYS_OF_A_CODE
        yield InputDevice(name[1], f"/dev/input/{event[1]}", types)


def plugged_in(root: Path = ROOT) -> tuple[Plugged, ...]:
    """Whatever may be a scanner: what types, serial lines, cameras."""
    return (*_typing(root), *_serial_lines(root), *_cameras(root))


def _typing(root: Path) -> Iterator[Plugged]:
    lasting = _lasting_paths(root)
    for one in input_devices(root):
        if one.types:
            where = lasting.get(Path(one.event_path).name, one.name)
            yield Plugged(ScannerDevice(DeviceKind.EVDEV, where), one.name, one.event_path)


def _lasting_paths(root: Path) -> dict[str, str]:
    """The path of each event device that stays the same when it is plugged in again."""
    found: dict[str, str] = {}
    for folder in ("by-path", "by-id"):
        for link in sorted((root / "dev/input" / folder).glob("*-event*")):
            found[link.resolve().name] = f"/dev/input/{folder}/{link.name}"
    return found


def _serial_lines(root: Path) -> Iterator[Plugged]:
    lasting = {
        link.resolve().name: f"/dev/serial/by-id/{link.name}"
        for link in sorted((root / "dev/serial/by-id").glob("*"))
    }
    for kind in ("ttyACM*", "ttyUSB*"):
        for line in sorted((root / "dev").glob(kind)):
            where = lasting.get(line.name, f"/dev/{line.name}")
            yield Plugged(ScannerDevice(DeviceKind.SERIAL, where), line.name, f"/dev/{line.name}")


def _cameras(root: Path) -> Iterator[Plugged]:
    for camera in sorted((root / "dev").glob("video*")):
        about = root / "sys/class/video4linux" / camera.name
        # A camera's further devices tell of its pictures and have none.
        if _line(about / "index") in ("", "0"):
            device = ScannerDevice(DeviceKind.CAMERA, f"/dev/{camera.name}")
            yield Plugged(device, _line(about / "name"), device.where)


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
