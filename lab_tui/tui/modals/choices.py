"""What the sheets about GPUs let people choose from: counts, lengths, days, hours, machines.

`policy` is that of the machine in question; without one, the lab's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from lab_tui.config import GpusSection
from lab_tui.i18n import _
from lab_tui.lab.gpus import BookingView, WorkstationView
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.calendar import day_start, slot_end, slot_start
from lab_tui.text import printable
from lab_tui.tui.widgets.stepper import Step
from lab_tui.wording import times

_FINE_MINUTES = 6 * 60
_HOUR = 60
# Of the hours of a day, two at a time.
LEAP_MINUTES = 120


def slot_of(lab: Lab, policy: GpusSection | None = None) -> timedelta:
    """The step of the grid."""
    return timedelta(minutes=(policy or lab.config.gpus).slot_minutes)


def slot_now(lab: Lab, policy: GpusSection | None = None) -> datetime:
    """The start of the slot that runs now."""
    return slot_start(lab.time, lab.now(), slot_of(lab, policy))


def leap(lab: Lab) -> int:
    """How many slots a leap over the hours of a day goes."""
    return max(1, LEAP_MINUTES // lab.config.gpus.slot_minutes)


def counts(most: int) -> list[Step[int]]:
    """1, 2, … GPUs."""
    return [Step(str(count), count) for count in range(1, max(1, most) + 1)]


def most_gpus(machines: Iterable[WorkstationView]) -> int:
    """How many GPUs the largest machine has."""
    return max((len(one.gpu_numbers) for one in machines), default=1)


def memories(machines: Iterable[WorkstationView]) -> list[Step[int]]:
    """Any, or at least as much as one of the machines has."""
    sizes = sorted({one.gpu_memory_gb for one in machines})
    return [
        Step(_("any"), 0),
        *(Step(_("{memory} GB or more").format(memory=size), size) for size in sizes),
    ]


def machines_or_any(machines: Iterable[WorkstationView]) -> list[Step[int | None]]:
    """Any machine, or a certain one."""
    steps: list[Step[int | None]] = [Step(_("any"), None)]
    return steps + [Step(_described(one), one.id) for one in machines]


def one_machine(machines: Iterable[WorkstationView]) -> list[Step[int]]:
    """A certain machine."""
    return [Step(_described(one), one.id) for one in machines]


def _described(machine: WorkstationView) -> str:
    return f"{printable(machine.name)} · {printable(machine.gpu_model)} {machine.gpu_memory_gb} GB"


def lengths(lab: Lab, *more: timedelta, policy: GpusSection | None = None) -> list[Step[timedelta]]:
    """From the shortest to the longest booking: every slot for some hours, then every hour; and `more`."""
    section = policy or lab.config.gpus
    minutes = {
        one
        for one in range(section.shortest_minutes, section.longest_hours * 60 + 1)
        if one % section.slot_minutes == 0 and (one <= _FINE_MINUTES or one % _HOUR == 0)
    }
    minutes |= {round(one.total_seconds() / 60) for one in more}
    return [Step(times.duration(one), timedelta(minutes=one)) for one in sorted(minutes)]


def days(lab: Lab, *more: date) -> list[Step[date]]:
    """From today as far as booking opens; and `more`."""
    today = lab.today()
    every = {today + timedelta(days=ahead) for ahead in range(lab.config.gpus.horizon_days + 1)} | set(more)
    return [Step(times.day_name(day, today), day) for day in sorted(every)]


def _slots(lab: Lab, day: date, policy: GpusSection | None = None) -> Iterator[datetime]:
    """The starts of a day's slots, and its end."""
    start, end = day_start(lab.time, day), day_start(lab.time, day + timedelta(days=1))
    while start < end:
        yield start
        start += slot_of(lab, policy)
    yield end


def starts(lab: Lab, day: date, *more: datetime, policy: GpusSection | None = None) -> list[Step[datetime]]:
    """When a slot of the day begins that is not over; and `more`."""
    now = slot_now(lab, policy)
    every = {one for one in list(_slots(lab, day, policy))[:-1] if one >= now} | set(more)
    return [Step(times.clock_time(lab.time, one), one) for one in sorted(every or {now})]


def ends(lab: Lab, day: date, *more: datetime) -> list[Step[datetime]]:
    """When a slot of the day ends that is not over; and `more`."""
    every = {one for one in list(_slots(lab, day))[1:] if one > slot_now(lab)} | set(more)
    return [Step(end_time(lab, day, one), one) for one in sorted(every)]


def end_time(lab: Lab, day: date, instant: datetime) -> str:
    """The wall clock's time; the end of the day is 24:00."""
    return (
        "24:00"
        if instant >= day_start(lab.time, day + timedelta(days=1))
        else times.clock_time(lab.time, instant)
    )


def day_of_end(lab: Lab, instant: datetime) -> date:
    """The day an end is called by: midnight ends the day before."""
    return lab.time.day_of(instant - timedelta(microseconds=1))


def ends_of(
    lab: Lab, booking: BookingView, longest: datetime | None, policy: GpusSection
) -> list[Step[datetime]]:
    """When a booking could end: from its shortest, or the slot that runs now, to its longest."""
    slot = slot_of(lab, policy)
    shortest = booking.starts_at + timedelta(minutes=policy.shortest_minutes)
    at = max(slot_end(lab.time, shortest, slot), slot_now(lab, policy) + slot)
    last = longest or booking.ends_at
    every = {booking.ends_at, last}
    while at < last:
        every.add(at)
        at += slot
    now = lab.now()
    return [Step(times.moment(lab.time, one, now), one) for one in sorted(every)]
