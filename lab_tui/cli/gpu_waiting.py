"""`lab-tui gpu`: the waiting list, and who has had how much."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from lab_tui.cli.gpu_words import (
    booking_line,
    memory_option,
    print_booking_done,
    purpose_option,
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
from lab_tui.cli.output import command_line, print_json, print_lines, print_table, print_undo
from lab_tui.cli.session import Session, acting, acting_for, moment, pass_session
from lab_tui.cli.shapes import Command, option
from lab_tui.i18n import N_, _
from lab_tui.lab import gpu_waiting
from lab_tui.lab.gpu_names import workstation_named
from lab_tui.wording import figures, times
from lab_tui.wording import waits as wait_words
from lab_tui.wording.shares import how_hours_count

if TYPE_CHECKING:
    from lab_tui.lab.operation import Lab


@click.command(
    cls=Command,
    help=N_("Wait for GPUs: what frees within a window is held for the team with the least use lately."),
)
@option("--count", type=GPU_COUNT, default=1, show_default=True, help=N_("How many GPUs."))
@option(
    "--hours",
    type=HOURS,
    required=True,
    help=N_("For how many hours."),
)
@option("--from", "start", required=True, metavar="TIME", help=N_("Not before."))
@option("--to", "end", required=True, metavar="TIME", help=N_("Over by then."))
@memory_option
@option("--workstation", metavar="WORKSTATION", help=N_("Of this workstation only."))
@purpose_option
@request_key_option
@as_option
@for_option
@json_option
@pass_session
def wait(
    session: Session,
    count: int,
    hours: float,
    start: str,
    end: str,
    memory: int,
    workstation: str | None,
    purpose: str,
    request_key: str | None,
    who: str | None,
    for_whom: str | None,
    as_json: bool,
) -> None:
    lab = session.lab()
    actor, person_id = acting_for(lab, who, for_whom)
    wish = gpu_waiting.WaitWish(
        gpu_count=count,
        minutes=timedelta(hours=hours) // timedelta(minutes=1),
        earliest=moment(lab, "--from", start),
        latest=moment(lab, "--to", end),
        memory_at_least=memory,
        workstation_id=workstation_named(lab, actor, workstation).id if workstation else None,
        purpose=purpose,
        person_id=person_id,
    )
    done = gpu_waiting.join(lab, actor, wish, request_key=request_key)
    if as_json:
        return print_json(done)
    print_lines(_("Waiting: {wait}").format(wait=_wait_line(lab, done.what)))
    if done.what.state == "offered":
        command = command_line("gpu", "accept", str(done.what.booking_id))
        print_lines(_("It is free already and held. Take it with: {command}").format(command=command))
    return print_undo(done.entry_id, who)


@click.command(cls=Command, help=N_("Show what a person waits for, and what is held for them."))
@as_whom_option
@json_option
@pass_session
def waits(session: Session, who: str, as_json: bool) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    waiting, offers = gpu_waiting.waits_of(lab, actor), gpu_waiting.offers_of(lab, actor)
    if as_json:
        return print_json({"waits": waiting, "offers": offers})
    for one in waiting:
        print_lines(_wait_line(lab, one))
    for offer in offers:
        until = times.moment(lab.time, offer.offer_until, lab.now()) if offer.offer_until else ""
        sentence = _("Held until {until}: {booking}")
        print_lines(sentence.format(until=until, booking=booking_line(lab, offer)))
    return None if waiting or offers else print_lines(_("Nothing is waited for."))


@click.command("stop-waiting", cls=Command, help=N_("Wait no longer; what is held passes on."))
@click.argument("wait", type=NUMBER)
@as_option
@json_option
@pass_session
def stop_waiting(session: Session, wait: int, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    done = gpu_waiting.withdraw(lab, acting(lab, who), wait)
    if as_json:
        return print_json(done)
    return print_lines(_("No longer waiting: {wait}").format(wait=_wait_line(lab, done.what)))


@click.command(cls=Command, help=N_("Take the GPUs that are held for somebody who waited."))
@click.argument("booking", type=NUMBER)
@as_option
@json_option
@pass_session
def accept(session: Session, booking: int, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    done = gpu_waiting.accept(lab, acting(lab, who), booking)
    print_booking_done(lab, done, _("Booked: {booking}"), who, as_json)


@click.command(cls=Command, help=N_("Say no to GPUs that are held; they pass on to the next."))
@click.argument("booking", type=NUMBER)
@as_option
@json_option
@pass_session
def decline(session: Session, booking: int, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    done = gpu_waiting.decline(lab, acting(lab, who), booking)
    if as_json:
        return print_json(done)
    return print_lines(_("Declined: {booking}").format(booking=booking_line(lab, done.what)))


@click.command(
    "fair-share",
    cls=Command,
    help=N_("Show the GPU-hours of every start-up, the least first: in that order offers are made."),
)
@as_option
@json_option
@pass_session
def fair_share(session: Session, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    shares = gpu_waiting.fair_share(lab, acting(lab, who))
    if as_json:
        return print_json(shares)
    head = (_("Start-up"), _("Used lately"), _("Booked ahead"), _("Together"), _("Place in the line"))
    print_table(
        head,
        [
            (
                one.startup,
                figures.number(one.used_lately),
                figures.number(one.booked_ahead),
                figures.number(one.total),
                one.place or "",
            )
            for one in shares
        ],
    )
    return print_lines(how_hours_count())


def _wait_line(lab: Lab, wait: gpu_waiting.WaitView) -> str:
    line = wait_words.line(wait, lab.time, lab.now())
    return _("{wait} (wait {id})").format(wait=line, id=wait.id)
