"""Times and days as people say them, in the lab's zone and the current language."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from lab_tui.clock import LabTime
from lab_tui.i18n import N_, _, pgettext

_WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
_WEEKDAYS_SHORT = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)
_MONTHS_SHORT = (
    N_("Jan"),
    N_("Feb"),
    N_("Mar"),
    N_("Apr"),
    N_("May"),
    N_("Jun"),
    N_("Jul"),
    N_("Aug"),
    N_("Sep"),
    N_("Oct"),
    N_("Nov"),
    N_("Dec"),
)
_EVENING = 18
_DAY = timedelta(days=1)


def clock_time(lab_time: LabTime, instant: datetime) -> str:
    """What the lab's wall clock shows: `14:32`."""
    return f"{lab_time.local(instant):%H:%M}"


def weekday(day: date) -> str:
    """`Sun`, as a column's head."""
    return _(_WEEKDAYS_SHORT[day.weekday()])


def day_short(day: date) -> str:
    """`Sun 22 Nov`."""
    return pgettext("short day", "{weekday} {day} {month}").format(
        weekday=weekday(day), day=day.day, month=_(_MONTHS_SHORT[day.month - 1])
    )


def day_long(day: date) -> str:
    """`Sunday 22 November`."""
    return pgettext("long day", "{weekday} {day} {month}").format(
        weekday=_(_WEEKDAYS[day.weekday()]), day=day.day, month=_(_MONTHS[day.month - 1])
    )


def day_with_year(day: date) -> str:
    """`22 Nov 2026`."""
    return _("{day} {month} {year}").format(day=day.day, month=_(_MONTHS_SHORT[day.month - 1]), year=day.year)


def day_name(day: date, today: date) -> str:
    """`today`, `tomorrow`, `yesterday`, else `Sun 22 Nov`, with the year where it is another one."""
    near = {today: _("today"), today + _DAY: _("tomorrow"), today - _DAY: _("yesterday")}
    return near[day] if day in near else _date(day, today)


def _date(day: date, today: date) -> str:
    return day_short(day) if day.year == today.year else day_with_year(day)


def moment(lab_time: LabTime, instant: datetime, now: datetime | None = None, *, dated: bool = False) -> str:
    """A day and a time: `today 20:00`; without `now`, or `dated`, the date: `Sun 22 Nov 20:00`.

    With `now` the year is said where it is another one.
    """
    day = _day_of(lab_time, instant, now, dated)
    return _("{day} {time}").format(day=day, time=_one_time(lab_time, instant))


def _day_of(lab_time: LabTime, instant: datetime, now: datetime | None, dated: bool) -> str:
    day = lab_time.day_of(instant)
    if now is None:
        return day_short(day)
    today = lab_time.day_of(now)
    return _date(day, today) if dated else day_name(day, today)


def _one_time(lab_time: LabTime, instant: datetime) -> str:
    """A wall clock's time; in an hour that a clock change doubles with the zone's name: `02:30 CEST`."""
    time = clock_time(lab_time, instant)
    return f"{time} {lab_time.local(instant):%Z}" if lab_time.shows_twice(instant) else time


def hours(lab_time: LabTime, start: datetime, end: datetime) -> str:
    """`20:00-22:00`, where the day is known; an end on a later day is that day's hour."""
    return _("{start}-{end}").format(start=_one_time(lab_time, start), end=_one_time(lab_time, end))


def span(
    lab_time: LabTime, start: datetime, end: datetime, now: datetime | None = None, *, dated: bool = False
) -> str:
    """From when to when: `Sun 22 Nov 20:00-22:00`, `tonight 20:00-02:00`, `today 09:00 - tomorrow 18:00`.

    A night stays one phrase; whatever runs into a second day for longer names both days. For `now` and
    `dated` see `moment`.
    """
    if _both_days_named(lab_time, start, end):
        first, last = (moment(lab_time, one, now, dated=dated) for one in (start, end))
        return _("{start} - {end}").format(start=first, end=last)
    day = _day_or_night(lab_time, start, now, dated)
    return _("{day} {hours}").format(day=day, hours=hours(lab_time, start, end))


def _both_days_named(lab_time: LabTime, start: datetime, end: datetime) -> bool:
    first, last = lab_time.local(start), lab_time.local(end)
    overnight = last.date() == first.date() + _DAY and last.time() < first.time()
    return first.date() != last.date() and not overnight


def _day_or_night(lab_time: LabTime, start: datetime, now: datetime | None, dated: bool) -> str:
    if now is not None and not dated and lab_time.day_of(start) == lab_time.day_of(now):
        return _("tonight") if lab_time.local(start).hour >= _EVENING else _("today")
    return _day_of(lab_time, start, now, dated)


def duration(minutes: int) -> str:
    """A length of time: `45 min`, `6 h`, `1 h 30 min`."""
    whole, rest = divmod(minutes, 60)
    if not whole:
        return _("{minutes} min").format(minutes=rest)
    if not rest:
        return _("{hours} h").format(hours=whole)
    return _("{hours} h {minutes} min").format(hours=whole, minutes=rest)


def countdown(seconds: int) -> str:
    """What is left of a session, as a clock shows it: `0:57`."""
    return f"{seconds // 60}:{seconds % 60:02d}"
