"""Options that many commands share."""

from __future__ import annotations

import click

from lab_tui.cli.shapes import option
from lab_tui.i18n import N_

# A length that is no time any more would overflow.
HOURS = click.FloatRange(min=0, max=8784, min_open=True)
json_option = option("--json", "as_json", is_flag=True, help=N_("Print JSON for programs."))
as_option = option(
    "--as",
    "who",
    metavar="PERSON",
    help=N_("Act as this person: a number, a unix name or a name. Without it you act as the operator."),
)
as_whom_option = option(
    "--as",
    "who",
    metavar="PERSON",
    required=True,
    help=N_("The person it is for: a number, a unix name or a name."),
)
request_key_option = option(
    "--request-key",
    metavar="KEY",
    help=N_("Any text of your own: a command repeated with the same key changes nothing more."),
)
