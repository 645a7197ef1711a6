"""The waiting list for GPUs: waiting for a wanted window, and answering an offer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from lab_tui.errors import Reason, Refused
from lab_tui.lab import audit
from lab_tui.lab.gpu_finding import ground_of, reasons_against
from lab_tui.lab.gpu_offers import (
    after_freeing,
    close_offer,
    lapse_offers,
    offer_freed,
    take_back_offers,
    was_taken_back,
)
from lab_tui.lab.gpu_requests import (
    LONGEST_PURPOSE,
    BookingWish,
    active_person,
    authorise_for_booking,
    authorise_for_other,
    judged,
    known_booking,
    lock_for_booking,
    locked_booking,
    person_meant,
    refuse_closed,
    stored_instant,
)
from lab_tui.lab.gpu_shares import TeamShare, fair_share
from lab_tui.lab.gpu_views import BookingView, read_booking, read_bookings
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.booking import FURTHEST_EVER
from lab_tui.lab.rules.finding import Search
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code, for_nobody_to_pass
from lab_tui.store.tables.gpus import Booking, GpuWait, Workstation
from lab_tui.store.tables.people import Person
from lab_tui.text import clean

__all__ = [
    "TeamShare",
    "WaitView",
    "WaitWish",
    "accept",
    "after_freeing",
    "decline",
    "fair_share",
    "join",
    "lapse_offers",
    "offer_freed",
    "offers_of",
    "undo_accept",
    "undo_join",
    "waits_of",
    "withdraw",
]

LIVE = ("waiting", "offered")
# Longer than anything that can be waited for, and short enough to reckon with.
_ENDLESS_MINUTES = 10_000_000
# An offer is a promise: only whether it can be kept at all is asked again when it is accepted.
_CANNOT_BE_USED = frozenset({Code.OUT_OF_SERVICE, Code.LAB_CLOSED, Code.WORKSTATION_RETIRED})
_ASKED_AGAIN = _CANNOT_BE_USED | {Code.NOT_IN_PROGRAMME, Code.MEMBERSHIP_ENDS}


@dataclass(frozen=True)
class WaitWish:
    """GPUs wanted for `minutes`, any time between `earliest` and `latest` (UTC).

    Of at least `memory_at_least` GB each; of one machine where `workstation_id` says so.
    """

    gpu_count: int
    minutes: int
    earliest: datetime
    latest: datetime
    memory_at_least: int = 0
    workstation_id: int | None = None
    purpose: str = ""
    # Somebody else's wait, by staff or the operator; None means one's own.
    person_id: int | None = None


@dataclass(frozen=True)
class WaitView:
    """A place on the waiting list. `workstation` is a name, or "" for any; `booking_id` its offer's.

    `state` is waiting, offered, taken, declined, lapsed, withdrawn, or over (the window has passed).
    """

    id: int
    person_id: int
    startup_id: int | None
    gpu_count: int
    minutes: int
    earliest: datetime
    latest: datetime
    memory_at_least: int
    workstation_id: int | None
    workstation: str
    purpose: str
    state: str
    since: datetime
    booking_id: int | None


def join(lab: Lab, actor: Actor, wish: WaitWish, *, request_key: str | None = None) -> Done[WaitView]:
    """Wait for GPUs within a window; where something is free already, it is offered at once.

    Repeating a `request_key` changes nothing. Raises Refused with every reason against it, BadInput.
    """
    purpose = clean(wish.purpose, field="purpose", at_most=LONGEST_PURPOSE, required=False)
    with writing(lab):
        if prior := audit.done_before(request_key, actor, "gpus.wait"):
            return Done(_view(prior[1]), prior[0], repeated=True)
        person = person_meant(lab, actor, wish.person_id)
        lock_for_booking(lab, person.startup_id, int(person.id))
        search = _search(wish)
        if reasons := [*_against_another(lab, person, search), *_against(lab, person, search)]:
            raise Refused(*reasons)
        wait_id = int(_new_wait(lab, person, replace(wish, purpose=purpose), search).id)
        wanted = {"person": person.id, "gpus": wish.gpu_count, "minutes": wish.minutes}
        facts = {**wanted, "start": search.earliest, "end": search.latest}
        entry_id = audit.record(lab, actor, "gpus.wait", "gpu_wait", wait_id, facts, request_key=request_key)
    after_freeing(lab)
    with reading(lab):
        return Done(_view(wait_id), entry_id)


def withdraw(lab: Lab, actor: Actor, wait_id: int) -> Done[WaitView]:
    """Wait no longer; an offer that was made for it passes on. Raises Refused(unknown_wait, not_yours)."""
    with writing(lab):
        wait = _locked_wait(lab, wait_id)
        person = authorise(lab, actor, Permission.SEE_OWN_DAY)
        if actor.person_id is None or wait.person_id != actor.person_id:
            authorise_for_other(lab, actor, person)
        _end_wait(wait)
        entry_id = audit.record(lab, actor, "gpus.withdraw_wait", "gpu_wait", wait_id, {"was": wait.state})
    if wait.state == "offered":
        after_freeing(lab)
    with reading(lab):
        return Done(_view(wait_id), entry_id)


def waits_of(lab: Lab, actor: Actor) -> tuple[WaitView, ...]:
    """What the actor waits for, or is offered; who joined first comes first. Raises Refused."""
    with reading(lab):
        authorise(lab, actor, Permission.SEE_OWN_DAY)
        return _views((GpuWait.person == actor.person_id) & GpuWait.state.in_(LIVE))


def offers_of(lab: Lab, actor: Actor) -> tuple[BookingView, ...]:
    """What is held for the actor and can be accepted, soonest first. Raises Refused."""
    with reading(lab):
        authorise(lab, actor, Permission.SEE_OWN_DAY)
        stands = (Booking.state == "offered") & (Booking.offer_until > lab.now())
        return read_bookings(stands & (Booking.person == actor.person_id))


def accept(lab: Lab, actor: Actor, booking_id: int) -> Done[BookingView]:
    """Turn an offer into a booking; whoever waited may, and staff.

    It costs what it would have cost when it was offered. One that cannot be used any more is taken back: the
    wait goes on. Raises Refused: unknown_booking, not_offered, offer_lapsed, offer_taken_back,
    not_in_programme, membership_ends, out_of_service, lab_closed, …
    """
    with writing(lab):
        booking = _locked_offer(lab, actor, booking_id)
        offer = read_booking(booking_id)
        person = active_person(booking.person_id)
        wish = BookingWish(booking.workstation_id, offer.gpu_numbers, offer.starts_at, offer.ends_at)
        reasons = judged(lab, person, wish, instead_of=booking).reasons
        against = [reason for reason in reasons if reason.code in _ASKED_AGAIN]
        if any(reason.code in _CANNOT_BE_USED for reason in against):
            take_back_offers(lab, Booking.id == booking_id)
            against.append(_taken_back(offer))
        elif not against:
            return _accepted(lab, actor, offer)
    # What was taken back stays so, and there may be something else for whoever waits on.
    after_freeing(lab)
    raise Refused(*for_nobody_to_pass(against))


def _accepted(lab: Lab, actor: Actor, offer: BookingView) -> Done[BookingView]:
    Booking.update(state="booked", counts=True).where(Booking.id == offer.id).execute()
    _its_wait(offer.id, "offered", "taken")
    facts = {"person": offer.person_id, "workstation": offer.workstation}
    facts |= {"gpus": offer.gpu_numbers, "start": offer.starts_at, "end": offer.ends_at}
    entry_id = audit.record(lab, actor, "gpus.accept_offer", "booking", offer.id, facts)
    return Done(read_booking(offer.id), entry_id)


def decline(lab: Lab, actor: Actor, booking_id: int) -> Done[BookingView]:
    """Say no to an offer: it passes on at once, and the wait is over. Raises Refused as `accept` does."""
    with writing(lab):
        booking = _locked_offer(lab, actor, booking_id)
        close_offer(booking, "declined")
        facts = {"person": booking.person_id}
        entry_id = audit.record(lab, actor, "gpus.decline_offer", "booking", booking_id, facts)
        view = read_booking(booking_id)
    after_freeing(lab)
    return Done(view, entry_id)


def undo_join(lab: Lab, wait_id: int) -> None:
    """Take a wait back, inside the caller's transaction; the caretaker passes an offer on.

    Raises Refused(unknown_wait) where it has been answered.
    """
    _end_wait(_locked_wait(lab, wait_id))


def undo_accept(lab: Lab, booking_id: int) -> None:
    """Make an accepted booking an offer again, inside the caller's transaction.

    Raises Refused: cannot_be_undone where something followed, offer_lapsed where its time is over.
    """
    found = known_booking(booking_id)
    lock_for_booking(lab, found.startup_id, found.person_id, found.workstation_id)
    booking = locked_booking(lab, booking_id)
    theirs = (GpuWait.booking == booking_id) & (GpuWait.person == booking.person_id)
    if booking.state != "booked" or not GpuWait.select().where(theirs & (GpuWait.state == "taken")).exists():
        raise Refused(Reason(Code.CANNOT_BE_UNDONE))
    if booking.offer_until <= lab.now():
        raise Refused(Reason(Code.OFFER_LAPSED, {"until": booking.offer_until}))
    Booking.update(state="offered", counts=False).where(Booking.id == booking_id).execute()
    _its_wait(booking_id, "taken", "offered")


# Joining


def _search(wish: WaitWish) -> Search:
    minutes = max(-_ENDLESS_MINUTES, min(wish.minutes, _ENDLESS_MINUTES))
    return Search(
        wish.gpu_count,
        timedelta(minutes=minutes),
        stored_instant(wish.earliest),
        stored_instant(wish.latest),
        max(0, wish.memory_at_least),
        wish.workstation_id,
    )


def _against(lab: Lab, person: Person, search: Search) -> list[Reason]:
    return reasons_against(ground_of(lab, person, search))


def _against_another(lab: Lab, person: Person, search: Search) -> list[Reason]:
    """Why somebody may not wait for one thing more."""
    theirs = list(GpuWait.select().where((GpuWait.person == person.id) & GpuWait.state.in_(LIVE)))
    reasons: list[Reason] = []
    if any((wait.earliest, wait.latest) == (search.earliest, search.latest) for wait in theirs):
        reasons.append(Reason(Code.ALREADY_WAITING))
    limit = lab.config.gpus.person_bookings_open
    if len(theirs) >= limit:
        reasons.append(Reason(Code.TOO_MANY_WAITS, {"limit": limit}))
    return reasons


def _new_wait(lab: Lab, person: Person, wish: WaitWish, search: Search) -> Any:
    now = lab.now()
    return GpuWait.create(
        person=person.id,
        startup=person.startup_id,
        workstation=wish.workstation_id,
        gpu_count=wish.gpu_count,
        memory_at_least=search.memory_at_least,
        # No store need know the year 1.
        earliest=max(search.earliest, now - FURTHEST_EVER),
        latest=search.latest,
        minutes=wish.minutes,
        purpose=wish.purpose,
        since=now,
    )


# Waits and offers


def _locked_wait(lab: Lab, wait_id: int) -> GpuWait:
    """A live wait, held. Raises Refused(unknown_wait)."""
    found: GpuWait | None = GpuWait.get_or_none(GpuWait.id == wait_id)
    if found is not None:
        lock_for_booking(lab, found.startup_id, found.person_id)
        found = GpuWait.get_by_id(wait_id)
    if found is None or found.state not in LIVE:
        raise Refused(Reason(Code.UNKNOWN_WAIT, {"wait": wait_id}))
    return found


def _end_wait(wait: GpuWait) -> None:
    if wait.state == "offered":
        close_offer(wait.booking, "withdrawn")
    # Also where the offer was taken back at this moment, and the wait would go on.
    GpuWait.update(state="withdrawn").where((GpuWait.id == wait.id) & GpuWait.state.in_(LIVE)).execute()


def _locked_offer(lab: Lab, actor: Actor, booking_id: int) -> Booking:
    """A standing offer's row, held, for who may answer it.

    Raises Refused: not_offered where it is no offer, offer_lapsed, offer_taken_back, not_yours, …
    """
    found = known_booking(booking_id)
    lock_for_booking(lab, found.startup_id, found.person_id, found.workstation_id)
    booking = locked_booking(lab, booking_id)
    authorise_for_booking(lab, actor, booking)
    if booking.offer_until is None or booking.state not in ("offered", "lapsed"):
        raise Refused(Reason(Code.NOT_OFFERED, {"booking": booking_id, "state": booking.state}))
    # Its time may be over before the caretaker has come by.
    if booking.offer_until <= lab.now():
        raise Refused(Reason(Code.OFFER_LAPSED, {"until": booking.offer_until}))
    if was_taken_back(booking):
        raise Refused(_taken_back(read_booking(booking_id)))
    refuse_closed(booking, lab.now())
    return booking


def _taken_back(offer: BookingView) -> Reason:
    facts = {"workstation": offer.workstation, "start": offer.starts_at, "end": offer.ends_at}
    return Reason(Code.OFFER_TAKEN_BACK, facts)


def _its_wait(booking_id: int, state: str, becomes: str) -> None:
    its_wait = (GpuWait.booking == booking_id) & (GpuWait.state == state)
    GpuWait.update(state=becomes).where(its_wait).execute()


def _view(wait_id: int) -> WaitView:
    return _views(GpuWait.id == wait_id)[0]


def _views(condition: Any) -> tuple[WaitView, ...]:
    query = GpuWait.select(GpuWait, Workstation.name.alias("workstation_name")).left_outer_join(Workstation)
    rows = query.where(condition).order_by(GpuWait.since, GpuWait.id).objects()
    return tuple(
        WaitView(
            id=wait.id,
            person_id=wait.person_id,
            startup_id=wait.startup_id,
            gpu_count=wait.gpu_count,
            minutes=wait.minutes,
            earliest=wait.earliest,
            latest=wait.latest,
            memory_at_least=wait.memory_at_least,
            workstation_id=wait.workstation_id,
            workstation=wait.workstation_name or "",
            purpose=wait.purpose,
            state=wait.state,
            since=wait.since,
            booking_id=wait.booking_id,
        )
        for wait in rows
    )
