"""`lab-tui audit` and `lab-tui undo`: what was done, and taking it back."""

from __future__ import annotations

import click

from lab_tui.cli.options import NUMBER, as_option, json_option
from lab_tui.cli.output import print_json, print_lines, print_table
from lab_tui.cli.session import Session, acting, pass_session
from lab_tui.cli.shapes import Command, Group, option
from lab_tui.i18n import N_, _
from lab_tui.lab import audit as audit_log
from lab_tui.wording import names, times


@click.group(cls=Group, help=N_("Read what was done, and by whom."))
def audit() -> None:
    pass


@audit.command("list", help=N_("Show the newest entries first."))
@option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help=N_("At most so many."))
@option("--before", type=NUMBER, metavar="ENTRY", help=N_("Only entries before this one, to page on."))
@option("--subject", metavar="KIND", help=N_("Only acts on this kind of thing, such as booking or event."))
@as_option
@json_option
@pass_session
def list_entries(
    session: Session, limit: int, before: int | None, subject: str | None, who: str | None, as_json: bool
) -> None:
    lab = session.lab()
    entries = audit_log.latest(lab, acting(lab, who), limit, subject, before)
    if as_json:
        return print_json(entries)
    rows = [
        (
            entry.id,
            times.moment(lab.time, entry.at),
            entry.actor_name or entry.via,
            names.action(entry.action),
            f"{entry.subject} {'' if entry.subject_id is None else entry.subject_id}",
            _("undone") if entry.undone else entry.override_reason or "",
        )
        for entry in entries
    ]
    head = (_("Entry"), _("When"), _("Who"), _("Did"), _("To what"), _("Remark"))
    return print_table(head, rows) if rows else print_lines(_("No entries."))


@click.command(
    cls=Command, help=N_("Take back an act by its audit entry, soon after it was done, as whoever did it.")
)
@click.argument("entry", type=NUMBER)
@as_option
@json_option
@pass_session
def undo(session: Session, entry: int, who: str | None, as_json: bool) -> None:
    from lab_tui.lab.undo import undo as take_back

    lab = session.lab()
    action = take_back(lab, acting(lab, who), entry)
    if as_json:
        return print_json({"undone": action, "entry_id": entry})
    return print_lines(_("Undone: {action}").format(action=names.action(action)))
