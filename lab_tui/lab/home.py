"""The home screen, read in one picture; nothing that only other screens need is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from lab_tui.lab.desk_views import FloorDay, floor_on
from lab_tui.lab.event_views import EventView, upcoming
from lab_tui.lab.gpu_use import gpus_free_now, model_use
from lab_tui.lab.gpu_views import ClosureView, ModelUse, read_closures
from lab_tui.lab.operation import Lab, reading
from lab_tui.lab.presence import inside_count
from lab_tui.store.tables.lab import Closure

_DAYS_AHEAD = 7
# Events that home says come next.
_NEXT_SHOWN = 4


@dataclass(frozen=True)
class HomeView:
    """The home screen: nobody's name is in it."""

    at: datetime
    now_on: tuple[EventView, ...]
    next_on: tuple[EventView, ...]
    gpus_free: int
    gpus_total: int
    strip_starts_at: datetime
    strip_slot_minutes: int
    gpu_models: tuple[ModelUse, ...]
    floor: FloorDay
    people_inside: int
    # The closure that runs now.
    closure: ClosureView | None = None


def home(lab: Lab, hours: int = 15) -> HomeView:
    """What the home screen shows now, with GPU use for the next `hours` from the full hour on."""
    now = lab.now()
    slot_minutes = lab.config.gpus.slot_minutes
    starts_at = _full_hour(lab, now)
    with reading(lab):
        coming = [one for one in upcoming(lab, None, _DAYS_AHEAD) if not one.cancelled]
        free, total = gpus_free_now(lab)
        return HomeView(
            at=now,
            now_on=tuple(one for one in coming if _is_on(one, now)),
            next_on=tuple(one for one in coming if not _is_on(one, now))[:_NEXT_SHOWN],
            gpus_free=free,
            gpus_total=total,
            strip_starts_at=starts_at,
            strip_slot_minutes=slot_minutes,
            gpu_models=model_use(lab, starts_at, slot_minutes, hours * 60 // slot_minutes),
            floor=floor_on(lab, None, lab.today()),
            people_inside=inside_count(lab),
            closure=_closure_at(now),
        )


def _full_hour(lab: Lab, instant: datetime) -> datetime:
    """The instant at which the lab's wall clock last showed a full hour; zones differ by minutes too."""
    local = lab.time.local(instant)
    return instant - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def _is_on(event: EventView, now: datetime) -> bool:
    return any(session.starts_at <= now < session.ends_at for session in event.sessions)


def _closure_at(now: datetime) -> ClosureView | None:
    runs = (Closure.ends_at > now) & (Closure.starts_at <= now) & ~Closure.cancelled
    return next(iter(read_closures(runs)), None)
