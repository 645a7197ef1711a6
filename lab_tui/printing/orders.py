"""Ordering something printed: badges, labels, posters, tickets, certificates, cards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lab_tui.lab import papers
from lab_tui.lab.operation import Actor, Lab
from lab_tui.printing import pages, printer
from lab_tui.printing.files import Files, Place
from lab_tui.printing.pages import Piece

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


class PaperKind(StrEnum):
    """What can be printed; the comment says what the `ids` of an order are."""

    BADGE = "badge"  # people, a card each
    BADGE_SHEET = "badge_sheet"  # people, many cards on a sheet with cut marks
    DESK_LABELS = "desk_labels"  # desks; none named: all
    WORKSTATION_LABELS = "workstation_labels"  # workstations; none named: all in use
    POSTER = "poster"  # events
    TICKETS = "tickets"  # events, for whoever goes
    CERTIFICATES = "certificates"  # events, for whoever was there
    COMMAND_CARD = "command_card"  # none, or the event that `command` is for
    CALIBRATION_CARD = "calibration_card"  # none


class Form(StrEnum):
    """The kind of file: one PDF of all pages, or a PNG picture a page."""

    PDF = "pdf"
    PNG = "png"


@dataclass(frozen=True)
class Order:
    """What to print.

    `person_ids` narrows tickets and certificates to some people. `on_sheets` puts labels and tickets on
    sheets with cut marks. `language` is the paper's; empty: the person's, else the lab's.
    """

    kind: PaperKind
    ids: tuple[int, ...] = ()
    command: str = ""
    form: Form = Form.PDF
    person_ids: tuple[int, ...] = ()
    on_sheets: bool = False
    language: str = ""


@dataclass(frozen=True)
class Printed:
    """What came of an order: the files, how many things are on them, whether the printer took them.

    `paths` is empty where `cancelled`: then nothing was kept.
    """

    paths: tuple[Path, ...]
    count: int
    sent: bool
    cancelled: bool = False


def print_order(
    lab: Lab,
    actor: Actor,
    order: Order,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    out: Path | None = None,
) -> Printed:
    """Draw what is ordered, write it down and hand it to the printer, if the lab has one.

    Files go to `print.folder`, or to `out` (a file, or a folder), and then not to the printer. They are whole
    or not there. `progress` hears how many of how many things are drawn; `cancelled` is asked before each.
    Raises Refused, BadInput, SystemCannot: font_missing, file_unwritable, printer_missing, printer_failed,
    printer_silent. After the last three the files are kept.
    """
    pieces = _pieces(lab, actor, order)
    with Files(_place(lab, out), f".{order.form}", *_titles(lab, order, pieces)) as files:
        for drawn, piece in enumerate(pieces):
            if cancelled is not None and cancelled():
                return Printed((), 0, sent=False, cancelled=True)
            files.add(_stem(lab, order, piece.number), piece.draw())
            if progress is not None:
                progress(drawn + 1, len(pieces))
        papers.record_printing(lab, actor, order.kind, order.ids, len(pieces))
        paths = files.keep()
    return Printed(paths, len(pieces), sent=out is None and _sent(lab, paths))


def _pieces(lab: Lab, actor: Actor, order: Order) -> list[Piece]:
    if order.kind is PaperKind.BADGE:
        return pages.badges(lab, actor, order.ids, order.language)
    raise NotImplementedError(order.kind)


def _place(lab: Lab, out: Path | None) -> Place:
    return Place.named(out) if out is not None else Place(lab.config.folder / lab.config.print.folder)


def _titles(lab: Lab, order: Order, pieces: list[Piece]) -> tuple[str, str]:
    """A PDF's name and title."""
    stem = _stem(lab, order, pieces[0].number if len(pieces) == 1 else None)
    return stem, f"{lab.config.lab.name}: {stem}"


def _stem(lab: Lab, order: Order, number: int | None) -> str:
    """What and when, and nothing that only its holder may know: `badge-17-20261122-143205`."""
    kind = order.kind.value.replace("_", "-")
    words = [kind, *([] if number is None else [str(number)])]
    return "-".join([*words, f"{lab.time.local(lab.now()):%Y%m%d-%H%M%S}"])


def _sent(lab: Lab, paths: tuple[Path, ...]) -> bool:
    """Hand the files to the printer, if there is one."""
    command = lab.config.print.command
    for path in paths if command else ():
        printer.send(command, path)
    return bool(command)
