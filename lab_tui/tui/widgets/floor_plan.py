"""The floor plan as cells: walls that join, names of zones, furniture and desks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from lab_tui.tui.widgets.drawing import CellRow, cell_width


class DeskState(Enum):
    """What a desk is to the person who looks; the value is its glyph."""

    MINE = "▣"
    TAKEN = "■"
    FREE = "□"
    LENT = "◇"
    OUT_OF_ORDER = "·"


SOMEONE_IN = "●"


@dataclass(frozen=True)
class MapDesk:
    """A desk at column `x` and line `y` of the plan; `search` is what a search looks in."""

    key: int
    label: str
    x: int
    y: int
    state: DeskState
    person_in: bool = False
    search: str = ""


@dataclass(frozen=True)
class MapZone:
    """A walled part of the floor; neighbours share a wall when their edges fall on the same cells."""

    name: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class MapText:
    """Furniture or a door: text at a place."""

    text: str
    x: int
    y: int


@dataclass(frozen=True)
class FloorView:
    """A plan; `empty` is the sentence shown when it has no desks."""

    desks: tuple[MapDesk, ...] = ()
    zones: tuple[MapZone, ...] = ()
    texts: tuple[MapText, ...] = ()
    empty: str = ""

    @cached_property
    def width(self) -> int:
        """Columns of the plan."""
        zones = [zone.x + zone.width for zone in self.zones]
        desks = [desk.x + 2 + cell_width(desk.label) for desk in self.desks]
        return max([*zones, *desks, 0])

    @cached_property
    def height(self) -> int:
        """Lines of the plan."""
        zones = [zone.y + zone.height for zone in self.zones]
        return max([*zones, *(desk.y + 1 for desk in self.desks), 0])

    @cached_property
    def desk_of_key(self) -> dict[int, MapDesk]:
        """Desks by key."""
        return {desk.key: desk for desk in self.desks}


# Which neighbours a wall reaches: up 1, right 2, down 4, left 8.
_WALLS = " ╵╶└╷│┌├╴┘─┴┐┤┬┼"
_UP, _RIGHT, _DOWN, _LEFT = 1, 2, 4, 8


class FloorPlan:
    """The cells of a plan, drawn once; a desk's cells are asked for to mark it."""

    def __init__(self, view: FloorView) -> None:
        self._view = view
        self.rows = [CellRow(view.width) for _line in range(view.height)]
        self._draw_walls()
        for zone in view.zones:
            self._write(zone.x + 2, zone.y + 1, zone.name.upper(), "zone", zone.width - 3)
        for text in view.texts:
            self._write(text.x, text.y, text.text, "furniture", view.width)
        self._spans = {desk.key: self._draw_desk(desk) for desk in view.desks}

    def span(self, key: int) -> range:
        """The columns that a desk takes on its line."""
        return self._spans[key]

    def desk_at(self, x: int, y: int) -> MapDesk | None:
        """The desk whose cells hold a place."""
        return next((desk for desk in self._view.desks if desk.y == y and x in self._spans[desk.key]), None)

    def _draw_walls(self) -> None:
        reach: dict[tuple[int, int], int] = {}

        def add(x: int, y: int, ways: int) -> None:
            reach[x, y] = reach.get((x, y), 0) | ways

        for zone in self._view.zones:
            right, bottom = zone.x + zone.width - 1, zone.y + zone.height - 1
            for x in range(zone.x, right):
                for y in (zone.y, bottom):
                    add(x, y, _RIGHT)
                    add(x + 1, y, _LEFT)
            for y in range(zone.y, bottom):
                for x in (zone.x, right):
                    add(x, y, _DOWN)
                    add(x, y + 1, _UP)
        for (x, y), ways in reach.items():
            self._write(x, y, _WALLS[ways], "wall", 1)

    def _draw_desk(self, desk: MapDesk) -> range:
        """Glyph, label up to the next desk, and a dot when someone is in."""
        beside = min(
            (d.x for d in self._view.desks if d.y == desk.y and d.x > desk.x), default=self._view.width
        )
        pen = desk.state.name.lower().replace("_", "-")
        end = self._write(desk.x, desk.y, desk.state.value, pen, 1)
        room = beside - end - desk.person_in
        end = self._write(end, desk.y, desk.label, f"{pen}-label", room)
        if desk.person_in:
            end = self._write(end, desk.y, SOMEONE_IN, "in", beside - end)
        return range(desk.x, max(end, desk.x + 1))

    def _write(self, x: int, y: int, text: str, pen: str, width: int) -> int:
        if 0 <= y < len(self.rows) and x >= 0 and width > 0:
            return self.rows[y].write(x, text, pen, width)
        return x
