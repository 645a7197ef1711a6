"""`lab-tui gpu`: the timetable, booking, workstations out of service."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from lab_tui.cli.options import as_option, as_whom_option, json_option, request_key_option
from lab_tui.cli.output import print_json, print_lines, print_table, print_undo
from lab_tui.cli.session import Session, acting, day_or_today, moment, pass_session
from lab_tui.cli.shapes import Group, option
from lab_tui.errors import BadInput, Reason, Refused
from lab_tui.i18n import N_, _
from lab_tui.lab import gpus
from lab_tui.lab.rules.reasons import Code
from lab_tui.wording import names, times
from lab_tui.wording.figures import gpu_numbers
from lab_tui.wording.figures import gpus as gpus_text

if TYPE_CHECKING:
    from lab_tui.lab.operation import Actor, Lab


@click.group(cls=Group, help=N_("GPU bookings and workstations."))
def gpu() -> None:
    pass


@gpu.command(help=N_("Show who has which GPUs on a day (2026-11-22, today or tomorrow; today if left out)."))
@click.argument("day", required=False)
@as_option
@json_option
@pass_session
def day(session: Session, day: str | None, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    view = gpus.day_view(lab, acting(lab, who), day_or_today(lab, "DAY", day))
    if as_json:
        return print_json(view)
    print_lines(times.day_long(view.day))
    _print_bookings(lab, view.bookings)
    machines = {machine.id: machine.name for machine in view.workstations}
    for outage in view.outages:
        sentence = _("{workstation} is out of service {when}: {reason}")
        when = _until(lab, outage.starts_at, outage.ends_at)
        name = machines.get(outage.workstation_id, "")
        print_lines(sentence.format(workstation=name, when=when, reason=outage.reason))
    for closure in view.closures:
        when = times.span(lab.time, closure.starts_at, closure.ends_at)
        print_lines(_("The lab is closed {when}: {reason}").format(when=when, reason=closure.reason))
    return None


@gpu.command(
    help=N_(
        "Book GPUs of a workstation. Times are the lab's own, or carry an offset: 2026-11-22T20:00+08:00."
    )
)
@click.argument("workstation")
@option("--gpus", "numbers", required=True, metavar="0,1", help=N_("The numbers of the GPUs."))
@option("--from", "start", required=True, metavar="TIME", help=N_('When it starts: "2026-11-22 20:00".'))
@option("--to", "end", metavar="TIME", help=N_('When it ends: "2026-11-22 22:00".'))
@option("--hours", type=click.FloatRange(min=0, min_open=True), help=N_("How long, instead of when it ends."))
@option("--purpose", default="", help=N_("What for."))
@option("--override", metavar="REASON", help=N_("Pass the rules that staff may pass, for this reason."))
@request_key_option
@as_whom_option
@json_option
@pass_session
def book(
    session: Session,
    workstation: str,
    numbers: str,
    start: str,
    end: str | None,
    hours: float | None,
    purpose: str,
    override: str | None,
    request_key: str | None,
    who: str,
    as_json: bool,
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    starts_at = moment(lab, "--from", start)
    wish = gpus.BookingWish(
        workstation_id=_workstation(lab, actor, workstation).id,
        gpu_numbers=_numbers(numbers),
        starts_at=starts_at,
        ends_at=_end(lab, starts_at, end, hours),
        purpose=purpose,
    )
    done = gpus.book(lab, actor, wish, request_key=request_key, override_reason=override)
    if as_json:
        return print_json(done)
    print_lines(_("Booked: {booking}").format(booking=_line(lab, done.what)))
    print_lines(f"CUDA_VISIBLE_DEVICES={done.what.cuda_visible_devices}")
    print_undo(done.entry_id, who)
    return None


@gpu.command(help=N_("Give a booking back."))
@click.argument("booking", type=int)
@as_option
@json_option
@pass_session
def cancel(session: Session, booking: int, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    done = gpus.cancel(lab, acting(lab, who), booking)
    if as_json:
        return print_json(done)
    print_lines(_("Cancelled: {booking}").format(booking=_line(lab, done.what)))
    print_undo(done.entry_id, who)
    return None


@gpu.command(help=N_("Show a person's bookings that have not ended."))
@as_whom_option
@json_option
@pass_session
def mine(session: Session, who: str, as_json: bool) -> None:
    lab = session.lab()
    bookings = gpus.bookings_of(lab, acting(lab, who))
    return print_json(bookings) if as_json else _print_bookings(lab, bookings)


@gpu.command("check-in", help=N_("Check a person in to their booking."))
@click.argument("booking", type=int)
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
    print_undo(done.entry_id, who)
    return None


@gpu.command("out-of-service", help=N_("Put a workstation out of service, from now on unless you say when."))
@click.argument("workstation")
@option("--reason", required=True, help=N_("Why, as the timetable shows it."))
@option("--from", "start", metavar="TIME", help=N_("When it starts; now if left out."))
@option("--to", "end", metavar="TIME", help=N_("When it ends; until further notice if left out."))
@request_key_option
@as_option
@json_option
@pass_session
def out_of_service(
    session: Session,
    workstation: str,
    reason: str,
    start: str | None,
    end: str | None,
    request_key: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    starts_at = moment(lab, "--from", start) if start else lab.now()
    ends_at = moment(lab, "--to", end) if end else None
    machine = _workstation(lab, actor, workstation)
    done = gpus.put_out_of_service(
        lab, actor, machine.id, starts_at, ends_at, reason, request_key=request_key
    )
    if as_json:
        return print_json(done)
    when = _until(lab, done.what.starts_at, done.what.ends_at)
    sentence = _("{workstation} is out of service {when}: {reason}")
    print_lines(sentence.format(workstation=machine.name, when=when, reason=done.what.reason))
    print_undo(done.entry_id, who)
    return None


@gpu.command("in-service", help=N_("Put a workstation back in service."))
@click.argument("workstation")
@as_option
@json_option
@pass_session
def in_service(session: Session, workstation: str, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    done = gpus.put_back_in_service(lab, actor, _workstation(lab, actor, workstation).id)
    if as_json:
        return print_json(done)
    print_lines(_("{workstation} is back in service").format(workstation=done.what.name))
    print_undo(done.entry_id, who)
    return None


def _workstation(lab: Lab, actor: Actor, name: str) -> gpus.WorkstationView:
    machines = gpus.workstations(lab, actor)
    found = next((one for one in machines if one.name.casefold() == name.casefold()), None)
    if found is None:
        raise Refused(Reason(Code.UNKNOWN_WORKSTATION, {"workstation": name}))
    return found


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise BadInput("--gpus", text, "not_numbers") from None


def _end(lab: Lab, starts_at: datetime, end: str | None, hours: float | None) -> datetime:
    if (end is None) == (hours is None):
        raise click.UsageError(_("Give either --to or --hours."))
    if end is not None:
        return moment(lab, "--to", end)
    return starts_at + timedelta(hours=hours or 0)


def _until(lab: Lab, start: datetime, end: datetime | None) -> str:
    if end is not None:
        return times.span(lab.time, start, end)
    return _("from {start} until further notice").format(start=times.moment(lab.time, start))


def _line(lab: Lab, booking: gpus.BookingView) -> str:
    return _("{workstation} {gpus}, {when}, for {person} (booking {id})").format(
        workstation=booking.workstation,
        gpus=gpus_text(booking.gpu_numbers),
        when=times.span(lab.time, booking.starts_at, booking.ends_at),
        person=booking.person_name,
        id=booking.id,
    )


def _print_bookings(lab: Lab, bookings: tuple[gpus.BookingView, ...]) -> None:
    head = (_("Booking"), _("Workstation"), "GPU", _("When"), _("State"), _("Person"), _("Start-up"))
    rows = [
        (
            booking.id,
            booking.workstation,
            gpu_numbers(booking.gpu_numbers),
            times.span(lab.time, booking.starts_at, booking.ends_at),
            names.booking_state(booking.state),
            booking.person_name,
            booking.startup_name,
        )
        for booking in bookings
    ]
    print_table(head, rows) if rows else print_lines(_("No bookings."))
