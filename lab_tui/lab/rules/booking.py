"""Which GPU bookings may be: facts in, every broken rule out. Times are UTC, spans half-open."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from operator import attrgetter

from lab_tui.clock import LabTime
from lab_tui.config import GpusSection
from lab_tui.errors import Reason
from lab_tui.lab.rules.reasons import Code

# `gpus.longest_hours` goes no further. Staff cannot override it, so no query needs to look further back.
LONGEST_EVER = timedelta(hours=168)
# Staff cannot book further ahead than this.
FURTHEST_EVER = timedelta(days=366)
_END = attrgetter("ends_at")
IN_PROGRAMME = frozenset({"accelerator", "incu_tech"})


@dataclass(frozen=True)
class Plan:
    """What is wished for: GPUs of one machine, in ascending order, from a start to an end."""

    gpu_numbers: tuple[int, ...]
    starts_at: datetime
    ends_at: datetime

    @property
    def length(self) -> timedelta:
        """From start to end; not positive where the wish makes no sense."""
        return self.ends_at - self.starts_at


@dataclass(frozen=True)
class Span:
    """A time in which a GPU is taken."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Blocked:
    """An outage or a closure; `ends_at` None means until further notice."""

    reason: str
    starts_at: datetime
    ends_at: datetime | None

    def touches(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether any of `[starts_at, ends_at)` is blocked."""
        return self.starts_at < ends_at and (self.ends_at is None or starts_at < self.ends_at)


@dataclass(frozen=True)
class Machine:
    """A workstation: its GPUs' numbers, and when each is taken (earliest first, no overlaps)."""

    id: int
    name: str
    gpu_memory_gb: int
    retired: bool
    taken: Mapping[int, tuple[Span, ...]]
    outages: tuple[Blocked, ...] = ()

    def spans(self, gpu_number: int, starts_at: datetime, ends_at: datetime) -> Iterator[Span]:
        """When a GPU is taken within `[starts_at, ends_at)`."""
        spans = self.taken[gpu_number]
        index = bisect_right(spans, starts_at, key=_END)
        while index < len(spans) and spans[index].starts_at < ends_at:
            yield spans[index]
            index += 1

    def is_free(self, gpu_number: int, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether nobody has booked a GPU in `[starts_at, ends_at)`."""
        return next(self.spans(gpu_number, starts_at, ends_at), None) is None

    def free_gpus(self, starts_at: datetime, ends_at: datetime) -> tuple[int, ...]:
        """The GPUs nobody has booked in `[starts_at, ends_at)`, in ascending order."""
        return tuple(number for number in sorted(self.taken) if self.is_free(number, starts_at, ends_at))


@dataclass(frozen=True)
class Use:
    """Some GPUs of a start-up, over a time that counts."""

    starts_at: datetime
    ends_at: datetime
    gpu_count: int


@dataclass(frozen=True)
class Booker:
    """For whom: the start-up (None: no quota), its use so far, and the person's bookings ahead."""

    startup: str | None
    in_programme: bool
    open_bookings: int = 0
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True)
class Situation:
    """Everything but the machine that a decision needs."""

    now: datetime
    time: LabTime
    policy: GpusSection
    booker: Booker
    closures: tuple[Blocked, ...] = ()

    @property
    def slot(self) -> timedelta:
        """The grid's step."""
        return timedelta(minutes=self.policy.slot_minutes)

    @property
    def earliest_start(self) -> datetime:
        """The start of the slot that runs now: it may still be booked."""
        return slot_start(self.time, self.now, self.slot)

    @property
    def last_day(self) -> date:
        """The last day on which a booking may start."""
        return self.time.day_of(self.now) + timedelta(days=self.policy.horizon_days)


@lru_cache(maxsize=2048)
def day_start(time: LabTime, day: date) -> datetime:
    """The first instant of a day; kept, as a search for remedies asks for the same days again and again."""
    return time.start_of_day(day)


def slot_start(time: LabTime, instant: datetime, slot: timedelta) -> datetime:
    """The start of the slot that holds an instant; slots are counted from the day's first instant."""
    start = day_start(time, time.day_of(instant))
    return start + (instant - start) // slot * slot


def weeks(time: LabTime, starts_at: datetime, ends_at: datetime) -> Iterator[tuple[date, datetime, datetime]]:
    """The weeks that `[starts_at, ends_at)` touches: their Monday, first instant and end."""
    day = time.day_of(starts_at)
    monday = day - timedelta(days=day.weekday())
    while (begin := day_start(time, monday)) < ends_at:
        monday += timedelta(days=7)
        yield monday - timedelta(days=7), begin, day_start(time, monday)


def used(uses: Iterable[Use], starts_at: datetime, ends_at: datetime) -> timedelta:
    """GPU time within `[starts_at, ends_at)`: only the hours that lie in it."""
    return sum(
        (
            (min(use.ends_at, ends_at) - max(use.starts_at, starts_at)) * use.gpu_count
            for use in uses
            if use.starts_at < ends_at and starts_at < use.ends_at
        ),
        timedelta(),
    )


def hours(amount: timedelta) -> float:
    """A time in hours, to a hundredth."""
    return round(amount / timedelta(hours=1), 2)


def broken_rules(plan: Plan, machine: Machine | None, situation: Situation) -> list[Reason]:
    """Every rule that a plan breaks, none left out. `machine` None: there is no such workstation."""
    reasons = [*_broken_times(plan, situation), *_broken_machine(plan, machine)]
    if plan.length > timedelta():
        if machine is not None:
            reasons += [*gpus_taken(plan, machine), *_out_of_service(plan, machine)]
        reasons += _closed(plan, situation)
        reasons += _broken_quota(plan, situation)
    return reasons + _broken_person(situation)


def _broken_times(plan: Plan, situation: Situation) -> Iterator[Reason]:
    policy, length = situation.policy, plan.length
    if plan.starts_at < situation.earliest_start:
        yield Reason(Code.IN_THE_PAST, {"start": plan.starts_at})
    if length <= timedelta():
        yield Reason(Code.ENDS_BEFORE_START, {"start": plan.starts_at, "end": plan.ends_at})
    if _off_grid(plan, situation):
        yield Reason(Code.OFF_GRID, {"minutes": policy.slot_minutes}, overridable=True)
    if timedelta() < length < timedelta(minutes=policy.shortest_minutes):
        yield Reason(Code.TOO_SHORT, {"minutes": policy.shortest_minutes}, overridable=True)
    if length > timedelta(hours=policy.longest_hours):
        yield Reason(Code.TOO_LONG, {"hours": policy.longest_hours}, overridable=length <= LONGEST_EVER)
    ahead = plan.starts_at - situation.now
    # A start in the year 1 or 9999 has no local day.
    beyond = (
        timedelta() < ahead <= FURTHEST_EVER and situation.time.day_of(plan.starts_at) > situation.last_day
    )
    if beyond or ahead > FURTHEST_EVER:
        facts = {"days": policy.horizon_days}
        yield Reason(Code.BEYOND_HORIZON, facts, overridable=ahead <= FURTHEST_EVER)


def _within_reach(plan: Plan, situation: Situation) -> bool:
    """Whether the calendar need be asked about a plan, which may lie in the year 9999."""
    return abs(plan.starts_at - situation.now) <= FURTHEST_EVER and plan.length <= LONGEST_EVER


def _off_grid(plan: Plan, situation: Situation) -> bool:
    return _within_reach(plan, situation) and any(
        slot_start(situation.time, instant, situation.slot) != instant
        for instant in (plan.starts_at, plan.ends_at)
    )


def _broken_machine(plan: Plan, machine: Machine | None) -> Iterator[Reason]:
    if machine is not None and machine.retired:
        yield Reason(Code.WORKSTATION_RETIRED, {"workstation": machine.name})
    if not plan.gpu_numbers:
        yield Reason(Code.NO_GPUS)
    if machine is not None:
        for number in plan.gpu_numbers:
            if number not in machine.taken:
                yield Reason(Code.UNKNOWN_GPU, {"workstation": machine.name, "gpu": number})


def gpus_taken(plan: Plan, machine: Machine) -> Iterator[Reason]:
    """One reason for each GPU and each time in which somebody else has it."""
    for number in plan.gpu_numbers:
        if number not in machine.taken:
            continue
        for span in machine.spans(number, plan.starts_at, plan.ends_at):
            where = {"workstation": machine.name, "gpu": number}
            yield Reason(Code.GPU_TAKEN, {**where, "start": span.starts_at, "end": span.ends_at})


def _out_of_service(plan: Plan, machine: Machine) -> Iterator[Reason]:
    for outage in machine.outages:
        if outage.touches(plan.starts_at, plan.ends_at):
            yield Reason(Code.OUT_OF_SERVICE, {"workstation": machine.name, **_facts(outage)})


def _closed(plan: Plan, situation: Situation) -> Iterator[Reason]:
    for closure in situation.closures:
        if closure.touches(plan.starts_at, plan.ends_at):
            yield Reason(Code.LAB_CLOSED, _facts(closure), overridable=True)


def _facts(blocked: Blocked) -> dict[str, object]:
    return {"reason": blocked.reason, "start": blocked.starts_at, "end": blocked.ends_at}


def _broken_quota(plan: Plan, situation: Situation) -> Iterator[Reason]:
    if situation.booker.startup is None or not _within_reach(plan, situation):
        return
    yield from over_quota(
        Use(plan.starts_at, plan.ends_at, len(plan.gpu_numbers)),
        situation.booker.startup,
        situation.booker.uses,
        situation.policy.startup_hours_a_week,
        situation.time,
    )


def over_quota(use: Use, startup: str, uses: tuple[Use, ...], limit: int, time: LabTime) -> Iterator[Reason]:
    """One reason for each week in which a start-up would have more than `limit` GPU-hours."""
    if not use.gpu_count:
        return
    for monday, begin, end in weeks(time, use.starts_at, use.ends_at):
        would_have = used((*uses, use), begin, end)
        if would_have > timedelta(hours=limit):
            facts = {"startup": startup, "would_have": hours(would_have), "limit": limit, "week": monday}
            yield Reason(Code.STARTUP_QUOTA, facts, overridable=True)


def _broken_person(situation: Situation) -> list[Reason]:
    reasons = []
    limit = situation.policy.person_bookings_open
    if situation.booker.open_bookings >= limit:
        reasons.append(Reason(Code.TOO_MANY_OPEN_BOOKINGS, {"limit": limit}, overridable=True))
    if not situation.booker.in_programme:
        facts = {"startup": situation.booker.startup or ""}
        reasons.append(Reason(Code.NOT_IN_PROGRAMME, facts, overridable=True))
    return reasons


def cancelled_late(starts_at: datetime, now: datetime, late_cancel_minutes: int) -> bool:
    """Whether a booking given back now still counts as used."""
    return starts_at - now < timedelta(minutes=late_cancel_minutes)


def no_show_due_at(starts_at: datetime, created_at: datetime, no_show_minutes: int) -> datetime:
    """When a booking nobody checked in to is released. Made in its running slot, it waits from then on."""
    return max(starts_at, created_at) + timedelta(minutes=no_show_minutes)
