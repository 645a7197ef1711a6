"""`lab-tui gpu`: bookings that repeat."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import click

from lab_tui.cli.gpu_words import (
    book_options,
    end_of,
    print_bookings,
    purpose_option,
    which_gpus,
    workstation_named,
)
from lab_tui.cli.options import as_option, as_whom_option, json_option, request_key_option
from lab_tui.cli.output import print_json, print_lines, print_undo
from lab_tui.cli.session import Session, acting, day_or_today, moment, pass_session
from lab_tui.cli.shapes import Command, option
from lab_tui.errors import BadInput
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab import gpu_series, gpus
from lab_tui.wording import refusals, times
from lab_tui.wording.templates import in_a_row

if TYPE_CHECKING:
    from lab_tui.lab.operation import Lab

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@click.command(
    cls=Command,
    help=N_(
        "Book GPUs every week on some days, as far as the rules allow. --dry-run says what would be and "
        "what not, and why."
    ),
)
@click.argument("workstation")
@option("--on", "weekdays", required=True, metavar="tue,thu", help=N_("On which days of the week."))
@option("--until", metavar="DAY", help=N_("The last day."))
@option(
    "--weeks", type=click.IntRange(1, 53), metavar="N", help=N_("For so many weeks, instead of until when.")
)
@book_options
@purpose_option
@option("--dry-run", is_flag=True, help=N_("Only say what would be booked."))
@request_key_option
@as_whom_option
@json_option
@pass_session
def series(
    session: Session,
    workstation: str,
    weekdays: str,
    until: str | None,
    weeks: int | None,
    numbers: str | None,
    count: int | None,
    whole: bool,
    start: str,
    end: str | None,
    hours: float | None,
    purpose: str,
    dry_run: bool,
    request_key: str | None,
    who: str,
    as_json: bool,
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    machine = workstation_named(lab, actor, workstation)
    starts_at = moment(lab, "--from", start)
    wish = gpus.BookingWish(
        workstation_id=machine.id,
        starts_at=starts_at,
        ends_at=end_of(lab, starts_at, end, hours),
        purpose=purpose,
        **which_gpus(machine, numbers, count, whole),
    )
    asked = gpu_series.SeriesWish(wish, _weekdays(weekdays), _last_day(lab, starts_at, until, weeks))
    if dry_run:
        plan = gpu_series.preview_series(lab, actor, asked)
        return print_json(plan) if as_json else _print_plan(lab, plan)
    done = gpu_series.book_series(lab, actor, asked, request_key=request_key)
    if as_json:
        return print_json(done)
    print_lines(_("Series {id}:").format(id=done.what.id))
    print_bookings(lab, done.what.bookings)
    _print_refused(lab, done.what.refused)
    return print_undo(done.entry_id, who)


@click.command(
    "cancel-series", cls=Command, help=N_("Give back the bookings of a series that have not begun.")
)
@click.argument("series", type=int)
@as_option
@json_option
@pass_session
def cancel_series(session: Session, series: int, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    done = gpu_series.cancel_series(lab, acting(lab, who), series)
    if as_json:
        return print_json(done)
    print_bookings(lab, done.what.bookings)
    return print_undo(done.entry_id, who)


def _weekdays(text: str) -> tuple[int, ...]:
    words = [word.strip().casefold() for word in text.split(",")]
    if not all(word in _WEEKDAYS for word in words):
        raise BadInput("--on", text, "not_a_choice", choices=", ".join(_WEEKDAYS))
    return tuple(sorted({_WEEKDAYS.index(word) for word in words}))


def _last_day(lab: Lab, starts_at: datetime, until: str | None, weeks: int | None) -> date:
    if (until is None) == (weeks is None):
        raise click.UsageError(_("Give either --until or --weeks."))
    if until is not None:
        return day_or_today(lab, "--until", until)
    return lab.time.day_of(starts_at) + timedelta(days=7 * (weeks or 0) - 1)


def _print_plan(lab: Lab, plan: gpu_series.SeriesPlan) -> None:
    count = len(plan.possible)
    print_lines(
        ngettext("{count} booking is possible:", "{count} bookings are possible:", count).format(count=count)
    )
    print_lines(*(times.span(lab.time, wish.starts_at, wish.ends_at) for wish in plan.possible))
    _print_refused(lab, plan.refused)


def _print_refused(lab: Lab, refused: tuple[gpu_series.NotPossible, ...]) -> None:
    for one in refused:
        when = times.span(lab.time, one.wish.starts_at, one.wish.ends_at)
        why = in_a_row(refusals.sentence(reason, lab.time, lab.now()) for reason in one.reasons)
        print_lines(_("✕ Not {when}: {why}").format(when=when, why=why))
