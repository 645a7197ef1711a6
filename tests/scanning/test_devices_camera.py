"""A camera reads a badge once each time it is shown, and shows what it sees to somebody who aims."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("av", reason="the extra camera is not installed")

from lab_tui.scanning.devices import (
    DeviceKind,
    Failed,
    GreyPicture,
    HowToRead,
    Scanned,
    ScannerDevice,
    Seen,
    Viewfinder,
)
from lab_tui.scanning.follow import open_reader
from tests.scanning.clips import Shot, make_clip
from tests.scanning.listening import listening

CODE = "VXL1P10000000000002U3M3SRVPAARHV8LTWG5"
OTHER = "VXL1T104HLARU9MF6WWXNDGGJ8TD5TH91HKSNL"
HOW = HowToRead(debounce_seconds=0.6)


def camera(path: Path) -> ScannerDevice:
    return ScannerDevice(DeviceKind.CAMERA, str(path))


def test_a_badge_is_read_once_each_time_it_is_shown(tmp_path: Path) -> None:
    shots = [Shot(CODE, 1.2), Shot(OTHER, 0.9), Shot("", 0.7), Shot(CODE, 0.9), Shot("", 0.7)]
    clip = make_clip(tmp_path / "badges.mkv", shots)
    seconds = sum(shot.seconds for shot in shots)
    reader = open_reader(camera(clip), HOW)
    began, scans = time.monotonic(), []
    while len(scans) < 4:  # the fourth is the first again: a clip is shown over and over
        scans += reader.read(0.2)
    reader.close()
    assert scans == [CODE, OTHER, CODE, CODE]
    assert time.monotonic() - began > seconds  # at its own speed


def test_two_badges_in_one_picture_are_two_scans(tmp_path: Path) -> None:
    from PIL import Image

    from lab_tui.codes import qr

    both = Image.new("L", (640, 480), 150)
    both.paste(qr.picture(CODE, 6), (20, 60))
    both.paste(qr.picture(OTHER, 6), (330, 200))
    both.save(tmp_path / "both.png")
    how = HowToRead(debounce_seconds=60, viewfinder=Viewfinder((40, 40)))
    with listening(camera(tmp_path / "both.png"), how) as ear:
        heard = [ear.until(lambda one: True) for _ in range(7)]
    scans = [one.text for one in heard if isinstance(one, Scanned)]
    assert sorted(scans) == [CODE, OTHER]
    assert len([one for one in heard if isinstance(one, Seen)]) == 4


def test_whoever_aims_sees_small_grey_pictures_and_nobody_else_does(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "badge.mkv", [Shot(CODE, 1.0)])
    finder = Viewfinder()
    with listening(camera(clip), HowToRead(viewfinder=finder)) as ear:
        assert ear.scan() == CODE
        assert not any(isinstance(one, Seen) for one in ear.heard.queue)
        finder.size = (78, 40)
        seen = ear.until(lambda one: isinstance(one, Seen))
    assert isinstance(seen, Seen)
    picture: GreyPicture = seen.picture
    assert (picture.width, picture.height) == (53, 40)
    assert len(picture.pixels) == 53 * 40
    assert min(picture.pixels) < 90 < 160 < max(picture.pixels)


def test_a_picture_that_its_library_chokes_on_does_not_end_the_watching(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zxingcpp

    read, problems = zxingcpp.read_barcodes, [ValueError("odd picture")]

    def once_wrong(*args: Any, **options: Any) -> Any:
        if problems:
            raise problems.pop()
        return read(*args, **options)

    monkeypatch.setattr(zxingcpp, "read_barcodes", once_wrong)
    with listening(camera(make_clip(tmp_path / "badge.mkv", [Shot(CODE, 1.0)]))) as ear:
        failed = ear.until(lambda one: isinstance(one, Failed))
        assert isinstance(failed, Failed)
        assert (failed.fault.code, failed.fault.facts["problem"]) == (
            "device_failed",
            "ValueError: odd picture",
        )
        assert ear.scan() == CODE


@pytest.mark.parametrize("data", [b"", b"no clip", b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n"])
def test_what_is_no_clip_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "clip"
    path.write_bytes(data)
    with listening(camera(path)) as ear:
        assert ear.fault() == "device_of_another_kind"


def test_an_address_is_no_camera(tmp_path: Path) -> None:
    with listening(camera(tmp_path / "http://127.0.0.1:9/stream")) as ear:
        assert ear.fault() == "device_missing"
