"""The booking rules against a model that knows nothing but single minutes and the wall clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lab_tui.clock import LabTime
from lab_tui.config import GpusSection
from lab_tui.lab.rules.booking import (
    Blocked,
    Booker,
    Machine,
    Plan,
    Situation,
    Span,
    Use,
    broken_rules,
    cancelled_late,
    day_start,
    no_show_due_at,
    slot_start,
    weeks,
)
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.rules.remedies import MOST_OFFERED, mended, remedies

MINUTE = timedelta(minutes=1)
POLICY = GpusSection(
    shortest_minutes=60, longest_hours=12, horizon_days=5, startup_hours_a_week=30, person_bookings_open=3
)
# The Saturday before the clocks go back in Berlin, and before they go forward in Santiago.
ZONES = {
    "Asia/Hong_Kong": datetime(2026, 11, 22, 6, 32, tzinfo=UTC),
    "Europe/Berlin": datetime(2026, 10, 24, 12, 10, tzinfo=UTC),
    "America/Santiago": datetime(2026, 9, 5, 15, 50, tzinfo=UTC),
}
NEVER_OVERRIDDEN = {
    Code.IN_THE_PAST,
    Code.ENDS_BEFORE_START,
    Code.NO_GPUS,
    Code.UNKNOWN_GPU,
    Code.WORKSTATION_RETIRED,
    Code.GPU_TAKEN,
    Code.OUT_OF_SERVICE,
}

minutes_from_now = st.integers(-3 * 60, 7 * 24 * 60).map(lambda number: number // 15 * 15) | st.integers(
    -200, 9000
)
lengths = st.sampled_from([-30, 0, 15, 30, 60, 90, 120, 300, 720, 735, 1440]) | st.integers(-5, 900)


@st.composite
def spans(draw: st.DrawFn, now: datetime) -> tuple[Span, ...]:
    """Times of one GPU, in order, none overlapping."""
    edges = sorted(draw(st.sets(st.integers(-300, 9000), max_size=8)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple(Span(now + first * MINUTE, now + last * MINUTE) for first, last in pairs)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Plan, Machine, Situation]:
    zone = draw(st.sampled_from(sorted(ZONES)))
    now = ZONES[zone]
    base = now.replace(minute=0)
    start = base + draw(minutes_from_now) * MINUTE
    plan = Plan(
        tuple(sorted(draw(st.sets(st.integers(0, 4), max_size=4)))), start, start + draw(lengths) * MINUTE
    )

    def blocked(kind: str) -> st.SearchStrategy[Blocked]:
        return st.builds(
            lambda begin, length: Blocked(
                kind, base + begin * MINUTE, None if length is None else base + (begin + length) * MINUTE
            ),
            st.integers(-300, 9000),
            st.none() | st.integers(1, 2000) if kind == "fan" else st.integers(1, 2000),
        )

    machine = Machine(
        1,
        "lantau",
        48,
        draw(st.booleans()) and draw(st.booleans()),
        {number: draw(spans(base)) for number in range(4)},
        tuple(draw(st.lists(blocked("fan"), max_size=2))),
    )
    uses = [
        Use(base + begin * MINUTE, base + (begin + length) * MINUTE, count)
        for begin, length, count in draw(
            st.lists(st.tuples(st.integers(-9000, 9000), st.integers(1, 900), st.integers(1, 4)), max_size=5)
        )
    ]
    booker = Booker(
        draw(st.sampled_from([None, "Lumen Vision"])),
        draw(st.booleans()),
        draw(st.integers(0, 4)),
        tuple(uses),
    )
    closures = tuple(draw(st.lists(blocked("typhoon"), max_size=2)))
    policy = replace(POLICY, slot_minutes=draw(st.sampled_from([15, 30, 60])))
    return plan, machine, Situation(now, LabTime.named(zone), policy, booker, closures)


def minutes(starts_at: datetime, ends_at: datetime | None) -> set[int]:
    """The minutes of a time, as numbers; without an end, those of the next two weeks."""
    first = int(starts_at.timestamp()) // 60
    last = first + 20_160 if ends_at is None else int(ends_at.timestamp()) // 60
    return set(range(first, last))


def model(plan: Plan, machine: Machine, situation: Situation) -> list[str]:
    """The codes that must come out, computed minute by minute."""
    zone, policy = situation.time.zone, situation.policy
    start, end = plan.starts_at.astimezone(zone), plan.ends_at.astimezone(zone)
    now = situation.now.astimezone(zone)
    wanted = minutes(plan.starts_at, plan.ends_at)
    codes: list[str] = []
    slot = policy.slot_minutes
    running = situation.now - timedelta(minutes=now.minute % slot)
    codes += [Code.IN_THE_PAST] * (plan.starts_at < running)
    codes += [Code.ENDS_BEFORE_START] * (not wanted)
    codes += [Code.OFF_GRID] * bool(start.minute % slot or end.minute % slot)
    codes += [Code.TOO_SHORT] * (0 < len(wanted) < policy.shortest_minutes)
    codes += [Code.TOO_LONG] * (len(wanted) > policy.longest_hours * 60)
    codes += [Code.BEYOND_HORIZON] * ((start.date() - now.date()).days > policy.horizon_days)
    codes += [Code.WORKSTATION_RETIRED] * machine.retired
    codes += [Code.NO_GPUS] * (not plan.gpu_numbers)
    for number in plan.gpu_numbers:
        if number in machine.taken:
            hit = [span for span in machine.taken[number] if wanted & minutes(span.starts_at, span.ends_at)]
            codes += [Code.GPU_TAKEN] * len(hit)
        else:
            codes.append(Code.UNKNOWN_GPU)
    codes += [Code.OUT_OF_SERVICE for one in machine.outages if wanted & minutes(one.starts_at, one.ends_at)]
    codes += [Code.LAB_CLOSED for one in situation.closures if wanted & minutes(one.starts_at, one.ends_at)]
    codes += [Code.STARTUP_QUOTA] * weeks_over(plan, situation)
    codes += [Code.TOO_MANY_OPEN_BOOKINGS] * (situation.booker.open_bookings >= policy.person_bookings_open)
    codes += [Code.NOT_IN_PROGRAMME] * (not situation.booker.in_programme)
    return sorted(codes)


def weeks_over(plan: Plan, situation: Situation) -> int:
    """In how many weeks of the wall calendar the start-up would have too many GPU-minutes."""
    if situation.booker.startup is None or not plan.gpu_numbers:
        return 0
    zone: ZoneInfo = situation.time.zone
    by_week: dict[tuple[int, int], int] = {}
    mine: set[tuple[int, int]] = set()
    this = Use(plan.starts_at, plan.ends_at, len(plan.gpu_numbers))
    for use in (*situation.booker.uses, this):
        for minute in minutes(use.starts_at, use.ends_at):
            week = datetime.fromtimestamp(minute * 60, zone).isocalendar()[:2]
            by_week[week] = by_week.get(week, 0) + use.gpu_count
            if use is this:
                mine.add(week)
    return sum(by_week[week] > situation.policy.startup_hours_a_week * 60 for week in mine)


@settings(max_examples=250, deadline=None)
@given(cases())
def test_every_broken_rule_comes_out_and_no_other(case: tuple[Plan, Machine, Situation]) -> None:
    plan, machine, situation = case
    reasons = broken_rules(plan, machine, situation)
    assert sorted(reason.code for reason in reasons) == model(plan, machine, situation)
    for reason in reasons:
        assert reason.overridable == (reason.code not in NEVER_OVERRIDDEN)


@settings(max_examples=120, deadline=None)
@given(cases(), st.integers(0, 2))
def test_each_remedy_passes_every_rule(case: tuple[Plan, Machine, Situation], other_count: int) -> None:
    plan, machine, situation = case
    others = tuple(
        Machine(2 + index, f"other-{index}", 24 * index, False, {0: (), 1: ()})
        for index in range(other_count)
    )
    reasons = broken_rules(plan, machine, situation)
    found = remedies(plan, machine, others, reasons, situation) if reasons else ()
    assert len(found) <= MOST_OFFERED
    assert len(set(map(repr, found))) == len(found)
    for choice in found:
        assert model(choice.plan, choice.machine, situation) == []
    hopeless = {Code.NOT_IN_PROGRAMME, Code.TOO_MANY_OPEN_BOOKINGS} & {reason.code for reason in reasons}
    if hopeless:
        assert found == ()


def a_situation(**more: object) -> Situation:
    zone = "Asia/Hong_Kong"
    made = Situation(ZONES[zone], LabTime.named(zone), GpusSection(), Booker("Lumen Vision", True))
    return replace(made, **more)  # type: ignore[arg-type]


FREE = Machine(1, "lantau", 48, False, {0: (), 1: ()})
TONIGHT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def wish(hours: float = 2, gpus: tuple[int, ...] = (0, 1), start: datetime = TONIGHT) -> Plan:
    return Plan(gpus, start, start + timedelta(hours=hours))


def test_a_good_plan_breaks_nothing() -> None:
    assert broken_rules(wish(), FREE, a_situation()) == []


def test_the_running_slot_may_be_booked_and_the_one_before_not() -> None:
    running = ZONES["Asia/Hong_Kong"].replace(minute=30)
    assert broken_rules(wish(start=running), FREE, a_situation()) == []
    before = broken_rules(wish(start=running - timedelta(minutes=30)), FREE, a_situation())
    assert [reason.code for reason in before] == [Code.IN_THE_PAST]


def test_all_reasons_come_at_once_with_their_facts() -> None:
    taken = Machine(1, "lantau", 48, False, {0: (Span(TONIGHT, TONIGHT + timedelta(hours=1)),), 1: ()})
    full = Booker("Lumen Vision", True, 0, (Use(TONIGHT, TONIGHT + timedelta(hours=39), 2),))
    reasons = broken_rules(wish(), taken, a_situation(booker=full))
    by_code = {reason.code: reason.facts for reason in reasons}
    assert by_code[Code.GPU_TAKEN] == {
        "workstation": "lantau",
        "gpu": 0,
        "start": TONIGHT,
        "end": TONIGHT + timedelta(hours=1),
    }
    # Sunday 20:00: only four hours lie before Monday, so this week it is 8 + 4 GPU-hours.
    assert Code.STARTUP_QUOTA not in by_code
    monday = TONIGHT + timedelta(hours=4)
    over = broken_rules(wish(hours=6, start=monday), taken, a_situation(booker=full))
    quota = next(reason for reason in over if reason.code == Code.STARTUP_QUOTA)
    assert quota.facts == {
        "startup": "Lumen Vision",
        "would_have": 82.0,
        "limit": 80,
        "week": date(2026, 11, 23),
    }


def test_quota_is_reached_but_not_passed_at_the_limit() -> None:
    monday = TONIGHT + timedelta(hours=4)
    used = Booker("Lumen Vision", True, 0, (Use(monday, monday + timedelta(hours=38), 2),))
    assert broken_rules(wish(start=monday, hours=2), FREE, a_situation(booker=used)) == []
    over = broken_rules(wish(start=monday, hours=2.5), FREE, a_situation(booker=used))
    assert [reason.code for reason in over] == [Code.STARTUP_QUOTA]


@pytest.mark.parametrize("year", [1, 9999])
def test_absurd_times_are_refused_and_not_a_crash(year: int) -> None:
    start = datetime(year, 6, 1, tzinfo=UTC)
    codes = {
        reason.code: reason.overridable for reason in broken_rules(wish(start=start), FREE, a_situation())
    }
    assert codes == {Code.IN_THE_PAST: False} if year == 1 else {Code.BEYOND_HORIZON: False}
    longest = broken_rules(Plan((0,), TONIGHT, datetime(9999, 12, 31, tzinfo=UTC)), FREE, a_situation())
    assert [(reason.code, reason.overridable) for reason in longest] == [(Code.TOO_LONG, False)]


def test_days_with_a_clock_change_keep_the_grid_and_their_hours() -> None:
    berlin, santiago = LabTime.named("Europe/Berlin"), LabTime.named("America/Santiago")
    # In Berlin 2026-10-25 has 25 hours; the week from Monday 19 has 169.
    starts_at, ends_at = berlin.day_span(date(2026, 10, 25))
    ((monday, begin, end),) = weeks(berlin, starts_at, ends_at)
    assert (monday, end - begin) == (date(2026, 10, 19), timedelta(hours=169))
    # In Santiago 2026-09-06 begins at 01:00, as midnight does not exist.
    assert day_start(santiago, date(2026, 9, 6)) == datetime(2026, 9, 6, 4, 0, tzinfo=UTC)
    assert slot_start(santiago, datetime(2026, 9, 6, 4, 44, tzinfo=UTC), timedelta(minutes=30)) == datetime(
        2026, 9, 6, 4, 30, tzinfo=UTC
    )


@settings(max_examples=200, deadline=None)
@given(cases())
@example((wish(hours=400), FREE, a_situation()))
def test_a_mended_plan_breaks_no_rule_of_times(case: tuple[Plan, Machine, Situation]) -> None:
    plan, _, situation = case
    free = Machine(1, "free", 48, False, dict.fromkeys(range(5), ()))
    alone = replace(situation, booker=Booker(None, True), closures=())
    near = replace(mended(plan, situation), gpu_numbers=(0,))
    assert broken_rules(near, free, alone) == []


def test_late_is_less_than_the_cut_off_before_the_start() -> None:
    assert not cancelled_late(TONIGHT, TONIGHT - timedelta(minutes=60), 60)
    assert cancelled_late(TONIGHT, TONIGHT - timedelta(minutes=59), 60)
    assert cancelled_late(TONIGHT, TONIGHT + timedelta(minutes=1), 0)


def test_a_booking_made_in_its_running_slot_is_awaited_as_long_as_others() -> None:
    assert no_show_due_at(TONIGHT, TONIGHT - timedelta(days=1), 30) == TONIGHT + timedelta(minutes=30)
    made = TONIGHT + timedelta(minutes=29)
    assert no_show_due_at(TONIGHT, made, 30) == made + timedelta(minutes=30)
