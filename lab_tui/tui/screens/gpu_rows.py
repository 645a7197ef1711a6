"""From a day of the lab's GPUs, or a week of one workstation, to what the timetable shows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from textual.content import Content

from lab_tui.clock import LabTime
from lab_tui.i18n import _
from lab_tui.lab.gpu_weeks import DaySpan, GpuWeek
from lab_tui.lab.gpus import BookingView, GpuDay, WorkstationView
from lab_tui.lab.rules.calendar import slot_end, slot_start
from lab_tui.text import printable
from lab_tui.tui.widgets.drawing import cell_width, fit
from lab_tui.tui.widgets.timetable_view import (
    Block,
    BlockKind,
    Cell,
    Slot,
    Spot,
    TimetableGroup,
    TimetableRow,
    TimetableView,
)
from lab_tui.wording import times

_A_MOMENT = timedelta(milliseconds=1)
# A row's key holds both; no machine has as many GPUs.
_GPUS_A_MACHINE = 1000
# A narrow screen scrolls through the hours rather than drawing them too small to hit.
_LEAST_CELLS = 2
_LEAST_NAME = 8


@dataclass(frozen=True)
class Looker:
    """Who looks: what is theirs, and what their team's."""

    person_id: int | None
    startup_id: int | None

    def kind(self, booking: BookingView) -> BlockKind:
        """What a booking is to them."""
        if booking.state == "offered":
            return BlockKind.OFFERED
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
# What stays to be seen where an outage or a closure lies over it.
_OURS = frozenset({BlockKind.MINE, BlockKind.TEAM})
_RARE = frozenset({BlockKind.HIT, BlockKind.LATER})


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


def free_text(view: TimetableView, cell: Cell, now: datetime) -> str:
    """Until when it is free in a free cell, if somebody comes later this day."""
    count = len(view.slots) - cell.slot
    if view.end_of(cell.slot, cell.row) <= now:
        return _("past")
    free = free_slots((view.rows[cell.row],), cell.slot, count)
    if free == count:
        return _("free")
    return _("free until {time}").format(time=view.slots[cell.slot + free].label)


def usual_end(view: TimetableView, spot: Spot, usual: int) -> datetime:
    """So many slots on from the start that was chosen, or where somebody comes before on a chosen row."""
    start = spot.slots.start
    usual = min(usual, len(view.slots) - start)
    free = free_slots([view.rows[row] for row in spot.rows], start, usual) or usual
    return view.end_of(start + free - 1, spot.cell.row)


def fitted_start(
    lab_time: LabTime, start: datetime, end: datetime, slot: timedelta
) -> tuple[datetime, datetime]:
    """A start that was chosen and its usual end on a grid: as long, or as much shorter as the grid asks for.

    The slot of the start is whole in any case.
    """
    begin = slot_start(lab_time, start, slot)
    first_end = slot_end(lab_time, begin + _A_MOMENT, slot)
    return begin, max(first_end, slot_start(lab_time, begin + (end - start), slot))


def day_table(
    day: GpuDay, machines: Sequence[WorkstationView], looker: Looker, lab_time: LabTime, today: date
) -> TimetableView:
    """A whole day in the present language: a row for each GPU of these machines."""
    slots = tuple(_slots(day.starts_at, day.ends_at, day.slot_minutes, lab_time))
    painter = _Painter(day, looker, lab_time, [slot.start for slot in slots], day.ends_at, today)
    groups = tuple(
        TimetableGroup(machine.id, machine.name, machine_detail(machine), tuple(painter.rows(machine)))
        for machine in machines
    )
    some = _("No GPU here is like that. v shows others.")
    none = _("No workstations yet. Staff add them under Workstations.")
    return TimetableView(
        slots=slots,
        end=day.ends_at,
        groups=groups,
        now_word=_("now"),
        least_cells=_LEAST_CELLS,
        empty=some if day.workstations else none,
    )


def week_table(week: GpuWeek, looker: Looker, lab_time: LabTime, today: date) -> TimetableView:
    """Seven days of one machine: a group for each day, the hours of all below each other."""
    days = [tuple(_slots(day.starts_at, day.ends_at, week.slot_minutes, lab_time)) for day in week.days]
    longest = max(days, key=len)
    groups = []
    for day, slots in zip(week.days, days, strict=True):
        starts = _aligned(slots, longest, day)
        painter = _Painter(week, looker, lab_time, starts, day.ends_at, today)
        rows = tuple(painter.rows(week.workstation))
        groups.append(
            TimetableGroup(week.workstation.id, _day_label(day), "", rows, tuple(starts), day.ends_at)
        )
    return TimetableView(
        slots=longest,
        end=week.days[-1].ends_at,
        groups=tuple(groups),
        now_word=_("now"),
        empty=_("No workstations yet. Staff add them under Workstations."),
        headed=False,
    )


def _day_label(day: DaySpan) -> str:
    return _("{weekday} {day}").format(weekday=times.weekday(day.day), day=day.day.day)


def _aligned(slots: Sequence[Slot], columns: Sequence[Slot], day: DaySpan) -> list[datetime]:
    """The instant of each column on a day: the slot with the same time on the wall, counted where twice.

    A column whose time the day skips begins when the next one does. Where the clocks are set by a
    part of a slot, the columns only follow each other.
    """
    named = _numbered(columns)
    own = dict(zip(_numbered(slots), (slot.start for slot in slots), strict=True))
    if not set(own) <= set(named):
        own = dict(zip(named, own.values(), strict=False))
    starts: list[datetime] = []
    following = day.ends_at
    for name in reversed(named):
        following = own.get(name, following)
        starts.append(following)
    return starts[::-1]


def _numbered(slots: Sequence[Slot]) -> list[tuple[str, int]]:
    """Times on the wall, with how often each was there before."""
    seen: dict[str, int] = {}
    names = []
    for slot in slots:
        names.append((slot.label, seen.get(slot.label, 0)))
        seen[slot.label] = names[-1][1] + 1
    return names


_Meaning = tuple[BlockKind, str, str]


def _meanings() -> tuple[_Meaning, ...]:
    """Glyph, colour and word of everything that a timetable shows."""
    return (
        (BlockKind.FREE, "$success", _("free")),
        (BlockKind.MINE, "$accent", _("mine")),
        (BlockKind.TEAM, "$primary", _("my team")),
        (BlockKind.OTHERS, "$secondary", _("others")),
        (BlockKind.OFFERED, "$warning", _("offered")),
        (BlockKind.OUT, "$error", _("out of service")),
        (BlockKind.CLOSED, "$text-muted", _("closed")),
        (BlockKind.HIT, "$error", _("ours, but out of service")),
        (BlockKind.LATER, "$text-muted", _("opens later")),
    )


def legend(width: int, shown: Collection[BlockKind] = ()) -> Content:
    """What the glyphs mean, in their colours; closer together where it is narrow.

    What is rare is told only where it is `shown`, and there rather than what is not; what everybody sees at
    once, which comes first, gives way to it.
    """
    meanings = [one for one in _meanings() if one[0] not in _RARE or one[0] in shown]
    if _legend_width(meanings, 2) > width:
        meanings = [one for one in meanings if one[0] in shown or one[0] is BlockKind.FREE]
    while len(meanings) > 1 and _legend_width(meanings, 2) > width:
        del meanings[0]
    gap = "   " if _legend_width(meanings, 3) <= width else "  "
    return Content(gap).join(
        Content.assemble((kind.value, colour), f" {word}") for kind, colour, word in meanings
    )


def _legend_width(meanings: Sequence[_Meaning], gap: int) -> int:
    return sum(2 + cell_width(word) for _kind, _colour, word in meanings) + gap * (len(meanings) - 1)


def kinds_in(view: TimetableView) -> frozenset[BlockKind]:
    """Everything that a timetable shows somewhere."""
    return frozenset(block.kind for row in view.rows for block in row.blocks)


def legend_text() -> str:
    """What the glyphs mean, for the help."""
    return "   ".join(f"{kind.value} {word}" for kind, _colour, word in _meanings())


def shortened(name: str, width: int) -> str:
    """A name in at most so many cells, but never without its beginning."""
    name, width = printable(name), max(_LEAST_NAME, width)
    return name if cell_width(name) <= width else fit(name, width).rstrip()


def machine_detail(machine: WorkstationView) -> str:
    """`A100 80 GB`."""
    return _("{model} {memory} GB").format(model=machine.gpu_model, memory=machine.gpu_memory_gb)


def _slots(starts_at: datetime, ends_at: datetime, minutes: int, lab_time: LabTime) -> Iterator[Slot]:
    instant = starts_at
    while instant < ends_at:
        yield Slot(instant, times.clock_time(lab_time, instant))
        instant += timedelta(minutes=minutes)


class _Painter:
    """Lays bookings, outages and closures over the columns of a day; the later hides the earlier."""

    def __init__(
        self,
        shown: GpuDay | GpuWeek,
        looker: Looker,
        lab_time: LabTime,
        starts: Sequence[datetime],
        ends_at: datetime,
        today: date,
    ) -> None:
        self._today = today
        self._shown = shown
        self._looker = looker
        self._lab_time = lab_time
        self._starts = starts
        self._ends_at = ends_at

    def rows(self, machine: WorkstationView) -> Iterator[TimetableRow]:
        """A row for each GPU of a machine."""
        for number in machine.gpu_numbers:
            label = _("GPU {number}").format(number=number)
            yield TimetableRow(row_key(machine.id, number), label, self._blocks(machine.id, number))

    def _blocks(self, machine_id: int, number: int) -> tuple[Block, ...]:
        cells = self._unbooked(machine_id)
        for booking in self._shown.bookings:
            if booking.workstation_id == machine_id and number in booking.gpu_numbers:
                text = booking.startup_name or booking.person_name
                paint = _Paint(self._looker.kind(booking), text, booking.id)
                self._lay(cells, paint, booking.starts_at, booking.ends_at)
        for outage in self._shown.outages:
            if outage.workstation_id == machine_id:
                paint = _Paint(BlockKind.OUT, self._until(outage.reason, outage.ends_at))
                self._block(cells, paint, outage.starts_at, outage.ends_at)
        for closure in self._shown.closures:
            self._block(cells, _Paint(BlockKind.CLOSED, closure.reason), closure.starts_at, closure.ends_at)
        for column, following in enumerate((*self._starts[1:], self._ends_at)):
            if following == self._starts[column]:
                cells[column] = _Paint(BlockKind.CLOSED, _("no such time"))
        return tuple(_runs(cells))

    def _unbooked(self, machine_id: int) -> list[_Paint]:
        """Free, unless this person cannot book so far ahead."""
        cells, reach = [_FREE] * len(self._starts), self._shown.reaches.get(machine_id)
        if reach is None:
            return cells
        day, horizon = self._lab_time.day_of(self._starts[0]), timedelta(days=reach.horizon_days)
        if day - self._today > horizon:
            text = _("opens {day}").format(day=times.day_name(day - horizon, self._today))
            return [_Paint(BlockKind.LATER, text)] * len(cells)
        if reach.member_until is not None:
            over = _Paint(BlockKind.LATER, _("after your time in the lab"))
            first = bisect_left(self._starts, reach.member_until)
            cells[first:] = [over] * (len(cells) - first)
        return cells

    def _until(self, reason: str, end: datetime | None) -> str:
        if end is None:
            return reason
        return _("{reason} until {time}").format(reason=reason, time=self._time(end))

    def _time(self, end: datetime) -> str:
        """An hour of the day that is shown, or of a later one."""
        if end <= self._ends_at:
            return times.clock_time(self._lab_time, end)
        return times.moment(self._lab_time, end)

    def _lay(self, cells: list[_Paint], paint: _Paint, start: datetime, end: datetime | None) -> None:
        """Every slot that the time touches."""
        for column in self._columns(start, end):
            cells[column] = paint

    def _block(self, cells: list[_Paint], paint: _Paint, start: datetime, end: datetime | None) -> None:
        """Every slot that cannot be used then; what is ours is seen all the same."""
        for column in self._columns(start, end):
            ours = cells[column]
            if ours.kind in _OURS or ours.kind is BlockKind.HIT:
                cells[column] = _Paint(BlockKind.HIT, paint.text, ours.key)
            else:
                cells[column] = paint

    def _columns(self, start: datetime, end: datetime | None) -> range:
        if start >= self._ends_at:
            return range(0)
        first = max(0, bisect_right(self._starts, start) - 1)
        return range(first, len(self._starts) if end is None else bisect_left(self._starts, end))


def _runs(cells: list[_Paint]) -> Iterator[Block]:
    index = 0
    for paint, run in groupby(cells):
        length = sum(1 for _cell in run)
        if paint is not _FREE:
            yield Block(index, index + length, paint.kind, paint.text, paint.key)
        index += length
