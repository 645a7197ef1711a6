"""The bookings that a planned time hits: where each could go, moving them there, and then going on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from lab_tui.errors import BadInput, Refused, SystemCannot
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab.gpu_outages import HitBooking
from lab_tui.lab.operation import Lab
from lab_tui.text import printable
from lab_tui.tui.keys import with_enter
from lab_tui.tui.modals.base import LabModal, Said, say
from lab_tui.tui.widgets.choice_list import ChoiceList
from lab_tui.tui.widgets.drawing import cell_width, fit
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.wording import faults, figures, refusals, times
from lab_tui.wording.templates import in_a_row, named

# Until the list is laid out.
_ROW_WIDTH = 64
# Of what was done, the last lines are shown.
_MOST_TOLD = 5
Move = Callable[[HitBooking], Awaitable[None]]
"""Moves a booking to its place. Raises BadInput, Refused, SystemCannot."""
LookAgain = Callable[[], Awaitable[tuple[HitBooking, ...]]]
"""Those still hit, each with its place. Raises BadInput, Refused, SystemCannot."""


class HitsModal(LabModal[bool], inherit_bindings=False):
    """Answers True to go on, whatever is still hit by then."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", N_("Go on"), id="go_on"),
        Binding("m", "move", N_("Move it"), id="move"),
        Binding("a", "move_all", N_("Move all"), id="move_all"),
        Binding("escape", "close", N_("Back"), id="back"),
    ]

    def __init__(
        self,
        lab: Lab,
        title: Said,
        hits: tuple[HitBooking, ...],
        move: Move,
        look_again: LookAgain,
        *,
        enter: str,
        must_be_empty: bool = False,
    ) -> None:
        """`enter` says what going on does, to be translated; `must_be_empty`: only once nothing is hit."""
        super().__init__()
        self.lab = lab
        self.hits = hits
        self._title_text = title
        self._move = move
        self._look_again = look_again
        self._enter = enter
        self._must_be_empty = must_be_empty
        self._moving = False
        self._told: list[str] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet hits") as sheet:
            sheet.border_title = Content(printable(say(self._title_text)))
            yield Static("", id="count", markup=False)
            yield ChoiceList(markup=False)
            yield Static("", id="told", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self._paint()

    async def _compose_again(self) -> None:
        await super()._compose_again()
        self._paint()

    def focus_first(self) -> None:
        """The bookings."""
        self.query_one(ChoiceList).focus()

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Enter goes on."""
        return with_enter(super().active_bindings, self._enter)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Dim what cannot be done now."""
        match action:
            case "go_on":
                return None if self._moving or (self._must_be_empty and self.hits) else True
            case "move":
                here = self._hit_here()
                return True if here is not None and here.instead is not None and not self._moving else None
            case "move_all":
                return True if any(hit.instead for hit in self.hits) and not self._moving else None
        return True

    # What it shows

    def _paint(self) -> None:
        count = len(self.hits)
        text = ngettext("{count} booking is hit.", "{count} bookings are hit.", count).format(count=count)
        self.query_one("#count", Static).update(Content(text if count else _("No booking is hit any more.")))
        rows = [self._row(hit) for hit in self.hits]
        self.query_one(ChoiceList).show([str(hit.booking.id) for hit in self.hits], rows)
        told = self.query_one("#told", Static)
        told.display = bool(self._told)
        lines = (fit(line, self._row_width()).rstrip() for line in self._told[-_MOST_TOLD:])
        told.update(Content("\n".join(lines)))
        self.refresh_bindings()

    def _row(self, hit: HitBooking) -> Content:
        booking, now = hit.booking, self.lab.clock.now()
        who = " · ".join(printable(part) for part in (booking.person_name, booking.startup_name) if part)
        when = times.span(self.lab.time, booking.starts_at, booking.ends_at, now)
        where = f"{printable(booking.workstation)}  {figures.gpus(booking.gpu_numbers)}  {when}"
        if hit.instead is None:
            place = (_("✕ no other place passes the rules"), "$error")
        else:
            place = ("→ " + refusals.remedy_line(hit.instead, self.lab.time, now), "$success")
        room = self._row_width() - cell_width(where) - 2
        return Content.assemble((where, "bold"), f"  {fit(who, max(0, room)).rstrip()}", "\n  ", place)

    def _row_width(self) -> int:
        return self.query_one(ChoiceList).scrollable_content_region.width or _ROW_WIDTH

    def _hit_here(self) -> HitBooking | None:
        rows = self.query(ChoiceList)
        index = rows.first().highlighted if rows else None
        return self.hits[index] if index is not None and index < len(self.hits) else None

    @on(ChoiceList.Resized)
    def _rows_follow_the_width(self) -> None:
        self._paint()

    @on(OptionList.OptionHighlighted)
    def _moved_cursor(self) -> None:
        self.refresh_bindings()

    # What it does

    @on(OptionList.OptionSelected)
    def action_move(self) -> None:
        """Move the booking in the list to its place."""
        here = self._hit_here()
        if here is not None and self.check_action("move", ()):
            self._work([here.booking.id])

    def action_move_all(self) -> None:
        """Move all that have a place, one after the other."""
        if self.check_action("move_all", ()):
            self._work([hit.booking.id for hit in self.hits])

    def action_go_on(self) -> None:
        """Leave what is still hit as it is."""
        if self.check_action("go_on", ()):
            self.dismiss(True)

    def action_close(self) -> None:
        """Nothing more is done; what was moved stays where it is."""
        self.dismiss(None)

    def _work(self, booking_ids: Collection[int]) -> None:
        self._moving = True
        self.refresh_bindings()
        self.run_worker(self._move_each(booking_ids), group="move")

    async def _move_each(self, booking_ids: Collection[int]) -> None:
        self._told = []
        try:
            for booking_id in booking_ids:
                await self._move_one(booking_id)
                self._paint()
            self.hits = await self._look_again()
        except (Refused, BadInput, SystemCannot) as problem:
            self._told.append(f"✕ {self._why_not(problem)}")
        finally:
            self._moving = False
            self._paint()

    async def _move_one(self, booking_id: int) -> None:
        hit = self._hit(booking_id)
        if hit is None or hit.instead is None:
            return
        who = printable(hit.booking.person_name)
        try:
            try:
                await self._move(hit)
            except Refused:
                # A booking moved before it can have taken its place: there may be another.
                self.hits = await self._look_again()
                hit = self._hit(booking_id)
                if hit is None or hit.instead is None:
                    return
                await self._move(hit)
        except (Refused, BadInput) as problem:
            self._told.append("✕ " + named(who, self._why_not(problem)))
            return
        assert hit.instead is not None
        self.hits = tuple(one for one in self.hits if one.booking.id != booking_id)
        place = refusals.remedy_line(hit.instead, self.lab.time, self.lab.clock.now())
        self._told.append("✓ " + named(who, place))

    def _hit(self, booking_id: int) -> HitBooking | None:
        return next((hit for hit in self.hits if hit.booking.id == booking_id), None)

    def _why_not(self, problem: Refused | BadInput | SystemCannot) -> str:
        match problem:
            case Refused():
                now = self.lab.clock.now()
                return in_a_row(refusals.sentence(reason, self.lab.time, now) for reason in problem.reasons)
            case BadInput():
                return faults.bad_input(problem)
        return faults.system_fault(problem)
