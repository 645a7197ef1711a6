"""Scanners that do not type, beside the kiosk: codes from all of them, faults for staff, a camera to aim."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from lab_tui.codes.passcode import PassKind
from lab_tui.errors import BadInput
from lab_tui.tui.app import KioskApp
from lab_tui.tui.device_watch import DeviceWatch
from lab_tui.tui.modals.camera_preview import CameraPreviewModal
from lab_tui.tui.modals.verdict import VerdictModal
from tests.scanning.clips import Shot, make_clip
from tests.tui.kiosks import Kiosk
from tests.world import World

pytest.importorskip("serial", reason="the extra serial is not installed")


class Line:
    """A serial scanner that is plugged in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ours, self._theirs = os.openpty()
        path.symlink_to(os.ttyname(self._theirs))

    def send(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def unplug(self) -> None:
        self.path.unlink()
        os.close(self._ours)
        os.close(self._theirs)


@asynccontextmanager
async def kiosk_with(world: World, devices: str, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Kiosk]:
    """The kiosk of a lab in which these devices are set."""
    set_devices(world, devices)
    async with Kiosk.of(world, size) as kiosk:
        yield kiosk
    assert not any(listener.is_alive() for listener in watch(kiosk)._threads)


def set_devices(world: World, devices: str) -> None:
    config = world.lab.config
    config = replace(config, scanner=replace(config.scanner, devices=devices))
    world.lab = replace(world.lab, config=config)


def opened(kiosk: Kiosk, count: int = 2) -> Callable[[], bool]:
    return lambda: list(watch(kiosk).state.values()).count(None) == count


def watch(kiosk: Kiosk) -> DeviceWatch:
    assert kiosk.app.devices is not None
    return kiosk.app.devices


async def test_codes_from_two_scanners_and_the_keyboard_are_taken_one_by_one(
    small_world: World, tmp_path: Path
) -> None:
    badges = [small_world.badge(small_world.person(f"Person {number}")) for number in range(9)]
    left, right = Line(tmp_path / "left"), Line(tmp_path / "right")
    async with kiosk_with(small_world, f"serial:{left.path}, serial:{right.path}") as kiosk:
        await kiosk.until(opened(kiosk), "the scanners")
        for first in range(0, 9, 3):
            for one, other in zip(badges[first], badges[first + 1], strict=True):
                left.send(one)
                right.send(other)
            kiosk.scan(badges[first + 2])
        await kiosk.until(lambda: len(read(small_world)) == 9, "all scans")
        assert set(read(small_world)) == {"welcome"}
    left.unplug()
    right.unplug()


async def test_one_badge_before_two_scanners_is_one_scan(small_world: World, tmp_path: Path) -> None:
    badge = small_world.badge(small_world.person("Ada Wong"))
    forged = small_world.lab.keys.issue(PassKind.PERSON, 1)
    left, right = Line(tmp_path / "left"), Line(tmp_path / "right")
    async with kiosk_with(small_world, f"serial:{left.path}, serial:{right.path}") as kiosk:
        await kiosk.until(opened(kiosk), "the scanners")
        left.send(badge)
        await kiosk.until(lambda: kiosk.app.visit, "the visit")
        kiosk.scan(badge)
        right.send(badge + forged)  # what comes after it was taken, so it has come
        await kiosk.until(lambda: isinstance(kiosk.app.screen, VerdictModal), "the second scan")
        assert len(read(small_world)) == 2
    left.unplug()
    right.unplug()


def read(world: World) -> list[str]:
    from lab_tui.store.tables.checkins import Scan

    with world.lab.store.read():
        return [row.verdict for row in Scan.select().order_by(Scan.id)]


async def test_staff_are_told_of_a_scanner_that_goes_and_comes(small_world: World, tmp_path: Path) -> None:
    staff = small_world.person("Vera Lam", role="staff")
    line = Line(tmp_path / "scanner")
    async with kiosk_with(small_world, f"serial:{line.path}, evdev:No such scanner") as kiosk:
        devices = watch(kiosk)
        await kiosk.until(lambda: opened(kiosk, 1)() and len(devices.faults) == 1, "both devices")
        await kiosk.visit(staff)
        kiosk.app.visit.actor = replace(kiosk.app.visit.actor, signed_in=True)  # type: ignore[union-attr]
        kiosk.app.go("staff_today")
        await kiosk.shows("SCANNERS", "✕ not there", "evdev:No such scanner")
        assert str(line.path) not in kiosk.text
        line.unplug()
        await kiosk.until(lambda: len(devices.faults) == 2, "the fault")
        kiosk.screen.refresh_value()
        await kiosk.until(lambda: kiosk.text.count("✕ not there") == 2, "both faults")
        line = Line(tmp_path / "scanner")
        await kiosk.until(lambda: len(devices.faults) == 1, "the scanner")
        line.send(small_world.badge(small_world.person("Ada Wong")))
        await kiosk.shows(" Ada Wong ")
    line.unplug()


async def test_without_devices_there_is_nothing(open_kiosk: Callable) -> None:  # type: ignore[type-arg]
    async with open_kiosk() as kiosk:
        assert kiosk.app.devices is None
        assert "Camera" not in kiosk.text
        await kiosk.press("f3")
        assert not isinstance(kiosk.app.screen, CameraPreviewModal)


def test_a_wrong_setting_is_told_before_the_kiosk_opens(small_world: World) -> None:
    set_devices(small_world, "usb:/dev/x")
    with pytest.raises(BadInput):
        KioskApp(small_world.lab)


# The camera


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_whoever_aims_sees_it_and_is_read(
    small_world: World, tmp_path: Path, size: tuple[int, int]
) -> None:
    pytest.importorskip("av", reason="the extra camera is not installed")
    badge = small_world.badge(small_world.person("Ada Wong"))
    clip = make_clip(tmp_path / "clip.mkv", [Shot("", 1.2), Shot(badge, 1.0)])
    async with kiosk_with(small_world, f"camera:{clip}", size) as kiosk:
        await kiosk.shows("F3 Camera")
        await kiosk.press("f3")
        await kiosk.shows("Hold the code before the camera", "▀▀▀▀")
        rows = [line for line in kiosk.text.splitlines() if "▀" in line]
        assert len(rows) >= size[1] - 4
        assert kiosk.line_widths == {size[0]}
        await kiosk.until(lambda: kiosk.app.visit, "the visit")
        await kiosk.shows(" Ada Wong ")
        assert watch(kiosk)._viewfinder.size is None


async def test_escape_ends_aiming(small_world: World, tmp_path: Path) -> None:
    pytest.importorskip("av", reason="the extra camera is not installed")
    clip = make_clip(tmp_path / "clip.mkv", [Shot("", 0.5)])
    async with kiosk_with(small_world, f"camera:{clip}") as kiosk:
        await kiosk.press("f3")
        await kiosk.shows("▀▀▀▀")
        await kiosk.press("escape")
        await kiosk.shows_no("▀▀▀▀")
        assert watch(kiosk)._viewfinder.size is None


async def test_a_camera_that_is_not_there_says_so(small_world: World) -> None:
    async with kiosk_with(small_world, "camera:/dev/video99") as kiosk:
        await kiosk.press("f3")
        await kiosk.shows("camera:/dev/video99 is not there")
