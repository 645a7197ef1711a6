"""Bookings that repeat: when they fall, and which of them the rules allow."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from datetime import time as wall_time
from operator import attrgetter

from lab_tui.clock import LabTime
from lab_tui.errors import BadInput, Reason
from lab_tui.lab.rules.booking import (
    Booker,
    Machine,
    Plan,
    Situation,
    Span,
    broken_rules,
    of_any_gpus,
    uses_of,
)
from lab_tui.lab.rules.picking import picked
from lab_tui.lab.rules.reasons import Code

_START = attrgetter("starts_at")


@dataclass(frozen=True)
class Occurrence:
    """One booking of a series, and the rules that it breaks."""

    plan: Plan
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class When:
    """When a booking of a series falls; `reasons` say why there is no such time."""

    starts_at: datetime
    ends_at: datetime
    reasons: tuple[Reason, ...] = ()


def occurrences(
    time: LabTime, starts_at: datetime, ends_at: datetime, weekdays: Collection[int], until: date
) -> Iterator[When]:
    """When it falls on each of some weekdays (Monday 0), from the day of `starts_at` to `until`.

    Each begins at the same hour of the wall clock, so that a booking at ten stays at ten when the clocks
    change, and lasts as long as the first. Of an hour that comes twice it is the first; one that does not
    exist on a day is no time to begin.
    """
    begins, length = time.local(starts_at), ends_at - starts_at
    day = begins.date()
    if day <= until and day.weekday() in weekdays:
        yield When(starts_at, ends_at)
    while (day := day + timedelta(days=1)) <= until:
        if day.weekday() in weekdays:
            start = time.at(day, begins.time())
            yield When(start, start + length, tuple(_skipped(time, day, begins.time())))


def _skipped(time: LabTime, day: date, wall: wall_time) -> Iterator[Reason]:
    """Why a time does not exist on a day."""
    try:
        time.exact("start", day, wall)
    except BadInput as error:
        if error.problem == "skipped_time":
            edges = {name: error.facts[name] for name in ("gap_begins", "gap_ends")}
            yield Reason(Code.SKIPPED_TIME, {"time": f"{wall:%H:%M}", **edges})


def judged_in_turn(
    times: Iterable[When],
    gpu_numbers: tuple[int, ...],
    gpu_count: int,
    machine: Machine | None,
    situation: Situation,
) -> Iterator[Occurrence]:
    """Each booking of a series, checked by every rule, with those before it counted that may be.

    Where there are no `gpu_numbers`, `gpu_count` GPUs are picked for each.
    """
    for when in times:
        starts_at, ends_at, numbers = when.starts_at, when.ends_at, gpu_numbers
        if not numbers and machine is not None:
            numbers = picked(machine.free_gpus(starts_at, ends_at), machine.taken, gpu_count)
        plan = Plan(numbers, starts_at, ends_at)
        # Where the time does not exist, what the rules say of another one is beside the point.
        reasons = list(when.reasons) or broken_rules(plan, machine, situation)
        if not gpu_numbers and machine is not None:
            reasons = of_any_gpus(reasons, plan, machine)
        yield Occurrence(plan, tuple(reasons))
        if not reasons and machine is not None:
            situation = replace(situation, booker=_having(plan, machine, situation))
            machine = _with(plan, machine)


def _having(plan: Plan, machine: Machine, situation: Situation) -> Booker:
    """The booker once a plan is booked."""
    booker, new = situation.booker, uses_of(plan, machine, situation)
    return replace(
        booker,
        open_bookings=booker.open_bookings + 1,
        uses=(*booker.uses, *new),
        own_uses=(*booker.own_uses, *new),
        own_spans=(*booker.own_spans, Span(plan.starts_at, plan.ends_at)),
    )


def _with(plan: Plan, machine: Machine) -> Machine:
    """The machine once a plan is booked."""
    taken = dict(machine.taken)
    for number in plan.gpu_numbers:
        spans = list(taken[number])
        insort(spans, Span(plan.starts_at, plan.ends_at), key=_START)
        taken[number] = tuple(spans)
    return replace(machine, taken=taken)
