"""Wait for GPUs: what is wanted, and in which window of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab.gpus import WorkstationView
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.finding import Search
from lab_tui.tui.modals import choices
from lab_tui.tui.modals.find_sheet import SearchSheet
from lab_tui.tui.widgets.stepper import Stepper


class Instead(Enum):
    """What else can be asked for from the sheet."""

    MY_WAITS = auto()
    FAIR_SHARE = auto()


@dataclass(frozen=True)
class Wait:
    """Wait for what is searched for."""

    search: Search


class WaitSheet(SearchSheet[Wait | Instead]):
    """Asks what to wait for; answers with it, with what to see instead, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "see('MY_WAITS')", N_("My waits"), id="my_waits"),
        Binding("s", "see('FAIR_SHARE')", N_("Who is next"), id="fair_share"),
    ]
    ENTER: ClassVar[str] = N_("Wait")
    _machine: Stepper[int | None]

    def __init__(
        self, lab: Lab, machines: Sequence[WorkstationView], search: Search, waits_already: int
    ) -> None:
        """`waits_already`: how many things this person waits for now."""
        super().__init__(lab, machines, search)
        self._waits_already = waits_already

    def title_text(self) -> str:
        """Its title."""
        return _("Wait for GPUs")

    def compose_fields(self) -> ComposeResult:
        machines = choices.machines_or_any(self.machines)
        self._machine = Stepper(machines, self.search.workstation_id, id="machine")
        yield from super().compose_fields()
        yield self.field(_("Machine"), self._machine)

    def changed(self) -> None:
        """Note what is chosen."""
        super().changed()
        self.search = replace(self.search, workstation_id=self._machine.value)

    def words(self) -> Content:
        """What waiting means."""
        lines = [_("When something frees, it is held for the team with the least use lately.")]
        if self._waits_already:
            lines.append(
                ngettext(
                    "You wait for {count} thing already.",
                    "You wait for {count} things already.",
                    self._waits_already,
                ).format(count=self._waits_already)
            )
        return Content.styled("\n".join(lines), "$text-muted")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a wait there is nothing to see."""
        if action == "see" and parameters == ("MY_WAITS",) and not self._waits_already:
            return None
        return super().check_action(action, parameters)

    def action_answer(self) -> None:
        """Wait for it."""
        self.dismiss(Wait(self.search))

    def action_see(self, what: str) -> None:
        """Something else."""
        self.dismiss(Instead[what])
