"""Find me some GPUs: against an oracle that tries every start of every machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_tui.clock import LabTime
from lab_tui.lab.rules.booking import Blocked, Booker, Machine, Plan, Situation, Span
from lab_tui.lab.rules.finding import MOST_FOUND, Search, find, odd_ends
from lab_tui.lab.rules.remedies import Choice
from tests.lab.rules.minute_model import (
    MINUTE,
    ZONES,
    into_slot,
    machines,
    minutes,
    model,
    number,
    situations,
)
from tests.world import PLAIN

HOUR = timedelta(hours=1)
HONG_KONG = LabTime.named("Asia/Hong_Kong")
NOW = ZONES["Asia/Hong_Kong"]
# 15:00 in Hong Kong, the first whole slot.
THREE = datetime(2026, 11, 22, 7, tzinfo=UTC)


def on_grid(minute: int, machine: Machine, situation: Situation) -> bool:
    return into_slot(situation.time, minute, situation.policy_of(machine).slot_minutes) == 0


def at(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def length_on(machine: Machine, start: int, search: Search, situation: Situation) -> int:
    """At least as long as wished for and as the machine's shortest booking, up to its grid."""
    shortest = situation.policy_of(machine).shortest_minutes
    length = max(search.length // MINUTE, shortest)
    while not on_grid(start + length, machine, situation):
        length += 1
    return length


def free_gpus(machine: Machine, wanted: set[int]) -> list[int]:
    return [
        gpu
        for gpu, taken in sorted(machine.taken.items())
        if not any(wanted & minutes(span.starts_at, span.ends_at) for span in taken)
    ]


def runs(machine: Machine, wanted: set[int], situation: Situation) -> bool:
    blocked = (*machine.outages, *situation.closures)
    return not any(wanted & minutes(one.starts_at, one.ends_at) for one in blocked)


def soonest_of_each_stretch(
    search: Search, machine: Machine, situation: Situation
) -> list[tuple[datetime, datetime]]:
    """Every start tried, minute by minute."""
    found: list[tuple[datetime, datetime]] = []
    is_new = True
    for start in range(number(situation.now) - 60, number(search.latest)):
        if at(start) < search.earliest or not on_grid(start, machine, situation):
            continue
        end = start + length_on(machine, start, search, situation)
        wanted = set(range(start, end))
        enough = len(free_gpus(machine, wanted)) >= search.gpu_count
        if end > number(search.latest) or not enough or not runs(machine, wanted, situation):
            is_new = True
        elif is_new:
            gpus = tuple(free_gpus(machine, wanted)[: search.gpu_count])
            if not model(Plan(gpus, at(start), at(end)), machine, situation):
                found.append((at(start), at(end)))
                is_new = False
    return found


@st.composite
def searches(draw: st.DrawFn, situation: Situation) -> Search:
    base = situation.now.replace(minute=0)
    earliest = base + draw(st.integers(-600, 2000)) * MINUTE
    return Search(
        gpu_count=draw(st.integers(1, 4)),
        length=draw(st.sampled_from([20, 60, 75, 180])) * MINUTE,
        earliest=earliest,
        latest=earliest + draw(st.sampled_from([4000, 2000, 500]) | st.integers(0, 4000)) * MINUTE,
        memory_at_least=draw(st.sampled_from([0, 0, 48])),
        workstation_id=draw(st.sampled_from([None, None, 2])),
    )


@settings(max_examples=150, deadline=None)
@given(situations(), st.data())
def test_the_soonest_of_each_stretch_is_found_and_passes_every_rule(
    situation: Situation, data: st.DataObject
) -> None:
    base, booker = situation.now.replace(minute=0), situation.booker
    # Whoever may book nothing is told so by a test of its own.
    situation = replace(situation, booker=replace(booker, in_programme=True, open_bookings=0))
    fleet = [data.draw(machines(base, one)) for one in range(1, data.draw(st.integers(2, 3)))]
    search = data.draw(searches(situation))
    found = find(search, fleet, situation, at_most=1000)
    for choice in found:
        assert len(choice.plan.gpu_numbers) == search.gpu_count
        assert model(choice.plan, choice.machine, situation) == []
    for machine in fleet:
        here = [(one.plan.starts_at, one.plan.ends_at) for one in found if one.machine is machine]
        fits = machine.gpu_memory_gb >= search.memory_at_least and search.workstation_id in (None, machine.id)
        assert here == (soonest_of_each_stretch(search, machine, situation) if fits else [])
    ranks = [(one.plan.starts_at, odd_minutes(one)) for one in found]
    assert ranks == sorted(ranks)
    assert find(search, fleet, situation) == found[:MOST_FOUND]


def odd_minutes(choice: Choice) -> int:
    """The free minutes next to a place, walked one by one from its edges; a day of them is none."""
    total = 0
    for gpu in choice.plan.gpu_numbers:
        taken = set().union(
            *(minutes(one.starts_at, one.ends_at) for one in choice.machine.taken[gpu]), set()
        )
        first, last = number(choice.plan.starts_at) - 1, number(choice.plan.ends_at)
        before = next((gap for gap in range(1440) if first - gap in taken), 0)
        after = next((gap for gap in range(1440) if last + gap in taken), 0)
        total += before + after
    return total


def a_machine(name: str, *taken: tuple[float, float], gpus: int = 2, memory: int = 48) -> Machine:
    """A machine all of whose GPUs are taken at the same times, in hours after three."""
    spans = tuple(Span(THREE + begin * HOUR, THREE + end * HOUR) for begin, end in taken)
    return Machine(len(name), name, memory, False, dict.fromkeys(range(gpus), spans))


def a_situation(**more: object) -> Situation:
    made = Situation(NOW, HONG_KONG, PLAIN, Booker("Lumen Vision", True))
    return replace(made, **more)  # type: ignore[arg-type]


def a_search(**more: object) -> Search:
    made = Search(gpu_count=2, length=2 * HOUR, earliest=THREE, latest=THREE + 24 * HOUR)
    return replace(made, **more)  # type: ignore[arg-type]


def places(found: tuple[Choice, ...]) -> list[tuple[str, float]]:
    return [(one.machine.name, (one.plan.starts_at - THREE) / HOUR) for one in found]


def test_the_soonest_come_first_and_of_two_the_one_that_fits_best() -> None:
    open_ended = a_machine("a")
    # Free for three hours: an hour is left over. And free for exactly two.
    loose, exact = a_machine("bb", (3, 9)), a_machine("ccc", (2, 9))
    found = find(a_search(), [open_ended, loose, exact], a_situation())
    assert places(found) == [("a", 0), ("ccc", 0), ("bb", 0), ("bb", 9), ("ccc", 9)]
    assert [odd_ends(one) for one in found] == [timedelta(), timedelta(), 2 * HOUR, timedelta(), timedelta()]


def test_a_small_machine_is_taken_before_a_large_one() -> None:
    large, small = a_machine("a", gpus=8), a_machine("bb", gpus=2)
    grand = a_machine("ccc", gpus=2, memory=80)
    assert places(find(a_search(), [large, grand, small], a_situation())) == [("bb", 0), ("ccc", 0), ("a", 0)]
    assert places(find(a_search(memory_at_least=50), [large, grand, small], a_situation())) == [("ccc", 0)]
    assert places(find(a_search(workstation_id=1), [large, grand, small], a_situation())) == [("a", 0)]


def test_after_an_outage_a_machine_is_a_new_place() -> None:
    out = (Blocked("fan", THREE + 4 * HOUR, THREE + 6 * HOUR),)
    broken = replace(a_machine("a"), outages=out)
    assert places(find(a_search(), [broken], a_situation())) == [("a", 0), ("a", 6)]
    assert places(find(a_search(), [a_machine("a")], a_situation(closures=out))) == [("a", 0), ("a", 6)]


def test_a_length_is_rounded_up_to_the_machine_s_grid_and_shortest() -> None:
    coarse = replace(a_machine("a"), policy=replace(PLAIN, slot_minutes=60, shortest_minutes=180))
    (found,) = find(a_search(length=45 * MINUTE), [coarse], a_situation())
    assert found.plan.length == 3 * HOUR
    (found,) = find(a_search(length=45 * MINUTE), [a_machine("a")], a_situation())
    assert found.plan.length == HOUR


def test_a_window_may_fit_to_the_minute() -> None:
    exact = a_search(latest=THREE + 2 * HOUR)
    assert places(find(exact, [a_machine("a")], a_situation())) == [("a", 0)]
    assert find(replace(exact, latest=exact.latest - MINUTE), [a_machine("a")], a_situation()) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"gpu_count": 0},
        {"gpu_count": 3},
        {"gpu_count": 10**9},
        {"length": timedelta()},
        {"length": -HOUR},
        {"length": timedelta.max},
        {"length": 25 * HOUR, "latest": THREE + 90 * HOUR},
        {"latest": THREE + HOUR},
        {"latest": datetime.min.replace(tzinfo=UTC)},
        {"earliest": datetime.max.replace(tzinfo=UTC)},
        {"memory_at_least": 1000},
        {"workstation_id": 99},
    ],
)
def test_what_cannot_be_is_not_found(change: dict[str, object]) -> None:
    assert find(a_search(**change), [a_machine("a")], a_situation()) == ()


def test_a_search_without_an_end_stops_at_the_horizon() -> None:
    always = {"earliest": datetime.min.replace(tzinfo=UTC), "latest": datetime.max.replace(tzinfo=UTC)}
    taken = a_machine("a", (-1, 24 * 13))
    # 2026-12-06 is the last day on which a booking may begin.
    assert places(find(a_search(**always), [taken], a_situation())) == [("a", 24 * 13)]
    assert find(a_search(**always), [a_machine("a", (-1, 24 * 15))], a_situation()) == ()


@pytest.mark.parametrize(
    "booker",
    [
        Booker("Lumen Vision", False),
        Booker("Lumen Vision", True, open_bookings=6),
        Booker("Lumen Vision", True, member_until=NOW),
    ],
)
def test_whoever_can_book_nothing_finds_nothing(booker: Booker) -> None:
    assert find(a_search(), [a_machine("a")], a_situation(booker=booker)) == ()
