"""A QR code to photograph: black on white in every theme, as large as the space allows."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from lab_tui.codes import qr
from lab_tui.codes.qr import Matrix

# Many readers fail on light-on-dark codes, so these two are no theme's colours.
_INK_ON_PAPER = "#000000 on #ffffff"


class CodeDrawing(Static):
    """Takes as much room as its code."""

    DEFAULT_CSS = """
    CodeDrawing { width: auto; height: auto; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id, markup=False)

    def draw(self, modules: Matrix | None, columns: int, lines: int) -> None:
        """Show a code within so many columns and lines; None takes away what is there."""
        drawn = qr.fitting(modules, columns, lines) if modules else []
        self.update(Content.styled("\n".join(drawn), _INK_ON_PAPER))
