"""Who may claim which desk on which day, and which desks are nearest to the wished one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lab_tui.config import DesksSection
from lab_tui.errors import Reason
from lab_tui.lab.rules.reasons import Code

PROGRAMME_STAGES = frozenset({"accelerator", "incu_tech"})
MOST_REMEDIES = 3
# A character cell of the map is about twice as high as wide.
_CELL_HEIGHT = 2


@dataclass(frozen=True)
class Claimant:
    """Who wants a desk."""

    # The start-up's name where it is not in the programme; None for everybody else.
    startup_outside: str | None
    # The desk already booked for the wished day.
    desk_that_day: str | None
    # Days booked from today on.
    days_open: int


@dataclass(frozen=True)
class Place:
    """A desk as it stands on the wished day."""

    desk_id: int
    label: str
    zone: str
    x: int
    y: int
    pool: bool
    out_of_order: str
    # The start-up that has it, lent that day or not.
    assigned_to: str | None
    lent: bool
    taken: bool

    @property
    def free(self) -> bool:
        """Whether it is the pool's that day, in order, and nobody has it."""
        pooled = self.lent if self.assigned_to is not None else self.pool
        return pooled and not self.taken and not self.out_of_order


@dataclass(frozen=True)
class Closed:
    """The lab closed from a start to an end."""

    reason: str
    starts_at: datetime
    ends_at: datetime


def claimant_reasons(claimant: Claimant, day: date, today: date, policy: DesksSection) -> tuple[Reason, ...]:
    """What keeps this person from any desk on that day."""
    reasons: list[Reason] = []
    if claimant.startup_outside is not None:
        reasons.append(Reason(Code.NOT_IN_PROGRAMME, {"startup": claimant.startup_outside}))
    if day < today:
        reasons.append(Reason(Code.DAY_PAST, {"day": day}))
    if day > today + timedelta(days=policy.horizon_days):
        reasons.append(Reason(Code.BEYOND_HORIZON, {"days": policy.horizon_days}))
    if claimant.desk_that_day is not None:
        reasons.append(Reason(Code.ALREADY_HAS_DESK, {"desk": claimant.desk_that_day, "day": day}))
    if claimant.days_open + 1 > policy.days_open_per_person:
        reasons.append(Reason(Code.TOO_MANY_DESK_DAYS, {"limit": policy.days_open_per_person}))
    return tuple(reasons)


def place_reasons(place: Place, day: date) -> tuple[Reason, ...]:
    """What keeps everybody from this desk on that day."""
    reasons: list[Reason] = []
    if place.out_of_order:
        reasons.append(Reason(Code.DESK_OUT_OF_ORDER, {"desk": place.label, "reason": place.out_of_order}))
    if place.assigned_to is not None and not place.lent:
        reasons.append(Reason(Code.DESK_ASSIGNED, {"desk": place.label, "startup": place.assigned_to}))
    elif place.taken or not (place.pool or place.lent):
        reasons.append(Reason(Code.DESK_TAKEN, {"desk": place.label, "day": day}))
    return tuple(reasons)


def closed_throughout(start: datetime, end: datetime, closures: Iterable[Closed]) -> Reason | None:
    """The closure that a span begins in, when closures leave no open moment in `[start, end)`."""
    open_from = start
    first: Closed | None = None
    for closure in sorted(closures, key=lambda one: one.starts_at):
        if closure.starts_at <= open_from < closure.ends_at:
            open_from = closure.ends_at
            first = first or closure
    if first is None or open_from < end:
        return None
    facts = {"reason": first.reason, "start": first.starts_at, "end": open_from}
    return Reason(Code.LAB_CLOSED, facts)


def nearest_free(wished: Place, places: Iterable[Place]) -> tuple[Place, ...]:
    """Up to three other desks that can be had, those of the same zone first, then by distance."""
    free = [place for place in places if place.free and place.desk_id != wished.desk_id]

    def far(place: Place) -> tuple[bool, int, str]:
        height = (place.y - wished.y) * _CELL_HEIGHT
        return place.zone != wished.zone, (place.x - wished.x) ** 2 + height**2, place.label

    return tuple(sorted(free, key=far)[:MOST_REMEDIES])
