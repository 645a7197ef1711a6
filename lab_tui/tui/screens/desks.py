"""Desks: the map of a day; claiming a free desk, giving it back, sitting down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from lab_tui.errors import Remedy
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab import checkins, desks
from lab_tui.lab.checkins import CheckInKind, CheckInView
from lab_tui.lab.desks import ClaimInstead, DeskBookingView, DeskState, DeskView, FloorDay, ZoneView
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.permissions import Permission
from lab_tui.printing.orders import Order, PaperKind
from lab_tui.text import fold, printable
from lab_tui.tui.keys import with_enter
from lab_tui.tui.notice import Tone
from lab_tui.tui.screens.base import new_request_key
from lab_tui.tui.screens.day_walk import DayWalk
from lab_tui.tui.screens.print_work import Paper, offer_to_print
from lab_tui.tui.widgets import floor_plan
from lab_tui.tui.widgets.card import Card, CardLine
from lab_tui.tui.widgets.day_keys import DayKeys
from lab_tui.tui.widgets.drawing import KeptText
from lab_tui.tui.widgets.floor_map import FloorMap
from lab_tui.wording import names, times

_SHOWN_AS = {
    DeskState.MINE: floor_plan.DeskState.MINE,
    DeskState.TAKEN: floor_plan.DeskState.TAKEN,
    DeskState.POOL_FREE: floor_plan.DeskState.FREE,
    DeskState.LENT: floor_plan.DeskState.LENT,
    DeskState.OUT_OF_ORDER: floor_plan.DeskState.OUT_OF_ORDER,
}
_PENS = {
    DeskState.MINE: "mine",
    DeskState.TAKEN: "taken",
    DeskState.POOL_FREE: "free",
    DeskState.LENT: "lent",
    DeskState.OUT_OF_ORDER: "out-of-order",
}
# The pens of a card where its lines stand in one.
_STYLES = {
    "name": "bold",
    "mine": "$accent",
    "taken": "$secondary",
    "free": "$success",
    "lent": "$warning",
    "out-of-order": "$error",
    "text": "",
}
_FREE = (DeskState.POOL_FREE, DeskState.LENT)


def floor_view(floor: FloorDay) -> floor_plan.FloorView:
    """The floor of a day as the map shows it."""
    return floor_plan.FloorView(
        desks=tuple(
            floor_plan.MapDesk(
                key=desk.id,
                label=desk.label.rpartition("-")[2],
                x=desk.x,
                y=desk.y,
                state=_SHOWN_AS[desk.state],
                person_in=desk.somebody_in,
                search=fold(f"{desk.label} {desk.holder} {desk.person} {desk.features}"),
            )
            for desk in floor.desks
        ),
        zones=tuple(floor_plan.MapZone(z.name, z.x, z.y, z.width, z.height) for z in floor.zones),
        empty=_("No desks yet. Staff add them under Desks."),
    )


class DesksScreen(DayWalk[FloorDay]):
    """The floor on a day."""

    CSS_PATH = "desks.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (108, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "release", N_("Give back"), id="release"),
        Binding("c", "check_in", N_("Check in"), id="check_in"),
        Binding("slash", "search", N_("Search"), key_display="/", id="search"),
        Binding("P", "print", N_("Print"), id="print"),
    ]

    def __init__(self) -> None:
        super().__init__()
        # Whether the cursor goes to one's own desk, else to a free one: when the screen is opened.
        self._seeks = True
        # The desk that the cursor goes to instead, once it is shown.
        self._goal: int | None = None
        self._possible: tuple[bool, bool, bool] | None = None

    def on_mount(self) -> None:
        self.watch(self.query_one(FloorMap), "cursor", self._paint_detail, init=False)

    def compose_body(self) -> ComposeResult:
        yield DayKeys()
        with Horizontal(id="floor"):
            yield FloorMap()
            with Vertical(id="beside"):
                yield Card(id="about")
        yield Input(id="search", max_length=60, compact=True)
        yield KeptText("", id="detail", markup=False)
        yield KeptText("", id="legend", markup=False)

    def load(self, lab: Lab) -> FloorDay:
        return desks.floor_on(lab, self.actor, self.day)

    def point_at(self, desk_id: int) -> None:
        """Show today, with the cursor on a desk."""
        self._goal = desk_id
        self._day = None
        if self._is_composed():
            self.repaint()
            self.refresh_value()

    def forget(self) -> None:
        super().forget()
        self._seeks = True
        self._goal = None
        if self._is_composed():
            self.query_one(FloorMap).view = floor_plan.FloorView()
            self._close_search()

    def title_text(self) -> str:
        return _("Desks · {day}").format(day=times.day_name(self.day, self.lab.today()))

    def help_text(self) -> str:
        return _(
            "Every square is a desk. Move with the arrows, or touch one. Enter takes a free desk (□ or ◇) "
            "for the day; r gives it back.\n\n"
            "/ looks for a desk, a person, a start-up or a feature. P, for staff, prints the labels of desks."
        )

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Enter takes the desk under the cursor, or ends the search."""
        searching = self._is_composed() and self.query_one("#search", Input).has_focus
        bindings = with_enter(super().active_bindings, N_("Done") if searching else N_("Take"))
        # With one key more for staff, what the arrows do is not told where lines are short.
        move = bindings.get("left")
        if move is not None and self._prints_labels():
            bindings["left"] = move._replace(binding=replace(move.binding, show=False))
        return bindings

    def paint(self) -> None:
        self.query_one(DayKeys).refresh()
        self.query_one("#legend", Static).update(_legend(), layout=False)
        self.query_one("#search", Input).placeholder = _("Desk, person, start-up or feature")
        if self.value is not None:
            floor_map = self.query_one(FloorMap)
            floor_map.view = floor_view(self.value)
            if self._goal is not None:
                floor_map.go_to(self._goal)
            elif self._seeks and (desk := _first_wanted(self.value)) is not None:
                floor_map.go_to(desk.id)
            self._seeks, self._goal = False, None
        self._paint_detail()

    def on_screen_resume(self) -> None:
        # Whoever was typing a search when a modal came goes on typing it.
        if not self.query_one("#search", Input).has_class("-open"):
            self.query_one(FloorMap).focus()

    # The desk under the cursor

    def _desk_here(self) -> DeskView | None:
        key = self.query_one(FloorMap).cursor
        if self.value is None or key is None:
            return None
        return next((desk for desk in self.value.desks if desk.id == key), None)

    def _paint_detail(self) -> None:
        desk = self._desk_here()
        lines = self._lines(desk) if desk else []
        self.query_one("#about", Card).lines = tuple(lines)
        parts = (Content.styled(line.text, _STYLES[line.pen]) for line in lines)
        self.query_one("#detail", Static).update(Content("  ").join(parts), layout=False)
        possible = self._possible_here(desk)
        if possible != self._possible:
            self._possible = possible
            self.refresh_bindings()

    def _possible_here(self, desk: DeskView | None) -> tuple[bool, bool, bool]:
        """What `check_action` looks at: the keys are asked for again only when this changes."""
        mine = desk is not None and desk.state is DeskState.MINE
        return mine, mine and desk is not None and desk.my_booking_id is not None, self.is_today

    def _lines(self, desk: DeskView) -> list[CardLine]:
        """What is known of a desk, its name and state first."""
        until = _("until {day}").format(day=times.day_short(desk.until)) if desk.until else ""
        state = f"{_SHOWN_AS[desk.state].value} {names.desk_state(desk.state)}"
        parts = [
            desk.out_of_order,
            desk.holder,
            desk.person if desk.person != desk.holder else "",
            until,
            desk.features,
            f"{floor_plan.SOMEONE_IN} " + _("someone is in") if desk.somebody_in else "",
        ]
        return [
            CardLine(printable(f"{desk.label} · {self._zone(desk)}"), "name"),
            CardLine(state, _PENS[desk.state]),
            *(CardLine(printable(part)) for part in parts if part),
        ]

    def _zone(self, desk: DeskView) -> str:
        zones: tuple[ZoneView, ...] = self.value.zones if self.value else ()
        return next((zone.name for zone in zones if zone.id == desk.zone_id), "")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what the desk under the cursor does not allow; labels are for staff only."""
        if action == "print":
            return self._prints_labels()
        if action in ("release", "check_in") and self._is_composed():
            desk = self._desk_here()
            if desk is None or desk.state is not DeskState.MINE:
                return None
            if action == "release" and desk.my_booking_id is None:
                return None
            if action == "check_in" and not self.is_today:
                return None
        return super().check_action(action, parameters)

    # Acting

    @on(FloorMap.Chosen)
    def _chosen(self) -> None:
        desk = self._desk_here()
        if desk is None or self.visit is None:
            return
        if desk.state is DeskState.MINE:
            self.tell(_("This desk is yours already."), Tone.ATTENTION)
        else:
            self._claim(desk.id, self.day)

    def _claim(self, desk_id: int, day: date) -> None:
        actor, key = self.actor, new_request_key()
        self.act(
            lambda lab: desks.claim(lab, actor, desk_id, day, request_key=key),
            self._claimed,
            lambda booking: self.query_one(FloorMap).go_to(booking.desk_id),
        )

    def _claimed(self, booking: DeskBookingView) -> str:
        day = times.day_name(booking.first_day, self.lab.today())
        return _("Desk {desk} is yours {day}.").format(desk=booking.desk, day=day)

    def take_remedy(self, remedy: Remedy) -> None:
        if isinstance(remedy, ClaimInstead):
            self._claim(remedy.desk_id, remedy.day)

    def action_release(self) -> None:
        """Give the desk under the cursor back."""
        desk = self._desk_here()
        if desk is not None and desk.my_booking_id is not None:
            actor, booking_id = self.actor, desk.my_booking_id
            self.act(lambda lab: desks.release(lab, actor, booking_id), _released)

    def action_check_in(self) -> None:
        """Say that one has sat down."""
        desk = self._desk_here()
        if desk is not None:
            actor = self.actor
            self.act(lambda lab: checkins.check_in(lab, actor, CheckInKind.DESK, desk.id), _checked_in)

    def _prints_labels(self) -> bool:
        return self.visit is not None and self.visit.may(Permission.MANAGE_DESKS)

    def action_print(self) -> None:
        """Ask which labels to print: of the desk under the cursor, of its zone, of all."""
        desk = self._desk_here()
        if desk is None or self.value is None:
            return
        zone = self._zone(desk)
        in_zone = tuple(one.id for one in self.value.desks if one.zone_id == desk.zone_id)
        everywhere = tuple(one.id for one in self.value.desks)
        papers = [
            Paper(lambda: _("Label of {desk}").format(desk=desk.label), _labels(desk.id)),
            Paper(lambda: _label_text(len(in_zone), zone), _labels(*in_zone)),
            Paper(lambda: _label_text(len(everywhere), _("all desks")), _labels(*everywhere)),
        ]
        offer_to_print(self, papers)

    # Searching

    def action_search(self) -> None:
        """Open the search field."""
        field = self.query_one("#search", Input)
        field.add_class("-open")
        field.focus()

    @on(Input.Changed, "#search")
    def _search(self, event: Input.Changed) -> None:
        words = fold(event.value).split()
        floor_map = self.query_one(FloorMap)
        for desk in floor_map.view.desks if words else ():
            if all(word in desk.search for word in words):
                floor_map.go_to(desk.key)
                self.tell("")
                return
        if words:
            self.tell(_("No desk for “{words}”.").format(words=event.value), Tone.ATTENTION)

    @on(Input.Submitted, "#search")
    def _close_search(self) -> None:
        field = self.query_one("#search", Input)
        with field.prevent(Input.Changed):
            field.value = ""
        field.remove_class("-open")
        self.query_one(FloorMap).focus()

    def action_back(self) -> None:
        """Escape closes the search first."""
        if self.query_one("#search", Input).has_class("-open"):
            self._close_search()
        else:
            super().action_back()


def _first_wanted(floor: FloorDay) -> DeskView | None:
    """One's own desk, else the first that is free."""
    mine = (desk for desk in floor.desks if desk.state is DeskState.MINE)
    free = (desk for desk in floor.desks if desk.state in _FREE)
    return next(mine, None) or next(free, None)


def _legend() -> Content:
    """What the glyphs mean, in their colours."""
    meanings = [
        (_SHOWN_AS[state].value, _STYLES[_PENS[state]], names.desk_state(state)) for state in DeskState
    ]
    meanings.append((floor_plan.SOMEONE_IN, "$foreground", _("someone is in")))
    return Content("  ").join(
        Content.assemble((glyph, colour), f" {word}") for glyph, colour, word in meanings
    )


def _labels(*desk_ids: int) -> Order:
    """One label alone, several on sheets."""
    return Order(PaperKind.DESK_LABELS, desk_ids, on_sheets=len(desk_ids) > 1)


def _label_text(count: int, where: str) -> str:
    text = ngettext("Sheets: {count} label, {where}", "Sheets: {count} labels, {where}", count)
    return text.format(count=count, where=where)


def _released(booking: DeskBookingView) -> str:
    return _("Desk {desk} is free for others.").format(desk=booking.desk)


def _checked_in(check_in: CheckInView) -> str:
    return _("Checked in: {title}.").format(title=check_in.title)
