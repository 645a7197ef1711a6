"""GPUs: the timetable of a day; selecting, booking, checking in, cancelling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.content import Content
from textual.widgets import Static
from textual.worker import WorkType

from lab_tui.errors import BadInput, Refused, Remedy, SystemCannot
from lab_tui.i18n import N_, _
from lab_tui.lab import checkins, gpus
from lab_tui.lab.checkins import CheckInKind, CheckInView
from lab_tui.lab.gpus import BookingView, BookingWish, BookInstead, GpuDay, Preview
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.booking import cancelled_late
from lab_tui.text import printable
from lab_tui.tui.keys import with_enter
from lab_tui.tui.modals.booking_sheet import BookingSheet
from lab_tui.tui.modals.question import QuestionModal
from lab_tui.tui.notice import Tone
from lab_tui.tui.screens.base import LabScreen, new_request_key
from lab_tui.tui.screens.gpu_rows import (
    Looker,
    first_free,
    free_slots,
    gpu_of,
    legend,
    row_key,
    timetable_view,
)
from lab_tui.tui.widgets.day_keys import DayKeys
from lab_tui.tui.widgets.timetable import Selection, Timetable, TimetableView
from lab_tui.wording import figures, times

_USUAL_MINUTES = 120


@dataclass(frozen=True)
class _Goal:
    """Where the cursor goes once the day that holds it is there."""

    instant: datetime
    row_key: int


class GpusScreen(LabScreen[GpuDay]):
    """The working screen for GPU bookings."""

    CSS_PATH = "gpus.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "cancel_booking", N_("Cancel"), id="cancel"),
        Binding("c", "check_in", N_("Check in"), id="check_in"),
        Binding(
            "left_square_bracket",
            "change_day(-1)",
            N_("Day before"),
            key_display="[",
            id="day_before",
            show=False,
        ),
        Binding(
            "right_square_bracket",
            "change_day(1)",
            N_("Day after"),
            key_display="]",
            id="day_after",
            show=False,
        ),
        Binding("t", "today", N_("Today"), id="today", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._day: date | None = None
        self._goal: _Goal | None = None
        # Whether the cursor goes to what is free soonest: when the screen is opened, and by `today`.
        self._seeks_free = True

    def compose_body(self) -> ComposeResult:
        yield DayKeys()
        yield Timetable()
        yield Static("", id="detail", markup=False)
        yield Static("", id="legend", markup=False)

    def load(self, lab: Lab) -> GpuDay:
        return gpus.day_view(lab, self.actor, self._day or lab.today())

    def forget(self) -> None:
        super().forget()
        self._day = None
        self._goal = None
        self._seeks_free = True
        if self._is_composed():
            self.query_one(Timetable).view = TimetableView()

    def title_text(self) -> str:
        day = self._day or self.lab.today()
        return _("GPUs · {day}").format(day=times.day_long(day))

    def help_text(self) -> str:
        return _(
            "Every row is a GPU, every column a piece of the day. Move with the arrows, hold Shift to select "
            "more, or drag. Enter books what is selected; where nothing is selected, the next two hours.\n\n"
            "Type a time, such as 1430, to jump to it. x gives your booking back, c checks you in."
        )

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Enter books here."""
        return with_enter(super().active_bindings, N_("Book"))

    def tick(self) -> None:
        super().tick()
        if self._is_composed():
            self.query_one(Timetable).now = self.lab.clock.now()

    def paint(self) -> None:
        self.query_one(DayKeys).refresh()
        self.query_one("#legend", Static).update(legend())
        if self.value is not None:
            timetable = self.query_one(Timetable)
            timetable.view = timetable_view(self.value, self._looker(), self.lab.time)
            self._seek(timetable, self.value)
        self._paint_detail()

    def _looker(self) -> Looker:
        person = self.visit.person if self.visit else None
        return Looker(person.id, person.startup_id) if person else Looker(None, None)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.query_one(Timetable).focus()

    def _seek(self, timetable: Timetable, day: GpuDay) -> None:
        """Put the cursor where it is wanted, once the day it is wanted on is shown."""
        if self._goal is not None and day.starts_at <= self._goal.instant < day.ends_at:
            timetable.go_to(self._goal.instant, self._goal.row_key)
            self._goal = None
        elif self._seeks_free and day.day == self.lab.today() and not timetable.view.is_empty:
            self._seeks_free = False
            now = self.lab.clock.now()
            view = timetable.view
            found = first_free(view, view.slot_at(now), self._usual_slots())
            if found is None:
                timetable.go_to(now)
            else:
                timetable.go_to(view.slots[found[1]].start, found[0].key)

    def _usual_slots(self) -> int:
        """How many slots are booked where only a start was chosen."""
        return max(1, _USUAL_MINUTES // self.lab.config.gpus.slot_minutes)

    # What is under the cursor

    @on(Timetable.CursorMoved)
    def _paint_detail(self) -> None:
        self.query_one("#detail", Static).update(self._detail(), layout=False)
        self.refresh_bindings()

    def _detail(self) -> Content:
        timetable = self.query_one(Timetable)
        selection, block = timetable.selection, timetable.block_at_cursor
        if self.value is None or selection is None:
            return Content("")
        booking = self._booking_here()
        if booking is not None and _is_one_cell(timetable):
            return _line(*self._booking_parts(booking))
        wish = self._wish(selection)
        where = next((m.name for m in self.value.workstations if m.id == wish.workstation_id), "")
        minutes = int((wish.ends_at - wish.starts_at).total_seconds() // 60)
        state = self._free_text(timetable) if block is None else block.text
        return _line(
            f"{where} {figures.gpus(wish.gpu_numbers)}",
            times.hours(self.lab.time, wish.starts_at, wish.ends_at),
            times.duration(minutes),
            state if _is_one_cell(timetable) else "",
        )

    def _free_text(self, timetable: Timetable) -> str:
        """Until when it is free under the cursor, if somebody comes later this day."""
        view, row = timetable.view, timetable.cursor_row
        slot, count = timetable.cursor.slot, len(view.slots) - timetable.cursor.slot
        if view.end_of(slot) <= self.lab.clock.now():
            return _("past")
        free = free_slots((row,) if row else (), slot, count)
        if free == count:
            return _("free")
        return _("free until {time}").format(time=view.slots[slot + free].label)

    def _booking_here(self) -> BookingView | None:
        block = self.query_one(Timetable).block_at_cursor
        if self.value is None or block is None or block.key is None:
            return None
        return next((b for b in self.value.bookings if b.id == block.key), None)

    def _my_booking_here(self) -> BookingView | None:
        booking = self._booking_here()
        mine = booking is not None and booking.person_id == self._looker().person_id
        return booking if mine else None

    def _booking_parts(self, booking: BookingView) -> list[str]:
        parts = [
            f"{booking.workstation} {figures.gpus(booking.gpu_numbers)}",
            times.hours(self.lab.time, booking.starts_at, booking.ends_at),
        ]
        if booking.person_id != self._looker().person_id:
            return [*parts, booking.person_name, booking.startup_name]
        parts.append(_("yours"))
        if booking.checked_in_at is not None:
            checked_in = times.clock_time(self.lab.time, booking.checked_in_at)
            parts.append(_("checked in {time}").format(time=checked_in))
        return [*parts, f"CUDA_VISIBLE_DEVICES={booking.cuda_visible_devices}", booking.purpose]

    # Booking

    def _wish(self, selection: Selection) -> BookingWish:
        """What is selected; where only a start is, the usual time from then on, or until somebody comes."""
        timetable = self.query_one(Timetable)
        view, end = timetable.view, selection.end
        slot = view.slot_at(selection.start)
        if view.end_of(slot) == end:
            rows = [row for row in view.rows if row.key in selection.row_keys]
            usual = min(self._usual_slots(), len(view.slots) - slot)
            end = view.end_of(slot + (free_slots(rows, slot, usual) or usual) - 1)
        gpu_numbers = tuple(gpu_of(key)[1] for key in selection.row_keys)
        return BookingWish(selection.group_key, gpu_numbers, selection.start, end)

    @on(Timetable.Chosen)
    def _chosen(self, event: Timetable.Chosen) -> None:
        if self.visit is None:
            return
        if self._my_booking_here() is not None and _is_one_cell(event.timetable):
            self.tell(_("This is yours already: x gives it back, c checks you in."), Tone.ATTENTION)
        else:
            self._look_at(self._wish(event.selection))

    def _look_at(self, wish: BookingWish) -> None:
        """Show the sheet for a wish, or why it cannot be."""
        work: WorkType[None] = partial(self._preview, wish)
        self.run_worker(work, group="preview", exclusive=True)

    async def _preview(self, wish: BookingWish) -> None:
        try:
            preview = await self._ask(wish)
        except (Refused, BadInput, SystemCannot) as error:
            if self.is_current:
                self.show_error(error)
        else:
            # Not over a screen that somebody went to meanwhile.
            if self.is_current:
                self.app.push_screen(BookingSheet(preview, self.lab, self._ask), self._answered)

    async def _ask(self, wish: BookingWish) -> Preview:
        actor = self.actor
        return await self.kiosk.operations.run(lambda lab: gpus.preview(lab, actor, wish))

    def _answered(self, wish: BookingWish | None) -> None:
        if wish is not None:
            actor, key = self.actor, new_request_key()
            self.act(
                lambda lab: gpus.book(lab, actor, wish, request_key=key), self._booked, self._show_booked
            )

    def _booked(self, booking: BookingView) -> str:
        return _("Booked: {workstation} {gpus}, {when}.").format(
            workstation=booking.workstation,
            gpus=figures.gpus(booking.gpu_numbers),
            when=times.span(self.lab.time, booking.starts_at, booking.ends_at, self.lab.clock.now()),
        )

    def _show_booked(self, booking: BookingView) -> None:
        """Put the cursor on what was booked, whatever day that is on."""
        self._goal = _Goal(booking.starts_at, row_key(booking.workstation_id, booking.gpu_numbers[0]))
        self._show_day(self.lab.time.day_of(booking.starts_at))

    def take_remedy(self, remedy: Remedy) -> None:
        if isinstance(remedy, BookInstead):
            self._look_at(remedy.wish)

    # One's own bookings

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what the booking under the cursor does not allow."""
        if action in ("cancel_booking", "check_in") and self._is_composed():
            booking = self._my_booking_here()
            if booking is None or (action == "check_in" and booking.state != "booked"):
                return None
        return super().check_action(action, parameters)

    def action_cancel_booking(self) -> None:
        """Give the booking under the cursor back, after asking."""
        booking = self._my_booking_here()
        if booking is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                actor = self.actor
                self.act(lambda lab: gpus.cancel(lab, actor, booking.id), self._cancelled)

        question = QuestionModal(lambda: _("Cancel this booking?"), lambda: self._what_is_lost(booking))
        self.app.push_screen(question, answered)

    def _what_is_lost(self, booking: BookingView) -> str:
        now, late_minutes = self.lab.clock.now(), self.lab.config.gpus.late_cancel_minutes
        text = _("{workstation} {gpus}, {when}, will be free for others.").format(
            workstation=booking.workstation,
            gpus=figures.gpus(booking.gpu_numbers),
            when=times.span(self.lab.time, booking.starts_at, booking.ends_at, now),
        )
        if cancelled_late(booking.starts_at, now, late_minutes):
            text += " " + _("It is late for that: its GPU-hours still count.")
        return text

    def _cancelled(self, booking: BookingView) -> str:
        return _("Cancelled: {workstation} {gpus}.").format(
            workstation=booking.workstation, gpus=figures.gpus(booking.gpu_numbers)
        )

    def action_check_in(self) -> None:
        """Check in to the booking under the cursor."""
        booking = self._my_booking_here()
        if booking is None:
            return
        actor = self.actor

        def said(check_in: CheckInView) -> str:
            return _("Checked in: {title}. CUDA_VISIBLE_DEVICES={devices}").format(
                title=check_in.title, devices=booking.cuda_visible_devices
            )

        self.act(lambda lab: checkins.check_in(lab, actor, CheckInKind.BOOKING, booking.id), said)

    # Days

    def action_change_day(self, days: int) -> None:
        """The day before or after."""
        self.tell("")
        self._show_day((self._day or self.lab.today()) + timedelta(days=days))

    def action_today(self) -> None:
        """Back to today, to what is free now."""
        self.tell("")
        self._seeks_free = True
        self._show_day(self.lab.today())

    def _show_day(self, day: date) -> None:
        self._day = None if day == self.lab.today() else day
        self.tick()
        self.refresh_value()


def _is_one_cell(timetable: Timetable) -> bool:
    """Whether nothing but the cell under the cursor is selected."""
    selection = timetable.selection
    return (
        selection is not None
        and len(selection.row_keys) == 1
        and selection.end == timetable.view.end_of(timetable.cursor.slot)
        and selection.start == timetable.cursor_start
    )


def _line(first: str, *parts: str) -> Content:
    """Parts of a line, the first in bold."""
    shown = [printable(part) for part in parts if part]
    return Content.assemble((printable(first), "bold"), *(f"  {part}" for part in shown))
