"""What the rules on GPU bookings must know, read from the store. Call inside a transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any, TypeVar

from peewee import SQL, fn

from lab_tui.clock import LabTime
from lab_tui.config import GpusSection, policy_in_force
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
)
from lab_tui.lab.rules.calendar import day_start, weeks
from lab_tui.lab.rules.permissions import Role
from lab_tui.lab.rules.quota import Use, charged
from lab_tui.lab.rules.waiting import without
from lab_tui.store.database import Store
from lab_tui.store.fields import instant_text
from lab_tui.store.tables.gpus import Booking, BookingGpu, Gpu, Outage, Workstation
from lab_tui.store.tables.lab import Closure
from lab_tui.store.tables.people import Cohort, Person, Startup
from lab_tui.store.written import Written, slot

T = TypeVar("T")


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
    """Outages by workstation and closures of the lab, over some time.

    `promised` are places by workstation that others are to have: they count as taken.
    """

    outages: Mapping[int, tuple[Blocked, ...]]
    closures: tuple[Blocked, ...]
    promised: Mapping[int, tuple[Plan, ...]] = field(default_factory=dict)

    def within(self, workstation_id: int, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether a workstation could not be used for some of `[starts_at, ends_at)`."""
        blocked = (*self.outages.get(workstation_id, ()), *self.closures)
        return any(block.touches(starts_at, ends_at) for block in blocked)

    def plus(self, planned: Blocks) -> Blocks:
        """These and others that are only planned."""
        outages = _both(self.outages, planned.outages)
        closures = (*self.closures, *planned.closures)
        return Blocks(outages, closures, _both(self.promised, planned.promised))


NO_BLOCKS = Blocks({}, ())


def _both(some: Mapping[int, tuple[T, ...]], more: Mapping[int, tuple[T, ...]]) -> dict[int, tuple[T, ...]]:
    return {key: (*some.get(key, ()), *more.get(key, ())) for key in {*some, *more}}


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
    held &= BookingGpu.booking != slot("without")
    return (
        Workstation.select(Workstation, Gpu.id, Gpu.number, BookingGpu.starts_at, BookingGpu.ends_at)
        .left_outer_join(Gpu)
        .left_outer_join(BookingGpu, on=held)
        .where(condition)
        .order_by(Workstation.name, Gpu.number, BookingGpu.starts_at)
    )


_WORKSTATION_COLUMNS = tuple(field.column_name for field in Workstation._meta.sorted_fields)
_ONE_MACHINE = Written(lambda: _machines_where(Workstation.id == slot("workstation")))
_MACHINES_IN_USE = Written(lambda: _machines_where(Workstation.retired == False))  # noqa: E712


def read_machine(
    lab: Lab, starts_at: datetime, ends_at: datetime, blocks: Blocks, workstation_id: int, without: int = 0
) -> KnownMachine | None:
    """A workstation, with what is taken in `[starts_at, ends_at)`; None where there is none.

    `without` is a booking that is not counted: one that is about to change.
    """
    span = _span_slots(starts_at, ends_at)
    rows = _ONE_MACHINE.run(lab.store, workstation=workstation_id, without=without, **span)
    return _machine(rows, blocks, lab.config.gpus) if rows else None


def read_machines(
    lab: Lab, starts_at: datetime, ends_at: datetime, blocks: Blocks, without: int = 0
) -> tuple[KnownMachine, ...]:
    """Every workstation in use, by name, with what is taken in `[starts_at, ends_at)`."""
    rows = _MACHINES_IN_USE.run(lab.store, without=without, **_span_slots(starts_at, ends_at))
    grouped = groupby(rows, key=lambda row: row[0])
    return tuple(_machine(list(of_machine), blocks, lab.config.gpus) for _, of_machine in grouped)


def has_own_quota(policy: GpusSection, of_lab: GpusSection) -> bool:
    """Whether a workstation's hours are counted apart from those of the others."""
    return (policy.startup_hours_a_week, policy.person_hours_a_week) != (
        of_lab.startup_hours_a_week,
        of_lab.person_hours_a_week,
    )


def _machine(rows: list[tuple[Any, ...]], blocks: Blocks, of_lab: GpusSection) -> KnownMachine:
    columns = dict(zip(_WORKSTATION_COLUMNS, rows[0], strict=False))
    workstation_id, policy = columns["id"], policy_in_force(of_lab, columns["policy"])
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
    rules = Machine(
        workstation_id,
        columns["name"],
        columns["gpu_memory_gb"],
        bool(columns["retired"]),
        spans,
        outages,
        policy,
        has_own_quota(policy, of_lab),
    )
    if promised := blocks.promised.get(workstation_id):
        rules = without(rules, promised)
    return KnownMachine(rules, gpu_ids, columns["gpu_model"], columns["place"], columns["about"])


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


_AHEAD = frozenset({"booked", "checked_in", "offered"})
_HELD = _AHEAD | {"ended"}
# `gpus.gap_minutes` goes no further.
_LONGEST_GAP = timedelta(days=1)


@dataclass(frozen=True)
class Counted:
    """A booking that counts, or an offer, which counts as if accepted.

    Whose it is, how it stands, and when it is.
    `costs` are its parts that cost quota.
    """

    id: int
    person_id: int
    startup_id: int | None
    state: str
    starts_at: datetime
    ends_at: datetime
    costs: tuple[Use, ...]


def _counted_bookings() -> Any:
    whose = (Booking.person == slot("person")) | (Booking.startup == slot("startup"))
    does_count = (Booking.counts == True) | (Booking.state == "offered")  # noqa: E712
    columns = (Booking.id, Booking.person, Booking.startup, Booking.state, Booking.starts_at, Booking.ends_at)
    return (
        Booking.select(
            *columns, Booking.costs_quota, Workstation.id, Workstation.policy, fn.COUNT(BookingGpu.gpu)
        )
        .join(BookingGpu)
        .join_from(Booking, Workstation)
        .where(whose & _touches_slots(Booking) & does_count)
        .group_by(Booking.id, Workstation.id)
    )


_COUNTED = Written(_counted_bookings)


def read_counted(
    lab: Lab, startup_id: int | None, person_id: int, since: datetime, before: datetime
) -> list[Counted]:
    """Bookings of a start-up or a person that count and touch the time from `since` to `before`."""
    rows = _COUNTED.run(lab.store, startup=startup_id, person=person_id, **_span_slots(since, before))
    return [_counted(lab, row) for row in rows]


def _counted(lab: Lab, row: tuple[Any, ...]) -> Counted:
    booking_id, person_id, startup_id, state, starts, ends, costs_quota, machine_id, overrides, gpus = row
    policy = policy_in_force(lab.config.gpus, overrides)
    pool = machine_id if has_own_quota(policy, lab.config.gpus) else 0
    whole, costs = _use(starts, ends, gpus, pool, policy, lab.time)
    return Counted(
        *(booking_id, person_id, startup_id, state, whole.starts_at, whole.ends_at),
        costs=costs if costs_quota else (),
    )


def uses_of_booking(lab: Lab, booking: Booking, ends_at: datetime | None = None) -> tuple[Use, ...]:
    """What a booking costs, up to `ends_at` where that is given."""
    if not booking.costs_quota:
        return ()
    policy = policy_in_force(lab.config.gpus, booking.workstation.policy)
    pool = booking.workstation_id if has_own_quota(policy, lab.config.gpus) else 0
    gpu_count = BookingGpu.select().where(BookingGpu.booking == booking.id).count()
    return charged(Use(booking.starts_at, ends_at or booking.ends_at, gpu_count, pool), policy, lab.time)


@lru_cache(maxsize=8192)
def _use(
    starts: str | datetime,
    ends: str | datetime,
    gpu_count: int,
    pool: int,
    policy: GpusSection,
    time: LabTime,
) -> tuple[Use, tuple[Use, ...]]:
    """A stored booking as a use, and the parts of it that cost quota.

    Kept, as the sheet before a booking reads the same ones as the booking itself.
    """
    whole = Use(_instant(starts), _instant(ends), gpu_count, pool)
    return whole, charged(whole, policy, time)


@dataclass(frozen=True)
class Team:
    """A start-up as the rules see it. `member_until` is the end of its time in the lab, where that is set."""

    id: int
    name: str
    stage: str
    member_until: datetime | None


_TEAM = Written(
    lambda: (
        Startup.select(Startup.id, Startup.name, Startup.stage, Startup.left_on, Cohort.last_day)
        .left_outer_join(Cohort)
        .where(Startup.id == slot("id"))
    )
)


def read_team(lab: Lab, startup_id: int | None) -> Team | None:
    """A start-up; None for who has none."""
    if startup_id is None:
        return None
    ((startup, name, stage, left_on, cohort_ends_on),) = _TEAM.run(lab.store, id=startup_id)
    last_day = left_on or (cohort_ends_on if stage == "accelerator" else None)
    return Team(startup, name, stage, _end_of(lab, last_day) if last_day is not None else None)


def _end_of(lab: Lab, day: str | date) -> datetime:
    last_day = date.fromisoformat(day) if isinstance(day, str) else day
    return day_start(lab.time, last_day + timedelta(days=1))


def read_booker(
    lab: Lab,
    person: Person,
    team: Team | None,
    starts_at: datetime,
    now: datetime,
    without: Collection[int] = (),
) -> Booker:
    """For whom a booking is made, with every use from the week of `starts_at` (or now, if earlier) on.

    `without` are bookings that are not counted: those that are about to change.
    """
    since = min(starts_at, now)
    _, week_begins_at, _ = next(weeks(lab.time, since, since + timedelta(seconds=1)))
    remembered = now - timedelta(days=lab.config.gpus.no_show_days)
    # Nobody can book further ahead, so this is every booking there is.
    before = now + FURTHEST_EVER + timedelta(days=1)
    counted = [
        one
        for one in read_counted(
            lab, team.id if team else None, int(person.id), min(week_begins_at, remembered), before
        )
        if one.id not in without
    ]
    own = [one for one in counted if one.person_id == person.id]
    ahead = [one for one in own if one.state in _AHEAD and one.ends_at > now]
    exempt = person.role == Role.STAFF
    return Booker(
        startup=team.name if team else None,
        in_programme=exempt or (team is not None and team.stage in IN_PROGRAMME),
        open_bookings=len(ahead),
        uses=tuple(use for one in counted if team and one.startup_id == team.id for use in one.costs),
        own_uses=tuple(use for one in own for use in one.costs),
        own_spans=tuple(
            Span(one.starts_at, one.ends_at)
            for one in own
            if one.state in _HELD and one.ends_at > now - _LONGEST_GAP
        ),
        no_shows=tuple(sorted(one.starts_at for one in own if one.state == "no_show")),
        member_until=None if exempt or team is None else team.member_until,
    )
