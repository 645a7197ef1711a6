"""Whose pass a code is, staff's PINs, badges and tickets."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.passcode import KeyRing, PassKind, new_pass_id
from lab_tui.errors import BadInput, Refused
from lab_tui.lab import checkins, events, people
from lab_tui.lab.labels import LabelSubject, label_code
from lab_tui.lab.operation import OPERATOR, Actor
from lab_tui.lab.people import NewPerson
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.events import Offer, SignUp
from lab_tui.store.tables.gpus import Booking
from lab_tui.store.tables.lab import AuditEntry
from lab_tui.store.tables.people import Pass, Person, StaffPin
from tests.world import NOW, World

PIN = "246810"


def refused_codes(caught: pytest.ExceptionInfo[Refused]) -> set[str]:
    return set(caught.value.codes)


def steward_with_pin(world: World) -> Actor:
    steward = world.person("Ada Wong", role="steward")
    people.set_pin(world.lab, OPERATOR, steward.id, PIN)
    return world.actor(steward)


def audited(world: World) -> list[str]:
    with world.lab.store.read():
        return [entry.action for entry in AuditEntry.select().order_by(AuditEntry.id)]


# Whose pass


def test_a_badge_names_its_person_with_team_and_cohort(world: World) -> None:
    team = world.startup("Lumen Vision")
    mei = world.person("Mei Chan", startup=team, other_name="陳美", title="CTO", language="zh_Hant")
    found = people.person_of_code(world.lab, world.badge(mei))
    assert found == people.PersonView(
        id=mei.id,
        name="Mei Chan",
        other_name="陳美",
        role="member",
        title="CTO",
        startup_id=team.id,
        startup_name="Lumen Vision",
        cohort_name="2026-2",
        language="zh_Hant",
        has_pin=False,
    )
    assert people.person_view(world.lab, mei.id) == found


def test_a_mentor_has_no_team_and_a_badge_reads_in_lower_case(world: World) -> None:
    mentor = world.person("Ada", role="mentor")
    found = people.person_of_code(world.lab, world.badge(mentor).lower())
    assert (found.startup_id, found.startup_name, found.cohort_name) == (None, "", "")


def test_codes_that_are_no_pass_here_are_refused(world: World) -> None:
    badge = world.badge(world.person())
    strange = KeyRing({1: b"k" * 32}, b"p" * 32).issue(PassKind.PERSON, 7)
    forged = badge[:-1] + ("0" if badge[-1] != "0" else "1")
    for code, expected in [
        ("https://example.org", Code.CODE_NOT_OURS),
        (badge[:-3], Code.CODE_DAMAGED),
        (strange, Code.CODE_NOT_OURS),
        (forged, Code.CODE_NOT_OURS),
        (DEMO_KEYS.issue(PassKind.PERSON, new_pass_id()), Code.PASS_UNKNOWN),
    ]:
        with pytest.raises(Refused) as caught:
            people.person_of_code(world.lab, code)
        assert refused_codes(caught) == {expected}


def test_a_badge_code_does_not_pass_as_a_ticket_of_the_same_id(world: World) -> None:
    badge = world.badge(world.person())
    pass_id = world.lab.keys.read(badge).pass_id
    with pytest.raises(Refused) as caught:
        people.person_of_code(world.lab, world.lab.keys.issue(PassKind.TICKET, pass_id))
    assert refused_codes(caught) == {Code.PASS_UNKNOWN}


def test_revoked_passes_and_inactive_people_are_refused(world: World) -> None:
    lost = world.person("Mei Chan")
    old_code = world.badge(lost)
    people.reissue_badge(world.lab, OPERATOR, lost.id, "lost on the ferry")
    with pytest.raises(Refused) as caught:
        people.person_of_code(world.lab, old_code)
    assert refused_codes(caught) == {Code.PASS_REVOKED}
    assert caught.value.reasons[0].facts == {"at": NOW}
    gone = world.person("Kim Lee", active=False)
    with pytest.raises(Refused) as caught:
        people.person_of_code(world.lab, world.badge(gone))
    assert refused_codes(caught) == {Code.PERSON_INACTIVE}


def test_nobody_is_refused_by_name(world: World) -> None:
    with pytest.raises(Refused) as caught:
        people.person_view(world.lab, 999)
    assert refused_codes(caught) == {Code.UNKNOWN_PERSON}


# Finding


def test_people_are_found_by_any_of_their_names(world: World) -> None:
    team = world.startup("Straße Robotics")
    mei = world.person("Mei Chan", startup=team, other_name="陳美", unix_name="mchan")
    jose = world.person("José Álvarez", startup=team)
    world.person("Kim Lee", active=False, startup=team)
    staff = world.staff()
    for words, expected in [
        ("mei", [mei.id]),
        ("CHAN mei", [mei.id]),
        ("陳", [mei.id]),
        ("mchan", [mei.id]),
        ("jose alvarez", [jose.id]),
        ("STRASSE", [jose.id, mei.id]),
        ("mei alvarez", []),
        ("kim", []),
        ("%", []),
    ]:
        assert [one.id for one in people.find(world.lab, staff, words)] == expected, words
    assert [one.id for one in people.find(world.lab, staff, "strasse", limit=1)] == [jose.id]


def test_members_do_not_search_for_people(world: World) -> None:
    with pytest.raises(Refused) as caught:
        people.find(world.lab, world.member(), "mei")
    assert refused_codes(caught) == {Code.NOT_ALLOWED}
    unsigned = world.actor(world.person(role="staff"))
    with pytest.raises(Refused) as caught:
        people.find(world.lab, unsigned, "mei")
    assert refused_codes(caught) == {Code.SIGN_IN_NEEDED}


def test_a_language_is_remembered_once(world: World) -> None:
    mei = world.person("Mei Chan")
    for _ in range(2):
        people.remember_language(world.lab, world.actor(mei), "zh_Hant")
    assert people.person_view(world.lab, mei.id).language == "zh_Hant"
    assert audited(world) == ["people.remember_language"]
    with pytest.raises(BadInput, match="not_a_choice"):
        people.remember_language(world.lab, world.actor(mei), "tlh")


# PINs


def test_the_right_pin_signs_in_and_is_audited_without_the_pin(world: World) -> None:
    actor = steward_with_pin(world)
    signed_in = people.sign_in(world.lab, actor, PIN)
    assert signed_in == replace(actor, signed_in=True)
    assert people.person_view(world.lab, actor.person_id or 0).has_pin
    assert audited(world) == ["people.set_pin", "people.sign_in"]
    with world.lab.store.read():
        kept = StaffPin.get_by_id(actor.person_id)
        everything = " ".join(str(entry.facts) for entry in AuditEntry.select())
    assert kept.wrong_tries == 0
    assert kept.pin_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PIN not in everything


def test_a_stolen_database_is_no_use_without_the_pepper(world: World) -> None:
    actor = steward_with_pin(world)
    other_pepper = replace(world.lab, key_source=replace(world.lab.keys, pepper=b"x" * 32))
    with pytest.raises(Refused) as caught:
        people.sign_in(other_pepper, actor, PIN)
    assert refused_codes(caught) == {Code.WRONG_PIN}


def test_wrong_pins_are_counted_down_then_pause_and_the_pause_doubles(world: World) -> None:
    actor = steward_with_pin(world)
    left: list[object] = []
    for _ in range(5):
        with pytest.raises(Refused) as caught:
            people.sign_in(world.lab, actor, "135790")
        left.append(caught.value.reasons[0].facts["tries_left"])
    assert left == [4, 3, 2, 1, 0]
    assert refused_codes(caught) == {Code.WRONG_PIN, Code.PIN_PAUSED}
    world.clock.advance(seconds=59)
    with pytest.raises(Refused) as caught:
        people.sign_in(world.lab, actor, PIN)
    assert refused_codes(caught) == {Code.PIN_PAUSED}
    assert caught.value.reasons[0].facts == {"until": NOW + timedelta(seconds=60)}
    world.clock.advance(seconds=1)
    for _ in range(5):
        with pytest.raises(Refused) as caught:
            people.sign_in(world.lab, actor, "135790")
    assert caught.value.reasons[1].facts == {"until": NOW + timedelta(seconds=60 + 120)}
    world.clock.advance(seconds=120)
    assert people.sign_in(world.lab, actor, PIN).signed_in
    assert audited(world).count("people.sign_in_failed") == 10


def test_the_right_pin_forgives_the_wrong_ones_before_it(world: World) -> None:
    actor = steward_with_pin(world)
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(Refused):
                people.sign_in(world.lab, actor, "135790")
        assert people.sign_in(world.lab, actor, PIN).signed_in


def test_tries_at_the_same_time_do_not_get_around_the_limit(world: World) -> None:
    actor = steward_with_pin(world)
    together = threading.Barrier(8)

    def one_try(number: int) -> set[str]:
        together.wait(timeout=30)
        try:
            people.sign_in(world.lab, actor, f"13579{number}")
        except Refused as refused:
            return set(refused.codes)
        return {"signed_in"}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one_try, range(8)))
    verified = [answer for answer in answers if Code.WRONG_PIN in answer]
    assert len(verified) == 5
    assert all(answer == {Code.PIN_PAUSED} for answer in answers if answer not in verified)


def test_only_staff_with_a_pin_sign_in(world: World) -> None:
    for actor, expected in [
        (world.member(), Code.NOT_ALLOWED),
        (OPERATOR, Code.NOT_ALLOWED),
        (world.actor(world.person(role="staff")), Code.NO_PIN),
    ]:
        with pytest.raises(Refused) as caught:
            people.sign_in(world.lab, actor, PIN)
        assert refused_codes(caught) == {expected}


def test_pins_are_set_by_staff_for_staff(world: World) -> None:
    member = world.person()
    steward = world.person(role="steward")
    with pytest.raises(Refused):
        people.set_pin(world.lab, world.actor(steward), steward.id, PIN)
    with pytest.raises(Refused):
        people.set_pin(world.lab, OPERATOR, member.id, PIN)
    with pytest.raises(BadInput, match="too_easy"):
        people.set_pin(world.lab, OPERATOR, steward.id, "111111")
    people.set_pin(world.lab, world.staff(), steward.id, PIN)
    people.set_pin(world.lab, OPERATOR, steward.id, "864202")
    assert people.sign_in(world.lab, world.actor(steward), "864202").signed_in


# Adding


def test_a_person_is_added_as_typed_but_clean_and_only_once(world: World) -> None:
    team = world.startup()
    new = NewPerson("  Mei\u202e  Chan ", "member", "陳美", startup_id=team.id, unix_name="mchan")
    staff = world.staff()
    first = people.add(world.lab, staff, new, request_key="k1")
    again = people.add(world.lab, staff, new, request_key="k1")
    assert first == again
    assert first.what.name == "Mei Chan"
    assert first.what.startup_id == team.id
    with pytest.raises(BadInput, match="taken"):
        people.add(world.lab, staff, new)
    with pytest.raises(Refused):
        people.add(world.lab, world.member(), NewPerson("Kim", "visitor"))


@pytest.mark.parametrize(
    ("new", "field", "problem"),
    [
        (NewPerson(" \u200b", "visitor"), "name", "empty"),
        (NewPerson("Mei", "boss"), "role", "not_a_choice"),
        (NewPerson("Mei", "operator"), "role", "not_a_choice"),
        (NewPerson("Mei", "member"), "startup_id", "empty"),
        (NewPerson("Mei", "mentor", startup_id=1), "startup_id", "members_only"),
        (NewPerson("Mei", "member", startup_id=999), "startup_id", "unknown"),
        (NewPerson("Mei", "visitor", email="mei"), "email", "not_an_email"),
        (NewPerson("Mei", "visitor", unix_name="Mei Chan"), "unix_name", "not_a_unix_name"),
        (NewPerson("Mei", "visitor", unix_name="-rf"), "unix_name", "not_a_unix_name"),
        (NewPerson("Mei", "visitor", language="tlh"), "language", "not_a_choice"),
    ],
)
def test_a_wrong_field_is_named(world: World, new: NewPerson, field: str, problem: str) -> None:
    with pytest.raises(BadInput) as caught:
        people.add(world.lab, OPERATOR, new)
    assert (caught.value.field, caught.value.problem) == (field, problem)
    with world.lab.store.read():
        assert not Person.select().exists()


# Badges and tickets


def test_a_badge_is_issued_once_and_shown_again(world: World) -> None:
    mei = world.person()
    first = people.badge_code(world.lab, world.actor(mei), mei.id)
    assert people.badge_code(world.lab, world.staff(), mei.id) == first
    assert people.person_of_code(world.lab, first).id == mei.id
    with pytest.raises(Refused) as caught:
        people.badge_code(world.lab, world.member(), mei.id)
    assert refused_codes(caught) == {Code.NOT_ALLOWED}


def test_two_kiosks_that_issue_one_badge_show_the_same_code(world: World) -> None:
    mei = world.person()
    together = threading.Barrier(6)

    def show(_number: int) -> str:
        together.wait(timeout=30)
        return people.badge_code(world.lab, world.actor(mei), mei.id)

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(show, range(6)))) == 1


def test_a_lost_badge_is_replaced_in_one_act(world: World) -> None:
    mei = world.person()
    old = people.badge_code(world.lab, world.actor(mei), mei.id)
    new = people.reissue_badge(world.lab, world.staff(), mei.id, "lost")
    assert new != old
    assert people.person_of_code(world.lab, new).id == mei.id
    with world.lab.store.read():
        revoked = Pass.get(Pass.revoked_at.is_null(False))
    assert (revoked.revoked_at, revoked.revoked_because) == (NOW, "lost")
    with pytest.raises(Refused):
        people.reissue_badge(world.lab, world.actor(mei), mei.id, "lost")


def test_a_badge_is_replaced_once_however_often_it_is_asked_for(world: World) -> None:
    mei, staff = world.person("Mei Chan"), world.staff()
    people.badge_code(world.lab, staff, mei.id)
    new = people.reissue_badge(world.lab, staff, mei.id, "lost", "wish-1")
    assert people.reissue_badge(world.lab, staff, mei.id, "lost", "wish-1") == new
    assert people.badge_code(world.lab, staff, mei.id) == new
    assert people.reissue_badge(world.lab, staff, mei.id, "lost", "wish-2") != new
    with pytest.raises(BadInput):
        people.reissue_badge(world.lab, world.staff(), mei.id, "lost", "wish-1")


def test_a_ticket_is_replaced_and_the_old_one_is_void(world: World) -> None:
    mei, staff = world.person("Mei Chan"), world.staff()
    place = events.sign_up(world.lab, world.actor(mei), world.event().id).what
    badge = people.badge_code(world.lab, staff, mei.id)
    old = people.ticket_code(world.lab, world.actor(mei), place.id)
    new = people.reissue_ticket(world.lab, staff, place.id, "photographed", "wish-1")
    assert people.reissue_ticket(world.lab, staff, place.id, "photographed", "wish-1") == new
    assert people.ticket_code(world.lab, world.actor(mei), place.id) == new
    result = checkins.scan(world.lab, Actor(None, "kiosk:Lobby"), old, "Lobby")
    assert (result.verdict, result.replaced) == (checkins.Verdict.REVOKED, True)
    assert people.person_of_code(world.lab, badge).id == mei.id
    events.cancel_sign_up(world.lab, world.actor(mei), place.id)
    for actor, sign_up_id in ((world.actor(mei), place.id), (staff, place.id), (staff, 999)):
        with pytest.raises(Refused):
            people.reissue_ticket(world.lab, actor, sign_up_id, "lost")


def test_a_label_is_no_pass(world: World) -> None:
    desk = LabelSubject(PassKind.DESK, world.desk().id)
    with pytest.raises(Refused, match="pass_unknown"):
        people.person_of_code(world.lab, label_code(world.lab, OPERATOR, desk))


def test_a_ticket_is_for_ones_own_seat(world: World) -> None:
    mei, kim = world.person(), world.person()
    event = world.event()
    with world.lab.store.write():
        seat = SignUp.create(event=event, person=mei, state="going", since=NOW)
        waiting = SignUp.create(event=event, person=kim, state="waiting", since=NOW)
    code = people.ticket_code(world.lab, world.actor(mei), seat.id)
    assert people.ticket_code(world.lab, world.actor(mei), seat.id) == code
    assert world.lab.keys.read(code).kind is PassKind.TICKET
    for actor, sign_up_id, expected in [
        (world.actor(kim), seat.id, Code.NOT_YOURS),
        (world.actor(kim), 999, Code.NOT_YOURS),
        (world.actor(kim), waiting.id, Code.NOT_SIGNED_UP),
    ]:
        with pytest.raises(Refused) as caught:
            people.ticket_code(world.lab, actor, sign_up_id)
        assert refused_codes(caught) == {expected}


def test_demo_badges_show_one_person_for_each_thing_worth_trying(world: World) -> None:
    machine = world.workstation()
    booker, offered, mentor = world.person("A"), world.person("B"), world.person("C", role="mentor")
    loser = world.person("D")
    staff = world.person("E", role="staff")
    codes = {one.name: world.badge(one) for one in (booker, offered, mentor, loser, staff)}
    people.reissue_badge(world.lab, OPERATOR, loser.id, "lost")
    people.set_pin(world.lab, OPERATOR, staff.id, PIN)
    with world.lab.store.write():
        Booking.create(
            workstation=machine,
            person=booker,
            starts_at=NOW - timedelta(minutes=2),
            ends_at=NOW + timedelta(hours=2),
            created_at=NOW,
        )
        seat = SignUp.create(event=world.event(), person=offered, state="offered", since=NOW)
        Offer.create(sign_up=seat, made_at=NOW, deadline=NOW + timedelta(hours=1))
    badges = people.demo_badges(world.lab)
    assert [(one.person.name, one.why) for one in badges] == [
        ("A", "booking_now"),
        ("B", "offer"),
        ("C", "mentor"),
        ("D", "lost_badge"),
        ("E", "staff"),
    ]
    assert [one.code for one in badges] == [codes[one.person.name] for one in badges]
