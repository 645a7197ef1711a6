"""How the kiosk gets to know its scanner: by the codes that are read, and by the calibration card."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lab_tui.codes.passcode import ALPHABET, CALIBRATION_CODE, LENGTH, PREFIX
from lab_tui.config import ANY_SUFFIX, AUTO_LAYOUT, SCANNER_LAYOUTS, ScannerSection
from lab_tui.errors import Refused, SystemCannot
from lab_tui.lab import scanners
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.scanners import ScannerMemory
from lab_tui.scanning.traits import ScannerTraits, gap_for
from lab_tui.scanning.wedge import Reading, WedgeSettings

if TYPE_CHECKING:
    from lab_tui.lab.operation import Actor
    from lab_tui.tui.app import KioskApp


class ScannerCare:
    """What one kiosk knows of its scanner; the lab remembers it."""

    def __init__(self, app: KioskApp) -> None:
        self._app = app
        self.memory = ScannerMemory()

    async def recall(self) -> None:
        """Read scans as the kiosk learned to, before it was started again."""
        name = self._app.lab.config.kiosk.name
        try:
            memory = await self._app.operations.run(lambda lab: scanners.remembered(lab, name))
        except SystemCannot as fault:
            self._app.lab_is_away(fault)
        else:
            self._use(memory)

    def genuine(self, readings: tuple[Reading, ...]) -> str:
        """The reading that this lab has signed, else the plain one; its layout is remembered."""
        number = self._app.lab.keys.genuine([one.text for one in readings])
        if number is None:
            return readings[0].text
        reading = readings[number]
        if reading.layout != (self.memory.layout or scanners.USUAL_LAYOUT):
            self._app.run_worker(self._remember_layout(reading.layout), group="scanner")
        return reading.text

    def calibrated(self, traits: ScannerTraits) -> None:
        """The calibration card was scanned: say what it told, and keep it if staff are here."""
        visit = self._app.visit
        if visit is not None and visit.may(Permission.MANAGE_WORKSTATIONS):
            self._app.run_worker(self._calibrate(visit.actor, traits), group="scanner")
        else:
            self._show(traits, saved=False)

    async def _calibrate(self, actor: Actor, traits: ScannerTraits) -> None:
        config = self._app.lab.config
        gap = gap_for(traits, config.scanner.gap_milliseconds)
        memory = ScannerMemory(traits.layout, traits.suffix, gap)
        try:
            await self._app.operations.run(
                lambda lab: scanners.calibrate(lab, actor, config.kiosk.name, memory)
            )
        except SystemCannot as fault:
            self._app.lab_is_away(fault)
        except Refused as refused:
            self._app.top().show_refusal(refused)
        else:
            self._use(memory)
            self._show(traits, saved=True)

    def _show(self, traits: ScannerTraits, *, saved: bool) -> None:
        from lab_tui.tui.modals.calibration import CalibrationModal

        if isinstance(self._app.screen, CalibrationModal):
            self._app.pop_screen()
        self._app.push_screen(CalibrationModal(traits, self._app.lab.config.scanner, saved=saved))

    async def _remember_layout(self, layout: str) -> None:
        self.memory = replace(self.memory, layout=layout)  # at once: the next scan does not ask again
        name, nobody = self._app.lab.config.kiosk.name, self._app.nobody
        try:
            await self._app.operations.run(lambda lab: scanners.remember_layout(lab, nobody, name, layout))
        except SystemCannot as fault:
            self._app.lab_is_away(fault)
        else:
            self._use(self.memory)

    def _use(self, memory: ScannerMemory) -> None:
        self.memory = memory
        self._app.use_wedge(wedge_settings(self._app.lab.config.scanner, memory))


def wedge_settings(section: ScannerSection, memory: ScannerMemory) -> WedgeSettings:
    """How to tell scans: as `lab.toml` says, and where that leaves it open, as the kiosk has learned."""
    suffix = section.suffix if section.suffix != ANY_SUFFIX else memory.suffix or ANY_SUFFIX
    return WedgeSettings(
        prefix=PREFIX,
        length=LENGTH,
        alphabet=ALPHABET,
        gap_seconds=max(section.gap_milliseconds, memory.gap_milliseconds) / 1000,
        hold_seconds=section.hold_milliseconds / 1000,
        debounce_seconds=section.debounce_milliseconds / 1000,
        suffix=suffix,
        layouts=_layouts(section.layout, memory.layout),
        start_key=section.start_key,
        calibration=CALIBRATION_CODE,
    )


def _layouts(configured: str, learned: str) -> tuple[str, ...]:
    """The layouts to try, the likeliest first."""
    if configured != AUTO_LAYOUT:
        return tuple(dict.fromkeys((configured, scanners.USUAL_LAYOUT)))
    return tuple(dict.fromkeys((learned or scanners.USUAL_LAYOUT, *SCANNER_LAYOUTS)))
