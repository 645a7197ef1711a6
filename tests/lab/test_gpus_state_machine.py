"""Days of bookings, changes of mind, outages, closures and caretaking, against a model kept in plain sets.

A few thousand steps on each engine; LAB_TUI_LONG=1 takes a million (LAB_TUI_STEPS says how many).
"""

from __future__ import annotations

import copy
import os
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from peewee import fn

from lab_tui.config import LabConfig
from lab_tui.errors import Refused
from lab_tui.lab import closures, gpu_duties, gpu_life, gpu_outages, gpus, undo
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.operation import writing
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.database import Store
from lab_tui.store.fields import InstantField
from lab_tui.store.tables.gpus import Booking, BookingGpu
from lab_tui.store.tables.lab import AuditEntry
from lab_tui.store.written import Written
from tests.engines import empty_database, needs_postgres, open_database
from tests.lab.gpu_model import LIVE, MOST_OPEN, POLICY, Held, Model
from tests.world import NOW, World

LONG = bool(os.environ.get("LAB_TUI_LONG"))
STEPS_A_WALK = 80 if LONG else 30
STEPS = int(os.environ.get("LAB_TUI_STEPS", "1000000")) if LONG else 700
SLOT = timedelta(minutes=30)
# Slot 0 of the model: 14:30 in Hong Kong.
BASE = NOW.replace(minute=30)
PICK = st.integers(0, 59)
# Mostly at once, tonight and tomorrow, where things meet; sometimes too far, or too soon.
AHEAD = st.integers(0, 2) | st.integers(0, 12) | st.integers(-1, 40) | st.integers(40, 190)
LENGTH = st.integers(1, 6) | st.integers(1, 13)
GPUS = st.sampled_from([frozenset({0}), frozenset({1}), frozenset({0, 1})])
OVER = {
    "cancelled": Code.ALREADY_CANCELLED,
    "undone": Code.ALREADY_CANCELLED,
    "moved": Code.ALREADY_CANCELLED,
}
OVER |= {"no_show": Code.RELEASED_AS_NO_SHOW, "ended": Code.ALREADY_OVER}
# What comes with the person of a booking.
PERSONAL = {Code.PERSON_QUOTA, Code.TOO_MANY_OPEN_BOOKINGS, Code.GAP_TOO_SHORT, Code.HORIZON_SHORTENED}


@dataclass(frozen=True)
class Last:
    """An act that can be undone: its entry, whose it was, all bookings before it, and the one it made."""

    entry_id: int
    person: int
    before: dict[int, Held]
    created: int | None


class GpuDays(RuleBasedStateMachine):
    """Two machines, two start-ups, four people; the clock stands on slots."""

    ENGINE: ClassVar[str] = "sqlite"
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world = World(self.empty_store(), LabConfig(gpus=POLICY))
        self.world.clock.instant = BASE
        self.lab = self.world.lab
        self.machines = [self.world.workstation(gpu_count=2) for _ in range(2)]
        teams = [self.world.startup() for _ in range(2)]
        self.people = [self.world.member(startup=teams[number % 2]) for number in range(4)]
        self.ids = [one.person_id for one in self.people]
        self.staff = self.world.staff()
        self.model = Model()
        self.last: Last | None = None
        self.seen: dict[int, tuple[object, ...]] = {}

    def empty_store(self) -> Store:
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(dir=_MEMORY)))
        store = open_database(self.stack.enter_context(empty_database(self.ENGINE, folder)))
        self.stack.callback(store.close)
        return store

    @classmethod
    def end(cls) -> None:
        """Say how many steps hypothesis really took; `pytest -s` shows it."""
        print(f"{cls.__name__}: {cls.steps:,} steps")

    def teardown(self) -> None:
        self.stack.close()

    # How an act and the model meet

    def instant(self, slot: int) -> datetime:
        return BASE + slot * SLOT

    def slot(self, instant: datetime) -> int:
        slots, rest = divmod(instant - BASE, SLOT)
        assert not rest
        return slots

    def wish(self, held: Held) -> BookingWish:
        return BookingWish(
            self.machines[held.machine].id,
            tuple(sorted(held.gpus)),
            self.instant(held.slots[0]),
            self.instant(held.slots[-1] + 1),
        )

    def wished(self, wish: BookingWish, person: int) -> Held:
        """A wish as the model sees it."""
        place = [one.id for one in self.machines].index(wish.workstation_id)
        slots = range(self.slot(wish.starts_at), self.slot(wish.ends_at))
        return Held(place, frozenset(wish.gpu_numbers), slots, person)

    def attempt(self, act: Any) -> tuple[Any, set[str]]:
        try:
            return act(), set()
        except Refused as refusal:
            self.refusal = refusal
            return None, set(refusal.codes)

    def chosen(self, pick: int, *, soon: bool = False) -> int:
        """A booking: mostly one with which something can be done yet; if `soon`, that runs or is about to."""
        ids = sorted(self.model.bookings)
        alive = [one for one in ids if not self.over(self.model.bookings[one])]
        if soon and pick % 3:
            alive = [one for one in alive if self.model.bookings[one].slots[0] <= self.model.now + 1] or alive
        among = alive if alive and pick % 5 else ids
        return among[pick // 5 % len(among)]

    def over(self, held: Held) -> set[str]:
        """Why nothing can be done with a booking any more."""
        if held.state in OVER:
            return {OVER[held.state]}
        return {Code.ALREADY_OVER} if held.slots[-1] < self.model.now else set()

    def done(self, done: Any, person: int, before: dict[int, Held], created: int | None = None) -> None:
        """An act that can be undone until something else happens."""
        self.last = Last(done.entry_id, person, before, created)
        self.model.acts += 1

    def something_else(self) -> None:
        self.last = None

    # Booking

    @rule(
        machine=st.integers(0, 1),
        chosen=GPUS,
        ahead=AHEAD,
        length=LENGTH,
        person=st.integers(0, 3),
        remedy=st.integers(0, 3),
        by_count=st.booleans(),
    )
    def book(
        self,
        machine: int,
        chosen: frozenset[int],
        ahead: int,
        length: int,
        person: int,
        remedy: int,
        by_count: bool,
    ) -> None:
        start = self.model.now + ahead
        new = Held(machine, chosen, range(start, start + length), person)
        wish = self.wish(new)
        if by_count:
            new = replace(new, gpus=self.picked(new))
            wish = replace(wish, gpu_numbers=(), gpu_count=len(chosen))
        before = copy.deepcopy(self.model.bookings)
        done, codes = self.attempt(lambda: gpus.book(self.lab, self.people[person], wish))
        assert codes == self.model.codes(new)
        if codes:
            if remedy >= len(self.refusal.remedies):
                return
            instead = self.refusal.remedies[remedy].wish  # type: ignore[attr-defined]
            new = self.wished(instead, person)
            assert self.model.codes(new) == set()
            done = gpus.book(self.lab, self.people[person], instead)
        assert frozenset(done.what.gpu_numbers) == new.gpus
        self.model.bookings[done.what.id] = self.model.priced(new)
        self.done(done, person, before, done.what.id)

    def picked(self, wanted: Held) -> frozenset[int]:
        """The GPUs that the lab picks of a machine with two."""
        taken = self.model.taken()
        free = [gpu for gpu in (0, 1) if not replace(wanted, gpus=frozenset({gpu})).cells() & taken]
        chosen = free if len(free) >= len(wanted.gpus) else [0, 1]
        return frozenset(chosen[: len(wanted.gpus)])

    @precondition(lambda self: self.model.bookings)
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        booking = self.chosen(pick)
        held, before = self.model.bookings[booking], copy.deepcopy(self.model.bookings)
        done, codes = self.attempt(lambda: gpus.cancel(self.lab, self.people[held.person], booking))
        assert codes == self.over(held)
        if codes:
            return
        if before[booking].state == "checked_in":
            before[booking].state = "booked"  # it stands for a check-in without having one
        held.state, held.counts = "cancelled", self.model.is_late(held)
        self.done(done, held.person, before)

    # During its life

    @precondition(lambda self: self.model.bookings)
    @rule(
        pick=PICK,
        machine=st.integers(0, 1),
        chosen=GPUS,
        ahead=AHEAD | st.none(),
        length=LENGTH,
        remedy=st.integers(0, 3),
    )
    def move(
        self,
        pick: int,
        machine: int,
        chosen: frozenset[int],
        ahead: int | None,
        length: int,
        remedy: int,
    ) -> None:
        booking = self.chosen(pick)
        old, before = self.model.bookings[booking], copy.deepcopy(self.model.bookings)
        start = old.slots[0] if ahead is None else self.model.now + ahead
        new = Held(machine, chosen, range(start, start + length), old.person)
        actor = self.people[old.person]
        done, codes = self.attempt(lambda: gpu_life.move(self.lab, actor, booking, self.wish(new)))
        assert codes == self.move_codes(old, new)
        if codes:
            if remedy >= len(self.refusal.remedies):
                return
            instead = self.refusal.remedies[remedy].wish  # type: ignore[attr-defined]
            new = self.wished(instead, old.person)
            assert self.move_codes(old, new) == set()
            done = gpu_life.move(self.lab, actor, booking, instead)
        new = self.model.moved(old, new)
        old.state, old.counts = "moved", self.model.still_counts(old, new)
        self.model.bookings[done.what.id] = new
        self.done(done, old.person, before, done.what.id)

    def move_codes(self, old: Held, new: Held) -> set[str]:
        if over := self.over(old):
            return over
        if old.state == "checked_in":
            return {Code.ALREADY_BEGUN}
        if (old.machine, old.gpus, old.slots) == (new.machine, new.gpus, new.slots):
            return {Code.NOTHING_CHANGES}
        return self.model.codes_of_move(old, new)

    @precondition(lambda self: self.model.bookings)
    @rule(pick=PICK, more=st.integers(1, 4) | st.integers(-2, 8))
    def extend(self, pick: int, more: int) -> None:
        booking = self.chosen(pick, soon=True)
        held, before = self.model.bookings[booking], copy.deepcopy(self.model.bookings)
        end = held.slots[-1] + 1 + more
        actor = self.people[held.person]
        done, codes = self.attempt(lambda: gpu_life.extend(self.lab, actor, booking, self.instant(end)))
        longer = self.model.extended(held, max(end, held.slots[-1] + 2))
        if over := self.over(held):
            assert codes == over
        elif more <= 0:
            assert codes == {Code.NOTHING_CHANGES if more == 0 else Code.ENDS_BEFORE_START}
        else:
            assert codes == self.model.codes_of_extension(booking, longer)
        if not codes:
            self.model.take_up(booking, end)
            held.slots, held.costs = longer.slots, longer.costs
            self.done(done, held.person, before)
        elif more > 0 and not self.over(held):
            self.longest_is_the_remedy(booking, held)

    def longest_is_the_remedy(self, booking: int, held: Held) -> None:
        """The remedy of an extension is the longest one that the model allows."""
        fits = [
            self.instant(end)
            for end in range(held.slots[-1] + 2, held.slots[0] + 13)
            if not self.model.codes_of_extension(booking, self.model.extended(held, end))
        ]
        actor = self.people[held.person]
        assert gpu_life.longest_extension(self.lab, actor, booking) == max(fits, default=None)
        offered = [remedy.wish.ends_at for remedy in self.refusal.remedies]  # type: ignore[attr-defined]
        assert offered == fits[-1:]

    @precondition(lambda self: self.model.bookings)
    @rule(pick=PICK, less=st.integers(1, 4) | st.integers(-1, 8))
    def shorten(self, pick: int, less: int) -> None:
        booking = self.chosen(pick, soon=True)
        held, before = self.model.bookings[booking], copy.deepcopy(self.model.bookings)
        end = held.slots[-1] + 1 - less
        actor = self.people[held.person]
        done, codes = self.attempt(lambda: gpu_life.shorten(self.lab, actor, booking, self.instant(end)))
        expected = self.over(held)
        if not expected and less == 0:
            expected = {Code.NOTHING_CHANGES}
        elif not expected and not held.slots[0] < end <= held.slots[-1]:
            expected = {Code.NOT_WITHIN_BOOKING}
        elif not expected and end < self.model.now:
            expected = {Code.IN_THE_PAST}
        assert codes == expected
        if not codes:
            self.done(done, held.person, before, self.cut(booking, held, end))

    def cut(self, booking: int, held: Held, end: int) -> int | None:
        """Let a booking end earlier; what is given back too late still counts, as the newest of all."""
        rest, is_late = range(end, held.slots[-1] + 1), self.model.is_late(held)
        held.slots = range(held.slots[0], end)
        if not is_late:
            return None
        with self.lab.store.read():
            newest = int(Booking.select(fn.MAX(Booking.id)).scalar())
        self.model.bookings[newest] = replace(held, slots=rest, state="cancelled", cut_from=booking)
        return newest

    @precondition(lambda self: self.model.running())
    @rule(pick=PICK)
    def finish(self, pick: int) -> None:
        booking = self.chosen(pick, soon=True)
        held, before = self.model.bookings[booking], copy.deepcopy(self.model.bookings)
        done, codes = self.attempt(lambda: gpu_life.finish(self.lab, self.people[held.person], booking))
        end = max(self.model.now, held.slots[0] + 1)
        expected = self.over(held)
        if not expected and self.model.now < held.slots[0]:
            expected = {Code.NOT_BEGUN}
        elif not expected and end > held.slots[-1]:
            expected = {Code.NOTHING_CHANGES}
        assert codes == expected
        if codes:
            return
        cut_off = None
        if held.state == "checked_in":
            held.slots = range(held.slots[0], end)
        else:
            cut_off = self.cut(booking, held, end)
            held.state = "ended"
        self.done(done, held.person, before, cut_off)

    @precondition(lambda self: self.model.bookings)
    @rule(pick=PICK, to=st.integers(0, 3))
    def hand_over(self, pick: int, to: int) -> None:
        booking = self.chosen(pick)
        held, before = self.model.bookings[booking], copy.deepcopy(self.model.bookings)
        mate = self.people[to].person_id
        assert mate is not None
        actor = self.people[held.person]
        done, codes = self.attempt(lambda: gpu_life.hand_over(self.lab, actor, booking, mate))
        expected = self.over(held)
        if not expected and to == held.person:
            expected = {Code.NOTHING_CHANGES}
        elif not expected and to % 2 != held.person % 2:
            expected = {Code.NOT_A_TEAM_MATE}
        elif not expected:
            theirs = replace(held, person=to)
            expected = self.model.limits(theirs, held) | self.model.horizon_codes(theirs, held)
            expected &= PERSONAL
        assert codes == expected
        if not codes:
            giver, held.person = held.person, to
            self.done(done, giver, before)

    @precondition(lambda self: self.model.bookings)
    @rule(pick=PICK, after=st.integers(0, 2) | st.integers(-1, 6), machine=st.integers(0, 1), chosen=GPUS)
    def split(self, pick: int, after: int, machine: int, chosen: frozenset[int]) -> None:
        booking = self.chosen(pick)
        old, before = self.model.bookings[booking], copy.deepcopy(self.model.bookings)
        at = old.slots[0] + 1 + after
        rest = Held(machine, chosen, range(at, max(at, old.slots[-1]) + 1), old.person)
        actor, wish = self.people[old.person], self.wish(rest)
        act = lambda: gpu_life.split(self.lab, actor, booking, self.instant(at), wish)  # noqa: E731
        done, codes = self.attempt(act)
        if over := self.over(old):
            expected = over
        elif not old.slots[0] < at <= old.slots[-1]:
            expected = {Code.NOT_WITHIN_BOOKING}
        elif at < self.model.now:
            expected = {Code.IN_THE_PAST}
        elif (old.machine, old.gpus) == (machine, chosen):
            expected = {Code.NOTHING_CHANGES}
        else:
            expected = self.model.codes_of_split(old, rest)
        assert codes == expected
        if codes:
            return
        rest = self.model.split_off(old, rest)
        old.slots = range(old.slots[0], at)
        self.model.bookings[done.what.id] = rest
        self.done(done, old.person, before, done.what.id)

    @precondition(lambda self: self.last is not None)
    @rule()
    def undo_the_last(self) -> None:
        assert self.last is not None
        last = self.last
        self.something_else()
        actor = self.people[last.person]
        expected = self.against_undoing(last)
        _, codes = self.attempt(lambda: undo.undo(self.lab, actor, last.entry_id))
        assert codes == expected
        if codes:
            return
        if last.created is not None:
            gone = self.model.bookings[last.created]
            last.before[last.created] = replace(gone, state="undone", counts=False)
        for key, held in last.before.items():
            vars(self.model.bookings[key]).update(vars(held))
        self.model.acts += 1

    def against_undoing(self, last: Last) -> set[str]:
        """What a booking would break that is its person's again: a split may leave more than one may make."""
        now = self.model.bookings
        for key, before in last.before.items():
            if before.person != now[key].person:
                broken = self.model.limits(before, now[key]) | self.model.horizon_codes(before, now[key])
                return broken & PERSONAL
            if before.state in ("booked", "checked_in") and now[key].state in ("cancelled", "moved"):
                without = now[last.created] if last.created is not None else None
                if len(self.model.ahead(before.person, without)) >= MOST_OPEN:
                    return {Code.TOO_MANY_OPEN_BOOKINGS}
        return set()

    # Around it

    @precondition(lambda self: self.model.running())
    @rule(pick=PICK)
    def come(self, pick: int) -> None:
        """Stands for a check-in, which is another room's."""
        booking = self.chosen(pick, soon=True)
        held = self.model.bookings[booking]
        if held.state == "booked" and held.slots[0] <= self.model.now <= held.slots[-1]:
            with writing(self.lab):
                Booking.update(state="checked_in").where(Booking.id == booking).execute()
            held.state = "checked_in"
            self.something_else()

    def is_out(self, machine: int) -> bool:
        """Whether a machine is out of service, or will be."""
        return any(slot >= self.model.now for slot in self.model.out.get(machine, ()))

    @precondition(lambda self: not self.is_out(0) and not self.is_out(1))
    @rule(machine=st.integers(0, 1), ahead=st.integers(0, 20), length=st.integers(1, 8))
    def break_down(self, machine: int, ahead: int, length: int) -> None:
        first, last = self.model.now + ahead, self.model.now + ahead + length
        place = self.machines[machine].id
        gpu_outages.put_out_of_service(
            self.lab, self.staff, place, self.instant(first), self.instant(last), "fan"
        )
        self.model.out.setdefault(machine, set()).update(range(first, last))
        self.model.acts += 1
        self.something_else()

    @precondition(lambda self: self.is_out(0) or self.is_out(1))
    @rule(machine=st.integers(0, 1))
    def mend(self, machine: int) -> None:
        place = self.machines[machine].id
        _, codes = self.attempt(lambda: gpu_outages.put_back_in_service(self.lab, self.staff, place))
        out = self.model.out.get(machine, set())
        if not self.is_out(machine):
            assert codes == {Code.UNKNOWN_OUTAGE}
            return
        assert codes == set()
        self.model.out[machine] = self.ended(out)
        self.model.acts += 1
        self.something_else()

    def ended(self, blocked: set[int]) -> set[int]:
        """What remains of a blocked time that is ended now: nothing, where it is yet to come."""
        has_begun = min(blocked) < self.model.now
        return {slot for slot in blocked if slot < self.model.now and has_begun}

    @precondition(lambda self: not any(max(slots) >= self.model.now for slots in self.model.closed.values()))
    @rule(ahead=st.integers(0, 40), length=st.integers(1, 8))
    def close(self, ahead: int, length: int) -> None:
        first, last = self.model.now + ahead, self.model.now + ahead + length
        done = closures.plan_closure(self.lab, self.staff, self.instant(first), self.instant(last), "typhoon")
        self.model.closed[done.what.id] = set(range(first, last))
        self.model.acts += 1
        self.something_else()

    @precondition(lambda self: self.model.closed)
    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        closure = data.draw(st.sampled_from(sorted(self.model.closed)))
        _, codes = self.attempt(lambda: closures.cancel_closure(self.lab, self.staff, closure))
        if max(self.model.closed[closure]) < self.model.now:
            assert codes == {Code.ALREADY_OVER}
            return
        assert codes == set()
        self.model.closed[closure] = self.ended(self.model.closed[closure])
        if not self.model.closed[closure]:
            del self.model.closed[closure]
        self.model.acts += 1
        self.something_else()

    @rule(slots=st.sampled_from([1, 1, 1, 1, 1, 2, 2, 3, 9]))
    def time_passes(self, slots: int) -> None:
        self.model.now += slots
        self.world.clock.instant = self.instant(self.model.now)
        self.something_else()

    @rule()
    def caretaker(self) -> None:
        released, ended = self.model.time_brings()
        with writing(self.lab):
            assert gpu_duties.release_no_shows(self.lab) == released
            assert gpu_duties.end_ended(self.lab) == ended
        self.model.acts += released
        self.something_else()

    # What always holds

    @invariant()
    def the_store_agrees(self) -> None:
        type(self).steps += 1
        with self.lab.store.read():
            rows = {row[0]: row[1:] for row in _ROWS.run(self.lab.store)}
            torn, acts = _TORN_CELLS.run(self.lab.store), _ACTS.run(self.lab.store)
        assert {
            key: (*state, _instant(starts_at), _instant(ends_at))
            for key, (*state, starts_at, ends_at) in rows.items()
        } == {
            key: (
                *(held.state, held.state in LIVE, held.counts, held.costs, self.ids[held.person]),
                *(self.instant(held.slots[0]), self.instant(held.slots[-1] + 1)),
            )
            for key, held in self.model.bookings.items()
        }
        assert torn == [(0,)]
        assert len(self.model.taken()) == sum(len(held.cells()) for held in self.model.live())
        assert acts == [(self.model.acts,)]
        if rows != self.seen:
            self.seen = rows
            self.quotas_agree()

    def quotas_agree(self) -> None:
        """Asked again whenever a booking is not what it was; nothing else goes into a quota."""
        for team in (0, 1):
            use = gpus.quota_of(self.lab, self.people[team], BASE.date())
            assert use is not None
            assert use.used * 2 == self.model.team_cost(team, 0)


def _rows() -> Any:
    return Booking.select(
        *(Booking.id, Booking.state, Booking.holds, Booking.counts, Booking.costs_quota, Booking.person),
        *(Booking.starts_at, Booking.ends_at),
    )


def _torn_cells() -> Any:
    """GPUs that are not held as their booking says."""
    differs = (BookingGpu.holds != Booking.holds) | (BookingGpu.ends_at != Booking.ends_at)
    return BookingGpu.select(fn.COUNT(BookingGpu.gpu)).join(Booking).where(differs)


# Written once: Peewee would take longer to write them at every step than the engines to answer.
_ROWS, _TORN_CELLS = Written(_rows), Written(_torn_cells)
_ACTS = Written(lambda: AuditEntry.select(fn.COUNT(AuditEntry.id)))
_instant = InstantField().python_value


_MEMORY = "/dev/shm" if LONG and os.access("/dev/shm", os.W_OK) else None


class GpuDaysOnPostgresql(GpuDays):
    """The same on PostgreSQL."""

    ENGINE = "postgresql"


for _machine in (GpuDays, GpuDaysOnPostgresql):
    _machine.TestCase.settings = settings(
        max_examples=max(1, STEPS // STEPS_A_WALK),
        stateful_step_count=STEPS_A_WALK,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    _machine.TestCase.tearDownClass = _machine.end

TestGpuDays = pytest.mark.long(GpuDays.TestCase) if LONG else GpuDays.TestCase
TestGpuDaysOnPostgresql = needs_postgres(
    pytest.mark.long(GpuDaysOnPostgresql.TestCase) if LONG else GpuDaysOnPostgresql.TestCase
)
