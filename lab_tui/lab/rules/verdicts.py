"""What a scan means, and what stands against a check-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lab_tui.codes.passcode import CodeProblem, PassKind
from lab_tui.errors import Reason
from lab_tui.lab.rules.reasons import Code


class Verdict(StrEnum):
    """What became of a scan."""

    WELCOME = "welcome"  # a badge at the home screen: whose day it is
    CHECKED_IN = "checked_in"
    ALREADY_IN = "already_in"
    NOT_SIGNED_UP = "not_signed_up"
    WAITING = "waiting"  # on the waiting list, no seat
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    EVENT_CANCELLED = "event_cancelled"
    WRONG_EVENT = "wrong_event"  # a ticket for something else
    INACTIVE = "inactive"
    REVOKED = "revoked"
    UNKNOWN = "unknown"  # a code of ours, but of no pass here
    FORGED = "forged"
    BROKEN = "broken"  # a code of ours that was read in part
    KEY_MISSING = "key_missing"  # signed with a newer key than this kiosk has
    KEY_RETIRED = "key_retired"  # signed with a key that is no longer in use
    NOT_OURS = "not_ours"
    # labels: what they are on
    DESK = "desk"
    WORKSTATION = "workstation"
    EVENT = "event"
    COMMAND = "command"
    CALIBRATION = "calibration"
    NO_PASS = "no_pass"  # a label, where only passes count: at a door


class Outcome(StrEnum):
    """The colour, word and shape of a verdict."""

    GOOD = "good"
    ATTENTION = "attention"
    BAD = "bad"


_GOOD = frozenset({Verdict.WELCOME, Verdict.CHECKED_IN})
# Nobody did anything wrong: it has been done, or it will be possible.
_ATTENTION = frozenset({Verdict.ALREADY_IN, Verdict.WAITING, Verdict.TOO_EARLY, Verdict.BROKEN})
_OF_LABEL = {
    PassKind.DESK: Verdict.DESK,
    PassKind.WORKSTATION: Verdict.WORKSTATION,
    PassKind.EVENT: Verdict.EVENT,
    PassKind.COMMAND: Verdict.COMMAND,
}
# Of use to whoever scans a badge next.
_OF_THINGS = frozenset({*_OF_LABEL.values(), Verdict.CALIBRATION, Verdict.NO_PASS})
_OF_PROBLEM = {
    CodeProblem.FORGED: Verdict.FORGED,
    CodeProblem.MALFORMED: Verdict.BROKEN,
    CodeProblem.UNKNOWN_KEY: Verdict.KEY_MISSING,
    CodeProblem.RETIRED_KEY: Verdict.KEY_RETIRED,
    CodeProblem.CALIBRATION: Verdict.CALIBRATION,
}


@dataclass(frozen=True)
class PassFacts:
    """What the lab knows of a genuine code."""

    revoked: bool
    person_active: bool
    # The event a ticket is for; None for a badge.
    ticket_event_id: int | None


@dataclass(frozen=True)
class SittingFacts:
    """A session as one person meets it; check-in is open in `[opens_at, ends_at)`."""

    event_id: int
    title: str
    cancelled: bool
    opens_at: datetime
    ends_at: datetime
    # The state of the person's live sign-up; '' without one.
    sign_up_state: str
    checked_in_at: datetime | None


@dataclass(frozen=True)
class BookingFacts:
    """A booking as one person meets it."""

    mine: bool
    state: str
    opens_at: datetime
    ends_at: datetime
    checked_in_at: datetime | None


@dataclass(frozen=True)
class DeskFacts:
    """A desk today, as one person meets it; `mine` if it is assigned to them or booked by them."""

    label: str
    mine: bool
    out_of_order: str
    checked_in_at: datetime | None


def outcome_of(verdict: Verdict) -> Outcome:
    """How a verdict looks."""
    if verdict in _GOOD:
        return Outcome.GOOD
    return Outcome.ATTENTION if verdict in _ATTENTION | _OF_THINGS else Outcome.BAD


def verdict_of_problem(problem: CodeProblem) -> Verdict:
    """What a code means that did not verify."""
    return _OF_PROBLEM.get(problem, Verdict.NOT_OURS)


def verdict_of_label(kind: PassKind, revoked: bool, at_door: bool) -> Verdict:
    """What a genuine code means that is on a thing or a card; a door takes passes only."""
    if revoked:
        return Verdict.REVOKED
    return Verdict.NO_PASS if at_door else _OF_LABEL[kind]


def verdict_of_scan(held: PassFacts | None, sitting: SittingFacts | None, now: datetime) -> Verdict:
    """The one verdict of a genuine code; `sitting` is the session it was scanned for, if any."""
    if held is None:
        return Verdict.UNKNOWN
    if held.revoked:
        return Verdict.REVOKED
    if not held.person_active:
        return Verdict.INACTIVE
    if sitting is None:
        return Verdict.WELCOME if held.ticket_event_id is None else Verdict.UNKNOWN
    return _verdict_at_session(held.ticket_event_id, sitting, now)


def _verdict_at_session(ticket_event_id: int | None, sitting: SittingFacts, now: datetime) -> Verdict:
    if ticket_event_id not in (None, sitting.event_id):
        return Verdict.WRONG_EVENT
    if sitting.cancelled:
        return Verdict.EVENT_CANCELLED
    if sitting.checked_in_at is not None:
        return Verdict.ALREADY_IN
    if sitting.sign_up_state in ("waiting", "offered"):
        return Verdict.WAITING
    if sitting.sign_up_state != "going":
        return Verdict.NOT_SIGNED_UP
    if now < sitting.opens_at:
        return Verdict.TOO_EARLY
    return Verdict.CHECKED_IN if now < sitting.ends_at else Verdict.TOO_LATE


def check_in_opens(starts_at: datetime, opened_at: datetime | None, minutes: int) -> datetime:
    """When a session's check-in opens: `minutes` before its start, or when staff opened it before that."""
    by_the_clock = starts_at - timedelta(minutes=minutes)
    return by_the_clock if opened_at is None else min(by_the_clock, opened_at)


def against_session(sitting: SittingFacts, now: datetime, ahead: int = 0) -> list[Reason]:
    """Every reason why a person may not check in to a session; `ahead` wait before them."""
    reasons = []
    title = {"title": sitting.title}
    if sitting.cancelled:
        reasons.append(Reason(Code.EVENT_CANCELLED, title))
    if sitting.sign_up_state in ("waiting", "offered"):
        reasons.append(Reason(Code.STILL_WAITING, {**title, "ahead": ahead}))
    elif sitting.sign_up_state != "going":
        reasons.append(Reason(Code.NOT_SIGNED_UP, title))
    return [*reasons, *_against_time(sitting.opens_at, sitting.ends_at, sitting.checked_in_at, now)]


def against_booking(booking: BookingFacts, now: datetime) -> list[Reason]:
    """Every reason why a person may not check in to a booking."""
    reasons = []
    if not booking.mine:
        reasons.append(Reason(Code.NOT_YOURS))
    if booking.state == "no_show":
        reasons.append(Reason(Code.RELEASED_AS_NO_SHOW))
    if booking.state in ("cancelled", "undone"):
        reasons.append(Reason(Code.ALREADY_CANCELLED))
    times = _against_time(booking.opens_at, booking.ends_at, booking.checked_in_at, now)
    if booking.state == "ended" and not times:
        times = [Reason(Code.TOO_LATE, {"ended": booking.ends_at})]
    return [*reasons, *times]


def against_desk(desk: DeskFacts) -> list[Reason]:
    """Every reason why a person may not check in at a desk today."""
    reasons = []
    if not desk.mine:
        reasons.append(Reason(Code.NOT_YOURS))
    if desk.out_of_order:
        reasons.append(Reason(Code.DESK_OUT_OF_ORDER, {"desk": desk.label, "reason": desk.out_of_order}))
    return [*reasons, *against_repeat(desk.checked_in_at)]


def against_repeat(checked_in_at: datetime | None) -> list[Reason]:
    """Nobody checks in twice."""
    return [] if checked_in_at is None else [Reason(Code.ALREADY_CHECKED_IN, {"at": checked_in_at})]


def _against_time(
    opens_at: datetime, ends_at: datetime, checked_in_at: datetime | None, now: datetime
) -> list[Reason]:
    reasons = []
    if now < opens_at:
        reasons.append(Reason(Code.TOO_EARLY, {"opens": opens_at}))
    if now >= ends_at:
        reasons.append(Reason(Code.TOO_LATE, {"ended": ends_at}))
    return [*reasons, *against_repeat(checked_in_at)]
