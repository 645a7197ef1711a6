"""People as staff look after them: finding, changing, sending away and letting in again."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab_tui.errors import BadInput, Refused
from lab_tui.lab import checkins, people, staff_people
from lab_tui.lab.checkins import CheckInKind
from lab_tui.lab.operation import OPERATOR, Actor, Lab
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.staff_people import BadgeState, PersonChange
from lab_tui.store.tables.lab import AuditEntry
from lab_tui.store.tables.people import Pass, Person, Startup
from lab_tui.text import fold
from tests.world import NOW, World

# What one database or the other reads differently: case, marks, widths, patterns, several scripts.
LETTERS = "aAéÉßſıİKkﬁｆ陳美一鿿豈Жж%_*?[]^-~\\'\"1²\u0301\u007f"
WORDS = st.text(LETTERS, min_size=1, max_size=3)


def names_of(found: staff_people.FoundPeople) -> list[str]:
    return [one.person.name for one in found.people]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(names=st.lists(st.text(LETTERS, min_size=1, max_size=6), min_size=1, max_size=5), words=WORDS)
def test_the_database_leaves_out_nobody_whom_the_words_fit(
    world: World, names: list[str], words: str
) -> None:
    team = world.startup(f"{names[0]} {id(names)}")
    with world.lab.store.write():
        Person.update(active=False).execute()
        for name in names:
            Person.create(name=name, other_name=names[-1], role="visitor", created_at=NOW)
        Person.create(name="-", role="member", startup=team, created_at=NOW)
    with world.lab.store.read():
        rows = (
            Person.select(Person.id, Person.name, Person.other_name, Startup.name)
            .left_outer_join(Startup)
            .where(Person.active)
        )
        wanted = fold(words).split()
        expected = {
            person_id
            for person_id, *texts in rows.tuples()
            if all(word in fold(" ".join(filter(None, texts))) for word in wanted)
        }
    assert {one.id for one in people.find(world.lab, OPERATOR, words, 200)} == expected


def test_staff_see_how_a_badge_stands_and_who_is_inside(world: World) -> None:
    staff = world.staff()
    team = world.startup("Lumen Vision")
    mei = world.person("Mei Chan", startup=team, email="mei@example.org", unix_name="mchan")
    lost, none = world.person("Mei Lam", role="mentor"), world.person("Mei Wong", role="visitor")
    world.badge(mei)
    world.badge(lost)
    world.clock.advance(hours=1)
    people.reissue_badge(world.lab, staff, mei.id, "lost")
    with world.lab.store.write():
        Pass.update(revoked_at=world.lab.now()).where(Pass.person == lost.id).execute()
    checkins.check_in(world.lab, world.actor(none), CheckInKind.LAB, 0)
    found = staff_people.search(world.lab, staff, "mei").people
    now = world.lab.now()
    assert [(one.person.name, one.badge, one.badge_since, one.inside_since) for one in found] == [
        ("Mei Chan", BadgeState.IN_FORCE, now, None),
        ("Mei Lam", BadgeState.VOID, now, None),
        ("Mei Wong", BadgeState.NONE, None, now),
    ]
    assert (found[0].email, found[0].unix_name, found[0].cohort_id) == (
        "mei@example.org",
        "mchan",
        world.cohort.id,
    )
    assert staff_people.record_of(world.lab, staff, mei.id) == found[0]


def test_no_more_than_can_be_looked_through(world: World) -> None:
    for number in range(staff_people.MOST_FOUND + 1):
        world.person(f"Guest {number:03d}", role="visitor")
    staff = world.staff()
    found = staff_people.search(world.lab, staff, "guest")
    assert (len(found.people), found.more) == (staff_people.MOST_FOUND, True)
    staff_people.deactivate(world.lab, staff, found.people[0].person.id)
    found = staff_people.search(world.lab, staff, "guest")
    assert (found.people[0].person.name, found.more) == ("Guest 001", True)
    found = staff_people.search(world.lab, staff, "guest 00")
    assert names_of(found)[-1] == "Guest 000"
    assert (len(found.people), found.more, found.people[-1].active) == (12, False, False)


ACTS: list[Callable[[Lab, Actor, int], object]] = [
    lambda lab, actor, mei: staff_people.search(lab, actor, "mei"),
    staff_people.record_of,
    lambda lab, actor, mei: staff_people.cohort_members(lab, actor, 1),
    lambda lab, actor, mei: staff_people.startup_named(lab, actor, "x"),
    lambda lab, actor, mei: staff_people.change(lab, actor, mei, PersonChange("May")),
    staff_people.deactivate,
    staff_people.reactivate,
]


@pytest.mark.parametrize("act", ACTS)
def test_only_staff_with_their_pin_look_after_people(
    world: World, act: Callable[[Lab, Actor, int], object]
) -> None:
    mei = world.person("Mei Chan")
    steward = world.actor(world.person(role="steward"), signed_in=True)
    for actor, code in [
        (world.member(), Code.NOT_ALLOWED),
        (steward, Code.NOT_ALLOWED),
        (world.actor(world.person(role="staff")), Code.SIGN_IN_NEEDED),
    ]:
        with pytest.raises(Refused) as caught:
            act(world.lab, actor, mei.id)
        assert caught.value.codes == {code}


def test_a_change_is_audited_without_the_contact(world: World) -> None:
    staff, mei = world.staff(), world.person("Mei Chan", unix_name="mchan")
    wanted = PersonChange("May  Chan", "陳美", "CTO", "may@example.org", "mchan")
    assert staff_people.change(world.lab, staff, mei.id, wanted).what.name == "May Chan"
    with world.lab.store.read():
        [entry] = AuditEntry.select().where(AuditEntry.action == "people.change")
    assert json.loads(entry.facts) == {"changed": ["name", "other_name", "title", "email"]}
    with pytest.raises(Refused) as caught:
        staff_people.change(world.lab, staff, mei.id, wanted)
    assert caught.value.codes == {Code.NOTHING_CHANGES}
    world.person("Tom Lee", unix_name="tlee")
    for bad, field in [
        (PersonChange(" "), "name"),
        (PersonChange("Mei", unix_name="tlee"), "unix_name"),
        (PersonChange("Mei", email="nowhere"), "email"),
    ]:
        with pytest.raises(BadInput) as wrong:
            staff_people.change(world.lab, staff, mei.id, bad)
        assert wrong.value.field == field
    with pytest.raises(Refused) as caught:
        staff_people.change(world.lab, staff, 999, wanted)
    assert caught.value.codes == {Code.UNKNOWN_PERSON}


def test_who_is_sent_away_is_not_let_in_until_they_are_back(world: World) -> None:
    staff, mei = world.staff(), world.person("Mei Chan")
    code = world.badge(mei)
    staff_people.deactivate(world.lab, staff, mei.id)
    with pytest.raises(Refused) as caught:
        people.person_of_code(world.lab, code)
    assert caught.value.codes == {Code.PERSON_INACTIVE}
    with pytest.raises(Refused) as caught:
        staff_people.deactivate(world.lab, staff, mei.id)
    assert caught.value.codes == {Code.PERSON_INACTIVE}
    assert staff_people.reactivate(world.lab, staff, mei.id).what.id == mei.id
    assert people.person_of_code(world.lab, code).id == mei.id
    with pytest.raises(Refused) as caught:
        staff_people.reactivate(world.lab, staff, mei.id)
    assert caught.value.codes == {Code.NOTHING_CHANGES}
    with pytest.raises(Refused) as caught:
        staff_people.deactivate(world.lab, staff, staff.person_id or 0)
    assert caught.value.codes == {Code.NOT_ALLOWED}


def test_a_start_up_is_found_by_its_name(world: World) -> None:
    staff = world.staff()
    lumen, lumen_two = world.startup("Lumen"), world.startup("Lumen Two")
    assert staff_people.startup_named(world.lab, staff, " ") is None
    assert staff_people.startup_named(world.lab, staff, "LUMEN") == lumen.id
    assert staff_people.startup_named(world.lab, staff, "two") == lumen_two.id
    for name, problem in [("robots", "unknown"), ("lum", "several_startups")]:
        with pytest.raises(BadInput) as caught:
            staff_people.startup_named(world.lab, staff, name)
        assert (caught.value.field, caught.value.problem) == ("startup_id", problem)


def test_the_members_of_a_cohort(world: World) -> None:
    b, a = world.startup("B"), world.startup("A")
    expected = [
        world.person("Zoe", startup=a),
        world.person("Ann", startup=b),
        world.person("Bob", startup=b),
    ]
    world.person("Gone", startup=a, active=False)
    world.person("Mentor", role="mentor")
    found = staff_people.cohort_members(world.lab, world.staff(), world.cohort.id)
    assert list(found) == [one.id for one in expected]
