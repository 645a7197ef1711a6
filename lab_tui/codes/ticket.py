"""A ticket: one person's place in one event, with the code that checks in to it alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab_tui.codes.canvas import Align, Box, Canvas, Text
from lab_tui.codes.paper import CARD, HAIRLINE, QUIET_INK, Look, Size

if TYPE_CHECKING:
    from PIL.Image import Image

_SPINE = 3.5
_MARGIN = 4.0
_CODE_SHARE = 0.43


@dataclass(frozen=True)
class Ticket:
    """What a ticket shows; `kind` and `when` are words in its language, `code` a pass code."""

    kind: str
    title: str
    when: str
    place: str
    holder: str
    code: str


def ticket_picture(ticket: Ticket, look: Look, size: Size = CARD) -> Image:
    """The ticket at 300 dots an inch. Raises SystemCannot `font_missing`, BadInput for an endless text."""
    shown = (ticket.kind, ticket.title, ticket.when, ticket.place, ticket.holder, look.lab_name)
    canvas = Canvas(size, look, shown)
    scale = (
        min(size.width / 85.6, size.height / 54) if size.lies else min(size.width / 54, size.height / 85.6)
    )
    margin = _MARGIN * scale
    if size.lies:
        canvas.fill(Box(0, 0, _SPINE * scale, size.height), look.accent)
        side = min(size.height - 8 * scale, size.width * _CODE_SHARE)
        code = Box(size.width - side, (size.height - side) / 2 - 2 * scale, side, side)
        left = _SPINE * scale + margin
        words = Box(left, margin, code.left - left - 0.5 * margin, size.height - 2 * margin)
        canvas.dashes(code.left, 0, size.height, HAIRLINE)
    else:
        canvas.fill(Box(0, 0, size.width, _SPINE * scale), look.accent)
        side = min(size.width - 2 * scale, size.height * 0.48)
        code = Box((size.width - side) / 2, size.height - side - 5 * scale, side, side)
        top = _SPINE * scale + 0.8 * margin
        words = Box(margin, top, size.width - 2 * margin, code.top - top)
    modules = canvas.code(ticket.code, code)
    lab = Text("lab.name", look.lab_name, 2.5 * scale, ink=QUIET_INK)
    below = Box(code.left + scale, modules.bottom + 1.2 * scale, side - 2 * scale, 0)
    room = size.height - below.top - scale
    canvas.text(lab, Box(below.left, below.top, below.width, room), Align.MIDDLE, Align.MIDDLE)
    _draw_words(canvas, ticket, words, scale)
    return canvas.picture


def _draw_words(canvas: Canvas, ticket: Ticket, box: Box, scale: float) -> None:
    accent = canvas.look.accent_ink
    holder = Text("name", ticket.holder, 3.9 * scale, bold=True)
    foot = Box(box.left, box.bottom - box.height * 0.22, box.width, box.height * 0.22)
    canvas.text(holder, foot, down=Align.END)
    texts = [
        Text("kind", ticket.kind, 3.0 * scale, 0.12, ink=accent, bold=True),
        Text("title", ticket.title, 5.6 * scale, 0.48, bold=True, gap=0.2 * scale),
        Text("when", ticket.when, 3.5 * scale, 0.22, gap=1.0 * scale),
        Text("place", ticket.place, 3.2 * scale, 0.16, ink=QUIET_INK, gap=0.2 * scale),
    ]
    canvas.stack(texts, Box(box.left, box.top, box.width, foot.top - box.top - 1.4 * scale))
