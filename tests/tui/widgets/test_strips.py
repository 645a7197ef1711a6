from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.widget import Widget

from lab_tui.tui.widgets.big_letters import pixels
from lab_tui.tui.widgets.big_word import BigWord, BigWordView, Verdict, big_lines
from lab_tui.tui.widgets.floor_plan import DeskState
from lab_tui.tui.widgets.strips import (
    Bar,
    BarView,
    DeskStrips,
    DeskStripsView,
    GpuStrips,
    GpuStripsView,
    UseStrip,
    ZoneStrip,
    shade,
)
from lab_tui.tui.widgets.title_bar import TitleBar
from tests.tui.widgets.stage import SIZES, Stage, lines

HOURS = tuple(f"{hour % 24:02}:00" for hour in range(14, 29))


def test_a_fuller_hour_is_a_darker_glyph() -> None:
    assert [shade(share) for share in (0, 0.1, 0.5, 0.9, 1)] == ["·", "░", "▒", "▓", "█"]


async def test_gpu_strips_stand_under_their_hours() -> None:
    view = GpuStripsView("GPUS", HOURS, (UseStrip("A100", (0.0, 1.0) + (0.5,) * 13),), "14 of 28 free")
    strips = GpuStrips(view)
    async with Stage(strips).run_test(size=(80, 24)):
        header, a100 = lines(strips)
    assert header.startswith("GPUS")
    assert header.endswith("14 of 28 free")
    at_15 = header.index("15")
    assert a100[at_15 - 1 : at_15 + 1] == "·█"


async def test_desk_strips_show_every_desk_of_every_zone() -> None:
    zones = tuple(
        ZoneStrip(name, (DeskState.TAKEN,) * count + (DeskState.FREE,))
        for name, count in (("East", 13), ("West", 16), ("Quiet", 7), ("Loft", 11))
    )
    strips = DeskStrips(DeskStripsView("DESKS", zones, "4 desks free"))
    async with Stage(strips).run_test(size=(80, 24)):
        drawn = lines(strips)
    assert len(drawn) == 2
    assert "".join(drawn).count("■") == 47
    assert "".join(drawn).count("□") == 4
    assert "East" in drawn[0]
    assert "Quiet" in drawn[1]


@pytest.mark.parametrize(
    ("view", "used", "more", "rest"),
    [
        (BarView(0, 80, "x" * 8), 0, 0, 20),
        (BarView(40, 80, "x" * 8), 10, 0, 10),
        (BarView(40, 80, "x" * 8, after=60), 10, 5, 5),
        (BarView(79.9, 80, "x" * 8), 19, 0, 1),
        (BarView(0.1, 80, "x" * 8), 1, 0, 19),
        (BarView(80, 80, "x" * 8), 20, 0, 0),
        (BarView(60, 80, "x" * 8, after=40), 10, 0, 10),
    ],
)
async def test_a_bar_is_as_long_as_what_is_used(view: BarView, used: int, more: int, rest: int) -> None:
    bar = Bar(view)
    async with Stage(bar).run_test(size=(30, 3)):
        line = lines(bar)[0]
    assert (line.count("━"), line.count("╍"), line.count("─")) == (used, more, rest)
    assert line.endswith("x" * 8)


async def test_too_much_is_told_by_a_glyph_as_well() -> None:
    bar = Bar(BarView(70, 80, "82 of 80", after=82))
    async with Stage(bar).run_test(size=(30, 3)):
        assert "━! " in lines(bar)[0]


async def test_a_title_bar_keeps_the_time_whole_and_drops_the_middle_first() -> None:
    bar = TitleBar("Mei Chan 陳美 · Lumen Vision", "Sunday 22 November", "14:32")
    async with Stage(bar).run_test(size=(80, 5)) as pilot:
        assert [part in lines(bar)[0] for part in ("Mei Chan", "Sunday 22 November", "14:32")] == [True] * 3
        await pilot.resize_terminal(30, 5)
        await pilot.pause()
        line = lines(bar)[0]
        assert line.startswith(" Mei Chan 陳美")
        assert "…" in line
        assert line.endswith("14:32 ")
        assert "Sunday" not in line


def test_a_verdict_is_seven_lines_high_where_there_is_room() -> None:
    for verdict in Verdict:
        drawn = big_lines(BigWordView(verdict, "Welcome"), 80, 9)
        assert len(drawn) == 7
        assert len({len(line) for line in drawn}) == 1


def test_letters_grow_with_the_place_and_become_plain_text_last() -> None:
    view = BigWordView(Verdict.BAD, "In")
    heights = [
        len(big_lines(view, width, height)) for width, height in ((120, 20), (80, 9), (30, 4), (12, 1))
    ]
    assert heights == [18, 7, 4, 1]
    assert big_lines(view, 12, 1) == ["✕ In"]


def test_chinese_is_spaced_and_framed_beside_the_shape() -> None:
    drawn = big_lines(BigWordView(Verdict.ATTENTION, "已經簽到"), 80, 9)
    assert len(drawn) == 7
    assert any("已 經 簽 到" in line for line in drawn)


def test_every_letter_differs_from_every_other() -> None:
    drawn = {pixels(char) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'-!?.,"}
    assert len(drawn) == 42
    assert pixels("陳") is None


names = st.one_of(
    st.text(max_size=30), st.sampled_from(["[/x]", "陳美玲 [b]", "a\u0301" * 9, "\x1b[2J", "WELCOME"])
)
shares = st.lists(st.floats(0, 1), max_size=40).map(tuple)
amounts = st.floats(-5, 200)
shown = st.one_of(
    st.builds(
        GpuStripsView,
        names,
        st.integers(0, 40).map(lambda count: tuple(f"{hour % 24:02}:00" for hour in range(count))),
        st.lists(st.builds(UseStrip, names, shares), max_size=5).map(tuple),
        names,
    ),
    st.builds(
        DeskStripsView,
        names,
        st.lists(
            st.builds(ZoneStrip, names, st.lists(st.sampled_from(list(DeskState)), max_size=90).map(tuple)),
            max_size=6,
        ).map(tuple),
        names,
    ),
    st.builds(BarView, amounts, amounts, names, st.one_of(st.none(), amounts)),
    st.builds(BigWordView, st.sampled_from(list(Verdict)), names),
)


async def test_every_line_is_exactly_as_wide_as_the_widget() -> None:
    widgets: dict[type, Widget] = {
        GpuStripsView: GpuStrips(),
        DeskStripsView: DeskStrips(),
        BarView: Bar(),
        BigWordView: BigWord(),
    }
    title = TitleBar()
    async with Stage(*widgets.values(), title).run_test(size=(80, 24)) as pilot:

        @given(shown, names)
        @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
        def holds(view: object, name: str) -> None:
            widget = widgets[type(view)]
            widget.set_reactive(type(widget).view, view)  # type: ignore[attr-defined]
            title.left, title.middle, title.right = name, name, name
            lines(widget)
            lines(title)

        for size in SIZES:
            await pilot.resize_terminal(*size)
            assert title.content_size.width == size[0]
            holds()
