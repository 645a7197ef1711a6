"""`lab-tui event`: what is on, sign-ups, making and changing events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lab_tui.cli.options import as_option, as_whom_option, json_option, request_key_option
from lab_tui.cli.output import print_json, print_lines, print_table, print_undo
from lab_tui.cli.session import Session, acting, moment, pass_session
from lab_tui.cli.shapes import Group, option
from lab_tui.errors import Reason, Refused
from lab_tui.i18n import N_, _
from lab_tui.lab import events
from lab_tui.lab.rules.reasons import Code
from lab_tui.wording import names, times

if TYPE_CHECKING:
    from lab_tui.lab.operation import Actor, Done, Lab

_KINDS = list(names.EVENT_KINDS)


@click.group(cls=Group, help=N_("Events and sign-ups."))
def event() -> None:
    pass


@event.command("list", help=N_("Show what is on and what is next."))
@option("--days", type=click.IntRange(1, 366), default=14, show_default=True, help=N_("How far ahead."))
@as_option
@json_option
@pass_session
def list_events(session: Session, days: int, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    found = events.upcoming(lab, acting(lab, who) if who else None, days)
    if as_json:
        return print_json(found)
    head = (_("Event"), _("When"), _("Kind"), _("Title"), _("Place"), _("Seats left"), _("State"))
    rows = [
        (
            one.id,
            times.span(lab.time, one.starts_at, one.ends_at),
            names.event_kind(one.kind),
            one.title,
            one.sessions[0].place,
            _("{left} of {capacity}").format(left=one.seats_left, capacity=one.capacity),
            _state(one),
        )
        for one in found
    ]
    return print_table(head, rows) if rows else print_lines(_("No events."))


@event.command(help=N_("Show one event with its sessions."))
@click.argument("event_id", metavar="EVENT", type=int)
@as_option
@json_option
@pass_session
def show(session: Session, event_id: int, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    view = events.event_view(lab, acting(lab, who) if who else None, event_id)
    return print_json(view) if as_json else _print_event(lab, view)


@event.command("sign-up", help=N_("Sign a person up for an event."))
@click.argument("event_id", metavar="EVENT", type=int)
@option("--or-wait", is_flag=True, help=N_("Join the waiting list where no seat is left."))
@request_key_option
@as_whom_option
@json_option
@pass_session
def sign_up(
    session: Session, event_id: int, or_wait: bool, request_key: str | None, who: str, as_json: bool
) -> None:
    lab = session.lab()
    done = events.sign_up(lab, acting(lab, who), event_id, or_wait=or_wait, request_key=request_key)
    _print_sign_up(done, who, as_json)


@event.command(help=N_("Give a person's place in an event back."))
@click.argument("event_id", metavar="EVENT", type=int)
@as_whom_option
@json_option
@pass_session
def cancel(session: Session, event_id: int, who: str, as_json: bool) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    done = events.cancel_sign_up(lab, actor, _sign_up_of(lab, actor, event_id))
    _print_sign_up(done, who, as_json)


@event.command(help=N_("Take the seat that is held for a waiting person."))
@click.argument("event_id", metavar="EVENT", type=int)
@as_whom_option
@json_option
@pass_session
def accept(session: Session, event_id: int, who: str, as_json: bool) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    done = events.accept_offer(lab, actor, _sign_up_of(lab, actor, event_id))
    _print_sign_up(done, who, as_json)


@event.command(help=N_("Make an event of one session."))
@option("--title", required=True, help=N_("Its title."))
@option(
    "--kind", type=click.Choice(_KINDS), default=_KINDS[0], show_default=True, help=N_("What kind it is.")
)
@option("--place", required=True, help=N_("Where it is."))
@option("--from", "start", required=True, metavar="TIME", help=N_('When it starts: "2026-11-22 20:00".'))
@option("--to", "end", required=True, metavar="TIME", help=N_('When it ends: "2026-11-22 22:00".'))
@option("--capacity", type=int, required=True, help=N_("How many seats it has."))
@option("--about", default="", help=N_("What it is about."))
@option("--speaker", default="", help=N_("Who speaks."))
@request_key_option
@as_option
@json_option
@pass_session
def create(
    session: Session,
    title: str,
    kind: str,
    place: str,
    start: str,
    end: str,
    capacity: int,
    about: str,
    speaker: str,
    request_key: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    lab = session.lab()
    plan = events.EventPlan(
        kind=kind,
        title=title,
        place=place,
        starts_at=moment(lab, "--from", start),
        ends_at=moment(lab, "--to", end),
        capacity=capacity,
        about=about,
        speaker=speaker,
    )
    done = events.create(lab, acting(lab, who), plan, request_key=request_key)
    _print_done(lab, done, who, as_json)


@event.command(help=N_("Change an event; what you leave out stays as it is."))
@click.argument("event_id", metavar="EVENT", type=int)
@option("--title", help=N_("Its title."))
@option("--kind", type=click.Choice(_KINDS), help=N_("What kind it is."))
@option("--place", help=N_("Where it is."))
@option("--from", "start", metavar="TIME", help=N_('When it starts: "2026-11-22 20:00".'))
@option("--to", "end", metavar="TIME", help=N_('When it ends: "2026-11-22 22:00".'))
@option("--capacity", type=int, help=N_("How many seats it has."))
@option("--about", help=N_("What it is about."))
@option("--speaker", help=N_("Who speaks."))
@as_option
@json_option
@pass_session
def change(
    session: Session,
    event_id: int,
    title: str | None,
    kind: str | None,
    place: str | None,
    start: str | None,
    end: str | None,
    capacity: int | None,
    about: str | None,
    speaker: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    now = events.event_view(lab, actor, event_id)
    plan = events.EventPlan(
        kind=now.kind if kind is None else kind,
        title=now.title if title is None else title,
        place=now.sessions[0].place if place is None else place,
        starts_at=now.starts_at if start is None else moment(lab, "--from", start),
        ends_at=now.ends_at if end is None else moment(lab, "--to", end),
        capacity=now.capacity if capacity is None else capacity,
        about=now.about if about is None else about,
        speaker=now.speaker if speaker is None else speaker,
    )
    _print_done(lab, events.change(lab, actor, event_id, plan), who, as_json)


@event.command("call-off", help=N_("Cancel an event."))
@click.argument("event_id", metavar="EVENT", type=int)
@as_option
@json_option
@pass_session
def call_off(session: Session, event_id: int, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    _print_done(lab, events.call_off(lab, acting(lab, who), event_id), who, as_json)


@event.command("open-check-in", help=N_("Let people check in to an event from now on."))
@click.argument("event_id", metavar="EVENT", type=int)
@option("--session", "session_id", type=int, help=N_("Which session; the next one if left out."))
@as_option
@json_option
@pass_session
def open_check_in(
    session: Session, event_id: int, session_id: int | None, who: str | None, as_json: bool
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    if session_id is None:
        sessions = events.event_view(lab, actor, event_id).sessions
        session_id = next((one.id for one in sessions if one.ends_at > lab.now()), sessions[-1].id)
    _print_done(lab, events.open_check_in(lab, actor, session_id), who, as_json)


def _sign_up_of(lab: Lab, actor: Actor, event_id: int) -> int:
    view = events.event_view(lab, actor, event_id)
    if view.my_sign_up_id is None:
        raise Refused(Reason(Code.NOT_SIGNED_UP, {"title": view.title}))
    return view.my_sign_up_id


def _state(view: events.EventView) -> str:
    if view.cancelled:
        return _("cancelled")
    return names.sign_up_state(view.my_state) if view.my_state else ""


def _print_sign_up(done: Done[events.SignUpView], who: str, as_json: bool) -> None:
    if as_json:
        return print_json(done)
    state = names.sign_up_state(done.what.state)
    print_lines(_('"{title}": {state}').format(title=done.what.title, state=state))
    if done.what.ahead is not None:
        print_lines(_("Ahead on the waiting list: {ahead}").format(ahead=done.what.ahead))
    return print_undo(done.entry_id, who)


def _print_done(lab: Lab, done: Done[events.EventView], who: str | None, as_json: bool) -> None:
    if as_json:
        return print_json(done)
    _print_event(lab, done.what)
    return print_undo(done.entry_id, who)


def _print_event(lab: Lab, view: events.EventView) -> None:
    print_lines(
        _("{kind}: {title} (event {id})").format(
            kind=names.event_kind(view.kind), title=view.title, id=view.id
        )
    )
    print_lines(*filter(None, (view.about, view.speaker, _state(view))))
    seats = _("Seats: {taken} of {capacity} taken, {waiting} waiting")
    print_lines(seats.format(taken=view.seats_taken, capacity=view.capacity, waiting=view.waiting_count))
    head = (_("Session"), _("When"), _("Place"), _("Check-in opens"), _("Checked in"))
    print_table(
        head,
        [
            (
                one.id,
                times.span(lab.time, one.starts_at, one.ends_at),
                one.place,
                times.clock_time(lab.time, one.check_in_opens_at),
                one.checked_in_count,
            )
            for one in view.sessions
        ],
    )
