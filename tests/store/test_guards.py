"""Each impossible thing is tried against the bare tables: the schema itself refuses it, by name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab_tui.store.guards import Guard, GuardBroken
from lab_tui.store.tables.base import Table
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.desks import DeskAssignment, DeskBooking, DeskLoan
from lab_tui.store.tables.events import Event, Offer, SignUp
from lab_tui.store.tables.gpus import Booking, BookingGpu, Gpu, GpuWait, Workstation
from lab_tui.store.tables.lab import AuditEntry, Closure
from lab_tui.store.tables.lab import Lab as LabRow
from lab_tui.store.tables.people import Cohort, Notice, Pass, Person, StaffPin, Startup
from tests.world import NOW, TODAY, World

HOUR = timedelta(hours=1)


def make(world: World, table: type[Table], **values: object) -> int:
    with world.lab.store.write():
        return int(table.create(**values)._pk)  # type: ignore[attr-defined]


def change(world: World, table: type[Table], key: int, **values: object) -> None:
    with world.lab.store.write():
        table.update(**values).where(table._meta.primary_key == key).execute()


def guard_of(write: object, *args: object, **values: object) -> Guard:
    with pytest.raises(GuardBroken) as caught:
        write(*args, **values)  # type: ignore[operator]
    return caught.value.guard


def book(world: World, gpu: Gpu, start: float, end: float, state: str = "booked") -> int:
    holds = state in ("booked", "checked_in", "ended", "offered")
    times = {"starts_at": NOW + start * HOUR, "ends_at": NOW + end * HOUR, "holds": holds}
    whose = {"workstation": gpu.workstation_id, "person": world.person(), "created_at": NOW}
    offer_until = NOW + HOUR if state == "offered" else None
    with world.lab.store.write():
        booking = Booking.create(state=state, offer_until=offer_until, **whose, **times)
        BookingGpu.insert(booking=booking, gpu=gpu, **times).execute()
        return int(booking.id)


def one_gpu(world: World) -> Gpu:
    machine = world.workstation(gpu_count=2)
    with world.lab.store.read():
        return Gpu.get((Gpu.workstation == machine) & (Gpu.number == 0))


# GPUs


@pytest.mark.parametrize(("start", "end"), [(0, 1), (1, 3), (0.5, 1.5), (-1, 5), (3.5, 9)])
def test_a_gpu_is_booked_once_at_a_time(world: World, start: float, end: float) -> None:
    gpu = one_gpu(world)
    book(world, gpu, 0, 4)
    assert guard_of(book, world, gpu, start, end) is Guard.BOOKING_OVERLAP


def test_bookings_may_meet_and_what_does_not_hold_is_no_hindrance(world: World) -> None:
    gpu = one_gpu(world)
    first = book(world, gpu, 0, 2)
    book(world, gpu, 2, 4)
    book(world, gpu, -2, 0)
    cancelled = book(world, gpu, 0, 4, state="cancelled")
    change(world, Booking, first, state="cancelled", holds=False)
    again = book(world, gpu, 0, 1)
    assert guard_of(change, world, Booking, first, state="booked", holds=True) is Guard.BOOKING_OVERLAP
    assert guard_of(change, world, Booking, cancelled, state="booked", holds=True) is Guard.BOOKING_OVERLAP
    moved = {"starts_at": NOW, "ends_at": NOW + 3 * HOUR}
    assert guard_of(change, world, Booking, again, **moved) is Guard.BOOKING_OVERLAP


@pytest.mark.parametrize("state", ["booked", "checked_in", "ended", "offered"])
def test_a_gpu_is_kept_by_each_of_these(world: World, state: str) -> None:
    gpu = one_gpu(world)
    book(world, gpu, 0, 2, state)
    assert guard_of(book, world, gpu, 1, 3, "offered") is Guard.BOOKING_OVERLAP
    for over in ("cancelled", "no_show", "undone", "moved", "lapsed"):
        book(world, gpu, 1, 3, over)


def test_an_offer_has_a_deadline(world: World) -> None:
    offer = book(world, one_gpu(world), 0, 2, "offered")
    assert guard_of(change, world, Booking, offer, offer_until=None) is Guard.OTHER
    change(world, Booking, offer, state="booked", offer_until=None)


def wait(world: World, person: Person, latest: float = 4, **more: object) -> int:
    window = {"earliest": NOW, "latest": NOW + latest * HOUR}
    return make(world, GpuWait, person=person, gpu_count=1, minutes=60, since=NOW, **{**window, **more})


def test_one_waits_once_for_a_window(world: World) -> None:
    mei = world.person()
    first = wait(world, mei)
    assert guard_of(wait, world, mei) is Guard.OTHER
    wait(world, mei, latest=5)
    wait(world, world.person())
    change(world, GpuWait, first, state="withdrawn")
    wait(world, mei)


def test_a_booking_is_offered_to_one(world: World) -> None:
    offer = book(world, one_gpu(world), 0, 2, "offered")
    first = wait(world, world.person(), state="offered", booking=offer)
    second = wait(world, world.person())
    offered = {"state": "offered", "booking": offer}
    assert guard_of(change, world, GpuWait, second, **offered) is Guard.OTHER
    change(world, GpuWait, first, state="lapsed")
    change(world, GpuWait, second, **offered)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), min_size=2, max_size=8))
def test_no_order_of_bookings_overlaps(world: World, spans: list[tuple[int, int]]) -> None:
    gpu = one_gpu(world)
    kept: list[tuple[int, int]] = []
    for start, length in spans:
        clash = any(start < end and begin < start + length for begin, end in kept)
        if clash:
            assert guard_of(book, world, gpu, start, start + length) is Guard.BOOKING_OVERLAP
        else:
            book(world, gpu, start, start + length)
            kept.append((start, start + length))


# Seats


def seat(world: World, event: Event, state: str = "going", person: Person | None = None) -> int:
    return make(world, SignUp, event=event, person=person or world.person(), state=state, since=NOW)


def test_an_event_has_no_more_people_than_seats(world: World) -> None:
    event = world.event(capacity=2)
    first = seat(world, event)
    seat(world, event, "offered")
    waiting = seat(world, event, "waiting")
    assert guard_of(seat, world, event) is Guard.SEATS_BEYOND_CAPACITY
    assert guard_of(seat, world, event, "offered") is Guard.SEATS_BEYOND_CAPACITY
    assert guard_of(change, world, SignUp, waiting, state="going") is Guard.SEATS_BEYOND_CAPACITY
    assert guard_of(change, world, Event, event.id, capacity=1) is Guard.SEATS_BEYOND_CAPACITY
    change(world, SignUp, first, state="cancelled")
    change(world, SignUp, waiting, state="going")
    with world.lab.store.read():
        assert Event.get_by_id(event.id).seats_taken == 2


def test_the_seats_taken_follow_every_change(world: World) -> None:
    event, other = world.event(), world.event()
    first, second = seat(world, event), seat(world, event)
    change(world, SignUp, first, event=other.id)
    with world.lab.store.write():
        SignUp.delete().where(SignUp.id == second).execute()
    with world.lab.store.read():
        assert [Event.get_by_id(one.id).seats_taken for one in (event, other)] == [0, 1]


def test_a_person_has_one_live_place_in_an_event(world: World) -> None:
    event, mei = world.event(), world.person()
    first = seat(world, event, person=mei)
    assert guard_of(seat, world, event, "waiting", mei) is Guard.SECOND_SIGN_UP
    change(world, SignUp, first, state="cancelled")
    seat(world, event, "waiting", mei)


def test_a_sign_up_has_one_open_offer(world: World) -> None:
    sign_up = seat(world, world.event(), "offered")
    offer = {"sign_up": sign_up, "made_at": NOW, "deadline": NOW + HOUR}
    first = make(world, Offer, **offer)
    assert guard_of(make, world, Offer, **offer) is Guard.OTHER
    change(world, Offer, first, state="lapsed")
    make(world, Offer, **offer)


# Check-ins


def check_ins(world: World) -> dict[Guard, dict[str, object]]:
    """A check-in of each kind, under the guard that keeps it single."""
    booking = book(world, one_gpu(world), 0, 1)
    return {
        Guard.SECOND_SESSION_CHECK_IN: {"kind": "session", "session": world.session_of(world.event()).id},
        Guard.SECOND_BOOKING_CHECK_IN: {"kind": "booking", "booking": booking},
        Guard.SECOND_DESK_CHECK_IN: {"kind": "desk", "desk": world.desk().id},
        Guard.SECOND_ARRIVAL: {"kind": "lab"},
    }


def test_each_thing_is_checked_in_to_once(world: World) -> None:
    mei = world.person()
    for guard, values in check_ins(world).items():
        values = {**values, "person": mei, "day": TODAY, "at": NOW}
        first = make(world, CheckIn, **values)
        assert guard_of(make, world, CheckIn, **values) is guard
        make(world, CheckIn, **{**values, "direction": "out"})
        change(world, CheckIn, first, undone_at=NOW)
        make(world, CheckIn, **values)


def test_whoever_left_may_come_again(world: World) -> None:
    arrival = {"kind": "lab", "person": world.person(), "day": TODAY, "at": NOW}
    first = make(world, CheckIn, **arrival)
    change(world, CheckIn, first, closed_at=NOW)
    make(world, CheckIn, **arrival)
    assert guard_of(make, world, CheckIn, **arrival) is Guard.SECOND_ARRIVAL


# Desks


def days(first: int, last: int) -> dict[str, object]:
    span = {"first_day": TODAY + timedelta(days=first), "last_day": TODAY + timedelta(days=last)}
    return {**span, "created_at": NOW}


def test_a_desk_is_given_once_a_day(world: World) -> None:
    desk = world.desk(pool=False)
    given = {"desk": desk, "startup": world.startup()}
    first = make(world, DeskAssignment, **given, **days(0, 9))
    for span in (days(9, 12), days(-3, 0), days(2, 3), days(-9, 19)):
        assert guard_of(make, world, DeskAssignment, **given, **span) is Guard.DESK_HELD_TWICE
    second = make(world, DeskAssignment, **given, **days(10, 19))
    assert guard_of(change, world, DeskAssignment, second, **days(9, 19)) is Guard.DESK_HELD_TWICE
    change(world, DeskAssignment, first, holds=False)
    change(world, DeskAssignment, second, **days(9, 19))


def test_a_desk_is_booked_once_a_day(world: World) -> None:
    desk = world.desk()
    first = make(world, DeskBooking, desk=desk, person=world.person(), **days(0, 2))
    other = world.person()
    for span in (days(2, 2), days(-1, 0), days(1, 1), days(-5, 5)):
        booking = {"desk": desk, "person": other, **span}
        assert guard_of(make, world, DeskBooking, **booking) is Guard.DESK_HELD_TWICE
    change(world, DeskBooking, first, state="released", holds=False)
    make(world, DeskBooking, desk=desk, person=other, **days(1, 1))
    again = {"state": "booked", "holds": True}
    assert guard_of(change, world, DeskBooking, first, **again) is Guard.DESK_HELD_TWICE


def test_a_person_has_one_desk_a_day(world: World) -> None:
    mei, first, second = world.person(), world.desk(), world.desk()
    make(world, DeskBooking, desk=first, person=mei, **days(0, 1))
    booking = {"desk": second, "person": mei}
    assert guard_of(make, world, DeskBooking, **booking, **days(1, 1)) is Guard.SECOND_DESK_THAT_DAY
    later = make(world, DeskBooking, **booking, **days(2, 2))
    assert guard_of(change, world, DeskBooking, later, **days(1, 2)) is Guard.SECOND_DESK_THAT_DAY


def test_a_given_desk_is_booked_only_while_lent(world: World) -> None:
    desk, mei = world.desk(pool=False), world.person()
    given = make(world, DeskAssignment, desk=desk, startup=world.startup(), **days(0, 30))
    booking = {"desk": desk, "person": mei}
    assert guard_of(make, world, DeskBooking, **booking, **days(3, 3)) is Guard.DESK_HELD_TWICE
    loan = make(world, DeskLoan, assignment=given, desk=desk, **days(3, 5))
    assert guard_of(make, world, DeskBooking, **booking, **days(5, 6)) is Guard.DESK_HELD_TWICE
    make(world, DeskBooking, **booking, **days(3, 4))
    assert guard_of(change, world, DeskLoan, loan, **days(4, 5)) is Guard.DESK_HELD_TWICE
    assert guard_of(change, world, DeskLoan, loan, holds=False) is Guard.DESK_HELD_TWICE
    change(world, DeskLoan, loan, **days(3, 4))


def test_a_booked_desk_is_not_given_away(world: World) -> None:
    desk = world.desk()
    make(world, DeskBooking, desk=desk, person=world.person(), **days(3, 3))
    given = {"desk": desk, "startup": world.startup()}
    assert guard_of(make, world, DeskAssignment, **given, **days(0, 9)) is Guard.DESK_HELD_TWICE
    make(world, DeskAssignment, **given, **days(4, 9))


# Passes and the audit log


def test_a_person_has_one_live_badge_and_a_seat_one_live_ticket(world: World) -> None:
    mei = world.person()
    badge = {"kind": "person", "person": mei, "issued_at": NOW}
    first = make(world, Pass, code_id="0" * 16, **badge)
    assert guard_of(make, world, Pass, code_id="1" * 16, **badge) is Guard.SECOND_LIVE_BADGE
    change(world, Pass, first, revoked_at=NOW)
    make(world, Pass, code_id="1" * 16, **badge)
    ticket = {**badge, "kind": "ticket", "sign_up_id": seat(world, world.event(), person=mei)}
    make(world, Pass, code_id="2" * 16, **ticket)
    assert guard_of(make, world, Pass, code_id="3" * 16, **ticket) is Guard.OTHER


def test_a_request_is_written_once_and_an_act_undone_once(world: World) -> None:
    entry = {"at": NOW, "via": "cli", "action": "gpus.book", "subject": "booking"}
    first = make(world, AuditEntry, **entry, request_key="k")
    assert guard_of(make, world, AuditEntry, **entry, request_key="k") is Guard.REPEATED_REQUEST
    make(world, AuditEntry, **entry, undoes=first)
    assert guard_of(make, world, AuditEntry, **entry, undoes=first) is Guard.OTHER


# CHECKs and foreign keys


def test_rows_that_make_no_sense_are_refused(world: World) -> None:
    mei = world.person()
    backwards = {"starts_at": NOW, "ends_at": NOW, "created_at": NOW}
    an_hour = {"starts_at": NOW, "ends_at": NOW + HOUR, "created_at": NOW}
    machine = world.workstation()
    waits = {
        "person": mei,
        "gpu_count": 1,
        "minutes": 60,
        "since": NOW,
        "earliest": NOW,
        "latest": NOW + HOUR,
    }
    wrong: list[tuple[type[Table], dict[str, object]]] = [
        (Person, {"name": "", "role": "visitor", "created_at": NOW}),
        (Person, {"name": "Mei", "role": "boss", "created_at": NOW}),
        (Person, {"name": "Mei", "role": "member", "created_at": NOW}),
        (Startup, {"name": "A", "stage": "famous"}),
        (Cohort, {"programme": 1, "name": "X", "first_day": TODAY, "last_day": TODAY, "capacity": 0}),
        (Booking, {"workstation": machine, "person": mei, **backwards}),
        (Booking, {"workstation": machine, "person": mei, **an_hour, "state": "cancelled"}),
        (Booking, {"workstation": machine, "person": mei, **an_hour, "state": "famous"}),
        (Booking, {"workstation": machine, "person": mei, **an_hour, "state": "offered"}),
        (Booking, {"workstation": machine, "person": mei, **an_hour, "origin": 999}),
        (GpuWait, {**waits, "gpu_count": 0}),
        (GpuWait, {**waits, "minutes": 0}),
        (GpuWait, {**waits, "latest": NOW}),
        (GpuWait, {**waits, "state": "famous"}),
        (GpuWait, {**waits, "state": "offered"}),
        (GpuWait, {**waits, "state": "taken"}),
        (GpuWait, {**waits, "person": 999}),
        (Notice, {"person": 999, "kind": "no_show", "made_at": NOW}),
        (Workstation, {"name": "A", "gpu_model": "L40S", "gpu_memory_gb": 48, "cores": -1}),
        (Workstation, {"name": "A", "gpu_model": "L40S", "gpu_memory_gb": 0}),
        (Closure, {"reason": "typhoon", "starts_at": NOW, "ends_at": NOW}),
        (CheckIn, {"kind": "desk", "person": mei, "day": TODAY, "at": NOW}),
        (CheckIn, {"kind": "lab", "person": 999, "day": TODAY, "at": NOW}),
        (DeskBooking, {"desk": 999, "person": mei, **days(0, 0)}),
        (DeskBooking, {"desk": world.desk(), "person": mei, **days(1, 0)}),
        (Pass, {"code_id": "12", "kind": "person", "person": mei, "issued_at": NOW}),
        (Pass, {"code_id": "4" * 16, "kind": "ticket", "person": mei, "issued_at": NOW}),
        (StaffPin, {"person": mei, "pin_hash": "x", "wrong_tries": -1, "changed_at": NOW}),
        (LabRow, {"id": 2, "kind": "real", "key_fingerprint": "x", "created_at": NOW}),
        (Event, {"kind": "party", "title": "A", "capacity": 3, "created_at": NOW}),
        (Event, {"kind": "seminar", "title": "A", "capacity": 0, "created_at": NOW}),
    ]
    for table, values in wrong:
        if table is StaffPin:
            values = {**values, "person": world.person(role="staff")}
        with pytest.raises(GuardBroken) as caught, world.lab.store.write():
            table.insert(**values).execute()
        assert caught.value.guard is Guard.OTHER, (table, values)


def test_what_is_refused_leaves_no_trace(world: World) -> None:
    gpu = one_gpu(world)
    book(world, gpu, 0, 2)
    assert guard_of(book, world, gpu, 1, 3) is Guard.BOOKING_OVERLAP
    with world.lab.store.read():
        assert (Booking.select().count(), BookingGpu.select().count()) == (1, 1)


def test_days_and_instants_come_back_as_they_went_in(world: World) -> None:
    first, last = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)
    closed = make(world, Closure, reason="for ever", starts_at=first, ends_at=last)
    with world.lab.store.read():
        for_ever = Closure.get_by_id(closed)
        assert Closure.select().where(Closure.starts_at < NOW).count() == 1
    assert (for_ever.starts_at, for_ever.ends_at) == (first, last)
    precise = NOW.replace(microsecond=123_000)
    key = make(
        world, DeskBooking, desk=world.desk(), person=world.person(), **{**days(0, 0), "created_at": precise}
    )
    with world.lab.store.read():
        row = DeskBooking.get_by_id(key)
    assert (row.first_day, row.created_at) == (date(2026, 11, 22), precise)
    assert row.created_at.utcoffset() == timedelta(0)
