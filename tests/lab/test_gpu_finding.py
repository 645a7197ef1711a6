"""Find me some GPUs: five places that can be booked as they are, and clear words where nothing could be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lab_tui.config import LabConfig
from lab_tui.errors import Refused
from lab_tui.lab import gpu_finding, gpu_outages, gpus
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.operation import OPERATOR, Actor
from lab_tui.lab.rules.finding import Search
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.gpus import Workstation
from lab_tui.store.tables.lab import Closure
from lab_tui.store.tables.people import Startup
from tests.world import NOW, PLAIN, World

# 15:00 in Hong Kong, half an hour after the world's clock.
THREE = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def search(gpus: int = 1, hours: float = 2, **more: object) -> Search:
    """Some GPUs within a day from three."""
    return replace(Search(gpus, hours * HOUR, THREE, THREE + DAY), **more)  # type: ignore[arg-type]


def refused(act: Callable[[], object]) -> frozenset[str]:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.codes


def taken(world: World, machine: Workstation, start: datetime, hours: float, gpus_: tuple[int, ...]) -> None:
    gpus.book(world.lab, world.member(), BookingWish(machine.id, gpus_, start, start + hours * HOUR))


def found(world: World, actor: Actor, wanted: Search) -> list[tuple[str, float, tuple[int, ...]]]:
    return [
        (one.workstation, (one.wish.starts_at - THREE) / HOUR, one.wish.gpu_numbers)
        for one in gpu_finding.find(world.lab, actor, wanted)
    ]


def test_the_soonest_places_come_first_and_each_can_be_booked(world: World) -> None:
    lantau, kowloon = world.workstation("lantau"), world.workstation("kowloon")
    taken(world, lantau, THREE, 3, (0, 1))
    taken(world, lantau, THREE + 7 * HOUR, 2, (0,))
    taken(world, kowloon, THREE, 1, (1,))
    mei = world.member()
    assert found(world, mei, search(2)) == [
        ("kowloon", 1, (0, 1)),
        ("lantau", 3, (0, 1)),
        ("lantau", 9, (0, 1)),
    ]
    # One GPU fits beside what is booked, where the least time is left over.
    assert found(world, mei, search())[0] == ("kowloon", 0, (0,))
    places = gpu_finding.find(world.lab, mei, search(2))
    for place in places:
        assert gpus.preview(world.lab, world.member(), place.wish).wish == place.wish
        gpus.book(world.lab, world.member(), place.wish)
    assert [one.keeps_time for one in places] == [False] * 3


def test_memory_machine_and_number_narrow_it_down(world: World) -> None:
    world.workstation("small", 4)
    large = world.workstation("large", 2)
    with world.lab.store.write():
        Workstation.update(gpu_memory_gb=80).where(Workstation.id == large.id).execute()
    mei = world.member()
    assert [place[0] for place in found(world, mei, search(2))] == ["large", "small"]
    assert [place[0] for place in found(world, mei, search(2, memory_at_least=49))] == ["large"]
    assert [place[0] for place in found(world, mei, search(3))] == ["small"]
    assert [place[0] for place in found(world, mei, search(workstation_id=large.id))] == ["large"]


def test_outages_closures_and_quotas_are_kept(world: World) -> None:
    world.lab = replace(world.lab, config=LabConfig(gpus=replace(PLAIN, startup_hours_a_week=9)))
    machine = world.workstation("lantau")
    mei = world.member()
    gpu_outages.put_out_of_service(world.lab, world.staff(), machine.id, NOW, THREE + HOUR, "fan")
    with world.lab.store.write():
        Closure.create(reason="Typhoon", starts_at=THREE + 2 * HOUR, ends_at=THREE + 4 * HOUR)
    gpus.book(world.lab, mei, BookingWish(machine.id, (0, 1), THREE + 4 * HOUR, THREE + 8 * HOUR))
    assert found(world, world.member(), search(2)) == [("lantau", 8, (0, 1))]
    # One GPU-hour is left of this week's nine; the next week begins nine hours after three.
    assert found(world, mei, search(2, hours=1)) == [("lantau", 8.5, (0, 1))]
    assert found(world, world.member(), search(2, hours=1))[0] == ("lantau", 1, (0, 1))


def test_nothing_is_found_in_a_full_lab(world: World) -> None:
    machine = world.workstation()
    taken(world, machine, THREE, 24, (0, 1))
    assert found(world, world.member(), search(latest=THREE + DAY)) == []


def test_who_may_have_nothing_of_what_is_free_is_told_why(world: World) -> None:
    world.lab = replace(
        world.lab,
        config=LabConfig(gpus=replace(PLAIN, person_bookings_open=2, person_hours_a_week=4, gap_minutes=60)),
    )
    machine, mei, kai = world.workstation("lantau"), world.member(), world.member()
    monday = THREE + 9 * HOUR

    def codes(actor: Actor, wanted: Search) -> frozenset[str]:
        return refused(lambda: gpu_finding.find(world.lab, actor, wanted))

    gpus.book(world.lab, mei, BookingWish(machine.id, (0,), THREE, THREE + 3 * HOUR))
    assert codes(mei, search(latest=monday)) == {Code.PERSON_QUOTA}
    assert codes(mei, search(hours=0.5, earliest=THREE + 3 * HOUR, latest=THREE + 3.5 * HOUR)) == {
        Code.GAP_TOO_SHORT
    }
    gpus.book(world.lab, mei, BookingWish(machine.id, (0,), monday, monday + HOUR))
    assert codes(mei, search(earliest=monday + 2 * HOUR)) == {Code.TOO_MANY_OPEN_BOOKINGS}
    assert codes(mei, search(latest=THREE + 2 * HOUR)) == {Code.TOO_MANY_OPEN_BOOKINGS, Code.PERSON_QUOTA}
    # What is free to nobody is not their own fault, and others find it.
    assert len(found(world, kai, search())) > 0
    taken(world, machine, THREE, 3, (1,))
    assert found(world, mei, search(latest=THREE + 2 * HOUR)) == []


def test_the_operator_looks_for_anybody(world: World) -> None:
    world.workstation("lantau")
    assert found(world, OPERATOR, search()) == [("lantau", 0, (0,))]


def test_a_search_that_makes_no_sense_is_told_all_that_is_wrong(world: World) -> None:
    machine = world.workstation("lantau", 2)
    mei = world.member()

    def codes(wanted: Search, actor: Actor = mei) -> frozenset[str]:
        return refused(lambda: gpu_finding.find(world.lab, actor, wanted))

    assert codes(search(0)) == {Code.NO_GPUS}
    assert codes(search(-1)) == {Code.NO_GPUS}
    assert codes(search(3)) == {Code.NO_SUCH_MACHINE}
    assert codes(search(memory_at_least=64)) == {Code.NO_SUCH_MACHINE}
    assert codes(search(latest=THREE)) == {Code.ENDS_BEFORE_START}
    assert codes(search(latest=THREE + HOUR)) == {Code.WINDOW_TOO_SHORT}
    assert codes(search(earliest=NOW - DAY, latest=NOW)) == {Code.IN_THE_PAST}
    assert codes(search(hours=0)) == {Code.TOO_SHORT}
    assert codes(search(hours=25, latest=THREE + 2 * DAY)) == {Code.TOO_LONG}
    later = THREE + 15 * DAY
    assert codes(search(earliest=later, latest=later + DAY)) == {Code.BEYOND_HORIZON}
    assert codes(search(workstation_id=99)) == {Code.UNKNOWN_WORKSTATION}
    assert codes(search(3, latest=THREE)) == {Code.NO_SUCH_MACHINE, Code.ENDS_BEFORE_START}
    alumni = world.member(startup=world.startup(stage="alumni"))
    assert codes(search(), alumni) == {Code.NOT_IN_PROGRAMME}
    assert codes(search(), world.member(role="mentor")) == {Code.NOT_ALLOWED}
    with world.lab.store.write():
        Workstation.update(retired=True).where(Workstation.id == machine.id).execute()
        Startup.update(stage="accelerator").execute()
    assert Code.WORKSTATION_RETIRED in codes(search(workstation_id=machine.id))


@pytest.mark.parametrize("earliest", [datetime(1, 1, 1, tzinfo=UTC), NOW - 400 * DAY, THREE])
@pytest.mark.parametrize("latest", [datetime(9999, 12, 31, tzinfo=UTC), NOW + 400 * DAY])
def test_an_endless_window_is_searched_as_far_as_anybody_may_book(
    world: World, earliest: datetime, latest: datetime
) -> None:
    machine = world.workstation("lantau", 1)
    taken(world, machine, THREE, 5, (0,))
    wanted = search(earliest=earliest, latest=latest, hours=1)
    places = found(world, world.member(), wanted)
    # The half hour that is left before is too short.
    assert [start for _, start, _ in places] == [5]


@pytest.mark.parametrize("length", [timedelta.max, timedelta.min, timedelta(microseconds=1)])
def test_absurd_lengths_are_answered(world: World, length: timedelta) -> None:
    world.workstation("lantau", 1)
    try:
        places = gpu_finding.find(world.lab, world.member(), search(length=length))
    except Refused:
        return
    assert length < HOUR
    assert places[0].wish.ends_at - places[0].wish.starts_at == HOUR / 2


def test_statements_do_not_grow_with_the_number_of_machines(world: World) -> None:
    mei = world.member()

    def statements() -> int:
        database, seen = world.lab.store.database, []
        execute = database.execute_sql
        database.execute_sql = lambda sql, *rest: (seen.append(sql), execute(sql, *rest))[1]
        try:
            gpu_finding.find(world.lab, mei, search())
        finally:
            del database.execute_sql
        return len(seen)

    world.workstation()
    few = statements()
    for _ in range(5):
        taken(world, world.workstation(), THREE, 2, (0, 1))
    assert statements() == few <= 8
