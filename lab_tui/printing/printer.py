"""The printer: any program that takes the name of a file, such as `lp -d badges`."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
from pathlib import Path

from lab_tui.errors import SystemCannot
from lab_tui.text import printable

SECONDS = 60
_MOST_BYTES = 300


def send(command: str, path: Path, seconds: float = SECONDS) -> None:
    """Hand a file to the printer's program and wait for it to end. No shell reads the command.

    Raises SystemCannot: printer_missing (there is no such program), printer_failed (with what it said),
    printer_silent (it was stopped after `seconds`).
    """
    words = [*shlex.split(command), str(path.absolute())]
    facts = {"program": words[0], "path": str(path)}
    # A file, not a pipe: what the program leaves running in the background may hold a pipe open for ever.
    with tempfile.TemporaryFile() as said:
        try:
            program = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )
        except OSError as error:
            raise SystemCannot("printer_missing", problem=error.strerror, **facts) from error
        try:
            exit_code = program.wait(seconds)
        except subprocess.TimeoutExpired:
            raise SystemCannot("printer_silent", seconds=int(seconds), **facts) from None
        finally:
            _stop(program)
        if exit_code:
            said.seek(0)
            problem = printable(said.read(_MOST_BYTES).decode("utf-8", "replace")).strip()
            raise SystemCannot("printer_failed", problem=problem or f"exit {exit_code}", **facts)


def _stop(program: subprocess.Popen[bytes]) -> None:
    """End the program if it still runs, with all that it started."""
    if program.poll() is None:
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()
