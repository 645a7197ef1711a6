"""Check-in: scans at the home screen and at doors, check-ins by key, who is inside, and nightly exits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from lab_tui.codes.foreign import ForeignKind
from lab_tui.codes.passcode import CALIBRATION_CODE, KeyRing, PassKind, new_pass_id
from lab_tui.config import LabConfig, LabSection
from lab_tui.errors import Refused
from lab_tui.lab import checkins, events
from lab_tui.lab import people as people_room
from lab_tui.lab import scans as scans_room
from lab_tui.lab.checkins import CheckInKind, Outcome, ScanResult, Verdict
from lab_tui.lab.operation import Actor, Lab, writing
from lab_tui.lab.rules import verdicts
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables import checkins as tables
from lab_tui.store.tables import desks, gpus, people
from lab_tui.store.tables.lab import AuditEntry, Kiosk
from lab_tui.wording import verdicts as wording
from tests.world import NOW, TODAY, World

NOBODY = Actor(None, "kiosk:Lobby")


def refused(act: Callable[..., object], *arguments: object) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*arguments)
    return caught.value


def within(world: World, act: Callable[..., object], *arguments: object) -> object:
    """Run what is called in an operation of another room, in a transaction as there."""
    with writing(world.lab):
        return act(world.lab, *arguments)


def steward(world: World) -> Actor:
    return world.actor(world.person(role="steward"), signed_in=True)


def home(world: World, code: str) -> ScanResult:
    return checkins.scan(world.lab, NOBODY, code, "Lobby")


def ticket(world: World, person: people.Person, sign_up_id: int) -> str:
    pass_id = new_pass_id()
    with world.lab.store.write():
        people.Pass.create(
            code_id=f"{pass_id:016x}", kind="ticket", person=person, sign_up_id=sign_up_id, issued_at=NOW
        )
    return world.lab.keys.issue(PassKind.TICKET, pass_id)


def going(world: World, person: people.Person, event: object) -> int:
    return events.sign_up(world.lab, world.actor(person), event.id, or_wait=True).what.id  # type: ignore[attr-defined]


def check_ins(world: World, **of: object) -> list[tables.CheckIn]:
    with world.lab.store.read():
        return list(tables.CheckIn.select().filter(**of).order_by(tables.CheckIn.id))


def scans(world: World) -> list[tuple[str, int | None]]:
    with world.lab.store.read():
        return [(row.verdict, row.pass_id) for row in tables.Scan.select().order_by(tables.Scan.id)]


def booking(world: World, person: people.Person, starts_at: datetime, hours: float = 2) -> gpus.Booking:
    machine = world.workstation()
    with world.lab.store.write():
        return gpus.Booking.create(
            workstation=machine,
            person=person,
            startup=person.startup_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=hours),
            created_at=NOW,
        )


def booking_state(world: World, made: gpus.Booking) -> str:
    with world.lab.store.read():
        return str(gpus.Booking.get_by_id(made.id).state)


def assign(world: World, desk: desks.Desk, startup: object, person: object = None) -> desks.DeskAssignment:
    with world.lab.store.write():
        return desks.DeskAssignment.create(
            desk=desk,
            startup=startup,
            person=person,
            first_day=date(2026, 10, 5),
            last_day=date(2027, 4, 4),
            created_at=NOW,
        )


# At the home screen


def test_a_badge_is_a_welcome_and_an_arrival(world: World) -> None:
    startup = world.startup("Deep Harbour")
    anna = world.person("Anna Lo", startup=startup, other_name="羅安娜", language="zh_Hant")
    result = home(world, world.badge(anna))
    assert (result.verdict, result.outcome) == (Verdict.WELCOME, Outcome.GOOD)
    assert (result.person_id, result.person_name, result.other_name) == (anna.id, "Anna Lo", "羅安娜")
    assert (result.startup_name, result.language, result.instant) == ("Deep Harbour", "zh_Hant", NOW)
    assert checkins.inside_count(world.lab) == 1
    (arrival,) = check_ins(world)
    assert (arrival.kind, arrival.direction, arrival.at, arrival.day) == ("lab", "in", NOW, TODAY)


def test_a_second_scan_is_a_welcome_but_no_second_arrival(world: World) -> None:
    code = world.badge(world.person())
    assert home(world, code).entry_id is not None
    world.clock.advance(minutes=5)
    again = home(world, code)
    assert (again.verdict, again.instant, again.entry_id) == (Verdict.WELCOME, NOW, None)
    assert len(check_ins(world)) == 1


def test_what_is_not_ours_or_forged_is_kept_without_its_text(world: World) -> None:
    code = world.badge(world.person())
    forged = code[:-1] + ("0" if code[-1] != "0" else "1")
    stranger = KeyRing({7: bytes(32)}, bytes(32)).issue(PassKind.PERSON, 1)
    for text, verdict, foreign in (
        ("https://example.org/?x=1", Verdict.NOT_OURS, ForeignKind.WEB),
        (code[:-1], Verdict.BROKEN, None),
        (stranger, Verdict.NOT_OURS, ForeignKind.TEXT),
        (forged, Verdict.FORGED, None),
        (CALIBRATION_CODE, Verdict.CALIBRATION, None),
    ):
        assert home(world, text) == ScanResult(verdict, verdicts.outcome_of(verdict), foreign=foreign)
    written = ["not_ours", "broken", "not_ours", "forged", "calibration"]
    assert scans(world) == [(verdict, None) for verdict in written]
    assert check_ins(world) == []


def test_a_code_that_is_not_genuine_is_not_looked_up(world: World) -> None:
    """The database hears where and when something was read, and nothing that depends on its text."""
    genuine = world.badge(world.person())
    home(world, genuine)  # the kiosk is known from now on
    broken_off = genuine[:-1]
    forged = broken_off + ("0" if genuine[-1] != "0" else "1")
    retired = world.lab.keys.issue(PassKind.DESK, 7).replace("VXL1D0", "VXL1D9")
    for text in (forged, retired, broken_off, "https://example.org", CALIBRATION_CODE):
        with statements(world) as heard:
            home(world, text)
        assert len(heard) == 2, heard
        assert 'FROM "kiosk"' in heard[0]
        assert heard[1].startswith('INSERT INTO "scan"')
        with statements(world) as heard:
            refused(people_room.person_of_code, world.lab, text)
        assert heard == []
    with statements(world) as heard:
        home(world, genuine)
    assert any('FROM "pass"' in one for one in heard)


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """What the database is asked meanwhile, but for the frame of a transaction."""
    database = world.lab.store.database
    heard: list[str] = []
    ask = database.execute_sql

    def hear(sql: str, *arguments: object, **more: object) -> object:
        if sql.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            heard.append(sql)
        return ask(sql, *arguments, **more)

    database.execute_sql = hear
    try:
        yield heard
    finally:
        del database.execute_sql


def test_a_scan_keeps_the_number_of_the_key(world: World) -> None:
    home(world, world.badge(world.person()))
    home(world, world.lab.keys.issue(PassKind.PERSON, 4711))
    home(world, "https://example.org")
    with world.lab.store.read():
        kept = [(row.verdict, row.key_number) for row in tables.Scan.select().order_by(tables.Scan.id)]
    assert kept == [("welcome", 0), ("unknown", 0), ("not_ours", None)]


def test_a_void_badge_says_since_when_and_whether_there_is_a_new_one(world: World) -> None:
    staff, mei = world.staff(), world.person("Mei Chan")
    old = people_room.badge_code(world.lab, staff, mei.id)
    world.clock.advance(hours=1)
    new = people_room.reissue_badge(world.lab, staff, mei.id, "lost")
    world.clock.advance(hours=1)
    result = home(world, old)
    assert (result.verdict, result.instant, result.replaced) == (
        Verdict.REVOKED,
        NOW + timedelta(hours=1),
        True,
    )
    assert result.person_id is None
    said = wording.detail(result, world.lab.time, world.lab.now())
    assert said == "This pass has been void since today 15:32; a new one was issued"
    with world.lab.store.write():
        people.Pass.update(revoked_at=NOW).where(people.Pass.revoked_at.is_null()).execute()
    for code in (old, new):
        result = home(world, code)
        assert not result.replaced
        said = wording.detail(result, world.lab.time, world.lab.now())
        assert "a new one" not in said
        assert "Mei" not in said + wording.next_step(result, world.lab.time, world.lab.now())


def test_a_genuine_code_of_no_pass_is_unknown(world: World) -> None:
    code = world.lab.keys.issue(PassKind.PERSON, 4711)
    assert home(world, code) == ScanResult(Verdict.UNKNOWN, Outcome.BAD)
    assert scans(world) == [("unknown", None)]


def test_a_lost_badge_and_somebody_who_left_open_no_day(world: World) -> None:
    anna, ben = world.person(), world.person(active=False)
    lost, left = world.badge(anna), world.badge(ben)
    with world.lab.store.write():
        people.Pass.update(revoked_at=NOW).where(people.Pass.person == anna).execute()
    for code, verdict in ((lost, Verdict.REVOKED), (left, Verdict.INACTIVE)):
        result = home(world, code)
        assert (result.verdict, result.outcome, result.person_id) == (verdict, Outcome.BAD, None)
    assert checkins.inside_count(world.lab) == 0


def test_a_ticket_checks_in_to_its_own_session(world: World) -> None:
    anna, event = world.person(), world.event(starts_at=NOW + timedelta(minutes=30))
    code = ticket(world, anna, going(world, anna, event))
    result = home(world, code)
    assert (result.verdict, result.outcome) == (Verdict.CHECKED_IN, Outcome.GOOD)
    assert (result.event_title, result.place, result.instant) == (event.title, "Seminar room", NOW)
    assert [row.kind for row in check_ins(world)] == ["lab", "session"]
    world.clock.advance(minutes=5)
    again = home(world, code)
    assert (again.verdict, again.outcome, again.instant) == (Verdict.ALREADY_IN, Outcome.ATTENTION, NOW)
    assert len(check_ins(world, kind="session")) == 1


def test_a_ticket_means_the_sitting_that_runs_or_comes_next(world: World) -> None:
    anna, event = world.person(), world.event(starts_at=NOW - timedelta(hours=1), hours=1)
    second = NOW + timedelta(days=1)
    with world.lab.store.write():
        tables.Session.create(
            event=event, place="Lab floor", starts_at=second, ends_at=second + timedelta(hours=1)
        )
    code = ticket(world, anna, going(world, anna, event))
    early = home(world, code)
    assert (early.verdict, early.place) == (Verdict.TOO_EARLY, "Lab floor")
    world.clock.advance(days=1)
    assert home(world, code).verdict is Verdict.CHECKED_IN
    world.clock.advance(days=1)
    over = home(world, code)
    assert (over.verdict, over.place) == (Verdict.ALREADY_IN, "Lab floor")


def test_a_ticket_whose_place_was_given_back_is_no_place(world: World) -> None:
    anna, event = world.person(), world.event()
    place = going(world, anna, event)
    events.cancel_sign_up(world.lab, world.actor(anna), place)
    assert home(world, ticket(world, anna, place)).verdict is Verdict.NOT_SIGNED_UP


# At a door


def test_a_badge_is_no_newer_ticket(world: World) -> None:
    anna, event = world.person(), world.event()
    world.badge(anna)
    code = world.lab.keys.read(ticket(world, anna, going(world, anna, event)))
    with world.lab.store.write():
        people.Pass.update(revoked_at=NOW).where(people.Pass.kind == "ticket").execute()
    with world.lab.store.read():
        holder = scans_room.holder_of(world.lab, f"{code.pass_id:016x}")
        assert holder is not None
        # Of a ticket without its event one might take her badge for the successor.
        without_event = replace(holder, held=replace(holder.held, ticket_event_id=None))
        for one in (holder, without_event):
            assert not scans_room.is_replaced(world.lab, one)


def test_a_door_lets_in_whoever_is_going_by_badge_or_ticket(world: World) -> None:
    event = world.event(starts_at=NOW)
    door, session = steward(world), world.session_of(event).id
    anna, ben = world.person("Anna"), world.person("Ben")
    annas, bens = going(world, anna, event), going(world, ben, event)
    assert annas != bens
    for code in (world.badge(anna), ticket(world, ben, bens)):
        result = checkins.scan(world.lab, door, code, "Seminar room", session)
        assert result.verdict is Verdict.CHECKED_IN
    assert checkins.inside_count(world.lab) == 2
    assert events.event_view(world.lab, None, event.id).sessions[0].checked_in_count == 2


def test_what_a_door_says_of_whoever_it_does_not_let_in(world: World) -> None:
    event = world.event(capacity=1, starts_at=NOW + timedelta(hours=1))
    other = world.event("Demo day")
    door, session = steward(world), world.session_of(event).id
    anna, ben, cleo = world.person(), world.person(), world.person()
    going(world, anna, event)
    going(world, ben, event)
    codes = {one: world.badge(one) for one in (anna, ben, cleo)}
    elsewhere = ticket(world, anna, going(world, anna, other))

    def said(code: str) -> tuple[Verdict, datetime | None]:
        result = checkins.scan(world.lab, door, code, "Seminar room", session)
        assert result.outcome is not Outcome.GOOD
        assert result.entry_id is None
        return result.verdict, result.instant

    assert said(codes[anna]) == (Verdict.TOO_EARLY, NOW + timedelta(minutes=30))
    assert said(codes[ben]) == (Verdict.WAITING, None)
    assert said(codes[cleo]) == (Verdict.NOT_SIGNED_UP, None)
    assert said(elsewhere) == (Verdict.WRONG_EVENT, None)
    world.clock.advance(hours=3)
    assert said(codes[anna]) == (Verdict.TOO_LATE, NOW + timedelta(hours=3))
    world.clock.advance(hours=-1)
    events.call_off(world.lab, world.staff(), event.id)
    assert said(codes[anna]) == (Verdict.EVENT_CANCELLED, None)
    assert check_ins(world) == []
    assert [verdict for verdict, _ in scans(world)] == [
        "too_early",
        "waiting",
        "not_signed_up",
        "wrong_event",
        "too_late",
        "event_cancelled",
    ]


def test_a_door_that_staff_opened_lets_in_early(world: World) -> None:
    event, anna, door = world.event(), world.person(), steward(world)
    session = world.session_of(event).id
    going(world, anna, event)
    code = world.badge(anna)
    assert checkins.scan(world.lab, door, code, "Door", session).verdict is Verdict.TOO_EARLY
    events.open_check_in(world.lab, door, session)
    assert checkins.scan(world.lab, door, code, "Door", session).verdict is Verdict.CHECKED_IN


def test_a_door_is_run_by_stewards_and_staff_who_gave_their_pin(world: World) -> None:
    session, code = world.session_of(world.event()).id, world.badge(world.person())
    for actor, why in (
        (NOBODY, Code.NOT_ALLOWED),
        (world.member(), Code.NOT_ALLOWED),
        (world.actor(world.person(role="steward")), Code.SIGN_IN_NEEDED),
    ):
        assert refused(checkins.scan, world.lab, actor, code, "Door", session).codes == {why}
    assert refused(checkins.scan, world.lab, steward(world), code, "Door", 999).codes == {
        Code.UNKNOWN_SESSION
    }
    unknown = world.lab.keys.issue(PassKind.PERSON, 4711)
    assert refused(checkins.scan, world.lab, steward(world), unknown, "Door", 999).codes == {
        Code.UNKNOWN_SESSION
    }
    assert scans(world) == []


def test_an_accepted_scan_is_in_the_audit_log_under_whoever_did_it(world: World) -> None:
    event, anna, door = world.event(starts_at=NOW), world.person(), steward(world)
    going(world, anna, event)
    at_home = home(world, world.badge(world.person()))
    at_door = checkins.scan(world.lab, door, world.badge(anna), "Door", world.session_of(event).id)
    with world.lab.store.read():
        first, second = (AuditEntry.get_by_id(one.entry_id) for one in (at_home, at_door))
        (session_row,) = tables.CheckIn.select().where(tables.CheckIn.kind == "session")
    assert (first.action, first.actor_id) == ("checkins.scan", at_home.person_id)
    assert (second.action, second.actor_id) == ("checkins.scan", door.person_id)
    assert (second.subject, second.subject_id) == ("check_in", session_row.id)


def test_a_kiosk_is_made_once_and_its_life_noted_once_a_minute(world: World) -> None:
    code = world.badge(world.person())

    def seen() -> datetime:
        with world.lab.store.read():
            return Kiosk.get(Kiosk.name == "Lobby").last_seen_at

    home(world, code)
    world.clock.advance(seconds=59)
    home(world, code)
    assert seen() == NOW
    world.clock.advance(seconds=1)
    home(world, code)
    assert seen() == NOW + timedelta(minutes=1)
    with world.lab.store.read():
        assert [(one.name, one.place) for one in Kiosk.select()] == [("Lobby", "By the door")]
        assert {row.kiosk.name for row in tables.Scan.select()} == {"Lobby"}


# By key


def test_checking_in_to_a_session(world: World) -> None:
    event, anna = world.event(starts_at=NOW + timedelta(minutes=10)), world.person()
    session = world.session_of(event).id
    going(world, anna, event)
    done = checkins.check_in(world.lab, world.actor(anna), CheckInKind.SESSION, session)
    assert (done.what.title, done.what.at, done.what.subject_id) == (event.title, NOW, session)
    world.clock.advance(minutes=1)
    again = refused(checkins.check_in, world.lab, world.actor(anna), CheckInKind.SESSION, session)
    assert again.codes == {Code.ALREADY_CHECKED_IN}
    assert again.reasons[0].facts["at"] == NOW


def test_all_that_stands_against_a_session_is_told_at_once(world: World) -> None:
    event = world.event(capacity=1)
    anna, ben, cleo = (world.person() for _ in range(3))
    session = world.session_of(event).id
    going(world, anna, event)
    going(world, ben, event)

    def codes(person: people.Person, which: int = session) -> frozenset[str]:
        return refused(checkins.check_in, world.lab, world.actor(person), CheckInKind.SESSION, which).codes

    assert codes(anna) == {Code.TOO_EARLY}
    assert codes(ben) == {Code.TOO_EARLY, Code.STILL_WAITING}
    assert codes(cleo) == {Code.TOO_EARLY, Code.NOT_SIGNED_UP}
    events.call_off(world.lab, world.staff(), event.id)
    world.clock.advance(hours=4)
    assert codes(cleo) == {Code.TOO_LATE, Code.NOT_SIGNED_UP, Code.EVENT_CANCELLED}
    assert codes(anna, 999) == {Code.UNKNOWN_SESSION}


def test_checking_in_to_a_booking_until_it_is_released(world: World) -> None:
    anna = world.person()
    made = booking(world, anna, NOW + timedelta(minutes=15))

    def act(person: people.Person = anna, which: int = made.id) -> object:
        return checkins.check_in(world.lab, world.actor(person), CheckInKind.BOOKING, which)

    assert refused(act, world.person()).codes == {Code.NOT_YOURS}
    assert refused(act, anna, 999).codes == {Code.UNKNOWN_BOOKING}
    world.clock.advance(minutes=-1)
    assert refused(act).codes == {Code.TOO_EARLY}
    world.clock.advance(minutes=1)
    act()
    assert booking_state(world, made) == "checked_in"
    assert refused(act).codes == {Code.ALREADY_CHECKED_IN}


def test_a_booking_released_as_a_no_show_is_gone(world: World) -> None:
    anna = world.person()
    made = booking(world, anna, NOW)
    with world.lab.store.write():
        gpus.Booking.update(state="no_show", holds=False).where(gpus.Booking.id == made.id).execute()
    no = refused(checkins.check_in, world.lab, world.actor(anna), CheckInKind.BOOKING, made.id)
    assert no.codes == {Code.RELEASED_AS_NO_SHOW}


def test_a_desk_is_checked_in_to_by_whose_it_is_today_once(world: World) -> None:
    ours, theirs = world.startup(), world.startup()
    anna, ben, stranger = (world.person(startup=one) for one in (ours, ours, theirs))
    shared, annas = world.desk(pool=False), world.desk(pool=False)
    assign(world, shared, ours)
    assign(world, annas, ours, anna)

    def act(person: people.Person, desk: desks.Desk) -> str:
        done = checkins.check_in(world.lab, world.actor(person), CheckInKind.DESK, desk.id)
        return done.what.title

    assert refused(act, stranger, shared).codes == {Code.NOT_YOURS}
    assert refused(act, ben, annas).codes == {Code.NOT_YOURS}
    assert act(anna, annas) == annas.label
    assert act(ben, shared) == shared.label
    assert refused(act, anna, shared).codes == {Code.ALREADY_CHECKED_IN}
    world.clock.advance(days=1)
    assert act(anna, shared) == shared.label
    unknown = refused(checkins.check_in, world.lab, world.actor(anna), CheckInKind.DESK, 999)
    assert unknown.codes == {Code.UNKNOWN_DESK}


def test_a_desk_lent_today_is_whoever_s_who_booked_it(world: World) -> None:
    ours = world.startup()
    anna, guest = world.person(startup=ours), world.person()
    desk = world.desk(pool=False)
    given = assign(world, desk, ours)
    with world.lab.store.write():
        desks.DeskLoan.create(assignment=given, desk=desk, first_day=TODAY, last_day=TODAY, created_at=NOW)
        desks.DeskBooking.create(desk=desk, person=guest, first_day=TODAY, last_day=TODAY, created_at=NOW)
        desks.Desk.update(out_of_order="wobbles").where(desks.Desk.id == desk.id).execute()

    def act(person: people.Person) -> object:
        return checkins.check_in(world.lab, world.actor(person), CheckInKind.DESK, desk.id)

    assert refused(act, anna).codes == {Code.NOT_YOURS, Code.DESK_OUT_OF_ORDER}
    with world.lab.store.write():
        desks.Desk.update(out_of_order="").where(desks.Desk.id == desk.id).execute()
    act(guest)
    assert len(check_ins(world, kind="desk")) == 1


def test_coming_and_leaving_by_key(world: World) -> None:
    anna = world.member()
    checkins.check_in(world.lab, anna, CheckInKind.LAB, 0)
    again = refused(checkins.check_in, world.lab, anna, CheckInKind.LAB, 0)
    assert again.codes == {Code.ALREADY_CHECKED_IN}
    world.clock.advance(hours=1)
    left = checkins.leave(world.lab, anna).what
    assert (left.kind, left.at) == (CheckInKind.LAB, NOW + timedelta(hours=1))
    assert checkins.inside_count(world.lab) == 0
    came, out = check_ins(world)
    assert (came.closed_at, out.direction) == (left.at, "out")
    assert refused(checkins.leave, world.lab, anna).codes == {Code.NOT_INSIDE}
    checkins.check_in(world.lab, anna, CheckInKind.LAB, 0)
    assert checkins.inside_count(world.lab) == 1


def test_what_can_be_checked_in_to_today(world: World) -> None:
    ours = world.startup()
    anna = world.person(startup=ours)
    today = world.event("Today", starts_at=NOW + timedelta(hours=3))
    running = booking(world, anna, NOW - timedelta(hours=1))
    desk = world.desk(pool=False)
    assign(world, desk, ours)
    going(world, anna, today)
    # Not today, not mine, or not any more:
    going(world, anna, world.event("Tomorrow", starts_at=NOW + timedelta(days=1)))
    cancelled = world.event("Cancelled")
    going(world, anna, cancelled)
    events.call_off(world.lab, world.staff(), cancelled.id)
    world.event("Without me")
    booking(world, anna, NOW + timedelta(days=1))
    booking(world, anna, NOW - timedelta(hours=3), hours=3)
    booking(world, world.person(), NOW)
    world.desk()
    actor = world.actor(anna)
    offered = checkins.choices(world.lab, actor)
    assert [(one.kind, one.subject_id) for one in offered] == [
        (CheckInKind.DESK, desk.id),
        (CheckInKind.BOOKING, running.id),
        (CheckInKind.SESSION, world.session_of(today).id),
    ]
    assert [one.opens_at for one in offered] == [
        datetime(2026, 11, 21, 16, tzinfo=UTC),
        NOW - timedelta(hours=1, minutes=15),
        NOW + timedelta(hours=2, minutes=30),
    ]
    assert (offered[0].place, offered[2].place) == ("East", "Seminar room")
    for kind in (CheckInKind.DESK, CheckInKind.BOOKING):
        subject = next(one.subject_id for one in offered if one.kind is kind)
        checkins.check_in(world.lab, actor, kind, subject)
    done = {one.kind: one.done_at for one in checkins.choices(world.lab, actor)}
    assert done == {CheckInKind.SESSION: None, CheckInKind.DESK: NOW, CheckInKind.BOOKING: NOW}
    assert checkins.choices(world.lab, actor)[0].kind is CheckInKind.SESSION


# Undo


def test_a_check_in_taken_back_can_be_done_again(world: World) -> None:
    event, anna, door = world.event(starts_at=NOW), world.person(), steward(world)
    session, code = world.session_of(event).id, world.badge(anna)
    going(world, anna, event)
    checkins.scan(world.lab, door, code, "Door", session)
    (row,) = check_ins(world, kind="session")
    within(world, checkins.undo_check_in, row.id)
    assert refused(within, world, checkins.undo_check_in, row.id).codes == {Code.ALREADY_UNDONE}
    assert refused(within, world, checkins.undo_check_in, 999).codes == {Code.CANNOT_BE_UNDONE}
    assert events.event_view(world.lab, None, event.id).sessions[0].checked_in_count == 0
    assert checkins.scan(world.lab, door, code, "Door", session).verdict is Verdict.CHECKED_IN
    assert len(check_ins(world, kind="session")) == 2


def test_a_booking_whose_check_in_is_taken_back_waits_again(world: World) -> None:
    anna = world.person()
    made = booking(world, anna, NOW)
    done = checkins.check_in(world.lab, world.actor(anna), CheckInKind.BOOKING, made.id)
    within(world, checkins.undo_check_in, done.what.id)
    assert booking_state(world, made) == "booked"


def test_an_arrival_or_a_leaving_taken_back(world: World) -> None:
    anna = world.member()
    came = checkins.check_in(world.lab, anna, CheckInKind.LAB, 0).what
    world.clock.advance(hours=1)
    left = checkins.leave(world.lab, anna).what
    within(world, checkins.undo_check_in, left.id)
    assert checkins.inside_count(world.lab) == 1
    within(world, checkins.undo_check_in, came.id)
    assert checkins.inside_count(world.lab) == 0


def test_a_leaving_is_not_taken_back_once_one_came_again(world: World) -> None:
    anna = world.member()
    checkins.check_in(world.lab, anna, CheckInKind.LAB, 0)
    left = checkins.leave(world.lab, anna).what
    checkins.check_in(world.lab, anna, CheckInKind.LAB, 0)
    assert refused(within, world, checkins.undo_check_in, left.id).codes == {Code.ALREADY_CHECKED_IN}
    assert checkins.inside_count(world.lab) == 1


# The night


def test_whoever_stays_over_midnight_is_checked_out_at_midnight(world: World) -> None:
    home(world, world.badge(world.person()))
    midnight = datetime(2026, 11, 22, 16, tzinfo=UTC)
    world.clock.instant = midnight - timedelta(milliseconds=1)
    assert within(world, checkins.nightly_exits) == 0
    world.clock.instant = midnight
    home(world, world.badge(world.person()))
    assert within(world, checkins.nightly_exits) == 1
    assert within(world, checkins.nightly_exits) == 0
    came, _, out = check_ins(world)
    assert (came.closed_at, out.at, out.direction, out.day) == (midnight, midnight, "out", TODAY)
    assert checkins.inside_count(world.lab) == 1


def test_a_lab_that_closes_at_eight_checks_out_at_eight_also_days_later(world: World) -> None:
    lab = replace(world.lab, config=LabConfig(lab=LabSection(closes="20:00")))
    codes = [world.badge(world.person()) for _ in range(2)]
    closing = datetime(2026, 11, 22, 12, tzinfo=UTC)
    checkins.scan(lab, NOBODY, codes[0], "Lobby")
    world.clock.instant = closing + timedelta(hours=1)
    # Somebody let in after hours stays until the day ends.
    checkins.scan(lab, NOBODY, codes[1], "Lobby")
    with writing(lab):
        assert checkins.nightly_exits(lab) == 1
    world.clock.advance(days=3)
    with writing(lab):
        assert checkins.nightly_exits(lab) == 1
    ended = [row.closed_at for row in check_ins(world, direction="in")]
    assert ended == [closing, datetime(2026, 11, 22, 16, tzinfo=UTC)]


# At one instant


def at_once(world: World, act: Callable[[Lab, int], ScanResult], count: int) -> list[ScanResult]:
    """What `act` gave in each of `count` threads that all began at one instant."""
    gate = threading.Barrier(count)
    results: list[ScanResult] = []

    def run(number: int) -> None:
        gate.wait()
        results.append(act(world.lab, number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_one_badge_at_eight_doors_at_once_is_one_check_in(world: World) -> None:
    event, anna, door = world.event(starts_at=NOW), world.person(), steward(world)
    session, code = world.session_of(event).id, world.badge(anna)
    going(world, anna, event)
    results = at_once(world, lambda lab, number: checkins.scan(lab, door, code, f"Door {number}", session), 8)
    verdicts = sorted(result.verdict for result in results)
    assert verdicts == [Verdict.ALREADY_IN] * 7 + [Verdict.CHECKED_IN]
    assert {result.instant for result in results} == {NOW}
    assert [row.kind for row in check_ins(world)] == ["lab", "session"]
    assert len(scans(world)) == 8


def test_one_badge_at_eight_new_kiosks_of_one_name_is_one_arrival(world: World) -> None:
    code = world.badge(world.person())
    results = at_once(world, lambda lab, _: checkins.scan(lab, NOBODY, code, "New"), 8)
    assert [result.verdict for result in results] == [Verdict.WELCOME] * 8
    assert sum(result.entry_id is not None for result in results) == 1
    assert len(check_ins(world)) == 1
    with world.lab.store.read():
        assert Kiosk.select().count() == 1


def test_one_badge_at_eight_kiosks_at_once_is_one_arrival(world: World) -> None:
    code = world.badge(world.person())
    results = at_once(world, lambda lab, number: checkins.scan(lab, NOBODY, code, f"Kiosk {number}"), 8)
    assert [result.verdict for result in results] == [Verdict.WELCOME] * 8
    assert len(check_ins(world)) == 1
