"""A demo lab in a folder, and the command line in this process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab_tui.cli.main import run
from lab_tui.clock import SystemClock
from lab_tui.demo.open import copy_demo


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Lab = Callable[..., Answer]


@pytest.fixture(scope="session")
def demo_master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "lab.db"
    copy_demo(path, SystemClock().now())
    return path


@pytest.fixture
def folder(demo_master: Path, tmp_path: Path) -> Path:
    """The folder of a demo lab of one's own."""
    shutil.copyfile(demo_master, tmp_path / "lab.db")
    return tmp_path


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Run a command line as `lab-tui` does, in English."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("LAB_TUI_LAB", raising=False)
    monkeypatch.delenv("LAB_TUI_DATABASE", raising=False)

    def call(*arguments: object) -> Answer:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Answer(code, out, err)

    return call


@pytest.fixture
def lab(command: Callable[..., Answer], folder: Path) -> Lab:
    """Run a command on the demo lab."""
    return lambda *arguments: command("--lab", folder, *arguments)
