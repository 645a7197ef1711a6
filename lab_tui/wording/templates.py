"""Filling a sentence with facts: the fullest sentence for which all facts are there."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from lab_tui.i18n import _


def fields_of(template: str) -> frozenset[str]:
    """The names of the {fields} in a template."""
    return frozenset(name for _text, name, _spec, _conversion in Formatter().parse(template) if name)


def fill(templates: tuple[str, ...], values: Mapping[str, str]) -> str:
    """The first of `templates` (marked with N_) whose fields are all in `values`, translated and filled.

    The last one must need no field: facts can be missing, a sentence cannot.
    """
    fitting = next(template for template in templates if fields_of(template) <= values.keys())
    return _(fitting).format_map(values)
