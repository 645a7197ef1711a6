"""Bookings go out of the way of an outage or a closure, and whose they are is told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial

from lab_tui.errors import Facts, Reason, Refused
from lab_tui.lab import audit, notices
from lab_tui.lab.gpu_facts import NO_BLOCKS, Blocks
from lab_tui.lab.gpu_hits import HitBooking, Planned, first_to_hit, nearest, tell_what_hits
from lab_tui.lab.gpu_moves import (
    elsewhere,
    judged_move,
    judged_split,
    undo_move,
    undo_split,
    write_move,
    write_split,
)
from lab_tui.lab.gpu_offers import after_freeing, lock_people, take_back_offers
from lab_tui.lab.gpu_requests import (
    LONGEST_REASON,
    BookingWish,
    Request,
    booking_to_change,
    known_booking,
    locked_booking,
    stored_instant,
)
from lab_tui.lab.gpu_views import BookingView, read_booking
from lab_tui.lab.gpus import may_be_written
from lab_tui.lab.notices import NoticeKind
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code, for_nobody_to_pass
from lab_tui.store.tables.gpus import Booking, Workstation
from lab_tui.text import clean

_NEEDED = (Permission.MANAGE_WORKSTATIONS, Permission.OVERRIDE_RULES)


def lock_to_move(lab: Lab, actor: Actor, moving: Collection[HitBooking]) -> None:
    """Hold all that moving these bookings looks at, in the order that all operations keep.

    Raises Refused where there are some and the actor may not move them.
    """
    if not moving:
        return
    for permission in _NEEDED:
        authorise(lab, actor, permission)
    lock_people(lab, list(Booking.select().where(Booking.id.in_([hit.booking.id for hit in moving]))))
    for (workstation_id,) in list(Workstation.select(Workstation.id).order_by(Workstation.id).tuples()):
        lab.store.lock(Workstation, workstation_id)


def clear(lab: Lab, actor: Actor, planned: Planned, moving: Collection[HitBooking], reason: str) -> int:
    """Take back the offers that lie in what is planned, and move bookings away; returns how many moved.

    Each goes to the place that was shown for it, or to the nearest where that is taken meanwhile; where no
    place is left it stays. Inside the transaction that stores what is planned, after `lock_to_move`;
    `after_freeing` is for when it is committed.
    """
    take_back_offers(lab, planned.lies_in_it(lab.now()))
    still_hit = {booking.id for booking in planned.hit(lab.now())} if moving else set()
    return sum(_move(lab, actor, hit, planned, reason) for hit in moving if hit.booking.id in still_hit)


def _move(lab: Lab, actor: Actor, hit: HitBooking, planned: Planned, reason: str) -> bool:
    """Move a booking as shown, or else to its nearest place; False where it has none."""
    booking = locked_booking(lab, hit.booking.id)
    return _move_as_shown(lab, actor, booking, hit, planned, reason) or _move_as_shown(
        *(lab, actor, booking, nearest(lab, read_booking(hit.booking.id), planned), planned, reason)
    )


def _move_as_shown(
    lab: Lab, actor: Actor, booking: Booking, hit: HitBooking, planned: Planned, reason: str
) -> bool:
    if hit.instead is None:
        return False
    try:
        request = _judged(lab, booking, hit.instead.wish, hit.ends_at, planned.blocks)
    except Refused:
        return False
    if request.reasons:
        return False
    _write(lab, actor, booking, request, hit.ends_at, reason)
    return True


def relocate(
    lab: Lab,
    actor: Actor,
    booking_id: int,
    wish: BookingWish,
    reason: str,
    ends_at: datetime | None = None,
) -> Done[BookingView]:
    """Move somebody's booking, or the rest of one that runs, to where it can be, and tell them why.

    One that runs ends at `ends_at`, or where its rest begins. It costs them nothing that it was late.
    Raises Refused as moving and splitting do, BadInput for a missing reason.
    """
    reason = clean(reason, field="reason", at_most=LONGEST_REASON)
    done = None
    with writing(lab):
        for permission in _NEEDED:
            authorise(lab, actor, permission)
        booking = booking_to_change(lab, actor, booking_id, wish.workstation_id)
        at = stored_instant(ends_at or wish.starts_at) if booking.state == "checked_in" else None
        request = _judged(lab, booking, wish, at)
        if may_be_written(request, None if at else reason):
            done = _write(lab, actor, booking, request, at, reason)
    if done is None:
        with reading(lab):
            reasons = for_nobody_to_pass(request.reasons) if at else request.reasons
            raise Refused(*reasons, remedies=elsewhere(lab, request, at))
    after_freeing(lab)
    return done


def relocate_to_nearest(lab: Lab, actor: Actor, booking_id: int, reason: str) -> Done[BookingView]:
    """Relocate a booking to the nearest place that passes every rule.

    Raises Refused: unknown_booking, not_hit, no_other_place, and as `relocate` does.
    """
    with reading(lab):
        for permission in _NEEDED:
            authorise(lab, actor, permission)
        known_booking(booking_id)
        found = first_to_hit(lab, booking_id)
        if found is None:
            raise Refused(Reason(Code.NOT_HIT))
        planned, booking = found
        hit = nearest(lab, booking, planned)
    if hit.instead is None:
        raise Refused(Reason(Code.NO_OTHER_PLACE))
    return relocate(lab, actor, booking_id, hit.instead.wish, reason, hit.ends_at)


def _judged(
    lab: Lab, booking: Booking, wish: BookingWish, at: datetime | None, planned: Blocks = NO_BLOCKS
) -> Request:
    """A booking's new place, or from `at` on its rest's, checked by every rule. Raises Refused."""
    if at is None:
        return judged_move(lab, booking, wish, planned)
    return judged_split(lab, booking, at, wish, planned)


def _write(
    lab: Lab, actor: Actor, booking: Booking, request: Request, at: datetime | None, reason: str
) -> Done[BookingView]:
    """Store the new place, with what the audit log keeps and what its person is told."""
    was = read_booking(int(booking.id))
    write = partial(write_split, at=at) if at is not None else write_move
    view, facts = write(lab, booking, request=request)
    left = (Booking.id == booking.id) & (Booking.state == "moved")
    Booking.update(counts=False).where(left).execute()
    _tell_relocated(lab, was, view, reason, at)
    entry_id = audit.record(
        *(lab, actor, "gpus.relocate", "booking", view.id, {**facts, "reason": reason}),
        override_reason=reason if request.reasons else None,
    )
    return Done(view, entry_id)


def _tell_relocated(
    lab: Lab, was: BookingView, view: BookingView, reason: str, stays_until: datetime | None
) -> None:
    """Tell where a booking is now, and no longer that something hits it.

    What it had until `stays_until` stays where it was, where only its rest goes on elsewhere.
    """
    for kind in (NoticeKind.OUTAGE_HIT, NoticeKind.CLOSURE_HIT):
        notices.take_back(kind, booking=was.id)
    notices.tell(
        *(lab, was.person_id, NoticeKind.RELOCATED),
        booking=view.id,
        workstation=view.workstation,
        start=view.starts_at,
        end=view.ends_at,
        was_workstation=was.workstation,
        was_start=was.starts_at,
        stays_until=stays_until,
        reason=reason,
    )


def undo_relocate(lab: Lab, booking_id: int, facts: Facts) -> None:
    """Put a booking back where something hits it, inside the caller's transaction, and tell whose it is.

    `facts` are the audit entry's. Raises Refused as undoing a move or a split does.
    """
    undo = undo_split if "at" in facts else undo_move
    undo(lab, booking_id, facts)
    notices.take_back(NoticeKind.RELOCATED, booking=booking_id)
    tell_what_hits(lab, int(str(facts["was_booking"])))
