"""What time brings about is done when due or overdue, once, whoever does it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from lab_tui.errors import Refused
from lab_tui.lab import caretaker, checkins, events, gpu_duties, notices
from lab_tui.lab.caretaker import DutyDone, DutyHeld, run_due
from lab_tui.lab.operation import OPERATOR, Actor
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.events import Offer, SignUp
from lab_tui.store.tables.gpus import Booking
from lab_tui.store.tables.lab import AuditEntry, CaretakerDuty, Closure
from tests.world import NOW, TODAY, World

DUTIES = (
    "release_no_shows",
    "end_ended",
    "give_back_after_membership",
    "lapse_gpu_offers",
    "offer_freed_gpus",
    "lapse_offers",
    "nightly_exits",
)
NOTHING = tuple(DutyDone(duty, 0) for duty in DUTIES)
NONE_DONE = dict.fromkeys(DUTIES, 0)
ONE_OF_EACH = {"release_no_shows": 1, "end_ended": 1, "lapse_offers": 1, "nightly_exits": 1}


def fill(world: World) -> None:
    """Something for most duties, due in two hours or overnight."""
    machine = world.workstation()
    with world.lab.store.write():
        for state, hours in (("booked", 3), ("checked_in", 1)):
            Booking.create(
                workstation=machine,
                person=people_id(world),
                starts_at=NOW,
                ends_at=NOW + timedelta(hours=hours),
                state=state,
                created_at=NOW,
            )
    event = world.event(starts_at=NOW + timedelta(days=3))
    late, inside = people_id(world), people_id(world)
    with world.lab.store.write():
        seat = SignUp.create(event=event, person=late, state="offered", since=NOW)
        Offer.create(sign_up=seat, made_at=NOW, deadline=NOW + timedelta(hours=1))
        CheckIn.create(kind="lab", person=inside, day=TODAY, at=NOW)


def people_id(world: World) -> int:
    return int(world.person().id)


def counts(done: tuple[DutyDone, ...]) -> dict[str, int]:
    return {one.duty: one.count for one in done}


def test_nothing_is_due_at_first_and_nothing_again_at_once(world: World) -> None:
    assert run_due(world.lab) == NOTHING
    world.clock.advance(seconds=20)
    assert run_due(world.lab) == ()
    world.clock.advance(milliseconds=1)
    assert run_due(world.lab) == NOTHING


def test_everything_due_is_done_once(world: World) -> None:
    fill(world)
    assert counts(run_due(world.lab)) == NONE_DONE
    world.clock.advance(hours=2)
    assert counts(run_due(world.lab)) == {**NONE_DONE, **ONE_OF_EACH, "nightly_exits": 0}
    world.clock.advance(hours=12)
    assert counts(run_due(world.lab)) == {**NONE_DONE, "nightly_exits": 1}
    world.clock.advance(hours=12)
    assert run_due(world.lab) == NOTHING
    assert checkins.inside_count(world.lab) == 0


def test_a_stop_of_days_is_caught_up_in_one_go(world: World) -> None:
    fill(world)
    run_due(world.lab)
    world.clock.advance(days=30)
    assert counts(run_due(world.lab)) == {**NONE_DONE, **ONE_OF_EACH}


def test_many_kiosks_do_each_thing_once(world: World) -> None:
    fill(world)
    world.clock.advance(hours=20)
    together = threading.Barrier(5)

    def kiosk(_number: int) -> int:
        together.wait(timeout=30)
        return sum(one.count for one in run_due(world.lab))

    with ThreadPoolExecutor(5) as pool:
        assert sum(pool.map(kiosk, range(5))) == 4
    with world.lab.store.read():
        actions = [entry.action for entry in AuditEntry.select() if entry.via == "caretaker"]
        assert CaretakerDuty.select().count() == len(DUTIES)
    assert actions.count("gpus.release_no_show") == 1


def test_a_clock_that_went_back_stops_every_duty_until_it_has_caught_up(world: World) -> None:
    fill(world)
    world.clock.advance(days=3)
    run_due(world.lab)
    fill(world)
    world.clock.advance(days=-1)
    assert run_due(world.lab) == NOTHING
    with world.lab.store.read():
        assert {row.last_done_at for row in CaretakerDuty.select()} == {NOW + timedelta(days=3)}
    world.clock.advance(days=2)
    assert counts(run_due(world.lab)) == {**NONE_DONE, **ONE_OF_EACH}


def test_one_duty_that_fails_keeps_no_other_from_being_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_lab: object) -> int:
        Booking.update(purpose="half done").execute()
        raise ZeroDivisionError

    duties = (
        ("release_no_shows", broken),
        ("end_ended", gpu_duties.end_ended),
        ("lapse_offers", events.lapse_offers),
    )
    monkeypatch.setattr(caretaker, "_DUTIES", duties)
    fill(world)
    world.clock.advance(hours=2)
    with pytest.raises(ZeroDivisionError):
        run_due(world.lab)
    with world.lab.store.read():
        assert {row.name for row in CaretakerDuty.select()} == {"end_ended", "lapse_offers"}
        assert not Booking.select().where(Booking.purpose != "").exists()
        assert Booking.select().where(Booking.state == "ended").count() == 1


# A clock that jumps


def bookings_in(world: World, hours: float, count: int) -> Actor:
    """Somebody's bookings on as many machines, one hour each, all at one time."""
    actor = world.member()
    machines = [world.workstation() for _ in range(count)]
    start = world.clock.now() + timedelta(hours=hours)
    with world.lab.store.write():
        for machine in machines:
            Booking.create(
                workstation=machine,
                person=actor.person_id,
                starts_at=start,
                ends_at=start + timedelta(hours=1),
                created_at=NOW,
            )
    return actor


def states(world: World) -> dict[str, int]:
    with world.lab.store.read():
        found = [booking.state for booking in Booking.select()]
    return {state: found.count(state) for state in set(found)}


def test_after_a_clock_jump_staff_are_asked_before_many_bookings_are_released(world: World) -> None:
    run_due(world.lab)
    actor, staff = bookings_in(world, hours=1, count=21), world.staff()
    world.clock.advance(days=400)
    waiting = DutyDone("release_no_shows", 21, waits=True)
    for _ in range(2):
        assert waiting in run_due(world.lab)
        world.clock.advance(minutes=1)
    assert states(world) == {"booked": 21}
    assert caretaker.held_duties(world.lab, staff) == (DutyHeld("release_no_shows", 21, NOW),)
    assert notices.unseen(world.lab, actor) == ()
    done = caretaker.confirm_catch_up(world.lab, staff)
    assert done.what == (DutyDone("release_no_shows", 21),)
    assert states(world) == {"no_show": 21}
    assert len(notices.unseen(world.lab, actor)) == 21
    with world.lab.store.read():
        entry = AuditEntry.get_by_id(done.entry_id)
        assert (entry.actor_id, entry.action) == (staff.person_id, "caretaker.confirm_catch_up")
        assert entry.facts == '{"release_no_shows": 21}'
    assert caretaker.held_duties(world.lab, staff) == ()
    world.clock.advance(minutes=1)
    assert run_due(world.lab) == NOTHING
    with pytest.raises(Refused) as caught:
        caretaker.confirm_catch_up(world.lab, staff)
    assert caught.value.codes == {Code.NOTHING_CHANGES}


def test_a_long_stop_with_a_handful_due_just_catches_up(world: World) -> None:
    run_due(world.lab)
    bookings_in(world, hours=1, count=20)
    world.clock.advance(days=400)
    assert DutyDone("release_no_shows", 20) in run_due(world.lab)
    assert states(world) == {"no_show": 20}


def test_many_due_without_a_jump_are_done_without_asking(world: World) -> None:
    run_due(world.lab)
    bookings_in(world, hours=1, count=25)
    world.clock.advance(days=1)
    assert DutyDone("release_no_shows", 25) in run_due(world.lab)


def test_what_waits_is_not_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def bulk(_lab: object) -> int:
        tried.append(1)
        return 100 if len(tried) > 1 else 0

    monkeypatch.setattr(caretaker, "_DUTIES", (("release_no_shows", bulk),))
    run_due(world.lab)
    for _ in range(3):
        world.clock.advance(days=2)
        run_due(world.lab)
    assert len(tried) == 2


def test_the_first_run_ever_asks_nobody(world: World) -> None:
    bookings_in(world, hours=1, count=25)
    world.clock.advance(days=30)
    assert DutyDone("release_no_shows", 25) in run_due(world.lab)


def test_a_clock_that_is_set_right_again_needs_no_confirmation(world: World) -> None:
    run_due(world.lab)
    bookings_in(world, hours=1, count=30)
    world.clock.advance(days=400)
    run_due(world.lab)
    world.clock.instant = NOW + timedelta(minutes=10)
    (held,) = [one for one in caretaker.held_duties(world.lab, OPERATOR) if one.count]
    assert held == DutyHeld("release_no_shows", 30, NOW)
    assert DutyDone("release_no_shows", 0) in run_due(world.lab)
    assert states(world) == {"booked": 30}
    # The other duties ran in the year to come; staff say that the clock is right now.
    behind = caretaker.held_duties(world.lab, OPERATOR)
    assert {one.duty for one in behind} == set(DUTIES) - {"release_no_shows"}
    assert {one.last_done_at for one in behind} == {NOW + timedelta(days=400)}
    caretaker.confirm_catch_up(world.lab, OPERATOR)
    assert caretaker.held_duties(world.lab, OPERATOR) == ()
    world.clock.advance(hours=2)
    assert DutyDone("release_no_shows", 30) in run_due(world.lab)


def test_only_staff_who_signed_in_confirm(world: World) -> None:
    run_due(world.lab)
    bookings_in(world, hours=1, count=21)
    world.clock.advance(days=2)
    run_due(world.lab)
    unsigned = world.actor(world.person(role="staff"))
    steward = world.actor(world.person(role="steward"), signed_in=True)
    wrong = {unsigned: Code.SIGN_IN_NEEDED, steward: Code.NOT_ALLOWED, world.member(): Code.NOT_ALLOWED}
    for actor, code in wrong.items():
        with pytest.raises(Refused) as caught:
            caretaker.confirm_catch_up(world.lab, actor)
        assert caught.value.codes == {code}
    assert states(world) == {"booked": 21}


def test_two_kiosks_after_a_jump_neither_release_nor_confirm_twice(world: World) -> None:
    run_due(world.lab)
    actor, staff = bookings_in(world, hours=1, count=25), world.staff()
    world.clock.advance(days=3)
    together = threading.Barrier(2)

    def at_once(act: object) -> object:
        together.wait(timeout=30)
        try:
            return act()  # type: ignore[operator]
        except Refused as refusal:
            return refusal.codes

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(at_once, [lambda: run_due(world.lab)] * 2))
        assert states(world) == {"booked": 25}
        confirmed = list(pool.map(at_once, [lambda: caretaker.confirm_catch_up(world.lab, staff)] * 2))
    assert confirmed.count({Code.NOTHING_CHANGES}) == 1
    assert states(world) == {"no_show": 25}
    assert len(notices.unseen(world.lab, actor)) == 25


def test_a_closed_lab_and_a_stop_are_nobodys_fault_but_sleep_is(world: World) -> None:
    """The kiosk is off over a holiday: who was kept out is excused, who came back late is not."""
    run_due(world.lab)
    early, late = bookings_in(world, hours=10, count=1), bookings_in(world, hours=40, count=1)
    with world.lab.store.write():
        Closure.create(reason="Holiday", starts_at=NOW, ends_at=NOW + timedelta(hours=30))
    world.clock.advance(days=4)
    done = counts(run_due(world.lab))
    assert (done["release_no_shows"], done["end_ended"]) == (1, 1)
    assert notices.unseen(world.lab, early) == ()
    assert [one.kind for one in notices.unseen(world.lab, late)] == ["no_show"]
