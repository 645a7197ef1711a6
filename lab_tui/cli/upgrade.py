"""`lab-tui upgrade`: the database of an older version, brought up to this one."""

from __future__ import annotations

import click

from lab_tui.cli.options import json_option
from lab_tui.cli.output import print_json, print_lines
from lab_tui.cli.session import Session, pass_session
from lab_tui.cli.shapes import Command
from lab_tui.i18n import N_, _


@click.command(
    cls=Command,
    help=N_(
        "Bring the database of an older lab-tui up to this version; stop every kiosk first. A SQLite file is "
        "copied beside itself before; back PostgreSQL up with pg_dump."
    ),
)
@json_option
@pass_session
def upgrade(session: Session, as_json: bool) -> None:
    from lab_tui.lab import upgrading
    from lab_tui.wording.templates import listed

    done = upgrading.upgrade(session.folder)
    if as_json:
        return print_json(done)
    if not done.migrations:
        sentence = _("{address} is of this version already (schema {ours}). Nothing was done.")
        return print_lines(sentence.format(address=done.address, ours=done.to_version))
    sentence = _("{address} is upgraded from schema {version} to {ours}: {migrations}")
    lines = [
        sentence.format(
            address=done.address,
            version=done.from_version,
            ours=done.to_version,
            migrations=listed(done.migrations),
        )
    ]
    if done.backup is not None:
        lines.append(_("What it was before is in {path}").format(path=done.backup))
    return print_lines(*lines)
