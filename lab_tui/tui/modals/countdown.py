"""Are you still there? Any key says yes."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from lab_tui.i18n import _, ngettext
from lab_tui.tui.modals.base import LabModal


class CountdownModal(LabModal[None], inherit_bindings=False):
    """Shows the seconds that are left; any key or touch closes it, and does nothing else."""

    ANY_KEY_CLOSES: ClassVar[bool] = True

    def __init__(self, left: int) -> None:
        super().__init__()
        self._left = left

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet countdown") as sheet:
            sheet.border_title = Content(_("Still there?"))
            yield Static(self._sentence(), id="left", markup=False)
            yield Static(Content(_("Press any key to go on")), classes="muted", markup=False)

    def show_left(self, left: int) -> None:
        """Bring the seconds up to date."""
        self._left = left
        for line in self.query("#left").results(Static):
            line.update(self._sentence())

    def _sentence(self) -> Content:
        text = ngettext("This ends in {count} second.", "This ends in {count} seconds.", self._left)
        return Content(text.format(count=self._left))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self.dismiss(None)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        event.stop()
        self.dismiss(None)
