"""The real kiosk, attacked at its own screens: bytes, chords, hostile codes and names, faults, signals."""

from __future__ import annotations

import re
import signal
import string
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab_tui.text import printable
from tests.pty import hostile_lab
from tests.pty.kiosk import EVERYWHERE, FAULTY, HUMAN_GAP, MEMBER, PLACES, DemoLab, LabKiosk, forged
from tests.pty.terminal import key_bytes
from tests.tui.hostile_names import HOSTILE_NAMES

F13, F14 = "\x1b[57376u", "\x1b[57377u"
# Keys at once that a person's fingers may press; one more and they are taken for a scan.
HANDFUL = 5
HANDFUL_PAUSE = 0.065


@pytest.fixture
def kiosk(demo: DemoLab, tmp_path: Path) -> Iterator[LabKiosk]:
    with LabKiosk(demo, demo.copy_to(tmp_path)) as terminal:
        yield terminal.started()


def press_by_handfuls(kiosk: LabKiosk, place: str, keys: list[bytes]) -> None:
    """Press keys at a place, going back to it whenever some of them led away."""
    for first in range(0, len(keys), HANDFUL):
        kiosk.send(b"".join(keys[first : first + HANDFUL]))
        kiosk.pace(HANDFUL_PAUSE)
        if not kiosk.stands_at(place):
            kiosk.go(place)


# Hostile input

HOSTILE_INPUT = [
    b"\xff",
    "Müller é".encode("latin-1"),
    b"\x1b[1114112u",
    b"\x1b[99999999999999999999u",
    b"\x1b[55296;1;1114112u",
    b"\x1b[48;99999;99999;99999;99999t",
    b"\x1b[48;0;0;1;1t",
    b"\x1b[<0;999999;999999M\x1b[<35;-5;-5M\x1b[M\xff\xff\xff",
    b"\x1b[?2048;1$y\x1b[?2026;1$y\x1b[5;5R",
    b"\x1b[O\x1b[I",
    b"\x9b31m\x00\x1b]0;title\x07\x1bPq\x1b\\",
    b"\x1b]52;c;aGk=\x07\x1b]8;;https://example.org\x1b\\",
    b"\x1b[200~" + "\x1b]52;c;eA==\x07 \u202e\x9b".encode() + b"\x1b[201~",
    b"\x1b[200~\n\x1b[201~",
    b"\x02\x03\x11\x13\x1a\x1c",
]


@pytest.mark.parametrize("place", ["home", MEMBER])
def test_no_byte_and_no_sequence_ends_it(kiosk: LabKiosk, place: str) -> None:
    kiosk.go(place)
    press_by_handfuls(kiosk, place, [bytes([byte]) for byte in range(256)])
    for data in HOSTILE_INPUT:
        kiosk.send(data)
        kiosk.pace(HANDFUL_PAUSE)
    kiosk.answer()
    assert_nothing_foreign_is_written(kiosk)


def test_a_foreign_code_does_nothing_to_my_day(kiosk: LabKiosk) -> None:
    tables = ("booking", "check_in", "desk_booking", "sign_up", "audit_entry")
    kiosk.go(MEMBER)
    before = [kiosk.rows(f"SELECT * FROM {table}") for table in tables]
    # Number keys check in, x gives back, o leaves, g, d and e go to screens, Escape ends the visit.
    for gap in (0, 0.008):
        kiosk.scan("https://example.org/123?x=1&o=\x1bgde\x11\x03\x10\x1a\x1b[57377u\x09321", gap)
        kiosk.wait_for("This is a web address, not a pass of this lab")
        kiosk.press("enter")
        kiosk.wait_gone("This is a web address, not a pass of this lab")
        kiosk.wait_for("I'm done")
    assert [kiosk.rows(f"SELECT * FROM {table}") for table in tables] == before
    kiosk.answer()


# Ways out


def chords() -> list[bytes]:
    """Every chord that no screen uses: nothing may come of any of them, wherever it is pressed.

    Left out are those that are keys themselves: ctrl+i is Tab, ctrl+m Enter, ctrl+[ Escape.
    """
    plain = [f"ctrl+{key}" for key in string.ascii_lowercase + "\\]^_@" if key not in "im"]
    plain += [f"alt+{key}" for key in string.ascii_lowercase + string.digits]
    plain += [f"f{number}" for number in (3, 4, 5, 6, 7, 10, 11, 12)]
    codes = [key_bytes(key).encode() for key in plain]
    for modifier in (2, 3, 5, 7):  # shift, alt, ctrl, ctrl+alt
        codes += [f"\x1b[1;{modifier}{letter}".encode() for letter in "PQRS"]
        codes += [f"\x1b[{number};{modifier}~".encode() for number in (15, 17, 18, 19, 20, 21, 23, 24)]
    for modifier in (5, 6, 9):  # ctrl, ctrl+shift, super
        codes += [f"\x1b[{ord(letter)};{modifier}u".encode() for letter in "cdopqtwz\\"]
    codes += [b"\x1b[3;7~", b"\x1b[2;2~", b"\x1b[2;5~", b"\x1b[3;2~", b"\x1b[27;5;113~"]
    codes += [f"\x1b[{number}u".encode() for number in (57361, 57362, 57363, *range(57378, 57400, 4))]
    return codes


@pytest.mark.parametrize("places", [EVERYWHERE[::3], EVERYWHERE[1::3], EVERYWHERE[2::3]])
def test_no_chord_leaves_opens_or_stops_anything(kiosk: LabKiosk, places: tuple[str, ...]) -> None:
    pressed = chords()
    for name in places:
        kiosk.go(name)
        if name in PLACES and PLACES[name].typed:
            kiosk.send(b"".join(pressed))
            kiosk.settle(0.1)
        else:
            press_by_handfuls(kiosk, name, pressed)
        assert kiosk.exit_status is None, name
        for text in ("Search for commands", "command palette", "quit", "$ ", "Traceback"):
            assert not kiosk.find(text), (name, text)
    kiosk.answer()
    assert_nothing_foreign_is_written(kiosk)
    assert {path.name for path in kiosk.folder.iterdir()} <= LAB_FILES


LAB_FILES = {"lab.db", "lab.db-wal", "lab.db-shm", "lab.toml"}


def test_the_environment_changes_nothing(demo: DemoLab, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    hostile = {
        "TEXTUAL": "debug,devtools",
        "TEXTUAL_PRESS": "ctrl+q,f2,enter",
        "TEXTUAL_SCREENSHOT": "0",
        "TEXTUAL_SCREENSHOT_LOCATION": str(pictures),
        "TEXTUAL_DRIVER": "antigravity:fly",
        "TEXTUAL_LOG": str(tmp_path / "textual.log"),
        "TEXTUAL_ALLOW_SIGNALS": "1",
    }
    with LabKiosk(demo, demo.copy_to(tmp_path), env=hostile) as kiosk:
        kiosk.started()
        kiosk.press("ctrl+c", "ctrl+\\", "ctrl+z", "ctrl+q", "ctrl+p")
        kiosk.answer()
        kiosk.signal(signal.SIGTSTP)
        kiosk.go("events")
    assert {path.name for path in tmp_path.iterdir()} <= LAB_FILES


# Scans wherever one is

TYPED = {
    "desk search": "window",
    "booking sheet": "training run",
    "event form": "Robots",
    "outage sheet": "smells hot",
    "people": "zzq",
    "person form": "Robin",
    "pin": "135",
}


def test_a_scan_over_a_text_field_leaves_what_was_typed(kiosk: LabKiosk) -> None:
    """A code that opens nothing is told of, and then the field is as it was."""
    for count, (name, text) in enumerate(TYPED.items()):
        kiosk.go(name)
        kiosk.type(text, HUMAN_GAP)
        kiosk.pace(0.2)
        kiosk.settle()
        field = kiosk.display
        if name != "pin":
            assert kiosk.find(text), name
        code = forged(kiosk.demo.members[count % len(kiosk.demo.members)].code)
        kiosk.scan(code, 0.008 * (count % 2))
        kiosk.wait_for("This code was not made by this lab")
        kiosk.press("escape")
        kiosk.wait_gone("This code was not made by this lab")
        kiosk.settle()
        assert without_time(kiosk.display) == without_time(field), name
        kiosk.type("7", HUMAN_GAP)
        if name != "pin":
            kiosk.wait_for(text + "7")


def without_time(rows: list[str]) -> list[str]:
    """The screen without what only time changes."""
    return [re.sub(r"\d:\d\d\b|\(\d+ s\)", "", row) for row in rows]


def test_a_badge_opens_its_day_from_everywhere(kiosk: LabKiosk) -> None:
    """`go` begins with a scan from wherever it is: here from each place in turn, with both speeds."""
    for count, name in enumerate(EVERYWHERE):
        if name == "door":
            continue
        kiosk.go(name)
        if name in TYPED:
            kiosk.type(TYPED[name], HUMAN_GAP)
            kiosk.pace(0.2)
        # The same badge again so soon would be one that is still held before the scanner.
        badge = next(one for one in kiosk.demo.members if one is not kiosk.last_badge)
        kiosk.last_badge = badge
        kiosk.scan(badge.code, 0.008 * (count % 2))
        kiosk.wait_for(f" {badge.name} ")
        kiosk.wait_for("I'm done")
        shown = kiosk.text
        for text in (PLACES[name].landmark if name in PLACES else "VXL", "VXL", *TYPED.values()):
            assert text not in shown, (name, text)


def test_the_next_person_finds_nothing_in_the_fields(kiosk: LabKiosk) -> None:
    for name, text in TYPED.items():
        kiosk.go(name)
        kiosk.type(text, HUMAN_GAP)
        kiosk.go(name)
        kiosk.settle()
        assert not kiosk.find(text), name


# The end


def restored(kiosk: LabKiosk, flags: list[object]) -> bool:
    """Whether the terminal is as it was: the first screen, a cursor, and echo."""
    left, _, after = bytes(kiosk.raw).rpartition(b"\x1b[?1049l")
    return bool(left) and b"\x1b[?25h" in after and termios.tcgetattr(kiosk.descriptor)[3] == flags[3]


SIGNALS = [
    *(pytest.param(signal.SIGTERM, place, id=f"SIGTERM-{place}") for place in EVERYWHERE),
    *(pytest.param(signal.SIGHUP, place, id=f"SIGHUP-{place}") for place in EVERYWHERE[::4]),
]


@pytest.mark.parametrize(("number", "place"), SIGNALS)
def test_a_signal_ends_it_in_order(demo: DemoLab, tmp_path: Path, number: signal.Signals, place: str) -> None:
    with LabKiosk(demo, demo.copy_to(tmp_path)) as kiosk:
        before = termios.tcgetattr(kiosk.descriptor)
        kiosk.started().go(place)
        kiosk.signal(number)
        assert kiosk.wait_exit() == 128 + number
        assert restored(kiosk, before)
        assert b"Traceback" not in kiosk.raw
    assert {path.name for path in tmp_path.iterdir()} <= LAB_FILES


@pytest.mark.parametrize("place", [*EVERYWHERE, "countdown"])
def test_a_fault_ends_it_calmly_and_tells_nothing(demo: DemoLab, tmp_path: Path, place: str) -> None:
    with LabKiosk(demo, demo.copy_to(tmp_path), program=[str(FAULTY)]) as kiosk:
        before = termios.tcgetattr(kiosk.descriptor)
        kiosk.started()
        if place == "countdown":
            kiosk.go(MEMBER)
            kiosk.send(F14)
            kiosk.wait_for("Still there?")
        else:
            kiosk.go(place)
        kiosk.settle()
        shown_before = len(kiosk.raw)
        kiosk.send(F13)
        assert kiosk.wait_exit() == 3
        assert restored(kiosk, before)
        kiosk.wait_for("This screen has stopped. Please tell the staff.")
        said = bytes(kiosk.raw[shown_before:]).decode()
    log = (tmp_path / "lab-tui.log").read_text()
    assert "LookupError" in log
    for secret in ("735911", "VXL1P0BXG9", "VXL"):
        assert secret not in said
        assert secret not in log
    for inside in ("Traceback", "LookupError", "typed", "faulty_kiosk", "_fail"):
        assert inside not in said


# What reaches the terminal

# Textual's own: colours, positions, modes, the shape of the mouse pointer.
_SEQUENCE = re.compile(
    r"\x1b\]22;[a-z-]*\x07|\x1b\[[0-9;]*[mH]|\x1b\[\?[0-9;]*[hl]|\x1b\[[<>=][0-9;]*u|\x1b\[\?[0-9;]*\$p"
)

_UNFINISHED = re.compile(r"\x1b[^a-zA-Z]*\Z|[\udc80-\udcff]{1,3}\Z")
# C0 but line ends, DEL, C1, bidi controls, broken UTF-8.
_NEVER = re.compile(
    r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\udc80-\udcff]"
)


def assert_nothing_foreign_is_written(kiosk: LabKiosk, bell: str = "\x07") -> None:
    """Fail where anything but Textual's own was written among the letters; a field rings at a wrong key."""
    written = bytes(kiosk.raw).decode("utf-8", "surrogateescape")
    rest = _UNFINISHED.sub("", _SEQUENCE.sub("", written))
    foreign = sorted(set(_NEVER.findall(rest)) - {bell})
    assert not foreign, [(hex(ord(char)), rest[max(0, rest.index(char) - 40) :][:80]) for char in foreign]


def test_no_name_reaches_the_terminal_as_anything_but_letters(demo: DemoLab, tmp_path: Path) -> None:
    """Each name as the visitor's own; then all of them at once, on every screen and in every modal."""
    folder = demo.copy_to(
        tmp_path, '[lab]\nname = "[@click=app.quit]Lab[/x]"\n[kiosk]\nname = "Lobby [/b]"\n'
    )
    badges = hostile_lab.fill(folder)
    with LabKiosk(demo, folder, size=(100, 30)) as kiosk:
        kiosk.started()
        for number, (name, badge) in enumerate(zip(HOSTILE_NAMES, badges, strict=True)):
            kiosk.scan(badge)
            kiosk.wait_for(f"Desk {hostile_lab.desk_label(number)} ")
            if name.isascii() and printable(name) == name and len(name) < 40:
                assert name in kiosk.display[0]
        walk_as_member(kiosk)
        kiosk.scan(next(iter(demo.staff)).code)
        kiosk.wait_for("Ada Wong")
        walk_as_staff(kiosk)
        for badge in badges[:6]:
            kiosk.scan(badge)
            kiosk.settle(quiet=1)  # a scan that comes later would take the question away
        kiosk.press("escape")
        kiosk.wait_for("Close the door?")
        kiosk.press("y")
        kiosk.wait_for("[@click=app.quit]Lab[/x]")
        kiosk.settle()
        assert_nothing_foreign_is_written(kiosk, bell="")
    assert {path.name for path in tmp_path.iterdir()} <= LAB_FILES


def step(kiosk: LabKiosk, name: str) -> None:
    """From a place to one that is reached from it."""
    kiosk.settle()
    for key in PLACES[name].keys:
        kiosk.press(key)
        kiosk.pace(0.03)
    kiosk.wait_for(PLACES[name].landmark)
    kiosk.settle()


def look_through(kiosk: LabKiosk, key: str = "down") -> None:
    """Move over everything in a list, as with a held key, so that each detail is shown."""
    kiosk.press(*[key] * 90)
    kiosk.settle(0.1, 30)


def back(kiosk: LabKiosk, times: int = 1) -> None:
    for _time in range(times):
        kiosk.press("escape")
        kiosk.settle(0.1)


def walk_as_member(kiosk: LabKiosk) -> None:
    """Every screen and modal of a member, with hostile names wherever there is a name."""
    step(kiosk, "my pass")
    kiosk.press("n")
    kiosk.wait_for("Your ticket")
    back(kiosk)
    step(kiosk, "gpus")
    look_through(kiosk)
    look_through(kiosk)
    step(kiosk, "booking sheet")
    back(kiosk)
    for _day in range(2):  # outages, closures
        kiosk.press("]")
        look_through(kiosk, "right")
    back(kiosk)
    step(kiosk, "desks")
    for key in ("down", "right", "left"):
        look_through(kiosk, key)
    kiosk.press("enter")
    kiosk.settle()
    back(kiosk)
    step(kiosk, "desk search")
    kiosk.type("[VIP]", HUMAN_GAP)
    back(kiosk, 2)
    step(kiosk, "events")
    kiosk.press("enter")
    kiosk.settle()
    kiosk.press("x")
    kiosk.wait_for("Give your place back?")
    back(kiosk)
    look_through(kiosk)
    back(kiosk)
    kiosk.press("1")
    kiosk.settle()
    kiosk.press("end", "x")
    kiosk.settle()
    back(kiosk)
    kiosk.press("f1")
    kiosk.settle()
    back(kiosk)


def walk_as_staff(kiosk: LabKiosk) -> None:
    """Every screen and modal of staff, the door last."""
    step(kiosk, "pin")
    step(kiosk, "staff today")
    look_through(kiosk)
    step(kiosk, "workstations")
    look_through(kiosk)
    for _machine in range(12):  # those that are out, or retired, have no such sheet
        kiosk.press("up", "enter")
        kiosk.settle()
        if kiosk.find("Out of service now"):
            break
        back(kiosk)
    kiosk.press("1")
    kiosk.wait_for(PLACES["outage sheet"].landmark)
    back(kiosk)
    step(kiosk, "closures")
    look_through(kiosk)
    back(kiosk, 2)
    step(kiosk, "people")
    kiosk.press("enter")
    look_through(kiosk)
    kiosk.press("enter")
    kiosk.settle()
    back(kiosk)
    kiosk.press("P")
    kiosk.wait_for("What to print")
    back(kiosk)
    kiosk.press("l")
    kiosk.wait_for("A new badge for")
    back(kiosk, 2)
    step(kiosk, "staff events")
    look_through(kiosk)
    kiosk.press("enter")
    kiosk.wait_for("Change an event")
    back(kiosk)
    step(kiosk, "question")
    back(kiosk)
    kiosk.press("home")
    step(kiosk, "door")
