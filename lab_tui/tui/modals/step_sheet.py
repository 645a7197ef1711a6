"""What sheets share whose fields are chosen from, not typed into."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from lab_tui.errors import BadInput, Refused, SystemCannot
from lab_tui.i18n import N_
from lab_tui.lab.operation import Lab
from lab_tui.text import printable
from lab_tui.tui.keys import with_enter
from lab_tui.tui.modals.base import LabModal
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.tui.widgets.stepper import Stepper
from lab_tui.tui.widgets.toggles import Toggles
from lab_tui.wording import faults, refusals

A = TypeVar("A")


class StepSheet(LabModal[A], inherit_bindings=False):
    """Up and down go from field to field, left and right change one, Enter answers."""

    DEFAULT_CSS = """
    StepSheet #words, StepSheet #problem { margin-top: 1; }
    StepSheet Stepper { max-width: 70%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer", N_("OK"), id="answer"),
        Binding("down,tab", "app.focus_next", show=False),
        Binding("up,shift+tab", "app.focus_previous", show=False),
        Binding("escape", "close", N_("Back"), id="back"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-tall")]
    ENTER: ClassVar[str] = N_("OK")
    """What Enter does here, to be translated."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self.lab = lab

    # What a sheet says

    def title_text(self) -> str:
        """Its title."""
        raise NotImplementedError

    def compose_fields(self) -> ComposeResult:
        """Its fields, from the values chosen so far."""
        raise NotImplementedError

    def words(self) -> Content:
        """What the values chosen so far mean."""
        return Content("")

    def problem(self) -> Exception | None:
        """Why they cannot be."""
        return None

    def changed(self) -> None:
        """Note what is chosen now."""
        raise NotImplementedError

    def action_answer(self) -> None:
        """Answer with what is chosen."""
        raise NotImplementedError

    # What it does

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="sheet form", can_focus=False) as sheet:
            sheet.border_title = Content(printable(self.title_text()))
            yield from self.compose_fields()
            yield Static("", id="words", markup=False)
            yield Static("", id="problem", classes="bad", markup=False)
        yield KeyBar()

    def field(self, label: str, *widgets: Widget) -> Horizontal:
        """A line with its label."""
        return Horizontal(Static(Content(label), classes="label", markup=False), *widgets, classes="field")

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Enter is the sheet's, by the name of what it does."""
        return with_enter(super().active_bindings, self.ENTER)

    def on_mount(self) -> None:
        super().on_mount()
        self.paint()

    async def _compose_again(self) -> None:
        focused = self.focused.id if self.focused is not None else None
        await super()._compose_again()
        self.paint()
        if focused is not None:
            self.query_one(f"#{focused}").focus()

    def focus_first(self) -> None:
        """The first field."""
        self.query(Stepper).first().focus()

    def action_close(self) -> None:
        """Nothing chosen."""
        self.dismiss(None)

    @on(Stepper.Changed)
    @on(Toggles.Changed)
    def _changed(self) -> None:
        self.changed()
        self.paint()

    def paint(self) -> None:
        """Say what the values mean, or why they cannot be."""
        words, problem = self.query_one("#words", Static), self.query_one("#problem", Static)
        text = self.words()
        words.display = bool(text.plain)
        words.update(text)
        sentences = problem_sentences(self.problem(), self.lab)
        problem.display = bool(sentences)
        problem.update(Content("\n".join(f"✕ {sentence}" for sentence in sentences)))


def problem_sentences(problem: Exception | None, lab: Lab) -> Iterable[str]:
    """Why something cannot be, a sentence a reason."""
    match problem:
        case Refused() as refused:
            now = lab.clock.now()
            return [printable(refusals.sentence(one, lab.time, now)) for one in refused.reasons]
        case BadInput() as bad:
            return [printable(faults.bad_input(bad))]
        case SystemCannot() as fault:
            return [printable(faults.system_fault(fault))]
    return []
