"""What the setting names, what is plugged in, and where a scan ends on a line that carries nothing else."""

from __future__ import annotations

import errno
import sys
import threading
from pathlib import Path

import pytest

from lab_tui.codes.passcode import CALIBRATION_CODE
from lab_tui.errors import BadInput, SystemCannot
from lab_tui.scanning.devices import (
    DeviceKind,
    Failed,
    Heard,
    HowToRead,
    ScannerDevice,
    fault_of,
    parse_devices,
)
from lab_tui.scanning.evdev_scanner import only_one
from lab_tui.scanning.follow import follow
from lab_tui.scanning.frames import Debounce, Frames
from lab_tui.scanning.plugged import input_devices, paths_named, plugged_in
from tests.scanning.listening import listening

LAB = Path("/srv/lab")
ADDRESS = "https://example.org/"
CODE = "VXL1P10000000000002U3M3SRVPAARHV8LTWG5"


# The setting


def test_the_setting_names_devices() -> None:
    text = "evdev:/dev/input/by-id/usb-A-event-kbd, evdev:Symbol Bar Code Scanner,serial:/dev/ttyACM0@115200,"
    assert [str(device) for device in parse_devices(text + "camera:clip.mkv", LAB)] == [
        "evdev:/dev/input/by-id/usb-A-event-kbd",
        "evdev:Symbol Bar Code Scanner",
        "serial:/dev/ttyACM0@115200",
        "camera:/srv/lab/clip.mkv",
    ]
    assert parse_devices("", LAB) == ()
    assert str(parse_devices("serial:/dev/ttyUSB0", LAB)[0]) == "serial:/dev/ttyUSB0"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("usb:/dev/x", "not_a_device"),
        ("serial:", "not_a_device"),
        ("/dev/ttyACM0", "not_a_device"),
        ("evdev:", "not_a_device"),
        ("serial:/dev/ttyACM0@1", "not_a_choice"),
        ("serial:/dev/ttyACM0, serial:/dev/ttyACM0@115200", "device_twice"),
        ("evdev:/dev/input/event3", "not_a_lasting_path"),
    ],
)
def test_a_wrong_setting_is_refused(text: str, problem: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_devices(text, LAB)
    assert refused.value.problem == problem


# Where a scan ends


def fed(text: str, gap: float = 0.0, frames: Frames | None = None) -> list[str]:
    """What comes out of a line on which characters arrive at this distance, and then none."""
    frames = frames or Frames(0.1)
    at, scans = 100.0, []
    for char in text:
        at += gap
        scans += frames.feed(char, at)
    return scans + frames.pause(at + 1)


@pytest.mark.parametrize("suffix", ["\r", "\n", "\r\n", "\t", ""])
def test_a_code_is_whole_whatever_follows_it(suffix: str) -> None:
    assert fed(CODE + suffix, 0.02) == [CODE]
    assert fed(2 * (CODE + suffix)) == [CODE, CODE]
    assert Frames(0.1).feed(CODE, 100.0) == [CODE]


def test_what_scanners_add_is_no_part_of_the_code() -> None:
    assert fed(f"\x02]Q1{CODE}\r\x03") == [CODE]
    assert fed(CODE.lower() + "\r") == [CODE]
    assert fed(f"]E0{ADDRESS}") == [f"]E0{ADDRESS}"]


def test_a_long_s_is_no_letter_of_a_code() -> None:
    assert Frames(0.1).feed(CODE.replace("S", "ſ"), 100.0) == []


def test_half_a_code_never_makes_a_whole_one() -> None:
    frames = Frames(0.1)
    assert frames.feed(CODE[:20], 100.0) == []
    assert frames.feed(CODE, 101.0) == [CODE[:20], CODE]
    assert fed(CODE[:20] + "\r" + CODE) == [CODE[:20], CODE]


def test_a_contact_card_is_one_scan() -> None:
    card = "BEGIN:VCARD\r\nFN:Ann\r\nEND:VCARD\r\n"
    assert fed(card) == ["BEGIN:VCARD\nFN:Ann\nEND:VCARD"]
    assert fed(card + CODE) == ["BEGIN:VCARD\nFN:Ann\nEND:VCARD", CODE]


def test_a_line_without_end_is_bounded() -> None:
    assert max(map(len, fed("A" * 50_000))) < 8_000


def test_a_code_that_is_held_there_is_one_scan() -> None:
    debounce = Debounce(2.5)
    reads = [(CODE, 0.0), ("other", 0.2), (CODE, 2.0), ("other", 2.2), (CODE, 4.0), (CODE, 6.6)]
    assert [debounce.is_repeat(text, at) for text, at in reads] == [False, False, True, True, True, False]


# What is plugged in

LISTING = """\
I: Bus=0003 Vendor=046d Product=c31c Version=0110
N: Name="Logitech USB Keyboard"
H: Handlers=sysrq kbd event0 leds
B: EV=120013
B: KEY=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe

I: Bus=0003 Vendor=05e0 Product=1200 Version=0110
N: Name="Symbol Bar Code Scanner"
H: Handlers=sysrq kbd event7
B: KEY=e080ffdf01cfffff fffffffffffffffe

I: Bus=0019 Vendor=0000 Product=0001 Version=0000
N: Name="Power Button"
H: Handlers=kbd event1
B: KEY=10000000000000 0
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder that looks as the kernel's lists do with some devices."""
    files = {
        "proc/bus/input/devices": LISTING,
        "dev/input/event0": "",
        "dev/input/event7": "",
        "dev/ttyACM0": "",
        "dev/ttyUSB3": "",
        "dev/video0": "",
        "dev/video1": "",
        "sys/class/video4linux/video0/name": "HD Webcam\n",
        "sys/class/video4linux/video0/index": "0\n",
        "sys/class/video4linux/video1/index": "1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for folder, link, to in (
        ("dev/input/by-id", "usb-Symbol-event-kbd", "../event7"),
        ("dev/input/by-path", "pci-usb-0:2-event-kbd", "../event7"),
        ("dev/serial/by-id", "usb-Honeywell-if00", "../../ttyACM0"),
    ):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / link).symlink_to(to)
    return tmp_path


def test_what_may_be_a_scanner_is_listed_as_the_setting_names_it(machine: Path) -> None:
    assert [(str(one.device), one.about) for one in plugged_in(machine)] == [
        ("evdev:Logitech USB Keyboard", "Logitech USB Keyboard"),
        ("evdev:/dev/input/by-id/usb-Symbol-event-kbd", "Symbol Bar Code Scanner"),
        ("serial:/dev/serial/by-id/usb-Honeywell-if00", "ttyACM0"),
        ("serial:/dev/ttyUSB3", "ttyUSB3"),
        ("camera:/dev/video0", "HD Webcam"),
    ]
    parse_devices(",".join(str(one.device) for one in plugged_in(machine)), LAB)


def test_a_power_button_types_no_code(machine: Path) -> None:
    assert [one.name for one in input_devices(machine) if not one.types] == ["Power Button"]


def test_a_name_that_two_devices_have_is_no_name(machine: Path) -> None:
    scanner = "Symbol Bar Code Scanner"
    device = ScannerDevice(DeviceKind.EVDEV, scanner)
    assert only_one(device, paths_named(scanner, machine)) == "/dev/input/event7"
    listing = machine / "proc/bus/input/devices"
    listing.write_text(LISTING + "\n" + LISTING.split("\n\n")[1].replace("event7", "event8"))
    paths = paths_named(scanner, machine)
    for found, problem in ((paths, "device_ambiguous"), ([], "device_missing")):
        with pytest.raises(SystemCannot) as refused:
            only_one(device, found)
        assert refused.value.code == problem
    assert paths_named("Power Button", machine) == []


def test_a_machine_without_devices_has_none(tmp_path: Path) -> None:
    assert plugged_in(tmp_path) == ()


# When it cannot be opened


def test_a_fault_says_what_to_do(tmp_path: Path) -> None:
    device = ScannerDevice(DeviceKind.SERIAL, str(tmp_path))
    closed = fault_of(device, PermissionError(errno.EACCES, "x"))
    assert (closed.code, bool(closed.facts["group"])) == ("device_closed", True)
    assert fault_of(device, OSError(errno.EBUSY, "x")).code == "device_taken"
    assert fault_of(device, OSError(errno.ENODEV, "x")).code == "device_missing"
    assert fault_of(device, OSError("no number")).code == "device_missing"


@pytest.mark.parametrize(
    ("kind", "module", "extra"),
    [("evdev", "evdev", "evdev"), ("serial", "serial", "serial"), ("camera", "av", "camera")],
)
def test_a_missing_library_is_named(
    kind: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with listening(ScannerDevice(DeviceKind(kind), str(tmp_path)), HowToRead()) as ear:
        failed = ear.until(lambda one: True)
    assert failed.fault.code == "scanner_library_missing"  # type: ignore[union-attr]
    assert failed.fault.facts["extra"] == extra  # type: ignore[union-attr]


class NoTime(threading.Event):
    """A stop that comes after so many waits, none of which takes time."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self.left = waits
        self.waited: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        if len(self.waited) == self.left:
            self.set()
        return self.is_set()


@pytest.mark.parametrize("kind", list(DeviceKind))
def test_a_device_that_is_not_there_is_tried_again_ever_more_seldom(kind: DeviceKind, tmp_path: Path) -> None:
    heard: list[Heard] = []
    stop = NoTime(8)
    follow(ScannerDevice(kind, str(tmp_path / "gone")), HowToRead(), heard.append, stop)
    assert [type(one) for one in heard] == 8 * [Failed]
    assert {one.fault.code for one in heard if isinstance(one, Failed)} == {"device_missing"}
    assert stop.waited == [0.5, 1, 2, 4, 8, 8, 8, 8]


@pytest.mark.parametrize("kind", list(DeviceKind))
def test_something_else_of_that_name_is_no_scanner(kind: DeviceKind, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no device")
    for path in (str(file), "/dev/null"):
        with listening(ScannerDevice(kind, path)) as ear:
            assert ear.fault() == "device_of_another_kind"


def test_the_calibration_card_is_a_code_like_any_other() -> None:
    assert fed(CALIBRATION_CODE) == [CALIBRATION_CODE]
