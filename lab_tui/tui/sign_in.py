"""Asking staff for their PIN, until it is right or they give up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lab_tui.errors import Refused, SystemCannot
from lab_tui.lab import people
from lab_tui.tui.modals.base import Said
from lab_tui.tui.visit import Visit
from lab_tui.wording import refusals

if TYPE_CHECKING:
    from lab_tui.tui.screens.base import LabScreen


def ask_pin(screen: LabScreen[Any], then: Callable[[], None], problem: Said = "") -> None:
    """Ask whoever is here for their PIN, and go on once it is right; `problem` is with the last try."""
    from lab_tui.tui.modals.pin import PinModal

    visit = screen.visit

    def answered(pin: str | None) -> None:
        if pin and visit is not None and screen.visit is visit:
            screen.run_worker(_sign_in(screen, visit, pin, then), group="sign_in")

    screen.app.push_screen(PinModal(problem), answered)


async def _sign_in(screen: LabScreen[Any], visit: Visit, pin: str, then: Callable[[], None]) -> None:
    try:
        actor = await screen.kiosk.operations.run(lambda lab: people.sign_in(lab, visit.actor, pin))
    except Refused as refused:
        if screen.visit is visit:
            reason = refused.reasons[0]
            ask_pin(screen, then, lambda: refusals.sentence(reason, screen.lab.time, screen.lab.now()))
    except SystemCannot as fault:
        screen.kiosk.lab_is_away(fault)
    else:
        if screen.visit is visit:
            screen.kiosk.sign_in_staff(actor)
            then()
