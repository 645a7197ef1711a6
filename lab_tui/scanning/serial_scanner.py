"""A scanner on a serial line, also one that USB only pretends."""

from __future__ import annotations

import select
import termios
import time
from typing import TYPE_CHECKING

from lab_tui.errors import SystemCannot
from lab_tui.scanning.devices import GreyPicture, HowToRead, Reader, ScannerDevice, library_missing
from lab_tui.scanning.frames import Frames

if TYPE_CHECKING:
    from serial import Serial

_READ_BYTES = 4096


def open_serial(device: ScannerDevice, how: HowToRead) -> Reader:
    """Open the line, for us alone. Raises OSError, SystemCannot."""
    try:
        from serial import Serial, SerialException
    except ImportError:
        raise library_missing(device, "serial") from None
    try:
        port = Serial(device.where, device.speed, timeout=0, exclusive=True)
    except SerialException as error:
        if error.errno is not None:
            raise
        # It opens, and has no speed to set.
        raise SystemCannot("device_of_another_kind", device=str(device)) from None
    except termios.error as error:
        # It went while it was opened; this is no OSError, and pyserial lets it through.
        raise OSError(*error.args) from error
    return SerialReader(port, how.gap_seconds)


class SerialReader:
    """Reads scans from an open line."""

    def __init__(self, port: Serial, gap_seconds: float) -> None:
        self._port = port
        self._gap_seconds = gap_seconds
        self._frames = Frames(gap_seconds)

    def read(self, wait_seconds: float) -> list[str | GreyPicture]:
        """The scans that end within the time."""
        ready, _, _ = select.select([self._port.fileno()], [], [], min(wait_seconds, self._gap_seconds))
        if not ready:
            return [*self._frames.pause(time.monotonic())]
        data = self._port.read(_READ_BYTES)
        # A scanner sends what is in the code; of ours every byte is ASCII.
        return [*self._frames.feed(data.decode("utf-8", "replace"), time.monotonic())]

    def close(self) -> None:
        """Give the line back."""
        self._port.close()
