"""Making the demo's present true: what has ended, who is inside, what waits, at any instant of its week."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from lab_tui.clock import LabTime
from lab_tui.config import DesksSection, EventsSection, GpusSection
from lab_tui.demo.days import draw, monday_of
from lab_tui.demo.present_gpus import GpusAtPresent
from lab_tui.demo.programme import MEMBER_TO_TRY, PEOPLE_TO_TRY
from lab_tui.demo.traces import rewrite_audit, rewrite_scans
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.desks import DeskAssignment, DeskBooking, DeskLoan
from lab_tui.store.tables.events import Event, Offer, Session, SignUp
from lab_tui.store.tables.gpus import Booking
from lab_tui.store.tables.lab import Kiosk
from lab_tui.store.tables.people import Person

# What no longer holds its GPUs, whatever the present is.
_GIVEN_UP = ("cancelled", "moved")
_MOST_ROWS = 500
_MINUTE = timedelta(minutes=1)
# How many of each role are in on a working day and at the weekend.
_DILIGENCE = {"staff": (0.9, 0.2), "member": (0.7, 0.33), "mentor": (0.3, 0.05)}
_RARELY = (0.12, 0.02)


@dataclass
class Present:
    """An instant of a demo lab, and the instant from which on its records are written anew."""

    now: datetime
    since: datetime
    time: LabTime
    _activity: dict[tuple[int, date], list[datetime]] = field(default_factory=dict)
    _rows: list[dict[str, Any]] = field(default_factory=list)

    def settle(self) -> None:
        """Write what is true at `now`. Call it in a transaction; calling it again changes nothing."""
        names = Person.select(Person.id, Person.name).where(Person.name.in_(PEOPLE_TO_TRY)).tuples()
        self._to_try = {name: int(number) for number, name in names}
        gpus = GpusAtPresent(self.now, self.time)
        gpus.forget()
        self._forget()
        self._stay_within_horizons()
        self._settle_bookings()
        self._settle_sessions()
        self._settle_arrivals()
        for first in range(0, len(self._rows), _MOST_ROWS):
            CheckIn.insert_many(self._rows[first : first + _MOST_ROWS]).execute()
        gpus.settle()
        Offer.update(made_at=self.now - 20 * _MINUTE, deadline=self._offer_deadline()).where(
            Offer.state == "open"
        ).execute()
        Kiosk.update(last_seen_at=self.now).execute()
        rewrite_scans(self.now)
        rewrite_audit(self.now)

    @property
    def today(self) -> date:
        """The lab's present day."""
        return self.time.day_of(self.now)

    def _offer_deadline(self) -> datetime:
        return self.now + (EventsSection().offer_minutes - 20) * _MINUTE

    def _forget(self) -> None:
        """Take back what an earlier present has written from `since` on."""
        again = Booking.select(Booking.id).where(
            Booking.ends_at > self.since, Booking.state.not_in(_GIVEN_UP)
        )
        CheckIn.delete().where(
            (CheckIn.booking.in_(again)) | ((CheckIn.kind != "booking") & (CheckIn.at >= self.since))
        ).execute()
        Booking.update(state="booked", holds=True).where(Booking.id.in_(again)).execute()

    def _stay_within_horizons(self) -> None:
        """Nothing is booked further ahead than the rules allow, nothing was entered after now."""
        furthest = self.now + timedelta(days=GpusSection().horizon_days)
        # What a booking was moved to goes with what it was moved from.
        gone = Booking.select(Booking.id).where(Booking.starts_at > furthest)
        Booking.delete().where((Booking.starts_at > furthest) | Booking.origin.in_(gone)).execute()
        last_day = self.today + timedelta(days=DesksSection().horizon_days)
        DeskBooking.delete().where(DeskBooking.first_day > last_day).execute()
        late = Booking.update(created_at=self.now - 30 * _MINUTE, costs_quota=True)
        late.where(Booking.created_at > self.now).execute()
        for instant in (DeskBooking.created_at, DeskLoan.created_at, SignUp.since):
            instant.model.update({instant: self.now - 30 * _MINUTE}).where(instant > self.now).execute()

    def _settle_bookings(self) -> None:
        states: dict[str, list[int]] = {"ended": [], "checked_in": [], "no_show": []}
        no_show = timedelta(minutes=GpusSection().no_show_minutes)
        query = Booking.select().where(Booking.ends_at > self.since, Booking.starts_at < self.now + no_show)
        for booking in query.where(Booking.state == "booked").order_by(Booking.starts_at, Booking.id):
            came_at = booking.starts_at + (round(34 * draw(booking.id, 1)) - 12) * _MINUTE
            if draw(booking.id, 2) < 0.05:
                if booking.starts_at + no_show <= self.now:
                    states["no_show"].append(booking.id)
            elif came_at <= self.now:
                states["ended" if booking.ends_at <= self.now else "checked_in"].append(booking.id)
                self._came(booking.person_id, came_at, kind="booking", booking=booking.id)
        for state, numbers in states.items():
            Booking.update(state=state, holds=state != "no_show").where(Booking.id.in_(numbers)).execute()

    def _settle_sessions(self) -> None:
        me = self._to_try[MEMBER_TO_TRY]
        query = (
            Session.select(Session.id, Session.starts_at, Session.ends_at, SignUp.person)
            .join(Event)
            .join(SignUp)
            .where(SignUp.state == "going", ~Event.cancelled, Session.ends_at > self.since)
            .where(Session.starts_at < self.now + timedelta(hours=1))
            .order_by(Session.starts_at, SignUp.id)
        )
        for session, starts_at, ends_at, person in query.tuples():
            came_at = starts_at + (round(30 * draw(session, person, 3)) - 18) * _MINUTE
            waits_for_me = person == me and ends_at > self.now
            if came_at <= self.now and draw(session, person, 4) > 0.1 and not waits_for_me:
                self._came(person, came_at, kind="session", session=session)

    def _settle_arrivals(self) -> None:
        first = self.time.day_of(self.since)
        people = list(Person.select(Person.id, Person.role).order_by(Person.id).tuples())
        for number in range((self.today - first).days + 1):
            day = first + timedelta(days=number)
            seats = self._seats_on(day)
            for person, role in people:
                self._settle_person(person, role, day, seats.get(person))

    def _settle_person(self, person: int, role: str, day: date, desk: int | None) -> None:
        """An arrival, a leaving if that is past, and sitting down at the desk of the day."""
        times = sorted(self._activity.get((person, day), []))
        start, end = self.time.day_span(day)
        regular = [] if self._is_kept_outside(person, day) else list(self._regular_hours(person, role, day))
        moments = sorted([*regular, *(moment - 2 * _MINUTE for moment in times[:1])])
        if not moments or moments[0] > self.now:
            return
        came_at = max(moments[0], start)
        left_at = min(max([*regular, *(moment + 75 * _MINUTE for moment in times)]), end - _MINUTE)
        closed_at = left_at if left_at <= self.now else None
        self._came(person, came_at, kind="lab", closed_at=closed_at)
        sat_at = came_at + 4 * _MINUTE
        if desk is not None and sat_at <= self.now and sat_at < end:
            self._came(person, sat_at, kind="desk", desk=desk)

    def _is_kept_outside(self, person: int, day: date) -> bool:
        """Those to try arrive by their own scan."""
        return day == self.today and person in self._to_try.values()

    def _regular_hours(self, person: int, role: str, day: date) -> Iterator[datetime]:
        number = (day - monday_of(self.today)).days
        chance = _DILIGENCE.get(role, _RARELY)[day.weekday() > 4]
        if draw(person, number, 5) < chance:
            start = self.time.start_of_day(day)
            yield start + round(8 * 60 + 200 * draw(person, number, 6)) * _MINUTE
            yield start + round(17 * 60 + 400 * draw(person, number, 7)) * _MINUTE

    def _seats_on(self, day: date) -> dict[int, int]:
        """Who sits where on a day: by a booking, or by an assignment that is not lent."""
        lent = DeskLoan.select(DeskLoan.desk).where(
            DeskLoan.holds, DeskLoan.first_day <= day, DeskLoan.last_day >= day
        )
        given = DeskAssignment.select(DeskAssignment.person, DeskAssignment.desk).where(
            DeskAssignment.holds,
            DeskAssignment.person.is_null(False),
            DeskAssignment.first_day <= day,
            DeskAssignment.last_day >= day,
            DeskAssignment.desk.not_in(lent),
        )
        booked = DeskBooking.select(DeskBooking.person, DeskBooking.desk).where(
            DeskBooking.holds, DeskBooking.first_day <= day, DeskBooking.last_day >= day
        )
        return {int(person): int(desk) for query in (given, booked) for person, desk in query.tuples()}

    def _came(self, person: int, came_at: datetime, **what: object) -> None:
        """A check-in; those to something else than the lab also tell that the person was in."""
        day = self.time.day_of(came_at)
        if what["kind"] in ("booking", "session"):
            self._activity.setdefault((person, day), []).append(came_at)
        row = {"session": None, "booking": None, "desk": None, "closed_at": None, "kiosk": 1}
        self._rows.append({**row, "person": person, "at": came_at, "day": day, **what})
