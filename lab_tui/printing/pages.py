"""What an order comes to: the things on paper, each drawn when it is its turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lab_tui.codes.badge import badge_picture
from lab_tui.codes.card import card_picture
from lab_tui.codes.certificate import certificate_picture
from lab_tui.codes.label import Label, label_picture
from lab_tui.codes.paper import PAPERS, Look, Size, colour
from lab_tui.codes.passcode import PassKind
from lab_tui.codes.poster import poster_picture
from lab_tui.codes.ticket import ticket_picture
from lab_tui.config import LabConfig, parse_size
from lab_tui.i18n import speaking
from lab_tui.lab import papers, people
from lab_tui.lab.event_views import EventView
from lab_tui.lab.events import event_view
from lab_tui.lab.labels import LabelSubject, label_code
from lab_tui.lab.operation import Actor, Lab
from lab_tui.lab.papers import Attendance, TicketHolder
from lab_tui.lab.people import PersonView
from lab_tui.printing import words
from lab_tui.resources import asset

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Piece:
    """One thing to print: the numbers in its file's name, and what draws it."""

    numbers: tuple[int, ...]
    draw: Callable[[], Image]


@dataclass(frozen=True)
class Press:
    """Where papers are made: the lab, who asked for them, in what language, and how they look."""

    lab: Lab
    actor: Actor
    language: str
    look: Look

    @classmethod
    def of(cls, lab: Lab, actor: Actor, language: str) -> Press:
        """The look is that of `lab.toml`. Raises SystemCannot where the program's own logo is missing."""
        look = Look(lab.config.lab.name, colour(lab.config.print.colour), logo_path(lab.config))
        return cls(lab, actor, language, look)

    @property
    def paper(self) -> Size:
        """The lab's paper, standing."""
        return PAPERS[self.lab.config.print.paper]

    @property
    def badge_size(self) -> Size:
        """The size of a badge."""
        return _size(self.lab.config.print.badge_size)

    @property
    def label_size(self) -> Size:
        """The size of a label."""
        return _size(self.lab.config.print.label_size)

    @property
    def ticket_size(self) -> Size:
        """The size of a ticket."""
        return _size(self.lab.config.print.ticket_size)

    def speaking(self, theirs: str = "") -> AbstractContextManager[None]:
        """Speak the language of a paper: the one ordered, else its reader's, else the lab's."""
        return speaking(self.language or theirs or self.lab.config.lab.language)


def logo_path(config: LabConfig) -> Path:
    """Where the logo of `lab.toml` is, else the program's own. Raises SystemCannot where that is missing."""
    logo = config.print.logo
    return config.folder / Path(logo).expanduser() if logo else asset("logo.png")


def badges(press: Press, person_ids: Sequence[int]) -> list[Piece]:
    """A badge a person, issued when it is drawn. Raises Refused."""

    def draw(person: PersonView) -> Image:
        code = people.badge_code(press.lab, press.actor, person.id)
        with press.speaking(person.language):
            return badge_picture(words.badge(person, code), press.look, press.badge_size)

    holders = papers.badge_holders(press.lab, press.actor, person_ids)
    return [Piece((one.id,), partial(draw, one)) for one in holders]


def desk_labels(press: Press, desk_ids: Sequence[int]) -> list[Piece]:
    """A label a desk, issued when it is drawn. Raises Refused."""
    desks = papers.desks(press.lab, press.actor, desk_ids)
    return [_label(press, PassKind.DESK, one.id, partial(words.desk_label, one)) for one in desks]


def workstation_labels(press: Press, workstation_ids: Sequence[int]) -> list[Piece]:
    """A label a workstation, issued when it is drawn. Raises Refused."""
    machines = papers.workstations(press.lab, press.actor, workstation_ids)
    return [
        _label(press, PassKind.WORKSTATION, one.id, partial(words.workstation_label, one)) for one in machines
    ]


def _label(press: Press, kind: PassKind, thing_id: int, worded: Callable[[str], Label]) -> Piece:
    """The label of a thing; `worded` says what is on it, given its code."""

    def draw() -> Image:
        code = label_code(press.lab, press.actor, LabelSubject(kind, thing_id))
        with press.speaking():
            return label_picture(worded(code), press.look, press.label_size)

    return Piece((thing_id,), draw)


def posters(press: Press, event_ids: Sequence[int]) -> list[Piece]:
    """A poster an event. Raises Refused."""

    def draw(event: EventView) -> Image:
        code = label_code(press.lab, press.actor, LabelSubject(PassKind.EVENT, event.id))
        with press.speaking():
            return poster_picture(words.poster(press.lab, event, code), press.look, press.paper)

    events = [papers.event_on_paper(press.lab, press.actor, event_id) for event_id in event_ids]
    return [Piece((one.id,), partial(draw, one)) for one in events]


def tickets(press: Press, event_ids: Sequence[int], person_ids: Sequence[int]) -> list[Piece]:
    """A ticket for each who goes, or who does of some people, issued when it is drawn. Raises Refused."""

    def draw(event: EventView, holder: TicketHolder) -> Image:
        code = people.ticket_code(press.lab, press.actor, holder.sign_up_id)
        with press.speaking(holder.person.language):
            paper = words.ticket(press.lab, event, holder.person, code)
            return ticket_picture(paper, press.look, press.ticket_size)

    pieces = []
    for event_id in event_ids:
        holders = papers.ticket_holders(press.lab, press.actor, event_id, person_ids)
        event = event_view(press.lab, press.actor, event_id)
        pieces += [Piece((event_id, one.person.id), partial(draw, event, one)) for one in holders]
    return pieces


def certificates(press: Press, event_ids: Sequence[int], person_ids: Sequence[int]) -> list[Piece]:
    """A certificate for each who was there, or who was of some people. Raises Refused."""

    def draw(event: EventView, attendance: Attendance) -> Image:
        with press.speaking(attendance.person.language):
            paper = words.certificate(press.lab, event, attendance)
            return certificate_picture(paper, press.look, press.paper)

    pieces = []
    for event_id in event_ids:
        event = papers.event_on_paper(press.lab, press.actor, event_id)
        there = papers.attendances(press.lab, press.actor, event_id, person_ids)
        pieces += [Piece((event_id, one.person.id), partial(draw, event, one)) for one in there]
    return pieces


def command_card(press: Press, command: str, event_ids: Sequence[int]) -> list[Piece]:
    """The card for a command, or one for each event it is for. Raises BadInput, Refused."""

    def draw(event: EventView | None) -> Image:
        event_id = None if event is None else event.id
        code = label_code(press.lab, press.actor, LabelSubject(PassKind.COMMAND, event_id, command))
        with press.speaking():
            return card_picture(words.command_card(command, event, code), press.look)

    events = [papers.event_on_paper(press.lab, press.actor, event_id) for event_id in event_ids]
    if not events:
        return [Piece((), partial(draw, None))]
    return [Piece((one.id,), partial(draw, one)) for one in events]


def calibration_card(press: Press) -> list[Piece]:
    """The card that tells how a scanner is set. Raises Refused."""

    def draw() -> Image:
        with press.speaking():
            return card_picture(words.calibration_card(), press.look)

    papers.authorise_calibration(press.lab, press.actor)
    return [Piece((), draw)]


def _size(text: str) -> Size:
    """A size of `lab.toml`, whose bounds were checked when it was read."""
    return Size(*parse_size("print", text))
