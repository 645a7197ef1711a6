"""The real kiosk on a demo lab, in a terminal: scan, walk to a screen, read the database beside it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from pathlib import Path

import apsw

from lab_tui.clock import PretendClock
from lab_tui.demo.open import copy_demo
from lab_tui.demo.programme import DEMO_PIN
from lab_tui.lab import caretaker, people
from lab_tui.lab.opening import open_lab
from lab_tui.lab.operation import OPERATOR, Actor
from lab_tui.store.tables.events import SignUp
from lab_tui.store.tables.people import Person
from tests.pty.terminal import Terminal

ROOT = Path(__file__).parents[2]
FAULTY = Path(__file__).with_name("faulty_kiosk.py")
NOW = datetime.fromisoformat("2026-11-22T14:32:00+08:00")
HUMAN_GAP = 0.085
DATABASE = "lab.db"
_SETTINGS = "lab.toml"


@dataclass(frozen=True)
class Badge:
    """Somebody to be at the kiosk: a name on My day, and the code of their badge."""

    person_id: int
    name: str
    code: str


@dataclass(frozen=True)
class DemoLab:
    """A demo lab at NOW that is copied for each test; nothing is due in it."""

    folder: Path
    members: tuple[Badge, ...]
    staff: tuple[Badge, ...]
    ticket: str
    """A ticket of the first member, to the session that runs now."""

    def copy_to(self, folder: Path, settings: str = "") -> Path:
        """A lab of its own in `folder`, with this `lab.toml`."""
        shutil.copyfile(self.folder / DATABASE, folder / DATABASE)
        (folder / _SETTINGS).write_text(settings, encoding="utf-8")
        return folder


def make_demo_lab(folder: Path) -> DemoLab:
    """The lab that tests copy, its badges known."""
    copy_demo(folder / DATABASE, NOW)
    lab = open_lab(folder, PretendClock(NOW))
    try:
        caretaker.run_due(lab)
        with lab.store.read():
            english = Person.select().where(Person.language == "", Person.active).order_by(Person.id)
            members = [(one.id, one.name) for one in english.where(Person.role == "member").limit(6)]
            staff = [(one.id, one.name) for one in english.where(Person.role == "staff")]
        first = members[0][0]
        with lab.store.read():
            going = SignUp.get((SignUp.person == first) & (SignUp.state == "going") & (SignUp.event == 55))
        ticket = people.ticket_code(lab, Actor(first, "test"), int(going.id))

        def badges(found: list[tuple[int, str]]) -> tuple[Badge, ...]:
            return tuple(Badge(i, name, people.badge_code(lab, OPERATOR, i)) for i, name in found)

        return DemoLab(folder, badges(members), badges(staff), ticket)
    finally:
        lab.store.close()


@dataclass(frozen=True)
class Place:
    """A screen or a modal: what it is reached from, by which keys, and a text that shows it is there.

    `ready` is on it once its data is, and not on the screen before: a screen is painted in more than one
    write. Where `typed`, a text field has the focus.
    """

    before: str
    keys: tuple[str, ...]
    landmark: str
    ready: str = ""
    typed: bool = False


MEMBER, STAFF = "a member's day", "a staff member's day"

PLACES: Mapping[str, Place] = {
    "home": Place("", (), "Scan your badge to begin"),
    "help": Place("home", ("f1",), "Scan your badge, or an event ticket, from any screen."),
    "demo badges": Place("home", ("f2",), "These people are invented"),
    "my pass": Place(MEMBER, ("p",), "Photograph this"),
    "gpus": Place(MEMBER, ("g",), "GPUs · Sunday 22 November", "A100 80 GB"),
    "booking sheet": Place("gpus", ("enter",), "─ Book ", typed=True),
    "week": Place("gpus", ("w",), "Week before"),
    "my bookings": Place("gpus", ("i",), "My GPU bookings"),
    "find sheet": Place("gpus", ("f",), "The five best places"),
    "wait sheet": Place("gpus", ("y",), "Wait for GPUs"),
    "series sheet": Place("gpus", ("r",), "Nothing is booked before"),
    "desks": Place(MEMBER, ("d",), "Desks · today", "EAST"),
    "desk search": Place("desks", ("/",), "Desk, person, start-up or feature", typed=True),
    "refusal": Place("desks", ("/", *"W-05", "enter", "enter"), "Not possible as asked"),
    "events": Place(MEMBER, ("e",), "Events · the next 4 weeks", "A talk, then questions"),
    "pin": Place(STAFF, ("s",), "Type your PIN", typed=True),
    "staff today": Place("pin", (*DEMO_PIN, "enter"), "Staff · today", "ARRIVALS"),
    "staff events": Place("staff today", ("e",), "Staff · events", "A talk, then questions"),
    "event form": Place("staff events", ("n",), "A new event", typed=True),
    "question": Place("staff events", ("x",), "Call this event off?"),
    "workstations": Place("staff today", ("w",), "Staff · workstations", "✓ in service"),
    "outage sheet": Place("workstations", ("enter", "1"), "Why (everyone sees it)", typed=True),
    "machine form": Place("workstations", ("n",), "A new machine", typed=True),
    "people": Place("staff today", ("p",), "Staff · people", "✓ badge", typed=True),
    # From the second in the list on: the first is who stands here.
    "person sheet": Place("people", ("enter", "down", "enter"), "Show the code here"),
    "lost badge": Place("people", ("enter", "down", "l"), "becomes void at once"),
    "print choice": Place("people", ("enter", "down", "P"), "What to print"),
    "badge code": Place("person sheet", ("3",), "Photograph the code"),
    "person form": Place("people", ("enter", "n"), "A new person", typed=True),
    "closures": Place("workstations", ("k",), "Staff · closures", "emergency power"),
    "verdict": Place("home", (), "This code was not made by this lab"),
    "door": Place("staff events", ("o", "enter"), "Scan your badge or ticket"),
}
EVERYWHERE = (MEMBER, *PLACES)


class LabKiosk(Terminal):
    """The kiosk of a copied demo lab."""

    def __init__(
        self,
        demo: DemoLab,
        folder: Path,
        *,
        size: tuple[int, int] = (80, 24),
        program: Sequence[str] = ("-m", "lab_tui"),
        env: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        self.demo = demo
        self.folder = folder
        self._members, self._staff = cycle(demo.members), cycle(demo.staff)
        self.last_badge = demo.staff[0]
        self._forged = cycle(forged(badge.code) for badge in demo.members)
        argv = [sys.executable, *program, "--lab", str(folder), "run", "--pretend-now", NOW.isoformat()]
        super().__init__([*prefix, *argv], *size, env={"PYTHONPATH": str(ROOT), **(env or {})})

    def _report(self, problem: str) -> str:
        log = self.folder / "lab-tui.log"
        return super()._report(problem) + ("\n" + log.read_text()[-2000:] if log.exists() else "")

    # The database beside it

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What a second, reading connection finds, by SQL of its own."""
        connection = apsw.Connection(str(self.folder / DATABASE), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            connection.set_busy_timeout(5000)
            return list(connection.execute(query, values))
        finally:
            connection.close()

    # Walking

    def started(self) -> LabKiosk:
        """Wait for the home screen."""
        self.wait_for(PLACES["home"].landmark, 30)
        return self

    def visit(self, badge: Badge) -> None:
        """Scan a badge, and wait for its owner's day to be there."""
        self.scan(badge.code)
        self.last_badge = badge
        self.wait_for(f" {badge.name} ")
        self.wait_for("I'm done")
        self.wait_for("NOW")

    def stands_at(self, name: str) -> bool:
        """Whether a place is what is shown."""
        if name in (MEMBER, STAFF):
            return self.find("I'm done") is not None
        return self.find(PLACES[name].landmark) is not None

    def go(self, name: str) -> None:
        """To a place from anywhere: a badge that is scanned ends what was there, but for a door."""
        if self.find(PLACES["door"].landmark) or self.find("Close the door"):
            self.go_home()
        if name in (MEMBER, STAFF):
            badges = self._members if name == MEMBER else self._staff
            # The same badge again so soon would be one that is still held before the scanner.
            self.visit(next(badge for badge in badges if badge is not self.last_badge))
        elif name == "home":
            self.go_home()
        else:
            place = PLACES[name]
            self.go(place.before)
            if name == "verdict":
                self.scan(next(self._forged))
            for key in place.keys:
                self.press(key)
                self.pace(0.03)  # a burst would be taken for a scan
            self.wait_for(place.landmark)
            self.wait_for(place.ready)

    def go_home(self) -> None:
        """Close what is open, as a person does who leaves."""
        for _ in range(8):
            self.settle(0.05)
            if self.find(PLACES["home"].landmark) and not self.find("Esc"):
                return
            self.press("escape")
            self.settle(0.05)
            if self.find("Close the door?"):
                self.press("y")
        self.wait_for(PLACES["home"].landmark)

    def answer(self) -> None:
        """Fail unless a badge still opens a day, and a key another screen."""
        self.pace(0.3)
        self.go(MEMBER)
        self.press("g")
        self.wait_for(PLACES["gpus"].landmark)


def forged(code: str) -> str:
    """A code that looks right and that nobody signed."""
    return code[:-1] + ("0" if code[-1] != "0" else "1")
