"""What time brings about is done when due or overdue, once, whoever does it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from lab_tui.lab import caretaker, checkins, events, gpus
from lab_tui.lab.caretaker import DutyDone, run_due
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.events import Offer, SignUp
from lab_tui.store.tables.gpus import Booking
from lab_tui.store.tables.lab import AuditEntry, CaretakerDuty
from tests.world import NOW, TODAY, World

NOTHING = (
    DutyDone("release_no_shows", 0),
    DutyDone("end_ended", 0),
    DutyDone("lapse_offers", 0),
    DutyDone("nightly_exits", 0),
)


def fill(world: World) -> None:
    """One thing for each duty, due in two hours or overnight."""
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
    assert counts(run_due(world.lab)) == counts(NOTHING)
    world.clock.advance(hours=2)
    done = counts(run_due(world.lab))
    assert done == {"release_no_shows": 1, "end_ended": 1, "lapse_offers": 1, "nightly_exits": 0}
    world.clock.advance(hours=12)
    assert counts(run_due(world.lab)) == {**counts(NOTHING), "nightly_exits": 1}
    world.clock.advance(hours=12)
    assert run_due(world.lab) == NOTHING
    assert checkins.inside_count(world.lab) == 0


def test_a_stop_of_days_is_caught_up_in_one_go(world: World) -> None:
    fill(world)
    run_due(world.lab)
    world.clock.advance(days=30)
    assert set(counts(run_due(world.lab)).values()) == {1}


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
        assert CaretakerDuty.select().count() == 4
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
    assert set(counts(run_due(world.lab)).values()) == {1}


def test_one_duty_that_fails_keeps_no_other_from_being_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_lab: object) -> int:
        Booking.update(purpose="half done").execute()
        raise ZeroDivisionError

    duties = (
        ("release_no_shows", broken),
        ("end_ended", gpus.end_ended),
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
