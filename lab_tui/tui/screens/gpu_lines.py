"""What is told of a booking: in the line under the timetable, and in the list of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from textual.content import Content

from lab_tui.clock import LabTime
from lab_tui.i18n import _
from lab_tui.lab.gpu_blocked import Hit
from lab_tui.lab.gpus import BookingView
from lab_tui.text import printable
from lab_tui.tui.screens.gpu_rows import Looker
from lab_tui.tui.widgets.line_list import LineListView, ListLine, ListSection
from lab_tui.tui.widgets.timetable_view import BlockKind
from lab_tui.wording import figures, times


@dataclass(frozen=True)
class MyBookings:
    """One's own bookings that are not over, and what is held for one, soonest first."""

    bookings: tuple[BookingView, ...]
    # By a booking's id what takes away some of it.
    hits: Mapping[int, Hit] = field(default_factory=dict)

    @classmethod
    def of(
        cls, booked: tuple[BookingView, ...], held: tuple[BookingView, ...], hits: Mapping[int, Hit]
    ) -> MyBookings:
        """Both in one order."""
        return cls(tuple(sorted((*booked, *held), key=lambda one: (one.starts_at, one.id))), hits)


def joined(first: str, *parts: str) -> Content:
    """Parts of a line, the first in bold."""
    shown = [printable(part) for part in parts if part]
    return Content.assemble((printable(first), "bold"), *(f"  {part}" for part in shown))


def place(booking: BookingView) -> str:
    """`lantau GPU 0-1`."""
    return f"{booking.workstation} {figures.gpus(booking.gpu_numbers)}"


def hit_text(hit: Hit | None) -> str:
    """Why the GPUs of a booking cannot be used for some of the time; empty where they can."""
    if hit is None:
        return ""
    reason = printable(hit.blocked.reason)
    if hit.is_closure:
        return _("closed: {reason}").format(reason=reason)
    return _("out of service: {reason}").format(reason=reason)


def booking_line(
    booking: BookingView, looker: Looker, lab_time: LabTime, now: datetime, hit: Hit | None = None
) -> Content:
    """Whose it is, until when and what for; of one's own what a program must be told.

    `hit` is what takes away some of it.
    """
    when = times.hours(lab_time, booking.starts_at, booking.ends_at)
    if looker.kind(booking) is not BlockKind.MINE:
        whose = (
            hit_text(hit),
            booking.person_name,
            booking.startup_name,
            _held_until(booking, lab_time, now),
        )
        return joined(place(booking), when, *whose, booking.purpose)
    devices = f"CUDA_VISIBLE_DEVICES={booking.cuda_visible_devices}"
    state = (_("yours"), hit_text(hit), _checked_in(booking, lab_time))
    return joined(place(booking), when, *state, devices, booking.purpose)


def _held_until(booking: BookingView, lab_time: LabTime, now: datetime) -> str:
    if booking.offer_until is None or booking.state != "offered":
        return ""
    return _("held until {moment}").format(moment=times.moment(lab_time, booking.offer_until, now))


def _checked_in(booking: BookingView, lab_time: LabTime) -> str:
    if booking.checked_in_at is None:
        return ""
    return _("checked in {time}").format(time=times.clock_time(lab_time, booking.checked_in_at))


def what_is_lost(booking: BookingView, late_hours: float, lab_time: LabTime, now: datetime) -> str:
    """What giving a booking back means; `late_hours` of it count all the same."""
    what = _("{workstation} · {gpus} · {span}").format(
        workstation=printable(booking.workstation),
        gpus=figures.gpus(booking.gpu_numbers),
        span=times.span(lab_time, booking.starts_at, booking.ends_at, now),
    )
    late = _("It is late: its {hours} GPU-hours still count for your start-up this week.")
    return f"{what}\n\n{loss(booking, late_hours, late)}"


def loss(booking: BookingView, late_hours: float, late: str) -> str:
    """What becomes of the GPUs and the hours; `late` says it where `hours` of them count all the same."""
    if late_hours:
        return late.format(hours=figures.number(late_hours))
    if booking.startup_id is None:
        return _("The GPUs become free for everybody.")
    return _("The GPUs become free for everybody, and the GPU-hours come back.")


def mine_lines(mine: MyBookings, lab_time: LabTime, now: datetime) -> LineListView:
    """One's bookings, a section for each day."""
    today = lab_time.day_of(now)

    def day_of(booking: BookingView) -> date:
        return max(today, lab_time.day_of(booking.starts_at))

    sections = [
        ListSection(
            _day_title(day, today),
            tuple(_line(one, lab_time, now, mine.hits.get(one.id)) for one in bookings),
        )
        for day, bookings in groupby(mine.bookings, key=day_of)
    ]
    empty = ListSection(
        _("My bookings"), empty=_("Nothing booked. i goes to the timetable, Enter books there.")
    )
    return LineListView(tuple(sections) or (empty,))


def _day_title(day: date, today: date) -> str:
    name = times.day_name(day, today)
    return name[:1].upper() + name[1:]


def _line(booking: BookingView, lab_time: LabTime, now: datetime, hit: Hit | None) -> ListLine:
    runs = booking.starts_at <= now
    state = (
        _held_until(booking, lab_time, now)
        or _checked_in(booking, lab_time)
        or (_("not checked in") if runs else "")
    )
    when = times.hours(lab_time, booking.starts_at, booking.ends_at)
    text = "  ".join(part for part in (place(booking), hit_text(hit), booking.purpose) if part)
    return ListLine(when, text, state, booking.id)
