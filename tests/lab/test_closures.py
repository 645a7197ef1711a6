"""The lab closes: a typhoon comes nearer, its end is moved, people are told, and it is over early."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from lab_tui.errors import BadInput, Refused
from lab_tui.lab import checkins, closures, gpu_duties, gpu_outages, gpus, notices
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.notices import NoticeView
from lab_tui.lab.operation import OPERATOR, Actor, writing
from lab_tui.lab.presence import CheckInKind
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.gpus import Workstation
from lab_tui.store.tables.lab import AuditEntry, Closure
from tests.world import NOW, World

HOUR = timedelta(hours=1)
# 15:00 in Hong Kong.
THREE = NOW + timedelta(minutes=28)


def book(world: World, actor: Actor, machine: Workstation, start: datetime = THREE, hours: int = 2) -> int:
    wish = BookingWish(machine.id, (0,), start, start + hours * HOUR)
    return gpus.book(world.lab, actor, wish).what.id


def told(world: World, actor: Actor) -> list[NoticeView]:
    return list(notices.unseen(world.lab, actor))


def acts(world: World) -> list[tuple[str, dict[str, object]]]:
    with world.lab.store.read():
        entries = AuditEntry.select().where(AuditEntry.subject == "closure").order_by(AuditEntry.id)
        return [(entry.action, json.loads(entry.facts)) for entry in entries]


def codes_of(act: Callable[[], object]) -> frozenset[str]:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.codes


def test_a_closure_stops_bookings_and_tells_those_it_hits(world: World) -> None:
    staff, mei, ben = world.staff(), world.member(), world.member()
    machine, other = world.workstation("lantau"), world.workstation("kowloon")
    hit = book(world, mei, machine)
    book(world, ben, other, THREE + 4 * HOUR)
    done = closures.plan_closure(
        *(world.lab, staff, THREE + HOUR, THREE + 4 * HOUR, " Typhoon\tsignal 8 "), request_key="k"
    )
    again = closures.plan_closure(
        *(world.lab, staff, THREE + HOUR, THREE + 4 * HOUR, "Typhoon signal 8"), request_key="k"
    )
    assert again == done
    closure = done.what
    assert (closure.reason, closure.bookings_hit) == ("Typhoon signal 8", 1)
    assert closures.closures(world.lab, mei) == (closure,)
    (notice,) = told(world, mei)
    assert (notice.kind, notice.facts) == (
        "closure_hit",
        {
            "workstation": "lantau",
            "start": THREE,
            "end": THREE + 2 * HOUR,
            "booking": hit,
            "reason": "Typhoon signal 8",
            "block": closure.id,
            "blocked_from": THREE + HOUR,
            "blocked_until": THREE + 4 * HOUR,
        },
    )
    assert told(world, ben) == []
    assert [one.state for one in gpus.bookings_of(world.lab, mei)] == ["booked"]
    assert codes_of(lambda: book(world, world.member(), other, THREE + 2 * HOUR, 1)) == {Code.LAB_CLOSED}
    facts = {"start": (THREE + HOUR).isoformat(), "end": (THREE + 4 * HOUR).isoformat()}
    assert acts(world) == [("closures.plan", {"reason": "Typhoon signal 8", **facts})]


def test_the_end_is_moved_and_only_who_is_new_to_it_is_told_again(world: World) -> None:
    staff, mei, ben, cai = (world.staff(), *(world.member() for _ in range(3)))
    machine = world.workstation("lantau")
    book(world, mei, machine, THREE, 1)
    book(world, ben, machine, THREE + HOUR, 1)
    book(world, cai, machine, THREE + 2 * HOUR, 1)
    closure = closures.plan_closure(world.lab, staff, THREE, THREE + 2 * HOUR, "Rainstorm").what
    notices.mark_seen(world.lab, mei, [one.id for one in told(world, mei)])
    longer = closures.change_closure(world.lab, staff, closure.id, THREE + 3 * HOUR).what
    assert (longer.ends_at, longer.bookings_hit) == (THREE + 3 * HOUR, 3)
    # Mei knows; Ben has not read it yet and reads the new end; Cai is hit only now.
    assert told(world, mei) == []
    for actor in (ben, cai):
        (notice,) = told(world, actor)
        assert notice.facts["blocked_until"] == THREE + 3 * HOUR
    closures.change_closure(world.lab, staff, closure.id, THREE + HOUR)
    assert told(world, ben) == told(world, cai) == []
    assert book(world, world.member(), machine, THREE + 4 * HOUR, 1)
    closures.change_closure(world.lab, staff, closure.id, THREE + 2 * HOUR)
    assert len(told(world, ben)) == 1
    assert [action for action, _ in acts(world)] == ["closures.plan", *["closures.change"] * 3]
    assert acts(world)[1][1] == {"was": (THREE + 2 * HOUR).isoformat(), "end": (THREE + 3 * HOUR).isoformat()}


def test_a_closure_that_is_cancelled_was_never_one(world: World) -> None:
    staff, mei = world.staff(), world.member()
    machine = world.workstation()
    booked = book(world, mei, machine)
    closure = closures.plan_closure(world.lab, staff, THREE, THREE + 4 * HOUR, "Holiday").what
    closures.cancel_closure(world.lab, staff, closure.id)
    assert closures.closures(world.lab, staff) == ()
    assert told(world, mei) == []
    world.clock.advance(hours=2)
    with writing(world.lab):
        assert gpu_duties.release_no_shows(world.lab) == 1
    assert codes_of(lambda: closures.cancel_closure(world.lab, staff, closure.id)) == {Code.ALREADY_CANCELLED}
    assert codes_of(lambda: closures.change_closure(world.lab, staff, closure.id, THREE + 9 * HOUR)) == {
        Code.ALREADY_CANCELLED
    }
    assert booked


def test_a_signal_that_is_lowered_ends_the_closure_now_and_excuses_who_could_not_come(world: World) -> None:
    staff, mei = world.staff(), world.member()
    machine = world.workstation()
    book(world, mei, machine)
    closure = closures.plan_closure(world.lab, staff, NOW, THREE + 4 * HOUR, "Typhoon signal 8").what
    world.clock.advance(hours=1)
    ended = closures.cancel_closure(world.lab, staff, closure.id).what
    assert ended.ends_at == NOW + HOUR
    assert closures.closures(world.lab, staff) == ()
    assert book(world, world.member(), machine, THREE + 2 * HOUR)
    with writing(world.lab):
        assert gpu_duties.release_no_shows(world.lab) == 0
    assert codes_of(lambda: closures.cancel_closure(world.lab, staff, closure.id)) == {Code.ALREADY_OVER}


def test_one_that_begins_and_is_cancelled_at_one_instant_leaves_no_trace(world: World) -> None:
    staff = world.staff()
    closure = closures.plan_closure(world.lab, staff, NOW, NOW + HOUR, "A mistake").what
    closures.cancel_closure(world.lab, staff, closure.id)
    with world.lab.store.read():
        assert Closure.get_by_id(closure.id).cancelled


def test_a_closure_needs_a_reason_and_a_time_to_come(world: World) -> None:
    staff = world.staff()
    with pytest.raises(BadInput) as caught:
        closures.plan_closure(world.lab, staff, NOW, NOW + HOUR, " ")
    assert caught.value.field == "reason"
    wrong = {
        Code.ENDS_BEFORE_START: (NOW + HOUR, NOW + HOUR),
        Code.ALREADY_OVER: (NOW - 2 * HOUR, NOW),
    }
    for code, span in wrong.items():
        assert codes_of(lambda span=span: closures.plan_closure(world.lab, staff, *span, "Holiday")) == {code}
    closure = closures.plan_closure(world.lab, staff, NOW + HOUR, NOW + 2 * HOUR, "Holiday").what
    for code, end in ((Code.ENDS_BEFORE_START, NOW + HOUR), (Code.ENDS_BEFORE_START, NOW)):
        assert codes_of(lambda end=end: closures.change_closure(world.lab, staff, closure.id, end)) == {code}
    for act in (
        lambda: closures.cancel_closure(world.lab, staff, 99),
        lambda: closures.change_closure(world.lab, staff, 99, NOW + HOUR),
    ):
        assert codes_of(act) == {Code.UNKNOWN_CLOSURE}


def test_only_staff_who_signed_in_close_the_lab(world: World) -> None:
    closure = closures.plan_closure(world.lab, OPERATOR, NOW, NOW + HOUR, "Holiday").what
    unsigned = world.actor(world.person(role="staff"))
    for actor, code in ((world.member(), Code.NOT_ALLOWED), (unsigned, Code.SIGN_IN_NEEDED)):
        for act in (
            lambda actor=actor: closures.plan_closure(world.lab, actor, NOW, NOW + HOUR, "Mine"),
            lambda actor=actor: closures.change_closure(world.lab, actor, closure.id, NOW + 2 * HOUR),
            lambda actor=actor: closures.cancel_closure(world.lab, actor, closure.id),
            lambda actor=actor: gpu_outages.hit_by(world.lab, actor, None, NOW, NOW + HOUR),
        ):
            assert codes_of(act) == {code}


def test_planning_shows_what_it_hits_and_where_each_could_go(world: World) -> None:
    staff, mei, ben = world.staff(), world.member(), world.member()
    machine, other = world.workstation("lantau", 1), world.workstation("kowloon", 1)
    book(world, mei, machine)
    book(world, ben, other, THREE + HOUR, 1)
    hit = gpu_outages.hit_by(world.lab, staff, None, THREE, THREE + 3 * HOUR)
    assert [one.booking.workstation for one in hit] == ["lantau", "kowloon"]
    for one in hit:
        assert one.instead is not None
        # Every machine is closed then, planned as it is: another time on the same one is nearest.
        assert one.instead.workstation == one.booking.workstation
        assert one.instead.wish.starts_at == THREE + 3 * HOUR
    assert closures.closures(world.lab, staff) == ()


def test_what_runs_is_kept_until_the_lab_closes_and_only_what_is_lost_goes_on_after(world: World) -> None:
    """22:00 to 09:00, and the lab closes from 08:00 to 20:00."""
    staff, mei, machine = world.staff(), world.member(), world.workstation("lantau", 1)
    ten = NOW.replace(hour=14, minute=0)
    booked = book(world, mei, machine, ten, 11)
    world.clock.instant = ten
    checkins.check_in(world.lab, mei, CheckInKind.BOOKING, booked)
    closes, opens = ten + 10 * HOUR, ten + 22 * HOUR
    (hit,) = gpu_outages.hit_by(world.lab, staff, None, closes, opens)
    assert hit.instead is not None
    assert hit.ends_at == closes
    assert (hit.instead.wish.starts_at, hit.instead.wish.ends_at) == (opens, opens + HOUR)
    done = closures.plan_closure(world.lab, staff, closes, opens, "Holiday", moving=(hit,)).what
    assert (done.bookings_moved, done.bookings_hit) == (1, 0)
    first, rest = gpus.bookings_of(world.lab, mei)
    assert (first.state, first.ends_at) == ("checked_in", closes)
    assert (rest.starts_at, rest.ends_at) == (opens, opens + HOUR)
    assert [one.kind for one in told(world, mei)] == ["relocated"]


def test_what_runs_is_relocated_once_the_closure_is_stored(world: World) -> None:
    staff, mei, machine = world.staff(), world.member(), world.workstation("lantau", 1)
    booked = book(world, mei, machine, THREE, 6)
    world.clock.instant = THREE
    checkins.check_in(world.lab, mei, CheckInKind.BOOKING, booked)
    closures.plan_closure(world.lab, staff, THREE + 4 * HOUR, THREE + 8 * HOUR, "Typhoon")
    rest = gpu_outages.relocate_to_nearest(world.lab, staff, booked, "Typhoon").what
    assert (rest.starts_at, rest.ends_at) == (THREE + 8 * HOUR, THREE + 10 * HOUR)
    first, _rest = gpus.bookings_of(world.lab, mei)
    assert first.ends_at == THREE + 4 * HOUR


def test_whoever_is_booked_while_it_is_closed_can_come_when_it_opens(world: World) -> None:
    staff, mei, machine = world.staff(), world.member(), world.workstation("lantau", 1)
    for begins in (THREE, THREE + HOUR, THREE + 3 * HOUR):
        booked = book(world, mei, machine, begins, 2)
        (hit,) = gpu_outages.hit_by(world.lab, staff, None, THREE + HOUR, THREE + 4 * HOUR)
        assert hit.instead is not None
        assert hit.instead.wish.starts_at == THREE + 4 * HOUR
        gpus.cancel(world.lab, mei, booked)


def test_of_those_hit_only_who_is_to_move_does(world: World) -> None:
    staff, mei, ben = world.staff(), world.member(), world.member()
    machine = world.workstation("lantau", 1)
    book(world, mei, machine)
    book(world, ben, machine, THREE + 2 * HOUR)
    one, two = gpu_outages.hit_by(world.lab, staff, None, THREE, THREE + 4 * HOUR)
    closure = closures.plan_closure(world.lab, staff, THREE, THREE + 3 * HOUR, "Rain", moving=(one,)).what
    assert (closure.bookings_moved, closure.bookings_hit) == (1, 1)
    assert [[one.kind for one in told(world, who)] for who in (mei, ben)] == [["relocated"], ["closure_hit"]]
    changed = closures.change_closure(world.lab, staff, closure.id, THREE + 4 * HOUR, moving=(two,)).what
    assert (changed.bookings_moved, changed.bookings_hit) == (1, 0)
    assert [one.kind for one in told(world, ben)] == ["relocated"]
