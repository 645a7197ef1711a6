"""Which GPU bookings may be: facts in, every broken rule out. Times are UTC, spans half-open."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter

from lab_tui.clock import LabTime
from lab_tui.config import GpusSection
from lab_tui.errors import Reason
from lab_tui.lab.rules.calendar import day_start, night, slot_start
from lab_tui.lab.rules.quota import Use, charged, is_last_minute, over_quota
from lab_tui.lab.rules.reasons import Code

# `gpus.longest_hours` goes no further. Staff cannot override it, so no query needs to look further back.
LONGEST_EVER = timedelta(hours=168)
# Staff cannot book further ahead than this.
FURTHEST_EVER = timedelta(days=366)
_END = attrgetter("ends_at")
# What depends on how many GPUs there are.
_OF_MANY_GPUS = frozenset({Code.GPU_TAKEN, Code.STARTUP_QUOTA, Code.PERSON_QUOTA})
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
    # None: as the lab's.
    policy: GpusSection | None = None
    # Whether its hours are counted apart from all other machines'.
    has_own_quota: bool = False

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
class Booker:
    """For whom: the start-up (None: no quota) and the person, and what both have already.

    `uses` and `own_uses` are the start-up's and the person's, without what costs no quota; `own_spans` the
    times of the person's bookings ahead; `no_shows` when they let bookings lapse, earliest first;
    `member_until` the end of their time in the lab.
    """

    startup: str | None
    in_programme: bool
    open_bookings: int = 0
    uses: tuple[Use, ...] = ()
    own_uses: tuple[Use, ...] = ()
    own_spans: tuple[Span, ...] = ()
    no_shows: tuple[datetime, ...] = ()
    member_until: datetime | None = None


@dataclass(frozen=True)
class Situation:
    """Everything but the machine that a decision needs. `policy` is the lab's own."""

    now: datetime
    time: LabTime
    policy: GpusSection
    booker: Booker
    closures: tuple[Blocked, ...] = ()
    # When the lab is open (HH:MM), for policies that ask for it.
    opens: str = "00:00"
    closes: str = "24:00"
    # Whether the plan costs quota where that is settled already; None: as if it were made now.
    costs_quota: bool | None = None
    # What the booking that the plan takes the place of goes on to cost: see `still_counted`.
    given_up: tuple[Use, ...] = ()

    def policy_of(self, machine: Machine | None) -> GpusSection:
        """What holds for a machine."""
        return machine.policy if machine is not None and machine.policy is not None else self.policy

    def slot(self, machine: Machine | None) -> timedelta:
        """The grid's step."""
        return timedelta(minutes=self.policy_of(machine).slot_minutes)

    def earliest_start(self, machine: Machine | None) -> datetime:
        """The start of the slot that runs now: it may still be booked."""
        return slot_start(self.time, self.now, self.slot(machine))

    def horizon_days(self, machine: Machine | None) -> int:
        """How many days ahead this person may book."""
        policy = self.policy_of(machine)
        if penalty_until(self.booker.no_shows, self.now, policy) is None:
            return policy.horizon_days
        return min(policy.horizon_days, policy.no_show_horizon_days)

    def last_day(self, machine: Machine | None) -> date:
        """The last day on which a booking may start."""
        return self.time.day_of(self.now) + timedelta(days=self.horizon_days(machine))

    def starts_before(self, machine: Machine | None) -> datetime:
        """Every booking that passes the rules starts before this instant."""
        end_of_last_day = day_start(self.time, self.last_day(machine) + timedelta(days=1))
        return min(end_of_last_day, self.booker.member_until or end_of_last_day)

    def is_barred(self, machine: Machine) -> bool:
        """Whether this person can book nothing on a machine, at whatever time."""
        return (
            machine.retired
            or not self.booker.in_programme
            or self.booker.open_bookings >= self.policy_of(machine).person_bookings_open
            or self.starts_before(machine) <= self.earliest_start(machine)
        )

    def is_blocked(self, machine: Machine, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether a machine is out of service or the lab closed for some of `[starts_at, ends_at)`."""
        return any(one.touches(starts_at, ends_at) for one in (*machine.outages, *self.closures))


def recent_no_shows(no_shows: tuple[datetime, ...], now: datetime, policy: GpusSection) -> list[datetime]:
    """The no-shows that are still remembered, earliest first."""
    return sorted(at for at in no_shows if now - timedelta(days=policy.no_show_days) < at)


def penalty_until(no_shows: tuple[datetime, ...], now: datetime, policy: GpusSection) -> datetime | None:
    """Until when too many no-shows shorten the horizon; None where they do not."""
    recent = recent_no_shows(no_shows, now, policy)
    too_many = len(recent) - policy.no_shows_allowed
    return recent[too_many - 1] + timedelta(days=policy.no_show_days) if too_many > 0 else None


def broken_rules(plan: Plan, machine: Machine | None, situation: Situation) -> list[Reason]:
    """Every rule that a plan breaks, none left out. `machine` None: there is no such workstation."""
    reasons = [*_broken_times(plan, machine, situation), *_broken_machine(plan, machine)]
    if plan.length > timedelta():
        if machine is not None:
            reasons += [*gpus_taken(plan, machine), *_out_of_service(plan, machine)]
        reasons += _closed(plan, situation)
        if within_reach(plan, situation.now):
            reasons += _outside_hours(plan, machine, situation)
            reasons += broken_quotas(plan, machine, situation)
            reasons += _too_close(plan, machine, situation)
    return [*reasons, *_broken_person(plan, machine, situation)]


def _broken_times(plan: Plan, machine: Machine | None, situation: Situation) -> Iterator[Reason]:
    policy, length = situation.policy_of(machine), plan.length
    if plan.starts_at < situation.earliest_start(machine):
        yield Reason(Code.IN_THE_PAST, {"start": plan.starts_at})
    if length <= timedelta():
        yield Reason(Code.ENDS_BEFORE_START, {"start": plan.starts_at, "end": plan.ends_at})
    if _off_grid(plan, machine, situation):
        yield Reason(Code.OFF_GRID, {"minutes": policy.slot_minutes}, overridable=True)
    if timedelta() < length < timedelta(minutes=policy.shortest_minutes):
        yield Reason(Code.TOO_SHORT, {"minutes": policy.shortest_minutes}, overridable=True)
    if length > timedelta(hours=policy.longest_hours):
        facts: dict[str, object] = {"hours": policy.longest_hours}
        if length > LONGEST_EVER:
            facts["staff_hours"] = LONGEST_EVER // timedelta(hours=1)
        yield Reason(Code.TOO_LONG, facts, overridable=length <= LONGEST_EVER)
    yield from _beyond_horizon(plan, machine, situation)


def _beyond_horizon(plan: Plan, machine: Machine | None, situation: Situation) -> Iterator[Reason]:
    days = situation.horizon_days(machine)
    if _days_ahead(plan, situation) <= days:
        return
    policy, now, no_shows = situation.policy_of(machine), situation.now, situation.booker.no_shows
    overridable = plan.starts_at - now <= FURTHEST_EVER
    if days == policy.horizon_days:
        beyond_all = {} if overridable else {"staff_days": FURTHEST_EVER.days}
        yield Reason(Code.BEYOND_HORIZON, {"days": days, **beyond_all}, overridable)
        return
    recent = len(recent_no_shows(no_shows, now, policy))
    facts = {"days": days, "no_shows": recent, "until": penalty_until(no_shows, now, policy)}
    yield Reason(Code.HORIZON_SHORTENED, facts, overridable)


def _days_ahead(plan: Plan, situation: Situation) -> int:
    """How many days of the calendar a start is ahead; the years 1 and 9999 have no local day."""
    ahead = plan.starts_at - situation.now
    if abs(ahead) > FURTHEST_EVER:
        return ahead.days
    return (situation.time.day_of(plan.starts_at) - situation.time.day_of(situation.now)).days


def within_reach(plan: Plan, now: datetime) -> bool:
    """Whether the calendar need be asked about a plan, which may lie in the year 9999."""
    return abs(plan.starts_at - now) <= FURTHEST_EVER and plan.length <= LONGEST_EVER


def _off_grid(plan: Plan, machine: Machine | None, situation: Situation) -> bool:
    slot, reach = situation.slot(machine), FURTHEST_EVER + LONGEST_EVER
    return any(
        abs(instant - situation.now) <= reach and slot_start(situation.time, instant, slot) != instant
        for instant in (plan.starts_at, plan.ends_at)
    )


def _broken_machine(plan: Plan, machine: Machine | None) -> Iterator[Reason]:
    if machine is not None and machine.retired:
        yield Reason(Code.WORKSTATION_RETIRED, {"workstation": machine.name})
    if not plan.gpu_numbers:
        yield Reason(Code.NO_GPUS)
    if machine is not None:
        if len(plan.gpu_numbers) > len(machine.taken):
            facts = {"workstation": machine.name, "gpus": len(machine.taken)}
            yield Reason(Code.TOO_MANY_GPUS, facts)
            return
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


def of_any_gpus(reasons: Iterable[Reason], plan: Plan, machine: Machine) -> list[Reason]:
    """The reasons against a plan whose GPUs the lab picked: how many are free, not which are taken.

    More GPUs than a machine has are that and no more: neither taken nor counted.
    """
    reasons = list(reasons)
    if any(reason.code == Code.TOO_MANY_GPUS for reason in reasons):
        return [reason for reason in reasons if reason.code not in _OF_MANY_GPUS]
    taken = [reason for reason in reasons if reason.code == Code.GPU_TAKEN]
    if not taken:
        return reasons
    facts: dict[str, object] = {"workstation": machine.name, "start": plan.starts_at, "end": plan.ends_at}
    if free := len(machine.free_gpus(plan.starts_at, plan.ends_at)):
        facts["free"] = free
    too_few = Reason(Code.GPU_TAKEN, facts)
    first = reasons.index(taken[0])
    return [*reasons[:first], too_few, *(one for one in reasons[first:] if one.code != Code.GPU_TAKEN)]


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


def _outside_hours(plan: Plan, machine: Machine | None, situation: Situation) -> Iterator[Reason]:
    if not situation.policy_of(machine).only_when_open or _is_always_open(situation):
        return
    day = situation.time.day_of(plan.starts_at)
    # Where the lab closes after midnight, the day before may still be open.
    for opened_on in (day, day - timedelta(days=1)):
        opens, closes = night(situation.time, opened_on, situation.opens, situation.closes)
        if opens <= plan.starts_at and plan.ends_at <= closes:
            return
    facts = {"opens": situation.opens, "closes": situation.closes}
    yield Reason(Code.OUTSIDE_HOURS, facts, overridable=True)


def _is_always_open(situation: Situation) -> bool:
    return (situation.opens, situation.closes) == ("00:00", "24:00")


def uses_of(plan: Plan, machine: Machine | None, situation: Situation) -> tuple[Use, ...]:
    """What a plan costs, made now: nothing at the last minute or in off-peak hours."""
    policy, costs = situation.policy_of(machine), situation.costs_quota
    if costs is None:
        costs = not is_last_minute(plan.starts_at, plan.length, situation.now, policy)
    if not costs or not plan.gpu_numbers:
        return ()
    pool = machine.id if machine is not None and machine.has_own_quota else 0
    whole = Use(plan.starts_at, plan.ends_at, len(plan.gpu_numbers), pool)
    return charged(whole, policy, situation.time)


def still_counted(plan: Plan, machine: Machine | None, situation: Situation) -> tuple[Use, ...]:
    """What was given up too late and counts beside the plan: all of it, or nothing.

    Nothing where the plan itself is charged for all those hours, with as many GPUs.
    """
    new = uses_of(plan, machine, situation)
    makes_up = all(any(_covers(use, old) for use in new) for old in situation.given_up)
    return () if makes_up else situation.given_up


def _covers(use: Use, old: Use) -> bool:
    spans_it = use.starts_at <= old.starts_at and old.ends_at <= use.ends_at
    return spans_it and use.gpu_count >= old.gpu_count and use.pool == old.pool


def broken_quotas(plan: Plan, machine: Machine | None, situation: Situation) -> list[Reason]:
    """The quotas, of the start-up and of the person, that a plan goes beyond."""
    booker, policy = situation.booker, situation.policy_of(machine)
    if booker.startup is None or not (new := uses_of(plan, machine, situation)):
        return []
    name = machine.name if machine is not None and machine.has_own_quota else ""
    limits = (policy.startup_hours_a_week, policy.person_hours_a_week)
    given_up = still_counted(plan, machine, situation)
    ours, own = (*booker.uses, *given_up), (*booker.own_uses, *given_up)
    return [
        *over_quota(
            *(Code.STARTUP_QUOTA, new, ours, limits[0], situation.time),
            startup=booker.startup,
            workstation=name,
        ),
        *over_quota(*(Code.PERSON_QUOTA, new, own, limits[1], situation.time), workstation=name),
    ]


def _too_close(plan: Plan, machine: Machine | None, situation: Situation) -> Iterator[Reason]:
    """Bookings one after the other with less than the gap between them; side by side they may be."""
    gap = timedelta(minutes=situation.policy_of(machine).gap_minutes)
    for other in situation.booker.own_spans:
        apart = max(plan.starts_at - other.ends_at, other.starts_at - plan.ends_at)
        if timedelta() <= apart < gap:
            facts = {"minutes": gap // timedelta(minutes=1), "start": other.starts_at, "end": other.ends_at}
            yield Reason(Code.GAP_TOO_SHORT, facts, overridable=True)


def _broken_person(plan: Plan, machine: Machine | None, situation: Situation) -> Iterator[Reason]:
    booker = situation.booker
    limit = situation.policy_of(machine).person_bookings_open
    if booker.open_bookings >= limit:
        yield Reason(Code.TOO_MANY_OPEN_BOOKINGS, {"limit": limit}, overridable=True)
    if not booker.in_programme:
        yield Reason(Code.NOT_IN_PROGRAMME, {"startup": booker.startup or ""}, overridable=True)
    elif booker.member_until is not None and plan.ends_at > booker.member_until:
        last_day = situation.time.day_of(booker.member_until - timedelta(milliseconds=1))
        facts = {"startup": booker.startup or "", "day": last_day}
        yield Reason(Code.MEMBERSHIP_ENDS, facts, overridable=True)


def cancelled_late(starts_at: datetime, now: datetime, late_cancel_minutes: int) -> bool:
    """Whether a booking given back now still counts as used."""
    return starts_at - now < timedelta(minutes=late_cancel_minutes)


def no_show_due_at(starts_at: datetime, created_at: datetime, no_show_minutes: int) -> datetime:
    """When a booking nobody checked in to is released. Made in its running slot, it waits from then on."""
    return max(starts_at, created_at) + timedelta(minutes=no_show_minutes)
