"""How every GPU stands at this moment, for dashboards: start-ups are named, people are not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from peewee import JOIN

from lab_tui.lab.gpu_facts import read_blocks
from lab_tui.lab.operation import Lab, reading
from lab_tui.lab.rules.booking import Blocked
from lab_tui.store.tables.gpus import Booking, BookingGpu, Gpu, Workstation
from lab_tui.store.tables.people import Startup

# Who looks at a dashboard does not plan further.
LOOKS_AHEAD = timedelta(days=7)


class GpuState(StrEnum):
    """How a GPU stands; `offered` is held for somebody who has not accepted it yet."""

    FREE = "free"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    OFFERED = "offered"
    OUT_OF_SERVICE = "out_of_service"
    CLOSED = "closed"


@dataclass(frozen=True)
class GpuNow:
    """One GPU. `until` is when that changes next; None: not within a week, or nobody knows.

    `startup` has it ("" where staff have, or nobody); `reason` is the outage's or the closure's.
    """

    workstation: str
    host_name: str
    gpu_model: str
    gpu_memory_gb: int
    gpu_number: int
    state: GpuState
    startup: str
    reason: str
    until: datetime | None


@dataclass(frozen=True)
class _Held:
    starts_at: datetime
    ends_at: datetime
    state: str
    startup: str


def now(lab: Lab) -> tuple[GpuNow, ...]:
    """Every GPU of every workstation in use, by name and number."""
    instant = lab.now()
    with reading(lab):
        gpus = Gpu.select(Gpu, Workstation).join(Workstation).where(Workstation.retired == False)  # noqa: E712
        held = _held(instant)
        blocks = read_blocks(lab.store, instant, instant + LOOKS_AHEAD)
        return tuple(
            _stands(
                gpu,
                held.get(gpu.id, []),
                blocks.outages.get(gpu.workstation_id, ()),
                blocks.closures,
                instant,
            )
            for gpu in gpus.order_by(Workstation.name, Gpu.number)
        )


def _held(instant: datetime) -> dict[int, list[_Held]]:
    """Who has each GPU, now and within a week, the soonest first."""
    near = (BookingGpu.ends_at > instant) & (BookingGpu.starts_at < instant + LOOKS_AHEAD)
    columns = (BookingGpu.gpu, BookingGpu.starts_at, BookingGpu.ends_at, Booking.state, Startup.name)
    query = (
        BookingGpu.select(*columns)
        .join(Booking)
        .join(Startup, JOIN.LEFT_OUTER)
        .where((BookingGpu.holds == True) & near)  # noqa: E712
        .order_by(BookingGpu.starts_at)
    )
    found: dict[int, list[_Held]] = {}
    for gpu_id, starts_at, ends_at, state, startup in query.tuples():
        found.setdefault(gpu_id, []).append(_Held(starts_at, ends_at, state, startup or ""))
    return found


def _stands(
    gpu: Gpu,
    held: Sequence[_Held],
    outages: Sequence[Blocked],
    closures: Sequence[Blocked],
    instant: datetime,
) -> GpuNow:
    state, startup, reason, ends_at = GpuState.FREE, "", "", None
    coming = _starts_after(instant, (*outages, *closures))
    if (block := _running(outages, instant)) is not None:
        state, reason, ends_at, coming = GpuState.OUT_OF_SERVICE, block.reason, block.ends_at, []
    elif (block := _running(closures, instant)) is not None:
        state, reason, ends_at = GpuState.CLOSED, block.reason, block.ends_at
    elif held and held[0].starts_at <= instant:
        state, startup, ends_at = _state_of(held[0]), held[0].startup, held[0].ends_at
    else:
        coming += [one.starts_at for one in held]
    machine = gpu.workstation
    return GpuNow(
        workstation=machine.name,
        host_name=machine.host_name,
        gpu_model=machine.gpu_model,
        gpu_memory_gb=machine.gpu_memory_gb,
        gpu_number=gpu.number,
        state=state,
        startup=startup,
        reason=reason,
        until=min((one for one in (ends_at, *coming) if one is not None), default=None),
    )


def _running(blocks: Iterable[Blocked], instant: datetime) -> Blocked | None:
    """The block that lies over an instant; of several the one that lasts longest."""
    running = [one for one in blocks if one.starts_at <= instant]
    endless = next((one for one in running if one.ends_at is None), None)
    return endless or max(running, key=lambda one: one.ends_at or instant, default=None)


def _starts_after(instant: datetime, blocks: Iterable[Blocked]) -> list[datetime]:
    return [one.starts_at for one in blocks if one.starts_at > instant]


def _state_of(held: _Held) -> GpuState:
    """A booking that has just ended early is held to the end of its slot, as booked."""
    return GpuState(held.state) if held.state in ("checked_in", "offered") else GpuState.BOOKED
