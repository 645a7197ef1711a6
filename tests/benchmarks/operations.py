"""Booking and check-in against the very same SQL, said again through the bare driver."""

from __future__ import annotations

import logging
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.lab import checkins, gpus
from lab_tui.lab.operation import Actor, Lab
from lab_tui.store.database import open_store
from tests.benchmarks.fill import GPUS_EACH, MACHINES, SLOT, Filled, copies
from tests.races.contest import CONFIG
from tests.world import NOW, SetClock

OPERATIONS = 300
_SQLITE_PRAGMAS = ("foreign_keys = 1", "synchronous = FULL", "temp_store = MEMORY", "cache_size = -16000")
Statement = tuple[str, Any]


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
    """Bookings of one GPU for half an hour, each of another slot of today and the next days."""
    actor = Actor(filled.member, "kiosk:bench")
    wishes = [
        gpus.BookingWish(
            filled.workstations[n % MACHINES],
            (n // MACHINES % GPUS_EACH,),
            NOW.replace(minute=30) + (2 + n // (MACHINES * GPUS_EACH)) * SLOT,
            NOW.replace(minute=30) + (3 + n // (MACHINES * GPUS_EACH)) * SLOT,
        )
        for n in range(OPERATIONS)
    ]
    return [lambda wish=wish: gpus.book(lab, actor, wish) for wish in wishes]  # type: ignore[misc]


def check_in_acts(lab: Lab, filled: Filled) -> list[Callable[[], object]]:
    """Tickets scanned at the home screen, each of another guest."""
    nobody = Actor(None, "kiosk:bench")
    codes = filled.tickets[:OPERATIONS]
    return [lambda code=code: checkins.scan(lab, nobody, code, "bench") for code in codes]  # type: ignore[misc]


def compare(
    filled: Filled, folder: Path, acts_of: Callable[[Lab, Filled], list[Callable[[], object]]]
) -> tuple[float, float, int]:
    """`(seconds an operation, seconds of the same SQL, statements)`, medians of one run."""
    with copies(filled, 3, folder) as (heard_at, ours_at, bare_at):
        statements = _hear(heard_at, filled, acts_of)
        ours, bare = [], []
        with _lab(ours_at) as lab, _bare(bare_at) as say:
            for act, said in zip(acts_of(lab, filled), statements, strict=True):
                ours.append(_timed(act))
                bare.append(_timed(lambda said=said: say(said)))  # type: ignore[misc]
    return statistics.median(ours), statistics.median(bare), len(statements[-1])


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _hear(address: str, filled: Filled, acts_of: Any) -> list[list[Statement]]:
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
        connection.execute(begin)
        for sql, values in statements:
            cursor = connection.execute(sql, values or ())
            if cursor.description:
                cursor.fetchall()
        connection.execute("COMMIT")

    yield say
    connection.close()
