"""A contest: several processes want the same GPUs, seats, desks and tickets, in the same order, at once."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.passcode import PassKind
from lab_tui.config import DesksSection, EventsSection, GpusSection, LabConfig
from lab_tui.errors import Refused
from lab_tui.lab import checkins, desks, events, gpus
from lab_tui.lab.operation import Actor, Lab
from lab_tui.store.database import Store, open_store
from lab_tui.store.tables import events as event_tables
from lab_tui.store.tables import people as people_tables
from tests.world import NOW, TODAY, SetClock, World

PROCESSES = 8
SEATS = 5
DESK_DAYS = 50
SLOT_MINUTES = 30
CONFIG = LabConfig(
    gpus=GpusSection(
        slot_minutes=SLOT_MINUTES, horizon_days=365, startup_hours_a_week=10_000, person_bookings_open=100_000
    ),
    desks=DesksSection(horizon_days=60, days_open_per_person=60),
    events=EventsSection(waiting_list=False),
)


@dataclass(frozen=True)
class Stakes:
    """What the contest is about: a round wants one of each."""

    rounds: int
    people: list[int]
    # A person of each process for each desk, as nobody has two desks on a day.
    sitters: list[list[int]]
    workstation: int
    gpu_numbers: int
    desks: list[int]
    events: list[int]
    tickets: list[str]

    def wish(self, number: int) -> gpus.BookingWish:
        """The GPU and slot of a round."""
        slot, gpu = divmod(number, self.gpu_numbers)
        start = datetime(2026, 11, 22, 7, tzinfo=UTC) + slot * timedelta(minutes=SLOT_MINUTES)
        return gpus.BookingWish(self.workstation, (gpu,), start, start + timedelta(minutes=SLOT_MINUTES))

    def desk_day(self, number: int) -> tuple[int, date]:
        """Which desk (an index) on which day a round is about."""
        desk, day = divmod(number, DESK_DAYS)
        return desk, TODAY + timedelta(days=day)


@dataclass
class Tally:
    """What one process saw."""

    won: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)


def lay_out(store: Store, rounds: int) -> Stakes:
    """Fill an empty lab with everything that a contest of so many rounds is about."""
    world = World(store, CONFIG)
    startup = world.startup()
    machine = world.workstation("kowloon", gpu_count=8)
    desk_count = (rounds + DESK_DAYS - 1) // DESK_DAYS
    desk_ids = [int(world.desk().id) for _ in range(desk_count)]
    people = [int(world.person(startup=startup).id) for _ in range(PROCESSES)]
    sitters = [[int(world.person(startup=startup).id) for _ in desk_ids] for _ in range(PROCESSES)]
    with store.write():
        event_ids = [_event(NOW + timedelta(days=1), SEATS) for _ in range(rounds)]
        tickets = _tickets(_event(NOW, rounds), rounds, startup)
    return Stakes(rounds, people, sitters, int(machine.id), 8, desk_ids, event_ids, tickets)


def _event(starts_at: datetime, capacity: int) -> int:
    event = event_tables.Event.create(kind="seminar", title="Contested", capacity=capacity, created_at=NOW)
    event_tables.Session.create(
        event=event, place="Here", starts_at=starts_at, ends_at=starts_at + timedelta(hours=2)
    )
    return int(event.id)


def _tickets(event_id: int, count: int, startup: people_tables.Startup) -> list[str]:
    codes = []
    for number in range(1, count + 1):
        person = people_tables.Person.create(
            name=f"Guest {number}", role="member", startup=startup, created_at=NOW
        )
        sign_up = event_tables.SignUp.create(event=event_id, person=person, state="going", since=NOW)
        people_tables.Pass.create(
            code_id=f"{number:016x}", kind="ticket", person=person, sign_up_id=sign_up.id, issued_at=NOW
        )
        codes.append(DEMO_KEYS.issue(PassKind.TICKET, number))
    return codes


class Unlocked(Store):
    """A store without transactions or locks: what the control runs on."""

    @contextmanager
    def write(self) -> Iterator[None]:
        with self._connected():
            yield

    @contextmanager
    def read(self) -> Iterator[None]:
        with self._connected():
            yield

    def lock(self, table: Any, key: object) -> None:
        """Hold nothing."""


def compete(address: str, stakes: Stakes, number: int, start: Barrier, locked: bool) -> Tally:
    """One process: try every round, and count what came of it."""
    store = open_store(address, wait_seconds=120)
    if not locked:
        store = Unlocked(store.database, address)
    lab = Lab(store, SetClock(), CONFIG, DEMO_KEYS)
    actor = Actor(stakes.people[number], f"kiosk:{number}")
    tally = Tally()
    start.wait()
    for each in range(stakes.rounds):
        for kind, attempt in _attempts(lab, actor, stakes, number, each):
            try:
                tally.won[kind] += attempt()
            except Refused as refused:
                tally.refused.update(f"{kind}:{code}" for code in refused.codes)
            except Exception as error:  # noqa: BLE001 - whatever reaches a caller is counted
                tally.errors.append(f"{kind}: {type(error).__name__}: {error}")
    store.close()
    return tally


def _attempts(lab: Lab, actor: Actor, stakes: Stakes, number: int, each: int) -> Iterator[tuple[str, Any]]:
    yield "gpu", lambda: bool(gpus.book(lab, actor, stakes.wish(each)))
    yield "seat", lambda: bool(events.sign_up(lab, actor, stakes.events[each]))
    desk, day = stakes.desk_day(each)
    sitter = Actor(stakes.sitters[number][desk], actor.via)
    yield "desk", lambda: bool(desks.claim(lab, sitter, stakes.desks[desk], day))
    nobody = Actor(None, actor.via)
    yield (
        "ticket",
        lambda: (
            checkins.scan(lab, nobody, stakes.tickets[each], f"Kiosk {number}").verdict
            is checkins.Verdict.CHECKED_IN
        ),
    )


# A process of a contest: address, stakes, number, start, locked.
Compete = Callable[[str, Any, int, Barrier, bool], Tally]


def _compete_and_tell(
    run: Compete, address: str, stakes: Any, number: int, start: Barrier, locked: bool, tallies: Any
) -> None:
    tallies.put(run(address, stakes, number, start, locked))


def hold(address: str, stakes: Any, locked: bool = True, run: Compete = compete) -> Tally:
    """Run a contest in PROCESSES processes; the sum of what they saw."""
    spawning = multiprocessing.get_context("spawn")
    start, tallies = spawning.Barrier(PROCESSES), spawning.Queue()
    processes = [
        spawning.Process(target=_compete_and_tell, args=(run, address, stakes, n, start, locked, tallies))
        for n in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    total = Tally()
    for _ in processes:
        tally = tallies.get(timeout=3000)
        total.won += tally.won
        total.refused += tally.refused
        total.errors += tally.errors
    for process in processes:
        process.join()
    return total


# Read through a connection of the driver's own, not through our store.
DOUBLES = {
    "gpu": """
        SELECT count(*) FROM booking_gpu a JOIN booking_gpu b ON a.gpu_id = b.gpu_id
        AND a.booking_id < b.booking_id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
        WHERE a.holds AND b.holds""",
    "seat": f"""
        SELECT count(*) FROM (SELECT event_id FROM sign_up WHERE state = 'going'
        AND event_id IN (SELECT id FROM event WHERE capacity = {SEATS})
        GROUP BY event_id HAVING count(*) > {SEATS}) AS over""",
    "desk": """
        SELECT count(*) FROM desk_booking a JOIN desk_booking b ON a.desk_id = b.desk_id AND a.id < b.id
        AND a.first_day <= b.last_day AND b.first_day <= a.last_day WHERE a.holds AND b.holds""",
    "ticket": """
        SELECT count(*) FROM (SELECT person_id FROM check_in WHERE kind = 'session'
        GROUP BY session_id, person_id HAVING count(*) > 1) AS twice""",
}
GUARDS_OF_SQLITE = (
    "DROP TRIGGER booking_overlap_new",
    "DROP TRIGGER event_seat_new",
    "DROP TRIGGER desk_booking_held_twice_new",
    "DROP INDEX check_in_once_a_session",
    "DROP INDEX check_in_inside_once",
)
GUARDS_OF_POSTGRESQL = (
    "ALTER TABLE booking_gpu DROP CONSTRAINT booking_overlap",
    "DROP TRIGGER event_seats ON sign_up",
    "ALTER TABLE desk_booking DROP CONSTRAINT desk_held_twice_by_bookings",
    "ALTER TABLE desk_booking DROP CONSTRAINT desk_booking_one_a_person",
    "DROP TRIGGER desk_held_twice_desk_booking ON desk_booking",
    "DROP INDEX check_in_once_a_session",
    "DROP INDEX check_in_inside_once",
)


def take_guards_out(address: str) -> None:
    """Leave the schema without what makes doubles impossible."""
    with raw_connection(address) as execute:
        for statement in GUARDS_OF_POSTGRESQL if "://" in address else GUARDS_OF_SQLITE:
            execute(statement)


def doubles(address: str) -> dict[str, int]:
    """How many doubles of each kind the database holds."""
    with raw_connection(address) as execute:
        return {kind: int(execute(query).fetchone()[0]) for kind, query in DOUBLES.items()}


@contextmanager
def raw_connection(address: str) -> Iterator[Any]:
    """`execute` of a connection that is not ours."""
    if "://" in address:
        import psycopg

        with psycopg.connect(address, autocommit=True) as connection:
            yield connection.execute
        return
    import apsw

    connection = apsw.Connection(address)
    try:
        yield connection.cursor().execute
    finally:
        connection.close()
