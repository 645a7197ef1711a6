"""A card for staff that does something when scanned: a command, or the setting of a scanner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab_tui.codes.canvas import Align, Box, Canvas, Text
from lab_tui.codes.paper import CARD, QUIET_INK, Look

if TYPE_CHECKING:
    from PIL.Image import Image

_MARGIN = 5.0
_HEAD = 9.0
_CODE_SIDE = 38.0


@dataclass(frozen=True)
class Card:
    """What a card shows: `kind` on its band, what it does (`title`), for what, and how it is used."""

    kind: str
    title: str
    subject: str
    advice: str
    code: str


def card_picture(card: Card, look: Look) -> Image:
    """The card at 300 dots an inch, unlike a badge at first sight: the code is on the left.

    Raises SystemCannot `font_missing`, BadInput for an endless text.
    """
    canvas = Canvas(CARD, look, (card.kind, card.title, card.subject, card.advice, look.lab_name))
    head = Box(0, 0, CARD.width, _HEAD)
    canvas.fill(head, look.accent)
    # The half of the band that each word may take.
    half = (CARD.width - 2 * _MARGIN) / 2
    kind = Text("kind", card.kind, 3.6, ink=look.on_accent, bold=True)
    canvas.text(kind, Box(_MARGIN, 1, half, _HEAD - 2), down=Align.MIDDLE)
    lab = Text("lab.name", look.lab_name, 3.0, ink=look.on_accent)
    canvas.text(lab, Box(_MARGIN + half, 1, half, _HEAD - 2), Align.END, Align.MIDDLE)
    below = CARD.height - head.bottom
    code = Box(_MARGIN - 4.4, head.bottom + (below - _CODE_SIDE) / 2, _CODE_SIDE, _CODE_SIDE)
    modules = canvas.code(card.code, code)
    words = Box(code.right, modules.top - 1.2, CARD.width - code.right - _MARGIN, modules.height + 2.4)
    texts = [
        Text("title", card.title, 6.4, 0.46, bold=True),
        Text("subject", card.subject, 3.8, 0.26, ink=look.accent_ink, gap=0.6),
    ]
    advice = Text("advice", card.advice, 3.0, ink=QUIET_INK)
    foot = Box(words.left, words.bottom - words.height * 0.36, words.width, words.height * 0.36)
    canvas.text(advice, foot, down=Align.END)
    canvas.stack(texts, Box(words.left, words.top, words.width, foot.top - words.top))
    return canvas.picture
