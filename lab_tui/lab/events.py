"""Events: what is on, signing up, waiting, making and changing them, opening check-in."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from peewee import fn

from lab_tui.errors import BadInput, Reason, Refused, Remedy
from lab_tui.lab import audit, event_views
from lab_tui.lab.event_views import LIVE as LIVE
from lab_tui.lab.event_views import EventView as EventView
from lab_tui.lab.event_views import SessionView as SessionView
from lab_tui.lab.event_views import SignUpView as SignUpView
from lab_tui.lab.event_views import upcoming as upcoming
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules import seats, verdicts
from lab_tui.lab.rules.permissions import Permission, Role, allowed
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.events import Event, Offer, Session, SignUp
from lab_tui.store.tables.lab import AuditEntry
from lab_tui.store.tables.people import Person
from lab_tui.text import clean

EVENT_KINDS = ("workshop", "seminar", "office_hours", "demo_day")
MOST_SEATS = 10_000


@dataclass(frozen=True)
class JoinWaitingList(Remedy):
    """Wait for a full event; `ahead` people wait already."""

    event_id: int
    ahead: int


@dataclass(frozen=True)
class EventPlan:
    """What staff say of a new or changed event of one session."""

    kind: str
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    about: str = ""
    speaker: str = ""


def event_view(lab: Lab, actor: Actor | None, event_id: int) -> EventView:
    """One event. Raises Refused(unknown_event)."""
    with reading(lab):
        return event_views.view_of(lab, actor, event_id)


def sign_up(
    lab: Lab, actor: Actor, event_id: int, *, or_wait: bool = False, request_key: str | None = None
) -> Done[SignUpView]:
    """Take a seat; where none is left and `or_wait`, a place on the waiting list.

    Raises Refused; event_full carries JoinWaitingList as its remedy where waiting is possible.
    """
    now = lab.now()
    with writing(lab):
        person = authorise(lab, actor, Permission.SIGN_UP)
        if person is None:
            raise Refused(Reason(Code.UNKNOWN_PERSON))
        lab.store.lock(Person, person.id)
        if prior := audit.done_before(request_key, actor, "events.sign_up"):
            return Done(event_views.sign_up_view(prior[1]), prior[0])
        event = _locked_event(lab, event_id)
        mine = _live_sign_up(event_id, person.id)
        facts = _seat_facts(lab, event, mine)
        if reasons := seats.against_sign_up(facts, now, or_wait):
            raise Refused(*reasons, remedies=_remedies(event_id, facts, reasons, now))
        state = "going" if facts.seats_left > 0 else "waiting"
        sign_up_id = _place(mine, event_id, person.id, state, now)
        noted = {"event": event_id, "title": event.title, "state": state, "was": facts.my_state}
        entry_id = audit.record(
            lab, actor, "events.sign_up", "sign_up", sign_up_id, noted, request_key=request_key
        )
        return Done(event_views.sign_up_view(sign_up_id), entry_id)


def cancel_sign_up(lab: Lab, actor: Actor, sign_up_id: int) -> Done[SignUpView]:
    """Give a place back; a freed seat is offered to whoever waits longest. Raises Refused."""
    now = lab.now()
    with writing(lab):
        authorise(lab, actor, Permission.SIGN_UP)
        mine, event = _locked_sign_up(lab, sign_up_id)
        reasons = _against_other_hands(actor, mine)
        reasons += seats.against_event(event.title, event.cancelled, event.ends_at, now)
        if mine.state not in LIVE:
            reasons.append(Reason(Code.ALREADY_CANCELLED))
        reasons += _against_sitting_there(mine)
        if reasons:
            raise Refused(*reasons)
        _vacate(lab, mine, "cancelled")
        noted = {"event": event.id, "title": event.title, "was": mine.state}
        entry_id = audit.record(lab, actor, "events.cancel_sign_up", "sign_up", sign_up_id, noted)
        return Done(event_views.sign_up_view(sign_up_id), entry_id)


def accept_offer(lab: Lab, actor: Actor, sign_up_id: int) -> Done[SignUpView]:
    """Turn an offered seat into one's own. Raises Refused(no_offer)."""
    now = lab.now()
    with writing(lab):
        authorise(lab, actor, Permission.SIGN_UP)
        mine, event = _locked_sign_up(lab, sign_up_id)
        reasons = _against_other_hands(actor, mine)
        reasons += seats.against_event(event.title, event.cancelled, event.ends_at, now)
        still_open = (Offer.sign_up == sign_up_id) & (Offer.state == "open") & (Offer.deadline > now)
        if reasons or not Offer.update(state="accepted").where(still_open).execute():
            raise Refused(*(reasons or [Reason(Code.NO_OFFER, {"title": event.title})]))
        _set_state(sign_up_id, "going")
        noted = {"event": event.id, "title": event.title}
        entry_id = audit.record(lab, actor, "events.accept_offer", "sign_up", sign_up_id, noted)
        return Done(event_views.sign_up_view(sign_up_id), entry_id)


def create(lab: Lab, actor: Actor, plan: EventPlan, *, request_key: str | None = None) -> Done[EventView]:
    """Make an event. Raises BadInput, Refused."""
    now = lab.now()
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_EVENTS)
        if prior := audit.done_before(request_key, actor, "events.create"):
            return Done(event_views.view_of(lab, actor, prior[1]), prior[0])
        plan = _checked(plan)
        if plan.starts_at < now:
            raise Refused(Reason(Code.IN_THE_PAST, {"start": plan.starts_at}))
        event = Event.create(**_event_columns(plan), created_at=now)
        Session.create(event=event, place=plan.place, starts_at=plan.starts_at, ends_at=plan.ends_at)
        noted = {"title": plan.title, "start": plan.starts_at, "capacity": plan.capacity}
        entry_id = audit.record(
            lab, actor, "events.create", "event", event.id, noted, request_key=request_key
        )
        return Done(event_views.view_of(lab, actor, event.id), entry_id)


def change(lab: Lab, actor: Actor, event_id: int, plan: EventPlan) -> Done[EventView]:
    """Change an event; more seats are offered to whoever waits. Raises BadInput, Refused(seats_taken).

    Of an event of several sessions, the plan's place and times are the first one's.
    """
    now = lab.now()
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_EVENTS)
        plan = _checked(plan)
        event = _locked_event(lab, event_id)
        reasons = seats.against_event(event.title, event.cancelled, event.ends_at, now)
        if plan.capacity < event.seats_taken:
            taken = {"taken": event.seats_taken, "capacity": plan.capacity}
            reasons.append(Reason(Code.SEATS_TAKEN, taken))
        if reasons:
            raise Refused(*reasons)
        noted = _change(event, plan)
        offer_free_seats(lab, event_id)
        entry_id = audit.record(lab, actor, "events.change", "event", event_id, noted)
        return Done(event_views.view_of(lab, actor, event_id), entry_id)


def call_off(lab: Lab, actor: Actor, event_id: int) -> Done[EventView]:
    """Cancel an event; its sign-ups stay in history. Raises Refused."""
    now = lab.now()
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_EVENTS)
        event = _locked_event(lab, event_id)
        if reasons := seats.against_event(event.title, event.cancelled, event.ends_at, now):
            raise Refused(*reasons)
        Event.update(cancelled=True).where(Event.id == event_id).execute()
        noted = {"title": event.title, "seats_taken": event.seats_taken}
        entry_id = audit.record(lab, actor, "events.call_off", "event", event_id, noted)
        return Done(event_views.view_of(lab, actor, event_id), entry_id)


def open_check_in(lab: Lab, actor: Actor, session_id: int) -> Done[EventView]:
    """Let people check in from now on, before the clock would. Raises Refused."""
    now = lab.now()
    with writing(lab):
        authorise(lab, actor, Permission.RUN_DOOR)
        session = Session.get_or_none(Session.id == session_id)
        if session is None:
            raise Refused(Reason(Code.UNKNOWN_SESSION))
        event = _locked_event(lab, session.event_id)
        if reasons := seats.against_event(event.title, event.cancelled, session.ends_at, now):
            raise Refused(*reasons)
        not_yet = (Session.id == session_id) & Session.check_in_opened_at.is_null()
        Session.update(check_in_opened_at=now).where(not_yet).execute()
        noted = {"title": event.title, "event": event.id}
        entry_id = audit.record(lab, actor, "events.open_check_in", "session", session_id, noted)
        return Done(event_views.view_of(lab, actor, event.id), entry_id)


def offer_free_seats(lab: Lab, event_id: int) -> int:
    """Offer free seats to those who wait longest; in the caller's transaction. Returns how many."""
    return _offer_on(lab, event_id)


def lapse_offers(lab: Lab) -> int:
    """Lapse the offers whose deadline has passed; in the caller's transaction. Returns how many.

    Whoever let it lapse goes to the end of the waiting list, and the seat to the next who waits. It is
    not offered to the same person again at once: with nobody else waiting it stays free, for anybody.
    """
    now = lab.now()
    due = Offer.select(SignUp.event).join(SignUp).where((Offer.state == "open") & (Offer.deadline <= now))
    count = 0
    for (event_id,) in list(due.distinct().order_by(SignUp.event).tuples()):
        lab.store.lock(Event, event_id)
        here = due.select(Offer.id, Offer.sign_up).where(SignUp.event == event_id).tuples()
        lapsed = dict(here)
        Offer.update(state="lapsed").where(Offer.id.in_(list(lapsed))).execute()
        late = list(lapsed.values())
        SignUp.update(state="waiting", since=now).where(SignUp.id.in_(late)).execute()
        _offer_on(lab, event_id, passed_over=late)
        count += len(late)
    return count


def undo_sign_up(lab: Lab, sign_up_id: int) -> None:
    """Take a sign-up back; a seat it held is offered on. In the caller's transaction. Raises Refused."""
    mine, _event = _locked_sign_up(lab, sign_up_id)
    reasons = [] if mine.state in LIVE else [Reason(Code.ALREADY_CANCELLED)]
    if reasons := reasons + _against_sitting_there(mine):
        raise Refused(*reasons)
    waited = _state_before("events.sign_up", sign_up_id) == "waiting"
    _vacate(lab, mine, "waiting" if waited else "undone")


def undo_cancel_sign_up(lab: Lab, sign_up_id: int) -> None:
    """Give a place back to whoever cancelled it, as it was; in the caller's transaction.

    Raises Refused: event_full (the seat is somebody else's now), already_signed_up, no_offer, …
    """
    now = lab.now()
    mine, event = _locked_sign_up(lab, sign_up_id)
    reasons = seats.against_event(event.title, event.cancelled, event.ends_at, now)
    was = _state_before("events.cancel_sign_up", sign_up_id)
    if mine.state != "cancelled" or _live_sign_up(event.id, mine.person_id) is not None:
        reasons.append(Reason(Code.ALREADY_SIGNED_UP, {"title": event.title}))
    elif was != "waiting" and event.seats_taken >= event.capacity:
        reasons.append(Reason(Code.EVENT_FULL, {"title": event.title}))
    if reasons:
        raise Refused(*reasons)
    if was == "offered":
        _reopen_offer(sign_up_id, event.title, now)
    _set_state(sign_up_id, was)


# Seats


def _locked_event(lab: Lab, event_id: int) -> Any:
    """An event, held until the transaction ends, with its first session's start and its last one's end."""
    lab.store.lock(Event, event_id)
    rows = Event.select(
        Event, fn.MIN(Session.starts_at).alias("starts_at"), fn.MAX(Session.ends_at).alias("ends_at")
    )
    event = rows.join(Session).where(Event.id == event_id).group_by(Event.id).objects().first()
    if event is None:
        raise Refused(Reason(Code.UNKNOWN_EVENT))
    return event


def _locked_sign_up(lab: Lab, sign_up_id: int) -> tuple[Any, Any]:
    """A sign-up and its event, both as they are once person and event are held."""
    found = SignUp.get_or_none(SignUp.id == sign_up_id)
    if found is None:
        raise Refused(Reason(Code.NOT_SIGNED_UP))
    lab.store.lock(Person, found.person_id)
    event = _locked_event(lab, found.event_id)
    return SignUp.get_by_id(sign_up_id), event


def _live_sign_up(event_id: int, person_id: int) -> Any:
    return SignUp.get_or_none(
        (SignUp.event == event_id) & (SignUp.person == person_id) & SignUp.state.in_(LIVE)
    )


def _seat_facts(lab: Lab, event: Any, mine: Any) -> seats.SeatFacts:
    seats_left = event.capacity - event.seats_taken
    ahead = 0
    if seats_left <= 0 and mine is not None and mine.state == "waiting":
        ahead = event_views.ahead_of([mine.id])[mine.id]
    elif seats_left <= 0:
        ahead = event_views.waiting_counts([event.id]).get(event.id, 0)
    return seats.SeatFacts(
        title=event.title,
        cancelled=event.cancelled,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        seats_left=seats_left,
        my_state=mine.state if mine is not None else "",
        ahead=ahead,
        keeps_waiting_list=lab.config.events.waiting_list,
    )


def _remedies(
    event_id: int, facts: seats.SeatFacts, reasons: list[Reason], now: datetime
) -> tuple[JoinWaitingList, ...]:
    only_full = [reason.code for reason in reasons] == [Code.EVENT_FULL]
    return (JoinWaitingList(event_id, facts.ahead),) if only_full and facts.may_wait(now) else ()


def _place(mine: Any, event_id: int, person_id: int, state: str, now: datetime) -> int:
    if mine is not None:
        _set_state(mine.id, state)
        return int(mine.id)
    return int(SignUp.create(event=event_id, person=person_id, state=state, since=now).id)


def _set_state(sign_up_id: int, state: str) -> None:
    SignUp.update(state=state).where(SignUp.id == sign_up_id).execute()


def _vacate(lab: Lab, mine: Any, state: str) -> None:
    """Leave a place in this state; the seat it held, if any, is offered on."""
    Offer.update(state="declined").where((Offer.sign_up == mine.id) & (Offer.state == "open")).execute()
    _set_state(mine.id, state)
    _offer_on(lab, mine.event_id, passed_over=[mine.id])


def _offer_on(lab: Lab, event_id: int, passed_over: Collection[int] = ()) -> int:
    now = lab.now()
    event = _locked_event(lab, event_id)
    deadline = seats.offer_deadline(now, event.starts_at, lab.config.events.offer_minutes)
    seats_left = event.capacity - event.seats_taken
    if event.cancelled or deadline is None or seats_left <= 0:
        return 0
    waiting = SignUp.select(SignUp.since, SignUp.id).join(Person)
    waiting = waiting.where((SignUp.event == event_id) & (SignUp.state == "waiting") & Person.active)
    waiting = waiting.order_by(SignUp.since, SignUp.id).limit(seats_left + len(passed_over))
    in_line = (seats.Waiting(since, sign_up_id) for since, sign_up_id in waiting.tuples())
    offered = seats.next_in_line(in_line, seats_left, passed_over)
    for sign_up_id in offered:
        _set_state(sign_up_id, "offered")
        Offer.create(sign_up=sign_up_id, made_at=now, deadline=deadline)
    return len(offered)


def _reopen_offer(sign_up_id: int, title: str, now: datetime) -> None:
    declined = (Offer.sign_up == sign_up_id) & (Offer.state == "declined") & (Offer.deadline > now)
    last = Offer.select(fn.MAX(Offer.id)).where(declined)
    if not Offer.update(state="open").where(Offer.id == last).execute():
        raise Refused(Reason(Code.NO_OFFER, {"title": title}))


def _state_before(action: str, sign_up_id: int) -> str:
    """The state a sign-up was in before this was last done to it, as the audit log tells."""
    of_it = (AuditEntry.subject == "sign_up") & (AuditEntry.subject_id == sign_up_id)
    entry = AuditEntry.select().where(of_it & (AuditEntry.action == action))
    entry = entry.order_by(AuditEntry.id.desc()).first()
    return str(json.loads(entry.facts).get("was", "")) if entry is not None else ""


def _against_other_hands(actor: Actor, mine: Any) -> list[Reason]:
    if actor.person_id == mine.person_id:
        return []
    person = Person.get_or_none(Person.id == actor.person_id)
    role = Role(person.role) if person is not None else actor.role or Role.VISITOR
    may = allowed(role, Permission.ACT_FOR_OTHERS, actor.signed_in)
    return [] if may else [Reason(Code.NOT_YOURS)]


def _against_sitting_there(mine: Any) -> list[Reason]:
    """Whoever has checked in sits on the seat: it cannot be given to another."""
    live = (CheckIn.kind == "session") & (CheckIn.direction == "in") & CheckIn.undone_at.is_null()
    there = (
        CheckIn.select(CheckIn.at)
        .join(Session)
        .where(live & (CheckIn.person == mine.person_id) & (Session.event == mine.event_id))
    )
    first = there.order_by(CheckIn.at).first()
    return verdicts.against_repeat(first.at if first is not None else None)


# Making and changing


def _checked(plan: EventPlan) -> EventPlan:
    """The plan as it is stored. Raises BadInput."""
    if plan.kind not in EVENT_KINDS:
        raise BadInput("kind", plan.kind, "not_a_choice", choices=", ".join(EVENT_KINDS))
    if not 1 <= plan.capacity <= MOST_SEATS:
        raise BadInput("capacity", plan.capacity, "out_of_bounds", low=1, high=MOST_SEATS)
    if plan.ends_at <= plan.starts_at:
        raise BadInput("ends_at", plan.ends_at, "before_start")
    return replace(
        plan,
        title=clean(plan.title, field="title"),
        place=clean(plan.place, field="place", at_most=80),
        about=clean(plan.about, field="about", at_most=600, required=False),
        speaker=clean(plan.speaker, field="speaker", required=False),
    )


def _event_columns(plan: EventPlan) -> dict[str, object]:
    return {
        "kind": plan.kind,
        "title": plan.title,
        "about": plan.about,
        "speaker": plan.speaker,
        "capacity": plan.capacity,
    }


def _change(event: Any, plan: EventPlan) -> dict[str, object]:
    """Write a plan over an event; returns what changed, for the audit log."""
    first = Session.select().where(Session.event == event.id).order_by(Session.starts_at, Session.id).get()
    Event.update(**_event_columns(plan)).where(Event.id == event.id).execute()
    moved = {"place": plan.place, "starts_at": plan.starts_at, "ends_at": plan.ends_at}
    Session.update(**moved).where(Session.id == first.id).execute()
    # No offer outlasts the event's start.
    later = (Offer.state == "open") & (Offer.deadline > plan.starts_at) & (Offer.made_at < plan.starts_at)
    here = Offer.sign_up.in_(SignUp.select(SignUp.id).where(SignUp.event == event.id))
    Offer.update(deadline=plan.starts_at).where(later & here).execute()
    after = _event_columns(plan) | moved
    before = {name: getattr(first if name in moved else event, name) for name in after}
    return {name: [before[name], after[name]] for name in after if before[name] != after[name]}
