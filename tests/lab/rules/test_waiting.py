"""The waiting list's rules: whose turn it is, until when an offer stands, where there is room."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_tui.clock import LabTime
from lab_tui.config import GpusSection
from lab_tui.lab.rules.booking import Booker, Machine, Plan, Situation, Span
from lab_tui.lab.rules.finding import Search, find
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.rules.waiting import (
    SHORTEST_OFFER,
    InLine,
    answer_by,
    best_place,
    broken_window,
    is_skipped,
    line,
    openings,
    served,
    within_reach,
    without,
)
from tests.lab.rules.minute_model import MINUTE, ZONES, between, machines, number, situations
from tests.world import PLAIN

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = ZONES["Asia/Hong_Kong"]
HONG_KONG = LabTime.named("Asia/Hong_Kong")
TEAMS = 5
KINDS = "ab"


# Whose turn it is


def stands(wait_id: int, team: int, minutes: int, use: float = 0.0, skipped: bool = False) -> InLine:
    """Who joined so many minutes ago."""
    return InLine(wait_id, team, NOW - minutes * MINUTE, skipped, use)


def test_the_line_goes_by_who_was_skipped_then_use_then_time() -> None:
    waiting = [
        stands(1, 1, 50, use=9.0),
        stands(2, 2, 40, use=2.0),
        stands(3, 3, 45, use=2.0),
        stands(4, 4, 10, use=90.0, skipped=True),
        stands(5, 5, 20, use=99.0, skipped=True),
        stands(6, 6, 40, use=2.0),
        stands(7, 7, 90, use=0.0),
    ]
    assert [one.wait_id for one in line(waiting)] == [5, 4, 7, 3, 2, 6, 1]


def test_whoever_joined_first_is_skipped_by_others_but_not_by_their_own_team() -> None:
    early, late = stands(1, 1, 50), stands(2, 2, 40)
    assert is_skipped(early, preferred=late)
    assert not is_skipped(late, preferred=early)
    assert not is_skipped(early, preferred=stands(3, 1, 40))
    # Of two that joined at the same instant the lower number did so first.
    assert is_skipped(stands(1, 1, 40), preferred=late)


@dataclass
class Desk:
    """A lab in which things of two kinds free, one after the other."""

    waiting: list[InLine] = field(default_factory=list)
    wants: dict[int, str] = field(default_factory=dict)
    # How often a wait was skipped, and how many offers it saw pass that it could have taken, since its
    # team was last offered something.
    skipped: Counter[int] = field(default_factory=Counter)
    passed: Counter[int] = field(default_factory=Counter)
    minute: int = 0

    def join(self, team: int, wants: str) -> None:
        self.minute += 1
        wait = stands(len(self.wants), team, -self.minute, self.use_of(team))
        self.wants[wait.wait_id] = wants
        self.waiting.append(wait)

    def use_of(self, team: int) -> float:
        return next((one.use for one in self.waiting if one.team == team), float(team))

    def free(self, kind: str, gpu_hours: float) -> None:
        self.minute += 1
        could = [one for one in line(self.waiting) if kind in self.wants[one.wait_id]]
        if not could:
            return
        first, *others = could
        self.waiting.remove(first)
        for one in others:
            self.passed[one.wait_id] += 1
            if is_skipped(one, first):
                self.skipped[one.wait_id] += 1
                self.waiting = [
                    replace(other, skipped=True) if other == one else other for other in self.waiting
                ]
        self.waiting = served(self.waiting, first.team, gpu_hours, NOW + self.minute * MINUTE)
        for one in self.waiting:
            if one.team == first.team:
                del self.skipped[one.wait_id], self.passed[one.wait_id]


happenings = st.one_of(
    st.tuples(st.integers(1, TEAMS), st.sampled_from([*KINDS, KINDS])),
    st.tuples(st.sampled_from(KINDS), st.floats(0, 50)),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(happenings, max_size=60))
def test_nobody_is_skipped_twice_and_all_come_to_their_turn(happened: list[tuple[object, object]]) -> None:
    desk = Desk()
    for what, more in happened:
        if isinstance(what, int):
            desk.join(what, str(more))
        else:
            desk.free(str(what), float(more))  # type: ignore[arg-type]
        assert all(times <= 1 for times in desk.skipped.values())
        for wait_id, passed in desk.passed.items():
            # Each other team once, and one that was preferred. Of teams that want only some things this
            # cannot be said: what they could not have took nobody's turn.
            if all(wants == KINDS for wants in desk.wants.values()):
                assert passed <= TEAMS, wait_id


def test_many_waits_of_one_team_are_one_turn_at_a_time() -> None:
    desk = Desk()
    for _ in range(30):
        desk.join(1, KINDS)
    desk.join(2, KINDS)
    late = desk.waiting[-1]
    desk.free("a", 1.0)
    desk.free("a", 1.0)
    assert late not in desk.waiting
    assert desk.passed[late.wait_id] == 1


# Until when


hours = st.integers(0, 23).map("{:02d}:00".format)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(ZONES)), st.integers(0, 3000), st.integers(5, 400), hours, hours | st.just("24:00")
)
def test_an_offer_stands_for_so_many_waking_minutes(
    zone: str, later: int, offer_minutes: int, wakes: str, sleeps: str
) -> None:
    if wakes == sleeps:
        return
    policy = GpusSection(offer_minutes=offer_minutes, offer_from=wakes, offer_until=sleeps)
    time, now = LabTime.named(zone), ZONES[zone] + later * MINUTE
    until = answer_by(now, policy, time)
    day, awake = time.day_of(now) - DAY, set[int]()
    while day <= time.day_of(until):
        awake |= between(time, day, wakes, sleeps)
        day += DAY
    stood = awake & set(range(number(now), number(until)))
    assert len(stood) == offer_minutes
    # It ends with a waking minute, not in the night after.
    assert number(until) - 1 in stood


@pytest.mark.parametrize(
    ("now", "until"),
    [
        # 14:32 and 21:30 in Hong Kong, then midnight, then the very ends of the waking hours.
        ((22, 6, 32), (22, 7, 32)),
        ((22, 13, 30), (23, 1, 30)),
        ((22, 16, 0), (23, 2, 0)),
        ((22, 13, 0), (22, 14, 0)),
        ((22, 14, 0), (23, 2, 0)),
    ],
)
def test_an_hour_to_answer_by_day(now: tuple[int, int, int], until: tuple[int, int, int]) -> None:
    shown = answer_by(datetime(2026, 11, *now, tzinfo=UTC), PLAIN, HONG_KONG)
    assert shown == datetime(2026, 11, *until, tzinfo=UTC)


# Where there is room


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


@settings(max_examples=200, deadline=None)
@given(situations(), st.data())
def test_the_best_place_is_the_first_that_find_me_names(situation: Situation, data: st.DataObject) -> None:
    base, booker = situation.now.replace(minute=0), situation.booker
    situation = replace(situation, booker=replace(booker, in_programme=True, open_bookings=0))
    fleet = [data.draw(machines(base, one)) for one in range(1, data.draw(st.integers(2, 3)))]
    search = data.draw(searches(situation))
    unhurried = answer_by(situation.now, situation.policy, situation.time)
    named = [
        find(replace(search, earliest=max(search.earliest, begin)), fleet, situation, at_most=1)
        for begin in (unhurried, situation.now + SHORTEST_OFFER)
    ]
    assert best_place(search, fleet, situation) == next((found[0] for found in named if found), None)


@settings(max_examples=200, deadline=None)
@given(machines(NOW), st.integers(1, 4), st.integers(1, 600), st.integers(-200, 4000))
def test_openings_are_all_starts_with_room(machine: Machine, gpus: int, length: int, window: int) -> None:
    search = Search(gpus, length * MINUTE, NOW, NOW + (length + window) * MINUTE)
    within = {
        minute
        for begin, end in openings(search, machine)
        for minute in range(int((begin - NOW) / MINUTE), int((end - NOW) / MINUTE) + 1)
    }
    for minute in range(window + 1):
        starts_at = NOW + minute * MINUTE
        free = machine.free_gpus(starts_at, starts_at + search.length)
        assert (minute in within) == (len(free) >= gpus)
    assert within <= set(range(window + 1))


def test_what_is_offered_to_one_is_not_free_for_the_next() -> None:
    machine = Machine(1, "lantau", 48, False, {0: (Span(NOW + 5 * HOUR, NOW + 6 * HOUR),), 1: ()})
    plans = [Plan((0, 1), NOW, NOW + HOUR), Plan((0,), NOW + 2 * HOUR, NOW + 3 * HOUR)]
    less = without(machine, plans)
    assert [(span.starts_at - NOW) / HOUR for span in less.taken[0]] == [0, 2, 5]
    assert less.free_gpus(NOW, NOW + HOUR) == ()
    assert less.free_gpus(NOW + 2 * HOUR, NOW + 3 * HOUR) == (1,)
    assert without(machine, []) == machine


# Windows


def a_search(**more: object) -> Search:
    return replace(Search(1, 4 * HOUR, NOW + HOUR, NOW + DAY), **more)  # type: ignore[arg-type]


def a_machine(identity: int = 1, **policy: object) -> Machine:
    own = replace(PLAIN, **policy) if policy else None  # type: ignore[arg-type]
    return Machine(identity, f"machine-{identity}", 48, False, {0: (), 1: ()}, (), own)


def a_situation() -> Situation:
    return Situation(NOW, HONG_KONG, PLAIN, Booker("Lumen Vision", True))


def test_what_one_machine_allows_is_no_reason() -> None:
    long = a_search(length=30 * HOUR, latest=NOW + 3 * DAY)
    plain, patient = a_machine(1), a_machine(2, longest_hours=48)
    assert [one.code for one in broken_window(long, [plain], a_situation())] == [Code.TOO_LONG]
    assert broken_window(long, [plain, patient], a_situation()) == []
    only = replace(long, workstation_id=1)
    (reason,) = broken_window(only, [plain, patient], a_situation())
    assert (reason.code, reason.facts, reason.overridable) == (Code.TOO_LONG, {"hours": 24}, False)


def test_a_window_must_hold_the_shortest_booking() -> None:
    slow = a_machine(1, shortest_minutes=120)
    short = a_search(length=HOUR, latest=NOW + 2.5 * HOUR)
    (reason,) = broken_window(short, [slow], a_situation())
    assert (reason.code, reason.facts) == (Code.WINDOW_TOO_SHORT, {"minutes": 120})
    assert broken_window(short, [slow, a_machine(2)], a_situation()) == []


def test_facts_are_read_as_far_as_anybody_may_book_and_no_further() -> None:
    endless = a_search(earliest=datetime(1, 1, 1, tzinfo=UTC), latest=datetime(9999, 1, 1, tzinfo=UTC))
    first, last = within_reach(endless, [a_machine(1), a_machine(2, horizon_days=30)], a_situation())
    assert first == NOW.replace(minute=30)
    # Until the end of the thirtieth day, and what begins just before it.
    assert last == HONG_KONG.start_of_day(HONG_KONG.day_of(NOW) + 31 * DAY) + 4.5 * HOUR
    assert within_reach(a_search(), [a_machine()], a_situation()) == (NOW + HOUR, NOW + DAY)
    past = a_search(earliest=NOW - 3 * DAY, latest=NOW - 2 * DAY)
    assert within_reach(past, [a_machine()], a_situation()) == (first, first)
