"""What is given back too late: how much of it counts is known beforehand, and said afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lab_tui.config import LabConfig
from lab_tui.lab import checkins, gpu_life, gpu_outages, gpu_views, gpus
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.lab.operation import OPERATOR, Actor
from lab_tui.store.tables.gpus import Workstation
from tests.world import PLAIN, World

# 15:00 in Hong Kong, half an hour after the world's clock.
THREE = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def book(
    world: World, actor: Actor, machine: Workstation, start: datetime = THREE, hours: float = 4
) -> BookingView:
    """Two GPUs for some hours."""
    wish = BookingWish(machine.id, (0, 1), start, start + hours * HOUR)
    return gpus.book(world.lab, actor, wish).what


def test_cancelled_late_the_hours_count(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    late, soon = book(world, mei, machine), book(world, mei, machine, THREE + 6 * HOUR)
    for booking, hours in ((late, 8.0), (soon, 0.0)):
        assert gpus.late_hours(world.lab, mei, booking.id) == hours
        assert gpus.cancel(world.lab, mei, booking.id).late_hours == hours


def test_what_costs_no_quota_does_not_count_however_late(world: World) -> None:
    off_peak = replace(PLAIN, off_peak_from="16:00", off_peak_until="08:00")
    world.lab = replace(world.lab, config=LabConfig(gpus=off_peak))
    mei, staff, machine = world.member(), world.staff(), world.workstation()
    partly = book(world, mei, machine)
    assert gpus.cancel(world.lab, mei, partly.id).late_hours == 2
    theirs = book(world, staff, machine)
    assert gpus.late_hours(world.lab, staff, theirs.id) == 0
    assert gpus.cancel(world.lab, staff, theirs.id).late_hours == 0


def test_what_an_outage_hits_is_never_late(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, machine)
    gpu_outages.put_out_of_service(world.lab, OPERATOR, machine.id, THREE, THREE + HOUR, "fan")
    assert gpus.late_hours(world.lab, mei, booking.id) == 0
    assert gpus.cancel(world.lab, mei, booking.id).late_hours == 0


def test_what_runs_is_live_and_stands_as_it_is(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, machine)
    for state in ("booked", "checked_in"):
        assert gpu_views.state_at(replace(booking, state=state), THREE + HOUR) == state
    assert gpu_views.is_live(booking, booking.ends_at - HOUR)
    assert not gpu_views.is_live(booking, booking.ends_at)
    assert not gpu_views.is_live(replace(booking, state="cancelled"), THREE)


def test_shortened_late_what_is_cut_off_counts(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, machine)
    assert gpu_life.shorten(world.lab, mei, booking.id, THREE + HOUR).late_hours == 6
    early = book(world, mei, machine, THREE + 6 * HOUR)
    assert gpu_life.shorten(world.lab, mei, early.id, THREE + 7 * HOUR).late_hours == 0


@pytest.mark.parametrize(("came", "hours"), [(False, 6.0), (True, 0.0)])
def test_finished_what_is_left_counts_for_who_never_came(world: World, came: bool, hours: float) -> None:
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, machine)
    world.clock.advance(minutes=33)
    if came:
        checkins.check_in(world.lab, mei, checkins.CheckInKind.BOOKING, booking.id)
    world.clock.advance(hours=1)
    assert gpu_life.late_hours_when_finished(world.lab, mei, booking.id) == hours
    done = gpu_life.finish(world.lab, mei, booking.id)
    assert (done.what.ends_at, done.late_hours) == (THREE + HOUR, hours)
    # The caretaker has not come by; it is over all the same.
    assert gpu_views.state_at(done.what, world.lab.now()) == "ended"
    assert not gpu_views.is_live(done.what, world.lab.now())


def test_moved_late_the_old_hours_count_and_a_repeat_says_the_same(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, machine)
    wish = BookingWish(machine.id, (0, 1), THREE + 6 * HOUR, THREE + 8 * HOUR)
    moved = gpu_life.move(world.lab, mei, booking.id, wish, request_key="m1")
    assert (moved.late_hours, moved.repeated) == (8, False)
    again = gpu_life.move(world.lab, mei, booking.id, wish, request_key="m1")
    assert (again, again.repeated) == (moved, True)
