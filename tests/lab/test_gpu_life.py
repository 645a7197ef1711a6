"""A booking during its life: moved, split, extended, shortened, finished early, handed to a team-mate."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lab_tui.config import LabConfig, LabSection
from lab_tui.errors import BadInput, Refused
from lab_tui.lab import gpu_duties, gpu_life, gpu_outages, gpu_shares, gpus, notices
from lab_tui.lab.gpus import BookingView, BookingWish, BookInstead, QuotaUse
from lab_tui.lab.operation import OPERATOR, Actor, writing
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.undo import undo
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.gpus import Booking, BookingGpu, Workstation
from lab_tui.store.tables.lab import AuditEntry, Closure
from lab_tui.store.tables.people import Notice, Person
from tests.world import PLAIN, TODAY, World

# 15:00 in Hong Kong, half an hour after the world's clock.
THREE = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
# Tomorrow at ten: far from every cut-off, and another week.
TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def wish(machine: Workstation, start: datetime = TEN, hours: float = 2, **more: object) -> BookingWish:
    gpu_numbers = more.pop("gpus", (0,))
    return BookingWish(machine.id, gpu_numbers, start, start + hours * HOUR, **more)  # type: ignore[arg-type]


def with_policy(world: World, **policy: object) -> World:
    world.lab = replace(world.lab, config=LabConfig(gpus=replace(PLAIN, **policy)))  # type: ignore[arg-type]
    return world


def with_machine_policy(world: World, machine: Workstation, **policy: object) -> None:
    with world.lab.store.write():
        Workstation.update(policy=json.dumps(policy)).where(Workstation.id == machine.id).execute()


def book(world: World, actor: Actor, wished: BookingWish) -> BookingView:
    return gpus.book(world.lab, actor, wished).what


def check_in(world: World, booking_id: int) -> None:
    with world.lab.store.write():
        booking = Booking.get_by_id(booking_id)
        Booking.update(state="checked_in").where(Booking.id == booking_id).execute()
        CheckIn.create(
            kind="booking", person=booking.person, booking=booking_id, day=TODAY, at=world.clock.now()
        )


def stored(world: World) -> list[tuple[object, ...]]:
    """Every row that an operation here can change."""
    with world.lab.store.read():
        tables = (Booking, BookingGpu, AuditEntry, Notice)
        return [
            row for table in tables for row in table.select().order_by(*table._meta.sorted_fields).tuples()
        ]


def refused(world: World, act: Callable[[], object]) -> Refused:
    """The refusal of an act, which leaves nothing behind."""
    before = stored(world)
    with pytest.raises(Refused) as caught:
        act()
    assert stored(world) == before
    return caught.value


def refused_move(world: World, actor: Actor, booking_id: int, wished: BookingWish) -> Refused:
    """The refusal of a move, the same as its preview's; each remedy is accepted."""
    refusal = refused(world, lambda: gpu_life.move(world.lab, actor, booking_id, wished))
    shown = refused(world, lambda: gpu_life.preview_move(world.lab, actor, booking_id, wished))
    assert (shown.reasons, shown.remedies) == (refusal.reasons, refusal.remedies)
    for remedy in refusal.remedies:
        assert isinstance(remedy, BookInstead)
        assert gpu_life.preview_move(world.lab, actor, booking_id, remedy.wish).wish == remedy.wish
    return refusal


def row(world: World, booking_id: int) -> Booking:
    """A booking's row; its GPUs are held for just its time."""
    with world.lab.store.read():
        booking = Booking.get_by_id(booking_id)
        held = BookingGpu.select().where(BookingGpu.booking == booking_id)
        assert {(one.starts_at, one.ends_at, one.holds) for one in held} == {
            (booking.starts_at, booking.ends_at, booking.holds)
        }
        return booking


def last_entry(world: World) -> tuple[str, int, dict[str, object]]:
    with world.lab.store.read():
        entry = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    return entry.action, entry.subject_id, json.loads(entry.facts)


def used(world: World, actor: Actor, day: datetime = TEN) -> float:
    use = gpus.quota_of(world.lab, actor, world.lab.time.day_of(day))
    assert use is not None
    return use.used


# Moving


def test_a_booking_is_moved_in_one_act_and_keeps_its_calendar_entry(world: World) -> None:
    mei, machine, other = world.member(), world.workstation("lantau"), world.workstation("kowloon")
    old = book(world, mei, wish(machine, purpose="Fine-tuning"))
    new = gpu_life.move(world.lab, mei, old.id, wish(other, TEN + 3 * HOUR, gpus=(1,))).what
    assert (new.workstation, new.gpu_numbers, new.starts_at) == ("kowloon", (1,), TEN + 3 * HOUR)
    assert (new.purpose, new.person_id, new.startup_id) == ("Fine-tuning", old.person_id, old.startup_id)
    assert gpus.bookings_of(world.lab, mei) == (new,)
    was, now = row(world, old.id), row(world, new.id)
    assert (was.state, was.holds, was.counts) == ("moved", False, False)
    assert (now.origin_id, now.calendar_id, now.sequence) == (old.id, old.id, 1)
    action, subject, facts = last_entry(world)
    assert (action, subject) == ("gpus.move", new.id)
    assert (facts["was_booking"], facts["was_workstation"], facts["was_gpus"]) == (old.id, "lantau", [0])
    assert (facts["was_start"], facts["start"]) == (TEN.isoformat(), (TEN + 3 * HOUR).isoformat())
    # Moved once more, it is still the entry that the first booking made.
    again = gpu_life.move(world.lab, mei, new.id, wish(machine, purpose="Evaluation")).what
    last = row(world, again.id)
    assert (last.origin_id, last.calendar_id, last.sequence) == (new.id, old.id, 2)
    assert again.purpose == "Evaluation"
    assert used(world, mei) == 2


def test_a_repeated_move_moves_once(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    old = book(world, mei, wish(machine))
    first = gpu_life.move(world.lab, mei, old.id, wish(machine, gpus=(1,)), request_key="k1")
    assert gpu_life.move(world.lab, mei, old.id, wish(machine, gpus=(1,)), request_key="k1") == first
    again = refused_move(world, mei, old.id, wish(machine, gpus=(1,)))
    assert again.codes == {Code.ALREADY_CANCELLED}


def test_its_own_hours_are_in_nobodys_way(world: World) -> None:
    with_policy(world, person_bookings_open=1, startup_hours_a_week=3, person_hours_a_week=3, gap_minutes=60)
    mei, machine = world.member(), world.workstation()
    old = book(world, mei, wish(machine, hours=3))
    shown = gpu_life.preview_move(world.lab, mei, old.id, wish(machine, TEN + HOUR, hours=3))
    assert (shown.before, shown.after) == (QuotaUse(3.0, 3), QuotaUse(3.0, 3))
    new = gpu_life.move(world.lab, mei, old.id, wish(machine, TEN + HOUR, hours=3)).what
    assert (new.starts_at, new.ends_at, used(world, mei)) == (TEN + HOUR, TEN + 4 * HOUR, 3)


def test_the_lab_picks_the_gpus_of_a_move(world: World) -> None:
    mei, machine = world.member(), world.workstation(gpu_count=4)
    old = book(world, mei, wish(machine, gpus=(0, 1)))
    book(world, world.member(), wish(machine, TEN + 2 * HOUR, gpus=(1,)))
    anywhere = wish(machine, TEN + HOUR, gpus=(), gpu_count=2)
    shown = gpu_life.preview_move(world.lab, mei, old.id, anywhere)
    moved = gpu_life.move(world.lab, mei, old.id, anywhere).what
    assert moved.gpu_numbers == shown.wish.gpu_numbers == (0, 2)


def test_a_move_is_refused_with_every_reason_and_ways_out(world: World) -> None:
    machine, other = world.workstation("lantau", gpu_count=2), world.workstation("kowloon", gpu_count=2)
    mei, kai = world.member(), world.member()
    old = book(world, mei, wish(machine, gpus=(0, 1)))
    taken = book(world, kai, wish(machine, TEN + 3 * HOUR, gpus=(1,)))
    with world.lab.store.write():
        Closure.create(reason="Typhoon", starts_at=TEN + 4 * HOUR, ends_at=TEN + 5 * HOUR)
    refusal = refused_move(world, mei, old.id, wish(machine, TEN + 3 * HOUR, gpus=(0, 1)))
    assert refusal.codes == {Code.GPU_TAKEN, Code.LAB_CLOSED}
    assert len(refusal.remedies) == 3
    chosen = refusal.remedies[0]
    assert isinstance(chosen, BookInstead)
    assert gpu_life.move(world.lab, mei, old.id, chosen.wish).what.state == "booked"
    unknown = refused_move(world, kai, taken.id, BookingWish(999, (0,), TEN, TEN + HOUR))
    assert Code.UNKNOWN_WORKSTATION in unknown.codes
    assert other.id in {one.wish.workstation_id for one in unknown.remedies}


def test_what_cannot_be_moved(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    old = book(world, mei, wish(machine, THREE))
    elsewhere = wish(machine, TEN)

    def codes(who: Actor, booking_id: int = old.id, to: BookingWish = elsewhere) -> frozenset[str]:
        return refused_move(world, who, booking_id, to).codes

    assert codes(world.member()) == {Code.NOT_YOURS}
    assert codes(world.actor(world.person(role="staff"))) == {Code.SIGN_IN_NEEDED}
    assert codes(mei, 999) == {Code.UNKNOWN_BOOKING}
    assert codes(mei, old.id, wish(machine, THREE)) == {Code.NOTHING_CHANGES}
    world.clock.advance(minutes=30)
    check_in(world, old.id)
    assert codes(mei) == {Code.ALREADY_BEGUN}
    world.clock.advance(hours=2)
    assert codes(mei) == {Code.ALREADY_OVER}
    held = book(world, mei, wish(machine, TEN))
    with world.lab.store.write():
        change = {"state": "offered", "offer_until": TEN}
        Booking.update(**change).where(Booking.id == held.id).execute()
    assert codes(mei, held.id, wish(machine, TEN + HOUR)) == {Code.ONLY_OFFERED}


def test_staff_move_for_others_and_override_with_a_reason(world: World) -> None:
    mei, machine, staff = world.member(), world.workstation(), world.staff()
    old = book(world, mei, wish(machine))
    long = wish(machine, TEN + HOUR, hours=30)
    assert refused_move(world, staff, old.id, long).codes == {Code.TOO_LONG}
    with pytest.raises(BadInput, match="override_reason: empty"):
        gpu_life.move(world.lab, staff, old.id, long, override_reason=" ")
    by_mei = refused(world, lambda: gpu_life.move(world.lab, mei, old.id, long, override_reason="Me"))
    assert by_mei.codes == {Code.NOT_ALLOWED}
    moved = gpu_life.move(world.lab, staff, old.id, long, override_reason="Demo day").what
    assert (moved.person_id, moved.ends_at) == (old.person_id, TEN + 31 * HOUR)
    assert last_entry(world)[2]["overridden"] == [Code.TOO_LONG]


@pytest.mark.parametrize(
    ("change", "counts", "uses"),
    [
        # The same hours on other GPUs, or more of them, or longer: nothing was given back.
        ({"gpus": (1,)}, False, 2),
        ({"gpus": (0, 1)}, False, 4),
        ({"hours": 3}, False, 3),
        ({"start": THREE - HOUR / 2, "hours": 3}, False, 3),
        # Other hours, fewer of them: the old ones were given back too late.
        ({"start": THREE + HOUR}, True, 4),
        ({"hours": 1}, True, 3),
    ],
)
def test_moved_late_the_old_hours_count_unless_the_new_ones_cover_them(
    world: World, change: dict[str, object], counts: bool, uses: float
) -> None:
    mei, machine = world.member(), world.workstation()
    old = book(world, mei, wish(machine, THREE))
    shown = gpu_life.preview_move(world.lab, mei, old.id, wish(machine, **{"start": THREE, **change}))  # type: ignore[arg-type]
    gpu_life.move(world.lab, mei, old.id, wish(machine, **{"start": THREE, **change}))  # type: ignore[arg-type]
    assert row(world, old.id).counts == counts
    assert last_entry(world)[2]["counts"] == counts
    assert used(world, mei, THREE) == uses
    assert (shown.before, shown.after) == (QuotaUse(2.0, 80), QuotaUse(float(uses), 80))


def test_at_the_cut_off_it_is_moved_freely(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    with_machine_policy(world, machine, late_cancel_minutes=30)
    old = book(world, mei, wish(machine, THREE))
    world.clock.advance(minutes=-2)
    gpu_life.move(world.lab, mei, old.id, wish(machine, TEN))
    assert not row(world, old.id).counts
    old = book(world, mei, wish(machine, THREE))
    world.clock.advance(milliseconds=1)
    gpu_life.move(world.lab, mei, old.id, wish(machine, TEN + 2 * HOUR))
    assert row(world, old.id).counts


def test_fewer_gpus_or_another_quota_do_not_cover_the_old_hours(world: World) -> None:
    mei, machine, apart = world.member(), world.workstation(), world.workstation()
    with_machine_policy(world, apart, startup_hours_a_week=100)
    old = book(world, mei, wish(machine, THREE, gpus=(0, 1)))
    new = gpu_life.move(world.lab, mei, old.id, wish(machine, THREE, gpus=(0,))).what
    assert row(world, old.id).counts
    gpu_life.move(world.lab, mei, new.id, wish(apart, THREE))
    assert row(world, new.id).counts


def test_a_late_move_is_no_way_round_the_quota(world: World) -> None:
    """Cancelled late, the hours would be used up: a second booking of as many would be refused."""
    with_policy(world, startup_hours_a_week=5)
    mei, machine = world.member(), world.workstation()
    old = book(world, mei, wish(machine, THREE, hours=3))
    refusal = refused_move(world, mei, old.id, wish(machine, THREE + HOUR, hours=3))
    (reason,) = refusal.reasons
    assert (reason.code, reason.facts["would_have"]) == (Code.STARTUP_QUOTA, 6.0)
    assert refusal.remedies
    assert gpu_life.move(world.lab, mei, old.id, wish(machine, THREE, hours=4)).what.state == "booked"


def test_a_late_move_never_makes_a_booking_free(world: World) -> None:
    with_policy(world, last_minute_minutes=60, last_minute_hours=24)
    mei, machine = world.member(), world.workstation()
    world.clock.advance(hours=-1)
    old = book(world, mei, wish(machine, THREE))
    world.clock.advance(hours=1)
    # What is booked now would cost nothing.
    assert not gpus.preview(world.lab, mei, wish(machine, THREE, gpus=(1,))).costs_quota
    moved = gpu_life.move(world.lab, mei, old.id, wish(machine, THREE, gpus=(1,))).what
    assert row(world, moved.id).costs_quota
    assert used(world, mei, THREE) == 2
    # What cost nothing goes on to cost nothing where it is last-minute still.
    free = book(world, mei, wish(machine, THREE))
    moved = gpu_life.move(world.lab, mei, free.id, wish(machine, THREE, hours=4)).what
    assert not row(world, moved.id).costs_quota
    assert used(world, mei, THREE) == 2


def test_what_an_outage_or_a_closure_hits_is_moved_freely(world: World) -> None:
    mei, machine, other = world.member(), world.workstation(), world.workstation()
    hit = book(world, mei, wish(machine, THREE))
    gpu_outages.put_out_of_service(world.lab, world.staff(), machine.id, THREE, THREE + HOUR, "Fan")
    gpu_life.move(world.lab, mei, hit.id, wish(other, TEN))
    assert not row(world, hit.id).counts
    shut_out = book(world, mei, wish(other, THREE))
    with world.lab.store.write():
        Closure.create(reason="Rainstorm", starts_at=THREE + HOUR, ends_at=THREE + 3 * HOUR)
    gpu_life.move(world.lab, mei, shut_out.id, wish(other, TEN + 2 * HOUR))
    assert not row(world, shut_out.id).counts


def test_what_runs_but_is_not_checked_in_may_still_be_moved(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    old = book(world, mei, wish(machine, THREE))
    world.clock.advance(minutes=35)
    moved = gpu_life.move(world.lab, mei, old.id, wish(machine, THREE, gpus=(1,))).what
    assert (moved.starts_at, row(world, old.id).counts) == (THREE, False)


def test_two_who_move_to_one_place_at_once_end_with_one_winner(world: World) -> None:
    machine, wanted = world.workstation(gpu_count=4), world.workstation(gpu_count=1)
    team = world.startup()
    actors = [world.member(startup=team) for _ in range(4)]
    bookings = [book(world, actor, wish(machine, gpus=(n,))) for n, actor in enumerate(actors)]
    together = threading.Barrier(4)

    def go(number: int) -> str:
        together.wait(timeout=30)
        try:
            gpu_life.move(world.lab, actors[number], bookings[number].id, wish(wanted))
        except Refused as refusal:
            return ",".join(sorted(refusal.codes))
        return "moved"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(go, range(4)))
    assert answers == [str(Code.GPU_TAKEN)] * 3 + ["moved"]
    states = sorted(row(world, booking.id).state for booking in bookings)
    assert states == ["booked"] * 3 + ["moved"]


def test_one_booking_moved_twice_at_once_moves_once(world: World) -> None:
    mei, machine = world.member(), world.workstation(gpu_count=5)
    booking = book(world, mei, wish(machine))
    together = threading.Barrier(4)

    def go(number: int) -> str:
        together.wait(timeout=30)
        try:
            gpu_life.move(world.lab, mei, booking.id, wish(machine, gpus=(number + 1,)))
        except Refused as refusal:
            return ",".join(sorted(refusal.codes))
        return "moved"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(go, range(4)))
    assert answers == [str(Code.ALREADY_CANCELLED)] * 3 + ["moved"]
    assert len(gpus.bookings_of(world.lab, mei)) == 1


# Longer and shorter


def refused_extension(world: World, actor: Actor, booking_id: int, ends_at: datetime) -> Refused:
    """The refusal of an extension; its remedy is the longest there is, and is accepted."""
    refusal = refused(world, lambda: gpu_life.extend(world.lab, actor, booking_id, ends_at))
    longest = gpu_life.longest_extension(world.lab, actor, booking_id)
    assert [one.wish.ends_at for one in refusal.remedies] == ([longest] if longest else [])  # type: ignore[attr-defined]
    if longest is not None:
        undo(world.lab, actor, gpu_life.extend(world.lab, actor, booking_id, longest).entry_id)
    return refusal


def test_a_running_booking_is_extended_while_the_gpus_are_free(world: World) -> None:
    mei, machine = world.member(), world.workstation("lantau")
    booking = book(world, mei, wish(machine, THREE))
    book(world, world.member(), wish(machine, THREE + 4 * HOUR))
    world.clock.advance(hours=1.2)
    check_in(world, booking.id)
    refusal = refused_extension(world, mei, booking.id, THREE + 4.5 * HOUR)
    (reason,) = refusal.reasons
    assert (reason.code, reason.facts["start"]) == (Code.GPU_TAKEN, THREE + 4 * HOUR)
    (longest,) = refusal.remedies
    assert isinstance(longest, BookInstead)
    assert longest.wish.ends_at == THREE + 4 * HOUR
    longer = gpu_life.extend(world.lab, mei, booking.id, THREE + 3 * HOUR).what
    assert (longer.id, longer.ends_at, longer.state) == (booking.id, THREE + 3 * HOUR, "checked_in")
    action, subject, facts = last_entry(world)
    assert (action, subject) == ("gpus.extend", booking.id)
    assert facts["was_end"] == (THREE + 2 * HOUR).isoformat()
    assert used(world, mei, THREE) == 3
    gpu_life.extend(world.lab, mei, booking.id, longest.wish.ends_at)
    assert gpu_life.longest_extension(world.lab, mei, booking.id) is None


def test_an_extension_keeps_every_rule_of_the_whole_booking(world: World) -> None:
    with_policy(world, longest_hours=6, startup_hours_a_week=8, person_hours_a_week=7, gap_minutes=30)
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, wish(machine, hours=3))
    other = book(world, mei, wish(machine, TEN + 5 * HOUR, gpus=(1,)))
    assert refused_extension(world, mei, booking.id, TEN + 6.5 * HOUR).codes == {
        Code.TOO_LONG,
        Code.STARTUP_QUOTA,
        Code.PERSON_QUOTA,
    }
    assert refused_extension(world, mei, booking.id, TEN + 5 * HOUR).codes == {Code.GAP_TOO_SHORT}
    assert gpu_life.longest_extension(world.lab, mei, booking.id) == TEN + 4.5 * HOUR
    gpus.cancel(world.lab, mei, other.id)
    assert gpu_life.longest_extension(world.lab, mei, booking.id) == TEN + 6 * HOUR
    assert refused_extension(world, mei, booking.id, TEN + 3.25 * HOUR).codes == {Code.OFF_GRID}
    for hours, code in ((3, Code.NOTHING_CHANGES), (2, Code.ENDS_BEFORE_START)):
        ends_at = TEN + hours * HOUR
        again = refused(world, lambda end=ends_at: gpu_life.extend(world.lab, mei, booking.id, end))
        assert again.codes == {code}


def test_closing_hours_closures_and_outages_bound_an_extension(world: World) -> None:
    section = LabSection(opens="09:00", closes="18:00")
    world.lab = replace(world.lab, config=LabConfig(lab=section, gpus=replace(PLAIN, only_when_open=True)))
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, wish(machine))
    assert gpu_life.longest_extension(world.lab, mei, booking.id) == TEN + 8 * HOUR
    assert refused_extension(world, mei, booking.id, TEN + 9 * HOUR).codes == {Code.OUTSIDE_HOURS}
    with world.lab.store.write():
        Closure.create(reason="Holiday", starts_at=TEN + 6 * HOUR, ends_at=TEN + 7 * HOUR)
    gpu_outages.put_out_of_service(
        world.lab, world.staff(), machine.id, TEN + 4 * HOUR, TEN + 5 * HOUR, "Fan"
    )
    assert gpu_life.longest_extension(world.lab, mei, booking.id) == TEN + 4 * HOUR
    assert refused_extension(world, mei, booking.id, TEN + 7 * HOUR).codes == {
        Code.OUT_OF_SERVICE,
        Code.LAB_CLOSED,
    }


def test_an_outage_that_is_over_before_the_added_time_is_no_reason(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, wish(machine))
    gpu_outages.put_out_of_service(
        world.lab, world.staff(), machine.id, TEN + HOUR, TEN + 2 * HOUR, "Short one"
    )
    assert gpu_life.extend(world.lab, mei, booking.id, TEN + 3 * HOUR).what.ends_at == TEN + 3 * HOUR
    gpu_outages.put_out_of_service(world.lab, world.staff(), machine.id, TEN + 2 * HOUR, None, "For good")
    assert refused_extension(world, mei, booking.id, TEN + 4 * HOUR).codes == {Code.OUT_OF_SERVICE}


def test_an_extension_of_what_was_free_costs_unless_it_is_last_minute_too(world: World) -> None:
    with_policy(world, last_minute_minutes=60, last_minute_hours=24)
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, wish(machine, THREE, hours=1))
    assert used(world, mei, THREE) == 0
    world.clock.advance(minutes=30)
    gpu_life.extend(world.lab, mei, booking.id, THREE + 2 * HOUR)
    assert used(world, mei, THREE) == 0
    gpu_life.extend(world.lab, mei, booking.id, THREE + 3 * HOUR)
    assert used(world, mei, THREE) == 3
    # It began in the past, and is no last-minute booking for that.
    with_policy(world, last_minute_minutes=60, last_minute_hours=24, startup_hours_a_week=4)
    assert refused_extension(world, mei, booking.id, THREE + 5 * HOUR).codes == {Code.STARTUP_QUOTA}


def test_staff_extend_beyond_the_rules_with_a_reason(world: World) -> None:
    mei, machine, staff = world.member(), world.workstation(), world.staff()
    booking = book(world, mei, wish(machine))
    later = TEN + 30 * HOUR
    assert refused_extension(world, staff, booking.id, later).codes == {Code.TOO_LONG}
    by_mei = refused(
        world, lambda: gpu_life.extend(world.lab, mei, booking.id, later, override_reason="Mine")
    )
    assert by_mei.codes == {Code.NOT_ALLOWED}
    done = gpu_life.extend(world.lab, staff, booking.id, later, override_reason="Demo day")
    assert done.what.ends_at == later
    assert last_entry(world)[2]["overridden"] == [Code.TOO_LONG]


def test_a_booking_is_shortened_onto_the_grid_and_the_rest_is_free(world: World) -> None:
    with_policy(world, shortest_minutes=60)
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, wish(machine, hours=4))

    def codes(hours: float, who: Actor = mei) -> frozenset[str]:
        ends_at = TEN + hours * HOUR
        return refused(world, lambda: gpu_life.shorten(world.lab, who, booking.id, ends_at)).codes

    assert codes(4) == {Code.NOTHING_CHANGES}
    assert codes(5) == codes(0) == codes(-1) == {Code.NOT_WITHIN_BOOKING}
    assert codes(2.25) == {Code.OFF_GRID}
    assert codes(0.5) == {Code.TOO_SHORT}
    assert codes(0.1) == {Code.OFF_GRID, Code.TOO_SHORT}
    assert codes(2, world.member()) == {Code.NOT_YOURS}
    shorter = gpu_life.shorten(world.lab, mei, booking.id, TEN + 2 * HOUR).what
    assert (shorter.id, shorter.ends_at, row(world, booking.id).sequence) == (booking.id, TEN + 2 * HOUR, 1)
    assert used(world, mei) == 2
    assert last_entry(world)[2]["was_end"] == (TEN + 4 * HOUR).isoformat()
    assert book(world, world.member(), wish(machine, TEN + 2 * HOUR)).state == "booked"


def test_what_has_run_already_cannot_be_shortened_away(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, wish(machine, THREE, hours=4))
    world.clock.advance(hours=2.25)
    assert refused(world, lambda: gpu_life.shorten(world.lab, mei, booking.id, THREE + HOUR)).codes == {
        Code.IN_THE_PAST
    }
    assert gpu_life.shorten(world.lab, mei, booking.id, THREE + 1.5 * HOUR).what.ends_at == THREE + 1.5 * HOUR


@pytest.mark.parametrize("has_begun", [False, True])
def test_what_is_cut_off_late_is_free_for_others_and_counts_as_used(world: World, has_begun: bool) -> None:
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, wish(machine, THREE, hours=4))
    if has_begun:
        world.clock.advance(minutes=40)
        check_in(world, booking.id)
    before = gpu_shares.fair_share(world.lab, mei)
    done = gpu_life.shorten(world.lab, mei, booking.id, THREE + HOUR)
    assert used(world, mei, THREE) == 4
    assert gpu_shares.fair_share(world.lab, mei) == before
    cut_off = row(world, int(str(last_entry(world)[2]["cut_off"])))
    assert (cut_off.state, cut_off.starts_at, cut_off.ends_at) == (
        "cancelled",
        THREE + HOUR,
        THREE + 4 * HOUR,
    )
    other = book(world, world.member(), wish(machine, THREE + HOUR))
    assert refused(world, lambda: undo(world.lab, mei, done.entry_id)).codes == {Code.GPU_TAKEN}
    gpus.cancel(world.lab, OPERATOR, other.id)
    undo(world.lab, mei, done.entry_id)
    assert used(world, mei, THREE) == 4
    gpus.cancel(world.lab, mei, booking.id)
    assert used(world, mei, THREE) == 4


def test_hours_given_back_late_and_taken_up_again_count_once(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, wish(machine, THREE, hours=4))
    gpu_life.shorten(world.lab, mei, booking.id, THREE + 3 * HOUR)
    gpu_life.shorten(world.lab, mei, booking.id, THREE + HOUR)
    assert used(world, mei, THREE) == 4
    gpu_life.extend(world.lab, mei, booking.id, THREE + 2 * HOUR)
    assert used(world, mei, THREE) == 4
    # All that it had, and an hour more.
    done = gpu_life.extend(world.lab, mei, booking.id, THREE + 5 * HOUR)
    assert used(world, mei, THREE) == 5
    assert row(world, booking.id).ends_at == THREE + 5 * HOUR
    undo(world.lab, mei, done.entry_id)
    assert used(world, mei, THREE) == 4
    gpus.cancel(world.lab, mei, booking.id)
    assert used(world, mei, THREE) == 4


def test_at_the_quota_a_team_takes_up_what_it_gave_back_and_no_more(world: World) -> None:
    with_policy(world, startup_hours_a_week=4)
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, wish(machine, THREE, hours=4))
    gpu_life.shorten(world.lab, mei, booking.id, THREE + HOUR)
    assert gpu_life.longest_extension(world.lab, mei, booking.id) == THREE + 4 * HOUR
    refusal = refused(world, lambda: gpu_life.extend(world.lab, mei, booking.id, THREE + 5 * HOUR))
    assert refusal.codes == {Code.STARTUP_QUOTA}
    gpu_life.extend(world.lab, mei, booking.id, THREE + 2 * HOUR)
    gpu_life.extend(world.lab, mei, booking.id, THREE + 4 * HOUR)
    assert used(world, mei, THREE) == 4


def test_a_part_from_before_a_hand_over_goes_over_to_whoever_takes_it_up(world: World) -> None:
    team = world.startup()
    mei, kai = world.person("Mei", startup=team), world.person("Kai", startup=team)
    machine = world.workstation()
    booking = book(world, world.actor(mei), wish(machine, THREE, hours=4))
    gpu_life.shorten(world.lab, world.actor(mei), booking.id, THREE + HOUR)
    gpu_life.hand_over(world.lab, world.actor(mei), booking.id, kai.id)
    gpu_life.extend(world.lab, world.actor(kai), booking.id, THREE + 2 * HOUR)
    assert used(world, world.actor(kai), THREE) == 4
    counting = Booking.select(Booking.person, Booking.starts_at, Booking.ends_at).where(Booking.counts)
    with world.lab.store.read():
        assert sorted(counting.tuples()) == [
            (mei.id, THREE + 2 * HOUR, THREE + 4 * HOUR),
            (kai.id, THREE, THREE + 2 * HOUR),
        ]


def test_what_a_team_mate_gave_back_late_is_no_hour_of_ones_own(world: World) -> None:
    with_policy(world, person_hours_a_week=4)
    team = world.startup()
    mei, kai = world.person("Mei", startup=team), world.person("Kai", startup=team)
    machine = world.workstation()
    booking = book(world, world.actor(mei), wish(machine, THREE, hours=4))
    book(world, world.actor(kai), wish(machine, THREE + 5 * HOUR, hours=1))
    gpu_life.shorten(world.lab, world.actor(mei), booking.id, THREE + HOUR)
    gpu_life.hand_over(world.lab, world.actor(mei), booking.id, kai.id)
    # Three hours of his own then, and two more that are Mei's.
    gpu_life.extend(world.lab, world.actor(kai), booking.id, THREE + 2 * HOUR)
    assert row(world, booking.id).ends_at == THREE + 2 * HOUR


def test_a_shortening_undone_takes_up_what_a_later_one_gave_back(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, wish(machine, THREE, hours=4))
    first = gpu_life.shorten(world.lab, mei, booking.id, THREE + 2 * HOUR)
    gpu_life.extend(world.lab, mei, booking.id, THREE + 3 * HOUR)
    gpu_life.shorten(world.lab, mei, booking.id, THREE + 2 * HOUR)
    assert used(world, mei, THREE) == 4
    undo(world.lab, mei, first.entry_id)
    assert row(world, booking.id).ends_at == THREE + 4 * HOUR
    assert used(world, mei, THREE) == 4


def test_what_an_outage_hits_is_cut_off_for_nothing_even_late(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, wish(machine, THREE, hours=4))
    until = THREE + 3 * HOUR
    gpu_outages.put_out_of_service(world.lab, OPERATOR, machine.id, THREE + HOUR, until, "fan")
    gpu_life.shorten(world.lab, mei, booking.id, THREE + HOUR)
    assert used(world, mei, THREE) == 1


def test_who_finishes_what_nobody_checked_in_to_is_no_no_show_but_pays_for_it(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, wish(machine, THREE, hours=4))
    world.clock.advance(minutes=33)
    assert gpu_life.finish(world.lab, mei, booking.id).what.state == "ended"
    assert used(world, mei, THREE) == 4
    assert book(world, world.member(), wish(machine, THREE + HOUR / 2)).state == "booked"
    world.clock.advance(hours=1)
    with writing(world.lab):
        assert gpu_duties.release_no_shows(world.lab) == 1
    assert row(world, booking.id).state == "ended"


def test_finished_early_the_rest_is_free_at_once(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, wish(machine, THREE, hours=4))
    assert refused(world, lambda: gpu_life.finish(world.lab, mei, booking.id)).codes == {Code.NOT_BEGUN}
    world.clock.advance(hours=2)
    check_in(world, booking.id)
    finished = gpu_life.finish(world.lab, mei, booking.id).what
    # It is 16:32.
    assert finished.ends_at == THREE + 1.5 * HOUR
    assert used(world, mei, THREE) == 1.5
    assert refused(world, lambda: gpu_life.finish(world.lab, mei, booking.id)).codes == {Code.ALREADY_OVER}
    assert book(world, world.member(), wish(machine, THREE + 1.5 * HOUR)).state == "booked"
    with writing(world.lab):
        assert gpu_duties.release_no_shows(world.lab) == 0
        assert gpu_duties.end_ended(world.lab) == 1
    assert row(world, booking.id).state == "ended"


def test_finished_in_its_first_slot_it_keeps_that_slot(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    booking = book(world, mei, wish(machine, THREE, hours=4))
    short = book(world, mei, wish(machine, THREE, hours=0.5, gpus=(1,)))
    world.clock.advance(minutes=28)
    assert world.clock.now() == THREE
    check_in(world, booking.id)
    check_in(world, short.id)
    assert gpu_life.finish(world.lab, world.staff(), booking.id).what.ends_at == THREE + HOUR / 2
    for booking_id in (booking.id, short.id):
        again = refused(world, lambda booking_id=booking_id: gpu_life.finish(world.lab, mei, booking_id))
        assert again.codes == {Code.NOTHING_CHANGES}


# To a team-mate


def test_a_booking_is_handed_to_a_team_mate_who_is_told(world: World) -> None:
    team = world.startup()
    mei, kai = world.person("Mei", startup=team), world.person("Kai", startup=team)
    world.person("Gone", startup=team, active=False)
    world.person("Stranger")
    actor, machine = world.actor(mei), world.workstation("lantau")
    booking = book(world, actor, wish(machine))
    mates = gpu_life.team_mates(world.lab, actor, booking.id)
    assert mates == (gpu_life.TeamMate(kai.id, "Kai"),)
    done = gpu_life.hand_over(world.lab, actor, booking.id, kai.id)
    assert (done.what.id, done.what.person_name, row(world, booking.id).sequence) == (booking.id, "Kai", 1)
    assert last_entry(world)[2] | {"end": ""} == {"was_person": mei.id, "person": kai.id, "end": ""}
    assert gpus.bookings_of(world.lab, actor) == ()
    (told,) = notices.unseen(world.lab, world.actor(kai))
    assert (told.kind, told.facts["workstation"], told.facts["by"]) == ("handed_over", "lantau", "Mei")
    assert told.facts["start"] == TEN
    assert refused(world, lambda: gpu_life.hand_over(world.lab, actor, booking.id, kai.id)).codes == {
        Code.NOT_YOURS
    }


def test_who_cannot_have_a_booking(world: World) -> None:
    team = world.startup()
    mei, machine = world.person(startup=team), world.workstation()
    actor = world.actor(mei)
    booking = book(world, actor, wish(machine))

    def codes(person_id: int, booking_id: int = booking.id) -> frozenset[str]:
        return refused(world, lambda: gpu_life.hand_over(world.lab, OPERATOR, booking_id, person_id)).codes

    assert codes(mei.id) == {Code.NOTHING_CHANGES}
    assert codes(world.person().id) == {Code.NOT_A_TEAM_MATE}
    assert codes(999) == {Code.UNKNOWN_PERSON}
    assert codes(world.person(startup=team, active=False).id) == {Code.PERSON_INACTIVE}
    staff = world.person(role="staff")
    of_staff = book(world, world.actor(staff), wish(machine, gpus=(1,)))
    assert codes(world.person(role="staff").id, of_staff.id) == {Code.NOT_A_TEAM_MATE}
    assert gpu_life.team_mates(world.lab, world.actor(staff), of_staff.id) == ()


def test_the_other_persons_rules_hold(world: World) -> None:
    with_policy(world, person_bookings_open=1, person_hours_a_week=3, gap_minutes=60, no_shows_allowed=0)
    team, machine = world.startup(), world.workstation(gpu_count=3)
    mei, kai = world.member(startup=team), world.person(startup=team)
    later = book(world, mei, wish(machine, TEN + 3 * 24 * HOUR))
    with world.lab.store.write():
        missed = Booking.get_by_id(book_for(world, kai, wish(machine, THREE)).id)
        Booking.update(state="no_show", holds=False).where(Booking.id == missed.id).execute()
    book_for(world, kai, wish(machine, TEN + 3 * 24 * HOUR + 2 * HOUR, gpus=(1,)))
    refusal = refused(world, lambda: gpu_life.hand_over(world.lab, mei, later.id, int(kai.id)))
    assert refusal.codes == {
        Code.HORIZON_SHORTENED,
        Code.TOO_MANY_OPEN_BOOKINGS,
        Code.PERSON_QUOTA,
        Code.GAP_TOO_SHORT,
    }


def book_for(world: World, person: Person, wished: BookingWish) -> BookingView:
    done = gpus.book(
        world.lab, OPERATOR, replace(wished, person_id=int(person.id)), override_reason="For the test"
    )
    return done.what


def test_what_costs_nothing_costs_the_other_person_nothing(world: World) -> None:
    with_policy(world, last_minute_minutes=60, last_minute_hours=24, person_hours_a_week=2)
    team, machine = world.startup(), world.workstation()
    mei, kai = world.member(startup=team), world.member(startup=team)
    free = book(world, mei, wish(machine, THREE))
    book(world, kai, wish(machine, THREE + 2 * HOUR))
    # Made by now it would cost something.
    world.clock.advance(hours=-3)
    assert gpu_life.hand_over(world.lab, mei, free.id, kai.person_id).what.person_id == kai.person_id  # type: ignore[arg-type]


def test_handed_over_while_it_runs_the_check_in_stays(world: World) -> None:
    team, machine = world.startup(), world.workstation()
    mei, kai = world.member(startup=team), world.person(startup=team)
    booking = book(world, mei, wish(machine, THREE))
    world.clock.advance(minutes=30)
    check_in(world, booking.id)
    handed = gpu_life.hand_over(world.lab, mei, booking.id, int(kai.id)).what
    assert (handed.state, handed.checked_in_at) == ("checked_in", world.clock.now())
    assert gpu_life.finish(world.lab, world.actor(kai), booking.id).what.state == "checked_in"


# Split


def test_the_rest_of_a_running_booking_goes_to_another_machine(world: World) -> None:
    mei, machine, other = world.member(), world.workstation("lantau"), world.workstation("kowloon")
    booking = book(world, mei, wish(machine, THREE, hours=4, purpose="Training", gpus=(0, 1)))
    world.clock.advance(hours=1)
    check_in(world, booking.id)
    gpu_outages.put_out_of_service(world.lab, world.staff(), machine.id, THREE + HOUR, None, "Power")
    at = THREE + HOUR
    rest = gpu_life.split(world.lab, mei, booking.id, at, wish(other, at, hours=3, gpus=(), gpu_count=2)).what
    assert (rest.workstation, rest.starts_at, rest.ends_at, rest.state) == (
        "kowloon",
        at,
        THREE + 4 * HOUR,
        "booked",
    )
    assert rest.purpose == "Training"
    first, second = row(world, booking.id), row(world, rest.id)
    assert (first.ends_at, first.state, first.sequence) == (at, "checked_in", 1)
    assert (second.origin_id, second.calendar_id, second.sequence) == (booking.id, None, 0)
    action, subject, facts = last_entry(world)
    assert (action, subject, facts["was_booking"]) == ("gpus.split", rest.id, booking.id)
    assert (facts["at"], facts["was_end"]) == (at.isoformat(), (THREE + 4 * HOUR).isoformat())
    assert used(world, mei, THREE) == 8


def test_a_split_booking_is_one_booking_to_the_rules(world: World) -> None:
    with_policy(world, person_bookings_open=1, startup_hours_a_week=4, gap_minutes=60)
    mei, machine, other = world.member(), world.workstation(), world.workstation()
    booking = book(world, mei, wish(machine, hours=4))
    at = TEN + 2 * HOUR
    too_long = refused_split(world, mei, booking.id, at, wish(other, at, hours=3))
    assert too_long.codes == {Code.STARTUP_QUOTA}
    rest = gpu_life.split(world.lab, mei, booking.id, at, wish(other, at)).what
    assert (used(world, mei), rest.starts_at) == (4, at)


def refused_split(world: World, actor: Actor, booking_id: int, at: datetime, rest: BookingWish) -> Refused:
    """The refusal of a split; each remedy is accepted."""
    refusal = refused(world, lambda: gpu_life.split(world.lab, actor, booking_id, at, rest))
    for remedy in refusal.remedies:
        assert isinstance(remedy, BookInstead)
        done = gpu_life.split(world.lab, actor, booking_id, at, remedy.wish)
        undo(world.lab, actor, done.entry_id)
    return refusal


def test_where_a_booking_cannot_be_cut(world: World) -> None:
    mei, machine, other = world.member(), world.workstation(), world.workstation()
    booking = book(world, mei, wish(machine, THREE, hours=4))

    def codes(hours: float, rest: BookingWish | None = None) -> frozenset[str]:
        at = THREE + hours * HOUR
        return refused_split(world, mei, booking.id, at, rest or wish(other, at, hours=1)).codes

    assert codes(0) == codes(4) == codes(-1) == {Code.NOT_WITHIN_BOOKING}
    assert codes(0.3) == {Code.OFF_GRID}
    assert codes(2, wish(other, THREE + HOUR)) == {Code.NOT_WITHIN_BOOKING}
    assert codes(2, wish(machine, THREE + 2 * HOUR)) == {Code.NOTHING_CHANGES}
    book(world, world.member(), wish(other, THREE + 2 * HOUR))
    assert codes(2, wish(other, THREE + 2 * HOUR)) == {Code.GPU_TAKEN}
    world.clock.advance(hours=2)
    check_in(world, booking.id)
    assert codes(1, wish(other, THREE + 3 * HOUR, hours=1)) == {Code.IN_THE_PAST}
    stranger = refused(
        world, lambda: gpu_life.split(world.lab, world.member(), booking.id, THREE, wish(other, THREE))
    )
    assert stranger.codes == {Code.NOT_YOURS}


def test_what_began_off_the_grid_is_changed_onto_it(world: World) -> None:
    """Staff let it begin at 10:10; its slots are those of everybody."""
    mei, machine, other = world.person(), world.workstation(), world.workstation()
    booking = book_for(world, mei, wish(machine, TEN + HOUR / 6, hours=2))
    actor = world.actor(mei)
    assert gpu_life.longest_extension(world.lab, actor, booking.id) == TEN + 24 * HOUR
    assert refused_extension(world, actor, booking.id, TEN + 2.6 * HOUR).codes == {Code.OFF_GRID}
    assert gpu_life.extend(world.lab, actor, booking.id, TEN + 3 * HOUR).what.ends_at == TEN + 3 * HOUR
    at = TEN + HOUR / 2
    assert refused_split(world, actor, booking.id, at, wish(other, at)).codes == {Code.TOO_SHORT}


def test_the_rest_costs_what_it_did(world: World) -> None:
    with_policy(world, last_minute_minutes=60, last_minute_hours=24)
    mei, machine, other = world.member(), world.workstation(), world.workstation()
    free = book(world, mei, wish(machine, THREE, hours=4))
    at = THREE + 2 * HOUR
    rest = gpu_life.split(world.lab, mei, free.id, at, wish(other, at)).what
    assert (row(world, rest.id).costs_quota, used(world, mei, THREE)) == (False, 0)
    # On more GPUs, or for longer, it is a booking like any other.
    half = at + HOUR
    for more in (wish(machine, half, hours=1, gpus=(0, 1)), wish(machine, half, hours=2)):
        done = gpu_life.split(world.lab, mei, rest.id, half, more)
        assert row(world, done.what.id).costs_quota
        undo(world.lab, mei, done.entry_id)
    paid = book(world, mei, wish(machine, TEN))
    world.clock.instant = TEN + timedelta(minutes=40)
    late = gpu_life.split(world.lab, mei, paid.id, TEN + HOUR, wish(other, TEN + HOUR, hours=1)).what
    assert row(world, late.id).costs_quota


def test_rules_of_the_lab_are_asked_in_its_own_zone(world: World) -> None:
    """On a day whose last hour is half a slot short, the first slot ends with the day."""
    config = LabConfig(
        lab=LabSection(zone="Australia/Lord_Howe"), gpus=replace(PLAIN, slot_minutes=60, shortest_minutes=60)
    )
    world.lab = replace(world.lab, config=config)
    # The clocks go forward half an hour on 4 October 2026, at two: 23.5 hours.
    starts_at, ends_at = world.lab.time.day_span(world.lab.time.day_of(datetime(2026, 10, 4, 3, tzinfo=UTC)))
    assert ends_at - starts_at == 23.5 * HOUR
    world.clock.instant = starts_at + 22 * HOUR
    mei, machine = world.member(), world.workstation()
    last_slot = starts_at + 23 * HOUR
    booking = book(world, mei, BookingWish(machine.id, (0,), last_slot, ends_at + HOUR))
    world.clock.instant = last_slot + timedelta(minutes=5)
    assert gpu_life.finish(world.lab, mei, booking.id).what.ends_at == ends_at
