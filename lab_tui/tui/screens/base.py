"""What all screens of the kiosk share: a title bar, a body, a notice, the keys; loading and acting."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.screen import Screen

from lab_tui.errors import BadInput, Refused, Remedy, SystemCannot
from lab_tui.i18n import LANGUAGES, N_, _
from lab_tui.lab.operation import Actor, Done, Lab
from lab_tui.text import printable
from lab_tui.tui.notice import Notice, Tone
from lab_tui.tui.visit import UndoOffer, Visit
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.tui.widgets.title_bar import TitleBar
from lab_tui.wording import faults
from lab_tui.wording.times import clock_time, countdown

if TYPE_CHECKING:
    from textual.worker import WorkType

    from lab_tui.tui.app import KioskApp

V = TypeVar("V")
D = TypeVar("D")


def new_request_key() -> str:
    """Marks one wish of a person, so that a repeat of the same wish changes nothing."""
    return uuid.uuid4().hex


class LabScreen(Screen[None], Generic[V], inherit_bindings=False):
    """A screen that shows one value read from the lab, and acts on it by operations.

    A screen is built once and reused: `forget` takes away what the last person left in it. Subclasses
    say what they show in `compose_body`, `load` and `paint`; all text is set in `paint`, which runs
    again when the language changes.
    """

    BLANK = True
    REFRESH_SECONDS: ClassVar[float] = 10.0
    """How often the value is read again while the screen is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", N_("Back"), id="back"),
        Binding("u", "undo", N_("Undo"), id="undo", show=False),
        Binding("tab", "app.focus_next", show=False),
        Binding("shift+tab", "app.focus_previous", show=False),
    ]

    value: V | None = None

    def __init__(self) -> None:
        super().__init__()
        self._request = 0
        self._loading = False
        self._acting = False

    # What a subclass says

    def compose_body(self) -> ComposeResult:
        """The widgets between the title bar and the notice."""
        raise NotImplementedError

    def load(self, lab: Lab) -> V:
        """Read what the screen shows; runs in a thread, and touches no widget."""
        raise NotImplementedError

    def paint(self) -> None:
        """Show `value` (None until it is there) in the present language."""
        raise NotImplementedError

    def title_text(self) -> str:
        """The left of the title bar."""
        return ""

    def help_text(self) -> str:
        """What F1 tells about this screen: paragraphs apart by empty lines."""
        return ""

    def take_remedy(self, remedy: Remedy) -> None:
        """Do what a refusal offered instead."""

    def forget(self) -> None:
        """Drop what belongs to the person who leaves; `paint` follows."""
        self.value = None
        self._request += 1
        self._loading = False
        self._acting = False
        if self._is_composed():
            self.query_one(Notice).clear()

    # What it can use

    @property
    def kiosk(self) -> KioskApp:
        """The app."""
        return cast("KioskApp", self.app)

    @property
    def lab(self) -> Lab:
        """The lab, for its clock and settings; its operations go through `act` and `load`."""
        return self.kiosk.lab

    @property
    def visit(self) -> Visit | None:
        """Who stands at the kiosk."""
        return self.kiosk.visit

    @property
    def actor(self) -> Actor:
        """Who acts. Only while somebody is here."""
        if self.kiosk.visit is None:
            return self.kiosk.nobody
        return self.kiosk.visit.actor

    def compose(self) -> ComposeResult:
        yield TitleBar()
        yield from self.compose_body()
        yield Notice()
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_interval(self.REFRESH_SECONDS, self._refresh_if_shown)

    def on_screen_resume(self) -> None:
        # Not where it was only passed on the way to Home.
        if self.is_active:
            self.repaint()
            self.refresh_value()

    def _refresh_if_shown(self) -> None:
        # Textual's `is_current` holds for the screen below, too: it would be read and painted for nobody.
        if self.app.screen_stack and self.kiosk.top() is self:
            self.refresh_if_idle()

    def refresh_if_idle(self) -> None:
        """Read the value again unless that is under way: a slow database is not asked twice."""
        if not self._loading:
            self.refresh_value()

    def refresh_value(self) -> None:
        """Read the value again; an answer that comes after a newer question is dropped."""
        self._request += 1
        self._loading = True
        # Not a coroutine: one that is replaced before it began would be left unawaited.
        work = cast("WorkType[None]", partial(self._refresh, self._request))
        self.run_worker(work, group="load", exclusive=True)

    async def _refresh(self, request: int) -> None:
        try:
            value = await self.kiosk.operations.run(self.load)
        except Refused as refused:
            if self._ends_load(request):
                from lab_tui.wording import refusals

                self.tell(refusals.sentence(refused.reasons[0], self.lab.time, self.lab.now()), Tone.BAD)
        except SystemCannot as fault:
            self._ends_load(request)
            self.kiosk.lab_is_away(fault)
        else:
            self.kiosk.lab_is_back()
            if self._ends_load(request):
                self.value = value
                self.repaint()

    def _ends_load(self, request: int) -> bool:
        """Whether the answer is to the newest question; then nothing is under way any more."""
        if request != self._request:
            return False
        self._loading = False
        return True

    def repaint(self) -> None:
        """Show everything again, in the present language."""
        if self._is_composed():
            self.tick()
            self.paint()
            self.query_one(KeyBar).refresh()

    def _is_composed(self) -> bool:
        """Whether the widgets are there: not yet before the first showing, no longer at the end."""
        return self.app.is_running and self.is_mounted and bool(self.query(KeyBar))

    def tick(self) -> None:
        """Bring the clock, the countdown and the notice up to date; once a second."""
        if not self._is_composed():
            return
        bar, notice = self.query_one(TitleBar), self.query_one(Notice)
        bar.left, bar.right = printable(self.title_text()), printable(self.right_text())
        fault = self.kiosk.fault
        notice.stand(faults.system_fault(fault) if fault else "")
        undo_offer = self.visit.undo_offer(time.monotonic()) if self.visit else None
        notice.offer_undo(undo_offer)

    def right_text(self) -> str:
        """The right of the title bar: the time, and how long the visit still lasts."""
        clock = clock_time(self.lab.time, self.lab.clock.now())
        left = self.kiosk.seconds_left()
        if left is None:
            return clock
        return _("{clock}   ends in {left}").format(clock=clock, left=countdown(left))

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The keys; the language key is called by the language it leads to."""
        bindings = super().active_bindings
        if (key := bindings.get("f9")) and key.binding.action == "next_language":
            named = replace(key.binding, description=LANGUAGES[self.kiosk.next_language()])
            bindings["f9"] = key._replace(binding=named)
        return bindings

    # Acting

    def act(
        self,
        operation: Callable[[Lab], Done[D]],
        said: Callable[[D], str],
        then: Callable[[D], None] | None = None,
        *,
        undoable: bool = True,
    ) -> None:
        """Run an operation; tell what it did, with an undo where the lab has one, or show why not.

        One at a time.
        """
        if self._acting:
            return
        self._acting = True
        self.run_worker(self._act(operation, said, then, undoable), group="act")

    async def _act(
        self,
        operation: Callable[[Lab], Done[D]],
        said: Callable[[D], str],
        then: Callable[[D], None] | None,
        undoable: bool,
    ) -> None:
        visit = self.visit
        try:
            done = await self.kiosk.operations.run(operation)
        except (Refused, BadInput, SystemCannot) as error:
            if self.visit is visit:
                self.show_error(error)
        else:
            if self.visit is visit:
                self.tell_done(done if undoable else None, said(done.what))
                if then is not None:
                    then(done.what)
        finally:
            if self.visit is visit:
                self._acting = False

    def tell_done(self, undoable: Done[Any] | None, text: str) -> None:
        """Tell what was done, and for some seconds how to take it back, where it can be."""
        if self.visit is not None:
            ends_at = time.monotonic() + self.lab.config.kiosk.undo_seconds
            self.visit.undo = UndoOffer(undoable.entry_id, ends_at, printable(text)) if undoable else None
        self.tell(text, Tone.GOOD)
        self.tick()
        self.refresh_value()

    def show_error(self, error: Exception) -> None:
        """Tell what went wrong, in the way that fits it."""
        match error:
            case Refused():
                self.show_refusal(error)
            case BadInput():
                self.tell(faults.bad_input(error), Tone.BAD)
            case SystemCannot():
                self.kiosk.lab_is_away(error)

    def show_refusal(self, refused: Refused) -> None:
        """Say every reason, and offer what is possible instead."""
        from lab_tui.tui.modals.refusal import RefusalModal

        def chosen(remedy: Remedy | None) -> None:
            if remedy is not None:
                self.take_remedy(remedy)

        self.app.push_screen(RefusalModal(refused, self.lab), chosen)

    def tell(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """A sentence at the bottom, until the next."""
        self.query_one(Notice).say(text, tone)

    def action_back(self) -> None:
        """Escape."""
        self.kiosk.back()

    def action_undo(self) -> None:
        """Take back what was just done."""
        visit = self.visit
        if visit is None or visit.undo_offer(time.monotonic()) is None or visit.undo is None:
            return
        entry_id, visit.undo = visit.undo.entry_id, None
        self.run_worker(self._undo(visit, entry_id), group="act")

    async def _undo(self, visit: Visit, entry_id: int) -> None:
        try:
            from lab_tui.lab import undo

            await self.kiosk.operations.run(lambda lab: undo.undo(lab, visit.actor, entry_id))
        except (Refused, SystemCannot) as error:
            if self.visit is visit:
                self.show_error(error)
        else:
            if self.visit is visit:
                self.tell(_("Undone."), Tone.GOOD)
                self.tick()
                self.refresh_value()
