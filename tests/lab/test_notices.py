"""Notices: what happened to what is theirs, told to people at their next scan, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lab_tui.errors import Refused
from lab_tui.lab import notices
from lab_tui.lab.notices import NoticeKind
from lab_tui.lab.operation import Actor, writing
from lab_tui.lab.rules.reasons import Code
from tests.world import NOW, World

HOUR = timedelta(hours=1)


def tell(world: World, actor: Actor, kind: str, **facts: object) -> None:
    assert actor.person_id is not None
    with writing(world.lab):
        notices.tell(world.lab, actor.person_id, kind, **facts)


def test_a_person_is_told_once_what_happened_to_what_is_theirs(world: World) -> None:
    mei, ben = world.member(), world.member()
    tell(world, mei, "no_show", workstation="lantau", start=NOW - HOUR, end=NOW + HOUR, count=2, days=14)
    world.clock.advance(minutes=5)
    tell(world, mei, NoticeKind.OUTAGE_HIT, workstation="大嶼山", start=NOW, blocked_until=None)
    tell(world, ben, "given_back", workstation="kowloon", start=NOW, end=NOW + HOUR)
    first, second = notices.unseen(world.lab, mei)
    assert (first.kind, first.made_at) == (NoticeKind.NO_SHOW, NOW)
    assert first.facts == {
        "workstation": "lantau",
        "start": NOW - HOUR,
        "end": NOW + HOUR,
        "count": 2,
        "days": 14,
    }
    assert second.made_at == NOW + timedelta(minutes=5)
    assert second.facts == {"workstation": "大嶼山", "start": NOW, "blocked_until": None}
    notices.mark_seen(world.lab, mei, [first.id])
    assert notices.unseen(world.lab, mei) == (second,)
    notices.mark_seen(world.lab, mei, [first.id, second.id])
    assert notices.unseen(world.lab, mei) == ()
    assert len(notices.unseen(world.lab, ben)) == 1


def test_nobody_sees_or_marks_what_is_told_to_others(world: World) -> None:
    mei, nosy, staff = world.member(), world.member(), world.staff()
    tell(world, mei, "handed_over", workstation="lantau", start=NOW, end=NOW + HOUR, by="Ben")
    (told,) = notices.unseen(world.lab, mei)
    for other in (nosy, staff):
        assert notices.unseen(world.lab, other) == ()
        notices.mark_seen(world.lab, other, [told.id])
    assert notices.unseen(world.lab, mei) == (told,)
    notices.mark_seen(world.lab, mei, [])
    assert notices.unseen(world.lab, mei) == (told,)


def test_who_is_no_longer_active_is_told_nothing(world: World) -> None:
    gone = world.member(active=False)
    for act in (lambda: notices.unseen(world.lab, gone), lambda: notices.mark_seen(world.lab, gone, [1])):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.codes == {Code.PERSON_INACTIVE}


def test_what_is_no_longer_true_is_taken_back_unless_it_was_read(world: World) -> None:
    mei, ben = world.member(), world.member()
    for actor in (mei, ben):
        tell(world, actor, "outage_hit", block=1, booking=7)
        tell(world, actor, "outage_hit", block=2, booking=7)
        tell(world, actor, "closure_hit", block=1, booking=7)
    read = notices.unseen(world.lab, ben)
    notices.mark_seen(world.lab, ben, [one.id for one in read])
    with writing(world.lab):
        (taken_back,) = notices.take_back(NoticeKind.OUTAGE_HIT, block=1)
    assert taken_back.facts == {"block": 1, "booking": 7}
    left = [(one.kind, one.facts["block"]) for one in notices.unseen(world.lab, mei)]
    assert left == [("outage_hit", 2), ("closure_hit", 1)]


def test_only_known_kinds_are_told(world: World) -> None:
    with pytest.raises(ValueError, match="surprise"):
        tell(world, world.member(), "surprise")
