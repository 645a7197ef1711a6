"""A booking as a code: photographed, it stands in a phone's calendar."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from lab_tui.codes import qr
from lab_tui.codes.vevent import vevent
from lab_tui.i18n import N_, _
from lab_tui.lab.gpus import BookingView
from lab_tui.lab.operation import Lab
from lab_tui.text import printable
from lab_tui.tui.modals.base import LabModal
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.wording import figures, times

# Many readers fail on light-on-dark codes, so these two are no theme's colours.
_INK_ON_PAPER = "#000000 on #ffffff"


class CalendarCodeModal(LabModal[None], inherit_bindings=False):
    """Shows the code, and what the program needs to know beside it. Answers nothing."""

    # The code takes all 23 lines that the keys leave on the smallest terminal: no frame, no title.
    DEFAULT_CSS = """
    CalendarCodeModal {
        & #code_and_words { width: auto; height: auto; max-height: 100%; background: $panel; }
        & #code { width: auto; height: auto; }
        & #words { width: 34; height: 23; padding: 1 2; }
        & #words Static { height: auto; margin-bottom: 1; }
        & #when { text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", N_("Back"), id="back"),
    ]

    def __init__(self, booking: BookingView, lab: Lab) -> None:
        super().__init__()
        self._booking = booking
        self._lab = lab

    def compose(self) -> ComposeResult:
        booking = self._booking
        gpus = figures.gpus(booking.gpu_numbers)
        summary = _("{workstation} {gpus}").format(workstation=booking.workstation, gpus=gpus)
        code = qr.half_blocks(
            vevent(summary, booking.starts_at, booking.ends_at, self._lab.config.lab.name), dense=True
        )
        now = self._lab.clock.now()
        when = times.span(self._lab.time, booking.starts_at, booking.ends_at, now)
        with Horizontal(id="code_and_words"):
            yield Static(Content.styled("\n".join(code), _INK_ON_PAPER), id="code", markup=False)
            with VerticalScroll(id="words", can_focus=False):
                yield Static(Content(printable(summary)), classes="heading", markup=False)
                yield Static(Content(when), id="when", markup=False)
                advice = _("Photograph the code: it puts the booking in your phone's calendar.")
                yield Static(Content(advice), markup=False)
                yield Static(Content(_("On the machine, before your program:")), classes="muted")
                devices = f"CUDA_VISIBLE_DEVICES={booking.cuda_visible_devices}"
                yield Static(Content.styled(devices, "$accent bold"), markup=False)
        yield KeyBar()

    def action_close(self) -> None:
        """Seen."""
        self.dismiss(None)

    def on_click(self) -> None:
        """A touch anywhere."""
        self.action_close()
