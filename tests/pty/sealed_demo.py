"""A small sealed app that writes down what reaches it; run on a terminal by the tests beside it."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from lab_tui.tui.sealed.environment import scrub_environment

scrub_environment()

from textual.app import ComposeResult  # noqa: E402
from textual.binding import Binding  # noqa: E402
from textual.screen import ModalScreen  # noqa: E402
from textual.widgets import Button, DataTable, Input, Static  # noqa: E402

from lab_tui.scanning.wedge import Reading, WedgeSettings  # noqa: E402
from lab_tui.tui.sealed.app import SealedApp  # noqa: E402
from lab_tui.tui.sealed.pin_input import PinInput  # noqa: E402

WEDGE = WedgeSettings(prefix="LBT", length=36, alphabet="0123456789ABCDEFGHJKLMNPQRSTUVWX")


class Question(ModalScreen[None]):
    BINDINGS = [Binding("f4", "close", "Close")]

    def compose(self) -> ComposeResult:
        yield Static("MODAL OPEN")
        yield Button("Yes")

    def action_close(self) -> None:
        self.dismiss()


class Demo(SealedApp):
    """Each thing that happens is a line in the journal and the last one stands on the screen."""

    CSS = "#last { dock: top; }"
    # Every letter a scan may hold does something, so that a leak shows.
    BINDINGS = [
        Binding(",".join("abcdeghjkmnpqrsuvw0123456789ABCDEFGHJKMNPQRSUVWX"), "bound('letter')"),
        Binding("f2", "ask", priority=True),
        Binding("f5", "focus_on('table')", priority=True),
        Binding("f6", "focus_on('input')", priority=True),
        Binding("f7", "focus_on('nothing')", priority=True),
        Binding("f8", "focus_on('pin')", priority=True),
        Binding("f13", "crash", priority=True),
        Binding("f14", "leave", priority=True),
        Binding("f15", "wait", priority=True),
        Binding("f16", "block", priority=True),
        Binding("f17", "crash_in_worker", priority=True),
    ]

    def __init__(self, folder: Path) -> None:
        super().__init__(WEDGE, folder / "crash.log")
        self._journal = (folder / "journal").open("w", buffering=1)
        self._count = 0

    def compose(self) -> ComposeResult:
        yield Static("READY", id="last", markup=False)
        yield Input(id="input")
        yield PinInput(digits=6, id="pin")
        yield Button("Push", id="button")
        table: DataTable[str] = DataTable(id="table")
        table.add_columns("one", "two")
        for number in range(20):
            table.add_row(str(number), "row")
        yield table

    def on_mount(self) -> None:
        self.action_focus_on("input")

    def note(self, kind: str, text: str = "") -> None:
        self._count += 1
        self._journal.write(f"{kind} {text}\n" if text else f"{kind}\n")
        self.screen_stack[0].query_one("#last", Static).update(f"{self._count} {kind} {text[-40:]}")

    def scanned(self, readings: tuple[Reading, ...]) -> None:
        self.note("code", readings[0].text)

    def broken_scanned(self) -> None:
        self.note("broken")

    def foreign_scanned(self, text: str) -> None:
        self.note("foreign", text)

    def on_input_changed(self, event: Input.Changed) -> None:
        self.note("typed" if event.input.id == "input" else "pin", event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.note("submitted", event.value)

    def on_button_pressed(self) -> None:
        self.note("pushed")

    def action_bound(self, what: str) -> None:
        self.note("bound", what)

    def action_ask(self) -> None:
        self.push_screen(Question())

    def action_focus_on(self, what: str) -> None:
        self.screen.set_focus(None if what == "nothing" else self.screen.query_one(f"#{what}"))
        self.note("focus", what)

    def action_crash(self) -> None:
        secret = "4711-geheim"
        raise ValueError(f"bad PIN {int(secret[:4]) + 90000}")

    def action_crash_in_worker(self) -> None:
        self.run_worker(self._fail)

    async def _fail(self) -> None:
        self.action_crash()

    async def action_wait(self) -> None:
        self.note("waiting")
        await asyncio.sleep(0.4)
        self.note("waited")

    def action_block(self) -> None:
        self.note("blocking")
        until = time.monotonic() + 0.4
        while time.monotonic() < until:
            pass
        self.note("blocked")

    def action_leave(self) -> None:
        self.leave()

    def on_unmount(self) -> None:
        self._journal.write("unmounted\n")


if __name__ == "__main__":
    sys.exit(Demo(Path(sys.argv[1])).run_to_end())
