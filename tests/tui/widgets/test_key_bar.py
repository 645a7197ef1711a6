from __future__ import annotations

from typing import ClassVar

from hypothesis import given
from hypothesis import strategies as st
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from lab_tui.tui.widgets.drawing import cell_width
from lab_tui.tui.widgets.key_bar import KeyBar, KeyItem, place
from tests.tui.widgets.stage import Stage, lines

items = st.lists(
    st.builds(
        KeyItem,
        st.sampled_from(["f1", "escape", "x", "m", "enter"]),
        st.sampled_from(["F1", "Esc", "x", "←→↑↓"]),
        st.sampled_from(["Help", "Back", "預約", "Try a demo badge", "Choose"]),
    ),
    max_size=10,
)


@given(items, st.integers(0, 120))
def test_what_is_shown_is_whole_and_in_order(bar: list[KeyItem], width: int) -> None:
    placed = place(bar, width)
    end = 0
    for each in placed:
        assert each.x >= end
        end = each.x + cell_width(f"{each.item.name} {each.item.text}")
        assert end <= width
    kept = iter(bar)
    assert all(any(item is each.item for item in kept) for each in placed)


def test_help_and_the_way_back_stay_longest() -> None:
    bar = [KeyItem(key, key, "does something") for key in ("f1", "a", "b", "escape", "c")]
    assert [each.item.key for each in place(bar, 60)] == ["f1", "a", "escape"]
    assert [each.item.key for each in place(bar, 40)] == ["f1", "escape"]


class Room(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "book", "Book"),
        Binding("x", "cancel", "Cancel"),
        Binding("y", "hidden", "Hidden", show=False),
        Binding("f1", "help", "Help"),
        Binding("escape", "leave", "Back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.may_cancel = False

    def compose(self) -> ComposeResult:
        yield KeyBar("Kiosk: Lobby")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.may_cancel or None if action == "cancel" else True

    def action_book(self) -> None:
        self.done.append("book")

    def action_cancel(self) -> None:
        self.done.append("cancel")


async def test_the_bar_shows_the_screens_keys_and_dims_what_cannot_be_done() -> None:
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        room = Room()
        await app.push_screen(room)
        await pilot.pause()
        bar = room.query_one(KeyBar)
        line = lines(bar)[0]
        assert line.strip().startswith("Enter Book    x Cancel    F1 Help    Esc Back")
        assert line.endswith("Kiosk: Lobby ")
        assert _style(bar, "Cancel") == bar.pens.style("disabled")
        room.may_cancel = True
        room.refresh_bindings()
        await pilot.pause()
        assert _style(bar, "Cancel") == bar.pens.style("text")


async def test_a_click_presses_the_key_unless_it_is_dim() -> None:
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        room = Room()
        await app.push_screen(room)
        await pilot.pause()
        line = lines(room.query_one(KeyBar))[0]
        await pilot.click(KeyBar, offset=(line.index("Book") + 1, 0))
        await pilot.click(KeyBar, offset=(line.index("Cancel") + 1, 0))
        await pilot.pause()
        assert room.done == ["book"]


def _style(bar: KeyBar, word: str) -> object:
    return next(part.style for part in bar.render_line(0)._segments if word in part.text)
