"""What the kiosk does with scans: one after the other, so that none is lost or mixed with the next."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
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
LATE_SECONDS = 10.0
"""After so long nothing is done about a scan any more: whoever scanned may have left, and a day has names."""
STILL_THERE_SECONDS = 60.0
"""For how long whoever scanned may still stand there, and is asked to scan again."""
MOST_WAITING = 100
"""So many scans wait; where more come, the oldest is dropped."""


class _TooLate(Exception):
    """A scan has waited too long for anything to come of it."""


@dataclass(frozen=True)
class _Scan:
    """What was scanned, and when (monotonic)."""

    text: str = field(repr=False)
    at: float

    @property
    def age_seconds(self) -> float:
        return time.monotonic() - self.at

    def must_be_fresh(self) -> None:
        """Raises _TooLate."""
        if self.age_seconds > LATE_SECONDS:
            raise _TooLate


@dataclass(frozen=True)
class _Waiting:
    """A label that was scanned while nobody was here, and until when it waits for a badge (monotonic)."""

    label: LabelView
    until: float


class ScanTaker:
    """Takes scans for the kiosk, whatever is on the screen."""

    def __init__(self, app: KioskApp) -> None:
        self._app = app
        self._scans: asyncio.Queue[_Scan] = asyncio.Queue(MOST_WAITING)
        self._label: _Waiting | None = None

    def put(self, text: str) -> None:
        """A scan, of a code of ours or not. Its text is neither shown nor kept."""
        if self._scans.full():
            self._scans.get_nowait()
        self._scans.put_nowait(_Scan(text, time.monotonic()))

    def put_broken(self) -> None:
        """A scan of which only a part arrived, or two that ran into one: whoever scanned is asked again."""
        self.put(PREFIX)

    async def run(self) -> None:
        """Take scans until the app ends."""
        while True:
            scan = await self._scans.get()
            try:
                await self._take(scan)
            except _TooLate:
                if self._scans.empty() and scan.age_seconds < STILL_THERE_SECONDS:
                    self._ask_again()
            except SystemCannot as fault:
                self._app.lab_is_away(fault)
            except Refused as refused:
                self._app.top().show_refusal(refused)

    async def _take(self, scan: _Scan) -> None:
        """Raises _TooLate, before it is read or after that took too long."""
        app, door = self._app, self._door()
        scan.must_be_fresh()
        if app.visit is None and door is not None:
            await door.take_scan(scan.text)
            return
        result, person = await app.operations.run(lambda lab: self._read(lab, scan.text))
        scan.must_be_fresh()
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
        self._take_answer_away()
        app.push_screen(VerdictModal(result, app.lab))

    def _ask_again(self) -> None:
        """Once for all scans that came too late; where another follows, that one is answered."""
        from lab_tui.tui.modals.late_scan import LateScanModal

        self._take_answer_away()
        self._app.push_screen(LateScanModal())

    def _take_answer_away(self) -> None:
        """The answer to the scan before, where it still stands."""
        from lab_tui.tui.modals.verdict import AnswerModal

        if isinstance(self._app.screen, AnswerModal):
            self._app.pop_screen()

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
