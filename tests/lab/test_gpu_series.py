"""Bookings that repeat: as far as the rules allow, told before anything is stored; given back as one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from lab_tui.config import LabConfig, LabSection
from lab_tui.errors import BadInput, Refused
from lab_tui.lab import gpu_life, gpu_series, gpus
from lab_tui.lab.gpu_series import SeriesPlan, SeriesWish
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.operation import OPERATOR, Actor
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.undo import undo
from lab_tui.store.tables.gpus import Booking, BookingSeries, Workstation
from lab_tui.store.tables.lab import AuditEntry, Closure
from tests.world import PLAIN, World

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Tuesday 24 November 2026, ten in the morning in Hong Kong; the world's day is the Sunday before.
TUESDAY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TUESDAYS_AND_THURSDAYS = (1, 3)


def series(
    machine: Workstation,
    weekdays: tuple[int, ...] = TUESDAYS_AND_THURSDAYS,
    until: date = date(2026, 12, 4),
    start: datetime = TUESDAY,
    hours: float = 2,
    **more: object,
) -> SeriesWish:
    gpu_numbers = more.pop("gpus", (0,))
    wish = BookingWish(machine.id, gpu_numbers, start, start + hours * HOUR, **more)  # type: ignore[arg-type]
    return SeriesWish(wish, weekdays, until)


def with_policy(world: World, zone: str = "Asia/Hong_Kong", **policy: object) -> None:
    gpus_section = replace(PLAIN, **policy)  # type: ignore[arg-type]
    world.lab = replace(world.lab, config=LabConfig(lab=LabSection(zone=zone), gpus=gpus_section))


def shown_and_booked(world: World, actor: Actor, wished: SeriesWish) -> SeriesPlan:
    """What the preview says, which booking then does."""
    plan = gpu_series.preview_series(world.lab, actor, wished)
    with world.lab.store.read():
        assert BookingSeries.select().count() == 0
    made = gpu_series.book_series(world.lab, actor, wished).what
    assert made.refused == plan.refused
    wished_for = [(one.gpu_numbers, one.starts_at, one.ends_at) for one in plan.possible]
    assert [(one.gpu_numbers, one.starts_at, one.ends_at) for one in made.bookings] == wished_for
    return plan


def starts(plan: SeriesPlan) -> list[datetime]:
    return [one.starts_at for one in plan.possible]


def reasons(plan: SeriesPlan) -> dict[datetime, set[str]]:
    return {one.wish.starts_at: {reason.code for reason in one.reasons} for one in plan.refused}


def states(world: World) -> list[tuple[str, bool]]:
    with world.lab.store.read():
        return [(one.state, one.counts) for one in Booking.select().order_by(Booking.starts_at)]


def test_every_tuesday_and_thursday_as_far_as_the_rules_allow(world: World) -> None:
    mei, machine = world.member(), world.workstation("lantau")
    thursday = TUESDAY + 2 * DAY
    gpus.book(world.lab, world.member(), series(machine, start=thursday).wish)
    with world.lab.store.write():
        Closure.create(reason="Holiday", starts_at=TUESDAY + 7 * DAY, ends_at=TUESDAY + 8 * DAY)
    plan = shown_and_booked(world, mei, series(machine, until=date(2026, 12, 8), purpose="Night run"))
    assert starts(plan) == [TUESDAY, TUESDAY + 9 * DAY]
    assert reasons(plan) == {
        thursday: {Code.GPU_TAKEN},
        TUESDAY + 7 * DAY: {Code.LAB_CLOSED},
        TUESDAY + 14 * DAY: {Code.BEYOND_HORIZON},
    }
    assert {one.purpose for one in gpus.bookings_of(world.lab, mei)} == {"Night run"}
    with world.lab.store.read():
        entry = AuditEntry.get(AuditEntry.action == "gpus.book_series")
        (made,) = BookingSeries.select()
        members = [one.id for one in Booking.select().where(Booking.series == made).order_by(Booking.id)]
    facts = json.loads(entry.facts)
    assert (entry.subject_id, facts["bookings"], facts["refused"]) == (made.id, members, 3)
    assert (facts["weekdays"], facts["until"]) == ([1, 3], "2026-12-08")


def test_each_is_judged_with_those_before_it(world: World) -> None:
    with_policy(world, startup_hours_a_week=5, person_bookings_open=3, horizon_days=60)
    plan = shown_and_booked(
        world, world.member(), series(world.workstation(), (0, 1, 2, 3), date(2026, 12, 8), hours=2)
    )
    assert starts(plan) == [TUESDAY, TUESDAY + DAY, TUESDAY + 6 * DAY]
    assert reasons(plan) == {
        TUESDAY + 2 * DAY: {Code.STARTUP_QUOTA},
        TUESDAY + 7 * DAY: {Code.TOO_MANY_OPEN_BOOKINGS},
        TUESDAY + 8 * DAY: {Code.TOO_MANY_OPEN_BOOKINGS},
        TUESDAY + 9 * DAY: {Code.TOO_MANY_OPEN_BOOKINGS},
        TUESDAY + 13 * DAY: {Code.TOO_MANY_OPEN_BOOKINGS},
        TUESDAY + 14 * DAY: {Code.TOO_MANY_OPEN_BOOKINGS},
    }


def test_nights_that_meet_are_in_each_others_way(world: World) -> None:
    with_policy(world, longest_hours=48, gap_minutes=60)
    machine = world.workstation()
    overlapping = shown_and_booked(world, world.member(), series(machine, (1, 2), hours=26))
    assert starts(overlapping) == [TUESDAY, TUESDAY + 7 * DAY]
    assert reasons(overlapping)[TUESDAY + DAY] == {Code.GPU_TAKEN}


def test_the_gap_holds_within_a_series(world: World) -> None:
    with_policy(world, gap_minutes=60)
    machine = world.workstation()
    touching = shown_and_booked(world, world.member(), series(machine, (1, 2), hours=23.5))
    assert reasons(touching)[TUESDAY + DAY] == {Code.GAP_TOO_SHORT}


def test_the_lab_picks_gpus_for_each(world: World) -> None:
    machine = world.workstation(gpu_count=3)
    gpus.book(world.lab, world.member(), series(machine, gpus=(0,)).wish)
    gpus.book(world.lab, world.member(), series(machine, start=TUESDAY + 2 * DAY, gpus=(0, 1)).wish)
    plan = shown_and_booked(world, world.member(), series(machine, gpus=(), gpu_count=2))
    assert [one.gpu_numbers for one in plan.possible] == [(1, 2), (0, 1), (0, 1)]
    (refused,) = plan.refused
    assert refused.wish.starts_at == TUESDAY + 2 * DAY
    assert {reason.code for reason in refused.reasons} == {Code.GPU_TAKEN}


@pytest.mark.parametrize(
    ("zone", "now", "change", "ends"),
    [
        ("Europe/Berlin", datetime(2026, 10, 20, 12, tzinfo=UTC), HOUR, {2}),
        ("America/Santiago", datetime(2026, 9, 1, 12, tzinfo=UTC), -HOUR, {2, 3}),
    ],
)
def test_the_hour_of_the_wall_clock_is_kept(
    world: World, zone: str, now: datetime, change: timedelta, ends: set[int]
) -> None:
    with_policy(world, zone, person_bookings_open=20, startup_hours_a_week=1000)
    world.clock.instant = now
    first = world.lab.time.start_of_day(world.lab.today() + DAY) + 22 * HOUR
    wished = series(world.workstation(), tuple(range(7)), (now + 10 * DAY).date(), first, hours=4)
    plan = shown_and_booked(world, world.member(), wished)
    assert {world.lab.time.local(one.starts_at).hour for one in plan.possible} == {22}
    # Where clocks go forward in such a night, four hours end an hour later on the wall.
    assert {world.lab.time.local(one.ends_at).hour for one in plan.possible} == ends
    assert {one.ends_at - one.starts_at for one in plan.possible} == {4 * HOUR}
    apart = {after - before for before, after in pairwise(starts(plan))}
    assert apart == {DAY, DAY + change}


def test_a_day_without_that_time_is_left_out_and_says_so(world: World) -> None:
    with_policy(world, "Europe/Berlin")
    world.clock.instant = datetime(2027, 3, 19, 12, tzinfo=UTC)
    first = datetime(2027, 3, 21, 1, tzinfo=UTC)
    plan = shown_and_booked(
        world, world.member(), series(world.workstation(), (6,), date(2027, 4, 1), first, hours=1)
    )
    assert starts(plan) == [first]
    (refused,) = plan.refused
    assert [reason.code for reason in refused.reasons] == [Code.SKIPPED_TIME]


def test_a_series_runs_until_the_cohort_ends(world: World) -> None:
    mei, staff = world.person(startup=world.startup()), world.staff()
    assert gpu_series.cohort_end(world.lab, world.actor(mei)) == world.cohort.last_day
    assert gpu_series.cohort_end(world.lab, staff, int(mei.id)) == world.cohort.last_day
    for actor, person_id, startup in (
        (world.member(startup=world.startup("Old", stage="incu_tech")), None, "Old"),
        (staff, None, ""),
    ):
        with pytest.raises(Refused) as caught:
            gpu_series.cohort_end(world.lab, actor, person_id)
        assert [(one.code, one.facts) for one in caught.value.reasons] == [
            (Code.NO_COHORT_END, {"startup": startup})
        ]


def test_what_a_series_cannot_be(world: World) -> None:
    mei, machine = world.member(), world.workstation()

    def problem(wished: SeriesWish) -> str:
        with pytest.raises(BadInput) as caught:
            gpu_series.book_series(world.lab, mei, wished)
        return str(caught.value)

    assert problem(series(machine, ())) == "weekdays: empty"
    assert problem(series(machine, (7,))) == "weekdays: out_of_bounds"
    assert problem(series(machine, until=date(2026, 11, 23))) == "until: out_of_bounds"
    assert problem(series(machine, until=date(2027, 11, 24))) == "until: out_of_bounds"
    # Not one of those days lies between.
    assert problem(series(machine, (6,), until=date(2026, 11, 28))) == "until: out_of_bounds"
    assert problem(series(machine, purpose="x" * 81)) == "purpose: too_long"


def test_where_not_one_is_possible_nothing_is_stored(world: World) -> None:
    machine = world.workstation()
    alumni = world.member(startup=world.startup(stage="alumni"))
    usual = series(machine)
    for wished, code in (
        (usual, Code.NOT_IN_PROGRAMME),
        (series(machine, start=datetime(9999, 12, 30, tzinfo=UTC)), Code.BEYOND_HORIZON),
        (series(machine, start=datetime(1, 1, 2, tzinfo=UTC)), Code.IN_THE_PAST),
        (replace(usual, wish=replace(usual.wish, workstation_id=999)), Code.UNKNOWN_WORKSTATION),
    ):
        with pytest.raises(gpu_series.NothingPossible) as caught:
            gpu_series.book_series(world.lab, alumni, wished)
        assert caught.value.codes == {code, Code.NOT_IN_PROGRAMME}
        plan = gpu_series.preview_series(world.lab, alumni, wished)
        assert (plan.possible, plan.refused) == ((), caught.value.refused)
    with world.lab.store.read():
        assert BookingSeries.select().count() == Booking.select().count() == AuditEntry.select().count() == 0


def test_a_repeated_request_books_one_series(world: World) -> None:
    mei, wished = world.member(), series(world.workstation())
    first = gpu_series.book_series(world.lab, mei, wished, request_key="k1")
    again = gpu_series.book_series(world.lab, mei, wished, request_key="k1")
    assert again == first
    assert len(states(world)) == 4


def test_staff_book_a_series_for_others(world: World) -> None:
    mei, machine = world.person(), world.workstation()
    wished = series(machine, person_id=mei.id)
    with pytest.raises(Refused) as caught:
        gpu_series.preview_series(world.lab, world.member(), wished)
    assert caught.value.codes == {Code.NOT_ALLOWED}
    made = gpu_series.book_series(world.lab, world.staff(), wished).what
    assert {one.person_id for one in made.bookings} == {mei.id}


def test_what_has_not_begun_is_given_back_as_one(world: World) -> None:
    team = world.startup()
    mei, kai, machine = world.member(startup=team), world.person(startup=team), world.workstation()
    made = gpu_series.book_series(world.lab, mei, series(machine)).what
    on_wednesday = series(machine, start=TUESDAY + DAY, gpus=(1,)).wish
    moved = gpu_life.move(world.lab, mei, made.bookings[1].id, on_wednesday).what
    gpu_life.hand_over(world.lab, mei, made.bookings[3].id, int(kai.id))
    # Ten minutes into the first, the second begins tomorrow.
    world.clock.instant = TUESDAY + timedelta(minutes=10)
    with pytest.raises(Refused) as caught:
        gpu_series.cancel_series(world.lab, world.actor(kai), made.id)
    assert caught.value.codes == {Code.NOT_YOURS}
    given_back = gpu_series.cancel_series(world.lab, mei, made.id)
    assert [one.id for one in given_back.what.bookings] == [moved.id, made.bookings[2].id]
    assert {one.state for one in given_back.what.bookings} == {"cancelled"}
    assert [one.id for one in gpus.bookings_of(world.lab, mei)] == [made.bookings[0].id]
    assert [one.id for one in gpus.bookings_of(world.lab, world.actor(kai))] == [made.bookings[3].id]
    for series_id, code in ((made.id, Code.ALREADY_OVER), (999, Code.UNKNOWN_SERIES)):
        with pytest.raises(Refused) as caught:
            gpu_series.cancel_series(world.lab, OPERATOR, series_id)
        assert caught.value.codes == {code}


def test_what_giving_back_a_series_would_give_back(world: World) -> None:
    team, machine = world.startup(), world.workstation()
    mei, kai = world.member(startup=team), world.person(startup=team)
    made = gpu_series.book_series(world.lab, mei, series(machine)).what
    first, second, third, last = (one.id for one in made.bookings)
    alone = gpus.book(world.lab, mei, series(machine, start=TUESDAY + DAY).wish).what
    gpu_life.hand_over(world.lab, mei, last, int(kai.id))
    world.clock.instant = TUESDAY + timedelta(minutes=10)
    ahead = gpu_series.series_ahead(world.lab, mei, first)
    assert ahead is not None
    assert (ahead.id, [one.id for one in ahead.bookings], ahead.late_hours) == (made.id, [second, third], 0)
    assert gpu_series.series_ahead(world.lab, mei, alone.id) is None
    assert gpu_series.series_ahead(world.lab, world.actor(kai), last) is None
    with pytest.raises(Refused) as caught:
        gpu_series.series_ahead(world.lab, world.actor(kai), first)
    assert caught.value.codes == {Code.NOT_YOURS}
    given_back = gpu_series.cancel_series(world.lab, mei, made.id).what
    assert [one.id for one in given_back.bookings] == [second, third]


def test_given_back_late_one_of_them_counts(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    made = gpu_series.book_series(world.lab, mei, series(machine)).what
    world.clock.instant = TUESDAY - timedelta(minutes=59)
    ahead = gpu_series.series_ahead(world.lab, mei, made.bookings[2].id)
    assert ahead is not None
    assert (len(ahead.bookings), ahead.late_hours) == (4, 2)
    gpu_series.cancel_series(world.lab, mei, made.id)
    assert states(world) == [("cancelled", True), *[("cancelled", False)] * 3]


def test_a_series_just_booked_is_undone_as_one(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    done = gpu_series.book_series(world.lab, mei, series(machine))
    gpus.cancel(world.lab, mei, done.what.bookings[0].id)
    assert undo(world.lab, mei, done.entry_id) == "gpus.book_series"
    assert states(world) == [("cancelled", False), *[("undone", False)] * 3]


def test_a_series_in_use_is_not_undone(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    done = gpu_series.book_series(world.lab, mei, series(machine))
    with world.lab.store.write():
        Booking.update(state="checked_in").where(Booking.id == done.what.bookings[0].id).execute()
    with pytest.raises(Refused) as caught:
        undo(world.lab, mei, done.entry_id)
    assert caught.value.codes == {Code.CANNOT_BE_UNDONE}
    assert states(world) == [("checked_in", True), *[("booked", True)] * 3]
    with world.lab.store.write():
        Booking.update(state="cancelled", holds=False).execute()
    with pytest.raises(Refused) as caught:
        undo(world.lab, mei, done.entry_id)
    assert caught.value.codes == {Code.ALREADY_CANCELLED}


def test_giving_a_series_back_is_undone_for_all_or_none(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    made = gpu_series.book_series(world.lab, mei, series(machine)).what
    first = gpu_series.cancel_series(world.lab, mei, made.id)
    assert undo(world.lab, mei, first.entry_id) == "gpus.cancel_series"
    assert states(world) == [("booked", True)] * 4
    second = gpu_series.cancel_series(world.lab, mei, made.id)
    gpus.book(world.lab, world.member(), series(machine, start=TUESDAY + 9 * DAY).wish)
    with pytest.raises(Refused) as caught:
        undo(world.lab, mei, second.entry_id)
    assert caught.value.codes == {Code.GPU_TAKEN}
    assert [state for state, _ in states(world)].count("cancelled") == 4
