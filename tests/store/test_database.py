"""Opening a database, refusing what is not ours untouched, and living through its absence."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tui.errors import SystemCannot
from lab_tui.store import database, schema
from lab_tui.store.database import APPLICATION_ID, OLDEST_SQLITE, SCHEMA_VERSION, open_store, public_address
from lab_tui.store.fields import InstantField, instant_text
from lab_tui.store.tables.lab import Closure, Kiosk
from tests.engines import SERVER, needs_postgres, open_database
from tests.world import NOW, World


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    path = tmp_path / "lab.db"
    schema.create(str(path)).close()
    return path


def cannot(address: str) -> SystemCannot:
    with pytest.raises(SystemCannot) as caught:
        open_store(address)
    return caught.value


def beside(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir())


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def set_header(path: Path, offset: int, value: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(value.to_bytes(4, "big"))


# What is not ours


def foreign_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipe (name TEXT)")
        connection.commit()


def foreign_in_wal(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE recipe (name TEXT)")
        connection.commit()


def letter(path: Path) -> None:
    path.write_text("Dear lab, " * 50)


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def half_a_header(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00" + b"\x00" * 20)


def newer_lab(path: Path) -> None:
    schema.create(str(path)).close()
    set_header(path, 60, SCHEMA_VERSION + 1)


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (foreign_database, "store_foreign"),
        (foreign_in_wal, "store_foreign"),
        (letter, "store_foreign"),
        (nothing, "store_foreign"),
        (half_a_header, "store_foreign"),
        (newer_lab, "store_newer"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_and_stays_as_it_is(
    tmp_path: Path, write: object, code: str
) -> None:
    path = tmp_path / "lab.db"
    write(path)  # type: ignore[operator]
    before, files = digest(path), beside(path)
    assert cannot(str(path)).code == code
    assert digest(path) == before
    assert beside(path) == files
    if code == "store_foreign":
        with pytest.raises(SystemCannot, match="store_exists"):
            schema.create(str(path))
        assert digest(path) == before


def test_a_newer_lab_says_which_versions(tmp_path: Path) -> None:
    newer_lab(tmp_path / "lab.db")
    facts = cannot(str(tmp_path / "lab.db")).facts
    assert (facts["version"], facts["ours"]) == (SCHEMA_VERSION + 1, SCHEMA_VERSION)


def test_a_missing_file_is_not_made(tmp_path: Path) -> None:
    assert cannot(str(tmp_path / "lab.db")).code == "store_missing"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert cannot(str(tmp_path)).code == "store_unreachable"


def test_an_empty_database_of_ours_is_told_from_a_lab(sqlite_path: Path) -> None:
    set_header(sqlite_path, 60, 0)
    assert cannot(str(sqlite_path)).code == "store_empty"


# SQLite, as a lab needs it


def test_the_library_is_one_without_the_wal_reset_bug() -> None:
    assert tuple(map(int, apsw.sqlitelibversion().split("."))) >= OLDEST_SQLITE == (3, 51, 3)


def test_an_older_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OLDEST_SQLITE", (99, 0, 0))
    with pytest.raises(SystemCannot, match="sqlite_too_old"):
        database.connect("lab.db")


def test_the_header_tells_whose_file_it_is(sqlite_path: Path) -> None:
    header = sqlite_path.read_bytes()[:100]
    assert int.from_bytes(header[68:72], "big") == APPLICATION_ID
    assert header[68:72] == b"LabT"
    assert int.from_bytes(header[60:64], "big") == SCHEMA_VERSION
    assert sqlite_path.stat().st_mode & 0o777 == 0o600


def test_every_threads_connection_is_safe(sqlite_path: Path) -> None:
    store = open_store(str(sqlite_path))

    def pragmas(_thread: int) -> tuple[object, ...]:
        together.wait(timeout=30)
        with store.read():
            execute = store.database.execute_sql
            names = ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
            return tuple(execute(f"PRAGMA {name}").fetchone()[0] for name in names)

    together = threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(pragmas, range(4)))
    full = 2
    assert found == {("wal", full, 1, 0)}
    store.close()


def test_a_busy_database_says_so_in_time_and_works_again_afterwards(sqlite_path: Path) -> None:
    store = open_store(str(sqlite_path), wait_seconds=1)
    # Not sqlite3: locks do not hold between two SQLite libraries in one process.
    with closing(apsw.Connection(str(sqlite_path))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SystemCannot) as caught, store.write():
            Kiosk.create(name="Lobby")
        assert caught.value.code == "store_busy"
        with store.read():
            assert Kiosk.select().count() == 0
        other.execute("COMMIT")
    with store.write():
        Kiosk.create(name="Lobby")
    store.close()


def test_a_read_is_one_unchanging_picture(world: World) -> None:
    store = world.lab.store

    def write_elsewhere() -> None:
        with store.write():
            Kiosk.create(name="Lobby")

    with store.read():
        assert Kiosk.select().count() == 0
        thread = threading.Thread(target=write_elsewhere)
        thread.start()
        thread.join(timeout=30)
        assert Kiosk.select().count() == 0
        with store.read():
            assert Kiosk.select().count() == 0
    with store.read():
        assert Kiosk.select().count() == 1


def test_a_write_that_fails_writes_nothing(world: World) -> None:
    store = world.lab.store

    def fail() -> None:
        with store.write():
            Kiosk.create(name="Lobby")
            with store.write():
                Kiosk.create(name="Door")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.read():
        assert Kiosk.select().count() == 0


def test_a_damaged_database_is_a_fault_not_a_crash(sqlite_path: Path) -> None:
    copy = sqlite_path.with_name("damaged.db")
    shutil.copyfile(sqlite_path, copy)
    with copy.open("r+b") as file:
        file.truncate(4096)
    with pytest.raises(SystemCannot):
        open_store(str(copy))


# PostgreSQL


@needs_postgres
def test_a_server_that_is_not_there_is_said_without_its_password() -> None:
    error = cannot("postgresql://ann:secret@127.0.0.1:9/lab")
    assert error.code == "store_unreachable"
    assert "secret" not in str(error.facts)
    assert error.facts["address"] == "postgresql://127.0.0.1:9/lab"


@needs_postgres
@pytest.mark.parametrize("engine", ["postgresql"])
def test_a_connection_that_is_cut_fails_once_and_is_made_again(address: str) -> None:
    import psycopg

    store = open_database(address)
    with store.read():
        (backend,) = store.database.execute_sql("SELECT pg_backend_pid()").fetchone()
    with psycopg.connect(SERVER, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (backend,))
    with pytest.raises(SystemCannot) as caught, store.write():
        Kiosk.create(name="Lobby")
    assert caught.value.code == "store_unreachable"
    with store.write():
        Kiosk.create(name="Lobby")
    store.close()


@needs_postgres
@pytest.mark.parametrize("engine", ["postgresql"])
def test_a_connection_cut_within_an_act_loses_the_act_and_nothing_else(address: str) -> None:
    import psycopg

    store = open_database(address)

    def cut_within() -> None:
        with store.write():
            Kiosk.create(name="Lobby")
            (backend,) = store.database.execute_sql("SELECT pg_backend_pid()").fetchone()
            with psycopg.connect(SERVER, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (backend,))
            Kiosk.create(name="Door")

    with pytest.raises(SystemCannot):
        cut_within()
    with store.write():
        assert Kiosk.select().count() == 0
        Kiosk.create(name="Lobby")
    store.close()


@needs_postgres
@pytest.mark.parametrize("engine", ["postgresql"])
def test_a_row_held_too_long_is_busy(address: str) -> None:
    import psycopg

    store = database.open_store(address, wait_seconds=1)
    with store.write():
        key = Kiosk.create(name="Lobby").id
    with psycopg.connect(address) as other:
        other.execute("SELECT 1 FROM kiosk WHERE id = %s FOR UPDATE", (key,))
        with pytest.raises(SystemCannot) as caught, store.write():
            store.lock(Kiosk, key)
        assert caught.value.code == "store_busy"
    with store.write():
        store.lock(Kiosk, key)
    store.close()


# Addresses and instants


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("postgresql://ann:s3@cret@db.example/lab", "postgresql://db.example/lab"),
        ("postgresql://db.example/lab", "postgresql://db.example/lab"),
        ("/srv/lab/lab.db", "/srv/lab/lab.db"),
        ("/srv/a@b/lab.db", "/srv/a@b/lab.db"),
    ],
)
def test_an_address_is_shown_without_user_and_password(address: str, public: str) -> None:
    assert public_address(address) == public


instants = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(microsecond=naive.microsecond // 1000 * 1000, tzinfo=UTC)
)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(instant=instants, zone=zones)
def test_an_instant_is_the_same_after_storing_from_any_zone(instant: datetime, zone: timezone) -> None:
    field = InstantField()
    assert field.python_value(field.db_value(instant.astimezone(zone))) == instant


@given(first=instants, second=instants)
def test_stored_instants_sort_as_time_does(first: datetime, second: datetime) -> None:
    assert (instant_text(first) < instant_text(second)) == (first < second)
    assert len(instant_text(first)) == len(instant_text(second)) == 24


def test_an_instant_without_a_zone_is_never_stored() -> None:
    with pytest.raises(ValueError, match="time zone"):
        instant_text(datetime(2026, 11, 22))  # noqa: DTZ001


def test_instants_come_back_in_utc_on_both_engines(world: World) -> None:
    hong_kong = timezone(timedelta(hours=8))
    with world.lab.store.write():
        Closure.create(
            reason="typhoon",
            starts_at=NOW.astimezone(hong_kong),
            ends_at=NOW + timedelta(milliseconds=1),
        )
    with world.lab.store.read():
        closure = Closure.get((Closure.starts_at >= NOW) & (Closure.ends_at > NOW))
    assert (closure.starts_at, closure.ends_at) == (NOW, NOW + timedelta(milliseconds=1))
    assert closure.starts_at.utcoffset() == timedelta(0)
