"""When a series falls, against the wall clock alone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from lab_tui.clock import LabTime
from lab_tui.lab.rules.picking import picked
from lab_tui.lab.rules.series import occurrences

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
def test_a_series_keeps_the_hours_of_the_wall_clock(
    zone: str, day: date, begins: int, slots: int, weekdays: set[int], days: int
) -> None:
    lab_time, until = LabTime(ZoneInfo(zone)), day + timedelta(days=days)
    starts = datetime.combine(day, time(begins // 2, begins % 2 * 30))
    ends = starts + slots * timedelta(minutes=30)
    span = lab_time.at(starts.date(), starts.time()), lab_time.at(ends.date(), ends.time())
    found = list(occurrences(lab_time, *span, weekdays, until))

    wanted = [one for n in range(days + 1) if (one := day + timedelta(days=n)).weekday() in weekdays]
    assert [lab_time.day_of(starts_at) for starts_at, _ in found] == wanted
    # What the wall clock of the first day really shows, where its own hour was skipped.
    wall = tuple(lab_time.local(one).time() for one in span)
    for starts_at, ends_at in found:
        for instant, hour in zip((starts_at, ends_at), wall, strict=True):
            local = lab_time.local(instant)
            assert local.time() == hour or instant == lab_time.at(local.date(), hour)
            assert local.fold == 0 or instant in span


@given(st.sets(st.integers(0, 7)), st.integers(-1, 9))
def test_gpus_that_are_not_free_show_what_is_in_the_way(free: set[int], count: int) -> None:
    numbers = picked(free, range(8), count)
    assert len(numbers) == max(count, 0)
    assert numbers == tuple(sorted(set(numbers)))
    if 0 < count <= len(free):
        assert set(numbers) <= free
    assert (max(numbers, default=0) > 7) == (count > 8)
