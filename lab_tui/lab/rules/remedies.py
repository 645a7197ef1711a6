"""What to book instead: the nearest plans that pass every rule, each checked by the rules themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby, islice
from operator import itemgetter

from lab_tui.errors import Reason
from lab_tui.lab.rules.booking import FURTHEST_EVER, LONGEST_EVER, Machine, Plan, Situation
from lab_tui.lab.rules.calendar import day_start, slot_end, slot_start
from lab_tui.lab.rules.fitting import Fitting
from lab_tui.lab.rules.reasons import Code

MOST_OFFERED = 3
# How far from the wished start another time is looked for.
FURTHEST_SHIFT = timedelta(days=14)
# The grid of another machine may begin up to an hour away.
_AROUND = timedelta(hours=1)
# How far a start is from the one wished for, whether it is earlier, and when it is.
_Start = tuple[timedelta, bool, datetime]


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
    """The time that facts about a machine must cover: every start tried, and its length."""
    near = mended(plan, machine, situation)
    first = max(situation.earliest_start(machine), near.starts_at - FURTHEST_SHIFT)
    last = max(near.starts_at, min(situation.starts_before(machine), near.starts_at + FURTHEST_SHIFT))
    # A slot that a day's end cuts short can make a booking longer by less than a slot.
    return first, last + near.length + situation.slot(machine)


def others_span(plan: Plan, machine: Machine | None, situation: Situation) -> tuple[datetime, datetime]:
    """The time that `near_choices` must know of others: as wished, and as mended for that machine."""
    near, now = mended(plan, machine, situation), situation.now
    wished_at = min(max(plan.starts_at, now), now + FURTHEST_EVER)
    wished_until = min(max(plan.ends_at, wished_at), wished_at + LONGEST_EVER)
    return min(near.starts_at, wished_at) - _AROUND, max(near.ends_at, wished_until) + _AROUND


def near_choices(
    plan: Plan,
    wished: Machine | None,
    others: Iterable[Machine],
    reasons: list[Reason],
    situation: Situation,
) -> Iterator[Choice]:
    """What changes one thing: the best of each kind, then more of the same kinds.

    The kinds: other GPUs of the machine, another machine (the likest first), another time (the nearest
    later one and the nearest earlier one), fewer GPUs; for who is over a quota fewer GPUs come first.
    `wished` must be known over `search_span`, `others` over `others_span`, closures over both.
    """
    fitting = Fitting(plan, situation)
    kinds = [_other_machines(plan, wished, others, situation, fitting)]
    if wished is not None and not situation.is_barred(wished):
        near = mended(plan, wished, situation)
        here, times = _here(near, wished, fitting), _other_times(near, wished, situation, fitting)
        same, fewer = ([one for one in here if _is_full(one, plan) == full] for full in (True, False))
        quota_broken = any(reason.code in (Code.STARTUP_QUOTA, Code.PERSON_QUOTA) for reason in reasons)
        first, last = (fewer, []) if quota_broken else ([], fewer)
        kinds = [iter(first), iter(same), *kinds, times, iter(last)]
    yield from _in_turn(kinds)


def _in_turn(kinds: list[Iterator[Choice]]) -> Iterator[Choice]:
    """The best of each kind, then the rest; no two kinds can hold the same choice."""
    for kind in kinds:
        yield from islice(kind, 1)
    for kind in kinds:
        yield from kind


def _count(plan: Plan) -> int:
    return max(1, len(plan.gpu_numbers))


def _is_full(choice: Choice, plan: Plan) -> bool:
    return len(choice.plan.gpu_numbers) == _count(plan)


def _here(near: Plan, wished: Machine, fitting: Fitting) -> list[Choice]:
    """The most GPUs of the machine at the time wished for."""
    most = fitting.most(wished, near.starts_at, near.ends_at)
    return [Choice(wished, most)] if most is not None else []


def _other_machines(
    plan: Plan, wished: Machine | None, others: Iterable[Machine], situation: Situation, fitting: Fitting
) -> Iterator[Choice]:
    known_from, known_until = others_span(plan, wished, situation)
    for machine in sorted(others, key=lambda one: _unlike(one, wished)):
        near = mended(plan, machine, situation)
        if situation.is_barred(machine) or near.starts_at < known_from or known_until < near.ends_at:
            continue
        full = fitting.full(machine, near.starts_at, near.ends_at)
        if full is not None:
            yield Choice(machine, full)


def _unlike(machine: Machine, wished: Machine | None) -> tuple[bool, int, str]:
    """How far a machine is from the one wished for."""
    memory = wished.gpu_memory_gb if wished else 0
    is_other = wished is None or machine.id != wished.id
    return is_other, abs(machine.gpu_memory_gb - memory), machine.name


def _other_times(near: Plan, wished: Machine, situation: Situation, fitting: Fitting) -> Iterator[Choice]:
    """The nearest time after and the nearest before, whichever is nearer first."""
    found: set[bool] = set()
    for shift, is_earlier, starts_at in _starts(near, wished, situation):
        if is_earlier in found or not shift:
            continue
        ends_at = ending(starts_at, near.length, wished, situation)
        if (full := fitting.full(wished, starts_at, ends_at)) is not None:
            found.add(is_earlier)
            yield Choice(wished, full)
        if len(found) == 2:
            return


def far_choices(
    plan: Plan,
    wished: Machine | None,
    machines: Iterable[Machine],
    situation: Situation,
    *,
    shorter: bool = True,
) -> Iterator[Choice]:
    """What changes anything: time, machine, number of GPUs; as a last resort, where `shorter`, the length.

    The nearest start first (a later one before one as much earlier), then the most GPUs, then the likest
    machine. A start on a machine stands for one choice, that of the most GPUs. When all of the length wished
    for have come, those of half the length follow in the same order, and so on by halves to the shortest
    booking. Every start on the grid within `FURTHEST_SHIFT` is tried once for each length, nothing else.
    `machines`, of which `wished` is one, and closures must be known over each one's `search_span`.
    """
    fitting = Fitting(plan, situation)
    alike = _alike(plan, machines, situation)
    most_lengths = max((len(group.lengths) for group in alike), default=0) if shorter else 1
    for halving in range(most_lengths):
        timed = [group.timed(halving, situation) for group in alike if halving < len(group.lengths)]
        for _at, starts in groupby(merge(*timed, key=_how_far), key=_how_far):
            found = [
                Choice(machine, most)
                for _shift, _is_earlier, starts_at, ends_at, group in starts
                for machine in group.machines
                if (most := fitting.most(machine, starts_at, ends_at)) is not None
            ]
            yield from sorted(found, key=lambda one: _worth(one, wished))


def _worth(choice: Choice, wished: Machine | None) -> tuple[int, tuple[bool, int, str]]:
    return -len(choice.plan.gpu_numbers), _unlike(choice.machine, wished)


@dataclass(frozen=True)
class _Alike:
    """Machines on which the same times can be tried; `lengths` are the longest and its halves."""

    machines: list[Machine]
    near: Plan
    lengths: list[timedelta]

    def timed(self, halving: int, situation: Situation) -> Iterator[_Timed]:
        """Each start to try with its end, nearest first."""
        machine, length = self.machines[0], self.lengths[halving]
        for shift, is_earlier, starts_at in _starts(self.near, machine, situation):
            yield shift, is_earlier, starts_at, ending(starts_at, length, machine, situation), self


_Timed = tuple[timedelta, bool, datetime, datetime, _Alike]
_how_far = itemgetter(0, 1)


def _alike(plan: Plan, machines: Iterable[Machine], situation: Situation) -> list[_Alike]:
    """The machines that somebody can book something on, by the times to try."""
    found: dict[object, _Alike] = {}
    for machine in machines:
        if situation.is_barred(machine):
            continue
        near, lengths = mended(plan, machine, situation), _lengths(plan, machine, situation)
        key = near, *lengths, situation.slot(machine), situation.starts_before(machine)
        found.setdefault(key, _Alike([], near, lengths)).machines.append(machine)
    return list(found.values())


def _lengths(plan: Plan, machine: Machine, situation: Situation) -> list[timedelta]:
    """The length wished for, as far as the machine allows it, and its halves in whole slots."""
    slot = situation.slot(machine)
    least = max(slot, timedelta(minutes=situation.policy_of(machine).shortest_minutes))
    lengths = [mended(plan, machine, situation).length]
    while lengths[-1] > least:
        lengths.append(max(least, lengths[-1] // 2 // slot * slot))
    return lengths


def _starts(near: Plan, machine: Machine, situation: Situation) -> list[_Start]:
    """Every start on the grid that could be tried, nearest first, a later one before an earlier one."""
    first, end = search_span(near, machine, situation)
    slot = situation.slot(machine)
    latest = end - near.length - slot
    starts = {near.starts_at, *grid(first, latest, slot, situation)}
    return sorted((abs(one - near.starts_at), one < near.starts_at, one) for one in starts)


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
