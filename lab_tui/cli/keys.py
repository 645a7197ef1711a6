"""`lab-tui key`: the signing keys of the lab, their rotation and retirement."""

from __future__ import annotations

import click

from lab_tui.cli.options import json_option
from lab_tui.cli.output import print_json, print_lines, print_table
from lab_tui.cli.session import Session, pass_session
from lab_tui.cli.shapes import Group, option
from lab_tui.i18n import N_, _
from lab_tui.lab import keys
from lab_tui.lab.operation import OPERATOR


@click.group(cls=Group, help=N_("The keys that sign badges, tickets and labels: show, add, retire."))
def key() -> None:
    pass


@key.command("list", help=N_("Show the keys that are accepted, and who still uses them; never the keys."))
@json_option
@pass_session
def list_keys(session: Session, as_json: bool) -> None:
    found = keys.live_keys(session.lab(), OPERATOR)
    if as_json:
        return print_json(found)
    head = (_("Key"), _("Fingerprint"), _("Signs"), _("People"), _("Labels"))
    print_table(
        head,
        [
            (one.number, one.fingerprint, _("yes") if one.signs else "", one.people, one.labels)
            for one in found
        ],
    )
    seen = _("People and labels: whose code was scanned in the last {days} days, and signed with it.")
    return print_lines(seen.format(days=keys.SEEN_DAYS))


@key.command(help=N_("Add a new key, which signs from now on; what older keys signed stays valid."))
@option(
    "--force", is_flag=True, help=N_("Even where the newest lab.key is lost: what that key signed is void.")
)
@json_option
@pass_session
def rotate(session: Session, force: bool, as_json: bool) -> None:
    lab = session.lab()
    done = keys.rotate(lab, OPERATOR, force=force)
    if as_json:
        return print_json(done)
    return print_lines(
        _("Key {number} signs from now on.").format(number=done.what.number),
        _("Copy {path} to every other kiosk, and a copy to the safe.").format(path=lab.config.key_path),
        _("A running kiosk takes the file up by itself. Badges get the new key when they are printed again."),
    )


@key.command(help=N_("Take the oldest key out: whatever it signed is void from now on."))
@click.argument("number", type=int)
@option("--force", is_flag=True, help=N_("Even while people still use what it signed."))
@json_option
@pass_session
def retire(session: Session, number: int, force: bool, as_json: bool) -> None:
    lab = session.lab()
    done = keys.retire(lab, OPERATOR, number, force=force)
    if as_json:
        return print_json(done)
    return print_lines(
        _("Key {number} is retired: what it signed is void.").format(number=number),
        _("Copy {path} to every other kiosk, and a copy to the safe.").format(path=lab.config.key_path),
    )
