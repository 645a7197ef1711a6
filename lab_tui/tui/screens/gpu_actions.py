"""What only the screen of the GPUs can: find free ones, wait for some, book every week."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType

from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab import gpu_finding, gpu_series, gpu_shares, gpu_waiting, gpus
from lab_tui.lab.gpu_series import SeriesPlan, SeriesView, SeriesWish
from lab_tui.lab.gpu_waiting import WaitView, WaitWish
from lab_tui.lab.gpus import BookingWish, BookInstead, WorkstationView
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.finding import Search
from lab_tui.text import printable
from lab_tui.tui.screens.base import new_request_key
from lab_tui.tui.screens.gpu_changes import GpuChanges
from lab_tui.wording import refusals, times, waits

if TYPE_CHECKING:
    from lab_tui.lab.gpu_shares import TeamShare
    from lab_tui.tui.modals.wait_sheet import Instead, Wait

V = TypeVar("V")

# For `BINDINGS = [*GPU_KEYS, ...]` of a screen whose letters are free.
GPU_KEYS: list[BindingType] = [
    Binding("f", "find", N_("Find"), id="find"),
    Binding("q", "calendar_code", N_("Calendar"), id="calendar_code"),
    Binding("m", "move", N_("Move"), id="move"),
    Binding("e", "change_end", N_("Longer, shorter"), id="change_end", show=False),
    Binding("h", "hand_over", N_("Hand over"), id="hand_over", show=False),
    Binding("x", "cancel_booking", N_("Cancel"), id="cancel"),
    Binding("c", "check_in", N_("Check in"), id="check_in"),
    Binding("r", "repeat", N_("Repeat"), id="repeat", show=False),
    Binding("y", "wait", N_("Wait"), id="wait", show=False),
]


class GpuActions(GpuChanges[V], Generic[V]):
    """A screen from which GPUs are sought, waited for and booked every week."""

    HAS_TIMETABLE: ClassVar[bool] = True

    def wish_here(self) -> BookingWish | None:
        """What is selected, or would be booked where the cursor is."""
        return None

    # Finding

    def action_find(self) -> None:
        """Ask what to look for."""
        from lab_tui.tui.modals.find_sheet import usual_search

        self._ask_what_to_find(usual_search(self.lab))

    def _ask_what_to_find(self, search: Search) -> None:
        from lab_tui.tui.modals.find_sheet import FindSheet

        def show(machines: tuple[WorkstationView, ...]) -> None:
            self.app.push_screen(FindSheet(self.lab, machines, search), self._find)

        self._with_machines(show)

    def _with_machines(self, show: Callable[[tuple[WorkstationView, ...]], None]) -> None:
        actor = self.actor
        self.ask_lab(lambda lab: gpus.workstations(lab, actor), show)

    def _find(self, search: Search | None) -> None:
        if search is not None:
            actor = self.actor
            self.ask_lab(lambda lab: gpu_finding.find(lab, actor, search), partial(self._show_found, search))

    def _show_found(self, search: Search, places: tuple[BookInstead, ...]) -> None:
        from lab_tui.tui.modals.pick import PickModal

        if not places:
            self._offer_to_wait(search)
            return

        def chosen(index: int | None) -> None:
            if index is None:
                self._ask_what_to_find(search)
            else:
                self.look_at(places[index].wish)

        now = self.lab.clock.now()
        lines = [partial(refusals.remedy_line, place, self.lab.time, now) for place in places]
        self.app.push_screen(PickModal(lambda: _("Free GPUs"), lines), chosen)

    # Waiting

    def _offer_to_wait(self, search: Search) -> None:
        from lab_tui.tui.modals.question import QuestionModal

        def answered(yes: bool | None) -> None:
            if yes:
                self._ask_what_to_wait_for(search)
            else:
                self._ask_what_to_find(search)

        def question() -> str:
            return _("Wait for it? When something frees, you are told at your next scan.")

        self.app.push_screen(QuestionModal(lambda: _("Nothing is free then"), question), answered)

    def action_wait(self) -> None:
        """Ask what to wait for, beginning with what is under the cursor."""
        from lab_tui.tui.modals.find_sheet import search_of, usual_search

        wish = self.wish_here()
        self._ask_what_to_wait_for(search_of(wish, self.lab) if wish else usual_search(self.lab))

    def _ask_what_to_wait_for(self, search: Search) -> None:
        from lab_tui.tui.modals.wait_sheet import WaitSheet

        actor = self.actor

        def read(lab: Lab) -> tuple[tuple[WorkstationView, ...], tuple[WaitView, ...]]:
            return gpus.workstations(lab, actor), gpu_waiting.waits_of(lab, actor)

        def show(known: tuple[tuple[WorkstationView, ...], tuple[WaitView, ...]]) -> None:
            machines, waits = known
            self.app.push_screen(WaitSheet(self.lab, machines, search, len(waits)), self._wait)

        self.ask_lab(read, show)

    def _wait(self, answer: Wait | Instead | None) -> None:
        from lab_tui.tui.modals.wait_sheet import Instead, Wait

        match answer:
            case Wait(search):
                self._join(search)
            case Instead.MY_WAITS:
                actor = self.actor
                self.ask_lab(lambda lab: gpu_waiting.waits_of(lab, actor), self._show_waits)
            case Instead.FAIR_SHARE:
                actor = self.actor
                self.ask_lab(lambda lab: gpu_shares.fair_share(lab, actor), self._show_shares)

    def _join(self, search: Search) -> None:
        actor, key = self.actor, new_request_key()
        wish = WaitWish(
            search.gpu_count,
            round(search.length.total_seconds() / 60),
            search.earliest,
            search.latest,
            search.memory_at_least,
            search.workstation_id,
        )
        self.act(lambda lab: gpu_waiting.join(lab, actor, wish, request_key=key), self._joined)

    def _joined(self, wait: WaitView) -> str:
        if wait.state == "offered":
            return _("It is free: {what} is held for you. Accept it on My day.").format(what=waits.what(wait))
        told = _("You wait for {what}. When something frees, you are told at your next scan.")
        return told.format(what=waits.what(wait))

    def _show_waits(self, mine: tuple[WaitView, ...]) -> None:
        from lab_tui.tui.modals.pick import PickModal

        def chosen(index: int | None) -> None:
            if index is not None:
                self.withdraw(mine[index])

        now = self.lab.clock.now()
        lines = [partial(waits.line, wait, self.lab.time, now) for wait in mine]

        def about() -> str:
            return _("Choose one to wait for it no longer.")

        self.app.push_screen(PickModal(lambda: _("You wait for"), lines, about), chosen)

    def _show_shares(self, shares: tuple[TeamShare, ...]) -> None:
        from lab_tui.tui.modals.fair_share import FairShareModal

        startup_id = self.visit.person.startup_id if self.visit else None
        self.app.push_screen(FairShareModal(shares, startup_id))

    # Every week

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what is selected can be repeated."""
        if action == "repeat":
            return True if self._is_composed() and self.wish_here() is not None else None
        return super().check_action(action, parameters)

    def action_repeat(self) -> None:
        """Ask on which days what is selected repeats."""
        wish = self.wish_here()
        if wish is not None:
            # The lab picks the GPUs, each day those that are free.
            self._ask_when_to_repeat(replace(wish, gpu_numbers=(), gpu_count=len(wish.gpu_numbers)))

    def _ask_when_to_repeat(self, wish: BookingWish) -> None:
        from lab_tui.tui.modals.series_sheet import SeriesSheet

        actor = self.actor

        def read(lab: Lab) -> tuple[str, date | None]:
            machines = gpus.workstations(lab, actor)
            name = next((one.name for one in machines if one.id == wish.workstation_id), "")
            return name, gpu_series.last_day(lab, actor)

        def show(known: tuple[str, date | None]) -> None:
            self.app.push_screen(SeriesSheet(self.lab, known[0], wish, known[1]), self._plan_series)

        self.ask_lab(read, show)

    def _plan_series(self, series: SeriesWish | None) -> None:
        if series is not None:
            actor = self.actor
            self.ask_lab(
                lambda lab: gpu_series.preview_series(lab, actor, series), partial(self._show_plan, series)
            )

    def _show_plan(self, series: SeriesWish, plan: SeriesPlan) -> None:
        from lab_tui.tui.modals.series_sheet import SeriesPlanModal

        def answered(yes: bool | None) -> None:
            if yes:
                self._book_series(series)
            else:
                self._ask_when_to_repeat(series.wish)

        self.app.push_screen(SeriesPlanModal(self.lab, plan), answered)

    def _book_series(self, series: SeriesWish) -> None:
        actor, key = self.actor, new_request_key()

        def said(made: SeriesView) -> str:
            return ngettext(
                "Booked: {count} booking on {workstation}, the last {day}.",
                "Booked: {count} bookings on {workstation}, the last {day}.",
                len(made.bookings),
            ).format(
                count=len(made.bookings),
                workstation=printable(made.bookings[0].workstation),
                day=times.day_short(self.lab.time.day_of(made.bookings[-1].starts_at)),
            )

        self.act(
            lambda lab: gpu_series.book_series(lab, actor, series, request_key=key),
            said,
            lambda made: self.show_changed(made.bookings[0]),
        )
