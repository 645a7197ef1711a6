"""Printing from where things are: labels from the map and the machines, papers of events, cards for staff."""

from __future__ import annotations

import errno
import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lab_tui.lab import checkins, events
from lab_tui.lab.checkins import CheckInKind
from lab_tui.printing import printer
from lab_tui.tui.modals.pick import PickModal
from tests.tui.conftest import OpenKiosk
from tests.tui.hostile_names import HOSTILE_NAMES
from tests.tui.kiosks import Kiosk
from tests.tui.test_people_screen import done_printing, printed, with_printer
from tests.tui.test_staff_screens import SIZES, signed_in
from tests.world import NOW, World


async def offered(kiosk: Kiosk, *papers: str) -> None:
    """Ask what can be printed here, and see that it is these."""
    await kiosk.press("P")
    await kiosk.shows_modal(PickModal)
    shown = re.findall(r"│ +(\d  [^│]*?) +│", kiosk.text)
    assert shown == [f"{number}  {paper}" for number, paper in enumerate(papers, 1)]


async def print_number(kiosk: Kiosk, number: int) -> Path:
    """Print what is offered under a number; the file."""
    before = set(printed(kiosk.world))
    await kiosk.press(str(number))
    await done_printing(kiosk)
    await kiosk.shows("✓ This lab has no printer")
    await kiosk.press("enter")
    [path] = set(printed(kiosk.world)) - before
    return path


async def test_labels_of_desks_from_the_map(small_world: World, open_kiosk: OpenKiosk) -> None:
    for number in range(3):
        small_world.desk(label=f"E-0{number}")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "desks")
        assert kiosk.screen.check_action("print", ()) is False
        await kiosk.press("P")
        assert kiosk.app.screen is kiosk.screen
        await signed_in(kiosk, screen="desks")
        await kiosk.shows("P Print")
        await offered(kiosk, "Label of E-00", "Sheets: 3 labels, East", "Sheets: 3 labels, all desks")
        assert (await print_number(kiosk, 1)).name.startswith("desk-labels")
        await kiosk.touch("P Print")
        await kiosk.touch("all desks")
        await done_printing(kiosk)
        await kiosk.shows("3 pieces in")


async def test_labels_of_machines(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("kowloon")
    small_world.workstation("lantau")
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="workstations")
        await offered(kiosk, "Label of kowloon", "Sheets: 2 labels, all machines in use")
        assert (await print_number(kiosk, 2)).name.startswith("workstation-labels")
        await kiosk.touch("lantau")
        await kiosk.touch("Enter What to do")
        await kiosk.shows("Print a label")
        await kiosk.touch("Print a label")
        await kiosk.shows("Label of lantau")


POSTER, CARD = "Poster with the code to sign up", "Staff card that opens its door"
OVER = "Certificates of an event that is over"


@pytest.mark.parametrize("size", SIZES)
async def test_papers_of_an_event(small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]) -> None:
    event = small_world.event("Night shift", starts_at=NOW + timedelta(minutes=10))
    async with open_kiosk(size) as kiosk:
        await signed_in(kiosk, screen="staff_events")
        await kiosk.shows("Night shift", "P Print")
        await offered(kiosk, POSTER, CARD, OVER)
        assert (await print_number(kiosk, 1)).name.startswith("poster")
        guest = small_world.actor(small_world.person("Mei Chan"))
        events.sign_up(small_world.lab, guest, event.id)
        kiosk.screen.refresh_value()
        await kiosk.shows("1 of 3")
        await offered(kiosk, POSTER, "Tickets: 1 person is going", CARD, OVER)
        assert (await print_number(kiosk, 2)).name.startswith("tickets")
        await kiosk.press("P")
        assert (await print_number(kiosk, 3)).name.startswith("command-card")


async def test_certificates_once_an_event_is_over(small_world: World, open_kiosk: OpenKiosk) -> None:
    event = small_world.event("Night shift", starts_at=NOW + timedelta(minutes=10))
    guest = small_world.actor(small_world.person("Mei Chan"))
    events.sign_up(small_world.lab, guest, event.id)
    small_world.event("Nobody's hour", starts_at=NOW + timedelta(minutes=10))
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="staff_events")
        await offered(kiosk, POSTER, "Tickets: 1 person is going", CARD, OVER)
        await kiosk.press("4")
        await kiosk.shows("! Nobody came to any event that is over")
        session = small_world.session_of(event).id
        checkins.check_in(small_world.lab, guest, CheckInKind.SESSION, session)
        small_world.clock.advance(hours=3)
        kiosk.screen.refresh_value()
        await kiosk.shows("Nothing is planned")
        await offered(kiosk, OVER)
        await kiosk.press("1")
        await kiosk.shows("1  Night shift, Sun 22 Nov")
        assert "hour" not in kiosk.text
        assert (await print_number(kiosk, 1)).name.startswith("certificates")


async def test_cards_for_scanners_and_staff(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await signed_in(kiosk)
        await offered(
            kiosk,
            "Card that sets up a scanner",
            "Staff card: this screen",
            "Staff card: workstations",
            "Staff card: close the lab",
        )
        await kiosk.shows("Badges are printed from People")
        assert (await print_number(kiosk, 1)).name.startswith("calibration-card")
        await kiosk.press("P")
        assert (await print_number(kiosk, 2)).name.startswith("command-card")


def printer_that_hangs(world: World, tmp_path: Path) -> Path:
    """Give the lab a printer that never ends; the file that tells that it was begun."""
    begun = tmp_path / "begun"
    with_printer(world, f"import time; open({str(begun)!r}, 'w').close(); time.sleep(600)")
    return begun


async def test_a_printer_that_hangs_can_be_stopped(
    small_world: World, open_kiosk: OpenKiosk, tmp_path: Path
) -> None:
    begun = printer_that_hangs(small_world, tmp_path)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk)
        await kiosk.press("P", "1")
        await kiosk.until(begun.exists, "the printer")
        await kiosk.shows("Printing …")
        await kiosk.press("escape")
        await kiosk.shows("was stopped; it may have", "P tries again.")
        assert len(printed(small_world)) == 1


async def test_a_kiosk_that_closes_waits_for_no_printer_that_hangs(
    small_world: World, open_kiosk: OpenKiosk, tmp_path: Path
) -> None:
    begun = printer_that_hangs(small_world, tmp_path)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk)
        await kiosk.press("P", "1")
        await kiosk.until(begun.exists, "the printer")
        before = time.monotonic()
        kiosk.app.leave()
    assert time.monotonic() - before < printer.SECONDS / 2


async def test_a_machine_that_cannot_print_is_no_end_of_the_kiosk(
    small_world: World, open_kiosk: OpenKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: Any, **_options: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    async with open_kiosk() as kiosk:
        await signed_in(kiosk)
        with monkeypatch.context() as drawing:
            drawing.setattr("PIL.Image.new", fails)
            await kiosk.press("P", "1")
            await done_printing(kiosk)
            await kiosk.shows("✕ Nothing was printed", "Input/output error", "P tries again.")
        await kiosk.press("P")
        await done_printing(kiosk)
        await kiosk.shows("✓ This lab has no printer")


async def test_a_steward_prints_nothing(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.event()
    small_world.desk()
    async with open_kiosk() as kiosk:
        for screen in ("staff_today", "staff_events", "desks"):
            await signed_in(kiosk, role="steward", screen=screen)
            assert not kiosk.screen.check_action("print", ())
            await kiosk.press("P")
            assert kiosk.app.screen is kiosk.screen


async def test_hostile_names_stay_text_where_things_are_printed(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    for name in HOSTILE_NAMES[::9]:
        small_world.workstation(name)
    async with open_kiosk() as kiosk:
        await signed_in(kiosk, screen="workstations")
        for _name in HOSTILE_NAMES[::9]:
            await kiosk.press("P")
            await kiosk.shows_modal(PickModal)
            kiosk.assert_harmless()
            await kiosk.press("escape", "down")
