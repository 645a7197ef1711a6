"""A booking during its life: moved, split, extended, shortened, finished early, handed to a team-mate.

Each is for whose booking it is, and for staff; each is one act, audited with what was before.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab_tui.errors import Facts, Reason, Refused
from lab_tui.lab import audit, notices
from lab_tui.lab.gpu_lengths import (
    booking_as_left,
    extend,
    finish,
    instant_of,
    late_hours_when_finished,
    longest_extension,
    preview_end,
    shorten,
    undo_extend,
    undo_shorten,
)
from lab_tui.lab.gpu_moves import (
    judged_move,
    judged_split,
    move,
    preview_move,
    split,
    undo_move,
    undo_split,
)
from lab_tui.lab.gpu_requests import (
    BookingWish,
    active_person,
    authorise_for_booking,
    booking_to_change,
    judged,
    known_booking,
)
from lab_tui.lab.gpu_views import BookingView, read_booking
from lab_tui.lab.notices import NoticeKind
from lab_tui.lab.operation import Actor, Done, Lab, reading, writing
from lab_tui.lab.rules.reasons import Code, for_nobody_to_pass
from lab_tui.store.tables.gpus import Booking
from lab_tui.store.tables.people import Person, Startup

__all__ = [
    "TeamMate",
    "extend",
    "finish",
    "hand_over",
    "judged_move",
    "judged_split",
    "late_hours_when_finished",
    "longest_extension",
    "move",
    "preview_end",
    "preview_move",
    "shorten",
    "split",
    "team_mates",
    "undo_extend",
    "undo_hand_over",
    "undo_move",
    "undo_shorten",
    "undo_split",
]

# What a booking depends on that comes with its person; the rest was judged when it was made.
_OF_THE_PERSON = frozenset(
    {Code.PERSON_QUOTA, Code.TOO_MANY_OPEN_BOOKINGS, Code.GAP_TOO_SHORT, Code.HORIZON_SHORTENED}
)


@dataclass(frozen=True)
class TeamMate:
    """Somebody to whom a booking can be handed."""

    id: int
    name: str


def team_mates(lab: Lab, actor: Actor, booking_id: int) -> tuple[TeamMate, ...]:
    """The other active members of the start-up whose booking it is, by name. Raises Refused."""
    with reading(lab):
        booking = known_booking(booking_id)
        authorise_for_booking(lab, actor, booking)
        ours = (Person.startup == booking.startup_id) & Person.startup.is_null(False)
        others = ours & (Person.active == True) & (Person.id != booking.person_id)  # noqa: E712
        query = Person.select(Person.id, Person.name).where(others).order_by(Person.name, Person.id)
        return tuple(TeamMate(*row) for row in query.tuples())


def hand_over(lab: Lab, actor: Actor, booking_id: int, person_id: int) -> Done[BookingView]:
    """Give a booking to another member of its start-up, who is told; a check-in to it stays.

    Raises Refused: not_a_team_mate, nothing_changes, and the rules that it breaks for that person.
    """
    with writing(lab):
        found = known_booking(booking_id)
        _lock_people(lab, found.startup_id, found.person_id, person_id)
        booking = booking_to_change(lab, actor, booking_id)
        if person_id == booking.person_id:
            raise Refused(Reason(Code.NOTHING_CHANGES))
        person = active_person(person_id)
        if booking.startup_id is None or person.startup_id != booking.startup_id:
            raise Refused(Reason(Code.NOT_A_TEAM_MATE, {"name": person.name}))
        if reasons := _against_person(lab, booking, person):
            raise Refused(*for_nobody_to_pass(reasons))
        _give(booking, person_id)
        view = read_booking(booking_id)
        notices.tell(
            *(lab, person_id, NoticeKind.HANDED_OVER),
            booking=booking_id,
            workstation=view.workstation,
            start=view.starts_at,
            end=view.ends_at,
            by=booking.person.name,
        )
        facts = {"was_person": booking.person_id, "person": person_id, "end": booking.ends_at}
        return Done(view, audit.record(lab, actor, "gpus.hand_over", "booking", booking_id, facts))


def _against_person(lab: Lab, booking: Booking, person: Person) -> list[Reason]:
    """The rules that a booking breaks once it is somebody else's."""
    view = read_booking(int(booking.id))
    wish = BookingWish(view.workstation_id, view.gpu_numbers, view.starts_at, view.ends_at)
    request = judged(lab, person, wish, booking, costs_quota=bool(booking.costs_quota))
    return [reason for reason in request.reasons if reason.code in _OF_THE_PERSON]


def _give(booking: Booking, person_id: int) -> None:
    change = {"person": person_id, "sequence": booking.sequence + 1}
    Booking.update(**change).where(Booking.id == booking.id).execute()


def _lock_people(lab: Lab, startup_id: int | None, *person_ids: int) -> None:
    """Hold a booking's start-up and people first, in the order that all operations keep."""
    if startup_id is not None:
        lab.store.lock(Startup, startup_id)
    for person_id in sorted(person_ids):
        lab.store.lock(Person, person_id)


def undo_hand_over(lab: Lab, booking_id: int, facts: Facts) -> None:
    """Give a booking back to whose it was, inside the caller's transaction.

    `facts` are the audit entry's. Raises Refused where it was changed again, or breaks a rule for them.
    """
    was_person, person = int(str(facts["was_person"])), int(str(facts["person"]))
    _lock_people(lab, known_booking(booking_id).startup_id, was_person, person)
    booking = booking_as_left(lab, booking_id, instant_of(facts, "end"), ("booked", "checked_in"))
    if booking.person_id != person:
        raise Refused(Reason(Code.CANNOT_BE_UNDONE))
    if reasons := _against_person(lab, booking, active_person(was_person)):
        raise Refused(*for_nobody_to_pass(reasons))
    _give(booking, was_person)
    notices.take_back(NoticeKind.HANDED_OVER, booking=booking_id)
