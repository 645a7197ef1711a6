"""Options that many commands share."""

from __future__ import annotations

import math
from typing import Any

import click

from lab_tui.cli.shapes import option
from lab_tui.i18n import N_, _


class _Hours(click.FloatRange):
    """A length in hours; what is no number, or none that ends, is refused as well."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        hours = float(click.FLOAT.convert(value, param, ctx))
        if not math.isfinite(hours):
            self.fail(_("{value} is no number of hours.").format(value=value), param, ctx)
        return float(super().convert(hours, param, ctx))


# A length that is no time any more would overflow.
HOURS = _Hours(min=0, max=8784, min_open=True)
# The number of a booking, a wait, an entry: no database counts further.
NUMBER = click.IntRange(min=0, max=2**63 - 1)
# How many GPUs somebody may ask for; far more than any machine has.
GPU_COUNT = click.IntRange(min=1, max=100_000)
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
for_option = option(
    "--for",
    "for_whom",
    metavar="PERSON",
    help=N_("Whom it is for, where staff or the operator act for somebody: as with --as."),
)
request_key_option = option(
    "--request-key",
    metavar="KEY",
    help=N_("Any text of your own: a command repeated with the same key changes nothing more."),
)
