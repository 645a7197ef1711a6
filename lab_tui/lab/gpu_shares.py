"""What each start-up has had of the GPUs lately, and where it stands in the line of those who wait."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from peewee import fn

from lab_tui.lab.operation import Actor, Lab, authorise, reading
from lab_tui.lab.rules.booking import IN_PROGRAMME
from lab_tui.lab.rules.fair_share import REMEMBERED, Share, share_of
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.quota import Use
from lab_tui.lab.rules.waiting import InLine, line
from lab_tui.store.fields import instant_text
from lab_tui.store.tables.gpus import Booking, BookingGpu, GpuWait
from lab_tui.store.tables.people import Person, Startup
from lab_tui.store.written import Written, slot


@dataclass(frozen=True)
class TeamShare:
    """A start-up's GPU-hours, and its place in the line of start-ups that wait; None where it does not."""

    startup_id: int
    startup: str
    used_lately: float
    booked_ahead: float
    place: int | None

    @property
    def total(self) -> float:
        """What the line goes by."""
        return self.used_lately + self.booked_ahead


def fair_share(lab: Lab, actor: Actor) -> tuple[TeamShare, ...]:
    """Every start-up in the programme, the least use lately first. Raises Refused."""
    with reading(lab):
        authorise(lab, actor, Permission.SEE_OWN_DAY)
        teams = list(Startup.select(Startup.id, Startup.name).where(Startup.stage.in_(IN_PROGRAMME)).tuples())
        waits = list(waiting())
        shares = read_shares(lab, {team for team, _name in teams} | teams_of(waits))
    places = list(dict.fromkeys(one.team for one in line(in_line(waits, shares))))
    table = [
        TeamShare(
            team,
            name,
            shares[team].used_lately,
            shares[team].booked_ahead,
            places.index(team) + 1 if team in places else None,
        )
        for team, name in teams
    ]
    return tuple(sorted(table, key=lambda row: (row.total, row.startup)))


def waiting() -> Any:
    """The waits that nothing is held for, of people who may still do things."""
    return (
        GpuWait.select(GpuWait, Person).join(Person).where((GpuWait.state == "waiting") & Person.active)
    ).order_by(GpuWait.since, GpuWait.id)


def teams_of(waits: Collection[GpuWait]) -> set[int]:
    """The start-ups that wait."""
    return {wait.startup_id for wait in waits if wait.startup_id is not None}


def in_line(waits: Collection[GpuWait], shares: dict[int, Share]) -> list[InLine]:
    """Waits as the order of the line sees them. Staff, who have no start-up, come after all start-ups."""
    return [
        InLine(
            int(wait.id),
            # A person without a start-up stands alone: no start-up has their number.
            -wait.person_id if wait.startup_id is None else wait.startup_id,
            wait.since,
            wait.skipped,
            math.inf if wait.startup_id is None else shares[wait.startup_id].total,
        )
        for wait in waits
    ]


def _uses() -> Any:
    counts = (Booking.counts == True) | (Booking.state == "offered")  # noqa: E712
    recent = (Booking.startup == slot("startup")) & (Booking.ends_at > slot("since"))
    times = (Booking.ends_at, Booking.starts_at)
    # Bookings of the same times are one use of all their GPUs.
    query = Booking.select(*times, fn.COUNT(BookingGpu.gpu)).join(BookingGpu)
    return query.where(recent & counts).group_by(*times)


_USES = Written(_uses)


def read_shares(lab: Lab, startup_ids: Collection[int]) -> dict[int, Share]:
    """The shares of start-ups, inside the caller's transaction.

    What counts for the quota counts here, off-peak or not, and what is held as an offer. Read by an index:
    what ended too long ago to weigh anything is not looked at.
    """
    now = lab.now()
    since = instant_text(now - REMEMBERED)
    return {
        startup_id: share_of(
            (
                Use(_instant(starts_at), _instant(ends_at), count)
                for ends_at, starts_at, count in _USES.run(lab.store, startup=startup_id, since=since)
            ),
            now,
        )
        for startup_id in startup_ids
    }


@lru_cache(maxsize=8192)
def _instant(stored: str | datetime) -> datetime:
    """An instant as either engine hands it out; the same ones come for many teams."""
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored.astimezone(UTC)
