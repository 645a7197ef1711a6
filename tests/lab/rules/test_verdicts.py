"""What a scan means."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tui.codes.passcode import LABELS, CodeProblem, PassKind
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.rules.verdicts import (
    BookingFacts,
    DeskFacts,
    Outcome,
    PassFacts,
    SittingFacts,
    Verdict,
    against_booking,
    against_desk,
    against_session,
    check_in_opens,
    outcome_of,
    verdict_of_label,
    verdict_of_problem,
    verdict_of_scan,
)

NOW = datetime(2026, 11, 22, 6, 32, tzinfo=UTC)
INSTANTS = st.integers(-3, 3).map(lambda minutes: NOW + timedelta(minutes=minutes))
STATES = st.sampled_from(["", "going", "waiting", "offered"])
PASSES = st.builds(
    PassFacts,
    revoked=st.booleans(),
    person_active=st.booleans(),
    ticket_event_id=st.sampled_from([None, 1, 2]),
)
SITTINGS = st.builds(
    SittingFacts,
    event_id=st.sampled_from([1, 2]),
    title=st.just("Fine-tuning"),
    cancelled=st.booleans(),
    opens_at=INSTANTS,
    ends_at=INSTANTS,
    sign_up_state=STATES,
    checked_in_at=st.none() | INSTANTS,
)

BADGE = PassFacts(revoked=False, person_active=True, ticket_event_id=None)
OPEN = SittingFacts(
    event_id=1,
    title="Fine-tuning",
    cancelled=False,
    opens_at=NOW,
    ends_at=NOW + timedelta(hours=1),
    sign_up_state="going",
    checked_in_at=None,
)
BOOKED = BookingFacts(
    mine=True, state="booked", opens_at=NOW, ends_at=NOW + timedelta(hours=1), checked_in_at=None
)


@given(st.none() | PASSES, st.none() | SITTINGS)
def test_any_facts_have_one_verdict_and_one_look(
    held: PassFacts | None, sitting: SittingFacts | None
) -> None:
    verdict = verdict_of_scan(held, sitting, NOW)
    assert outcome_of(verdict) in Outcome
    assert (outcome_of(verdict) is Outcome.GOOD) == (verdict in (Verdict.WELCOME, Verdict.CHECKED_IN))


@given(PASSES, SITTINGS)
def test_nobody_is_checked_in_twice_nor_against_any_reason(held: PassFacts, sitting: SittingFacts) -> None:
    accepted = verdict_of_scan(held, sitting, NOW) is Verdict.CHECKED_IN
    good_pass = held.person_active and not held.revoked
    right_event = held.ticket_event_id in (None, sitting.event_id)
    assert accepted == (good_pass and right_event and not against_session(sitting, NOW))
    assert not (accepted and sitting.checked_in_at is not None)


@given(PASSES, st.none() | SITTINGS)
def test_a_pass_that_is_no_longer_good_opens_nothing(held: PassFacts, sitting: SittingFacts | None) -> None:
    verdict = verdict_of_scan(held, sitting, NOW)
    assert (verdict is Verdict.REVOKED) == held.revoked
    assert (verdict is Verdict.INACTIVE) == (not held.revoked and not held.person_active)


@pytest.mark.parametrize(
    ("problem", "verdict"),
    [
        (CodeProblem.FORGED, Verdict.FORGED),
        (CodeProblem.NOT_OURS, Verdict.NOT_OURS),
        (CodeProblem.MALFORMED, Verdict.BROKEN),
        (CodeProblem.UNKNOWN_KEY, Verdict.KEY_MISSING),
        (CodeProblem.RETIRED_KEY, Verdict.KEY_RETIRED),
        (CodeProblem.CALIBRATION, Verdict.CALIBRATION),
    ],
)
def test_a_code_that_does_not_verify_is_named_for_its_problem(problem: CodeProblem, verdict: Verdict) -> None:
    assert verdict_of_problem(problem) is verdict
    is_calm = problem in (CodeProblem.MALFORMED, CodeProblem.CALIBRATION)
    assert outcome_of(verdict) is (Outcome.ATTENTION if is_calm else Outcome.BAD)


@pytest.mark.parametrize("kind", sorted(LABELS))
def test_a_label_says_what_it_is_but_at_a_door_and_unless_it_is_void(kind: PassKind) -> None:
    assert verdict_of_label(kind, revoked=False, at_door=False) == Verdict(kind.value)
    assert verdict_of_label(kind, revoked=False, at_door=True) is Verdict.NO_PASS
    assert verdict_of_label(kind, revoked=True, at_door=False) is Verdict.REVOKED
    assert verdict_of_label(kind, revoked=True, at_door=True) is Verdict.REVOKED
    assert outcome_of(Verdict(kind.value)) is Outcome.ATTENTION


def test_every_problem_of_a_code_has_its_verdict() -> None:
    verdicts = [verdict_of_problem(problem) for problem in CodeProblem]
    assert len(set(verdicts)) == len(CodeProblem)
    assert not set(verdicts) & {Verdict.WELCOME, Verdict.CHECKED_IN}


def test_a_badge_at_home_is_welcome_and_a_code_without_a_pass_is_unknown() -> None:
    assert verdict_of_scan(BADGE, None, NOW) is Verdict.WELCOME
    assert verdict_of_scan(None, None, NOW) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, Verdict.CHECKED_IN),
        ({"cancelled": True}, Verdict.EVENT_CANCELLED),
        ({"checked_in_at": NOW}, Verdict.ALREADY_IN),
        ({"sign_up_state": ""}, Verdict.NOT_SIGNED_UP),
        ({"sign_up_state": "waiting"}, Verdict.WAITING),
        ({"sign_up_state": "offered"}, Verdict.WAITING),
        ({"opens_at": NOW + timedelta(milliseconds=1)}, Verdict.TOO_EARLY),
        ({"ends_at": NOW}, Verdict.TOO_LATE),
        ({"ends_at": NOW + timedelta(milliseconds=1)}, Verdict.CHECKED_IN),
        # Whoever is in hears that, also after the end.
        ({"checked_in_at": NOW, "ends_at": NOW}, Verdict.ALREADY_IN),
    ],
)
def test_at_a_door(change: dict[str, object], verdict: Verdict) -> None:
    assert verdict_of_scan(BADGE, replace(OPEN, **change), NOW) is verdict  # type: ignore[arg-type]


def test_a_ticket_is_for_its_own_event() -> None:
    assert verdict_of_scan(replace(BADGE, ticket_event_id=1), OPEN, NOW) is Verdict.CHECKED_IN
    assert verdict_of_scan(replace(BADGE, ticket_event_id=2), OPEN, NOW) is Verdict.WRONG_EVENT


def test_what_can_still_come_right_calls_for_attention_not_for_alarm() -> None:
    calm = {verdict for verdict in Verdict if outcome_of(verdict) is Outcome.ATTENTION}
    labels = {Verdict.DESK, Verdict.WORKSTATION, Verdict.EVENT, Verdict.COMMAND, Verdict.CALIBRATION}
    again = {Verdict.BROKEN, Verdict.NO_PASS}
    assert calm == {Verdict.ALREADY_IN, Verdict.WAITING, Verdict.TOO_EARLY} | labels | again


def test_check_in_opens_by_the_clock_or_when_staff_opened_it_before() -> None:
    starts_at = NOW + timedelta(hours=1)
    assert check_in_opens(starts_at, None, 30) == NOW + timedelta(minutes=30)
    assert check_in_opens(starts_at, NOW, 30) == NOW
    assert check_in_opens(starts_at, NOW + timedelta(minutes=45), 30) == NOW + timedelta(minutes=30)


def test_all_reasons_against_a_session_are_told_at_once() -> None:
    late = replace(OPEN, cancelled=True, sign_up_state="waiting", ends_at=NOW, checked_in_at=NOW)
    reasons = against_session(late, NOW, ahead=3)
    assert [reason.code for reason in reasons] == [
        Code.EVENT_CANCELLED,
        Code.STILL_WAITING,
        Code.TOO_LATE,
        Code.ALREADY_CHECKED_IN,
    ]
    assert reasons[1].facts["ahead"] == 3


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"mine": False}, [Code.NOT_YOURS]),
        ({"state": "no_show"}, [Code.RELEASED_AS_NO_SHOW]),
        ({"state": "cancelled"}, [Code.ALREADY_CANCELLED]),
        ({"state": "undone"}, [Code.ALREADY_CANCELLED]),
        ({"state": "ended"}, [Code.TOO_LATE]),
        ({"state": "ended", "ends_at": NOW}, [Code.TOO_LATE]),
        ({"opens_at": NOW + timedelta(minutes=1)}, [Code.TOO_EARLY]),
        ({"state": "checked_in", "checked_in_at": NOW}, [Code.ALREADY_CHECKED_IN]),
        ({"mine": False, "state": "no_show", "ends_at": NOW},
         [Code.NOT_YOURS, Code.RELEASED_AS_NO_SHOW, Code.TOO_LATE]),
    ],
)  # fmt: skip
def test_against_a_booking(change: dict[str, object], codes: list[Code]) -> None:
    reasons = against_booking(replace(BOOKED, **change), NOW)  # type: ignore[arg-type]
    assert [reason.code for reason in reasons] == codes


def test_against_a_desk() -> None:
    assert against_desk(DeskFacts("E-01", True, "", None)) == []
    reasons = against_desk(DeskFacts("E-01", False, "wobbles", NOW))
    assert [reason.code for reason in reasons] == [
        Code.NOT_YOURS,
        Code.DESK_OUT_OF_ORDER,
        Code.ALREADY_CHECKED_IN,
    ]
