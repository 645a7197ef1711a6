"""The printer's program: run without a shell, given a time, stopped with all it has started."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path

import pytest

from lab_tui.errors import SystemCannot
from lab_tui.printing.printer import send


def script(tmp_path: Path, body: str) -> str:
    path = tmp_path / "printer.py"
    path.write_text(body)
    return f"{sys.executable} {path}"


def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    body = f"import sys\nopen({str(tmp_path / 'log')!r}, 'w').write('|'.join(sys.argv[1:]))"
    send(script(tmp_path, body) + " $HOME `id` ; *", tmp_path / "a b.pdf")
    assert (tmp_path / "log").read_text() == f"$HOME|`id`|;|*|{tmp_path / 'a b.pdf'}"


def test_a_printer_that_never_ends_is_stopped_with_its_children(tmp_path: Path) -> None:
    log = tmp_path / "pids"
    body = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(log)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(600)"
    )
    with pytest.raises(SystemCannot) as refusal:
        send(script(tmp_path, body), tmp_path / "x.pdf", seconds=1)
    assert (refusal.value.code, refusal.value.facts["seconds"]) == ("printer_silent", 1)
    for pid in map(int, log.read_text().split()):
        assert has_ended(pid, 10)


def test_a_printer_that_leaves_something_running_does_not_hold_the_kiosk(tmp_path: Path) -> None:
    """As lp does where it starts a daemon: the child keeps the output open."""
    log = tmp_path / "pid"
    body = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(log)!r}, 'w').write(str(child.pid))"
    )
    send(script(tmp_path, body), tmp_path / "x.pdf", seconds=60)
    pid = int(log.read_text())
    assert not has_ended(pid, 0)
    os.kill(pid, 9)


def test_what_it_says_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(SystemCannot) as refusal:
        send(script(tmp_path, "import sys\nprint('x' * 1_000_000)\nsys.exit(1)"), tmp_path / "x.pdf")
    assert len(str(refusal.value.facts["problem"])) == 300


def has_ended(pid: int, within_seconds: float) -> bool:
    """Whether a process ends in this time, or has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], within_seconds)[0])
    finally:
        os.close(handle)
