"""The words on papers, in the language that is spoken while they are made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from lab_tui.codes.badge import Badge
from lab_tui.codes.card import Card
from lab_tui.codes.certificate import Certificate
from lab_tui.codes.label import Label
from lab_tui.codes.passcode import CALIBRATION_CODE
from lab_tui.codes.poster import Fact, Poster
from lab_tui.codes.ticket import Ticket
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab.event_views import EventView
from lab_tui.lab.labels import Command
from lab_tui.lab.operation import Lab
from lab_tui.lab.papers import Attendance, DeskOnLabel
from lab_tui.lab.people import PersonView
from lab_tui.lab.workstations import WorkstationDetails
from lab_tui.wording import names, times
from lab_tui.wording.templates import listed

# What a command card does, as its title says it.
COMMANDS: Mapping[str, str] = {
    Command.OPEN_DOOR: N_("Open the door"),
    Command.STAFF_TODAY: N_("Today, for staff"),
    Command.CLOSE_LAB: N_("Close the lab"),
    Command.WORKSTATIONS: N_("Workstations"),
}
_TOOK_PART: Mapping[str, str] = {
    "workshop": N_("took part in the workshop"),
    "seminar": N_("attended the seminar"),
    "office_hours": N_("came to the office hours"),
    "demo_day": N_("took part in the demo day"),
}
_MOST_SITTINGS = 3


def badge(person: PersonView, code: str) -> Badge:
    """Who somebody is."""
    return Badge(
        name=person.name,
        other_name=person.other_name,
        team=person.startup_name or person.title,
        role=names.role(person.role),
        code=code,
    )


def desk_label(desk: DeskOnLabel, code: str) -> Label:
    """A desk's name, what it has, and where it is."""
    return Label(
        name=desk.label, about=desk.features, place=desk.zone, invitation=_("Scan to check in"), code=code
    )


def workstation_label(machine: WorkstationDetails, code: str) -> Label:
    """A machine's name, its GPUs, and where it stands."""
    gpus = _("{count} × {model}, {memory} GB").format(
        count=machine.gpu_count, model=machine.gpu_model, memory=machine.gpu_memory_gb
    )
    return Label(
        name=machine.name, about=gpus, place=machine.place, invitation=_("Scan to check in"), code=code
    )


def poster(lab: Lab, event: EventView, code: str) -> Poster:
    """An event for those who do not know of it yet."""
    places = tuple(dict.fromkeys(one.place for one in event.sessions))
    return Poster(
        kind=names.event_kind(event.kind),
        title=event.title,
        speaker=event.speaker,
        about=event.about,
        facts=(
            Fact(_("When"), _when(lab, event)),
            Fact(_("Where"), (listed(places),)),
            Fact(_("Seats"), (str(event.capacity),)),
        ),
        invitation=_("Scan at the kiosk to sign up"),
        code=code,
    )


def ticket(lab: Lab, event: EventView, person: PersonView, code: str) -> Ticket:
    """Somebody's place in an event."""
    first = event.sessions[0]
    when = [_sitting(lab, first.starts_at, first.ends_at), *_more(len(event.sessions) - 1)]
    return Ticket(
        kind=names.event_kind(event.kind),
        title=event.title,
        when=listed(when),
        place=first.place,
        holder=_whole_name(person),
        code=code,
    )


def certificate(lab: Lab, event: EventView, attendance: Attendance) -> Certificate:
    """That somebody was there."""
    person = attendance.person
    return Certificate(
        heading=_("Certificate of attendance"),
        opening=_("This is to certify that"),
        name=_whole_name(person),
        team=person.startup_name or person.title,
        statement=_(_TOOK_PART.get(event.kind, N_("took part in"))),
        title=event.title,
        sessions=tuple(_sitting(lab, start, end) for start, end in attendance.sittings),
        issued=times.day_with_year(lab.today()),
        signature=_("For the lab"),
    )


def command_card(command: str, event: EventView | None, code: str) -> Card:
    """What the card does, for which event, and that it is for staff."""
    return Card(
        kind=_("For staff"),
        title=_(COMMANDS[command]),
        subject=event.title if event is not None else "",
        advice=_("Scan it at a kiosk where you are signed in. It does nothing for anybody else."),
        code=code,
    )


def calibration_card() -> Card:
    """How a scanner is set up with it."""
    return Card(
        kind=_("Scanner set-up"),
        title=_("Calibration card"),
        subject="",
        advice=_("Scan it at the kiosk: it learns the layout, the suffix and the speed of the scanner."),
        code=CALIBRATION_CODE,
    )


def _whole_name(person: PersonView) -> str:
    return f"{person.name} {person.other_name}".strip()


def _when(lab: Lab, event: EventView) -> tuple[str, ...]:
    """When an event is, in lines."""
    first = event.sessions[0]
    if len(event.sessions) == 1:
        day = times.day_long(lab.time.day_of(first.starts_at))
        return _together(day), times.hours(lab.time, first.starts_at, first.ends_at)
    sittings = [_sitting(lab, one.starts_at, one.ends_at) for one in event.sessions]
    shown = len(sittings) if len(sittings) <= _MOST_SITTINGS else _MOST_SITTINGS - 1
    return (*sittings[:shown], *_more(len(sittings) - shown))


def _more(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    return (ngettext("and {count} more sitting", "and {count} more sittings", count).format(count=count),)


def _sitting(lab: Lab, starts_at: datetime, ends_at: datetime) -> str:
    """`26 Nov 2026, 14:00-16:00`."""
    day = times.day_with_year(lab.time.day_of(starts_at))
    return listed((_together(day), times.hours(lab.time, starts_at, ends_at)))


def _together(text: str) -> str:
    """A text that is not broken into lines while it can be whole."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")
