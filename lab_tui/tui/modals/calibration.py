"""What the calibration card told of the scanner; it clears by itself."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from lab_tui.config import ScannerSection
from lab_tui.i18n import N_, _
from lab_tui.scanning.traits import ScannerTraits, faults_of
from lab_tui.tui.modals.base import LabModal
from lab_tui.tui.widgets.big_word import BigWord, BigWordView, Verdict
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.wording import scanners

_SECONDS = 20.0


class CalibrationModal(LabModal[None], inherit_bindings=False):
    """Shows how the scanner types, and whether that is kept."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,space", "close", N_("Back"), id="back")]

    def __init__(self, traits: ScannerTraits, section: ScannerSection, *, saved: bool) -> None:
        super().__init__()
        self.traits = traits
        self._faults = faults_of(traits, section.gap_milliseconds)
        self._saved = saved

    def compose(self) -> ComposeResult:
        view = BigWordView(Verdict.ATTENTION if self._faults else Verdict.GOOD, _("SCANNER"))
        lines = [scanners.traits(self.traits), *(_(scanners.ADVICE[fault]) for fault in self._faults)]
        step = (
            _("Saved.")
            if self._saved
            else _("Not saved: staff sign in with their PIN and scan the card again.")
        )
        with Vertical(classes="verdict"):
            yield BigWord(view)
            yield Static(Content("\n".join(lines)), classes="detail", markup=False)
            yield Static(Content(step), classes="step", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_timer(_SECONDS, self.action_close)

    def on_mouse_down(self) -> None:
        self.action_close()

    def action_close(self) -> None:
        """Back to what was there before."""
        self.dismiss(None)
