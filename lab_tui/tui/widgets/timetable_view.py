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
    HIT = "▚"
    OUT = "╳"
    OFFERED = "◇"
    CLOSED = "─"
    LATER = "◦"


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
    """A workstation, or a day of one: its name, what it has, and a row for each GPU.

    A group with `starts` has instants of its own in the columns, and its own `end`; where two columns
    begin at the same instant, the first is a time that this day's clocks skip.
    """

    key: int
    name: str
    detail: str
    rows: tuple[TimetableRow, ...]
    starts: tuple[datetime, ...] = ()
    end: datetime | None = None


@dataclass(frozen=True)
class TimetableView:
    """Everything a timetable shows, in words ready to be read.

    `end` is the instant after the last slot; `now_word` stands beside the line of now; `empty` is
    the sentence shown when there are no rows; a slot is drawn at least `least_cells` wide. A group's
    name stands on a line above its rows, or where not `headed` beside the first of them.
    """

    slots: tuple[Slot, ...] = ()
    end: datetime | None = None
    groups: tuple[TimetableGroup, ...] = ()
    now_word: str = ""
    empty: str = ""
    least_cells: int = 1
    headed: bool = True

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

    def starts_of(self, row: int) -> tuple[datetime, ...]:
        """The first instants of a row's slots."""
        return (self.groups[self.group_of[row]].starts if self.rows else ()) or self.starts

    def slot_at(self, instant: datetime, row: int = 0) -> int:
        """The slot of a row that holds an instant, or the nearest one."""
        return max(0, min(len(self.slots) - 1, bisect_right(self.starts_of(row), instant) - 1))

    def slot_at_time(self, wall: str) -> int | None:
        """The last slot that begins at or before a time of day (`HH:MM`); None where all begin later."""
        best: int | None = None
        for index, slot in enumerate(self.slots):
            if slot.label <= wall and (best is None or slot.label > self.slots[best].label):
                best = index
        return best

    def holds(self, instant: datetime) -> bool:
        """Whether an instant lies in what is shown."""
        return self.start_of(0) <= instant < self.end_of(len(self.slots) - 1, len(self.rows) - 1)

    def start_of(self, slot: int, row: int = 0) -> datetime:
        """The instant at which a slot of a row begins."""
        return self.starts_of(row)[slot]

    def end_of(self, slot: int, row: int = 0) -> datetime:
        """The instant at which a slot of a row ends."""
        starts = self.starts_of(row)
        if slot + 1 < len(starts):
            return starts[slot + 1]
        end = self.groups[self.group_of[row]].end if self.rows else None
        return end or self.end or starts[slot]

    def row_of(self, key: int, instant: datetime) -> int | None:
        """The row with a key, of several the one whose time holds an instant, else the first."""
        rows = [row for row, each in enumerate(self.rows) if each.key == key]
        last = len(self.slots) - 1
        held = (row for row in rows if self.start_of(0, row) <= instant < self.end_of(last, row))
        return next(held, rows[0] if rows else None)


@dataclass(frozen=True)
class Cell:
    """A place on the timetable: row and slot by index."""

    row: int
    slot: int


@dataclass(frozen=True)
class Spot:
    """Where the cursor stands, where a selection that ends there began, and the digits typed so far.

    `no_time` are the last ones where they were no time of day.
    """

    cell: Cell
    anchor: Cell | None = None
    typed: str = ""
    no_time: str = ""

    @property
    def rows(self) -> range:
        """The selected rows, or the cursor's."""
        anchor = self.anchor or self.cell
        return range(min(anchor.row, self.cell.row), max(anchor.row, self.cell.row) + 1)

    @property
    def slots(self) -> range:
        """The selected slots, or the cursor's."""
        anchor = self.anchor or self.cell
        return range(min(anchor.slot, self.cell.slot), max(anchor.slot, self.cell.slot) + 1)


@dataclass(frozen=True)
class Selection:
    """Chosen rows of one group and the time [start, end) chosen on them."""

    group_key: int
    row_keys: tuple[int, ...]
    start: datetime
    end: datetime
