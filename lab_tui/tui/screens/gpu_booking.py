"""Booking GPUs: the sheet, the booking, and its code for a phone's calendar."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from lab_tui.errors import BadInput, Refused, Remedy, SystemCannot
from lab_tui.i18n import _
from lab_tui.lab import gpus
from lab_tui.lab.gpus import BookingView, BookingWish, BookInstead, Preview
from lab_tui.lab.operation import Lab
from lab_tui.text import printable
from lab_tui.tui.screens.base import LabScreen, new_request_key
from lab_tui.wording import figures, times

if TYPE_CHECKING:
    from textual.worker import WorkType

V = TypeVar("V")
T = TypeVar("T")


class GpuBooking(LabScreen[V], Generic[V]):
    """A screen from which GPUs are booked.

    It says where its cursor is and shows what was booked. Sheets are imported when they are first asked for.
    """

    def __init__(self) -> None:
        super().__init__()
        # What was booked last in this visit, for its calendar code.
        self._last_booked: BookingView | None = None
        # What is done with a booking that a refusal offers instead.
        self._take_instead: Callable[[BookingWish], None] = self.look_at

    # What the screen says

    def my_booking_here(self) -> BookingView | None:
        """One's own booking under the cursor."""
        return None

    def show_booked(self, booking: BookingView) -> None:
        """Put the cursor on what was booked or changed, where the screen has it."""

    # What it shares

    def forget(self) -> None:
        self._last_booked = None
        self._take_instead = self.look_at
        super().forget()

    def take_remedy(self, remedy: Remedy) -> None:
        if isinstance(remedy, BookInstead):
            self._take_instead(remedy.wish)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is a code of what was booked."""
        if action == "calendar_code":
            return self._code_of() is not None
        return super().check_action(action, parameters)

    def ask_lab(self, question: Callable[[Lab], T], then: Callable[[T], None]) -> None:
        """Ask the lab something and go on with the answer, or say why there is none; the newest question."""
        work = cast("WorkType[None]", partial(self._ask_lab, question, then))
        self.run_worker(work, group="preview", exclusive=True)

    async def _ask_lab(self, question: Callable[[Lab], T], then: Callable[[T], None]) -> None:
        visit = self.visit
        try:
            answer = await self.kiosk.operations.run(question)
        except (Refused, BadInput, SystemCannot) as error:
            if self._still_asked_by(visit):
                self.show_error(error)
        else:
            # Not over a screen that somebody went to meanwhile.
            if self._still_asked_by(visit):
                then(answer)

    def _still_asked_by(self, visit: object) -> bool:
        return visit is not None and self.visit is visit and self.is_current

    # Booking

    def look_at(self, wish: BookingWish) -> None:
        """Show the sheet for a wish, or why it cannot be."""
        self._take_instead = self.look_at
        actor = self.actor
        self.ask_lab(lambda lab: gpus.preview(lab, actor, wish), self._show_booking_sheet)

    def _show_booking_sheet(self, preview: Preview) -> None:
        from lab_tui.tui.modals.booking_sheet import BookingSheet

        actor = self.actor

        async def ask(wish: BookingWish) -> Preview:
            return await self.kiosk.operations.run(lambda lab: gpus.preview(lab, actor, wish))

        self.app.push_screen(BookingSheet(preview, self.lab, ask), self._book)

    def _book(self, wish: BookingWish | None) -> None:
        if wish is not None:
            actor, key = self.actor, new_request_key()
            self.act(
                lambda lab: gpus.book(lab, actor, wish, request_key=key), self._booked, self.show_changed
            )

    def _booked(self, booking: BookingView) -> str:
        return _("Booked: {workstation} {gpus}, {when}.").format(**self.parts_of(booking))

    def parts_of(self, booking: BookingView) -> dict[str, str]:
        """A booking in the words of a sentence: workstation, gpus, when."""
        return {
            "workstation": printable(booking.workstation),
            "gpus": figures.gpus(booking.gpu_numbers),
            "when": times.span(self.lab.time, booking.starts_at, booking.ends_at, self.lab.clock.now()),
        }

    def show_changed(self, booking: BookingView) -> None:
        """Show what has become of a booking."""
        self._last_booked = booking
        self.show_booked(booking)
        self.refresh_bindings()

    # Its code

    def action_calendar_code(self) -> None:
        """Show it, or what was booked just now, as a code for a phone's calendar."""
        booking = self._code_of()
        if booking is not None:
            self.show_code(booking)

    def _code_of(self) -> BookingView | None:
        here = self.my_booking_here() if self._is_composed() else None
        return here or self._last_booked

    def show_code(self, booking: BookingView) -> None:
        """The code for a phone's calendar."""
        from lab_tui.tui.modals.calendar_code import CalendarCodeModal

        self.app.push_screen(CalendarCodeModal(booking, self.lab))
