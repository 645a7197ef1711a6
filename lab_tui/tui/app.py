"""The kiosk: who stands in front of it, which screen they see, and what a scan does."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual.binding import Binding, BindingType
from textual.filter import ANSIToTruecolor, LineFilter

from lab_tui import i18n
from lab_tui.errors import Refused, SystemCannot
from lab_tui.i18n import N_
from lab_tui.lab.operation import Actor, Lab
from lab_tui.lab.scanners import ScannerMemory
from lab_tui.scanning.wedge import Reading
from lab_tui.tui.modals.base import LabModal
from lab_tui.tui.operations import Operations
from lab_tui.tui.scan_taker import ScanTaker
from lab_tui.tui.scanner_care import ScannerCare, wedge_settings
from lab_tui.tui.screens.base import LabScreen
from lab_tui.tui.screens.home import HomeScreen
from lab_tui.tui.sealed.app import SealedApp
from lab_tui.tui.themes import THEME_NAMES, themes
from lab_tui.tui.visit import Visit

if TYPE_CHECKING:
    from lab_tui.lab.people import PersonView
    from lab_tui.scanning.traits import ScannerTraits
    from lab_tui.tui.device_watch import DeviceWatch

# Imported when first shown: the home screen does not wait for them.
_SCREENS = {
    "my_day": "my_day:MyDayScreen",
    "my_pass": "my_pass:MyPassScreen",
    "gpus": "gpus:GpusScreen",
    "desks": "desks:DesksScreen",
    "events": "events:EventsScreen",
    "staff_today": "staff_today:StaffTodayScreen",
    "people": "people:PeopleScreen",
    "staff_events": "staff_events:StaffEventsScreen",
    "workstations": "workstations:WorkstationsScreen",
    "closures": "closures:ClosuresScreen",
    "door": "door:DoorScreen",
}
_SIGNS_OF_LIFE = (events.Key, events.MouseDown, events.MouseScrollDown, events.MouseScrollUp, events.Paste)
_CARETAKER_SECONDS = 30.0
# Home is painted and read by then; what it does without is imported after.
_SETTLED_SECONDS = 1.0
_AWAY_RETRY_SECONDS = 2.0
# After whoever leaves at once again, so that the next scan does not wait for it.
_COLLECT_SECONDS = 1.0


class KioskApp(SealedApp):
    """The app of one kiosk of one lab."""

    # Textual reads no style sheet of a default screen, so Home's is the app's.
    CSS_PATH = ["app.tcss", "screens/home.tcss"]
    TITLE = "lab-tui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", N_("Help"), id="help"),
        Binding("f8", "next_theme", N_("Colours"), id="theme"),
        Binding("f9", "next_language", N_("Language"), id="language", priority=True),
    ]

    def __init__(self, lab: Lab) -> None:
        i18n.use_language(lab.config.lab.language)
        super().__init__(wedge_settings(lab.config.scanner, ScannerMemory()), lab.config.log_path)
        self.lab = lab
        self.operations = Operations(lab)
        self.visit: Visit | None = None
        self.nobody = Actor(None, f"kiosk:{lab.config.kiosk.name}")
        self.scans = ScanTaker(self)
        self.scanner = ScannerCare(self)
        self.devices = self._devices()
        self._screens_kept = -1
        self.fault: SystemCannot | None = None
        """Why the database does not answer, while it does not."""
        for theme in themes():
            self.register_theme(theme)
        chosen = lab.config.kiosk.theme
        self.theme = chosen if chosen in THEME_NAMES else THEME_NAMES[0]

    def get_line_filters(self) -> Sequence[LineFilter]:
        """All but the one that turns a terminal's own colours into others: no style here has any."""
        return [one for one in super().get_line_filters() if not isinstance(one, ANSIToTruecolor)]

    def get_default_screen(self) -> HomeScreen:
        """Home, always at the bottom."""
        return HomeScreen()

    def _devices(self) -> DeviceWatch | None:
        """The scanners that do not type, where the lab has any. Raises BadInput for a wrong setting."""
        if not self.lab.config.scanner.devices:
            return None
        from lab_tui.tui.device_watch import DeviceWatch

        return DeviceWatch(self)

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)
        self.set_interval(_CARETAKER_SECONDS, self._keep_house)
        self.set_interval(_AWAY_RETRY_SECONDS, self._try_again)
        self.run_worker(self.scans.run(), group="scans")
        self.run_worker(self.scanner.recall(), group="scanner")
        if self.devices is not None:
            self.call_after_refresh(self.devices.start)
        self.set_timer(_SETTLED_SECONDS, lambda: self.run_worker(self._settle(), group="caretaker"))

    async def on_unmount(self) -> None:
        if self.devices is not None:
            await self.devices.stop()
        await asyncio.to_thread(self.operations.close)

    # Where people are

    def screen_named(self, name: str) -> LabScreen[Any]:
        """The one instance of a screen, built when first asked for."""
        if not self.is_screen_installed(name):
            module_name, _colon, class_name = _SCREENS[name].partition(":")
            module = import_module(f"lab_tui.tui.screens.{module_name}")
            self.install_screen(getattr(module, class_name)(), name)
        return cast("LabScreen[Any]", self.get_screen(name))

    def go(self, name: str) -> None:
        """Show a screen above the present one; going where one already was goes back to it."""
        wanted = self.screen_named(name)
        if wanted in self.screen_stack:
            while self.screen is not wanted:
                self.pop_screen()
        else:
            self.push_screen(name)

    def action_go(self, name: str) -> None:
        """`go`, for bindings."""
        self.go(name)

    def back(self) -> None:
        """To the screen before; from My day that ends the visit."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
        elif len(self.screen_stack) == 2:
            self.end_visit()

    def home(self) -> None:
        """Take away all screens but Home, modals included."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    # Visits

    def start_visit(self, person: PersonView) -> None:
        """Somebody scanned their badge: their day, in their language."""
        self.end_visit()
        actor = Actor(person.id, self.nobody.via)
        self.visit = Visit(actor, person, time.monotonic())
        if person.language:
            self.use_language(person.language)
        self.go("my_day")

    def end_visit(self) -> None:
        """Back to Home; nothing of the person remains."""
        self.home()
        if self.visit is None:
            return
        self.visit = None
        i18n.use_language(self.lab.config.lab.language)
        for name in _SCREENS:
            if self.is_screen_installed(name):
                self._clear(self.screen_named(name))
        self.use_language(self.lab.config.lab.language)
        self.set_timer(_COLLECT_SECONDS, self._collect)

    def _clear(self, screen: LabScreen[Any]) -> None:
        screen.forget()
        if screen.is_mounted:
            self.workers.cancel_node(screen)
            screen.repaint()

    def _collect(self) -> None:
        """Free memory while nobody waits for it; see `quiet_collector`.

        What has come to stay since the last time, screens and what they are made of, is not looked at again:
        a collection that lasts as long as the longest pause between two keys of a scan tears that scan apart.
        """
        if self.visit is None:
            gc.collect()
            if len(self._installed_screens) != self._screens_kept and gc.get_freeze_count():
                self._screens_kept = len(self._installed_screens)
                gc.freeze()

    def sign_in_staff(self, actor: Actor) -> None:
        """The PIN was right: the visit goes on with staff's permissions."""
        if self.visit is not None:
            self.visit.actor = actor

    def seconds_left(self) -> int | None:
        """Seconds until the visit ends by itself; None when nobody is here."""
        if self.visit is None:
            return None
        kiosk = self.lab.config.kiosk
        return self.visit.seconds_left(time.monotonic(), kiosk.idle_seconds, kiosk.countdown_seconds)

    async def on_event(self, event: events.Event) -> None:
        """Note that somebody is there, before the key goes its way."""
        if self.visit is not None and isinstance(event, _SIGNS_OF_LIFE):
            self.visit.last_key_at = time.monotonic()
        await super().on_event(event)

    def _tick(self) -> None:
        if self.screen_stack:  # none any more while the app ends
            # Whatever changes on a covered screen, Textual paints the one above it anew, all of it.
            self.top().tick()
            self._watch_the_time()

    def _watch_the_time(self) -> None:
        left = self.seconds_left()
        if left == 0:
            self.end_visit()
        elif left is not None and left <= self.lab.config.kiosk.countdown_seconds:
            self._count_down(left)
        elif isinstance(self.screen, LabModal) and self.screen.ANY_KEY_CLOSES:
            self.screen.dismiss(None)

    def _count_down(self, left: int) -> None:
        from lab_tui.tui.modals.countdown import CountdownModal

        if isinstance(self.screen, CountdownModal):
            self.screen.show_left(left)
        else:
            self.push_screen(CountdownModal(left), self._stay)

    def _stay(self, _answer: None) -> None:
        """Somebody is there: the time to the end begins anew."""
        if self.visit is not None:
            self.visit.last_key_at = time.monotonic()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """As sealed; and where any key only closes a sheet, the language key does so too."""
        if action == "next_language" and isinstance(self.screen, LabModal) and self.screen.ANY_KEY_CLOSES:
            return False
        return super().check_action(action, parameters)

    # Scans

    def scanned(self, readings: tuple[Reading, ...]) -> None:
        """A badge, a ticket or a label was scanned, whatever is on the screen."""
        text = self.scanner.genuine(readings)
        if self.devices is None or not self.devices.has_read(text):
            self.scans.put(text)

    def broken_scanned(self) -> None:
        """A code of ours of which a part never came."""
        self.scans.put_broken()

    def calibrated(self, traits: ScannerTraits) -> None:
        """The calibration card was scanned."""
        self.scanner.calibrated(traits)

    def foreign_scanned(self, text: str) -> None:
        """A code that is not ours; its text is neither shown nor kept."""
        self.scans.put(text)

    # The house

    async def _settle(self) -> None:
        """Home is painted: import what the first visitor would wait for, and see to the house."""
        await self.operations.run(_import_screens)
        self._keep_house()

    def _keep_house(self) -> None:
        self.run_worker(self._run_caretaker(), group="caretaker")
        self._collect()

    async def _run_caretaker(self) -> None:
        try:
            await self.operations.run(_run_caretaker)
        except SystemCannot as fault:
            self.lab_is_away(fault)
        else:
            self.lab_is_back()

    def lab_is_away(self, fault: SystemCannot) -> None:
        """The database does not answer: say so, and go on trying."""
        self.fault = fault
        self._tick()

    def lab_is_back(self) -> None:
        """The database answers again."""
        if self.fault is not None:
            self.fault = None
            self._tick()

    def _try_again(self) -> None:
        if self.fault is not None and self.screen_stack:
            self.top().refresh_if_idle()

    def top(self) -> LabScreen[Any]:
        """The screen that is shown, or lies under the modals that are."""
        return next(screen for screen in reversed(self.screen_stack) if isinstance(screen, LabScreen))

    # Languages, themes, help

    def use_language(self, code: str) -> None:
        """Speak this language from now on."""
        i18n.use_language(code)
        for screen in self.screen_stack:
            if isinstance(screen, LabScreen | LabModal) and screen.is_mounted:
                screen.repaint()

    def next_language(self) -> str:
        """The language that the language key leads to."""
        codes = list(i18n.LANGUAGES)
        return codes[(codes.index(i18n.language()) + 1) % len(codes)]

    def action_next_language(self) -> None:
        """The next language, remembered for whoever is here."""
        code = self.next_language()
        self.use_language(code)
        if self.visit is not None:
            self.visit.person = replace(self.visit.person, language=code)
            self.run_worker(self._remember_language(self.visit.actor, code), group="language")

    async def _remember_language(self, actor: Actor, code: str) -> None:
        try:
            from lab_tui.lab import people

            await self.operations.run(lambda lab: people.remember_language(lab, actor, code))
        except SystemCannot as fault:
            self.lab_is_away(fault)
        except Refused:
            self.end_visit()

    def action_next_theme(self) -> None:
        """The next set of colours."""
        self.theme = THEME_NAMES[(THEME_NAMES.index(self.theme) + 1) % len(THEME_NAMES)]

    def action_help(self) -> None:
        """What the present screen is for."""
        from lab_tui.tui.modals.help import HelpModal

        self.push_screen(HelpModal(self.top()))


def quiet_collector() -> None:
    """Leave full collections to the moments when nobody is at the kiosk: they are felt in a key press.

    Of young objects a few at a time: a collection of 50,000 took 12 to 34 ms, one of 5,000 takes 1.
    """
    gc.freeze()
    gc.set_threshold(5_000, 200, 1_000_000)


def _run_caretaker(lab: Lab) -> None:
    from lab_tui.lab import caretaker

    caretaker.run_due(lab)


def _import_screens(_lab: Lab) -> None:
    for place in _SCREENS.values():
        import_module(f"lab_tui.tui.screens.{place.partition(':')[0]}")


def run_kiosk(lab: Lab) -> int:
    """Open the kiosk until staff leave it; the exit status for the process."""
    quiet_collector()
    try:
        return KioskApp(lab).run_to_end()
    finally:
        lab.store.close()
