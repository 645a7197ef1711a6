"""What is told of bookings beforehand: how a machine can be booked, what hits one, what another end costs."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from lab_tui.errors import Refused
from lab_tui.lab import closures, gpu_blocked, gpu_life, gpu_outages, gpu_weeks, gpus, notices
from lab_tui.lab.gpu_views import Reach
from lab_tui.lab.gpus import BookingView, BookingWish, QuotaUse
from lab_tui.lab.operation import Actor
from lab_tui.store.tables import gpus as tables
from tests.world import NOW, TODAY, World

HOUR = timedelta(hours=1)
THREE = NOW.replace(minute=0) + HOUR


def book(world: World, actor: Actor, machine: tables.Workstation, hours: float = 2) -> BookingView:
    """GPU 0 from three o'clock on."""
    wish = BookingWish(int(machine.id), (0,), THREE, THREE + hours * HOUR)
    return gpus.book(world.lab, actor, wish).what


# How a person can book


def test_each_machine_has_its_own_grid_and_horizon(world: World) -> None:
    plain, hourly = world.workstation("lantau"), world.workstation("sha-tin")
    policy = {"slot_minutes": 60, "shortest_minutes": 60, "horizon_days": 7}
    with world.lab.store.write():
        row = tables.Workstation.id == hourly.id
        tables.Workstation.update(policy=json.dumps(policy)).where(row).execute()
    mei = world.member()
    until = world.lab.time.day_span(world.cohort.last_day)[1]
    reaches = gpus.day_view(world.lab, mei, TODAY).reaches
    assert reaches == {int(plain.id): Reach(30, 14, until), int(hourly.id): Reach(60, 7, until)}
    week = gpu_weeks.week_view(world.lab, mei, int(plain.id), TODAY)
    assert week.reaches == reaches


def test_no_shows_bring_the_horizon_nearer_and_nobody_has_none(world: World) -> None:
    machine, person = world.workstation("lantau"), world.person()
    policy = world.lab.config.gpus
    with world.lab.store.write():
        for number in range(policy.no_shows_allowed + 1):
            starts_at = NOW - (number + 1) * 2 * HOUR
            tables.Booking.create(
                workstation=machine,
                person=person,
                startup=person.startup_id,
                starts_at=starts_at,
                ends_at=starts_at + HOUR,
                created_at=NOW,
                state="no_show",
                holds=False,
            )
            gpu = tables.Gpu.get(tables.Gpu.workstation == machine)
            tables.BookingGpu.create(
                booking=tables.Booking.select().order_by(tables.Booking.id.desc()).get(),
                gpu=gpu,
                starts_at=starts_at,
                ends_at=starts_at + HOUR,
                holds=False,
            )
    (reach,) = gpus.day_view(world.lab, world.actor(person), TODAY).reaches.values()
    assert reach.horizon_days == policy.no_show_horizon_days < policy.horizon_days
    assert gpus.day_view(world.lab, None, TODAY).reaches == {}


def test_what_a_reach_says_is_what_can_be_booked(world: World) -> None:
    machine, mei = world.workstation("lantau"), world.member()
    reach = gpus.day_view(world.lab, mei, TODAY).reaches[int(machine.id)]
    last = THREE + timedelta(days=reach.horizon_days)
    wish = BookingWish(int(machine.id), (0,), last, last + HOUR)
    gpus.preview(world.lab, mei, wish)
    beyond = BookingWish(int(machine.id), (0,), last + timedelta(days=1), last + timedelta(days=1) + HOUR)
    with pytest.raises(Refused) as refused:
        gpus.preview(world.lab, mei, beyond)
    assert refused.value.codes == {"beyond_horizon"}


# What hits a booking


def test_only_what_still_comes_of_a_booking_is_hit(world: World) -> None:
    lantau, other, mei, staff = (
        world.workstation("lantau"),
        world.workstation(),
        world.member(),
        world.staff(),
    )
    mine = book(world, mei, lantau, 3)
    gpu_outages.put_out_of_service(world.lab, staff, int(other.id), THREE, None, "Fan broken")
    assert gpu_blocked.hits_of(world.lab, [mine]) == {}
    gpu_outages.put_out_of_service(world.lab, staff, int(lantau.id), THREE, THREE + HOUR, "Fan broken")
    hit = gpu_blocked.hits_of(world.lab, [mine])[mine.id]
    assert (hit.blocked.reason, hit.blocked.ends_at, hit.is_closure) == ("Fan broken", THREE + HOUR, False)
    page = gpus.day_view(world.lab, mei, TODAY)
    assert gpu_blocked.hit_in(page, mine, world.lab.now()) == hit
    # The machine works again; the rest is as booked.
    world.clock.instant = THREE + HOUR
    assert gpu_blocked.hits_of(world.lab, [mine]) == {}
    assert gpu_blocked.hits_of(world.lab, []) == {}


def test_a_closure_hits_every_machine(world: World) -> None:
    mei = world.member()
    mine = book(world, mei, world.workstation("lantau"))
    closures.plan_closure(world.lab, world.staff(), THREE + HOUR, THREE + 3 * HOUR, "Typhoon")
    hit = gpu_blocked.hits_of(world.lab, [mine])[mine.id]
    assert (hit.blocked.reason, hit.is_closure) == ("Typhoon", True)


def test_the_news_of_a_split_names_what_stays(world: World) -> None:
    lantau, mei, staff = world.workstation("lantau"), world.member(), world.staff()
    world.workstation("kowloon")
    mine = book(world, mei, lantau)
    with world.lab.store.write():
        tables.Booking.update(state="checked_in").where(tables.Booking.id == mine.id).execute()
    world.clock.instant = THREE
    gpu_outages.put_out_of_service(world.lab, staff, int(lantau.id), THREE + HOUR, None, "Fan broken")
    gpu_outages.relocate_to_nearest(world.lab, staff, mine.id, "Fan broken")
    (told,) = notices.unseen(world.lab, mei)
    assert told.facts["stays_until"] == THREE + HOUR
    assert (told.facts["was_start"], told.facts["start"]) == (THREE, THREE + HOUR)


# What another end costs


def test_another_end_is_reckoned_before_it_is_chosen(world: World) -> None:
    mei = world.member()
    world.clock.advance(hours=-6)
    mine = book(world, mei, world.workstation("lantau"))
    for hours, after in ((2, 2.0), (3, 3.0), (1, 1.0)):
        preview = gpu_life.preview_end(world.lab, mei, mine.id, THREE + hours * HOUR)
        assert (preview.before, preview.after) == (QuotaUse(2.0, 80), QuotaUse(after, 80))
    # Too late for that: what is cut off counts as before.
    world.clock.instant = THREE
    preview = gpu_life.preview_end(world.lab, mei, mine.id, THREE + HOUR)
    assert (preview.before, preview.after) == (QuotaUse(2.0, 80), QuotaUse(2.0, 80))


def test_the_end_of_somebody_elses_booking_is_nobodys_business(world: World) -> None:
    mine = book(world, world.member(), world.workstation("lantau"))
    with pytest.raises(Refused) as refused:
        gpu_life.preview_end(world.lab, world.member(), mine.id, THREE + HOUR)
    assert refused.value.codes == {"not_yours"}
