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
)
from lab_tui.cli.options import NUMBER, as_option, for_option, json_option, request_key_option
from lab_tui.cli.output import print_json, print_lines, print_undo
from lab_tui.cli.session import Session, acting, acting_for, day_or_today, moment, pass_session
from lab_tui.cli.shapes import Command, option
from lab_tui.errors import EXIT_DONE, EXIT_REFUSED, BadInput
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab import gpu_series, gpus
from lab_tui.lab.gpu_names import workstation_named
from lab_tui.lab.rules.reasons import Code
from lab_tui.text import printable
from lab_tui.wording import refusals, times
from lab_tui.wording.series import clock_note
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
@option("--until-cohort-ends", is_flag=True, help=N_("Until the last day of the start-up's cohort."))
@book_options
@purpose_option
@option("--dry-run", is_flag=True, help=N_("Only say what would be booked."))
@request_key_option
@as_option
@for_option
@json_option
@pass_session
def series(
    session: Session,
    workstation: str,
    weekdays: str,
    until: str | None,
    weeks: int | None,
    until_cohort_ends: bool,
    numbers: str | None,
    count: int | None,
    whole: bool,
    start: str,
    end: str | None,
    hours: float | None,
    purpose: str,
    dry_run: bool,
    request_key: str | None,
    who: str | None,
    for_whom: str | None,
    as_json: bool,
) -> int:
    if sum((until is not None, weeks is not None, until_cohort_ends)) != 1:
        raise click.UsageError(_("Give one of --until, --weeks and --until-cohort-ends."))
    lab = session.lab()
    actor, person_id = acting_for(lab, who, for_whom)
    machine = workstation_named(lab, actor, workstation)
    starts_at = moment(lab, "--from", start)
    wish = gpus.BookingWish(
        workstation_id=machine.id,
        starts_at=starts_at,
        ends_at=end_of(lab, starts_at, end, hours),
        purpose=purpose,
        person_id=person_id,
        **which_gpus(machine, numbers, count, whole),
    )
    if until_cohort_ends:
        last_day = gpu_series.cohort_end(lab, actor, person_id)
    else:
        last_day = _last_day(lab, starts_at, until, weeks)
    asked = gpu_series.SeriesWish(wish, _weekdays(weekdays), last_day)
    if dry_run:
        return _print_plan(lab, gpu_series.preview_series(lab, actor, asked), as_json)
    try:
        done = gpu_series.book_series(lab, actor, asked, request_key=request_key)
    except gpu_series.NothingPossible as error:
        return _print_plan(lab, gpu_series.SeriesPlan((), error.refused), as_json, err=not as_json)
    if as_json:
        print_json(done)
        return EXIT_DONE
    print_lines(_("Series {id}:").format(id=done.what.id))
    print_bookings(lab, done.what.bookings)
    notes = (clock_note(lab.time, one.starts_at) for one in done.what.bookings)
    print_lines(*filter(None, notes))
    print_lines(*_refused_lines(lab, done.what.refused))
    print_undo(done.entry_id, who)
    return EXIT_DONE


@click.command(
    "cancel-series", cls=Command, help=N_("Give back the bookings of a series that have not begun.")
)
@click.argument("series", type=NUMBER)
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
    if until is not None:
        return day_or_today(lab, "--until", until)
    return lab.time.day_of(starts_at) + timedelta(days=7 * (weeks or 0) - 1)


def _print_plan(lab: Lab, plan: gpu_series.SeriesPlan, as_json: bool, *, err: bool = False) -> int:
    """What can be and what not; returns the exit code: refused where nothing can."""
    code = EXIT_DONE if plan.possible else EXIT_REFUSED
    if as_json:
        print_json(plan)
        return code
    count = len(plan.possible)
    head = ngettext("{count} booking is possible:", "{count} bookings are possible:", count)
    first = head.format(count=count) if count else _("Not one of them can be booked:")
    possible = (_possible_line(lab, wish) for wish in plan.possible)
    for line in (first, *possible, *_refused_lines(lab, plan.refused)):
        click.echo(printable(line), err=err)
    return code


def _possible_line(lab: Lab, wish: gpus.BookingWish) -> str:
    when, note = times.span(lab.time, wish.starts_at, wish.ends_at), clock_note(lab.time, wish.starts_at)
    return f"{when}  {note}" if note else when


def _refused_lines(lab: Lab, refused: tuple[gpu_series.NotPossible, ...]) -> list[str]:
    lines = []
    for one in refused:
        is_skipped = any(reason.code == Code.SKIPPED_TIME for reason in one.reasons)
        when = times.span(lab.time, one.wish.starts_at, one.wish.ends_at)
        # A time that does not exist has no hours to show.
        when = times.day_short(lab.time.day_of(one.wish.starts_at)) if is_skipped else when
        why = in_a_row(refusals.sentence(reason, lab.time, lab.now()) for reason in one.reasons)
        lines.append(_("✕ Not {when}: {why}").format(when=when, why=why))
    return lines
