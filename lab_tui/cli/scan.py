"""`lab-tui scan`: what a code means."""

from __future__ import annotations

import click

from lab_tui.cli.options import as_option, json_option
from lab_tui.cli.output import print_json, print_lines
from lab_tui.cli.session import Session, acting, pass_session
from lab_tui.cli.shapes import Command, option
from lab_tui.errors import EXIT_DONE, EXIT_REFUSED
from lab_tui.i18n import N_
from lab_tui.lab import checkins
from lab_tui.wording import verdicts


@click.command(
    cls=Command,
    help=N_("Read a badge or ticket code as a kiosk would; exit code 1 when the lab does not accept it."),
)
@click.argument("code")
@option("--kiosk", metavar="NAME", help=N_("The kiosk it is read at; the one in lab.toml if left out."))
@option("--session", "session_id", type=int, help=N_("Read it at the door of this session."))
@as_option
@json_option
@pass_session
def scan(
    session: Session, code: str, kiosk: str | None, session_id: int | None, who: str | None, as_json: bool
) -> int:
    lab = session.lab()
    result = checkins.scan(lab, acting(lab, who), code, kiosk or lab.config.kiosk.name, session_id)
    if as_json:
        print_json(result)
    else:
        print_lines(
            f"{verdicts.shape(result.outcome)} {verdicts.word(result.verdict)}",
            verdicts.detail(result, lab.time, lab.now()),
            verdicts.next_step(result, lab.time, lab.now()),
        )
    return EXIT_REFUSED if result.outcome is checkins.Outcome.BAD else EXIT_DONE
