"""Who books the demo's GPUs, from nine weeks ago to two weeks ahead."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any

from lab_tui.config import GpusSection, workstation_policy
from lab_tui.demo.days import WEEKS, at, day
from lab_tui.demo.machines import RETIRED_ON
from lab_tui.demo.programme import MEMBER_TO_TRY, PEOPLE_TO_TRY
from lab_tui.store.tables.gpus import Booking, BookingGpu, BookingSeries, Gpu, Outage, Workstation
from lab_tui.store.tables.lab import Closure
from lab_tui.store.tables.people import Person, Startup

# Start and length, in hours, of what runs on each day of the demo week.
_SHIFTS = ((8.5, 4.5), (8.5, 8), (12, 5), (12.5, 7), (16.5, 6.5), (18, 5))
PURPOSES = (
    "fine-tuning run", "evaluation", "pre-training, small", "data preparation", "ablations",
    "inference benchmark", "distillation", "hyperparameter search", "demo rehearsal", "notebook",
)  # fmt: skip
# The ids before are for what the present makes: where two bookings start at once, these are found first.
FIRST_BOOKING_ID = 5
_QUOTA = 80
_OWN_QUOTA = 60
_BOOKINGS_AHEAD = 6
_CANCELLED, _MOVED = 0.06, 0.03
# Of the short ones.
_LAST_MINUTE = 0.15


@dataclass(frozen=True)
class _Series:
    """The same hours on some days, made as one act on the day with the number `made_on`."""

    person: str
    workstation: str
    purpose: str
    made_on: int
    days: tuple[int, ...]
    start: float
    hours: float


_EVERY_WEEK = (
    _Series("Priya Nair", "tai-o", "weekly evaluation", -4, (1, 3, 8, 10), 10, 2),
    _Series("Suki Leung", "stanley", "corpus refresh", -3, (0, 4, 7, 11), 9, 1.5),
)
_WITH_SERIES = frozenset(series.person for series in _EVERY_WEEK)


@dataclass(frozen=True)
class _Wish:
    """A booking that would be made if a machine has room: its start, its length and how many GPUs."""

    starts_at: datetime
    hours: float
    gpu_count: int
    workstation: str = ""

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(hours=self.hours)


@dataclass(frozen=True)
class _Known:
    """A machine that can be booked, with what holds for it, and its GPUs."""

    id: int
    name: str
    policy: GpusSection
    has_own_quota: bool
    gpus: tuple[int, ...]

    def allows(self, wish: _Wish) -> bool:
        """Whether the policy lets a wish be: its grid and its longest booking."""
        slot = timedelta(minutes=self.policy.slot_minutes)
        on_grid = not any((instant - at(0, 0)) % slot for instant in (wish.starts_at, wish.ends_at))
        return on_grid and wish.hours <= self.policy.longest_hours and wish.workstation in ("", self.name)


def fill_bookings(chance: Random) -> None:
    """Bookings of all weeks. Those that were cancelled or moved are marked already."""
    _Booker(chance).book()


class _Booker:
    """Makes bookings that keep the lab's rules: no overlap, no outage, the quotas, the limit ahead.

    All hours are counted, though those at night cost nothing.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._machines = [_known(machine) for machine in Workstation.select().order_by(Workstation.id)]
        self._busy: dict[int, list[tuple[datetime, datetime]]] = {}
        for gpu in Gpu.select(Gpu, Workstation).join(Workstation):
            self._busy[gpu.id] = [
                (outage.starts_at, outage.ends_at)
                for outage in Outage.select().where(Outage.workstation == gpu.workstation_id)
            ] + [(closure.starts_at, closure.ends_at) for closure in Closure.select()]
            if gpu.workstation.retired:
                self._busy[gpu.id].append((at(RETIRED_ON, 0), at(100, 0)))
        self._used: defaultdict[tuple[str, int, int, int], float] = defaultdict(float)
        self._ahead: Counter[int] = Counter()
        self._bookings: list[dict[str, Any]] = []
        self._booking_gpus: list[dict[str, Any]] = []

    def book(self) -> None:
        """Make the bookings of all weeks and store them."""
        members = {
            startup: list(Person.select().where(Person.startup == startup).order_by(Person.id))
            for startup in Startup.select().order_by(Startup.id)
        }
        for series in _EVERY_WEEK:
            self._book_series(series)
        self._keep_machines_busy(list(members.items()))
        for week in WEEKS:
            for startup, team in members.items():
                if startup.joined_on <= day(7 * week):
                    self._fill_week(week, startup, team)
        for rows, table in ((self._bookings, Booking), (self._booking_gpus, BookingGpu)):
            for first in range(0, len(rows), 500):
                table.insert_many(rows[first : first + 500]).execute()

    def _book_series(self, series: _Series) -> None:
        person = Person.get(Person.name == series.person)
        made_at = at(series.made_on, 17)
        row = BookingSeries.create(person=person, created_at=made_at)
        for number in series.days:
            wish = _Wish(at(number, series.start), series.hours, 1, series.workstation)
            found = self._room(wish)
            assert found is not None
            made = {"purpose": series.purpose, "created_at": made_at, "series": row.id}
            self._add(person.startup_id, person.id, wish, *found, **made)

    def _keep_machines_busy(self, members: list[tuple[Startup, list[Person]]]) -> None:
        """Shifts for each day of the demo week, so that something runs at any hour of it."""
        teams = cycle(one for one in members if all(person.name != MEMBER_TO_TRY for person in one[1]))
        for number in range(7):
            for hour, hours in _SHIFTS:
                startup, team = next(teams)
                able = [person.id for person in team if person.name not in PEOPLE_TO_TRY]
                person = self._chance.choice(able)
                self._try(startup.id, person, _Wish(at(number, hour), hours, 2), _QUOTA)

    def _fill_week(self, week: int, startup: Startup, team: list[Person]) -> None:
        least, most = {1: (25, 50), 2: (10, 28)}.get(week, (32, 60))
        to_try = any(person.name == MEMBER_TO_TRY for person in team)
        wanted = 30 if to_try else self._chance.uniform(least, most)
        for _attempt in range(40):
            if self._used["startup", startup.id, week, 0] >= wanted:
                return
            person = self._chance.choice(team)
            # Those to try have only what the present gives them.
            limit = 0 if person.name in {*PEOPLE_TO_TRY, *_WITH_SERIES} else _BOOKINGS_AHEAD
            if week < 0 or self._ahead[person.id] < limit:
                self._try(startup.id, person.id, self._wish(week), 40 if to_try else _QUOTA - 2)

    def _wish(self, week: int) -> _Wish:
        """A working session by day, a longer one in the evening, or a training run over night."""
        chance = self._chance
        number = 7 * week + chance.choice((0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6))
        kind = chance.random()
        if kind < 0.62:
            hour, hours = chance.randrange(17, 35) / 2, chance.randrange(4, 15) / 2
            return _Wish(at(number, hour), hours, chance.choice((1, 1, 1, 2)))
        if kind < 0.85:
            hour, hours = chance.randrange(35, 44) / 2, chance.randrange(4, 11) / 2
            return _Wish(at(number, hour), hours, chance.choice((1, 1, 2)))
        hour, hours = chance.randrange(38, 46) / 2, float(chance.randrange(8, 13))
        return _Wish(at(number, hour), hours, chance.choice((1, 1, 1, 2, 4)))

    def _try(self, startup_id: int, person_id: int, wish: _Wish, quota: float) -> None:
        """Book where there is room and quota; some of it is cancelled, some was moved there."""
        kind = self._chance.random()
        found = self._room(wish)
        if found is None or not self._has_quota(startup_id, person_id, wish, found[0], quota):
            return
        machine, gpus = found
        created_at, costs = self._made_at(wish, machine)
        made: dict[str, Any] = {
            "purpose": self._chance.choice(PURPOSES),
            "created_at": created_at,
            "costs_quota": costs,
        }
        if kind < _CANCELLED:
            self._add(startup_id, person_id, wish, machine, gpus, state="cancelled", **made)
        elif kind < _CANCELLED + _MOVED and costs:
            earlier = replace(wish, starts_at=wish.starts_at - timedelta(days=1))
            made["created_at"] = earlier.starts_at - timedelta(days=4)
            origin = self._add(startup_id, person_id, earlier, machine, gpus, state="moved", **made)
            made["created_at"] += timedelta(days=2)
            came_from = {"origin": origin, "calendar": origin, "sequence": 1}
            self._add(startup_id, person_id, wish, machine, gpus, **came_from, **made)
        else:
            self._add(startup_id, person_id, wish, machine, gpus, **made)

    def _has_quota(self, startup_id: int, person_id: int, wish: _Wish, machine: _Known, quota: float) -> bool:
        pool = machine.id if machine.has_own_quota else 0
        limit = machine.policy.startup_hours_a_week if pool else quota
        own_limit = machine.policy.person_hours_a_week if pool else _OWN_QUOTA
        return all(
            self._used["startup", startup_id, week, pool] + count <= limit
            and self._used["person", person_id, week, pool] + count <= own_limit
            for week, count in _hours_by_week(wish)
        )

    def _made_at(self, wish: _Wish, machine: _Known) -> tuple[datetime, bool]:
        """When it was booked, and whether it costs quota: some are made at the last minute."""
        last_minute = machine.policy.last_minute_minutes
        is_short = wish.hours <= machine.policy.last_minute_hours
        if is_short and self._chance.random() < _LAST_MINUTE:
            return wish.starts_at - timedelta(minutes=self._chance.randrange(5, last_minute)), False
        return wish.starts_at - timedelta(minutes=self._chance.randrange(last_minute + 1, 8 * 24 * 60)), True

    def _add(
        self, startup_id: int, person_id: int, wish: _Wish, machine: _Known, gpus: list[int], **more: Any
    ) -> int:
        """A booking's rows; returns its id."""
        state = more.pop("state", "booked")
        holds = state == "booked"
        if holds:
            pool = machine.id if machine.has_own_quota else 0
            for gpu in gpus:
                self._busy[gpu].append((wish.starts_at, wish.ends_at))
            for week, count in _hours_by_week(wish):
                self._used["startup", startup_id, week, pool] += count
                self._used["person", person_id, week, pool] += count
            self._ahead[person_id] += wish.starts_at >= at(0, 0)
        number = FIRST_BOOKING_ID + len(self._bookings)
        times = {"starts_at": wish.starts_at, "ends_at": wish.ends_at, "holds": holds}
        usual = {"costs_quota": True, "origin": None, "calendar": None, "sequence": 0, "series": None}
        who = {"workstation": machine.id, "person": person_id, "startup": startup_id}
        self._bookings.append(
            {"id": number, **who, **usual, "state": state, "counts": holds, **times, **more}
        )
        self._booking_gpus += [{"booking": number, "gpu": gpu, **times} for gpu in gpus]
        return number

    def _room(self, wish: _Wish) -> tuple[_Known, list[int]] | None:
        """A machine with so many free GPUs, tried in an order drawn anew each time."""
        machines = list(self._machines)
        self._chance.shuffle(machines)
        for machine in machines:
            free = [gpu for gpu in machine.gpus if self._is_free(gpu, wish)]
            if len(free) >= wish.gpu_count and machine.allows(wish):
                return machine, free[: wish.gpu_count]
        return None

    def _is_free(self, gpu: int, wish: _Wish) -> bool:
        return not any(start < wish.ends_at and end > wish.starts_at for start, end in self._busy[gpu])


def _known(machine: Workstation) -> _Known:
    lab = GpusSection()
    policy = workstation_policy(lab, machine.policy)
    gpus = Gpu.select(Gpu.id).where(Gpu.workstation == machine).order_by(Gpu.number)
    has_own_quota = policy.startup_hours_a_week != lab.startup_hours_a_week
    return _Known(machine.id, machine.name, policy, has_own_quota, tuple(gpu.id for gpu in gpus))


def _hours_by_week(wish: _Wish) -> Iterator[tuple[int, float]]:
    """GPU-hours in each week (numbered from the demo week) that a booking touches."""
    for week in range(WEEKS.start - 1, WEEKS.stop + 1):
        start, end = max(wish.starts_at, at(7 * week, 0)), min(wish.ends_at, at(7 * week + 7, 0))
        if start < end:
            yield week, (end - start) / timedelta(hours=1) * wish.gpu_count
