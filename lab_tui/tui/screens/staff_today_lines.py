"""Staff's Today as lines: events, machines that need a hand, who came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lab_tui.clock import LabTime
from lab_tui.errors import SystemCannot
from lab_tui.i18n import N_, _
from lab_tui.lab.caretaker import DutyHeld
from lab_tui.lab.events import EventView
from lab_tui.lab.gpus import BookingView, OutageView
from lab_tui.lab.operation import Lab
from lab_tui.lab.overview import Arrival, StaffToday
from lab_tui.lab.scanners import OddLayout
from lab_tui.tui.screens.door import session_ahead
from lab_tui.tui.widgets.line_list import LineListView, ListLine, ListSection
from lab_tui.wording import figures, names, scanners, times

if TYPE_CHECKING:
    from lab_tui.scanning.devices import ScannerDevice

_MOST_ARRIVALS = 200
_NUMBERS = 9
# In a word; `lab-tui doctor --scanner` says what to do.
_DEVICE_FAULTS = {
    "device_missing": N_("not there"),
    "device_closed": N_("not allowed"),
    "device_taken": N_("in use elsewhere"),
    "device_ambiguous": N_("several there"),
    "device_of_another_kind": N_("no scanner"),
    "device_failed": N_("fails"),
    "scanner_library_missing": N_("library missing"),
}


@dataclass(frozen=True)
class Machine:
    """The machine that a line is about."""

    workstation_id: int
    subject_id: int
    """The outage's or booking's."""


@dataclass(frozen=True)
class Today:
    """Staff's Today, what the caretaker does not do before staff say that the clock is right, and which of
    this kiosk's scanners fail."""

    day: StaffToday
    held: tuple[DutyHeld, ...]
    devices: tuple[tuple[ScannerDevice, SystemCannot], ...] = ()
    odd_layouts: tuple[OddLayout, ...] = ()


def matters(value: Today, lab: Lab) -> LineListView:
    """What waits for staff; events with their counts, machines out of service, people who are awaited."""
    today = value.day
    events = tuple(_event(number, event, lab) for number, event in enumerate(today.events, 1))
    machines = tuple(_outage(outage, lab.time, today.at) for outage in today.outages)
    awaited = tuple(_awaited(booking, lab, today.at) for booking in today.awaited_bookings)
    held = tuple(_held(duty, lab.time, today.at) for duty in value.held)
    devices = (
        *(_device(device, fault) for device, fault in value.devices),
        *(_odd_layout(one) for one in value.odd_layouts),
    )
    return LineListView(
        (
            *((ListSection(_("IS THE CLOCK RIGHT?"), held),) if held else ()),
            *((ListSection(_("SCANNERS"), devices),) if devices else ()),
            ListSection(_("EVENTS TODAY"), events, _("No more events today.")),
            ListSection(_("OUT OF SERVICE"), machines, _("All machines are in service.")),
            ListSection(_("AWAITED AT THEIR GPUS"), awaited, _("Nobody is awaited.")),
        )
    )


def arrivals(today: StaffToday, time: LabTime) -> LineListView:
    """Who came today, the latest first: since when they are inside, or from when until when they were."""
    lines = [_arrival(arrival, time) for arrival in today.arrivals[:_MOST_ARRIVALS]]
    if more := len(today.arrivals) - len(lines):
        lines.append(ListLine("", _("and {count} more").format(count=more)))
    title = _("ARRIVALS · {count} inside").format(count=today.inside_count)
    return LineListView((ListSection(title, tuple(lines), _("Nobody yet.")),))


def _held(held: DutyHeld, time: LabTime, now: datetime) -> ListLine:
    last = times.moment(time, held.last_done_at, now)
    note = _("last done {time}").format(time=last)
    return ListLine(f"! {held.count or ''}".rstrip(), names.duty(held.duty), note, held)


def _device(device: ScannerDevice, fault: SystemCannot) -> ListLine:
    what = _(_DEVICE_FAULTS.get(fault.code, N_("fails")))
    return ListLine(f"✕ {what}", str(device), "lab-tui doctor --scanner")


def _odd_layout(odd: OddLayout) -> ListLine:
    about = _("Keyboard: {layout}").format(layout=scanners.layout(odd.layout))
    return ListLine(f"! {odd.kiosk}", about, _("codes are read all the same"))


def _event(number: int, event: EventView, lab: Lab) -> ListLine:
    session = session_ahead(event, lab) or event.sessions[-1]
    when = times.hours(lab.time, session.starts_at, session.ends_at)
    if event.cancelled:
        return ListLine(when, event.title, _("called off"))
    note = _("{inside} inside · {going}/{seats}").format(
        inside=session.checked_in_count, going=event.seats_taken, seats=event.capacity
    )
    if event.waiting_count:
        note = _("{note} · {count} waiting").format(note=note, count=event.waiting_count)
    return ListLine(when, event.title, note, event, str(number) if number <= _NUMBERS else "")


def _outage(outage: OutageView, time: LabTime, now: datetime) -> ListLine:
    if outage.starts_at > now:
        note = _("from {time}").format(time=times.moment(time, outage.starts_at, now))
    elif outage.ends_at is None:
        note = _("until further notice")
    else:
        note = _("until {time}").format(time=times.moment(time, outage.ends_at, now))
    return ListLine(f"╳ {outage.workstation}", outage.reason, note, Machine(outage.workstation_id, outage.id))


def _awaited(booking: BookingView, lab: Lab, now: datetime) -> ListLine:
    about = f"{figures.gpus(booking.gpu_numbers)} · {booking.person_name}"
    released_at = booking.starts_at + timedelta(minutes=lab.config.gpus.no_show_minutes)
    if now < booking.starts_at:
        note = _("from {time}").format(time=times.clock_time(lab.time, booking.starts_at))
    else:
        note = _("released at {time}").format(time=times.clock_time(lab.time, released_at))
    return ListLine(f"! {booking.workstation}", about, note, Machine(booking.workstation_id, booking.id))


def _arrival(arrival: Arrival, time: LabTime) -> ListLine:
    about = " · ".join(part for part in (arrival.name, arrival.startup_name) if part)
    if arrival.left_at is None:
        return ListLine(times.clock_time(time, arrival.came_at), about)
    return ListLine(times.hours(time, arrival.came_at, arrival.left_at), about)
