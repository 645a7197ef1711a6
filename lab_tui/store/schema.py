"""Making and upgrading a database, by the scripts in `migrations/`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import apsw
from peewee import DatabaseError
from playhouse.migrations import Runner

from lab_tui.errors import SystemCannot
from lab_tui.store import database
from lab_tui.store.database import APPLICATION_ID, SCHEMA_VERSION, Store

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number, the same for everyone: whoever migrates a PostgreSQL database holds it.
_MIGRATION_LOCK = 0x4C616254


def create(address: str, wait_seconds: int = 30) -> Store:
    """A new, empty lab at an address. Raises SystemCannot(`store_exists`) where something stands."""
    store = database.connect(address, wait_seconds)
    if store.engine == "sqlite":
        if Path(address).exists():
            raise SystemCannot("store_exists", address=address)
        with store.read():
            pass
        Path(address).chmod(0o600)
        store.database.execute_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        store.database.execute_sql("PRAGMA journal_mode = WAL")
    elif database.schema_version(store):
        raise SystemCannot("store_exists", address=database.public_address(address))
    migrate(store)
    return store


def back_up(store: Store, path: Path) -> Path:
    """Copy a SQLite database, as it is at one instant, to `path` or the first free name after it.

    The copy is checked, and readable by this account alone. Raises SystemCannot(`backup_unwritable`).
    """
    taken = 1
    copy = path
    while copy.exists():
        taken += 1
        copy = path.with_name(f"{path.name}.{taken}")
    try:
        # SQLite fills an empty file that is there, and keeps its mode.
        copy.touch(0o600, exist_ok=False)
        try:
            store.database.execute_sql("VACUUM INTO ?", (str(copy),))
            _see_that_it_is_whole(copy)
        except BaseException:
            copy.unlink()
            raise
    except (OSError, DatabaseError, apsw.Error) as error:
        raise SystemCannot("backup_unwritable", path=str(copy), problem=str(error)) from error
    return copy


def _see_that_it_is_whole(path: Path) -> None:
    """Raises OSError where a copy is damaged."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    copy = apsw.Connection(str(path), apsw.SQLITE_OPEN_READONLY)
    try:
        [(found,)] = copy.execute("PRAGMA quick_check(1)").fetchall()
    finally:
        copy.close()
    if found != "ok":
        raise OSError(found)


def migrate(store: Store, write_down: Callable[[list[str]], object] | None = None) -> list[str]:
    """Bring a database up to this version; all or nothing. Returns the migrations that were applied.

    `write_down` is called with them, where there are any, in the transaction that they are part of.
    """
    with store.write():
        if store.engine == "postgresql":
            store.database.execute_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        applied: list[str] = Runner(store.database, str(MIGRATIONS)).up()
        if applied and write_down is not None:
            write_down(applied)
        if store.engine == "sqlite":
            store.database.execute_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")
    if store.engine == "sqlite":
        # The header must tell the version to whoever looks at the file alone.
        store.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return applied
