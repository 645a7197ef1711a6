"""Finding people by words in any script: the database leaves out who cannot match, Python decides.

`fold` is what decides, and no database has it: it takes off marks, evens out cases and widths. But a text
of printable ASCII and common Chinese characters is folded by evening out the case of its letters alone, so
that the database can search it; every other text ("José", "Straße") it hands on to be looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from peewee import fn

from lab_tui.store.database import Store
from lab_tui.store.tables.people import Person, Startup
from lab_tui.text import fold

# Written as a set of both engines' patterns: the characters whose folding is their lower case.
_PLAIN = " -~一-鿿"
_IS_PLAIN = re.compile(f"[{_PLAIN}]*")
_SEARCHED = (Person.name, Person.other_name, Person.unix_name, Startup.name)


def matching(store: Store, words: str, people: Any) -> Iterable[int]:
    """The ids of those in a query of Person (joined to Startup) in whose names all the words are.

    Lazily, in the order of the query, which must be read in the caller's transaction.
    """
    wanted = fold(words).split()
    for word in wanted:
        people = people.where(_may_hold(store, word))
    # The database's own cursor: making Peewee's rows of so many takes longer than all the rest.
    for person_id, *texts in store.database.execute(people.select(Person.id, *_SEARCHED)):
        text = " ".join([fold(text) for text in texts if text])
        if all(word in text for word in wanted):
            yield person_id


def _may_hold(store: Store, word: str) -> Any:
    """A condition that is true wherever one of the names holds the folded word, and seldom otherwise."""
    unfolded = _any_of(lambda column: _has_more_than_plain(store, column))
    if not _IS_PLAIN.fullmatch(word):
        return unfolded
    return _any_of(lambda column: column.contains(word)) | unfolded


def _any_of(condition: Callable[[Any], Any]) -> Any:
    first, *others = (condition(column) for column in _SEARCHED)
    for one in others:
        first |= one
    return first


def _has_more_than_plain(store: Store, column: Any) -> Any:
    """Whether a text holds a character that is not plain."""
    if store.engine == "postgresql":
        return column.regexp(f"[^{_PLAIN}]")
    return fn.GLOB(f"*[^{_PLAIN}]*", column)
