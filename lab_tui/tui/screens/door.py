"""Door: everyone who scans is checked in to one session; one word tells whether they may go in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from lab_tui.errors import Refused, SystemCannot
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab import checkins
from lab_tui.lab import events as lab_events
from lab_tui.lab.checkins import Outcome, ScanResult, Verdict
from lab_tui.lab.events import EventView, SessionView
from lab_tui.lab.operation import Actor, Lab
from lab_tui.text import printable
from lab_tui.tui.modals.base import LabModal
from lab_tui.tui.modals.question import QuestionModal
from lab_tui.tui.screens.base import LabScreen
from lab_tui.tui.widgets.big_word import BigWord, BigWordView
from lab_tui.tui.widgets.big_word import Verdict as Shape
from lab_tui.tui.widgets.drawing import fit
from lab_tui.wording import faults, refusals, times, verdicts

SHOWN_SECONDS = 5.0
"""How long a verdict stands."""
_LAST_SHOWN = 4
_WORD_WIDTH = 14

_SHAPES = {Outcome.GOOD: Shape.GOOD, Outcome.ATTENTION: Shape.ATTENTION, Outcome.BAD: Shape.BAD}
_NO_PASSES = (Verdict.NO_PASS, Verdict.CALIBRATION)
_Answer = ScanResult | Refused | SystemCannot


@dataclass(frozen=True)
class _Sign:
    """What the band shows: its colour and shape, one word, whom it is about, one next step."""

    outcome: Outcome
    word: str
    about: str
    step: str


def session_ahead(event: EventView, lab: Lab) -> SessionView | None:
    """The sitting that is on, else the next one."""
    now = lab.clock.now()
    return next((session for session in event.sessions if now < session.ends_at), None)


def open_door(screen: LabScreen[Any], event: EventView) -> None:
    """Ask; then open check-in to an event, end the visit and turn this kiosk into the event's door."""
    session = session_ahead(event, screen.lab)
    if event.cancelled or session is None:
        return

    def answered(yes: bool | None) -> None:
        if yes:
            open_door_at_once(screen, session)

    screen.app.push_screen(
        QuestionModal(
            lambda: _("Open the door of “{title}”?").format(title=event.title),
            lambda: _(
                "Check-in is open from now on, your visit ends, and this kiosk checks in everyone who scans."
            ),
        ),
        answered,
    )


def open_door_at_once(screen: LabScreen[Any], session: SessionView) -> None:
    """Open check-in to a session, end the visit and turn this kiosk into its door."""
    actor = screen.actor

    def opened(view: EventView) -> None:
        kiosk = screen.kiosk
        door = cast("DoorScreen", kiosk.screen_named("door"))
        door.open_for(actor, view, session)
        kiosk.end_visit()
        kiosk.go("door")

    screen.act(
        lambda lab: lab_events.open_check_in(lab, actor, session.id),
        lambda view: _("Check-in is open: {title}.").format(title=view.title),
        opened,
        undoable=False,
    )


class DoorScreen(LabScreen[EventView]):
    """A session's door. It stays after the staff member who opened it has gone."""

    CSS_PATH = "door.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", N_("Close the door"), id="back")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-tall")]

    def __init__(self) -> None:
        super().__init__()
        self._doorkeeper: Actor | None = None
        self._event_id = 0
        self._session_id = 0
        self._answer: _Answer | None = None
        self._last: deque[tuple[str, ScanResult]] = deque(maxlen=_LAST_SHOWN)
        self._clearing: Timer | None = None

    def open_for(self, actor: Actor, event: EventView, session: SessionView) -> None:
        """Take scans for a session, by the right of the staff member who opened it."""
        self._doorkeeper = actor
        self._event_id, self._session_id = event.id, session.id
        self.value = event
        self._answer = None
        self._last.clear()

    def compose_body(self) -> ComposeResult:
        with Vertical(id="band"):
            yield Static("", id="title", markup=False)
            yield Static("", id="place", markup=False)
            yield BigWord()
            yield Static("", id="about", markup=False)
            yield Static("", id="step", markup=False)
        with Horizontal(id="edge"):
            yield Static("", id="counts", markup=False)
            yield Static("", id="last", markup=False)

    def load(self, lab: Lab) -> EventView:
        return lab_events.event_view(lab, self._doorkeeper, self._event_id)

    def forget(self) -> None:
        """The visit of whoever opened the door ends; the door stays open."""

    def title_text(self) -> str:
        return _("Door · {title}").format(title=self.value.title) if self.value else _("Door")

    def help_text(self) -> str:
        return _(
            "Everyone who scans a badge or ticket here is checked in to this session. Green is in, yellow "
            "needs a word with staff, red is no.\n\nEscape closes the door."
        )

    def on_resize(self) -> None:
        self.call_after_refresh(self._paint_edge)

    # What it shows

    def paint(self) -> None:
        sign = self._sign()
        band, word = self.query_one("#band"), self.query_one(BigWord)
        for outcome in Outcome:
            band.set_class(sign is not None and sign.outcome is outcome, outcome.value)
        word.display = sign is not None
        for name in ("title", "place"):
            self.query_one(f"#{name}").display = sign is None
        if sign is None:
            self._paint_idle()
        else:
            word.view = BigWordView(_SHAPES[sign.outcome], sign.word)
            self._set("about", sign.about)
            self._set("step", sign.step)
        self._paint_edge()

    def _set(self, name: str, text: str) -> None:
        self.query_one(f"#{name}", Static).update(Content(printable(text)))

    def _paint_idle(self) -> None:
        session = self._session()
        self._set("title", self.value.title if self.value else "")
        when = times.hours(self.lab.time, session.starts_at, session.ends_at) if session else ""
        self._set("place", f"{session.place} · {when}" if session else "")
        self._set("about", "▌ " + _("Scan your badge or ticket") + " ▐")
        self._set("step", _("Hold it before the scanner until you see a word here."))

    def _session(self) -> SessionView | None:
        sessions = self.value.sessions if self.value else ()
        return next((session for session in sessions if session.id == self._session_id), None)

    def _sign(self) -> _Sign | None:
        match self._answer:
            case ScanResult() as result:
                now = self.lab.clock.now()
                names = (result.person_name, result.other_name, result.startup_name)
                about = " · ".join(name for name in names if name)
                return _Sign(
                    result.outcome,
                    verdicts.word(result.verdict),
                    about or verdicts.detail(result, self.lab.time, now),
                    verdicts.next_step(result, self.lab.time, now),
                )
            case Refused() as refused:
                sentence = refusals.sentence(refused.reasons[0], self.lab.time, self.lab.clock.now())
                step = _("Nobody is checked in here now. Staff: close this door and open it again.")
                return _Sign(Outcome.BAD, _("DOOR CLOSED"), sentence, step)
            case SystemCannot() as fault:
                step = _("You are not checked in. Scan again in a moment.")
                return _Sign(Outcome.ATTENTION, _("NOT NOW"), faults.system_fault(fault), step)
        return None

    def _paint_edge(self) -> None:
        event, session = self.value, self._session()
        if event is None or session is None:
            return
        counts = [
            ngettext("{count} inside", "{count} inside", session.checked_in_count).format(
                count=session.checked_in_count
            ),
            _("{going} of {seats} places taken").format(going=event.seats_taken, seats=event.capacity),
        ]
        if event.waiting_count:
            waiting = ngettext("{count} waits for a place", "{count} wait for a place", event.waiting_count)
            counts.append(waiting.format(count=event.waiting_count))
        if event.cancelled:
            counts.append(_("called off"))
        self.query_one("#counts", Static).update(Content("\n".join(counts)))
        last = self.query_one("#last", Static)
        width = last.content_region.width
        last.update(Content("\n".join(fit(self._last_line(*one), width) for one in reversed(self._last))))

    def _last_line(self, at: str, result: ScanResult) -> str:
        word = fit(verdicts.word(result.verdict), _WORD_WIDTH)
        return f"{at}  {verdicts.shape(result.outcome)} {word}  {printable(result.person_name)}"

    # Scans

    async def take_scan(self, code: str) -> None:
        """One scan: verdict, colour, word; it clears by itself."""
        actor, session_id = self._doorkeeper or self.kiosk.nobody, self._session_id
        name = self.lab.config.kiosk.name
        self._take_modals_away()
        try:
            result = await self.kiosk.operations.run(
                lambda lab: checkins.scan(lab, actor, code, name, session_id)
            )
        except Refused as refused:
            self._show(refused)
        except SystemCannot as fault:
            self._show(fault)
            self.kiosk.lab_is_away(fault)
        else:
            # Who came is told beside it, not what was held out by mistake.
            if result.verdict not in _NO_PASSES:
                self._last.append((times.clock_time(self.lab.time, self.lab.clock.now()), result))
            self._show(result)
            self.refresh_value()

    def _take_modals_away(self) -> None:
        """Nothing lies over a verdict: not the help, not an unanswered question."""
        while isinstance(self.app.screen, LabModal):
            self.app.pop_screen()

    def _show(self, answer: _Answer) -> None:
        self._answer = answer
        self.repaint()
        if self._clearing is not None:
            self._clearing.stop()
        self._clearing = self.set_timer(SHOWN_SECONDS, self._clear)

    def _clear(self) -> None:
        self._answer = None
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """A touch clears the verdict."""
        event.stop()
        self._clear()

    def action_back(self) -> None:
        """Close the door, after asking."""

        def answered(yes: bool | None) -> None:
            if yes:
                self._close()

        self.app.push_screen(
            QuestionModal(
                lambda: _("Close the door?"),
                lambda: _("This kiosk will show the home screen again. Check-in stays open."),
            ),
            answered,
        )

    def _close(self) -> None:
        self._doorkeeper, self.value, self._answer = None, None, None
        self._last.clear()
        if self._clearing is not None:
            self._clearing.stop()
        self.repaint()
        self.kiosk.home()
