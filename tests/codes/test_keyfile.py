"""The signing key file: written once, whole, and for one account alone."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab_tui.codes.keyfile import load_key_file, make_key_file
from lab_tui.codes.passcode import PassKind
from lab_tui.errors import SystemCannot

KEY_LINE = "1 " + "ab" * 32
PEPPER_LINE = "pepper " + "cd" * 32


def refusal(path: Path) -> SystemCannot:
    with pytest.raises(SystemCannot) as caught:
        load_key_file(path)
    return caught.value


def written(path: Path, *lines: str, mode: int = 0o600) -> Path:
    path.write_text("\n".join(lines))
    path.chmod(mode)
    return path


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_a_made_file_is_private_and_makes_codes(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "lab.key"
    before = os.umask(umask)
    try:
        make_key_file(path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    ring = load_key_file(path)
    assert not ring.demo
    assert ring.read(ring.issue(PassKind.PERSON, 42)).pass_id == 42
    assert len(set(ring.signing_keys.values()) | {ring.pepper}) == 2


def test_no_two_files_are_alike(tmp_path: Path) -> None:
    make_key_file(tmp_path / "a")
    make_key_file(tmp_path / "b")
    assert load_key_file(tmp_path / "a").pepper != load_key_file(tmp_path / "b").pepper
    assert load_key_file(tmp_path / "a").signing_keys != load_key_file(tmp_path / "b").signing_keys


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path / "lab.key", "precious")
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "elsewhere")
    for taken in (path, dangling):
        with pytest.raises(SystemCannot, match="key_exists"):
            make_key_file(taken)
    assert path.read_text() == "precious"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["dangling", "lab.key"]


def test_of_many_makers_one_wins_and_no_draft_stays(tmp_path: Path) -> None:
    path = tmp_path / "lab.key"

    def attempt(_: int) -> bool:
        try:
            make_key_file(path)
        except SystemCannot:
            return False
        return True

    with ThreadPoolExecutor(8) as makers:
        assert sum(makers.map(attempt, range(16))) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["lab.key"]
    load_key_file(path)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SystemCannot, match="key_unwritable"):
        make_key_file(tmp_path / "no" / "lab.key")
    assert refusal(tmp_path / "no" / "lab.key").code == "key_missing"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = written(tmp_path / "lab.key", KEY_LINE, PEPPER_LINE, mode=mode)
    error = refusal(path)
    assert (error.code, error.facts["mode"]) == ("key_open_to_others", f"{mode:04o}")
    path.chmod(0o400)
    load_key_file(path)


def test_comments_blanks_and_several_keys_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "lab.key", "# ours", "", KEY_LINE, "  31\t" + "EF" * 32 + "  ", PEPPER_LINE, "")
    ring = load_key_file(path)
    assert ring.signing_keys == {1: b"\xab" * 32, 31: b"\xef" * 32}
    assert ring.pepper == b"\xcd" * 32


@pytest.mark.parametrize(
    ("lines", "problem", "line"),
    [
        ([PEPPER_LINE], "no_signing_key", None),
        ([KEY_LINE], "no_pepper", None),
        ([], "no_signing_key", None),
        ([KEY_LINE, PEPPER_LINE, "x"], "not_a_key", 3),
        ([KEY_LINE, KEY_LINE, PEPPER_LINE], "twice", 2),
        (["0 " + "ab" * 32, PEPPER_LINE], "not_a_key", 1),
        (["32 " + "ab" * 32, PEPPER_LINE], "not_a_key", 1),
        (["1 " + "ab" * 31, PEPPER_LINE], "not_a_key", 1),
        (["1 " + "ab" * 33, PEPPER_LINE], "not_a_key", 1),
        (["1 " + "ag" * 32, PEPPER_LINE], "not_a_key", 1),
        (["1 " + "ä" * 64, PEPPER_LINE], "not_a_key", 1),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(
    tmp_path: Path, lines: list[str], problem: str, line: int | None
) -> None:
    path = written(tmp_path / "lab.key", *lines)
    error = refusal(path)
    assert (error.code, error.facts["problem"], error.facts.get("line")) == ("key_unreadable", problem, line)
    assert "abab" not in repr(error.facts)


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (tmp_path, pipe):
        assert refusal(path).facts["problem"] == "not_a_file"
