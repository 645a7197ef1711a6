"""Today, for staff: who came, who is inside, what is next, what needs a hand."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll

from lab_tui.i18n import N_, _
from lab_tui.lab import caretaker, overview, scanners
from lab_tui.lab.caretaker import DutyDone, DutyHeld
from lab_tui.lab.events import EventView
from lab_tui.lab.labels import Command
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.permissions import Permission
from lab_tui.printing.orders import Order, PaperKind
from lab_tui.tui.keys import with_enter
from lab_tui.tui.modals.question import QuestionModal
from lab_tui.tui.screens import staff_today_lines
from lab_tui.tui.screens.base import LabScreen
from lab_tui.tui.screens.door import open_door
from lab_tui.tui.screens.print_work import Paper, offer_to_print
from lab_tui.tui.screens.staff_today_lines import Machine, Today
from lab_tui.tui.widgets.line_list import LineList, LineListView
from lab_tui.wording import names, times
from lab_tui.wording.templates import named

# What each act on this screen needs; the lab asks again.
_NEEDS = {
    "open_door": Permission.RUN_DOOR,
    "events": Permission.MANAGE_EVENTS,
    "workstations": Permission.MANAGE_WORKSTATIONS,
    "people": Permission.MANAGE_PEOPLE,
    "print": Permission.MANAGE_EVENTS,
    "closures": Permission.MANAGE_CLOSURES,
    "close_kiosk": Permission.MANAGE_WORKSTATIONS,
}


class StaffTodayScreen(LabScreen[Today]):
    """Staff's first screen."""

    CSS_PATH = "staff_today.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "events", N_("Events"), id="events"),
        Binding("w", "workstations", N_("Workstations"), id="workstations"),
        Binding("p", "people", N_("People"), id="people"),
        Binding("P", "print", N_("Print"), id="print"),
        Binding("k", "closures", N_("Closures"), id="closures", show=False),
        Binding("o", "open_door", N_("Open door"), id="open_door", show=False),
        Binding("q", "close_kiosk", N_("Close the kiosk"), id="leave"),
        *(Binding(str(number), f"number('{number}')", show=False) for number in range(1, 10)),
    ]

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="today", can_focus=False):
            yield LineList(id="matters")
            arrivals = LineList(id="arrivals")
            arrivals.can_focus = False
            yield arrivals

    def load(self, lab: Lab) -> Today:
        devices = self.kiosk.devices
        return Today(
            overview.staff_today(lab, self.actor),
            caretaker.held_duties(lab, self.actor),
            tuple(devices.faults.items()) if devices else (),
            scanners.odd_layouts(lab, self.actor),
        )

    def title_text(self) -> str:
        if self.value is None:
            return _("Staff · today")
        return _("Staff · today · {count} inside").format(count=self.value.day.inside_count)

    def help_text(self) -> str:
        return _(
            "What runs today, which machines need a hand, who came and who is still inside. Page up and "
            "page down scroll.\n\n"
            "An event's number, or Enter on it, opens its door: this kiosk then checks in everyone who "
            "scans. From here you also find people, make and change events, and look after the "
            "workstations; k closes the whole lab for a time, P prints the card that sets up a scanner, and "
            "cards for staff."
        )

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Enter is called by what it does for the line under the cursor."""
        here = self._here()
        if here is None:
            return super().active_bindings
        match here:
            case EventView():
                description = N_("Open door")
            case DutyHeld():
                description = N_("Answer")
            case _:
                description = N_("Workstations")
        return with_enter(super().active_bindings, description)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.query_one("#matters").focus()

    def paint(self) -> None:
        today = self.value
        matters, arrivals = self.query_one("#matters", LineList), self.query_one("#arrivals", LineList)
        matters.view = staff_today_lines.matters(today, self.lab) if today else LineListView()
        arrivals.view = staff_today_lines.arrivals(today.day, self.lab.time) if today else LineListView()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What a person's role does not allow is dim, and so is a door without an event."""
        needed = _NEEDS.get(action)
        if needed is None:
            return super().check_action(action, parameters)
        if self.visit is None or not self.visit.may(needed):
            return None
        if action == "open_door":
            return True if isinstance(self._here(), EventView) else None
        return True

    def _here(self) -> object:
        return self.query_one("#matters", LineList).key if self._is_composed() else None

    @on(LineList.CursorMoved)
    def _keys_follow_the_cursor(self) -> None:
        self.refresh_bindings()

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        match event.key:
            case EventView() as chosen:
                open_door(self, chosen)
            case DutyHeld():
                self._ask_about_the_clock()
            case Machine() if self.visit is not None and self.visit.may(Permission.MANAGE_WORKSTATIONS):
                self.action_workstations()

    def _ask_about_the_clock(self) -> None:
        """Let the caretaker catch up, after asking."""
        if self.value is None or self.visit is None or not self.visit.may(Permission.ACT_FOR_OTHERS):
            return
        held, actor = self.value.held, self.actor

        def answered(yes: bool | None) -> None:
            if yes:
                self.act(lambda lab: caretaker.confirm_catch_up(lab, actor), _caught_up, undoable=False)

        question = QuestionModal(
            lambda: _("Is it {time} now?").format(time=self._time_now()), lambda: _what_waits(held)
        )
        self.app.push_screen(question, answered)

    def _time_now(self) -> str:
        now = self.lab.clock.now()
        day = times.day_with_year(self.lab.time.day_of(now))
        return f"{day}, {times.clock_time(self.lab.time, now)}"

    def action_number(self, number: str) -> None:
        """A number key."""
        self.query_one("#matters", LineList).choose_number(number)

    def action_open_door(self) -> None:
        """Turn this kiosk into the door of the event under the cursor."""
        here = self._here()
        if isinstance(here, EventView):
            open_door(self, here)

    def action_events(self) -> None:
        """Make, change and call off events."""
        self.kiosk.go("staff_events")

    def action_workstations(self) -> None:
        """Machines in and out of service."""
        self.kiosk.go("workstations")

    def action_people(self) -> None:
        """Find somebody; their badge."""
        self.kiosk.go("people")

    def action_print(self) -> None:
        """What is for nobody and no thing: the card that sets up a scanner."""
        papers = [
            Paper(lambda: _("Card that sets up a scanner"), Order(PaperKind.CALIBRATION_CARD)),
            Paper(lambda: _("Staff card: this screen"), _command_card(Command.STAFF_TODAY)),
            Paper(lambda: _("Staff card: workstations"), _command_card(Command.WORKSTATIONS)),
            Paper(lambda: _("Staff card: close the lab"), _command_card(Command.CLOSE_LAB)),
        ]
        offer_to_print(self, papers, _where_the_rest_is)

    def action_closures(self) -> None:
        """When the whole lab is closed."""
        self.kiosk.go("closures")

    def action_close_kiosk(self) -> None:
        """End the program: for upgrades and repairs."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.kiosk.leave()

        self.app.push_screen(
            QuestionModal(
                lambda: _("Close the kiosk?"), lambda: _("Nobody can scan here until it is started again.")
            ),
            answered,
        )


def _command_card(command: Command) -> Order:
    return Order(PaperKind.COMMAND_CARD, command=command)


def _where_the_rest_is() -> str:
    return _("Badges are printed from People, labels and posters where the things are.")


def _what_waits(held: tuple[DutyHeld, ...]) -> str:
    """What the caretaker does as soon as the clock is said to be right."""
    told = _("The clock jumped. Where it is right, this is done now; it cannot be undone:")
    lines = (
        named(names.duty(one.duty), str(one.count)) if one.count else names.duty(one.duty) for one in held
    )
    return "\n".join((told, *lines))


def _caught_up(done: tuple[DutyDone, ...]) -> str:
    return _("Done: {count} changes.").format(count=sum(one.count for one in done))
