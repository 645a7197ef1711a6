"""Desks: the map of a day, claiming a pool desk, giving it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from lab_tui.errors import Reason, Refused, Remedy
from lab_tui.lab import audit
from lab_tui.lab.desk_days import DeskDay, desk_days
from lab_tui.lab.desk_views import DeskState as DeskState
from lab_tui.lab.desk_views import DeskView as DeskView
from lab_tui.lab.desk_views import FloorDay as FloorDay
from lab_tui.lab.desk_views import ZoneView as ZoneView
from lab_tui.lab.desk_views import floor_on as floor_on
from lab_tui.lab.desk_views import is_mine
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.desks import (
    PROGRAMME_STAGES,
    Claimant,
    Closed,
    claimant_reasons,
    closed_throughout,
    nearest_free,
    place_reasons,
)
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.desks import Desk, DeskBooking, Zone
from lab_tui.store.tables.lab import Closure
from lab_tui.store.tables.people import Person


@dataclass(frozen=True)
class ClaimInstead(Remedy):
    """A desk that can be claimed."""

    desk_id: int
    label: str
    zone: str
    day: date


@dataclass(frozen=True)
class DeskBookingView:
    """A desk taken for days, both included."""

    id: int
    desk_id: int
    desk: str
    zone: str
    person_id: int
    person_name: str
    first_day: date
    last_day: date
    state: str


@dataclass(frozen=True)
class MyDesk:
    """Where a person may sit: an assignment (`booking_id` None) or a booking."""

    desk_id: int
    desk: str
    zone: str
    until: date
    booking_id: int | None
    checked_in: bool


def claim(
    lab: Lab, actor: Actor, desk_id: int, day: date, *, request_key: str | None = None
) -> Done[DeskBookingView]:
    """Book a pool or lent desk for one day. Raises Refused with remedies."""
    with writing(lab):
        person = authorise(lab, actor, Permission.BOOK_DESKS)
        if person is None:
            raise Refused(Reason(Code.NOT_ALLOWED))
        lab.store.lock(Person, person.id)
        if prior := audit.done_before(request_key, actor, "desks.claim"):
            return Done(_booking_view(prior[1]), prior[0])
        lab.store.lock(Desk, desk_id)
        _check_claim(lab, person, desk_id, day)
        booking = DeskBooking.create(
            desk=desk_id, person=person.id, first_day=day, last_day=day, created_at=lab.now()
        )
        facts = {"desk": desk_id, "day": day}
        entry = audit.record(
            lab, actor, "desks.claim", "desk_booking", booking.id, facts, request_key=request_key
        )
        return Done(_booking_view(booking.id), entry)


def _check_claim(lab: Lab, person: Person, desk_id: int, day: date) -> None:
    """Raise Refused with every broken rule, and the nearest desks that break none."""
    wished = next(iter(desk_days(day, desk_id)), None)
    if wished is None:
        raise Refused(Reason(Code.UNKNOWN_DESK, {"desk": desk_id}))
    anywhere = _reasons_anywhere(lab, person, day)
    here = place_reasons(wished.place, day)
    if not anywhere and not here:
        return
    places = () if anywhere else tuple(one.place for one in desk_days(day))
    remedies = tuple(
        ClaimInstead(place.desk_id, place.label, place.zone, day)
        for place in nearest_free(wished.place, places)
    )
    raise Refused(*anywhere, *here, remedies=remedies)


def _reasons_anywhere(lab: Lab, person: Person, day: date) -> tuple[Reason, ...]:
    """What keeps a person from every desk on a day: standing, days booked, the lab closed."""
    today = lab.today()
    open_bookings = tuple(
        DeskBooking.select(DeskBooking.first_day, DeskBooking.last_day, Desk.label)
        .join(Desk)
        .where(DeskBooking.person == person.id, DeskBooking.holds, DeskBooking.last_day >= min(day, today))
        .tuples()
    )
    that_day = (label for first, last, label in open_bookings if first <= day <= last)
    days_open = sum(
        (last - max(first, today)).days + 1 for first, last, _label in open_bookings if last >= today
    )
    startup = person.startup if person.startup_id is not None else None
    outside = startup.name if startup and startup.stage not in PROGRAMME_STAGES else None
    claimant = Claimant(outside, next(that_day, None), days_open)
    reasons = claimant_reasons(claimant, day, today, lab.config.desks)
    closed = _closed_all_day(lab, day)
    return (*reasons, closed) if closed else reasons


def _closed_all_day(lab: Lab, day: date) -> Reason | None:
    """The closure that leaves nothing of a day, or of what is left of today."""
    start, end = lab.time.day_span(day)
    start = max(start, min(lab.now(), end))
    closures = Closure.select().where(~Closure.cancelled, Closure.ends_at > start, Closure.starts_at < end)
    return closed_throughout(start, end, (Closed(one.reason, one.starts_at, one.ends_at) for one in closures))


def release(lab: Lab, actor: Actor, desk_booking_id: int) -> Done[DeskBookingView]:
    """Give a booked desk back. Raises Refused: unknown_booking, not_yours, already_…"""
    with writing(lab):
        person = authorise(lab, actor, Permission.BOOK_DESKS)
        booking = _locked_booking(lab, desk_booking_id)
        if person is None or booking.person_id != person.id:
            _authorise_for_others(lab, actor)
        if booking.state != "booked":
            raise Refused(Reason(Code.ALREADY_CANCELLED))
        if booking.last_day < lab.today():
            raise Refused(Reason(Code.ALREADY_OVER))
        _change_state(booking.id, "released")
        facts = {"desk": booking.desk_id, "day": booking.first_day}
        entry = audit.record(lab, actor, "desks.release", "desk_booking", booking.id, facts)
        return Done(_booking_view(booking.id), entry)


def _authorise_for_others(lab: Lab, actor: Actor) -> None:
    try:
        authorise(lab, actor, Permission.ACT_FOR_OTHERS)
    except Refused:
        raise Refused(Reason(Code.NOT_YOURS)) from None


def undo_claim(lab: Lab, desk_booking_id: int) -> None:
    """Take a claim back, in the caller's transaction. Raises Refused(already_cancelled)."""
    booking = _locked_booking(lab, desk_booking_id)
    if booking.state != "booked":
        raise Refused(Reason(Code.ALREADY_CANCELLED))
    _change_state(booking.id, "undone")


def undo_release(lab: Lab, desk_booking_id: int) -> None:
    """Take a released desk back where it is still free, in the caller's transaction.

    Raises Refused: desk_taken, desk_assigned, desk_out_of_order, already_has_desk.
    """
    booking = _locked_booking(lab, desk_booking_id)
    if booking.state != "released":
        raise Refused(Reason(Code.CANNOT_BE_UNDONE))
    day: date = max(booking.first_day, lab.today())
    here = place_reasons(desk_days(day, booking.desk_id)[0].place, day)
    elsewhere = (
        DeskBooking.select(Desk.label)
        .join(Desk)
        .where(
            DeskBooking.person == booking.person_id,
            DeskBooking.holds,
            DeskBooking.last_day >= booking.first_day,
            DeskBooking.first_day <= booking.last_day,
        )
        .tuples()
    )
    has_desk = (Reason(Code.ALREADY_HAS_DESK, {"desk": label, "day": day}) for (label,) in elsewhere)
    if reasons := (*here, *has_desk):
        raise Refused(*reasons)
    _change_state(booking.id, "booked")


def _locked_booking(lab: Lab, desk_booking_id: int) -> Any:
    """A desk booking, read again once its person and desk are ours. Raises Refused(unknown_booking)."""
    booking = DeskBooking.get_or_none(DeskBooking.id == desk_booking_id)
    if booking is None:
        raise Refused(Reason(Code.UNKNOWN_BOOKING))
    lab.store.lock(Person, booking.person_id)
    lab.store.lock(Desk, booking.desk_id)
    return DeskBooking.get_by_id(desk_booking_id)


def _change_state(desk_booking_id: int, state: str) -> None:
    DeskBooking.update(state=state, holds=state == "booked").where(
        DeskBooking.id == desk_booking_id
    ).execute()


def _booking_view(desk_booking_id: int) -> DeskBookingView:
    booking = (
        DeskBooking.select(DeskBooking, Desk, Zone, Person)
        .join(Desk)
        .join(Zone)
        .join_from(DeskBooking, Person)
        .where(DeskBooking.id == desk_booking_id)
        .get()
    )
    return DeskBookingView(
        id=booking.id,
        desk_id=booking.desk_id,
        desk=booking.desk.label,
        zone=booking.desk.zone.name,
        person_id=booking.person_id,
        person_name=booking.person.name,
        first_day=booking.first_day,
        last_day=booking.last_day,
        state=booking.state,
    )


def desks_of(lab: Lab, actor: Actor, day: date) -> tuple[MyDesk, ...]:
    """The desks the actor may sit at on a day: booked, given to them, or to their start-up."""
    with reading(lab):
        person = authorise(lab, actor, Permission.SEE_OWN_DAY)
        if person is None:
            return ()
        mine = [one for one in desk_days(day) if is_mine(one, person)]
        seats = CheckIn.select(CheckIn.desk).where(
            CheckIn.person == person.id,
            CheckIn.at >= lab.time.start_of_day(day),
            *(CheckIn.kind == "desk", CheckIn.direction == "in", CheckIn.undone_at.is_null()),
            CheckIn.day == day,
        )
        checked_in = {desk_id for (desk_id,) in seats.tuples()}
    return tuple(_my_desk(one, day, one.place.desk_id in checked_in) for one in mine)


def _my_desk(one: DeskDay, day: date, checked_in: bool) -> MyDesk:
    until = one.booked_until or one.assigned_until or day
    place = one.place
    return MyDesk(place.desk_id, place.label, place.zone, until, one.booking_id, checked_in)
