"""What somebody has of their quota, and what is left, this week and the next."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

from lab_tui.lab import gpu_quotas, gpu_waiting, gpus
from lab_tui.lab.gpu_quotas import QuotaOfWeek
from lab_tui.lab.gpus import BookingWish, QuotaUse
from lab_tui.lab.operation import OPERATOR, Actor
from lab_tui.store.tables.gpus import Workstation
from tests.world import World

# 15:00 in Hong Kong on Sunday, half an hour after the world's clock; and Monday 02:00.
THREE = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MONDAY = THREE + 11 * HOUR
THIS_WEEK, NEXT_WEEK = date(2026, 11, 16), date(2026, 11, 23)


def book(world: World, actor: Actor, machine: Workstation, start: datetime, hours: float) -> None:
    gpus.book(world.lab, actor, BookingWish(machine.id, (0,), start, start + hours * HOUR))


def of_week(week: date, startup: float, person: float, offered: float = 0, own: float = 0) -> QuotaOfWeek:
    """As the world's policy has it, on all machines without a quota of their own."""
    return QuotaOfWeek(week, "", QuotaUse(startup, 80), QuotaUse(person, 10_000), offered, own)


def test_hours_are_counted_where_they_lie_for_the_person_and_the_start_up(world: World) -> None:
    team, machine = world.startup("Lumen Vision"), world.workstation()
    mei, kai = world.person("Mei", startup=team), world.person("Kai", startup=team)
    book(world, world.actor(mei), machine, THREE, 4)
    book(world, world.actor(kai), machine, MONDAY - 3 * HOUR, 3)
    book(world, world.member(), machine, THREE + 20 * HOUR, 2)
    found = gpu_quotas.quotas(world.lab, world.actor(mei))
    assert (found.person, found.startup) == ("Mei", "Lumen Vision")
    assert found.weeks == (of_week(THIS_WEEK, 5, 4), of_week(NEXT_WEEK, 2, 0))


def test_a_machine_with_a_quota_of_its_own_is_counted_apart(world: World) -> None:
    mei, machine, other = world.member(), world.workstation("lantau"), world.workstation("kowloon")
    retired = world.workstation("aberdeen")
    with world.lab.store.write():
        own = json.dumps({"startup_hours_a_week": 10})
        Workstation.update(policy=own).where(Workstation.id.in_([other.id, retired.id])).execute()
        Workstation.update(retired=True).where(Workstation.id == retired.id).execute()
    book(world, mei, machine, THREE, 1)
    book(world, mei, other, MONDAY, 2)
    weeks = gpu_quotas.quotas(world.lab, mei).weeks
    shown = [(one.week, one.workstation, one.startup.used, one.startup.limit) for one in weeks]
    assert shown == [
        (THIS_WEEK, "", 1, 80),
        (THIS_WEEK, "kowloon", 0, 10),
        (NEXT_WEEK, "", 0, 80),
        (NEXT_WEEK, "kowloon", 2, 10),
    ]


def test_what_an_offer_holds_is_counted_and_named(world: World) -> None:
    team = world.startup()
    mei, kai, machine = world.member(startup=team), world.member(startup=team), world.workstation()
    wish = gpu_waiting.WaitWish(1, 240, THREE + HOUR, THREE + 5 * HOUR, workstation_id=machine.id)
    assert gpu_waiting.join(world.lab, mei, wish).what.state == "offered"
    assert gpu_quotas.quotas(world.lab, mei).weeks[0] == of_week(THIS_WEEK, 4, 4, offered=4, own=4)
    assert gpu_quotas.quotas(world.lab, kai).weeks[0] == of_week(THIS_WEEK, 4, 0, offered=4)


def test_who_has_no_start_up_has_no_quota(world: World) -> None:
    assert gpu_quotas.quotas(world.lab, world.staff()).weeks == ()
    assert gpu_quotas.quotas(world.lab, OPERATOR) == gpu_quotas.Quotas("", "", ())


def test_what_offers_hold_is_told_for_the_week_and_the_pool_that_is_asked_about() -> None:
    def held(week: date, workstation: str, offered: float) -> QuotaOfWeek:
        return QuotaOfWeek(week, workstation, QuotaUse(8, 80), QuotaUse(8, 80), offered, 0)

    weeks = (held(THIS_WEEK, "", 1), held(THIS_WEEK, "kowloon", 2), held(NEXT_WEEK, "", 4))
    found = gpu_quotas.Quotas("Mei", "Lumen Vision", weeks)
    sunday, monday = date(2026, 11, 22), date(2026, 11, 23)
    assert [found.offered("kowloon", sunday), found.offered("lantau", sunday)] == [2, 1]
    assert [found.offered("kowloon", monday), found.offered("lantau", monday)] == [4, 4]
    assert found.offered("lantau", monday + timedelta(days=7)) == 0
