"""Every command in the README is run here, in the README's order, in a folder of its own."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab_tui.config import parse_config
from lab_tui.demo.open import copy_demo
from lab_tui.scanning import devices
from tests.pty.terminal import Terminal

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
# Each make target and what it comes to; the tests themselves are not run inside the tests.
MAKE = {
    "run": "lab-tui --lab . demo",
    "test": "pytest",
    "check": "lint-imports",
    "bench": "-m tests.benchmarks",
    "long": "pytest -m long",
    "example": "-m lab_tui.demo.build",
}


def blocks(language: str) -> list[str]:
    """The README's blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """The README's commands, in order."""
    return [line for block in blocks("sh") for line in block.splitlines() if line]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a demo lab, where the commands are run."""
    made = tmp_path_factory.mktemp("readme")
    copy_demo(made / "lab.db", datetime.now(UTC))
    return made


def environment() -> dict[str, str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "LANG": "C.UTF-8", "TERM": "xterm-256color"}


@pytest.mark.parametrize("target", sorted(MAKE))
def test_every_target_of_make_is_there(target: str) -> None:
    told = subprocess.run(
        ["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True, env=environment()
    )
    assert MAKE[target] in told.stdout
    assert f"make {target}" in commands()


def test_every_command_of_the_readme_works(folder: Path) -> None:
    (folder / "mylab").mkdir()
    ran = []
    for command in commands():
        words = shlex.split(command)
        if words[0] == "make":
            assert words[1] in MAKE
        elif words[0] == "pip":
            extra = re.search(r"\[(\w+)\]", command)
            project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
            assert extra is not None
            assert extra[1] in project["optional-dependencies"]
        elif words[-1] == "init":
            _init(command, folder)
        elif words[-1] == "run" and "mylab" in words:
            _open_kiosk(command, folder)
        else:
            _run(words, folder)
        ran.append(command)
    assert ran == commands()
    assert (folder / "mylab" / "lab.key").stat().st_mode & 0o077 == 0
    assert (folder / "grace.png").exists()
    assert (folder / "backup.db").exists()


def _run(words: list[str], folder: Path) -> None:
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, env=environment(), stdin=subprocess.DEVNULL
    )
    # The doctor may find fault with the machine that the tests run on (3), but it says so and ends.
    allowed = (0, 3) if "doctor" in words else (0,)
    assert done.returncode in allowed, f"{words}: {done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr


def _init(command: str, folder: Path) -> None:
    with Terminal(
        ["bash", "-c", f"cd {shlex.quote(str(folder))} && {command}"], env=environment()
    ) as terminal:
        for answer in ("Kowloon AI Lab", "Asia/Hong_Kong", "Ada Wong", "470913", "470913"):
            terminal.settle()
            terminal.type(answer + "\r")
        assert terminal.wait_exit(30) == 0, terminal.text


def _open_kiosk(command: str, folder: Path) -> None:
    with Terminal(
        ["bash", "-c", f"cd {shlex.quote(str(folder))} && exec {command}"], env=environment()
    ) as kiosk:
        kiosk.wait_for("Kowloon AI Lab", timeout=30)


def test_the_settings_in_the_readme_are_settings() -> None:
    told = [parse_config(tomllib.loads(block), Path()) for block in blocks("toml")]
    assert [config.database_url.startswith("postgresql://") for config in told] == [False, True]
    named = devices.parse_devices(told[0].scanner.devices, Path())
    assert [one.kind for one in named] == ["evdev", "serial", "camera"]


def test_pictures_and_files_that_the_readme_names_are_there() -> None:
    for name in re.findall(r"!\[[^]]+\]\(([^)]+)\)", README) + re.findall(r"`(assets/[^`]+)`", README):
        assert (ROOT / name).is_file(), name


def test_where_to_change_what_names_files_that_are_there() -> None:
    """One guess each must be right: the newcomer's table names real places."""
    for name in re.findall(r"`((?:lab|tui|wording|codes|store)/[\w/]+\.py)`", README):
        assert (ROOT / "lab_tui" / name).is_file(), name
