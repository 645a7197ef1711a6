"""What a label or a command card does for whoever is at the kiosk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from lab_tui.codes.passcode import PassKind
from lab_tui.errors import Refused, SystemCannot
from lab_tui.i18n import _
from lab_tui.lab import events, labels
from lab_tui.lab.checkins import CheckInView
from lab_tui.lab.labels import Command
from lab_tui.lab.operation import Done
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.scans import LabelView
from lab_tui.text import printable
from lab_tui.tui.sign_in import ask_pin
from lab_tui.tui.visit import Visit

if TYPE_CHECKING:
    from lab_tui.tui.app import KioskApp
    from lab_tui.tui.screens.closures import ClosuresScreen
    from lab_tui.tui.screens.desks import DesksScreen
    from lab_tui.tui.screens.events import EventsScreen
    from lab_tui.tui.screens.gpus import GpusScreen

# Where the cursor goes to the thing.
_SCREEN_OF = {PassKind.DESK: "desks", PassKind.WORKSTATION: "gpus", PassKind.EVENT: "events"}


async def take_label(app: KioskApp, visit: Visit, label: LabelView) -> None:
    """Check in where the thing is one's own now, else show it; do what a card is a short cut to.

    Raises Refused, SystemCannot.
    """
    if label.kind is PassKind.COMMAND:
        await _take_card(app, visit, label)
        return
    done = None
    if label.kind is not PassKind.EVENT:
        actor = visit.actor
        done = await app.operations.run(lambda lab: labels.check_in_at(lab, actor, label))
    if app.visit is not visit:
        return
    if done is not None:
        _tell_checked_in(app, visit, done)
    else:
        _point_at(app, label)


def _tell_checked_in(app: KioskApp, visit: Visit, done: Done[CheckInView]) -> None:
    screen = app.top()

    def tell() -> None:
        if app.visit is visit:
            screen.tell_done(done, _("Checked in: {what}").format(what=printable(done.what.title)))

    # A day that has just been opened has nowhere yet to tell it.
    screen.call_after_refresh(tell)


def _point_at(app: KioskApp, label: LabelView) -> None:
    name = _SCREEN_OF[label.kind]
    screen = cast("DesksScreen | GpusScreen | EventsScreen", app.screen_named(name))
    if label.subject_id is not None:
        screen.point_at(label.subject_id)
    app.go(name)


async def _take_card(app: KioskApp, visit: Visit, label: LabelView) -> None:
    """Act if the person may, after their PIN where it was not given yet."""
    actor = visit.actor
    try:
        await app.operations.run(lambda lab: labels.check_command(lab, actor, label.command))
    except Refused as refused:
        if Code.SIGN_IN_NEEDED not in refused.codes:
            raise
        if app.visit is visit:
            ask_pin(app.top(), partial(_go_on, app, visit, label))
        return
    if app.visit is visit:
        await _do(app, visit, label)


def _go_on(app: KioskApp, visit: Visit, label: LabelView) -> None:
    app.top().run_worker(_do_or_tell(app, visit, label), group="card")


async def _do_or_tell(app: KioskApp, visit: Visit, label: LabelView) -> None:
    """As `_do`; what stands against it is shown."""
    try:
        await _do(app, visit, label)
    except (Refused, SystemCannot) as error:
        app.top().show_error(error)


async def _do(app: KioskApp, visit: Visit, label: LabelView) -> None:
    """What the card is a short cut to; each act sees again whether the person may."""
    match label.command:
        case Command.OPEN_DOOR:
            await _open_door(app, visit, label)
        case Command.STAFF_TODAY:
            app.go("staff_today")
        case Command.WORKSTATIONS:
            app.go("workstations")
        case Command.CLOSE_LAB:
            closures = cast("ClosuresScreen", app.screen_named("closures"))
            app.go("closures")
            closures.call_after_refresh(closures.run_action, "plan")


async def _open_door(app: KioskApp, visit: Visit, label: LabelView) -> None:
    """Open the door of the sitting that runs or comes next; the lab says why not where there is none."""
    from lab_tui.tui.screens.door import open_door_at_once, session_ahead

    actor, event_id = visit.actor, label.subject_id or 0
    event = await app.operations.run(lambda lab: events.event_view(lab, actor, event_id))
    if app.visit is visit and event.sessions:
        session = session_ahead(event, app.lab) or event.sessions[-1]
        screen = app.top()
        screen.call_after_refresh(open_door_at_once, screen, session)
