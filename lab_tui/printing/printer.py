"""The printer: any program that takes the name of a file, such as `lp -d badges`."""

from __future__ import annotations

import os
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from lab_tui.errors import SystemCannot
from lab_tui.text import printable

SECONDS = 60
# What it said last tells why it failed; the rest may be without end.
_MOST_BYTES = 300
_READ_BYTES = 65_536
# Until it is seen that it has ended, where something holds its output open; or that it shall be stopped.
_POLL_SECONDS = 0.1
# A program that this account may not stop, such as sudo, is left behind.
_STOP_SECONDS = 1.0


def send(
    command: str, path: Path, seconds: float = SECONDS, cancelled: Callable[[], bool] = lambda: False
) -> None:
    """Hand a file to the printer's program and wait for it to end. No shell reads the command.

    What it leaves running in the background is left alone, and nobody listens to it any more.
    Raises SystemCannot: printer_missing (there is no such program), printer_failed (with what it said),
    printer_silent (it was stopped after `seconds`), printer_stopped (as it was `cancelled`).
    """
    words = [*shlex.split(command), str(path.absolute())]
    facts = {"program": words[0], "path": str(path)}
    try:
        program = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise SystemCannot("printer_missing", problem=error.strerror, **facts) from error
    output = _Output(program)
    ends_at = time.monotonic() + seconds
    try:
        while program.poll() is None:
            if cancelled():
                raise SystemCannot("printer_stopped", **facts)
            if time.monotonic() >= ends_at:
                raise SystemCannot("printer_silent", seconds=int(seconds), **facts)
            output.hear(_POLL_SECONDS)
        output.hear(0)
    finally:
        output.close()
        _stop(program)
    if program.returncode:
        problem = output.said or f"exit {program.returncode}"
        raise SystemCannot("printer_failed", problem=problem, **facts)


class _Output:
    """What a program says, of which the end is kept."""

    def __init__(self, program: subprocess.Popen[bytes]) -> None:
        assert program.stdout is not None
        self._program = program
        self._pipe = program.stdout
        self._is_open = True
        self._said = b""

    def hear(self, wait_seconds: float) -> None:
        """Take what comes within this time, which ends sooner with the program's output, or with itself."""
        if not self._is_open:
            with suppress(subprocess.TimeoutExpired):
                self._program.wait(wait_seconds)
        elif self._is_ready(wait_seconds):
            # A pipe holds no more than this: after the program's end it is all that it said.
            data = os.read(self._pipe.fileno(), _READ_BYTES)
            self._is_open = bool(data)
            self._said = (self._said + data)[-_MOST_BYTES:]

    def _is_ready(self, wait_seconds: float) -> bool:
        ready = select.poll()
        ready.register(self._pipe, select.POLLIN)
        return bool(ready.poll(wait_seconds * 1000))

    @property
    def said(self) -> str:
        """The end of it; a character that is cut in two is left out."""
        return printable(self._said.decode("utf-8", "replace").lstrip("\ufffd")).strip()

    def close(self) -> None:
        self._pipe.close()


def _stop(program: subprocess.Popen[bytes]) -> None:
    """End the program if it still runs, with all that it started, as far as this account may."""
    if program.poll() is None:
        with suppress(OSError):
            os.killpg(program.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            program.wait(_STOP_SECONDS)
