"""Calendar files (iCalendar, RFC 5545) that a calendar program imports, and imports again to update."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lab_tui.text import printable

if TYPE_CHECKING:
    from icalendar import Event

_MAKER = "-//lab-tui//GPU bookings//EN"


@dataclass(frozen=True)
class CalendarEvent:
    """Something with a time. `uid` is for ever; `sequence` grows with each change; instants are UTC.

    `description` may have lines; every other text is one.
    """

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    summary: str
    location: str
    description: str
    created_at: datetime
    changed_at: datetime | None = None


def calendar_file(name: str, events: Iterable[CalendarEvent], now: datetime) -> bytes:
    """A published calendar called `name`, as it stands now; lines are folded, texts escaped."""
    # Takes a tenth of a second to import, which only this needs.
    from icalendar import Calendar, vText

    calendar = Calendar()
    calendar.add("prodid", _MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    # RFC 7986's, and what older programs read; the library escapes neither by itself.
    for name_property in ("name", "x-wr-calname"):
        calendar.add(name_property, vText(printable(name)))
    for event in events:
        calendar.add_component(_component(event, now))
    written: bytes = calendar.to_ical()
    return written


def _component(event: CalendarEvent, now: datetime) -> Event:
    from icalendar import Event

    component = Event()
    component.add("uid", event.uid)
    component.add("sequence", event.sequence)
    component.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    component.add("dtstamp", now)
    component.add("dtstart", event.starts_at)
    component.add("dtend", event.ends_at)
    component.add("created", event.created_at)
    if event.changed_at is not None:
        component.add("last-modified", event.changed_at)
    component.add("summary", printable(event.summary))
    if event.location:
        component.add("location", printable(event.location))
    component.add("description", "\n".join(printable(line) for line in event.description.splitlines()))
    return component
