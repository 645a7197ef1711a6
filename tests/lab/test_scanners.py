"""What a kiosk remembers of its scanner, who may set it up, and what staff are told."""

from __future__ import annotations

import json

import pytest

from lab_tui.errors import Refused
from lab_tui.lab import scanners
from lab_tui.lab.operation import Actor
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.scanners import OddLayout, ScannerMemory
from lab_tui.store.tables.lab import AuditEntry, Kiosk
from tests.world import World

NOBODY = Actor(None, "kiosk:Lobby")
FRENCH = ScannerMemory("fr", "enter", 120)


def acts(world: World) -> list[tuple[str, dict[str, object], int | None]]:
    with world.lab.store.read():
        rows = AuditEntry.select().where(AuditEntry.subject == "kiosk").order_by(AuditEntry.id)
        return [(row.action, json.loads(row.facts), row.actor_id) for row in rows]


def test_a_kiosk_that_nobody_knows_remembers_nothing(world: World) -> None:
    assert scanners.remembered(world.lab, "Lobby") == ScannerMemory()


def test_a_layout_is_remembered_once_and_written_down(world: World) -> None:
    for _ in range(2):
        scanners.remember_layout(world.lab, NOBODY, "Lobby", "fr")
    assert scanners.remembered(world.lab, "Lobby") == ScannerMemory("fr")
    assert scanners.remembered(world.lab, "Door") == ScannerMemory()
    facts = {"kiosk": "Lobby", "layout": "fr", "before": "us"}
    assert acts(world) == [("scanners.remember_layout", facts, None)]


def test_the_usual_layout_is_no_news_until_it_comes_back(world: World) -> None:
    staff = world.staff()
    scanners.remember_layout(world.lab, NOBODY, "Lobby", "us")
    assert acts(world) == []
    scanners.remember_layout(world.lab, NOBODY, "Lobby", "ru")
    assert scanners.odd_layouts(world.lab, staff) == (OddLayout("Lobby", "ru"),)
    scanners.remember_layout(world.lab, NOBODY, "Lobby", "us")
    assert scanners.odd_layouts(world.lab, staff) == ()


def test_staff_with_their_pin_calibrate_and_a_layout_leaves_the_rest(world: World) -> None:
    staff = world.staff()
    scanners.calibrate(world.lab, staff, "Lobby", FRENCH)
    assert scanners.remembered(world.lab, "Lobby") == FRENCH
    [(action, facts, actor)] = acts(world)
    assert (action, actor) == ("scanners.calibrate", staff.person_id)
    assert facts == {"kiosk": "Lobby", "layout": "fr", "suffix": "enter", "gap_milliseconds": 120}
    scanners.remember_layout(world.lab, NOBODY, "Lobby", "us")
    assert scanners.remembered(world.lab, "Lobby") == ScannerMemory("us", "enter", 120)


@pytest.mark.parametrize("who", ["nobody", "member", "staff without a PIN"])
def test_nobody_else_calibrates(world: World, who: str) -> None:
    actors = {
        "nobody": NOBODY,
        "member": world.member(),
        "staff without a PIN": world.actor(world.person(role="staff")),
    }
    with pytest.raises(Refused) as refused:
        scanners.calibrate(world.lab, actors[who], "Lobby", FRENCH)
    expected = Code.SIGN_IN_NEEDED if who == "staff without a PIN" else Code.NOT_ALLOWED
    assert refused.value.codes == {expected}
    assert scanners.remembered(world.lab, "Lobby") == ScannerMemory()
    with pytest.raises(Refused):
        scanners.odd_layouts(world.lab, actors[who])


def test_what_another_version_wrote_does_no_harm(world: World) -> None:
    with world.lab.store.write():
        Kiosk.create(name="Lobby", scanner='{"layout": "klingon", "suffix": "bell", "beeps": 3}')
    assert scanners.remembered(world.lab, "Lobby") == ScannerMemory()
