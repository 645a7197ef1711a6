"""A small lab for tests: a clock that stands until it is moved, and people, desks and machines on demand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.passcode import PassKind, new_pass_id
from lab_tui.config import GpusSection, LabConfig
from lab_tui.lab.operation import Actor, Lab
from lab_tui.store.database import Store
from lab_tui.store.tables import desks, events, gpus, people
from lab_tui.store.tables import lab as lab_tables

# Sunday 22 November 2026, 14:32 in Hong Kong.
NOW = datetime(2026, 11, 22, 6, 32, tzinfo=UTC)
TODAY = date(2026, 11, 22)
# Every GPU-hour costs quota, and a start-up's quota is each person's.
PLAIN = GpusSection(off_peak_from="", off_peak_until="", last_minute_minutes=0, person_hours_a_week=10_000)


@dataclass
class SetClock:
    """Stands still until it is moved."""

    instant: datetime = NOW

    def now(self) -> datetime:
        return self.instant

    def advance(self, **how: float) -> None:
        """Move on by a timedelta's arguments."""
        self.instant += timedelta(**how)


class World:
    """A lab and short ways to fill it. Everything it makes goes through the tables, guards included."""

    def __init__(self, store: Store, config: LabConfig | None = None) -> None:
        self.clock = SetClock()
        self.lab = Lab(store, self.clock, config or LabConfig(gpus=PLAIN), DEMO_KEYS)
        self._numbers = count(1)
        with store.write():
            lab_tables.Lab.create(id=1, kind="demo", key_fingerprint="demo", created_at=NOW, demo_day=TODAY)
            programme = people.Programme.create(name="Accelerator")
            self.cohort = people.Cohort.create(
                programme=programme,
                name="2026-2",
                first_day=date(2026, 10, 5),
                last_day=date(2027, 4, 4),
                capacity=10,
            )

    def startup(self, name: str | None = None, stage: str = "accelerator") -> people.Startup:
        with self.lab.store.write():
            return people.Startup.create(
                name=name or f"Startup {next(self._numbers)}",
                stage=stage,
                cohort=self.cohort,
                joined_on=date(2026, 10, 5),
            )

    def person(
        self,
        name: str | None = None,
        role: str = "member",
        startup: people.Startup | None = None,
        **more: object,
    ) -> people.Person:
        if role == "member" and startup is None:
            startup = self.startup()
        with self.lab.store.write():
            return people.Person.create(
                name=name or f"Person {next(self._numbers)}",
                role=role,
                startup=startup,
                created_at=NOW,
                **more,
            )

    def actor(self, person: people.Person, signed_in: bool = False) -> Actor:
        return Actor(int(person.id), "kiosk:Lobby", signed_in)

    def member(self, **more: object) -> Actor:
        return self.actor(self.person(**more))  # type: ignore[arg-type]

    def staff(self) -> Actor:
        return self.actor(self.person(role="staff"), signed_in=True)

    def badge(self, person: people.Person) -> str:
        """A badge's code for a person who has none yet."""
        pass_id = new_pass_id()
        with self.lab.store.write():
            people.Pass.create(code_id=f"{pass_id:016x}", kind="person", person=person, issued_at=NOW)
        return self.lab.keys.issue(PassKind.PERSON, pass_id)

    def workstation(self, name: str | None = None, gpu_count: int = 2) -> gpus.Workstation:
        with self.lab.store.write():
            machine = gpus.Workstation.create(
                name=name or f"machine-{next(self._numbers)}", gpu_model="L40S", gpu_memory_gb=48
            )
            for number in range(gpu_count):
                gpus.Gpu.create(workstation=machine, number=number)
            return machine

    def desk(self, pool: bool = True, label: str | None = None) -> desks.Desk:
        number = next(self._numbers)
        with self.lab.store.write():
            zone, _ = desks.Zone.get_or_create(
                name="East", defaults={"x": 0, "y": 0, "width": 200, "height": 20}
            )
            return desks.Desk.create(
                zone=zone, label=label or f"E-{number:02d}", x=number * 3, y=1, pool=pool
            )

    def event(
        self,
        title: str = "Fine-tuning on a budget",
        capacity: int = 3,
        starts_at: datetime = NOW + timedelta(hours=2),
        hours: float = 2,
    ) -> events.Event:
        with self.lab.store.write():
            event = events.Event.create(kind="workshop", title=title, capacity=capacity, created_at=NOW)
            events.Session.create(
                event=event,
                place="Seminar room",
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=hours),
            )
            return event

    def session_of(self, event: events.Event) -> events.Session:
        with self.lab.store.read():
            return events.Session.get(events.Session.event == event)
