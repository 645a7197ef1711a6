"""Workstations, for staff: which are in service, and taking one out or putting it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static

from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab import gpus
from lab_tui.lab.gpus import OutageView, WorkstationView
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.permissions import Permission
from lab_tui.tui.keys import with_enter
from lab_tui.tui.modals.outage_sheet import OutageDraft, OutageSheet
from lab_tui.tui.screens.base import LabScreen, new_request_key
from lab_tui.tui.screens.events import EventList
from lab_tui.tui.widgets.drawing import fit
from lab_tui.wording import times

_NAME_WIDTH, _WHAT_WIDTH = 16, 22


@dataclass(frozen=True)
class Machines:
    """All machines, and those that are out or will be."""

    workstations: tuple[WorkstationView, ...]
    outages: tuple[OutageView, ...]

    def outage_of(self, workstation: WorkstationView) -> OutageView | None:
        """The first outage of a machine that runs or is to come."""
        return next((o for o in self.outages if o.workstation_id == workstation.id), None)


class WorkstationsScreen(LabScreen[Machines]):
    """Machines in and out of service."""

    CSS_PATH = "workstations.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "out", N_("Out of service"), id="out"),
        Binding("b", "back_in", N_("Back in service"), id="back_in"),
    ]

    def compose_body(self) -> ComposeResult:
        yield Static("", id="empty", markup=False)
        yield EventList(markup=False)

    def load(self, lab: Lab) -> Machines:
        return Machines(gpus.workstations(lab, self.actor), gpus.outages(lab, self.actor))

    def title_text(self) -> str:
        return _("Staff · workstations")

    def help_text(self) -> str:
        return _(
            "Enter takes the machine out of service from now on; bookings it hits stay in the list, and "
            "nobody can book it meanwhile. b puts it back.\n\n"
            "By touch: choose a machine, then touch what to do with it in the line at the bottom."
        )

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Enter takes the machine in the list out of service, where it is in."""
        bindings = with_enter(super().active_bindings, N_("Out of service"))
        if "enter" in bindings:
            bindings["enter"] = bindings["enter"]._replace(enabled=bool(self.check_action("out", ())))
        return bindings

    def on_resize(self) -> None:
        self.call_after_refresh(self.paint)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.query_one(EventList).focus()

    def paint(self) -> None:
        machines = self.value.workstations if self.value else ()
        machine_list, empty = self.query_one(EventList), self.query_one("#empty", Static)
        empty.display = self.value is not None and not machines
        empty.update(Content(_("This lab has no workstations yet.")))
        machine_list.display = bool(machines)
        width = machine_list.scrollable_content_region.width or self.size.width - 6
        machine_list.show([str(one.id) for one in machines], [self._line(one, width) for one in machines])
        self.refresh_bindings()

    def _line(self, machine: WorkstationView, width: int) -> Content:
        what = _("{count} x {model} {memory} GB").format(
            count=len(machine.gpu_numbers), model=machine.gpu_model, memory=machine.gpu_memory_gb
        )
        state, colour = self._state(machine)
        return Content.assemble(
            (fit(machine.name, _NAME_WIDTH), "bold"),
            f" {fit(what, _WHAT_WIDTH)} ",
            (fit(state, max(8, width - _NAME_WIDTH - _WHAT_WIDTH - 2)), colour),
        )

    def _state(self, machine: WorkstationView) -> tuple[str, str]:
        """In or out, why and until when; and its colour."""
        outage = self.value.outage_of(machine) if self.value else None
        if outage is None:
            return _("✓ in service"), "$success"
        now = self.lab.clock.now()
        if outage.starts_at > now:
            since = times.moment(self.lab.time, outage.starts_at, now)
            return _("✓ in service; out from {time}: {reason}").format(
                time=since, reason=outage.reason
            ), "$warning"
        if outage.ends_at is None:
            return _("╳ until further notice: {reason}").format(reason=outage.reason), "$error"
        until = times.moment(self.lab.time, outage.ends_at, now)
        return _("╳ until {time}: {reason}").format(reason=outage.reason, time=until), "$error"

    def _machine_here(self) -> WorkstationView | None:
        index = self.query_one(EventList).highlighted if self._is_composed() else None
        if self.value is None or index is None or index >= len(self.value.workstations):
            return None
        return self.value.workstations[index]

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the role does not allow, or does not fit the machine's state, is dim."""
        if action not in ("out", "back_in"):
            return super().check_action(action, parameters)
        machine = self._machine_here()
        if machine is None or self.value is None or self.visit is None:
            return None
        fits = (self.value.outage_of(machine) is not None) is (action == "back_in")
        return True if fits and self.visit.may(Permission.MANAGE_WORKSTATIONS) else None

    @on(OptionList.OptionSelected)
    def action_out(self) -> None:
        """Ask why and for how long."""
        machine = self._machine_here()
        if machine is None or not self.check_action("out", ()):
            return
        key, actor = new_request_key(), self.actor

        def put(lab: Lab, draft: OutageDraft) -> OutageView:
            now = lab.now()
            end = now + timedelta(hours=int(draft.hours)) if draft.hours else None
            done = gpus.put_out_of_service(lab, actor, machine.id, now, end, draft.reason, request_key=key)
            return done.what

        async def put_out(draft: OutageDraft) -> OutageView:
            return await self.kiosk.operations.run(lambda lab: put(lab, draft))

        def answered(outage: OutageView | None) -> None:
            if outage is not None:
                self.tell_done(None, _said(outage, machine))

        self.app.push_screen(OutageSheet(machine.name, self.lab, put_out), answered)

    def action_back_in(self) -> None:
        """Put the machine back."""
        machine = self._machine_here()
        if machine is not None:
            actor = self.actor
            self.act(
                lambda lab: gpus.put_back_in_service(lab, actor, machine.id),
                lambda back: _("{workstation} is back in service.").format(workstation=back.name),
                undoable=False,
            )


def _said(outage: OutageView, machine: WorkstationView) -> str:
    said = _("{workstation} is out of service.").format(workstation=machine.name)
    if not outage.bookings_hit:
        return _("{said} No booking is hit.").format(said=said)
    hit = ngettext("{count} booking is hit.", "{count} bookings are hit.", outage.bookings_hit)
    return f"{said} {hit.format(count=outage.bookings_hit)}"
