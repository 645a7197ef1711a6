"""The field for a PIN."""

from __future__ import annotations

from textual import events
from textual.widgets import Input


class PinInput(Input):
    """Digits only, shown as dots; nothing can be copied out of it or pasted into it."""

    def __init__(self, *, digits: int = 0, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002
        """`digits`: the most digits it takes, 0 for any number."""
        super().__init__(password=True, restrict="[0-9]*", max_length=digits, placeholder=placeholder, id=id)

    def action_copy(self) -> None:
        """A PIN is not copied."""

    def action_cut(self) -> None:
        """A PIN is not cut."""

    def action_paste(self) -> None:
        """A PIN is typed."""

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
