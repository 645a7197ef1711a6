"""Giving back a booking of one's own, or all that are ahead of its series."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from lab_tui.i18n import _, ngettext
from lab_tui.lab import gpu_series, gpus
from lab_tui.lab.gpus import BookingView
from lab_tui.text import printable
from lab_tui.tui.screens.gpu_held import GpuHeld
from lab_tui.tui.screens.gpu_lines import loss, what_is_lost
from lab_tui.wording import times

if TYPE_CHECKING:
    from lab_tui.lab.gpu_series import SeriesAhead, SeriesView

V = TypeVar("V")


class GpuGivingBack(GpuHeld[V], Generic[V]):
    """A screen from which one's own bookings are given back."""

    def ways_back(
        self, booking: BookingView, series: SeriesAhead | None
    ) -> list[tuple[Callable[[], str], Callable[[BookingView], None]]]:
        """What to choose from: it alone, and where others of its series are ahead all of them."""
        others = [one for one in series.bookings if one.id != booking.id] if series is not None else []
        if series is None or not others:
            return [(lambda: _("Give back"), self.give_back)]

        def all_of_them() -> str:
            return _("Give back all that are ahead ({count})").format(count=len(series.bookings))

        return [
            (lambda: _("Give back this one"), self.give_back),
            (all_of_them, lambda _booking: self._give_back_all(series)),
        ]

    def give_back(self, booking: BookingView) -> None:
        """Cancel it, after asking."""
        from lab_tui.tui.modals.question import QuestionModal

        def answered(yes: bool | None) -> None:
            if yes:
                self.cancel(booking)

        def show(late_hours: float) -> None:
            lost = partial(what_is_lost, booking, late_hours, self.lab.time, self.lab.clock.now())
            self.app.push_screen(QuestionModal(lambda: _("Cancel this booking?"), lost), answered)

        actor = self.actor
        self.ask_lab(lambda lab: gpus.late_hours(lab, actor, booking.id), show)

    def cancel(self, booking: BookingView) -> None:
        """Cancel it without asking."""
        actor = self.actor
        self.act(lambda lab: gpus.cancel(lab, actor, booking.id), self._cancelled, self.reread_booked)

    def _cancelled(self, booking: BookingView) -> str:
        return _("Cancelled: {workstation} {gpus}.").format(**self.parts_of(booking))

    def _give_back_all(self, series: SeriesAhead) -> None:
        """Cancel what is ahead of a series, after asking."""
        from lab_tui.tui.modals.question import QuestionModal

        actor = self.actor

        def said(gone: SeriesView) -> str:
            return ngettext(
                "Cancelled: {count} booking of the series.",
                "Cancelled: {count} bookings of the series.",
                len(gone.bookings),
            ).format(count=len(gone.bookings))

        def answered(yes: bool | None) -> None:
            if yes:
                self.act(
                    lambda lab: gpu_series.cancel_series(lab, actor, series.id),
                    said,
                    lambda gone: self.reread_booked(gone.bookings[0]),
                )

        lost = partial(self._what_is_lost_of_all, series)
        self.app.push_screen(QuestionModal(lambda: _("Cancel these bookings?"), lost), answered)

    def _what_is_lost_of_all(self, series: SeriesAhead) -> str:
        """What giving a whole series back means."""
        first, last = series.bookings[0], series.bookings[-1]
        what = ngettext(
            "{count} booking on {workstation}: {first} to {last}",
            "{count} bookings on {workstation}: {first} to {last}",
            len(series.bookings),
        ).format(
            count=len(series.bookings),
            workstation=printable(first.workstation),
            first=times.day_short(self.lab.time.day_of(first.starts_at)),
            last=times.day_short(self.lab.time.day_of(last.starts_at)),
        )
        late = _("It is late: {hours} GPU-hours still count for your start-up this week.")
        return f"{what}\n\n{loss(first, series.late_hours, late)}"
