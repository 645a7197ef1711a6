"""A lab with as many stored bookings as wanted: 64 GPUs in 16 machines.

Their history is long and full; today is free; the two weeks after it are mostly taken.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from random import Random

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.passcode import PassKind
from lab_tui.store import schema
from lab_tui.store.fields import instant_text
from lab_tui.store.tables import desks, events, people
from tests.races.contest import raw_connection
from tests.world import NOW, World

MACHINES = 16
GPUS_EACH = 4
SLOT = timedelta(minutes=30)
GUESTS = 400
UNIX_NAME = "mei.chan"
# Who books now: ten teams of five, each with some bookings in the days before.
BOOKING_TEAMS = 10
_TEAM = 5
_RECENT, _EVERY = 9_000, 30
_DAYS_AHEAD = 14
_BATCH = 50_000


@dataclass(frozen=True)
class Filled:
    """A filled database: who books, a member with a badge, tickets to be scanned, the machines' ids."""

    address: str
    bookers: list[int]
    member: int
    badge: str
    tickets: list[str]
    workstations: list[int]


@dataclass(frozen=True)
class _Row:
    """A booking of one GPU; who is a person and their start-up."""

    number: int
    gpu: int
    who: tuple[int, int]
    start: str
    end: str
    state: str

    @property
    def machine(self) -> int:
        """GPUs and machines are numbered from 1."""
        return (self.gpu - 1) // GPUS_EACH + 1


def fill(address: str, bookings: int) -> Filled:
    """Make a lab at an address, with so many bookings in its past."""
    store = schema.create(address)
    world = World(store)
    startup = world.startup("Lumen Vision")
    member = world.person("Mei Chan", startup=startup, unix_name=UNIX_NAME)
    badge = world.badge(member)
    machines = [int(world.workstation(f"machine-{n:02d}", GPUS_EACH).id) for n in range(MACHINES)]
    booking = [(int(world.person(startup=team).id), int(team.id)) for team in _teams(world, BOOKING_TEAMS)]
    # Other teams hold the long history, as in a lab: 20 start-ups of 5 people.
    others = [(int(world.person(startup=team).id), int(team.id)) for team in _teams(world, 20)]
    with store.write():
        _floor()
        tickets = _guests(startup)
    store.close()
    with raw_connection(address) as execute:
        rows = chain(_past(bookings, others, booking), _ahead(bookings, others))
        _store(execute, "://" in address, rows)
    bookers = [person for person, _team in booking]
    return Filled(address, bookers, int(member.id), badge, tickets, machines)


def _teams(world: World, count: int) -> list[people.Startup]:
    """So many start-ups, each as often as it has members."""
    return [team for team in [world.startup() for _ in range(count)] for _ in range(_TEAM)]


def _floor() -> None:
    zones = [
        desks.Zone.create(name=name, x=x, y=0, width=36, height=9) for name, x in (("East", 0), ("West", 36))
    ]
    for number in range(64):
        zone, place = zones[number % 2], number // 2
        desks.Desk.create(
            zone=zone,
            label=f"{zone.name[0]}-{place:02d}",
            x=zone.x + 2 + place % 8 * 4,
            y=2 + place // 8,
            pool=True,
        )


def _guests(startup: people.Startup) -> list[str]:
    event = events.Event.create(kind="seminar", title="Full house", capacity=GUESTS, created_at=NOW)
    events.Session.create(event=event, place="Here", starts_at=NOW, ends_at=NOW + timedelta(hours=3))
    codes = []
    for number in range(1, GUESTS + 1):
        guest = people.Person.create(name=f"Guest {number}", role="member", startup=startup, created_at=NOW)
        sign_up = events.SignUp.create(event=event, person=guest, state="going", since=NOW)
        people.Pass.create(
            code_id=f"{number:016x}", kind="ticket", person=guest, sign_up_id=sign_up.id, issued_at=NOW
        )
        codes.append(DEMO_KEYS.issue(PassKind.TICKET, number))
    return codes


def _store(execute, postgres: bool, rows: Iterator[_Row]) -> None:  # type: ignore[no-untyped-def]
    """Write bookings with the engine's own speed."""
    true = "TRUE" if postgres else "1"
    if not postgres:
        for pragma in ("synchronous = OFF", "cache_size = -1000000", "wal_autocheckpoint = 100000"):
            execute(f"PRAGMA {pragma}")
    while batch := list(islice(rows, _BATCH)):
        execute("BEGIN")
        for first in range(0, len(batch), 500):
            part = batch[first : first + 500]
            values = ", ".join(
                f"({one.number}, {one.machine}, {one.who[0]}, {one.who[1]}, {one.start!r}, {one.end!r}, "
                f"'{one.state}', {true}, {true}, '', {one.start!r})"
                for one in part
            )
            execute(
                "INSERT INTO booking (id, workstation_id, person_id, startup_id, starts_at, ends_at, state, "
                f"holds, counts, purpose, created_at) VALUES {values}"
            )
            values = ", ".join(
                f"({one.number}, {one.gpu}, {one.start!r}, {one.end!r}, {true})" for one in part
            )
            execute(
                f"INSERT INTO booking_gpu (booking_id, gpu_id, starts_at, ends_at, holds) VALUES {values}"
            )
        execute("COMMIT")
    if postgres:
        execute("SELECT setval(pg_get_serial_sequence('booking', 'id'), (SELECT max(id) FROM booking))")
    execute("ANALYZE")


def _past(count: int, others: list[tuple[int, int]], booking: list[tuple[int, int]]) -> Iterator[_Row]:
    """Bookings of one slot each, back to back on every GPU, the last one ending a day ago.

    Of the last days some are the booking teams', as many however long the history is.
    """
    gpus = MACHINES * GPUS_EACH
    newest = NOW.replace(hour=0, minute=0) - timedelta(days=1)
    steps = (count - 1) // gpus
    for number in range(count):
        step, gpu = divmod(number, gpus)
        # The oldest first, as they came: the overlap guard looks at what ends later.
        end = newest - (steps - step) * SLOT
        recent, left = divmod(count - number, _EVERY)
        is_theirs = left == 0 and count - number <= _RECENT
        who = booking[recent % len(booking)] if is_theirs else others[number % len(others)]
        yield _Row(number + 1, gpu + 1, who, instant_text(end - SLOT), instant_text(end), "ended")


def _ahead(count: int, others: list[tuple[int, int]]) -> Iterator[_Row]:
    """From tomorrow on, bookings of some hours with pauses between them: little is free at one time."""
    chance, first = Random(GUESTS), NOW.replace(hour=16, minute=0)
    number = count
    for gpu in range(MACHINES * GPUS_EACH):
        start = first + chance.randrange(6) * SLOT
        while start < first + timedelta(days=_DAYS_AHEAD):
            end = start + chance.randrange(4, 16) * SLOT
            number += 1
            who = others[number % len(others)]
            yield _Row(number, gpu + 1, who, instant_text(start), instant_text(end), "booked")
            start = end + chance.randrange(5) * SLOT


@contextmanager
def copies(filled: Filled, count: int, folder: Path) -> Iterator[list[str]]:
    """Addresses of so many equal copies of a filled database."""
    if "://" not in filled.address:
        paths = [folder / f"copy-{n}.db" for n in range(count)]
        for path in paths:
            shutil.copyfile(filled.address, path)
        yield [str(path) for path in paths]
        for path in paths:
            path.unlink()
        return
    server, _slash, name = filled.address.rpartition("/")
    made = [f"{name}_copy_{n}" for n in range(count)]
    with raw_connection(f"{server}/postgres") as execute:
        for copy in made:
            execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
        yield [f"{server}/{copy}" for copy in made]
        for copy in made:
            execute(f'DROP DATABASE "{copy}" WITH (FORCE)')
