"""What is kept of a crash: where it happened, never what was typed."""

from __future__ import annotations

import os
import re
import traceback
from pathlib import Path

from lab_tui.clock import SystemClock

# A word of four or more characters with a digit in it may be a PIN, a pass code or a telephone number.
_TELLING = re.compile(r"\b(?=\w*\d)\w{4,}\b")
_FRAME = "  File "


def describe(error: BaseException) -> str:
    """The traceback without local variables and with telling words of the messages masked."""
    lines = traceback.TracebackException.from_exception(error, capture_locals=False).format()
    return "".join(line if line.startswith(_FRAME) else _TELLING.sub("…", line) for line in lines)


def write(log: Path, error: BaseException) -> None:
    """Append a crash to the log, a file that only its owner may read. An unwritable log is left unwritten."""
    entry = f"{SystemClock().now().isoformat(timespec='seconds')} the app stopped\n{describe(error)}\n"
    try:
        number = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with open(number, "w", encoding="utf-8") as file:
            file.write(entry)
    except OSError:
        pass  # a full disk must not keep the app from ending
