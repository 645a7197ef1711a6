"""The kiosk with scanners that do not type, on a real terminal: it reads them, bears their loss, and ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pty.kiosk import DemoLab, LabKiosk
from tests.pty.terminal import Terminal

pytest.importorskip("serial", reason="the extra serial is not installed")

# What only a device needs; none of it is there before one is opened.
DEVICE_MODULES = {"serial", "evdev", "av", "zxingcpp", "PIL", "qrcode"}
DEVICE_ROOMS = {
    f"lab_tui.scanning.{name}"
    for name in (
        "devices",
        "follow",
        "frames",
        "plugged",
        "serial_scanner",
        "evdev_scanner",
        "camera",
        "picture",
    )
} | {"lab_tui.tui.device_watch", "lab_tui.tui.modals.camera_preview"}


@pytest.fixture
def line() -> Iterator[tuple[int, str]]:
    """A serial line: the scanner's end, and the name of the kiosk's."""
    ours, theirs = os.openpty()
    yield ours, os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


def settings(*devices: str) -> str:
    return f'[scanner]\ndevices = "{", ".join(devices)}"\n'


def is_open(kiosk: Terminal, path: str) -> bool:
    """Whether the kiosk has a file open."""
    folder = Path(f"/proc/{kiosk.pid}/fd")
    return any(link.is_symlink() and os.readlink(link) == path for link in folder.iterdir())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_it_reads_the_line_and_ends_in_order(
    demo: DemoLab, tmp_path: Path, line: tuple[int, str], number: signal.Signals
) -> None:
    scanner, path = line
    folder = demo.copy_to(tmp_path, settings(f"serial:{path}", "serial:/dev/no-such-line", "evdev:Nothing"))
    with LabKiosk(demo, folder) as kiosk:
        kiosk.started()
        kiosk.wait_until(lambda _: is_open(kiosk, path), 10, "the open line")
        os.write(scanner, demo.members[0].code.encode() + b"\r")
        kiosk.wait_for(f" {demo.members[0].name} ")
        kiosk.visit(demo.members[1])  # the keyboard is there as well
        kiosk.signal(number)
        assert kiosk.wait_exit(10) == 128 + number
        assert b"\x1b[?1049l" in kiosk.raw[-400:]  # the terminal shows what was there before
        assert not (folder / "lab-tui.log").exists()


def test_a_wrong_setting_is_wrong_usage_and_no_kiosk(demo: DemoLab, tmp_path: Path) -> None:
    with LabKiosk(demo, demo.copy_to(tmp_path, settings("evdev:/dev/input/event0"))) as kiosk:
        assert kiosk.wait_exit(20) == 2
        assert "may be the keyboard after the next start" in kiosk.text.replace("\n", "")


def test_a_kiosk_without_devices_imports_nothing_of_them(demo: DemoLab, tmp_path: Path) -> None:
    program = tmp_path / "kiosk.py"
    program.write_text(
        "import sys\n"
        "from lab_tui.tui.sealed.environment import scrub_environment\n"
        "scrub_environment()\n"
        "from lab_tui.cli.main import run\n"
        "from lab_tui.tui import app\n"
        "from pathlib import Path\n"
        "class Kiosk(app.KioskApp):\n"
        "    CSS_PATH = [str(Path(app.__file__).parent / one) for one in app.KioskApp.CSS_PATH]\n"
        "    def tell(self):\n"
        "        open(sys.argv[0] + '.modules', 'w').write('\\n'.join(sys.modules))\n"
        "        self.leave()\n"
        "    def on_mount(self):\n"
        "        super().on_mount()\n"
        "        self.set_interval(0.05, lambda: self.tell() if self.screen.value is not None else None)\n"
        "app.KioskApp = Kiosk\n"
        "sys.exit(run())\n"
    )
    for name, devices, wanted in (("none", "", False), ("one", settings("serial:/dev/no-such-line"), True)):
        folder = tmp_path / name
        folder.mkdir()
        with LabKiosk(demo, demo.copy_to(folder, devices), program=(str(program),)) as kiosk:
            assert kiosk.wait_exit(30) == 0, kiosk.text
        modules = set(Path(f"{program}.modules").read_text().splitlines())
        assert "lab_tui.tui.screens.home" in modules
        assert bool(modules & (DEVICE_MODULES | DEVICE_ROOMS)) is wanted
