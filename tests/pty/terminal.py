"""A real terminal for tests: a pseudo-terminal with a screen model behind it."""

from __future__ import annotations

import os
import re
import select
import signal as signals
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import ptyprocess
import pyte

ESCAPE_PAUSE = 0.15
"""Seconds after a lone Escape; a key that comes sooner makes an alt chord of the two."""

_ENTER = "\r"
KEYS = {
    "enter": _ENTER,
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "space": " ",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "insert": "\x1b[2~",
    "delete": "\x1b[3~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "shift+up": "\x1b[1;2A",
    "shift+down": "\x1b[1;2B",
    "shift+right": "\x1b[1;2C",
    "shift+left": "\x1b[1;2D",
    "shift+home": "\x1b[1;2H",
    "shift+end": "\x1b[1;2F",
    "ctrl+up": "\x1b[1;5A",
    "ctrl+down": "\x1b[1;5B",
    "ctrl+right": "\x1b[1;5C",
    "ctrl+left": "\x1b[1;5D",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "f10": "\x1b[21~",
    "f11": "\x1b[23~",
    "f12": "\x1b[24~",
}

# Sequences that a real terminal obeys in silence and pyte would half print.
_UNKNOWN_TO_PYTE = re.compile(r"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\??[0-9;]*\$[a-zA-Z]")
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9;<>=?$]*)?$")


def key_bytes(key: str) -> str:
    """What a terminal sends for a key by its Textual name; one character stands for itself."""
    if key in KEYS:
        return KEYS[key]
    if len(key) == 1:
        return key
    modifier, _, rest = key.partition("+")
    if modifier == "alt" and rest:
        return "\x1b" + key_bytes(rest)
    if modifier == "ctrl" and len(rest) == 1:
        return chr(ord(rest.upper()) & 0x1F)
    raise ValueError(f"no key is named {key!r}")


class Terminal:
    """A program on a pseudo-terminal, its screen, and a keyboard and scanner to it.

    Nothing here sleeps: each wait ends at the event that it waits for, or fails with the screen shown.
    """

    def __init__(
        self,
        argv: Sequence[str],
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._unread = bytearray()
        self.raw = bytearray()
        """All bytes that the program has written."""
        self._ended = False
        self._process = ptyprocess.PtyProcess.spawn(
            list(argv), cwd=cwd, env=_environment(env), dimensions=(rows, columns)
        )
        self.pid: int = self._process.pid
        self._fd: int = self._process.fd
        os.set_blocking(self._fd, False)
        self._pidfd = os.pidfd_open(self.pid)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What it shows

    @property
    def display(self) -> list[str]:
        """The rows as read, a wide character counted once, without blanks at the end."""
        self._show()
        return ["".join(char for _, char in self._cells(row)).rstrip() for row in range(self._screen.lines)]

    @property
    def text(self) -> str:
        """All rows in one string, a line each."""
        return "\n".join(self.display)

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self._screen.columns, self._screen.lines

    def find(self, text: str) -> tuple[int, int] | None:
        """Column and row (from 0, in cells) where `text` first stands, or None."""
        self._show()
        for row in range(self._screen.lines):
            cells = self._cells(row)
            line = "".join(char[0] for _, char in cells)
            if (at := line.find(text)) >= 0:
                return cells[at][0], row
        return None

    def _cells(self, row: int) -> list[tuple[int, str]]:
        """Column and character of each cell; the filler after a wide character is left out."""
        line = self._screen.buffer[row]
        cells: list[tuple[int, str]] = []
        skip = False
        for column in range(self._screen.columns):
            char = line[column].data
            if skip and not char:
                skip = False
                continue
            skip = bool(char) and unicodedata.east_asian_width(char[0]) in "WF"
            cells.append((column, char or " "))
        return cells

    @property
    def descriptor(self) -> int:
        """The file number of the terminal's other side, for its modes."""
        return self._fd

    # Waiting

    def wait_until(
        self, predicate: Callable[[Terminal], object], timeout: float = 10, what: str = "the condition"
    ) -> None:
        """Read output until `predicate(self)` holds, or fail with the screen after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not predicate(self):
            left = deadline - time.monotonic()
            if left <= 0 or (self._ended and not self._unread and self.exit_status is not None):
                if predicate(self):
                    return
                raise AssertionError(self._report(f"{what} did not come in {timeout:g} s"))
            self._read(left)

    def wait_for(self, text: str, timeout: float = 10) -> None:
        """Wait until `text` stands on one row of the screen."""
        self.wait_until(lambda screen: screen.find(text), timeout, f"{text!r}")

    def wait_gone(self, text: str, timeout: float = 10) -> None:
        """Wait until `text` stands nowhere."""
        self.wait_until(lambda screen: not screen.find(text), timeout, f"the end of {text!r}")

    def wait_exit(self, timeout: float = 10) -> int:
        """Wait for the program's end; its exit status, negative where a signal killed it."""
        deadline = time.monotonic() + timeout
        while self.exit_status is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(self._report(f"it did not end in {timeout:g} s"))
            sources = [self._pidfd] if self._ended else [self._fd, self._pidfd]
            select.select(sources, [], [], left)
            self._read(0)
        while self._read(0):
            pass
        status = self.exit_status
        assert status is not None
        return status

    def settle(self, quiet: float = 0.2, timeout: float = 10) -> None:
        """Read until nothing has been written for `quiet` seconds."""
        deadline = time.monotonic() + timeout
        while not self._ended and self._read(quiet):
            if time.monotonic() > deadline:
                raise AssertionError(self._report(f"it was never quiet for {quiet:g} s"))

    def pace(self, seconds: float) -> None:
        """Let `seconds` pass as between two keys, taking what is written meanwhile."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self._ended:
                return
            self._read(left)

    # Keyboard, scanner, mouse

    def send(self, data: str | bytes) -> None:
        """Write bytes as they are, in one go as far as the terminal takes them."""
        rest = memoryview(data.encode() if isinstance(data, str) else data)
        deadline = time.monotonic() + 30
        while rest and not self._ended:
            if time.monotonic() > deadline:
                raise AssertionError(self._report(f"{len(rest)} bytes of input were never read"))
            readable, writable, _ = select.select([self._fd], [self._fd], [], 1)
            if readable:
                self._read(0)
            if writable:
                try:
                    rest = rest[os.write(self._fd, rest) :]
                except BlockingIOError:
                    continue
                except OSError:
                    self._ended = True

    def type(self, text: str, gap_s: float = 0) -> None:
        """Type characters, `gap_s` seconds apart; 0 means all in one write."""
        if not gap_s:
            self.send(text)
            return
        start = time.monotonic()
        for count, char in enumerate(text, 1):
            self.send(char)
            self.pace(start + count * gap_s - time.monotonic())

    def press(self, *keys: str) -> None:
        """Press keys by name: enter, escape, f2, up, tab, ctrl+q, alt+x, or one character."""
        for key in keys:
            self.send(key_bytes(key))
            if key == "escape":
                self.pace(ESCAPE_PAUSE)

    def scan(self, code: str, gap_s: float = 0, suffix: str = "\r") -> None:
        """Type as a keyboard-wedge scanner does: the code and its suffix, `gap_s` seconds a key."""
        self.type(code + suffix, gap_s)

    def paste(self, text: str) -> None:
        """Paste in brackets, as a terminal does it."""
        self.send(f"\x1b[200~{text}\x1b[201~")

    def click(self, text: str) -> None:
        """Click with the left button where `text` starts on the screen."""
        place = self.find(text)
        assert place is not None, self._report(f"there is no {text!r} to click")
        column, row = place[0] + 1, place[1] + 1
        self.send(f"\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m")

    # The process

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size; the program is told by SIGWINCH."""
        self._show()
        self._screen.resize(lines=rows, columns=columns)
        self._process.setwinsize(rows, columns)

    def signal(self, number: signals.Signals) -> None:
        """Send a signal to the program."""
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Take the terminal away, as when a connection drops."""
        if not self._process.closed:
            self._process.fileobj.close()  # it owns the file number
            self._process.closed = True
            self._process.fd = -1
        self._ended = True

    @property
    def exit_status(self) -> int | None:
        """None while it runs, else its exit status, negative where a signal killed it."""
        if self._process.isalive():
            return None
        if self._process.signalstatus is not None:
            return -int(self._process.signalstatus)
        return int(self._process.exitstatus)

    def close(self) -> None:
        """End the program by force and free the terminal. May be called twice."""
        if self._pidfd < 0:
            return
        if self.exit_status is None:
            os.kill(self.pid, signals.SIGKILL)
            select.select([self._pidfd], [], [], 10)
            self._process.isalive()
        os.close(self._pidfd)
        self._pidfd = -1
        self.hang_up()

    # Inside

    def _read(self, timeout: float) -> bool:
        """Take what is written within `timeout` seconds, unparsed so that pacing stays exact."""
        if self._ended:
            if timeout > 0:
                select.select([self._pidfd], [], [], timeout)
            return False
        readable, _, _ = select.select([self._fd], [], [], max(0, timeout))
        if not readable:
            return False
        try:
            data = os.read(self._fd, 65536)
        except BlockingIOError:
            return False
        except OSError:  # EIO: the last one who had the terminal open is gone
            data = b""
        self._ended = not data
        self._unread += data
        self.raw += data
        return bool(data)

    def _show(self) -> None:
        """Bring the screen up to date; an escape sequence that is not whole yet waits."""
        if not self._unread:
            return
        text = self._unread.decode("latin-1")
        unfinished = _UNFINISHED.search(text[-64:])
        whole = len(text) - (len(unfinished.group()) if unfinished else 0)
        self._stream.feed(_UNKNOWN_TO_PYTE.sub("", text[:whole]).encode("latin-1"))
        del self._unread[:whole]

    def _report(self, problem: str) -> str:
        """The problem, the screen and the state of the process."""
        columns, rows = self.size
        status = self.exit_status
        state = "still running" if status is None else f"ended with status {status}"
        lines = "\n".join(f"|{row}" for row in self.display)
        return (
            f"{problem}; {state}, {columns}x{rows} screen:\n{lines}\nlast bytes: {bytes(self.raw[-200:])!r}"
        )


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    """The environment of the tests without what changes Textual, as on a plain terminal."""
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TEXTUAL", "COLUMNS", "LINES"))
    }
    return {**plain, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **(extra or {})}
