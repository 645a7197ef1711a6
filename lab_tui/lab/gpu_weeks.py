"""GPU workstations: seven days of one machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from lab_tui.config import policy_in_force
from lab_tui.errors import Reason, Refused
from lab_tui.lab.gpu_facts import touches
from lab_tui.lab.gpu_reach import read_reaches
from lab_tui.lab.gpu_views import (
    BookingView,
    ClosureView,
    OutageView,
    Reach,
    WorkstationView,
    live,
    read_bookings,
    read_closures,
    read_outages,
    read_workstations,
)
from lab_tui.lab.operation import Actor, Lab, authorise, reading
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.gpus import Booking, Outage, Workstation
from lab_tui.store.tables.lab import Closure

DAYS = 7


@dataclass(frozen=True)
class DaySpan:
    """A day of the lab's calendar, `[starts_at, ends_at)` in UTC: 23 to 25 hours."""

    day: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class GpuWeek:
    """Everything the timetable of one workstation needs for seven days.

    `workstations` are all in use, by name: what one goes to from here. `reaches` is as of a GpuDay.
    """

    workstation: WorkstationView
    workstations: tuple[WorkstationView, ...]
    days: tuple[DaySpan, ...]
    slot_minutes: int
    bookings: tuple[BookingView, ...]
    outages: tuple[OutageView, ...]
    closures: tuple[ClosureView, ...]
    reaches: Mapping[int, Reach] = field(default_factory=dict)


def week_view(
    lab: Lab, actor: Actor, workstation_id: int, day: date, *, also_retired: bool = False
) -> GpuWeek:
    """A workstation's bookings, outages and closures on seven days, `day` first.

    Raises Refused(unknown_workstation), for a retired one only where it is not to be shown.
    """
    ahead = (day + timedelta(days=number) for number in range(DAYS))
    days = tuple(DaySpan(one, *lab.time.day_span(one)) for one in ahead)
    starts_at, ends_at = days[0].starts_at, days[-1].ends_at
    with reading(lab):
        person = authorise(lab, actor, Permission.SEE_OWN_DAY)
        workstations = read_workstations(Workstation.retired == False)  # noqa: E712
        shown = read_workstations(Workstation.id == workstation_id) if also_retired else workstations
        workstation = next((one for one in shown if one.id == workstation_id), None)
        if workstation is None:
            raise Refused(Reason(Code.UNKNOWN_WORKSTATION, {"workstation": workstation_id}))
        held = (Booking.holds == True) & (Booking.workstation == workstation_id)  # noqa: E712
        out = (Outage.workstation == workstation_id) & (Outage.starts_at < ends_at)
        return GpuWeek(
            workstation=workstation,
            workstations=workstations,
            days=days,
            slot_minutes=_slot_minutes(lab, workstation_id),
            bookings=read_bookings(held & touches(Booking, starts_at, ends_at)),
            outages=read_outages(live(Outage, starts_at) & out),
            closures=read_closures(live(Closure, starts_at) & (Closure.starts_at < ends_at)),
            reaches=read_reaches(lab, person),
        )


def _slot_minutes(lab: Lab, workstation_id: int) -> int:
    """The machine's own grid."""
    (overrides,) = Workstation.select(Workstation.policy).where(Workstation.id == workstation_id).tuples()[0]
    return policy_in_force(lab.config.gpus, overrides).slot_minutes
