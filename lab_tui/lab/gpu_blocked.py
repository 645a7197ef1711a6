"""What takes away some of what is still to come of a booking: an outage, or a closure of the lab."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from lab_tui.lab.gpu_facts import read_blocks
from lab_tui.lab.gpu_views import BookingView, GpuDay
from lab_tui.lab.gpu_weeks import GpuWeek
from lab_tui.lab.operation import Lab, reading
from lab_tui.lab.rules.booking import Blocked


@dataclass(frozen=True)
class Hit:
    """The first outage, or closure, that lies in what is to come of a booking."""

    blocked: Blocked
    is_closure: bool = False


def hits_of(lab: Lab, bookings: Iterable[BookingView]) -> Mapping[int, Hit]:
    """By a booking's id what it is hit by; those that nothing hits are left out."""
    every = tuple(bookings)
    if not every:
        return {}
    now = lab.now()
    with reading(lab):
        blocks = read_blocks(lab.store, now, max(one.ends_at for one in every))
    found = (
        (one.id, first_hit(one, blocks.outages.get(one.workstation_id, ()), blocks.closures, now))
        for one in every
    )
    return {booking_id: hit for booking_id, hit in found if hit is not None}


def hit_in(shown: GpuDay | GpuWeek, booking: BookingView, now: datetime) -> Hit | None:
    """What takes away some of a booking, as far as a page of the timetable tells; None for nothing."""
    outages = [
        Blocked(outage.reason, outage.starts_at, outage.ends_at)
        for outage in shown.outages
        if outage.workstation_id == booking.workstation_id
    ]
    closures = [Blocked(one.reason, one.starts_at, one.ends_at) for one in shown.closures]
    return first_hit(booking, outages, closures, now)


def first_hit(
    booking: BookingView, outages: Iterable[Blocked], closures: Iterable[Blocked], now: datetime
) -> Hit | None:
    """The first outage of its workstation, else closure, in what is to come of a booking."""
    span = (max(now, booking.starts_at), booking.ends_at)
    found = (Hit(outage) for outage in outages if outage.touches(*span))
    closed = (Hit(closure, is_closure=True) for closure in closures if closure.touches(*span))
    return next(chain(found, closed), None)
