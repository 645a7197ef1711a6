"""Bookings that lie in an outage or a closure: where each could go, and telling whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lab_tui.errors import Reason, Refused
from lab_tui.lab import notices
from lab_tui.lab.gpu_facts import Blocks, uses_of_booking
from lab_tui.lab.gpu_lengths import slot_of
from lab_tui.lab.gpu_moves import judged_split
from lab_tui.lab.gpu_requests import (
    BookingWish,
    BookInstead,
    book_instead,
    judged,
    known_booking,
    stored_instant,
)
from lab_tui.lab.gpu_views import BookingView, live, read_bookings
from lab_tui.lab.notices import NoticeKind
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.booking import Blocked
from lab_tui.lab.rules.calendar import slot_start
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.gpus import Booking, Outage
from lab_tui.store.tables.lab import Closure


@dataclass(frozen=True)
class HitBooking:
    """A booking that lies in an outage or a closure, and the nearest place that passes every rule.

    What runs keeps its time until then, so `instead` is a place for the rest of it.
    """

    booking: BookingView
    instead: BookInstead | None


@dataclass(frozen=True)
class Planned:
    """An outage of a workstation, or a closure of the whole lab (None)."""

    workstation_id: int | None
    blocked: Blocked

    @property
    def blocks(self) -> Blocks:
        """It alone, as the rules see it."""
        if self.workstation_id is None:
            return Blocks({}, (self.blocked,))
        return Blocks({self.workstation_id: (self.blocked,)}, ())

    def hit(self, now: datetime) -> tuple[BookingView, ...]:
        """The bookings that lie in it and are not over, soonest first."""
        starts_at, ends_at = self.blocked.starts_at, self.blocked.ends_at
        lies_in_it = Booking.state.in_(("booked", "checked_in")) & (Booking.ends_at > max(starts_at, now))
        if ends_at is not None:
            lies_in_it &= Booking.starts_at < ends_at
        if self.workstation_id is not None:
            lies_in_it &= Booking.workstation == self.workstation_id
        return read_bookings(lies_in_it)


def checked_span(lab: Lab, starts_at: datetime, ends_at: datetime | None) -> tuple[datetime, datetime | None]:
    """The time of an outage or a closure as the store keeps it.

    Raises Refused(ends_before_start, already_over).
    """
    starts_at, ends_at = stored_instant(starts_at), None if ends_at is None else stored_instant(ends_at)
    if ends_at is not None and ends_at <= starts_at:
        raise Refused(Reason(Code.ENDS_BEFORE_START, {"start": starts_at, "end": ends_at}))
    if ends_at is not None and ends_at <= lab.now():
        raise Refused(Reason(Code.ALREADY_OVER))
    return starts_at, ends_at


def end_block(table: Any, block: Any, now: datetime) -> None:
    """End an outage or a closure that runs; one yet to come is cancelled."""
    change = {"ends_at": now} if block.starts_at < now else {"cancelled": True}
    table.update(**change).where(table.id == block.id).execute()


def nearest(lab: Lab, booking: BookingView, planned: Planned) -> HitBooking:
    """The booking with its nearest place. It counts as gone itself, and what is planned as stored."""
    row = known_booking(booking.id)
    runs = booking.state == "checked_in"
    starts_at = _moves_from(lab, row, planned) if runs else max(booking.starts_at, _this_slot(lab, row))
    if starts_at >= booking.ends_at:
        return HitBooking(booking, None)
    wish = BookingWish(
        *(booking.workstation_id, booking.gpu_numbers, starts_at, booking.ends_at),
        purpose=booking.purpose,
        person_id=booking.person_id,
    )
    if runs:
        found = _places_of_rest(lab, row, wish, planned)
    else:
        found = book_instead(lab, judged(lab, row.person, wish, row, planned.blocks))
    return HitBooking(booking, found[0] if found else None)


def _places_of_rest(lab: Lab, row: Booking, rest: BookingWish, planned: Planned) -> tuple[BookInstead, ...]:
    """Where the rest of a booking that runs could go on while its time lasts."""
    used = uses_of_booking(lab, row, ends_at=rest.starts_at)
    costs = bool(row.costs_quota)
    request = judged(lab, row.person, rest, row, planned.blocks, costs_quota=costs, given_up=used)
    return tuple(one for one in book_instead(lab, request) if _can_go_on(lab, row, one.wish, planned))


def _can_go_on(lab: Lab, row: Booking, rest: BookingWish, planned: Planned) -> bool:
    try:
        return not judged_split(lab, row, rest.starts_at, rest, planned.blocks).reasons
    except Refused:
        return False


def _moves_from(lab: Lab, row: Booking, planned: Planned) -> datetime:
    """The first slot that a booking that runs can leave, once it has had one."""
    slot = slot_of(lab, row)
    starts_at = slot_start(lab.time, max(lab.now(), planned.blocked.starts_at), slot)
    had_one = slot_start(lab.time, row.starts_at, slot) + slot
    return max(starts_at, had_one if had_one - row.starts_at >= slot else had_one + slot)


def _this_slot(lab: Lab, row: Booking) -> datetime:
    return slot_start(lab.time, lab.now(), slot_of(lab, row))


def tell_hit(lab: Lab, kind: NoticeKind, number: int, planned: Planned, was: Planned | None = None) -> None:
    """Tell whose bookings an outage or a closure hits, inside the operation's transaction.

    `number` is its id. Where it `was` other before, those whom that hit know already; what they have not
    read yet is told anew, or not at all where they are not hit any more.
    """
    now = lab.now()
    known = {booking.id for booking in was.hit(now)} if was is not None else set()
    known -= {view.facts["booking"] for view in notices.take_back(kind, block=number)}
    for booking in planned.hit(now):
        if booking.id not in known:
            _tell(lab, kind, number, planned, booking)


def tell_what_hits(lab: Lab, booking_id: int) -> None:
    """Tell whose booking it is what hits it as it stands, inside the operation's transaction."""
    now = lab.now()
    coming: list[tuple[NoticeKind, int, Planned]] = [
        *(
            (NoticeKind.OUTAGE_HIT, one.id, Planned(one.workstation_id, _blocked(one)))
            for one in Outage.select().where(live(Outage, now))
        ),
        *(
            (NoticeKind.CLOSURE_HIT, one.id, Planned(None, _blocked(one)))
            for one in Closure.select().where(live(Closure, now))
        ),
    ]
    for kind, number, planned in coming:
        for booking in planned.hit(now):
            if booking.id == booking_id:
                _tell(lab, kind, number, planned, booking)


def _blocked(block: Any) -> Blocked:
    return Blocked(block.reason, block.starts_at, block.ends_at)


def _tell(lab: Lab, kind: NoticeKind, number: int, planned: Planned, booking: BookingView) -> None:
    notices.tell(
        *(lab, booking.person_id, kind),
        block=number,
        booking=booking.id,
        workstation=booking.workstation,
        start=booking.starts_at,
        end=booking.ends_at,
        reason=planned.blocked.reason,
        blocked_from=planned.blocked.starts_at,
        blocked_until=planned.blocked.ends_at,
    )
