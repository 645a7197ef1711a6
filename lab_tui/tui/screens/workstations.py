"""Workstations, for staff: which are in service, planning outages, changing and retiring machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static

from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab import gpu_outages, workstations
from lab_tui.lab.gpus import OutageView
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.workstations import WorkstationDetails
from lab_tui.printing.orders import Order, PaperKind
from lab_tui.tui.keys import with_enter
from lab_tui.tui.modals.outage_sheet import Blocking, NowDraft, OutageSheet, SpanDraft, SpanSheet, UntilSheet
from lab_tui.tui.modals.pick import PickModal
from lab_tui.tui.modals.question import QuestionModal
from lab_tui.tui.modals.workstation_form import WorkstationDraft, WorkstationForm
from lab_tui.tui.screens.base import LabScreen, new_request_key
from lab_tui.tui.screens.blocking import BlockingWork, done_text
from lab_tui.tui.screens.print_work import Paper, offer_to_print
from lab_tui.tui.screens.workstation_lines import Machines, about, described, line
from lab_tui.tui.widgets.choice_list import ChoiceList
from lab_tui.wording import times
from lab_tui.wording.templates import sentences

_NEEDS_MACHINE = frozenset({"choose", "back_in", "print"})


@dataclass(frozen=True)
class Act:
    """Something that can be done with a machine: how it is called, and what does it."""

    text: Callable[[], str]
    do: Callable[[], None]


class WorkstationsScreen(LabScreen[Machines]):
    """Machines in and out of service, and what is known of each."""

    CSS_PATH = "workstations.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", N_("What to do"), id="choose"),
        Binding("b", "back_in", N_("Back in service"), id="back_in"),
        Binding("n", "new", N_("New"), id="new"),
        Binding("k", "closures", N_("Closures"), id="closures"),
        Binding("P", "print", N_("Print"), id="print"),
    ]

    def compose_body(self) -> ComposeResult:
        yield Static("", id="empty", markup=False)
        yield ChoiceList(markup=False)
        with VerticalScroll(id="about", can_focus=False):
            yield Static("", id="about-text", markup=False)

    def load(self, lab: Lab) -> Machines:
        return Machines(workstations.all_workstations(lab, self.actor), gpu_outages.outages(lab, self.actor))

    def title_text(self) -> str:
        return _("Staff · workstations")

    def help_text(self) -> str:
        return _(
            "Enter on a machine says what can be done with it: out of service now or later, another end of "
            "an outage, change it, retire it. Before an outage is stored you see the bookings it hits and "
            "where each could go; their people are told at their next scan.\n\n"
            "b puts a machine back in service, n adds one, k closes the whole lab for a time, P prints the "
            "labels of machines. Retired machines stand at the end; their history stays.\n\n"
            "By touch: choose a machine, then touch what to do in the line at the bottom."
        )

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Enter asks what to do with the machine in the list."""
        bindings = with_enter(super().active_bindings, N_("What to do"))
        if "enter" in bindings:
            bindings["enter"] = bindings["enter"]._replace(enabled=bool(self.check_action("choose", ())))
        return bindings

    def on_resize(self) -> None:
        self.call_after_refresh(self.paint)

    # What it shows

    def paint(self) -> None:
        machines = self.value.workstations if self.value else ()
        machine_list, empty = self.query_one(ChoiceList), self.query_one("#empty", Static)
        empty.display = self.value is not None and not machines
        empty.update(Content(_("This lab has no workstations yet. Press n to add one.")))
        machine_list.display = bool(machines)
        width = machine_list.scrollable_content_region.width or self.size.width - 6
        lines = [line(one, self.value, self.lab, width) for one in machines] if self.value else []
        machine_list.show([str(one.id) for one in machines], lines)
        if machines and self.focused is None:
            # It could not be focused while it was hidden.
            machine_list.focus()
        self._paint_about()
        self.refresh_bindings()

    def _paint_about(self) -> None:
        machine = self._machine_here()
        text = about(machine, self.value, self.lab) if machine and self.value else Content("")
        self.query_one("#about-text", Static).update(text)

    def _machine_here(self) -> WorkstationDetails | None:
        index = self.query_one(ChoiceList).highlighted if self._is_composed() else None
        if self.value is None or index is None or index >= len(self.value.workstations):
            return None
        return self.value.workstations[index]

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self._paint_about()
        self.refresh_bindings()

    # What can be done

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the role does not allow, or does not fit the machine's state, is dim."""
        if action == "closures":
            return True if self.visit and self.visit.may(Permission.MANAGE_CLOSURES) else None
        if action != "new" and action not in _NEEDS_MACHINE:
            return super().check_action(action, parameters)
        if self.visit is None or not self.visit.may(Permission.MANAGE_WORKSTATIONS):
            return None
        machine = self._machine_here()
        if action == "new":
            return True
        if machine is None or self.value is None:
            return None
        if action == "print":
            return None if machine.retired else True
        return True if action == "choose" or self.value.outages_of(machine.id) else None

    @on(OptionList.OptionSelected)
    def action_choose(self) -> None:
        """Ask what to do with the machine in the list."""
        machine = self._machine_here()
        if machine is None or not self.check_action("choose", ()):
            return
        acts = self._acts(machine)

        def chosen(index: int | None) -> None:
            if index is not None:
                acts[index].do()

        self.app.push_screen(PickModal(machine.name, [act.text for act in acts]), chosen)

    def _acts(self, machine: WorkstationDetails) -> list[Act]:
        """What can be done with a machine, in the order it is offered."""
        change = Act(lambda: _("Change the machine"), lambda: self._change(machine))
        if machine.retired:
            return [Act(lambda: _("Bring it back into use"), lambda: self._bring_back(machine)), change]
        outages = self.value.outages_of(machine.id) if self.value else ()
        now = self.lab.clock.now()
        acts = []
        if not any(outage.starts_at <= now for outage in outages):
            acts.append(Act(lambda: _("Out of service now"), lambda: self._out_now(machine)))
        acts.append(Act(lambda: _("Plan an outage"), lambda: self._plan_outage(machine)))
        for outage in outages:
            acts += self._acts_on(outage)
        acts.append(change)
        acts.append(Act(lambda: _("Print a label"), self.action_print))
        acts.append(Act(lambda: _("Retire the machine"), lambda: self._retire(machine)))
        return acts

    def _acts_on(self, outage: OutageView) -> list[Act]:
        runs = outage.starts_at <= self.lab.clock.now()

        def end_text() -> str:
            text = _("End now: {outage}") if runs else _("Cancel: {outage}")
            return text.format(outage=described(outage, self.lab))

        def change_text() -> str:
            return _("Another end: {outage}").format(outage=described(outage, self.lab))

        return [
            Act(end_text, lambda: self._cancel_outage(outage)),
            Act(change_text, lambda: self._change_outage(outage)),
        ]

    def action_closures(self) -> None:
        """When the whole lab is closed."""
        self.kiosk.go("closures")

    def action_print(self) -> None:
        """Ask which labels to print: of the machine in the list, or of all in use."""
        machine = self._machine_here()
        if machine is None or self.value is None or not self.check_action("print", ()):
            return
        in_use = tuple(one.id for one in self.value.workstations if not one.retired)
        papers = [
            Paper(lambda: _("Label of {workstation}").format(workstation=machine.name), _labels(machine.id)),
            Paper(lambda: _label_text(len(in_use)), _labels(*in_use)),
        ]
        offer_to_print(self, papers if len(in_use) > 1 else papers[:1])

    # Outages

    def _blocking(self, machine: WorkstationDetails) -> BlockingWork:
        return BlockingWork(
            self,
            machine.id,
            lambda: _("{workstation} out of service").format(workstation=machine.name),
            N_("Out of service"),
        )

    def _out_now(self, machine: WorkstationDetails) -> None:
        work = self._blocking(machine)

        def title() -> str:
            return _("{workstation} out of service from now").format(workstation=machine.name)

        sheet = OutageSheet(self.lab, title, NowDraft(), work.look)
        self.app.push_screen(sheet, lambda blocking: work.go_on(blocking, self._put_out(machine)))

    def _plan_outage(self, machine: WorkstationDetails) -> None:
        work = self._blocking(machine)

        def title() -> str:
            return _("{workstation} out of service").format(workstation=machine.name)

        tomorrow = (self.lab.today() + timedelta(days=1)).isoformat()
        draft = SpanDraft(tomorrow, "09:00", tomorrow, "13:00")
        sheet = SpanSheet(self.lab, title, draft, work.look)
        self.app.push_screen(sheet, lambda blocking: work.go_on(blocking, self._put_out(machine)))

    def _put_out(self, machine: WorkstationDetails) -> Callable[[Blocking], None]:
        """What stores an outage."""
        actor, key = self.actor, new_request_key()

        def put(blocking: Blocking) -> None:
            span = (blocking.starts_at, blocking.ends_at)
            self.act(
                lambda lab: gpu_outages.put_out_of_service(
                    *(lab, actor, machine.id, *span, blocking.reason),
                    moving=blocking.moving,
                    request_key=key,
                ),
                self._said,
                undoable=False,
            )

        return put

    def _said(self, outage: OutageView) -> str:
        now = self.lab.clock.now()
        said = _("{workstation} is out of service.")
        if outage.starts_at > now:
            said = _("{workstation} will be out of service from {time}.")
        since = times.moment(self.lab.time, outage.starts_at, now)
        return sentences(said.format(workstation=outage.workstation, time=since), done_text(outage))

    def _change_outage(self, outage: OutageView) -> None:
        actor = self.actor
        work = BlockingWork(self, outage.workstation_id, lambda: outage.workstation, N_("Another end"))

        def change(blocking: Blocking) -> None:
            self.act(
                lambda lab: gpu_outages.change_outage(
                    lab, actor, outage.id, blocking.ends_at, moving=blocking.moving
                ),
                self._changed,
                undoable=False,
            )

        blocking = Blocking(outage.starts_at, outage.ends_at, outage.reason)
        sheet = UntilSheet(self.lab, lambda: described(outage, self.lab), blocking, work.look, is_open=True)
        self.app.push_screen(sheet, lambda changed: work.go_on(changed, change))

    def _changed(self, outage: OutageView) -> str:
        return sentences(f"{described(outage, self.lab)}.", done_text(outage))

    def _cancel_outage(self, outage: OutageView) -> None:
        actor = self.actor
        self.act(
            lambda lab: gpu_outages.cancel_outage(lab, actor, outage.id),
            lambda _view: self._ended((outage,)),
            undoable=False,
        )

    def _ended(self, outages: tuple[OutageView, ...]) -> str:
        """Which outages are over, or will not be, as they were planned."""
        runs = outages[0].starts_at <= self.lab.clock.now()
        said = _("{workstation} is back in service.") if runs else _("{workstation} stays in service.")
        over = _("Over: {outage}.") if runs else _("Called off: {outage}.")
        which = (over.format(outage=described(outage, self.lab)) for outage in outages)
        return sentences(said.format(workstation=outages[0].workstation), *which)

    def action_back_in(self) -> None:
        """Put the machine back; where it is out only later on, the next outage is called off."""
        machine = self._machine_here()
        if machine is not None:
            actor = self.actor
            self.act(
                lambda lab: gpu_outages.put_back_in_service(lab, actor, machine.id),
                lambda back: self._ended(back.ended),
                undoable=False,
            )

    # Machines

    def action_new(self) -> None:
        """A new machine."""
        self._ask(WorkstationDraft(gpu_count="1"), None)

    def _change(self, machine: WorkstationDetails) -> None:
        self._ask(WorkstationDraft.of(machine), machine)

    def _ask(self, draft: WorkstationDraft, machine: WorkstationDetails | None) -> None:
        key, actor = new_request_key(), self.actor

        def save(lab: Lab, wanted: WorkstationDraft) -> WorkstationDetails:
            plan = wanted.plan()
            if machine is None:
                return workstations.add(lab, actor, plan, request_key=key).what
            return workstations.change(lab, actor, machine.id, plan).what

        async def saved(wanted: WorkstationDraft) -> WorkstationDetails:
            return await self.kiosk.operations.run(lambda lab: save(lab, wanted))

        def answered(answer: WorkstationDetails | None) -> None:
            if answer is not None:
                self.tell_done(None, _("Saved: {workstation}.").format(workstation=answer.name))

        def title() -> str:
            return (
                _("Change {workstation}").format(workstation=machine.name) if machine else _("A new machine")
            )

        self.app.push_screen(WorkstationForm(draft, title, self.lab, saved), answered)

    def _retire(self, machine: WorkstationDetails) -> None:
        """After asking, or after showing what is booked on it and where that could go."""
        actor = self.actor

        def retire(blocking: Blocking) -> None:
            moving, because = blocking.moving, blocking.reason
            self.act(
                lambda lab: workstations.retire(lab, actor, machine.id, moving=moving, because=because),
                lambda view: _("{workstation} is retired; its history stays.").format(workstation=view.name),
                undoable=False,
            )

        def answered(yes: bool | None) -> None:
            if yes:
                work = BlockingWork(self, machine.id, lambda: machine.name, N_("Retire"), must_move_all=True)
                reason = _("{workstation} is retired").format(workstation=machine.name)
                work.look_and_go_on(Blocking(self.lab.now(), None, reason), retire)

        question = QuestionModal(
            lambda: _("Retire {workstation}?").format(workstation=machine.name),
            lambda: _("Nobody can book it any more. What was booked stays known, and you can bring it back."),
        )
        self.app.push_screen(question, answered)

    def _bring_back(self, machine: WorkstationDetails) -> None:
        actor = self.actor
        self.act(
            lambda lab: workstations.bring_back(lab, actor, machine.id),
            lambda view: _("{workstation} is in use again.").format(workstation=view.name),
            undoable=False,
        )


def _labels(*workstation_ids: int) -> Order:
    """One label alone, several on sheets."""
    return Order(PaperKind.WORKSTATION_LABELS, workstation_ids, on_sheets=len(workstation_ids) > 1)


def _label_text(count: int) -> str:
    text = ngettext(
        "Sheets: {count} label, all machines in use", "Sheets: {count} labels, all machines in use", count
    )
    return text.format(count=count)
