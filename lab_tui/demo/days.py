"""The demo's calendar: everything in it is drawn around one week in Hong Kong."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from lab_tui.clock import LabTime

DRAWN_IN = LabTime.named("Asia/Hong_Kong")
# A Wednesday in mid-term, and the Monday of its week: the demo week.
DEMO_DAY = date(2026, 11, 18)
DEMO_MONDAY = date(2026, 11, 16)
# The example shows the lab as it is at this instant.
DEMO_NOW = datetime(2026, 11, 18, 6, 32, tzinfo=UTC)
# Nine weeks of history, and beyond the demo week as far ahead as members may book.
FIRST_DAY = DEMO_MONDAY - timedelta(weeks=9)
WEEKS = range(-9, 3)
# Nothing in the demo was entered before the lab itself was.
FOUNDED = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)


def day(number: int) -> date:
    """The day so many days after the demo week's Monday."""
    return DEMO_MONDAY + timedelta(days=number)


def at(number: int, hour: float) -> datetime:
    """The instant at an hour (13.5 is 13:30, 24 the end) of the day with that number."""
    return DRAWN_IN.at(day(number), time(0)) + timedelta(hours=hour)


def monday_of(one: date) -> date:
    """The Monday of a day's week."""
    return one - timedelta(days=one.weekday())


def draw(*of: int) -> float:
    """A number in [0, 1) that is always the same for the same numbers (splitmix64's finaliser)."""
    mixed = 0x9E3779B97F4A7C15
    for number in of:
        mixed = (mixed ^ (number & 0xFFFFFFFFFFFFFFFF)) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
        mixed ^= mixed >> 31
    return mixed / 2**64
