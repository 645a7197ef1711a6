"""What the kiosk does with scans: one after the other, so that none is lost or mixed with the next."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from lab_tui.codes.passcode import PREFIX
from lab_tui.errors import Refused, SystemCannot
from lab_tui.lab.operation import Lab
from lab_tui.tui.modals.base import LabModal

if TYPE_CHECKING:
    from lab_tui.lab.checkins import ScanResult
    from lab_tui.lab.people import PersonView
    from lab_tui.lab.scans import LabelView
    from lab_tui.tui.app import KioskApp
    from lab_tui.tui.screens.door import DoorScreen

WAIT_SECONDS = 60.0
"""For how long a label that was scanned waits for the badge of whoever scanned it."""


@dataclass(frozen=True)
class _Waiting:
    """A label that was scanned while nobody was here, and until when it waits for a badge (monotonic)."""

    label: LabelView
    until: float


class ScanTaker:
    """Takes scans for the kiosk, whatever is on the screen."""

    def __init__(self, app: KioskApp) -> None:
        self._app = app
        self._scans: asyncio.Queue[str] = asyncio.Queue()
        self._label: _Waiting | None = None

    def put(self, text: str) -> None:
        """A scan, of a code of ours or not. Its text is neither shown nor kept."""
        self._scans.put_nowait(text)

    def put_broken(self) -> None:
        """A scan of which only a part arrived, or two that ran into one: whoever scanned is asked again."""
        self._scans.put_nowait(PREFIX)

    async def run(self) -> None:
        """Take scans until the app ends."""
        while True:
            text = await self._scans.get()
            try:
                await self._take(text)
            except SystemCannot as fault:
                self._app.lab_is_away(fault)
            except Refused as refused:
                self._app.top().show_refusal(refused)

    async def _take(self, text: str) -> None:
        app, door = self._app, self._door()
        if app.visit is None and door is not None:
            await door.take_scan(text)
            return
        result, person = await app.operations.run(lambda lab: self._read(lab, text))
        label = _usable_label(result)
        if person is not None:
            app.start_visit(person)
            label = self._label_that_waited()
        elif label is not None and app.visit is None:
            self._label = _Waiting(label, time.monotonic() + WAIT_SECONDS)
        if label is not None and app.visit is not None:
            from lab_tui.tui.label_taker import take_label

            self._take_modals_away()
            await take_label(app, app.visit, label)
        elif person is None:
            self._show_verdict(result)

    def _label_that_waited(self) -> LabelView | None:
        """The label for which this badge was scanned, if it was scanned just before."""
        waiting, self._label = self._label, None
        return waiting.label if waiting is not None and time.monotonic() < waiting.until else None

    def _take_modals_away(self) -> None:
        while isinstance(self._app.screen, LabModal):
            self._app.pop_screen()

    def _show_verdict(self, result: ScanResult) -> None:
        """Say what a scan meant. What is nobody's does not end the visit of whoever is here."""
        from lab_tui.tui.modals.verdict import VerdictModal

        app = self._app
        if app.visit is None or result.person_id not in (None, app.visit.person.id):
            app.end_visit()
        if isinstance(app.screen, VerdictModal):
            app.pop_screen()
        app.push_screen(VerdictModal(result, app.lab))

    def _door(self) -> DoorScreen | None:
        """The door's screen, if it is shown."""
        app = self._app
        if not app.is_screen_installed("door") or app.get_screen("door") not in app.screen_stack:
            return None
        return cast("DoorScreen", app.get_screen("door"))

    def _read(self, lab: Lab, text: str) -> tuple[ScanResult, PersonView | None]:
        from lab_tui.lab import checkins, people

        result = checkins.scan(lab, self._app.nobody, text, lab.config.kiosk.name)
        welcome = result.verdict is checkins.Verdict.WELCOME and result.person_id is not None
        return result, people.person_view(lab, cast("int", result.person_id)) if welcome else None


def _usable_label(result: ScanResult) -> LabelView | None:
    """The label that was scanned, unless it is void."""
    return result.label if result.label is not None and result.label.revoked_at is None else None
