"""The audit log: appended by every operation, read by staff, newest first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lab_tui.errors import BadInput, Refused
from lab_tui.lab import audit, desks, gpu_waiting, gpus
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.operation import OPERATOR, reading, writing
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.undo import undo
from tests.world import NOW, TODAY, World


def note(world: World, count: int) -> list[int]:
    with writing(world.lab):
        return [
            audit.record(world.lab, OPERATOR, "desks.claim", "desk", number, {"n": number})
            for number in range(count)
        ]


def test_an_entry_is_read_as_it_was_written(world: World) -> None:
    mei = world.person("Mei 陳")
    facts = {"day": TODAY, "at": NOW + timedelta(hours=1), "name": "陳", "none": None}
    with writing(world.lab):
        entry_id = audit.record(
            world.lab, world.actor(mei), "gpus.book", "booking", 7, facts, override_reason="demo day"
        )
    (entry,) = audit.latest(world.lab, OPERATOR)
    assert entry == audit.Entry(
        id=entry_id,
        at=NOW,
        actor_name="Mei 陳",
        via="kiosk:Lobby",
        action="gpus.book",
        subject="booking",
        subject_id=7,
        facts={"day": "2026-11-22", "at": "2026-11-22T07:32:00+00:00", "name": "陳", "none": None},
        override_reason="demo day",
        undone=False,
    )


def test_the_newest_come_first_and_pages_meet(world: World) -> None:
    ids = note(world, 7)
    first = audit.latest(world.lab, OPERATOR, limit=4)
    rest = audit.latest(world.lab, OPERATOR, limit=4, before=first[-1].id)
    assert [entry.id for entry in (*first, *rest)] == ids[::-1]
    assert first[0].actor_name == ""


def test_never_more_than_a_screenful_of_screens(world: World) -> None:
    note(world, 205)
    assert len(audit.latest(world.lab, OPERATOR, limit=10_000)) == 200


def test_one_kind_of_subject_is_read_alone(world: World) -> None:
    note(world, 2)
    mei = world.member()
    done = desks.claim(world.lab, mei, world.desk().id, TODAY)
    undo(world.lab, mei, done.entry_id)
    entries = audit.latest(world.lab, world.staff(), subject="desk_booking")
    assert [(entry.action, entry.undone) for entry in entries] == [("undo", False), ("desks.claim", True)]


def test_only_staff_who_signed_in_read_it(world: World) -> None:
    for actor, expected in [
        (world.member(), Code.NOT_ALLOWED),
        (world.member(role="steward"), Code.NOT_ALLOWED),
        (world.member(role="staff"), Code.SIGN_IN_NEEDED),
    ]:
        with pytest.raises(Refused) as caught:
            audit.latest(world.lab, actor)
        assert caught.value.codes == {expected}
    assert audit.latest(world.lab, world.staff()) == ()


def test_a_request_key_finds_the_act_it_came_with(world: World) -> None:
    with writing(world.lab):
        entry_id = audit.record(world.lab, OPERATOR, "gpus.book", "booking", 7, request_key="k")
    with reading(world.lab):
        assert audit.done_before("k", OPERATOR, "gpus.book") == (entry_id, 7)
        assert audit.done_before("other", OPERATOR, "gpus.book") is None
        assert audit.done_before(None, OPERATOR, "gpus.book") is None


def test_a_request_key_of_another_act_or_person_shows_nothing_of_it(world: World) -> None:
    mei, machine = world.member(), world.workstation()
    begins = NOW + timedelta(minutes=28)
    wish = BookingWish(machine.id, (0,), begins, begins + timedelta(hours=1))
    booked = gpus.book(world.lab, mei, wish, request_key="k")
    assert gpus.book(world.lab, mei, wish, request_key="k") == booked
    waited = gpu_waiting.WaitWish(1, 60, wish.starts_at, wish.ends_at)
    for act in (
        lambda: gpus.book(world.lab, world.member(), wish, request_key="k"),
        lambda: gpu_waiting.join(world.lab, mei, waited, request_key="k"),
    ):
        with pytest.raises(BadInput, match="request_key: taken"):
            act()


def test_the_same_request_is_never_written_twice(world: World) -> None:
    def write() -> None:
        with writing(world.lab):
            audit.record(world.lab, OPERATOR, "gpus.book", "booking", 7, request_key="k")

    write()
    with pytest.raises(Refused) as caught:
        write()
    assert caught.value.codes == {Code.CHANGED_MEANWHILE}
    assert len(audit.latest(world.lab, OPERATOR)) == 1
