"""`lab-tui gpu`: its commands, and in which file each stands."""

from __future__ import annotations

import click

from lab_tui.cli.shapes import Lazy, LazyGroup
from lab_tui.i18n import N_

COMMANDS = {
    "day": Lazy("gpu_days", "day", N_("Show who has which GPUs on a day")),
    "week": Lazy("gpu_days", "week", N_("Show seven days of a workstation")),
    "now": Lazy("gpu_days", "now", N_("Show how every GPU stands at this moment")),
    "mine": Lazy("gpu_days", "mine", N_("Show a person's bookings that have not ended")),
    "quota": Lazy("gpu_quota", "quota", N_("Show what a person may still book")),
    "find": Lazy("gpu_booking", "find", N_("Find the best places for some GPUs")),
    "book": Lazy("gpu_booking", "book", N_("Book GPUs of a workstation")),
    "check-in": Lazy("gpu_booking", "check_in", N_("Check a person in to their booking")),
    "cancel": Lazy("gpu_booking", "cancel", N_("Give a booking back")),
    "move": Lazy("gpu_life", "move", N_("Put a booking at another time or place")),
    "extend": Lazy("gpu_life", "extend", N_("Let a booking end later")),
    "shorten": Lazy("gpu_life", "shorten", N_("Let a booking end earlier")),
    "finish": Lazy("gpu_life", "finish", N_("End a booking that runs")),
    "hand-over": Lazy("gpu_life", "hand_over", N_("Give a booking to a team-mate")),
    "split": Lazy("gpu_life", "split", N_("Have the rest of a booking elsewhere")),
    "series": Lazy("gpu_series", "series", N_("Book GPUs every week on some days")),
    "cancel-series": Lazy("gpu_series", "cancel_series", N_("Give the bookings of a series back")),
    "wait": Lazy("gpu_waiting", "wait", N_("Wait for GPUs")),
    "waits": Lazy("gpu_waiting", "waits", N_("Show what a person waits for")),
    "stop-waiting": Lazy("gpu_waiting", "stop_waiting", N_("Wait no longer")),
    "accept": Lazy("gpu_waiting", "accept", N_("Take GPUs that are held for somebody")),
    "decline": Lazy("gpu_waiting", "decline", N_("Say no to GPUs that are held")),
    "fair-share": Lazy("gpu_waiting", "fair_share", N_("Show the GPU-hours of every start-up")),
    "outages": Lazy("gpu_outages", "outages", N_("Show what is out of service")),
    "out-of-service": Lazy("gpu_outages", "out_of_service", N_("Put a workstation out of service")),
    "in-service": Lazy("gpu_outages", "in_service", N_("Put a workstation back in service")),
    "change-outage": Lazy("gpu_outages", "change_outage", N_("Give an outage another end")),
    "cancel-outage": Lazy("gpu_outages", "cancel_outage", N_("Cancel an outage")),
    "hits": Lazy("gpu_outages", "hits", N_("Show what an outage or a closure would hit")),
    "relocate": Lazy("gpu_outages", "relocate", N_("Move a booking out of the way")),
    "calendar": Lazy("gpu_calendar", "calendar", N_("Write bookings as an iCalendar file")),
    "may-use": Lazy("gpu_access", "may_use", N_("Answer whether somebody may use a workstation now")),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, help=N_("GPU bookings and workstations."))
def gpu() -> None:
    pass
