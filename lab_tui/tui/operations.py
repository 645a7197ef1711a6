"""The one way from a screen to the lab: operations run in threads, never on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from lab_tui.lab.operation import Lab

T = TypeVar("T")

_THREADS = 4


class Operations:
    """Runs operations of one lab. Each thread keeps its own connection to the store."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="operation")
        # One at a time, and beside the others: nobody waits for a scan because somebody prints.
        self._long = ThreadPoolExecutor(1, thread_name_prefix="long-operation")
        self._closed = False

    async def run(self, operation: Callable[[Lab], T]) -> T:
        """The operation's result. Raises what it raises: Refused, BadInput, SystemCannot.

        Once the kiosk is closing nobody waits for an answer: whoever asks is cancelled.
        """
        if self._closed:
            raise asyncio.CancelledError
        return await asyncio.get_running_loop().run_in_executor(self._threads, operation, self.lab)

    async def run_long(self, operation: Callable[[Lab], T]) -> T:
        """The result of an operation that takes its time; it goes on when nobody waits for it any more.

        It must raise nothing, and end soon once `closed`.
        """
        if self._closed:
            raise asyncio.CancelledError
        running = asyncio.get_running_loop().run_in_executor(self._long, operation, self.lab)
        return await asyncio.shield(running)

    @property
    def closed(self) -> bool:
        """Whether the kiosk is closing."""
        return self._closed

    def close(self) -> None:
        """Take no more operations, drop what waits, and wait for what runs: it uses the store."""
        self._closed = True
        for threads in (self._threads, self._long):
            threads.shutdown(wait=True, cancel_futures=True)
