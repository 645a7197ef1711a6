"""A thread that listens to a device, and what it has told."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lab_tui.scanning.devices import Failed, Heard, HowToRead, Opened, Scanned, ScannerDevice
from lab_tui.scanning.follow import follow

PATIENCE_SECONDS = 15.0


class Ear:
    """What was heard, in order."""

    def __init__(self) -> None:
        self.heard: queue.Queue[Heard] = queue.Queue()

    def until(self, true: Callable[[Heard], object]) -> Heard:
        """The next thing heard of a kind; what comes before it is passed over."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not true(one := self.heard.get(timeout=max(0.01, deadline - time.monotonic()))):
            pass
        return one

    def opened(self) -> None:
        """Wait until the device is open."""
        self.until(lambda one: isinstance(one, Opened))

    def scan(self) -> str:
        """The next code that was read."""
        one = self.until(lambda one: isinstance(one, Scanned))
        assert isinstance(one, Scanned)
        return one.text

    def fault(self) -> str:
        """The code of the next fault."""
        one = self.until(lambda one: isinstance(one, Failed))
        assert isinstance(one, Failed)
        return one.fault.code


@contextmanager
def listening(device: ScannerDevice, how: HowToRead | None = None) -> Iterator[Ear]:
    """Listen to a device in a thread that has ended afterwards."""
    ear, stop = Ear(), threading.Event()
    listener = threading.Thread(
        target=follow, args=(device, how or HowToRead(), ear.heard.put, stop), daemon=True
    )
    listener.start()
    try:
        yield ear
    finally:
        stop.set()
        listener.join(PATIENCE_SECONDS)
        assert not listener.is_alive()
