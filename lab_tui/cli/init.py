"""`lab-tui init`: a new, real lab with its first staff member."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab_tui.cli.options import json_option
from lab_tui.cli.output import print_json, print_lines
from lab_tui.cli.pins import pin_file_option, read_pin
from lab_tui.cli.session import Session, pass_session
from lab_tui.cli.shapes import Command, option
from lab_tui.clock import LabTime
from lab_tui.config import CONFIG_NAME, KEY_NAME, LabConfig
from lab_tui.errors import SystemCannot
from lab_tui.i18n import N_, _
from lab_tui.text import clean

if TYPE_CHECKING:
    from lab_tui.lab.operation import Lab

_BADGE_NAME = "badge-staff.png"
_USUAL = LabConfig().lab


@click.command(
    cls=Command,
    help=N_("Make a new lab: lab.toml, a signing key, a database and the first staff member with a badge."),
)
@option("--name", help=N_("The lab's name."))
@option("--zone", help=N_("The lab's IANA time zone, such as Asia/Hong_Kong."))
@option("--staff", metavar="NAME", help=N_("The name of the first staff member."))
@pin_file_option
@json_option
@pass_session
def init(
    session: Session,
    name: str | None,
    zone: str | None,
    staff: str | None,
    pin_file: str | None,
    as_json: bool,
) -> None:
    folder = session.folder
    _see_that_nothing_is_there(folder)
    # Everything is asked and checked before anything is written.
    name = clean(name or click.prompt(_("The lab's name"), default=_USUAL.name), field="name", at_most=200)
    zone = zone or click.prompt(_("Its time zone"), default=_USUAL.zone)
    LabTime.named(zone)
    staff = clean(staff or click.prompt(_("The first staff member's name")), field="name")
    pin = _checked_pin(pin_file)
    person_id, code = _make(session, name, zone, staff, pin)
    badge = _badge(session, person_id)
    if as_json:
        made = {"folder": str(folder), "person_id": person_id, "code": code, "badge": badge and str(badge)}
        return print_json(made)
    print_lines(_("The lab is in {folder}").format(folder=folder))
    if badge is not None:
        print_lines(_("{name}'s badge is in {path}. Print it.").format(name=staff, path=badge))
    print_lines(
        _("Keep a copy of {path} in a safe: without it no badge is valid.").format(path=folder / KEY_NAME),
        _("Open the kiosk with: {command}").format(command=f"lab-tui --lab {folder} run"),
    )
    return None


def _see_that_nothing_is_there(folder: Path) -> None:
    config = LabConfig(folder=folder)
    for path in (folder / CONFIG_NAME, config.key_path, Path(config.database_url)):
        if path.exists():
            raise SystemCannot("store_exists", address=str(folder))


def _checked_pin(pin_file: str | None) -> str:
    from lab_tui.lab.rules.pins import check_pin

    pin = read_pin(pin_file)
    check_pin(pin, LabConfig().staff.pin_digits)
    return pin


def _make(session: Session, name: str, zone: str, staff: str, pin: str) -> tuple[int, str]:
    """The lab with its first staff member: their id and badge code. What fails leaves no lab behind."""
    from lab_tui.lab import people
    from lab_tui.lab.opening import make_lab
    from lab_tui.lab.operation import OPERATOR

    session.folder.parent.mkdir(parents=True, exist_ok=True)
    lab = make_lab(session.folder, name, zone)
    try:
        person = people.add(lab, OPERATOR, people.NewPerson(staff, "staff")).what
        people.set_pin(lab, OPERATOR, person.id, pin)
        code = people.badge_code(lab, OPERATOR, person.id)
    except BaseException:
        lab.store.close()
        _remove(lab)
        raise
    session.opened = lab
    click.get_current_context().call_on_close(lab.store.close)
    return person.id, code


def _remove(lab: Lab) -> None:
    names = [CONFIG_NAME, KEY_NAME]
    if lab.store.engine == "sqlite":
        database = Path(lab.config.database_url).name
        names += [database, f"{database}-wal", f"{database}-shm"]
    for name in names:
        (lab.config.folder / name).unlink(missing_ok=True)


def _badge(session: Session, person_id: int) -> Path | None:
    """The badge's picture; None where it cannot be drawn, which does not undo the lab."""
    from lab_tui.cli.people import write_badge
    from lab_tui.lab.operation import OPERATOR
    from lab_tui.wording.faults import system_fault

    path = session.folder / _BADGE_NAME
    try:
        if session.opened is not None:
            write_badge(session.opened, OPERATOR, person_id, path)
    except SystemCannot as error:
        click.echo(system_fault(error), err=True)
        again = _("The badge is not drawn yet. Afterwards run: {command}")
        command = f"lab-tui --lab {session.folder} people badge {person_id}"
        click.echo(again.format(command=command), err=True)
        return None
    return path
