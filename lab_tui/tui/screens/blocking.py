"""What the screens for outages and closures share: look which bookings are hit, move them, then go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from textual.worker import WorkType

from lab_tui.errors import BadInput, Refused, SystemCannot
from lab_tui.i18n import _, ngettext
from lab_tui.lab import gpu_outages
from lab_tui.lab.gpu_outages import HitBooking
from lab_tui.lab.operation import Lab
from lab_tui.tui.modals.hits import HitsModal
from lab_tui.tui.modals.outage_sheet import Blocking
from lab_tui.tui.screens.base import LabScreen
from lab_tui.wording import times
from lab_tui.wording.templates import named


@dataclass(frozen=True)
class BlockingWork:
    """Blocking a workstation, or the whole lab (None), on a screen.

    `what` says what is planned; `enter` says what going on does, to be translated. `must_be_empty`: only
    once no booking is hit any more.
    """

    screen: LabScreen[Any]
    workstation_id: int | None
    what: Callable[[], str]
    enter: str
    must_be_empty: bool = False

    async def look(self, blocking: Blocking) -> Blocking:
        """The blocking with the bookings that it hits. Raises BadInput, Refused, SystemCannot."""
        return replace(blocking, hits=await self._hits(blocking))

    async def _hits(self, blocking: Blocking) -> tuple[HitBooking, ...]:
        actor, span = self.screen.actor, (blocking.starts_at, blocking.ends_at)
        return await self.screen.kiosk.operations.run(
            lambda lab: gpu_outages.hit_by(lab, actor, self.workstation_id, *span)
        )

    def go_on(self, blocking: Blocking | None, then: Callable[[Blocking], None]) -> None:
        """Do what was planned; first, where bookings are hit, show them and offer to move them."""
        if blocking is None:
            return
        if not blocking.hits:
            then(blocking)
            return
        modal = HitsModal(
            self.screen.lab,
            lambda: named(self.what(), self._when(blocking)),
            blocking.hits,
            partial(self._move, blocking),
            partial(self._hits, blocking),
            enter=self.enter,
            must_be_empty=self.must_be_empty,
        )
        self.screen.app.push_screen(modal, lambda yes: then(blocking) if yes else None)

    def look_and_go_on(self, blocking: Blocking, then: Callable[[Blocking], None]) -> None:
        """Both, where nothing was asked before."""
        work: WorkType[None] = partial(self._look_and_go_on, blocking, then)
        self.screen.run_worker(work, group="look", exclusive=True)

    async def _look_and_go_on(self, blocking: Blocking, then: Callable[[Blocking], None]) -> None:
        visit = self.screen.visit
        try:
            seen = await self.look(blocking)
        except (Refused, BadInput, SystemCannot) as error:
            if self.screen.visit is visit:
                self.screen.show_error(error)
        else:
            if self.screen.visit is visit:
                self.go_on(seen, then)

    def _when(self, blocking: Blocking) -> str:
        lab = self.screen.lab
        now = lab.clock.now()
        if blocking.ends_at is not None:
            return times.span(lab.time, blocking.starts_at, blocking.ends_at, now)
        since = times.moment(lab.time, blocking.starts_at, now)
        return _("from {time} until further notice").format(time=since)

    async def _move(self, blocking: Blocking, hit: HitBooking) -> None:
        """Move a booking to its place."""
        actor, place = self.screen.actor, hit.instead
        assert place is not None

        def move(lab: Lab) -> None:
            gpu_outages.relocate(lab, actor, hit.booking.id, place.wish, blocking.reason)

        await self.screen.kiosk.operations.run(move)


def hit_text(count: int | None) -> str:
    """How many bookings something hits."""
    if not count:
        return _("No booking is hit.")
    return ngettext("{count} booking is hit.", "{count} bookings are hit.", count).format(count=count)
