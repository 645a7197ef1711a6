"""The printer's program: run without a shell, given a time, stopped with all it has started."""

from __future__ import annotations

import errno
import os
import resource
import select
import sys
import time
from contextlib import suppress
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
    end(pid)


def test_what_it_says_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(SystemCannot) as refusal:
        send(
            script(tmp_path, "import sys\nprint('紙' * 1_000_000 + ' is out', flush=True)\nsys.exit(1)"),
            tmp_path / "x.pdf",
        )
    problem = str(refusal.value.facts["problem"])
    assert problem == "紙" * 97 + " is out"
    assert len(problem.encode()) <= 300


def test_what_it_says_without_end_fills_no_disk(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    body = script(tmp_path, "for _ in range(200): print('x' * 100_000)")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        send(body, tmp_path / "x.pdf")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_is_left_running_is_listened_to_no_more(tmp_path: Path) -> None:
    log = tmp_path / "pid"
    body = (
        "import subprocess, sys\n"
        "endless = [sys.executable, '-c', 'while True: print(1)']\n"
        "child = subprocess.Popen(endless, stderr=subprocess.DEVNULL)\n"
        f"open({str(log)!r}, 'w').write(str(child.pid))"
    )
    send(script(tmp_path, body), tmp_path / "x.pdf")
    child = int(log.read_text())
    try:
        assert has_ended(child, 30)
    finally:
        end(child)


def test_a_printer_that_closed_its_output_is_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "log"
    body = f"import os, time\nos.close(1)\nos.close(2)\ntime.sleep(0.5)\nopen({str(log)!r}, 'w').close()"
    before = time.thread_time()
    send(script(tmp_path, body), tmp_path / "x.pdf")
    assert log.exists()
    assert time.thread_time() - before < 0.25


def test_a_printer_that_may_not_be_stopped_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `sudo lp`, which is root's."""

    def not_allowed(_group: int, _signal: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    log = tmp_path / "pid"
    body = f"import os, time\nopen({str(log)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    monkeypatch.setattr(os, "killpg", not_allowed)
    try:
        with pytest.raises(SystemCannot) as refusal:
            send(script(tmp_path, body), tmp_path / "x.pdf", seconds=1)
        assert refusal.value.code == "printer_silent"
    finally:
        end(int(log.read_text()))


def test_whoever_no_longer_wants_it_waits_no_longer(tmp_path: Path) -> None:
    log = tmp_path / "pid"
    body = f"import os, time\nopen({str(log)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    with pytest.raises(SystemCannot) as refusal:
        send(
            script(tmp_path, body),
            tmp_path / "x.pdf",
            cancelled=lambda: log.exists() and bool(log.read_text()),
        )
    assert refusal.value.code == "printer_stopped"
    assert has_ended(int(log.read_text()), 10)


def end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, 9)


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
