"""GPU bookings as a calendar program shows them."""

from __future__ import annotations

from collections.abc import Iterable

from lab_tui.codes.calendar_file import CalendarEvent
from lab_tui.i18n import _
from lab_tui.lab.gpu_calendar import CalendarEntry
from lab_tui.lab.gpu_views import BookingView
from lab_tui.wording.figures import gpus


def title(booking: BookingView) -> str:
    """`kowloon GPU 0-1`: what a calendar calls a booking."""
    return _("{workstation} {gpus}").format(workstation=booking.workstation, gpus=gpus(booking.gpu_numbers))


def event(entry: CalendarEntry) -> CalendarEvent:
    """A booking as an entry of a calendar file, in the current language."""
    booking = entry.booking
    return CalendarEvent(
        uid=entry.uid,
        sequence=entry.sequence,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        cancelled=entry.cancelled,
        summary=_("{title}, {person}").format(title=title(booking), person=booking.person_name),
        location=entry.place,
        description="\n".join(_details(entry)),
        created_at=entry.created_at,
        changed_at=entry.changed_at,
    )


def _details(entry: CalendarEntry) -> Iterable[str]:
    booking = entry.booking
    yield f"CUDA_VISIBLE_DEVICES={booking.cuda_visible_devices}"
    labelled = (
        (_("Host"), entry.host_name),
        (_("Purpose"), booking.purpose),
        (_("Start-up"), booking.startup_name),
        (_("Booking"), str(booking.id)),
    )
    for label, value in labelled:
        if value:
            yield _("{label}: {value}").format(label=label, value=value)
