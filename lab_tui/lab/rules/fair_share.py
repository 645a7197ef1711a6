"""How much of the lab a start-up has had lately: the measure by which those who wait are served.

The idea is that of the fair share of batch schedulers (Kay and Lauder, "A fair share scheduler", CACM 31(1),
1988; Slurm's PriorityDecayHalfLife): use weighs half as much with each half-life that passes. A start-up's
share, in GPU-hours, is the sum over its bookings that count of

    gpus * (integral of 2 ** -(age / 7 days) over the time that has passed
            + the time still ahead, at full weight)

so that an hour used now weighs as much as one booked ahead, and one a week ago half of that. It is exact, not
stepped by days. What ended more than ten half-lives ago weighs less than a thousandth and is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lab_tui.lab.rules.quota import Use

HALF_LIFE = timedelta(days=7)
REMEMBERED = 10 * HALF_LIFE
_HOUR = timedelta(hours=1)
# An hour used for ever at one rate would come to this many hours.
_MEAN_LIFE_HOURS = HALF_LIFE / _HOUR / math.log(2)


@dataclass(frozen=True)
class Share:
    """GPU-hours, used with their weight of today, and still ahead."""

    used_lately: float = 0.0
    booked_ahead: float = 0.0

    @property
    def total(self) -> float:
        """What the waiting list goes by: the least is served first."""
        return self.used_lately + self.booked_ahead


def share_of(uses: Iterable[Use], now: datetime) -> Share:
    """The share that some uses come to at an instant."""
    lately = ahead = 0.0
    # Bookings begin and end on a grid, so the same instants come again and again.
    weights: dict[datetime, float] = {}
    for use in uses:
        if use.ends_at <= now - REMEMBERED:
            continue
        if use.ends_at > now:
            ahead += use.gpu_count * ((use.ends_at - max(use.starts_at, now)) / _HOUR)
        if use.starts_at < now:
            begin, end = use.starts_at, min(use.ends_at, now)
            for instant in (begin, end):
                if instant not in weights:
                    weights[instant] = 2.0 ** ((instant - now) / HALF_LIFE)
            lately += use.gpu_count * (weights[end] - weights[begin])
    return Share(lately * _MEAN_LIFE_HOURS, ahead)
