"""A copy of the demo lab, at every hour of every day of the week: clean, true, lively."""

from __future__ import annotations

import stat
import time as stopwatch
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from pathlib import Path

import apsw
import pytest

from lab_tui.clock import LabTime
from lab_tui.demo.open import copy_demo
from lab_tui.demo.programme import DEMO_PIN
from lab_tui.errors import BadInput, SystemCannot
from lab_tui.lab import (
    caretaker,
    checkins,
    desks,
    events,
    gpu_outages,
    gpu_waiting,
    gpus,
    home,
    notices,
    overview,
    people,
)
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.notices import NoticeKind
from lab_tui.lab.opening import open_lab
from lab_tui.lab.operation import Actor, Lab
from lab_tui.resources import asset
from lab_tui.store.tables.gpus import Booking, GpuWait
from lab_tui.store.tables.people import Notice
from tests.world import SetClock

HOURS = ("00:05", "09:00", "14:32", "17:50", "22:00", "23:55")
HONG_KONG = LabTime.named("Asia/Hong_Kong")


def moments() -> Iterator[datetime]:
    """Each weekday with each hour, spread over two years."""
    for number, (weekday, wall) in enumerate(product(range(7), HOURS)):
        day = date(2026, 1, 5) + timedelta(weeks=(number * 17) % 104, days=weekday)
        yield HONG_KONG.at(day, datetime.strptime(wall, "%H:%M").time()).astimezone(UTC)  # noqa: DTZ007


def opened(folder: Path, now: datetime) -> Lab:
    """A demo lab copied and opened at an instant."""
    copy_demo(folder / "lab.db", now)
    return open_lab(folder, SetClock(now))


@pytest.fixture
def wednesday(tmp_path: Path) -> Iterator[Lab]:
    """The demo lab on a Wednesday afternoon, a year and a half later."""
    lab = opened(tmp_path, datetime(2028, 5, 17, 6, 32, tzinfo=UTC))
    yield lab
    lab.store.close()


def badge(lab: Lab, why: str) -> people.DemoBadge:
    return next(one for one in people.demo_badges(lab) if one.why == why)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = apsw.Connection(str(path), apsw.SQLITE_OPEN_READONLY)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


@pytest.mark.parametrize("now", list(moments()), ids=lambda now: HONG_KONG.local(now).strftime("%a-%F-%H%M"))
def test_at_any_moment(tmp_path: Path, now: datetime) -> None:
    lab = opened(tmp_path, now)
    path = tmp_path / "lab.db"
    assert_clean(path, now)
    assert all(done.count == 0 for done in caretaker.run_due(lab)), "the caretaker finds the present wrong"
    assert_worth_trying(lab)
    if 9 <= HONG_KONG.local(now).hour <= 22:
        assert_lively(lab)
    lab.store.close()


def assert_clean(path: Path, now: datetime) -> None:
    """No damage, every guard in place, nothing that has happened in the future."""
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "PRAGMA foreign_key_check") == []
    schema = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
    assert rows(path, schema) == rows(asset("lab.db.example"), schema)
    text = now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    happened = {
        "check_in": ("at", "closed_at"),
        "scan": ("at",),
        "audit_entry": ("at",),
        "booking": ("created_at",),
        "desk_booking": ("created_at",),
        "sign_up": ("since",),
    }
    for table, columns in happened.items():
        for column in columns:
            assert rows(path, f"SELECT * FROM {table} WHERE {column} > '{text}'") == [], (table, column)
    overlaps = """SELECT * FROM booking_gpu a JOIN booking_gpu b ON a.gpu_id = b.gpu_id
        AND a.booking_id < b.booking_id AND a.holds AND b.holds
        AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"""
    assert rows(path, overlaps) == []
    outside = """SELECT c.id FROM check_in c JOIN booking b ON b.id = c.booking_id
        WHERE c.at > b.ends_at OR b.state NOT IN ('checked_in', 'ended')"""
    assert rows(path, outside) == []
    wrong_day = "SELECT id FROM check_in WHERE day <> date(at, '+8 hours')"
    assert rows(path, wrong_day) == []
    far = (now + timedelta(days=14)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert rows(path, f"SELECT id FROM booking WHERE starts_at > '{far}'") == []


def assert_worth_trying(lab: Lab) -> None:
    """The people to try are there, and what makes them worth it works now."""
    reasons = ["booking_now", "offer", "mentor", "lost_badge", "staff"]
    assert [one.why for one in people.demo_badges(lab)] == reasons
    member = badge(lab, "booking_now").person
    assert (member.name, member.other_name, member.startup_name) == ("Mei Chan", "陳美", "Lumen Vision")
    me = Actor(member.id, "kiosk:Lobby")
    day = overview.my_day(lab, me)
    assert day.inside_since is None
    early = timedelta(minutes=lab.config.gpus.check_in_opens_minutes)
    mine = gpus.bookings_of(lab, me)
    now_on = [one for one in mine if one.starts_at - early <= lab.now() < one.ends_at]
    assert [one.state for one in now_on] == ["booked"]
    assert len(mine) > len(now_on)
    free = [
        desk for desk in desks.floor_on(lab, me, lab.today()).desks if desk.state == desks.DeskState.POOL_FREE
    ]
    assert desks.claim(lab, me, free[0].id, lab.today()).what.desk == free[0].label
    open_to_me = [one for one in events.upcoming(lab, me) if one.seats_left and not one.my_state]
    assert events.sign_up(lab, me, open_to_me[-1].id).what.state == "going"
    checkins.check_in(lab, me, checkins.CheckInKind.BOOKING, now_on[0].id)
    for one in day.check_ins:
        if one.kind is checkins.CheckInKind.SESSION and one.opens_at <= lab.now() and not one.done_at:
            checkins.check_in(lab, me, one.kind, one.subject_id)
    quota = gpus.quota_of(lab, me, lab.today())
    assert quota is not None
    assert quota.used < quota.limit - 20
    offered = Actor(badge(lab, "offer").person.id, "kiosk:Lobby")
    (offer,) = [one for one in events.upcoming(lab, offered) if one.my_state == "offered"]
    assert events.accept_offer(lab, offered, int(offer.my_sign_up_id or 0)).what.state == "going"
    assert_gpus_worth_trying(lab, me, offered)


def assert_gpus_worth_trying(lab: Lab, me: Actor, offered: Actor) -> None:
    """GPUs are held for one; others wait; an outage is planned and its people are told; a moved booking."""
    (held,) = gpu_waiting.offers_of(lab, offered)
    assert [one.kind for one in notices.unseen(lab, offered)] == [NoticeKind.OFFER_MADE]
    assert gpu_waiting.accept(lab, offered, held.id).what.state == "booked"
    (planned,) = [one for one in gpu_outages.outages(lab, me) if one.starts_at > lab.now()]
    with lab.store.read():
        told = [one.person_id for one in Notice.select().where(Notice.kind == "outage_hit")]
        assert GpuWait.select().where(GpuWait.state == "waiting").count() == 2
        moved = Booking.get(Booking.id == gpus.bookings_of(lab, me)[-1].id)
        assert (moved.origin.state, moved.sequence) == ("moved", 1)
    day = gpus.day_view(lab, me, lab.time.day_of(planned.starts_at + timedelta(hours=1)))
    hit = {
        one.person_id
        for one in day.bookings
        if one.workstation_id == planned.workstation_id and one.ends_at > planned.starts_at
    }
    assert set(told) <= hit
    start = lab.time.at(lab.today() + timedelta(days=1), time(8))
    sha_tin = next(one for one in gpus.workstations(lab, me) if one.name == "sha-tin")
    # As the README books.
    wish = BookingWish(sha_tin.id, (3,), start, start + timedelta(hours=2))
    assert gpus.book(lab, me, wish).what.state == "booked"


def assert_lively(lab: Lab) -> None:
    """Somebody is in, something runs, something is to come, desks are free and taken."""
    shown = home.home(lab)
    assert shown.people_inside >= 3
    assert shown.now_on or shown.next_on
    assert 4 <= shown.gpus_free < shown.gpus_total
    pool = [desk.state for desk in shown.floor.desks]
    assert pool.count(desks.DeskState.POOL_FREE) >= 3
    assert pool.count(desks.DeskState.LENT) >= 1
    today = gpus.day_view(lab, None, lab.today())
    running = [one for one in today.bookings if one.starts_at <= lab.now() < one.ends_at]
    assert sum(one.state == "checked_in" for one in running) >= 2
    assert any(outage.reason == "driver upgrade" for outage in today.outages)


def test_staff_sign_in_with_the_demo_pin(wednesday: Lab) -> None:
    staff = badge(wednesday, "staff").person
    assert staff.name == "Ada Wong"
    actor = people.sign_in(wednesday, Actor(staff.id, "kiosk:Lobby"), DEMO_PIN)
    today = overview.staff_today(wednesday, actor)
    assert today.inside_count == len([one for one in today.arrivals if one.left_at is None]) > 20


def test_a_lost_badge_is_refused_and_its_successor_is_not(wednesday: Lab) -> None:
    lost = badge(wednesday, "lost_badge")
    door = Actor(None, "kiosk:Lobby")
    assert checkins.scan(wednesday, door, lost.code, "Lobby").verdict is checkins.Verdict.REVOKED
    owner = Actor(lost.person.id, "kiosk:Lobby")
    new = people.badge_code(wednesday, owner, lost.person.id)
    assert checkins.scan(wednesday, door, new, "Lobby").person_id == lost.person.id


def test_every_day_has_events_one_of_them_full_with_people_waiting(wednesday: Lab) -> None:
    path = Path(wednesday.store.address)
    days = rows(path, "SELECT DISTINCT date(starts_at, '+8 hours') FROM session ORDER BY 1")
    week = [(str(date(2028, 5, 15) + timedelta(days=number)),) for number in range(7)]
    assert set(week) <= set(days)
    soon = events.upcoming(wednesday, None)
    assert any(not one.seats_left and one.waiting_count for one in soon)
    assert any(one.cancelled for one in soon)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "Europe/London"])
def test_in_another_zone_the_hours_of_the_day_stay(tmp_path: Path, zone: str) -> None:
    now = datetime(2027, 6, 16, 15, 0, tzinfo=UTC)
    copy_demo(tmp_path / "lab.db", now, zone)
    (starts_at,) = rows(
        tmp_path / "lab.db",
        "SELECT starts_at FROM session JOIN event ON event.id = event_id WHERE title = 'Mid-term demo day'",
    )
    local = LabTime.named(zone).local(datetime.fromisoformat(str(starts_at[0])))
    assert local.strftime("%F %H:%M") == "2027-06-18 14:00"
    assert rows(tmp_path / "lab.db", "PRAGMA foreign_key_check") == []


def test_a_copy_is_private_and_alone_in_its_folder(tmp_path: Path) -> None:
    copy_demo(tmp_path / "lab.db", datetime(2026, 11, 18, 6, 32, tzinfo=UTC))
    assert [path.name for path in tmp_path.iterdir()] == ["lab.db"]
    assert stat.S_IMODE((tmp_path / "lab.db").stat().st_mode) == 0o600


def test_what_stands_there_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "lab.db"
    path.write_bytes(b"mine")
    with pytest.raises(SystemCannot) as refused:
        copy_demo(path, datetime(2026, 11, 18, 6, 32, tzinfo=UTC))
    assert refused.value.code == "store_exists"
    assert path.read_bytes() == b"mine"
    assert [one.name for one in tmp_path.iterdir()] == ["lab.db"]


def test_a_folder_that_is_not_there_and_a_zone_that_is_not_known(tmp_path: Path) -> None:
    now = datetime(2026, 11, 18, 6, 32, tzinfo=UTC)
    with pytest.raises(SystemCannot) as refused:
        copy_demo(tmp_path / "nowhere" / "lab.db", now)
    assert refused.value.code == "store_unwritable"
    with pytest.raises(BadInput):
        copy_demo(tmp_path / "lab.db", now, "Mars/Olympus")
    assert list(tmp_path.iterdir()) == []


def test_copying_takes_less_than_a_second(tmp_path: Path) -> None:
    seconds = []
    for number in range(3):
        begun = stopwatch.perf_counter()
        copy_demo(tmp_path / f"lab-{number}.db", datetime(2031, 2, 3, 4, 5, tzinfo=UTC))
        seconds.append(stopwatch.perf_counter() - begun)
    assert min(seconds) < 1
