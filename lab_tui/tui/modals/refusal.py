"""Not possible as asked: every reason, and what is possible instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from lab_tui.errors import Reason, Refused, Remedy
from lab_tui.i18n import N_, _
from lab_tui.lab.operation import Lab
from lab_tui.tui.modals.base import LabModal
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.wording.refusals import marked, remedy_line, sentence


@dataclass(frozen=True)
class Allow(Remedy):
    """The same all the same: staff allow it."""


class RefusalModal(LabModal[Remedy], inherit_bindings=False):
    """Says why not; answers with the remedy that was chosen, staff's included, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", N_("Back"), id="back"),
        Binding("enter", "choose", N_("Choose"), id="choose"),
        Binding("o", "allow", N_("Allow it…"), id="allow"),
        *(Binding(str(n), f"choose({n - 1})", show=False) for n in range(1, 10)),
    ]

    def __init__(self, refused: Refused, lab: Lab, *, can_allow: bool = False) -> None:
        """`can_allow`: whether who is here may override all these reasons."""
        super().__init__()
        self.refused = refused
        self.lab = lab
        self._can_allow = can_allow

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="sheet refusal", can_focus=False) as sheet:
            sheet.border_title = Content(_("Not possible as asked"))
            for reason in self.refused.reasons:
                yield Static(self._line(reason), classes="bad", markup=False)
            if self.refused.remedies:
                yield Static(Content(_("Possible instead")), classes="heading", markup=False)
                yield OptionList(*self._options(), markup=False)
        yield KeyBar()

    def _line(self, reason: Reason) -> Content:
        line = "✕ " + sentence(reason, self.lab.time, self.lab.clock.now())
        return Content.assemble(line, (marked(reason), "$text-muted"))

    def _options(self) -> list[Option]:
        now = self.lab.clock.now()
        lines = (remedy_line(remedy, self.lab.time, now) for remedy in self.refused.remedies)
        return [Option(Content(f"{n}  {line}")) for n, line in enumerate(lines, 1)]

    def focus_first(self) -> None:
        """What is possible instead."""
        for options in self.query(OptionList):
            options.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Nothing can be chosen where nothing is offered, nor allowed by who may not."""
        if action == "allow":
            return self._can_allow
        return action != "choose" or bool(self.refused.remedies)

    def action_close(self) -> None:
        """Nothing chosen."""
        self.dismiss(None)

    def action_allow(self) -> None:
        """Staff allow it."""
        self.dismiss(Allow())

    def action_choose(self, index: int | None = None) -> None:
        """Take a remedy by its number; without one, that under the cursor."""
        options = self.query_one(OptionList)
        at = options.highlighted if index is None else index
        if at is not None and at < len(self.refused.remedies):
            self.dismiss(self.refused.remedies[at])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.refused.remedies[event.option_index])
