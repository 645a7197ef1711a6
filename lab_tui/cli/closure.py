"""`lab-tui closure`: the whole lab closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lab_tui.cli.gpu_outages import print_hit
from lab_tui.cli.gpu_words import when_text
from lab_tui.cli.options import as_option, json_option, request_key_option
from lab_tui.cli.output import print_json, print_lines, print_table
from lab_tui.cli.session import Session, acting, moment, pass_session
from lab_tui.cli.shapes import Group, option
from lab_tui.i18n import N_, _
from lab_tui.lab import closures

if TYPE_CHECKING:
    from lab_tui.lab.operation import Done, Lab


@click.group(cls=Group, help=N_("Close the whole lab for a time: a holiday, a typhoon signal, a rainstorm."))
def closure() -> None:
    pass


@closure.command("list", help=N_("Show when the lab is closed, now or later."))
@as_option
@json_option
@pass_session
def list_closures(session: Session, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    found = closures.closures(lab, acting(lab, who))
    if as_json:
        return print_json(found)
    head = (_("Closure"), _("When"), _("Reason"), _("Bookings hit"))
    rows = [
        (one.id, when_text(lab, one.starts_at, one.ends_at), one.reason, one.bookings_hit or 0)
        for one in found
    ]
    return print_table(head, rows) if rows else print_lines(_("No closures."))


@closure.command(help=N_("Close the lab for a time; bookings stay, and who is hit is told."))
@option("--reason", required=True, help=N_("Why, as everybody reads it."))
@option("--from", "start", metavar="TIME", help=N_("When it starts; now if left out."))
@option("--to", "end", required=True, metavar="TIME", help=N_("When it ends."))
@request_key_option
@as_option
@json_option
@pass_session
def plan(
    session: Session,
    reason: str,
    start: str | None,
    end: str,
    request_key: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    starts_at = moment(lab, "--from", start) if start else lab.now()
    ends_at = moment(lab, "--to", end)
    done = closures.plan_closure(lab, actor, starts_at, ends_at, reason, request_key=request_key)
    _print_done(lab, done, as_json)


@closure.command(help=N_("Give a closure another end; who is hit only now is told."))
@click.argument("number", metavar="CLOSURE", type=int)
@option("--to", "end", required=True, metavar="TIME", help=N_("When it ends."))
@as_option
@json_option
@pass_session
def change(session: Session, number: int, end: str, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    done = closures.change_closure(lab, acting(lab, who), number, moment(lab, "--to", end))
    _print_done(lab, done, as_json)


@closure.command(help=N_("Cancel a closure that is to come; one that runs ends now."))
@click.argument("number", metavar="CLOSURE", type=int)
@as_option
@json_option
@pass_session
def cancel(session: Session, number: int, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    done = closures.cancel_closure(lab, acting(lab, who), number)
    if as_json:
        return print_json(done)
    return print_lines(_("Cancelled: closure {id}").format(id=done.what.id))


def _print_done(lab: Lab, done: Done[closures.ClosureView], as_json: bool) -> None:
    if as_json:
        return print_json(done)
    one = done.what
    when = when_text(lab, one.starts_at, one.ends_at)
    sentence = _("The lab is closed {when}: {reason} (closure {id})")
    print_lines(sentence.format(when=when, reason=one.reason, id=one.id))
    return print_hit(one.bookings_hit)
