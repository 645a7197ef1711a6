"""`lab-tui gpu`: a booking during its life: moved, longer, shorter, another's, in two parts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from lab_tui.cli.gpu_words import (
    all_option,
    count_option,
    end_of,
    end_option,
    hours_option,
    later,
    numbers_option,
    override_option,
    print_booking_done,
    which_gpus,
)
from lab_tui.cli.options import HOURS, NUMBER, as_option, json_option, request_key_option
from lab_tui.cli.session import Session, acting, moment, pass_session, person_named
from lab_tui.cli.shapes import Command, option
from lab_tui.i18n import N_, _
from lab_tui.lab import gpu_life, gpus
from lab_tui.lab.gpu_names import workstation_named

if TYPE_CHECKING:
    from lab_tui.lab.operation import Actor, Lab

workstation_option = option(
    "--workstation", metavar="WORKSTATION", help=N_("To this workstation; the same one if left out.")
)
by_hours_option = option(
    "--hours",
    type=HOURS,
    help=N_("By so many hours, instead of when."),
)


@click.command(
    cls=Command,
    help=N_("Put a booking at another time or place, in one act; what you leave out stays as it is."),
)
@click.argument("booking", type=NUMBER)
@workstation_option
@numbers_option
@count_option
@all_option
@option("--from", "start", metavar="TIME", help=N_('When it starts: "2026-11-22 20:00".'))
@end_option
@hours_option
@override_option
@request_key_option
@as_option
@json_option
@pass_session
def move(
    session: Session,
    booking: int,
    workstation: str | None,
    numbers: str | None,
    count: int | None,
    whole: bool,
    start: str | None,
    end: str | None,
    hours: float | None,
    override: str | None,
    request_key: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    was = gpus.booking_view(lab, actor, booking)
    starts_at = moment(lab, "--from", start) if start else was.starts_at
    wish = gpus.BookingWish(
        starts_at=starts_at,
        ends_at=end_of(lab, starts_at, end, hours)
        if end or hours
        else later("--from", start or "", starts_at, was.ends_at - was.starts_at),
        purpose=was.purpose,
        **_place(lab, actor, was, workstation, numbers, count, whole),
    )
    done = gpu_life.move(lab, actor, booking, wish, request_key=request_key, override_reason=override)
    print_booking_done(lab, done, _("Moved: {booking}"), who, as_json)


def _place(
    lab: Lab,
    actor: Actor,
    was: gpus.BookingView,
    workstation: str | None,
    numbers: str | None,
    count: int | None,
    whole: bool,
) -> dict[str, Any]:
    """Where a wish is: without a word on GPUs the same ones, on another machine as many."""
    machine = workstation_named(lab, actor, workstation or was.workstation)
    if numbers is not None or count is not None or whole:
        return {"workstation_id": machine.id, **which_gpus(machine, numbers, count, whole)}
    if machine.id == was.workstation_id:
        return {"workstation_id": machine.id, "gpu_numbers": was.gpu_numbers}
    return {"workstation_id": machine.id, "gpu_numbers": (), "gpu_count": len(was.gpu_numbers)}


@click.command(cls=Command, help=N_("Let a booking end later, also while it runs."))
@click.argument("booking", type=NUMBER)
@end_option
@by_hours_option
@option("--longest", is_flag=True, help=N_("As long as it can be."))
@override_option
@as_option
@json_option
@pass_session
def extend(
    session: Session,
    booking: int,
    end: str | None,
    hours: float | None,
    longest: bool,
    override: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    was = gpus.booking_view(lab, actor, booking)
    if longest:
        # Where it cannot be longer the refusal says why.
        ends_at = gpu_life.longest_extension(lab, actor, booking) or was.ends_at + _slot(lab)
    else:
        ends_at = end_of(lab, was.ends_at, end, hours)
    done = gpu_life.extend(lab, actor, booking, ends_at, override_reason=override)
    print_booking_done(lab, done, _("Extended: {booking}"), who, as_json)


@click.command(cls=Command, help=N_("Let a booking end earlier."))
@click.argument("booking", type=NUMBER)
@end_option
@by_hours_option
@as_option
@json_option
@pass_session
def shorten(
    session: Session, booking: int, end: str | None, hours: float | None, who: str | None, as_json: bool
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    was = gpus.booking_view(lab, actor, booking)
    ends_at = end_of(lab, was.ends_at, end, -hours if hours else None)
    done = gpu_life.shorten(lab, actor, booking, ends_at)
    print_booking_done(lab, done, _("Shortened: {booking}"), who, as_json)


def _slot(lab: Lab) -> timedelta:
    return timedelta(minutes=lab.config.gpus.slot_minutes)


@click.command(cls=Command, help=N_("End a booking that runs: the rest is free at once."))
@click.argument("booking", type=NUMBER)
@as_option
@json_option
@pass_session
def finish(session: Session, booking: int, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    done = gpu_life.finish(lab, acting(lab, who), booking)
    print_booking_done(lab, done, _("Finished: {booking}"), who, as_json)


@click.command("hand-over", cls=Command, help=N_("Give a booking to another member of its start-up."))
@click.argument("booking", type=NUMBER)
@click.argument("person")
@as_option
@json_option
@pass_session
def hand_over(session: Session, booking: int, person: str, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    done = gpu_life.hand_over(lab, acting(lab, who), booking, person_named(lab, person, "PERSON"))
    print_booking_done(lab, done, _("Handed over: {booking}"), who, as_json)


@click.command(
    cls=Command, help=N_("Let a booking end at a time and have its rest elsewhere, also while it runs.")
)
@click.argument("booking", type=NUMBER)
@option("--at", required=True, metavar="TIME", help=N_("When the first part ends and the rest starts."))
@workstation_option
@numbers_option
@count_option
@all_option
@as_option
@json_option
@pass_session
def split(
    session: Session,
    booking: int,
    at: str,
    workstation: str | None,
    numbers: str | None,
    count: int | None,
    whole: bool,
    who: str | None,
    as_json: bool,
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    was = gpus.booking_view(lab, actor, booking)
    cut = moment(lab, "--at", at)
    place = _place(lab, actor, was, workstation, numbers, count, whole)
    rest = gpus.BookingWish(starts_at=cut, ends_at=was.ends_at, purpose=was.purpose, **place)
    done = gpu_life.split(lab, actor, booking, cut, rest)
    print_booking_done(lab, done, _("The rest: {booking}"), who, as_json)
