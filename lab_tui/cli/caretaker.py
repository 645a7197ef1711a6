"""`lab-tui caretaker`: what time brings about, done now."""

from __future__ import annotations

import click

from lab_tui.cli.options import json_option
from lab_tui.cli.output import print_json, print_lines, print_table
from lab_tui.cli.session import Session, pass_session
from lab_tui.cli.shapes import Group
from lab_tui.i18n import N_, _
from lab_tui.lab import caretaker as caretaker_room
from lab_tui.wording import names


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
    rows = [(names.duty(one.duty), one.count) for one in done]
    return print_table((_("Duty"), _("Changed")), rows) if rows else print_lines(_("Nothing was due."))
