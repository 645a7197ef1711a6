"""A kiosk to drive in tests: scan, press, and wait for what the screen shows."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from textual import events
from textual._time import get_time
from textual.pilot import Pilot
from textual.screen import Screen

from lab_tui.store.tables import people
from lab_tui.tui.app import KioskApp
from lab_tui.tui.screens.base import LabScreen
from tests.world import World

PATIENCE_SECONDS = 10.0
# Between lines, words and letters.
_INVISIBLE = frozenset("\n\xa0\u200c\u200d")


@dataclass
class Kiosk:
    """The app, the pilot that presses its keys, and the lab behind it."""

    app: KioskApp
    pilot: Pilot[Any]
    world: World

    @staticmethod
    @asynccontextmanager
    async def of(world: World, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Kiosk]:
        """The kiosk of a lab, on its home screen with data."""
        app = KioskApp(world.lab)
        async with app.run_test(size=size) as pilot:
            kiosk = Kiosk(app, pilot, world)
            await kiosk.until(lambda: kiosk.screen.value is not None, "the home screen's data")
            yield kiosk

    @property
    def screen(self) -> LabScreen[Any]:
        """The screen on top, modals left out."""
        return next(one for one in reversed(self.app.screen_stack) if isinstance(one, LabScreen))

    @property
    def text(self) -> str:
        """What stands on the terminal."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    @property
    def line_widths(self) -> set[int]:
        """How many cells the lines on the terminal have."""
        strips = self.app.screen._compositor.render_strips()
        return {sum(segment.cell_length for segment in strip._segments) for strip in strips}

    async def until(self, true: Callable[[], object], what: str = "it") -> None:
        """Let the app run until something is true, or fail with the screen."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not true():
            assert time.monotonic() < end, f"{what} did not come:\n{self.text}"
            await self.pilot.pause(0.01)

    async def shows(self, *texts: str) -> None:
        """Wait until all the texts stand on the terminal."""
        await self.until(lambda: all(text in self.text for text in texts), repr(texts))

    async def shows_no(self, *texts: str) -> None:
        """Wait until none of the texts stands on the terminal."""
        await self.until(lambda: not any(text in self.text for text in texts), f"the end of {texts!r}")

    async def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        await self.pilot.press(*keys)

    async def shows_modal(self, kind: type[Screen[Any]]) -> None:
        """Wait until a modal of this kind is on top."""
        await self.until(lambda: isinstance(self.app.screen, kind), f"the {kind.__name__}")

    def assert_harmless(self) -> None:
        """Fail where a text on the terminal breaks its line, or holds what a terminal could obey."""
        assert self.line_widths == {self.app.size.width}
        odd = {char for char in self.text if not char.isprintable()} - _INVISIBLE
        assert not odd, f"{odd!a} stands on the terminal:\n{self.text}"

    async def touch(self, text: str) -> None:
        """Click on a text, once it stands on the terminal."""
        await self.shows(text)
        lines = self.text.splitlines()
        y = next(y for y, line in enumerate(lines) if text in line)
        await self.pilot.click(offset=(lines[y].index(text), y))

    def scan(self, code: str) -> None:
        """Type a code as a scanner does: all keys at once, then Enter."""
        at = get_time()
        for number, char in enumerate(code):
            self._key(char, char, at + number * 0.001)
        self._key("enter", "\r", at + len(code) * 0.001)

    def type(self, text: str) -> None:
        """Press keys at a person's pace that have all come before the first is looked at."""
        at = get_time()
        names = {"/": "slash", "\r": "enter", " ": "space"}
        for number, char in enumerate(text):
            self._key(names.get(char, char), char, at + number * 0.15)

    def _key(self, name: str, char: str, at: float) -> None:
        event = events.Key(name, char)
        event.time = at
        self.app.post_message(event)

    async def visit(self, person: people.Person, screen: str = "my_day") -> None:
        """Scan a person's (new) badge and wait until their day is there; then go to another screen."""
        self.scan(self.world.badge(person))
        await self.until(lambda: self.app.visit and self.app.visit.person.id == person.id, "the visit")
        await self.until(lambda: self.screen.value is not None, "the person's day")
        if screen != "my_day":
            self.app.go(screen)
            await self.until(lambda: self.screen.value is not None, f"the data of {screen}")
