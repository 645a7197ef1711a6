"""What a sealed app refuses, without a terminal."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from textual.app import ComposeResult
from textual.widgets import Input

from lab_tui.scanning.wedge import Reading, WedgeSettings
from lab_tui.tui.sealed import crash
from lab_tui.tui.sealed.app import CRASHED, SealedApp
from lab_tui.tui.sealed.driver import ForgivingParser, SealedDriver
from lab_tui.tui.sealed.environment import WEB_DRIVER, scrub_environment
from lab_tui.tui.sealed.pin_input import PinInput

WEDGE = WedgeSettings(prefix="LBT", length=12, alphabet="0123456789ABCDEFGHJKLMNPQRSTUVWX")


class Desk(SealedApp):
    def __init__(self, folder: Path) -> None:
        super().__init__(WEDGE, folder / "crash.log")
        self.codes: list[str] = []

    def compose(self) -> ComposeResult:
        yield Input(id="name")
        yield PinInput(digits=6, id="pin")

    def scanned(self, readings: tuple[Reading, ...]) -> None:
        self.codes.append(readings[0].text)


def test_it_has_no_bindings_of_textual(tmp_path: Path) -> None:
    assert list(Desk(tmp_path)._bindings.key_to_bindings) == []


@pytest.mark.parametrize(
    "action",
    [
        "quit",
        "app.quit",
        "suspend_process",
        "screenshot",
        "command_palette",
        "simulate_key('x')",
        "help_quit",
    ],
)
async def test_an_action_hidden_in_a_text_does_nothing(tmp_path: Path, action: str) -> None:
    app = Desk(tmp_path)
    async with app.run_test() as pilot:
        await app.run_action(action)
        await pilot.pause()
        assert app.is_running
        assert len(app.screen_stack) == 1
    assert list(tmp_path.iterdir()) == []


async def test_nothing_is_copied_opened_or_delivered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    app = Desk(tmp_path)
    async with app.run_test() as pilot:
        await pilot.press(*"Ann")
        await pilot.press("ctrl+a", "ctrl+c", "ctrl+x", "ctrl+v")
        app.copy_to_clipboard("secret")
        app.open_url("https://example.org")
        app.deliver_text(__file__)
        app.deliver_screenshot()
        assert app.clipboard == ""
        assert app._clipboard == ""
    assert list(tmp_path.iterdir()) == []


async def test_a_scan_reaches_the_app_and_not_the_field(tmp_path: Path) -> None:
    app = Desk(tmp_path)
    async with app.run_test() as pilot:
        await pilot.press(*"Ann", *"LBT0A1B2C3D4", "enter")
        await pilot.pause()
        assert app.codes == ["LBT0A1B2C3D4"]
        assert app.query_one("#name", Input).value == "Ann"


async def test_a_pin_is_digits_and_stays_where_it_is(tmp_path: Path) -> None:
    app = Desk(tmp_path)
    async with app.run_test() as pilot:
        pin = app.query_one("#pin", PinInput)
        pin.focus()
        await pilot.press("1", "a", "٣", "2", "3", "4", "5", "6", "7")
        assert pin.value == "123456"
        pin.select_all()
        pin.action_copy()
        pin.action_cut()
        pin.action_paste()
        assert pin.value == "123456"
        assert "1" not in str(pin.render_line(1).text)


async def test_an_error_in_the_app_is_raised_in_tests_and_noted(tmp_path: Path) -> None:
    app = Desk(tmp_path)

    def fail() -> None:
        raise ValueError("pass LBT0A1B2C3D4 of Ann")

    with pytest.raises(ValueError, match="of Ann"):  # noqa: PT012
        async with app.run_test() as pilot:
            app.call_later(fail)
            await pilot.pause()
    assert app.return_code == CRASHED
    log = (tmp_path / "crash.log").read_text()
    assert "ValueError: pass … of Ann" in log


def test_a_crash_entry_is_private_masked_and_appended(tmp_path: Path) -> None:
    log = tmp_path / "crash.log"
    for _ in range(2):
        try:
            int("12a4")
        except ValueError as error:
            crash.write(log, error)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert log.read_text().count("ValueError: invalid literal for int() with base 10: '…'") == 2


def test_an_unwritable_crash_log_is_no_second_crash(tmp_path: Path) -> None:
    crash.write(tmp_path / "nowhere" / "crash.log", ValueError("x"))


def test_textuals_variables_are_dropped_but_for_the_browser_view() -> None:
    environment = {
        "TEXTUAL": "debug",
        "TEXTUAL_PRESS": "ctrl+q",
        "TEXTUAL_DRIVER": WEB_DRIVER,
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "PATH": "/bin",
    }
    scrub_environment(environment)
    assert environment == {
        "TEXTUAL_DRIVER": WEB_DRIVER,
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "PATH": "/bin",
    }
    other = {"TEXTUAL_DRIVER": "antigravity:fly", "TEXTUAL_COLOR_SYSTEM": "nonsense"}
    scrub_environment(other)
    assert other == {}


def test_scrubbing_does_not_import_textual() -> None:
    program = (
        "import sys, lab_tui.tui.sealed.environment, lab_tui.scanning.wedge;"
        "sys.exit(any(name.startswith('textual') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_it_uses_the_sealed_driver(tmp_path: Path) -> None:
    assert Desk(tmp_path).driver_class is SealedDriver


@pytest.mark.parametrize(
    "hostile",
    ["\x1b[1114112u", "\x1b[55296;1;1114112u", "\x1b[48;0;0;0;0t", "\x1b[<0;1;1M", "\ud800", "\x00"],
)
def test_the_parser_reads_on_after_anything(hostile: str) -> None:
    parser = ForgivingParser()
    list(parser.feed(hostile))
    assert [getattr(event, "key", None) for event in parser.feed("ab")] == ["a", "b"]
    assert not parser.mouse_pixels
