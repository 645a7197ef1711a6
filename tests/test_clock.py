"""Days of a lab: no hole, no overlap, in every zone and at every change of its clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_tui.clock import LabTime, PretendClock, SystemClock
from lab_tui.errors import BadInput

ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix"))
)
DAYS = st.dates(date(2020, 1, 1), date(2037, 12, 30))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ZONES), DAYS)
def test_a_day_ends_where_the_next_begins(zone: str, day: date) -> None:
    lab_time = LabTime.named(zone)
    start, end = lab_time.day_span(day)
    assert end == lab_time.day_span(day + timedelta(days=1))[0]
    assert timedelta(0) <= end - start <= timedelta(hours=48)
    if end > start:
        assert lab_time.day_of(start) == day
        assert lab_time.day_of(start - timedelta(seconds=1)) < day
        assert lab_time.day_of(end - timedelta(seconds=1)) == day


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ZONES), DAYS, st.times().map(lambda wall: wall.replace(microsecond=0)))
def test_a_time_that_is_exact_is_shown_once_and_any_other_is_named(zone: str, day: date, wall: time) -> None:
    lab_time, naive = LabTime.named(zone), datetime.combine(day, wall)
    # Every quarter hour of offset there is, tried.
    tried = {naive.replace(tzinfo=UTC) + timedelta(minutes=15) * step for step in range(-64, 65)}
    shown = sorted(one for one in tried if lab_time.local(one).replace(tzinfo=None) == naive)
    if len(shown) == 1:
        assert [lab_time.exact("at", day, wall)] == shown
        return
    with pytest.raises(BadInput, match="time_exists_twice" if shown else "skipped_time") as caught:
        lab_time.exact("at", day, wall)
    if shown:
        offered = [caught.value.facts["first"], caught.value.facts["second"]]
        assert [datetime.fromisoformat(str(one)) for one in offered] == shown


@pytest.mark.parametrize(
    ("zone", "day", "wall", "gap"),
    [
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), ("02:00", "03:00")),
        ("Europe/Berlin", date(2026, 3, 29), time(2, 0), ("02:00", "03:00")),
        ("America/Santiago", date(2026, 9, 6), time(0, 0), ("00:00", "01:00")),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 29), ("02:00", "02:30")),
        ("Pacific/Apia", date(2011, 12, 30), time(12, 0), ("00:00", "00:00")),
    ],
)
def test_a_skipped_time_names_the_gap(zone: str, day: date, wall: time, gap: tuple[str, str]) -> None:
    with pytest.raises(BadInput) as caught:
        LabTime.named(zone).exact("at", day, wall)
    facts = caught.value.facts
    assert (caught.value.problem, facts["day"]) == ("skipped_time", day.isoformat())
    assert (facts["gap_begins"], facts["gap_ends"]) == gap


def test_a_time_that_exists_twice_is_offered_both_ways() -> None:
    with pytest.raises(BadInput) as caught:
        LabTime.named("Europe/Berlin").exact("at", date(2026, 10, 25), time(2, 30))
    facts = caught.value.facts
    assert (facts["first"], facts["second"]) == ("2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00")


@pytest.mark.parametrize(
    ("zone", "day", "wall"),
    [("Asia/Hong_Kong", date.min, time(0)), ("America/New_York", date.max, time(23, 59))],
)
def test_a_time_that_utc_does_not_have_is_bad_input(zone: str, day: date, wall: time) -> None:
    with pytest.raises(BadInput, match="out_of_calendar"):
        LabTime.named(zone).exact("at", day, wall)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ZONES), st.integers(1_577_836_800, 2_145_740_400))
def test_every_instant_is_in_exactly_the_day_it_is_shown_on(zone: str, seconds: int) -> None:
    lab_time, instant = LabTime.named(zone), datetime.fromtimestamp(seconds, UTC)
    start, end = lab_time.day_span(lab_time.day_of(instant))
    assert start <= instant < end


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Hong_Kong", date(2026, 11, 22), 24),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        # Midnight itself is skipped on these days.
        ("America/Santiago", date(2026, 9, 6), 23),
        ("Africa/Cairo", date(2026, 4, 24), 23),
    ],
)
def test_days_on_which_clocks_change_have_their_true_length(zone: str, day: date, hours: int) -> None:
    start, end = LabTime.named(zone).day_span(day)
    assert (end - start) == timedelta(hours=hours)


def test_a_time_that_exists_twice_means_the_first() -> None:
    berlin = LabTime.named("Europe/Berlin")
    assert berlin.at(date(2026, 10, 25), time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_time_that_is_skipped_means_where_the_clocks_jump_to() -> None:
    berlin = LabTime.named("Europe/Berlin")
    assert berlin.at(date(2026, 3, 29), time(2, 30)) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_week_begins_on_monday() -> None:
    start, end = LabTime.named("Asia/Hong_Kong").week_span(date(2026, 11, 22))
    assert start == datetime(2026, 11, 15, 16, tzinfo=UTC)
    assert end - start == timedelta(days=7)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd", "Asia"])
def test_a_zone_that_iana_does_not_know_is_bad_input(name: str) -> None:
    with pytest.raises(BadInput, match="unknown_zone"):
        LabTime.named(name)


def test_a_pretended_clock_runs_on_from_its_instant() -> None:
    start = datetime(2026, 11, 22, 6, 32, tzinfo=UTC)
    clock = PretendClock(start)
    first, second = clock.now(), clock.now()
    assert start <= first <= second < start + timedelta(minutes=1)
    assert SystemClock().now().tzinfo is UTC
