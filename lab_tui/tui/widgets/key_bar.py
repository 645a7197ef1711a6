"""The key bar: what the keys do here and now, in one line that tells the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.reactive import reactive
from textual.screen import Screen
from textual.strip import Strip

from lab_tui.i18n import _, language
from lab_tui.tui.widgets.drawing import CellRow, LineWidget, cell_width

_SIDE = 1
# Between two keys, as wide as there is room for.
_GAPS = (4, 3, 2)
# Keys that stay when there is no room for all: the way back and the way to help.
_KEPT = ("f1", "escape")
_KEY_NAMES = {"escape": "Esc", "enter": "Enter", "space": "Space", "tab": "Tab", "delete": "Del"}


@dataclass(frozen=True)
class KeyItem:
    """A key, its name on the bar and what it does, in the language of the moment."""

    key: str
    name: str
    text: str
    enabled: bool = True

    @property
    def width(self) -> int:
        """Cells on the bar."""
        return cell_width(self.name) + 1 + cell_width(self.text)


@dataclass(frozen=True)
class PlacedItem:
    """A key item and the column where it begins."""

    x: int
    item: KeyItem


def place(items: Sequence[KeyItem], width: int) -> list[PlacedItem]:
    """Lay out items in `width` cells, each whole: closer together first, then without the last ones.

    Items whose key is the way back or to help are left out only when nothing else is left to drop.
    """
    shown = list(items)
    while shown:
        needed = sum(item.width for item in shown)
        for gap in _GAPS:
            if needed + gap * (len(shown) - 1) <= width:
                return _spaced(shown, gap)
        droppable = [item for item in shown if item.key not in _KEPT] or shown
        shown.remove(droppable[-1])
    return []


def _spaced(items: Sequence[KeyItem], gap: int) -> list[PlacedItem]:
    placed: list[PlacedItem] = []
    x = 0
    for item in items:
        placed.append(PlacedItem(x, item))
        x += item.width + gap
    return placed


class KeyBar(LineWidget):
    """The bindings of the active screen; a click or a touch presses the key."""

    PENS = "keys"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "keys--key",
        "keys--text",
        "keys--disabled",
        "keys--right",
    }
    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
        height: 1;
        background: $surface;
        & > .keys--key { color: $accent; text-style: bold; }
        & > .keys--text { color: $foreground; }
        & > .keys--disabled { color: $secondary; }
        & > .keys--right { color: $text-muted; }
    }
    """
    right: reactive[str] = reactive("", init=False)

    def __init__(
        self,
        right: str = "",
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(KeyBar.right, right)
        self._items: tuple[KeyItem, ...] = ()
        self._language = ""

    def on_mount(self) -> None:
        """Listen to changes of the screen's bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def on_unmount(self) -> None:
        """Stop listening."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            items = self._read_items()
            if items != self._items or self._language != language():
                self._items, self._language = items, language()
                self.refresh()

    def _read_items(self) -> tuple[KeyItem, ...]:
        """Shown bindings of the active screen, one for each action."""
        items: dict[str, KeyItem] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and binding.description and binding.action not in items:
                text = _(binding.description)
                items[binding.action] = KeyItem(binding.key, self._name_of(binding), text, active.enabled)
        return tuple(items.values())

    def _name_of(self, binding: Binding) -> str:
        key = binding.key
        if binding.key_display or len(key) == 1:
            return binding.key_display or key
        is_function_key = key[0] == "f" and key[1:].isdigit()
        return key.upper() if is_function_key else _KEY_NAMES.get(key) or self.app.get_key_display(binding)

    def _placed(self, width: int) -> list[PlacedItem]:
        if self._language != language():
            self._items, self._language = self._read_items(), language()
        return place(self._items, max(0, width - 2 * _SIDE))

    def draw_line(self, y: int, width: int) -> Strip:
        """Keys with their texts, and what stands at the right if it fits."""
        row = CellRow(width)
        end = 0
        for placed in self._placed(width) if y == 0 else ():
            item = placed.item
            x = row.write(_SIDE + placed.x, item.name, "key" if item.enabled else "disabled")
            end = row.write(x + 1, item.text, "text" if item.enabled else "disabled")
        right = cell_width(self.right)
        if y == 0 and right and end + _GAPS[0] + right + _SIDE <= width:
            row.write(width - _SIDE - right, self.right, "right")
        return row.strip(self.pens)

    def item_at(self, x: int) -> KeyItem | None:
        """The item whose cells, or the gap before it, hold a column."""
        for placed in self._placed(self.content_size.width):
            if placed.x - 1 <= x - _SIDE <= placed.x + placed.item.width:
                return placed.item
        return None

    def on_click(self, event: events.Click) -> None:
        """Press the key under the pointer; the app itself refuses one that is dim."""
        event.stop()  # a sheet that a touch closes would be closed, and what the key closes then as well
        item = self.item_at(event.get_content_offset_capture(self).x)
        if item is not None:
            self.app.simulate_key(item.key)
