"""Days, slots and weeks of the lab; kept, as a search asks for the same ones again and again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

from lab_tui.clock import LabTime
from lab_tui.config import parse_hour


@lru_cache(maxsize=2048)
def day_start(time: LabTime, day: date) -> datetime:
    """The first instant of a day."""
    return time.start_of_day(day)


@lru_cache(maxsize=2048)
def hour_on(time: LabTime, day: date, hour: str) -> datetime:
    """The instant at which the wall clock shows `hour` (HH:MM) on a day; 24:00 is the day's end."""
    wall = parse_hour("hour", hour)
    return day_start(time, day + timedelta(days=1)) if wall is None else time.at(day, wall)


def slot_start(time: LabTime, instant: datetime, slot: timedelta) -> datetime:
    """The start of the slot that holds an instant.

    Slots are counted from the day's first instant. What is left of a day that no number of them fills is
    one shorter slot at its end: half an hour where clocks change by half an hour and slots last an hour.
    """
    start = day_start(time, time.day_of(instant))
    return start + (instant - start) // slot * slot


def slot_end(time: LabTime, instant: datetime, slot: timedelta) -> datetime:
    """The first instant, from the given one on, at which a slot ends."""
    start = slot_start(time, instant, slot)
    if start == instant:
        return instant
    return min(start + slot, day_start(time, time.day_of(start) + timedelta(days=1)))


def weeks(time: LabTime, starts_at: datetime, ends_at: datetime) -> Iterator[tuple[date, datetime, datetime]]:
    """The weeks that `[starts_at, ends_at)` touches: their Monday, first instant and end."""
    day = time.day_of(starts_at)
    monday = day - timedelta(days=day.weekday())
    while (begin := day_start(time, monday)) < ends_at:
        monday += timedelta(days=7)
        yield monday - timedelta(days=7), begin, day_start(time, monday)


@lru_cache(maxsize=512)
def night(time: LabTime, day: date, begins: str, ends: str) -> tuple[datetime, datetime]:
    """The time from `begins` on a day until `ends` (HH:MM), on the next day where that is no later."""
    ends_on = day if _minutes(ends) > _minutes(begins) else day + timedelta(days=1)
    return hour_on(time, day, begins), hour_on(time, ends_on, ends)


def _minutes(hour: str) -> int:
    wall = parse_hour("hour", hour)
    return 24 * 60 if wall is None else wall.hour * 60 + wall.minute
