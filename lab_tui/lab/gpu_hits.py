"""Bookings that lie in an outage or a closure: where each could go, and telling whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from lab_tui.errors import Reason, Refused
from lab_tui.lab import notices
from lab_tui.lab.gpu_facts import NO_BLOCKS, Blocks, uses_of_booking
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
from lab_tui.lab.rules.booking import Blocked, Plan
from lab_tui.lab.rules.calendar import slot_start
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.gpus import Booking, Outage
from lab_tui.store.tables.lab import Closure


@dataclass(frozen=True)
class HitBooking:
    """A booking that lies in an outage or a closure, and the nearest place that passes every rule.

    What runs keeps its time until `ends_at`, so `instead` is a place for the rest of it.
    """

    booking: BookingView
    instead: BookInstead | None
    ends_at: datetime | None = None

    @property
    def promised(self) -> Blocks:
        """Its place, which no other booking can have then."""
        if self.instead is None:
            return NO_BLOCKS
        wish = self.instead.wish
        plan = Plan(wish.gpu_numbers, wish.starts_at, wish.ends_at)
        return Blocks({}, (), {wish.workstation_id: (plan,)})


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
        return read_bookings(Booking.state.in_(("booked", "checked_in")) & self.lies_in_it(now))

    def lies_in_it(self, now: datetime) -> Any:
        """The condition that a booking or an offer lies in it and is not over."""
        starts_at, ends_at = self.blocked.starts_at, self.blocked.ends_at
        condition = Booking.ends_at > max(starts_at, now)
        if ends_at is not None:
            condition &= Booking.starts_at < ends_at
        if self.workstation_id is not None:
            condition &= Booking.workstation == self.workstation_id
        return condition


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


def places(lab: Lab, planned: Planned) -> tuple[HitBooking, ...]:
    """Every booking that is hit with its nearest place, soonest first; no two have the same."""
    found: list[HitBooking] = []
    blocks = planned.blocks
    for booking in planned.hit(lab.now()):
        hit = nearest(lab, booking, planned, blocks)
        blocks = blocks.plus(hit.promised)
        found.append(hit)
    return tuple(found)


def nearest(lab: Lab, booking: BookingView, planned: Planned, blocks: Blocks | None = None) -> HitBooking:
    """The booking with its nearest place. It counts as gone itself, and what is planned as stored.

    `blocks` are what is planned and more that counts as stored.
    """
    row, blocks = known_booking(booking.id), planned.blocks if blocks is None else blocks
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
        found = _places_of_rest(lab, row, wish, blocks)
    else:
        request = judged(lab, row.person, wish, row, blocks)
        found = book_instead(lab, request, at_most=1, shorter=False, accepts=partial(_is_no_less, wish))
    return HitBooking(booking, found[0] if found else None, starts_at if runs else None)


def _places_of_rest(lab: Lab, row: Booking, rest: BookingWish, blocks: Blocks) -> tuple[BookInstead, ...]:
    """Where the rest of a booking that runs could go on: no sooner than it would have here."""
    at = rest.starts_at
    used = uses_of_booking(lab, row, ends_at=at)
    costs = bool(row.costs_quota)
    request = judged(lab, row.person, rest, row, blocks, costs_quota=costs, given_up=used)

    def accepts(remedy: BookInstead) -> bool:
        is_in_time = remedy.wish.starts_at >= at and _is_no_less(rest, remedy)
        return is_in_time and _can_go_on(lab, row, at, remedy.wish, blocks)

    return book_instead(lab, request, at_most=1, shorter=False, accepts=accepts)


def _is_no_less(wish: BookingWish, remedy: BookInstead) -> bool:
    """Whether a place is as long and as wide: nobody is moved to less than they had."""
    lengths = [one.ends_at - one.starts_at for one in (remedy.wish, wish)]
    return lengths[0] >= lengths[1] and len(remedy.wish.gpu_numbers) >= len(wish.gpu_numbers)


def _can_go_on(lab: Lab, row: Booking, at: datetime, rest: BookingWish, blocks: Blocks) -> bool:
    try:
        return not judged_split(lab, row, at, rest, blocks).reasons
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
    for kind, number, planned, booking in _what_hits(lab, booking_id):
        _tell(lab, kind, number, planned, booking)


def first_to_hit(lab: Lab, booking_id: int) -> tuple[Planned, BookingView] | None:
    """What hits a booking as it stands, the outage or closure that begins first; None where nothing does."""
    found = [(planned, booking) for _, _, planned, booking in _what_hits(lab, booking_id)]
    return min(found, key=lambda one: one[0].blocked.starts_at, default=None)


def _what_hits(lab: Lab, booking_id: int) -> Iterator[tuple[NoticeKind, int, Planned, BookingView]]:
    """Each outage and closure that hits a booking, with its kind and its id."""
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
                yield kind, number, planned, booking


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
