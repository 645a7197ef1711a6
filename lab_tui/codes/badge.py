"""A badge to print: who somebody is on a card, and the code that says so to a scanner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab_tui.codes.canvas import Align, Box, Canvas, Text
from lab_tui.codes.paper import CARD, QUIET_INK, WHITE, Look, Size

if TYPE_CHECKING:
    from PIL.Image import Image

_MARGIN = 5.0
_HEAD = 12.5
_TILE = 8.5
_PILL = 5.6
_CODE_SHARE = 0.44


@dataclass(frozen=True)
class Badge:
    """What a badge shows; `role` is a word in the language of the badge, `code` a pass code."""

    name: str
    team: str
    role: str
    code: str
    other_name: str = ""


def badge_picture(badge: Badge, look: Look, size: Size = CARD) -> Image:
    """The badge at 300 dots an inch; texts shrink and wrap until they fit, none is cut.

    Raises SystemCannot: font_missing where no font here holds its letters, logo_unreadable; BadInput for an
    endless text.
    """
    texts = (look.lab_name, badge.name, badge.other_name, badge.team, badge.role)
    canvas = Canvas(size, look, texts)
    scale = _scale(size)
    head = Box(0, 0, size.width, _HEAD * scale)
    _draw_head(canvas, head, scale)
    words, code = _places(size, head, scale)
    modules = canvas.code(badge.code, code)
    if size.lies:
        # The capitals of the name stand as high as the code, the role as low.
        top = modules.top - 1.4 * scale
        words = Box(words.left, top, words.width, modules.bottom - top)
    pill = _PILL * scale
    _draw_role(canvas, badge.role, Box(words.left, words.bottom - pill, words.width, pill), scale)
    _draw_words(canvas, badge, Box(words.left, words.top, words.width, words.height - pill - scale), scale)
    return canvas.picture


def _scale(size: Size) -> float:
    """How much larger than a card; on a card that stands, its sides count the other way round."""
    card = CARD if size.lies else CARD.turned()
    return min(size.width / card.width, size.height / card.height)


def _places(size: Size, head: Box, scale: float) -> tuple[Box, Box]:
    """Where the words and the code are: side by side on a card that lies, else one above the other."""
    margin = _MARGIN * scale
    below = size.height - head.bottom
    if size.lies:
        side = min(below - scale, size.width * _CODE_SHARE)
        code = Box(size.width - side - scale, head.bottom + (below - side) / 2, side, side)
        return Box(margin, head.bottom, code.left - margin, below), code
    side = min(size.width - 2 * scale, below * 0.55)
    code = Box((size.width - side) / 2, size.height - side - scale, side, side)
    top = head.bottom + 0.8 * margin
    return Box(margin, top, size.width - 2 * margin, code.top - top), code


def _draw_head(canvas: Canvas, head: Box, scale: float) -> None:
    """The band with the lab's logo and name."""
    look = canvas.look
    canvas.fill(head, look.accent)
    margin = _MARGIN * scale
    left = margin
    if look.logo is not None:
        # On a tile of its own a logo of any colour is seen.
        side = _TILE * scale
        tile = Box(margin, (head.height - side) / 2, side, side)
        canvas.fill(tile, WHITE, radius=1.6 * scale)
        canvas.logo(tile.inset(0.5 * scale), Align.MIDDLE)
        left = tile.right + 2.5 * scale
    name = Text("lab.name", look.lab_name, 4.4 * scale, ink=look.on_accent, bold=True)
    canvas.text(
        name, Box(left, scale, head.width - left - margin, head.height - 2 * scale), down=Align.MIDDLE
    )


def _draw_words(canvas: Canvas, badge: Badge, box: Box, scale: float) -> None:
    look = canvas.look
    share = 0.5 if badge.other_name and badge.team else 0.72
    texts = [
        Text("name", badge.name, 7.2 * scale, share, bold=True),
        Text("other_name", badge.other_name, 5.6 * scale, 0.23, ink=QUIET_INK, gap=0.3 * scale),
        Text("team", badge.team, 3.9 * scale, 0.22, ink=look.accent_ink, gap=0.8 * scale),
    ]
    canvas.stack(texts, box)


def _draw_role(canvas: Canvas, role: str, box: Box, scale: float) -> None:
    """What they are, on a pill as wide as the word."""
    text = Text("role", role, 3.2 * scale, ink=canvas.look.on_accent, bold=True)
    if not text.text:
        return
    pill = Box(box.left, box.top, min(box.width, canvas.width_of(text) + 5 * scale), box.height)
    canvas.fill(pill, canvas.look.accent, radius=box.height / 2)
    inner = Box(pill.left + 2 * scale, pill.top, pill.width - 4 * scale, pill.height)
    canvas.text(text, inner, Align.MIDDLE, Align.MIDDLE)
