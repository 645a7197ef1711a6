"""The scanners that do not type, beside the kiosk: each in a thread of its own, their codes in one queue.

Imported only where the setting `scanner.devices` names one.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from lab_tui.errors import SystemCannot
from lab_tui.scanning.devices import (
    DeviceKind,
    Failed,
    GreyPicture,
    Heard,
    HowToRead,
    Opened,
    Scanned,
    ScannerDevice,
    Seen,
    Viewfinder,
    parse_devices,
)
from lab_tui.scanning.follow import follow
from lab_tui.scanning.frames import Debounce

if TYPE_CHECKING:
    from lab_tui.tui.app import KioskApp

# A camera that hangs in its driver is left behind: its thread ends with the process.
_FAREWELL_SECONDS = 2.0


class DeviceWatch:
    """Hands what the devices read to the kiosk, as if it had been typed; keeps what is wrong with them."""

    def __init__(self, app: KioskApp) -> None:
        """Raises BadInput where the setting names no device."""
        config = app.lab.config
        self.devices = parse_devices(config.scanner.devices, config.folder)
        self.state: dict[ScannerDevice, SystemCannot | None] = {}
        """What is wrong with a device; None where it is listened to."""
        self._app = app
        self._debounce = Debounce(config.scanner.debounce_milliseconds / 1000)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._viewfinder = Viewfinder()
        self._viewer: Callable[[GreyPicture], None] | None = None

    @property
    def camera(self) -> ScannerDevice | None:
        """The camera that people aim with: the first."""
        return next((one for one in self.devices if one.kind is DeviceKind.CAMERA), None)

    @property
    def faults(self) -> dict[ScannerDevice, SystemCannot]:
        """What is wrong now; staff are told."""
        return {device: fault for device in self.devices if (fault := self.state.get(device)) is not None}

    def start(self) -> None:
        """Listen to all devices from now on."""
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def tell(heard: Heard) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the app has ended
                loop.call_soon_threadsafe(self._take, heard, context=context)

        for device in self.devices:
            how = self._how(device)
            listener = threading.Thread(
                target=follow, args=(device, how, tell, self._stop), name=str(device), daemon=True
            )
            self._threads.append(listener)
            listener.start()

    async def stop(self) -> None:
        """Give all devices back."""
        self._stop.set()
        await asyncio.to_thread(self._await_threads)

    def has_read(self, text: str) -> bool:
        """Whether this was just read here, or typed: one badge before two scanners is one scan."""
        return self._debounce.is_repeat(text, time.monotonic())

    def aim(self, size: tuple[int, int] | None, viewer: Callable[[GreyPicture], None] | None) -> None:
        """Show a viewer what the camera sees, at most this large (pixels); None for nobody."""
        self._viewer = viewer
        self._viewfinder.size = size

    def _how(self, device: ScannerDevice) -> HowToRead:
        scanner = self._app.lab.config.scanner
        return HowToRead(
            gap_seconds=scanner.gap_milliseconds / 1000,
            debounce_seconds=scanner.debounce_milliseconds / 1000,
            viewfinder=self._viewfinder if device == self.camera else Viewfinder(),
        )

    def _await_threads(self) -> None:
        deadline = time.monotonic() + _FAREWELL_SECONDS
        for listener in self._threads:
            listener.join(max(0.0, deadline - time.monotonic()))

    def _take(self, heard: Heard) -> None:
        if self._stop.is_set():
            return
        match heard:
            case Scanned(_, text):
                if not self.has_read(text):
                    self._app.scans.put(text)
            case Opened(device):
                self.state[device] = None
            case Failed(device, fault):
                self.state[device] = fault
            case Seen(_, picture):
                if self._viewer is not None:
                    self._viewer(picture)
