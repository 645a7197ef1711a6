"""An event's poster: what, when and where from across the room, and the code to sign up with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab_tui.codes.canvas import Align, Box, Canvas, Text
from lab_tui.codes.paper import INK, PAPERS, QUIET_INK, Look, Size, mixed

if TYPE_CHECKING:
    from PIL.Image import Image

_MARGIN = 18.0
_BAND_SHARE = 0.44
_CODE_SIDE = 96.0
_FOOT = 24.0


@dataclass(frozen=True)
class Fact:
    """Lines under their name, such as `Seminar room` under `Where`."""

    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Poster:
    """What a poster shows; `invitation` says what the code is for."""

    kind: str
    title: str
    speaker: str
    about: str
    facts: tuple[Fact, ...]
    invitation: str
    code: str


def poster_picture(poster: Poster, look: Look, size: Size = PAPERS["a4"]) -> Image:
    """The poster at 300 dots an inch.

    Raises SystemCannot: font_missing, logo_unreadable; BadInput for an endless text.
    """
    named = [word for fact in poster.facts for word in (fact.name, *fact.lines)]
    words = (poster.kind, poster.title, poster.speaker, poster.about, poster.invitation, look.lab_name)
    canvas = Canvas(size, look, (*words, *named))
    band = Box(0, 0, size.width, size.height * _BAND_SHARE)
    canvas.fill(band, look.accent)
    _draw_band(canvas, poster, band.inset(_MARGIN))
    foot = Box(_MARGIN, size.height - _FOOT - 4, size.width - 2 * _MARGIN, _FOOT)
    body = Box(_MARGIN, band.bottom + 12, size.width - 2 * _MARGIN, foot.top - band.bottom - 18)
    about = Text("about", poster.about, 5.4, ink=QUIET_INK)
    about_box = Box(body.left, body.bottom - body.height * 0.26, body.width, body.height * 0.26)
    about_height = canvas.text(about, about_box, down=Align.END)
    _draw_facts_and_code(canvas, poster, Box(body.left, body.top, body.width, body.height - about_height))
    _draw_foot(canvas, foot)
    return canvas.picture


def _draw_band(canvas: Canvas, poster: Poster, box: Box) -> None:
    ink = canvas.look.on_accent
    soft = mixed(ink, canvas.look.accent, 0.12)
    texts = [
        Text("kind", poster.kind, 7.5, 0.1, ink=soft, bold=True),
        Text("title", poster.title, 23, 0.6, ink=ink, bold=True, gap=4),
        Text("speaker", poster.speaker, 9.5, 0.18, ink=ink, gap=4),
    ]
    canvas.stack(texts, box, down=Align.END)


def _draw_facts_and_code(canvas: Canvas, poster: Poster, box: Box) -> None:
    """The facts on the left; on the right the code, as high, with what it is for below."""
    accent = canvas.look.accent_ink
    side = min(_CODE_SIDE, box.height - 4)
    # The quiet zone may lie on the margin: both are white.
    quiet = side * 4 / 33
    spare = max(0, box.height - side * 25 / 33 - 14)
    code = Box(box.right - side + quiet, box.top + spare / 2 - quiet, side, side)
    modules = canvas.code(poster.code, code)
    below = Box(modules.left - 8, modules.bottom + 3, modules.width + 16, 14)
    canvas.text(Text("invitation", poster.invitation, 5.4, ink=accent, bold=True), below, Align.MIDDLE)
    # A fact takes as much room as its lines and half a line for its name.
    share = 0.94 / sum(len(fact.lines) + 0.8 for fact in poster.facts)
    texts = []
    for number, fact in enumerate(poster.facts):
        texts.append(Text("fact", fact.name, 4.8, share * 0.5, ink=accent, bold=True, gap=5 if number else 0))
        texts += [Text("fact", line, 8.2, share, ink=INK, bold=True, gap=0.4) for line in fact.lines]
    canvas.stack(texts, Box(box.left, code.top + quiet - 1.4, modules.left - box.left - 10, box.height))


def _draw_foot(canvas: Canvas, foot: Box) -> None:
    look = canvas.look
    canvas.fill(Box(foot.left, foot.top, foot.width, 0.3), mixed(look.accent, (255, 255, 255), 0.6))
    line = Box(foot.left, foot.top + 5, foot.width, foot.height - 8)
    width = canvas.logo(Box(line.left, line.top, 40, line.height))
    gap = width + 5 if width else 0
    name = Text("lab.name", look.lab_name, 7, bold=True)
    canvas.text(name, Box(line.left + gap, line.top, line.width - gap, line.height), down=Align.MIDDLE)
