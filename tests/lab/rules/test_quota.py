"""What counts against a quota: by the minute, by the week, by the pool."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_tui.clock import LabTime
from lab_tui.config import GpusSection
from lab_tui.lab.rules.booking import Booker, Machine, Plan, Situation, broken_quotas, uses_of
from lab_tui.lab.rules.quota import Use, charged, hours, is_last_minute, over_quota, used
from lab_tui.lab.rules.reasons import Code
from tests.lab.rules.minute_model import MINUTE, ZONES, minutes, off_peak, policies
from tests.world import PLAIN

HOUR = timedelta(hours=1)
HONG_KONG = LabTime.named("Asia/Hong_Kong")
# Sunday 20:00 in Hong Kong.
TONIGHT = datetime(2026, 11, 22, 12, tzinfo=UTC)
NIGHTS = replace(PLAIN, off_peak_from="22:00", off_peak_until="08:00")


def spans(uses: tuple[Use, ...]) -> list[tuple[datetime, datetime]]:
    return [(use.starts_at, use.ends_at) for use in uses]


@settings(max_examples=300, deadline=None)
@given(
    policies(),
    st.sampled_from(sorted(ZONES)),
    st.integers(-3 * 1440, 3 * 1440),
    st.integers(1, 2 * 1440),
    st.integers(0, 3),
)
def test_the_minutes_that_cost_are_those_outside_off_peak(
    policy: GpusSection, zone: str, start: int, length: int, pool: int
) -> None:
    time, begin = LabTime.named(zone), ZONES[zone] + start * MINUTE
    use = Use(begin, begin + length * MINUTE, 2, pool)
    parts = charged(use, policy, time)
    wanted = minutes(use.starts_at, use.ends_at)
    parted = [minutes(part.starts_at, part.ends_at) for part in parts]
    assert set().union(*parted) == wanted - off_peak(time, policy, wanted)
    # In order, none empty, none overlapping, and of the same GPUs and pool.
    assert sum(map(len, parted)) == len(set().union(*parted))
    assert all(parted)
    assert list(parts) == sorted(parts, key=lambda part: part.starts_at)
    assert {(part.gpu_count, part.pool) for part in parts} <= {(2, pool)}


def test_a_night_costs_what_lies_before_and_after_it() -> None:
    long = Use(TONIGHT, TONIGHT + 14 * HOUR, 1)
    assert spans(charged(long, NIGHTS, HONG_KONG)) == [
        (TONIGHT, TONIGHT + 2 * HOUR),
        (TONIGHT + 12 * HOUR, TONIGHT + 14 * HOUR),
    ]
    assert charged(Use(TONIGHT + 3 * HOUR, TONIGHT + 5 * HOUR, 1), NIGHTS, HONG_KONG) == ()


def test_a_weekend_and_a_night_that_overlap_are_free_once() -> None:
    both = replace(NIGHTS, off_peak_weekends=True)
    # From Sunday 20:00 everything is free until Monday 08:00.
    assert spans(charged(Use(TONIGHT, TONIGHT + 13 * HOUR, 1), both, HONG_KONG)) == [
        (TONIGHT + 12 * HOUR, TONIGHT + 13 * HOUR)
    ]


@pytest.mark.parametrize(("day", "length"), [(date(2026, 10, 25), 11), (date(2026, 3, 29), 9)])
def test_the_night_of_a_clock_change_is_an_hour_longer_or_shorter(day: date, length: int) -> None:
    berlin = LabTime.named("Europe/Berlin")
    noon = berlin.start_of_day(day) - 12 * HOUR
    whole = Use(noon, noon + 26 * HOUR, 1)
    ((_, night_begins), (night_ends, _)) = spans(charged(whole, NIGHTS, berlin))
    assert night_ends - night_begins == length * HOUR


def test_hours_count_in_the_week_they_lie_in() -> None:
    over_the_edge = [Use(TONIGHT, TONIGHT + 10 * HOUR, 2)]
    reasons = list(over_quota(Code.STARTUP_QUOTA, over_the_edge, (), 9, HONG_KONG, startup="Lumen"))
    assert [reason.facts for reason in reasons] == [
        {"startup": "Lumen", "would_have": 12.0, "limit": 9, "week": date(2026, 11, 23)}
    ]
    assert len(list(over_quota(Code.STARTUP_QUOTA, over_the_edge, (), 7, HONG_KONG))) == 2
    assert used(over_the_edge, TONIGHT + 3 * HOUR, TONIGHT + 5 * HOUR) == 4 * HOUR
    assert hours(timedelta(minutes=50)) == 0.83


def test_a_week_that_gets_nothing_is_no_concern() -> None:
    # Over the limit already, by an override: only what is added counts.
    before = [Use(TONIGHT - 9 * HOUR, TONIGHT, 2)]
    next_week = [Use(TONIGHT + 5 * HOUR, TONIGHT + 6 * HOUR, 1)]
    assert list(over_quota(Code.PERSON_QUOTA, next_week, before, 3, HONG_KONG)) == []


def test_a_machine_with_its_own_quota_is_counted_apart() -> None:
    own = Machine(7, "lantau", 80, False, {0: (), 1: ()}, (), replace(PLAIN, startup_hours_a_week=4), True)
    common = replace(own, id=8, name="kowloon", policy=None, has_own_quota=False)
    booker = Booker(
        "Lumen", True, uses=(Use(TONIGHT, TONIGHT + HOUR, 3, 7), Use(TONIGHT, TONIGHT + HOUR, 80))
    )
    situation = Situation(TONIGHT - HOUR, HONG_KONG, PLAIN, booker)

    def codes(machine: Machine, length: int) -> list[tuple[str, object]]:
        plan = Plan((0,), TONIGHT, TONIGHT + length * HOUR)
        reasons = broken_quotas(plan, machine, situation)
        return [(reason.code, reason.facts["workstation"]) for reason in reasons]

    assert codes(own, 1) == []
    assert codes(own, 2) == [(Code.STARTUP_QUOTA, "lantau")]
    assert codes(common, 1) == [(Code.STARTUP_QUOTA, "")]


def test_one_person_has_no_more_than_their_part_of_the_start_up_s() -> None:
    policy = replace(PLAIN, person_hours_a_week=3)
    booker = Booker("Lumen", True, uses=(Use(TONIGHT, TONIGHT + 2 * HOUR, 1),))
    situation = Situation(TONIGHT - HOUR, HONG_KONG, policy, booker)
    plan = Plan((0,), TONIGHT, TONIGHT + 2 * HOUR)
    # The two hours before were a team-mate's.
    assert broken_quotas(plan, None, situation) == []
    mine = replace(situation, booker=replace(booker, own_uses=booker.uses))
    (reason,) = broken_quotas(plan, None, mine)
    assert (reason.code, reason.facts["would_have"], reason.facts["limit"]) == (Code.PERSON_QUOTA, 4.0, 3)


def test_a_booking_at_the_last_minute_costs_nothing() -> None:
    policy, long = replace(PLAIN, last_minute_minutes=30, last_minute_hours=3), 180 * MINUTE
    assert is_last_minute(TONIGHT, long, TONIGHT - 30 * MINUTE, policy)
    assert is_last_minute(TONIGHT, long, TONIGHT + 5 * MINUTE, policy)
    assert not is_last_minute(TONIGHT, long, TONIGHT - 31 * MINUTE, policy)
    assert not is_last_minute(TONIGHT, long + MINUTE, TONIGHT - 30 * MINUTE, policy)
    assert not is_last_minute(TONIGHT, long, TONIGHT, PLAIN)
    situation = Situation(TONIGHT - 30 * MINUTE, HONG_KONG, policy, Booker("Lumen", True))
    plan = Plan((0,), TONIGHT, TONIGHT + HOUR)
    assert uses_of(plan, None, situation) == ()
    assert uses_of(plan, None, replace(situation, now=TONIGHT - HOUR)) == (Use(*spans_of(plan), 1),)


def spans_of(plan: Plan) -> tuple[datetime, datetime]:
    return plan.starts_at, plan.ends_at
