"""A member's quarter of an hour at the kiosk, key by key, and what a second connection finds of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from lab_tui import i18n
from lab_tui.clock import PretendClock
from lab_tui.errors import Refused
from lab_tui.i18n import _
from lab_tui.lab import desks, events, gpus
from lab_tui.lab.checkins import CheckInKind, ScanResult
from lab_tui.lab.desks import DeskState
from lab_tui.lab.gpus import BookingView, BookingWish, BookInstead
from lab_tui.lab.opening import open_lab
from lab_tui.lab.operation import Actor, Lab
from lab_tui.lab.rules.verdicts import Verdict, outcome_of
from lab_tui.store.fields import instant_text
from lab_tui.wording import figures, refusals, times, verdicts
from tests.pty.kiosk import NOW, DemoLab, LabKiosk

SIZES = [(80, 24), (120, 40)]
LANGUAGES = ["en", "zh_Hant"]
GAPS = [0, 0.008]
TABLES = (
    "booking",
    "booking_gpu",
    "desk_booking",
    "sign_up",
    "check_in",
    "audit_entry",
    "offer",
    "pass",
    "outage",
    "closure",
    "person",
    "desk",
    "desk_loan",
    "desk_assignment",
    "event",
    "session",
)
# A hurried person's; anything faster would be taken for a scan.
KEY_GAP = 0.03
Row = tuple[object, ...]


@dataclass(frozen=True)
class Picture:
    """All rows of the tables above at one moment."""

    rows: dict[str, frozenset[Row]]

    @staticmethod
    def of(kiosk: LabKiosk) -> Picture:
        return Picture({table: frozenset(kiosk.rows(f"SELECT * FROM {table}")) for table in TABLES})

    def gone(self, earlier: Picture) -> dict[str, int]:
        """How many rows of an earlier picture are no longer there as they were, table by table."""
        lost = {table: len(earlier.rows[table] - self.rows[table]) for table in TABLES}
        return {table: count for table, count in lost.items() if count}

    def new(self, earlier: Picture) -> dict[str, int]:
        """How many rows are new or changed."""
        return earlier.gone(self)


class Visitor:
    """The kiosk with the eyes and hands of one member; sentences are looked for in the present language."""

    def __init__(self, kiosk: LabKiosk, lab: Lab, gap: float) -> None:
        self.kiosk, self.lab, self.gap = kiosk, lab, gap
        self.me = kiosk.demo.members[0]
        self.actor = Actor(self.me.person_id, "test")
        self.booked: BookingWish | None = None
        self.taken_back: BookInstead | None = None

    def sees(self, sentence: str, cells: int = 40) -> None:
        """Wait for a sentence; of one that may be broken over two lines, for its beginning."""
        self.kiosk.wait_for(sentence[:cells].rstrip())

    def press(self, *keys: str) -> None:
        for key in keys:
            self.kiosk.press(key)
            self.kiosk.pace(KEY_GAP)

    def arrives(self) -> None:
        self.kiosk.scan(self.me.code, self.gap)
        self.sees(f" {self.me.name} ")
        self.sees(_("NOW"))

    def checks_in(self) -> None:
        """By the number key beside the GPU booking that begins now."""
        line = _("GPUs on {workstation}").format(workstation="lantau")
        self.sees(line)
        row = next(row for row in self.kiosk.display if line in row)
        self.press(row.split(_("Check in"))[0].split()[-1])
        self.sees(_("Checked in: {what}").format(what="lantau"))

    def books(self) -> None:
        """g, Enter, Enter: what is free soonest."""
        self.press("g")
        self.sees(_("GPUs · {day}").format(day=times.day_long(self.lab.today())))
        self.sees("GPU 0  14:30-16:30")
        self.press("enter")
        self.sees(_("What for? (may stay empty)"))
        self.press("enter")
        self.sees(_("Booked: {workstation} {gpus}, {when}.").split("{")[0])
        booked = max(gpus.bookings_of(self.lab, self.actor), key=lambda booking: booking.id)
        self.sees(self._booked_text(_wish_of(booked), booked.workstation))
        self.booked = _wish_of(booked)

    def points_at(self, workstation: str, gpu: int, to: datetime) -> None:
        """Put the timetable's cursor on a GPU by arrows, and on a time by typing it."""
        machines = gpus.workstations(self.lab, self.actor)
        rows = [(machine.name, number) for machine in machines for number in machine.gpu_numbers]
        # A held arrow is no scan, however fast its keys come.
        self.kiosk.press(*["up"] * len(rows), *["down"] * rows.index((workstation, gpu)))
        self.sees(f"  {workstation} {figures.gpus((gpu,))}  ")
        self.kiosk.type(times.clock_time(self.lab.time, to).replace(":", ""), KEY_GAP)
        self.sees(f"{workstation} {figures.gpus((gpu,))}  {times.clock_time(self.lab.time, to)}-")

    def is_refused(self) -> None:
        """Select from half an hour before somebody's booking into it: reasons, and what is possible."""
        clash = self._somebodys_booking()
        start = clash.starts_at - timedelta(minutes=30)
        gpu = clash.gpu_numbers[0]
        self.points_at(clash.workstation, gpu, start)
        self.press("shift+right")
        wish = BookingWish(clash.workstation_id, (gpu,), start, clash.starts_at + timedelta(minutes=30))
        self.sees(times.hours(self.lab.time, wish.starts_at, wish.ends_at))
        before = self.kiosk.rows("SELECT count(*) FROM booking")
        self.press("enter")
        refused = self._why_not(wish)
        now = self.lab.now()
        self.sees(_("Not possible as asked"))
        for reason in refused.reasons:
            self.sees("✕ " + refusals.sentence(reason, self.lab.time, now))
        self.sees(_("Possible instead"))
        for number, remedy in enumerate(refused.remedies, 1):
            self.sees(f"{number}  {refusals.remedy_line(remedy, self.lab.time, now)}")
        assert self.kiosk.rows("SELECT count(*) FROM booking") == before
        remedy = refused.remedies[0]
        assert isinstance(remedy, BookInstead)
        self.taken_back = remedy

    def takes_the_remedy_and_undoes_it(self) -> None:
        remedy = self.taken_back
        assert remedy is not None
        self.press("1")
        self.sees(_("What for? (may stay empty)"))
        self.press("enter")
        self.sees(self._booked_text(remedy.wish, remedy.workstation))
        self.sees(_("u Undo ({seconds} s)").split("{")[0])
        self.press("u")
        self.sees(_("Undone."))
        self.press("escape")
        self.sees(_("NOW"))

    def signs_up(self) -> int:
        """For the first workshop that has places; returns the event."""
        upcoming = events.upcoming(self.lab, self.actor, 28)
        index, event = next(
            (index, one)
            for index, one in enumerate(upcoming)
            if one.kind == "workshop" and one.seats_left and not one.my_state
        )
        self.press("e")
        self.sees(_("Events · the next {weeks} weeks").format(weeks=4))
        self.sees(event.title[:20])
        self.press(*["down"] * index, "enter")
        self.sees(_("You are going to “{title}”.").format(title=event.title), 60)
        self.press("escape")
        self.sees(_("NOW"))
        return event.id

    def claims_a_desk(self) -> str:
        """The one that the map offers first; returns its label."""
        floor = desks.floor_on(self.lab, self.actor, self.lab.today())
        free = (DeskState.POOL_FREE, DeskState.LENT)
        desk = next(desk for desk in floor.desks if desk.state in free)
        self.press("d")
        self.sees(_("Desks · {day}").format(day=times.day_name(self.lab.today(), self.lab.today())))
        self.sees(f"{desk.label} · ")
        self.press("enter")
        day = times.day_name(self.lab.today(), self.lab.today())
        self.sees(_("Desk {desk} is yours {day}.").format(desk=desk.label, day=day))
        self.press("escape")
        self.sees(_("Desk {desk}").format(desk=desk.label))
        return desk.label

    def leaves(self) -> None:
        self.press("escape")
        self.sees(_("Scan your badge to begin"))
        self.kiosk.settle()
        for trace in (self.me.name, "陳美", "Lumen Vision", _("Undone.")):
            assert self.kiosk.find(trace) is None, trace

    def shows_the_ticket(self) -> None:
        """At the home screen: the verdict, and the home screen again."""
        self.kiosk.scan(self.kiosk.demo.ticket, self.gap)
        event = events.event_view(self.lab, self.actor, 55)
        result = ScanResult(
            Verdict.CHECKED_IN,
            outcome_of(Verdict.CHECKED_IN),
            person_name=self.me.name,
            event_title=event.title,
            place=event.sessions[0].place,
        )
        self.sees(verdicts.detail(result, self.lab.time, NOW))
        self.sees(verdicts.next_step(result, self.lab.time, NOW))
        self.press("escape")
        self.sees(_("Scan your badge to begin"))
        self.kiosk.wait_gone(self.me.name)

    def _booked_text(self, wish: BookingWish, workstation: str) -> str:
        return _("Booked: {workstation} {gpus}, {when}.").format(
            workstation=workstation,
            gpus=figures.gpus(wish.gpu_numbers),
            when=times.span(self.lab.time, wish.starts_at, wish.ends_at, self.lab.now()),
        )

    def _somebodys_booking(self) -> BookingView:
        """A later booking of another start-up, with its GPU free in the half hour before."""
        day = gpus.day_view(self.lab, self.actor, self.lab.today())
        soon = self.lab.now() + timedelta(hours=1)
        later = [one for one in day.bookings if one.starts_at > soon and one.person_id != self.me.person_id]
        for one in sorted(later, key=lambda booking: (booking.starts_at, booking.id)):
            if one.startup_name != "Lumen Vision" and not any(
                other.workstation_id == one.workstation_id
                and set(other.gpu_numbers) & set(one.gpu_numbers)
                and one.starts_at - timedelta(minutes=30) < other.ends_at <= one.starts_at
                for other in day.bookings
            ):
                return one
        raise AssertionError("the demo has nobody to clash with")

    def _why_not(self, wish: BookingWish) -> Refused:
        with pytest.raises(Refused) as refused:
            gpus.preview(self.lab, self.actor, wish)
        return refused.value


def _wish_of(booking: BookingView) -> BookingWish:
    return BookingWish(booking.workstation_id, booking.gpu_numbers, booking.starts_at, booking.ends_at)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """What the kiosk speaks."""
    return str(request.param)


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def kiosk(request: pytest.FixtureRequest, demo: DemoLab, tmp_path: Path, language: str) -> Iterator[LabKiosk]:
    folder = demo.copy_to(tmp_path, f'[lab]\nlanguage = "{language}"\n')
    with LabKiosk(demo, folder, size=request.param) as terminal:
        yield terminal


@pytest.fixture
def lab(kiosk: LabKiosk, language: str) -> Iterator[Lab]:
    """The same lab as the kiosk's, to know what it should say."""
    i18n.use_language(language)
    opened = open_lab(kiosk.folder, PretendClock(NOW))
    yield opened
    opened.store.close()


@pytest.mark.parametrize("gap", GAPS, ids=["burst", "8ms"])
def test_a_member_at_the_kiosk(kiosk: LabKiosk, lab: Lab, gap: float) -> None:
    visitor = Visitor(kiosk, lab, gap)
    kiosk.wait_for(_("Scan your badge to begin"), 30)
    before = Picture.of(kiosk)
    visitor.arrives()
    visitor.checks_in()
    visitor.books()
    visitor.is_refused()
    visitor.takes_the_remedy_and_undoes_it()
    event = visitor.signs_up()
    desk = visitor.claims_a_desk()
    visitor.leaves()
    visitor.shows_the_ticket()
    after = Picture.of(kiosk)
    # The booking that was checked in to and the event's count of seats are the only rows that changed.
    assert after.gone(before) == {"booking": 1, "event": 1}
    assert after.new(before) == {
        "booking": 3,
        "booking_gpu": 2,
        "desk_booking": 1,
        "sign_up": 1,
        "check_in": 3,
        "audit_entry": 8,
        "event": 1,
    }
    assert_bookings(visitor)
    assert_the_rest(visitor, event, desk)
    assert_audit(kiosk, before)


def assert_bookings(visitor: Visitor) -> None:
    """The booking that was made, and the one that was undone; the earlier one is checked in."""
    kiosk, booked, undone = visitor.kiosk, visitor.booked, visitor.taken_back
    assert booked is not None
    assert undone is not None
    query = "SELECT state, holds FROM booking WHERE id = 1 AND person_id = ?"
    assert kiosk.rows(query, visitor.me.person_id) == [("checked_in", 1)]
    query = """
        SELECT b.workstation_id, g.number, b.starts_at, b.ends_at, b.state, b.holds, b.counts, b.purpose
        FROM booking b JOIN booking_gpu bg ON bg.booking_id = b.id JOIN gpu g ON g.id = bg.gpu_id
        WHERE b.person_id = ? AND b.created_at >= ? ORDER BY b.id, g.number
    """
    found = kiosk.rows(query, visitor.me.person_id, instant_text(NOW))
    ends = [("booked", 1, 1, ""), ("undone", 0, 0, "")]
    expected = [
        (wish.workstation_id, gpu, instant_text(wish.starts_at), instant_text(wish.ends_at), *end)
        for wish, end in zip((booked, undone.wish), ends, strict=True)
        for gpu in wish.gpu_numbers
    ]
    assert found == expected


def assert_the_rest(visitor: Visitor, event: int, desk: str) -> None:
    """The place in the event, the desk for the day, and three check-ins: arrival, booking, session."""
    kiosk, me, since = visitor.kiosk, visitor.me.person_id, instant_text(NOW)
    query = "SELECT event_id, state FROM sign_up WHERE person_id = ? AND since >= ?"
    assert kiosk.rows(query, me, since) == [(event, "going")]
    query = """
        SELECT d.label, b.first_day, b.last_day, b.state, b.holds FROM desk_booking b
        JOIN desk d ON d.id = b.desk_id WHERE b.person_id = ? AND b.created_at >= ?
    """
    assert kiosk.rows(query, me, since) == [(desk, "2026-11-22", "2026-11-22", "booked", 1)]
    query = """
        SELECT c.kind, c.session_id, c.booking_id, c.direction, k.name, c.closed_at, c.undone_at
        FROM check_in c JOIN kiosk k ON k.id = c.kiosk_id WHERE c.person_id = ? AND c.at >= ? ORDER BY c.id
    """
    assert kiosk.rows(query, me, since) == [
        (CheckInKind.LAB.value, None, None, "in", "Lobby", None, None),
        (CheckInKind.BOOKING.value, None, 1, "in", "Lobby", None, None),
        (CheckInKind.SESSION.value, 55, None, "in", "Lobby", None, None),
    ]


def assert_audit(kiosk: LabKiosk, before: Picture) -> None:
    """One entry for each act, in order, by whoever acted, and which act the undoing took back."""
    known = {row[0] for row in before.rows["audit_entry"]}
    query = "SELECT id, action, subject, actor_id, via, undoes_id FROM audit_entry ORDER BY id"
    entries = [row for row in kiosk.rows(query) if row[0] not in known]
    assert [(row[1], row[2]) for row in entries] == [
        ("checkins.scan", "check_in"),
        ("checkins.check_in", "check_in"),
        ("gpus.book", "booking"),
        ("gpus.book", "booking"),
        ("undo", "booking"),
        ("events.sign_up", "sign_up"),
        ("desks.claim", "desk_booking"),
        ("checkins.scan", "check_in"),
    ]
    assert {row[3] for row in entries} == {kiosk.demo.members[0].person_id}
    assert {row[4] for row in entries} == {"kiosk:Lobby"}
    assert [row[5] for row in entries] == [None] * 4 + [entries[3][0]] + [None] * 3
