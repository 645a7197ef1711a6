"""What is said of the bookings of a series."""

from __future__ import annotations

from datetime import datetime

from lab_tui.clock import LabTime
from lab_tui.i18n import _
from lab_tui.wording import times


def clock_note(lab_time: LabTime, start: datetime) -> str:
    """Which of the two it is, where a start comes twice that day; else nothing."""
    if not lab_time.shows_twice(start):
        return ""
    time = times.clock_time(lab_time, start)
    if lab_time.local(start).fold:
        return _("{time} comes twice that day: this is the second").format(time=time)
    return _("{time} comes twice that day: this is the first").format(time=time)
