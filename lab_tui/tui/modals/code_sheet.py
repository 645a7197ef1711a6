"""A code over a screen, to photograph, and beside it what it is for."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from lab_tui.codes.qr import Matrix
from lab_tui.i18n import N_
from lab_tui.text import printable
from lab_tui.tui.modals.base import LabModal, Said, say
from lab_tui.tui.widgets.code_drawing import CodeDrawing
from lab_tui.tui.widgets.key_bar import KeyBar

_WORDS_WIDTH = 34


class CodeSheet(LabModal[None], inherit_bindings=False):
    """Answers nothing."""

    # The largest code takes all 23 lines that the keys leave on the smallest terminal: no frame, no title.
    DEFAULT_CSS = """
    CodeSheet {
        & #code_and_words { width: auto; height: auto; max-height: 100%; background: $panel; }
        & #words { width: 34; height: 100%; padding: 1 2; }
        & #words Static { height: auto; margin-bottom: 1; }
        & .strong { text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", N_("Back"), id="back"),
    ]

    def __init__(self, modules: Matrix, title: Said = "", *paragraphs: Said) -> None:
        super().__init__()
        self._modules = modules
        self._title_text = title
        self._paragraphs = paragraphs

    def compose(self) -> ComposeResult:
        with Horizontal(id="code_and_words"):
            yield CodeDrawing(id="code")
            with VerticalScroll(id="words", can_focus=False):
                yield from self.compose_words()
        yield KeyBar()

    def compose_words(self) -> ComposeResult:
        """What stands beside the code."""
        yield Static(Content(printable(say(self._title_text))), classes="heading strong", markup=False)
        for paragraph in self._paragraphs:
            yield Static(Content(printable(say(paragraph))), markup=False)

    def on_mount(self) -> None:
        super().on_mount()
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    async def _compose_again(self) -> None:
        await super()._compose_again()
        self._draw()

    def _draw(self) -> None:
        for code in self.query(CodeDrawing):
            code.draw(self._modules, self.size.width - _WORDS_WIDTH, self.size.height - 1)

    def action_close(self) -> None:
        """Seen."""
        self.dismiss(None)

    def on_click(self) -> None:
        """A touch anywhere."""
        self.action_close()
