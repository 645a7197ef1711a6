"""What an order comes to: the things on paper, each drawn when it is its turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from lab_tui.codes.badge import Badge, badge_picture
from lab_tui.i18n import speaking
from lab_tui.lab import papers, people
from lab_tui.lab.operation import Actor, Lab
from lab_tui.lab.people import PersonView
from lab_tui.text import printable
from lab_tui.wording import names

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Piece:
    """One thing to print: the number in its file's name, and what draws it."""

    number: int
    draw: Callable[[], Image]


def badges(lab: Lab, actor: Actor, person_ids: Sequence[int], language: str) -> list[Piece]:
    """A badge a person. Raises Refused; a badge is issued when it is drawn."""
    holders = papers.badge_holders(lab, actor, person_ids)
    return [Piece(one.id, partial(_badge, lab, actor, one, language)) for one in holders]


def _badge(lab: Lab, actor: Actor, person: PersonView, language: str) -> Image:
    code = people.badge_code(lab, actor, person.id)
    with speaking(language or person.language or lab.config.lab.language):
        return badge_picture(
            Badge(
                lab_name=lab.config.lab.name,
                name=printable(f"{person.name} {person.other_name}".strip()),
                team=person.startup_name or person.title,
                role=names.role(person.role),
                code=code,
            )
        )
