"""The base of the kiosk's app: no way out, no leak, and every scan framed before any key is acted on."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Any, ClassVar

from textual import constants, events
from textual._keyboard_protocol import MODIFIER_FUNCTIONAL_KEYS
from textual._time import get_time
from textual.app import App
from textual.driver import Driver
from textual.worker import WorkerFailed

from lab_tui.i18n import _
from lab_tui.scanning.traits import ScannerTraits
from lab_tui.scanning.wedge import (
    Broken,
    Calibrated,
    Code,
    ForeignCode,
    Framer,
    Key,
    Outcome,
    PassOn,
    Reading,
    Retract,
    WedgeSettings,
)
from lab_tui.text import printable
from lab_tui.tui.sealed import crash
from lab_tui.tui.sealed.driver import SealedDriver
from lab_tui.tui.sealed.environment import WEB_DRIVER
from lab_tui.tui.sealed.given_keys import GivenKeys
from lab_tui.tui.sealed.pauses import Pauses

CRASHED = 3
"""Exit status after an error; a supervisor starts the kiosk again."""

_REFUSED_ACTIONS = frozenset(
    {
        "quit",
        "help_quit",
        "suspend_process",
        "command_palette",
        "screenshot",
        "simulate_key",
        "change_theme",
        "toggle_dark",
        "show_help_panel",
        "notify",
    }
)
# Behind the deadline, so that a key which came in time is in the queue before it.
_EXPIRY_SLACK_SECONDS = 0.001


class _HoldOver(events.Event, bubble=False):
    """The time for held keys is up; `sure` once the keys that were on their way have been taken."""

    def __init__(self, sure: bool) -> None:
        super().__init__()
        self.sure = sure


class SealedApp(App[None], inherit_bindings=False):
    """An app for a public screen.

    It ends by `leave` (status 0), by a signal or a lost terminal (128 + signal), or by an error (CRASHED).
    A scan with any focus, under any modal, arrives whole in `scanned`; its keys reach nothing else.
    """

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, wedge: WedgeSettings, crash_log: Path) -> None:
        """`crash_log`: the file where errors are described; its folder exists."""
        super().__init__()
        self._framer = Framer(wedge)
        self._pauses = Pauses()
        self._given = GivenKeys()
        self._expiry: asyncio.TimerHandle | None = None
        self._expires_at = 0.0
        self._crash_log = crash_log
        self._crashed = False
        self._told = False

    # For the app that builds on this

    def scanned(self, readings: tuple[Reading, ...]) -> None:
        """A code of our shape was scanned; not yet known to be genuine in any of its readings."""

    def broken_scanned(self) -> None:
        """A code of our shape was scanned, but part of it never came."""

    def foreign_scanned(self, text: str) -> None:
        """Something else was scanned."""

    def calibrated(self, traits: ScannerTraits) -> None:
        """The calibration card was scanned: how this scanner types."""

    def use_wedge(self, wedge: WedgeSettings) -> None:
        """Tell scans by these settings from now on."""
        self._framer.use(wedge)

    def leave(self) -> None:
        """End the app with status 0: the way out for staff, and the only one."""
        self.exit(return_code=0)

    def run_to_end(self) -> int:
        """Run the app; the exit status for the process."""
        self._pauses.watch()
        try:
            self.run()
        except Exception as error:  # noqa: BLE001 - the edge: nothing may print a traceback on this screen
            self._handle_exception(error)
            self._print_error_renderables()
        finally:
            self._pauses.stop()
        return CRASHED if self._crashed or self.return_code is None else self.return_code

    # Keys, scans and pastes

    async def on_event(self, event: events.Event) -> None:
        """Frame scans before a key meets focus or bindings."""
        if isinstance(event, _HoldOver):
            await self._hold_over(event)
        elif isinstance(event, events.Key) and not event.is_forwarded:
            await self._on_typed(event)
        elif isinstance(event, events.Paste) and not event.is_forwarded:
            await self._on_pasted(event)
        else:
            await super().on_event(event)

    async def _on_typed(self, event: events.Key) -> None:
        if event.key in MODIFIER_FUNCTIONAL_KEYS:
            return  # a bare Shift, which some terminals report between the letters of a scan
        at = self._pauses.without(event.time)
        outcomes = self._framer.feed(event.key, event.character, at, guarded=self._is_guarded())
        await self._act(outcomes)

    async def _on_pasted(self, event: events.Paste) -> None:
        outcomes = self._framer.paste(event.text, self._pauses.without(event.time))
        if outcomes is not None:
            await self._act(outcomes)
            return
        await self._act(self._framer.release())
        event.text = "\n".join(printable(line) for line in event.text.splitlines())
        await super().on_event(event)

    async def _hold_over(self, event: _HoldOver) -> None:
        if not event.sure:
            self.post_message(_HoldOver(sure=True))
            return
        self._expiry = None
        await self._act(self._framer.expire(self._pauses.without(get_time())))

    async def _act(self, outcomes: list[Outcome]) -> None:
        self._await_deadline()
        for outcome in outcomes:
            match outcome:
                case PassOn(keys):
                    for key in keys:
                        await self._pass_on(key)
                case Retract(count):
                    self._given.take_back(count)
                case Code(readings):
                    self.scanned(readings)
                case ForeignCode(text):
                    self.foreign_scanned(text)
                case Broken():
                    self.broken_scanned()
                case Calibrated(traits):
                    self.calibrated(traits)

    async def _pass_on(self, key: Key) -> None:
        self._given.note(self.focused, key.char)
        event = events.Key(key.name, key.char)
        event.time = key.at
        await super().on_event(event)

    def _await_deadline(self) -> None:
        """See to it that held keys are released in time; one timer at most is under way."""
        deadline = self._framer.next_deadline
        if deadline is None or (self._expiry is not None and self._expires_at <= deadline):
            return
        if self._expiry is not None:
            self._expiry.cancel()
        delay = max(0.0, deadline - self._pauses.without(get_time())) + _EXPIRY_SLACK_SECONDS
        loop = asyncio.get_running_loop()
        self._expires_at = deadline
        self._expiry = loop.call_later(delay, self.post_message, _HoldOver(sure=False))

    def _is_guarded(self) -> bool:
        """Whether a burst of keys can only be a scanner: no text field has focus.

        Not without a terminal, where tests press keys at no human pace.
        """
        if self.is_headless:
            return False
        focused = self.focused
        return focused is None or not focused.check_consume_key("a", "a")

    # The end of it

    def _handle_exception(self, error: Exception) -> None:
        """Note the error for staff and end; the screen tells only that it stopped."""
        crash.write(self._crash_log, error.error if isinstance(error, WorkerFailed) else error)
        self._crashed = True
        self._return_code = CRASHED
        if self._exception is None:  # a test that drives the app gets it raised
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:  # noqa: ARG002 - they may show values
        """End as after an error, without showing what Textual would show."""
        self._handle_exception(RuntimeError("the input thread ended"))

    def _print_error_renderables(self) -> None:
        """One calm sentence instead of a traceback with the values of all variables."""
        self._exit_renderables.clear()
        if not self._crashed or self._told or sys.__stderr__ is None:
            return
        self._told = True
        with contextlib.suppress(OSError):
            print(_("This screen has stopped. Please tell the staff."), file=sys.__stderr__)

    # What Textual would do for anybody

    def get_driver_class(self) -> type[Driver]:
        """Our driver, or the one of textual-serve where that has started us."""
        return super().get_driver_class() if constants.DRIVER == WEB_DRIVER else SealedDriver

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse what leaves the app, pictures it or types into it."""
        return action not in _REFUSED_ACTIONS and super().check_action(action, parameters)

    @property
    def clipboard(self) -> str:
        """Always empty: what one person copies the next must not paste."""
        return ""

    def copy_to_clipboard(self, text: str) -> None:
        """Copy nothing, here or in the terminal."""

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Open nothing: a browser is a way out."""

    def deliver_text(self, *args: Any, **kwargs: Any) -> None:
        """Write no file at the wish of the screen."""

    def deliver_binary(self, *args: Any, **kwargs: Any) -> None:
        """Write no file at the wish of the screen."""

    def deliver_screenshot(self, *args: Any, **kwargs: Any) -> None:
        """Picture nothing: names are on the screen."""
