"""`lab-tui doctor`: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

import click

from lab_tui.cli.checks import State, examine
from lab_tui.cli.options import json_option
from lab_tui.cli.output import print_json, print_lines
from lab_tui.cli.session import Session, pass_session
from lab_tui.cli.shapes import Command
from lab_tui.errors import EXIT_DONE, EXIT_SYSTEM
from lab_tui.i18n import N_, _

_SHAPES = {State.OK: "✓", State.WARNING: "!", State.WRONG: "✕"}
_WORDS = {State.OK: N_("ok"), State.WARNING: N_("warning"), State.WRONG: N_("wrong")}


@click.command(
    cls=Command,
    help=N_("Look at this machine and the lab; change nothing. Exit code 3 when something is wrong."),
)
@json_option
@pass_session
def doctor(session: Session, as_json: bool) -> int:
    findings = tuple(examine(session.folder))
    if as_json:
        print_json(findings)
    else:
        for one in findings:
            print_lines(f"{_SHAPES[one.state]} {_(_WORDS[one.state])}  {one.check}: {one.says}")
            if one.remedy:
                print_lines(f"    {one.remedy}")
    return EXIT_SYSTEM if any(one.state is State.WRONG for one in findings) else EXIT_DONE
