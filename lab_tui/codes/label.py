"""A label on a desk or a workstation: its name from afar, what it is, and the code to check in with.

Black on white, as most label printers know no other colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab_tui.codes.canvas import Align, Box, Canvas, Text
from lab_tui.codes.paper import BLACK, Look, Size

if TYPE_CHECKING:
    from PIL.Image import Image

LABEL = Size(62, 29)
_MARGIN = 2.0


@dataclass(frozen=True)
class Label:
    """What a label shows: `name` large, `about` and `place` below it, `invitation` says what a scan does."""

    name: str
    about: str
    place: str
    invitation: str
    code: str


def label_picture(label: Label, look: Look, size: Size = LABEL) -> Image:
    """The label at 300 dots an inch. Raises SystemCannot `font_missing`, BadInput for an endless text."""
    canvas = Canvas(size, look, (label.name, label.about, label.place, label.invitation, look.lab_name))
    scale = min(size.width / LABEL.width, size.height / LABEL.height) if size.lies else size.width / 29
    margin = _MARGIN * scale
    if size.lies:
        side = min(size.height, size.width * 0.5)
        code = Box(0, (size.height - side) / 2, side, side)
        words = Box(side, margin, size.width - side - margin, size.height - 2 * margin)
    else:
        side = min(size.width, size.height * 0.6)
        code = Box((size.width - side) / 2, 0, side, side)
        words = Box(margin, side, size.width - 2 * margin, size.height - side - margin)
    modules = canvas.code(label.code, code)
    if size.lies:
        words = Box(words.left, modules.top - scale, words.width, modules.bottom - modules.top + 2 * scale)
    _draw_words(canvas, label, words, scale)
    return canvas.picture


def _draw_words(canvas: Canvas, label: Label, box: Box, scale: float) -> None:
    foot = Text("invitation", label.invitation, 2.7 * scale, ink=BLACK, bold=True)
    foot_box = Box(box.left, box.bottom - box.height * 0.3, box.width, box.height * 0.3)
    foot_height = canvas.text(foot, foot_box, down=Align.END)
    rule = Box(box.left, box.bottom - foot_height - 0.9 * scale, box.width, 0.35 * scale)
    canvas.fill(rule, BLACK)
    about, place = bool(label.about), bool(label.place)
    texts = [
        Text("name", label.name, 8.4 * scale, 1 - 0.27 * (about + place), ink=BLACK, bold=True),
        Text("about", label.about, 3.2 * scale, 0.27, ink=BLACK),
        Text("place", label.place, 2.8 * scale, 0.27, ink=BLACK),
    ]
    canvas.stack(texts, Box(box.left, box.top, box.width, rule.top - box.top))
