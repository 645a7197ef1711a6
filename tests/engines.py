"""The engines that tests run on: SQLite always, PostgreSQL where LAB_TUI_TEST_POSTGRES names a server."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab_tui.store import database, schema

SERVER = os.environ.get("LAB_TUI_TEST_POSTGRES", "")
NO_SERVER = "LAB_TUI_TEST_POSTGRES names no PostgreSQL server (postgresql://user@host:port/postgres)"
needs_postgres = pytest.mark.skipif(not SERVER, reason=NO_SERVER)
ENGINES = [pytest.param("sqlite"), pytest.param("postgresql", marks=needs_postgres)]

_sqlite_templates: list[Path] = []


@contextmanager
def empty_database(engine: str, folder: Path) -> Iterator[str]:
    """The address of an empty database with our schema, for as long as it is needed."""
    if engine == "sqlite":
        yield _sqlite_copy(folder)
        return
    lab = _idle.pop() if _idle else _ServerLab()
    try:
        yield lab.address
    finally:
        if lab.empty():
            _idle.append(lab)
        else:
            lab.drop()


def _sqlite_copy(folder: Path) -> str:
    if not _sqlite_templates:
        home = folder.parent / f"template-{uuid.uuid4().hex}.db"
        schema.create(str(home)).close()
        _sqlite_templates.append(home)
    path = folder / "lab.db"
    shutil.copyfile(_sqlite_templates[0], path)
    return str(path)


class _ServerLab:
    """A database on the server that is emptied after each test: to make one takes as long as many a test."""

    def __init__(self) -> None:
        import psycopg

        name = f"lab_{uuid.uuid4().hex}"
        _on_server(f'CREATE DATABASE "{name}"')
        self.address = _address(name)
        schema.create(self.address).close()
        self._connection = psycopg.connect(self.address, autocommit=True)
        self._run("SET session_replication_role = replica")  # rows go whatever refers to them
        names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        full = self._full(tables := [name for (name,) in self._run(names)])
        self._tables = [name for name in tables if name not in full]
        self._as_made = self._shape()

    def empty(self) -> bool:
        """Take out all rows and whoever is still connected; False where a test changed the schema."""
        self._run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        if self._shape() != self._as_made:
            return False
        if full := self._full(self._tables):
            for name in full:
                self._run(f'DELETE FROM "{name}"')
            # Rows come in their order again only where the old ones leave no holes.
            self._run("VACUUM " + ", ".join(f'"{name}"' for name in full))
        self._run("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'")
        return True

    def drop(self) -> None:
        self._connection.close()
        _on_server(f'DROP DATABASE IF EXISTS "{self.address.rpartition("/")[2]}" WITH (FORCE)')

    def _full(self, tables: list[str]) -> list[str]:
        """Those tables that have rows."""
        has_rows = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in tables)
        return [name for (name,) in self._run(" UNION ALL ".join(has_rows))]

    def _shape(self) -> list[tuple[Any, ...]]:
        return [*self._run(_SHAPE), *self._run("SELECT name FROM schema_migration ORDER BY name")]

    def _run(self, statement: str) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(statement)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


# All that guards the data, as one sum.
_SHAPE = """
SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
    SELECT concat_ws(' ', attrelid::regclass, attname, atttypid::regtype, attnotnull) AS line
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT concat_ws(' ', tgenabled, pg_get_triggerdef(oid)) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', proname, prosrc) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
) AS shape"""
_idle: list[_ServerLab] = []


def drop_idle() -> None:
    """Take what was kept on the server away at the end of a run."""
    while _idle:
        _idle.pop().drop()


def _address(name: str) -> str:
    return SERVER.rpartition("/")[0] + "/" + name


def _on_server(statement: str) -> None:
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


def open_database(address: str) -> database.Store:
    """A store on a test database."""
    return database.open_store(address, wait_seconds=60)
