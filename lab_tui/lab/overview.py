"""What whole screens show, read in one picture: My day, staff's Today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from lab_tui.config import policy_in_force
from lab_tui.errors import Reason, Refused
from lab_tui.lab import checkins, desks, events, gpu_outages, gpu_quotas, gpu_waiting, gpus, notices, people
from lab_tui.lab.checkins import CheckInChoice
from lab_tui.lab.desks import MyDesk
from lab_tui.lab.events import EventView
from lab_tui.lab.gpu_blocked import Hit, hits_of
from lab_tui.lab.gpu_waiting import WaitView
from lab_tui.lab.gpus import BookingView, OutageView, QuotaUse
from lab_tui.lab.notices import NoticeView
from lab_tui.lab.operation import Actor, Lab, authorise, reading
from lab_tui.lab.people import PersonView
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.gpus import Workstation
from lab_tui.store.tables.people import Person, Startup

_DAYS_AHEAD = 7
_DAYS_OF_MINE = 14


@dataclass(frozen=True)
class MyDay:
    """A person's day. What can be done now comes first."""

    person: PersonView
    check_ins: tuple[CheckInChoice, ...]
    offers: tuple[EventView, ...]
    bookings: tuple[BookingView, ...]
    desks: tuple[MyDesk, ...]
    events: tuple[EventView, ...]
    quota: QuotaUse | None
    inside_since: datetime | None
    # What happened to what is theirs, and they have not been told yet.
    notices: tuple[NoticeView, ...] = ()
    # GPUs held for them until a deadline.
    gpu_offers: tuple[BookingView, ...] = ()
    # What they wait for, and nothing is held for.
    gpu_waits: tuple[WaitView, ...] = ()
    # Of the quota's hours those that are held by offers which nobody has accepted yet.
    quota_offered: float = 0.0
    # By a booking's id: what makes its GPUs unusable for some of the time.
    gpu_hits: Mapping[int, Hit] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrival:
    """Somebody who came in today; `left_at` None while inside."""

    person_id: int
    name: str
    startup_name: str
    came_at: datetime
    left_at: datetime | None


@dataclass(frozen=True)
class StaffToday:
    """Staff's first screen: who came, who is inside, what is next, what needs a hand."""

    at: datetime
    arrivals: tuple[Arrival, ...]
    inside_count: int
    events: tuple[EventView, ...]
    outages: tuple[OutageView, ...]
    bookings_now: tuple[BookingView, ...]
    awaited_bookings: tuple[BookingView, ...]


def my_day(lab: Lab, actor: Actor) -> MyDay:
    """What a person can do now, has today and this week. Raises Refused."""
    with reading(lab):
        person = authorise(lab, actor, Permission.SEE_OWN_DAY)
        if person is None:
            raise Refused(Reason(Code.NOT_ALLOWED))
        bookings = gpus.bookings_of(lab, actor)
        # This week's, of the machines that have none of their own: they come first.
        quota = next(iter(gpu_quotas.quotas(lab, actor).weeks), None)
        mine = [one for one in events.upcoming(lab, actor, _DAYS_OF_MINE) if one.my_state]
        return MyDay(
            person=people.person_view(lab, person.id),
            check_ins=checkins.choices(lab, actor),
            offers=tuple(one for one in mine if one.my_state == "offered"),
            bookings=bookings,
            desks=desks.desks_of(lab, actor, lab.today()),
            events=tuple(one for one in mine if one.my_state in ("going", "waiting")),
            quota=quota.startup if quota is not None else None,
            quota_offered=quota.offered if quota is not None else 0.0,
            inside_since=_inside_since(person.id),
            notices=notices.unseen(lab, actor),
            gpu_offers=gpu_waiting.offers_of(lab, actor),
            gpu_waits=tuple(one for one in gpu_waiting.waits_of(lab, actor) if one.state == "waiting"),
            gpu_hits=hits_of(lab, bookings),
        )


def _inside_since(person_id: int) -> datetime | None:
    arrival = CheckIn.get_or_none(checkins.INSIDE & (CheckIn.person == person_id))
    return arrival.at if arrival else None


def staff_today(lab: Lab, actor: Actor) -> StaffToday:
    """Today for staff who have signed in. Raises Refused."""
    now, today = lab.now(), lab.today()
    end_of_day = lab.time.day_span(today)[1]
    with reading(lab):
        authorise(lab, actor, Permission.SEE_TODAY)
        bookings = gpus.day_view(lab, actor, today).bookings
        coming = events.upcoming(lab, actor, _DAYS_AHEAD)
        return StaffToday(
            at=now,
            arrivals=_arrivals(lab, today),
            inside_count=checkins.inside_count(lab),
            events=tuple(one for one in coming if _sits_before(one, now, end_of_day)),
            outages=gpu_outages.outages(lab, actor),
            bookings_now=tuple(one for one in bookings if one.starts_at <= now < one.ends_at),
            awaited_bookings=_awaited(lab, bookings),
        )


def _awaited(lab: Lab, bookings: tuple[BookingView, ...]) -> tuple[BookingView, ...]:
    """Those that somebody could check in to now, and nobody has."""
    now = lab.now()
    opens = {
        machine: timedelta(minutes=policy_in_force(lab.config.gpus, policy).check_in_opens_minutes)
        for machine, policy in Workstation.select(Workstation.id, Workstation.policy).tuples()
    }
    return tuple(
        one
        for one in bookings
        if one.state == "booked" and one.starts_at - opens[one.workstation_id] <= now < one.ends_at
    )


def _sits_before(event: EventView, now: datetime, end: datetime) -> bool:
    """Whether a session of the event is on or begins between now and `end`."""
    return any(session.starts_at < end and now < session.ends_at for session in event.sessions)


def _arrivals(lab: Lab, day: date) -> tuple[Arrival, ...]:
    """Who came in on a day, the latest first."""
    start, end = lab.time.day_span(day)
    rows = (
        CheckIn.select(CheckIn.person, Person.name, Startup.name, CheckIn.at, CheckIn.closed_at)
        .join(Person)
        .left_outer_join(Startup)
        .where(
            *(CheckIn.at >= start, CheckIn.at < end),
            *(CheckIn.kind == "lab", CheckIn.direction == "in", CheckIn.undone_at.is_null()),
        )
        .order_by(CheckIn.at.desc(), CheckIn.id.desc())
        .tuples()
    )
    return tuple(
        Arrival(person_id, name, startup or "", came_at, left_at)
        for person_id, name, startup, came_at, left_at in rows
    )
