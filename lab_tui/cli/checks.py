"""What `lab-tui doctor` looks at. A check changes nothing, and says how to mend what it finds."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from peewee import DatabaseError

from lab_tui.clock import Clock, SystemClock
from lab_tui.config import CONFIG_NAME, LabConfig, load_config, workstation_policy
from lab_tui.errors import BadInput, LabError, SystemCannot
from lab_tui.i18n import _
from lab_tui.scanning.devices import parse_devices
from lab_tui.store.database import OLDEST_SQLITE, Store, open_store, public_address
from lab_tui.store.tables.gpus import Workstation
from lab_tui.store.tables.lab import AuditEntry
from lab_tui.store.tables.lab import Lab as LabRow
from lab_tui.wording import faults, times
from lab_tui.wording.templates import listed

_OLDEST_PYTHON = (3, 11)
_SMALLEST_TERMINAL = (80, 24)
# This program did not exist before.
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
_CHINESE = "陳美陈"


class State(StrEnum):
    """How a thing stands."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line of the report: `says` what was found, `remedy` what to do (empty when nothing)."""

    check: str
    state: State
    says: str
    remedy: str = ""


def examine(folder: Path, clock: Clock | None = None) -> Iterator[Finding]:
    """Every check of this machine and of the lab in `folder`."""
    yield python_version()
    yield sqlite_version()
    yield from terminal()
    yield chinese_fonts()
    try:
        config = load_config(folder)
    except LabError as error:
        yield _wrong("config", error)
        return
    yield settings(config)
    yield zone(config, clock or SystemClock())
    yield scanner_devices(config)
    yield printer_program(config)
    yield logo(config)
    yield postgresql_driver(config)
    yield from database(config, clock or SystemClock())


def _wrong(check: str, error: LabError) -> Finding:
    says = faults.bad_input(error) if isinstance(error, BadInput) else ""
    says = faults.system_fault(error) if isinstance(error, SystemCannot) else says
    return Finding(check, State.WRONG, says or str(error))


def python_version() -> Finding:
    """Python is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= _OLDEST_PYTHON:
        return Finding("python", State.OK, f"Python {version}")
    remedy = _("Install Python 3.11 or newer, then lab-tui again.")
    return Finding("python", State.WRONG, f"Python {version}", remedy)


def sqlite_version() -> Finding:
    """The SQLite library has no known way to damage a database."""
    import apsw

    version = apsw.sqlite_lib_version()
    says = f"SQLite {version}"
    if tuple(map(int, version.split("."))) >= OLDEST_SQLITE:
        return Finding("sqlite", State.OK, says)
    return Finding(
        "sqlite", State.WRONG, says, faults.system_fault(SystemCannot("sqlite_too_old", version=version))
    )


def settings(config: LabConfig) -> Finding:
    """`lab.toml` is there and right."""
    if (config.folder / CONFIG_NAME).exists():
        return Finding("config", State.OK, str(config.folder / CONFIG_NAME))
    says = _("There is no lab.toml; every setting is at its default.")
    return Finding("config", State.WARNING, says, _("`lab-tui init` writes one."))


def zone(config: LabConfig, clock: Clock) -> Finding:
    """The lab's zone is known, and the clock can be right."""
    now = clock.now()
    says = (
        f"{config.lab.zone}: {times.day_long(config.time.day_of(now))} {times.clock_time(config.time, now)}"
    )
    if now > _EARLIEST:
        return Finding("clock", State.OK, says)
    return Finding("clock", State.WRONG, says, _("Set the clock of this machine."))


def scanner_devices(config: LabConfig) -> Finding:
    """The setting names devices; whether they work, `lab-tui doctor --scanner` says."""
    try:
        devices = parse_devices(config.scanner.devices, config.folder)
    except BadInput as error:
        return _wrong("scanner.devices", error)
    says = listed(map(str, devices)) or _("none is set: a scanner is expected to type like a keyboard")
    return Finding("scanner.devices", State.OK, says)


def printer_program(config: LabConfig) -> Finding:
    """The program that prints can be run, if the lab has one."""
    command = config.print.command
    if not command:
        says = _("none is set: what is printed stays in {folder}")
        folder = config.folder / config.print.folder
        return Finding("print.command", State.OK, says.format(folder=folder))
    program = shlex.split(command)[0]
    found = shutil.which(program)
    if found is not None:
        return Finding("print.command", State.OK, found)
    says = _("{program} is not there, or may not be run by this account.").format(program=program)
    remedy = _("Install it, or correct print.command in lab.toml.")
    return Finding("print.command", State.WRONG, says, remedy)


def logo(config: LabConfig) -> Finding:
    """The logo of badges and posters can be drawn."""
    from lab_tui.codes.paper import logo_picture
    from lab_tui.printing.pages import logo_path

    try:
        path = logo_path(config)
        logo_picture(path, 1, 1)
    except SystemCannot as error:
        return _wrong("print.logo", error)
    return Finding("print.logo", State.OK, str(path))


def postgresql_driver(config: LabConfig) -> Finding:
    """The driver is there if the lab needs it."""
    needed = config.database_url.startswith(("postgresql://", "postgres://"))
    if find_spec("psycopg") is not None:
        return Finding("postgresql", State.OK, _("The PostgreSQL driver is installed."))
    if not needed:
        return Finding("postgresql", State.OK, _("No PostgreSQL driver, and none is needed."))
    return _wrong("postgresql", SystemCannot("driver_missing", extra="postgres"))


def database(config: LabConfig, clock: Clock) -> Iterator[Finding]:
    """The lab's database opens, is whole and can be written; its key fits."""
    try:
        store = open_store(config.database_url, config.store.wait_seconds)
    except SystemCannot as error:
        yield _wrong("database", error)
        return
    except DatabaseError:
        yield _wrong("database", SystemCannot("store_damaged", address=public_address(config.database_url)))
        return
    try:
        says = _("{address}, of this version").format(address=public_address(store.address))
        yield Finding("database", State.OK, says)
        checks: tuple[tuple[str, Callable[[], Finding]], ...] = (
            ("integrity", lambda: whole(store)),
            ("journal", lambda: journal(store)),
            ("writable", lambda: writable(store)),
            ("key", lambda: signing_key(config)),
            ("last_entry", lambda: clock_after_last_entry(store, clock)),
            ("workstations", lambda: workstation_rules(store, config)),
        )
        for name, check in checks:
            yield _found(name, check, store)
    finally:
        store.close()


def _found(name: str, check: Callable[[], Finding], store: Store) -> Finding:
    """What a check finds; a fault on the way is a finding too."""
    try:
        return check()
    except SystemCannot as error:
        return _wrong(name, error)
    except DatabaseError:
        return _wrong(name, SystemCannot("store_damaged", address=public_address(store.address)))


def whole(store: Store) -> Finding:
    """No page is damaged and no row points to nothing."""
    if store.engine == "postgresql":
        return Finding("integrity", State.OK, _("PostgreSQL looks after itself."))
    with store.read():
        damages = [row[0] for row in store.database.execute_sql("PRAGMA quick_check")]
        orphans = store.database.execute_sql("PRAGMA foreign_key_check").fetchall()
    if damages == ["ok"] and not orphans:
        return Finding("integrity", State.OK, _("No damage found."))
    says = _("Damage found: {first}").format(first=damages[0] if damages != ["ok"] else orphans[0])
    return Finding("integrity", State.WRONG, says, _("Stop every kiosk and restore the last backup."))


def journal(store: Store) -> Finding:
    """SQLite keeps a write-ahead log, so that readers never wait for writers."""
    if store.engine == "postgresql":
        return Finding("journal", State.OK, "PostgreSQL")
    with store.read():
        mode = str(store.database.execute_sql("PRAGMA journal_mode").fetchone()[0])
    if mode == "wal":
        return Finding("journal", State.OK, "WAL")
    remedy = _("Stop every kiosk, then run: sqlite3 {address} 'PRAGMA journal_mode = WAL'")
    return Finding("journal", State.WARNING, mode, remedy.format(address=store.address))


def writable(store: Store) -> Finding:
    """A transaction that writes can begin."""
    with store.write():
        pass
    return Finding("writable", State.OK, _("The database can be written."))


def signing_key(config: LabConfig) -> Finding:
    """The lab opens with the key beside it, which nobody else can read."""
    from lab_tui.lab.opening import open_lab

    lab = open_lab(config.folder)
    lab.store.close()
    if lab.keys.demo:
        return Finding("key", State.OK, _("This is a demo lab, signed with the demo's public key."))
    return Finding("key", State.OK, str(config.key_path))


def clock_after_last_entry(store: Store, clock: Clock) -> Finding:
    """The clock is not before what was written last."""
    with store.read():
        demo = LabRow.get_by_id(1).kind == "demo"
        last = AuditEntry.select(AuditEntry.at).order_by(AuditEntry.id.desc()).first()
    if last is None or demo or last.at <= clock.now():
        return Finding("last_entry", State.OK, _("The clock goes on from the last entry."))
    says = _("The clock is before the last entry, {last}.").format(last=last.at.isoformat())
    return Finding("last_entry", State.WRONG, says, _("Set the clock of this machine."))


def workstation_rules(store: Store, config: LabConfig) -> Finding:
    """What is set otherwise for a workstation still fits `lab.toml`."""
    says, commands = [], []
    with store.read():
        machines = list(Workstation.select().order_by(Workstation.name))
    for machine in machines:
        try:
            workstation_policy(config.gpus, machine.policy)
        except BadInput as error:
            says.append(f"{machine.name}: {faults.bad_input(error)}")
            commands.append(_without_own_rules(machine))
    if not says:
        return Finding("workstations", State.OK, _("The rules of every workstation fit lab.toml."))
    remedy = _("Until it is mended the lab's own rules hold there. Set its rules anew: {command}")
    return Finding("workstations", State.WRONG, " ".join(says), remedy.format(command="; ".join(commands)))


def _without_own_rules(machine: Workstation) -> str:
    """The command that takes a workstation's own rules away."""
    try:
        names = [f"--unset {name}" for name in json.loads(machine.policy)]
    except (ValueError, TypeError):
        names = ["--unset NAME"]
    return " ".join(("lab-tui workstation change", shlex.quote(machine.name), *names))


def terminal() -> Iterator[Finding]:
    """The terminal that a kiosk started here would get."""
    if not sys.stdout.isatty():
        remedy = _("Run it in the kiosk's own terminal to look at that too.")
        yield Finding("terminal", State.WARNING, _("The output is not a terminal."), remedy)
        return
    size = shutil.get_terminal_size()
    says = _("{columns} columns, {lines} lines").format(columns=size.columns, lines=size.lines)
    large = size.columns >= _SMALLEST_TERMINAL[0] and size.lines >= _SMALLEST_TERMINAL[1]
    remedy = "" if large else _("Make it at least 80 columns by 24 lines.")
    yield Finding("terminal", State.OK if large else State.WRONG, says, remedy)
    yield colours()
    yield letters()


def colours() -> Finding:
    """The terminal shows the themes' colours, and Chinese letters."""
    kind = os.environ.get("TERM", "")
    if kind in ("", "dumb"):
        return Finding("colour", State.WRONG, f"TERM={kind}", _("Set TERM to what the terminal is."))
    if kind == "linux":
        remedy = _("A bare console has no Chinese letters. Run the kiosk in a terminal such as foot.")
        return Finding("colour", State.WARNING, f"TERM={kind}", remedy)
    if os.environ.get("COLORTERM") in ("truecolor", "24bit"):
        return Finding("colour", State.OK, f"TERM={kind}, COLORTERM={os.environ['COLORTERM']}")
    remedy = _("Set COLORTERM=truecolor if the terminal has 16 million colours.")
    return Finding("colour", State.WARNING, f"TERM={kind}", remedy)


def letters() -> Finding:
    """The terminal is spoken to in UTF-8."""
    encoding = (sys.stdout.encoding or "").lower()
    if encoding.replace("-", "") == "utf8":
        return Finding("letters", State.OK, "UTF-8")
    return Finding("letters", State.WRONG, encoding, _("Set LANG to a UTF-8 locale, such as C.UTF-8."))


def chinese_fonts() -> Finding:
    """Badges with Chinese names can be drawn."""
    from lab_tui.codes.fonts import FontShelf

    try:
        font = FontShelf().typeface(_CHINESE).fonts[0]
    except SystemCannot as error:
        return Finding("fonts", State.WARNING, faults.system_fault(error))
    return Finding("fonts", State.OK, str(font.path))
