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
        self._closed = False

    async def run(self, operation: Callable[[Lab], T]) -> T:
        """The operation's result. Raises what it raises: Refused, BadInput, SystemCannot.

        Once the kiosk is closing nobody waits for an answer: whoever asks is cancelled.
        """
        if self._closed:
            raise asyncio.CancelledError
        return await asyncio.get_running_loop().run_in_executor(self._threads, operation, self.lab)

    def close(self) -> None:
        """Take no more operations, drop what waits, and wait for what runs: it uses the store."""
        self._closed = True
        self._threads.shutdown(wait=True, cancel_futures=True)
