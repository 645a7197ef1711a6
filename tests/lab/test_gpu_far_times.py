"""Times at the edges of the calendar and lengths without end: refused like any other, never a crash."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import product

import pytest

from lab_tui.errors import BadInput, Refused
from lab_tui.lab import gpu_finding, gpu_life, gpu_series, gpus
from lab_tui.lab.gpu_requests import stored_instant
from lab_tui.lab.gpu_series import SeriesWish
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.operation import Actor, Lab
from lab_tui.lab.rules.finding import Search
from tests.world import World

THREE = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERY_DAY = tuple(range(7))
EDGES = [
    edge
    for zone in (UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12)))
    for edge in (datetime.min.replace(tzinfo=zone), datetime.max.replace(tzinfo=zone))
]
FAR = [*EDGES, datetime(9999, 12, 31, 14, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)]


def refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except (Refused, BadInput):
        return True
    return False


def acts(lab: Lab, actor: Actor, booking_id: int, wish: BookingWish) -> list[Callable[[], object]]:
    """Everything that takes a wish for GPUs."""
    return [
        lambda: gpus.preview(lab, actor, wish),
        lambda: gpus.book(lab, actor, wish),
        lambda: gpu_life.move(lab, actor, booking_id, wish),
        lambda: gpu_life.split(lab, actor, booking_id, wish.starts_at, wish),
        lambda: gpu_series.book_series(lab, actor, SeriesWish(wish, EVERY_DAY, date(2026, 12, 1))),
        lambda: gpu_series.book_series(lab, actor, SeriesWish(wish, EVERY_DAY, date.max)),
    ]


def test_every_instant_can_be_stored_in_utc() -> None:
    for edge in EDGES:
        stored = stored_instant(edge)
        assert stored.utcoffset() == timedelta()
        assert stored.year == edge.year
        assert stored.microsecond % 1000 == 0


@pytest.mark.parametrize("far", FAR)
def test_far_times_are_refused_in_every_act_on_gpus(world: World, far: datetime) -> None:
    machine, mei = world.workstation(), world.member()
    other = world.workstation()
    booked = gpus.book(world.lab, mei, BookingWish(machine.id, (0,), THREE, THREE + HOUR)).what
    for start, end in {(far, THREE), (THREE, far), *product([far], FAR)}:
        for act in acts(world.lab, mei, booked.id, BookingWish(other.id, (0,), start, end)):
            assert refused(act)
    # An end before the booking's own is refused too, whatever the edge.
    assert refused(lambda: gpu_life.extend(world.lab, mei, booked.id, far))
    assert refused(lambda: gpu_life.shorten(world.lab, mei, booked.id, far))
    assert [one.id for one in gpus.bookings_of(world.lab, mei)] == [booked.id]


@pytest.mark.parametrize("far", FAR)
@pytest.mark.parametrize("length", [timedelta.max, timedelta.min, timedelta(hours=8000), HOUR])
def test_far_windows_are_searched_or_refused(world: World, far: datetime, length: timedelta) -> None:
    world.workstation()
    mei = world.member()
    for earliest, latest in ((far, THREE), (THREE, far), (far, far)):
        try:
            places = gpu_finding.find(world.lab, mei, Search(1, length, earliest, latest))
        except Refused:
            continue
        assert (length, earliest < latest, len(places)) == (HOUR, True, 1)
