"""A sealed app on a real terminal: nothing typed ends it, no scan leaks, and it ends in order."""

from __future__ import annotations

import random
import signal
import stat
import string
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pty.terminal import Terminal

DEMO = Path(__file__).with_name("sealed_demo.py")
ROOT = Path(__file__).parents[2]
ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWX"
F13_CRASH, F14_LEAVE, F15_WAIT, F16_BLOCK, F17_CRASH_IN_WORKER = (
    f"\x1b[{number}u" for number in range(57376, 57381)
)
HUMAN_GAP = 0.085


class Kiosk(Terminal):
    """The demo app on a terminal, with the journal of what reached it."""

    def __init__(self, folder: Path, *, shell: str = "exec {app}", env: dict[str, str] | None = None) -> None:
        self.folder = folder
        app = f"{sys.executable} {DEMO} {folder}"
        super().__init__(
            ["/bin/sh", "-c", shell.format(app=app)], env={"PYTHONPATH": str(ROOT), **(env or {})}
        )

    @property
    def journal(self) -> list[str]:
        path = self.folder / "journal"
        return path.read_text().splitlines() if path.exists() else []

    def wait_for_entry(self, entry: str, since: int = 0) -> None:
        self.wait_until(lambda _: entry in self.journal[since:], what=f"journal entry {entry!r}")

    def started(self) -> Kiosk:
        self.wait_for_entry("focus input")
        self.wait_for("focus input")
        return self

    def focus(self, what: str) -> None:
        since = len(self.journal)
        self.press({"input": "f6", "table": "f5", "nothing": "f7", "pin": "f8"}[what])
        self.wait_for_entry(f"focus {what}", since)

    def answer(self) -> None:
        """Fail unless a key still reaches the app and its answer still reaches the screen."""
        self.pace(0.2)  # as a person who comes after the scan
        self.focus("table")
        self.pace(0.2)
        self.focus("input")
        since = len(self.journal)
        self.type(f"~{since}~")
        self.wait_for_entry(f"typed ~{since}~", since)
        self.wait_for(f"~{since}~")


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    with Kiosk(tmp_path) as terminal:
        yield terminal.started()


def codes(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    return ["LBT" + "".join(rng.choices(ALPHABET, k=33)) for _ in range(count)]


# Hostile input


def test_every_single_byte_is_survived(kiosk: Kiosk) -> None:
    for byte in range(256):
        kiosk.send(bytes([byte]))
        kiosk.pace(0.003)
    kiosk.answer()


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        "Müller é".encode("latin-1"),
        b"\x1b[1114112u",
        b"\x1b[99999999999999999999u",
        b"\x1b[55296u\x1b[55296;1;55296u",
        b"\x1b[48;99999;99999;99999;99999t",
        b"\x1b[48;24;80;0;0t\x1b[48;0;0;1;1t",
        b"\x1b[<0;999999;999999M\x1b[<35;-5;-5M\x1b[M\xff\xff\xff",
        b"\x1b[?2048;1$y\x1b[?2026;1$y\x1b[5;5R",
        b"\x1b[O",
        b"\x9b31m\x00\x1b]0;title\x07\x1bPq\x1b\\",
        b"\x1b[200~" + "\x1b]52;c;eA==\x07 \u202e\x9b".encode() + b"\x1b[201~",
        b"\x1b[200~\x1b[201~",
        b"\x1b[200~\n\x1b[201~",
    ],
)
def test_a_hostile_sequence_is_survived(kiosk: Kiosk, data: bytes) -> None:
    kiosk.send(data)
    kiosk.answer()
    assert b"\x1b]52" not in kiosk.raw


@pytest.mark.parametrize("data", [b"\x1b[200~", b"\x1b[200~" + b"x" * 3000, b"\x1b[200~\x1b"])
def test_a_paste_that_never_ends_gives_the_keys_back(kiosk: Kiosk, data: bytes) -> None:
    kiosk.send(data)
    kiosk.pace(0.15)
    kiosk.send("[201~")
    kiosk.pace(0.8)
    kiosk.answer()


def test_an_endless_paste_without_a_pause_gives_the_keys_back(kiosk: Kiosk) -> None:
    kiosk.focus("nothing")
    kiosk.send(b"\x1b[200~" + b"\r" * 105_000)
    kiosk.wait_until(lambda _: any(entry.startswith("foreign") for entry in kiosk.journal), 30)
    kiosk.answer()


def test_random_bytes_are_survived(kiosk: Kiosk) -> None:
    rng = random.Random(7)
    for _ in range(4):
        kiosk.send(rng.randbytes(1000))
    since = len(kiosk.journal)
    for _ in range(100):  # a person presses again while the app is still at the bytes
        kiosk.press("f7")
        kiosk.pace(0.3)
        if "focus nothing" in kiosk.journal[since:]:
            break
    kiosk.settle(quiet=1.5, timeout=60)  # the presses that came too early are worked off
    kiosk.answer()


def test_a_mouse_position_in_cells_stays_right_after_a_forged_size_report(kiosk: Kiosk) -> None:
    kiosk.send("\x1b[48;24;80;48;160t")
    kiosk.answer()
    kiosk.settle()
    kiosk.click("Push")
    kiosk.wait_for_entry("pushed")


# Ways out


def test_no_chord_leaves_opens_or_stops_anything(kiosk: Kiosk) -> None:
    chords = [f"ctrl+{letter}" for letter in string.ascii_lowercase + "\\]^_@"]
    alt_chords = [f"alt+{letter}" for letter in string.ascii_lowercase + string.digits]
    chords += [f"f{number}" for number in (1, 3, 4, 9, 10, 11, 12)]
    for focus in ("input", "table", "nothing"):
        kiosk.focus(focus)
        for chord in chords + (alt_chords if focus == "nothing" else []):
            kiosk.press(chord)
            kiosk.pace(0.06)  # as a person: faster would be taken for a scan
    kiosk.settle()
    assert not kiosk.find("Search for commands")
    assert not kiosk.find("quit")
    kiosk.answer()
    assert b"\x1b]52" not in kiosk.raw
    assert list(kiosk.folder.iterdir()) == [kiosk.folder / "journal"]


def test_a_stop_signal_does_not_stop_it(kiosk: Kiosk) -> None:
    kiosk.signal(signal.SIGTSTP)
    kiosk.answer()
    kiosk.signal(signal.SIGSTOP)
    kiosk.signal(signal.SIGCONT)
    kiosk.answer()


def test_the_environment_changes_nothing(tmp_path: Path) -> None:
    hostile = {
        "TEXTUAL": "debug,devtools",
        "TEXTUAL_PRESS": "ctrl+q,f14",
        "TEXTUAL_SCREENSHOT": "0",
        "TEXTUAL_DRIVER": "antigravity:fly",
        "TEXTUAL_ALLOW_SIGNALS": "1",
        "TEXTUAL_DEBUG": "1",
    }
    with Kiosk(tmp_path, env=hostile) as kiosk:
        kiosk.started()
        kiosk.press("ctrl+c", "ctrl+\\", "ctrl+z")
        kiosk.answer()


def test_a_pin_cannot_be_copied_or_pasted(kiosk: Kiosk) -> None:
    kiosk.focus("pin")
    kiosk.type("12a3é4", HUMAN_GAP)
    kiosk.wait_for_entry("pin 1234")
    kiosk.press("shift+home", "ctrl+c", "ctrl+x")
    kiosk.paste("99")
    kiosk.press("ctrl+v")
    kiosk.answer()
    kiosk.press("ctrl+v")
    kiosk.settle()
    assert [entry for entry in kiosk.journal if entry.startswith("pin")][-1] == "pin 1234"
    assert "1234" not in kiosk.text
    assert not any("1234" in entry for entry in kiosk.journal if entry.startswith("typed"))
    assert b"\x1b]52" not in kiosk.raw


# Scans

GAPS = [0, 0.001, 0.005, 0.008, 0.02]
LEAKS = ("bound", "submitted", "pushed", "foreign", "pin")


def scanned(kiosk: Kiosk, since: int) -> list[str]:
    return [entry.removeprefix("code ") for entry in kiosk.journal[since:] if entry.startswith("code ")]


def in_the_field(kiosk: Kiosk) -> str:
    typed = [entry for entry in kiosk.journal if entry.startswith("typed")]
    return typed[-1].removeprefix("typed").removeprefix(" ") if typed else ""


@pytest.mark.parametrize("suffix", ["\r", "\n", "\r\n", "\t"])
def test_scans_between_words_in_a_text_field_are_exact(kiosk: Kiosk, suffix: str) -> None:
    expected = codes(len(GAPS), seed=1)
    words = ["lab", "LBT1", "hello", "lb", "LBTEST "]
    for code, gap, word in zip(expected, GAPS, words, strict=True):
        kiosk.type(word, HUMAN_GAP)
        kiosk.scan(code, gap, suffix)
        kiosk.pace(0.15)
    kiosk.wait_for_entry("typed " + "".join(words))
    kiosk.settle()
    assert scanned(kiosk, 0) == expected
    assert not [entry for entry in kiosk.journal if entry.startswith(LEAKS)]


@pytest.mark.parametrize("place", ["table", "nothing", "modal"])
def test_a_scan_fires_no_binding(kiosk: Kiosk, place: str) -> None:
    kiosk.focus("table" if place == "table" else "nothing")
    if place == "modal":
        kiosk.press("f2")
        kiosk.wait_for("MODAL OPEN")
    since = len(kiosk.journal)
    expected = codes(len(GAPS) * 2, seed=2)
    for code, gap in zip(expected, GAPS * 2, strict=True):
        kiosk.scan(code, gap)
        kiosk.pace(0.12)
    kiosk.settle()
    assert scanned(kiosk, since) == expected
    assert len(kiosk.journal) == since + len(expected)
    kiosk.press("f4" if place == "modal" else "a")
    if place == "modal":
        kiosk.wait_gone("MODAL OPEN")
    else:
        kiosk.wait_for_entry("bound letter", since)  # so a leak would have shown


@pytest.mark.parametrize(("busy", "begun"), [(F15_WAIT, "waiting"), (F16_BLOCK, "blocking")])
@pytest.mark.parametrize("gap", [0, 0.005, 0.02])
def test_scans_while_the_app_is_busy_queue_and_never_merge(
    kiosk: Kiosk, busy: str, begun: str, gap: float
) -> None:
    expected = codes(3, seed=3)
    kiosk.send(busy)
    kiosk.wait_for_entry(begun)
    for code in expected:
        kiosk.scan(code, gap)
    kiosk.wait_for_entry("code " + expected[-1])
    kiosk.settle()
    assert scanned(kiosk, 0) == expected
    assert not [entry for entry in kiosk.journal if entry.startswith(LEAKS)]
    assert in_the_field(kiosk) == ""


def test_a_scan_in_the_middle_of_which_the_app_gets_busy_stays_whole(kiosk: Kiosk) -> None:
    code = codes(1, seed=4)[0]
    kiosk.type(code[:10], 0.008)
    kiosk.scan(code[10:], 0.008)
    kiosk.wait_for_entry("code " + code)
    assert in_the_field(kiosk) == ""


def test_a_scan_on_a_terminal_that_reports_bare_shift_is_exact(kiosk: Kiosk) -> None:
    kiosk.focus("nothing")
    since = len(kiosk.journal)
    code = codes(1, seed=5)[0]
    for char in code:
        modifier = 2 if char.isalpha() else 1
        kiosk.send(f"\x1b[57441;{modifier}u" if char.isalpha() else "")
        kiosk.send(f"\x1b[{ord(char.lower())};{modifier};{ord(char)}u")
        kiosk.pace(0.008)
    kiosk.send("\x1b[13u")
    kiosk.wait_for_entry("code " + code)
    kiosk.settle()
    assert len(kiosk.journal) == since + 1


def test_a_pasted_code_is_a_scan_and_a_pasted_word_is_a_word(kiosk: Kiosk) -> None:
    code = codes(1, seed=6)[0]
    kiosk.paste(code + "\r")
    kiosk.wait_for_entry("code " + code)
    kiosk.paste("ab\u202ec\x07\x9b31m\nnext line")
    kiosk.wait_for_entry("typed abc31m")
    assert not [entry for entry in kiosk.journal if entry.startswith("submitted")]


def test_a_foreign_code_fires_no_binding_but_its_first_key(kiosk: Kiosk) -> None:
    kiosk.focus("nothing")
    since = len(kiosk.journal)
    kiosk.scan("Yhttps://example.org/\x11\x03\x10\x1a\x1b[57377u0123456789", 0.008)
    kiosk.settle()
    assert kiosk.journal[since:] == ["foreign Yhttps://example.org/0123456789"]
    kiosk.answer()


@pytest.mark.parametrize("word", ["LBT", "lbtester", "L", "LBT0A1B2C3D4"])
@pytest.mark.parametrize("gap", [0.08, 0.11])
def test_a_word_typed_by_hand_is_never_lost(kiosk: Kiosk, word: str, gap: float) -> None:
    kiosk.type(word, gap)
    kiosk.wait_for_entry(f"typed {word}")


def test_a_field_gives_back_what_it_had_of_a_slow_scan_and_has_its_selection_again(kiosk: Kiosk) -> None:
    code = codes(1, seed=8)[0]
    kiosk.type("robots", HUMAN_GAP)
    kiosk.press("shift+home")
    kiosk.wait_for_entry("typed robots")
    kiosk.pace(0.1)
    kiosk.scan(code, 0.06)
    kiosk.wait_for_entry("code " + code)
    kiosk.wait_until(lambda _: in_the_field(kiosk) == "robots", what="the text as it was")
    assert "typed L" in kiosk.journal  # the selection was typed over, for a moment
    kiosk.pace(0.3)
    kiosk.type("x", HUMAN_GAP)
    kiosk.wait_for_entry("typed x")


def test_a_field_that_changed_meanwhile_is_left_alone(kiosk: Kiosk) -> None:
    code = codes(1, seed=9)[0]
    kiosk.type("ab", HUMAN_GAP)
    kiosk.type(code[:20], 0.06)
    kiosk.press("f6")  # the focus comes anew: the scan is broken off, and what stands there stays
    kiosk.wait_for_entry("typed ab" + code[:20])
    kiosk.settle()
    assert in_the_field(kiosk) == "ab" + code[:20]


def test_half_a_code_is_told_and_reaches_no_field(kiosk: Kiosk) -> None:
    code, other = codes(2, seed=10)
    kiosk.type("ab", HUMAN_GAP)
    kiosk.scan(code[:-1], 0.008)
    kiosk.wait_for_entry("broken")
    kiosk.pace(0.3)
    kiosk.type("cd", HUMAN_GAP)
    kiosk.wait_for_entry("typed abcd")
    kiosk.scan(code[:20] + other, 0.008)
    kiosk.wait_for_entry("code " + other)
    kiosk.settle()
    assert [entry for entry in kiosk.journal if not entry.startswith(("typed", "focus"))] == [
        "broken",
        "broken",
        "code " + other,
    ]
    assert in_the_field(kiosk) == "abcd"


@pytest.mark.parametrize("gap", [0, 0.008, 0.025])
def test_a_foreign_code_in_a_field_is_taken_back_and_submits_nothing(kiosk: Kiosk, gap: float) -> None:
    kiosk.type("ab", HUMAN_GAP)
    kiosk.pace(0.2)
    kiosk.scan("https://example.org/?a=1", gap)
    kiosk.wait_for_entry("foreign https://example.org/?a=1")
    kiosk.settle()
    assert in_the_field(kiosk) == "ab"
    assert "submitted" not in " ".join(kiosk.journal)


def test_a_line_that_was_typed_and_came_late_is_submitted(kiosk: Kiosk) -> None:
    kiosk.send("training run\r")
    kiosk.wait_for_entry("submitted training run")


# The end


def restored(kiosk: Kiosk, attributes: list[object]) -> bool:
    after = bytes(kiosk.raw).rpartition(b"\x1b[?1049l")
    return (
        bool(after[0])
        and b"\x1b[?25h" in after[2]
        and termios.tcgetattr(kiosk.descriptor)[3] == attributes[3]
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with Kiosk(tmp_path) as kiosk:
        before = termios.tcgetattr(kiosk.descriptor)
        kiosk.started()
        assert termios.tcgetattr(kiosk.descriptor)[3] != before[3]
        kiosk.signal(number)
        assert kiosk.wait_exit() == 128 + number
        assert restored(kiosk, before)
        assert kiosk.journal[-1] == "unmounted"


def test_staff_leave_with_status_0(kiosk: Kiosk) -> None:
    kiosk.send(F14_LEAVE)
    assert kiosk.wait_exit() == 0


@pytest.mark.parametrize("crash", [F13_CRASH, F17_CRASH_IN_WORKER])
def test_an_error_ends_it_calmly_and_tells_no_values(tmp_path: Path, crash: str) -> None:
    with Kiosk(tmp_path) as kiosk:
        before = termios.tcgetattr(kiosk.descriptor)
        kiosk.started()
        kiosk.send(crash)
        assert kiosk.wait_exit() == 3
        assert restored(kiosk, before)
        kiosk.wait_for("This screen has stopped. Please tell the staff.")
        shown = bytes(kiosk.raw).decode()
    log = tmp_path / "crash.log"
    text = log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "action_crash" in text
    assert "ValueError: bad PIN" in text
    for secret in ("94711", "geheim"):
        assert secret not in shown
        assert secret not in text.replace('secret = "4711-geheim"', "")
    assert "Traceback" not in shown
    assert "action_crash" not in shown


def test_an_empty_standard_input_ends_it(tmp_path: Path) -> None:
    with Kiosk(tmp_path, shell="exec {app} </dev/null") as kiosk:
        assert kiosk.wait_exit() == 128 + signal.SIGHUP
        assert kiosk.journal[-1] == "unmounted"


@pytest.mark.parametrize("shell", ["exec {app}", "trap '' HUP; exec {app}"])
def test_a_lost_terminal_ends_it(tmp_path: Path, shell: str) -> None:
    with Kiosk(tmp_path, shell=shell) as kiosk:
        kiosk.started()
        kiosk.hang_up()
        assert kiosk.wait_exit() == 128 + signal.SIGHUP
        assert kiosk.journal[-1] == "unmounted"


def test_the_window_may_change_its_size(kiosk: Kiosk) -> None:
    for columns, rows in ((40, 10), (1, 1), (200, 60), (80, 24)):
        kiosk.resize(columns, rows)
        kiosk.pace(0.1)
    kiosk.answer()
