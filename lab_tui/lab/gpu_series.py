"""Bookings that repeat: every Tuesday and Thursday until a day, made and given back as one act."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from lab_tui.errors import BadInput, Facts, Reason, Refused
from lab_tui.lab import audit
from lab_tui.lab.gpu_facts import Team, read_blocks, read_booker, read_machine, read_span, read_team
from lab_tui.lab.gpu_given_up import hours_of
from lab_tui.lab.gpu_requests import (
    LONGEST_PURPOSE,
    BookingWish,
    Request,
    authorise_for_booking,
    authorise_for_other,
    booking_person,
    known_booking,
    lock_for_booking,
    locked_booking,
    person_meant,
    situation_of,
    stored_instant,
    write_booking,
)
from lab_tui.lab.gpu_views import BookingView, read_bookings
from lab_tui.lab.gpu_waiting import after_freeing
from lab_tui.lab.gpus import close_booking, is_given_up_late, undo_cancel
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.booking import FURTHEST_EVER, Plan, within_reach
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.rules.series import When, judged_in_turn, occurrences
from lab_tui.store.tables.gpus import Booking, BookingSeries
from lab_tui.store.tables.people import Person
from lab_tui.text import clean

_DAYS_OF_A_WEEK = 7


@dataclass(frozen=True)
class SeriesWish:
    """A booking that repeats on some weekdays (Monday 0) up to and with a day, at the same hours."""

    wish: BookingWish
    weekdays: tuple[int, ...]
    until: date


@dataclass(frozen=True)
class NotPossible:
    """A booking of a series that the rules do not allow, and why."""

    wish: BookingWish
    reasons: tuple[Reason, ...]


class NothingPossible(Refused):
    """Not one booking of a series can be: each with its reasons; those of the first are its own."""

    def __init__(self, refused: tuple[NotPossible, ...]) -> None:
        super().__init__(*refused[0].reasons)
        self.refused = refused


@dataclass(frozen=True)
class SeriesPlan:
    """What a series would be: the bookings that can be made, each with its GPUs, and those that cannot."""

    possible: tuple[BookingWish, ...]
    refused: tuple[NotPossible, ...]


@dataclass(frozen=True)
class SeriesView:
    """The bookings of a series that an act made or gave back, and what it could not make."""

    id: int
    bookings: tuple[BookingView, ...]
    refused: tuple[NotPossible, ...] = ()


@dataclass(frozen=True)
class SeriesAhead:
    """What giving back a whole series gives back; `late_hours` are the GPU-hours that count all the same."""

    id: int
    bookings: tuple[BookingView, ...]
    late_hours: float


def preview_series(lab: Lab, actor: Actor, series: SeriesWish) -> SeriesPlan:
    """What booking a series would make and what not; nothing is stored. Raises Refused, BadInput."""
    with reading(lab):
        requests = _judged_series(lab, booking_person(lab, actor, series.wish), series)
        return SeriesPlan(
            tuple(request.wish for request in requests if not request.reasons), _refused(requests)
        )


def book_series(
    lab: Lab, actor: Actor, series: SeriesWish, *, request_key: str | None = None
) -> Done[SeriesView]:
    """Book as much of a series as the rules allow, and tell what not.

    Repeating a `request_key` returns the bookings made first. Raises NothingPossible where not one is;
    BadInput for weekdays or a last day that cannot be.
    """
    with writing(lab):
        prior = audit.done_before(request_key, actor, "gpus.book_series")
        if prior is not None:
            return Done(SeriesView(prior[1], read_bookings(Booking.series == prior[1])), prior[0])
        person = booking_person(lab, actor, series.wish)
        lock_for_booking(lab, person.startup_id, int(person.id), series.wish.workstation_id)
        requests = _judged_series(lab, person, series)
        possible = [request for request in requests if not request.reasons]
        if not possible:
            raise NothingPossible(_refused(requests))
        series_id = int(BookingSeries.create(person=person, created_at=lab.now()).id)
        views = tuple(write_booking(lab, request, series_id=series_id) for request in possible)
        facts = {
            "person": person.id,
            "workstation": views[0].workstation,
            "weekdays": series.weekdays,
            "until": series.until,
            "bookings": [view.id for view in views],
            "refused": len(requests) - len(possible),
        }
        entry_id = audit.record(
            *(lab, actor, "gpus.book_series", "booking_series", series_id, facts), request_key=request_key
        )
        return Done(SeriesView(series_id, views, _refused(requests)), entry_id)


def _refused(requests: list[Request]) -> tuple[NotPossible, ...]:
    return tuple(NotPossible(one.wish, tuple(one.reasons)) for one in requests if one.reasons)


def _judged_series(lab: Lab, person: Person, series: SeriesWish) -> list[Request]:
    """Each booking of a series as a request, those before it counted. At least one; facts are read once."""
    now, wish = lab.now(), _cleaned(series.wish)
    times = list(_times(lab, series, wish))
    since, _ = read_span(Plan((), times[0].starts_at, times[0].ends_at), now)
    _, before = read_span(Plan((), times[-1].starts_at, times[-1].ends_at), now)
    blocks = read_blocks(lab.store, since, before)
    known = read_machine(lab, since, before, blocks, wish.workstation_id)
    team = read_team(lab, person.startup_id)
    booker = read_booker(lab, person, team, since, now)
    situation = replace(situation_of(lab, now, booker), closures=blocks.closures)
    machine = known.rules if known else None
    requests = []
    for one in judged_in_turn(times, wish.gpu_numbers, wish.gpu_count, machine, situation):
        plan, reasons = one.plan, list(one.reasons)
        if known is None:
            reasons.insert(0, Reason(Code.UNKNOWN_WORKSTATION, {"workstation": wish.workstation_id}))
        its = replace(wish, gpu_numbers=plan.gpu_numbers, starts_at=plan.starts_at, ends_at=plan.ends_at)
        requests.append(Request(its, plan, person, team, known, situation, reasons))
    return requests


def _cleaned(wish: BookingWish) -> BookingWish:
    return replace(
        wish,
        gpu_numbers=tuple(sorted(set(wish.gpu_numbers))),
        starts_at=stored_instant(wish.starts_at),
        ends_at=stored_instant(wish.ends_at),
        purpose=clean(wish.purpose, field="purpose", at_most=LONGEST_PURPOSE, required=False),
    )


def _times(lab: Lab, series: SeriesWish, wish: BookingWish) -> Iterator[When]:
    """When a series falls. Raises BadInput: no weekday, or none until the last day."""
    if not series.weekdays:
        raise BadInput("weekdays", series.weekdays, "empty")
    for weekday in series.weekdays:
        if not 0 <= weekday < _DAYS_OF_A_WEEK:
            raise BadInput("weekdays", weekday, "out_of_bounds", low=0, high=_DAYS_OF_A_WEEK - 1)
    if not within_reach(Plan((), wish.starts_at, wish.ends_at), lab.now()):
        # No calendar reaches there; the rules say so.
        yield When(wish.starts_at, wish.ends_at)
        return
    first_day = lab.time.day_of(wish.starts_at)
    furthest = lab.today() + FURTHEST_EVER
    if not first_day <= series.until <= furthest:
        raise BadInput("until", series.until, "out_of_bounds", low=first_day, high=furthest)
    times = list(occurrences(lab.time, wish.starts_at, wish.ends_at, series.weekdays, series.until))
    if not times:
        next_day = first_day + timedelta(days=1)
        raise BadInput("until", series.until, "out_of_bounds", low=next_day, high=furthest)
    yield from times


def cancel_series(lab: Lab, actor: Actor, series_id: int) -> Done[SeriesView]:
    """Give back the bookings of a series that have not begun, each as `gpus.cancel` would.

    Those handed to somebody else stay. Raises Refused: unknown_series, already_over where none is left.
    """
    now = lab.now()
    with writing(lab):
        series = BookingSeries.get_or_none(BookingSeries.id == series_id)
        if series is None:
            raise Refused(Reason(Code.UNKNOWN_SERIES, {"series": series_id}))
        person = authorise(lab, actor, Permission.SEE_OWN_DAY)
        if actor.person_id is None or actor.person_id != series.person_id:
            authorise_for_other(lab, actor, person)
        ahead = [one for one in _held(lab, series_id) if _is_ahead(one, series, now)]
        if not ahead:
            raise Refused(Reason(Code.ALREADY_OVER))
        for booking in ahead:
            late = is_given_up_late(lab, booking)
            close_booking(booking, "cancelled", counts=late)
        ids = [int(booking.id) for booking in ahead]
        facts = {"person": series.person_id, "bookings": ids}
        entry_id = audit.record(lab, actor, "gpus.cancel_series", "booking_series", series_id, facts)
        done = Done(SeriesView(series_id, read_bookings(Booking.id.in_(ids))), entry_id)
    after_freeing(lab)
    return done


def series_ahead(lab: Lab, actor: Actor, booking_id: int) -> SeriesAhead | None:
    """What `cancel_series` would give back of the series of a booking.

    None where it is in no series, or was handed on. Raises Refused: unknown_booking, not_yours.
    """
    now = lab.now()
    with reading(lab):
        booking = known_booking(booking_id)
        authorise_for_booking(lab, actor, booking)
        series = booking.series
        if series is None or series.person_id != booking.person_id:
            return None
        rows = Booking.select().where(Booking.series == series.id).order_by(Booking.id)
        ahead = [one for one in rows if _is_ahead(one, series, now)]
        late = sum(hours_of(lab, one) for one in ahead if is_given_up_late(lab, one))
        views = read_bookings(Booking.id.in_([one.id for one in ahead]))
        return SeriesAhead(int(series.id), views, late)


def _is_ahead(booking: Booking, series: BookingSeries, now: datetime) -> bool:
    """Whether a booking of a series has not begun, and still is the person's whose series it is."""
    is_theirs = booking.person_id == series.person_id
    return is_theirs and booking.state == "booked" and booking.starts_at > now


def _held(lab: Lab, series_id: int) -> list[Booking]:
    """The bookings of a series, each held."""
    rows = Booking.select(Booking.id).where(Booking.series == series_id).order_by(Booking.id)
    return [locked_booking(lab, booking_id) for (booking_id,) in rows.tuples()]


def undo_book_series(lab: Lab, series_id: int) -> None:
    """Take a series back as if it had not been made, inside the caller's transaction.

    Raises Refused once one of its bookings was used or handed on; those given back already stay so.
    """
    bookings, person_id = _held(lab, series_id), BookingSeries.get_by_id(series_id).person_id
    used = ("checked_in", "ended", "no_show")
    if any(booking.state in used or booking.person_id != person_id for booking in bookings):
        raise Refused(Reason(Code.CANNOT_BE_UNDONE))
    standing = [booking for booking in bookings if booking.state == "booked"]
    if not standing:
        raise Refused(Reason(Code.ALREADY_CANCELLED))
    for booking in standing:
        close_booking(booking, "undone", counts=False)


def undo_cancel_series(lab: Lab, series_id: int, facts: Facts) -> None:
    """Restore the bookings of a series that were given back, all or none, inside the caller's transaction.

    `facts` are the audit entry's. Raises Refused where something took the place of one.
    """
    given_back = Booking.series == series_id, Booking.id.in_(facts["bookings"])
    found = list(Booking.select().where(*given_back).order_by(Booking.id))
    machines = (booking.workstation_id for booking in found)
    lock_for_booking(lab, found[0].startup_id, found[0].person_id, *machines)
    for booking in found:
        undo_cancel(lab, int(booking.id))


def last_day(lab: Lab, actor: Actor) -> date | None:
    """The last day on which the actor's start-up is in the lab; None where none is set. Raises Refused."""
    with reading(lab):
        person = authorise(lab, actor, Permission.BOOK_GPUS)
        return _last_day_of(lab, read_team(lab, person.startup_id) if person is not None else None)


def cohort_end(lab: Lab, actor: Actor, person_id: int | None = None) -> date:
    """The last day of a person's cohort, the actor's own where none is named.

    Raises Refused: no_cohort_end, or where the actor may not act for them; BadInput where it is nobody.
    """
    with reading(lab):
        team = read_team(lab, person_meant(lab, actor, person_id).startup_id)
        day = _last_day_of(lab, team)
    if day is None:
        raise Refused(Reason(Code.NO_COHORT_END, {"startup": team.name if team is not None else ""}))
    return day


def _last_day_of(lab: Lab, team: Team | None) -> date | None:
    if team is None or team.member_until is None:
        return None
    return lab.time.day_of(team.member_until - timedelta(microseconds=1))
