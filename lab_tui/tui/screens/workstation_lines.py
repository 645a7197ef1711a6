"""Workstations as staff read them: a line each, and all that is known of one."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from lab_tui.i18n import _
from lab_tui.lab.gpus import OutageView
from lab_tui.lab.operation import Lab
from lab_tui.lab.workstations import WorkstationDetails
from lab_tui.text import printable
from lab_tui.tui.modals import typed
from lab_tui.tui.widgets.drawing import fit
from lab_tui.wording import times

_NAME_WIDTH, _WHAT_WIDTH = 16, 22


@dataclass(frozen=True)
class Machines:
    """All machines, and those that are out or will be."""

    workstations: tuple[WorkstationDetails, ...]
    outages: tuple[OutageView, ...]

    def outages_of(self, workstation_id: int) -> tuple[OutageView, ...]:
        """The outages of a machine that run or are to come, soonest first."""
        return tuple(one for one in self.outages if one.workstation_id == workstation_id)


def line(machine: WorkstationDetails, machines: Machines, lab: Lab, width: int) -> Content:
    """A machine in `width` cells: its name, its GPUs, in or out of service."""
    what = _("{count} x {model} {memory} GB").format(
        count=machine.gpu_count, model=machine.gpu_model, memory=machine.gpu_memory_gb
    )
    text, colour = _state(machine, machines, lab)
    return Content.assemble(
        (fit(machine.name, _NAME_WIDTH), "$text-muted" if machine.retired else "bold"),
        (f" {fit(what, _WHAT_WIDTH)} ", "$text-muted" if machine.retired else ""),
        (fit(text, max(8, width - _NAME_WIDTH - _WHAT_WIDTH - 2)), colour),
    )


def _state(machine: WorkstationDetails, machines: Machines, lab: Lab) -> tuple[str, str]:
    """In or out, why and until when; and its colour."""
    if machine.retired:
        return _("○ retired"), "$text-muted"
    outages, now = machines.outages_of(machine.id), lab.clock.now()
    if not outages:
        return _("✓ in service"), "$success"
    outage = outages[0]
    if outage.starts_at > now:
        since = times.moment(lab.time, outage.starts_at, now)
        said = _("✓ in service until {time}: {reason}")
        return said.format(time=since, reason=outage.reason), "$warning"
    if outage.ends_at is None:
        return _("╳ until further notice: {reason}").format(reason=outage.reason), "$error"
    until = times.moment(lab.time, outage.ends_at, now)
    return _("╳ until {time}: {reason}").format(reason=outage.reason, time=until), "$error"


def about(machine: WorkstationDetails, machines: Machines, lab: Lab) -> Content:
    """All that is known of a machine, its outages among it."""
    cores = _("{count} cores").format(count=machine.cores) if machine.cores else ""
    facts = [machine.host_name, cores, machine.place, machine.about]
    head = Content.styled(printable(machine.name), "bold")
    lines = [
        Content.assemble(head, "  ", " · ".join(printable(fact) for fact in facts if fact)),
        Content.styled(" ".join(f"#{printable(tag)}" for tag in machine.tags), "$accent"),
    ]
    if machine.policy:
        rules = printable(typed.settings_text(machine.policy))
        lines.append(Content(_("Own rules: {rules}").format(rules=rules)))
    lines.append(Content.styled(printable(machine.notes), "$text-muted"))
    outages = machines.outages_of(machine.id)
    lines.extend(Content.styled(f"╳ {described(outage, lab)}", "$warning") for outage in outages)
    return Content("\n").join([one for one in lines if one.plain])


def described(outage: OutageView, lab: Lab) -> str:
    """An outage's reason and when it is."""
    now = lab.clock.now()
    if outage.ends_at is not None:
        when = times.span(lab.time, outage.starts_at, outage.ends_at, now)
    else:
        since = times.moment(lab.time, outage.starts_at, now)
        when = _("from {time} until further notice").format(time=since)
    return f"{printable(outage.reason)}, {when}"
