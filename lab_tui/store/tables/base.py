"""What every table shares."""

from __future__ import annotations

from peewee import Model

from lab_tui.store.database import database


class Table(Model):
    """A table of the lab; its schema is written by hand in `migrations/`, guards included."""

    class Meta:
        database = database
        legacy_table_names = False
