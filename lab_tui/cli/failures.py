"""Errors, as a command says them: a sentence on standard error, and JSON where JSON was asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from lab_tui.cli.output import plain, print_json
from lab_tui.errors import BadInput, LabError, Refused, Remedy, SystemCannot
from lab_tui.i18n import _
from lab_tui.text import printable

if TYPE_CHECKING:
    from lab_tui.lab.operation import Lab

_CAPITAL_WITHIN = re.compile(r"(?<=[a-z])(?=[A-Z])")


def report(error: LabError, as_json: bool, lab: Lab | None) -> int:
    """Say what went wrong; returns the exit code. `lab` gives the zone that times are said in."""
    for line in lines_of(error, lab):
        click.echo(printable(line), err=True)
    if as_json:
        print_json(as_value(error))
    return error.exit_code


def lines_of(error: LabError, lab: Lab | None) -> list[str]:
    """The sentences for an error; a refusal has one a reason, and what is possible instead."""
    from lab_tui.wording import faults

    if isinstance(error, Refused) and lab is not None:
        return _refused_lines(error, lab)
    if isinstance(error, BadInput):
        return [faults.bad_input(error)]
    if isinstance(error, SystemCannot):
        return [faults.system_fault(error)]
    return [faults.system_fault(SystemCannot(str(error)))]


def _refused_lines(error: Refused, lab: Lab) -> list[str]:
    from lab_tui.wording import refusals

    now = lab.now()
    lines = [
        f"✕ {refusals.sentence(reason, lab.time, now)}{refusals.marked(reason)}" for reason in error.reasons
    ]
    if error.remedies:
        lines.append(_("Possible instead:"))
    lines += [
        f"{number}  {refusals.remedy_line(remedy, lab.time, now)}"
        for number, remedy in enumerate(error.remedies, 1)
    ]
    return lines


def as_value(error: LabError) -> dict[str, object]:
    """The error for programs, under the name of its kind."""
    if isinstance(error, Refused):
        return {"refused": plain(error.reasons), "remedies": [_remedy_value(one) for one in error.remedies]}
    if isinstance(error, BadInput):
        return {"bad_input": _bad_input_value(error)}
    if isinstance(error, SystemCannot):
        return {"system_cannot": {"code": error.code, "facts": plain(error.facts)}}
    return {"system_cannot": {"code": str(error), "facts": {}}}


def _remedy_value(remedy: Remedy) -> dict[str, object]:
    kind = _CAPITAL_WITHIN.sub("_", type(remedy).__name__).lower()
    value = plain(remedy)
    return {"kind": kind, **(value if isinstance(value, dict) else {})}


def _bad_input_value(error: BadInput) -> dict[str, object]:
    return {
        "field": error.field,
        "value": plain(error.value),
        "problem": error.problem,
        "facts": plain(error.facts),
    }
