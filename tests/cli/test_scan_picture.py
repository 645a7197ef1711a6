"""`lab-tui scan`: a code, a picture of one, and what is neither; and what `doctor` says of the setting."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lab_tui.codes import qr
from lab_tui.codes.passcode import PassKind
from lab_tui.lab.opening import open_lab

pytest.importorskip("zxingcpp", reason="the extra picture is not installed")


@pytest.fixture
def badge(folder: Path) -> str:
    """A badge of the demo lab."""
    from lab_tui.lab import people

    lab = open_lab(folder)
    code = people.demo_badges(lab)[0].code
    lab.store.close()
    return code


def test_a_code_and_its_picture_say_the_same(lab: Callable, badge: str, tmp_path: Path) -> None:  # type: ignore[type-arg]
    qr.picture(badge).save(tmp_path / "badge.png")
    qr.picture(badge).convert("RGB").save(tmp_path / "without a name that tells", "JPEG")
    typed = lab("scan", badge)
    assert typed.code == 0
    assert "WELCOME" in typed.out
    for name in ("badge.png", "without a name that tells"):
        assert lab("scan", tmp_path / name) == typed
    assert badge not in lab("scan", tmp_path / "badge.png", "--json").out


def test_a_picture_may_come_by_a_pipe(folder: Path, badge: str, tmp_path: Path) -> None:
    qr.picture(badge).save(tmp_path / "badge.png")
    command = [sys.executable, "-m", "lab_tui", "--lab", str(folder), "scan", "-"]
    with (tmp_path / "badge.png").open("rb") as picture:
        answer = subprocess.run(command, stdin=picture, capture_output=True, check=True, timeout=60)
    assert b"WELCOME" in answer.stdout


def test_what_is_no_code_has_an_answer_of_its_own(lab: Callable, tmp_path: Path, folder: Path) -> None:  # type: ignore[type-arg]
    from PIL import Image

    keys = open_lab(folder).keys
    Image.new("L", (90, 90), 255).save(tmp_path / "empty.png")
    two = Image.new("L", (800, 400), 255)
    two.paste(qr.picture(keys.issue(PassKind.PERSON, 1)), (0, 0))
    two.paste(qr.picture(keys.issue(PassKind.PERSON, 2)), (400, 0))
    two.save(tmp_path / "two.png")
    (tmp_path / "text.jpg").write_text("no picture")
    Image.new("1", (9000, 9000)).save(tmp_path / "huge.png")
    expected = {
        "empty.png": (1, "✕ No code can be seen in this picture"),
        "two.png": (1, "✕ There are 2 codes in this picture"),
        "text.jpg": (2, "is no picture that can be read. Give one of these: PNG, JPEG, WEBP."),
        "huge.png": (2, "has too many points. A picture of at most 64 megapixels can be read."),
        "gone.png": (2, "cannot be read. Name a file that exists."),
        ".": (2, "cannot be read. Name a file that exists."),
    }
    for name, (code, said) in expected.items():
        answer = lab("scan", tmp_path / name)
        assert (answer.code, said in answer.err, answer.out) == (code, True, ""), answer
    assert lab("scan", tmp_path / "empty.png", "--json").json["refused"][0]["code"] == "no_code_in_picture"


@pytest.mark.skipif(os.geteuid() == 0, reason="whoever may read everything finds no file closed")
def test_a_file_that_is_closed_to_us(lab: Callable, tmp_path: Path) -> None:  # type: ignore[type-arg]
    (tmp_path / "closed.png").touch(mode=0)
    answer = lab("scan", tmp_path / "closed.png")
    assert (answer.code, "See that you may read it" in answer.err) == (3, True)


def test_a_file_that_breaks_while_it_is_read(lab: Callable) -> None:  # type: ignore[type-arg]
    answer = lab("scan", "/proc/self/mem")
    assert (answer.code, "See that you may read it" in answer.err) == (3, True)


def test_a_missing_library_is_named(lab: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[type-arg]
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    (tmp_path / "badge.png").touch()
    answer = lab("scan", tmp_path / "badge.png")
    assert (answer.code, "pip install 'lab-tui[picture]'" in answer.err) == (3, True)


def test_a_very_long_text_is_a_code(lab: Callable) -> None:  # type: ignore[type-arg]
    assert lab("scan", 5000 * "A").code == 1


# The setting


def test_doctor_says_whether_the_setting_names_devices(lab: Callable, folder: Path) -> None:  # type: ignore[type-arg]
    for text, state in (
        ("serial:/dev/ttyACM0", "ok"),
        ("evdev:/dev/input/event0", "wrong"),
        ("usb:x", "wrong"),
    ):
        (folder / "lab.toml").write_text(f'[scanner]\ndevices = "{text}"\n', encoding="utf-8")
        found = {one["check"]: one["state"] for one in lab("doctor", "--json").json}
        assert found["scanner.devices"] == state


def test_doctor_lists_without_a_terminal(
    lab: Callable, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[type-arg]
    settings = '[scanner]\ndevices = "serial:/dev/no-such-line, evdev:No such scanner"\n'
    (folder / "lab.toml").write_text(settings, encoding="utf-8")
    answer = lab("doctor", "--scanner")
    assert answer.code == 3
    assert "✕ wrong  serial:/dev/no-such-line: serial:/dev/no-such-line is not there" in answer.out
    assert "✕ wrong  evdev:No such scanner" in answer.out
    assert "The input is not a terminal." in answer.out
