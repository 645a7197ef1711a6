"""A week of bookings, changes of mind, outages and caretaking, against a model kept in plain sets.

LAB_TUI_LONG=1 runs it for minutes instead of seconds.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from lab_tui.config import GpusSection, LabConfig
from lab_tui.errors import Refused
from lab_tui.lab import gpus
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.operation import writing
from lab_tui.lab.rules.reasons import Code
from lab_tui.store import schema
from lab_tui.store.tables.gpus import Booking, BookingGpu
from lab_tui.store.tables.lab import AuditEntry
from tests.world import NOW, World

LONG = bool(os.environ.get("LAB_TUI_LONG"))
POLICY = GpusSection(horizon_days=2, startup_hours_a_week=24, person_bookings_open=3, longest_hours=6)
SLOT = timedelta(minutes=30)
# A model's time is counted in slots from here: 14:30 in Hong Kong. Monday begins at slot 19.
BASE = NOW.replace(minute=30)
MONDAY = 19


@dataclass
class Held:
    """What the model knows of a booking."""

    machine: int
    gpus: frozenset[int]
    slots: range
    person: int
    state: str = "booked"
    counts: bool = True
    made_in_slot: int = 0

    def cells(self) -> set[tuple[int, int, int]]:
        return {(self.machine, gpu, slot) for gpu in self.gpus for slot in self.slots}


@dataclass
class Model:
    """Sets of slots: nothing here compares a start with an end."""

    now: int = 0
    bookings: dict[int, Held] = field(default_factory=dict)
    out: dict[int, set[int]] = field(default_factory=dict)
    acts: int = 0

    def live(self) -> list[Held]:
        return [one for one in self.bookings.values() if one.state in ("booked", "checked_in", "ended")]

    def taken(self) -> set[tuple[int, int, int]]:
        return set().union(*(one.cells() for one in self.live()), set())

    def slots_used(self, team: int, monday_on: bool) -> int:
        counted = [one for one in self.bookings.values() if one.counts and one.person % 2 == team]
        return sum((cell[2] >= MONDAY) == monday_on for one in counted for cell in one.cells())

    def open_bookings(self, person: int) -> int:
        mine = [one for one in self.live() if one.person == person and one.state != "ended"]
        return sum(one.slots[-1] >= self.now for one in mine)

    def codes(self, new: Held) -> set[str]:
        broken: set[str] = set()
        if new.slots[0] < self.now:
            broken.add(Code.IN_THE_PAST)
        if len(new.slots) > 12:
            broken.add(Code.TOO_LONG)
        if new.cells() & self.taken():
            broken.add(Code.GPU_TAKEN)
        if set(new.slots) & self.out.get(new.machine, set()):
            broken.add(Code.OUT_OF_SERVICE)
        # 22 November is day 0 of the horizon, which is two days; a day has 48 slots.
        if (new.slots[0] - MONDAY) // 48 + 1 > (self.now - MONDAY) // 48 + 1 + 2:
            broken.add(Code.BEYOND_HORIZON)
        return broken | self.limits(new)

    def limits(self, new: Held) -> set[str]:
        broken: set[str] = set()
        for monday_on in (False, True):
            more = sum((cell[2] >= MONDAY) == monday_on for cell in new.cells())
            if more and self.slots_used(new.person % 2, monday_on) + more > 48:
                broken.add(Code.STARTUP_QUOTA)
        if self.open_bookings(new.person) >= 3:
            broken.add(Code.TOO_MANY_OPEN_BOOKINGS)
        return broken


class GpuWeek(RuleBasedStateMachine):
    """Two machines, two start-ups, four people; the clock stands on slots."""

    made = Bundle("made")

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        store = schema.create(str(Path(folder) / "lab.db"))
        self.stack.callback(store.close)
        self.world = World(store, LabConfig(gpus=POLICY))
        self.world.clock.instant = BASE
        self.lab = self.world.lab
        self.machines = [self.world.workstation(gpu_count=2) for _ in range(2)]
        teams = [self.world.startup() for _ in range(2)]
        self.people = [self.world.member(startup=teams[number % 2]) for number in range(4)]
        self.staff = self.world.staff()
        self.model = Model()

    def teardown(self) -> None:
        self.stack.close()

    def instant(self, slot: int) -> datetime:
        return BASE + slot * SLOT

    def attempt(self, act: Any) -> tuple[Any, set[str]]:
        try:
            return act(), set()
        except Refused as refusal:
            self.refusal = refusal
            return None, set(refusal.codes)

    @rule(
        target=made,
        machine=st.integers(0, 1),
        chosen=st.sampled_from([{0}, {1}, {0, 1}]),
        ahead=st.integers(-1, 12) | st.integers(12, 170),
        length=st.integers(1, 13),
        person=st.integers(0, 3),
        remedy=st.integers(0, 3),
    )
    def book(
        self, machine: int, chosen: set[int], ahead: int, length: int, person: int, remedy: int
    ) -> int | None:
        start = self.model.now + ahead
        new = Held(machine, frozenset(chosen), range(start, start + length), person)
        wish = BookingWish(
            self.machines[machine].id,
            tuple(sorted(chosen)),
            self.instant(start),
            self.instant(start + length),
        )
        expected = self.model.codes(new)
        done, codes = self.attempt(lambda: gpus.book(self.lab, self.people[person], wish))
        assert codes == expected
        if codes:
            choices = self.refusal.remedies
            if remedy >= len(choices):
                return None
            instead = choices[remedy].wish  # type: ignore[attr-defined]
            start, end = ((one - BASE) // SLOT for one in (instead.starts_at, instead.ends_at))
            place = [one.id for one in self.machines].index(instead.workstation_id)
            new = Held(place, frozenset(instead.gpu_numbers), range(start, end), person)
            assert self.model.codes(new) == set()
            done = gpus.book(self.lab, self.people[person], instead)
        new.made_in_slot = self.model.now
        self.model.bookings[done.what.id] = new
        self.model.acts += 1
        return int(done.what.id)

    @rule(booking=made)
    def cancel(self, booking: int | None) -> None:
        if booking is None:
            return
        held = self.model.bookings[booking]
        _, codes = self.attempt(lambda: gpus.cancel(self.lab, self.people[held.person], booking))
        if held.state in ("cancelled", "undone"):
            assert codes == {Code.ALREADY_CANCELLED}
        elif held.state == "no_show":
            assert codes == {Code.RELEASED_AS_NO_SHOW}
        elif held.state == "ended" or held.slots[-1] < self.model.now:
            assert codes == {Code.ALREADY_OVER}
        else:
            assert codes == set()
            held.state, held.counts = "cancelled", held.slots[0] - self.model.now < 2
            self.model.acts += 1

    @rule(booking=made)
    def undo_book(self, booking: int | None) -> None:
        if booking is None:
            return
        held = self.model.bookings[booking]
        with_codes = self.attempt(lambda: self.inside(lambda: gpus.undo_book(self.lab, booking)))[1]
        if held.state == "booked":
            assert with_codes == set()
            held.state, held.counts = "undone", False
        else:
            assert len(with_codes) == 1

    @rule(booking=made)
    def undo_cancel(self, booking: int | None) -> None:
        if booking is None:
            return
        held = self.model.bookings[booking]
        codes = self.attempt(lambda: self.inside(lambda: gpus.undo_cancel(self.lab, booking)))[1]
        if held.state != "cancelled":
            assert codes == {Code.CANNOT_BE_UNDONE}
            return
        expected = {Code.GPU_TAKEN} if held.cells() & self.model.taken() else set()
        limits = self.model.limits(held)
        expected |= limits - {Code.STARTUP_QUOTA} if held.counts else limits
        assert codes == expected
        if not codes:
            held.state, held.counts = "booked", True

    def inside(self, act: Any) -> None:
        with writing(self.lab):
            act()

    @rule(booking=made)
    def come(self, booking: int | None) -> None:
        """Stands for a check-in, which is another room's."""
        if booking is None:
            return
        held = self.model.bookings[booking]
        if held.state == "booked" and held.slots[0] <= self.model.now <= held.slots[-1]:
            self.inside(lambda: Booking.update(state="checked_in").where(Booking.id == booking).execute())
            held.state = "checked_in"

    @precondition(lambda self: len(self.model.out) < 2)
    @rule(machine=st.integers(0, 1), ahead=st.integers(0, 6), length=st.integers(1, 8))
    def break_down(self, machine: int, ahead: int, length: int) -> None:
        if machine in self.model.out:
            return
        first, last = self.model.now + ahead, self.model.now + ahead + length
        place = self.machines[machine].id
        gpus.put_out_of_service(self.lab, self.staff, place, self.instant(first), self.instant(last), "fan")
        self.model.out[machine] = set(range(first, last))
        self.model.acts += 1

    @rule(machine=st.integers(0, 1))
    def mend(self, machine: int) -> None:
        place = self.machines[machine].id
        _, codes = self.attempt(lambda: gpus.put_back_in_service(self.lab, self.staff, place))
        out = self.model.out.get(machine, set())
        if not any(slot >= self.model.now for slot in out):
            assert codes == {Code.UNKNOWN_OUTAGE}
            return
        assert codes == set()
        self.model.out[machine] = {
            slot for slot in out if slot < self.model.now and min(out) < self.model.now
        }
        self.model.acts += 1

    @rule(slots=st.integers(1, 4) | st.just(24))
    def time_passes(self, slots: int) -> None:
        self.model.now += slots
        self.world.clock.instant = self.instant(self.model.now)

    @rule()
    def caretaker(self) -> None:
        released, ended = 0, 0
        for held in self.model.bookings.values():
            began = held.slots[0]
            due = max(began, held.made_in_slot) + 1
            awaited = held.state == "booked" and due <= self.model.now
            excused = bool(set(range(began, due)) & self.model.out.get(held.machine, set()))
            if awaited and not excused:
                held.state = "no_show"
                released += 1
            elif (awaited or held.state == "checked_in") and held.slots[-1] < self.model.now:
                held.state = "ended"
                ended += 1
        with writing(self.lab):
            assert gpus.release_no_shows(self.lab) == released
            assert gpus.end_ended(self.lab) == ended
        self.model.acts += released

    @invariant()
    def the_store_agrees(self) -> None:
        with self.lab.store.read():
            rows = {row.id: (row.state, row.holds, row.counts) for row in Booking.select()}
            cells = [(row.booking_id, row.gpu_id, row.holds) for row in BookingGpu.select()]
            acts = AuditEntry.select().count()
        live = ("booked", "checked_in", "ended")
        assert rows == {
            key: (held.state, held.state in live, held.counts) for key, held in self.model.bookings.items()
        }
        assert all(holds == rows[booking][1] for booking, _, holds in cells)
        assert len(self.model.taken()) == sum(len(held.cells()) for held in self.model.live())
        assert acts == self.model.acts

    @invariant()
    def quotas_agree(self) -> None:
        for team in (0, 1):
            use = gpus.quota_of(self.lab, self.people[team], BASE.date())
            assert use is not None
            assert use.used * 2 == self.model.slots_used(team, monday_on=False)


GpuWeek.TestCase.settings = settings(
    max_examples=2000 if LONG else 12,
    stateful_step_count=80 if LONG else 30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestGpuWeek = GpuWeek.TestCase
