"""A lab with as many stored bookings as wanted: 64 GPUs, a year of history, nothing in the future."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.passcode import PassKind
from lab_tui.store import schema
from lab_tui.store.fields import instant_text
from lab_tui.store.tables import desks, events, people
from tests.races.contest import CONFIG, raw_connection
from tests.world import NOW, World

MACHINES = 16
GPUS_EACH = 4
SLOT = timedelta(minutes=30)
GUESTS = 400
_BATCH = 50_000


@dataclass(frozen=True)
class Filled:
    """A filled database: a member who books, tickets to be scanned, the machines' ids."""

    address: str
    member: int
    badge: str
    tickets: list[str]
    workstations: list[int]


def fill(address: str, bookings: int) -> Filled:
    """Make a lab at an address, with so many bookings in its past."""
    store = schema.create(address)
    world = World(store, CONFIG)
    startup = world.startup("Lumen Vision")
    member = world.person("Mei Chan", startup=startup)
    badge = world.badge(member)
    machines = [int(world.workstation(f"machine-{n}", GPUS_EACH).id) for n in range(MACHINES)]
    # Other teams hold the history, as in a lab: 20 start-ups of 5 people.
    teams = [world.startup() for _ in range(20)]
    others = [(int(world.person(startup=team).id), int(team.id)) for team in teams for _ in range(5)]
    with store.write():
        _floor()
        tickets = _guests(startup)
    store.close()
    with raw_connection(address) as execute:
        _history(execute, "://" in address, bookings, others)
    return Filled(address, int(member.id), badge, tickets, machines)


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


def _history(execute, postgres: bool, count: int, others: list[tuple[int, int]]) -> None:  # type: ignore[no-untyped-def]
    """Bookings of one slot each, back to back on every GPU, the last one ending a day ago."""
    true = "TRUE" if postgres else "1"
    if not postgres:
        for pragma in ("synchronous = OFF", "cache_size = -1000000", "wal_autocheckpoint = 100000"):
            execute(f"PRAGMA {pragma}")
    rows = _rows(count, others)
    while batch := list(islice(rows, _BATCH)):
        execute("BEGIN")
        for booking in range(0, len(batch), 500):
            part = batch[booking : booking + 500]
            values = ", ".join(
                f"({b}, {machine}, {who}, {team}, {start!r}, {end!r}, 'ended', {true}, {true}, '', {start!r})"
                for b, machine, _gpu, who, team, start, end in part
            )
            execute(
                "INSERT INTO booking (id, workstation_id, person_id, startup_id, starts_at, ends_at, state, "
                f"holds, counts, purpose, created_at) VALUES {values}"
            )
            values = ", ".join(
                f"({b}, {gpu}, {start!r}, {end!r}, {true})" for b, _m, gpu, _w, _t, start, end in part
            )
            execute(
                f"INSERT INTO booking_gpu (booking_id, gpu_id, starts_at, ends_at, holds) VALUES {values}"
            )
        execute("COMMIT")
    if postgres:
        execute("SELECT setval(pg_get_serial_sequence('booking', 'id'), (SELECT max(id) FROM booking))")
    execute("ANALYZE")


def _rows(count: int, others: list[tuple[int, int]]) -> Iterator[tuple[int, int, int, int, int, str, str]]:
    gpus = MACHINES * GPUS_EACH
    newest = NOW.replace(hour=0, minute=0) - timedelta(days=1)
    steps = (count - 1) // gpus
    for number in range(count):
        step, gpu = divmod(number, gpus)
        # The oldest first, as they came: the overlap guard looks at what ends later.
        end = newest - (steps - step) * SLOT
        machine = gpu // GPUS_EACH + 1
        person, startup = others[number % len(others)]
        yield number + 1, machine, gpu + 1, person, startup, instant_text(end - SLOT), instant_text(end)


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
