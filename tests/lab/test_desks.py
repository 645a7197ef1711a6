"""The floor of a day, claiming and releasing desks."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from lab_tui.errors import Refused
from lab_tui.lab import desks
from lab_tui.lab.desks import ClaimInstead, DeskState, DeskView
from lab_tui.lab.operation import OPERATOR, writing
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables import desks as tables
from lab_tui.store.tables import people as people_tables
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.lab import AuditEntry, Closure
from tests.world import NOW, TODAY, World

TOMORROW = TODAY + timedelta(days=1)


def assign(
    world: World,
    desk: tables.Desk,
    startup: people_tables.Startup,
    person: people_tables.Person | None = None,
    last_day: date = date(2027, 2, 28),
) -> tables.DeskAssignment:
    with world.lab.store.write():
        return tables.DeskAssignment.create(
            desk=desk,
            startup=startup,
            person=person,
            first_day=date(2026, 10, 5),
            last_day=last_day,
            created_at=NOW,
        )


def lend(world: World, given: tables.DeskAssignment, first_day: date, last_day: date) -> None:
    with world.lab.store.write():
        tables.DeskLoan.create(
            assignment=given, desk=given.desk_id, first_day=first_day, last_day=last_day, created_at=NOW
        )


def put_out_of_order(world: World, desk: tables.Desk) -> None:
    with world.lab.store.write():
        tables.Desk.update(out_of_order="wobbles").where(tables.Desk.id == desk.id).execute()


def close_lab(world: World, hours: float) -> None:
    with world.lab.store.write():
        Closure.create(
            reason="typhoon", starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(hours=hours)
        )


def view_of(world: World, desk: tables.Desk, actor: object, day: date = TODAY) -> DeskView:
    floor = desks.floor_on(world.lab, actor, day)  # type: ignore[arg-type]
    return next(one for one in floor.desks if one.id == desk.id)


def codes_of_claim(world: World, actor: object, desk_id: int, day: date = TODAY) -> set[str]:
    with pytest.raises(Refused) as caught:
        desks.claim(world.lab, actor, desk_id, day)  # type: ignore[arg-type]
    return set(caught.value.codes)


# The floor


def test_the_floor_shows_each_desk_as_it_stands_for_whoever_looks(world: World) -> None:
    team = world.startup("Lumen Vision")
    mei, kim = world.person("Mei Chan", startup=team), world.person("Kim Lee", startup=team)
    pool, broken, teams, meis, lent, booked = (world.desk(pool=index < 2) for index in range(6))
    put_out_of_order(world, broken)
    assign(world, teams, team)
    assign(world, meis, team, mei)
    lend(world, assign(world, lent, team, mei), TODAY, TOMORROW)
    lend(world, assign(world, booked, team, mei), TODAY, TOMORROW)
    done = desks.claim(world.lab, world.actor(kim), booked.id, TODAY)

    def states(actor: object, day: date = TODAY) -> list[DeskState]:
        return [view_of(world, one, actor, day).state for one in (pool, broken, teams, meis, lent, booked)]

    free, out, mine, taken = (
        DeskState.POOL_FREE,
        DeskState.OUT_OF_ORDER,
        DeskState.MINE,
        DeskState.TAKEN,
    )
    assert states(world.actor(kim)) == [free, out, mine, taken, DeskState.LENT, mine]
    assert states(world.actor(mei)) == [free, out, mine, mine, DeskState.LENT, taken]
    assert states(world.member()) == [free, out, taken, taken, DeskState.LENT, taken]
    assert states(None) == [free, out, taken, taken, DeskState.LENT, taken]
    after_the_loan = TODAY + timedelta(days=2)
    assert states(world.actor(mei), after_the_loan) == [free, out, mine, mine, mine, mine]

    kims = view_of(world, booked, world.actor(kim))
    assert (kims.holder, kims.person, kims.until) == ("Lumen Vision", "Kim Lee", TODAY)
    assert kims.my_booking_id == done.what.id
    assert view_of(world, booked, world.actor(mei)).my_booking_id is None
    given = view_of(world, meis, world.actor(kim))
    assert (given.holder, given.person, given.until) == ("Lumen Vision", "Mei Chan", date(2027, 2, 28))
    assert desks.floor_on(world.lab, world.actor(kim), TODAY).free_count == 2


def test_nobody_is_named_on_the_home_screen(world: World) -> None:
    team = world.startup("Lumen Vision")
    mei = world.person("Mei Chan", startup=team)
    assign(world, world.desk(pool=False), team, mei)
    desk = world.desk()
    desks.claim(world.lab, world.actor(mei), desk.id, TODAY)
    floor = desks.floor_on(world.lab, None, TODAY)
    assert "Mei" not in repr(floor)
    assert "Lumen" not in repr(floor)
    assert all(one.my_booking_id is None and one.state is not DeskState.MINE for one in floor.desks)


def test_somebody_is_in_while_checked_in_at_the_desk_and_inside_the_lab(world: World) -> None:
    mei = world.person()
    desk = world.desk()
    with world.lab.store.write():
        CheckIn.create(kind="desk", person=mei, desk=desk, day=TODAY, at=NOW)
    actor = world.actor(mei)
    assert not view_of(world, desk, actor).somebody_in
    with world.lab.store.write():
        inside = CheckIn.create(kind="lab", person=mei, day=TODAY, at=NOW)
    assert view_of(world, desk, actor).somebody_in
    assert view_of(world, desk, None).somebody_in
    assert not view_of(world, desk, actor, TOMORROW).somebody_in
    with world.lab.store.write():
        CheckIn.update(closed_at=NOW).where(CheckIn.id == inside.id).execute()
    assert not view_of(world, desk, actor).somebody_in
    with world.lab.store.write():
        CheckIn.update(closed_at=None).where(CheckIn.id == inside.id).execute()
        CheckIn.update(undone_at=NOW).where(CheckIn.kind == "desk").execute()
    assert not view_of(world, desk, actor).somebody_in


def test_a_larger_floor_takes_no_more_queries(world: World) -> None:
    def queries() -> int:
        asked: list[str] = []
        original = world.lab.store.database.execute_sql

        def counting(sql: str, *more: object) -> object:
            asked.append(sql)
            return original(sql, *more)

        world.lab.store.database.execute_sql = counting
        try:
            desks.floor_on(world.lab, None, TODAY)
        finally:
            del world.lab.store.database.execute_sql
        return len(asked)

    world.desk()
    few = queries()
    for _ in range(12):
        desks.claim(world.lab, world.member(), world.desk().id, TODAY)
    assert queries() == few
    assert few >= 3


# Claiming


def test_a_pool_desk_is_claimed_for_a_day_and_audited(world: World) -> None:
    mei = world.person("Mei Chan")
    desk = world.desk(label="E-05")
    done = desks.claim(world.lab, world.actor(mei), desk.id, TOMORROW, request_key="once")
    view = done.what
    assert (view.desk, view.zone, view.person_name, view.state) == ("E-05", "East", "Mei Chan", "booked")
    assert (view.first_day, view.last_day) == (TOMORROW, TOMORROW)
    assert desks.claim(world.lab, world.actor(mei), desk.id, TOMORROW, request_key="once") == done
    with world.lab.store.read():
        entry = AuditEntry.get_by_id(done.entry_id)
    assert (entry.action, entry.subject, entry.subject_id) == ("desks.claim", "desk_booking", view.id)


def test_a_taken_desk_is_refused_with_the_nearest_free_ones(world: World) -> None:
    first, second, third, fourth, fifth = (world.desk() for _ in range(5))
    put_out_of_order(world, fourth)
    desks.claim(world.lab, world.member(), third.id, TODAY)
    with pytest.raises(Refused) as caught:
        desks.claim(world.lab, world.member(), third.id, TODAY)
    assert caught.value.codes == {Code.DESK_TAKEN}
    assert caught.value.reasons[0].facts == {"desk": third.label, "day": TODAY}
    assert caught.value.remedies == tuple(
        ClaimInstead(desk.id, desk.label, "East", TODAY) for desk in (second, first, fifth)
    )
    actor = world.member()
    for remedy in caught.value.remedies:
        assert isinstance(remedy, ClaimInstead)
        done = desks.claim(world.lab, actor, remedy.desk_id, remedy.day)
        desks.release(world.lab, actor, done.what.id)


def test_desks_of_others_are_refused_unless_lent(world: World) -> None:
    team = world.startup("Lumen Vision")
    given, nobodys, lent = (world.desk(pool=False) for _ in range(3))
    assign(world, given, team)
    lend(world, assign(world, lent, team), TODAY, TODAY)
    actor = world.member()
    assert codes_of_claim(world, actor, given.id) == {Code.DESK_ASSIGNED}
    assert codes_of_claim(world, actor, nobodys.id) == {Code.DESK_TAKEN}
    assert codes_of_claim(world, actor, lent.id, TOMORROW) == {Code.DESK_ASSIGNED}
    assert codes_of_claim(world, actor, 999) == {Code.UNKNOWN_DESK}
    assert desks.claim(world.lab, actor, lent.id, TODAY).what.desk_id == lent.id


def test_days_past_and_too_far_ahead_are_refused(world: World) -> None:
    actor, desk = world.member(), world.desk()
    assert codes_of_claim(world, actor, desk.id, TODAY - timedelta(days=1)) == {Code.DAY_PAST}
    assert codes_of_claim(world, actor, desk.id, TODAY + timedelta(days=8)) == {Code.BEYOND_HORIZON}
    assert desks.claim(world.lab, actor, desk.id, TODAY + timedelta(days=7))


def test_today_is_the_labs_day_not_utcs(world: World) -> None:
    world.clock.advance(hours=10)
    actor, desk = world.member(), world.desk()
    assert world.lab.today() == TOMORROW
    assert codes_of_claim(world, actor, desk.id, TODAY) == {Code.DAY_PAST}


def test_one_desk_a_person_a_day_and_a_few_days_ahead(world: World) -> None:
    actor, first, second, _free = world.member(), world.desk(), world.desk(), world.desk()
    for days in range(5):
        desks.claim(world.lab, actor, first.id, TODAY + timedelta(days=days))
    assert codes_of_claim(world, actor, second.id, TODAY + timedelta(days=5)) == {Code.TOO_MANY_DESK_DAYS}
    with pytest.raises(Refused) as caught:
        desks.claim(world.lab, actor, second.id, TODAY)
    assert caught.value.codes == {Code.ALREADY_HAS_DESK, Code.TOO_MANY_DESK_DAYS}
    assert caught.value.reasons[0].facts == {"desk": first.label, "day": TODAY}
    assert caught.value.remedies == ()
    world.clock.advance(days=1)
    assert desks.claim(world.lab, actor, second.id, TODAY + timedelta(days=5))


def test_who_may_have_a_desk(world: World) -> None:
    desk = world.desk()
    for stage in ("applicant", "alumni", "withdrawn"):
        member = world.member(startup=world.startup(f"A team: {stage}", stage=stage))
        assert codes_of_claim(world, member, desk.id) == {Code.NOT_IN_PROGRAMME}
    assert codes_of_claim(world, world.member(role="visitor"), desk.id) == {Code.NOT_ALLOWED}
    assert codes_of_claim(world, OPERATOR, desk.id) == {Code.NOT_ALLOWED}
    incu_tech = world.startup(stage="incu_tech")
    for actor in (world.member(startup=incu_tech), world.member(role="mentor"), world.member(role="staff")):
        done = desks.claim(world.lab, actor, desk.id, TODAY)
        desks.release(world.lab, actor, done.what.id)


def test_a_lab_closed_for_the_rest_of_the_day_has_no_desks(world: World) -> None:
    actor, desk = world.member(), world.desk()
    close_lab(world, hours=9)
    done = desks.claim(world.lab, actor, desk.id, TODAY)
    desks.release(world.lab, actor, done.what.id)
    close_lab(world, hours=10)
    assert codes_of_claim(world, actor, desk.id) == {Code.LAB_CLOSED}
    assert desks.claim(world.lab, actor, desk.id, TOMORROW)
    with world.lab.store.write():
        Closure.update(cancelled=True).execute()
    assert desks.claim(world.lab, actor, desk.id, TODAY)


def test_one_of_many_gets_the_last_desk(world: World) -> None:
    desk = world.desk()
    actors = [world.member() for _ in range(6)]
    together = threading.Barrier(len(actors))

    def try_it(actor: object) -> str:
        together.wait(timeout=30)
        try:
            desks.claim(world.lab, actor, desk.id, TODAY)  # type: ignore[arg-type]
        except Refused as refused:
            return ",".join(refused.codes)
        return "claimed"

    with ThreadPoolExecutor(len(actors)) as pool:
        answers = sorted(pool.map(try_it, actors))
    assert answers == ["claimed", *[str(Code.DESK_TAKEN)] * 5]


def test_claims_at_one_moment_do_not_get_around_the_limit(world: World) -> None:
    actor = world.member()
    wishes = [(world.desk().id, TODAY + timedelta(days=days)) for days in range(8)]
    together = threading.Barrier(len(wishes))

    def try_it(wish: tuple[int, date]) -> str:
        together.wait(timeout=30)
        try:
            desks.claim(world.lab, actor, *wish)
        except Refused as refused:
            return ",".join(refused.codes)
        return "claimed"

    with ThreadPoolExecutor(len(wishes)) as pool:
        answers = sorted(pool.map(try_it, wishes))
    assert answers == ["claimed"] * 5 + [str(Code.TOO_MANY_DESK_DAYS)] * 3


# Releasing


def test_a_released_desk_is_free_for_the_next(world: World) -> None:
    mei, desk = world.member(), world.desk()
    done = desks.claim(world.lab, mei, desk.id, TODAY)
    released = desks.release(world.lab, mei, done.what.id)
    assert released.what.state == "released"
    assert desks.claim(world.lab, world.member(), desk.id, TODAY)
    with pytest.raises(Refused) as caught:
        desks.release(world.lab, mei, done.what.id)
    assert caught.value.codes == {Code.ALREADY_CANCELLED}


def test_only_the_holder_or_staff_release(world: World) -> None:
    mei, desk = world.member(), world.desk()
    booking_id = desks.claim(world.lab, mei, desk.id, TODAY).what.id
    for actor, expected in [
        (world.member(), Code.NOT_YOURS),
        (world.member(role="staff"), Code.NOT_YOURS),
        (world.member(role="visitor"), Code.NOT_ALLOWED),
    ]:
        with pytest.raises(Refused) as caught:
            desks.release(world.lab, actor, booking_id)
        assert caught.value.codes == {expected}
    with pytest.raises(Refused) as caught:
        desks.release(world.lab, mei, 999)
    assert caught.value.codes == {Code.UNKNOWN_BOOKING}
    assert desks.release(world.lab, world.staff(), booking_id).what.state == "released"


def test_what_is_over_is_not_released(world: World) -> None:
    mei, desk = world.member(), world.desk()
    booking_id = desks.claim(world.lab, mei, desk.id, TODAY).what.id
    world.clock.advance(days=1)
    with pytest.raises(Refused) as caught:
        desks.release(world.lab, mei, booking_id)
    assert caught.value.codes == {Code.ALREADY_OVER}


# Undoing


def test_a_claim_is_undone_and_stays_in_history(world: World) -> None:
    mei, desk = world.member(), world.desk()
    booking_id = desks.claim(world.lab, mei, desk.id, TODAY).what.id
    with writing(world.lab):
        desks.undo_claim(world.lab, booking_id)
    with world.lab.store.read():
        kept = tables.DeskBooking.get_by_id(booking_id)
    assert (kept.state, kept.holds) == ("undone", False)
    with pytest.raises(Refused), writing(world.lab):
        desks.undo_claim(world.lab, booking_id)


def test_a_release_is_undone_only_while_the_desk_is_free(world: World) -> None:
    mei, desk, other = world.member(), world.desk(), world.desk()
    booking_id = desks.claim(world.lab, mei, desk.id, TODAY).what.id
    desks.release(world.lab, mei, booking_id)
    with writing(world.lab):
        desks.undo_release(world.lab, booking_id)
    assert view_of(world, desk, mei).my_booking_id == booking_id
    with pytest.raises(Refused), writing(world.lab):
        desks.undo_release(world.lab, booking_id)
    desks.release(world.lab, mei, booking_id)
    desks.claim(world.lab, world.member(), desk.id, TODAY)
    desks.claim(world.lab, mei, other.id, TODAY)
    with pytest.raises(Refused) as caught, writing(world.lab):
        desks.undo_release(world.lab, booking_id)
    assert caught.value.codes == {Code.DESK_TAKEN, Code.ALREADY_HAS_DESK}


# One's own


def test_the_desks_a_person_may_sit_at(world: World) -> None:
    team = world.startup("Lumen Vision")
    mei, kim = world.person(startup=team), world.person(startup=team)
    teams, meis, kims, lent, pool = (world.desk(pool=index == 4) for index in range(5))
    assign(world, teams, team)
    assign(world, meis, team, mei)
    assign(world, kims, team, kim)
    lend(world, assign(world, lent, team, mei), TODAY, TODAY)
    booking = desks.claim(world.lab, world.actor(mei), pool.id, TODAY).what
    with world.lab.store.write():
        CheckIn.create(kind="desk", person=mei, desk=meis, day=TODAY, at=NOW)
    until = date(2027, 2, 28)
    mine = {
        one.desk_id: (one.until, one.booking_id, one.checked_in)
        for one in desks.desks_of(world.lab, world.actor(mei), TODAY)
    }
    assert mine == {
        teams.id: (until, None, False),
        meis.id: (until, None, True),
        pool.id: (TODAY, booking.id, False),
    }
    assert desks.desks_of(world.lab, OPERATOR, TODAY) == ()
