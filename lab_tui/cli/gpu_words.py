"""What the GPU commands share: naming machines, reading times, printing bookings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from lab_tui.cli.options import HOURS
from lab_tui.cli.output import print_json, print_lines, print_table, print_undo
from lab_tui.cli.session import moment
from lab_tui.cli.shapes import option
from lab_tui.errors import BadInput, Reason, Refused
from lab_tui.i18n import N_, _
from lab_tui.lab import gpus
from lab_tui.lab.rules.reasons import Code
from lab_tui.wording import names, times
from lab_tui.wording.figures import gpu_numbers
from lab_tui.wording.figures import gpus as gpus_text

if TYPE_CHECKING:
    from lab_tui.lab.operation import Actor, Done, Lab

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
count_option = option(
    "--count", type=click.IntRange(min=1), metavar="N", help=N_("So many GPUs; the lab picks which.")
)
all_option = option("--all", "whole", is_flag=True, help=N_("The whole machine."))
memory_option = option(
    "--memory", type=click.IntRange(min=0), default=0, metavar="GB", help=N_("GPUs of at least this memory.")
)


def workstation_named(lab: Lab, actor: Actor, name: str) -> gpus.WorkstationView:
    """The machine in use with this name. Raises Refused(unknown_workstation)."""
    machines = gpus.workstations(lab, actor)
    found = next((one for one in machines if one.name.casefold() == name.casefold()), None)
    if found is None:
        raise Refused(Reason(Code.UNKNOWN_WORKSTATION, {"workstation": name}))
    return found


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
    return starts_at + timedelta(hours=hours or 0)


def until_text(lab: Lab, start: datetime, end: datetime | None) -> str:
    """From when to when; without an end until further notice."""
    if end is not None:
        return times.span(lab.time, start, end)
    return _("from {start} until further notice").format(start=times.moment(lab.time, start))


def booking_line(lab: Lab, booking: gpus.BookingView) -> str:
    """One booking in a line."""
    return _("{workstation} {gpus}, {when}, for {person} (booking {id})").format(
        workstation=booking.workstation,
        gpus=gpus_text(booking.gpu_numbers),
        when=times.span(lab.time, booking.starts_at, booking.ends_at),
        person=booking.person_name,
        id=booking.id,
    )


def print_booking_done(
    lab: Lab, done: Done[gpus.BookingView], sentence: str, who: str | None, as_json: bool
) -> None:
    """What became of a booking, and how to take that back; `sentence` has a place for `{booking}`."""
    if as_json:
        return print_json(done)
    print_lines(sentence.format(booking=booking_line(lab, done.what)))
    if done.what.state in ("booked", "checked_in"):
        print_lines(f"CUDA_VISIBLE_DEVICES={done.what.cuda_visible_devices}")
    return print_undo(done.entry_id, who)


def print_bookings(lab: Lab, bookings: tuple[gpus.BookingView, ...]) -> None:
    """Bookings in columns."""
    head = (_("Booking"), _("Workstation"), "GPU", _("When"), _("State"), _("Person"), _("Start-up"))
    rows = [
        (
            booking.id,
            booking.workstation,
            gpu_numbers(booking.gpu_numbers),
            times.span(lab.time, booking.starts_at, booking.ends_at),
            names.booking_state(booking.state),
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
