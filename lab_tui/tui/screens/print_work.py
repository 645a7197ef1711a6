"""Printing from where things are: asking what, and then printing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lab_tui.i18n import _
from lab_tui.printing.orders import Order
from lab_tui.tui.modals.base import Said
from lab_tui.tui.modals.pick import PickModal
from lab_tui.tui.screens.base import LabScreen


@dataclass(frozen=True)
class Paper:
    """Something that can be printed: how it is called, and the order for it."""

    text: Callable[[], str]
    order: Order


@dataclass(frozen=True)
class MorePapers:
    """What leads to others that can be printed: how it is called, and what looks for them."""

    text: Callable[[], str]
    look: Callable[[], None]


def offer_to_print(screen: LabScreen[Any], papers: Sequence[Paper | MorePapers], about: Said = "") -> None:
    """Ask which of these, and print it."""

    def chosen(index: int | None) -> None:
        match None if index is None else papers[index]:
            case Paper() as paper:
                print_now(screen, paper)
            case MorePapers(look=look):
                look()

    texts = [paper.text for paper in papers]
    screen.app.push_screen(PickModal(lambda: _("What to print"), texts, about), chosen)


def print_now(
    screen: LabScreen[Any],
    paper: Paper,
    done_before: Said = "",
    show_code: Callable[[], None] | None = None,
) -> None:
    """Print. `done_before` is what holds even where the printer fails, and `show_code` the way out then."""
    from lab_tui.tui.modals.print_sheet import PrintSheet

    def answered(wants_code: bool | None) -> None:
        if wants_code and show_code is not None:
            show_code()

    sheet = PrintSheet(
        screen.lab, screen.actor, paper.order, paper.text, done_before, has_code=show_code is not None
    )
    screen.app.push_screen(sheet, answered)
