"""Scans that wait: for a database that does not answer they wait no longer than people do."""

from __future__ import annotations

import time

import pytest

from lab_tui.store.tables.checkins import Scan
from lab_tui.tui import scan_taker
from lab_tui.tui.modals.late_scan import LateScanModal
from lab_tui.tui.modals.verdict import VerdictModal
from tests.tui.conftest import OpenKiosk
from tests.tui.kiosks import Kiosk
from tests.tui.test_shell import writer_elsewhere
from tests.world import World


def scans_read(world: World) -> int:
    with world.lab.store.read():
        return Scan.select().count()


async def pass_late(kiosk: Kiosk) -> None:
    """Let as much time go by as makes a scan late."""
    began = time.monotonic()
    await kiosk.until(lambda: time.monotonic() - began > 2 * scan_taker.LATE_SECONDS, "the time")


async def test_scans_that_waited_too_long_open_nobodys_day(
    small_world: World, open_kiosk: OpenKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    badges = [small_world.badge(small_world.person(f"Person {number}")) for number in range(4)]
    async with open_kiosk() as kiosk:
        with monkeypatch.context() as patience:
            patience.setattr(scan_taker, "LATE_SECONDS", 0.2)
            with writer_elsewhere(small_world):
                for badge in badges:
                    kiosk.app.scans.put(badge)
                await pass_late(kiosk)
            await kiosk.shows("The database answered too late", "Scan it once more")
            assert kiosk.app.visit is None
            assert [type(one) for one in kiosk.app.screen_stack[1:]] == [LateScanModal]
            assert scans_read(small_world) <= 1
        kiosk.scan(badges[2])
        await kiosk.until(lambda: kiosk.app.visit, "the visit")
        assert kiosk.app.visit.person.name == "Person 2"  # type: ignore[union-attr]
        assert not any(isinstance(one, LateScanModal) for one in kiosk.app.screen_stack)


async def test_nobody_is_asked_to_scan_again_once_they_have_left(
    small_world: World, open_kiosk: OpenKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    badge = small_world.badge(small_world.person("Mei Chan"))
    async with open_kiosk() as kiosk:
        with monkeypatch.context() as patience:
            patience.setattr(scan_taker, "LATE_SECONDS", 0.2)
            patience.setattr(scan_taker, "STILL_THERE_SECONDS", 0.2)
            with writer_elsewhere(small_world):
                kiosk.app.scans.put(badge)
                await pass_late(kiosk)
            await kiosk.until(lambda: scans_read(small_world) == 1, "the scan")
            await pass_late(kiosk)
            assert kiosk.app.visit is None
            assert len(kiosk.app.screen_stack) == 1


async def test_of_very_many_scans_the_last_are_taken(
    small_world: World, open_kiosk: OpenKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    badge = small_world.badge(small_world.person("Mei Chan"))
    monkeypatch.setattr(scan_taker, "MOST_WAITING", 4)
    async with open_kiosk() as kiosk:
        with writer_elsewhere(small_world):
            for number in range(50):
                kiosk.app.scans.put(f"number {number}")
            kiosk.app.scans.put(badge)
        await kiosk.until(lambda: kiosk.app.visit, "the visit")
        assert 4 <= scans_read(small_world) <= 5


async def test_an_answer_clears_by_itself(open_kiosk: OpenKiosk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LateScanModal, "SECONDS", 0.1)
    monkeypatch.setattr(VerdictModal, "SECONDS", 0.5)
    async with open_kiosk() as kiosk:
        kiosk.app.push_screen(LateScanModal())
        await kiosk.until(lambda: len(kiosk.app.screen_stack) == 1, "the end of the answer")
        kiosk.app.scans.put_broken()
        await kiosk.until(lambda: isinstance(kiosk.app.screen, VerdictModal), "the answer")
        await kiosk.until(lambda: len(kiosk.app.screen_stack) == 1, "the end of the answer")
