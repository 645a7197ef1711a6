"""The wheel, in an empty environment elsewhere: the command runs, and its assets came along."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def run(*command: str | Path, cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LAB_TUI"))}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_wheel_installed_elsewhere_opens_a_demo_lab(tmp_path: Path) -> None:
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, ROOT, cwd=tmp_path)
    [wheel] = tmp_path.glob("lab_tui-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "lab_tui/_assets/lab.db.example" in names
    assert "lab_tui/tui/screens/home.tcss" in names
    assert "lab_tui/locale/zh_Hant/LC_MESSAGES/lab_tui.mo" in names
    assert not [name for name in names if name.startswith("tests")]

    run(sys.executable, "-m", "venv", "elsewhere", cwd=tmp_path)
    run("elsewhere/bin/pip", "install", "--quiet", "--disable-pip-version-check", wheel, cwd=tmp_path)
    command = tmp_path / "elsewhere" / "bin" / "lab-tui"
    run(command, "--lab", "lab", "demo", "--no-run", cwd=tmp_path)
    day = json.loads(run(command, "--lab", "lab", "gpu", "day", "--json", cwd=tmp_path))
    assert len(day["workstations"]) == 10
    chinese = run(command, "--lab", "lab", "--language", "zh_Hant", "desk", "map", cwd=tmp_path)
    assert "座位" in chinese
