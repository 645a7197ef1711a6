"""What staff typed into a form's fields, as the lab takes it. What cannot be read is told at its field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from lab_tui.clock import LabTime
from lab_tui.config import parse_day, parse_hour
from lab_tui.errors import BadInput
from lab_tui.wording import times

_END_OF_DAY = "24:00"


def instant(time: LabTime, day: tuple[str, str], hour: tuple[str, str]) -> datetime:
    """A day and a time of day, each with the name of its field; 24:00 is the end of the day.

    Raises BadInput, also where a clock change skips the time or brings it twice.
    """
    (day_field, day_text), (hour_field, hour_text) = day, hour
    for field, text in (day, hour):
        if not text.strip():
            raise BadInput(field, text, "empty")
    on = parse_day(day_field, day_text.strip())
    wall = parse_hour(hour_field, hour_text.strip())
    if wall is None:
        return time.start_of_day(on + timedelta(days=1))
    return time.exact(hour_field, on, wall)


def day_and_hour(time: LabTime, at: datetime) -> tuple[str, str]:
    """An instant as it would be typed."""
    return time.day_of(at).isoformat(), times.clock_time(time, at)


def end_day_and_hour(time: LabTime, at: datetime) -> tuple[str, str]:
    """The end of something as it would be typed: midnight is the end of the day before."""
    day = time.day_of(at)
    if at != time.start_of_day(day):
        return day_and_hour(time, at)
    return (day - timedelta(days=1)).isoformat(), _END_OF_DAY


def whole_number(field: str, text: str) -> int:
    """Raises BadInput: empty, not_a_number."""
    if not text.strip():
        raise BadInput(field, text, "empty")
    if not text.strip().isdecimal():
        raise BadInput(field, text, "not_a_number")
    return int(text)


def settings_text(policy: Mapping[str, object]) -> str:
    """Settings as they would be typed."""
    return ", ".join(f"{name}={_typed(value)}" for name, value in policy.items())


def _typed(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
