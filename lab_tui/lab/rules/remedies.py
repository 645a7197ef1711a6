"""What to book instead: the nearest plans that pass every rule, each checked by the rules themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from lab_tui.errors import Reason
from lab_tui.lab.rules.booking import Machine, Plan, Situation, broken_rules, day_start, slot_start
from lab_tui.lab.rules.reasons import Code

MOST_OFFERED = 3
# How far from the wished start another time is looked for.
FURTHEST_SHIFT = timedelta(days=14)
# Whoever breaks one of these can book nothing at all.
_HOPELESS = frozenset({Code.TOO_MANY_OPEN_BOOKINGS, Code.NOT_IN_PROGRAMME})


@dataclass(frozen=True)
class Choice:
    """A plan on a machine."""

    machine: Machine
    plan: Plan


def hopeless(reasons: list[Reason]) -> bool:
    """Whether no other time or place can help."""
    return any(reason.code in _HOPELESS for reason in reasons)


def mended(plan: Plan, situation: Situation) -> Plan:
    """The plan with its times moved onto the grid and into what policy allows."""
    slot, policy = situation.slot, situation.policy
    shortest, longest = timedelta(minutes=policy.shortest_minutes), timedelta(hours=policy.longest_hours)
    length = min(max(plan.length, shortest), longest)
    length = -(-length // slot) * slot
    earliest = situation.earliest_start
    last = day_start(situation.time, situation.last_day + timedelta(days=1)) - slot
    starts_at = slot_start(situation.time, min(max(plan.starts_at, earliest), last), slot)
    return replace(plan, starts_at=starts_at, ends_at=starts_at + length)


def search_span(plan: Plan, situation: Situation) -> tuple[datetime, datetime]:
    """The time that facts about the wished machine must cover: every start tried, and its length."""
    near = mended(plan, situation)
    first = max(situation.earliest_start, near.starts_at - FURTHEST_SHIFT)
    last = day_start(situation.time, situation.last_day + timedelta(days=1))
    return first, min(last, near.starts_at + FURTHEST_SHIFT) + near.length


def remedies(
    plan: Plan,
    wished: Machine | None,
    others: tuple[Machine, ...],
    reasons: list[Reason],
    situation: Situation,
) -> tuple[Choice, ...]:
    """At most three choices: the best of each kind first, then more of the same kinds.

    `wished` must be known over `search_span`, `others` over the mended plan's time.
    """
    if hopeless(reasons):
        return ()
    near = mended(plan, situation)
    quota_broken = any(reason.code == Code.STARTUP_QUOTA for reason in reasons)
    kinds = [_same_time(near, wished, situation), _other_machines(near, wished, others, situation)]
    kinds.insert(0 if quota_broken else 2, _fewer(near, wished, situation))
    kinds.insert(2, _other_times(near, wished, situation))
    offered: list[Choice] = []
    for choice in _in_turn(kinds):
        if choice not in offered and choice.plan.gpu_numbers:
            offered.append(choice)
        if len(offered) == MOST_OFFERED:
            break
    return tuple(offered)


def _in_turn(kinds: list[Iterator[Choice]]) -> Iterator[Choice]:
    for kind in kinds:
        yield from islice(kind, 1)
    for kind in kinds:
        yield from kind


def _passes(choice: Choice, situation: Situation) -> bool:
    return not broken_rules(choice.plan, choice.machine, situation)


def _pick(plan: Plan, machine: Machine, count: int) -> Plan | None:
    """The plan on `count` free GPUs of a machine, those wished for first; None where fewer are free."""
    free = machine.free_gpus(plan.starts_at, plan.ends_at)
    if len(free) < count:
        return None
    nearest = sorted(free, key=lambda number: (number not in plan.gpu_numbers, number))
    return replace(plan, gpu_numbers=tuple(sorted(nearest[:count])))


def _count(plan: Plan) -> int:
    return max(1, len(plan.gpu_numbers))


def _same_time(near: Plan, wished: Machine | None, situation: Situation) -> Iterator[Choice]:
    if wished is None:
        return
    picked = _pick(near, wished, _count(near))
    if picked is not None and _passes(Choice(wished, picked), situation):
        yield Choice(wished, picked)


def _fewer(near: Plan, wished: Machine | None, situation: Situation) -> Iterator[Choice]:
    if wished is None:
        return
    for count in range(min(_count(near) - 1, len(wished.taken)), 0, -1):
        picked = _pick(near, wished, count)
        if picked is not None and _passes(Choice(wished, picked), situation):
            yield Choice(wished, picked)
            return


def _other_machines(
    near: Plan, wished: Machine | None, others: tuple[Machine, ...], situation: Situation
) -> Iterator[Choice]:
    memory = wished.gpu_memory_gb if wished else 0
    for machine in sorted(others, key=lambda one: (abs(one.gpu_memory_gb - memory), one.name)):
        picked = _pick(near, machine, _count(near))
        if picked is not None and _passes(Choice(machine, picked), situation):
            yield Choice(machine, picked)


def _other_times(near: Plan, wished: Machine | None, situation: Situation) -> Iterator[Choice]:
    """The nearest time after and the nearest before, whichever is nearer first."""
    if wished is None or wished.retired:
        return
    found: set[bool] = set()
    for starts_at in _starts(near, situation):
        later = starts_at > near.starts_at
        if later in found:
            continue
        moved = replace(near, starts_at=starts_at, ends_at=starts_at + near.length)
        picked = _pick(moved, wished, _count(near))
        if picked is not None and _passes(Choice(wished, picked), situation):
            found.add(later)
            yield Choice(wished, picked)
        if len(found) == 2:
            return


def _starts(near: Plan, situation: Situation) -> list[datetime]:
    """Every start on the grid that could be tried, nearest first, a later one before an earlier one."""
    first, end = search_span(near, situation)
    starts: list[datetime] = []
    day = situation.time.day_of(first)
    while (start := day_start(situation.time, day)) < end - near.length:
        day += timedelta(days=1)
        ends = day_start(situation.time, day)
        while start < ends:
            if first <= start < end - near.length and start != near.starts_at:
                starts.append(start)
            start += situation.slot
    return sorted(starts, key=lambda one: (abs(one - near.starts_at), one < near.starts_at))
