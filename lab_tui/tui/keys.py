"""The keys of a screen as the key bar and the help tell them."""

from __future__ import annotations

from dataclasses import replace

from textual.binding import ActiveBinding


def with_enter(bindings: dict[str, ActiveBinding], description: str) -> dict[str, ActiveBinding]:
    """The bindings with Enter first, called by what it does here (a word to be translated).

    Whatever has the focus binds Enter too, by a name that knows nothing of the screen.
    """
    enter = bindings.get("enter")
    if enter is None:
        return bindings
    named = enter._replace(binding=replace(enter.binding, description=description, show=True))
    return {"enter": named} | {key: active for key, active in bindings.items() if key != "enter"}


def renamed(bindings: dict[str, ActiveBinding], key: str, description: str) -> dict[str, ActiveBinding]:
    """The bindings with one key called by what it does now (a word to be translated)."""
    active = bindings.get(key)
    if active is None:
        return bindings
    return bindings | {key: active._replace(binding=replace(active.binding, description=description))}
