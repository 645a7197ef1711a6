"""How many GPU-hours count, and whether there are too many of them in a week."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lab_tui.clock import LabTime
from lab_tui.config import GpusSection
from lab_tui.errors import Reason
from lab_tui.lab.rules.calendar import day_start, night, weeks
from lab_tui.lab.rules.reasons import Code

_SATURDAY = 5


@dataclass(frozen=True)
class Use:
    """Some GPUs over a time that counts.

    `pool` is the workstation's id where it has a quota of its own, else 0.
    """

    starts_at: datetime
    ends_at: datetime
    gpu_count: int
    pool: int = 0


def used(uses: Iterable[Use], starts_at: datetime, ends_at: datetime) -> timedelta:
    """GPU time within `[starts_at, ends_at)`: only the hours that lie in it."""
    return sum(
        (
            (min(use.ends_at, ends_at) - max(use.starts_at, starts_at)) * use.gpu_count
            for use in uses
            if use.starts_at < ends_at and starts_at < use.ends_at
        ),
        timedelta(),
    )


def after(uses: Iterable[Use], starts_at: datetime) -> tuple[Use, ...]:
    """What of some uses lies after an instant."""
    left = (use for use in uses if use.ends_at > starts_at)
    return tuple(replace(use, starts_at=max(use.starts_at, starts_at)) for use in left)


def hours(amount: timedelta) -> float:
    """A time in hours, to a hundredth."""
    return round(amount / timedelta(hours=1), 2)


def over_quota(
    code: Code, new: Iterable[Use], others: Iterable[Use], limit: int, time: LabTime, **facts: object
) -> Iterator[Reason]:
    """One reason for each week in which `new` would bring the uses of its pool above `limit` GPU-hours."""
    new = [use for use in new if use.gpu_count]
    if not new:
        return
    pool = [use for use in others if use.pool == new[0].pool]
    for monday, begin, end in weeks(time, new[0].starts_at, new[-1].ends_at):
        added, before = used(new, begin, end), used(pool, begin, end)
        if before + added > timedelta(hours=limit):
            week = {"would_have": hours(before + added), "limit": limit, "week": monday}
            yield Reason(code, {**facts, **week}, overridable=True)


def is_last_minute(starts_at: datetime, length: timedelta, now: datetime, policy: GpusSection) -> bool:
    """Whether a booking made now begins so soon, and is so short, that nobody else loses anything by it."""
    soon, short = timedelta(minutes=policy.last_minute_minutes), timedelta(hours=policy.last_minute_hours)
    return bool(policy.last_minute_minutes) and starts_at - now <= soon and length <= short


def charged(use: Use, policy: GpusSection, time: LabTime) -> tuple[Use, ...]:
    """The parts of a use that cost quota, in order: those in no off-peak time."""
    if not policy.off_peak_from and not policy.off_peak_weekends:
        return (use,)
    begin, parts = use.starts_at, []
    for free_from, free_until in _off_peak(use, policy, time):
        if begin < free_from:
            parts.append((begin, min(free_from, use.ends_at)))
        begin = max(begin, free_until)
    if begin < use.ends_at:
        parts.append((begin, use.ends_at))
    return tuple(Use(starts_at, ends_at, use.gpu_count, use.pool) for starts_at, ends_at in parts)


def _off_peak(use: Use, policy: GpusSection, time: LabTime) -> list[tuple[datetime, datetime]]:
    """The off-peak times that touch a use, by start; they may overlap."""
    day, last = time.day_of(use.starts_at) - timedelta(days=1), time.day_of(use.ends_at)
    found: list[tuple[datetime, datetime]] = []
    while day <= last:
        if policy.off_peak_from:
            found.append(night(time, day, policy.off_peak_from, policy.off_peak_until))
        if policy.off_peak_weekends and day.weekday() >= _SATURDAY:
            found.append((day_start(time, day), day_start(time, day + timedelta(days=1))))
        day += timedelta(days=1)
    return sorted(span for span in found if span[0] < use.ends_at and use.starts_at < span[1])
