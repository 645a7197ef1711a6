"""Ordering something printed: badges, labels, posters, tickets, certificates, cards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from lab_tui.codes.paper import Size
from lab_tui.codes.sheet import sheets
from lab_tui.errors import Reason, Refused
from lab_tui.lab import papers
from lab_tui.lab.operation import Actor, Lab
from lab_tui.lab.rules.reasons import Code
from lab_tui.printing import pages, printer
from lab_tui.printing.files import Files, Place
from lab_tui.printing.pages import Piece, Press

if TYPE_CHECKING:
    from PIL.Image import Image

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


class PaperKind(StrEnum):
    """What can be printed; the comment says what the `ids` of an order are."""

    BADGE = "badge"  # people, a card each
    BADGE_SHEET = "badge_sheet"  # people, many cards on a sheet with cut marks
    DESK_LABELS = "desk_labels"  # desks; none named: all
    WORKSTATION_LABELS = "workstation_labels"  # workstations; none named: all in use
    POSTER = "poster"  # events, a poster each
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
    or not there. `progress` hears how many of how many things are drawn; `cancelled` is asked before each,
    and while the printer works.
    Raises Refused, BadInput, SystemCannot: font_missing, file_unwritable, printer_missing, printer_failed,
    printer_silent, printer_stopped. After the last four the files are kept.
    """
    press = Press.of(lab, actor, order.language)
    pieces = _pieces(press, order)
    if not pieces:
        raise Refused(Reason(Code.NOTHING_TO_PRINT))
    drawn = _drawn(pieces, progress, cancelled)
    suffix = f".{order.form}"
    with Files(_place(lab, out, suffix), suffix, *_titles(lab, order, pieces)) as files:
        try:
            for stem, page in _pages(press, order, pieces, drawn):
                files.add(stem, page)
        except _Cancelled:
            return Printed((), 0, sent=False, cancelled=True)
        papers.record_printing(lab, actor, order.kind, order.ids, len(pieces))
        paths = files.keep()
    return Printed(paths, len(pieces), sent=out is None and _sent(lab, paths, cancelled))


class _Cancelled(Exception):
    """Whoever ordered it no longer wants it."""


def _drawn(
    pieces: Sequence[Piece], progress: Progress | None, cancelled: Cancelled | None
) -> Iterator[Image]:
    """The pieces, each drawn when it is asked for."""
    for number, piece in enumerate(pieces, 1):
        if cancelled is not None and cancelled():
            raise _Cancelled
        yield piece.draw()
        if progress is not None:
            progress(number, len(pieces))


def _pages(
    press: Press, order: Order, pieces: Sequence[Piece], drawn: Iterator[Image]
) -> Iterator[tuple[str, Image]]:
    """Each page and the name of its file: a piece, or a sheet of them."""
    size = _size_on_sheets(press, order)
    if size is None:
        for piece, picture in zip(pieces, drawn, strict=True):
            yield _stem(press.lab, order, piece.numbers), picture
        return
    for number, sheet in enumerate(sheets(drawn, size, press.paper), 1):
        yield _stem(press.lab, order, (number,)), sheet


def _size_on_sheets(press: Press, order: Order) -> Size | None:
    """How large the pieces on a sheet are; None where each is a page of its own."""
    if order.kind is PaperKind.BADGE_SHEET:
        return press.badge_size
    sizes = {
        PaperKind.BADGE: press.badge_size,
        PaperKind.DESK_LABELS: press.label_size,
        PaperKind.WORKSTATION_LABELS: press.label_size,
        PaperKind.TICKETS: press.ticket_size,
    }
    return sizes.get(order.kind) if order.on_sheets else None


def _pieces(press: Press, order: Order) -> list[Piece]:
    """What the order comes to; it is read, and refused, before anything is drawn."""
    match order.kind:
        case PaperKind.BADGE | PaperKind.BADGE_SHEET:
            return pages.badges(press, order.ids)
        case PaperKind.DESK_LABELS:
            return pages.desk_labels(press, order.ids)
        case PaperKind.WORKSTATION_LABELS:
            return pages.workstation_labels(press, order.ids)
        case PaperKind.POSTER:
            return pages.posters(press, order.ids)
        case PaperKind.TICKETS:
            return pages.tickets(press, order.ids, order.person_ids)
        case PaperKind.CERTIFICATES:
            return pages.certificates(press, order.ids, order.person_ids)
        case PaperKind.COMMAND_CARD:
            return pages.command_card(press, order.command, order.ids)
        case PaperKind.CALIBRATION_CARD:
            return pages.calibration_card(press)


def _place(lab: Lab, out: Path | None, suffix: str) -> Place:
    if out is not None:
        return Place.named(out, suffix)
    return Place(lab.config.folder / lab.config.print.folder)


def _titles(lab: Lab, order: Order, pieces: Sequence[Piece]) -> tuple[str, str]:
    """A PDF's name and title."""
    stem = _stem(lab, order, pieces[0].numbers if len(pieces) == 1 else ())
    return stem, f"{lab.config.lab.name}: {stem}"


def _stem(lab: Lab, order: Order, numbers: tuple[int, ...]) -> str:
    """What and when, and nothing that only its holder may know: `badge-17-20261122-143205`."""
    kind = order.kind.value.replace("_", "-")
    return "-".join([kind, *map(str, numbers), f"{lab.time.local(lab.now()):%Y%m%d-%H%M%S}"])


def _sent(lab: Lab, paths: tuple[Path, ...], cancelled: Cancelled | None) -> bool:
    """Hand the files to the printer, if there is one."""
    command = lab.config.print.command
    for path in paths if command else ():
        printer.send(command, path, cancelled=cancelled or (lambda: False))
    return bool(command)
