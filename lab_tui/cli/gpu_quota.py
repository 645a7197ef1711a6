"""`lab-tui gpu quota`: what somebody may still book."""

from __future__ import annotations

import click

from lab_tui.cli.options import as_whom_option, json_option
from lab_tui.cli.output import print_json, print_lines, print_table
from lab_tui.cli.session import Session, acting, pass_session
from lab_tui.cli.shapes import Command
from lab_tui.i18n import N_, _
from lab_tui.lab import gpu_quotas
from lab_tui.lab.gpu_views import QuotaUse
from lab_tui.wording import figures, times


@click.command(
    cls=Command,
    help=N_("Show the GPU-hours that a person and their start-up have this week and the next, and may have."),
)
@as_whom_option
@json_option
@pass_session
def quota(session: Session, who: str, as_json: bool) -> None:
    lab = session.lab()
    found = gpu_quotas.quotas(lab, acting(lab, who))
    if as_json:
        return print_json(found)
    if not found.weeks:
        return print_lines(_("{person} has no start-up, and so no quota.").format(person=found.person))
    head = (_("Week from"), _("Workstation"), found.startup, _("Left"), found.person, _("Left"), _("Offered"))
    rows = [
        (
            times.day_with_year(one.week),
            one.workstation or _others(found.weeks),
            _used(one.startup),
            _left(one.startup),
            _used(one.person),
            _left(one.person),
            _("{hours} of these").format(hours=figures.number(one.offered)) if one.offered else "",
        )
        for one in found.weeks
    ]
    return print_table(head, rows)


def _others(weeks: tuple[gpu_quotas.QuotaOfWeek, ...]) -> str:
    return _("all others") if any(one.workstation for one in weeks) else _("all")


def _used(use: QuotaUse) -> str:
    return _("{used} of {limit} h").format(used=figures.number(use.used), limit=use.limit)


def _left(use: QuotaUse) -> str:
    return _("{hours} h").format(hours=figures.number(max(0.0, use.limit - use.used)))
