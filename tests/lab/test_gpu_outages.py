"""A machine breaks: who is hit, where they could go, who is moved and who is only told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lab_tui.config import GpusSection, LabConfig
from lab_tui.errors import BadInput, Refused
from lab_tui.lab import checkins, gpu_duties, gpu_outages, gpus, notices
from lab_tui.lab.gpu_outages import HitBooking
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.operation import Actor, writing
from lab_tui.lab.presence import CheckInKind
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.undo import undo
from lab_tui.store.tables.gpus import Booking, Outage, Workstation
from lab_tui.store.tables.lab import AuditEntry
from tests.world import NOW, PLAIN, World

HOUR = timedelta(hours=1)
# 15:00 in Hong Kong.
THREE = NOW + timedelta(minutes=28)


def book(
    world: World,
    actor: Actor,
    machine: Workstation,
    start: datetime = THREE,
    hours: float = 2,
    gpu_numbers: tuple[int, ...] = (0,),
) -> int:
    wish = BookingWish(machine.id, gpu_numbers, start, start + hours * HOUR)
    return gpus.book(world.lab, actor, wish).what.id


def policy_of(world: World, machine: Workstation, **policy: object) -> None:
    with world.lab.store.write():
        Workstation.update(policy=json.dumps(policy)).where(Workstation.id == machine.id).execute()


def break_down(
    world: World, machine: Workstation, start: datetime = THREE, end: datetime | None = None
) -> int:
    return gpu_outages.put_out_of_service(
        world.lab, world.staff(), machine.id, start, end, "Fan broken"
    ).what.id


def hits(world: World, machine: Workstation, start: datetime, end: datetime | None) -> list[HitBooking]:
    return list(gpu_outages.hit_by(world.lab, world.staff(), machine.id, start, end))


def told(world: World, actor: Actor) -> list[str]:
    return [one.kind.value for one in notices.unseen(world.lab, actor)]


def stored(world: World, booking_id: int) -> Booking:
    with world.lab.store.read():
        return Booking.get_by_id(booking_id)


def codes_of(act: Callable[[], object]) -> frozenset[str]:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.codes


def care(world: World) -> tuple[int, int]:
    with writing(world.lab):
        return gpu_duties.release_no_shows(world.lab), gpu_duties.end_ended(world.lab)


# Planning


def test_planning_shows_each_booking_it_hits_with_its_nearest_place(world: World) -> None:
    broken = world.workstation("lantau")
    spare = world.workstation("kowloon")
    mei, ben, cai = (world.member() for _ in range(3))
    first = book(world, mei, broken, gpu_numbers=(0, 1))
    second = book(world, ben, broken, THREE + 2 * HOUR)
    book(world, cai, broken, THREE + 9 * HOUR)
    book(world, cai, spare, THREE + 3 * HOUR, 1, (0, 1))
    one, two = hits(world, broken, THREE, THREE + 4 * HOUR)
    assert (one.booking.id, two.booking.id) == (first, second)
    assert one.instead is not None
    assert two.instead is not None
    assert (one.instead.workstation, one.instead.wish.gpu_numbers) == ("kowloon", (0, 1))
    assert (one.instead.wish.starts_at, one.instead.wish.person_id) == (THREE, mei.person_id)
    # The spare machine is taken then, and until 19:00 this one is out.
    assert (two.instead.workstation, two.instead.wish.starts_at) == ("lantau", THREE + 4 * HOUR)
    # Nothing is stored by looking.
    assert gpu_outages.outages(world.lab, mei) == ()
    assert told(world, mei) == []


def test_a_place_is_judged_as_if_the_booking_were_gone(world: World) -> None:
    """The last booking that the quotas and the limit of open bookings allow can still move."""
    tight = replace(PLAIN, startup_hours_a_week=2, person_bookings_open=1, gap_minutes=60)
    world.lab = replace(world.lab, config=LabConfig(gpus=tight))
    broken, spare = world.workstation("lantau", 1), world.workstation("kowloon", 1)
    mei = world.member()
    booked = book(world, mei, broken, THREE + 2 * HOUR)
    (hit,) = hits(world, broken, NOW, None)
    assert hit.instead is not None
    assert hit.instead.wish.workstation_id == spare.id
    moved = gpu_outages.relocate(world.lab, world.staff(), booked, hit.instead.wish, "Fan broken").what
    assert moved.workstation == "kowloon"
    assert codes_of(lambda: book(world, mei, broken)) >= {Code.STARTUP_QUOTA, Code.TOO_MANY_OPEN_BOOKINGS}


def test_where_nothing_fits_the_hit_says_so(world: World) -> None:
    only = world.workstation("lantau", 1)
    book(world, world.member(), only)
    (hit,) = hits(world, only, THREE, None)
    assert hit.instead is None


def test_somebody_who_left_the_programme_is_offered_no_place(world: World) -> None:
    broken, _spare = world.workstation("lantau"), world.workstation("kowloon")
    team = world.startup()
    book(world, world.member(startup=team), broken)
    with world.lab.store.write():
        type(team).update(stage="alumni").where(type(team).id == team.id).execute()
    (hit,) = hits(world, broken, THREE, None)
    assert hit.instead is None


def test_every_place_that_is_offered_can_be_had(world: World) -> None:
    """Machines with other grids, limits and quotas; bookings ahead, begun and running."""
    broken = world.workstation("lantau", 2)
    for name, policy in (
        ("kowloon", {"slot_minutes": 60, "shortest_minutes": 60}),
        ("sai-kung", {"slot_minutes": 15, "longest_hours": 1}),
        ("tai-po", {"startup_hours_a_week": 1}),
    ):
        policy_of(world, world.workstation(name, 2), **policy)
    running, begun, ahead, far = (world.member() for _ in range(4))
    bookings = [
        book(world, running, broken, THREE, 5),
        book(world, begun, broken, THREE, 4, (1,)),
        book(world, ahead, broken, THREE + 5 * HOUR, 3, (0, 1)),
        book(world, far, broken, THREE + 24 * HOUR, 1.5),
    ]
    world.clock.instant = THREE + timedelta(minutes=20)
    checkins.check_in(world.lab, running, CheckInKind.BOOKING, bookings[0])
    world.clock.instant = THREE + timedelta(minutes=29)
    break_down(world, broken, world.clock.now())
    for booking in bookings:
        hit = next(one for one in hits(world, broken, world.clock.now(), None) if one.booking.id == booking)
        assert hit.instead is not None
        wish = hit.instead.wish
        gpu_outages.relocate(world.lab, world.staff(), booking, wish, "Fan broken", hit.ends_at)
    # Only what runs still has its first part here.
    (left,) = hits(world, broken, world.clock.now(), None)
    assert (left.booking.id, left.booking.ends_at) == (bookings[0], THREE + HOUR / 2)
    for actor in (running, begun, ahead, far):
        assert told(world, actor) == ["relocated"]


def test_no_two_are_shown_the_same_place_and_all_move_with_the_outage(world: World) -> None:
    broken, spare = world.workstation("lantau", 2), world.workstation("kowloon", 1)
    mei, ben, staff = world.member(), world.member(), world.staff()
    first, second = book(world, mei, broken), book(world, ben, broken, gpu_numbers=(1,))
    one, two = hits(world, broken, THREE, THREE + 4 * HOUR)
    assert one.instead is not None
    assert two.instead is not None
    assert one.instead.workstation == "kowloon"
    assert (two.instead.workstation, two.instead.wish.starts_at) == ("lantau", THREE + 4 * HOUR)
    outage = gpu_outages.put_out_of_service(
        *(world.lab, staff, broken.id, THREE, THREE + 4 * HOUR, "Fan broken"), moving=(one, two)
    ).what
    assert (outage.bookings_hit, outage.bookings_moved) == (0, 2)
    for actor, booking, hit in ((mei, first, one), (ben, second, two)):
        assert hit.instead is not None
        (now,) = gpus.bookings_of(world.lab, actor)
        assert (now.workstation, now.starts_at) == (hit.instead.workstation, hit.instead.wish.starts_at)
        assert (stored(world, booking).state, stored(world, booking).counts) == ("moved", False)
        assert told(world, actor) == ["relocated"]
    assert spare.name == "kowloon"


def test_whose_place_is_taken_meanwhile_gets_another_or_stays_and_is_told(world: World) -> None:
    broken, spare, staff = world.workstation("lantau", 1), world.workstation("kowloon", 1), world.staff()
    mei, ben, gone = world.member(), world.member(), world.member()
    book(world, mei, broken)
    stays = book(world, ben, broken, THREE + 2 * HOUR)
    cancelled = book(world, gone, broken, THREE + 4 * HOUR, 1)
    shown = hits(world, broken, THREE, None)
    assert [one.instead is not None for one in shown] == [True, True, True]
    gpus.cancel(world.lab, gone, cancelled)
    # Mei's place and all that follows it: only two hours tomorrow are left.
    for hours in (0, 24):
        book(world, world.member(), spare, THREE + hours * HOUR, 24)
    gpu_outages.put_out_of_service(world.lab, staff, spare.id, THREE + 50 * HOUR, None, "Gone")
    outage = gpu_outages.put_out_of_service(
        world.lab, staff, broken.id, THREE, None, "Fan broken", moving=shown
    ).what
    assert (outage.bookings_moved, outage.bookings_hit) == (1, 1)
    (now,) = gpus.bookings_of(world.lab, mei)
    assert (now.workstation, now.starts_at) == ("kowloon", THREE + 48 * HOUR)
    assert stored(world, stays).state == "booked"
    assert (told(world, mei), told(world, ben), told(world, gone)) == (["relocated"], ["outage_hit"], [])


def test_what_was_given_back_or_begun_meanwhile_is_not_moved_as_it_was(world: World) -> None:
    broken, spare, staff = world.workstation("lantau", 2), world.workstation("kowloon", 2), world.staff()
    gone, mei = world.member(), world.member()
    cancelled, begun = book(world, gone, broken), book(world, mei, broken, THREE, 4, (1,))
    shown = hits(world, broken, THREE + HOUR, None)
    gpus.cancel(world.lab, gone, cancelled)
    world.clock.instant = THREE
    checkins.check_in(world.lab, mei, CheckInKind.BOOKING, begun)
    outage = gpu_outages.put_out_of_service(
        world.lab, staff, broken.id, THREE + HOUR, None, "Fan broken", moving=shown
    ).what
    assert (outage.bookings_moved, outage.bookings_hit) == (1, 0)
    assert (gpus.bookings_of(world.lab, gone), told(world, gone)) == ((), [])
    # Who has begun keeps the time until then.
    first, rest = gpus.bookings_of(world.lab, mei)
    assert (first.id, first.state, first.ends_at) == (begun, "checked_in", THREE + HOUR)
    assert (rest.workstation_id, rest.starts_at, rest.ends_at) == (spare.id, THREE + HOUR, THREE + 4 * HOUR)


def test_nobody_moves_where_the_outage_is_refused(world: World) -> None:
    broken, _spare, staff = world.workstation("lantau", 1), world.workstation("kowloon", 1), world.staff()
    mei = world.member()
    booked = book(world, mei, broken)
    shown = hits(world, broken, THREE, THREE + HOUR)
    for span in ((THREE, THREE), (NOW - 2 * HOUR, NOW - HOUR)):
        with pytest.raises(Refused):
            gpu_outages.put_out_of_service(world.lab, staff, broken.id, *span, "Fan", moving=shown)
    assert (stored(world, booked).state, told(world, mei)) == ("booked", [])


def test_what_is_hit_only_by_another_end_can_move_with_it(world: World) -> None:
    broken, _spare, staff = world.workstation("lantau", 1), world.workstation("kowloon", 1), world.staff()
    mei = world.member()
    book(world, mei, broken, THREE + 2 * HOUR)
    outage = break_down(world, broken, THREE, THREE + HOUR)
    shown = hits(world, broken, THREE, None)
    changed = gpu_outages.change_outage(world.lab, staff, outage, None, moving=shown).what
    assert (changed.bookings_moved, changed.bookings_hit) == (1, 0)
    assert (gpus.bookings_of(world.lab, mei)[0].workstation, told(world, mei)) == ("kowloon", ["relocated"])


def test_a_machine_is_not_put_out_of_service_twice_for_the_same_time(world: World) -> None:
    broken, staff = world.workstation("lantau"), world.staff()
    break_down(world, broken, THREE + HOUR, THREE + 4 * HOUR)
    for span in ((THREE + HOUR, THREE + 4 * HOUR), (THREE + 2 * HOUR, THREE + 3 * HOUR)):
        with pytest.raises(Refused) as caught:
            gpu_outages.put_out_of_service(world.lab, staff, broken.id, *span, "Fan")
        (reason,) = caught.value.reasons
        there = {"start": THREE + HOUR, "end": THREE + 4 * HOUR}
        assert reason.code == Code.OUT_ALREADY
        assert reason.facts == {"workstation": "lantau", "reason": "Fan broken", **there}
    # What lasts longer at either end is another one.
    break_down(world, broken, THREE, THREE + 2 * HOUR)
    break_down(world, broken, THREE + 2 * HOUR)
    codes = codes_of(lambda: break_down(world, broken, THREE + 9 * HOUR))
    assert codes == codes_of(lambda: break_down(world, broken, THREE + 9 * HOUR, THREE + 10 * HOUR))
    assert codes == {Code.OUT_ALREADY}
    assert len(gpu_outages.outages(world.lab, staff)) == 3
    # It is about what is to come, and about this machine.
    for outage in gpu_outages.outages(world.lab, staff):
        gpu_outages.cancel_outage(world.lab, staff, outage.id)
    assert break_down(world, broken, THREE + HOUR, THREE + 4 * HOUR)
    assert break_down(world, world.workstation(), THREE + HOUR, THREE + 4 * HOUR)


def test_back_in_service_ends_what_runs_and_says_so(world: World) -> None:
    broken, staff = world.workstation("lantau"), world.staff()
    planned = break_down(world, broken, THREE + 9 * HOUR)
    runs = [break_down(world, broken, NOW, NOW + hours * HOUR) for hours in (1, 2)]
    world.clock.advance(minutes=5)
    back = gpu_outages.put_back_in_service(world.lab, staff, broken.id).what
    assert (back.name, [one.id for one in back.ended]) == ("lantau", runs)
    assert [one.id for one in gpu_outages.outages(world.lab, staff)] == [planned]
    # Only where none runs the next one is called off, and it is said which.
    called_off = gpu_outages.put_back_in_service(world.lab, staff, broken.id).what
    assert [(one.id, one.starts_at) for one in called_off.ended] == [(planned, THREE + 9 * HOUR)]


def test_nobody_moves_what_nothing_hits(world: World) -> None:
    broken, _spare, staff = world.workstation("lantau", 1), world.workstation("kowloon", 1), world.staff()
    mei = world.member()
    booked = book(world, mei, broken)
    go = lambda booking=booked: gpu_outages.relocate_to_nearest(world.lab, staff, booking, "Fan")  # noqa: E731
    assert codes_of(go) == {Code.NOT_HIT}
    assert codes_of(lambda: go(999)) == {Code.UNKNOWN_BOOKING}
    break_down(world, broken, THREE + HOUR)
    assert go().what.workstation == "kowloon"
    last = book(world, mei, broken, NOW - timedelta(minutes=2), 0.5)
    gpu_outages.put_out_of_service(world.lab, staff, broken.id, NOW, None, "All of it")
    for machine in (world.workstation("sai-kung", 1), _spare):
        gpu_outages.put_out_of_service(world.lab, staff, machine.id, NOW, None, "All of it")
    assert codes_of(lambda: go(last)) == {Code.NO_OTHER_PLACE}


# People are told


def test_who_is_hit_and_not_moved_is_told_and_keeps_the_booking(world: World) -> None:
    broken, _spare = world.workstation("lantau"), world.workstation("kowloon")
    mei, ben = world.member(), world.member()
    kept, moved = book(world, mei, broken), book(world, ben, broken, gpu_numbers=(1,))
    place = hits(world, broken, THREE, THREE + 4 * HOUR)[1]
    assert place.instead is not None
    gpu_outages.relocate(world.lab, world.staff(), moved, place.instead.wish, " Fan\nbroken ")
    outage = gpu_outages.put_out_of_service(
        world.lab, world.staff(), broken.id, THREE, THREE + 4 * HOUR, "Fan broken"
    ).what
    assert outage.bookings_hit == 1
    (notice,) = notices.unseen(world.lab, mei)
    assert (notice.kind, notice.facts["booking"], notice.facts["workstation"]) == (
        *("outage_hit", kept, "lantau"),
    )
    assert notice.facts["blocked_until"] == THREE + 4 * HOUR
    (notice,) = notices.unseen(world.lab, ben)
    assert notice.kind == "relocated"
    assert notice.facts == {
        "booking": gpus.bookings_of(world.lab, ben)[0].id,
        "workstation": "kowloon",
        "start": THREE,
        "end": THREE + 2 * HOUR,
        "was_workstation": "lantau",
        "was_start": THREE,
        "stays_until": None,
        "reason": "Fan broken",
    }
    assert [one.workstation for one in gpus.bookings_of(world.lab, ben)] == ["kowloon"]
    # Nobody can check in to a broken machine in vain: the booking is no no-show, and ends as it would.
    world.clock.advance(hours=5)
    assert care(world) == (1, 1)
    assert (stored(world, kept).state, stored(world, moved).state) == ("ended", "moved")


def test_who_is_moved_after_being_told_reads_only_that(world: World) -> None:
    broken, spare = world.workstation("lantau"), world.workstation("kowloon")
    mei = world.member()
    booked = book(world, mei, broken)
    break_down(world, broken, NOW)
    assert told(world, mei) == ["outage_hit"]
    wish = BookingWish(spare.id, (1,), THREE + HOUR, THREE + 3 * HOUR)
    gpu_outages.relocate(world.lab, world.staff(), booked, wish, "Fan broken")
    assert told(world, mei) == ["relocated"]


def test_relocating_is_one_act_in_the_audit_log(world: World) -> None:
    broken, _spare = world.workstation("lantau"), world.workstation("kowloon")
    booked = book(world, world.member(), broken)
    (hit,) = hits(world, broken, THREE, None)
    assert hit.instead is not None
    staff = world.staff()
    done = gpu_outages.relocate(world.lab, staff, booked, hit.instead.wish, "Fan broken")
    with world.lab.store.read():
        entry = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert (entry.id, entry.action, entry.subject_id) == (done.entry_id, "gpus.relocate", done.what.id)
    facts = json.loads(entry.facts)
    assert (facts["was_booking"], facts["reason"], facts["counts"]) == (booked, "Fan broken", False)
    # What broke no rule was no override.
    assert entry.override_reason is None


def test_relocating_is_undone_and_who_was_moved_knows_what_hits_them(world: World) -> None:
    broken, spare = world.workstation("lantau"), world.workstation("kowloon")
    mei, ben, staff = world.member(), world.member(), world.staff()
    ahead, running = book(world, mei, broken), book(world, ben, broken, THREE, 4, (1,))
    world.clock.instant = THREE
    checkins.check_in(world.lab, ben, CheckInKind.BOOKING, running)
    break_down(world, broken, THREE + HOUR)
    break_down(world, spare, THREE + 9 * HOUR)
    for actor, booking in ((mei, ahead), (ben, running)):
        before = stored(world, booking)
        place = next(
            one.instead for one in hits(world, broken, THREE + HOUR, None) if one.booking.id == booking
        )
        assert place is not None
        done = gpu_outages.relocate(world.lab, staff, booking, place.wish, "Fan broken")
        assert told(world, actor) == ["relocated"]
        assert undo(world.lab, staff, done.entry_id) == "gpus.relocate"
        after = stored(world, booking)
        assert (after.state, after.ends_at) == (before.state, before.ends_at)
        assert told(world, actor) == ["outage_hit"]
        (notice,) = notices.unseen(world.lab, actor)
        assert (notice.facts["booking"], notice.facts["blocked_from"]) == (booking, THREE + HOUR)


def test_the_end_of_an_outage_is_moved(world: World) -> None:
    broken, staff = world.workstation("lantau"), world.staff()
    mei, ben = world.member(), world.member()
    book(world, mei, broken)
    book(world, ben, broken, THREE + 2 * HOUR)
    outage = break_down(world, broken, THREE, THREE + HOUR)
    assert (told(world, mei), told(world, ben)) == (["outage_hit"], [])
    longer = gpu_outages.change_outage(world.lab, staff, outage, None).what
    assert (longer.ends_at, longer.bookings_hit) == (None, 2)
    for actor in (mei, ben):
        (notice,) = notices.unseen(world.lab, actor)
        assert notice.facts["blocked_until"] is None
    notices.mark_seen(world.lab, mei, [one.id for one in notices.unseen(world.lab, mei)])
    shorter = gpu_outages.change_outage(world.lab, staff, outage, THREE + 2 * HOUR).what
    assert (shorter.ends_at, shorter.bookings_hit) == (THREE + 2 * HOUR, 1)
    # Mei read that she is hit, and still is; Ben never read it and no longer is.
    assert (told(world, mei), told(world, ben)) == ([], [])
    with world.lab.store.read():
        entries = AuditEntry.select().where(AuditEntry.subject == "outage").order_by(AuditEntry.id)
        actions = [entry.action for entry in entries]
    assert actions == ["gpus.put_out_of_service", "gpus.change_outage", "gpus.change_outage"]


def test_a_planned_outage_is_cancelled_and_a_running_one_ends(world: World) -> None:
    broken, staff, mei = world.workstation("lantau"), world.staff(), world.member()
    book(world, mei, broken, THREE + 2 * HOUR)
    planned = break_down(world, broken, THREE + 2 * HOUR, THREE + 4 * HOUR)
    gpu_outages.cancel_outage(world.lab, staff, planned)
    assert (told(world, mei), gpu_outages.outages(world.lab, staff)) == ([], ())
    runs = break_down(world, broken, NOW, THREE + 4 * HOUR)
    world.clock.advance(minutes=5)
    assert gpu_outages.cancel_outage(world.lab, staff, runs).what.ends_at == world.clock.now()
    assert told(world, mei) == []
    for outage, code in (
        (planned, Code.ALREADY_CANCELLED),
        (runs, Code.ALREADY_OVER),
        (99, Code.UNKNOWN_OUTAGE),
    ):
        for act in (
            lambda outage=outage: gpu_outages.cancel_outage(world.lab, staff, outage),
            lambda outage=outage: gpu_outages.change_outage(world.lab, staff, outage, None),
        ):
            assert codes_of(act) == {code}


def test_a_machine_with_an_outage_ahead_can_break_now(world: World) -> None:
    broken, staff, mei = world.workstation("lantau"), world.staff(), world.member()
    book(world, mei, broken)
    planned = break_down(world, broken, THREE + HOUR, THREE + 4 * HOUR)
    now = break_down(world, broken, NOW)
    assert [one.id for one in gpu_outages.outages(world.lab, staff)] == [now, planned]
    assert told(world, mei) == ["outage_hit", "outage_hit"]
    gpu_outages.put_back_in_service(world.lab, staff, broken.id)
    assert [one.id for one in gpu_outages.outages(world.lab, staff)] == [planned]
    # The fan is mended, the outage ahead still hits.
    (notice,) = notices.unseen(world.lab, mei)
    assert notice.facts["block"] == planned
    with world.lab.store.read():
        assert Outage.get_by_id(now).cancelled


# Running bookings


def test_what_runs_is_split_and_goes_on_elsewhere(world: World) -> None:
    broken, spare = world.workstation("lantau"), world.workstation("kowloon")
    mei = world.member()
    booked = book(world, mei, broken, THREE, 4, (0, 1))
    world.clock.instant = THREE
    checkins.check_in(world.lab, mei, CheckInKind.BOOKING, booked)
    world.clock.instant = THREE + timedelta(minutes=75)
    (hit,) = hits(world, broken, world.clock.now(), None)
    assert hit.instead is not None
    # From the slot that runs now.
    assert (hit.instead.wish.starts_at, hit.instead.wish.ends_at) == (THREE + HOUR, THREE + 4 * HOUR)
    rest = gpu_outages.relocate(world.lab, world.staff(), booked, hit.instead.wish, "Fan broken").what
    assert (rest.workstation, rest.gpu_numbers) == ("kowloon", (0, 1))
    first = stored(world, booked)
    assert (first.state, first.ends_at) == ("checked_in", THREE + HOUR)
    break_down(world, broken, world.clock.now())
    (notice,) = notices.unseen(world.lab, mei)
    assert (notice.kind, notice.facts["start"]) == ("relocated", THREE + HOUR)
    assert spare.id == rest.workstation_id


def test_an_outage_later_on_leaves_what_runs_until_then(world: World) -> None:
    broken, _spare = world.workstation("lantau"), world.workstation("kowloon")
    mei = world.member()
    booked = book(world, mei, broken, THREE, 4)
    world.clock.instant = THREE
    checkins.check_in(world.lab, mei, CheckInKind.BOOKING, booked)
    (hit,) = hits(world, broken, THREE + timedelta(minutes=140), None)
    assert hit.instead is not None
    assert hit.instead.wish.starts_at == THREE + 2 * HOUR
    # In its last slot there is nothing left to move.
    world.clock.instant = THREE + 4 * HOUR - timedelta(minutes=1)
    (hit,) = hits(world, broken, THREE + 4 * HOUR - timedelta(seconds=30), None)
    assert hit.instead is None or hit.instead.wish.starts_at >= THREE + timedelta(hours=3.5)


def test_what_has_begun_and_nobody_came_to_moves_as_a_whole(world: World) -> None:
    broken, _spare = world.workstation("lantau"), world.workstation("kowloon")
    mei = world.member()
    booked = book(world, mei, broken, THREE, 4)
    world.clock.instant = THREE + timedelta(minutes=35)
    (hit,) = hits(world, broken, world.clock.now(), None)
    assert hit.instead is not None
    assert (hit.instead.wish.starts_at, hit.instead.wish.ends_at) == (THREE + HOUR / 2, THREE + 4 * HOUR)
    gpu_outages.relocate(world.lab, world.staff(), booked, hit.instead.wish, "Fan broken")
    assert stored(world, booked).state == "moved"
    assert [one.workstation for one in gpus.bookings_of(world.lab, mei)] == ["kowloon"]


def test_who_is_moved_at_the_last_moment_loses_no_quota(world: World) -> None:
    broken, mei = world.workstation("lantau"), world.member()
    booked = book(world, mei, broken)
    wish = BookingWish(broken.id, (0,), THREE + 5 * HOUR, THREE + 7 * HOUR)
    gpu_outages.relocate(world.lab, world.staff(), booked, wish, "Fan to be changed now")
    left = stored(world, booked)
    assert (left.state, left.counts) == ("moved", False)
    quota = gpus.quota_of(world.lab, mei, world.lab.today())
    assert quota is not None
    assert quota.used == 2


def test_what_is_over_is_not_hit(world: World) -> None:
    broken, mei = world.workstation("lantau"), world.member()
    book(world, mei, broken, THREE, 1)
    world.clock.instant = THREE + HOUR
    assert hits(world, broken, NOW, None) == []
    break_down(world, broken, NOW)
    assert told(world, mei) == []


# Refused


def test_only_staff_who_signed_in_plan_and_move(world: World) -> None:
    broken, mei = world.workstation("lantau"), world.member()
    booked, outage = book(world, mei, broken), break_down(world, broken, THREE + 9 * HOUR)
    unsigned = world.actor(world.person(role="staff"))
    wish = BookingWish(broken.id, (1,), THREE, THREE + HOUR)
    for actor, code in ((mei, Code.NOT_ALLOWED), (unsigned, Code.SIGN_IN_NEEDED)):
        for act in (
            lambda actor=actor: gpu_outages.hit_by(world.lab, actor, broken.id, NOW, None),
            lambda actor=actor: gpu_outages.relocate(world.lab, actor, booked, wish, "Because"),
            lambda actor=actor: gpu_outages.change_outage(world.lab, actor, outage, None),
            lambda actor=actor: gpu_outages.cancel_outage(world.lab, actor, outage),
        ):
            assert codes_of(act) == {code}


def test_what_cannot_be_is_refused_and_nobody_is_told(world: World) -> None:
    broken, mei, staff = world.workstation("lantau", 1), world.member(), world.staff()
    booked = book(world, mei, broken)
    taken = book(world, world.member(), broken, THREE + 2 * HOUR)
    wish = BookingWish(broken.id, (0,), THREE + 2 * HOUR, THREE + 4 * HOUR)
    with pytest.raises(BadInput) as caught:
        gpu_outages.relocate(world.lab, staff, booked, wish, " ")
    assert caught.value.field == "reason"
    assert codes_of(lambda: gpu_outages.relocate(world.lab, staff, booked, wish, "Fan")) == {Code.GPU_TAKEN}
    assert codes_of(lambda: gpu_outages.relocate(world.lab, staff, 999, wish, "Fan")) == {
        Code.UNKNOWN_BOOKING
    }
    assert codes_of(lambda: gpu_outages.hit_by(world.lab, staff, 999, NOW, None)) == {
        Code.UNKNOWN_WORKSTATION
    }
    for span, code in (((NOW, NOW), Code.ENDS_BEFORE_START), ((NOW - HOUR, NOW), Code.ALREADY_OVER)):
        assert codes_of(lambda span=span: gpu_outages.hit_by(world.lab, staff, broken.id, *span)) == {code}
        assert codes_of(
            lambda span=span: gpu_outages.put_out_of_service(world.lab, staff, broken.id, *span, "Fan")
        ) == {code}
    assert told(world, mei) == []
    assert taken


def test_an_outage_of_a_machine_with_a_policy_of_its_own(world: World) -> None:
    """Places on other machines follow those machines' own policies."""
    world.lab = replace(world.lab, config=LabConfig(gpus=GpusSection(off_peak_from="", off_peak_until="")))
    broken, short = world.workstation("lantau", 1), world.workstation("kowloon", 1)
    policy_of(world, short, longest_hours=1)
    mei = world.member()
    book(world, mei, broken, THREE + HOUR, 3)
    (hit,) = hits(world, broken, NOW, THREE + 6 * HOUR)
    assert hit.instead is not None
    wish = hit.instead.wish
    assert wish.workstation_id == broken.id or wish.ends_at - wish.starts_at == HOUR
