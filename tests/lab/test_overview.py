"""Whole screens read in one picture: Home, My day, Today."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lab_tui.errors import Refused
from lab_tui.lab import checkins, desks, events, gpus, notices
from lab_tui.lab.checkins import CheckInKind
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.home import home
from lab_tui.lab.operation import OPERATOR
from lab_tui.lab.overview import my_day, staff_today
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.events import Event, Offer, SignUp
from lab_tui.store.tables.gpus import Booking, Outage, Workstation
from tests.world import NOW, TODAY, World


def wish(machine_id: int, start_minutes: float, hours: float = 2) -> BookingWish:
    starts_at = NOW + timedelta(minutes=start_minutes)
    return BookingWish(machine_id, (0,), starts_at, starts_at + timedelta(hours=hours), "fine-tuning")


def test_home_shows_the_lab_at_a_glance_and_nobodys_name(world: World) -> None:
    mei = world.person("Mei Chan", startup=world.startup("Lumen Vision"))
    machine = world.workstation("lantau", gpu_count=4)
    gpus.book(world.lab, world.actor(mei), wish(machine.id, 28))
    desks.claim(world.lab, world.actor(mei), world.desk().id, TODAY)
    world.desk()
    checkins.check_in(world.lab, world.actor(mei), CheckInKind.LAB, 0)
    on = world.event("On now", starts_at=NOW - timedelta(hours=1))
    later = world.event("Later", starts_at=NOW + timedelta(hours=1))
    off = world.event("Called off", starts_at=NOW + timedelta(hours=1))
    world.event("Long ago", starts_at=NOW - timedelta(days=2))
    world.event("Far away", starts_at=NOW + timedelta(days=20))
    events.sign_up(world.lab, world.actor(mei), later.id)
    with world.lab.store.write():
        Event.update(cancelled=True).where(Event.id == off.id).execute()

    view = home(world.lab)
    assert view.at == NOW
    assert [one.id for one in view.now_on] == [on.id]
    assert [(one.id, one.seats_left) for one in view.next_on] == [(later.id, 2)]
    assert (view.gpus_free, view.gpus_total) == (4, 4)
    assert view.strip_starts_at == datetime(2026, 11, 22, 6, tzinfo=UTC)
    assert view.strip_slot_minutes == 30
    (model,) = view.gpu_models
    assert (model.model, model.gpu_count) == ("L40S", 4)
    assert model.taken == (0, 0, 1, 1, 1, 1, *[0] * 24)
    assert view.floor.free_count == 1
    assert view.people_inside == 1
    for name in ("Mei", "Lumen", "fine-tuning"):
        assert name not in repr(view)


def test_the_strip_begins_at_a_full_hour_of_a_zone_that_is_off_by_minutes(world: World) -> None:
    section = replace(world.lab.config.lab, zone="Asia/Kathmandu")
    lab = replace(world.lab, config=replace(world.lab.config, lab=section))
    # 12:17 in Kathmandu, which is 5:45 ahead of UTC.
    assert home(lab).strip_starts_at == datetime(2026, 11, 22, 6, 15, tzinfo=UTC)


def test_home_shows_as_many_hours_as_asked(world: World) -> None:
    world.workstation()
    assert [len(model.taken) for model in home(world.lab, hours=24).gpu_models] == [48]


def test_my_day_gathers_what_is_mine(world: World) -> None:
    team = world.startup("Lumen Vision")
    mei, kim = world.person("Mei Chan", startup=team), world.person("Kim Lee", startup=team)
    actor = world.actor(mei)
    machine = world.workstation()
    booked = gpus.book(world.lab, actor, wish(machine.id, 28)).what
    gpus.book(world.lab, world.actor(kim), wish(machine.id, 28 + 120))
    desk = desks.claim(world.lab, actor, world.desk().id, TODAY).what
    desks.claim(world.lab, world.actor(kim), world.desk().id, TODAY)
    going, offered, waiting = (world.event(f"Event {number}") for number in range(3))
    world.event("Not mine")
    with world.lab.store.write():
        for event, state in ((going, "going"), (offered, "offered"), (waiting, "waiting")):
            seat = SignUp.create(event=event, person=mei, state=state, since=NOW)
            if state == "offered":
                Offer.create(sign_up=seat, made_at=NOW, deadline=NOW + timedelta(hours=1))
    checkins.check_in(world.lab, actor, CheckInKind.LAB, 0)

    view = my_day(world.lab, actor)
    assert view.person.name == "Mei Chan"
    assert view.bookings == (booked,)
    assert [one.booking_id for one in view.desks] == [desk.id]
    assert [one.id for one in view.events] == [going.id, waiting.id]
    assert [one.id for one in view.offers] == [offered.id]
    assert view.offers[0].offer_deadline == NOW + timedelta(hours=1)
    assert view.inside_since == NOW
    assert view.quota is not None
    assert view.quota.used == 4
    assert {one.kind for one in view.check_ins} >= {CheckInKind.SESSION, CheckInKind.DESK}
    assert my_day(world.lab, world.actor(kim)).inside_since is None


def test_my_day_tells_what_happened_and_what_is_offered(world: World) -> None:
    mei, ben, machine = world.member(), world.member(), world.workstation()
    offered = [gpus.book(world.lab, mei, wish(machine.id, 28 + 240 * number)).what.id for number in (0, 1)]
    gpus.book(world.lab, ben, wish(machine.id, 28 + 720))
    with world.lab.store.write():
        for booking, minutes in zip(offered, (60, 0), strict=True):
            until = NOW + timedelta(minutes=minutes)
            change = {"state": "offered", "counts": False, "offer_until": until}
            Booking.update(**change).where(Booking.id == booking).execute()
        notices.tell(world.lab, mei.person_id or 0, "offer_made", workstation="lantau")
    view = my_day(world.lab, mei)
    assert [one.kind for one in view.notices] == ["offer_made"]
    # The second has lapsed at this instant.
    assert [one.id for one in view.gpu_offers] == [offered[0]]
    assert view.bookings == ()
    other = my_day(world.lab, ben)
    assert (other.notices, other.gpu_offers) == ((), ())


def test_my_day_is_somebodys(world: World) -> None:
    with pytest.raises(Refused) as caught:
        my_day(world.lab, OPERATOR)
    assert caught.value.codes == {Code.NOT_ALLOWED}
    mentor = my_day(world.lab, world.member(role="mentor"))
    assert (mentor.quota, mentor.bookings, mentor.desks) == (None, (), ())


def test_today_shows_staff_who_came_and_what_is_next(world: World) -> None:
    mei = world.person("Mei Chan", startup=world.startup("Lumen Vision"))
    ada = world.person("Ada Wong", role="mentor")
    with world.lab.store.write():
        for person, hours, closed_at, undone_at in (
            (ada, 30, NOW, None),
            (ada, 3, NOW - timedelta(hours=2), None),
            (mei, 1, None, None),
            (ada, 0.5, None, NOW),
        ):
            came_at = NOW - timedelta(hours=hours)
            day = world.lab.time.day_of(came_at)
            CheckIn.create(
                kind="lab", person=person, day=day, at=came_at, closed_at=closed_at, undone_at=undone_at
            )
    machine = world.workstation()
    soon = gpus.book(world.lab, world.actor(mei), wish(machine.id, 28)).what
    gpus.book(world.lab, world.actor(mei), wish(machine.id, 28 + 240))
    with world.lab.store.write():
        Outage.create(workstation=machine, reason="driver upgrade", starts_at=NOW, ends_at=None)
    today, _next_week = world.event("Today"), world.event("Next", starts_at=NOW + timedelta(days=4))

    staff = world.staff()
    view = staff_today(world.lab, staff)
    assert [(one.name, one.startup_name, one.left_at) for one in view.arrivals] == [
        ("Mei Chan", "Lumen Vision", None),
        ("Ada Wong", "", NOW - timedelta(hours=2)),
    ]
    assert view.inside_count == 1
    assert [one.id for one in view.events] == [today.id]
    assert [one.reason for one in view.outages] == ["driver upgrade"]
    assert (view.bookings_now, view.awaited_bookings) == ((), ())

    world.clock.advance(minutes=13)
    assert [one.id for one in staff_today(world.lab, staff).awaited_bookings] == [soon.id]
    world.clock.advance(minutes=20)
    view = staff_today(world.lab, staff)
    assert [one.id for one in view.bookings_now] == [soon.id]
    checkins.check_in(world.lab, world.actor(mei), CheckInKind.BOOKING, soon.id)
    view = staff_today(world.lab, staff)
    assert [one.id for one in view.bookings_now] == [soon.id]
    assert view.awaited_bookings == ()


def test_somebody_is_awaited_from_when_the_machine_lets_them_check_in(world: World) -> None:
    machine, staff = world.workstation(), world.staff()
    with world.lab.store.write():
        Workstation.update(policy='{"check_in_opens_minutes": 60}').where(
            Workstation.id == machine.id
        ).execute()
    booked = gpus.book(world.lab, world.member(), wish(machine.id, 28 + 60)).what
    world.clock.advance(minutes=28)
    assert [one.id for one in staff_today(world.lab, staff).awaited_bookings] == [booked.id]
    world.clock.advance(milliseconds=-1)
    assert staff_today(world.lab, staff).awaited_bookings == ()


def test_today_is_for_staff_who_signed_in_and_stewards(world: World) -> None:
    for actor in (world.member(), world.member(role="staff")):
        with pytest.raises(Refused):
            staff_today(world.lab, actor)
    steward = replace(world.member(role="steward"), signed_in=True)
    assert staff_today(world.lab, steward).arrivals == ()
