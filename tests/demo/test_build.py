"""The example that the project ships: what the command builds, and a lab that keeps its own rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import apsw
import pytest

from lab_tui.demo.build import build
from lab_tui.resources import asset

EXAMPLE = asset("lab.db.example")
MOST_BYTES = 4 * 1024 * 1024
MAP_WIDTH, MAP_HEIGHT = 74, 18
DESK_CELLS = 4


@pytest.fixture(scope="module")
def example() -> Iterator[apsw.Connection]:
    """The committed example, opened so that it cannot change."""
    connection = apsw.Connection(
        f"file:{EXAMPLE}?immutable=1", apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    )
    yield connection
    connection.close()


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
    assert (count("workstation"), count("gpu")) == (10, 28)
    assert count("sign_up WHERE state = 'waiting'") >= 5
    assert count("offer WHERE state = 'open'") == 1
    assert count("pass WHERE revoked_because = 'lost'") == 1
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


def test_bookings_keep_the_rules(example: apsw.Connection) -> None:
    wrong_length = (
        "SELECT * FROM booking WHERE unixepoch(ends_at) - unixepoch(starts_at) NOT BETWEEN 1800 AND 86400"
    )
    off_grid = "SELECT * FROM booking WHERE unixepoch(starts_at) % 1800 OR unixepoch(ends_at) % 1800"
    in_outage = """SELECT * FROM booking JOIN outage USING (workstation_id)
        WHERE booking.starts_at < outage.ends_at AND booking.ends_at > outage.starts_at"""
    in_closure = (
        "SELECT * FROM booking b JOIN closure c ON b.starts_at < c.ends_at AND b.ends_at > c.starts_at"
    )
    too_many_ahead = """SELECT person_id FROM booking WHERE state = 'booked'
        GROUP BY person_id HAVING count(*) > 6"""
    two_desks = """SELECT person_id FROM desk_booking WHERE state = 'booked' AND first_day >= '2026-11-18'
        GROUP BY person_id HAVING count(*) > 5"""
    for query in (wrong_length, off_grid, in_outage, in_closure, too_many_ahead, two_desks):
        assert example.execute(query).fetchall() == [], query


def test_no_startup_uses_more_gpu_hours_a_week_than_it_may(example: apsw.Connection) -> None:
    query = """SELECT b.startup_id, unixepoch(g.starts_at), unixepoch(g.ends_at)
        FROM booking b JOIN booking_gpu g ON g.booking_id = b.id WHERE b.counts"""
    hours: Counter[tuple[int, int]] = Counter()
    for startup, start, end in example.execute(query):
        # A run over Sunday's midnight counts for both weeks.
        for week in {week_of(start), week_of(end - 1)}:
            begun, over = max(start, week_start(week)), min(end, week_start(week + 1))
            hours[startup, week] += (over - begun) / 3600
    assert 60 < max(hours.values()) <= 80


def week_of(seconds: int) -> int:
    """The number of the week (from Monday 00:00 in Hong Kong) that an instant is in."""
    return (seconds - week_start(0)) // (7 * 86400)


def week_start(week: int) -> int:
    """Its first second since 1970; week 0 began on Sunday 4 January 1970 at 16:00 UTC."""
    return 316_800 + week * 7 * 86400
