"""The engines that tests run on: SQLite always, PostgreSQL where LAB_TUI_TEST_POSTGRES names a server."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab_tui.store import database, schema

SERVER = os.environ.get("LAB_TUI_TEST_POSTGRES", "")
NO_SERVER = "LAB_TUI_TEST_POSTGRES names no PostgreSQL server (postgresql://user@host:port/postgres)"
needs_postgres = pytest.mark.skipif(not SERVER, reason=NO_SERVER)
ENGINES = [pytest.param("sqlite"), pytest.param("postgresql", marks=needs_postgres)]

_templates: dict[str, str] = {}


@contextmanager
def empty_database(engine: str, folder: Path) -> Iterator[str]:
    """The address of a fresh database with our schema; it is gone afterwards."""
    if engine == "sqlite":
        yield _sqlite_copy(folder)
        return
    address = _postgres_copy()
    try:
        yield address
    finally:
        _on_server(f'DROP DATABASE IF EXISTS "{address.rpartition("/")[2]}" WITH (FORCE)')


def _sqlite_copy(folder: Path) -> str:
    if "sqlite" not in _templates:
        home = folder.parent / f"template-{uuid.uuid4().hex}.db"
        schema.create(str(home)).close()
        _templates["sqlite"] = str(home)
    path = folder / "lab.db"
    shutil.copyfile(_templates["sqlite"], path)
    return str(path)


def _postgres_copy() -> str:
    if "postgresql" not in _templates:
        name = f"lab_template_{uuid.uuid4().hex}"
        _on_server(f'CREATE DATABASE "{name}"')
        schema.create(_address(name)).close()
        _templates["postgresql"] = name
    name = f"lab_{uuid.uuid4().hex}"
    _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{_templates["postgresql"]}"')
    return _address(name)


def drop_templates() -> None:
    """Take the PostgreSQL template away at the end of a run."""
    if "postgresql" in _templates:
        _on_server(f'DROP DATABASE IF EXISTS "{_templates.pop("postgresql")}" WITH (FORCE)')


def emptied(store: database.Store) -> Callable[[], None]:
    """What empties a PostgreSQL lab again: all that was not there when it was made is taken out.

    For walks by the thousand: a database of their own each would take as long to make as to walk through.
    """
    tables = store.database.get_tables()
    full = {one for one in tables if store.database.execute_sql(f'SELECT 1 FROM "{one}" LIMIT 1').fetchone()}
    names = ", ".join(f'"{one}"' for one in sorted(set(tables) - full))
    return lambda: store.database.execute_sql(f"TRUNCATE {names} RESTART IDENTITY")


def _address(name: str) -> str:
    return SERVER.rpartition("/")[0] + "/" + name


def _on_server(statement: str) -> None:
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


def open_database(address: str) -> database.Store:
    """A store on a test database."""
    return database.open_store(address, wait_seconds=60)
