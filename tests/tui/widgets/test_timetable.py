from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab_tui.tui.themes import CONTRAST, DAY, NIGHT
from lab_tui.tui.widgets.timetable import (
    Block,
    BlockKind,
    Cell,
    Selection,
    Slot,
    Timetable,
    TimetableGroup,
    TimetableRow,
    TimetableView,
)
from tests.tui.pictures import assert_same_picture, screen_text, take_picture
from tests.tui.widgets.stage import SIZES, Stage, lines

MIDNIGHT = datetime(2026, 11, 21, 16, tzinfo=UTC)


def at(hours: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hours)


def slots(minutes: int = 60, hours: int = 24, first: int = 0) -> tuple[Slot, ...]:
    count = hours * 60 // minutes
    begin = [first * 60 + minutes * index for index in range(count)]
    return tuple(Slot(at(m / 60), f"{m // 60 % 24:02}:{m % 60:02}") for m in begin)


def gpus(key: int, *blocks: tuple[Block, ...]) -> tuple[TimetableRow, ...]:
    return tuple(TimetableRow(key + index, f"GPU {index}", each) for index, each in enumerate(blocks))


def a_day(minutes: int = 60, now_word: str = "now") -> TimetableView:
    per = 60 // minutes

    def block(first: float, last: float, kind: BlockKind, text: str = "", key: int | None = None) -> Block:
        return Block(int(first * per), int(last * per), kind, text, key)

    others = (block(9, 15, BlockKind.OTHERS, "Nebula", 7), block(15, 19, BlockKind.TEAM, "Lumen"))
    mine = (block(0, 6, BlockKind.CLOSED), block(16, 20, BlockKind.MINE, "runs", 8))
    outage = (block(8, 20, BlockKind.OUT, "driver upgrade"), block(20, 23, BlockKind.OFFERED))
    groups = (
        TimetableGroup(1, "kowloon", "A100 80 GB", gpus(10, others, others)),
        TimetableGroup(2, "lantau", "L40S 48 GB", gpus(20, mine, mine, ())),
        TimetableGroup(3, "陳 [/x]", "RTX 4090", gpus(30, outage)),
    )
    return TimetableView(slots(minutes), at(24), groups, now_word, "No workstation yet.")


def a_full_hall(minutes: int = 15) -> TimetableView:
    """64 GPUs in 8 workstations over a day of quarter hours."""
    per = 60 // minutes
    groups = tuple(
        TimetableGroup(
            group,
            f"machine-{group}",
            "H100 80 GB",
            tuple(
                TimetableRow(
                    group * 8 + gpu,
                    f"GPU {gpu}",
                    tuple(
                        Block(
                            start * per,
                            (start + 2) * per,
                            list(BlockKind)[1 + (start + gpu) % (len(BlockKind) - 1)],
                            "Lumen",
                        )
                        for start in range(gpu % 3, 22, 3)
                    ),
                )
                for gpu in range(8)
            ),
        )
        for group in range(8)
    )
    return TimetableView(slots(minutes), at(24), groups, "now", "")


async def test_each_state_is_told_by_its_own_glyph() -> None:
    rare = (Block(2, 4, BlockKind.HIT, "", 9), Block(20, 24, BlockKind.LATER))
    ours = TimetableGroup(4, "tai-o", "RTX 4090", gpus(40, rare))
    day = a_day()
    timetable = Timetable(replace(day, groups=(*day.groups, ours)))
    async with Stage(timetable).run_test(size=(80, 24)):
        text = "\n".join(lines(timetable))
    for kind in BlockKind:
        assert kind.value in text
    assert " driver upgrade " in text
    assert " runs " in text


async def test_hours_stand_above_their_slots_and_stay_while_rows_scroll() -> None:
    timetable = Timetable(a_full_hall(60))
    async with Stage(timetable).run_test(size=(80, 20)) as pilot:
        before = lines(timetable)
        await pilot.press("pagedown", "pagedown")
        after = lines(timetable)
    assert before[0][10:] == after[0][10:]
    assert before[1].startswith("machine-0")
    assert after[1].startswith("machine-")
    assert after[2:] != before[2:]


async def test_keys_move_the_cursor_and_stop_at_the_edges() -> None:
    timetable = Timetable(a_day())
    app = Stage(timetable)
    async with app.run_test(size=(80, 24)) as pilot:
        moves: list[Cell] = []
        app.watch(timetable, "spot", lambda spot: moves.append(spot.cell), init=False)
        await pilot.press("left", "up")
        assert timetable.cursor == Cell(0, 0)
        await pilot.press("right", "right", "down")
        assert timetable.cursor == Cell(1, 2)
        await pilot.press("end", "down", "down", "down", "down", "down", "right")
        assert timetable.cursor == Cell(5, 23)
        await pilot.press("home", "pageup", "pageup")
        assert timetable.cursor == Cell(0, 0)
    assert moves[:3] == [Cell(0, 1), Cell(0, 2), Cell(1, 2)]


async def test_pages_go_by_workstation() -> None:
    timetable = Timetable(a_day())
    async with Stage(timetable).run_test(size=(80, 24)) as pilot:
        rows = []
        for key in ("down", "pagedown", "pagedown", "pagedown", "pageup", "down", "pageup", "pageup"):
            await pilot.press(key)
            rows.append(timetable.cursor.row)
    assert rows == [1, 2, 5, 5, 2, 3, 2, 0]


async def test_a_selection_stays_on_one_workstation() -> None:
    timetable = Timetable(a_day())
    app = Stage(timetable)
    async with app.run_test(size=(80, 24)) as pilot:
        timetable.go_to(at(20), row_key=20)
        await pilot.press("shift+right", "shift+down", "shift+down", "shift+down", "shift+down", "enter")
        assert app.chosen()[-1].selection == Selection(2, (20, 21, 22), at(20), at(22))
        await pilot.press("shift+up", "shift+up", "shift+up", "shift+left", "shift+left")
        assert timetable.selection == Selection(2, (20,), at(19), at(21))


async def test_enter_without_a_selection_chooses_the_cell_under_the_cursor() -> None:
    timetable = Timetable(a_day())
    app = Stage(timetable)
    async with app.run_test(size=(80, 24)) as pilot:
        timetable.go_to(at(23), row_key=30)
        await pilot.press("enter")
    assert app.chosen()[-1].selection == Selection(3, (30,), at(23), at(24))


async def test_moving_or_escape_drops_the_selection() -> None:
    timetable = Timetable(a_day())
    async with Stage(timetable).run_test(size=(80, 24)) as pilot:
        await pilot.press("shift+right", "shift+right", "escape")
        assert timetable.selection == Selection(1, (10,), at(2), at(3))
        assert not timetable.check_action("clear_selection", ())
        await pilot.press("shift+right", "left")
        assert timetable.selection == Selection(1, (10,), at(2), at(3))


async def test_a_typed_time_jumps_and_is_shown_while_it_is_typed() -> None:
    timetable = Timetable(a_day(30))
    async with Stage(timetable).run_test(size=(80, 24)) as pilot:
        await pilot.press("1", "4", "3")
        assert timetable.typed == "14:3"
        assert "14:3_" in lines(timetable)[0]
        await pilot.press("0")
        assert timetable.typed == ""
        assert timetable.cursor_start == at(14.5)
        await pilot.press("2", "2")
        assert timetable.cursor_start == at(22)


async def test_a_click_moves_and_a_second_click_chooses() -> None:
    timetable = Timetable(a_day())
    app = Stage(timetable)
    async with app.run_test(size=(80, 24)) as pilot:
        place = _place(timetable, row=1, slot=10)
        await pilot.click(Timetable, offset=place)
        assert (timetable.cursor, app.chosen()) == (Cell(1, 10), [])
        await pilot.click(Timetable, offset=place)
        assert app.chosen()[-1].selection == Selection(1, (11,), at(10), at(11))


async def test_a_drag_selects_and_chooses_within_one_workstation() -> None:
    timetable = Timetable(a_day())
    app = Stage(timetable)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.mouse_down(Timetable, offset=_place(timetable, row=2, slot=20))
        await pilot.hover(Timetable, offset=_place(timetable, row=3, slot=21))
        await pilot.hover(Timetable, offset=_place(timetable, row=5, slot=22))
        await pilot.mouse_up(Timetable, offset=_place(timetable, row=5, slot=22))
    assert [message.selection for message in app.chosen()] == [Selection(2, (20, 21, 22), at(20), at(23))]


def _place(timetable: Timetable, row: int, slot: int) -> tuple[int, int]:
    """Where a cell is drawn, read from the screen: a row by its label, a slot by its hour."""
    drawn = lines(timetable)
    rows = [y for y, line in enumerate(drawn) if line[2:5] == "GPU"]
    first = drawn[0].index("00", 9)
    apart = (drawn[0].index("12", 9) - first) // 12
    return first + slot * apart, rows[row]


async def test_the_cursor_keeps_its_instant_and_gpu_in_a_new_view() -> None:
    timetable = Timetable(a_day())
    async with Stage(timetable).run_test(size=(80, 24)) as pilot:
        timetable.go_to(at(20), row_key=21)
        old = a_day(30)
        timetable.view = TimetableView(old.slots[24:], old.end, old.groups[1:], "now", "")
        await pilot.pause()
        row = timetable.cursor_row
        assert row is not None
        assert (row.key, timetable.cursor_start) == (21, at(20))
        timetable.view = TimetableView(old.slots[:24], at(12), old.groups[2:], "now", "")
        assert timetable.cursor == Cell(0, 23)


async def test_the_block_under_the_cursor_is_known() -> None:
    timetable = Timetable(a_day())
    async with Stage(timetable).run_test(size=(80, 24)):
        timetable.go_to(at(14), row_key=10)
        block = timetable.block_at_cursor
        assert block is not None
        assert block.key == 7
        timetable.go_to(at(20), row_key=10)
        assert timetable.block_at_cursor is None


async def test_without_gpus_it_says_so_and_no_key_hurts() -> None:
    timetable = Timetable(TimetableView(empty="No workstation [/x] yet."))
    app = Stage(timetable)
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.press("left", "shift+down", "enter", "1", "pagedown", "end", "escape")
        await pilot.click(Timetable, offset=(20, 5))
        assert "No workstation [/x] yet." in "\n".join(lines(timetable))
    assert app.heard == []


async def test_the_cursor_stays_in_sight_in_a_place_too_small() -> None:
    timetable = Timetable(a_full_hall())
    async with Stage(timetable).run_test(size=(60, 12)) as pilot:
        for key in ("pagedown", "pagedown", "end", "up", "up", "pageup", "home", "pageup", "down"):
            await pilot.press(key)
            assert sum(line.startswith("▸") for line in lines(timetable)) == 1
        await pilot.resize_terminal(100, 40)
        await pilot.pause()
        assert sum(line.startswith("▸") for line in lines(timetable)) == 1


async def test_the_line_of_now_stands_in_its_slot_and_only_what_is_before_it_is_quiet() -> None:
    timetable = Timetable(a_day(), now=at(12.5))
    async with Stage(timetable).run_test(size=(80, 24)) as pilot:
        drawn = lines(timetable)
        free = next(line for line in drawn if "GPU 2" in line)
        hour = drawn[0].index("12", 9)
        assert hour <= free.index("│") < hour + 2
        assert drawn[1][free.index("│") :].startswith("│now")
        row = drawn.index(free)
        pen = timetable.pens.style("past")
        quiet = [seg for seg in timetable.render_line(row)._segments if seg.style == pen]
        assert sum(seg.cell_length for seg in quiet) == free.index("│") - drawn[0].index("00", 9)
        timetable.now = at(30)
        await pilot.pause()
        assert "│" not in "".join(lines(timetable))


async def test_a_move_repaints_only_the_rows_it_concerns() -> None:
    timetable = Timetable(a_full_hall())
    async with Stage(timetable).run_test(size=(120, 40)) as pilot:
        await pilot.press("down")
        painted: list[int] = []
        draw = timetable.draw_line
        timetable.draw_line = lambda y, width: (painted.append(y), draw(y, width))[1]  # type: ignore[method-assign]
        await pilot.press("down")
        assert sorted(set(painted)) == [0, 3, 4]


async def test_the_clock_repaints_nothing_until_its_line_reaches_another_column() -> None:
    timetable = Timetable(a_full_hall(), now=at(12))
    async with Stage(timetable).run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        painted: list[int] = []
        draw = timetable.draw_line
        timetable.draw_line = lambda y, width: (painted.append(y), draw(y, width))[1]  # type: ignore[method-assign]
        timetable.now = at(12) + timedelta(seconds=1)
        await pilot.pause()
        assert painted == []
        timetable.now = at(13)
        await pilot.pause()
        assert painted


names = st.one_of(
    st.text(max_size=40), st.sampled_from(["[/x]", "陳美玲 [b]", "a\u0301" * 9, "👩\u200d🔬", "\x1b]0;x\x07"])
)


@st.composite
def views(draw: st.DrawFn) -> TimetableView:
    count = draw(st.integers(1, 50))
    times = slots(15)[:count]
    key = iter(range(1000))

    def row() -> TimetableRow:
        edges = sorted(draw(st.lists(st.integers(0, count), max_size=6)))
        kinds = st.sampled_from(list(BlockKind))
        blocks = [
            Block(a, b, draw(kinds), draw(names)) for a, b in zip(edges[::2], edges[1::2], strict=False)
        ]
        return TimetableRow(next(key), draw(names), tuple(blocks))

    groups = tuple(
        TimetableGroup(index, draw(names), draw(names), tuple(row() for _ in range(draw(st.integers(0, 5)))))
        for index in range(draw(st.integers(0, 4)))
    )
    return TimetableView(times, None, groups, draw(names), draw(names), draw(st.integers(1, 4)))


async def test_every_line_is_exactly_as_wide_as_the_widget() -> None:
    timetable = Timetable()
    async with Stage(timetable).run_test(size=(80, 24)) as pilot:

        @given(views(), st.integers(0, 60), st.data())
        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        def holds(view: TimetableView, quarter: int, data: st.DataObject) -> None:
            timetable.view, timetable.now = view, at(quarter / 4)
            for _move in range(3):
                where = data.draw(st.tuples(st.integers(-30, 30), st.integers(-60, 60), st.booleans()))
                (timetable.action_stretch if where[2] else timetable.action_move)(*where[:2])
                lines(timetable)

        for size in SIZES:
            await pilot.resize_terminal(*size)
            assert timetable.content_size == size
            holds()


@pytest.mark.parametrize(("size", "theme"), [((80, 24), NIGHT), ((120, 40), DAY), ((80, 24), CONTRAST)])
async def test_it_looks_as_it_was_looked_at(size: tuple[int, int], theme: str) -> None:
    timetable = Timetable(a_day(30), now=at(14.55))
    app = Stage(timetable, theme=theme)
    async with app.run_test(size=size) as pilot:
        timetable.go_to(at(20), row_key=20)
        await pilot.press("shift+right", "shift+right", "shift+down")
        name = f"timetable-{size[0]}x{size[1]}-{theme}"
        await take_picture(app, pilot, name)
        assert_same_picture(name, screen_text(app))


async def test_painting_is_quick() -> None:
    """A guard against painting per cell in Python objects: generous, so that a busy machine passes."""
    timetable = Timetable(a_full_hall(), now=at(14.5))
    async with Stage(timetable).run_test(size=(120, 40)):
        begin = perf_counter()
        for turn in range(20):
            timetable._lay_out(timetable.spot)
            timetable._put(Cell(turn, turn), stretch=False)
            lines(timetable)
        full = (perf_counter() - begin) / 20
        begin = perf_counter()
        for turn in range(100):
            timetable._put(Cell(10, 10 + turn % 2), stretch=False)
            timetable.render_line(0), timetable.render_line(12)
        move = (perf_counter() - begin) / 100
    print(f"full repaint {full * 1000:.2f} ms, cursor move {move * 1000:.3f} ms")
    assert full < 0.08
    assert move < 0.008


async def test_another_theme_and_the_focus_change_the_colours_at_once() -> None:
    timetable = Timetable(a_day())
    app = Stage(timetable)
    async with app.run_test(size=(80, 24)) as pilot:
        focused = screen_text(app)
        app.set_focus(None)
        await pilot.pause()
        assert screen_text(app) != focused
        timetable.focus()
        await pilot.pause()
        assert screen_text(app) == focused
        before = timetable.pens.style("mine").color
        app.theme = DAY
        await pilot.pause()
        assert timetable.pens.style("mine").color != before


async def test_it_opens_at_now_with_more_of_what_comes_than_of_what_was() -> None:
    timetable = Timetable(a_full_hall(), now=at(12))
    async with Stage(timetable).run_test(size=(60, 20)):
        hours = lines(timetable)[0][10:].split()
    shown = [int(hour) for hour in hours if hour.isdigit()]
    assert timetable.cursor_start == at(12)
    assert 12 - shown[0] < shown[-1] - 12
