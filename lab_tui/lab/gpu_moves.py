"""A booking goes elsewhere: as a whole before it is checked in, or its rest only.

Whoever moves later than the cut-off gave the old hours back too late: they count as used, unless the new
booking is charged for all of them itself, on as many GPUs of the same quota. What an outage or a closure
hits may always be moved.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from lab_tui.errors import Facts, Reason, Refused
from lab_tui.lab import audit
from lab_tui.lab.gpu_facts import NO_BLOCKS, Blocks, uses_of_booking
from lab_tui.lab.gpu_given_up import GivenBack, hours_of
from lab_tui.lab.gpu_lengths import booking_as_left, instant_of, restore_end, set_end, slot_of
from lab_tui.lab.gpu_requests import (
    LONGEST_REASON,
    BookingWish,
    BookInstead,
    Request,
    authorise_for_booking,
    book_instead,
    booking_to_change,
    facts_of,
    judged,
    known_booking,
    lock_for_booking,
    locked_booking,
    refuse_unchangeable,
    stored_instant,
    write_booking,
)
from lab_tui.lab.gpu_views import BookingView, read_booking
from lab_tui.lab.gpu_waiting import after_freeing
from lab_tui.lab.gpus import (
    Preview,
    close_booking,
    is_given_up_late,
    may_be_written,
    preview_of,
    restore_booking,
)
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.booking import still_counted
from lab_tui.lab.rules.calendar import slot_start
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code, for_nobody_to_pass
from lab_tui.store.tables.gpus import Booking
from lab_tui.text import clean


def preview_move(lab: Lab, actor: Actor, booking_id: int, wish: BookingWish) -> Preview:
    """What moving a booking would mean, with every rule checked. Raises Refused as `move` would."""
    with reading(lab):
        booking = known_booking(booking_id)
        authorise_for_booking(lab, actor, booking)
        refuse_unchangeable(booking, lab.now())
        request = judged_move(lab, booking, wish)
        if request.reasons:
            raise Refused(*request.reasons, remedies=elsewhere(lab, request))
        return preview_of(lab, request)


def move(
    lab: Lab,
    actor: Actor,
    booking_id: int,
    wish: BookingWish,
    *,
    request_key: str | None = None,
    override_reason: str | None = None,
) -> GivenBack:
    """Put a booking at another time or place, in one act. Repeating a `request_key` returns the first result.

    The old booking becomes `moved`, the new one goes on in its calendar entry and series. Raises Refused
    (nothing_changes, already_begun once it is checked in, every broken rule with remedies) and BadInput as
    `gpus.book` does.
    """
    if override_reason is not None:
        override_reason = clean(override_reason, field="override_reason", at_most=LONGEST_REASON)
    done = None
    with writing(lab):
        prior = audit.done_before(request_key, actor, "gpus.move")
        if prior is not None:
            return _moved(lab, prior[1], prior[0], repeated=True)
        booking = booking_to_change(lab, actor, booking_id, wish.workstation_id)
        if override_reason is not None:
            authorise(lab, actor, Permission.OVERRIDE_RULES)
        request = judged_move(lab, booking, wish)
        if may_be_written(request, override_reason):
            view, facts = write_move(lab, booking, request)
            entry_id = audit.record(
                *(lab, actor, "gpus.move", "booking", view.id, facts),
                request_key=request_key,
                override_reason=override_reason if request.reasons else None,
            )
            done = _moved(lab, view.id, entry_id)
    if done is None:
        with reading(lab):
            raise Refused(*request.reasons, remedies=elsewhere(lab, request))
    after_freeing(lab)
    return done


def _moved(lab: Lab, booking_id: int, entry_id: int, *, repeated: bool = False) -> GivenBack:
    """A booking in its new place, and what still counts of the old one."""
    was = known_booking(booking_id).origin
    return GivenBack(read_booking(booking_id), entry_id, repeated, hours_of(lab, was) if was.counts else 0.0)


def judged_move(lab: Lab, booking: Booking, wish: BookingWish, planned: Blocks = NO_BLOCKS) -> Request:
    """A wish to have a booking elsewhere, checked by every rule; `planned` counts as stored.

    Raises Refused(already_begun, nothing_changes).
    """
    if booking.state == "checked_in":
        raise Refused(Reason(Code.ALREADY_BEGUN, {"start": booking.starts_at}))
    late = is_given_up_late(lab, booking, planned)
    request = judged(
        *(lab, booking.person, replace(wish, purpose=wish.purpose or booking.purpose), booking, planned),
        # Not even a last-minute place makes it free then.
        costs_quota=True if late and booking.costs_quota else None,
        given_up=uses_of_booking(lab, booking) if late else (),
    )
    if _is_where_it_was(booking, request.wish) and request.wish.purpose == booking.purpose:
        raise Refused(Reason(Code.NOTHING_CHANGES))
    return request


def _is_where_it_was(booking: Booking, wish: BookingWish, at: datetime | None = None) -> bool:
    """Whether a wish is for the place and time that a booking has, from `at` on where it is split."""
    was = read_booking(int(booking.id))
    return (wish.workstation_id, wish.gpu_numbers, wish.starts_at, wish.ends_at) == (
        *(was.workstation_id, was.gpu_numbers, at or was.starts_at, was.ends_at),
    )


def write_move(lab: Lab, booking: Booking, request: Request) -> tuple[BookingView, dict[str, object]]:
    """Close the old booking, then store the new one; with what the audit log keeps of it.

    Inside the caller's transaction, with what `judged_move` found right or staff override.
    """
    assert request.known is not None
    was = read_booking(int(booking.id))
    counts = bool(still_counted(request.plan, request.known.rules, request.situation))
    close_booking(booking, "moved", counts=counts)
    view = write_booking(lab, request, moved_from=booking, series_id=booking.series_id)
    facts = {
        **facts_of(request),
        "was_booking": was.id,
        "was_workstation": was.workstation,
        "was_gpus": was.gpu_numbers,
        "was_start": was.starts_at,
        "was_end": was.ends_at,
        "counts": counts,
    }
    return view, facts


def undo_move(lab: Lab, booking_id: int, facts: Facts) -> None:
    """Put a booking back where it was, inside the caller's transaction.

    `facts` are the audit entry's. Raises Refused where something took its place, or it was changed again.
    """
    found = known_booking(booking_id)
    machines = (found.workstation_id, found.origin.workstation_id)
    lock_for_booking(lab, found.startup_id, found.person_id, *machines)
    old = locked_booking(lab, found.origin_id)
    new = booking_as_left(lab, booking_id, instant_of(facts, "end"), ("booked",))
    if old.state != "moved" or old.person_id != new.person_id:
        raise Refused(Reason(Code.CANNOT_BE_UNDONE))
    close_booking(new, "undone", counts=False)
    restore_booking(lab, old)


def split(lab: Lab, actor: Actor, booking_id: int, at: datetime, rest: BookingWish) -> Done[BookingView]:
    """Let a booking end at `at` and have the rest elsewhere, also while it runs; returns the rest.

    The first part keeps its check-in; the rest is booked, with a calendar entry of its own. Raises Refused
    (nothing_changes, not_within_booking, every broken rule with remedies), BadInput.
    """
    at = stored_instant(at)
    done = None
    with writing(lab):
        booking = booking_to_change(lab, actor, booking_id, rest.workstation_id)
        request = judged_split(lab, booking, at, rest)
        if not request.reasons:
            view, facts = write_split(lab, booking, at, request)
            entry_id = audit.record(lab, actor, "gpus.split", "booking", view.id, facts)
            done = Done(view, entry_id)
    if done is None:
        with reading(lab):
            raise Refused(*for_nobody_to_pass(request.reasons), remedies=elsewhere(lab, request, at))
    after_freeing(lab)
    return done


def write_split(
    lab: Lab, booking: Booking, at: datetime, request: Request
) -> tuple[BookingView, dict[str, object]]:
    """End a booking at `at`, then store its rest; with what the audit log keeps of it.

    Inside the caller's transaction, with what `judged_split` found right.
    """
    facts = {
        **facts_of(request),
        "was_booking": booking.id,
        "was_workstation": booking.workstation.name,
        "at": at,
        "was_end": booking.ends_at,
    }
    set_end(booking, at)
    return write_booking(lab, request, split_from=booking, series_id=booking.series_id), facts


def judged_split(
    lab: Lab, booking: Booking, at: datetime, rest: BookingWish, planned: Blocks = NO_BLOCKS
) -> Request:
    """The rest of a booking that is to end at `at`, checked by every rule; `planned` counts as stored.

    Within the old hours, and on no more GPUs, it costs what it did. Raises Refused where `at` cannot be,
    or nothing changes.
    """
    if reasons := _broken_cut(lab, booking, at, rest):
        raise Refused(*reasons)
    gpu_count = len(set(rest.gpu_numbers)) or rest.gpu_count
    was = read_booking(int(booking.id))
    costs_quota = True if booking.costs_quota else None
    if stored_instant(rest.ends_at) <= booking.ends_at and gpu_count <= len(was.gpu_numbers):
        costs_quota = bool(booking.costs_quota)
    request = judged(
        *(lab, booking.person, replace(rest, purpose=rest.purpose or booking.purpose), booking, planned),
        costs_quota=costs_quota,
        given_up=uses_of_booking(lab, booking, ends_at=at),
    )
    if _is_where_it_was(booking, request.wish, at):
        raise Refused(Reason(Code.NOTHING_CHANGES))
    return request


def _broken_cut(lab: Lab, booking: Booking, at: datetime, rest: BookingWish) -> list[Reason]:
    """Why a booking cannot end at `at` and go on as the rest."""
    if not booking.starts_at < at < booking.ends_at:
        return [Reason(Code.NOT_WITHIN_BOOKING, {"start": booking.starts_at, "end": booking.ends_at})]
    slot = slot_of(lab, booking)
    reasons = []
    if stored_instant(rest.starts_at) < at:
        reasons.append(Reason(Code.NOT_WITHIN_BOOKING, {"start": at, "end": booking.ends_at}))
    if at < slot_start(lab.time, lab.now(), slot):
        reasons.append(Reason(Code.IN_THE_PAST, {"start": at}))
    if slot_start(lab.time, at, slot) != at:
        reasons.append(Reason(Code.OFF_GRID, {"minutes": slot // timedelta(minutes=1)}))
    elif at - booking.starts_at < slot:
        reasons.append(Reason(Code.TOO_SHORT, {"minutes": slot // timedelta(minutes=1)}))
    return reasons


def elsewhere(lab: Lab, request: Request, at: datetime | None = None) -> tuple[BookInstead, ...]:
    """What can be instead: not where the booking is; of a split one not before `at`, where it ends."""
    booking = request.instead_of
    assert booking is not None

    def accepts(remedy: BookInstead) -> bool:
        is_elsewhere = not _is_where_it_was(booking, remedy.wish, at)
        return is_elsewhere and (at is None or remedy.wish.starts_at >= at)

    return book_instead(lab, request, accepts=accepts)


def undo_split(lab: Lab, booking_id: int, facts: Facts) -> None:
    """Put the parts of a booking together again, inside the caller's transaction.

    `facts` are the audit entry's. Raises Refused where something took its place, or a part was changed.
    """
    found = known_booking(booking_id)
    machines = (found.workstation_id, found.origin.workstation_id)
    lock_for_booking(lab, found.startup_id, found.person_id, *machines)
    first = booking_as_left(lab, found.origin_id, instant_of(facts, "at"))
    rest = booking_as_left(lab, booking_id, instant_of(facts, "end"), ("booked",))
    close_booking(rest, "undone", counts=False)
    restore_end(lab, first, instant_of(facts, "was_end"))
