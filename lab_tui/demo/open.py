"""A demo lab to try: the example, copied and moved by whole weeks, so that today is a day of its week."""

from __future__ import annotations

import os
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from peewee import Model

from lab_tui.clock import LabTime
from lab_tui.demo.days import DEMO_MONDAY, DRAWN_IN, monday_of
from lab_tui.demo.names import NEWER
from lab_tui.demo.present import Present
from lab_tui.demo.programme import FIRST_DAYS, cohort_names
from lab_tui.errors import SystemCannot
from lab_tui.resources import asset
from lab_tui.store import database
from lab_tui.store.database import Store
from lab_tui.store.fields import DayField, InstantField
from lab_tui.store.tables import checkins, desks, events, gpus, lab, labels, people
from lab_tui.store.tables.base import Table

_AREAS = (people, lab, desks, gpus, events, labels, checkins)
_MODE = 0o600


def copy_demo(to: Path, now: datetime, zone: str = "Asia/Hong_Kong") -> None:
    """Make a demo lab at `to` (mode 0600, whole or not at all) that stands in mid-term at `now`.

    Hours of the day are kept in `zone` as they were drawn. Raises SystemCannot `store_exists` where
    something stands already, `store_unwritable` where nothing can be written; BadInput for a zone
    that is not known.
    """
    time = LabTime.named(zone)
    try:
        with TemporaryDirectory(dir=to.parent, prefix=".lab-tui-demo-") as folder:
            draft = Path(folder) / to.name
            shutil.copyfile(asset("lab.db.example"), draft)
            draft.chmod(_MODE)
            _move_to(draft, now, time)
            _publish(draft, to)
    except FileExistsError:
        raise SystemCannot("store_exists", address=str(to)) from None
    except OSError as error:
        raise SystemCannot("store_unwritable", address=str(to), problem=error.strerror) from error


def _move_to(draft: Path, now: datetime, time: LabTime) -> None:
    store = database.connect(str(draft))
    try:
        # Nobody else sees the draft, and it is synced as a whole before it gets its name.
        store.database.execute_sql("PRAGMA synchronous = OFF")
        store.database.execute_sql("PRAGMA journal_mode = MEMORY").fetchall()
        monday = monday_of(time.day_of(now))
        _move_dates(store, (monday - DEMO_MONDAY).days, _hours_between(now, time))
        with store.write():
            _name_cohorts(FIRST_DAYS[NEWER] + (monday - DEMO_MONDAY))
            Present(now, time.start_of_day(monday), time).settle()
        store.database.execute_sql("PRAGMA journal_mode = WAL").fetchall()
    finally:
        store.close()


def _hours_between(now: datetime, time: LabTime) -> timedelta:
    """What the clocks of the lab's zone are behind those the demo was drawn in, at present."""
    drawn, ours = (wall.local(now).replace(tzinfo=None) for wall in (DRAWN_IN, time))
    return drawn - ours


def _move_dates(store: Store, days: int, hours: timedelta) -> None:
    """Move every instant and day of every table.

    Half-way there, rows seem to overlap or to repeat: guards and indexes are away in the meantime,
    and foreign keys are looked at afterwards.
    """
    seconds = round((timedelta(days=days) + hours).total_seconds())
    sql = store.database.execute_sql
    sql("PRAGMA foreign_keys = 0")
    with store.write():
        query = "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'index') AND sql <> ''"
        # Indexes first, as the guards' queries need them.
        put_away = sorted(sql(query).fetchall())
        for kind, name, _made_by in put_away:
            sql(f'DROP {kind} "{name}"')
        for area in _AREAS:
            for table in vars(area).values():
                if isinstance(table, type) and issubclass(table, Table) and table.__module__ == area.__name__:
                    _move_table(store, table, seconds, days)
        for _kind, _name, made_by in put_away:
            sql(made_by)
    sql("PRAGMA foreign_keys = 1")


def _move_table(store: Store, table: type[Model], seconds: int, days: int) -> None:
    moved = []
    for field in table._meta.sorted_fields:
        column = f'"{field.column_name}"'
        if isinstance(field, InstantField):
            moved.append(f"{column} = strftime('%Y-%m-%dT%H:%M:%fZ', {column}, '{seconds:+d} seconds')")
        elif isinstance(field, DayField):
            moved.append(f"{column} = date({column}, '{days:+d} days')")
    if moved:
        store.database.execute_sql(f'UPDATE "{table._meta.table_name}" SET {", ".join(moved)}')


def _name_cohorts(first_day_of_newer: date) -> None:
    """A cohort is called after the half-year it begins in."""
    names = cohort_names(first_day_of_newer).values()
    rows = list(people.Cohort.select().order_by(people.Cohort.first_day))
    # Both at once would meet each other's old name.
    for row in rows:
        row.name = f"cohort {row.id}"
        row.save()
    for row, name in zip(rows, names, strict=True):
        row.name = name
        row.save()


def _publish(draft: Path, to: Path) -> None:
    descriptor = os.open(draft, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    # Unlike a rename, a link fails where the name is taken.
    os.link(draft, to)
    folder = os.open(to.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
