"""Why staff let something be that the rules refuse: a sentence for the audit log."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from lab_tui.errors import Refused
from lab_tui.i18n import N_, _
from lab_tui.lab.gpu_requests import LONGEST_REASON
from lab_tui.lab.operation import Lab
from lab_tui.text import clean
from lab_tui.tui.modals.form import MOST_TYPED, FormModal
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.wording.refusals import sentence


class AllowSheet(FormModal[str], inherit_bindings=False):
    """Asks why the rules are overridden; answers with the reason, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer", N_("Allow"), id="answer"),
        Binding("escape", "close", N_("Back"), id="back"),
    ]

    def __init__(self, lab: Lab, refused: Refused) -> None:
        """`refused` says which rules."""
        super().__init__(lab)
        self._refused = refused
        self._typed = ""

    def compose(self) -> ComposeResult:
        now = self.lab.clock.now()
        with VerticalScroll(classes="sheet form", can_focus=False) as sheet:
            sheet.border_title = Content(_("Allow what the rules refuse"))
            for reason in self._refused.reasons:
                yield Static(Content("◆ " + sentence(reason, self.lab.time, now)), markup=False)
            yield Static(Content(_("Why (it is kept in the audit log)")), classes="heading", markup=False)
            yield Input(self._typed, id="override_reason", max_length=MOST_TYPED, compact=True)
            yield Static("", id="problem", classes="bad", markup=False)
        yield KeyBar()

    def focus_first(self) -> None:
        """The reason."""
        self.query_one(Input).focus()

    def keep_typed(self) -> None:
        """What stands in the field."""
        self._typed = self.query_one(Input).value

    async def submit(self) -> str:
        """A reason that can be kept."""
        return clean(self.query_one(Input).value, field="override_reason", at_most=LONGEST_REASON)
