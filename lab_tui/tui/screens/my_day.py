"""My day: what a person can do now, what they have today and in the days to come."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from lab_tui.errors import Refused, SystemCannot
from lab_tui.i18n import N_, _
from lab_tui.lab import checkins, desks, events, notices, overview
from lab_tui.lab.checkins import CheckInChoice
from lab_tui.lab.events import EventView
from lab_tui.lab.gpus import BookingView
from lab_tui.lab.notices import NoticeView
from lab_tui.lab.operation import Lab
from lab_tui.lab.overview import MyDay
from lab_tui.lab.rules.permissions import WITH_PIN, Role
from lab_tui.text import printable
from lab_tui.tui.modals.base import Said
from lab_tui.tui.screens import my_day_lines
from lab_tui.tui.screens.gpu_changes import GpuChanges
from lab_tui.tui.screens.my_day_lines import (
    Accept,
    AcceptGpus,
    BookedDesk,
    BookedGpus,
    CheckIn,
    Given,
    Going,
    Leave,
    Read,
    Waiting,
)
from lab_tui.tui.sign_in import ask_pin
from lab_tui.tui.widgets.line_list import LineList
from lab_tui.tui.widgets.strips import Bar
from lab_tui.wording import notices as notice_words
from lab_tui.wording import times

_CANCELLABLE = (BookedGpus, BookedDesk, Going, AcceptGpus, Waiting)


class MyDayScreen(GpuChanges[MyDay]):
    """The day of whoever scanned their badge."""

    CSS_PATH = "my_day.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "go('gpus')", N_("GPUs"), id="go_gpus"),
        Binding("d", "go('desks')", N_("Desks"), id="go_desks"),
        Binding("e", "go('events')", N_("Events"), id="go_events"),
        Binding("p", "go('my_pass')", N_("My pass"), id="go_my_pass"),
        Binding("s", "staff", N_("Staff"), id="staff"),
        Binding("o", "leave", N_("I'm leaving"), id="leave", show=False),
        Binding("x", "cancel", N_("Cancel"), id="cancel"),
        Binding("q", "calendar_code", N_("Calendar"), id="calendar_code", show=False),
        Binding("escape", "back", N_("I'm done"), id="back"),
        *(Binding(str(number), f"number('{number}')", show=False) for number in range(1, 10)),
    ]

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="day", can_focus=False):
            yield LineList(id="lines")
        yield Bar(id="quota")

    def load(self, lab: Lab) -> MyDay:
        return overview.my_day(lab, self.actor)

    def title_text(self) -> str:
        if self.visit is None:
            return ""
        person = self.visit.person
        name = " ".join(part for part in (person.name, person.other_name) if part)
        return " · ".join(part for part in (name, person.startup_name, person.cohort_name) if part)

    def help_text(self) -> str:
        return _(
            "What you can do now stands first: press its number, or move with the arrows and press Enter.\n\n"
            "Enter on a GPU booking asks what to do with it: move it, let it end later or sooner, hand it "
            "over. x gives back what is under the cursor: a booking, a desk, a place, an offer, a wait. "
            "What you just did can be undone with u for some seconds.\n\n"
            "Escape ends your visit; it also ends by itself when no key is pressed for a while."
        )

    def paint(self) -> None:
        day = self.value
        lines, quota = self.query_one(LineList), self.query_one("#quota", Bar)
        quota.display = day is not None and day.quota is not None
        if day is None:
            lines.view = my_day_lines.NOTHING
            quota.view = my_day_lines.NO_QUOTA
            return
        lines.view = my_day_lines.lines_of(day, self.lab.time, self.lab.now())
        if day.quota is not None:
            quota.view = my_day_lines.quota_bar(day.quota, day.quota_offered)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Staff's side is for staff; what cannot be done now is dim."""
        if action == "staff":
            return self._is_staff()
        if action == "leave":
            return True if self.value is not None and self.value.inside_since is not None else None
        if action == "cancel":
            return True if isinstance(self._wish(), _CANCELLABLE) else None
        return super().check_action(action, parameters)

    def _is_staff(self) -> bool:
        return self.visit is not None and bool(WITH_PIN.get(Role(self.visit.person.role)))

    def _wish(self) -> object:
        # The keys are asked for before the list is there, and after.
        return next((lines.key for lines in self.query(LineList)), None)

    @on(LineList.CursorMoved)
    def _keys_follow_the_cursor(self) -> None:
        self.refresh_bindings()

    def my_booking_here(self) -> BookingView | None:
        """One's own booking under the cursor."""
        wish = self._wish()
        return wish.booking if isinstance(wish, BookedGpus) else None

    # Choosing

    def action_go(self, name: str) -> None:
        """Another screen."""
        self.kiosk.go(name)

    def action_number(self, number: str) -> None:
        """A number key."""
        self.query_one(LineList).choose_number(number)

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        match event.key:
            case CheckIn(choice):
                self._check_in(choice)
            case Accept(offered):
                self._accept(offered)
            case AcceptGpus(booking):
                self.accept(booking)
            case Read(notice):
                self._read(notice)
            case BookedGpus(booking):
                self.choose_for(booking)
            case Leave():
                self.action_leave()
            case BookedDesk() | Going() | Waiting():
                self.action_cancel()

    def _check_in(self, choice: CheckInChoice) -> None:
        actor = self.actor
        self.act(
            lambda lab: checkins.check_in(lab, actor, choice.kind, choice.subject_id),
            lambda done: _("Checked in: {what}").format(what=printable(done.title or choice.title)),
        )

    def _accept(self, offered: EventView) -> None:
        actor, sign_up_id = self.actor, offered.my_sign_up_id
        if sign_up_id is not None:
            self.act(
                lambda lab: events.accept_offer(lab, actor, sign_up_id),
                lambda done: _("The seat is yours: {title}").format(title=printable(done.title)),
            )

    # News

    def _read(self, notice: NoticeView) -> None:
        """Show a notice whole, with what can be done about it; then it is read."""
        from lab_tui.tui.modals.pick import PickModal

        booking = self._booking_of(notice)
        lines: list[Said] = [lambda: _("I have read this")]
        if booking is not None:
            lines.append(lambda: _("What can I do with this booking?"))

        def chosen(index: int | None) -> None:
            if index is not None:
                self._mark_read(notice)
            if index and booking is not None:
                self.choose_for(booking)

        def sentence() -> str:
            return notice_words.sentence(notice, self.lab.time, self.lab.now())

        self.app.push_screen(PickModal(lambda: _("News"), lines, sentence), chosen)

    def _booking_of(self, notice: NoticeView) -> BookingView | None:
        """The booking it is about, while that stands."""
        bookings = self.value.bookings if self.value else ()
        return next((one for one in bookings if one.id == notice.facts.get("booking")), None)

    def _mark_read(self, notice: NoticeView) -> None:
        actor = self.actor
        self.run_worker(self._mark_seen(lambda lab: notices.mark_seen(lab, actor, [notice.id])), group="read")

    async def _mark_seen(self, mark: Callable[[Lab], None]) -> None:
        try:
            await self.kiosk.operations.run(mark)
        except (Refused, SystemCannot) as error:
            self.show_error(error)
        else:
            self.refresh_value()

    def action_leave(self) -> None:
        """Say that one leaves the lab."""
        actor = self.actor
        self.act(
            lambda lab: checkins.leave(lab, actor),
            lambda done: _("You left at {time}. See you!").format(
                time=times.clock_time(self.lab.time, done.at)
            ),
        )

    # Giving back

    def action_cancel(self) -> None:
        """Ask, then give back what is under the cursor."""
        match self._wish():
            case Waiting(wait):
                self.withdraw(wait)
            case AcceptGpus(offer):
                self.ask_to_decline(offer)
            case BookedGpus(booking):
                self.give_back(booking)
            case BookedDesk() | Going() as wish:
                self._ask_to_give_back(wish)

    def _ask_to_give_back(self, wish: Given) -> None:
        from lab_tui.tui.modals.question import QuestionModal

        question = my_day_lines.question_of(wish)

        def answered(yes: bool | None) -> None:
            if yes:
                self._give_back(wish)

        self.app.push_screen(QuestionModal(question.title, question.text), answered)

    def _give_back(self, wish: Given) -> None:
        actor = self.actor
        match wish:
            case BookedDesk(desk) if desk.booking_id is not None:
                booking_id = desk.booking_id
                self.act(
                    lambda lab: desks.release(lab, actor, booking_id),
                    lambda done: _("Desk {desk} is free again").format(desk=printable(done.desk)),
                )
            case Going(event) if event.my_sign_up_id is not None:
                sign_up_id = event.my_sign_up_id
                self.act(
                    lambda lab: events.cancel_sign_up(lab, actor, sign_up_id),
                    lambda done: _("Given back: {title}").format(title=printable(done.title)),
                )

    # Staff

    def action_staff(self) -> None:
        """Staff's side: at once for whoever gave their PIN in this visit."""
        if self.actor.signed_in:
            self.kiosk.go("staff_today")
        else:
            ask_pin(self, lambda: self.kiosk.go("staff_today"))
