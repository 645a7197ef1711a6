"""Book the same every week: on which days and until when; and what of it can be."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab.gpu_series import NotPossible, SeriesPlan, SeriesWish
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.operation import Lab
from lab_tui.text import printable
from lab_tui.tui.modals.base import LabModal
from lab_tui.tui.modals.step_sheet import StepSheet
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.tui.widgets.stepper import Step, Stepper
from lab_tui.tui.widgets.toggles import Toggles
from lab_tui.wording import figures, refusals, times, waits
from lab_tui.wording.series import clock_note

# Where no cohort ends: as long as one lasts.
_USUAL_WEEKS = 26
_WEEK = timedelta(days=7)
_MONDAY = date(2024, 1, 1)


class SeriesSheet(StepSheet[SeriesWish]):
    """Asks on which weekdays and until when a booking repeats; answers with that, or None."""

    ENTER: ClassVar[str] = N_("Show what is possible")
    _days: Toggles
    _until: Stepper[date]

    def __init__(self, lab: Lab, workstation: str, wish: BookingWish, last_day: date | None) -> None:
        """`last_day` is the last one of the start-up in the lab, where that is known."""
        super().__init__(lab)
        self._workstation = workstation
        self._wish = wish
        first = lab.time.day_of(wish.starts_at)
        self._series = SeriesWish(wish, (first.weekday(),), last_day or first + _USUAL_WEEKS * _WEEK)
        self._last_day = self._series.until
        self._is_known = last_day is not None

    def title_text(self) -> str:
        """Its title."""
        return _("Repeat every week on {workstation}").format(workstation=self._workstation)

    def compose_fields(self) -> ComposeResult:
        names = [times.weekday(_MONDAY + timedelta(days=day)) for day in range(7)]
        self._days = Toggles(names, self._series.weekdays, id="days")
        self._until = Stepper(self._ends(), self._series.until, leap=4, id="until")
        yield self.field(_("Every"), self._days)
        yield self.field(_("Until"), self._until)

    def _ends(self) -> list[Step[date]]:
        """Each week's end from the first on, and the last day."""
        first = self.lab.time.day_of(self._wish.starts_at)
        days, day = {max(first, self._last_day)}, first + timedelta(days=6)
        while day < self._last_day:
            days.add(day)
            day += _WEEK
        return [Step(self._end(one), one) for one in sorted(days)]

    def _end(self, day: date) -> str:
        text = times.day_with_year(day)
        ends_there = self._is_known and day == self._last_day
        return _("{day}, the cohort ends").format(day=text) if ends_there else text

    def focus_first(self) -> None:
        """The days."""
        self.query_one(Toggles).focus()

    def changed(self) -> None:
        """Note what is chosen."""
        self._series = SeriesWish(self._wish, self._days.chosen, self._until.value)

    def words(self) -> Content:
        """The booking that repeats."""
        wish = self._wish
        hours = times.hours(self.lab.time, wish.starts_at, wish.ends_at)
        gpus = waits.gpu_count(wish.gpu_count)
        first = times.day_short(self.lab.time.day_of(wish.starts_at))
        what = _("{gpus} · {hours} · from {day} on").format(gpus=gpus, hours=hours, day=first)
        ahead = _("Nothing is booked before you have seen the list.")
        return Content.assemble((what, "bold"), "\n", (ahead, "$text-muted"))

    def action_answer(self) -> None:
        """That series."""
        if self._series.weekdays:
            self.dismiss(self._series)


class SeriesPlanModal(LabModal[bool], inherit_bindings=False):
    """Shows what would be booked and what not, and why; answers True to book it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer(True)", N_("Book"), id="book"),
        Binding("escape", "answer(False)", N_("Back"), id="back"),
        Binding("down", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(10)", N_("More"), id="more", key_display="PgDn"),
        Binding("pageup", "scroll(-10)", show=False),
    ]

    def __init__(self, lab: Lab, plan: SeriesPlan) -> None:
        super().__init__()
        self._lab = lab
        self._plan = plan

    def compose(self) -> ComposeResult:
        possible, refused = self._plan.possible, self._plan.refused
        with VerticalScroll(classes="sheet", can_focus=False) as sheet:
            sheet.border_title = Content(_("What can be booked"))
            yield Static(Content(self._head(len(possible))), classes="heading", markup=False)
            yield Static(Content("\n".join(map(self._line, possible))), id="possible", markup=False)
            for why, alike in groupby(refused, key=self._why):
                yield from self._not_possible(why, list(alike))
        yield KeyBar()

    def _head(self, count: int) -> str:
        if not count:
            return _("Not one of them can be booked:")
        return ngettext(
            "{count} booking; Enter books it:", "{count} bookings; Enter books them:", count
        ).format(count=count)

    def _line(self, wish: BookingWish) -> str:
        hours = times.hours(self._lab.time, wish.starts_at, wish.ends_at)
        note = clock_note(self._lab.time, wish.starts_at)
        line = f"✓ {self._day(wish)}  {hours}  {figures.gpus(wish.gpu_numbers)}"
        return f"{line}  {note}" if note else line

    def _day(self, wish: BookingWish) -> str:
        return times.day_short(self._lab.time.day_of(wish.starts_at))

    def _why(self, refused: NotPossible) -> str:
        now = self._lab.clock.now()
        sentences = (refusals.sentence(one, self._lab.time, now) for one in refused.reasons)
        return "\n".join(f"✕ {printable(sentence)}" for sentence in sentences)

    def _not_possible(self, why: str, alike: list[NotPossible]) -> ComposeResult:
        """A reason and the days it is about, which can be many."""
        yield Static(Content(why), classes="bad heading", markup=False)
        first, last = self._day(alike[0].wish), self._day(alike[-1].wish)
        if len(alike) == 1:
            days = first
        else:
            days = ngettext(
                "{first} to {last}, {count} booking", "{first} to {last}, {count} bookings", len(alike)
            ).format(first=first, last=last, count=len(alike))
        yield Static(Content(f"  {days}"), markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be booked where nothing is possible."""
        if action == "answer" and parameters == (True,):
            return True if self._plan.possible else None
        return super().check_action(action, parameters)

    def action_answer(self, yes: bool) -> None:
        """One answer."""
        self.dismiss(yes)

    def action_scroll(self, lines: int) -> None:
        """A longer list than the screen."""
        self.query_one(".sheet").scroll_relative(y=lines, animate=False)
