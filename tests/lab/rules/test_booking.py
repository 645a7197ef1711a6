"""The booking rules against a model that knows nothing but single minutes and the wall clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lab_tui.clock import LabTime
from lab_tui.lab.rules.booking import (
    Booker,
    Machine,
    Plan,
    Situation,
    Span,
    broken_rules,
    cancelled_late,
    no_show_due_at,
)
from lab_tui.lab.rules.calendar import day_start, slot_start, weeks
from lab_tui.lab.rules.quota import Use
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.rules.remedies import MOST_OFFERED, mended, near_choices
from tests.lab.rules.minute_model import DAY, ZONES, cases, machines, model
from tests.lab.rules.offered import remedies
from tests.world import PLAIN

NEVER_OVERRIDDEN = {
    Code.IN_THE_PAST,
    Code.ENDS_BEFORE_START,
    Code.NO_GPUS,
    Code.TOO_MANY_GPUS,
    Code.UNKNOWN_GPU,
    Code.WORKSTATION_RETIRED,
    Code.GPU_TAKEN,
    Code.OUT_OF_SERVICE,
}


@settings(max_examples=250, deadline=None)
@given(cases())
def test_every_broken_rule_comes_out_and_no_other(case: tuple[Plan, Machine, Situation]) -> None:
    plan, machine, situation = case
    reasons = broken_rules(plan, machine, situation)
    assert sorted(reason.code for reason in reasons) == model(plan, machine, situation)
    for reason in reasons:
        assert reason.overridable == (reason.code not in NEVER_OVERRIDDEN)


@settings(max_examples=150, deadline=None)
@given(cases(), st.data())
def test_each_remedy_passes_every_rule(case: tuple[Plan, Machine, Situation], data: st.DataObject) -> None:
    plan, machine, situation = case
    base = situation.now.replace(minute=0)
    others = tuple(data.draw(machines(base, number)) for number in range(2, 2 + data.draw(st.integers(0, 2))))
    reasons = broken_rules(plan, machine, situation)
    found = remedies(plan, machine, others, reasons, situation) if reasons else ()
    assert len(found) <= MOST_OFFERED
    assert len(set(map(repr, found))) == len(found)
    for choice in found:
        assert model(choice.plan, choice.machine, situation) == []


def a_situation(**more: object) -> Situation:
    zone = "Asia/Hong_Kong"
    made = Situation(ZONES[zone], LabTime.named(zone), PLAIN, Booker("Lumen Vision", True))
    return replace(made, **more)  # type: ignore[arg-type]


def a_booker(**more: object) -> Booker:
    return Booker("Lumen Vision", True, **more)  # type: ignore[arg-type]


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
        "workstation": "",
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


@pytest.mark.parametrize("zone", sorted(ZONES))
@pytest.mark.parametrize("end", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_an_end_at_the_edge_of_time_is_refused_and_has_remedies(zone: str, end: datetime) -> None:
    situation = a_situation(now=ZONES[zone], time=LabTime.named(zone))
    start = slot_start(situation.time, ZONES[zone] + timedelta(hours=3), timedelta(hours=1))
    plan = Plan((0,), start, end)
    reasons = broken_rules(plan, FREE, situation)
    assert [reason.code for reason in reasons] == [Code.ENDS_BEFORE_START if end < start else Code.TOO_LONG]
    found = remedies(plan, FREE, (), reasons, situation)
    assert len(found) == 3
    assert {model(choice.plan, choice.machine, situation) == [] for choice in found} == {True}


def test_too_many_gpus_are_one_reason_and_a_wrong_number_another() -> None:
    many = broken_rules(wish(gpus=(0, 1, 2, 9)), FREE, a_situation())
    assert [(reason.code, reason.facts) for reason in many] == [
        (Code.TOO_MANY_GPUS, {"workstation": "lantau", "gpus": 2})
    ]
    wrong = broken_rules(wish(gpus=(-1, 1)), FREE, a_situation())
    assert [(reason.code, reason.facts["gpu"]) for reason in wrong] == [(Code.UNKNOWN_GPU, -1)]
    fewer = remedies(wish(gpus=(0, 1, 2, 9)), FREE, (), many, a_situation())
    assert fewer[0].plan == wish()


NOW = ZONES["Asia/Hong_Kong"]
# Twice nobody came; a third time, two weeks ago to the minute, is forgotten.
MISSED = (NOW - 14 * DAY, NOW - 9 * DAY, NOW - 2 * DAY)


def test_no_shows_shorten_the_horizon_for_a_while() -> None:
    far = wish(start=TONIGHT + 5 * DAY)
    twice = a_situation(booker=a_booker(no_shows=MISSED))
    assert broken_rules(far, FREE, twice) == []
    thrice = a_situation(booker=a_booker(no_shows=(*MISSED, NOW - DAY)))
    (reason,) = broken_rules(far, FREE, thrice)
    # One of the three is forgotten when the eldest is two weeks old.
    assert (reason.code, reason.facts) == (
        Code.HORIZON_SHORTENED,
        {"days": 2, "no_shows": 3, "until": NOW + 5 * DAY},
    )
    assert broken_rules(wish(start=TONIGHT + 2 * DAY), FREE, thrice) == []
    for choice in remedies(far, FREE, (), [reason], thrice):
        assert choice.plan.starts_at - NOW < 3 * DAY
    assert broken_rules(far, FREE, replace(thrice, now=NOW + 5 * DAY)) == []


def test_nobody_books_beyond_their_time_in_the_lab() -> None:
    # 2026-11-23 is the last day.
    leaving = a_situation(booker=a_booker(member_until=datetime(2026, 11, 23, 16, tzinfo=UTC)))
    over_the_edge = wish(hours=4, start=datetime(2026, 11, 23, 14, tzinfo=UTC))
    (reason,) = broken_rules(over_the_edge, FREE, leaving)
    assert (reason.code, reason.facts["day"]) == (Code.MEMBERSHIP_ENDS, date(2026, 11, 23))
    first, second, *_ = remedies(over_the_edge, FREE, (replace(FREE, id=2),), [reason], leaving)
    assert first.plan == second.plan == wish(hours=4, start=datetime(2026, 11, 23, 12, tzinfo=UTC))
    gone = a_situation(booker=a_booker(member_until=NOW - DAY))
    reasons = broken_rules(wish(), FREE, gone)
    assert [reason.code for reason in reasons] == [Code.MEMBERSHIP_ENDS]
    assert remedies(wish(), FREE, (replace(FREE, id=2),), reasons, gone) == ()


def test_a_machine_that_allows_more_bookings_is_a_way_out() -> None:
    busy = a_situation(booker=a_booker(open_bookings=6))
    reasons = broken_rules(wish(), FREE, busy)
    assert [reason.code for reason in reasons] == [Code.TOO_MANY_OPEN_BOOKINGS]
    assert remedies(wish(), FREE, (replace(FREE, id=2),), reasons, busy) == ()
    generous = replace(FREE, id=2, name="kowloon", policy=replace(PLAIN, person_bookings_open=9))
    found = remedies(wish(), FREE, (generous,), reasons, busy)
    assert {choice.machine.name for choice in found} == {"kowloon"}
    assert found[0].plan == wish()


def test_another_machine_comes_first_only_for_a_time_that_is_known() -> None:
    """What is near is known as far as `others_span`; what lies beyond comes with all that is further."""
    far = wish(start=TONIGHT + 30 * DAY)
    short = replace(FREE, policy=replace(PLAIN, horizon_days=60))
    retired = replace(short, retired=True)
    reasons = broken_rules(far, retired, a_situation())
    assert [reason.code for reason in reasons] == [Code.WORKSTATION_RETIRED]
    # Their horizon of two weeks ends long before what is known of them begins.
    other = replace(FREE, id=2)
    assert list(near_choices(far, retired, (other,), reasons, a_situation())) == []
    latest = mended(far, other, a_situation())
    assert remedies(far, retired, (other,), reasons, a_situation())[0].plan == latest


def test_one_s_bookings_are_apart_or_side_by_side() -> None:
    paused = a_situation(
        policy=replace(PLAIN, gap_minutes=60),
        booker=a_booker(own_spans=(Span(TONIGHT, TONIGHT + timedelta(hours=2)),)),
    )
    assert broken_rules(wish(), FREE, paused) == []
    assert broken_rules(wish(start=TONIGHT + timedelta(hours=3)), FREE, paused) == []
    for start in (TONIGHT - timedelta(hours=2), TONIGHT + timedelta(hours=2)):
        (reason,) = broken_rules(wish(start=start), FREE, paused)
        assert (reason.code, reason.facts["minutes"]) == (Code.GAP_TOO_SHORT, 60)
        for choice in remedies(wish(start=start), FREE, (), [reason], paused):
            assert model(choice.plan, choice.machine, paused) == []


def test_opening_hours_may_run_past_midnight() -> None:
    late = a_situation(policy=replace(PLAIN, only_when_open=True), opens="18:00", closes="2:00")
    assert broken_rules(wish(hours=6), FREE, late) == []
    assert broken_rules(wish(hours=2, start=TONIGHT + timedelta(hours=4)), FREE, late) == []
    (reason,) = broken_rules(wish(hours=6.5), FREE, late)
    assert (reason.code, reason.facts) == (Code.OUTSIDE_HOURS, {"opens": "18:00", "closes": "2:00"})


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
    plan, machine, situation = case
    free = replace(machine, retired=False, outages=(), taken={0: ()})
    no_shows = situation.booker.no_shows
    alone = replace(
        situation, booker=Booker(None, True, no_shows=no_shows), closures=(), opens="00:00", closes="24:00"
    )
    near = replace(mended(plan, free, alone), gpu_numbers=(0,))
    assert broken_rules(near, free, alone) == []
    assert mended(near, free, alone) == near


def test_over_the_edge_of_a_day_that_hours_do_not_fill_a_plan_stays_on_the_grid() -> None:
    """On Lord Howe 4 October has 23 and a half hours, so the slots after 02:00 begin at half past."""
    lord_howe = LabTime.named("Australia/Lord_Howe")
    policy = replace(PLAIN, slot_minutes=60, shortest_minutes=60, longest_hours=4)
    situation = a_situation(now=ZONES["Australia/Lord_Howe"], time=lord_howe, policy=policy)
    late = lord_howe.exact("start", date(2026, 10, 4), time(22, 30))
    for wished, mended_to in ((2, 2.5), (4, 3.5)):
        near = mended(wish(wished, start=late), FREE, situation)
        assert near == wish(mended_to, start=late)
        assert broken_rules(near, FREE, situation) == []


def test_late_is_less_than_the_cut_off_before_the_start() -> None:
    assert not cancelled_late(TONIGHT, TONIGHT - timedelta(minutes=60), 60)
    assert cancelled_late(TONIGHT, TONIGHT - timedelta(minutes=59), 60)
    assert cancelled_late(TONIGHT, TONIGHT + timedelta(minutes=1), 0)


def test_a_booking_made_in_its_running_slot_is_awaited_as_long_as_others() -> None:
    assert no_show_due_at(TONIGHT, TONIGHT - timedelta(days=1), 30) == TONIGHT + timedelta(minutes=30)
    made = TONIGHT + timedelta(minutes=29)
    assert no_show_due_at(TONIGHT, made, 30) == made + timedelta(minutes=30)
