from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab_tui.tui.themes import DAY
from lab_tui.tui.widgets.floor_map import DeskState, FloorMap, FloorView, MapDesk, MapText, MapZone, nearest
from tests.tui.pictures import assert_same_picture, screen_text, take_picture
from tests.tui.widgets.stage import SIZES, Stage, lines

STATES = list(DeskState)


def a_floor() -> FloorView:
    """64 desks in four zones on a plan of 80 by 20 cells."""
    zones = (
        MapZone("East", 0, 0, 40, 11),
        MapZone("West", 39, 0, 41, 20),
        MapZone("Quiet", 0, 10, 20, 10),
        MapZone("Loft", 19, 10, 21, 10),
    )
    blocks = [(2, 2, 6, 4), (41, 2, 6, 4), (2, 12, 3, 2), (22, 12, 3, 3)]
    desks: list[MapDesk] = []
    for x, y, across, down in [*blocks, (41, 11, 1, 1)]:
        for row in range(down):
            for column in range(across):
                key = len(desks) + 1
                state = DeskState.MINE if key == 9 else STATES[1 + key * 7 % 4]
                place = (x + column * 6, y + row * 2)
                someone = key % 3 == 0 and state in (DeskState.MINE, DeskState.TAKEN)
                desks.append(MapDesk(key, f"{key:02}", *place, state, someone))
    return FloorView(tuple(desks), zones, (MapText("▒▒ door ▒▒", 68, 18),))


async def test_walls_of_neighbours_join_into_one_plan() -> None:
    floor = FloorMap(a_floor())
    async with Stage(floor).run_test(size=(80, 20)):
        drawn = lines(floor)
    assert drawn[0] == "┌" + "─" * 38 + "┬" + "─" * 39 + "┐"
    assert drawn[10][0] + drawn[10][19] + drawn[10][39] == "├┬┤"
    assert drawn[19] == "└" + "─" * 18 + "┴" + "─" * 19 + "┴" + "─" * 39 + "┘"
    assert " EAST " in drawn[1]


async def test_every_state_and_everyone_who_is_in_has_a_glyph() -> None:
    view = a_floor()
    floor = FloorMap(view)
    async with Stage(floor).run_test(size=(80, 20)):
        text = "".join(lines(floor))
    for state in DeskState:
        assert text.count(state.value) >= sum(desk.state is state for desk in view.desks)
    assert text.count("●") == sum(desk.person_in for desk in view.desks) > 0
    assert all(f"{desk.state.value}{desk.label}" in text for desk in view.desks if desk.key != 1)


async def test_arrows_walk_to_the_nearest_desk_and_stop_at_the_walls() -> None:
    floor = FloorMap(a_floor())
    app = Stage(floor)
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("left", "up")
        assert floor.cursor == 1
        await pilot.press("right", "down")
        assert floor.cursor == 8
        await pilot.press("down", "down", "down")
        assert floor.cursor_desk is not None
        assert floor.cursor_desk.y == 12
        await pilot.press("enter")
        assert app.chosen()[-1].key == floor.cursor


def test_every_desk_can_be_reached_by_arrows() -> None:
    view = a_floor()
    for start in (view.desks[0], view.desks[-1]):
        reached, edge = {start.key}, [start]
        while edge:
            desk = edge.pop()
            for way in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                to = nearest(view.desks, desk, *way)
                if to is not None and to.key not in reached:
                    reached.add(to.key)
                    edge.append(to)
        assert reached == {desk.key for desk in view.desks}


async def test_a_click_goes_to_a_desk_and_a_second_one_chooses() -> None:
    floor = FloorMap(a_floor())
    app = Stage(floor)
    async with app.run_test(size=(100, 30)) as pilot:
        row = next(y for y, line in enumerate(lines(floor)) if "08" in line)
        place = (lines(floor)[row].index("08"), row)
        await pilot.click(FloorMap, offset=place)
        assert (floor.cursor, app.chosen()) == (8, [])
        await pilot.click(FloorMap, offset=place)
        assert app.chosen()[-1].key == 8
        await pilot.click(FloorMap, offset=(0, 0))
        assert floor.cursor == 8


async def test_the_desk_under_the_cursor_is_always_in_sight() -> None:
    view = a_floor()
    floor = FloorMap(view)
    async with Stage(floor).run_test(size=(40, 9)) as pilot:
        for desk in view.desks:
            floor.go_to(desk.key)
            assert desk.label in "".join(lines(floor))
        await pilot.resize_terminal(24, 6)
        await pilot.pause()
        assert view.desks[-1].label in "".join(lines(floor))


async def test_the_cursor_stays_on_its_desk_in_a_new_view() -> None:
    view = a_floor()
    floor = FloorMap(view)
    async with Stage(floor).run_test(size=(80, 20)):
        floor.go_to(20)
        floor.go_to(999)
        floor.view = FloorView(view.desks[10:], view.zones)
        assert floor.cursor == 20
        floor.view = FloorView(view.desks[40:], view.zones)
        assert floor.cursor == 41


async def test_a_plan_without_desks_says_so_and_no_key_hurts() -> None:
    floor = FloorMap(FloorView(empty="No desks [/x] yet."))
    app = Stage(floor)
    async with app.run_test(size=(40, 9)) as pilot:
        await pilot.press("left", "down", "enter")
        await pilot.click(FloorMap, offset=(5, 5))
        assert "No desks [/x] yet." in "\n".join(lines(floor))
    assert app.heard == []


names = st.one_of(
    st.text(max_size=20), st.sampled_from(["[/x]", "陳美玲", "a\u0301" * 9, "👩\u200d🔬", "\x1b[2J"])
)
place = st.integers(-3, 90)
desks = st.builds(
    MapDesk, st.integers(0, 999), names, place, st.integers(-2, 30), st.sampled_from(STATES), st.booleans()
)
zones = st.builds(MapZone, names, place, place, st.integers(0, 50), st.integers(0, 20))
floors = st.builds(
    FloorView,
    st.lists(desks, max_size=12, unique_by=lambda desk: desk.key).map(tuple),
    st.lists(zones, max_size=4).map(tuple),
    st.lists(st.builds(MapText, names, place, place), max_size=3).map(tuple),
    names,
)


async def test_every_line_is_exactly_as_wide_as_the_widget() -> None:
    floor = FloorMap()
    async with Stage(floor).run_test(size=(80, 24)) as pilot:

        @given(floors, st.lists(st.sampled_from([(1, 0), (-1, 0), (0, 1), (0, -1)]), max_size=4))
        @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
        def holds(view: FloorView, ways: list[tuple[int, int]]) -> None:
            floor.view = view
            lines(floor)
            for way in ways:
                floor.action_move(*way)
                lines(floor)

        for size in SIZES:
            await pilot.resize_terminal(*size)
            assert floor.content_size == size
            holds()


async def test_it_looks_as_it_was_looked_at() -> None:
    floor = FloorMap(a_floor())
    app = Stage(floor, theme=DAY)
    async with app.run_test(size=(80, 24)) as pilot:
        floor.go_to(29)
        await take_picture(app, pilot, "floor-80x24")
        assert_same_picture("floor-80x24", screen_text(app))
