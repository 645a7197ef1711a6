"""Check-in: what a scan means, and who is inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from peewee import JOIN

from lab_tui.codes.foreign import ForeignKind as ForeignKind
from lab_tui.codes.foreign import kind_of
from lab_tui.codes.passcode import LABELS, CodeRejected, PassCode, PassKind
from lab_tui.config import parse_hour, policy_in_force
from lab_tui.errors import Reason, Refused
from lab_tui.lab import audit, scans
from lab_tui.lab.events import event_view
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.presence import INSIDE as INSIDE
from lab_tui.lab.presence import CheckInKind as CheckInKind
from lab_tui.lab.presence import inside_count as inside_count
from lab_tui.lab.presence import live
from lab_tui.lab.rules import verdicts
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.rules.verdicts import Outcome as Outcome
from lab_tui.lab.rules.verdicts import Verdict as Verdict
from lab_tui.lab.scans import Holder, Sitting
from lab_tui.lab.scans import LabelView as LabelView
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.desks import Desk, DeskAssignment, DeskBooking, DeskLoan, Zone
from lab_tui.store.tables.events import Event, Session, SignUp
from lab_tui.store.tables.gpus import Booking, Workstation
from lab_tui.store.tables.people import Person

# Looks at a scan before giving up: each repeat means that another kiosk has just written.
_LOOKS = 3
# `gpus.check_in_opens_minutes` goes no further.
_EARLIEST = timedelta(minutes=240)


@dataclass(frozen=True)
class ScanResult:
    """The answer to one scan; title, place and instant are facts for the sentence under the verdict."""

    verdict: Verdict
    outcome: Outcome
    person_id: int | None = None
    person_name: str = ""
    other_name: str = ""
    startup_name: str = ""
    language: str = ""
    event_title: str = ""
    place: str = ""
    # When it opens, when it ended, when they came in, since when a code is void: what the verdict speaks of.
    instant: datetime | None = None
    entry_id: int | None = None
    # Whether a void code has a successor that is valid.
    replaced: bool = False
    # What was scanned, where it was a label or a card.
    label: LabelView | None = None
    # What a code is for that is not ours.
    foreign: ForeignKind | None = None


@dataclass(frozen=True)
class CheckInChoice:
    """Something a person could check in to now or soon (`opens_at`), done already if `done_at`."""

    kind: CheckInKind
    # The session's, booking's or desk's id.
    subject_id: int
    title: str
    place: str
    opens_at: datetime
    ends_at: datetime
    done_at: datetime | None


@dataclass(frozen=True)
class CheckInView:
    """An accepted check-in."""

    id: int
    kind: CheckInKind
    subject_id: int | None
    person_id: int
    person_name: str
    title: str
    at: datetime


def scan(lab: Lab, actor: Actor, code: str, kiosk: str, session_id: int | None = None) -> ScanResult:
    """Read a code at a kiosk and say what it means; every reading is kept with its verdict.

    At the home screen (`session_id` None) a badge is a welcome and an arrival, a ticket checks in to
    its own session, and a label says what it is on. At a session's door a badge or ticket checks in to
    that session; `actor` must then be allowed to run the door. A code is verified before the database is
    asked. Never raises Refused for a bad code: the verdict says it.
    """
    read = _read(lab, code)
    for _ in range(_LOOKS):
        try:
            with writing(lab):
                if session_id is not None:
                    authorise(lab, actor, Permission.RUN_DOOR)
                here = scans.kiosk_id(lab, kiosk)
                if isinstance(read, ScanResult):
                    return _told(lab, here, None, read)
                if read.kind in LABELS:
                    return _scan_label(lab, read, here, at_door=session_id is not None)
                return _scan(lab, actor, read, here, session_id)
        except Refused as refused:
            # Another kiosk was first at the same instant: another look finds what it wrote.
            if refused.codes != {Code.ALREADY_CHECKED_IN}:
                raise
    raise Refused(Reason(Code.CHANGED_MEANWHILE))


def choices(lab: Lab, actor: Actor) -> tuple[CheckInChoice, ...]:
    """What the actor can check in to now or later today: sessions, GPU bookings, desks.

    What is still to be done comes first, the sooner the earlier.
    """
    now = lab.now()
    with reading(lab):
        person = _somebody(authorise(lab, actor, Permission.SEE_OWN_DAY))
        found = [
            *_session_choices(lab, person, now),
            *_booking_choices(lab, person, now),
            *_desk_choices(lab, person),
        ]
    return tuple(sorted(found, key=lambda choice: (choice.done_at is not None, choice.opens_at)))


def check_in(lab: Lab, actor: Actor, kind: CheckInKind, subject_id: int) -> Done[CheckInView]:
    """Check the actor in. Raises Refused: too_early, too_late, not_signed_up, already_checked_in, …

    The lab itself (CheckInKind.LAB) has no `subject_id`: any number will do.
    """
    now = lab.now()
    with writing(lab):
        person = _somebody(authorise(lab, actor, Permission.CHECK_IN))
        kiosk = _kiosk_of(lab, actor)
        lab.store.lock(Person, person.id)
        title = _ADMIT[kind](lab, person, subject_id)
        subject = None if kind is CheckInKind.LAB else subject_id
        row = scans.write_check_in(lab, kind.value, person.id, kiosk, subject)
        noted = {"kind": kind.value, "title": title, "of": subject}
        entry_id = audit.record(lab, actor, "checkins.check_in", "check_in", row, noted)
    return Done(CheckInView(row, kind, subject, person.id, person.name, title, now), entry_id)


def leave(lab: Lab, actor: Actor) -> Done[CheckInView]:
    """Record that the actor left the lab. Raises Refused(not_inside)."""
    now = lab.now()
    with writing(lab):
        person = _somebody(authorise(lab, actor, Permission.CHECK_IN))
        kiosk = _kiosk_of(lab, actor)
        lab.store.lock(Person, person.id)
        if not CheckIn.update(closed_at=now).where(INSIDE & (CheckIn.person == person.id)).execute():
            raise Refused(Reason(Code.NOT_INSIDE))
        row = scans.write_check_in(lab, "lab", person.id, kiosk, direction="out")
        entry_id = audit.record(lab, actor, "checkins.leave", "check_in", row)
    return Done(CheckInView(row, CheckInKind.LAB, None, person.id, person.name, "", now), entry_id)


def undo_check_in(lab: Lab, check_in_id: int) -> None:
    """Take a check-in back: a booking waits again, whoever left is inside again.

    In the caller's transaction. Raises Refused: cannot_be_undone, already_undone, already_checked_in.
    """
    row = CheckIn.get_or_none(CheckIn.id == check_in_id)
    if row is None:
        raise Refused(Reason(Code.CANNOT_BE_UNDONE))
    lab.store.lock(Person, row.person_id)
    this = (CheckIn.id == check_in_id) & CheckIn.undone_at.is_null()
    if not CheckIn.update(undone_at=lab.now()).where(this).execute():
        raise Refused(Reason(Code.ALREADY_UNDONE))
    if row.kind == CheckInKind.BOOKING:
        of_booking = (Booking.id == row.booking_id) & (Booking.state == "checked_in")
        Booking.update(state="booked").where(of_booking).execute()
    if row.direction == "out":
        _bring_back(row)


def nightly_exits(lab: Lab) -> int:
    """Check out whoever is inside beyond the closing hour; in the caller's transaction. Returns how many.

    They left, as far as the lab knows, at the closing hour of the day they came; whoever came after
    it, at that day's end.
    """
    now = lab.now()
    came_before = CheckIn.select(CheckIn.id, CheckIn.person, CheckIn.day, CheckIn.at).where(INSIDE)
    count = 0
    for check_in_id, person_id, day, came_at in list(came_before.tuples()):
        left_at = _closing_instant(lab, day, came_at)
        still = INSIDE & (CheckIn.id == check_in_id)
        if left_at <= now and CheckIn.update(closed_at=left_at).where(still).execute():
            CheckIn.create(kind=CheckInKind.LAB.value, person=person_id, day=day, direction="out", at=left_at)
            count += 1
    return count


def _closing_instant(lab: Lab, day: date, came_at: datetime) -> datetime:
    closing_hour = parse_hour("lab.closes", lab.config.lab.closes)
    if closing_hour is not None:
        closing = lab.time.at(day, closing_hour)
        if came_at < closing:
            return closing
    return lab.time.day_span(day)[1]


# Scans


def _read(lab: Lab, code: str) -> PassCode | ScanResult:
    """What a genuine code says, else the answer to what is none."""
    try:
        return lab.keys.read(code)
    except CodeRejected as rejected:
        verdict = verdicts.verdict_of_problem(rejected.problem)
        foreign = kind_of(code) if verdict is Verdict.NOT_OURS else None
        return ScanResult(verdict, verdicts.outcome_of(verdict), foreign=foreign)


def _scan_label(lab: Lab, code: PassCode, kiosk: int, at_door: bool) -> ScanResult:
    """The answer to a label's code: what it is on. It brings nothing about by itself."""
    label = scans.label_of(lab, _code_id(code), code.kind)
    if label is None:
        return _told(lab, kiosk, code, ScanResult(Verdict.UNKNOWN, verdicts.outcome_of(Verdict.UNKNOWN)))
    verdict = verdicts.verdict_of_label(code.kind, label.revoked_at is not None, at_door)
    successor = scans.live_label(label.kind, label.subject_id, label.command) if label.revoked_at else None
    result = ScanResult(
        verdict=verdict,
        outcome=verdicts.outcome_of(verdict),
        event_title=label.title if label.kind is PassKind.EVENT else "",
        place=label.place,
        instant=label.revoked_at or label.starts_at,
        replaced=successor is not None,
        label=label,
    )
    return _told(lab, kiosk, code, result, label_id=label.id)


def _code_id(code: PassCode) -> str:
    """A code's id as it is stored."""
    return f"{code.pass_id:016x}"


def _scan(lab: Lab, actor: Actor, code: PassCode, kiosk: int, session_id: int | None) -> ScanResult:
    """The answer to a pass's code, with what it brings about."""
    holder = scans.holder_of(lab, _code_id(code))
    if session_id is not None and holder is None and not Session.select().where(Session.id == session_id):
        raise Refused(Reason(Code.UNKNOWN_SESSION))
    sitting = scans.sitting_of_scan(lab, holder, session_id) if holder is not None else None
    verdict = verdicts.verdict_of_scan(
        holder.held if holder is not None else None, sitting.facts if sitting is not None else None, lab.now()
    )
    if holder is None:
        return _told(lab, kiosk, code, ScanResult(verdict, verdicts.outcome_of(verdict)))
    entry_id = None
    if verdict in (Verdict.WELCOME, Verdict.CHECKED_IN):
        doer = actor if session_id is not None else Actor(holder.person_id, actor.via)
        entry_id = _admit(lab, doer, holder, sitting, kiosk)
    return _told(lab, kiosk, code, _answer(lab, verdict, holder, sitting, entry_id), pass_id=holder.pass_id)


def _told(
    lab: Lab,
    kiosk: int,
    code: PassCode | None,
    result: ScanResult,
    *,
    pass_id: int | None = None,
    label_id: int | None = None,
) -> ScanResult:
    """The result, written down as a scan."""
    number = code.key_number if code is not None else None
    scans.note_scan(lab, kiosk, result.verdict, pass_id=pass_id, label_id=label_id, key_number=number)
    return result


def _answer(
    lab: Lab, verdict: Verdict, holder: Holder, sitting: Sitting | None, entry_id: int | None
) -> ScanResult:
    # A pass that is no longer good opens nobody's day.
    good = verdict not in (Verdict.REVOKED, Verdict.INACTIVE)
    sitting = sitting if good else None
    instant = {
        Verdict.WELCOME: holder.inside_since or lab.now(),
        Verdict.CHECKED_IN: lab.now(),
        Verdict.ALREADY_IN: sitting.facts.checked_in_at if sitting is not None else None,
        Verdict.TOO_EARLY: sitting.facts.opens_at if sitting is not None else None,
        Verdict.TOO_LATE: sitting.facts.ends_at if sitting is not None else None,
        Verdict.REVOKED: holder.revoked_at,
    }
    return ScanResult(
        verdict=verdict,
        outcome=verdicts.outcome_of(verdict),
        person_id=holder.person_id if good else None,
        person_name=holder.name,
        other_name=holder.other_name,
        startup_name=holder.startup_name,
        language=holder.language,
        event_title=sitting.facts.title if sitting is not None else "",
        place=sitting.place if sitting is not None else "",
        instant=instant.get(verdict),
        entry_id=entry_id,
        replaced=verdict is Verdict.REVOKED and scans.is_replaced(lab, holder),
    )


def _admit(lab: Lab, doer: Actor, holder: Holder, sitting: Sitting | None, kiosk: int) -> int | None:
    """Write the arrival of whoever is not inside, and the session's check-in; the entry to undo it by."""
    row = None
    noted: dict[str, object] = {"kind": CheckInKind.LAB.value, "person": holder.person_id}
    if holder.inside_since is None:
        row = scans.write_check_in(lab, "lab", holder.person_id, kiosk)
    if sitting is not None:
        row = scans.write_check_in(lab, "session", holder.person_id, kiosk, sitting.session_id)
        noted |= {"kind": CheckInKind.SESSION.value, "title": sitting.facts.title}
    return audit.record(lab, doer, "checkins.scan", "check_in", row, noted) if row is not None else None


# Check-ins by key


def _somebody(person: Any) -> Any:
    if person is None:
        raise Refused(Reason(Code.UNKNOWN_PERSON))
    return person


def _kiosk_of(lab: Lab, actor: Actor) -> int | None:
    scheme, _, name = actor.via.partition(":")
    return scans.kiosk_id(lab, name) if scheme == "kiosk" and name else None


def _bring_back(out: Any) -> None:
    """Open the stay again that ended with this `out`. Raises Refused when another has begun."""
    mine = CheckIn.person == out.person_id
    again = CheckIn.get_or_none(INSIDE & mine)
    if again is not None:
        raise Refused(*verdicts.against_repeat(again.at))
    ended_so = live("lab") & mine & (CheckIn.closed_at == out.at)
    CheckIn.update(closed_at=None).where(ended_so).execute()


def _admit_to_lab(_lab: Lab, person: Any, _subject_id: int) -> str:
    inside = CheckIn.get_or_none(INSIDE & (CheckIn.person == person.id))
    _refuse(verdicts.against_repeat(inside.at if inside is not None else None))
    return ""


def _admit_to_session(lab: Lab, person: Any, session_id: int) -> str:
    facts = scans.sitting(lab, person.id, session_id).facts
    ahead = 0
    if facts.sign_up_state == "waiting":
        ahead = event_view(lab, Actor(person.id, ""), facts.event_id).ahead_of_me or 0
    _refuse(verdicts.against_session(facts, lab.now(), ahead))
    return facts.title


def _admit_to_booking(lab: Lab, person: Any, booking_id: int) -> str:
    rows = Booking.select(
        Booking, Workstation.name.alias("machine"), Workstation.policy, CheckIn.at.alias("done_at")
    )
    done = (CheckIn.booking == Booking.id) & live("booking")
    rows = rows.join(Workstation).join(CheckIn, JOIN.LEFT_OUTER, on=done)
    booking = rows.where(Booking.id == booking_id).objects().first()
    if booking is None:
        raise Refused(Reason(Code.UNKNOWN_BOOKING, {"booking": booking_id}))
    facts = verdicts.BookingFacts(
        mine=booking.person_id == person.id,
        state=booking.state,
        opens_at=_opens_at(lab, booking),
        ends_at=booking.ends_at,
        checked_in_at=booking.done_at,
    )
    _refuse(verdicts.against_booking(facts, lab.now()))
    still_booked = (Booking.id == booking_id) & (Booking.state == "booked")
    if not Booking.update(state="checked_in").where(still_booked).execute():
        raise Refused(Reason(Code.CHANGED_MEANWHILE))
    return str(booking.machine)


def _admit_to_desk(lab: Lab, person: Any, desk_id: int) -> str:
    lab.store.lock(Desk, desk_id)
    desk = Desk.get_or_none(Desk.id == desk_id)
    if desk is None:
        raise Refused(Reason(Code.UNKNOWN_DESK))
    today = lab.today()
    done = CheckIn.get_or_none((CheckIn.desk == desk_id) & (CheckIn.day == today) & live("desk"))
    facts = verdicts.DeskFacts(
        label=desk.label,
        mine=any(mine.id == desk_id for mine in _my_desks(person, today)),
        out_of_order=desk.out_of_order,
        checked_in_at=done.at if done is not None else None,
    )
    _refuse(verdicts.against_desk(facts))
    return str(desk.label)


def _refuse(reasons: list[Reason]) -> None:
    if reasons:
        raise Refused(*reasons)


_ADMIT: dict[CheckInKind, Callable[[Lab, Any, int], str]] = {
    CheckInKind.LAB: _admit_to_lab,
    CheckInKind.SESSION: _admit_to_session,
    CheckInKind.BOOKING: _admit_to_booking,
    CheckInKind.DESK: _admit_to_desk,
}


def _my_desks(person: Any, today: date) -> Any:
    """Desks a person may sit at today: booked by them, or their start-up's (theirs alone, if they are
    named), unless lent to the pool today."""

    def covers(days: Any) -> Any:
        return days.holds & (days.first_day <= today) & (days.last_day >= today)

    booked = DeskBooking.select(DeskBooking.desk).where(covers(DeskBooking), DeskBooking.person == person.id)
    lent = DeskLoan.select(DeskLoan.assignment).where(covers(DeskLoan))
    anybody_or_me = DeskAssignment.person.is_null() | (DeskAssignment.person == person.id)
    ours = covers(DeskAssignment) & (DeskAssignment.startup == person.startup_id) & anybody_or_me
    assigned = DeskAssignment.select(DeskAssignment.desk).where(ours, DeskAssignment.id.not_in(lent))
    desks = Desk.select(Desk, Zone.name.alias("zone_name")).join(Zone)
    return desks.where(Desk.id.in_(booked) | Desk.id.in_(assigned)).order_by(Desk.label).objects()


def _session_choices(lab: Lab, person: Any, now: datetime) -> list[CheckInChoice]:
    mine = SignUp.select(SignUp.event).where((SignUp.person == person.id) & (SignUp.state == "going"))
    to_come = Session.event.in_(mine) & (Session.ends_at > now) & ~Event.cancelled
    end_of_today = lab.time.day_span(lab.today())[1]
    return [
        CheckInChoice(
            kind=CheckInKind.SESSION,
            subject_id=sitting.session_id,
            title=sitting.facts.title,
            place=sitting.place,
            opens_at=sitting.facts.opens_at,
            ends_at=sitting.facts.ends_at,
            done_at=sitting.facts.checked_in_at,
        )
        for sitting in scans.sittings(lab, person.id, to_come)
        if sitting.facts.opens_at < end_of_today
    ]


def _booking_choices(lab: Lab, person: Any, now: datetime) -> list[CheckInChoice]:
    end_of_today = lab.time.day_span(lab.today())[1]
    machine = (Workstation.name, Workstation.place, Workstation.policy)
    rows = Booking.select(Booking, *machine, CheckIn.at.alias("done_at"))
    done = (CheckIn.booking == Booking.id) & live("booking")
    rows = rows.join(Workstation).join(CheckIn, JOIN.LEFT_OUTER, on=done)
    today = (Booking.ends_at > now) & (Booking.starts_at < end_of_today + _EARLIEST)
    mine = (Booking.person == person.id) & Booking.state.in_(["booked", "checked_in"])
    return [
        CheckInChoice(
            kind=CheckInKind.BOOKING,
            subject_id=row.id,
            title=row.name,
            place=row.place,
            opens_at=opens_at,
            ends_at=row.ends_at,
            done_at=row.done_at,
        )
        for row in rows.where(mine & today).order_by(Booking.starts_at, Booking.id).objects()
        if (opens_at := _opens_at(lab, row)) < end_of_today
    ]


def _opens_at(lab: Lab, row: Any) -> datetime:
    """When a booking, read together with its workstation's policy, can be checked in to."""
    policy = policy_in_force(lab.config.gpus, row.policy)
    return row.starts_at - timedelta(minutes=policy.check_in_opens_minutes)  # type: ignore[no-any-return]


def _desk_choices(lab: Lab, person: Any) -> list[CheckInChoice]:
    today = lab.today()
    starts_at, ends_at = lab.time.day_span(today)
    mine = [desk for desk in _my_desks(person, today) if not desk.out_of_order]
    done = CheckIn.select(CheckIn.desk, CheckIn.at).where(
        live("desk") & (CheckIn.day == today) & CheckIn.desk.in_([desk.id for desk in mine])
    )
    done_at = dict(done.tuples())
    return [
        CheckInChoice(
            kind=CheckInKind.DESK,
            subject_id=desk.id,
            title=desk.label,
            place=desk.zone_name,
            opens_at=starts_at,
            ends_at=ends_at,
            done_at=done_at.get(desk.id),
        )
        for desk in mine
    ]
