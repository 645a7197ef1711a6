"""Find me, and wait for it: how many GPUs, of what memory, for how long, between when and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content

from lab_tui.i18n import N_, _
from lab_tui.lab.gpus import BookingWish, WorkstationView
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.calendar import day_start
from lab_tui.lab.rules.finding import Search
from lab_tui.tui.modals import choices
from lab_tui.tui.modals.step_sheet import A, StepSheet
from lab_tui.tui.widgets.stepper import Stepper

_USUAL_LENGTH = timedelta(hours=2)


def usual_search(lab: Lab) -> Search:
    """One GPU of any kind for two hours, from now to the end of tomorrow."""
    ends_at = day_start(lab.time, lab.today() + timedelta(days=2))
    return Search(1, _USUAL_LENGTH, choices.slot_now(lab), ends_at)


def search_of(wish: BookingWish, lab: Lab) -> Search:
    """What was wished for: as many GPUs of that machine, within that time or what is left of it."""
    earliest = max(wish.starts_at, choices.slot_now(lab))
    length = wish.ends_at - wish.starts_at
    latest = max(wish.ends_at, earliest + length)
    return Search(len(wish.gpu_numbers), length, earliest, latest, workstation_id=wish.workstation_id)


class SearchSheet(StepSheet[A]):
    """Asks what is wanted, and in which window of time."""

    _count: Stepper[int]
    _memory: Stepper[int]
    _length: Stepper[timedelta]
    _first_day: Stepper[date]
    _earliest: Stepper[datetime]
    _last_day: Stepper[date]
    _latest: Stepper[datetime]

    def __init__(self, lab: Lab, machines: Sequence[WorkstationView], search: Search) -> None:
        """`search` is what stands in the fields at first."""
        super().__init__(lab)
        self.machines = machines
        self.search = replace(search, gpu_count=min(search.gpu_count, choices.most_gpus(machines)))

    def compose_fields(self) -> ComposeResult:
        lab, search, leap = self.lab, self.search, choices.leap(self.lab)
        first, last = lab.time.day_of(search.earliest), choices.day_of_end(lab, search.latest)
        starts, ends = choices.starts(lab, first, search.earliest), choices.ends(lab, last, search.latest)
        lengths = choices.lengths(lab, search.length)
        self._count = Stepper(choices.counts(choices.most_gpus(self.machines)), search.gpu_count, id="count")
        self._memory = Stepper(choices.memories(self.machines), search.memory_at_least, id="memory")
        self._length = Stepper(lengths, search.length, id="length")
        self._first_day = Stepper(choices.days(lab, first), first, id="first_day")
        self._earliest = Stepper(starts, search.earliest, leap=leap, id="earliest")
        self._last_day = Stepper(choices.days(lab, last), last, id="last_day")
        self._latest = Stepper(ends, search.latest, leap=leap, id="latest")
        yield self.field(_("GPUs"), self._count)
        yield self.field(_("Memory"), self._memory)
        yield self.field(_("For"), self._length)
        yield self.field(_("From"), self._first_day, self._earliest)
        yield self.field(_("Until"), self._last_day, self._latest)

    def changed(self) -> None:
        """Note what is chosen; hours follow their day, and the end stays far enough from the start."""
        self._earliest.offer(choices.starts(self.lab, self._first_day.value))
        self._latest.offer(choices.ends(self.lab, self._last_day.value))
        soonest = self._earliest.value + self._length.value
        if self._latest.value < soonest:
            last = choices.day_of_end(self.lab, soonest)
            self._last_day.offer(choices.days(self.lab, last), last)
            self._latest.offer(choices.ends(self.lab, last, soonest), soonest)
        self.search = replace(
            self.search,
            gpu_count=self._count.value,
            memory_at_least=self._memory.value,
            length=self._length.value,
            earliest=self._earliest.value,
            latest=self._latest.value,
        )


class FindSheet(SearchSheet[Search]):
    """Asks what to look for; answers with the search, or None."""

    ENTER: ClassVar[str] = N_("Find")

    def title_text(self) -> str:
        """Its title."""
        return _("Find free GPUs")

    def words(self) -> Content:
        """What comes next."""
        return Content.styled(_("The five best places are shown, soonest first."), "$text-muted")

    def action_answer(self) -> None:
        """The search."""
        self.dismiss(self.search)
