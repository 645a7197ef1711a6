"""Printing, while it goes on and when it is done: a bar that can be stopped, then where the paper is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from lab_tui.errors import BadInput, Refused, SystemCannot
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab.operation import Actor, Lab
from lab_tui.printing.orders import Order, Printed, print_order
from lab_tui.text import printable
from lab_tui.tui.keys import renamed
from lab_tui.tui.modals.base import LabModal, Said, say
from lab_tui.tui.modals.step_sheet import problem_sentences
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.tui.widgets.strips import Bar, BarView

if TYPE_CHECKING:
    from lab_tui.tui.app import KioskApp

_REFRESH_SECONDS = 0.2
_MOST_NAMES = 3
_Outcome = Printed | Refused | BadInput | SystemCannot


@dataclass
class PrintJob:
    """One order on its way. It is read and stopped from the screen, and written by the thread that prints."""

    actor: Actor
    order: Order
    is_closing: Callable[[], bool]
    drawn: int = 0
    count: int = 0
    stopped: bool = False

    def run(self, lab: Lab) -> _Outcome:
        """Print; what went wrong is an outcome too: there may be nobody left to raise it to."""
        try:
            return print_order(lab, self.actor, self.order, self._progress, self._is_cancelled)
        except (Refused, BadInput, SystemCannot) as problem:
            return problem
        except OSError as error:
            return SystemCannot("printing_failed", problem=str(error))

    def _progress(self, drawn: int, count: int) -> None:
        self.drawn, self.count = drawn, count

    def _is_cancelled(self) -> bool:
        return self.stopped or self.is_closing()


class PrintSheet(LabModal[bool], inherit_bindings=False):
    """Prints an order at once; answers True where the code is to be shown on the screen instead."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("P", "print_again", N_("Print again"), id="print_again"),
        Binding("q", "show_code", N_("Code on the screen"), id="show_code"),
        Binding("escape,enter", "close", N_("Back"), id="back"),
    ]

    def __init__(
        self,
        lab: Lab,
        actor: Actor,
        order: Order,
        title: Said,
        done_before: Said = "",
        *,
        has_code: bool = False,
    ) -> None:
        """`done_before` is what holds whatever the printer does; `has_code`: there is a code to be shown."""
        super().__init__()
        self._lab = lab
        self._actor = actor
        self._order = order
        self._title_text = title
        self._done_before = done_before
        self._has_code = has_code
        self._job: PrintJob | None = None
        self._outcome: _Outcome | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="sheet printing") as sheet:
            sheet.border_title = Content(printable(say(self._title_text)))
            yield Static("", id="done-before", classes="good", markup=False)
            yield Bar(id="progress")
            yield Static("", id="outcome", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(_REFRESH_SECONDS, self._paint_progress)
        self._start()

    async def _compose_again(self) -> None:
        await super()._compose_again()
        self._paint()

    def _start(self) -> None:
        operations = cast("KioskApp", self.app).operations
        job = self._job = PrintJob(self._actor, self._order, lambda: operations.closed)
        self._outcome = None
        self._paint()
        self.run_worker(self._follow(job), group="print", exclusive=True)

    async def _follow(self, job: PrintJob) -> None:
        outcome = await cast("KioskApp", self.app).operations.run_long(job.run)
        if job is self._job and self.is_mounted:
            self._outcome = outcome
            self._paint()

    # What it shows

    def _paint(self) -> None:
        before, outcome = self.query_one("#done-before", Static), self.query_one("#outcome", Static)
        text = printable(say(self._done_before))
        before.display = bool(text)
        before.update(Content(f"✓ {text}"))
        self.query_one(Bar).display = self._outcome is None
        outcome.set_class(isinstance(self._outcome, Exception), "bad")
        outcome.update(Content("\n".join(printable(line) for line in self._lines())))
        self._paint_progress()
        self.refresh_bindings()

    def _paint_progress(self) -> None:
        job = self._job
        if self._outcome is not None or job is None:
            return
        text = _("{done} of {count}").format(done=job.drawn, count=job.count) if job.count else ""
        self.query_one(Bar).view = BarView(job.drawn, job.count or 1, text)

    def _lines(self) -> list[str]:
        """What is going on, or came of it."""
        match self._outcome:
            case None:
                stopped = self._job is not None and self._job.stopped
                return [_("Stopping …") if stopped else _("Printing …")]
            case Printed(cancelled=True):
                return [_("Stopped. Nothing was kept or printed.")]
            case Printed() as printed:
                return self._printed(printed)
            case problem:
                lines = [f"✕ {sentence}" for sentence in problem_sentences(problem, self._lab)]
                return [*lines, "", self._way_out()]

    def _printed(self, printed: Printed) -> list[str]:
        count = ngettext("{count} piece", "{count} pieces", printed.count).format(count=printed.count)
        if printed.sent:
            return [_("✓ At the printer: {count}.").format(count=count)]
        folder = str(printed.paths[0].parent) if printed.paths else ""
        where = _("✓ This lab has no printer: {count} in {folder}").format(count=count, folder=folder)
        return [where, *(f"  {path.name}" for path in printed.paths[:_MOST_NAMES])]

    def _way_out(self) -> str:
        if self._has_code:
            return _("P tries again. q shows the code here, to photograph until there is a badge.")
        return _("P tries again.")

    # What it does

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Escape stops what is under way."""
        bindings = super().active_bindings
        return renamed(bindings, "escape", N_("Stop")) if self._outcome is None else bindings

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While it prints it can only be stopped."""
        if action == "show_code" and not self._has_code:
            return False
        if action in ("print_again", "show_code") and self._outcome is None:
            return None
        return super().check_action(action, parameters)

    def action_print_again(self) -> None:
        """The same order once more."""
        if self._outcome is not None:
            self._start()

    def action_show_code(self) -> None:
        """Leave the paper be."""
        if self._outcome is not None:
            self.dismiss(True)

    def action_close(self) -> None:
        """Stop what is under way; then back."""
        if self._outcome is not None:
            self.dismiss(None)
        elif self._job is not None:
            self._job.stopped = True
            self._paint()
