"""What a scan looks up and writes down: whose pass, which session, at which kiosk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import JOIN, SQL

from lab_tui.codes.passcode import PassKind
from lab_tui.errors import Reason, Refused
from lab_tui.lab.event_views import LIVE
from lab_tui.lab.operation import Lab
from lab_tui.lab.presence import INSIDE, live
from lab_tui.lab.rules import verdicts
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.fields import InstantField, instant_text
from lab_tui.store.tables.checkins import CheckIn, Scan
from lab_tui.store.tables.desks import Desk, Zone
from lab_tui.store.tables.events import Event, Session, SignUp
from lab_tui.store.tables.gpus import Workstation
from lab_tui.store.tables.lab import Kiosk
from lab_tui.store.tables.labels import Label
from lab_tui.store.tables.people import Pass, Person, Startup
from lab_tui.store.written import Written, slot
from lab_tui.text import clean

_SEEN_EVERY = timedelta(minutes=1)
_instant = InstantField().python_value


@dataclass(frozen=True)
class Holder:
    """Whose pass a code is."""

    pass_id: int
    person_id: int
    name: str
    other_name: str
    startup_name: str
    language: str
    inside_since: datetime | None
    held: verdicts.PassFacts
    revoked_at: datetime | None


@dataclass(frozen=True)
class LabelView:
    """What a label is on, or what a command card does; it names nobody."""

    id: int
    kind: PassKind
    # The desk's, workstation's or event's id; of a command card the event's, if it is for one.
    subject_id: int | None
    # What a command card does; "" for any other label.
    command: str
    # The desk's name, the workstation's, the event's title.
    title: str
    # The desk's zone, where the workstation stands, where the event's sitting is.
    place: str
    # When the sitting of the event begins that runs or comes next, else the last one.
    starts_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class Sitting:
    """A session and what a person is in it."""

    session_id: int
    place: str
    facts: verdicts.SittingFacts


def _holder_query() -> Any:
    rows = Pass.select(
        Pass.id,
        Pass.revoked_at,
        SignUp.event,
        Person.id,
        Person.name,
        Person.other_name,
        Person.language,
        Person.active,
        Startup.name,
        CheckIn.at,
    )
    rows = rows.join(Person).join(Startup, JOIN.LEFT_OUTER, on=Person.startup == Startup.id)
    rows = rows.join(SignUp, JOIN.LEFT_OUTER, on=Pass.sign_up_id == SignUp.id)
    rows = rows.join(CheckIn, JOIN.LEFT_OUTER, on=INSIDE & (CheckIn.person == Person.id))
    return rows.where(Pass.code_id == slot("code_id"))


_HOLDER = Written(_holder_query)


def holder_of(lab: Lab, code_id: str) -> Holder | None:
    """Whose pass has this code."""
    found = _HOLDER.run(lab.store, code_id=code_id)
    if not found:
        return None
    pass_id, revoked_at, event_id, person_id, name, other_name, language, active, startup, since = found[0]
    held = verdicts.PassFacts(revoked_at is not None, bool(active), event_id)
    return Holder(
        pass_id=pass_id,
        person_id=person_id,
        name=name,
        other_name=other_name,
        startup_name=startup or "",
        language=language,
        inside_since=_instant(since),
        held=held,
        revoked_at=_instant(revoked_at),
    )


def _successor_query(kind: PassKind) -> Any:
    old = Pass.alias()
    column = Pass.sign_up_id if kind is PassKind.TICKET else Pass.person
    rows = Pass.select(Pass.id).join(old, on=column == getattr(old, column.name))
    live = (Pass.kind == _said(kind)) & Pass.revoked_at.is_null()
    return rows.where(live, old.id == slot("pass_id"), old.kind == _said(kind)).limit(1)


def _said(kind: PassKind) -> Any:
    """A kind written out in the SQL, so that an index of this kind alone is found."""
    return SQL(f"'{kind.value}'")


_NEWER_BADGE = Written(lambda: _successor_query(PassKind.PERSON))
_NEWER_TICKET = Written(lambda: _successor_query(PassKind.TICKET))


def is_replaced(lab: Lab, holder: Holder) -> bool:
    """Whether a void pass has a successor that is valid: a newer badge, a newer ticket of the same place."""
    newer = _NEWER_BADGE if holder.held.ticket_event_id is None else _NEWER_TICKET
    return bool(newer.run(lab.store, pass_id=holder.pass_id))


def _label_query() -> Any:
    rows = Label.select(
        Label.id,
        Label.desk,
        Label.workstation,
        Label.event,
        Label.command,
        Label.revoked_at,
        Desk.label,
        Zone.name,
        Workstation.name,
        Workstation.place,
        Event.title,
    )
    rows = rows.join(Desk, JOIN.LEFT_OUTER).join(Zone, JOIN.LEFT_OUTER)
    rows = rows.switch(Label).join(Workstation, JOIN.LEFT_OUTER)
    rows = rows.switch(Label).join(Event, JOIN.LEFT_OUTER)
    return rows.where(Label.code_id == slot("code_id"), Label.kind == slot("kind"))


_LABEL = Written(_label_query)


def label_of(lab: Lab, code_id: str, kind: PassKind) -> LabelView | None:
    """What the label with this code is on."""
    found = _LABEL.run(lab.store, code_id=code_id, kind=kind.value)
    if not found:
        return None
    label_id, desk, machine, event, command, revoked_at, *names = found[0]
    desk_name, zone, machine_name, room, title = names
    sitting = _sitting_ahead(lab, event) if event is not None else None
    return LabelView(
        id=label_id,
        kind=kind,
        subject_id=desk or machine or event,
        command=command,
        title=desk_name or machine_name or title or "",
        place=(sitting.place if sitting is not None else zone or room) or "",
        starts_at=sitting.starts_at if sitting is not None else None,
        revoked_at=_instant(revoked_at),
    )


def _sitting_ahead(lab: Lab, event_id: int) -> Any:
    """The sitting that runs or comes next, else the last one; None where there is none."""
    sittings = list(Session.select().where(Session.event == event_id).order_by(Session.starts_at, Session.id))
    return next((one for one in sittings if lab.now() < one.ends_at), sittings[-1] if sittings else None)


def live_label(kind: PassKind, subject_id: int | None, command: str) -> Any:
    """The row of the label of a thing or a card that is in force, or None."""
    columns = {PassKind.DESK: Label.desk, PassKind.WORKSTATION: Label.workstation}
    column = columns.get(kind, Label.event)
    of_it = column.is_null() if subject_id is None else column == subject_id
    return Label.get_or_none(
        (Label.kind == _said(kind)) & of_it & (Label.command == command) & Label.revoked_at.is_null()
    )


def _sittings_query(person: Any, which: Any) -> Any:
    mine = (SignUp.event == Event.id) & (SignUp.person == person) & SignUp.state.in_(LIVE)
    done = (CheckIn.session == Session.id) & (CheckIn.person == person) & live("session")
    rows = Session.select(
        Session.id,
        Session.place,
        Session.starts_at,
        Session.check_in_opened_at,
        Session.ends_at,
        Event.id,
        Event.title,
        Event.cancelled,
        SignUp.state,
        CheckIn.at,
    )
    rows = rows.join(Event).join(SignUp, JOIN.LEFT_OUTER, on=mine)
    rows = rows.join(CheckIn, JOIN.LEFT_OUTER, on=done).where(which)
    return rows.order_by(Session.starts_at, Session.id).tuples()


_SITTING = Written(lambda: _sittings_query(slot("person"), Session.id == slot("session")))
_SITTINGS_OF_EVENT = Written(lambda: _sittings_query(slot("person"), Session.event == slot("event")))


def sitting(lab: Lab, person_id: int, session_id: int) -> Sitting:
    """A session as a person meets it. Raises Refused(unknown_session)."""
    found = _SITTING.run(lab.store, person=person_id, session=session_id)
    if not found:
        raise Refused(Reason(Code.UNKNOWN_SESSION))
    return _sitting(lab, found[0])


def sittings(lab: Lab, person_id: int, which: Any) -> list[Sitting]:
    """The sessions of some kind, soonest first, as a person meets them."""
    return [_sitting(lab, row) for row in _sittings_query(person_id, which)]


def sitting_of_scan(lab: Lab, holder: Holder, session_id: int | None) -> Sitting | None:
    """The door's session; at the home screen a ticket's: the one that runs or comes next, else the last."""
    event_id = holder.held.ticket_event_id
    if session_id is None and event_id is None:
        return None
    # Who gives the place back at this instant does it before us or after us.
    lab.store.lock(Person, holder.person_id)
    if session_id is not None:
        return sitting(lab, holder.person_id, session_id)
    rows = _SITTINGS_OF_EVENT.run(lab.store, person=holder.person_id, event=event_id)
    found = [_sitting(lab, row) for row in rows]
    now = lab.now()
    return next((one for one in found if now < one.facts.ends_at), found[-1] if found else None)


def _sitting(lab: Lab, row: tuple[Any, ...]) -> Sitting:
    session_id, place, starts_at, opened_at, ends_at, event_id, title, cancelled, state, done_at = row
    minutes = lab.config.events.check_in_opens_minutes
    facts = verdicts.SittingFacts(
        event_id=event_id,
        title=title,
        cancelled=bool(cancelled),
        opens_at=verdicts.check_in_opens(_moment(starts_at), _instant(opened_at), minutes),
        ends_at=_moment(ends_at),
        sign_up_state=state or "",
        checked_in_at=_instant(done_at),
    )
    return Sitting(session_id, place, facts)


def _moment(stored: Any) -> datetime:
    moment = _instant(stored)
    if moment is None:
        raise ValueError("a session without its times")
    return moment


_KIOSK = Written(lambda: Kiosk.select(Kiosk.id, Kiosk.last_seen_at).where(Kiosk.name == slot("name")))


def kiosk_id(lab: Lab, name: str) -> int:
    """The kiosk of this name, made when it is first heard of; that it is alive is noted once a minute."""
    now = lab.now()
    name = clean(name, field="kiosk", at_most=60)
    found = _KIOSK.run(lab.store, name=name)
    if not found:
        place = lab.config.kiosk.place if name == lab.config.kiosk.name else ""
        Kiosk.insert(name=name, place=place, last_seen_at=now).on_conflict_ignore().execute()
        found = _KIOSK.run(lab.store, name=name)
    this, seen_at = found[0][0], _instant(found[0][1])
    if seen_at is None or now - seen_at >= _SEEN_EVERY:
        Kiosk.update(last_seen_at=now).where(Kiosk.id == this).execute()
    return int(this)


_NOTE_SCAN = Written(
    lambda: Scan.insert(
        at=slot("at"),
        kiosk=slot("kiosk"),
        pass_=slot("pass_id"),
        label=slot("label_id"),
        verdict=slot("verdict"),
        key_number=slot("key_number"),
    ).returning(Scan.id)
)


def note_scan(
    lab: Lab,
    kiosk: int,
    verdict: verdicts.Verdict,
    *,
    pass_id: int | None = None,
    label_id: int | None = None,
    key_number: int | None = None,
) -> None:
    """Write a reading down, whatever it meant."""
    _NOTE_SCAN.run(
        lab.store,
        at=instant_text(lab.now()),
        kiosk=kiosk,
        pass_id=pass_id,
        label_id=label_id,
        verdict=verdict.value,
        key_number=key_number,
    )


_CHECK_IN = Written(
    lambda: CheckIn.insert(
        {
            column: slot(column.name)
            for column in (
                CheckIn.kind,
                CheckIn.person,
                CheckIn.session,
                CheckIn.booking,
                CheckIn.desk,
                CheckIn.day,
                CheckIn.direction,
                CheckIn.at,
                CheckIn.kiosk,
            )
        }
    ).returning(CheckIn.id)
)


def write_check_in(
    lab: Lab,
    kind: str,
    person_id: int,
    kiosk: int | None,
    subject_id: int | None = None,
    direction: str = "in",
) -> int:
    """Write an accepted check-in of now; returns its id. The schema refuses a second one."""
    now = lab.now()
    subjects = {of: subject_id if of == kind else None for of in ("session", "booking", "desk")}
    rows = _CHECK_IN.run(
        lab.store,
        kind=kind,
        person=person_id,
        day=lab.time.day_of(now).isoformat(),
        direction=direction,
        at=instant_text(now),
        kiosk=kiosk,
        **subjects,
    )
    return int(rows[0][0])
