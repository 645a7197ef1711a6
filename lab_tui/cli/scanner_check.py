"""`lab-tui doctor --scanner`: what is plugged in, and a scanner while it is tried.

No text of a code is printed, or kept.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab_tui.cli.checks import Finding, State
from lab_tui.config import LabConfig
from lab_tui.errors import SystemCannot
from lab_tui.i18n import _, ngettext
from lab_tui.scanning.devices import Failed, Heard, HowToRead, Opened, Scanned, ScannerDevice, parse_devices
from lab_tui.scanning.follow import follow
from lab_tui.scanning.plugged import plugged_in
from lab_tui.scanning.trial import Stroke, TrialScan, scans_in
from lab_tui.wording import faults

# A press of the trigger is over when nothing has come for so long.
_QUIET_SECONDS = 0.7
_LOOK_SECONDS = 0.05
# How long a device may take to open; cameras take seconds.
_OPENING_SECONDS = 6.0
_FAREWELL_SECONDS = 2.0


@dataclass(frozen=True)
class Press:
    """What one press of the trigger brought: typed scans, and the devices that read a code."""

    typed: tuple[TrialScan, ...]
    devices: tuple[ScannerDevice, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Whether nothing came."""
        return not self.typed and not self.devices


# The devices


@dataclass
class Devices:
    """The devices of the setting, listened to while the check runs."""

    all: tuple[ScannerDevice, ...]
    heard: queue.SimpleQueue[Heard]
    state: dict[ScannerDevice, SystemCannot | None]

    def take(self) -> list[ScannerDevice]:
        """The devices that have read something since the last time, in order."""
        scanned: list[ScannerDevice] = []
        while not self.heard.empty():
            match self.heard.get():
                case Scanned(device, _):
                    scanned.append(device)
                case Opened(device):
                    self.state[device] = None
                case Failed(device, fault):
                    self.state[device] = fault
        return scanned

    def await_all(self) -> None:
        """Wait until each is open or has failed, but not for ever."""
        deadline = time.monotonic() + _OPENING_SECONDS
        while len(self.state) < len(self.all) and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
            self.take()


@contextmanager
def listening(config: LabConfig) -> Iterator[Devices]:
    """Listen to the lab's devices, each in a thread of its own. Raises BadInput for a wrong setting."""
    devices = Devices(parse_devices(config.scanner.devices, config.folder), queue.SimpleQueue(), {})
    stop = threading.Event()
    how = HowToRead(config.scanner.gap_milliseconds / 1000, config.scanner.debounce_milliseconds / 1000)
    threads = [
        threading.Thread(target=follow, args=(device, how, devices.heard.put, stop), daemon=True)
        for device in devices.all
    ]
    for listener in threads:
        listener.start()
    try:
        devices.await_all()
        yield devices
    finally:
        stop.set()
        for listener in threads:
            listener.join(_FAREWELL_SECONDS)


def device_findings(devices: Devices) -> Iterator[Finding]:
    """The devices of the setting, then what else is plugged in that may be a scanner."""
    for device in devices.all:
        fault = devices.state.get(device, SystemCannot("device_missing", device=str(device)))
        if fault is None:
            yield Finding(str(device), State.OK, _("it is listened to"))
        else:
            # The kiosk that runs here holds its devices: no fault, but nothing to try here.
            state = State.WARNING if fault.code == "device_taken" else State.WRONG
            yield Finding(str(device), state, faults.system_fault(fault))
    for one in plugged_in():
        if one.device not in devices.all:
            opens = os.access(one.path, os.R_OK)
            says = _("{name}, not in scanner.devices") if opens else _("{name}, not for this account")
            yield Finding(str(one.device), State.OK, says.format(name=one.about))
    if not devices.all:
        says = _("none is set: a scanner is expected to type like a keyboard")
        yield Finding("scanner.devices", State.OK, says)


# Trying


def can_be_tried() -> bool:
    """Whether somebody sits at a terminal."""
    return sys.stdin.isatty()


def no_terminal() -> Finding:
    """Why nothing was tried."""
    remedy = _("Run it in the kiosk's own terminal to try the scanner.")
    return Finding("scan", State.WARNING, _("The input is not a terminal."), remedy)


def try_scanner(devices: Devices, seconds: float, count: int, tell: Callable[[str], None]) -> list[Press]:
    """Ask for some presses of the trigger; ends early at one that brings nothing."""
    from lab_tui.cli.raw_terminal import RawTerminal

    presses: list[Press] = []
    with RawTerminal() as terminal:
        asked = ngettext(
            "Scan any code, {count} time; the lab's calibration card tells the most. Ctrl+C stops.",
            "Scan any code, {count} times; the lab's calibration card tells the most. Ctrl+C stops.",
            count,
        )
        tell(asked.format(count=count))
        for number in range(1, count + 1):
            press = _press(terminal.strokes, devices, seconds)
            presses.append(press)
            if press.is_silent:
                break
            tell(_("{number} of {count}").format(number=number, count=count))
    return presses


def _press(strokes: Callable[[float], list[Stroke]], devices: Devices, seconds: float) -> Press:
    """What one press of the trigger brings, until it is quiet; nothing after so many seconds without."""
    typed: list[Stroke] = []
    read: list[ScannerDevice] = []
    ends_at = time.monotonic() + seconds
    while (left := ends_at - time.monotonic()) > 0:
        new, scanned = strokes(min(left, _LOOK_SECONDS)), devices.take()
        if new or scanned:
            ends_at = time.monotonic() + _QUIET_SECONDS
        typed += new
        read += scanned
    return Press(tuple(scans_in(typed)), tuple(read))
