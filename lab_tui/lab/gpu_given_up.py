"""What of a booking was given back too late: it holds no GPU any more, and counts as used all the same.

It is kept as a booking of its own, cancelled, with the one that it was cut off from as its `origin`; in
calendars both are one entry, the one that stands. A booking that is extended again takes those hours up:
no hour counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from lab_tui.errors import Facts
from lab_tui.lab.gpu_facts import uses_of_booking
from lab_tui.lab.gpu_views import BookingView
from lab_tui.lab.operation import Done, Lab
from lab_tui.lab.rules.booking import Booker
from lab_tui.lab.rules.quota import Use, after, hours, used
from lab_tui.store.tables.gpus import Booking, BookingGpu


@dataclass(frozen=True)
class GivenBack(Done[BookingView]):
    """What giving back a booking, or some of it, did.

    `late_hours` are the GPU-hours of it that count as used all the same, as it was too late.
    """

    late_hours: float = 0.0


def hours_of(lab: Lab, booking: Booking, since: datetime | None = None) -> float:
    """The GPU-hours that a booking costs from `since` on; none for who has no start-up, and so no quota."""
    if booking.startup_id is None:
        return 0.0
    span = (since or booking.starts_at, booking.ends_at)
    return hours(used(uses_of_booking(lab, booking), *span))


@dataclass(frozen=True)
class CutOff:
    """A part that counts: its row's id, whose it was, when, and what it costs."""

    id: int
    person_id: int
    starts_at: datetime
    ends_at: datetime
    costs: tuple[Use, ...]


def cut_off_from(lab: Lab, booking: Booking) -> tuple[CutOff, ...]:
    """The parts of a booking that were given back too late, earliest first."""
    one_entry = Booking.calendar == (booking.calendar_id or booking.id)
    counts = (Booking.state == "cancelled") & (Booking.counts == True)  # noqa: E712
    rows = Booking.select().where((Booking.origin == booking.id) & one_entry & counts)
    return tuple(
        CutOff(row.id, row.person_id, row.starts_at, row.ends_at, uses_of_booking(lab, row))
        for row in rows.order_by(Booking.starts_at)
    )


def without_what_is_taken_up(
    booker: Booker, person_id: int, parts: Iterable[CutOff], ends_at: datetime
) -> Booker:
    """Who extends a booking until `ends_at`, from what they have beside its parts: what lies after counts.

    All parts are the start-up's; those from before a hand-over are somebody else's own.
    """
    left = [(part.person_id, after(part.costs, ends_at)) for part in parts]
    ours = (use for _, uses in left for use in uses)
    own = (use for whose, uses in left if whose == person_id for use in uses)
    return replace(booker, uses=(*booker.uses, *ours), own_uses=(*booker.own_uses, *own))


def take_up(parts: Iterable[CutOff], ends_at: datetime) -> list[tuple[int, str]]:
    """Let parts count only from `ends_at` on; returns which began when before, for the audit log.

    Inside the caller's transaction.
    """
    taken = [part for part in parts if part.starts_at < ends_at]
    for part in taken:
        is_left = part.ends_at > ends_at
        change = {"starts_at": ends_at} if is_left else {"state": "undone", "counts": False}
        Booking.update(**change).where(Booking.id == part.id).execute()
    return [(part.id, part.starts_at.isoformat()) for part in taken]


def give_back_again(facts: Facts) -> None:
    """Take back what `take_up` did, where an act's audit entry names any."""
    taken: Iterable[tuple[int, str]] = facts.get("taken_up", ())  # type: ignore[assignment]
    for part_id, starts_at in taken:
        change = {"starts_at": datetime.fromisoformat(starts_at), "state": "cancelled", "counts": True}
        Booking.update(**change).where(Booking.id == part_id).execute()


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
