"""The waiting list for GPUs: whose turn it is, how long an offer stands, which windows can be waited for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lab_tui.clock import LabTime
from lab_tui.config import GpusSection
from lab_tui.errors import Reason
from lab_tui.lab.rules.booking import (
    FURTHEST_EVER,
    LONGEST_EVER,
    Machine,
    Plan,
    Situation,
    Span,
    broken_rules,
)
from lab_tui.lab.rules.calendar import night
from lab_tui.lab.rules.finding import Search, find
from lab_tui.lab.rules.reasons import Code, for_nobody_to_pass
from lab_tui.lab.rules.remedies import Choice

# An offer that stands for less could not be answered.
SHORTEST_OFFER = timedelta(minutes=5)
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_PIECE = timedelta(hours=2)


@dataclass(frozen=True)
class InLine:
    """A wait as the order of the line sees it.

    `team` is its start-up, and `use` that start-up's share. `since` is when it joined, or when its start-up
    was last offered something: whoever was served goes to the end of the line.
    """

    wait_id: int
    team: int
    since: datetime
    skipped: bool
    use: float

    @property
    def joined(self) -> tuple[datetime, int]:
        """Who of two came first."""
        return self.since, self.wait_id


def line(waiting: Iterable[InLine]) -> list[InLine]:
    """The order in which what is free is offered.

    Whoever was skipped once comes first, by when they joined; then the start-up with the least use lately.
    """
    return sorted(waiting, key=_turn)


def _turn(one: InLine) -> tuple[bool, float, tuple[datetime, int]]:
    return not one.skipped, 0.0 if one.skipped else one.use, one.joined


def is_skipped(one: InLine, preferred: InLine) -> bool:
    """Whether somebody is skipped by an offer that they could have taken as well.

    It went to another start-up's wait that joined later. As `line` puts those first who were skipped, nobody
    is skipped twice before their own start-up's next offer.
    """
    return preferred.team != one.team and preferred.joined > one.joined


def served(waiting: Iterable[InLine], team: int, gpu_hours: float, now: datetime) -> list[InLine]:
    """The line after an offer of so many GPU-hours to a start-up: its other waits go to the end.

    So a start-up that waits for many things has one turn at a time, like one that waits for a single thing.
    """
    return [
        replace(one, since=now, skipped=False, use=one.use + gpu_hours) if one.team == team else one
        for one in waiting
    ]


def answer_by(now: datetime, policy: GpusSection, time: LabTime) -> datetime:
    """Until when an offer made now stands: `offer_minutes` of waking hours later.

    Waking hours run from `offer_from` to `offer_until` of each day on the lab's wall clock.
    """
    left = timedelta(minutes=policy.offer_minutes)
    # Waking hours that began yesterday may run past midnight.
    day = time.day_of(now) - _DAY
    while True:
        wakes, sleeps = night(time, day, policy.offer_from, policy.offer_until)
        begin = max(now, wakes)
        if sleeps - begin >= left:
            return begin + left
        left -= max(sleeps - begin, timedelta())
        day += _DAY


def best_place(search: Search, machines: Iterable[Machine], situation: Situation) -> Choice | None:
    """The place to offer to somebody who waits; None where nothing passes every rule.

    A place that begins only after the full time for an answer is preferred to a sooner one, which the offer
    would have to be answered before.
    """
    fitting, now = [machine for machine in machines if _could_serve(search, machine)], situation.now
    unhurried = answer_by(now, situation.policy, situation.time)
    for begin in (unhurried, now + SHORTEST_OFFER):
        later = replace(search, earliest=max(search.earliest, begin))
        starts = [start for one in fitting if (start := _soonest_start(later, one, situation)) is not None]
        if starts:
            longest = max(_at_most(search, machine, situation) for machine in fitting)
            latest = min(search.latest, min(starts) + longest)
            here = replace(later, earliest=min(starts), latest=latest)
            return find(here, fitting, situation, at_most=1)[0]
    return None


def _at_most(search: Search, machine: Machine | None, situation: Situation) -> timedelta:
    """What a machine's shortest booking and its grid can make of a length."""
    shortest = timedelta(minutes=situation.policy_of(machine).shortest_minutes)
    return max(_sane(search.length), shortest) + situation.slot(machine)


def _sane(length: timedelta) -> timedelta:
    """A length to reckon with: no rule tells longer ones apart."""
    return max(timedelta(), min(length, 2 * LONGEST_EVER))


def _soonest_start(search: Search, machine: Machine, situation: Situation) -> datetime | None:
    if situation.is_barred(machine):
        return None
    before = situation.starts_before(machine)
    for begin, end in openings(search, machine):
        # Mostly the first start of an opening will do: the rest of it need not be looked at.
        while begin <= min(end, before):
            piece = min(begin + _PIECE, end) + _at_most(search, machine, situation)
            here = replace(search, earliest=begin, latest=min(piece, search.latest))
            for choice in find(here, (machine,), situation, at_most=1):
                return choice.plan.starts_at
            begin += _PIECE
    return None


def openings(search: Search, machine: Machine) -> list[tuple[datetime, datetime]]:
    """From when until when (both included) enough GPUs of a machine are free for the whole length.

    It takes as long as there are bookings, however many slots the window has.
    """
    last = search.latest - search.length
    changes: list[tuple[datetime, int]] = []
    for spans in machine.taken.values():
        begin = search.earliest
        for span in spans:
            _add_stretch(changes, begin, min(span.starts_at - search.length, last))
            begin = max(begin, span.ends_at)
        _add_stretch(changes, begin, last)
    # At one instant a stretch that begins comes before one that ends: both have it.
    changes.sort(key=lambda change: (change[0], -change[1]))
    found: list[tuple[datetime, datetime]] = []
    free, opened = 0, search.earliest
    for instant, change in changes:
        free += change
        if change > 0 and free == search.gpu_count:
            opened = instant
        elif change < 0 and free == search.gpu_count - 1:
            found.append((opened, instant))
    return found


def _add_stretch(changes: list[tuple[datetime, int]], begin: datetime, end: datetime) -> None:
    if begin <= end:
        changes += [(begin, 1), (end, -1)]


def within_reach(
    search: Search, machines: Iterable[Machine], situation: Situation
) -> tuple[datetime, datetime]:
    """The time of a search in which anything can be found: what machines must be known over."""
    every = tuple(machines) or (None,)
    earliest = max(search.earliest, min(situation.earliest_start(machine) for machine in every))
    furthest = max(situation.starts_before(one) + _at_most(search, one, situation) for one in every)
    # A search in the year 9999 reads nothing, and need not reckon there.
    earliest = min(earliest, furthest)
    return earliest, max(earliest, min(search.latest, furthest))


def without(machine: Machine, plans: Iterable[Plan]) -> Machine:
    """A machine whose GPUs are also taken by some plans."""
    taken = {number: list(spans) for number, spans in machine.taken.items()}
    for plan in plans:
        for number in plan.gpu_numbers:
            taken[number].append(Span(plan.starts_at, plan.ends_at))
    spans = {number: tuple(sorted(of_gpu, key=_start)) for number, of_gpu in taken.items()}
    return replace(machine, taken=spans)


def _start(span: Span) -> datetime:
    return span.starts_at


# What can be said of a window before a place in it is known.
_OF_A_WINDOW = frozenset(
    {
        *(Code.TOO_LONG, Code.BEYOND_HORIZON, Code.HORIZON_SHORTENED),
        *(Code.NOT_IN_PROGRAMME, Code.MEMBERSHIP_ENDS),
    }
)


def broken_window(search: Search, machines: Iterable[Machine], situation: Situation) -> list[Reason]:
    """Every reason why nothing could ever be found for a search among the machines in use.

    A length off a machine's grid, or shorter than its shortest booking, is none: it gets a little more.
    """
    fitting = [machine for machine in machines if _could_serve(search, machine)]
    reasons = list(_broken_times(search, fitting, situation))
    if search.gpu_count <= 0:
        reasons.append(Reason(Code.NO_GPUS))
    elif not fitting:
        # Without a wish for memory it is the number alone.
        facts = {"gpus": search.gpu_count} | (
            {"memory": search.memory_at_least} if search.memory_at_least else {}
        )
        reasons.append(Reason(Code.NO_SUCH_MACHINE, facts))
    return [*reasons, *_broken_everywhere(search, fitting, situation)]


def _could_serve(search: Search, machine: Machine) -> bool:
    return (
        len(machine.taken) >= search.gpu_count
        and machine.gpu_memory_gb >= search.memory_at_least
        and search.workstation_id in (None, machine.id)
    )


def _broken_times(search: Search, machines: list[Machine], situation: Situation) -> Iterator[Reason]:
    every = machines or (None,)
    window, policies = search.latest - search.earliest, [situation.policy_of(one) for one in every]
    shortest = timedelta(minutes=min(policy.shortest_minutes for policy in policies))
    length = max(search.length, shortest)
    soonest = min(situation.earliest_start(machine) for machine in every)
    if search.length <= timedelta():
        yield Reason(Code.TOO_SHORT, {"minutes": shortest // _MINUTE})
    if window <= timedelta():
        yield Reason(Code.ENDS_BEFORE_START, {"start": search.earliest, "end": search.latest})
    elif length > window:
        yield Reason(Code.WINDOW_TOO_SHORT, {"minutes": length // _MINUTE})
    elif search.latest - max(search.earliest, soonest) < length:
        yield Reason(Code.IN_THE_PAST, {"start": search.earliest})


def _broken_everywhere(search: Search, machines: list[Machine], situation: Situation) -> list[Reason]:
    """What the soonest place of the window breaks on every machine that could serve."""
    every = [_broken_soonest(search, machine, situation) for machine in machines or (None,)]
    return [reason for code, reason in every[0].items() if all(code in broken for broken in every)]


def _broken_soonest(search: Search, machine: Machine | None, situation: Situation) -> dict[str, Reason]:
    starts_at = max(search.earliest, situation.earliest_start(machine))
    # A window may lie in the year 9999.
    starts_at = min(starts_at, situation.now + 2 * FURTHEST_EVER)
    plan = Plan((), starts_at, starts_at + _sane(search.length))
    # Nobody can allow a search all the same: there is nothing yet to be allowed.
    reasons = for_nobody_to_pass(broken_rules(plan, machine, situation))
    return {reason.code: reason for reason in reasons if reason.code in _OF_A_WINDOW}
