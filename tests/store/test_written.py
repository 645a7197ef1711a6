"""Queries whose SQL is kept."""

from __future__ import annotations

import pytest

from lab_tui.store.guards import Guard, GuardBroken
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.lab import Kiosk
from lab_tui.store.written import Written, slot
from tests.world import World


def test_a_written_query_takes_its_values_anew_each_time(world: World) -> None:
    store = world.lab.store
    add = Written(lambda: Kiosk.insert(name=slot("name"), place="Lobby").returning(Kiosk.id))
    named = Written(lambda: Kiosk.select(Kiosk.id, Kiosk.place).where(Kiosk.name == slot("name")))
    with store.write():
        ids = [add.run(store, name=name)[0][0] for name in ("East", "West")]
        found = [named.run(store, name=name) for name in ("East", "West", "North")]
    assert found == [[(ids[0], "Lobby")], [(ids[1], "Lobby")], []]
    with store.write(), pytest.raises(KeyError):
        named.run(store)


def test_its_sql_is_written_once(world: World) -> None:
    store = world.lab.store
    times = []

    def build() -> object:
        times.append(1)
        return Kiosk.select(Kiosk.id).where(Kiosk.name == slot("name"))

    named = Written(build)
    with store.read():
        for _ in range(3):
            named.run(store, name="East")
    assert len(times) == 1


def test_guards_hold_for_it_as_for_any_other(world: World) -> None:
    store, anna = world.lab.store, world.person()
    come = Written(
        lambda: CheckIn.insert(kind="lab", person=slot("person"), day="2026-11-22", at=slot("at")).returning(
            CheckIn.id
        )
    )
    at = "2026-11-22T06:32:00.000Z"
    with store.write():
        come.run(store, person=anna.id, at=at)
    with pytest.raises(GuardBroken) as broken, store.write():
        come.run(store, person=anna.id, at=at)
    assert broken.value.guard is Guard.SECOND_ARRIVAL
    with store.read():
        assert CheckIn.select().count() == 1
