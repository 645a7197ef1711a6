"""The kiosk with a fault on F13, wherever it stands, and its countdown on F14; run by the tests beside it."""

from __future__ import annotations

import sys
from pathlib import Path

from lab_tui.tui.sealed.environment import scrub_environment

scrub_environment()

from textual.binding import Binding  # noqa: E402

from lab_tui.cli.main import run  # noqa: E402
from lab_tui.tui import app  # noqa: E402
from lab_tui.tui.modals.countdown import CountdownModal  # noqa: E402


class FaultyKiosk(app.KioskApp):
    """Fails where it is told to, with secrets at hand."""

    # Textual looks for them beside the class that is run.
    CSS_PATH = [str(Path(app.__file__).parent / name) for name in app.KioskApp.CSS_PATH]
    BINDINGS = [Binding("f13", "fail", priority=True), Binding("f14", "count_down", priority=True)]

    def action_fail(self) -> None:
        self.screen.call_later(self._fail, "735911", "VXL1P0BXG9PUH81MBGNMTQ5QG29DU254RF0PXW")

    def _fail(self, pin: str, code: str) -> None:
        typed = {"pin": pin, "code": code}
        raise LookupError(f"{typed}")

    def action_count_down(self) -> None:
        self.push_screen(CountdownModal(20))


if __name__ == "__main__":
    app.KioskApp = FaultyKiosk  # type: ignore[misc]
    sys.exit(run())
