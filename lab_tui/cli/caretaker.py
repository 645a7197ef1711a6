"""`lab-tui caretaker`: what time brings about, and what waits until staff say that the clock is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lab_tui.cli.options import as_option, json_option
from lab_tui.cli.output import print_json, print_lines, print_table
from lab_tui.cli.session import Session, acting, pass_session
from lab_tui.cli.shapes import Group
from lab_tui.i18n import N_, _
from lab_tui.lab import caretaker as caretaker_room
from lab_tui.wording import names, times

if TYPE_CHECKING:
    from datetime import datetime

    from lab_tui.lab.operation import Lab


@click.group(cls=Group, help=N_("Do what time brings about."))
def caretaker() -> None:
    pass


@caretaker.command(
    help=N_("Do whatever is due: release no-shows, end what has ended. A kiosk does this by itself.")
)
@json_option
@pass_session
def run(session: Session, as_json: bool) -> None:
    done = caretaker_room.run_due(session.lab())
    if as_json:
        return print_json(done)
    if not done:
        return print_lines(_("Nothing was due."))
    _print_done(tuple(one for one in done if not one.waits))
    if any(one.waits for one in done):
        print_lines(_("Something waits for staff: see `lab-tui caretaker held`."))
    return None


@caretaker.command(
    help=N_("Show what is left undone until staff say that the clock is right: it jumped, or went back.")
)
@as_option
@json_option
@pass_session
def held(session: Session, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    waits = caretaker_room.held_duties(lab, acting(lab, who))
    if as_json:
        return print_json(waits)
    if not waits:
        return print_lines(_("Nothing waits for staff."))
    rows = [(names.duty(one.duty), one.count or "", _day_and_time(lab, one.last_done_at)) for one in waits]
    print_table((_("Duty"), _("Would change"), _("Last done")), rows)
    now = _day_and_time(lab, lab.now())
    return print_lines(_("If it is {time} now, say so with: lab-tui caretaker confirm").format(time=now))


@caretaker.command(help=N_("Say that the clock is right: what waits for staff is done at once."))
@as_option
@json_option
@pass_session
def confirm(session: Session, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    done = caretaker_room.confirm_catch_up(lab, acting(lab, who))
    return print_json(done) if as_json else _print_done(done.what)


def _print_done(done: tuple[caretaker_room.DutyDone, ...]) -> None:
    if done:
        print_table((_("Duty"), _("Changed")), [(names.duty(one.duty), one.count) for one in done])


def _day_and_time(lab: Lab, instant: datetime) -> str:
    day = times.day_with_year(lab.time.day_of(instant))
    return f"{day}, {times.clock_time(lab.time, instant)}"
