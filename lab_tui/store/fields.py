"""Columns that mean the same on SQLite and PostgreSQL, and are readable in both."""

from __future__ import annotations

from datetime import UTC, date, datetime

from peewee import Field


def instant_text(instant: datetime) -> str:
    """An instant as stored: UTC to the millisecond, of one width, so that text order is time order."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


class InstantField(Field):
    """An aware UTC datetime; `2026-11-22T06:32:00.000Z` in SQLite, timestamptz in PostgreSQL."""

    field_type = "DATETIME"

    def db_value(self, value: datetime | str | None) -> str | None:
        return instant_text(value) if isinstance(value, datetime) else value

    def python_value(self, value: datetime | str | None) -> datetime | None:
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC) if value is not None else None


class DayField(Field):
    """A calendar day of the lab; `2026-11-22` in SQLite, date in PostgreSQL."""

    field_type = "DATE"

    def db_value(self, value: date | str | None) -> str | None:
        return value.isoformat() if isinstance(value, date) else value

    def python_value(self, value: date | str | None) -> date | None:
        return date.fromisoformat(value) if isinstance(value, str) else value
