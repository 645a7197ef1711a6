"""When a series falls, against the wall clock alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from lab_tui.clock import LabTime
from lab_tui.lab.rules.picking import picked
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.rules.series import When, occurrences

ZONES = ("Asia/Hong_Kong", "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "Africa/Casablanca")


@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    begins=st.integers(0, 47),
    slots=st.integers(1, 96),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    days=st.integers(0, 200),
)
@example("Europe/Berlin", date(2026, 3, 27), 5, 2, set(range(7)), 4)
@example("America/Santiago", date(2026, 9, 4), 0, 48, set(range(7)), 4)
def test_a_series_keeps_its_hour_of_the_wall_clock_and_its_length(
    zone: str, day: date, begins: int, slots: int, weekdays: set[int], days: int
) -> None:
    lab_time, until = LabTime(ZoneInfo(zone)), day + timedelta(days=days)
    starts = datetime.combine(day, time(begins // 2, begins % 2 * 30))
    ends = starts + slots * timedelta(minutes=30)
    span = lab_time.at(starts.date(), starts.time()), lab_time.at(ends.date(), ends.time())
    found = list(occurrences(lab_time, *span, weekdays, until))

    wanted = [one for n in range(days + 1) if (one := day + timedelta(days=n)).weekday() in weekdays]
    assert [lab_time.day_of(when.starts_at) for when in found] == wanted
    # What the wall clock of the first day really shows, where its own hour was skipped.
    hour = lab_time.local(span[0]).time()
    for when in found:
        local = lab_time.local(when.starts_at)
        assert when.ends_at - when.starts_at == span[1] - span[0]
        assert (local.time() == hour) == (not when.reasons)
        assert local.fold == 0


def test_a_time_that_a_day_does_not_have_is_named_and_of_two_the_first_is_taken() -> None:
    berlin = LabTime.named("Europe/Berlin")

    def sundays(day: date, weeks: int) -> list[When]:
        start = berlin.exact("start", day, time(2))
        until = day + timedelta(weeks=weeks)
        return list(occurrences(berlin, start, start + timedelta(hours=1), (6,), until))

    before, skipped, after = sundays(date(2027, 3, 21), 2)
    assert (before.reasons, after.reasons) == ((), ())
    assert [(reason.code, reason.facts) for reason in skipped.reasons] == [
        (Code.SKIPPED_TIME, {"time": "02:00", "gap_begins": "02:00", "gap_ends": "03:00"})
    ]
    twice = sundays(date(2027, 10, 24), 1)[1]
    assert (twice.starts_at, twice.ends_at - twice.starts_at) == (
        datetime(2027, 10, 31, 0, tzinfo=UTC),
        timedelta(hours=1),
    )
    assert berlin.shows_twice(twice.starts_at)
    assert berlin.shows_twice(twice.ends_at)
    assert not berlin.shows_twice(before.starts_at)
    assert not berlin.shows_twice(skipped.starts_at)


@given(st.sets(st.integers(0, 7)), st.integers(-1, 9))
def test_gpus_that_are_not_free_show_what_is_in_the_way(free: set[int], count: int) -> None:
    numbers = picked(free, range(8), count)
    assert len(numbers) == max(count, 0)
    assert numbers == tuple(sorted(set(numbers)))
    if 0 < count <= len(free):
        assert set(numbers) <= free
    assert (max(numbers, default=0) > 7) == (count > 8)
