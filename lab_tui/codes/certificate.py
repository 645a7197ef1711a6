"""A certificate of attendance, on paper that lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab_tui.codes.canvas import Align, Box, Canvas, Text
from lab_tui.codes.paper import INK, PAPERS, QUIET_INK, Look, Size

if TYPE_CHECKING:
    from PIL.Image import Image

_EDGE = 9.0
_MARGIN = 26.0
_LINE = 70.0


@dataclass(frozen=True)
class Certificate:
    """What a certificate says; every text is a sentence or a name in its language."""

    heading: str
    opening: str
    name: str
    team: str
    statement: str
    title: str
    sessions: tuple[str, ...]
    issued: str
    signature: str


def certificate_picture(certificate: Certificate, look: Look, size: Size = PAPERS["a4"]) -> Image:
    """The certificate at 300 dots an inch, on `size` turned to lie.

    Raises SystemCannot: font_missing, logo_unreadable; BadInput for an endless text.
    """
    paper = size if size.lies else size.turned()
    one = certificate
    words = (one.heading, one.opening, one.name, one.team, one.statement, one.title, *one.sessions)
    canvas = Canvas(paper, look, (*words, one.issued, one.signature, look.lab_name))
    whole = Box(0, 0, paper.width, paper.height)
    canvas.frame(whole.inset(_EDGE), look.accent, 1.2)
    canvas.frame(whole.inset(_EDGE + 2.4), look.accent, 0.3)
    inner = whole.inset(_MARGIN)
    top = Box(inner.left, inner.top - 6, inner.width, 21 if look.logo is not None else 0)
    canvas.logo(top, Align.MIDDLE)
    foot = Box(inner.left, inner.bottom - 13, inner.width, 18)
    _draw_foot(canvas, certificate, foot)
    _draw_statement(
        canvas, certificate, Box(inner.left, top.bottom + 3, inner.width, foot.top - top.bottom - 7)
    )
    return canvas.picture


def _draw_statement(canvas: Canvas, one: Certificate, box: Box) -> None:
    accent = canvas.look.accent_ink
    texts = [
        Text("heading", one.heading, 15, 0.17, ink=accent, bold=True),
        Text("opening", one.opening, 5.6, 0.08, ink=QUIET_INK, gap=3),
        Text("name", one.name, 19, 0.21, ink=INK, bold=True, gap=1.5),
        Text("team", one.team, 6.4, 0.08, ink=QUIET_INK, gap=0.5),
        Text("statement", one.statement, 5.6, 0.08, ink=QUIET_INK, gap=3),
        Text("title", one.title, 11, 0.17, ink=INK, bold=True, gap=1.2),
        Text("sessions", " · ".join(one.sessions), 5.4, 0.13, ink=INK, gap=1.5),
    ]
    canvas.stack(texts, box, Align.MIDDLE, Align.MIDDLE)


def _draw_foot(canvas: Canvas, one: Certificate, foot: Box) -> None:
    """The day and the lab on the left, a line to sign on the right."""
    left = Box(foot.left, foot.top, foot.width - _LINE - 10, foot.height)
    texts = [
        Text("lab.name", canvas.look.lab_name, 5.6, 0.5, bold=True),
        Text("issued", one.issued, 4.2, 0.5, ink=QUIET_INK),
    ]
    canvas.stack(texts, left, down=Align.END)
    line = Box(foot.right - _LINE, foot.bottom - 7, _LINE, 0.3)
    canvas.fill(line, INK)
    signature = Text("signature", one.signature, 4.2, ink=QUIET_INK)
    canvas.text(
        signature, Box(line.left, line.bottom + 0.8, _LINE, foot.bottom - line.bottom - 0.8), Align.MIDDLE
    )
