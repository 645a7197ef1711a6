"""A sealed app with one text field that tells, when F14 is pressed, what reached it and when."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from lab_tui.tui.sealed.environment import scrub_environment

scrub_environment()

from textual._time import get_time  # noqa: E402
from textual.app import ComposeResult  # noqa: E402
from textual.binding import Binding  # noqa: E402
from textual.widgets import Input, Static  # noqa: E402

from lab_tui.codes.keyfile import DEMO_KEYS  # noqa: E402
from lab_tui.codes.passcode import ALPHABET, LENGTH, PREFIX  # noqa: E402
from lab_tui.scanning.wedge import Framer, Key, Outcome, PassOn, Reading, Retract, WedgeSettings  # noqa: E402
from lab_tui.tui.sealed.app import SealedApp  # noqa: E402

WEDGE = WedgeSettings(PREFIX, LENGTH, ALPHABET)


class WatchedFramer(Framer):
    """Notes for how long it held each key that it passed on: in the time of the keys, whatever the load."""

    def __init__(self, settings: WedgeSettings) -> None:
        super().__init__(settings)
        self.held: list[float] = []

    def feed(self, name: str, char: str | None, at: float, *, guarded: bool = False) -> list[Outcome]:
        due = self.next_deadline
        outcomes = super().feed(name, char, at, guarded=guarded)
        self._note(outcomes, at, due)
        return outcomes

    def expire(self, now: float) -> list[Outcome]:
        due = self.next_deadline
        outcomes = super().expire(now)
        self._note(outcomes, now, due)
        return outcomes

    def _note(self, outcomes: list[Outcome], now: float, due: float | None) -> None:
        for outcome in outcomes:
            if isinstance(outcome, Retract):
                del self.held[-outcome.count :]
            elif isinstance(outcome, PassOn):
                settled = now if due is None else min(now, due)
                self.held += [max(0.0, settled - key.at) for key in outcome.keys]


class ScanDemo(SealedApp):
    BINDINGS = [Binding("f14", "tell", priority=True)]

    def __init__(self, folder: Path) -> None:
        super().__init__(WEDGE, folder / "crash.log")
        self._journal = (folder / "journal").open("w", buffering=1)
        self._watched = WatchedFramer(WEDGE)
        self._framer = self._watched
        self._delivered: list[float] = []
        self._scans: list[str] = []
        self._wrong: list[str] = []

    def compose(self) -> ComposeResult:
        yield Static("READY")
        yield Input()

    def scanned(self, readings: tuple[Reading, ...]) -> None:
        texts = [one.text for one in readings]
        genuine = DEMO_KEYS.genuine(texts)
        self._scans.append(texts[genuine or 0])

    def broken_scanned(self) -> None:
        self._wrong.append("broken")

    def foreign_scanned(self, text: str) -> None:
        self._wrong.append(f"foreign {text}")

    def on_input_submitted(self) -> None:
        self._wrong.append("submitted")

    async def _act(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, Retract):
                del self._delivered[-outcome.count :]
        await super()._act(outcomes)

    async def _pass_on(self, key: Key) -> None:
        self._delivered.append(get_time() - key.at)
        await super()._pass_on(key)

    def action_tell(self) -> None:
        field = self.query_one(Input)
        # After the keys that are on their way to it.
        field.call_later(self._tell, field)

    def _tell(self, field: Input) -> None:
        told = {
            "typed": field.value,
            "scans": self._scans,
            "wrong": self._wrong,
            "held": [round(seconds, 5) for seconds in self._watched.held],
            "delivered": [round(seconds, 5) for seconds in self._delivered],
        }
        self._journal.write(json.dumps(told) + "\n")
        field.clear()
        self._scans, self._wrong, self._watched.held, self._delivered = [], [], [], []


if __name__ == "__main__":
    sys.exit(ScanDemo(Path(sys.argv[1])).run_to_end())
