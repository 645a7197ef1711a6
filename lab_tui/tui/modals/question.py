"""Yes or no, with what will be lost named."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from lab_tui.i18n import N_
from lab_tui.text import printable
from lab_tui.tui.modals.base import LabModal, Said, say
from lab_tui.tui.widgets.key_bar import KeyBar


class QuestionModal(LabModal[bool], inherit_bindings=False):
    """Answers True for yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", N_("No"), id="no"),
        Binding("enter,y", "answer(True)", N_("Yes"), id="yes"),
    ]

    def __init__(self, title: Said, text: Said) -> None:
        super().__init__()
        self._title_text = title
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet") as sheet:
            sheet.border_title = Content(printable(say(self._title_text)))
            lines = (printable(line) for line in say(self._text).split("\n"))
            yield Static(Content("\n".join(lines)), markup=False)
        yield KeyBar()

    def action_answer(self, yes: bool) -> None:
        """One answer."""
        self.dismiss(yes)
