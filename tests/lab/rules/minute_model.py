"""The booking rules once more, by single minutes and the wall clock: sets of minutes instead of spans."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

from hypothesis import strategies as st

from lab_tui.clock import LabTime
from lab_tui.config import GpusSection
from lab_tui.lab.rules.booking import Blocked, Booker, Machine, Plan, Situation, Span
from lab_tui.lab.rules.quota import Use
from lab_tui.lab.rules.reasons import Code

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
POLICY = GpusSection(
    shortest_minutes=60,
    longest_hours=12,
    horizon_days=5,
    startup_hours_a_week=30,
    person_hours_a_week=20,
    person_bookings_open=3,
    off_peak_from="",
    off_peak_until="",
    last_minute_minutes=0,
    no_shows_allowed=1,
    no_show_days=7,
    no_show_horizon_days=1,
)
# The day before clocks go back in Berlin, forward in Santiago at midnight, by half an hour on Lord Howe.
ZONES = {
    "Asia/Hong_Kong": datetime(2026, 11, 22, 6, 32, tzinfo=UTC),
    "Europe/Berlin": datetime(2026, 10, 24, 12, 10, tzinfo=UTC),
    "America/Santiago": datetime(2026, 9, 5, 15, 50, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 10, 3, 1, 5, tzinfo=UTC),
}


def number(instant: datetime) -> int:
    """An instant as minutes since 1970."""
    return int(instant.timestamp()) // 60


def minutes(starts_at: datetime, ends_at: datetime | None) -> set[int]:
    """The minutes of a time; without an end, those of the next two weeks."""
    first = number(starts_at)
    return set(range(first, first + 20_160 if ends_at is None else number(ends_at)))


@cache
def first_minute(time: LabTime, day: date, wall: str) -> int:
    """The first minute in which the wall clock shows a day and at least HH:MM, found by looking at each."""
    shown = (day + DAY, "00:00") if wall == "24:00" else (day, wall.zfill(5))
    minute = number(datetime(day.year, day.month, day.day, tzinfo=UTC)) - 16 * 60
    while True:
        local = datetime.fromtimestamp(minute * 60, time.zone)
        if (local.date(), f"{local:%H:%M}") >= shown:
            return minute
        minute += 1


def day_of(time: LabTime, minute: int) -> date:
    return datetime.fromtimestamp(minute * 60, time.zone).date()


def into_slot(time: LabTime, minute: int, slot_minutes: int) -> int:
    """How many minutes ago the slot of a minute began."""
    return (minute - first_minute(time, day_of(time, minute), "00:00")) % slot_minutes


def between(time: LabTime, day: date, begins: str, ends: str) -> set[int]:
    """The minutes from one hour on a day until another, on the next day where that is no later."""
    last = day if ends.zfill(5) > begins.zfill(5) else day + DAY
    return set(range(first_minute(time, day, begins), first_minute(time, last, ends)))


def off_peak(time: LabTime, policy: GpusSection, wanted: set[int]) -> set[int]:
    """Those of some minutes that cost nothing."""
    found: set[int] = set()
    for day in {day_of(time, minute) + shift for minute in wanted for shift in (-DAY, 0 * DAY)}:
        if policy.off_peak_from:
            found |= between(time, day, policy.off_peak_from, policy.off_peak_until)
    if policy.off_peak_weekends:
        found |= {minute for minute in wanted if day_of(time, minute).isoweekday() > 5}
    return wanted & found


def costing(plan: Plan, machine: Machine, situation: Situation) -> set[int]:
    """The minutes of a plan that cost quota."""
    policy = situation.policy_of(machine)
    is_soon = (plan.starts_at - situation.now) / MINUTE <= policy.last_minute_minutes != 0
    if is_soon and plan.length / MINUTE <= 60 * policy.last_minute_hours:
        return set()
    wanted = minutes(plan.starts_at, plan.ends_at)
    return wanted - off_peak(situation.time, policy, wanted)


def weeks_over(
    plan: Plan, machine: Machine, situation: Situation, uses: tuple[Use, ...], limit: int
) -> list[int]:
    """In which weeks of the wall calendar there would be too many GPU-minutes."""
    pool = machine.id if machine.has_own_quota else 0
    by_week: dict[tuple[int, int], int] = {}
    mine: set[tuple[int, int]] = set()

    def add(minute: int, gpus: int) -> tuple[int, int]:
        week = day_of(situation.time, minute).isocalendar()[:2]
        by_week[week] = by_week.get(week, 0) + gpus
        return week

    for use in uses:
        for minute in minutes(use.starts_at, use.ends_at) if use.pool == pool else ():
            add(minute, use.gpu_count)
    for minute in costing(plan, machine, situation):
        mine.add(add(minute, len(plan.gpu_numbers)))
    return [by_week[week] for week in sorted(mine) if by_week[week] > limit * 60]


def quota_codes(plan: Plan, machine: Machine, situation: Situation) -> list[str]:
    booker, policy = situation.booker, situation.policy_of(machine)
    if booker.startup is None or not plan.gpu_numbers:
        return []
    ours = weeks_over(plan, machine, situation, booker.uses, policy.startup_hours_a_week)
    own = weeks_over(plan, machine, situation, booker.own_uses, policy.person_hours_a_week)
    return [Code.STARTUP_QUOTA] * len(ours) + [Code.PERSON_QUOTA] * len(own)


def time_codes(plan: Plan, machine: Machine, situation: Situation) -> list[str]:
    policy, time = situation.policy_of(machine), situation.time
    start, end, now = number(plan.starts_at), number(plan.ends_at), number(situation.now)
    slot, length = policy.slot_minutes, end - start
    codes = [Code.IN_THE_PAST] * (start < now - into_slot(time, now, slot))
    codes += [Code.ENDS_BEFORE_START] * (length <= 0)
    codes += [Code.OFF_GRID] * any(into_slot(time, minute, slot) for minute in (start, end))
    codes += [Code.TOO_SHORT] * (0 < length < policy.shortest_minutes)
    codes += [Code.TOO_LONG] * (length > policy.longest_hours * 60)
    remembered = [at for at in situation.booker.no_shows if situation.now - at < policy.no_show_days * DAY]
    horizon, code = policy.horizon_days, Code.BEYOND_HORIZON
    if len(remembered) > policy.no_shows_allowed and policy.no_show_horizon_days < horizon:
        horizon, code = policy.no_show_horizon_days, Code.HORIZON_SHORTENED
    return codes + [code] * ((day_of(time, start) - day_of(time, now)).days > horizon)


def machine_codes(plan: Plan, machine: Machine) -> list[str]:
    wanted = minutes(plan.starts_at, plan.ends_at)
    codes = [Code.WORKSTATION_RETIRED] * machine.retired + [Code.NO_GPUS] * (not plan.gpu_numbers)
    too_many = len(plan.gpu_numbers) > len(machine.taken)
    codes += [Code.TOO_MANY_GPUS] * too_many
    for gpu in plan.gpu_numbers:
        if gpu in machine.taken:
            hit = [span for span in machine.taken[gpu] if wanted & minutes(span.starts_at, span.ends_at)]
            codes += [Code.GPU_TAKEN] * len(hit)
        elif not too_many:
            codes.append(Code.UNKNOWN_GPU)
    return codes + [
        Code.OUT_OF_SERVICE for one in machine.outages if wanted & minutes(one.starts_at, one.ends_at)
    ]


def person_codes(plan: Plan, machine: Machine, situation: Situation) -> list[str]:
    booker, policy = situation.booker, situation.policy_of(machine)
    codes = [Code.TOO_MANY_OPEN_BOOKINGS] * (booker.open_bookings >= policy.person_bookings_open)
    if not booker.in_programme:
        return [*codes, Code.NOT_IN_PROGRAMME]
    ends = booker.member_until is not None and plan.ends_at > booker.member_until
    return codes + [Code.MEMBERSHIP_ENDS] * ends


def calendar_codes(plan: Plan, machine: Machine, situation: Situation) -> list[str]:
    """What a plan with a length breaks of closures, opening hours and pauses."""
    policy, time = situation.policy_of(machine), situation.time
    wanted = minutes(plan.starts_at, plan.ends_at)
    codes = [Code.LAB_CLOSED for one in situation.closures if wanted & minutes(one.starts_at, one.ends_at)]
    if not wanted:
        return codes
    if policy.only_when_open and (situation.opens, situation.closes) != ("00:00", "24:00"):
        day = day_of(time, min(wanted))
        open_days = [between(time, one, situation.opens, situation.closes) for one in (day - DAY, day)]
        codes += [Code.OUTSIDE_HOURS] * (not any(wanted <= whole for whole in open_days))
    for other in situation.booker.own_spans:
        theirs = minutes(other.starts_at, other.ends_at)
        around = set(range(min(theirs) - policy.gap_minutes, max(theirs) + policy.gap_minutes + 1))
        codes += [Code.GAP_TOO_SHORT] * bool(wanted & around and not wanted & theirs)
    return codes


def model(plan: Plan, machine: Machine, situation: Situation) -> list[str]:
    """The codes that must come out."""
    codes = [*time_codes(plan, machine, situation), *machine_codes(plan, machine)]
    codes += calendar_codes(plan, machine, situation)
    if plan.length > timedelta():
        codes += quota_codes(plan, machine, situation)
    return sorted([*codes, *person_codes(plan, machine, situation)])


# Labs, machines and wishes at random

minutes_from_now = st.integers(-3 * 60, 7 * 24 * 60).map(lambda one: one // 15 * 15) | st.integers(-200, 9000)
lengths = st.sampled_from([-30, 0, 15, 30, 60, 90, 120, 300, 720, 735, 1440]) | st.integers(-5, 900)
hours_open = st.sampled_from([("00:00", "24:00"), ("09:00", "18:00"), ("9:00", "24:00"), ("18:00", "02:00")])
nights = st.sampled_from(
    [("", ""), ("22:00", "08:00"), ("9:00", "17:30"), ("02:30", "02:00"), ("00:00", "24:00")]
)


@st.composite
def policies(draw: st.DrawFn, plain: GpusSection = POLICY) -> GpusSection:
    """A policy in which each rule is sometimes on."""
    begins, ends = draw(nights)
    slot = draw(st.sampled_from([15, 30, 60]))
    return replace(
        plain,
        slot_minutes=slot,
        shortest_minutes=draw(st.sampled_from([60, 120])),
        longest_hours=draw(st.sampled_from([4, 12])),
        off_peak_from=begins,
        off_peak_until=ends,
        off_peak_weekends=draw(st.booleans()),
        last_minute_minutes=draw(st.sampled_from([0, 0, 90])),
        last_minute_hours=draw(st.sampled_from([1, 2, 12])),
        gap_minutes=draw(st.sampled_from([0, 0, 0, 45, 300])),
        only_when_open=draw(st.sampled_from([False, False, False, True])),
        startup_hours_a_week=draw(st.sampled_from([100, 30, 10])),
        person_hours_a_week=draw(st.sampled_from([100, 30, 10])),
    )


def spans(base: datetime, most: int = 8) -> st.SearchStrategy[tuple[Span, ...]]:
    """Times in order, none overlapping."""

    def pairs(edges: set[int]) -> tuple[Span, ...]:
        ordered = sorted(edges)
        twos = zip(ordered[::2], ordered[1::2], strict=False)
        return tuple(Span(base + first * MINUTE, base + last * MINUTE) for first, last in twos)

    return st.sets(st.integers(-300, 9000), max_size=most).map(pairs)


def blocks(base: datetime, kind: str, *, for_ever: bool) -> st.SearchStrategy[tuple[Blocked, ...]]:
    """Up to two outages or closures."""

    def block(begins: int, length: int | None) -> Blocked:
        ends_at = None if length is None else base + (begins + length) * MINUTE
        return Blocked(kind, base + begins * MINUTE, ends_at)

    lasts = st.integers(1, 2000)
    one = st.builds(block, st.integers(-300, 9000), lasts | st.none() if for_ever else lasts)
    return st.lists(one, max_size=2).map(tuple)


@st.composite
def machines(draw: st.DrawFn, base: datetime, number: int = 1) -> Machine:
    """A machine, sometimes with a policy and a quota of its own."""
    own = draw(st.none() | policies())
    return Machine(
        number,
        f"machine-{number}",
        24 * draw(st.integers(1, 3)),
        draw(st.booleans()) and draw(st.booleans()),
        {gpu: draw(spans(base)) for gpu in range(draw(st.sampled_from([4, 2])))},
        draw(blocks(base, "fan", for_ever=True)),
        own,
        own is not None and draw(st.booleans()),
    )


def uses(base: datetime) -> st.SearchStrategy[tuple[Use, ...]]:
    """What was booked before, of the common quota or machine 1's own."""
    numbers = (st.integers(-9000, 9000), st.integers(1, 900), st.integers(1, 4), st.integers(0, 1))
    one = st.tuples(*numbers).map(
        lambda of: Use(base + of[0] * MINUTE, base + (of[0] + of[1]) * MINUTE, of[2], of[3])
    )
    return st.lists(one, max_size=5).map(tuple)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    zone = draw(st.sampled_from(sorted(ZONES)))
    now, time = ZONES[zone], LabTime.named(zone)
    base = now.replace(minute=0)
    last_day = draw(st.sampled_from([None, None, None, 6, 2, 0]))
    leaves = None if last_day is None else first_minute(time, time.day_of(now) + last_day * DAY, "24:00")
    booker = Booker(
        draw(st.sampled_from([None, "Lumen Vision", "Lumen Vision"])),
        draw(st.sampled_from([True, True, True, True, False])),
        draw(st.sampled_from([0, 1, 2, 2, 3])),
        draw(uses(base)),
        draw(uses(base)),
        draw(spans(base, 4)),
        tuple(
            sorted(now - draw(st.integers(0, 14 * 24)) * 60 * MINUTE for _ in range(draw(st.integers(0, 3))))
        ),
        None if leaves is None else datetime.fromtimestamp(leaves * 60, UTC),
    )
    opens, closes = draw(hours_open)
    closures = draw(blocks(base, "typhoon", for_ever=False))
    return Situation(now, time, draw(policies()), booker, closures, opens, closes)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Plan, Machine, Situation]:
    """A wish for a machine, in some situation."""
    situation = draw(situations())
    base = situation.now.replace(minute=0)
    start = base + draw(minutes_from_now) * MINUTE
    gpus = tuple(sorted(draw(st.sets(st.integers(0, 4), max_size=4))))
    return Plan(gpus, start, start + draw(lengths) * MINUTE), draw(machines(base)), situation
