"""From a day of the lab's GPUs to what the timetable shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from textual.content import Content

from lab_tui.clock import LabTime
from lab_tui.i18n import _
from lab_tui.lab.gpus import BookingView, GpuDay, WorkstationView
from lab_tui.tui.widgets.timetable_view import (
    Block,
    BlockKind,
    Slot,
    TimetableGroup,
    TimetableRow,
    TimetableView,
)
from lab_tui.wording.times import clock_time

# A row's key holds both; no machine has as many GPUs.
_GPUS_A_MACHINE = 1000
# A narrow screen scrolls through the hours rather than drawing them too small to hit.
_LEAST_CELLS = 2


@dataclass(frozen=True)
class Looker:
    """Who looks: what is theirs, and what their team's."""

    person_id: int | None
    startup_id: int | None

    def kind(self, booking: BookingView) -> BlockKind:
        """What a booking is to them."""
        if booking.person_id == self.person_id:
            return BlockKind.MINE
        if booking.startup_id is not None and booking.startup_id == self.startup_id:
            return BlockKind.TEAM
        return BlockKind.OTHERS


@dataclass(frozen=True)
class _Paint:
    kind: BlockKind
    text: str = ""
    key: int | None = None


_FREE = _Paint(BlockKind.FREE)


def row_key(workstation_id: int, gpu_number: int) -> int:
    """The key of a GPU's row."""
    return workstation_id * _GPUS_A_MACHINE + gpu_number


def gpu_of(key: int) -> tuple[int, int]:
    """`(workstation id, GPU number)` of a row's key."""
    return divmod(key, _GPUS_A_MACHINE)


def free_slots(rows: Iterable[TimetableRow], slot: int, at_most: int) -> int:
    """How many slots from `slot` on all rows are free, up to `at_most`."""
    begins = [block.first for row in rows for block in row.blocks if block.last > slot]
    return max(0, min(at_most, min(begins, default=slot + at_most) - slot))


def first_free(view: TimetableView, slot: int, wanted: int) -> tuple[TimetableRow, int] | None:
    """The row, and its slot from `slot` on, that is free soonest; of several the first that is free longest.

    More than `wanted` slots in a row are no better than that. None where all is taken until the end.
    """
    found: tuple[TimetableRow, int] | None = None
    best = (len(view.slots), 0)
    for row in view.rows:
        start = next((at for at in range(slot, len(view.slots)) if free_slots((row,), at, 1)), None)
        if start is not None:
            rank = (start, -free_slots((row,), start, wanted))
            if rank < best:
                best, found = rank, (row, start)
    return found


def timetable_view(day: GpuDay, looker: Looker, lab_time: LabTime) -> TimetableView:
    """The whole day in the present language."""
    slots = tuple(_slots(day, lab_time))
    painter = _DayPainter(day, looker, lab_time, slots)
    groups = tuple(
        TimetableGroup(machine.id, machine.name, _detail(machine), tuple(painter.rows(machine)))
        for machine in day.workstations
    )
    return TimetableView(
        slots=slots,
        end=day.ends_at,
        groups=groups,
        now_word=_("now"),
        least_cells=_LEAST_CELLS,
        empty=_("No workstations yet. Staff add them under Workstations."),
    )


def legend() -> Content:
    """What the glyphs mean, in their colours."""
    kinds = (
        (BlockKind.FREE, "$success", _("free")),
        (BlockKind.MINE, "$accent", _("mine")),
        (BlockKind.TEAM, "$primary", _("my team")),
        (BlockKind.OTHERS, "$secondary", _("others")),
        (BlockKind.OUT, "$error", _("out of service")),
        (BlockKind.CLOSED, "$text-muted", _("closed")),
    )
    return Content("   ").join(
        Content.assemble((kind.value, colour), f" {word}") for kind, colour, word in kinds
    )


def _detail(machine: WorkstationView) -> str:
    return _("{model} {memory} GB").format(model=machine.gpu_model, memory=machine.gpu_memory_gb)


def _slots(day: GpuDay, lab_time: LabTime) -> Iterator[Slot]:
    instant = day.starts_at
    while instant < day.ends_at:
        yield Slot(instant, clock_time(lab_time, instant))
        instant += timedelta(minutes=day.slot_minutes)


class _DayPainter:
    """Lays bookings, outages and closures over a day's slots; the later hides the earlier."""

    def __init__(self, day: GpuDay, looker: Looker, lab_time: LabTime, slots: tuple[Slot, ...]) -> None:
        self._day = day
        self._looker = looker
        self._lab_time = lab_time
        self._count = len(slots)

    def rows(self, machine: WorkstationView) -> Iterator[TimetableRow]:
        """A row for each GPU of a machine."""
        for number in machine.gpu_numbers:
            label = _("GPU {number}").format(number=number)
            yield TimetableRow(row_key(machine.id, number), label, self._blocks(machine.id, number))

    def _blocks(self, machine_id: int, number: int) -> tuple[Block, ...]:
        cells = [_FREE] * self._count
        for booking in self._day.bookings:
            if booking.workstation_id == machine_id and number in booking.gpu_numbers:
                text = booking.startup_name or booking.person_name
                paint = _Paint(self._looker.kind(booking), text, booking.id)
                self._lay(cells, paint, booking.starts_at, booking.ends_at)
        for outage in self._day.outages:
            if outage.workstation_id == machine_id:
                paint = _Paint(BlockKind.OUT, self._until(outage.reason, outage.ends_at))
                self._lay(cells, paint, outage.starts_at, outage.ends_at)
        for closure in self._day.closures:
            self._lay(cells, _Paint(BlockKind.CLOSED, closure.reason), closure.starts_at, closure.ends_at)
        return tuple(_runs(cells))

    def _until(self, reason: str, end: datetime | None) -> str:
        if end is None:
            return reason
        return _("{reason} until {time}").format(reason=reason, time=clock_time(self._lab_time, end))

    def _lay(self, cells: list[_Paint], paint: _Paint, start: datetime, end: datetime | None) -> None:
        """Every slot that the time touches."""
        slot = timedelta(minutes=self._day.slot_minutes)
        first = max(0, (start - self._day.starts_at) // slot)
        last = self._count if end is None else -((self._day.starts_at - end) // slot)
        for index in range(first, min(last, self._count)):
            cells[index] = paint


def _runs(cells: list[_Paint]) -> Iterator[Block]:
    index = 0
    for paint, run in groupby(cells):
        length = sum(1 for _cell in run)
        if paint is not _FREE:
            yield Block(index, index + length, paint.kind, paint.text, paint.key)
        index += length
