"""0 done, 1 refused, 2 wrong usage, 3 the system cannot: as real processes, and what they print."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


def process(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lab_tui", "--lab", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
        timeout=60,
    )


def test_done(folder: Path) -> None:
    answer = process(folder, "people", "find", "mei", "chan", "--json")
    assert answer.returncode == 0
    assert [person["name"] for person in json.loads(answer.stdout)] == ["Mei Chan"]
    assert answer.stderr == ""


def test_refused(folder: Path) -> None:
    answer = process(folder, "gpu", "cancel", "99999999", "--json")
    assert answer.returncode == 1
    assert answer.stderr == "✕ There is no booking 99999999\n"
    assert json.loads(answer.stdout) == {
        "refused": [{"code": "unknown_booking", "facts": {"booking": 99999999}, "overridable": False}],
        "remedies": [],
    }


def test_wrong_usage(folder: Path) -> None:
    answer = process(folder, "gpu", "day", "2026-13-01", "--json")
    assert answer.returncode == 2
    assert answer.stderr == "DAY: 2026-13-01 is no day. Write it like 2026-11-22.\n"
    assert json.loads(answer.stdout)["bad_input"]["problem"] == "not_a_day"


def test_the_system_cannot(tmp_path: Path) -> None:
    answer = process(tmp_path, "event", "list", "--json")
    assert answer.returncode == 3
    assert "`lab-tui init`" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert json.loads(answer.stdout)["system_cannot"]["code"] == "store_missing"
    assert list(tmp_path.iterdir()) == []


def test_debug_shows_where(tmp_path: Path) -> None:
    answer = process(tmp_path, "event", "list", LAB_TUI_DEBUG="1")
    assert answer.returncode == 3
    assert "Traceback" in answer.stderr


def test_a_reader_that_leaves_early_is_no_fault(folder: Path) -> None:
    command = f"{sys.executable} -m lab_tui --lab {folder} audit list --limit 200"
    line = f"{command} | head -c 1; echo ${{PIPESTATUS[0]}}"
    answer = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout[1:].strip() == "0"
    assert answer.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["gpu", "book", "kowloon"],
        ["gpu", "cancel", "twelve"],
        ["--language", "tlh", "event", "list"],
        ["gpu", "book", "kowloon", "--gpus", "0", "--from", "2026-11-22 20:00", "--as", "1"],
        ["gpu"],
    ],
)
def test_click_s_own_complaints_are_wrong_usage(lab: Callable, arguments: list[str]) -> None:  # type: ignore[type-arg]
    answer = lab(*arguments)
    assert answer.code == 2
    assert "Usage:" in answer.err


def test_a_broken_setting_is_wrong_usage(lab: Callable, folder: Path) -> None:  # type: ignore[type-arg]
    (folder / "lab.toml").write_text("[gpus]\nlongest_hours = 0\n", encoding="utf-8")
    answer = lab("event", "list")
    assert (answer.code, answer.out) == (2, "")
    assert "gpus.longest_hours: 0 is out of bounds" in answer.err


def test_sentences_follow_the_language(lab: Callable) -> None:  # type: ignore[type-arg]
    assert lab("--language", "zh_Hant", "gpu", "cancel", "99999999").err == "✕ 沒有預約 99999999\n"
