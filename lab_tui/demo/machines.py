"""The demo's workstations, and who books their GPUs from nine weeks ago to two weeks ahead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from typing import Any

from lab_tui.demo.days import WEEKS, at, day
from lab_tui.demo.programme import MEMBER_TO_TRY, PEOPLE_TO_TRY
from lab_tui.store.tables.gpus import Booking, BookingGpu, Gpu, Outage, Workstation
from lab_tui.store.tables.lab import Closure
from lab_tui.store.tables.people import Person, Startup

# Name, GPU model, its memory in GB, how many of them, where the machine stands.
_WORKSTATIONS = (
    ("kowloon", "A100", 80, 4, "Machine room, rack 1"),
    ("lantau", "L40S", 48, 4, "Machine room, rack 1"),
    ("sai-kung", "RTX 4090", 24, 2, "Workshop room"),
    ("tai-o", "RTX 4090", 24, 2, "Workshop room"),
    ("stanley", "RTX 6000 Ada", 48, 2, "Loft"),
    ("sha-tin", "H100", 80, 4, "Machine room, rack 2"),
    ("tuen-mun", "L40S", 48, 4, "Machine room, rack 2"),
    ("mong-kok", "RTX 4090", 24, 2, "East"),
    ("peng-chau", "RTX 6000 Ada", 48, 2, "Loft"),
    ("cheung-chau", "A100", 80, 2, "Machine room, rack 2"),
)
_ABOUT = "Debian 13, CUDA 13.0, PyTorch 2.9"
# Machine, reason, and from when to when: day numbers and hours.
_OUTAGES = (
    ("tuen-mun", "fan replaced", (-25, 9), (-25, 15.5)),
    ("sai-kung", "driver upgrade", (-1, 18), (7, 18)),
)
_CLOSURES = (
    ("Typhoon signal no. 8", (-54, 13), (-53, 7)),
    ("Test of the emergency power", (20, 8), (20, 12)),
)
# Start and length, in hours, of what runs on each day of the demo week.
_SHIFTS = ((8.5, 4.5), (8.5, 8), (12, 5), (12.5, 7), (16.5, 6.5), (18, 5))
PURPOSES = (
    "fine-tuning run", "evaluation", "pre-training, small", "data preparation", "ablations",
    "inference benchmark", "distillation", "hyperparameter search", "demo rehearsal", "notebook",
)  # fmt: skip
# The ids before are for the bookings of the member to try: where two start at once, theirs is found first.
FIRST_BOOKING_ID = 3
_QUOTA = 80
_BOOKINGS_AHEAD = 6


@dataclass(frozen=True)
class _Wish:
    """A booking that would be made if a machine has room: its start, its length and how many GPUs."""

    starts_at: datetime
    hours: float
    gpu_count: int

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(hours=self.hours)


def fill_machines(chance: Random) -> None:
    """Workstations, outages, closures and bookings. Bookings that were cancelled are marked already."""
    for name, model, memory, count, place in _WORKSTATIONS:
        machine = Workstation.create(
            name=name, gpu_model=model, gpu_memory_gb=memory, place=place, about=_ABOUT
        )
        Gpu.insert_many([{"workstation": machine, "number": number} for number in range(count)]).execute()
    for name, reason, start, end in _OUTAGES:
        machine = Workstation.get(Workstation.name == name)
        Outage.create(workstation=machine, reason=reason, starts_at=at(*start), ends_at=at(*end))
    for reason, start, end in _CLOSURES:
        Closure.create(reason=reason, starts_at=at(*start), ends_at=at(*end))
    _Booker(chance).book()


class _Booker:
    """Makes bookings that keep the lab's rules: no overlap, no outage, the quota, the limit ahead."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._busy: dict[int, list[tuple[datetime, datetime]]] = {}
        self._gpus: dict[int, list[int]] = {}
        for gpu in Gpu.select().order_by(Gpu.id):
            self._busy[gpu.id] = [
                (outage.starts_at, outage.ends_at)
                for outage in Outage.select().where(Outage.workstation == gpu.workstation_id)
            ] + [(closure.starts_at, closure.ends_at) for closure in Closure.select()]
            self._gpus.setdefault(gpu.workstation_id, []).append(gpu.id)
        self._used: Counter[tuple[int, int]] = Counter()
        self._ahead: Counter[int] = Counter()
        self._bookings: list[dict[str, Any]] = []
        self._booking_gpus: list[dict[str, Any]] = []

    def book(self) -> None:
        """Make the bookings of all weeks and store them."""
        members = {
            startup: list(Person.select().where(Person.startup == startup).order_by(Person.id))
            for startup in Startup.select().order_by(Startup.id)
        }
        self._keep_machines_busy(list(members.items()))
        for week in WEEKS:
            for startup, team in members.items():
                if startup.joined_on <= day(7 * week):
                    self._fill_week(week, startup, team)
        for rows, table in ((self._bookings, Booking), (self._booking_gpus, BookingGpu)):
            for first in range(0, len(rows), 500):
                table.insert_many(rows[first : first + 500]).execute()

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
        least, most = {1: (25, 50), 2: (10, 28)}.get(week, (38, 74))
        to_try = any(person.name == MEMBER_TO_TRY for person in team)
        wanted = 30 if to_try else self._chance.uniform(least, most)
        for _attempt in range(40):
            if self._used[startup.id, week] >= wanted:
                return
            person = self._chance.choice(team)
            # Those to try have only what the present gives them.
            limit = 0 if person.name in PEOPLE_TO_TRY else _BOOKINGS_AHEAD
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
        hours = dict(_hours_by_week(wish))
        if any(self._used[startup_id, one] + count > quota for one, count in hours.items()):
            return
        cancelled = self._chance.random() < 0.06
        machine, gpus = self._room(wish)
        if not gpus:
            return
        for gpu in () if cancelled else gpus:
            self._busy[gpu].append((wish.starts_at, wish.ends_at))
        self._used.update({(startup_id, one): count for one, count in hours.items()})
        self._ahead[person_id] += wish.starts_at >= at(0, 0)
        times = {"starts_at": wish.starts_at, "ends_at": wish.ends_at, "holds": not cancelled}
        number = FIRST_BOOKING_ID + len(self._bookings)
        self._bookings.append(
            {
                "id": number,
                "workstation": machine,
                "person": person_id,
                "startup": startup_id,
                "state": "cancelled" if cancelled else "booked",
                "counts": not cancelled,
                "purpose": self._chance.choice(PURPOSES),
                "created_at": wish.starts_at - timedelta(minutes=self._chance.randrange(20, 8 * 24 * 60)),
                **times,
            }
        )
        self._booking_gpus += [{"booking": number, "gpu": gpu, **times} for gpu in gpus]

    def _room(self, wish: _Wish) -> tuple[int, list[int]]:
        """A machine with so many free GPUs, tried in an order drawn anew each time."""
        machines = list(self._gpus)
        self._chance.shuffle(machines)
        for machine in machines:
            free = [gpu for gpu in self._gpus[machine] if self._is_free(gpu, wish)]
            if len(free) >= wish.gpu_count:
                return machine, free[: wish.gpu_count]
        return 0, []

    def _is_free(self, gpu: int, wish: _Wish) -> bool:
        return not any(start < wish.ends_at and end > wish.starts_at for start, end in self._busy[gpu])


def _hours_by_week(wish: _Wish) -> Iterator[tuple[int, float]]:
    """GPU-hours in each week (numbered from the demo week) that a booking touches."""
    for week in range(WEEKS.start - 1, WEEKS.stop + 1):
        start, end = max(wish.starts_at, at(7 * week, 0)), min(wish.ends_at, at(7 * week + 7, 0))
        if start < end:
            yield week, (end - start) / timedelta(hours=1) * wish.gpu_count
