"""Every clock change in the world from 2020 to 2037: the slots of the days around it fill those days exactly.

What holds: a day begins at its first instant and ends where the next begins. Its slots follow each other from
there, each as long as the grid's step. Only where no number of them fills the day is the last one shorter.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from lab_tui.clock import LabTime
from lab_tui.lab.rules.booking import Booker, Situation
from lab_tui.lab.rules.calendar import day_start, slot_end, slot_start
from lab_tui.lab.rules.remedies import grid
from tests.world import PLAIN

FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2038, 1, 1, tzinfo=UTC)
DAY, SECOND, INSTANT = timedelta(days=1), timedelta(seconds=1), timedelta(microseconds=1)
SLOTS = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60))


def offset(zone: ZoneInfo, second: int) -> timedelta | None:
    return datetime.fromtimestamp(second, zone).utcoffset()


def transitions(zone: ZoneInfo) -> Iterator[int]:
    """The first second of each new offset: looked for day by day, then by halves."""
    first, last, day = int(FIRST.timestamp()), int(LAST.timestamp()), DAY // SECOND
    before = offset(zone, first)
    for low in range(first, last, day):
        after = offset(zone, low + day)
        if after == before:
            continue
        high = low + day
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(zone, middle) == before else (low, middle)
        yield high
        before = after


def tables() -> dict[tuple[object, ...], str]:
    """One name for each way in which the world's clocks change."""
    found: dict[tuple[object, ...], str] = {}
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        changes = tuple((second, offset(zone, second)) for second in transitions(zone))
        found.setdefault((offset(zone, int(FIRST.timestamp())), *changes), name)
    return found


def days_around(table: tuple[object, ...], time: LabTime) -> set[date]:
    """The days before, of and after each change, and one ordinary day."""
    changes = [datetime.fromtimestamp(change[0], UTC) for change in table[1:]]  # type: ignore[index]
    days = {time.day_of(one) for at in changes for one in (at - INSTANT, at)} | {date(2026, 6, 10)}
    return {day + shift * DAY for day in days for shift in (-1, 0, 1)}


def situation(time: LabTime) -> Situation:
    return Situation(FIRST, time, PLAIN, Booker(None, True))


def is_the_day(time: LabTime, day: date, begins: datetime, ends: datetime) -> bool:
    """Whether a span is what the wall clock calls a day, and follows on the day before."""
    edges = (begins - SECOND, begins, ends - SECOND, ends)
    shown = [time.local(edge).date() for edge in edges]
    return shown == [day - DAY, day, day, day + DAY] and (begins, ends) == time.day_span(day)


def check_slots(time: LabTime, day: date, slot: timedelta) -> timedelta:
    """The slots of a day fill it. Returns the length of the last one."""
    begins, ends = day_start(time, day), day_start(time, day + DAY)
    starts = grid(begins, ends, slot, situation(time))
    assert starts[0] == begins
    assert {later - earlier for earlier, later in pairwise(starts)} == {slot}
    assert len(starts) == -(-(ends - begins) // slot)
    last = ends - starts[-1]
    assert last == ((ends - begins) % slot or slot)
    for start, end in pairwise((*starts, ends)):
        assert time.day_of(start) == day
        for within in (start, start + (end - start) / 2, end - INSTANT):
            assert slot_start(time, within, slot) == start
        assert slot_end(time, start, slot) == start
        assert slot_end(time, start + INSTANT, slot) == slot_end(time, end - INSTANT, slot) == end
    return last


def test_around_every_clock_change_the_slots_fill_the_days() -> None:
    count, short = 0, set()
    for table, name in tables().items():
        time = LabTime(ZoneInfo(name))
        count += len(table) - 1
        for day in sorted(days_around(table, time)):
            begins, ends = day_start(time, day), day_start(time, day + DAY)
            assert is_the_day(time, day, begins, ends), (name, day)
            lasts = [check_slots(time, day, slot) for slot in SLOTS]
            short |= {(name, slot) for last, slot in zip(lasts, SLOTS, strict=True) if last != slot}
            # Over three days none is missing at midnight, none there twice.
            ends = day_start(time, day + 2 * DAY)
            for slot in SLOTS:
                apart = [grid(*time.day_span(day + shift * DAY), slot, situation(time)) for shift in (0, 1)]
                assert grid(begins, ends, slot, situation(time)) == apart[0] + apart[1]
    assert count > 1000
    # Lord Howe Island puts its clocks on by half an hour: those days hold half a slot of an hour.
    assert {name for name, _ in short} <= {"Australia/LHI", "Australia/Lord_Howe"}
    assert {slot for _, slot in short} == {timedelta(hours=1)}


@pytest.mark.parametrize(
    ("day", "hours", "last"), [(date(2026, 10, 4), 23.5, "23:30"), (date(2026, 4, 5), 24.5, "23:30")]
)
def test_a_day_that_hours_do_not_fill_ends_with_half_a_slot(day: date, hours: float, last: str) -> None:
    time, hour = LabTime.named("Australia/Lord_Howe"), timedelta(hours=1)
    begins, ends = time.day_span(day)
    assert ends - begins == hours * hour
    starts = grid(begins, ends, hour, situation(time))
    assert f"{time.local(starts[-1]):%H:%M}" == last
    assert check_slots(time, day, hour) == hour / 2


def test_a_day_that_was_left_out_has_no_slots() -> None:
    """Samoa went from 29 to 31 December 2011."""
    time, left_out = LabTime.named("Pacific/Apia"), date(2011, 12, 30)
    begins, ends = time.day_span(left_out)
    assert begins == ends == time.start_of_day(date(2011, 12, 31))
    assert grid(begins, ends, SLOTS[0], situation(time)) == []
    whole = grid(begins - DAY, ends + DAY, SLOTS[2], situation(time))
    assert [later - earlier for earlier, later in pairwise(whole)] == [SLOTS[2]] * 47
