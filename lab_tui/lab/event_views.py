"""Events as screens show them, read in few queries however many they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import JOIN, fn

from lab_tui.errors import Reason, Refused
from lab_tui.lab.operation import Actor, Lab, reading
from lab_tui.lab.rules import verdicts
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.events import Event, Offer, Session, SignUp

# The states in which a person has a place in an event.
LIVE = ("going", "waiting", "offered")


@dataclass(frozen=True)
class SessionView:
    """One sitting of an event."""

    id: int
    place: str
    starts_at: datetime
    ends_at: datetime
    check_in_opens_at: datetime
    checked_in_count: int


@dataclass(frozen=True)
class EventView:
    """An event, with the looking person's place in it (`my_state` '' without one)."""

    id: int
    kind: str
    title: str
    about: str
    speaker: str
    capacity: int
    seats_taken: int
    waiting_count: int
    cancelled: bool
    sessions: tuple[SessionView, ...]
    my_state: str = ""
    my_sign_up_id: int | None = None
    # How many wait before me; None unless waiting.
    ahead_of_me: int | None = None
    offer_deadline: datetime | None = None

    @property
    def seats_left(self) -> int:
        """Places nobody has."""
        return max(0, self.capacity - self.seats_taken)

    @property
    def starts_at(self) -> datetime:
        """The first sitting's start."""
        return self.sessions[0].starts_at

    @property
    def ends_at(self) -> datetime:
        """The last sitting's end."""
        return self.sessions[-1].ends_at


@dataclass(frozen=True)
class SignUpView:
    """A person's place in an event."""

    id: int
    event_id: int
    title: str
    state: str
    starts_at: datetime
    ahead: int | None = None


def view_of(lab: Lab, actor: Actor | None, event_id: int) -> EventView:
    views = views_of(lab, actor, Event.id == event_id)
    if not views:
        raise Refused(Reason(Code.UNKNOWN_EVENT))
    return views[0]


def views_of(lab: Lab, actor: Actor | None, which: Any) -> list[EventView]:
    """Events in the order of their first sessions, in at most five queries however many they are."""
    sittings = Session.select(Session, Event).join(Event).where(which)
    by_event: dict[int, list[Any]] = {}
    for session in sittings.order_by(Session.starts_at, Session.id):
        by_event.setdefault(session.event_id, []).append(session)
    ids = list(by_event)
    inside = _checked_in_counts([session.id for rows in by_event.values() for session in rows])
    waiting = waiting_counts(ids)
    mine = _my_places(actor.person_id, ids) if actor is not None and actor.person_id is not None else {}
    minutes = lab.config.events.check_in_opens_minutes
    return [
        _event_view(
            rows[0].event,
            tuple(_session_view(session, minutes, inside.get(session.id, 0)) for session in rows),
            waiting.get(event_id, 0),
            mine.get(event_id, _NO_PLACE),
        )
        for event_id, rows in by_event.items()
    ]


@dataclass(frozen=True)
class _Place:
    """Somebody's live sign-up, as an EventView tells it."""

    state: str = ""
    sign_up_id: int | None = None
    ahead: int | None = None
    deadline: datetime | None = None


_NO_PLACE = _Place()


def _event_view(event: Any, sessions: tuple[SessionView, ...], waiting: int, mine: _Place) -> EventView:
    return EventView(
        id=event.id,
        kind=event.kind,
        title=event.title,
        about=event.about,
        speaker=event.speaker,
        capacity=event.capacity,
        seats_taken=event.seats_taken,
        waiting_count=waiting,
        cancelled=event.cancelled,
        sessions=sessions,
        my_state=mine.state,
        my_sign_up_id=mine.sign_up_id,
        ahead_of_me=mine.ahead,
        offer_deadline=mine.deadline,
    )


def _session_view(session: Any, opens_minutes: int, checked_in: int) -> SessionView:
    opens_at = verdicts.check_in_opens(session.starts_at, session.check_in_opened_at, opens_minutes)
    return SessionView(session.id, session.place, session.starts_at, session.ends_at, opens_at, checked_in)


def _checked_in_counts(session_ids: list[int]) -> dict[int, int]:
    live = (CheckIn.kind == "session") & (CheckIn.direction == "in") & CheckIn.undone_at.is_null()
    counts = CheckIn.select(CheckIn.session, fn.COUNT(CheckIn.id)).where(
        live & CheckIn.session.in_(session_ids)
    )
    return dict(counts.group_by(CheckIn.session).tuples())


def waiting_counts(event_ids: list[int]) -> dict[int, int]:
    waiting = (SignUp.state == "waiting") & SignUp.event.in_(event_ids)
    counts = SignUp.select(SignUp.event, fn.COUNT(SignUp.id)).where(waiting).group_by(SignUp.event)
    return dict(counts.tuples())


def _my_places(person_id: int, event_ids: list[int]) -> dict[int, _Place]:
    mine = SignUp.select(SignUp.id, SignUp.event, SignUp.state, Offer.deadline)
    mine = mine.join(Offer, JOIN.LEFT_OUTER, on=(Offer.sign_up == SignUp.id) & (Offer.state == "open"))
    live = (SignUp.person == person_id) & SignUp.state.in_(LIVE) & SignUp.event.in_(event_ids)
    rows = list(mine.where(live).tuples())
    ahead = ahead_of([sign_up_id for sign_up_id, _, state, _ in rows if state == "waiting"])
    return {
        event_id: _Place(state, sign_up_id, ahead.get(sign_up_id), deadline)
        for sign_up_id, event_id, state, deadline in rows
    }


def ahead_of(waiting_ids: list[int]) -> dict[int, int]:
    """How many wait before each of these waiting sign-ups."""
    if not waiting_ids:
        return {}
    other = SignUp.alias()
    sooner = (other.since < SignUp.since) | ((other.since == SignUp.since) & (other.id < SignUp.id))
    before = (other.event == SignUp.event) & (other.state == "waiting") & sooner
    counts = SignUp.select(SignUp.id, fn.COUNT(other.id)).join(other, JOIN.LEFT_OUTER, on=before)
    return dict(counts.where(SignUp.id.in_(waiting_ids)).group_by(SignUp.id).tuples())


def sign_up_view(sign_up_id: int) -> SignUpView:
    rows = SignUp.select(SignUp, Event.title, fn.MIN(Session.starts_at).alias("starts_at"))
    rows = rows.join(Event).join(Session, on=Session.event == Event.id)
    row = rows.where(SignUp.id == sign_up_id).group_by(SignUp.id, Event.id).objects().get()
    ahead = ahead_of([row.id] if row.state == "waiting" else []).get(row.id)
    return SignUpView(row.id, row.event_id, row.title, row.state, row.starts_at, ahead)


def upcoming(lab: Lab, actor: Actor | None, days: int = 14) -> tuple[EventView, ...]:
    """Events that have not ended and begin within `days`, soonest first, cancelled ones included."""
    now = lab.now()
    not_ended = Session.select(Session.event).where(Session.ends_at > now)
    with reading(lab):
        views = views_of(lab, actor, Event.id.in_(not_ended))
    return tuple(view for view in views if view.starts_at < now + timedelta(days=days))


def ended(lab: Lab, actor: Actor | None, days: int = 60) -> tuple[EventView, ...]:
    """Events whose last sitting ended within so many days and that somebody came to, the latest first."""
    now = lab.now()
    not_ended = Session.select(Session.event).where(Session.ends_at > now)
    lately = Session.select(Session.event).where(Session.ends_at > now - timedelta(days=days))
    with reading(lab):
        views = views_of(lab, actor, Event.id.in_(lately) & Event.id.not_in(not_ended))
    visited = (view for view in views if any(session.checked_in_count for session in view.sessions))
    return tuple(sorted(visited, key=lambda view: view.sessions[-1].ends_at, reverse=True))
