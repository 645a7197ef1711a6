"""What of a booking was given back too late: it holds no GPU any more, and counts as used all the same.

It is kept as a booking of its own, cancelled, with the one that it was cut off from as its `origin`; in
calendars both are one entry, the one that stands.
"""

from __future__ import annotations

from datetime import datetime

from lab_tui.errors import Facts
from lab_tui.lab.operation import Lab
from lab_tui.store.tables.gpus import Booking, BookingGpu


def keep_counting(lab: Lab, booking: Booking, since: datetime) -> int:
    """Let what a booking had from `since` on count; returns the id of the row that does.

    Inside the caller's transaction, with the booking as it was before.
    """
    cut_off = Booking.create(
        workstation=booking.workstation_id,
        person=booking.person_id,
        startup=booking.startup_id,
        starts_at=since,
        ends_at=booking.ends_at,
        state="cancelled",
        holds=False,
        purpose=booking.purpose,
        created_at=lab.now(),
        costs_quota=booking.costs_quota,
        origin=booking.id,
        calendar=booking.calendar_id or booking.id,
        sequence=booking.sequence,
    )
    for gpu in list(BookingGpu.select().where(BookingGpu.booking == booking.id)):
        BookingGpu.create(
            booking=cut_off.id, gpu=gpu.gpu_id, starts_at=since, ends_at=booking.ends_at, holds=False
        )
    return int(cut_off.id)


def count_no_more(facts: Facts) -> None:
    """Take back what `keep_counting` kept, where an act's audit entry names any."""
    if (cut_off := facts.get("cut_off")) is not None:
        Booking.update(state="undone", counts=False).where(Booking.id == cut_off).execute()
