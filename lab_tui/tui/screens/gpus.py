"""GPUs: the timetable of a day, of a week of one workstation, and one's own bookings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from lab_tui.i18n import N_, _, pgettext
from lab_tui.lab import gpu_blocked, gpu_waiting, gpu_weeks, gpus
from lab_tui.lab.gpu_blocked import Hit
from lab_tui.lab.gpu_weeks import GpuWeek
from lab_tui.lab.gpus import BookingView, BookingWish, GpuDay, WorkstationView
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.calendar import slot_end, slot_start
from lab_tui.tui.keys import with_enter
from lab_tui.tui.screens import gpu_filter
from lab_tui.tui.screens.day_walk import DayWalk
from lab_tui.tui.screens.gpu_actions import GPU_KEYS, GpuActions
from lab_tui.tui.screens.gpu_lines import MyBookings, booking_line, joined, mine_lines
from lab_tui.tui.screens.gpu_rows import (
    Looker,
    day_table,
    first_free,
    fitted_start,
    free_text,
    gpu_of,
    kinds_in,
    legend,
    legend_text,
    machine_detail,
    row_key,
    shortened,
    usual_end,
    week_table,
)
from lab_tui.tui.widgets.day_keys import DayKeys
from lab_tui.tui.widgets.drawing import KeptText, cell_width
from lab_tui.tui.widgets.key_bar import KeyItem
from lab_tui.tui.widgets.line_list import LineList, LineListView
from lab_tui.tui.widgets.timetable import Timetable, TimetableView
from lab_tui.wording import figures, times

GpuPage = GpuDay | GpuWeek | MyBookings
"""What the screen shows: one of these at a time."""

_USUAL_MINUTES = 120
# Cells of the title bar that no text fills: at both sides, and before what stands at the right.
_TITLE_EDGES = 6
_DAYS_OF_A_WEEK = 7


class _Page(Enum):
    """The value a person asked for."""

    DAY = auto()
    WEEK = auto()
    MINE = auto()


@dataclass(frozen=True)
class _Goal:
    """Where the cursor goes once the day that holds it is there."""

    instant: datetime
    row_key: int


class GpusScreen(GpuActions[GpuPage], DayWalk[GpuPage]):
    """The working screen for GPU bookings."""

    CSS_PATH = "gpus.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *GPU_KEYS,
        Binding("w", "week", N_("Week"), id="week", show=False),
        Binding("i", "mine", N_("My bookings"), id="mine", show=False),
        Binding("v", "filter", N_("Which GPUs"), id="filter", show=False),
        Binding("pagedown", "machine(1)", N_("Next workstation"), id="next_machine", show=False),
        Binding("pageup", "machine(-1)", N_("Workstation before"), id="machine_before", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._page = _Page.DAY
        self._machine_id = 0
        self._filter = gpu_filter.ALL
        self._goal: _Goal | None = None
        # Whether the cursor goes to what is free soonest: when the screen is opened, and by `today`.
        self._seeks_free = True
        self._possible: object = None

    def compose_body(self) -> ComposeResult:
        yield DayKeys()
        yield Timetable()
        with VerticalScroll(id="mine", can_focus=False):
            yield LineList(id="bookings")
        yield KeptText("", id="detail", markup=False)
        yield KeptText("", id="legend", markup=False)

    def on_mount(self) -> None:
        self.watch(self.query_one(Timetable), "spot", self._paint_detail, init=False)

    def load(self, lab: Lab) -> GpuPage:
        match self._page:
            case _Page.DAY:
                return gpus.day_view(lab, self.actor, self._day or lab.today())
            case _Page.WEEK:
                return gpu_weeks.week_view(lab, self.actor, self._machine_id, self._day or lab.today())
            case _Page.MINE:
                booked, held = gpus.bookings_of(lab, self.actor), gpu_waiting.offers_of(lab, self.actor)
                return MyBookings.of(booked, held, gpu_blocked.hits_of(lab, booked))

    def point_at(self, workstation_id: int) -> None:
        """Show today, with the cursor on a workstation, now."""
        self._page, self._day, self._filter = _Page.DAY, None, gpu_filter.ALL
        self._goal = _Goal(self.lab.clock.now(), row_key(workstation_id, 0))
        self._seeks_free = False
        if self._is_composed():
            self._turn_to(_Page.DAY)

    def forget(self) -> None:
        super().forget()
        self._page = _Page.DAY
        self._machine_id = 0
        self._filter = gpu_filter.ALL
        self._goal = None
        self._seeks_free = True
        if self._is_composed():
            self.query_one(Timetable).view = TimetableView()
            self.query_one(LineList).view = LineListView()

    def title_text(self) -> str:
        match self.value, self._page:
            case MyBookings(), _:
                return _("My GPU bookings")
            case GpuWeek() as week, _:
                first, last = (times.day_short(week.days[at].day) for at in (0, -1))
                days = _("{start} - {end}").format(start=first, end=last)
                rest = f" · {machine_detail(week.workstation)} · {days}"
                room = self.size.width - cell_width(self.right_text()) - cell_width(rest) - _TITLE_EDGES
                return shortened(week.workstation.name, room) + rest
        title = _("GPUs · {day}").format(day=times.day_long(self.day))
        return f"{title} · {self._filter.text()}" if self._filter.text() else title

    def help_text(self) -> str:
        return (
            _(
                "Every row is a GPU, every column a piece of the day. Move with the arrows, hold Shift to "
                "select more, or drag. Enter books what is selected; where nothing is selected, the next two "
                "hours. On a booking of yours Enter asks what to do with it."
            )
            + "\n\n"
            + legend_text()
            + "\n\n"
            + _(
                "Type a time, such as 1430, to jump to it; Page up and Page down go by workstation.\n\n"
                "w shows one workstation for a week, i your own bookings, v only some GPUs; the same key or "
                "Escape goes back to the day."
            )
        )

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Enter books here, opens what is one's own, or moves a booking here."""
        if self._moving is not None:
            return with_enter(super().active_bindings, N_("Move here"))
        opens = self._is_composed() and self._opens(self.my_booking_here())
        return with_enter(super().active_bindings, N_("Open") if opens else N_("Book"))

    def tick(self) -> None:
        super().tick()
        if self._is_composed():
            self.query_one(Timetable).now = self.lab.clock.now()

    # What is shown

    def paint(self) -> None:
        timetable, mine = self.query_one(Timetable), self.query_one(LineList)
        value = self.value
        is_mine = isinstance(value, MyBookings)
        timetable.display = not is_mine
        self.query_one("#mine").display = is_mine
        self._paint_keys()
        match value:
            case GpuDay():
                machines = self._wanted(value.workstations)
                timetable.view = day_table(value, machines, self._looker(), self.lab.time, self.lab.today())
            case GpuWeek():
                timetable.view = week_table(value, self._looker(), self.lab.time, self.lab.today())
            case MyBookings():
                mine.view = mine_lines(value, self.lab.time, self.lab.clock.now())
        self._paint_legend()
        if not is_mine:
            self._seek(timetable)
        self._focus_shown()
        self._paint_detail()

    def _paint_keys(self) -> None:
        keys, week = self.query_one(DayKeys), self._page is _Page.WEEK
        items = [
            KeyItem("w", "w", pgettext("the timetable of a day", "Day") if week else _("Week")),
            KeyItem("i", "i", _("Timetable") if self._page is _Page.MINE else _("Mine")),
        ]
        if week:
            items.append(KeyItem("pagedown", "PgDn", _("Next")))
        elif self._page is _Page.DAY:
            items.append(KeyItem("v", "v", _("Filter")))
        keys.left = tuple(items)
        keys.days_a_turn = 0 if self._page is _Page.MINE else self.days_a_turn()

    def _looker(self) -> Looker:
        person = self.visit.person if self.visit else None
        return Looker(person.id, person.startup_id) if person else Looker(None, None)

    def _wanted(self, machines: tuple[WorkstationView, ...]) -> tuple[WorkstationView, ...]:
        return tuple(machine for machine in machines if self._filter.accepts(machine))

    def on_screen_resume(self) -> None:
        self._focus_shown()

    def on_resize(self) -> None:
        """Fit the legend."""
        if self._is_composed():
            self._paint_legend()

    def _paint_legend(self) -> None:
        text = Content("")
        if not isinstance(self.value, MyBookings):
            text = legend(self.size.width - 4, kinds_in(self.query_one(Timetable).view))
        self.query_one("#legend", Static).update(text, layout=False)

    def _focus_shown(self) -> None:
        shown = self.query_one(LineList if isinstance(self.value, MyBookings) else Timetable)
        if not shown.has_focus:
            shown.focus()

    def _seek(self, timetable: Timetable) -> None:
        """Put the cursor where it is wanted, once the page and the time it is wanted at are shown."""
        if isinstance(self.value, GpuWeek) != (self._page is _Page.WEEK):
            return
        match self.value:
            case GpuDay(starts_at=starts_at, ends_at=ends_at):
                seeks_free = self._seeks_free and self.value.day == self.lab.today()
            case GpuWeek(days=days):
                starts_at, ends_at, seeks_free = days[0].starts_at, days[-1].ends_at, False
            case _:
                return
        if self._goal is not None and starts_at <= self._goal.instant < ends_at:
            timetable.go_to(self._goal.instant, self._goal.row_key)
            self._goal = None
        elif seeks_free and not timetable.view.is_empty:
            self._seeks_free = False
            self._seek_free(timetable)

    def _seek_free(self, timetable: Timetable) -> None:
        now, view = self.lab.clock.now(), timetable.view
        found = first_free(view, view.slot_at(now), self._usual_slots())
        if found is None:
            timetable.go_to(now)
        else:
            timetable.go_to(view.slots[found[1]].start, found[0].key)

    def _usual_slots(self) -> int:
        """How many slots are booked where only a start was chosen."""
        return max(1, _USUAL_MINUTES // self.lab.config.gpus.slot_minutes)

    # What is under the cursor

    @on(LineList.CursorMoved)
    def _paint_detail(self) -> None:
        booking = self.booking_here()
        self.query_one("#detail", Static).update(self._detail(booking), layout=False)
        possible = self._possible_with(booking)
        if possible != self._possible:
            self._possible = possible
            self.refresh_bindings()

    def _possible_with(self, booking: BookingView | None) -> object:
        """The keys are asked for again only when this changes: not at every cell."""
        mine = booking if self._is_mine(booking) else None
        begun = mine is not None and mine.starts_at <= self.lab.clock.now()
        is_empty = self.query_one(Timetable).view.is_empty
        return self._page, type(self.value), is_empty, self._opens(mine), mine, begun

    def _detail(self, booking: BookingView | None) -> Content:
        timetable, now = self.query_one(Timetable), self.lab.clock.now()
        if timetable.typed and not isinstance(self.value, MyBookings):
            return joined(_("Jump to {time}").format(time=timetable.typed + "_"))
        if timetable.spot.no_time and not isinstance(self.value, MyBookings):
            return joined(_("{time} is no time of day").format(time=timetable.spot.no_time))
        if booking is not None and self._is_one_cell():
            shown = replace(booking, workstation=self._short(booking.workstation))
            return booking_line(shown, self._looker(), self.lab.time, now, self._hit(booking))
        wish = self.wish_here()
        if wish is None:
            return Content("")
        block, view = timetable.block_at_cursor, timetable.view
        minutes = int((wish.ends_at - wish.starts_at).total_seconds() // 60)
        state = free_text(view, timetable.cursor, now) if block is None else block.text
        return joined(
            f"{self._short(self._machine_name(wish.workstation_id))} {figures.gpus(wish.gpu_numbers)}",
            times.hours(self.lab.time, wish.starts_at, wish.ends_at),
            times.duration(minutes),
            state if self._is_one_cell() else "",
            self._grid_text(wish.workstation_id),
        )

    def _grid_text(self, workstation_id: int) -> str:
        """Where a workstation is booked in longer steps than a column of the day."""
        minutes = self._coarse_minutes(workstation_id)
        return _("in steps of {length}").format(length=times.duration(minutes)) if minutes else ""

    def _short(self, name: str) -> str:
        """A workstation's name, cut before what is told of it would be."""
        return shortened(name, self.size.width // 4)

    def _hit(self, booking: BookingView) -> Hit | None:
        """What takes away some of a booking, on the page that is shown."""
        match self.value:
            case MyBookings(hits=hits):
                return hits.get(booking.id)
            case GpuDay() | GpuWeek() as page:
                return gpu_blocked.hit_in(page, booking, self.lab.clock.now())
        return None

    def _machine_name(self, workstation_id: int) -> str:
        match self.value:
            case GpuDay(workstations=machines) | GpuWeek(workstations=machines):
                return next((machine.name for machine in machines if machine.id == workstation_id), "")
        return ""

    def _is_one_cell(self) -> bool:
        """Whether nothing but the cell under the cursor is selected."""
        return isinstance(self.value, MyBookings) or self.query_one(Timetable).spot.anchor is None

    def booking_here(self) -> BookingView | None:
        """The booking under the cursor."""
        if self.value is None:
            return None
        if isinstance(self.value, MyBookings):
            key: object = self.query_one(LineList).key
        else:
            block = self.query_one(Timetable).block_at_cursor
            key = block.key if block is not None else None
        return next((one for one in self.value.bookings if one.id == key), None)

    def my_booking_here(self) -> BookingView | None:
        """One's own booking under the cursor."""
        booking = self.booking_here()
        return booking if self._is_mine(booking) else None

    def _is_mine(self, booking: BookingView | None) -> bool:
        return booking is not None and booking.person_id == self._looker().person_id

    def wish_here(self) -> BookingWish | None:
        """What is selected; where only a start is, the usual time from then on, or until somebody comes."""
        if self.value is None or isinstance(self.value, MyBookings):
            return None
        timetable = self.query_one(Timetable)
        selection = timetable.selection
        if selection is None:
            return None
        start, end, is_start = selection.start, selection.end, len(timetable.spot.slots) == 1
        if is_start:
            end = usual_end(timetable.view, timetable.spot, self._usual_slots())
        if minutes := self._coarse_minutes(selection.group_key):
            slot = timedelta(minutes=minutes)
            if is_start:
                start, end = fitted_start(self.lab.time, start, end, slot)
            else:
                start, end = slot_start(self.lab.time, start, slot), slot_end(self.lab.time, end, slot)
        numbers = tuple(gpu_of(key)[1] for key in selection.row_keys)
        return BookingWish(selection.group_key, numbers, start, end)

    def _coarse_minutes(self, workstation_id: int) -> int:
        """The step of a workstation's grid where it is longer than a column of the page; else 0."""
        match self.value:
            case GpuDay() | GpuWeek() as page:
                reach = page.reaches.get(workstation_id)
                if reach is not None and reach.slot_minutes > page.slot_minutes:
                    return reach.slot_minutes
        return 0

    # Choosing

    def _opens(self, mine: BookingView | None) -> bool:
        """Whether Enter opens a booking of one's own rather than booking."""
        return mine is not None and self._is_one_cell() and self._moving is None

    @on(Timetable.Chosen)
    @on(LineList.Chosen)
    def _chosen(self) -> None:
        mine, wish = self.my_booking_here(), self.wish_here()
        if self.visit is None:
            return
        if mine is not None and self._opens(mine):
            self.choose_for(mine)
        elif wish is not None:
            self.look_at(wish)
        elif self._moving is not None:
            # It is on the timetable that a place is chosen.
            self._to_day()

    def show_booked(self, booking: BookingView) -> None:
        """Put the cursor on what was booked, whatever day and workstation that is on."""
        if self._page is _Page.MINE:
            self.refresh_value()
            return
        self._goal = _Goal(booking.starts_at, row_key(booking.workstation_id, booking.gpu_numbers[0]))
        self._machine_id = booking.workstation_id
        self._filter = gpu_filter.ALL
        if self._page is _Page.WEEK and self._is_in_week(booking.starts_at):
            self.refresh_value()
        else:
            self.go_to_day(self.lab.time.day_of(booking.starts_at))

    def _is_in_week(self, instant: datetime) -> bool:
        days = (self.lab.time.day_of(instant) - self.day).days
        return 0 <= days < _DAYS_OF_A_WEEK

    # Days, weeks, one's own, only some GPUs

    def days_a_turn(self) -> int:
        return _DAYS_OF_A_WEEK if self._page is _Page.WEEK else 1

    def action_today(self) -> None:
        """Back to today, to what is free now."""
        self._seeks_free = True
        super().action_today()

    def action_week(self) -> None:
        """A week of the workstation under the cursor; or back to the day under the cursor."""
        if self._page is _Page.WEEK:
            self._to_day()
            return
        self._note_place()
        if self._machine_id:
            self._turn_to(_Page.WEEK)

    def action_mine(self) -> None:
        """One's own bookings, or back from them."""
        if self._page is _Page.MINE:
            self._to_day()
        else:
            self._note_place()
            self._turn_to(_Page.MINE)

    def action_back(self) -> None:
        """Escape leads to the day first."""
        if self._page is _Page.DAY or self._moving is not None:
            super().action_back()
        else:
            self._to_day()

    def _to_day(self) -> None:
        """The day of what is under the cursor, with the cursor still on it."""
        self._note_place()
        if self._goal is not None:
            day = self.lab.time.day_of(self._goal.instant)
            self._day = None if day == self.lab.today() else day
        self._turn_to(_Page.DAY)

    def _turn_to(self, page: _Page) -> None:
        self._page = page
        self.tell("")
        self._paint_keys()
        self.tick()
        self.refresh_value()

    def _note_place(self) -> None:
        """Keep the workstation, the GPU and the instant under the cursor for the page that comes."""
        booking, timetable = self.booking_here(), self.query_one(Timetable)
        if isinstance(self.value, MyBookings):
            if booking is not None:
                self._machine_id = booking.workstation_id
                first = row_key(booking.workstation_id, booking.gpu_numbers[0])
                self._goal = _Goal(max(booking.starts_at, self.lab.clock.now()), first)
        elif timetable.cursor_row is not None and timetable.cursor_start is not None:
            self._machine_id = gpu_of(timetable.cursor_row.key)[0]
            self._goal = _Goal(timetable.cursor_start, timetable.cursor_row.key)

    def action_machine(self, by: int) -> None:
        """The next workstation's week."""
        if not isinstance(self.value, GpuWeek):
            return
        ids = [machine.id for machine in self._wanted(self.value.workstations)]
        if ids:
            at = ids.index(self._machine_id) + by if self._machine_id in ids else 0
            self._machine_id = ids[at % len(ids)]
            self.refresh_value()

    def action_filter(self) -> None:
        """Ask which GPUs to show."""
        from lab_tui.tui.modals.pick import PickModal

        if not isinstance(self.value, GpuDay):
            return
        offered = gpu_filter.choices(self.value.workstations)

        def chosen(index: int | None) -> None:
            if index is not None:
                self._filter = offered[index]
                self.repaint()

        lines = [lambda one=one: one.text() or _("All GPUs") for one in offered]
        self.app.push_screen(PickModal(lambda: _("Which GPUs?"), lines), chosen)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Workstations are turned where one is shown, GPUs chosen where all are."""
        if action == "machine":
            return self._page is _Page.WEEK
        if action == "filter":
            return self._page is _Page.DAY
        return super().check_action(action, parameters)
