"""Bringing the database of an older version up to this one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lab_tui.clock import Clock, SystemClock
from lab_tui.config import load_config
from lab_tui.errors import SystemCannot
from lab_tui.lab.operation import OPERATOR
from lab_tui.store import database, schema
from lab_tui.store.database import SCHEMA_VERSION, public_address
from lab_tui.store.tables.lab import AuditEntry


@dataclass(frozen=True)
class Upgraded:
    """What an upgrade did: from which version to which, the migrations applied, where the backup is.

    `backup` is None on PostgreSQL, which staff back up themselves, and where nothing was to be done.
    """

    address: str
    from_version: int
    to_version: int
    migrations: tuple[str, ...]
    backup: Path | None


def upgrade(folder: Path, clock: Clock | None = None) -> Upgraded:
    """Upgrade the database of the lab in `folder`, a SQLite file after a backup beside it; all or nothing.

    A database of this version is left as it is. Raises BadInput for `lab.toml`, SystemCannot:
    `store_missing`, `store_foreign`, `store_newer`, `store_empty`, `backup_unwritable`, `store_busy` ...
    """
    config = load_config(folder)
    path = Path(config.database_url)
    store = database.connect(config.database_url, config.store.wait_seconds)
    try:
        if store.engine == "sqlite":
            database.check_file(path)
        address = public_address(store.address)
        version = database.schema_version(store)
        if version > SCHEMA_VERSION:
            raise SystemCannot("store_newer", address=address, version=version, ours=SCHEMA_VERSION)
        if version == 0:
            raise SystemCannot("store_empty", address=address)
        backup = None
        if version < SCHEMA_VERSION and store.engine == "sqlite":
            backup = schema.back_up(store, path.with_name(f"{path.name}.schema-{version}"))
        applied: list[str] = []
        if version < SCHEMA_VERSION:
            at = (clock or SystemClock()).now()
            applied = schema.migrate(store, lambda names: _record(at, version, names))
    finally:
        store.close()
    return Upgraded(address, version, SCHEMA_VERSION, tuple(applied), backup)


def _record(at: datetime, version: int, applied: list[str]) -> None:
    """Append the audit entry, in the upgrade's transaction.

    By hand, for the lab is not open, and its key may be elsewhere.
    """
    facts = {"from": version, "to": SCHEMA_VERSION, "migrations": applied}
    AuditEntry.create(at=at, via=OPERATOR.via, action="lab.upgrade", subject="lab", facts=json.dumps(facts))
