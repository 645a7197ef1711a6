"""A scan that waited too long for the database to mean anything any more; it clears by itself."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from lab_tui.i18n import N_, _
from lab_tui.tui.modals.base import LabModal
from lab_tui.tui.widgets.big_word import BigWord, BigWordView, Verdict
from lab_tui.tui.widgets.key_bar import KeyBar

SECONDS = 10.0
"""How long it stands."""


class LateScanModal(LabModal[None], inherit_bindings=False):
    """Asks whoever still stands there to scan again; the next scan never waits for it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,space", "close", N_("Back"), id="back")]

    def compose(self) -> ComposeResult:
        why = _("The database answered too late: nothing came of this scan")
        with Vertical(classes="verdict"):
            yield BigWord(BigWordView(Verdict.ATTENTION, _("SCAN AGAIN")))
            yield Static(Content(why), classes="detail", markup=False)
            yield Static(Content(_("Scan it once more")), classes="step", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_timer(SECONDS, self.action_close)

    def on_mouse_down(self) -> None:
        self.action_close()

    def action_close(self) -> None:
        """Back to what was there before."""
        self.dismiss(None)
