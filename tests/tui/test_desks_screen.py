"""The desk map at the kiosk: taking a desk, giving it back, finding one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lab_tui.lab import desks
from lab_tui.lab.checkins import CheckInKind
from lab_tui.store.tables import checkins as checkin_tables
from lab_tui.store.tables import desks as tables
from lab_tui.tui.modals.refusal import RefusalModal
from lab_tui.tui.screens.base import LabScreen
from lab_tui.tui.widgets.floor_map import FloorMap
from tests.tui.conftest import OpenKiosk
from tests.tui.hostile_names import HOSTILE_NAMES
from tests.tui.kiosks import Kiosk
from tests.world import TODAY, World


def held(world: World) -> list[tuple[str, str, date]]:
    """Who has which desk when, as the database stands now."""
    with world.lab.store.read():
        query = tables.DeskBooking.select().where(tables.DeskBooking.holds).order_by(tables.DeskBooking.id)
        return [(one.person.name, one.desk.label, one.first_day) for one in query]


def cursor(kiosk: Kiosk) -> int | None:
    return kiosk.screen.query_one(FloorMap).cursor


async def test_three_keys_from_a_scan_to_a_desk(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.desk(pool=False, label="E-01")
    small_world.desk(label="E-02")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"))
        await kiosk.press("d")
        await kiosk.shows("E-02 · East", "□ pool, free")
        await kiosk.press("enter")
        await kiosk.shows("✓ Desk E-02 is yours today.", "▣ mine", "u Undo")
    assert held(small_world) == [("Mei Chan", "E-02", TODAY)]


async def test_undo_and_giving_back(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.desk(label="E-01")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "desks")
        await kiosk.press("enter")
        await kiosk.shows("is yours", "E-01 · East  ▣ mine")
        await kiosk.press("u")
        await kiosk.shows("Undone.", "E-01 · East  □ pool, free")
        assert held(small_world) == []
        await kiosk.press("enter")
        await kiosk.shows("E-01 · East  ▣ mine")
        await kiosk.press("r")
        await kiosk.shows("✓ Desk E-01 is free for others.", "E-01 · East  □ pool, free")
        assert kiosk.screen.check_action("release", ()) is None
    assert held(small_world) == []


async def test_a_taken_desk_is_refused_and_the_nearest_free_ones_are_offered(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    taken, free = small_world.desk(label="E-01"), small_world.desk(label="E-02")
    desks.claim(small_world.lab, small_world.member(name="Ada"), int(taken.id), TODAY)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "desks")
        assert cursor(kiosk) == free.id
        await kiosk.press("left", "enter")
        await kiosk.shows("✕ Desk E-01 is taken today", "1  Desk E-02  East  today")
        await kiosk.press("1")
        await kiosk.shows("✓ Desk E-02 is yours today.")
        assert cursor(kiosk) == free.id
    assert held(small_world) == [("Ada", "E-01", TODAY), ("Mei Chan", "E-02", TODAY)]


async def test_a_second_desk_on_a_day_is_refused(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.desk(label="E-01")
    small_world.desk(label="E-02")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "desks")
        await kiosk.press("enter")
        await kiosk.shows("is yours today", "▣ mine")
        await kiosk.press("enter")
        await kiosk.shows("! This desk is yours already.")
        await kiosk.press("right", "enter")
        await kiosk.shows("✕ Desk E-01 is yours today already")
    assert len(held(small_world)) == 1


async def test_ones_own_desk_is_found_and_checked_in_to(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.desk(label="E-01")
    mine = small_world.desk(label="E-02")
    mei = small_world.person("Mei Chan")
    desks.claim(small_world.lab, small_world.actor(mei), int(mine.id), TODAY)
    async with open_kiosk() as kiosk:
        await kiosk.visit(mei, "desks")
        await kiosk.shows("E-02 · East  ▣ mine")
        await kiosk.press("c")
        await kiosk.shows("✓ Checked in:", "someone is in")
    with small_world.lab.store.read():
        seats = list(checkin_tables.CheckIn.select().where(checkin_tables.CheckIn.kind == CheckInKind.DESK))
    assert [seat.desk_id for seat in seats] == [mine.id]


async def test_an_out_of_order_desk_says_why(small_world: World, open_kiosk: OpenKiosk) -> None:
    desk = small_world.desk(label="E-01")
    with small_world.lab.store.write():
        tables.Desk.update(out_of_order="leg broken").where(tables.Desk.id == desk.id).execute()
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "desks")
        await kiosk.shows("E-01 · East  · out of order  leg broken")
        await kiosk.press("enter")
        await kiosk.shows("✕ Desk E-01 is out of order: leg broken")
    assert held(small_world) == []


async def test_tomorrow_by_key_and_back_by_mouse(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.desk(label="E-01")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "desks")
        await kiosk.press("right_square_bracket")
        await kiosk.shows("Desks · tomorrow")
        await kiosk.until(lambda: kiosk.screen.value.day == TODAY + timedelta(days=1))
        # Nobody checks in to a day that has not come.
        await kiosk.press("enter")
        await kiosk.shows("Desk E-01 is yours tomorrow.", "▣ mine")
        assert kiosk.screen.check_action("check_in", ()) is None
        await kiosk.touch("Day before")
        await kiosk.shows("Desks · today", "E-01 · East  □ pool, free")
    assert held(small_world) == [("Mei Chan", "E-01", TODAY + timedelta(days=1))]


async def test_the_first_touch_looks_and_the_second_takes(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.desk(label="E-01")
    small_world.desk(label="E-02")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "desks")
        await kiosk.shows("□02")
        await kiosk.touch("□02")
        await kiosk.shows("E-02 · East")
        assert held(small_world) == []
        await kiosk.touch("□02")
        await kiosk.shows("Desk E-02 is yours today.")
    assert held(small_world) == [("Mei Chan", "E-02", TODAY)]


async def test_search_finds_a_desk_by_its_person(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.desk(label="E-01")
    other = small_world.desk(label="E-02")
    desks.claim(small_world.lab, small_world.member(name="José Ngô"), int(other.id), TODAY)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "desks")
        await kiosk.press("slash", *"jose")
        await kiosk.until(lambda: cursor(kiosk) == other.id, "the desk")
        await kiosk.press(*"xyz")
        await kiosk.shows("! No desk for “josexyz”.")
        await kiosk.press("escape")
        await kiosk.shows("Enter Take")
        assert kiosk.screen.query_one(FloorMap).has_focus
        assert kiosk.app.visit is not None
    assert len(held(small_world)) == 1


async def test_what_others_do_appears_and_the_cursor_stays(
    small_world: World, open_kiosk: OpenKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LabScreen, "REFRESH_SECONDS", 0.05)
    small_world.desk(label="E-01")
    second = small_world.desk(label="E-02")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "desks")
        await kiosk.press("right")
        await kiosk.shows("E-02 · East  □ pool, free")
        desks.claim(small_world.lab, small_world.member(name="Ada"), int(second.id), TODAY)
        await kiosk.shows("E-02 · East  ■ taken", "Ada")
        assert cursor(kiosk) == second.id
        await kiosk.press("enter")
        await kiosk.until(lambda: isinstance(kiosk.app.screen, RefusalModal))


async def test_beside_the_map_where_there_is_room(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.desk(label="E-01")
    async with open_kiosk(size=(120, 40)) as kiosk:
        await kiosk.visit(small_world.person(), "desks")
        await kiosk.shows("E-01 · East")
        assert kiosk.screen.query_one("#beside").display
        assert not kiosk.screen.query_one("#detail").display
        await kiosk.pilot.resize_terminal(80, 24)
        await kiosk.until(lambda: not kiosk.screen.query_one("#beside").display)
        await kiosk.shows("E-01 · East  □ pool, free")


async def test_nothing_of_a_person_stays_when_they_leave(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.desk(label="E-01")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "desks")
        await kiosk.press("slash", *"secret")
        screen = kiosk.screen
        await kiosk.shows("secret")
        kiosk.app.end_visit()
        assert screen.query_one(FloorMap).view.desks == ()
        assert screen.query_one("#search").value == ""
        await kiosk.visit(small_world.person(), "desks")
        await kiosk.shows("E-01 · East")
        assert "secret" not in kiosk.text


async def test_a_lab_without_desks_says_so(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "desks")
        await kiosk.shows("No desks yet.")
        await kiosk.press("enter", "r", "c", "left", "slash", "x", "enter")
        await kiosk.shows("No desk for “x”.")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_hostile_names_do_no_harm(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    for number, name in enumerate(HOSTILE_NAMES[:40]):
        desk = small_world.desk(label=f"{name[:12]}-{number}")
        with small_world.lab.store.write():
            tables.Desk.update(features=name).where(tables.Desk.id == desk.id).execute()
        person = small_world.person(name, startup=small_world.startup(name + str(number)))
        desks.claim(small_world.lab, small_world.actor(person), int(desk.id), TODAY)
    async with open_kiosk(size=size) as kiosk:
        await kiosk.visit(small_world.person(HOSTILE_NAMES[0]), "desks")
        for _desk in range(40):
            await kiosk.press("right")
            kiosk.assert_harmless()
        await kiosk.press("enter")
        await kiosk.shows("Not possible as asked")


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans"])
async def test_the_legend_fits_in_every_language(
    small_world: World, open_kiosk: OpenKiosk, language: str
) -> None:
    small_world.desk(label="E-01")
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(language=language), "desks")
        await kiosk.shows("E-01")
        assert "taken" not in kiosk.text
        legend = next(line for line in kiosk.text.splitlines() if "▣" in line)
        assert "●" in legend
