"""Building `lab.db.example`: the same lab, to the last row, at every build.

python -m lab_tui.demo.build        writes ./lab.db.example
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from lab_tui.demo.bookings import fill_bookings
from lab_tui.demo.days import DEMO_NOW, DRAWN_IN, FIRST_DAY, FOUNDED
from lab_tui.demo.floor import fill_floor
from lab_tui.demo.labels import fill_labels
from lab_tui.demo.machines import fill_machines
from lab_tui.demo.occasions import fill_events
from lab_tui.demo.present import Present
from lab_tui.demo.programme import fill_programme
from lab_tui.store import schema
from lab_tui.store.database import Store
from lab_tui.store.fields import instant_text

EXAMPLE_NAME = "lab.db.example"
# One for each part, so that a change to one leaves the others as they are.
_FLOOR_SEED, _BOOKINGS_SEED, _EVENTS_SEED = 20261118, 20261129, 20261120


def build(path: Path) -> None:
    """Write the example to `path`, whole or not at all, in place of what is there."""
    with TemporaryDirectory(dir=path.parent, prefix=".lab-tui-demo-") as folder:
        draft = Path(folder) / "lab.db"
        store = schema.create(str(draft))
        try:
            _fill(store)
            _close_for_good(store)
        finally:
            store.close()
        draft.chmod(0o644)
        os.replace(draft, path)


def _fill(store: Store) -> None:
    store.database.execute_sql("PRAGMA synchronous = OFF")
    with store.write():
        fill_programme()
        fill_floor(Random(_FLOOR_SEED))
        fill_machines()
        fill_bookings(Random(_BOOKINGS_SEED))
        fill_events(Random(_EVENTS_SEED))
        fill_labels()
        Present(DEMO_NOW, DRAWN_IN.start_of_day(FIRST_DAY), DRAWN_IN).settle()
        store.database.execute_sql("UPDATE schema_migration SET applied = ?", (instant_text(FOUNDED),))


def _close_for_good(store: Store) -> None:
    """One plain file without a write-ahead log, with no page to spare."""
    store.database.execute_sql("PRAGMA journal_mode = DELETE").fetchall()
    store.database.execute_sql("VACUUM")


if __name__ == "__main__":
    build(Path(EXAMPLE_NAME))
