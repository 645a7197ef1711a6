"""Queries that are written out once: Peewee takes longer to write SQL than a database to answer it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from peewee import Value

from lab_tui.store.database import Store


@dataclass(frozen=True)
class _Slot:
    name: str


def slot(name: str) -> Any:
    """Where a written query takes a value each time it runs."""
    return Value(_Slot(name), converter=False)


class Written:
    """A query for what is done many times a minute; its SQL is kept for each engine.

    Values go in, and come out, as the engine has them: an instant as `instant_text`, a day in ISO form.
    """

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build
        self._by_engine: dict[str, tuple[str, tuple[object, ...]]] = {}

    def run(self, store: Store, **values: object) -> list[tuple[Any, ...]]:
        """The rows of the query, or of its RETURNING clause, with every slot filled."""
        sql, parameters = self._by_engine.get(store.engine) or self._write(store)
        filled = [values[one.name] if isinstance(one, _Slot) else one for one in parameters]
        rows: list[tuple[Any, ...]] = store.database.execute_sql(sql, filled).fetchall()
        return rows

    def _write(self, store: Store) -> tuple[str, tuple[object, ...]]:
        sql, parameters = store.database.get_sql_context().sql(self._build()).query()
        self._by_engine[store.engine] = (sql, tuple(parameters))
        return self._by_engine[store.engine]
