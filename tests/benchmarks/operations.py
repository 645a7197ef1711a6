"""Operations against the very same SQL, said again through the bare driver."""

from __future__ import annotations

import logging
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.config import GpusSection, LabConfig
from lab_tui.lab import checkins, gpu_finding, gpu_weeks, gpus
from lab_tui.lab.operation import Actor, Lab
from lab_tui.lab.rules.finding import Search
from lab_tui.store.database import open_store
from tests.benchmarks.fill import GPUS_EACH, MACHINES, SLOT, Filled, copies
from tests.world import NOW, TODAY, SetClock

OPERATIONS = 300
VIEWS = 60
# As in a new lab, but that nobody is stopped by having booked much already.
CONFIG = LabConfig(
    gpus=GpusSection(
        startup_hours_a_week=10_000, person_hours_a_week=10_000, person_bookings_open=100, horizon_days=14
    )
)
_SQLITE_PRAGMAS = ("foreign_keys = 1", "synchronous = FULL", "temp_store = MEMORY", "cache_size = -16000")
Statement = tuple[str, Any]
Acts = Callable[["Lab", Filled], list[Callable[[], object]]]


class _Listener(logging.Handler):
    """Hears every statement that Peewee sends."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Statement] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.msg)


@contextmanager
def _listening() -> Iterator[list[Statement]]:
    log, listener = logging.getLogger("peewee"), _Listener()
    log.addHandler(listener)
    log.setLevel(logging.DEBUG)
    try:
        yield listener.heard
    finally:
        log.removeHandler(listener)
        log.setLevel(logging.WARNING)


def booking_acts(lab: Lab, filled: Filled) -> list[Callable[[], object]]:
    """Bookings of one GPU for half an hour, each of another slot of today, by ten teams in turn."""
    wishes = [
        gpus.BookingWish(
            filled.workstations[n % MACHINES],
            (n // MACHINES % GPUS_EACH,),
            NOW.replace(minute=30) + (2 + n // (MACHINES * GPUS_EACH)) * SLOT,
            NOW.replace(minute=30) + (3 + n // (MACHINES * GPUS_EACH)) * SLOT,
        )
        for n in range(OPERATIONS)
    ]
    actors = cycle([Actor(person, "kiosk:bench") for person in filled.bookers])
    return [
        lambda wish=wish, actor=actor: gpus.book(lab, actor, wish)  # type: ignore[misc]
        for wish, actor in zip(wishes, actors, strict=False)
    ]


def day_acts(lab: Lab, filled: Filled) -> list[Callable[[], object]]:
    """The timetable of a day that is mostly taken: 64 GPUs."""
    actor = Actor(filled.bookers[0], "kiosk:bench")
    days = [TODAY + timedelta(days=2 + n % 10) for n in range(VIEWS)]
    return [lambda day=day: gpus.day_view(lab, actor, day) for day in days]  # type: ignore[misc]


def week_acts(lab: Lab, filled: Filled) -> list[Callable[[], object]]:
    """The timetable of a machine's week."""
    actor = Actor(filled.bookers[0], "kiosk:bench")
    machines = [filled.workstations[n % MACHINES] for n in range(VIEWS)]
    monday = TODAY + timedelta(days=1)
    return [
        lambda machine=machine: gpu_weeks.week_view(lab, actor, machine, monday)  # type: ignore[misc]
        for machine in machines
    ]


def find_acts(lab: Lab, filled: Filled) -> list[Callable[[], object]]:
    """The best places for two to four GPUs within a week that is mostly taken."""
    actor = Actor(filled.bookers[0], "kiosk:bench")
    begin = NOW + timedelta(days=1)
    searches = [
        Search(2 + n % 3, timedelta(hours=2 + n % 5), begin, begin + timedelta(days=7)) for n in range(VIEWS)
    ]
    return [lambda search=search: gpu_finding.find(lab, actor, search) for search in searches]  # type: ignore[misc]


def check_in_acts(lab: Lab, filled: Filled) -> list[Callable[[], object]]:
    """Tickets scanned at the home screen, each of another guest."""
    nobody = Actor(None, "kiosk:bench")
    codes = filled.tickets[:OPERATIONS]
    return [lambda code=code: checkins.scan(lab, nobody, code, "bench") for code in codes]  # type: ignore[misc]


@dataclass(frozen=True)
class Measured:
    """Seconds an operation, and seconds of the same SQL: medians of one run. `statements` in one of them."""

    ours: float
    bare: float
    statements: int

    @property
    def ratio(self) -> float:
        """How many times the bare SQL's time an operation takes."""
        return self.ours / self.bare


def compare(filled: Filled, folder: Path, acts_of: Acts) -> Measured:
    """Do the acts and say their SQL in turn, each on a copy of the database."""
    with copies(filled, 3, folder) as (heard_at, ours_at, bare_at):
        statements = _hear(heard_at, filled, acts_of)
        ours, bare = [], []
        with _lab(ours_at) as lab, _bare(bare_at) as say:
            for act, said in zip(acts_of(lab, filled), statements, strict=True):
                ours.append(_timed(act))
                bare.append(_timed(lambda said=said: say(said)))  # type: ignore[misc]
    return Measured(statistics.median(ours), statistics.median(bare), len(statements[-1]))


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _hear(address: str, filled: Filled, acts_of: Acts) -> list[list[Statement]]:
    said = []
    with _lab(address) as lab:
        for act in acts_of(lab, filled):
            with _listening() as heard:
                act()
            said.append(heard)
    return said


@contextmanager
def _lab(address: str) -> Iterator[Lab]:
    store = open_store(address)
    with store.read():
        pass
    yield Lab(store, SetClock(NOW + timedelta()), CONFIG, DEMO_KEYS)
    store.close()


@contextmanager
def _bare(address: str) -> Iterator[Callable[[list[Statement]], None]]:
    """A function that says statements in one transaction, through the driver alone."""
    if "://" in address:
        import psycopg

        connection: Any = psycopg.connect(address, autocommit=True)
        begin = "BEGIN"
    else:
        connection = sqlite3.connect(address, isolation_level=None)
        for pragma in _SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        begin = "BEGIN IMMEDIATE"

    def say(statements: list[Statement]) -> None:
        reads = all(sql.startswith("SELECT") for sql, _values in statements)
        connection.execute("BEGIN" if reads else begin)
        for sql, values in statements:
            cursor = connection.execute(sql, values or ())
            if cursor.description:
                cursor.fetchall()
        connection.execute("COMMIT")

    yield say
    connection.close()
