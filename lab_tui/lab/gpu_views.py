"""Workstations, bookings and outages as people read them, and how they are read from the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from peewee import JOIN

from lab_tui.lab.gpu_facts import KnownMachine
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.gpus import Booking, BookingGpu, Gpu, Outage, Workstation
from lab_tui.store.tables.lab import Closure
from lab_tui.store.tables.people import Person, Startup


@dataclass(frozen=True)
class BookingView:
    """A booking, as screens and commands show it."""

    id: int
    workstation_id: int
    workstation: str
    gpu_model: str
    gpu_memory_gb: int
    gpu_numbers: tuple[int, ...]
    starts_at: datetime
    ends_at: datetime
    state: str
    purpose: str
    person_id: int
    person_name: str
    startup_id: int | None
    startup_name: str
    checked_in_at: datetime | None = None
    # Held until then for whoever waits: `state` is offered.
    offer_until: datetime | None = None

    @property
    def cuda_visible_devices(self) -> str:
        """The value that limits a CUDA program to these GPUs."""
        return ",".join(str(number) for number in self.gpu_numbers)


def is_live(booking: BookingView, now: datetime) -> bool:
    """Whether somebody has the GPUs of a booking, or is to have them."""
    return booking.state in ("booked", "checked_in") and booking.ends_at > now


def state_at(booking: BookingView, now: datetime) -> str:
    """How a booking stands; one that was used and is over has ended, even if nobody has noted that yet."""
    return "ended" if booking.state == "checked_in" and booking.ends_at <= now else booking.state


@dataclass(frozen=True)
class OutageView:
    """A workstation out of service; `ends_at` None means until further notice."""

    id: int
    workstation_id: int
    reason: str
    starts_at: datetime
    ends_at: datetime | None
    workstation: str = ""
    # Bookings that lie in it; None where nobody has counted.
    bookings_hit: int | None = None
    # By the act that this is the result of.
    bookings_moved: int = 0


@dataclass(frozen=True)
class WorkstationView:
    """A machine and what it offers."""

    id: int
    name: str
    gpu_model: str
    gpu_memory_gb: int
    gpu_numbers: tuple[int, ...]
    place: str
    about: str
    retired: bool = False


@dataclass(frozen=True)
class ClosureView:
    """The lab closed."""

    reason: str
    starts_at: datetime
    ends_at: datetime
    id: int = 0
    # Bookings that lie in it; None where nobody has counted.
    bookings_hit: int | None = None
    # By the act that this is the result of.
    bookings_moved: int = 0


@dataclass(frozen=True)
class Reach:
    """How a person can book a workstation: the step of its grid, and how many days ahead.

    `member_until` is the end of their time in the lab, where that is set.
    """

    slot_minutes: int
    horizon_days: int
    member_until: datetime | None = None


@dataclass(frozen=True)
class GpuDay:
    """Everything the timetable of one day needs: `[starts_at, ends_at)` of the day, in UTC.

    `reaches` says by a workstation's id how whoever asked can book it.
    """

    day: date
    starts_at: datetime
    ends_at: datetime
    slot_minutes: int
    workstations: tuple[WorkstationView, ...]
    bookings: tuple[BookingView, ...]
    outages: tuple[OutageView, ...]
    closures: tuple[ClosureView, ...]
    reaches: Mapping[int, Reach] = field(default_factory=dict)


@dataclass(frozen=True)
class QuotaUse:
    """GPU-hours of a start-up in one week (Monday first)."""

    used: float
    limit: int


@dataclass(frozen=True)
class ModelUse:
    """GPUs of one model over some slots: how many are taken in each, and how many out of service.

    A GPU that is out of service is not counted as taken as well.
    """

    model: str
    gpu_count: int
    taken: tuple[int, ...]
    out_of_service: tuple[int, ...]


def live(table: Any, instant: datetime) -> Any:
    """The condition that an outage or a closure is neither cancelled nor over at an instant."""
    return (table.cancelled == False) & (table.ends_at.is_null() | (table.ends_at > instant))  # noqa: E712


def checked_in_to() -> Any:
    """The condition that joins a booking to the check-in that stands for it."""
    came = (CheckIn.booking == Booking.id) & (CheckIn.kind == "booking") & (CheckIn.direction == "in")
    return came & CheckIn.undone_at.is_null()


def read_bookings(condition: Any, *, named: bool = True) -> tuple[BookingView, ...]:
    """Bookings by start, in one statement; without names and purposes where `named` is not set."""
    query = (
        Booking.select(
            Booking.id,
            Booking.workstation,
            Workstation.name,
            Workstation.gpu_model,
            Workstation.gpu_memory_gb,
            Booking.starts_at,
            Booking.ends_at,
            Booking.state,
            Booking.purpose,
            Booking.person,
            Person.name,
            Booking.startup,
            Startup.name,
            CheckIn.at,
            Booking.offer_until,
            Gpu.number,
        )
        .join(Workstation)
        .join_from(Booking, Person)
        .join_from(Booking, Startup, JOIN.LEFT_OUTER)
        .join_from(Booking, BookingGpu)
        .join_from(BookingGpu, Gpu)
        .join_from(Booking, CheckIn, JOIN.LEFT_OUTER, on=checked_in_to())
        .where(condition)
        .order_by(Booking.starts_at, Booking.id, Gpu.number)
    )
    grouped = groupby(query.tuples(), key=lambda row: row[0])
    return tuple(_booking(list(rows), named) for _, rows in grouped)


def _booking(rows: list[tuple[Any, ...]], named: bool) -> BookingView:
    (
        booking_id,
        place_id,
        place,
        model,
        memory,
        starts_at,
        ends_at,
        state,
        purpose,
        *whose,
        came_at,
        offered,
        _,
    ) = rows[0]
    person_id, person_name, startup_id, startup_name = whose
    return BookingView(
        id=booking_id,
        workstation_id=place_id,
        workstation=place,
        gpu_model=model,
        gpu_memory_gb=memory,
        gpu_numbers=tuple(row[-1] for row in rows),
        starts_at=starts_at,
        ends_at=ends_at,
        state=state,
        purpose=purpose if named else "",
        person_id=person_id,
        person_name=person_name if named else "",
        startup_id=startup_id,
        startup_name=(startup_name or "") if named else "",
        checked_in_at=came_at,
        offer_until=offered,
    )


def read_booking(booking_id: int) -> BookingView:
    """One booking that is known to exist."""
    return read_bookings(Booking.id == booking_id)[0]


def read_outages(condition: Any) -> tuple[OutageView, ...]:
    """Outages by start."""
    query = Outage.select(
        Outage.id, Outage.workstation, Outage.reason, Outage.starts_at, Outage.ends_at, Workstation.name
    )
    query = query.join(Workstation).where(condition).order_by(Outage.starts_at, Outage.id)
    return tuple(OutageView(*row) for row in query.tuples())


def with_bookings_hit(outage: OutageView) -> OutageView:
    """The outage with how many bookings keep a time that lies in it."""
    lies_in_it = (Booking.workstation == outage.workstation_id) & (Booking.ends_at > outage.starts_at)
    if outage.ends_at is not None:
        lies_in_it &= Booking.starts_at < outage.ends_at
    hit = Booking.select().where(lies_in_it & Booking.state.in_(("booked", "checked_in")))
    return replace(outage, bookings_hit=hit.count())


def read_closures(condition: Any) -> tuple[ClosureView, ...]:
    """Closures by start."""
    query = Closure.select().where(condition).order_by(Closure.starts_at, Closure.id)
    return tuple(ClosureView(one.reason, one.starts_at, one.ends_at, one.id) for one in query)


def read_workstations(condition: Any) -> tuple[WorkstationView, ...]:
    """Workstations by name."""
    query = (
        Workstation.select(Workstation, Gpu.number)
        .left_outer_join(Gpu)
        .where(condition)
        .order_by(Workstation.name, Gpu.number)
    )
    views: list[WorkstationView] = []
    for workstation_id, rows in groupby(query.tuples(), key=lambda row: row[0]):
        every = list(rows)
        _, name, model, memory, about, place, retired, *_ = every[0]
        numbers = tuple(row[-1] for row in every if row[-1] is not None)
        views.append(WorkstationView(workstation_id, name, model, memory, numbers, place, about, retired))
    return tuple(views)


def workstation_view(known: KnownMachine) -> WorkstationView:
    """A machine the rules were asked about, as people read it."""
    rules = known.rules
    numbers = tuple(sorted(rules.taken))
    return WorkstationView(
        rules.id, rules.name, known.gpu_model, rules.gpu_memory_gb, numbers, known.place, known.about
    )
