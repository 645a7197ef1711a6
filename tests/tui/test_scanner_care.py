"""The kiosk gets to know its scanner: by codes that arrive mangled, and by the calibration card."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab_tui.codes.passcode import CALIBRATION_CODE
from lab_tui.config import ScannerSection
from lab_tui.lab import scanners
from lab_tui.lab.operation import Actor
from lab_tui.lab.scanners import ScannerMemory
from lab_tui.tui.scanner_care import wedge_settings
from tests.scanning.test_layouts import typed_on
from tests.tui.conftest import OpenKiosk
from tests.tui.kiosks import Kiosk
from tests.tui.test_staff_screens import signed_in

NOBODY = Actor(None, "kiosk:Lobby")


def memory(kiosk: Kiosk) -> ScannerMemory:
    return scanners.remembered(kiosk.world.lab, "Lobby")


@pytest.mark.parametrize("layout", ["fr", "be", "cz", "ru", "dvorak"])
async def test_a_badge_opens_a_day_through_any_layout_and_staff_are_told(
    open_kiosk: OpenKiosk, layout: str
) -> None:
    async with open_kiosk() as kiosk:
        mei = kiosk.world.person("Mei Chan")
        # All 32 symbols are in few codes: a French and a Belgian keyboard differ in two of them.
        kiosk.scan(typed_on(layout, "]Q1" + kiosk.world.badge(mei)))
        await kiosk.until(lambda: kiosk.app.visit and kiosk.app.visit.person.id == mei.id, "the visit")
        await kiosk.until(lambda: memory(kiosk).layout, "the layout")
        assert memory(kiosk).layout in (layout, "fr" if layout == "be" else layout)
        ada = kiosk.world.person("Ada Wong", role="staff")
        kiosk.scan(typed_on(layout, kiosk.world.badge(ada)))
        await kiosk.until(lambda: kiosk.app.visit and kiosk.app.visit.person.id == ada.id, "the visit")
        kiosk.app.sign_in_staff(kiosk.world.actor(ada, signed_in=True))
        kiosk.app.go("staff_today")
        await kiosk.shows("SCANNERS", "! Lobby", "Keyboard: ", "codes are read all the same")


async def test_a_plain_badge_is_no_news(open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk)
        assert memory(kiosk) == ScannerMemory()
        assert "SCANNERS" not in kiosk.text


async def test_the_card_is_kept_where_staff_have_signed_in(open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk)
        kiosk.scan(typed_on("fr", CALIBRATION_CODE))
        await kiosk.shows("Layout: French. After a code: Enter.", "Saved.")
        assert memory(kiosk) == ScannerMemory("fr", "enter", 100)
        await kiosk.press("escape")
        await kiosk.shows_no("Layout: French")
    async with Kiosk.of(kiosk.world) as started_again:
        await started_again.until(lambda: started_again.app.scanner.memory.layout == "fr", "what it knew")


async def test_without_staff_the_card_only_tells(open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        for _ in range(2):
            kiosk.scan(CALIBRATION_CODE)
            await kiosk.shows("Layout: US. After a code: Enter.", "Not saved: staff sign in")
            kiosk.app.use_wedge(replace(kiosk.app._framer._settings, debounce_seconds=0))
        assert len(kiosk.app.screen_stack) == 2
        await kiosk.press("escape")
        await kiosk.visit(kiosk.world.person("Mei Chan"))
        kiosk.scan(CALIBRATION_CODE.lower())
        await kiosk.shows("Its letters come in lower case", "Not saved: staff sign in")
        assert memory(kiosk) == ScannerMemory()


def test_what_lab_toml_says_goes_before_what_was_learned() -> None:
    learned = ScannerMemory("fr", "tab", 240)
    settings = wedge_settings(ScannerSection(), learned)
    assert settings.layouts[:2] == ("fr", "us")
    assert len(settings.layouts) == 13
    assert (settings.suffix, settings.gap_seconds) == ("tab", 0.24)
    said = ScannerSection(layout="de", suffix="none", gap_milliseconds=300, start_key="ctrl+b")
    settings = wedge_settings(said, learned)
    assert settings.layouts == ("de", "us")
    assert (settings.suffix, settings.gap_seconds, settings.start_key) == ("none", 0.3, "ctrl+b")
    assert wedge_settings(ScannerSection(), ScannerMemory()).layouts[0] == "us"
