"""`lab-tui gpu`: finding GPUs, booking them, checking in, giving back."""

from __future__ import annotations

from datetime import timedelta

import click

from lab_tui.cli.gpu_words import (
    book_options,
    end_of,
    later,
    memory_option,
    override_option,
    print_booking_done,
    purpose_option,
    which_gpus,
)
from lab_tui.cli.options import (
    GPU_COUNT,
    HOURS,
    NUMBER,
    as_option,
    as_whom_option,
    for_option,
    json_option,
    request_key_option,
)
from lab_tui.cli.output import print_json, print_lines, print_undo
from lab_tui.cli.session import Session, acting, acting_for, moment, pass_session
from lab_tui.cli.shapes import Command, option
from lab_tui.i18n import N_, _
from lab_tui.lab import gpus
from lab_tui.lab.gpu_names import workstation_named
from lab_tui.wording import refusals


@click.command(
    cls=Command,
    help=N_(
        "Book GPUs of a workstation. Times are the lab's own, or carry an offset: 2026-11-22T20:00+08:00."
    ),
)
@click.argument("workstation")
@book_options
@purpose_option
@override_option
@request_key_option
@as_option
@for_option
@json_option
@pass_session
def book(
    session: Session,
    workstation: str,
    numbers: str | None,
    count: int | None,
    whole: bool,
    start: str,
    end: str | None,
    hours: float | None,
    purpose: str,
    override: str | None,
    request_key: str | None,
    who: str | None,
    for_whom: str | None,
    as_json: bool,
) -> None:
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
    done = gpus.book(lab, actor, wish, request_key=request_key, override_reason=override)
    print_booking_done(lab, done, _("Booked: {booking}"), who, as_json)


@click.command(
    cls=Command, help=N_("Find the best five places for some GPUs, the soonest first. Nothing is booked.")
)
@option("--count", type=GPU_COUNT, default=1, show_default=True, help=N_("How many GPUs."))
@option(
    "--hours",
    type=HOURS,
    required=True,
    help=N_("For how many hours."),
)
@option("--from", "start", metavar="TIME", help=N_("Not before; now if left out."))
@option("--to", "end", metavar="TIME", help=N_("Over by then; a week later if left out."))
@memory_option
@option("--workstation", metavar="WORKSTATION", help=N_("Of this workstation only."))
@as_option
@json_option
@pass_session
def find(
    session: Session,
    count: int,
    hours: float,
    start: str | None,
    end: str | None,
    memory: int,
    workstation: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    from lab_tui.lab import gpu_finding
    from lab_tui.lab.rules.finding import Search

    lab = session.lab()
    actor = acting(lab, who)
    earliest = moment(lab, "--from", start) if start else lab.now()
    search = Search(
        gpu_count=count,
        length=timedelta(hours=hours),
        earliest=earliest,
        latest=moment(lab, "--to", end) if end else later("--from", start or "", earliest, timedelta(days=7)),
        memory_at_least=memory,
        workstation_id=workstation_named(lab, actor, workstation).id if workstation else None,
    )
    found = gpu_finding.find(lab, actor, search)
    if as_json:
        return print_json(found)
    lines = [
        f"{number}  {refusals.remedy_line(one, lab.time, lab.now())}" for number, one in enumerate(found, 1)
    ]
    print_lines(*lines or [_("Nothing is free for that.")])
    if any(one.wish.ends_at - one.wish.starts_at > search.length for one in found):
        print_lines(_("A workstation's steps, or its shortest booking, make it longer than you asked."))
    return None


@click.command(cls=Command, help=N_("Give a booking back."))
@click.argument("booking", type=NUMBER)
@as_option
@json_option
@pass_session
def cancel(session: Session, booking: int, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    done = gpus.cancel(lab, acting(lab, who), booking)
    print_booking_done(lab, done, _("Cancelled: {booking}"), who, as_json)


@click.command("check-in", cls=Command, help=N_("Check a person in to their booking."))
@click.argument("booking", type=NUMBER)
@as_whom_option
@json_option
@pass_session
def check_in(session: Session, booking: int, who: str, as_json: bool) -> None:
    from lab_tui.lab import checkins

    lab = session.lab()
    done = checkins.check_in(lab, acting(lab, who), checkins.CheckInKind.BOOKING, booking)
    if as_json:
        return print_json(done)
    print_lines(
        _("{person} is checked in: {title}").format(person=done.what.person_name, title=done.what.title)
    )
    return print_undo(done.entry_id, who)
