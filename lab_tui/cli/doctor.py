"""`lab-tui doctor`: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from lab_tui.cli.checks import Finding, State, examine
from lab_tui.cli.options import json_option
from lab_tui.cli.output import print_json, print_lines
from lab_tui.cli.session import Session, pass_session
from lab_tui.cli.shapes import Command, option
from lab_tui.config import load_config
from lab_tui.errors import EXIT_DONE, EXIT_SYSTEM
from lab_tui.i18n import N_, _

_SHAPES = {State.OK: "✓", State.WARNING: "!", State.WRONG: "✕"}
_WORDS = {State.OK: N_("ok"), State.WARNING: N_("warning"), State.WRONG: N_("wrong")}


@click.command(
    cls=Command,
    help=N_("Look at this machine and the lab; change nothing. Exit code 3 when something is wrong."),
)
@option("--scanner", is_flag=True, help=N_("Look at the scanners only, and try them."))
@option(
    "--seconds",
    type=click.FloatRange(min=0.2, max=600),
    default=20.0,
    show_default=True,
    help=N_("With --scanner: how long to wait for each scan."),
)
@option(
    "--scans",
    type=click.IntRange(1, 100),
    default=3,
    show_default=True,
    help=N_("With --scanner: how many scans to ask for."),
)
@json_option
@pass_session
def doctor(session: Session, scanner: bool, seconds: float, scans: int, as_json: bool) -> int:
    findings: list[Finding] = []
    for one in _scanner_findings(session, seconds, scans) if scanner else examine(session.folder):
        findings.append(one)
        if not as_json:
            _print(one)
    if as_json:
        print_json(findings)
    return EXIT_SYSTEM if any(one.state is State.WRONG for one in findings) else EXIT_DONE


def _print(one: Finding) -> None:
    print_lines(f"{_SHAPES[one.state]} {_(_WORDS[one.state])}  {one.check}: {one.says}")
    if one.remedy:
        print_lines(f"    {one.remedy}")


def _ask(text: str) -> None:
    """What to do; not among the findings."""
    click.echo(text, err=True)


def _scanner_findings(session: Session, seconds: float, scans: int) -> Iterator[Finding]:
    """The devices; then, on a terminal, how the scanner does."""
    from lab_tui.cli import scanner_check, scanner_judge

    config = load_config(session.folder)
    with scanner_check.listening(config) as devices:
        yield from scanner_check.device_findings(devices)
        if not scanner_check.can_be_tried():
            yield scanner_check.no_terminal()
            return
        presses = scanner_check.try_scanner(devices, seconds, scans, _ask)
        yield from scanner_judge.judge(presses, config, seconds)
