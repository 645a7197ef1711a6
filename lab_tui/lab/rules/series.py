"""Bookings that repeat: when they fall, and which of them the rules allow."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from operator import attrgetter

from lab_tui.clock import LabTime
from lab_tui.errors import Reason
from lab_tui.lab.rules.booking import Booker, Machine, Plan, Situation, Span, broken_rules, uses_of
from lab_tui.lab.rules.picking import picked

_START = attrgetter("starts_at")


@dataclass(frozen=True)
class Occurrence:
    """One booking of a series, and the rules that it breaks."""

    plan: Plan
    reasons: tuple[Reason, ...]


def occurrences(
    time: LabTime, starts_at: datetime, ends_at: datetime, weekdays: Collection[int], until: date
) -> Iterator[tuple[datetime, datetime]]:
    """The start and end on each of some weekdays (Monday 0), from the day of `starts_at` to `until`.

    The hours of the wall clock are kept, so that a booking at ten stays at ten when the clocks change.
    """
    begins, ends = time.local(starts_at), time.local(ends_at)
    day, nights = begins.date(), (ends.date() - begins.date()).days
    if day <= until and day.weekday() in weekdays:
        yield starts_at, ends_at
    while (day := day + timedelta(days=1)) <= until:
        if day.weekday() in weekdays:
            yield time.at(day, begins.time()), time.at(day + timedelta(days=nights), ends.time())


def judged_in_turn(
    times: Iterable[tuple[datetime, datetime]],
    gpu_numbers: tuple[int, ...],
    gpu_count: int,
    machine: Machine | None,
    situation: Situation,
) -> Iterator[Occurrence]:
    """Each booking of a series, checked by every rule, with those before it counted that may be.

    Where there are no `gpu_numbers`, `gpu_count` GPUs are picked for each.
    """
    for starts_at, ends_at in times:
        numbers = gpu_numbers
        if not numbers and machine is not None:
            numbers = picked(machine.free_gpus(starts_at, ends_at), machine.taken, gpu_count)
        plan = Plan(numbers, starts_at, ends_at)
        reasons = broken_rules(plan, machine, situation)
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
