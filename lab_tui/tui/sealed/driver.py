"""The terminal of a kiosk: no input ends it, no signal leaves it in disorder.

Replaces the parts of Textual 8.2.8's Linux driver where a bad byte, a lost terminal or a signal ends the
process without unmounting or without restoring the terminal.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import selectors
import signal
from codecs import getincrementaldecoder
from collections.abc import Iterable
from typing import IO, Any, cast

from textual import events
from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.messages import InBandWindowResize

_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)
_POLL_SECONDS = 0.1
_SEQUENCE_POLL_SECONDS = 0.02
_PASTE_QUIET_SECONDS = 0.5
_LONGEST_PASTE = 100_000
_READ_BYTES = 4096


class ForgivingParser(XTermParser):
    """A parser that drops what it cannot read and goes on with the next character."""

    _fed_at = 0.0

    @property
    def is_waiting(self) -> bool:
        """Whether an escape sequence is under way, or a lone Escape."""
        return self._timeout_time is not None

    def feed(self, data: str) -> Iterable[Message]:
        """The events in `data`; character by character, so that an error costs one sequence only."""
        self._fed_at = get_time()
        for char in data:
            try:
                for message in super().feed(char):
                    # What one read brought came together, however long it takes to read on a busy machine.
                    message.time = self._fed_at
                    yield message
            except Exception:  # noqa: BLE001 - whatever was sent, the next key must work
                self._start_afresh()
            # The terminal's own size reports are not used (anybody can type one): cells, not pixels.
            self.mouse_pixels = False

    def tick(self) -> Iterable[Message]:
        """Events that time brings about; a paste that never ends is dropped, else it would eat all keys."""
        try:
            yield from super().tick()
        except Exception:  # noqa: BLE001 - as above
            self._start_afresh()
        state = inspect.getgeneratorlocals(self._gen)
        quiet = get_time() - self._fed_at > _PASTE_QUIET_SECONDS
        if state.get("bracketed_paste") and (quiet or len(state["paste_buffer"]) > _LONGEST_PASTE):
            self._start_afresh()

    def _start_afresh(self) -> None:
        self._tokens.clear()
        self._timeout_time = None
        self._gen = self.parse(self._tokens.append)
        self._awaiting = next(self._gen)


class _LastingFile:
    """The terminal's output; a terminal that went away takes everything, so that the app can end in order."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # the loss is noticed on the input
            self._file.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()


class SealedDriver(LinuxDriver):
    """Linux driver for a screen that strangers use.

    SIGTERM, SIGHUP, SIGQUIT and SIGINT end the app in order with status 128 + signal, a lost terminal with
    that of SIGHUP, so that only staff leaving it gives 0. SIGTSTP is ignored.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self._file is not None:
            self._file = cast("Any", _LastingFile(self._file))

    @property
    def can_suspend(self) -> bool:
        return False

    def _sigtstp_application(self, *_: object) -> None:
        """Stay: a stopped kiosk shows a shell."""

    def _sigcont_application(self, *_: object) -> None:
        """Nothing was stopped in order, so nothing is started again."""

    def start_application_mode(self) -> None:
        super().start_application_mode()
        loop = asyncio.get_running_loop()
        for number in _ENDING_SIGNALS:
            loop.add_signal_handler(number, self._end, number)

    def _end(self, number: signal.Signals) -> None:
        self._app.exit(return_code=128 + number)

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """Open nothing: a browser on a console is a way to a shell."""

    def _query_in_band_window_resize(self) -> None:
        """The window's size comes from the kernel, not from what can be typed."""

    def process_message(self, message: Message) -> None:
        if not isinstance(message, (events.Resize, InBandWindowResize)):
            super().process_message(message)

    def run_input_thread(self) -> None:
        """Read keys until the app stops or the terminal is gone."""
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        parser = ForgivingParser()
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_SEQUENCE_POLL_SECONDS if parser.is_waiting else _POLL_SECONDS):
                    data = self._read()
                    if not data:
                        self._loop.call_soon_threadsafe(self._end, signal.SIGHUP)
                        return
                    self._hand_over(list(parser.feed(decode(data))))
                self._hand_over(list(parser.tick()))

    def _hand_over(self, messages: list[Message]) -> None:
        """Give the app what one read brought in one go; key by key, a busy app would get a scan too late."""
        if messages:
            self._loop.call_soon_threadsafe(self._process_all, messages)

    def _process_all(self, messages: list[Message]) -> None:
        for message in messages:
            self.process_message(message)

    def _read(self) -> bytes:
        """What was typed; nothing once the terminal is gone."""
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:
            return b""
