"""What papers show, read for whoever may print it, and the entry that says who did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lab_tui.errors import BadInput, Reason, Refused
from lab_tui.lab import audit, event_views
from lab_tui.lab.event_views import EventView
from lab_tui.lab.operation import Actor, Lab, authorise, reading, writing
from lab_tui.lab.people import PersonView, person_view
from lab_tui.lab.presence import live
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.workstations import WorkstationDetails, all_workstations
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.desks import Desk, Zone
from lab_tui.store.tables.events import Session, SignUp
from lab_tui.store.tables.people import Cohort, Person, Startup


@dataclass(frozen=True)
class DeskOnLabel:
    """A desk, as its label tells it."""

    id: int
    label: str
    zone: str
    features: str


@dataclass(frozen=True)
class TicketHolder:
    """Who goes to an event, and by which sign-up."""

    sign_up_id: int
    person: PersonView


@dataclass(frozen=True)
class Attendance:
    """Who was at an event, and from when to when: the sittings they checked in to."""

    person: PersonView
    sittings: tuple[tuple[datetime, datetime], ...]


def badge_holders(lab: Lab, actor: Actor, person_ids: Sequence[int]) -> tuple[PersonView, ...]:
    """The people on badges, in the order asked for: oneself, or anybody for staff.

    Raises Refused: unknown_person, person_inactive.
    """
    with reading(lab):
        own = tuple(person_ids) == (actor.person_id,)
        authorise(lab, actor, Permission.SEE_OWN_DAY if own else Permission.MANAGE_PEOPLE)
        inactive = Person.select(Person.name).where(Person.id.in_(list(person_ids)), ~Person.active).first()
        if inactive is not None:
            raise Refused(Reason(Code.PERSON_INACTIVE, {"name": inactive.name}))
    return tuple(person_view(lab, person_id) for person_id in person_ids)


def all_badge_holders(
    lab: Lab, actor: Actor, cohort: str | None = None, startup_id: int | None = None
) -> tuple[int, ...]:
    """The ids of everybody active, or of those of a cohort or a start-up, by name.

    Raises Refused, BadInput for a cohort that is unknown.
    """
    with reading(lab):
        authorise(lab, actor, Permission.MANAGE_PEOPLE)
        people = Person.select(Person.id).left_outer_join(Startup).where(Person.active)
        if startup_id is not None:
            people = people.where(Person.startup == startup_id)
        if cohort is not None:
            if not Cohort.select().where(Cohort.name == cohort).exists():
                raise BadInput("cohort", cohort, "unknown")
            people = people.where(Startup.cohort.in_(Cohort.select(Cohort.id).where(Cohort.name == cohort)))
        return tuple(person_id for (person_id,) in people.order_by(Person.name, Person.id).tuples())


def desks(lab: Lab, actor: Actor, desk_ids: Sequence[int] = ()) -> tuple[DeskOnLabel, ...]:
    """These desks in the order asked for; none named: all, by zone and label.

    Raises Refused(unknown_desk).
    """
    with reading(lab):
        authorise(lab, actor, Permission.MANAGE_DESKS)
        rows = Desk.select(Desk.id, Desk.label, Zone.name, Desk.features).join(Zone)
        rows = rows.order_by(Zone.name, Desk.label)
        found = {row[0]: DeskOnLabel(*row) for row in rows.tuples()}
    for desk_id in desk_ids:
        if desk_id not in found:
            raise Refused(Reason(Code.UNKNOWN_DESK, {"desk": desk_id}))
    return tuple(found[desk_id] for desk_id in desk_ids or found)


def workstations(
    lab: Lab, actor: Actor, workstation_ids: Sequence[int] = ()
) -> tuple[WorkstationDetails, ...]:
    """These machines in the order asked for; none named: all in use, by name.

    Raises Refused(unknown_workstation).
    """
    found = {machine.id: machine for machine in all_workstations(lab, actor)}
    for workstation_id in workstation_ids:
        if workstation_id not in found:
            raise Refused(Reason(Code.UNKNOWN_WORKSTATION, {"workstation": workstation_id}))
    if workstation_ids:
        return tuple(found[workstation_id] for workstation_id in workstation_ids)
    return tuple(machine for machine in found.values() if not machine.retired)


def event_on_paper(lab: Lab, actor: Actor, event_id: int) -> EventView:
    """An event, for whoever may print its poster, tickets or certificates. Raises Refused: unknown_event."""
    with reading(lab):
        authorise(lab, actor, Permission.MANAGE_EVENTS)
        return event_views.view_of(lab, actor, event_id)


def ticket_holders(
    lab: Lab, actor: Actor, event_id: int, person_ids: Sequence[int] = ()
) -> tuple[TicketHolder, ...]:
    """Who goes to an event, or those of these people who do, by name: oneself, or anybody for staff.

    Raises Refused.
    """
    with reading(lab):
        own = tuple(person_ids) == (actor.person_id,)
        authorise(lab, actor, Permission.SEE_OWN_DAY if own else Permission.MANAGE_EVENTS)
        going = SignUp.select(SignUp.id, SignUp.person).join(Person)
        going = going.where(SignUp.event == event_id, SignUp.state == "going", Person.active)
        if person_ids:
            going = going.where(SignUp.person.in_(list(person_ids)))
        rows = list(going.order_by(Person.name, Person.id).tuples())
    return tuple(TicketHolder(sign_up_id, person_view(lab, person_id)) for sign_up_id, person_id in rows)


def attendances(
    lab: Lab, actor: Actor, event_id: int, person_ids: Sequence[int] = ()
) -> tuple[Attendance, ...]:
    """Who checked in to sittings of an event that are over, by name, or those of these people who did.

    Raises Refused.
    """
    with reading(lab):
        authorise(lab, actor, Permission.MANAGE_EVENTS)
        here = CheckIn.select(CheckIn.person, Session.starts_at, Session.ends_at)
        here = here.join(Session, on=CheckIn.session == Session.id)
        here = here.join(Person, on=CheckIn.person == Person.id)
        here = here.where(live("session"), Session.event == event_id, Session.ends_at <= lab.now())
        if person_ids:
            here = here.where(CheckIn.person.in_(list(person_ids)))
        sittings: dict[int, list[tuple[datetime, datetime]]] = {}
        for person_id, starts_at, ends_at in here.order_by(
            Person.name, Person.id, Session.starts_at
        ).tuples():
            sittings.setdefault(person_id, []).append((starts_at, ends_at))
    return tuple(Attendance(person_view(lab, one), tuple(times)) for one, times in sittings.items())


def authorise_calibration(lab: Lab, actor: Actor) -> None:
    """See that the actor may print the card that sets a scanner. Raises Refused."""
    with reading(lab):
        authorise(lab, actor, Permission.RUN_DOOR)


def record_printing(lab: Lab, actor: Actor, kind: str, ids: Sequence[int], count: int) -> None:
    """Write down who printed what; `ids` are the order's. No code is in it."""
    with writing(lab):
        facts = {"kind": kind, "ids": list(ids), "count": count}
        audit.record(lab, actor, "papers.print", "paper", None, facts)
