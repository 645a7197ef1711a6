"""What one just did can be taken back, by oneself, for a short time, once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from lab_tui.errors import Refused
from lab_tui.lab import checkins, desks, events, gpus, people
from lab_tui.lab.checkins import CheckInKind
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.operation import OPERATOR, Actor
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.undo import undo
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.desks import DeskBooking
from lab_tui.store.tables.events import SignUp
from lab_tui.store.tables.gpus import Booking
from lab_tui.store.tables.lab import AuditEntry
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
