"""Filling a sentence with facts: the fullest sentence for which all facts are there; joining what is many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import Formatter

from lab_tui.i18n import _, pgettext


def fields_of(template: str) -> frozenset[str]:
    """The names of the {fields} in a template."""
    return frozenset(name for _text, name, _spec, _conversion in Formatter().parse(template) if name)


def fill(templates: tuple[str, ...], values: Mapping[str, str]) -> str:
    """The first of `templates` (marked with N_) whose fields are all in `values`, translated and filled.

    The last one must need no field: facts can be missing, a sentence cannot.
    """
    fitting = next(template for template in templates if fields_of(template) <= values.keys())
    return _(fitting).format_map(values)


def listed(items: Iterable[str]) -> str:
    """Things one after the other, as the language writes a list."""
    return pgettext("between things of a list", ", ").join(items)


def in_a_row(clauses: Iterable[str]) -> str:
    """Clauses one after the other."""
    return pgettext("between clauses", "; ").join(clauses)


def sentences(first: str, *others: str) -> str:
    """Whole sentences one after the other."""
    for second in others:
        first = pgettext("two sentences", "{first} {second}").format(first=first, second=second)
    return first


def named(what: str, detail: str) -> str:
    """`what: detail`."""
    return pgettext("a thing and what is said of it", "{what}: {detail}").format(what=what, detail=detail)
