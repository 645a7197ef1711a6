"""Opening a lab from its folder, and making a new one."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from lab_tui.clock import Clock, LabTime, SystemClock
from lab_tui.codes.keyfile import DEMO_KEYS, KeyFile, load_key_file, make_key_file
from lab_tui.codes.passcode import KeyRing
from lab_tui.config import CONFIG_NAME, LabConfig, LabSection, config_text, load_config
from lab_tui.errors import SystemCannot
from lab_tui.lab import keys as lab_keys
from lab_tui.lab.operation import Lab
from lab_tui.store.database import Store, open_store, public_address
from lab_tui.store.tables.lab import Lab as LabRow
from lab_tui.text import clean

DEMO_FINGERPRINT = "demo"


def open_lab(folder: Path, clock: Clock | None = None) -> Lab:
    """The lab whose `lab.toml`, key and database are in `folder`.

    A demo lab uses the demo keys, which a real lab refuses; a real lab needs its key file.
    Raises SystemCannot (also `key_of_another_lab`, `key_retired`, `key_missing`, `demo_key_refused`,
    `store_empty`) and BadInput for `lab.toml`.
    """
    config = load_config(folder)
    store = open_store(config.database_url, config.store.wait_seconds)
    try:
        keys = _keys_of(store, config)
    except BaseException:
        store.close()
        raise
    return Lab(store, clock or SystemClock(), config, keys)


def key_fingerprint(keys: KeyRing) -> str:
    """How a database remembers which lab's keys made its passes: the fingerprint of the oldest signing key,
    which stays when newer keys are added; `demo` for the demo keys."""
    return DEMO_FINGERPRINT if keys.demo else lab_keys.fingerprint(keys.signing_keys[min(keys.signing_keys)])


def _keys_of(store: Store, config: LabConfig) -> KeyRing | KeyFile:
    """The keys that fit the lab in the store."""
    with store.read():
        row = LabRow.get_or_none(LabRow.id == 1)
        if row is None:
            raise SystemCannot("store_empty", address=public_address(store.address))
        if row.kind == "demo":
            return DEMO_KEYS
        ring = load_key_file(config.key_path)
        if _is_public(ring):
            raise SystemCannot("demo_key_refused", path=config.key_path)
        oldest = lab_keys.oldest_in_force(ring, row.key_fingerprint, config)
    return KeyFile(config.key_path, ring, oldest)


def _is_public(ring: KeyRing) -> bool:
    """Whether a file holds a secret of the demo, which everybody knows."""
    public = {*DEMO_KEYS.signing_keys.values(), DEMO_KEYS.pepper}
    return bool(public & {*ring.signing_keys.values(), ring.pepper})


def make_lab(folder: Path, name: str, zone: str, clock: Clock | None = None) -> Lab:
    """A new, empty, real lab: `lab.toml`, a signing key (mode 0600) and a database; all or nothing.

    Raises BadInput, SystemCannot (`store_exists`, `key_exists`, `folder_unwritable`).
    """
    section = LabSection(name=clean(name, field="name", at_most=200), zone=zone)
    LabTime.named(zone)
    config = replace(LabConfig(folder=folder), lab=section)
    clock = clock or SystemClock()
    with ExitStack() as on_failure:
        _make_folder(folder, on_failure)
        _write_config(config, on_failure)
        make_key_file(config.key_path)
        on_failure.callback(config.key_path.unlink, missing_ok=True)
        store = _make_database(config, clock, key_fingerprint(load_key_file(config.key_path)), on_failure)
        store.close()
        lab = open_lab(folder, clock)
        on_failure.pop_all()
    return lab


def _make_folder(folder: Path, on_failure: ExitStack) -> None:
    if folder.is_dir():
        return
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise SystemCannot("folder_unwritable", path=str(folder), problem=error.strerror) from error
    on_failure.callback(folder.rmdir)


def _write_config(config: LabConfig, on_failure: ExitStack) -> None:
    path = config.folder / CONFIG_NAME
    try:
        with path.open("x", encoding="utf-8") as file:
            on_failure.callback(path.unlink, missing_ok=True)
            file.write(config_text(config))
    except FileExistsError:
        raise SystemCannot("store_exists", address=str(path)) from None
    except OSError as error:
        raise SystemCannot("folder_unwritable", path=str(config.folder), problem=error.strerror) from error


def _make_database(config: LabConfig, clock: Clock, fingerprint: str, on_failure: ExitStack) -> Store:
    """A database with its one row about the lab: one transaction on PostgreSQL, one file on SQLite."""
    from lab_tui.store import database, schema

    address = config.database_url
    store = database.connect(address, config.store.wait_seconds)
    if store.engine == "sqlite":
        if not Path(address).exists():
            on_failure.callback(_remove_sqlite, Path(address))
        store = schema.create(address, config.store.wait_seconds)
    elif database.schema_version(store):
        raise SystemCannot("store_exists", address=public_address(address))
    on_failure.callback(store.close)
    with store.write():
        if store.engine == "postgresql":
            schema.migrate(store)
        LabRow.insert(id=1, kind="real", key_fingerprint=fingerprint, created_at=clock.now()).execute()
    return store


def _remove_sqlite(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
