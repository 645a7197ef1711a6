"""The one clock, and the lab's days.

Instants are aware datetimes in UTC. A day, an opening hour or a midnight only means something in the
lab's own zone; `LabTime` is the single place where the two meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lab_tui.errors import BadInput


class Clock(Protocol):
    """Tells the present instant, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class PretendClock:
    """Runs on from a pretended instant, at the speed of real time: for demo labs and training."""

    def __init__(self, start: datetime, real: Clock | None = None) -> None:
        self._real = real or SystemClock()
        self._ahead = start.astimezone(UTC) - self._real.now()

    def now(self) -> datetime:
        return self._real.now() + self._ahead


@dataclass(frozen=True)
class LabTime:
    """Days and hours of the lab, in its IANA zone, computed through UTC."""

    zone: ZoneInfo

    @classmethod
    def named(cls, name: str) -> LabTime:
        """The time of the zone called `name`. Raises BadInput for a name IANA does not know."""
        try:
            return _lab_time(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise BadInput("zone", name, "unknown_zone") from None

    def local(self, instant: datetime) -> datetime:
        """The instant as the lab's wall clock shows it."""
        return instant.astimezone(self.zone)

    def day_of(self, instant: datetime) -> date:
        """The lab's calendar day at an instant."""
        return self.local(instant).date()

    def at(self, day: date, wall: time) -> datetime:
        """The instant at which the wall clock shows `wall` on `day`.

        A time that exists twice means the first; one that a clock change skips means the instant
        the clocks jump to, so that a day has no hole and no overlap.
        """
        naive = datetime.combine(day, wall)
        before = naive.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        if self.local(before).replace(tzinfo=None) == naive:
            return before
        return self._end_of_gap(naive)

    def shows_twice(self, instant: datetime) -> bool:
        """Whether the wall clock shows the time of an instant twice that day, as it is put back."""
        local = self.local(instant)
        return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()

    def exact(self, field_name: str, day: date, wall: time) -> datetime:
        """The instant at which the wall clock shows `wall` on `day`, where there is exactly one.

        Raises BadInput: skipped_time with the gap's edges, time_exists_twice with both times written out,
        out_of_calendar near the years 1 and 9999.
        """
        naive = datetime.combine(day, wall)
        try:
            first, second = (naive.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
            exists = self.local(first).replace(tzinfo=None) == naive
        except OverflowError:
            raise BadInput(field_name, naive.isoformat(" ", "minutes"), "out_of_calendar") from None
        if first == second:
            return first
        facts: dict[str, object] = {"zone": self.zone.key, "day": day.isoformat()}
        if exists:
            facts |= {"first": self._with_offset(first), "second": self._with_offset(second)}
            raise BadInput(field_name, f"{wall:%H:%M}", "time_exists_twice", **facts)
        gap_end = self._end_of_gap(naive)
        # At the end of a gap the wall clock shows as much more as the offset grew.
        gap = first - second
        begins, ends = self.local(gap_end).replace(tzinfo=None) - gap, self.local(gap_end)
        facts |= {"gap_begins": f"{begins:%H:%M}", "gap_ends": f"{ends:%H:%M}"}
        raise BadInput(field_name, f"{wall:%H:%M}", "skipped_time", **facts)

    def _with_offset(self, instant: datetime) -> str:
        return self.local(instant).isoformat(timespec="minutes")

    def _end_of_gap(self, naive: datetime) -> datetime:
        after = naive.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        before = naive.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        low, high = min(after, before), max(after, before)
        offset = self.local(low).utcoffset()
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) / 2
            if self.local(middle).utcoffset() == offset:
                low = middle
            else:
                high = middle
        return high.replace(microsecond=0)

    def start_of_day(self, day: date) -> datetime:
        """The first instant of a day: midnight, or where a clock change skips it, the end of the gap."""
        return self.at(day, time(0))

    def day_span(self, day: date) -> tuple[datetime, datetime]:
        """`[start, end)` of a day in UTC; 23 to 25 hours long."""
        return self.start_of_day(day), self.start_of_day(day + timedelta(days=1))

    def week_span(self, day: date) -> tuple[datetime, datetime]:
        """`[start, end)` of the week (Monday first) that holds a day."""
        monday = day - timedelta(days=day.weekday())
        return self.start_of_day(monday), self.start_of_day(monday + timedelta(days=7))


@lru_cache(maxsize=64)
def _lab_time(name: str) -> LabTime:
    return LabTime(ZoneInfo(name))
