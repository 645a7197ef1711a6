"""What the rules on GPU bookings must know, read from the store. Call inside a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from peewee import SQL, fn

from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.booking import (
    FURTHEST_EVER,
    IN_PROGRAMME,
    LONGEST_EVER,
    Blocked,
    Booker,
    Machine,
    Plan,
    Span,
    Use,
    weeks,
)
from lab_tui.lab.rules.permissions import Role
from lab_tui.store.database import Store
from lab_tui.store.fields import instant_text
from lab_tui.store.tables.gpus import Booking, BookingGpu, Gpu, Outage, Workstation
from lab_tui.store.tables.lab import Closure
from lab_tui.store.tables.people import Person, Startup
from lab_tui.store.written import Written, slot


@dataclass(frozen=True)
class KnownMachine:
    """A workstation as the rules see it, and what people read about it."""

    rules: Machine
    # A GPU's row by its number.
    gpu_ids: Mapping[int, int]
    gpu_model: str
    place: str
    about: str


@dataclass(frozen=True)
class Blocks:
    """Outages by workstation and closures of the lab, over some time."""

    outages: Mapping[int, tuple[Blocked, ...]]
    closures: tuple[Blocked, ...]

    def within(self, workstation_id: int, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether a workstation could not be used for some of `[starts_at, ends_at)`."""
        blocked = (*self.outages.get(workstation_id, ()), *self.closures)
        return any(block.touches(starts_at, ends_at) for block in blocked)


NO_BLOCKS = Blocks({}, ())


def touches(table: Any, starts_at: Any, ends_at: Any, reach: Any = None) -> Any:
    """The condition that a booking lies in `[starts_at, ends_at)`, bounded on both sides of the index.

    `reach` is `LONGEST_EVER` after `ends_at`; it must be given where `ends_at` is a slot.
    """
    reach = ends_at + LONGEST_EVER if reach is None else reach
    return (table.ends_at > starts_at) & (table.ends_at < reach) & (table.starts_at < ends_at)


def _instant(stored: str | datetime) -> datetime:
    """An instant as either engine hands it out."""
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored.astimezone(UTC)


def _span_slots(starts_at: datetime, ends_at: datetime) -> dict[str, object]:
    return {
        "starts_at": instant_text(starts_at),
        "ends_at": instant_text(ends_at),
        "reach": instant_text(ends_at + LONGEST_EVER),
    }


def _touches_slots(table: Any) -> Any:
    return touches(table, slot("starts_at"), slot("ends_at"), slot("reach"))


def read_span(plan: Plan, now: datetime) -> tuple[datetime, datetime]:
    """The time of a plan within which facts are read, however absurd the plan is."""
    starts_at = min(max(plan.starts_at, now - FURTHEST_EVER), now + FURTHEST_EVER)
    return starts_at, min(max(plan.ends_at, starts_at), starts_at + LONGEST_EVER)


def _machines_where(condition: Any) -> Any:
    held = (BookingGpu.gpu == Gpu.id) & (BookingGpu.holds == True) & _touches_slots(BookingGpu)  # noqa: E712
    return (
        Workstation.select(Workstation, Gpu.id, Gpu.number, BookingGpu.starts_at, BookingGpu.ends_at)
        .left_outer_join(Gpu)
        .left_outer_join(BookingGpu, on=held)
        .where(condition)
        .order_by(Workstation.name, Gpu.number, BookingGpu.starts_at)
    )


_ONE_MACHINE = Written(lambda: _machines_where(Workstation.id == slot("workstation")))
_MACHINES_IN_USE = Written(lambda: _machines_where(Workstation.retired == False))  # noqa: E712


def read_machine(
    store: Store, starts_at: datetime, ends_at: datetime, blocks: Blocks, workstation_id: int
) -> KnownMachine | None:
    """A workstation, with what is taken in `[starts_at, ends_at)`; None where there is none."""
    rows = _ONE_MACHINE.run(store, workstation=workstation_id, **_span_slots(starts_at, ends_at))
    return _machine(rows, blocks) if rows else None


def read_machines(
    store: Store, starts_at: datetime, ends_at: datetime, blocks: Blocks
) -> tuple[KnownMachine, ...]:
    """Every workstation in use, by name, with what is taken in `[starts_at, ends_at)`."""
    rows = _MACHINES_IN_USE.run(store, **_span_slots(starts_at, ends_at))
    grouped = groupby(rows, key=lambda row: row[0])
    return tuple(_machine(list(of_machine), blocks) for _, of_machine in grouped)


def _machine(rows: list[tuple[Any, ...]], blocks: Blocks) -> KnownMachine:
    workstation_id, name, model, memory, about, place, retired, *_ = rows[0]
    taken: dict[int, list[Span]] = {}
    gpu_ids: dict[int, int] = {}
    for *_, gpu_id, number, starts_at, ends_at in rows:
        if number is not None:
            gpu_ids[number] = gpu_id
            taken.setdefault(number, [])
            if starts_at is not None:
                taken[number].append(Span(_instant(starts_at), _instant(ends_at)))
    spans = {number: tuple(of_gpu) for number, of_gpu in taken.items()}
    outages = blocks.outages.get(workstation_id, ())
    rules = Machine(workstation_id, name, memory, bool(retired), spans, outages)
    return KnownMachine(rules, gpu_ids, model, place, about)


def _live_blocks() -> Any:
    def live(table: Any) -> Any:
        lasts = table.ends_at.is_null() | (table.ends_at > slot("starts_at"))
        return (table.cancelled == False) & lasts & (table.starts_at < slot("ends_at"))  # noqa: E712

    out = Outage.select(Outage.workstation, Outage.reason, Outage.starts_at, Outage.ends_at)
    closed = Closure.select(SQL("NULL"), Closure.reason, Closure.starts_at, Closure.ends_at)
    return out.where(live(Outage)).union_all(closed.where(live(Closure)))


_BLOCKS = Written(_live_blocks)


def read_blocks(store: Store, starts_at: datetime, ends_at: datetime) -> Blocks:
    """Outages and closures that touch `[starts_at, ends_at)`, in one statement."""
    rows = _BLOCKS.run(store, **_span_slots(starts_at, ends_at))
    outages: dict[int, list[Blocked]] = {}
    closures: list[Blocked] = []
    for workstation_id, reason, begins_at, until in rows:
        found = closures if workstation_id is None else outages.setdefault(workstation_id, [])
        found.append(Blocked(reason, _instant(begins_at), _instant(until) if until is not None else None))
    by_start = {key: tuple(sorted(blocked, key=_start)) for key, blocked in outages.items()}
    return Blocks(by_start, tuple(sorted(closures, key=_start)))


def _start(blocked: Blocked) -> datetime:
    return blocked.starts_at


@dataclass(frozen=True)
class Counted:
    """A booking that counts: whose it is, how it stands, and what it uses."""

    person_id: int
    startup_id: int | None
    state: str
    use: Use


def _counted_bookings() -> Any:
    whose = (Booking.person == slot("person")) | (Booking.startup == slot("startup"))
    columns = (Booking.person, Booking.startup, Booking.state, Booking.starts_at, Booking.ends_at)
    return (
        Booking.select(*columns, fn.COUNT(BookingGpu.gpu))
        .join(BookingGpu)
        .where(whose & _touches_slots(Booking) & (Booking.counts == True))  # noqa: E712
        .group_by(Booking.id)
    )


_COUNTED = Written(_counted_bookings)


def read_counted(
    store: Store, startup_id: int | None, person_id: int, since: datetime, before: datetime
) -> list[Counted]:
    """Bookings of a start-up or a person that count and touch the time from `since` to `before`."""
    rows = _COUNTED.run(store, startup=startup_id, person=person_id, **_span_slots(since, before))
    return [
        Counted(whom, of, state, Use(_instant(starts_at), _instant(ends_at), gpu_count))
        for whom, of, state, starts_at, ends_at, gpu_count in rows
    ]


def read_booker(
    lab: Lab, person: Person, startup: Startup | None, starts_at: datetime, now: datetime
) -> Booker:
    """For whom a booking is made, with every use from the week of `starts_at` (or now, if earlier) on."""
    since = min(starts_at, now)
    _, week_begins_at, _ = next(weeks(lab.time, since, since + timedelta(seconds=1)))
    startup_id = startup.id if startup else None
    # Nobody can book further ahead, so this is every booking there is.
    before = now + FURTHEST_EVER + timedelta(days=1)
    counted = read_counted(lab.store, startup_id, int(person.id), week_begins_at, before)
    ahead = [one for one in counted if one.person_id == person.id and one.state in ("booked", "checked_in")]
    ours = [one.use for one in counted if startup is not None and one.startup_id == startup.id]
    exempt = person.role == Role.STAFF
    return Booker(
        startup.name if startup else None,
        exempt or (startup is not None and startup.stage in IN_PROGRAMME),
        sum(one.use.ends_at > now for one in ahead),
        tuple(ours),
    )
