"""Booking GPUs: the sheet, the booking, and its code for a phone's calendar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from lab_tui.config import GpusSection
from lab_tui.errors import BadInput, Refused, Remedy, SystemCannot
from lab_tui.i18n import _
from lab_tui.lab import gpu_quotas, gpus
from lab_tui.lab.gpu_quotas import Quotas
from lab_tui.lab.gpus import BookingView, BookingWish, BookInstead, Preview
from lab_tui.lab.operation import Done, Lab
from lab_tui.lab.rules.permissions import Permission
from lab_tui.text import printable
from lab_tui.tui.screens.base import LabScreen, new_request_key
from lab_tui.wording import figures, times

if TYPE_CHECKING:
    from textual.worker import WorkType

    from lab_tui.tui.visit import Visit

V = TypeVar("V")
T = TypeVar("T")
D = TypeVar("D")


class GpuBooking(LabScreen[V], Generic[V]):
    """A screen from which GPUs are booked.

    It says where its cursor is and shows what was booked. Sheets are imported when they are first asked for.
    """

    def __init__(self) -> None:
        super().__init__()
        # What was booked or changed in this visit, in order, and the last of it that stands, for its code.
        self._booked_ids: list[int] = []
        self._last_booked: BookingView | None = None
        # What is done with a booking that a refusal offers instead, and what once staff give a reason.
        self._take_instead: Callable[[BookingWish], None] = self.look_at
        self._allow: Callable[[str], None] | None = None

    # What the screen says

    def my_booking_here(self) -> BookingView | None:
        """One's own booking under the cursor."""
        return None

    def show_booked(self, booking: BookingView) -> None:
        """Put the cursor on what was booked or changed, where the screen has it."""

    # What it shares

    def forget(self) -> None:
        self._booked_ids.clear()
        self._last_booked = None
        self._if_refused(self.look_at)
        super().forget()

    def _if_refused(
        self, take: Callable[[BookingWish], None], allow: Callable[[str], None] | None = None
    ) -> None:
        self._take_instead, self._allow = take, allow

    def act(
        self,
        operation: Callable[[Lab], Done[D]],
        said: Callable[[D], str],
        then: Callable[[D], None] | None = None,
        *,
        undoable: bool = True,
        take: Callable[[BookingWish], None] | None = None,
        allow: Callable[[str], None] | None = None,
    ) -> None:
        """As of every screen; a refusal leads to `take` with a remedy, and to `allow` with staff's reason."""
        if not self._acting:
            self._if_refused(take or self.look_at, allow)
        super().act(operation, said, then, undoable=undoable)

    def action_undo(self) -> None:
        """Take back what was just done; no reason of staff's makes that possible where it is not."""
        self._if_refused(self.look_at)
        super().action_undo()

    def show_refusal(self, refused: Refused) -> None:
        """Say every reason, offer what is possible instead, and to staff that they allow it."""
        from lab_tui.tui.modals.refusal import Allow, RefusalModal

        # Once: the next refusal may be about something else.
        allow, self._allow = self._allow, None
        if not self._may_allow(refused):
            allow = None

        def answered(answer: Remedy | None) -> None:
            if isinstance(answer, Allow):
                if allow is not None:
                    self._ask_why(refused, allow)
            elif answer is not None:
                self.take_remedy(answer)

        modal = RefusalModal(refused, self.lab, can_allow=allow is not None)
        self.app.push_screen(modal, answered)

    def _may_allow(self, refused: Refused) -> bool:
        may = self.visit is not None and self.visit.may(Permission.OVERRIDE_RULES)
        return may and all(reason.overridable for reason in refused.reasons)

    def _ask_why(self, refused: Refused, allow: Callable[[str], None]) -> None:
        from lab_tui.tui.modals.allow_sheet import AllowSheet

        def answered(reason: str | None) -> None:
            if reason is not None:
                allow(reason)

        self.app.push_screen(AllowSheet(self.lab, refused), answered)

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
        self._if_refused(self.look_at, partial(self._book, wish))
        actor = self.actor

        def read(lab: Lab) -> tuple[Preview, Mapping[int, GpusSection], Quotas]:
            preview = gpus.preview(lab, actor, wish)
            return preview, gpus.policies(lab, actor), gpu_quotas.quotas(lab, actor)

        self.ask_lab(read, self._show_booking_sheet)

    def _show_booking_sheet(self, known: tuple[Preview, Mapping[int, GpusSection], Quotas]) -> None:
        from lab_tui.tui.modals.booking_sheet import BookingSheet

        preview, policies, quotas = known
        policy, actor = policies.get(preview.workstation.id, self.lab.config.gpus), self.actor

        async def ask(wish: BookingWish) -> Preview:
            return await self.kiosk.operations.run(lambda lab: gpus.preview(lab, actor, wish))

        day = self.lab.time.day_of(preview.wish.starts_at)
        offered = quotas.offered(preview.workstation.name, day)
        self.app.push_screen(BookingSheet(preview, self.lab, policy, ask, offered), self._book)

    def _book(self, wish: BookingWish | None, override_reason: str | None = None) -> None:
        if wish is None:
            return
        actor, key = self.actor, new_request_key()
        self.act(
            lambda lab: gpus.book(lab, actor, wish, request_key=key, override_reason=override_reason),
            self._booked,
            self.show_changed,
            allow=partial(self._book, wish),
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
        self._booked_ids.append(booking.id)
        self._last_booked = booking
        self.show_booked(booking)
        self.refresh_bindings()

    def on_screen_resume(self) -> None:
        """On another screen some of what was booked may have been changed or given back."""
        self.reread_booked()

    async def _undo(self, visit: Visit, entry_id: int) -> None:
        await super()._undo(visit, entry_id)
        self.reread_booked()

    def reread_booked(self, _changed: object = None) -> None:
        """Look which of what was booked in this visit still stands, and how."""
        if self._booked_ids and self.visit is not None:
            self.run_worker(self._reread_booked(self.visit), group="booked", exclusive=True)

    async def _reread_booked(self, visit: Visit) -> None:
        try:
            standing = await self.kiosk.operations.run(lambda lab: gpus.bookings_of(lab, visit.actor))
        except (Refused, SystemCannot):
            # Where the lab is away, every screen says so; there is no code to show until it is back.
            standing = ()
        if self.visit is visit:
            by_id = {one.id: one for one in standing}
            stands = (by_id[one] for one in reversed(self._booked_ids) if one in by_id)
            self._last_booked = next(stands, None)
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
