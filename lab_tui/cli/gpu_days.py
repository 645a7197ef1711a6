"""`lab-tui gpu`: who has what, on a day, in a week, at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lab_tui.cli.gpu_words import booking_value, print_bookings, until_text, when_text
from lab_tui.cli.options import as_option, as_whom_option, json_option
from lab_tui.cli.output import print_json, print_lines, print_table
from lab_tui.cli.session import Session, acting, day_or_today, pass_session
from lab_tui.cli.shapes import Command
from lab_tui.i18n import N_, _
from lab_tui.lab import gpu_now, gpus
from lab_tui.lab.gpu_names import workstation_named
from lab_tui.wording import names, times

if TYPE_CHECKING:
    from datetime import date

    from lab_tui.lab.gpu_weeks import GpuWeek
    from lab_tui.lab.operation import Lab


@click.command(
    cls=Command,
    help=N_("Show who has which GPUs on a day (2026-11-22, today or tomorrow; today if left out)."),
)
@click.argument("day", required=False)
@as_option
@json_option
@pass_session
def day(session: Session, day: str | None, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    view = gpus.day_view(lab, acting(lab, who), day_or_today(lab, "DAY", day))
    if as_json:
        return print_json(view)
    print_lines(_day_text(lab, view.day))
    return _print_time(lab, view)


def _day_text(lab: Lab, day: date) -> str:
    """A day, with its year where that is another one."""
    return times.day_long(day) if day.year == lab.today().year else times.day_with_year(day)


@click.command(
    cls=Command,
    help=N_("Show seven days of a workstation (from 2026-11-22, today or tomorrow on; today if left out)."),
)
@click.argument("workstation")
@click.argument("day", required=False)
@as_option
@json_option
@pass_session
def week(session: Session, workstation: str, day: str | None, who: str | None, as_json: bool) -> None:
    from lab_tui.lab import gpu_weeks

    lab = session.lab()
    actor = acting(lab, who)
    machine = workstation_named(lab, actor, workstation, also_retired=True)
    first = day_or_today(lab, "DAY", day)
    view = gpu_weeks.week_view(lab, actor, machine.id, first, also_retired=True)
    if as_json:
        return print_json(view)
    days = _("{first} to {last}").format(
        first=_day_text(lab, view.days[0].day), last=_day_text(lab, view.days[-1].day)
    )
    print_lines(f"{machine.name}, {days}")
    if machine.retired:
        print_lines(_("{workstation} is retired").format(workstation=machine.name))
    return _print_time(lab, view)


def _print_time(lab: Lab, view: gpus.GpuDay | GpuWeek) -> None:
    """The bookings, outages and closures of some time."""
    print_bookings(lab, view.bookings)
    for outage in view.outages:
        sentence = _("{workstation} is out of service {when}: {reason}")
        when = until_text(lab, outage.starts_at, outage.ends_at)
        print_lines(sentence.format(workstation=outage.workstation, when=when, reason=outage.reason))
    for closure in view.closures:
        when = when_text(lab, closure.starts_at, closure.ends_at)
        print_lines(_("The lab is closed {when}: {reason}").format(when=when, reason=closure.reason))


@click.command(cls=Command, help=N_("Show a person's bookings that have not ended."))
@as_whom_option
@json_option
@pass_session
def mine(session: Session, who: str, as_json: bool) -> None:
    lab = session.lab()
    bookings = gpus.bookings_of(lab, acting(lab, who))
    if as_json:
        return print_json([booking_value(lab, booking) for booking in bookings])
    return print_bookings(lab, bookings)


@click.command(
    cls=Command,
    help=N_("Show how every GPU stands at this moment, and until when; nobody is named. For dashboards."),
)
@json_option
@pass_session
def now(session: Session, as_json: bool) -> None:
    lab = session.lab()
    every = gpu_now.now(lab)
    if as_json:
        return print_json({"at": lab.now(), "gpus": every})
    head = (_("Workstation"), "GPU", _("Model"), _("State"), _("Start-up"), _("Until"))
    return print_table(
        head,
        [
            (
                one.workstation,
                one.gpu_number,
                one.gpu_model,
                names.gpu_state(one.state),
                one.startup or one.reason,
                times.moment(lab.time, one.until, lab.now()) if one.until else "",
            )
            for one in every
        ],
    )
