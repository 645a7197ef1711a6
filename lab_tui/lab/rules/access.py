"""Who may use a workstation at an instant, and which of its GPUs. Times are UTC, spans half-open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Why(StrEnum):
    """What an answer rests on."""

    BOOKED = "booked"
    STAFF = "staff"
    NO_BOOKING = "no_booking"
    OUT_OF_SERVICE = "out_of_service"
    UNKNOWN_PERSON = "unknown_person"


@dataclass(frozen=True)
class Held:
    """One GPU, held from a start to an end. `mine` where it is the asker's booking and stands."""

    gpu_number: int
    starts_at: datetime
    ends_at: datetime
    mine: bool


@dataclass(frozen=True)
class Right:
    """Whether, why and with which GPUs; `until` is when the asker's running bookings have ended.

    `next_start` and `next_end` are the next booking's, for whoever has to wait.
    """

    allowed: bool
    why: Why
    gpu_numbers: tuple[int, ...] = ()
    until: datetime | None = None
    next_start: datetime | None = None
    next_end: datetime | None = None


def right_of_staff(every_gpu: Iterable[int], held: Sequence[Held], now: datetime) -> Right:
    """Staff may always; they are handed what nobody else holds now."""
    return Right(True, Why.STAFF, _not_of_others(every_gpu, held, now))


def right_of_booker(held: Sequence[Held], now: datetime, opens_before: timedelta) -> Right:
    """Whoever has a booking may, from when it can be checked in to until it ends.

    Before it starts they are handed only those of its GPUs that nobody else holds.
    """
    mine = [one for one in held if one.mine and now < one.ends_at]
    current = [one for one in mine if one.starts_at - opens_before <= now]
    if not current:
        ahead = min(mine, key=lambda one: one.starts_at, default=None)
        following = (ahead.starts_at, ahead.ends_at) if ahead is not None else (None, None)
        return Right(False, Why.NO_BOOKING, (), None, *following)
    numbers = _not_of_others((one.gpu_number for one in current), held, now)
    return Right(True, Why.BOOKED, numbers, max(one.ends_at for one in current))


def _not_of_others(numbers: Iterable[int], held: Sequence[Held], now: datetime) -> tuple[int, ...]:
    of_others = {one.gpu_number for one in held if not one.mine and one.starts_at <= now < one.ends_at}
    return tuple(sorted(set(numbers) - of_others))
