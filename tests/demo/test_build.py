"""The example that the project ships: what the command builds, and a lab that keeps its own rules."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import apsw
import pytest

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.config import LabConfig
from lab_tui.demo.build import build
from lab_tui.demo.days import DEMO_NOW, at, day
from lab_tui.lab.gpu_facts import read_counted
from lab_tui.lab.gpu_requests import BookingWish, judged
from lab_tui.lab.gpu_views import read_booking
from lab_tui.lab.labels import Command
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.quota import hours, used
from lab_tui.lab.rules.reasons import Code
from lab_tui.resources import asset
from lab_tui.store.database import open_store
from lab_tui.store.tables.gpus import Booking
from lab_tui.store.tables.people import Startup
from tests.world import SetClock

EXAMPLE = asset("lab.db.example")
MOST_BYTES = 4 * 1024 * 1024
MAP_WIDTH, MAP_HEIGHT = 74, 18
DESK_CELLS = 4
_CAME_LATER = {Code.OUT_OF_SERVICE, Code.TOO_MANY_OPEN_BOOKINGS, Code.HORIZON_SHORTENED}


@pytest.fixture(scope="module")
def example() -> Iterator[apsw.Connection]:
    """The committed example, opened so that it cannot change."""
    connection = apsw.Connection(
        f"file:{EXAMPLE}?immutable=1", apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    )
    yield connection
    connection.close()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """The example opened as a lab with the default settings, at its own instant."""
    shutil.copyfile(EXAMPLE, tmp_path / "lab.db")
    store = open_store(str(tmp_path / "lab.db"))
    yield Lab(store, SetClock(DEMO_NOW), LabConfig(folder=tmp_path), DEMO_KEYS)
    store.close()


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, and the schema."""
    connection = apsw.Connection(str(path), apsw.SQLITE_OPEN_READONLY)
    schema = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    tables = [name for kind, name, _sql in schema if kind == "table"]
    rows = {name: connection.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2').fetchall() for name in tables}
    connection.close()
    return {"schema": schema, **rows}


def test_the_committed_example_is_what_the_command_builds(tmp_path: Path) -> None:
    build(tmp_path / "built.db")
    built, committed = dump(tmp_path / "built.db"), dump(EXAMPLE)
    assert built.keys() == committed.keys()
    for name in built:
        assert built[name] == committed[name], f"{name}: build lab.db.example again (make example)"
    assert [path.name for path in tmp_path.iterdir()] == ["built.db"]


def test_the_example_is_one_plain_file() -> None:
    header = EXAMPLE.read_bytes()[:100]
    assert EXAMPLE.stat().st_size < MOST_BYTES
    # sqlite.org/fileformat.html: 1 means no write-ahead log.
    assert (header[18], header[19]) == (1, 1)
    assert not EXAMPLE.with_name(EXAMPLE.name + "-wal").exists()


def test_who_and_what_is_in_it(example: apsw.Connection) -> None:
    def count(what: str) -> int:
        return int(example.execute(f"SELECT count(*) FROM {what}").fetchone()[0])

    assert count("cohort") == 2
    assert count("startup WHERE stage = 'accelerator' AND cohort_id IS NOT NULL") == 14
    assert count("startup WHERE stage = 'incu_tech'") == 6
    assert 85 <= count("person") <= 95
    assert count("person WHERE other_name <> ''") > 50
    assert (count("desk"), count("zone WHERE kind = 'desks'")) == (64, 4)
    assert (count("workstation WHERE NOT retired"), count("workstation WHERE retired")) == (10, 1)
    assert count("gpu JOIN workstation w ON w.id = workstation_id WHERE NOT w.retired") == 28
    assert count("workstation WHERE host_name = '' OR cores = 0 OR tags = ''") == 0
    assert count("workstation WHERE policy <> '{}'") == 2
    assert count("person WHERE unix_name IS NULL AND role IN ('member', 'staff')") == 0
    assert (count("booking_series"), count("booking WHERE series_id IS NOT NULL")) == (2, 8)
    assert count("booking b JOIN booking o ON o.id = b.origin_id WHERE o.state = 'moved'") >= 10
    assert count("booking WHERE NOT costs_quota") >= 10
    assert count("booking WHERE state = 'offered'") == 1
    assert count("gpu_wait WHERE state = 'waiting'") == 2
    assert count("notice WHERE seen_at IS NULL") == 2
    assert count("outage WHERE starts_at > '2026-11-18T06:32'") == 1
    assert count("closure WHERE starts_at > '2026-11-18T06:32'") == 1
    assert count("sign_up WHERE state = 'waiting'") >= 5
    assert count("offer WHERE state = 'open'") == 1
    assert count("pass WHERE revoked_because = 'lost'") == 1
    assert count("label WHERE kind = 'desk'") == count("desk")
    assert count("label WHERE kind = 'workstation'") == count("workstation WHERE NOT retired")
    assert count("label WHERE kind = 'event'") == count("event WHERE NOT cancelled")
    assert count("label WHERE command = 'open_door'") == count("event WHERE NOT cancelled")
    assert count("label WHERE kind = 'command' AND event_id IS NULL") == len(Command) - 1
    assert count("label WHERE revoked_at IS NOT NULL") == 0
    assert count("scan WHERE key_number IS NOT 0") == 0
    assert count("desk_loan") >= 3
    assert count("desk WHERE out_of_order <> ''") == 2


def test_desks_stand_in_their_zone_and_apart(example: apsw.Connection) -> None:
    zones = {row[0]: row[1:] for row in example.execute("SELECT id, x, y, width, height FROM zone")}
    places = example.execute("SELECT zone_id, x, y FROM desk").fetchall()
    for x, y, width, height in zones.values():
        assert x + width <= MAP_WIDTH
        assert y + height <= MAP_HEIGHT
    for one, other in combinations(zones.values(), 2):
        assert not (cells_inside(*one) & cells_inside(*other))
    taken: set[tuple[int, int]] = set()
    for zone, x, y in places:
        cells = {(x + step, y) for step in range(DESK_CELLS)}
        assert cells <= cells_inside(*zones[zone])
        # The zone's name stands on the first line.
        assert y > zones[zone][1] + 1
        assert not cells & taken
        taken |= cells


def cells_inside(x: int, y: int, width: int, height: int) -> set[tuple[int, int]]:
    """The cells between a zone's walls."""
    return {(column, line) for column in range(x + 1, x + width - 1) for line in range(y + 1, y + height - 1)}


def test_bookings_keep_the_rules(lab: Lab) -> None:
    """Each is judged as on the day it was made, beside all others.

    What came later is left out: the planned outage, no-shows, and bookings ahead, which are counted below.
    """
    judged_ones, hit = 0, 0
    with lab.store.read():
        held = Booking.select().where(Booking.state.in_(("booked", "checked_in", "ended", "offered")))
        for booking in held.where(Booking.ends_at > at(-7, 0)).order_by(Booking.id):
            clock = SetClock(booking.created_at)
            view = read_booking(booking.id)
            wish = BookingWish(
                booking.workstation_id, view.gpu_numbers, booking.starts_at, booking.ends_at, booking.purpose
            )
            request = judged(replace(lab, clock=clock), booking.person, wish, instead_of=booking)
            codes = {reason.code for reason in request.reasons}
            hit += Code.OUT_OF_SERVICE in codes
            assert codes <= _CAME_LATER, booking.id
            judged_ones += 1
    assert judged_ones > 300
    assert hit >= 1


def test_nobody_has_more_than_the_lab_lets_them(example: apsw.Connection) -> None:
    too_many_ahead = """SELECT person_id FROM booking WHERE state = 'booked'
        GROUP BY person_id HAVING count(*) > 6"""
    two_desks = """SELECT person_id FROM desk_booking WHERE state = 'booked' AND first_day >= '2026-11-18'
        GROUP BY person_id HAVING count(*) > 5"""
    in_closure = """SELECT b.id FROM booking b JOIN closure c ON b.starts_at < c.ends_at
        AND b.ends_at > c.starts_at WHERE b.holds"""
    in_outage = """SELECT b.id FROM booking b JOIN outage o ON o.workstation_id = b.workstation_id
        AND b.starts_at < o.ends_at AND b.ends_at > o.starts_at
        WHERE b.holds AND o.reason <> 'memory upgrade'"""
    for query in (too_many_ahead, two_desks, in_closure, in_outage):
        assert example.execute(query).fetchall() == [], query


def test_teams_use_the_machines_much_but_not_more_than_they_may(lab: Lab) -> None:
    most = 0.0
    for week in (0, 1):
        span = lab.time.week_span(day(7 * week))
        with lab.store.read():
            for startup in Startup.select():
                counted = read_counted(lab, startup.id, 0, *span)
                uses = [use for one in counted for use in one.costs if use.pool == 0]
                most = max(most, hours(used(uses, *span)))
    assert 50 < most <= 80
