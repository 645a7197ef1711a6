"""What a timetable shows: values in words ready to be read, with no trace of where they came from."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property


class BlockKind(Enum):
    """What a stretch of time on a GPU is to the person who looks; the value is its glyph."""

    FREE = "·"
    MINE = "█"
    TEAM = "▓"
    OTHERS = "▒"
    OUT = "╳"
    OFFERED = "◇"
    CLOSED = "░"


@dataclass(frozen=True)
class Slot:
    """One column: its first instant, and that instant on the lab's wall clock as `HH:MM`."""

    start: datetime
    label: str


@dataclass(frozen=True)
class Block:
    """The slots [first, last) of a row that are not free, with the text to write into them."""

    first: int
    last: int
    kind: BlockKind
    text: str = ""
    key: int | None = None


@dataclass(frozen=True)
class TimetableRow:
    """A GPU; its blocks are in order and do not overlap."""

    key: int
    label: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class TimetableGroup:
    """A workstation: its name, what it has, and a row for each GPU."""

    key: int
    name: str
    detail: str
    rows: tuple[TimetableRow, ...]


@dataclass(frozen=True)
class TimetableView:
    """Everything a timetable shows, in words ready to be read.

    `end` is the instant after the last slot; `now_word` stands beside the line of now; `empty` is
    the sentence shown when there are no rows; a slot is drawn at least `least_cells` wide.
    """

    slots: tuple[Slot, ...] = ()
    end: datetime | None = None
    groups: tuple[TimetableGroup, ...] = ()
    now_word: str = ""
    empty: str = ""
    least_cells: int = 1

    @cached_property
    def rows(self) -> tuple[TimetableRow, ...]:
        """All rows, top to bottom."""
        return tuple(row for group in self.groups for row in group.rows)

    @cached_property
    def row_keys(self) -> tuple[tuple[int, int], ...]:
        """For each row the key of its group and its own."""
        return tuple((group.key, row.key) for group in self.groups for row in group.rows)

    @cached_property
    def group_of(self) -> tuple[int, ...]:
        """For each row the index of its group."""
        return tuple(index for index, group in enumerate(self.groups) for _row in group.rows)

    @cached_property
    def starts(self) -> tuple[datetime, ...]:
        """The first instants of the slots."""
        return tuple(slot.start for slot in self.slots)

    @property
    def is_empty(self) -> bool:
        """Whether there is no cell to stand on."""
        return not self.slots or not self.rows

    def slot_at(self, instant: datetime) -> int:
        """The slot that holds an instant, or the nearest one."""
        return max(0, min(len(self.slots) - 1, bisect_right(self.starts, instant) - 1))

    def end_of(self, slot: int) -> datetime:
        """The instant at which a slot ends."""
        if slot + 1 < len(self.slots):
            return self.slots[slot + 1].start
        return self.end or self.slots[slot].start


@dataclass(frozen=True)
class Cell:
    """A place on the timetable: row and slot by index."""

    row: int
    slot: int


@dataclass(frozen=True)
class Selection:
    """Chosen rows of one group and the time [start, end) chosen on them."""

    group_key: int
    row_keys: tuple[int, ...]
    start: datetime
    end: datetime
