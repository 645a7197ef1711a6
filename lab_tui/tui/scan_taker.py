"""What the kiosk does with scans: one after the other, so that none is lost or mixed with the next."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from lab_tui.codes.passcode import PREFIX
from lab_tui.errors import Refused, SystemCannot
from lab_tui.lab.operation import Lab

if TYPE_CHECKING:
    from lab_tui.lab.checkins import ScanResult
    from lab_tui.lab.people import PersonView
    from lab_tui.tui.app import KioskApp
    from lab_tui.tui.screens.door import DoorScreen


class ScanTaker:
    """Takes scans for the kiosk, whatever is on the screen."""

    def __init__(self, app: KioskApp) -> None:
        self._app = app
        self._waiting: asyncio.Queue[str] = asyncio.Queue()

    def put(self, text: str) -> None:
        """A scan, of a code of ours or not. Its text is neither shown nor kept."""
        self._waiting.put_nowait(text)

    def put_broken(self) -> None:
        """A scan of which only a part arrived, or two that ran into one: whoever scanned is asked again."""
        self._waiting.put_nowait(PREFIX)

    async def run(self) -> None:
        """Take scans until the app ends."""
        while True:
            text = await self._waiting.get()
            try:
                await self._take(text)
            except SystemCannot as fault:
                self._app.lab_is_away(fault)

    async def _take(self, text: str) -> None:
        app, door = self._app, self._door()
        try:
            if app.visit is None and door is not None:
                await door.take_scan(text)
                return
            result, person = await app.operations.run(lambda lab: self._read(lab, text))
        except Refused as refused:
            app.top().show_refusal(refused)
            return
        if person is not None:
            app.start_visit(person)
        else:
            self._show_verdict(result)

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
