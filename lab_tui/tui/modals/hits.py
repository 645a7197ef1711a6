"""The bookings that a planned time hits, where each could go, and which of them are to: nothing moves yet."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab.gpu_outages import HitBooking
from lab_tui.lab.operation import Lab
from lab_tui.text import printable
from lab_tui.tui.keys import with_enter
from lab_tui.tui.modals.base import LabModal, Said, say
from lab_tui.tui.widgets.choice_list import ChoiceList
from lab_tui.tui.widgets.drawing import cell_width, fit
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.wording import figures, refusals, times
from lab_tui.wording.templates import sentences

# Until the list is laid out.
_ROW_WIDTH = 64


class HitsModal(LabModal[tuple[HitBooking, ...]], inherit_bindings=False):
    """Answers with those that are to move, to go on; the others stay as they are. None: nothing is done."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_on", N_("Go on"), id="go_on"),
        Binding("m", "mark", N_("Move it, or not"), id="move"),
        Binding("a", "mark_all", N_("All, or none"), id="move_all"),
        Binding("escape", "close", N_("Back"), id="back"),
    ]

    def __init__(
        self,
        lab: Lab,
        title: Said,
        hits: tuple[HitBooking, ...],
        *,
        enter: str,
        must_move_all: bool = False,
    ) -> None:
        """`enter` says what going on does, to be translated; `must_move_all`: only where none stays."""
        super().__init__()
        self.lab = lab
        self._hits = hits
        self._title_text = title
        self._enter = enter
        self._must_move_all = must_move_all
        self._marked: frozenset[int] = frozenset()

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
                return None if self._must_move_all and len(self._marked) < len(self._hits) else True
            case "mark":
                here = self._hit_here()
                return True if here is not None and here.instead is not None else None
            case "mark_all":
                return True if self._movable() else None
        return True

    def _movable(self) -> frozenset[int]:
        return frozenset(hit.booking.id for hit in self._hits if hit.instead is not None)

    # What it shows

    def _paint(self) -> None:
        self.query_one("#count", Static).update(Content(self._count_text()))
        rows = [self._row(hit) for hit in self._hits]
        self.query_one(ChoiceList).show([str(hit.booking.id) for hit in self._hits], rows)
        self.query_one("#told", Static).update(Content(self._what_enter_does()))
        self.refresh_bindings()

    def _count_text(self) -> str:
        count = len(self._hits)
        hit = ngettext("{count} booking is hit.", "{count} bookings are hit.", count).format(count=count)
        return sentences(hit, _("To be moved: {count}.").format(count=len(self._marked)))

    def _what_enter_does(self) -> str:
        if self._must_move_all:
            return _("Enter is possible once all are marked ●; until then nothing is done.")
        return _("Enter moves those marked ●; whoever stays is told.")

    def _row(self, hit: HitBooking) -> Content:
        booking, now = hit.booking, self.lab.clock.now()
        who = " · ".join(printable(part) for part in (booking.person_name, booking.startup_name) if part)
        when = times.span(self.lab.time, booking.starts_at, booking.ends_at, now)
        where = f"{printable(booking.workstation)}  {figures.gpus(booking.gpu_numbers)}  {when}"
        room = self._row_width() - cell_width(where) - 2
        head = Content.assemble((where, "bold"), f"  {fit(who, max(0, room)).rstrip()}")
        return Content.assemble(head, "\n", self._place(hit))

    def _place(self, hit: HitBooking) -> Content:
        """Where it could go, and whether it is to."""
        if hit.instead is None:
            return Content.styled("  " + _("✕ no other place passes the rules"), "$error")
        place = refusals.remedy_line(hit.instead, self.lab.time, self.lab.clock.now())
        if hit.booking.id in self._marked:
            return Content.styled(f"● → {place}", "$success")
        return Content.styled(f"○ → {place}", "$text-muted")

    def _row_width(self) -> int:
        return self.query_one(ChoiceList).scrollable_content_region.width or _ROW_WIDTH

    def _hit_here(self) -> HitBooking | None:
        rows = self.query(ChoiceList)
        index = rows.first().highlighted if rows else None
        return self._hits[index] if index is not None and index < len(self._hits) else None

    @on(ChoiceList.Resized)
    def _rows_follow_the_width(self) -> None:
        self._paint()

    @on(OptionList.OptionHighlighted)
    def _moved_cursor(self) -> None:
        self.refresh_bindings()

    # What it does

    @on(OptionList.OptionSelected)
    def action_mark(self) -> None:
        """Let the booking in the list move, or stay again."""
        here = self._hit_here()
        if here is not None and self.check_action("mark", ()):
            self._marked ^= {here.booking.id}
            self._paint()

    def action_mark_all(self) -> None:
        """Let all move that have a place; once they are to, let none."""
        movable = self._movable()
        self._marked = movable if self._marked != movable else frozenset()
        self._paint()

    def action_go_on(self) -> None:
        """Go on with those that are marked."""
        if self.check_action("go_on", ()):
            self.dismiss(tuple(hit for hit in self._hits if hit.booking.id in self._marked))

    def action_close(self) -> None:
        """Nothing is done."""
        self.dismiss(None)
