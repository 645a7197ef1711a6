"""`lab-tui gpu`: workstations out of service, the bookings that are hit, and where those go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lab_tui.cli.gpu_words import booking_line, print_booking_done, until_text
from lab_tui.cli.options import as_option, json_option, request_key_option
from lab_tui.cli.output import print_json, print_lines, print_table
from lab_tui.cli.session import Session, acting, moment, pass_session
from lab_tui.cli.shapes import Command, option
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab import gpu_outages
from lab_tui.lab.gpu_names import workstation_named
from lab_tui.wording import refusals

if TYPE_CHECKING:
    from lab_tui.lab.operation import Done, Lab


@click.command(
    "out-of-service",
    cls=Command,
    help=N_("Put a workstation out of service, from now on unless you say when; who is hit is told."),
)
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
    machine = workstation_named(lab, actor, workstation)
    done = gpu_outages.put_out_of_service(
        lab, actor, machine.id, starts_at, ends_at, reason, request_key=request_key
    )
    _print_outage_done(lab, done, as_json)


@click.command(
    "in-service",
    cls=Command,
    help=N_("Put a workstation back in service; if it is out only later on, its next outage is called off."),
)
@click.argument("workstation")
@as_option
@json_option
@pass_session
def in_service(session: Session, workstation: str, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    done = gpu_outages.put_back_in_service(lab, actor, workstation_named(lab, actor, workstation).id)
    if as_json:
        return print_json(done)
    return print_lines(*(_ended_text(lab, outage) for outage in done.what.ended))


def _ended_text(lab: Lab, outage: gpu_outages.OutageView) -> str:
    """Which outage is over, or will not be."""
    if outage.starts_at <= lab.now():
        sentence = _("{workstation} is back in service; over: {reason} (outage {id})")
    else:
        sentence = _("{workstation} is in service; called off: {reason}, {when} (outage {id})")
    when = until_text(lab, outage.starts_at, outage.ends_at)
    return sentence.format(workstation=outage.workstation, reason=outage.reason, when=when, id=outage.id)


@click.command(cls=Command, help=N_("Show which workstations are out of service, now or later."))
@as_option
@json_option
@pass_session
def outages(session: Session, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    found = gpu_outages.outages(lab, acting(lab, who))
    if as_json:
        return print_json(found)
    head = (_("Outage"), _("Workstation"), _("When"), _("Reason"))
    rows = [
        (one.id, one.workstation, until_text(lab, one.starts_at, one.ends_at), one.reason) for one in found
    ]
    return print_table(head, rows) if rows else print_lines(_("Every workstation is in service."))


@click.command(
    "change-outage", cls=Command, help=N_("Give an outage another end; who is hit only now is told.")
)
@click.argument("outage", type=int)
@option("--to", "end", metavar="TIME", help=N_("When it ends; until further notice if left out."))
@as_option
@json_option
@pass_session
def change_outage(session: Session, outage: int, end: str | None, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    ends_at = moment(lab, "--to", end) if end else None
    done = gpu_outages.change_outage(lab, acting(lab, who), outage, ends_at)
    _print_outage_done(lab, done, as_json)


@click.command(
    "cancel-outage", cls=Command, help=N_("Cancel an outage that is to come; one that runs ends now.")
)
@click.argument("outage", type=int)
@as_option
@json_option
@pass_session
def cancel_outage(session: Session, outage: int, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    done = gpu_outages.cancel_outage(lab, acting(lab, who), outage)
    if as_json:
        return print_json(done)
    return print_lines(_("Cancelled: outage {id}").format(id=done.what.id))


@click.command(
    cls=Command,
    help=N_(
        "Show the bookings that an outage of a workstation would hit, or without one a closure of the lab, "
        "and where each could go. Nothing is changed."
    ),
)
@click.argument("workstation", required=False)
@option("--from", "start", metavar="TIME", help=N_("When it would start; now if left out."))
@option("--to", "end", metavar="TIME", help=N_("When it would end; until further notice if left out."))
@as_option
@json_option
@pass_session
def hits(
    session: Session,
    workstation: str | None,
    start: str | None,
    end: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    machine_id = workstation_named(lab, actor, workstation).id if workstation else None
    starts_at = moment(lab, "--from", start) if start else lab.now()
    found = gpu_outages.hit_by(lab, actor, machine_id, starts_at, moment(lab, "--to", end) if end else None)
    if as_json:
        return print_json(found)
    for hit in found:
        print_lines(booking_line(lab, hit.booking), f"  {_could_go(lab, hit)}")
    return None if found else print_lines(_("No booking is hit."))


def _could_go(lab: Lab, hit: gpu_outages.HitBooking) -> str:
    if hit.instead is None:
        return _("There is no other place for it.")
    return _("It could go to: {place}").format(place=refusals.remedy_line(hit.instead, lab.time, lab.now()))


@click.command(
    cls=Command,
    help=N_(
        "Move a booking that an outage or a closure hits, or its rest once it has begun, to the nearest "
        "place that passes every rule; its person is told."
    ),
)
@click.argument("booking", type=int)
@option("--reason", required=True, help=N_("Why, as its person reads it."))
@as_option
@json_option
@pass_session
def relocate(session: Session, booking: int, reason: str, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    done = gpu_outages.relocate_to_nearest(lab, acting(lab, who), booking, reason)
    print_booking_done(lab, done, _("Moved: {booking}"), who, as_json)


def _print_outage_done(lab: Lab, done: Done[gpu_outages.OutageView], as_json: bool) -> None:
    if as_json:
        return print_json(done)
    outage = done.what
    sentence = _("{workstation} is out of service {when}: {reason} (outage {id})")
    when = until_text(lab, outage.starts_at, outage.ends_at)
    print_lines(
        sentence.format(workstation=outage.workstation, when=when, reason=outage.reason, id=outage.id)
    )
    print_hit(outage.bookings_hit)
    return None


def print_hit(count: int | None) -> None:
    """How many bookings are hit, and what shows where they could go."""
    if count:
        sentence = ngettext("{count} booking is hit.", "{count} bookings are hit.", count)
        print_lines(sentence.format(count=count), _("Where each could go: lab-tui gpu hits"))
