"""What forms share: they stay open, with all that was typed, until what they ask for is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar, TypeVar

from textual import on
from textual.binding import ActiveBinding, Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from lab_tui.errors import BadInput, Refused, SystemCannot
from lab_tui.i18n import N_
from lab_tui.lab.operation import Lab
from lab_tui.text import printable
from lab_tui.tui.modals.base import LabModal
from lab_tui.wording import faults, refusals

A = TypeVar("A")

# Longer than any field may be, so that it is the lab that says what is too long.
MOST_TYPED = 700


class FormModal(LabModal[A], inherit_bindings=False):
    """Answers with what the lab made of it, or None.

    What is wrong stands in `#problem`, and the cursor goes to the field that it is about: a field's
    widget has the name that BadInput calls it by.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer", N_("Save"), id="answer"),
        Binding("tab,down", "app.focus_next", N_("Next field"), key_display="Tab"),
        Binding("shift+tab,up", "app.focus_previous", show=False),
        Binding("escape", "close", N_("Back"), id="back"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-tall")]
    FIELD_OF_REASON: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """The field that a refusal's code is about."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self.lab = lab
        self._problem: Exception | None = None
        self._asking = False

    # What a form says

    def submit(self) -> Awaitable[A]:
        """Do what was asked for. Raises BadInput, Refused, SystemCannot."""
        raise NotImplementedError

    def keep_typed(self) -> None:
        """Note what stands in the fields, because they are built again."""
        raise NotImplementedError

    # What it does

    def on_mount(self) -> None:
        super().on_mount()
        self._paint_problem()

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Enter in a field is the form's."""
        bindings = super().active_bindings
        if (escape := bindings.get("escape")) and escape.node is not self:
            bindings["escape"] = escape._replace(binding=replace(escape.binding, description=N_("Back")))
        enter = bindings.get("enter")
        if enter is None or not isinstance(self.focused, Input):
            return bindings
        own = next(binding for key, binding in self._bindings if key == "enter")
        return bindings | {"enter": enter._replace(binding=own)}

    async def _compose_again(self) -> None:
        focused = self.focused.id if self.focused is not None else None
        self.keep_typed()
        await super()._compose_again()
        self._paint_problem()
        if focused is not None:
            self.query_one(f"#{focused}").focus()

    def action_close(self) -> None:
        """Nothing done."""
        self.dismiss(None)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_answer()

    def action_answer(self) -> None:
        """Try what was typed; once at a time."""
        if not self._asking:
            self._asking = True
            self.run_worker(self._answer(self.submit), group="answer")

    async def _answer(self, submit: Callable[[], Awaitable[A]]) -> None:
        try:
            answer = await submit()
        except (BadInput, Refused, SystemCannot) as problem:
            self._problem = problem
            self._paint_problem()
            self._go_to(self._field_of(problem))
        else:
            self.dismiss(answer)
        finally:
            self._asking = False

    def _field_of(self, problem: Exception) -> str | None:
        match problem:
            case BadInput():
                return problem.field
            case Refused():
                return next((self.FIELD_OF_REASON.get(reason.code) for reason in problem.reasons), None)
        return None

    def _go_to(self, name: str | None) -> None:
        for field in self.query(f"#{name}") if name else ():
            field.focus()
            if isinstance(field, Input):
                field.action_select_all()

    def _paint_problem(self) -> None:
        line = self.query_one("#problem", Static)
        line.display = self._problem is not None
        line.update(Content(self._problem_text()))
        if self._problem is not None:
            line.scroll_visible(animate=False)

    def _problem_text(self) -> str:
        match self._problem:
            case BadInput() as bad:
                sentences = [faults.bad_input(bad)]
            case Refused() as refused:
                now = self.lab.clock.now()
                sentences = [refusals.sentence(one, self.lab.time, now) for one in refused.reasons]
            case SystemCannot() as fault:
                sentences = [faults.system_fault(fault)]
            case _:
                sentences = []
        return "\n".join(f"✕ {printable(sentence)}" for sentence in sentences)
