"""What the GPU commands share: naming machines, reading times, printing bookings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from lab_tui.cli.options import GPU_COUNT, HOURS
from lab_tui.cli.output import print_json, print_lines, print_table, print_undo
from lab_tui.cli.session import moment, refuse_no_calendar
from lab_tui.cli.shapes import option
from lab_tui.errors import BadInput
from lab_tui.i18n import N_, _
from lab_tui.lab import gpus
from lab_tui.lab.gpu_views import is_live, state_at
from lab_tui.wording import figures, names, times
from lab_tui.wording.figures import gpu_numbers
from lab_tui.wording.figures import gpus as gpus_text

if TYPE_CHECKING:
    from lab_tui.lab.operation import Done, Lab

start_option = option(
    "--from", "start", required=True, metavar="TIME", help=N_('When it starts: "2026-11-22 20:00".')
)
end_option = option("--to", "end", metavar="TIME", help=N_('When it ends: "2026-11-22 22:00".'))
hours_option = option(
    "--hours",
    type=HOURS,
    help=N_("How long, instead of when it ends."),
)
purpose_option = option("--purpose", default="", help=N_("What for."))
override_option = option(
    "--override", metavar="REASON", help=N_("Pass the rules that staff may pass, for this reason.")
)
numbers_option = option("--gpus", "numbers", metavar="0,1", help=N_("The numbers of the GPUs."))
count_option = option("--count", type=GPU_COUNT, metavar="N", help=N_("So many GPUs; the lab picks which."))
all_option = option("--all", "whole", is_flag=True, help=N_("The whole machine."))
memory_option = option(
    "--memory",
    type=click.IntRange(0, 1_000_000),
    default=0,
    metavar="GB",
    help=N_("GPUs of at least this memory."),
)


def which_gpus(
    machine: gpus.WorkstationView, numbers: str | None, count: int | None, whole: bool
) -> dict[str, Any]:
    """`gpu_numbers` or `gpu_count` of a wish, from --gpus, --count or --all. Raises UsageError, BadInput."""
    if sum((numbers is not None, count is not None, whole)) != 1:
        raise click.UsageError(_("Give one of --gpus, --count and --all."))
    if numbers is not None:
        return {"gpu_numbers": listed_numbers(numbers)}
    if whole:
        return {"gpu_numbers": machine.gpu_numbers}
    return {"gpu_numbers": (), "gpu_count": count}


def listed_numbers(text: str) -> tuple[int, ...]:
    """`0,1` as numbers. Raises BadInput."""
    if not text.strip():
        raise BadInput("--gpus", text, "empty")
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise BadInput("--gpus", text, "not_numbers") from None


def end_of(lab: Lab, starts_at: datetime, end: str | None, hours: float | None) -> datetime:
    """When something ends, from --to or --hours. Raises UsageError, BadInput."""
    if (end is None) == (hours is None):
        raise click.UsageError(_("Give either --to or --hours."))
    if end is not None:
        return moment(lab, "--to", end)
    return later("--hours", figures.number(hours or 0), starts_at, timedelta(hours=hours or 0))


def later(field_name: str, typed: str, instant: datetime, length: timedelta) -> datetime:
    """An instant so much later, at most a year. Raises BadInput(out_of_calendar)."""
    return refuse_no_calendar(instant + length, field_name, typed)


def when_text(lab: Lab, start: datetime, end: datetime) -> str:
    """From when to when, with the date, and the year where it is another one."""
    return times.span(lab.time, start, end, lab.now(), dated=True)


def until_text(lab: Lab, start: datetime, end: datetime | None) -> str:
    """From when to when; without an end until further notice."""
    if end is not None:
        return when_text(lab, start, end)
    since = times.moment(lab.time, start, lab.now(), dated=True)
    return _("from {start} until further notice").format(start=since)


def booking_line(lab: Lab, booking: gpus.BookingView) -> str:
    """One booking in a line."""
    return _("{workstation} {gpus}, {when}, for {person} (booking {id})").format(
        workstation=booking.workstation,
        gpus=gpus_text(booking.gpu_numbers),
        when=when_text(lab, booking.starts_at, booking.ends_at),
        person=booking.person_name,
        id=booking.id,
    )


def print_booking_done(
    lab: Lab, done: Done[gpus.BookingView], sentence: str, who: str | None, as_json: bool
) -> None:
    """What became of a booking, and how to take that back; `sentence` has a place for `{booking}`."""
    if as_json:
        return print_json(_done_value(lab, done))
    if done.repeated:
        sentence = _("Done before, with this request key: {booking}")
    print_lines(sentence.format(booking=booking_line(lab, done.what)))
    if isinstance(done, gpus.GivenBack) and done.late_hours:
        print_lines(
            _("It was late, so this still counts, in GPU-hours: {hours}").format(
                hours=figures.number(done.late_hours)
            )
        )
    if is_live(done.what, lab.now()):
        print_lines(f"CUDA_VISIBLE_DEVICES={done.what.cuda_visible_devices}")
    return print_undo(done.entry_id, who)


def _done_value(lab: Lab, done: Done[gpus.BookingView]) -> dict[str, object]:
    """What became of a booking, for programs; `counts`: it was late, and hours given back still count."""
    value: dict[str, object] = {one.name: getattr(done, one.name) for one in fields(done)}
    value["what"] = booking_value(lab, done.what)
    return {**value, "counts": done.late_hours > 0} if isinstance(done, gpus.GivenBack) else value


def booking_value(lab: Lab, booking: gpus.BookingView) -> dict[str, object]:
    """A booking for programs, as it stands now; `cuda_visible_devices` only while it can be used."""
    value: dict[str, object] = {one.name: getattr(booking, one.name) for one in fields(booking)}
    devices = booking.cuda_visible_devices if is_live(booking, lab.now()) else None
    return {**value, "state": state_at(booking, lab.now()), "cuda_visible_devices": devices}


def print_bookings(lab: Lab, bookings: tuple[gpus.BookingView, ...]) -> None:
    """Bookings in columns."""
    head = (_("Booking"), _("Workstation"), "GPU", _("When"), _("State"), _("Person"), _("Start-up"))
    rows = [
        (
            booking.id,
            booking.workstation,
            gpu_numbers(booking.gpu_numbers),
            when_text(lab, booking.starts_at, booking.ends_at),
            names.booking_state(state_at(booking, lab.now())),
            booking.person_name,
            booking.startup_name,
        )
        for booking in bookings
    ]
    print_table(head, rows) if rows else print_lines(_("No bookings."))


def book_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which GPUs and from when to when: options that several commands take."""
    for add in (hours_option, end_option, start_option, all_option, count_option, numbers_option):
        command = add(command)
    return command
