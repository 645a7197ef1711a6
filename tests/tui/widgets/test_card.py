"""The card beside the desk map: its lines fit, and only those that change are painted again."""

from __future__ import annotations

from lab_tui.tui.widgets.card import Card, CardLine
from tests.tui.widgets.stage import Stage, lines

ADAS = (CardLine("E-01 · East", "name"), CardLine("■ taken", "taken"), CardLine("Ada Wong"))


async def test_a_long_line_goes_on_below_and_the_rest_is_blank() -> None:
    card = Card()
    async with Stage(card).run_test(size=(20, 6)) as pilot:
        card.lines = (*ADAS, CardLine("height-adjustable, two monitors"))
        await pilot.pause()
        shown = [line.rstrip() for line in lines(card)]
        assert shown == ["E-01 · East", "■ taken", "Ada Wong", "height-adjustable,", "two monitors", ""]


async def test_only_lines_that_change_are_painted_again() -> None:
    card = Card()
    async with Stage(card).run_test(size=(30, 12)) as pilot:
        card.lines = ADAS
        await pilot.pause()
        painted: list[int] = []
        draw = card.draw_line
        card.draw_line = lambda y, width: (painted.append(y), draw(y, width))[1]  # type: ignore[method-assign]
        card.lines = (CardLine("E-02 · East", "name"), *ADAS[1:])
        await pilot.pause()
        assert painted == [0]
        card.lines = ADAS[:2]
        await pilot.pause()
        assert painted == [0, 0, 2]


async def test_a_narrower_card_wraps_anew() -> None:
    card = Card()
    async with Stage(card).run_test(size=(30, 6)) as pilot:
        card.lines = ADAS
        await pilot.resize_terminal(6, 6)
        await pilot.pause()
        assert [line.rstrip() for line in lines(card)][:3] == ["E-01 ·", "East", "■"]
