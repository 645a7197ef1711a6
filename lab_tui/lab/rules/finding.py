"""Where some GPUs could be had: the search behind "find me" and the waiting list."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter

from lab_tui.errors import Reason
from lab_tui.lab.rules.booking import LONGEST_EVER, Machine, Plan, Situation, broken_rules
from lab_tui.lab.rules.picking import first_fit
from lab_tui.lab.rules.reasons import for_nobody_to_pass
from lab_tui.lab.rules.remedies import Choice, ending, grid

MOST_FOUND = 5
# More free time than that beside a booking is as good as endless.
_FAR = timedelta(days=1)
_END = attrgetter("ends_at")


@dataclass(frozen=True)
class Search:
    """How many GPUs of at least how much memory (GB), for how long, between when and when.

    A machine's own grid or shortest booking may make it longer. `workstation_id` narrows it down where it
    is given.
    """

    gpu_count: int
    length: timedelta
    earliest: datetime
    latest: datetime
    memory_at_least: int = 0
    workstation_id: int | None = None


def find(
    search: Search, machines: Iterable[Machine], situation: Situation, at_most: int = MOST_FOUND
) -> tuple[Choice, ...]:
    """The best places: soonest first, then what leaves the fewest odd ends of free time beside it.

    From each stretch of time in which a machine runs and enough of its GPUs are free only the soonest place
    is taken, so that the answers differ. `machines` must be known from `earliest`, or the running slot if
    that is later, to `latest`; those that do not match are left out.
    """
    found = [
        choice
        for machine in machines
        if _matches(search, machine) and not situation.is_barred(machine)
        for choice in _places(search, machine, situation)
    ]
    return tuple(sorted(found, key=_rank)[:at_most])


def bars(search: Search, machines: Iterable[Machine], situation: Situation) -> list[Reason]:
    """What bars this person from the soonest place that is free; no reason where nothing is.

    These are limits of their own: bookings ahead, quotas, pauses. For `machines` see `find`.
    """
    booker = replace(situation.booker, startup=None, open_bookings=0, own_spans=())
    for free in find(search, machines, replace(situation, booker=booker), at_most=1):
        # Nobody can allow a search all the same: there is nothing yet to be allowed.
        return for_nobody_to_pass(broken_rules(free.plan, free.machine, situation))
    return []


def _matches(search: Search, machine: Machine) -> bool:
    return (
        len(machine.taken) >= search.gpu_count > 0
        and timedelta() < search.length <= LONGEST_EVER
        and machine.gpu_memory_gb >= search.memory_at_least
        and search.workstation_id in (None, machine.id)
    )


def _places(search: Search, machine: Machine, situation: Situation) -> Iterator[Choice]:
    """The soonest place of each stretch of free time, in order."""
    slot = situation.slot(machine)
    first = max(search.earliest, situation.earliest_start(machine))
    has_found = False
    for starts_at in grid(first, min(search.latest, situation.starts_before(machine)), slot, situation):
        plan = _plan(search, machine, starts_at, situation)
        if plan is None:
            has_found = False
        elif not has_found and not broken_rules(plan, machine, situation):
            has_found = True
            yield Choice(machine, plan)


def _plan(search: Search, machine: Machine, starts_at: datetime, situation: Situation) -> Plan | None:
    shortest = timedelta(minutes=situation.policy_of(machine).shortest_minutes)
    ends_at = ending(starts_at, max(search.length, shortest), machine, situation)
    if ends_at > search.latest or situation.is_blocked(machine, starts_at, ends_at):
        return None
    chosen = first_fit(machine.free_gpus(starts_at, ends_at), search.gpu_count)
    return Plan(chosen, starts_at, ends_at) if chosen is not None else None


def _rank(choice: Choice) -> tuple[datetime, timedelta, int, int, str]:
    machine, plan = choice.machine, choice.plan
    spare = len(machine.free_gpus(plan.starts_at, plan.ends_at)) - len(plan.gpu_numbers)
    return plan.starts_at, odd_ends(choice), spare, machine.gpu_memory_gb, machine.name


def odd_ends(choice: Choice) -> timedelta:
    """The free time that a place leaves just before and after it on its GPUs; a day or more is none."""
    plan, total = choice.plan, timedelta()
    for number in plan.gpu_numbers:
        spans = choice.machine.taken[number]
        index = bisect_right(spans, plan.starts_at, key=_END)
        after = spans[index].starts_at - plan.ends_at if index < len(spans) else _FAR
        before = plan.starts_at - spans[index - 1].ends_at if index else _FAR
        total += sum((gap for gap in (before, after) if timedelta() <= gap < _FAR), timedelta())
    return total
