"""`lab-tui gpu calendar`: bookings for a calendar program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab_tui.cli.options import as_option, json_option
from lab_tui.cli.output import print_json, print_lines
from lab_tui.cli.session import Session, acting, pass_session, person_named, startup_named
from lab_tui.cli.shapes import Command, option
from lab_tui.codes.calendar_file import calendar_file
from lab_tui.errors import SystemCannot
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab import gpu_calendar
from lab_tui.lab.gpu_names import workstation_named
from lab_tui.text import printable
from lab_tui.wording import calendars

if TYPE_CHECKING:
    from lab_tui.lab.operation import Actor, Lab


@click.command(
    cls=Command,
    help=N_(
        "Write the bookings of a person, a start-up or a workstation as an iCalendar file. Imported again, "
        "it updates what was moved or given back."
    ),
)
@option("--person", metavar="PERSON", help=N_("Of this person: a number, a unix name or a name."))
@option("--startup", metavar="START-UP", help=N_("Of this start-up: a number or its name."))
@option("--workstation", metavar="WORKSTATION", help=N_("Of this workstation, whoever booked it."))
@option("--out", type=click.Path(path_type=Path), metavar="FILE", help=N_("The file; printed if left out."))
@as_option
@json_option
@pass_session
def calendar(
    session: Session,
    person: str | None,
    startup: str | None,
    workstation: str | None,
    out: Path | None,
    who: str | None,
    as_json: bool,
) -> None:
    if sum(one is not None for one in (person, startup, workstation)) != 1:
        raise click.UsageError(_("Give one of --person, --startup and --workstation."))
    lab = session.lab()
    found = _asked(lab, acting(lab, who), person, startup, workstation)
    if out is not None:
        _write(out, _file(found))
    if as_json:
        return print_json(found)
    if out is None:
        return click.echo(_file(found), nl=False)
    count = len(found.entries)
    sentence = ngettext("{count} booking is in {path}", "{count} bookings are in {path}", count)
    return print_lines(sentence.format(count=count, path=out))


def _asked(
    lab: Lab, actor: Actor, person: str | None, startup: str | None, workstation: str | None
) -> gpu_calendar.GpuCalendar:
    if person is not None:
        return gpu_calendar.calendar_of_person(lab, actor, person_named(lab, person, "--person"))
    if startup is not None:
        return gpu_calendar.calendar_of_startup(lab, actor, startup_named(lab, startup))
    machine = workstation_named(lab, actor, workstation or "", also_retired=True)
    if machine.retired:
        # Not among what a calendar program reads.
        click.echo(printable(_("{workstation} is retired").format(workstation=machine.name)), err=True)
    return gpu_calendar.calendar_of_workstation(lab, actor, machine.id)


def _file(found: gpu_calendar.GpuCalendar) -> bytes:
    return calendar_file(found.name, map(calendars.event, found.entries), found.at)


def _write(path: Path, content: bytes) -> None:
    """Raises SystemCannot(file_unwritable)."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise SystemCannot("file_unwritable", path=str(path), problem=error.strerror) from error
