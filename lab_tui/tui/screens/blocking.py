"""What the screens for outages and closures share: what is hit, what of that is to move, then going on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from textual.worker import WorkType

from lab_tui.errors import BadInput, Refused, SystemCannot
from lab_tui.i18n import _, ngettext
from lab_tui.lab import gpu_outages
from lab_tui.lab.closures import ClosureView
from lab_tui.lab.gpu_outages import HitBooking, OutageView
from lab_tui.tui.modals.hits import HitsModal
from lab_tui.tui.modals.outage_sheet import Blocking
from lab_tui.tui.screens.base import LabScreen
from lab_tui.wording import times
from lab_tui.wording.templates import named, sentences


@dataclass(frozen=True)
class BlockingWork:
    """Blocking a workstation, or the whole lab (None), on a screen.

    `what` says what is planned; `enter` says what going on does, to be translated. `must_move_all`: only
    where every booking that is hit moves.
    """

    screen: LabScreen[Any]
    workstation_id: int | None
    what: Callable[[], str]
    enter: str
    must_move_all: bool = False

    async def look(self, blocking: Blocking) -> Blocking:
        """The blocking with the bookings that it hits. Raises BadInput, Refused, SystemCannot."""
        actor, span = self.screen.actor, (blocking.starts_at, blocking.ends_at)
        hits = await self.screen.kiosk.operations.run(
            lambda lab: gpu_outages.hit_by(lab, actor, self.workstation_id, *span)
        )
        return replace(blocking, hits=hits)

    def go_on(self, blocking: Blocking | None, then: Callable[[Blocking], None]) -> None:
        """Do what was planned; first, where bookings are hit, show them and ask which of them move."""
        if blocking is None:
            return
        if not blocking.hits:
            then(blocking)
            return
        modal = HitsModal(
            self.screen.lab,
            lambda: named(self.what(), self._when(blocking)),
            blocking.hits,
            enter=self.enter,
            must_move_all=self.must_move_all,
        )

        def answered(moving: tuple[HitBooking, ...] | None) -> None:
            if moving is not None:
                then(replace(blocking, moving=moving))

        self.screen.app.push_screen(modal, answered)

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


def hit_text(count: int | None) -> str:
    """How many bookings something hits."""
    if not count:
        return _("No booking is hit.")
    return ngettext("{count} booking is hit.", "{count} bookings are hit.", count).format(count=count)


def done_text(view: OutageView | ClosureView) -> str:
    """How many bookings moved out of the way, and how many are still hit."""
    if not view.bookings_moved:
        return hit_text(view.bookings_hit)
    moved = ngettext("{count} booking was moved.", "{count} bookings were moved.", view.bookings_moved)
    moved = moved.format(count=view.bookings_moved)
    return sentences(moved, hit_text(view.bookings_hit)) if view.bookings_hit else moved
