"""The terminal as a scanner sees it: every byte as it comes, with the instant, and none shown."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
import time
from codecs import getincrementaldecoder
from types import FrameType, TracebackType

from lab_tui.scanning.trial import Stroke

_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_READ_BYTES = 4096
_INTERRUPT = "\x03"


class RawTerminal:
    """Standard input without echo, lines or keys of its own; as it was before, whatever ends the program.

    What was typed and not read is thrown away at the end: a shell would show it, and run it.
    """

    def __init__(self) -> None:
        self._descriptor = sys.stdin.fileno()
        self._decode = getincrementaldecoder("utf-8")(errors="replace").decode

    def __enter__(self) -> RawTerminal:
        self._before = termios.tcgetattr(self._descriptor)
        self._handlers = {number: signal.signal(number, self._end) for number in _ENDING_SIGNALS}
        raw = termios.tcgetattr(self._descriptor)
        raw[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.ISTRIP | termios.IXON)
        raw[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
        raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, raw)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _restore(self) -> None:
        with contextlib.suppress(termios.error):  # the terminal itself may be gone
            termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, self._before)

    def _end(self, number: int, _frame: FrameType | None) -> None:
        """A signal ends the program as it would have, the terminal being itself again."""
        self._restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def strokes(self, seconds: float) -> list[Stroke]:
        """What is typed next, within this time; nothing if nothing is.

        Raises KeyboardInterrupt for a lone Ctrl+C; one among other characters is a scanner's.
        """
        ready, _, _ = select.select([self._descriptor], [], [], max(0.0, seconds))
        if not ready:
            return []
        data, at = os.read(self._descriptor, _READ_BYTES), time.monotonic()
        text = self._decode(data)
        if text == _INTERRUPT or not data:
            raise KeyboardInterrupt
        return [Stroke(char, at) for char in text]
