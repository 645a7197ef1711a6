"""Seven days of one workstation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from lab_tui.config import LabConfig, LabSection
from lab_tui.errors import Refused
from lab_tui.lab import gpu_weeks, gpus
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.gpus import Outage, Workstation
from lab_tui.store.tables.lab import Closure
from tests.world import NOW, TODAY, World

# 15:00 in Hong Kong.
THREE = NOW + timedelta(minutes=28)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_week_has_what_touches_its_days_and_its_machine(world: World) -> None:
    machine, other = world.workstation("lantau", 2), world.workstation("kowloon")
    mei = world.member(name="Mei Chan")
    booked = {
        days: gpus.book(
            world.lab, mei, BookingWish(int(machine.id), (0,), THREE + days * DAY, THREE + days * DAY + HOUR)
        ).what
        for days in (0, 6, 7)
    }
    gpus.book(world.lab, world.member(), BookingWish(int(other.id), (0,), THREE, THREE + HOUR))
    with world.lab.store.write():
        for one in (machine, other):
            Outage.create(workstation=one, reason="fan", starts_at=THREE + 2 * DAY, ends_at=None)
        Closure.create(reason="typhoon", starts_at=THREE + 3 * DAY, ends_at=THREE + 4 * DAY)
        Closure.create(reason="later", starts_at=THREE + 8 * DAY, ends_at=THREE + 9 * DAY)
    week = gpu_weeks.week_view(world.lab, mei, int(machine.id), TODAY)
    assert week.workstation.name == "lantau"
    assert [one.name for one in week.workstations] == ["kowloon", "lantau"]
    assert [one.day for one in week.days] == [TODAY + number * DAY for number in range(7)]
    assert week.bookings == (booked[0], booked[6])
    assert [one.workstation for one in week.outages] == ["lantau"]
    assert [one.reason for one in week.closures] == ["typhoon"]


def test_the_days_follow_each_other_where_the_clocks_change(world: World) -> None:
    world.lab = replace(world.lab, config=LabConfig(lab=LabSection(zone="Europe/Berlin")))
    machine = world.workstation()
    autumn = TODAY.replace(month=10, day=20)
    days = gpu_weeks.week_view(world.lab, world.member(), int(machine.id), autumn).days
    assert [(one.ends_at - one.starts_at) // HOUR for one in days] == [24, 24, 24, 24, 24, 25, 24]
    assert all(before.ends_at == after.starts_at for before, after in pairwise(days))


def test_a_machine_keeps_its_own_grid(world: World) -> None:
    machine, other = world.workstation(), world.workstation()
    with world.lab.store.write():
        Workstation.update(policy='{"slot_minutes": 60, "shortest_minutes": 60}').where(
            Workstation.id == machine.id
        ).execute()
    actor = world.member()
    minutes = [
        gpu_weeks.week_view(world.lab, actor, int(one.id), TODAY).slot_minutes for one in (machine, other)
    ]
    assert minutes == [60, 30]


def test_a_machine_that_is_not_in_use_has_no_week(world: World) -> None:
    machine = world.workstation()
    with world.lab.store.write():
        Workstation.update(retired=True).execute()
    for workstation_id in (int(machine.id), 999):
        with pytest.raises(Refused) as caught:
            gpu_weeks.week_view(world.lab, world.member(), workstation_id, TODAY)
        assert caught.value.codes == {Code.UNKNOWN_WORKSTATION}
