"""What to book instead: the nearest plans that pass every rule, each checked by the rules themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from lab_tui.errors import Reason
from lab_tui.lab.rules.booking import FURTHEST_EVER, LONGEST_EVER, Machine, Plan, Situation, broken_rules
from lab_tui.lab.rules.calendar import day_start, slot_end, slot_start
from lab_tui.lab.rules.picking import first_fit
from lab_tui.lab.rules.reasons import Code

MOST_OFFERED = 3
# How far from the wished start another time is looked for.
FURTHEST_SHIFT = timedelta(days=14)
# The grid of another machine may begin up to an hour away.
_AROUND = timedelta(hours=1)


@dataclass(frozen=True)
class Choice:
    """A plan on a machine."""

    machine: Machine
    plan: Plan


def hopeless(reasons: list[Reason]) -> bool:
    """Whether no other time or place can help."""
    return any(reason.code == Code.NOT_IN_PROGRAMME for reason in reasons)


def mended(plan: Plan, machine: Machine | None, situation: Situation) -> Plan:
    """The plan with its times moved onto a machine's grid and into what its policy allows."""
    slot, policy = situation.slot(machine), situation.policy_of(machine)
    shortest, longest = timedelta(minutes=policy.shortest_minutes), timedelta(hours=policy.longest_hours)
    length = min(max(plan.length, shortest), longest)
    last = situation.starts_before(machine) - slot
    if situation.booker.member_until is not None:
        last = min(last, situation.booker.member_until - length)
    in_reach = max(min(plan.starts_at, last), situation.earliest_start(machine))
    starts_at = slot_start(situation.time, in_reach, slot)
    ends_at = ending(starts_at, length, machine, situation)
    if ends_at - starts_at > longest:
        ends_at = slot_start(situation.time, starts_at + longest, slot)
    return replace(plan, starts_at=starts_at, ends_at=ends_at)


def ending(starts_at: datetime, length: timedelta, machine: Machine | None, situation: Situation) -> datetime:
    """When a booking of at least a length ends on a machine's grid."""
    return slot_end(situation.time, starts_at + length, situation.slot(machine))


def search_span(plan: Plan, machine: Machine | None, situation: Situation) -> tuple[datetime, datetime]:
    """The time that facts about the machine wished for must cover: every start tried, and its length."""
    near = mended(plan, machine, situation)
    first = max(situation.earliest_start(machine), near.starts_at - FURTHEST_SHIFT)
    last = max(near.starts_at, min(situation.starts_before(machine), near.starts_at + FURTHEST_SHIFT))
    # A slot that a day's end cuts short can make a booking longer by less than a slot.
    return first, last + near.length + situation.slot(machine)


def others_span(plan: Plan, machine: Machine | None, situation: Situation) -> tuple[datetime, datetime]:
    """The time that facts about other machines must cover: as wished, and as mended for that machine."""
    near, now = mended(plan, machine, situation), situation.now
    wished_at = min(max(plan.starts_at, now), now + FURTHEST_EVER)
    wished_until = min(max(plan.ends_at, wished_at), wished_at + LONGEST_EVER)
    return min(near.starts_at, wished_at) - _AROUND, max(near.ends_at, wished_until) + _AROUND


def remedies(
    plan: Plan,
    wished: Machine | None,
    others: tuple[Machine, ...],
    reasons: list[Reason],
    situation: Situation,
) -> tuple[Choice, ...]:
    """At most three choices: the best of each kind first, then more of the same kinds.

    `wished` must be known over `search_span`, each of `others` over `others_span`, closures over both.
    """
    if hopeless(reasons):
        return ()
    kinds = [_other_machines(plan, wished, others, situation)]
    if wished is not None and not situation.is_barred(wished):
        near = mended(plan, wished, situation)
        kinds.insert(0, _same_time(near, wished, situation))
        quota_broken = any(reason.code in (Code.STARTUP_QUOTA, Code.PERSON_QUOTA) for reason in reasons)
        kinds.insert(0 if quota_broken else 2, _fewer(near, wished, situation))
        kinds.insert(2, _other_times(near, wished, situation))
    return tuple(islice(_in_turn(kinds), MOST_OFFERED))


def _in_turn(kinds: list[Iterator[Choice]]) -> Iterator[Choice]:
    """The best of each kind, then the rest; no two kinds can hold the same choice."""
    for kind in kinds:
        yield from islice(kind, 1)
    for kind in kinds:
        yield from kind


def _passes(choice: Choice, situation: Situation) -> bool:
    return not broken_rules(choice.plan, choice.machine, situation)


def _pick(plan: Plan, machine: Machine, count: int, situation: Situation) -> Plan | None:
    """The plan on `count` free GPUs of a machine, those wished for first; None where fewer are free."""
    if situation.is_blocked(machine, plan.starts_at, plan.ends_at):
        return None
    free = machine.free_gpus(plan.starts_at, plan.ends_at)
    chosen = first_fit(free, count, liked=plan.gpu_numbers)
    return replace(plan, gpu_numbers=chosen) if chosen is not None else None


def _count(plan: Plan) -> int:
    return max(1, len(plan.gpu_numbers))


def _same_time(near: Plan, wished: Machine, situation: Situation) -> Iterator[Choice]:
    picked = _pick(near, wished, _count(near), situation)
    if picked is not None and _passes(Choice(wished, picked), situation):
        yield Choice(wished, picked)


def _fewer(near: Plan, wished: Machine, situation: Situation) -> Iterator[Choice]:
    for count in range(min(_count(near) - 1, len(wished.taken)), 0, -1):
        picked = _pick(near, wished, count, situation)
        if picked is not None and _passes(Choice(wished, picked), situation):
            yield Choice(wished, picked)
            return


def _other_machines(
    plan: Plan, wished: Machine | None, others: tuple[Machine, ...], situation: Situation
) -> Iterator[Choice]:
    memory = wished.gpu_memory_gb if wished else 0
    known_from, known_until = others_span(plan, wished, situation)
    for machine in sorted(others, key=lambda one: (abs(one.gpu_memory_gb - memory), one.name)):
        near = mended(plan, machine, situation)
        if situation.is_barred(machine) or near.starts_at < known_from or known_until < near.ends_at:
            continue
        picked = _pick(near, machine, _count(plan), situation)
        if picked is not None and _passes(Choice(machine, picked), situation):
            yield Choice(machine, picked)


def _other_times(near: Plan, wished: Machine, situation: Situation) -> Iterator[Choice]:
    """The nearest time after and the nearest before, whichever is nearer first."""
    found: set[bool] = set()
    for starts_at in _starts(near, wished, situation):
        later = starts_at > near.starts_at
        if later in found:
            continue
        moved = replace(near, starts_at=starts_at, ends_at=ending(starts_at, near.length, wished, situation))
        picked = _pick(moved, wished, _count(near), situation)
        if picked is not None and _passes(Choice(wished, picked), situation):
            found.add(later)
            yield Choice(wished, picked)
        if len(found) == 2:
            return


def _starts(near: Plan, wished: Machine, situation: Situation) -> list[datetime]:
    """Every start on the grid that could be tried, nearest first, a later one before an earlier one."""
    first, end = search_span(near, wished, situation)
    slot = situation.slot(wished)
    latest = end - near.length - slot
    starts = [start for start in grid(first, latest, slot, situation) if start != near.starts_at]
    return sorted(starts, key=lambda one: (abs(one - near.starts_at), one < near.starts_at))


def grid(first: datetime, end: datetime, slot: timedelta, situation: Situation) -> list[datetime]:
    """The starts of slots within `[first, end)`, in order; each day begins its own grid."""
    starts: list[datetime] = []
    if first >= end:
        return starts
    day = situation.time.day_of(first)
    while (start := day_start(situation.time, day)) < end:
        day += timedelta(days=1)
        ends = min(day_start(situation.time, day), end)
        while start < ends:
            if first <= start:
                starts.append(start)
            start += slot
    return starts
