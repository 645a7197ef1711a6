"""Opening the lab's database: SQLite in a file, or PostgreSQL by address, behind one face.

SQLite comes from the `apsw` wheel, which carries its own library: the one Debian 12 ships (3.40.1)
can corrupt a write-ahead log that two connections use (fixed in 3.51.3, sqlite.org/wal.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peewee import (
    Database,
    DatabaseError,
    DatabaseProxy,
    IntegrityError,
    InterfaceError,
    OperationalError,
    PostgresqlDatabase,
)

from lab_tui.config import POSTGRESQL_PREFIXES
from lab_tui.errors import SystemCannot
from lab_tui.store.fields import instant_text
from lab_tui.store.guards import GuardBroken, guard_of

# "LabT" in ASCII: marks a file as ours in SQLite's header (`file` shows it too).
APPLICATION_ID = 0x4C616254
# The number of the newest migration in `migrations/`; kept as SQLite's user_version.
SCHEMA_VERSION = 2
OLDEST_SQLITE = (3, 51, 3)

database = DatabaseProxy()

_HEADER_MAGIC = b"SQLite format 3\x00"


class Store:
    """The open database of one lab. Connections belong to threads and are made when first needed."""

    def __init__(self, connection_pool: Database, address: str) -> None:
        self._database = connection_pool
        self.address = address
        self._opened: list[Any] = []
        database.initialize(connection_pool)

    @property
    def engine(self) -> str:
        """`sqlite` or `postgresql`."""
        return "postgresql" if isinstance(self._database, PostgresqlDatabase) else "sqlite"

    @property
    def database(self) -> Database:
        """Peewee's database, for this package and for migrations."""
        return self._database

    @contextmanager
    def read(self) -> Iterator[None]:
        """Read from one unchanging picture of the data. Raises SystemCannot without a database.

        Inside another `read` or `write` of this thread it reads that one's picture.
        """
        if not self._database.is_closed() and self._database.in_transaction():
            yield
            return
        with self._connected():
            how = ("REPEATABLE READ",) if self.engine == "postgresql" else ()
            with self._database.atomic(*how):
                yield

    @contextmanager
    def write(self) -> Iterator[None]:
        """One transaction that writes all or nothing, alone on SQLite from its first statement.

        Raises GuardBroken where the schema refuses, SystemCannot without a database or when the
        wait for other writers grew too long.
        """
        with self._connected():
            how = () if self.engine == "postgresql" else ("IMMEDIATE",)
            try:
                with self._database.atomic(*how):
                    yield
            except IntegrityError as error:
                raise GuardBroken(guard_of(error)) from error

    def lock(self, table: Any, key: object) -> None:
        """Hold a row until the transaction ends, so that others decide after us.

        On SQLite `write` already holds everything. Lock in the order start-up, person, parent
        (workstation, desk, event), so that two operations never wait for each other.
        """
        if self.engine == "postgresql":
            column = table._meta.primary_key
            # NO KEY: rows that only refer to this one, such as audit entries, need not wait.
            list(table.select(column).where(column == key).for_update("FOR NO KEY UPDATE").tuples())

    @contextmanager
    def _connected(self) -> Iterator[None]:
        try:
            if self._database.is_closed():
                self._database.connect()
                self._opened.append(self._database.connection())
            yield
        except (OperationalError, InterfaceError) as error:
            self._forget_connection()
            raise SystemCannot(_cannot(error), address=public_address(self.address)) from error
        except DatabaseError as error:
            # Only the bare class means a damaged file; its subclasses are ours to answer for.
            if type(error) is not DatabaseError:
                raise
            self._forget_connection()
            raise SystemCannot("store_damaged", address=public_address(self.address)) from error

    def _forget_connection(self) -> None:
        """Drop this thread's connection after a fault, so that the next call makes a new one."""
        if self._database.is_closed() or self._database.in_transaction():
            return
        connection = self._database.connection()
        self._opened = [one for one in self._opened if one is not connection]
        self._database.close()

    def close(self) -> None:
        """Close every connection of every thread. The store can be used again."""
        if not self._database.is_closed():
            self._database.close()
        for connection in self._opened:
            connection.close()
        self._opened.clear()


def _cannot(error: Exception) -> str:
    text = str(error).lower()
    if any(word in text for word in ("locked", "busy", "lock timeout", "statement timeout", "deadlock")):
        return "store_busy"
    if "full" in text:
        return "store_full"
    if "read-only" in text or "readonly" in text:
        return "store_read_only"
    return "store_unreachable"


def public_address(address: str) -> str:
    """The address without its user and password."""
    scheme, found, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if found else address


def open_store(address: str, wait_seconds: int = 30) -> Store:
    """Open a lab's database: a file's path, or a `postgresql://` address.

    Raises SystemCannot: `store_missing`, `store_foreign` (another program's file), `store_newer` (a
    newer version wrote it), `store_older` (it must be upgraded first) or `store_unreachable`. A file
    that is refused is not touched.
    """
    store = connect(address, wait_seconds)
    if store.engine == "sqlite":
        check_file(Path(address))
    version = schema_version(store)
    if version != SCHEMA_VERSION:
        store.close()
        code = "store_empty" if version == 0 else "store_older"
        code = "store_newer" if version > SCHEMA_VERSION else code
        raise SystemCannot(code, address=public_address(address), version=version, ours=SCHEMA_VERSION)
    return store


def connect(address: str, wait_seconds: int = 30) -> Store:
    """A store on an address, with nothing checked and nothing opened yet."""
    if address.startswith(POSTGRESQL_PREFIXES):
        return Store(_postgresql(address, wait_seconds), address)
    return Store(_sqlite(address, wait_seconds), address)


def _sqlite(path: str, wait_seconds: int) -> Database:
    from playhouse.apsw_ext import APSWDatabase

    class LabSqlite(APSWDatabase):
        def _add_conn_hooks(self, conn: Any) -> None:
            conn.convert_binding = _bindable
            super()._add_conn_hooks(conn)

    if LabSqlite.server_version < OLDEST_SQLITE:
        raise SystemCannot("sqlite_too_old", version=".".join(map(str, LabSqlite.server_version)))
    pragmas = {
        "foreign_keys": 1,
        "synchronous": "FULL",
        "temp_store": "MEMORY",
        "cache_size": -16_000,
        "trusted_schema": 0,
    }
    return LabSqlite(path, pragmas=pragmas, timeout=wait_seconds)


def _bindable(_cursor: object, _number: int, value: Any) -> str:
    """What apsw cannot bind itself: the migration history's date."""
    return instant_text(value.astimezone())


def _postgresql(address: str, wait_seconds: int) -> Database:
    milliseconds = wait_seconds * 1000
    options = f"-c timezone=UTC -c lock_timeout={milliseconds} -c statement_timeout={2 * milliseconds}"
    try:
        import psycopg  # noqa: F401 - Peewee needs it
    except ImportError:
        raise SystemCannot("driver_missing", extra="postgres") from None
    canonical = "postgresql://" + address.partition("://")[2]
    return PostgresqlDatabase(canonical, prefer_psycopg3=True, connect_timeout=5, options=options)


def check_file(path: Path) -> None:
    """Look at a database file's header only, so that a file that is not ours stays as it is.

    Raises SystemCannot (`store_missing`, `store_foreign`, `store_newer`, `store_unreachable`).
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        raise SystemCannot("store_missing", address=str(path)) from None
    except OSError as error:
        raise SystemCannot("store_unreachable", address=str(path), error=type(error).__name__) from error
    # sqlite.org/fileformat.html: user version at offset 60, application id at 68, big-endian.
    user_version = int.from_bytes(header[60:64], "big")
    application = int.from_bytes(header[68:72], "big")
    if header[:16] != _HEADER_MAGIC or application != APPLICATION_ID:
        raise SystemCannot("store_foreign", address=str(path))
    if user_version > SCHEMA_VERSION:
        raise SystemCannot("store_newer", address=str(path), version=user_version, ours=SCHEMA_VERSION)


def schema_version(store: Store) -> int:
    """The number of the newest migration the database has; 0 for an empty one."""
    with store.read():
        if store.engine == "sqlite":
            return int(store.database.execute_sql("PRAGMA user_version").fetchone()[0])
        if "schema_migration" not in store.database.get_tables():
            return 0
        names = store.database.execute_sql("SELECT name FROM schema_migration").fetchall()
        return max((int(name.split("_")[0]) for (name,) in names), default=0)
