"""Times seen from outside: whole processes in a pseudo-terminal, from a key to the last byte."""

from __future__ import annotations

import os
import re
import select
import statistics
import sys
import time
from collections.abc import Sequence

import ptyprocess

_QUIET_SECONDS = 0.08
_TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
# A program is compiled when it is installed, or at its first start; not at every one.
COMPILED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Screen:
    """A program in a pseudo-terminal, of which only the bytes are of interest."""

    def __init__(self, argv: Sequence[str], columns: int = 120, rows: int = 40) -> None:
        self.started = time.perf_counter()
        environment = {**COMPILED, **_TERMINAL}
        self._process = ptyprocess.PtyProcess.spawn(list(argv), dimensions=(rows, columns), env=environment)
        self._seen = b""

    def wait_for(self, pattern: bytes, timeout: float = 60) -> float:
        """Seconds since the start until a pattern was written."""
        deadline = time.perf_counter() + timeout
        while not re.search(pattern, self._seen):
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{pattern!r} was not written; the end was {self._seen[-400:]!r}")
            self._read(0.05)
        return time.perf_counter() - self.started

    def _read(self, timeout: float) -> bool:
        if not select.select([self._process.fd], [], [], timeout)[0]:
            return False
        self._seen += os.read(self._process.fd, 1 << 16)
        return True

    def settle(self) -> None:
        """Read until nothing has come for a while."""
        while self._read(0.3):
            pass

    def press(self, keys: bytes) -> float:
        """Seconds from writing keys until the last byte of what they changed."""
        self._seen = b""
        start = last = time.perf_counter()
        os.write(self._process.fd, keys)
        while self._read(_QUIET_SECONDS if self._seen else 2.0):
            last = time.perf_counter()
        return last - start

    def send(self, keys: bytes) -> None:
        """Write keys."""
        self._seen = b""
        os.write(self._process.fd, keys)

    def close(self) -> None:
        """End the program."""
        self._process.close(force=True)


def trivial() -> list[str]:
    """The command of the trivial app."""
    return [sys.executable, "-m", "tests.benchmarks.trivial"]


def percentile(values: list[float], share: float) -> float:
    """The value below which a share of all lie."""
    return statistics.quantiles(values, n=100)[int(share * 100) - 1]
