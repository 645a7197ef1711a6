"""Labels: codes on desks, workstations and posters, and command cards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from lab_tui.codes.passcode import LABELS, PassKind
from lab_tui.errors import BadInput, Refused
from lab_tui.lab import checkins, desks, gpus, labels
from lab_tui.lab.checkins import CheckInKind, Outcome, ScanResult, Verdict
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.labels import Command, LabelSubject, LabelView
from lab_tui.lab.operation import OPERATOR, Actor
from lab_tui.lab.rules.permissions import Role
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.checkins import Scan
from lab_tui.store.tables.lab import AuditEntry
from lab_tui.store.tables.labels import Label
from lab_tui.wording import verdicts
from tests.world import NOW, World

NOBODY = Actor(None, "kiosk:Lobby")
HOUR = timedelta(hours=1)


def refused(act: Callable[..., object], *arguments: object) -> frozenset[str]:
    with pytest.raises(Refused) as caught:
        act(*arguments)
    return caught.value.codes


def home(world: World, code: str) -> ScanResult:
    return checkins.scan(world.lab, NOBODY, code, "Lobby")


def subjects(world: World) -> dict[PassKind, LabelSubject]:
    """One label of each kind."""
    event = world.event().id
    return {
        PassKind.DESK: LabelSubject(PassKind.DESK, world.desk(label="W-07").id),
        PassKind.WORKSTATION: LabelSubject(PassKind.WORKSTATION, world.workstation("kowloon").id),
        PassKind.EVENT: LabelSubject(PassKind.EVENT, event),
        PassKind.COMMAND: LabelSubject(PassKind.COMMAND, event, Command.OPEN_DOOR),
    }


def said(world: World, result: ScanResult) -> tuple[str, str]:
    now = world.lab.now()
    return verdicts.detail(result, world.lab.time, now), verdicts.next_step(result, world.lab.time, now)


def test_each_label_says_what_it_is_on_and_what_to_do_next(world: World) -> None:
    told = {}
    for kind, subject in subjects(world).items():
        code = labels.label_code(world.lab, OPERATOR, subject)
        assert world.lab.keys.read(code).kind is kind
        result = home(world, code)
        assert (result.verdict, result.outcome) == (Verdict(kind.value), Outcome.ATTENTION)
        assert result.label is not None
        assert (result.label.kind, result.label.subject_id) == (kind, subject.subject_id)
        assert result.label.command == subject.command
        assert (result.person_id, result.entry_id) == (None, None)
        told[kind] = said(world, result)
    assert told == {
        PassKind.DESK: ("This is desk W-07, East", "Scan your badge next to sit down here"),
        PassKind.WORKSTATION: (
            "This is the workstation kowloon",
            "Scan your badge next to check in or to book it",
        ),
        PassKind.EVENT: (
            '"Fine-tuning on a budget", today 16:32, Seminar room',
            "Scan your badge next to sign up",
        ),
        PassKind.COMMAND: (
            "A card for staff: open the door, Fine-tuning on a budget",
            "Staff: scan your badge next",
        ),
    }


def test_a_label_is_issued_once_and_its_reading_is_kept(world: World) -> None:
    subject = subjects(world)[PassKind.DESK]
    code = labels.label_code(world.lab, OPERATOR, subject)
    assert labels.label_code(world.lab, world.staff(), subject) == code
    home(world, code)
    with world.lab.store.read():
        (row,) = Label.select()
        (scan,) = Scan.select()
        assert (row.desk_id, row.workstation_id, row.event_id) == (subject.subject_id, None, None)
        assert (scan.label_id, scan.pass_id, scan.verdict, scan.key_number) == (row.id, None, "desk", 0)
        assert AuditEntry.select().where(AuditEntry.action == "labels.issue").count() == 1


def test_of_many_who_ask_at_once_all_get_one_label(world: World) -> None:
    subject = subjects(world)[PassKind.WORKSTATION]
    start = threading.Barrier(4)
    codes: list[str] = []

    def ask() -> None:
        start.wait()
        codes.append(labels.label_code(world.lab, OPERATOR, subject))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(codes) == 4
    assert len(set(codes)) == 1


@pytest.mark.parametrize("kind", sorted(LABELS))
def test_a_label_that_is_replaced_says_since_when(world: World, kind: PassKind) -> None:
    subject = subjects(world)[kind]
    old = labels.label_code(world.lab, OPERATOR, subject)
    world.clock.advance(hours=1)
    new = labels.reissue_label(world.lab, OPERATOR, subject, "scratched", "again-1")
    assert labels.reissue_label(world.lab, OPERATOR, subject, "scratched", "again-1") == new
    assert new != old
    assert labels.label_code(world.lab, OPERATOR, subject) == new
    world.clock.advance(minutes=5)
    result = home(world, old)
    assert (result.verdict, result.replaced, result.instant) == (Verdict.REVOKED, True, NOW + HOUR)
    assert said(world, result) == (
        "This label has been void since today 15:32; a new one was printed",
        "Scan the new one, or ask the staff",
    )
    assert home(world, new).verdict == Verdict(kind.value)
    with world.lab.store.read():
        assert Label.select().count() == 2
        assert Label.get(Label.revoked_at.is_null(False)).revoked_because == "scratched"
    with world.lab.store.write():
        Label.update(revoked_at=world.lab.now()).where(Label.revoked_at.is_null()).execute()
    assert "a new one" not in said(world, home(world, old))[0]


def test_who_may_label_what(world: World) -> None:
    wanted = subjects(world)
    staff = world.person(role="staff")
    for actor in (world.member(), world.actor(world.person(role="steward"), signed_in=True), NOBODY):
        for subject in wanted.values():
            assert refused(labels.label_code, world.lab, actor, subject) == {Code.NOT_ALLOWED}
            assert refused(labels.reissue_label, world.lab, actor, subject, "lost") == {Code.NOT_ALLOWED}
    for subject in wanted.values():
        assert refused(labels.label_code, world.lab, world.actor(staff), subject) == {Code.SIGN_IN_NEEDED}
        assert labels.label_code(world.lab, world.actor(staff, signed_in=True), subject)


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        (LabelSubject(PassKind.DESK, 99), Code.UNKNOWN_DESK),
        (LabelSubject(PassKind.WORKSTATION, 99), Code.UNKNOWN_WORKSTATION),
        (LabelSubject(PassKind.EVENT, 99), Code.UNKNOWN_EVENT),
        (LabelSubject(PassKind.COMMAND, 99, Command.OPEN_DOOR), Code.UNKNOWN_EVENT),
    ],
)
def test_what_is_not_there_gets_no_label(world: World, subject: LabelSubject, code: Code) -> None:
    assert refused(labels.label_code, world.lab, OPERATOR, subject) == {code}


@pytest.mark.parametrize(
    "subject",
    [
        LabelSubject(PassKind.PERSON, 1),
        LabelSubject(PassKind.TICKET, 1),
        LabelSubject(PassKind.DESK),
        LabelSubject(PassKind.DESK, 1, Command.STAFF_TODAY),
        LabelSubject(PassKind.COMMAND),
        LabelSubject(PassKind.COMMAND, None, "rm"),
        LabelSubject(PassKind.COMMAND, None, Command.OPEN_DOOR),
        LabelSubject(PassKind.COMMAND, 1, Command.CLOSE_LAB),
    ],
)
def test_what_can_be_on_no_label(world: World, subject: LabelSubject) -> None:
    with pytest.raises(BadInput):
        labels.label_code(world.lab, OPERATOR, subject)


def test_a_genuine_code_of_no_label_is_unknown(world: World) -> None:
    for kind in LABELS:
        assert home(world, world.lab.keys.issue(kind, 4711)) == ScanResult(Verdict.UNKNOWN, Outcome.BAD)


def test_the_id_of_a_badge_is_no_label_and_that_of_a_label_no_badge(world: World) -> None:
    subject = subjects(world)[PassKind.DESK]
    desk = world.lab.keys.read(labels.label_code(world.lab, OPERATOR, subject)).pass_id
    badge = world.lab.keys.read(world.badge(world.person())).pass_id
    for kind, number in ((PassKind.PERSON, desk), (PassKind.EVENT, desk), (PassKind.DESK, badge)):
        assert home(world, world.lab.keys.issue(kind, number)).verdict is Verdict.UNKNOWN


def test_at_a_door_a_label_is_no_pass_and_changes_nothing(world: World) -> None:
    event = world.event(starts_at=NOW)
    steward = world.actor(world.person(role="steward"), signed_in=True)
    code = labels.label_code(world.lab, OPERATOR, LabelSubject(PassKind.DESK, world.desk(label="W-07").id))
    result = checkins.scan(world.lab, steward, code, "Lobby", world.session_of(event).id)
    assert (result.verdict, result.outcome) == (Verdict.NO_PASS, Outcome.ATTENTION)
    assert said(world, result) == ("This is no pass: it is the label of W-07", "Scan your badge or ticket")
    assert checkins.inside_count(world.lab) == 0


# What scanning them does


def view(world: World, subject: LabelSubject) -> LabelView:
    label = home(world, labels.label_code(world.lab, OPERATOR, subject)).label
    assert label is not None
    return label


def test_at_ones_own_desk_one_is_checked_in(world: World) -> None:
    mei, other = world.member(), world.member()
    mine, free = world.desk(), world.desk()
    desks.claim(world.lab, mei, mine.id, world.lab.today())
    label = view(world, LabelSubject(PassKind.DESK, mine.id))
    done = labels.check_in_at(world.lab, mei, label)
    assert done is not None
    assert (done.what.kind, done.what.subject_id) == (CheckInKind.DESK, mine.id)
    assert labels.check_in_at(world.lab, mei, label) is None
    assert labels.check_in_at(world.lab, other, label) is None
    assert labels.check_in_at(world.lab, mei, view(world, LabelSubject(PassKind.DESK, free.id))) is None


def test_at_a_workstation_one_is_checked_in_to_ones_booking_there(world: World) -> None:
    mei = world.member()
    here, there = world.workstation("kowloon"), world.workstation("lantau")
    start = NOW + 28 * HOUR / 60  # 15:00
    booking = gpus.book(world.lab, mei, BookingWish(here.id, (0,), start, start + HOUR)).what
    label = view(world, LabelSubject(PassKind.WORKSTATION, here.id))
    assert labels.check_in_at(world.lab, mei, label) is None  # too early
    world.clock.advance(minutes=29)
    assert (
        labels.check_in_at(world.lab, mei, view(world, LabelSubject(PassKind.WORKSTATION, there.id))) is None
    )
    assert labels.check_in_at(world.lab, world.member(), label) is None
    done = labels.check_in_at(world.lab, mei, label)
    assert done is not None
    assert (done.what.kind, done.what.subject_id) == (CheckInKind.BOOKING, booking.id)
    assert labels.check_in_at(world.lab, mei, label) is None


@pytest.mark.parametrize("command", Command)
def test_a_card_is_a_short_cut_and_no_authority(world: World, command: Command) -> None:
    for role, allowed in (
        (Role.MEMBER, set()),
        (Role.MENTOR, set()),
        (Role.VISITOR, set()),
        (Role.STEWARD, {Command.OPEN_DOOR, Command.STAFF_TODAY}),
        (Role.STAFF, set(Command)),
    ):
        person = world.person(role=role)
        if command in allowed:
            labels.check_command(world.lab, world.actor(person, signed_in=True), command)
            needed = {Code.SIGN_IN_NEEDED}
        else:
            needed = {Code.NOT_ALLOWED}
        assert refused(labels.check_command, world.lab, world.actor(person), command) == needed
    assert refused(labels.check_command, world.lab, NOBODY, command) == {Code.NOT_ALLOWED}


def test_a_card_that_this_version_does_not_know_does_nothing(world: World) -> None:
    assert refused(labels.check_command, world.lab, world.staff(), "format_disk") == {Code.UNKNOWN_LABEL}
