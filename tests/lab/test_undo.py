"""What one just did can be taken back, by oneself, for a short time, once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from lab_tui.errors import Refused
from lab_tui.lab import checkins, desks, events, gpu_duties, gpu_life, gpu_series, gpus, notices, people
from lab_tui.lab.checkins import CheckInKind
from lab_tui.lab.gpu_series import SeriesWish
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.lab.operation import OPERATOR, Actor, writing
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.undo import undo
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.desks import DeskBooking
from lab_tui.store.tables.events import SignUp
from lab_tui.store.tables.gpus import Booking, Workstation
from lab_tui.store.tables.lab import AuditEntry, Closure
from tests.world import NOW, TODAY, World


def refused(world: World, actor: Actor, entry_id: int) -> set[str]:
    with pytest.raises(Refused) as caught:
        undo(world.lab, actor, entry_id)
    return set(caught.value.codes)


def claimed(world: World, actor: Actor) -> int:
    return desks.claim(world.lab, actor, world.desk().id, TODAY).entry_id


def test_a_claim_is_undone_once_and_the_audit_log_says_so(world: World) -> None:
    mei = world.member()
    entry_id = claimed(world, mei)
    assert undo(world.lab, mei, entry_id) == "desks.claim"
    with world.lab.store.read():
        entry = AuditEntry.get(AuditEntry.action == "undo")
        claim = AuditEntry.get_by_id(entry_id)
    assert (entry.undoes_id, entry.subject, entry.subject_id) == (entry_id, "desk_booking", claim.subject_id)
    assert entry.actor_id == mei.person_id
    assert refused(world, mei, entry_id) == {Code.ALREADY_UNDONE}
    assert refused(world, mei, entry.id) == {Code.CANNOT_BE_UNDONE}


def test_the_window_closes_after_the_labs_seconds(world: World) -> None:
    mei = world.member()
    first, second = claimed(world, mei), None
    world.clock.advance(seconds=15)
    assert undo(world.lab, mei, first) == "desks.claim"
    second = claimed(world, mei)
    world.clock.advance(seconds=15, milliseconds=1)
    assert refused(world, mei, second) == {Code.UNDO_TOO_LATE}


def test_a_longer_window_is_the_labs_choice(world: World) -> None:
    kiosk = replace(world.lab.config.kiosk, undo_seconds=60)
    lab = replace(world.lab, config=replace(world.lab.config, kiosk=kiosk))
    mei = world.member()
    entry_id = claimed(world, mei)
    world.clock.advance(seconds=60)
    assert undo(lab, mei, entry_id) == "desks.claim"


def test_only_oneself_or_staff_undo(world: World) -> None:
    mei = world.member()
    entry_id = claimed(world, mei)
    for other in (world.member(), world.member(role="staff"), Actor(None, "kiosk:Lobby")):
        assert refused(world, other, entry_id) == {Code.NOT_YOURS}
    assert undo(world.lab, world.staff(), entry_id) == "desks.claim"


def test_a_kiosk_without_a_person_undoes_nothing_of_the_operators(world: World) -> None:
    booking = desks.claim(world.lab, world.member(), world.desk().id, TODAY).what
    released = desks.release(world.lab, OPERATOR, booking.id)
    assert refused(world, Actor(None, "kiosk:Lobby"), released.entry_id) == {Code.NOT_YOURS}
    assert undo(world.lab, OPERATOR, released.entry_id) == "desks.release"


def test_all_reasons_are_told(world: World) -> None:
    entry_id = claimed(world, world.member())
    world.clock.advance(minutes=1)
    assert refused(world, world.member(), entry_id) == {Code.NOT_YOURS, Code.UNDO_TOO_LATE}


def test_other_acts_cannot_be_undone(world: World) -> None:
    mei = world.person()
    people.badge_code(world.lab, world.actor(mei), mei.id)
    with world.lab.store.read():
        issued = AuditEntry.get(AuditEntry.action == "people.issue_pass")
    assert refused(world, world.actor(mei), issued.id) == {Code.CANNOT_BE_UNDONE}
    assert refused(world, world.actor(mei), 999) == {Code.CANNOT_BE_UNDONE}


def test_two_keys_at_once_undo_once(world: World) -> None:
    mei = world.member()
    entry_id = claimed(world, mei)
    together = threading.Barrier(4)

    def press(_number: int) -> str:
        together.wait(timeout=30)
        try:
            return undo(world.lab, mei, entry_id)
        except Refused as refusal:
            return ",".join(refusal.codes)

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(press, range(4)))
    assert answers == [str(Code.ALREADY_UNDONE)] * 3 + ["desks.claim"]


def test_what_cannot_go_back_stays_and_is_not_marked_undone(world: World) -> None:
    mei, desk = world.member(), world.desk()
    booking = desks.claim(world.lab, mei, desk.id, TODAY)
    released = desks.release(world.lab, mei, booking.what.id)
    other = desks.claim(world.lab, world.member(), desk.id, TODAY)
    assert refused(world, mei, released.entry_id) == {Code.DESK_TAKEN}
    desks.release(world.lab, OPERATOR, other.what.id)
    assert undo(world.lab, mei, released.entry_id) == "desks.release"
    with world.lab.store.read():
        assert DeskBooking.get_by_id(booking.what.id).state == "booked"


def test_every_room_takes_its_acts_back(world: World) -> None:
    mei = world.member()
    machine, event = world.workstation(), world.event(starts_at=NOW + timedelta(minutes=10))
    hours = (NOW + timedelta(minutes=28), NOW + timedelta(minutes=88))
    booked = gpus.book(world.lab, mei, BookingWish(machine.id, (0,), *hours))
    cancelled = gpus.cancel(world.lab, mei, booked.what.id)
    assert undo(world.lab, mei, cancelled.entry_id) == "gpus.cancel"
    assert undo(world.lab, mei, booked.entry_id) == "gpus.book"

    going = events.sign_up(world.lab, mei, event.id)
    given_up = events.cancel_sign_up(world.lab, mei, going.what.id)
    assert undo(world.lab, mei, given_up.entry_id) == "events.cancel_sign_up"
    arrived = checkins.check_in(world.lab, mei, CheckInKind.SESSION, world.session_of(event).id)
    assert undo(world.lab, mei, arrived.entry_id) == "checkins.check_in"
    assert undo(world.lab, mei, going.entry_id) == "events.sign_up"

    with world.lab.store.read():
        assert Booking.get_by_id(booked.what.id).state == "undone"
        assert SignUp.get_by_id(going.what.id).state == "undone"
        assert CheckIn.get_by_id(arrived.what.id).undone_at == NOW


def test_an_arrival_by_scan_is_undone(world: World) -> None:
    mei = world.person()
    result = checkins.scan(world.lab, world.actor(mei), world.badge(mei), "Lobby")
    assert result.entry_id is not None
    assert undo(world.lab, world.actor(mei), result.entry_id) == "checkins.scan"
    assert checkins.inside_count(world.lab) == 0


# What happens to GPU bookings during their life: each is undone while nothing took its place.

IN_AN_HOUR = NOW + timedelta(minutes=88)
HOUR = timedelta(hours=1)


def booked(world: World, actor: Actor, machine: Workstation, hours: float = 4) -> BookingView:
    wish = BookingWish(machine.id, (0,), IN_AN_HOUR, IN_AN_HOUR + hours * HOUR)
    return gpus.book(world.lab, actor, wish).what


def rows(world: World) -> list[tuple[object, ...]]:
    with world.lab.store.read():
        query = Booking.select(Booking.id, Booking.state, Booking.ends_at, Booking.counts).order_by(
            Booking.id
        )
        return list(query.tuples())


def test_a_move_is_undone(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    old = booked(world, mei, machine)
    moved = gpu_life.move(world.lab, mei, old.id, BookingWish(machine.id, (1,), old.starts_at, old.ends_at))
    assert undo(world.lab, mei, moved.entry_id) == "gpus.move"
    assert rows(world) == [
        (old.id, "booked", old.ends_at, True),
        (moved.what.id, "undone", old.ends_at, False),
    ]
    assert gpus.bookings_of(world.lab, mei) == (old,)
    with world.lab.store.read():
        # A calendar that knows the moved one takes the old one for newer.
        assert Booking.get_by_id(old.id).sequence > 1


def test_a_late_move_is_undone_and_counts_once(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    old = booked(world, mei, machine)
    world.clock.advance(hours=1)
    later = BookingWish(machine.id, (0,), old.ends_at, old.ends_at + HOUR)
    moved = gpu_life.move(world.lab, mei, old.id, later)
    assert gpus.quota_of(world.lab, mei, TODAY) == gpus.QuotaUse(5.0, 80)
    undo(world.lab, mei, moved.entry_id)
    assert gpus.quota_of(world.lab, mei, TODAY) == gpus.QuotaUse(4.0, 80)


def test_a_move_is_not_undone_once_the_old_place_is_taken_or_the_new_one_changed(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    old = booked(world, mei, machine)
    wish = BookingWish(machine.id, (1,), old.starts_at, old.ends_at)
    moved = gpu_life.move(world.lab, mei, old.id, wish)
    taken = booked(world, world.member(), machine, hours=1)
    assert refused(world, mei, moved.entry_id) == {Code.GPU_TAKEN}
    gpus.cancel(world.lab, OPERATOR, taken.id)
    shortened = gpu_life.shorten(world.lab, mei, moved.what.id, old.ends_at - HOUR)
    assert refused(world, mei, moved.entry_id) == {Code.CANNOT_BE_UNDONE}
    undo(world.lab, mei, shortened.entry_id)
    again = gpu_life.move(world.lab, mei, moved.what.id, replace(wish, gpu_numbers=(0,)))
    assert refused(world, mei, moved.entry_id) == {Code.ALREADY_CANCELLED}
    # One after the other they go back.
    undo(world.lab, mei, again.entry_id)
    undo(world.lab, mei, moved.entry_id)
    assert gpus.bookings_of(world.lab, mei) == (old,)


def test_a_move_is_not_undone_for_somebody_else(world: World) -> None:
    team = world.startup()
    mei, kai, machine = world.member(startup=team), world.person(startup=team), world.workstation()
    old = booked(world, mei, machine)
    moved = gpu_life.move(world.lab, mei, old.id, BookingWish(machine.id, (1,), old.starts_at, old.ends_at))
    gpu_life.hand_over(world.lab, mei, moved.what.id, int(kai.id))
    assert refused(world, mei, moved.entry_id) == {Code.CANNOT_BE_UNDONE}


def test_another_end_is_undone(world: World) -> None:
    section = replace(world.lab.config.gpus, last_minute_minutes=120, last_minute_hours=24)
    world.lab = replace(world.lab, config=replace(world.lab.config, gpus=section))
    mei, machine = world.member(), world.workstation()
    free = booked(world, mei, machine)
    longer = gpu_life.extend(world.lab, mei, free.id, free.ends_at + HOUR)
    assert gpus.quota_of(world.lab, mei, TODAY) == gpus.QuotaUse(5.0, 80)
    assert undo(world.lab, mei, longer.entry_id) == "gpus.extend"
    assert rows(world) == [(free.id, "booked", free.ends_at, True)]
    assert gpus.quota_of(world.lab, mei, TODAY) == gpus.QuotaUse(0.0, 80)
    shorter = gpu_life.shorten(world.lab, mei, free.id, free.starts_at + HOUR)
    assert undo(world.lab, mei, shorter.entry_id) == "gpus.shorten"
    assert rows(world) == [(free.id, "booked", free.ends_at, True)]


def test_what_was_shortened_grows_back_only_into_free_time_and_quota(world: World) -> None:
    section = replace(world.lab.config.gpus, startup_hours_a_week=4)
    world.lab = replace(world.lab, config=replace(world.lab.config, gpus=section))
    mei, machine = world.member(), world.workstation()
    booking = booked(world, mei, machine)
    shorter = gpu_life.shorten(world.lab, mei, booking.id, booking.starts_at + HOUR)
    wish = BookingWish(machine.id, (0,), booking.starts_at + HOUR, booking.starts_at + 2 * HOUR)
    other = gpus.book(world.lab, world.member(), wish).what
    gpus.book(world.lab, mei, replace(wish, gpu_numbers=(1,)))
    assert refused(world, mei, shorter.entry_id) == {Code.GPU_TAKEN, Code.STARTUP_QUOTA}
    gpus.cancel(world.lab, OPERATOR, other.id)
    assert refused(world, mei, shorter.entry_id) == {Code.STARTUP_QUOTA}


def test_finishing_is_undone_even_after_the_caretaker_came(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    booking = booked(world, mei, machine)
    world.clock.instant = booking.starts_at
    checkins.check_in(world.lab, mei, CheckInKind.BOOKING, booking.id)
    world.clock.advance(hours=1)
    finished = gpu_life.finish(world.lab, mei, booking.id)
    with writing(world.lab):
        assert gpu_duties.end_ended(world.lab) == 1
    assert undo(world.lab, mei, finished.entry_id) == "gpus.finish"
    assert rows(world) == [(booking.id, "checked_in", booking.ends_at, True)]


def test_finished_without_a_check_in_it_waits_for_one_again(world: World) -> None:
    """The lab is closed: what is finished then costs nothing either."""
    mei, machine = world.member(), world.workstation()
    booking = booked(world, mei, machine)
    with world.lab.store.write():
        Closure.create(reason="Typhoon", starts_at=booking.starts_at, ends_at=booking.ends_at)
    world.clock.instant = booking.starts_at + HOUR
    finished = gpu_life.finish(world.lab, mei, booking.id)
    assert rows(world) == [(booking.id, "ended", finished.what.ends_at, True)]
    undo(world.lab, mei, finished.entry_id)
    assert rows(world) == [(booking.id, "booked", booking.ends_at, True)]


def test_what_staff_allowed_beyond_the_quota_grows_back_beyond_it(world: World) -> None:
    section = replace(world.lab.config.gpus, startup_hours_a_week=2)
    world.lab = replace(world.lab, config=replace(world.lab.config, gpus=section))
    mei, machine = world.person(), world.workstation()
    wish = BookingWish(machine.id, (0,), IN_AN_HOUR, IN_AN_HOUR + 4 * HOUR, person_id=int(mei.id))
    booking = gpus.book(world.lab, OPERATOR, wish, override_reason="Demo day").what
    shorter = gpu_life.shorten(world.lab, world.actor(mei), booking.id, IN_AN_HOUR + HOUR)
    undo(world.lab, world.actor(mei), shorter.entry_id)
    assert rows(world) == [(booking.id, "booked", booking.ends_at, True)]


def test_a_cancelled_booking_comes_back_at_the_price_it_had(world: World) -> None:
    """Made at the last minute it was free; extended, it was not."""
    section = replace(
        world.lab.config.gpus,
        last_minute_minutes=90,
        last_minute_hours=24,
        late_cancel_minutes=0,
        startup_hours_a_week=5,
    )
    world.lab = replace(world.lab, config=replace(world.lab.config, gpus=section))
    mei, machine = world.member(), world.workstation()
    free = booked(world, mei, machine)
    gpu_life.extend(world.lab, mei, free.id, free.ends_at + HOUR)
    cancelled = gpus.cancel(world.lab, mei, free.id)
    afterwards = IN_AN_HOUR + 5 * HOUR
    gpus.book(world.lab, mei, BookingWish(machine.id, (0,), afterwards, afterwards + HOUR))
    assert refused(world, mei, cancelled.entry_id) == {Code.STARTUP_QUOTA}


def test_handing_over_is_undone_and_nobody_is_told(world: World) -> None:
    team = world.startup()
    mei, kai, machine = world.member(startup=team), world.person(startup=team), world.workstation()
    booking = booked(world, mei, machine)
    handed = gpu_life.hand_over(world.lab, mei, booking.id, int(kai.id))
    assert undo(world.lab, mei, handed.entry_id) == "gpus.hand_over"
    assert gpus.bookings_of(world.lab, mei) == (booking,)
    assert notices.unseen(world.lab, world.actor(kai)) == ()


def test_handing_over_is_not_undone_where_it_breaks_a_rule_or_went_on(world: World) -> None:
    section = replace(world.lab.config.gpus, person_bookings_open=1)
    world.lab = replace(world.lab, config=replace(world.lab.config, gpus=section))
    team, machine = world.startup(), world.workstation()
    mei, kai, lin = (world.person(startup=team) for _ in range(3))
    booking = booked(world, world.actor(mei), machine)
    handed = gpu_life.hand_over(world.lab, world.actor(mei), booking.id, int(kai.id))
    onwards = gpu_life.hand_over(world.lab, world.actor(kai), booking.id, int(lin.id))
    assert refused(world, world.actor(mei), handed.entry_id) == {Code.CANNOT_BE_UNDONE}
    undo(world.lab, world.actor(kai), onwards.entry_id)
    wish = BookingWish(machine.id, (1,), booking.starts_at, booking.ends_at)
    gpus.book(world.lab, world.actor(mei), wish)
    assert refused(world, world.actor(mei), handed.entry_id) == {Code.TOO_MANY_OPEN_BOOKINGS}


def test_nothing_is_undone_to_a_booking_that_is_somebody_else_s_by_now(world: World) -> None:
    team, machine = world.startup(), world.workstation()
    mei, kai = world.member(startup=team), world.person(startup=team)
    begins = IN_AN_HOUR
    made = gpus.book(world.lab, mei, BookingWish(machine.id, (0,), begins, begins + 2 * HOUR))
    longer = gpu_life.extend(world.lab, mei, made.what.id, begins + 3 * HOUR)
    handed = gpu_life.hand_over(world.lab, mei, made.what.id, int(kai.id))
    for entry_id in (longer.entry_id, made.entry_id):
        assert refused(world, mei, entry_id) == {Code.CANNOT_BE_UNDONE}
    # Theirs again, it can be taken back as it was made.
    for entry_id in (handed.entry_id, longer.entry_id, made.entry_id):
        undo(world.lab, mei, entry_id)
    assert gpus.bookings_of(world.lab, mei) == ()
    series = SeriesWish(
        BookingWish(machine.id, (1,), begins, begins + HOUR), (6, 0), TODAY + timedelta(days=1)
    )
    booked_twice = gpu_series.book_series(world.lab, mei, series)
    gpu_life.hand_over(world.lab, mei, booked_twice.what.bookings[0].id, int(kai.id))
    assert refused(world, mei, booked_twice.entry_id) == {Code.CANNOT_BE_UNDONE}


def test_the_parts_of_a_booking_are_put_together_again(world: World) -> None:
    mei, machine, other = world.member(), world.workstation(), world.workstation()
    booking = booked(world, mei, machine)
    at = booking.starts_at + 2 * HOUR
    rest = BookingWish(other.id, (1,), at, booking.ends_at)
    cut = gpu_life.split(world.lab, mei, booking.id, at, rest)
    taken = gpus.book(world.lab, world.member(), BookingWish(machine.id, (0,), at, at + HOUR)).what
    assert refused(world, mei, cut.entry_id) == {Code.GPU_TAKEN}
    gpus.cancel(world.lab, OPERATOR, taken.id)
    assert undo(world.lab, mei, cut.entry_id) == "gpus.split"
    assert gpus.bookings_of(world.lab, mei) == (booking,)
    again = gpu_life.split(world.lab, mei, booking.id, at, rest)
    gpus.cancel(world.lab, mei, again.what.id)
    assert refused(world, mei, again.entry_id) == {Code.ALREADY_CANCELLED}
