"""A booking as a code: photographed, it stands in a phone's calendar."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from lab_tui.codes import qr
from lab_tui.codes.vevent import vevent
from lab_tui.i18n import _
from lab_tui.lab.gpus import BookingView
from lab_tui.lab.operation import Lab
from lab_tui.text import printable
from lab_tui.tui.modals.code_sheet import CodeSheet
from lab_tui.wording import figures, times


class CalendarCodeModal(CodeSheet, inherit_bindings=False):
    """Shows the code, and what the program needs to know beside it."""

    BINDINGS = CodeSheet.BINDINGS

    def __init__(self, booking: BookingView, lab: Lab) -> None:
        self._booking = booking
        self._lab = lab
        where = lab.config.lab.name
        super().__init__(
            qr.matrix(vevent(self._summary(), booking.starts_at, booking.ends_at, where), dense=True)
        )

    def _summary(self) -> str:
        gpus = figures.gpus(self._booking.gpu_numbers)
        return _("{workstation} {gpus}").format(workstation=self._booking.workstation, gpus=gpus)

    def compose_words(self) -> ComposeResult:
        booking, now = self._booking, self._lab.clock.now()
        when = times.span(self._lab.time, booking.starts_at, booking.ends_at, now)
        yield Static(Content(printable(self._summary())), classes="heading", markup=False)
        yield Static(Content(when), classes="strong", markup=False)
        advice = _("Photograph the code: it puts the booking in your phone's calendar.")
        yield Static(Content(advice), markup=False)
        yield Static(Content(_("On the machine, before your program:")), classes="muted")
        devices = f"CUDA_VISIBLE_DEVICES={booking.cuda_visible_devices}"
        yield Static(Content.styled(devices, "$accent bold"), markup=False)
