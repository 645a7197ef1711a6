"""Put a machine out of service: for how long, and why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from lab_tui.i18n import N_, _
from lab_tui.lab.gpus import OutageView
from lab_tui.lab.operation import Lab
from lab_tui.text import printable
from lab_tui.tui.modals.form import MOST_TYPED, FormModal
from lab_tui.tui.widgets.key_bar import KeyBar

_USUAL_REASONS = (N_("Maintenance"), N_("Driver upgrade"), N_("Hardware fault"))
_USUAL_HOURS = ("1", "4", "8", "24")


@dataclass(frozen=True)
class OutageDraft:
    """Why, and for how many hours; none means until further notice. As typed: the lab checks it."""

    reason: str = ""
    hours: str = ""


PutOut = Callable[[OutageDraft], Awaitable[OutageView]]
"""Puts the machine out of service. Raises BadInput, Refused, SystemCannot."""


class Usual(Static):
    """Something usual to fill a field with: one touch instead of typing."""

    @dataclass
    class Taken(Message):
        """It was touched."""

        field: str
        text: str

    def __init__(self, field: str, text: str, shown: str | None = None) -> None:
        super().__init__(Content(shown or text), classes="usual", markup=False)
        self._taken = self.Taken(field, text)

    def on_click(self) -> None:
        self.post_message(self._taken)


class OutageSheet(FormModal[OutageView], inherit_bindings=False):
    """Asks for the reason and the hours of an outage that begins now; answers with it, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer", N_("Out of service"), id="answer"),
        *FormModal.BINDINGS[1:],
    ]

    def __init__(self, workstation: str, lab: Lab, put_out: PutOut) -> None:
        super().__init__(lab)
        self._workstation = workstation
        self._put_out = put_out
        self._draft = OutageDraft()

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="sheet form", can_focus=False) as sheet:
            title = _("{workstation} out of service from now").format(workstation=self._workstation)
            sheet.border_title = Content(printable(title))
            yield Static("", id="problem", classes="bad", markup=False)
            yield Static(Content(_("Why (everyone sees it)")), classes="muted", markup=False)
            yield Input(self._draft.reason, id="reason", max_length=MOST_TYPED, compact=True)
            with Horizontal(classes="usual-ones"):
                for reason in _USUAL_REASONS:
                    yield Usual("reason", _(reason))
            yield Static(
                Content(_("For how many hours (empty: until further notice)")), classes="muted", markup=False
            )
            yield Input(self._draft.hours, id="hours", max_length=4, restrict=r"[0-9]*", compact=True)
            with Horizontal(classes="usual-ones"):
                for hours in _USUAL_HOURS:
                    yield Usual("hours", hours, _("{hours} h").format(hours=hours))
                yield Usual("hours", "", _("until further notice"))
        yield KeyBar()

    def focus_first(self) -> None:
        """The reason."""
        self.query_one("#reason").focus()

    def keep_typed(self) -> None:
        """The draft is what stands in the fields."""
        self._draft = self._typed()

    def submit(self) -> Awaitable[OutageView]:
        """Put the machine out of service."""
        return self._put_out(self._typed())

    def _typed(self) -> OutageDraft:
        reason, hours = (self.query_one(f"#{name}", Input).value for name in ("reason", "hours"))
        return OutageDraft(reason, hours)

    @on(Usual.Taken)
    def _fill(self, event: Usual.Taken) -> None:
        field = self.query_one(f"#{event.field}", Input)
        field.value = event.text
        field.focus()
