"""The PIN of staff, asked for after their badge."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from lab_tui.i18n import N_, _
from lab_tui.text import printable
from lab_tui.tui.modals.base import LabModal, Said, say
from lab_tui.tui.sealed.pin_input import PinInput
from lab_tui.tui.widgets.key_bar import KeyBar

_MOST_DIGITS = 32


class PinModal(LabModal[str], inherit_bindings=False):
    """Answers with the digits, or None; whether they are right is for the lab to say."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", N_("Back"), id="back"),
        Binding("enter", "answer", N_("Sign in"), id="answer"),
    ]

    def __init__(self, problem: Said = "") -> None:
        """`problem`: what was wrong with the last try."""
        super().__init__()
        self._problem = problem

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet pin") as sheet:
            sheet.border_title = Content(_("Staff"))
            if problem := say(self._problem):
                yield Static(Content("✕ " + printable(problem)), classes="bad", markup=False)
            yield Static(Content(_("Type your PIN and press Enter.")), markup=False)
            yield PinInput(digits=_MOST_DIGITS)
        yield KeyBar()

    def focus_first(self) -> None:
        """The field."""
        self.query_one(PinInput).focus()

    def action_close(self) -> None:
        """No PIN."""
        self._answer(None)

    def action_answer(self) -> None:
        """The digits that stand in the field."""
        self._answer(self.query_one(PinInput).value or None)

    def on_input_submitted(self, event: PinInput.Submitted) -> None:
        event.stop()
        self.action_answer()

    def _answer(self, pin: str | None) -> None:
        self.query_one(PinInput).clear()
        self.dismiss(pin)
