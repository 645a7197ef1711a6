"""What a dashboard shows: how every GPU stands at this moment, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lab_tui.lab import gpu_now, gpu_outages, gpus
from lab_tui.lab.gpu_now import GpuState
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.operation import OPERATOR
from lab_tui.store.tables.gpus import Booking, Workstation
from lab_tui.store.tables.lab import Closure
from lab_tui.store.tables.people import Person
from tests.world import NOW, World

HOUR = timedelta(hours=1)
THREE = NOW.replace(minute=0) + HOUR


@pytest.fixture
def kowloon(world: World) -> Workstation:
    return world.workstation("kowloon", gpu_count=2)


@pytest.fixture
def mei(world: World) -> Person:
    return world.person("Mei Chan", startup=world.startup("Lumen Vision"))


def book(world: World, person: Person, machine: Workstation, hours: int = 2) -> int:
    wish = BookingWish(machine.id, (0,), THREE, THREE + hours * HOUR)
    return gpus.book(world.lab, world.actor(person), wish).what.id


def shown(world: World) -> list[tuple[str, int, str, str, object]]:
    return [
        (one.workstation, one.gpu_number, one.state.value, one.startup or one.reason, one.until)
        for one in gpu_now.now(world.lab)
    ]


def test_free_and_booked_gpus_say_what_comes_next(world: World, kowloon: Workstation, mei: Person) -> None:
    world.workstation("lantau", gpu_count=1)
    book(world, mei, kowloon)
    assert shown(world) == [
        ("kowloon", 0, "free", "", THREE),
        ("kowloon", 1, "free", "", None),
        ("lantau", 0, "free", "", None),
    ]
    world.clock.instant = THREE
    assert shown(world)[0] == ("kowloon", 0, "booked", "Lumen Vision", THREE + 2 * HOUR)
    world.clock.instant = THREE + 2 * HOUR
    assert shown(world)[0] == ("kowloon", 0, "free", "", None)


def test_who_is_there_and_what_is_only_offered_are_told_apart(
    world: World, kowloon: Workstation, mei: Person
) -> None:
    booking = book(world, mei, kowloon)
    world.clock.instant = THREE
    for state, more in (("checked_in", {}), ("offered", {"offer_until": THREE + HOUR, "counts": False})):
        with world.lab.store.write():
            Booking.update(state=state, **more).where(Booking.id == booking).execute()
        assert gpu_now.now(world.lab)[0].state == GpuState(state)


def test_no_person_is_named(world: World, kowloon: Workstation, mei: Person) -> None:
    book(world, mei, kowloon)
    world.clock.instant = THREE
    assert "Mei" not in repr(gpu_now.now(world.lab))


def test_a_machine_out_of_service_says_why_and_until_when(
    world: World, kowloon: Workstation, mei: Person
) -> None:
    book(world, mei, kowloon)
    gpu_outages.put_out_of_service(
        world.lab, OPERATOR, kowloon.id, THREE + HOUR, THREE + 4 * HOUR, "new driver"
    )
    world.clock.instant = THREE
    assert shown(world) == [
        ("kowloon", 0, "booked", "Lumen Vision", THREE + HOUR),
        ("kowloon", 1, "free", "", THREE + HOUR),
    ]
    world.clock.instant = THREE + HOUR
    assert shown(world)[0] == ("kowloon", 0, "out_of_service", "new driver", THREE + 4 * HOUR)
    gpu_outages.put_out_of_service(world.lab, OPERATOR, kowloon.id, THREE + HOUR, None, "smoke")
    assert shown(world)[1] == ("kowloon", 1, "out_of_service", "smoke", None)


def test_a_closed_lab_says_so(world: World, kowloon: Workstation) -> None:
    with world.lab.store.write():
        Closure.create(reason="Typhoon signal 8", starts_at=NOW, ends_at=NOW + 3 * HOUR)
    assert shown(world)[0] == ("kowloon", 0, "closed", "Typhoon signal 8", NOW + 3 * HOUR)


def test_retired_machines_are_not_shown(world: World, kowloon: Workstation) -> None:
    with world.lab.store.write():
        Workstation.update(retired=True).execute()
    assert shown(world) == []
