"""What to book instead, against a search that tries every start, length and number of GPUs everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lab_tui.clock import LabTime
from lab_tui.lab.rules.booking import Blocked, Booker, Machine, Plan, Situation, Span, broken_rules
from lab_tui.lab.rules.picking import first_fit
from lab_tui.lab.rules.quota import Use
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.rules.remedies import FURTHEST_SHIFT, MOST_OFFERED, Choice, ending, mended, others_span
from tests.lab.rules.minute_model import DAY, MINUTE, ZONES, cases, into_slot, machines, number, uses
from tests.lab.rules.offered import remedies
from tests.world import PLAIN

HOUR = timedelta(hours=1)
HONG_KONG = LabTime.named("Asia/Hong_Kong")
NOW = ZONES["Asia/Hong_Kong"]
# 15:00 in Hong Kong, the first whole slot.
THREE = datetime(2026, 11, 22, 7, tzinfo=UTC)
FREE = Machine(1, "lantau", 48, False, {0: (), 1: (), 2: (), 3: ()})
OTHER = replace(FREE, id=2, name="kowloon")


def starts(near: Plan, machine: Machine, situation: Situation) -> list[datetime]:
    """Every start on a machine's grid, found by looking at each minute."""
    slot = situation.policy_of(machine).slot_minutes
    first = number(situation.now) - into_slot(situation.time, number(situation.now), slot)
    return [
        start
        for minute in range(first, number(situation.starts_before(machine)))
        if into_slot(situation.time, minute, slot) == 0
        and abs((start := datetime.fromtimestamp(minute * 60, UTC)) - near.starts_at) <= FURTHEST_SHIFT
    ]


def halves(near: Plan, machine: Machine, situation: Situation) -> list[timedelta]:
    """The length that is possible, half of it in whole slots, half of that: down to the shortest."""
    slot, length = situation.slot(machine), near.length
    shortest = max(slot, situation.policy_of(machine).shortest_minutes * MINUTE)
    found = [length]
    while length > shortest:
        length = max(shortest, length / 2 - (length / 2) % slot)
        found.append(length)
    return found


def best(plan: Plan, machine: Machine, span: Span, situation: Situation) -> Choice | None:
    """The passing choice of the most GPUs at a time."""
    free = [gpu for gpu in machine.taken if machine.is_free(gpu, span.starts_at, span.ends_at)]
    for count in range(max(1, len(plan.gpu_numbers)), 0, -1):
        chosen = first_fit(free, count, liked=plan.gpu_numbers)
        if chosen is not None:
            choice = Choice(machine, Plan(chosen, span.starts_at, span.ends_at))
            if not broken_rules(choice.plan, machine, situation):
                return choice
    return None


def everything(
    plan: Plan, wished: Machine, others: tuple[Machine, ...], situation: Situation
) -> Iterator[tuple[tuple[object, ...], Choice]]:
    """Every choice that passes, with what it is ranked by."""
    for machine in (wished, *others):
        if machine.retired:
            continue
        near = mended(plan, machine, situation)
        for halving, length in enumerate(halves(near, machine, situation)):
            for start in starts(near, machine, situation):
                choice = best(
                    plan, machine, Span(start, ending(start, length, machine, situation)), situation
                )
                if choice is not None:
                    unlike = (
                        machine.id != wished.id,
                        abs(machine.gpu_memory_gb - wished.gpu_memory_gb),
                        machine.name,
                    )
                    shift = start - near.starts_at
                    fewer = -len(choice.plan.gpu_numbers)
                    yield (halving, abs(shift), shift < timedelta(), fewer, unlike), choice


def in_order(
    plan: Plan, wished: Machine, others: tuple[Machine, ...], codes: set[str], situation: Situation
) -> list[Choice]:
    """Every choice that passes as it should be offered: one change first, the best of each kind; the rest."""
    ranked = sorted(everything(plan, wished, others, situation), key=lambda one: one[0])
    full = -max(1, len(plan.gpu_numbers))
    known_from, known_until = others_span(plan, wished, situation)
    same, elsewhere, later, earlier, fewer = (list[Choice]() for _ in range(5))
    for (halving, shift, is_earlier, count, (is_other, *_rest)), choice in ranked:  # type: ignore[misc]
        if halving:
            continue
        if is_other:
            known = known_from <= choice.plan.starts_at and choice.plan.ends_at <= known_until
            if not shift and count == full and known:
                elsewhere.append(choice)
        elif not shift:
            (same if count == full else fewer).append(choice)
        elif count == full:
            (earlier if is_earlier else later).append(choice)
    times = sorted(
        (*later[:1], *earlier[:1]),
        key=lambda one: next(rank[1:3] for rank, choice in ranked if choice == one),
    )
    over = codes & {Code.STARTUP_QUOTA, Code.PERSON_QUOTA}
    order = [fewer, same, elsewhere, times] if over else [same, elsewhere, times, fewer]
    first = [kind[0] for kind in order if kind] + [one for kind in order for one in kind[1:]]
    found: list[Choice] = []
    for choice in (*first, *(choice for _, choice in ranked)):
        if choice not in found:
            found.append(choice)
    return found


@settings(max_examples=120, deadline=None)
@given(cases(), st.data())
def test_as_many_come_as_there_are_and_in_their_order(
    case: tuple[Plan, Machine, Situation], data: st.DataObject
) -> None:
    plan, machine, situation = case

    def near_by(policy: object) -> object:
        return replace(policy, horizon_days=1) if policy is not None else None  # type: ignore[type-var]

    situation = replace(situation, policy=near_by(situation.policy))  # type: ignore[arg-type]
    situation = replace(situation, given_up=data.draw(st.just(()) | uses(situation.now)))
    base = situation.now.replace(minute=0)
    drawn = [data.draw(machines(base, one)) for one in range(2, 2 + data.draw(st.integers(0, 2)))]
    wished, *others = (replace(one, policy=near_by(one.policy)) for one in (machine, *drawn))  # type: ignore[arg-type]
    reasons = broken_rules(plan, wished, situation)
    if not reasons or not situation.booker.in_programme:
        return
    found = remedies(plan, wished, tuple(others), reasons, situation)
    codes = {str(reason.code) for reason in reasons}
    assert list(found) == in_order(plan, wished, tuple(others), codes, situation)[:MOST_OFFERED]
    assert all(not broken_rules(choice.plan, choice.machine, situation) for choice in found)


def a_situation(**more: object) -> Situation:
    made = Situation(NOW, HONG_KONG, PLAIN, Booker("Lumen Vision", True))
    return replace(made, **more)  # type: ignore[arg-type]


def offered(plan: Plan, others: tuple[Machine, ...], situation: Situation) -> list[tuple[str, int, datetime]]:
    reasons = broken_rules(plan, FREE, situation)
    assert reasons
    return [
        (choice.machine.name, len(choice.plan.gpu_numbers), choice.plan.starts_at)
        for choice in remedies(plan, FREE, others, reasons, situation)
    ]


def test_after_a_closure_other_machines_are_offered_as_well() -> None:
    until = THREE + 8 * HOUR
    closed = a_situation(closures=(Blocked("Typhoon", NOW - HOUR, until),))
    wished = Plan((0,), THREE, THREE + HOUR)
    assert offered(wished, (OTHER, replace(OTHER, id=3, name="sai-kung")), closed) == [
        ("lantau", 1, until),
        ("kowloon", 1, until),
        ("sai-kung", 1, until),
    ]


def test_more_gpus_than_a_machine_has_become_all_it_has_and_then_later() -> None:
    wished = Plan((0, 1, 2, 3, 4, 5), THREE, THREE + HOUR)
    assert offered(wished, (OTHER,), a_situation()) == [
        ("lantau", 4, THREE),
        ("kowloon", 4, THREE),
        ("lantau", 4, THREE + HOUR / 2),
    ]


def test_another_time_and_fewer_gpus_together_and_as_a_last_resort_a_shorter_time() -> None:
    """The week's hours are used up; next week has room for what is smaller, or shorter."""
    policy = replace(PLAIN, person_hours_a_week=4, only_when_open=True)
    week = (Use(NOW - DAY, NOW - DAY + 4 * HOUR, 1),)
    used_up = a_situation(
        policy=policy, booker=Booker("Lumen Vision", True, own_uses=week), opens="09:00", closes="18:00"
    )
    monday = datetime(2026, 11, 23, 1, tzinfo=UTC)
    wished = Plan((0, 1, 2, 3), THREE, THREE + 2 * HOUR)
    assert offered(wished, (), used_up) == [
        ("lantau", 2, monday),
        ("lantau", 2, monday + HOUR / 2),
        ("lantau", 2, monday + HOUR),
    ]
    # Two hours at a time are free, no more; half of three hours are one and a half.
    spans = tuple(Span(THREE + n * 3 * HOUR, THREE + (n * 3 + 1) * HOUR) for n in range(-1, 200))
    busy = replace(FREE, taken={0: spans})
    reasons = broken_rules(Plan((0,), THREE, THREE + 3 * HOUR), busy, a_situation())
    found = remedies(Plan((0,), THREE, THREE + 3 * HOUR), busy, (), reasons, a_situation())
    assert [(choice.plan.starts_at - THREE, choice.plan.length) for choice in found] == [
        (HOUR, 1.5 * HOUR),
        (1.5 * HOUR, 1.5 * HOUR),
        (4 * HOUR, 1.5 * HOUR),
    ]
