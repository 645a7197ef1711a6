"""A new PIN for staff, typed twice because nobody sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from lab_tui.errors import BadInput
from lab_tui.i18n import _
from lab_tui.lab.operation import Lab
from lab_tui.tui.modals.base import Said, say
from lab_tui.tui.modals.form import FormModal
from lab_tui.tui.sealed.pin_input import PinInput
from lab_tui.tui.widgets.key_bar import KeyBar

_MOST_DIGITS = 32
Save = Callable[[str], Awaitable[bool]]
"""Sets the PIN. Raises BadInput, Refused, SystemCannot."""


class NewPinForm(FormModal[bool], inherit_bindings=False):
    """Answers True once the PIN is set; its digits go nowhere else."""

    BINDINGS = FormModal.BINDINGS

    def __init__(self, title: Said, lab: Lab, save: Save) -> None:
        super().__init__(lab)
        self._title_text = title
        self._save = save

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="sheet form", can_focus=False) as sheet:
            sheet.border_title = Content(say(self._title_text))
            yield Static("", id="problem", classes="bad", markup=False)
            for name, label in (("pin", _("PIN")), ("pin_again", _("PIN, again"))):
                with Horizontal(classes="field"):
                    yield Static(Content(label), classes="label", markup=False)
                    field = PinInput(digits=_MOST_DIGITS, id=name)
                    field.compact = True
                    yield field
        yield KeyBar()

    def focus_first(self) -> None:
        """The first field."""
        self.query_one("#pin").focus()

    def keep_typed(self) -> None:
        """Digits that nobody sees are typed again."""

    async def submit(self) -> bool:
        """Set the PIN, if it is the same twice."""
        pin, again = (self.query_one(f"#{name}", PinInput).value for name in ("pin", "pin_again"))
        if pin != again:
            raise BadInput("pin_again", "", "not_the_same")
        return await self._save(pin)
