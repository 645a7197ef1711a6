"""What became of a scan at the home screen: a word, a shape and a colour; it clears by itself."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from lab_tui.i18n import N_
from lab_tui.lab.checkins import ScanResult
from lab_tui.lab.operation import Lab
from lab_tui.text import printable
from lab_tui.tui.modals.base import LabModal
from lab_tui.tui.widgets.big_word import BigWord, BigWordView
from lab_tui.tui.widgets.big_word import Verdict as Shape
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.wording import verdicts


class AnswerModal(LabModal[None], inherit_bindings=False):
    """Answers a scan in a word and two lines for a few seconds; the next scan never waits for it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,space", "close", N_("Back"), id="back")]
    SECONDS: ClassVar[float]
    """How long it stands."""

    def answer(self) -> tuple[BigWordView, str, str]:
        """The word, what about it, and what to do next."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        view, detail, step = self.answer()
        with Vertical(classes="verdict"):
            yield BigWord(view)
            yield Static(Content(printable(detail)), classes="detail", markup=False)
            yield Static(Content(printable(step)), classes="step", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_timer(self.SECONDS, self.action_close)

    def on_mouse_down(self) -> None:
        self.action_close()

    def action_close(self) -> None:
        """Back to what was there before."""
        self.dismiss(None)


class VerdictModal(AnswerModal):
    """Shows one verdict."""

    SECONDS = 6.0

    def __init__(self, result: ScanResult, lab: Lab) -> None:
        super().__init__()
        self.result = result
        self.lab = lab

    def answer(self) -> tuple[BigWordView, str, str]:
        """What was decided, about whom or what, and the next step."""
        now, result = self.lab.clock.now(), self.result
        view = BigWordView(Shape[result.outcome.name], verdicts.word(result.verdict))
        detail = verdicts.detail(result, self.lab.time, now)
        return view, detail, verdicts.next_step(result, self.lab.time, now)
