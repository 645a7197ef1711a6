"""Who may claim which desk, and which are nearest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lab_tui.config import DesksSection
from lab_tui.lab.rules.desks import (
    Claimant,
    Closed,
    Place,
    claimant_reasons,
    closed_throughout,
    nearest_free,
    place_reasons,
)
from lab_tui.lab.rules.reasons import Code

TODAY = date(2026, 11, 22)
POLICY = DesksSection(horizon_days=7, days_open_per_person=5)
WELCOME = Claimant(startup_outside=None, desk_that_day=None, days_open=0)
FREE = Place(1, "E-01", "East", 3, 1, pool=True, out_of_order="", assigned_to=None, lent=False, taken=False)

places = st.builds(
    Place,
    desk_id=st.integers(1, 40),
    label=st.sampled_from(["E-01", "E-02", "W-01"]),
    zone=st.sampled_from(["East", "West"]),
    x=st.integers(0, 90),
    y=st.integers(0, 20),
    pool=st.booleans(),
    out_of_order=st.sampled_from(["", "wobbles"]),
    assigned_to=st.sampled_from([None, "Lumen Vision"]),
    lent=st.booleans(),
    taken=st.booleans(),
).filter(lambda place: place.assigned_to is not None or not place.lent)


def codes(*reasons: object) -> list[str]:
    return [reason.code for reason in reasons]  # type: ignore[attr-defined]


def test_somebody_welcome_may_claim_up_to_the_horizon() -> None:
    for days in range(8):
        assert claimant_reasons(WELCOME, TODAY + timedelta(days=days), TODAY, POLICY) == ()
    beyond = claimant_reasons(WELCOME, TODAY + timedelta(days=8), TODAY, POLICY)
    assert codes(*beyond) == [Code.BEYOND_HORIZON]
    assert beyond[0].facts == {"days": 7}


def test_every_reason_is_told_at_once() -> None:
    claimant = Claimant(startup_outside="Old Team", desk_that_day="W-07", days_open=5)
    reasons = claimant_reasons(claimant, TODAY - timedelta(days=1), TODAY, POLICY)
    assert codes(*reasons) == [
        Code.NOT_IN_PROGRAMME,
        Code.DAY_PAST,
        Code.ALREADY_HAS_DESK,
        Code.TOO_MANY_DESK_DAYS,
    ]


def test_the_last_allowed_day_passes_and_the_next_does_not() -> None:
    assert claimant_reasons(replace(WELCOME, days_open=4), TODAY, TODAY, POLICY) == ()
    assert codes(*claimant_reasons(replace(WELCOME, days_open=5), TODAY, TODAY, POLICY)) == [
        Code.TOO_MANY_DESK_DAYS
    ]


def test_a_desk_says_everything_that_is_wrong_with_it() -> None:
    given_away = replace(FREE, assigned_to="Lumen Vision", out_of_order="wobbles")
    assert codes(*place_reasons(given_away, TODAY)) == [Code.DESK_OUT_OF_ORDER, Code.DESK_ASSIGNED]
    assert codes(*place_reasons(replace(FREE, taken=True), TODAY)) == [Code.DESK_TAKEN]
    lent = replace(FREE, pool=False, assigned_to="Lumen Vision", lent=True)
    assert place_reasons(lent, TODAY) == ()
    assert codes(*place_reasons(replace(lent, taken=True), TODAY)) == [Code.DESK_TAKEN]


@given(places)
def test_a_desk_is_free_exactly_when_nothing_speaks_against_it(place: Place) -> None:
    assert place.free == (place_reasons(place, TODAY) == ())


@given(places, st.lists(places, max_size=12, unique_by=lambda place: place.desk_id))
def test_remedies_pass_every_rule_and_the_own_zone_comes_first(wished: Place, others: list[Place]) -> None:
    offered = nearest_free(wished, others)
    assert len(offered) <= 3
    assert all(place.free and place.desk_id != wished.desk_id for place in offered)
    elsewhere = [place.zone != wished.zone for place in offered]
    assert elsewhere == sorted(elsewhere)
    could = [place for place in others if place.free and place.desk_id != wished.desk_id]
    assert len(offered) == min(3, len(could))


def test_nearer_desks_come_first_and_a_row_counts_double() -> None:
    beside = replace(FREE, desk_id=2, label="E-02", x=FREE.x + 3)
    behind = replace(FREE, desk_id=3, label="E-03", y=FREE.y + 2)
    far = replace(FREE, desk_id=4, label="E-04", x=FREE.x + 30)
    other_zone = replace(FREE, desk_id=5, label="W-01", zone="West", x=FREE.x + 1)
    assert nearest_free(FREE, [other_zone, far, behind, beside]) == (beside, behind, far)


MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)
DAY = timedelta(days=1)


def closed(start_hours: float, end_hours: float, reason: str = "typhoon") -> Closed:
    return Closed(reason, MIDNIGHT + timedelta(hours=start_hours), MIDNIGHT + timedelta(hours=end_hours))


def test_only_closures_without_a_gap_close_the_day() -> None:
    assert closed_throughout(MIDNIGHT, MIDNIGHT + DAY, []) is None
    assert closed_throughout(MIDNIGHT, MIDNIGHT + DAY, [closed(0, 23)]) is None
    assert closed_throughout(MIDNIGHT, MIDNIGHT + DAY, [closed(1, 24)]) is None
    assert closed_throughout(MIDNIGHT, MIDNIGHT + DAY, [closed(0, 11), closed(12, 24)]) is None


def test_closures_that_meet_close_the_day() -> None:
    reason = closed_throughout(MIDNIGHT, MIDNIGHT + DAY, [closed(12, 30, "rainstorm"), closed(-4, 12)])
    assert reason is not None
    assert reason.code == Code.LAB_CLOSED
    assert reason.facts == {
        "reason": "typhoon",
        "start": MIDNIGHT - timedelta(hours=4),
        "end": MIDNIGHT + timedelta(hours=30),
    }
