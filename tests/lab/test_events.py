"""Events in a small lab: seats, the waiting list, offers, and what staff do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from lab_tui.config import EventsSection, LabConfig
from lab_tui.errors import BadInput, Refused
from lab_tui.lab import events
from lab_tui.lab.events import EventPlan, JoinWaitingList
from lab_tui.lab.operation import OPERATOR, Actor, Lab, writing
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables import checkins as checkin_tables
from lab_tui.store.tables import events as tables
from lab_tui.store.tables.lab import AuditEntry
from tests.world import NOW, World

PLAN = EventPlan(
    kind="workshop",
    title="Prompting for founders",
    place="Seminar room",
    starts_at=NOW + timedelta(days=1),
    ends_at=NOW + timedelta(days=1, hours=2),
    capacity=8,
)


def refused(act: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value


def state_of(world: World, sign_up_id: int) -> str:
    with world.lab.store.read():
        return str(tables.SignUp.get_by_id(sign_up_id).state)


def seats_taken(world: World, event: tables.Event) -> int:
    return events.event_view(world.lab, None, event.id).seats_taken


def within(world: World, act: Callable[..., object], *arguments: object) -> object:
    """Run what is called in an operation of another room, in a transaction as there."""
    with writing(world.lab):
        return act(world.lab, *arguments)


def full_event(world: World, seats: int = 1, waiting: int = 2) -> tuple[tables.Event, list[Actor], list[int]]:
    """An event whose seats are gone, and people waiting, a minute after one another; their sign-ups."""
    event = world.event(capacity=seats)
    people = [world.member() for _ in range(seats + waiting)]
    places = []
    for person in people:
        places.append(events.sign_up(world.lab, person, event.id, or_wait=True).what.id)
        world.clock.advance(minutes=1)
    return event, people, places


def test_a_member_takes_a_seat_and_sees_it(world: World) -> None:
    event, anna = world.event(capacity=3), world.member()
    done = events.sign_up(world.lab, anna, event.id)
    assert (done.what.state, done.what.title, done.what.ahead) == ("going", event.title, None)
    assert done.what.starts_at == NOW + timedelta(hours=2)
    view = events.event_view(world.lab, anna, event.id)
    assert (view.my_state, view.my_sign_up_id, view.seats_left) == ("going", done.what.id, 2)
    assert events.event_view(world.lab, world.member(), event.id).my_state == ""


@pytest.mark.parametrize("role", ["mentor", "visitor", "steward", "staff"])
def test_mentors_visitors_and_staff_sign_up_too(world: World, role: str) -> None:
    someone = world.actor(world.person(role=role))
    assert events.sign_up(world.lab, someone, world.event().id).what.state == "going"


def test_the_operator_is_nobody_who_could_sit_there(world: World) -> None:
    event = world.event()
    assert refused(lambda: events.sign_up(world.lab, OPERATOR, event.id)).codes == {Code.UNKNOWN_PERSON}


def test_nobody_signs_up_twice(world: World) -> None:
    event, anna = world.event(), world.member()
    events.sign_up(world.lab, anna, event.id)
    assert refused(lambda: events.sign_up(world.lab, anna, event.id)).codes == {Code.ALREADY_SIGNED_UP}
    assert seats_taken(world, event) == 1


def test_the_same_request_again_is_the_same_seat(world: World) -> None:
    event, anna = world.event(), world.member()
    first = events.sign_up(world.lab, anna, event.id, request_key="one")
    assert events.sign_up(world.lab, anna, event.id, request_key="one") == first
    assert seats_taken(world, event) == 1


def test_an_event_that_is_unknown_cancelled_or_over_takes_nobody(world: World) -> None:
    anna = world.member()
    assert refused(lambda: events.sign_up(world.lab, anna, 999)).codes == {Code.UNKNOWN_EVENT}
    event = world.event()
    events.call_off(world.lab, world.staff(), event.id)
    world.clock.advance(hours=4)
    both = {Code.EVENT_CANCELLED, Code.EVENT_OVER}
    assert refused(lambda: events.sign_up(world.lab, anna, event.id)).codes == both


def test_one_may_sign_up_while_it_runs(world: World) -> None:
    event = world.event()
    world.clock.advance(hours=3)
    assert events.sign_up(world.lab, world.member(), event.id).what.state == "going"


def test_a_full_event_offers_the_waiting_list(world: World) -> None:
    event, _, _ = full_event(world, seats=1, waiting=2)
    late = world.member()
    no = refused(lambda: events.sign_up(world.lab, late, event.id))
    assert no.codes == {Code.EVENT_FULL}
    assert no.remedies == (JoinWaitingList(event.id, 2),)
    waiting = events.sign_up(world.lab, late, event.id, or_wait=True).what
    assert (waiting.state, waiting.ahead) == ("waiting", 2)
    view = events.event_view(world.lab, late, event.id)
    assert (view.my_state, view.ahead_of_me, view.waiting_count) == ("waiting", 2, 3)
    again = refused(lambda: events.sign_up(world.lab, late, event.id, or_wait=True))
    assert again.codes == {Code.STILL_WAITING}


def test_a_lab_without_waiting_lists_only_says_that_it_is_full(world: World) -> None:
    lab = replace(world.lab, config=LabConfig(events=EventsSection(waiting_list=False)))
    event = world.event(capacity=1)
    events.sign_up(lab, world.member(), event.id)
    no = refused(lambda: events.sign_up(lab, world.member(), event.id, or_wait=True))
    assert (no.codes, no.remedies) == ({Code.EVENT_FULL}, ())


def test_a_freed_seat_is_offered_to_whoever_waits_longest(world: World) -> None:
    event, (anna, ben, cleo), (annas, bens, cleos) = full_event(world)
    assert events.cancel_sign_up(world.lab, anna, annas).what.state == "cancelled"
    assert (state_of(world, bens), state_of(world, cleos)) == ("offered", "waiting")
    view = events.event_view(world.lab, ben, event.id)
    assert (view.seats_taken, view.my_state) == (1, "offered")
    # Two hours by the house's rules, but the event starts before.
    assert view.offer_deadline == NOW + timedelta(hours=2)
    assert events.event_view(world.lab, cleo, event.id).ahead_of_me == 0


def test_an_offer_is_accepted_once(world: World) -> None:
    _event, (anna, ben, cleo), (annas, bens, cleos) = full_event(world)
    events.cancel_sign_up(world.lab, anna, annas)
    assert refused(lambda: events.accept_offer(world.lab, cleo, bens)).codes == {Code.NOT_YOURS}
    assert refused(lambda: events.accept_offer(world.lab, cleo, cleos)).codes == {Code.NO_OFFER}
    assert events.accept_offer(world.lab, ben, bens).what.state == "going"
    assert refused(lambda: events.accept_offer(world.lab, ben, bens)).codes == {Code.NO_OFFER}


def test_an_offer_that_is_declined_goes_on_to_the_next(world: World) -> None:
    event, (anna, ben, _), (annas, bens, cleos) = full_event(world)
    events.cancel_sign_up(world.lab, anna, annas)
    events.cancel_sign_up(world.lab, ben, bens)
    assert (state_of(world, bens), state_of(world, cleos)) == ("cancelled", "offered")
    assert seats_taken(world, event) == 1


def test_an_offer_that_lapses_goes_on_and_its_holder_to_the_end_of_the_list(world: World) -> None:
    event = world.event(capacity=1, starts_at=NOW + timedelta(days=1))
    anna, ben, cleo, dora = (world.member() for _ in range(4))
    annas, bens, cleos, doras = (
        events.sign_up(world.lab, one, event.id, or_wait=True).what.id for one in (anna, ben, cleo, dora)
    )
    # They came at one instant: the list keeps the order in which they were written down.
    waits = [events.event_view(world.lab, one, event.id).ahead_of_me for one in (ben, cleo, dora)]
    assert waits == [0, 1, 2]
    events.cancel_sign_up(world.lab, anna, annas)
    world.clock.advance(minutes=119)
    assert within(world, events.lapse_offers) == 0
    world.clock.advance(minutes=1)
    assert refused(lambda: events.accept_offer(world.lab, ben, bens)).codes == {Code.NO_OFFER}
    assert within(world, events.lapse_offers) == 1
    assert within(world, events.lapse_offers) == 0
    assert [state_of(world, one) for one in (bens, cleos, doras)] == ["waiting", "offered", "waiting"]
    assert events.event_view(world.lab, ben, event.id).ahead_of_me == 1


def test_a_seat_nobody_else_waits_for_stays_free_for_anybody(world: World) -> None:
    event = world.event(capacity=1, starts_at=NOW + timedelta(days=1))
    anna, ben = world.member(), world.member()
    annas = events.sign_up(world.lab, anna, event.id).what.id
    bens = events.sign_up(world.lab, ben, event.id, or_wait=True).what.id
    events.cancel_sign_up(world.lab, anna, annas)
    world.clock.advance(hours=2)
    within(world, events.lapse_offers)
    assert (state_of(world, bens), seats_taken(world, event)) == ("waiting", 0)
    assert events.sign_up(world.lab, ben, event.id).what.id == bens
    assert (state_of(world, bens), seats_taken(world, event)) == ("going", 1)


def test_nothing_is_offered_once_the_event_has_begun(world: World) -> None:
    _event, (anna, *_), (annas, bens, _) = full_event(world)
    world.clock.advance(hours=2)
    events.cancel_sign_up(world.lab, anna, annas)
    assert state_of(world, bens) == "waiting"


def test_somebody_who_left_the_lab_is_passed_over(world: World) -> None:
    _event, (anna, ben, _), (annas, bens, cleos) = full_event(world)
    with world.lab.store.write():
        tables.Person.update(active=False).where(tables.Person.id == ben.person_id).execute()
    events.cancel_sign_up(world.lab, anna, annas)
    assert (state_of(world, bens), state_of(world, cleos)) == ("waiting", "offered")


def test_only_ones_own_place_is_given_back_unless_staff_do_it(world: World) -> None:
    event, anna = world.event(), world.member()
    place = events.sign_up(world.lab, anna, event.id).what.id
    assert refused(lambda: events.cancel_sign_up(world.lab, world.member(), place)).codes == {Code.NOT_YOURS}
    no_pin = world.actor(world.person(role="staff"))
    assert refused(lambda: events.cancel_sign_up(world.lab, no_pin, place)).codes == {Code.NOT_YOURS}
    assert events.cancel_sign_up(world.lab, world.staff(), place).what.state == "cancelled"
    assert refused(lambda: events.cancel_sign_up(world.lab, anna, place)).codes == {Code.ALREADY_CANCELLED}
    assert refused(lambda: events.cancel_sign_up(world.lab, anna, 999)).codes == {Code.NOT_SIGNED_UP}


def test_whoever_sits_there_does_not_give_the_seat_away(world: World) -> None:
    event, anna = world.event(), world.member()
    place = events.sign_up(world.lab, anna, event.id).what.id
    with world.lab.store.write():
        checkin_tables.CheckIn.create(
            kind="session",
            person=anna.person_id,
            session=world.session_of(event),
            day=world.lab.today(),
            at=NOW,
        )
    assert refused(lambda: events.cancel_sign_up(world.lab, anna, place)).codes == {Code.ALREADY_CHECKED_IN}
    assert refused(lambda: within(world, events.undo_sign_up, place)).codes == {Code.ALREADY_CHECKED_IN}


def test_undoing_a_sign_up_offers_the_seat_on(world: World) -> None:
    event, _, (annas, bens, cleos) = full_event(world)
    within(world, events.undo_sign_up, annas)
    assert [state_of(world, one) for one in (annas, bens, cleos)] == ["undone", "offered", "waiting"]
    assert refused(lambda: within(world, events.undo_sign_up, annas)).codes == {Code.ALREADY_CANCELLED}
    within(world, events.undo_sign_up, cleos)
    assert state_of(world, cleos) == "undone"
    assert seats_taken(world, event) == 1


def test_undoing_the_step_from_waiting_to_a_free_seat_leaves_one_waiting(world: World) -> None:
    event = world.event(capacity=1, starts_at=NOW + timedelta(days=1))
    anna, ben = world.member(), world.member()
    annas = events.sign_up(world.lab, anna, event.id).what.id
    bens = events.sign_up(world.lab, ben, event.id, or_wait=True).what.id
    events.cancel_sign_up(world.lab, anna, annas)
    world.clock.advance(hours=2)
    within(world, events.lapse_offers)
    events.sign_up(world.lab, ben, event.id)
    within(world, events.undo_sign_up, bens)
    assert (state_of(world, bens), seats_taken(world, event)) == ("waiting", 0)


def test_undoing_a_cancellation_gives_a_free_seat_back(world: World) -> None:
    event, anna = world.event(), world.member()
    place = events.sign_up(world.lab, anna, event.id).what.id
    events.cancel_sign_up(world.lab, anna, place)
    within(world, events.undo_cancel_sign_up, place)
    assert (state_of(world, place), seats_taken(world, event)) == ("going", 1)
    assert refused(lambda: within(world, events.undo_cancel_sign_up, place)).codes == {Code.ALREADY_SIGNED_UP}


def test_undoing_a_cancellation_comes_too_late_for_a_seat_that_was_offered_on(world: World) -> None:
    _event, (anna, *_), (annas, bens, _) = full_event(world)
    events.cancel_sign_up(world.lab, anna, annas)
    assert refused(lambda: within(world, events.undo_cancel_sign_up, annas)).codes == {Code.EVENT_FULL}
    assert (state_of(world, annas), state_of(world, bens)) == ("cancelled", "offered")


def test_undoing_a_cancelled_wait_or_offer_brings_just_that_back(world: World) -> None:
    _event, (anna, ben, cleo), (annas, bens, cleos) = full_event(world)
    events.cancel_sign_up(world.lab, cleo, cleos)
    within(world, events.undo_cancel_sign_up, cleos)
    assert state_of(world, cleos) == "waiting"
    events.cancel_sign_up(world.lab, cleo, cleos)
    events.cancel_sign_up(world.lab, anna, annas)
    events.cancel_sign_up(world.lab, ben, bens)
    within(world, events.undo_cancel_sign_up, bens)
    assert state_of(world, bens) == "offered"
    assert events.accept_offer(world.lab, ben, bens).what.state == "going"


def test_staff_make_an_event(world: World) -> None:
    done = events.create(world.lab, world.staff(), replace(PLAN, title="  Prompting\tfor  founders\u202e "))
    view = done.what
    assert (view.title, view.capacity, view.seats_left) == ("Prompting for founders", 8, 8)
    assert (view.starts_at, view.ends_at) == (PLAN.starts_at, PLAN.ends_at)
    assert view.sessions[0].check_in_opens_at == PLAN.starts_at - timedelta(minutes=30)
    assert view in events.upcoming(world.lab, None)


def test_the_same_request_again_makes_no_second_event(world: World) -> None:
    staff = world.staff()
    first = events.create(world.lab, staff, PLAN, request_key="once")
    assert events.create(world.lab, staff, PLAN, request_key="once") == first
    assert len(events.upcoming(world.lab, None)) == 1


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        ({"title": " \u200b "}, "title", "empty"),
        ({"title": "x" * 121}, "title", "too_long"),
        ({"place": ""}, "place", "empty"),
        ({"ends_at": PLAN.starts_at}, "ends_at", "before_start"),
        ({"capacity": 0}, "capacity", "out_of_bounds"),
        ({"capacity": 10_001}, "capacity", "out_of_bounds"),
        ({"kind": "party"}, "kind", "not_a_choice"),
    ],
)
def test_a_plan_that_cannot_be(world: World, change: dict[str, object], field: str, problem: str) -> None:
    plan = replace(PLAN, **change)  # type: ignore[arg-type]
    with pytest.raises(BadInput) as caught:
        events.create(world.lab, world.staff(), plan)
    assert (caught.value.field, caught.value.problem) == (field, problem)
    with pytest.raises(BadInput):
        events.change(world.lab, world.staff(), world.event().id, plan)


def test_no_event_is_made_in_the_past(world: World) -> None:
    plan = replace(PLAN, starts_at=NOW - timedelta(minutes=1))
    assert refused(lambda: events.create(world.lab, world.staff(), plan)).codes == {Code.IN_THE_PAST}


def test_events_are_staff_s_to_make_change_call_off_and_open(world: World) -> None:
    event = world.event()
    session = world.session_of(event).id
    acts: list[Callable[[Actor], object]] = [
        lambda actor: events.create(world.lab, actor, PLAN),
        lambda actor: events.change(world.lab, actor, event.id, PLAN),
        lambda actor: events.call_off(world.lab, actor, event.id),
        lambda actor: events.open_check_in(world.lab, actor, session),
    ]
    member, no_pin = world.member(), world.actor(world.person(role="staff"))
    for act in acts:
        assert refused(partial(act, member)).codes == {Code.NOT_ALLOWED}
        assert refused(partial(act, no_pin)).codes == {Code.SIGN_IN_NEEDED}


def test_more_seats_go_to_whoever_waits(world: World) -> None:
    event, _, (_, bens, cleos) = full_event(world)
    view = events.change(world.lab, world.staff(), event.id, replace(PLAN, capacity=2)).what
    assert (view.title, view.seats_taken, view.starts_at) == (PLAN.title, 2, PLAN.starts_at)
    assert (state_of(world, bens), state_of(world, cleos)) == ("offered", "waiting")


def test_no_seat_is_taken_away_from_whoever_has_one(world: World) -> None:
    event, _, _ = full_event(world, seats=3, waiting=0)
    no = refused(lambda: events.change(world.lab, world.staff(), event.id, replace(PLAN, capacity=2)))
    assert no.codes == {Code.SEATS_TAKEN}
    assert dict(no.reasons[0].facts) == {"taken": 3, "capacity": 2}
    assert events.event_view(world.lab, None, event.id).title == event.title


def test_an_offer_does_not_outlast_a_start_that_is_moved_nearer(world: World) -> None:
    event = world.event(capacity=1, starts_at=NOW + timedelta(days=1))
    anna, ben = world.member(), world.member()
    annas = events.sign_up(world.lab, anna, event.id).what.id
    events.sign_up(world.lab, ben, event.id, or_wait=True)
    events.cancel_sign_up(world.lab, anna, annas)
    sooner = replace(PLAN, starts_at=NOW + timedelta(hours=1), ends_at=NOW + timedelta(hours=2))
    events.change(world.lab, world.staff(), event.id, sooner)
    assert events.event_view(world.lab, ben, event.id).offer_deadline == NOW + timedelta(hours=1)


def test_an_event_called_off_keeps_its_history_and_takes_no_more(world: World) -> None:
    event, (anna, ben, _), (annas, bens, _) = full_event(world)
    events.cancel_sign_up(world.lab, anna, annas)
    staff = world.staff()
    view = events.call_off(world.lab, staff, event.id).what
    assert (view.cancelled, view.seats_taken, view.waiting_count) == (True, 1, 1)
    assert refused(lambda: events.accept_offer(world.lab, ben, bens)).codes == {Code.EVENT_CANCELLED}
    assert refused(lambda: events.call_off(world.lab, staff, event.id)).codes == {Code.EVENT_CANCELLED}
    world.clock.advance(hours=2)
    assert within(world, events.lapse_offers) == 1
    assert seats_taken(world, event) == 0


def test_nothing_is_offered_in_an_event_called_off(world: World) -> None:
    event = world.event(capacity=1, starts_at=NOW + timedelta(days=1))
    anna, ben, cleo = (world.member() for _ in range(3))
    annas, bens, cleos = (
        events.sign_up(world.lab, one, event.id, or_wait=True).what.id for one in (anna, ben, cleo)
    )
    events.cancel_sign_up(world.lab, anna, annas)
    events.call_off(world.lab, world.staff(), event.id)
    world.clock.advance(hours=2)
    within(world, events.lapse_offers)
    assert (state_of(world, bens), state_of(world, cleos)) == ("waiting", "waiting")


def test_staff_open_check_in_before_the_clock_would(world: World) -> None:
    event = world.event()
    session = world.session_of(event).id
    steward = world.actor(world.person(role="steward"), signed_in=True)
    view = events.open_check_in(world.lab, steward, session).what
    assert view.sessions[0].check_in_opens_at == NOW
    world.clock.advance(minutes=5)
    again = events.open_check_in(world.lab, steward, session).what
    assert again.sessions[0].check_in_opens_at == NOW
    assert refused(lambda: events.open_check_in(world.lab, steward, 999)).codes == {Code.UNKNOWN_SESSION}
    world.clock.advance(hours=4)
    assert refused(lambda: events.open_check_in(world.lab, steward, session)).codes == {Code.EVENT_OVER}


def test_what_is_on_soonest_first_until_it_ends(world: World) -> None:
    running = world.event("Running", starts_at=NOW - timedelta(hours=1))
    later = world.event("Later", starts_at=NOW + timedelta(days=13))
    soon = world.event("Soon", starts_at=NOW + timedelta(hours=1))
    world.event("Over", starts_at=NOW - timedelta(hours=2))
    world.event("Far", starts_at=NOW + timedelta(days=14))
    events.call_off(world.lab, world.staff(), soon.id)
    shown = events.upcoming(world.lab, None)
    assert [view.id for view in shown] == [running.id, soon.id, later.id]
    assert [view.cancelled for view in shown] == [False, True, False]
    assert [view.id for view in events.upcoming(world.lab, None, days=1)] == [running.id, soon.id]
    assert refused(lambda: events.event_view(world.lab, None, 999)).codes == {Code.UNKNOWN_EVENT}


def test_an_event_of_two_sittings_is_one_event(world: World) -> None:
    event = world.event(starts_at=NOW - timedelta(days=1))
    with world.lab.store.write():
        second = NOW + timedelta(days=1)
        tables.Session.create(
            event=event, place="Lab floor", starts_at=second, ends_at=second + timedelta(hours=1)
        )
    (view,) = events.upcoming(world.lab, None)
    assert [sitting.place for sitting in view.sessions] == ["Seminar room", "Lab floor"]
    assert events.sign_up(world.lab, world.member(), event.id).what.starts_at == view.starts_at


def test_many_events_take_no_more_queries_than_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = world.member()
    database = world.lab.store.database
    asked: list[str] = []
    execute = database.execute_sql

    def counting(sql: str, *arguments: object, **more: object) -> object:
        asked.append(sql)
        return execute(sql, *arguments, **more)

    def queries() -> int:
        asked.clear()
        events.upcoming(world.lab, anna)
        return sum(sql.startswith("SELECT") for sql in asked)

    def one_more() -> None:
        event = world.event(capacity=1)
        events.sign_up(world.lab, world.member(), event.id)
        events.sign_up(world.lab, anna, event.id, or_wait=True)

    monkeypatch.setattr(database, "execute_sql", counting)
    one_more()
    few = queries()
    for _ in range(5):
        one_more()
    assert queries() == few == 5


def test_every_act_is_in_the_audit_log(world: World) -> None:
    _event, (anna, ben, _), (annas, bens, _) = full_event(world)
    events.cancel_sign_up(world.lab, anna, annas)
    events.accept_offer(world.lab, ben, bens)
    staff = world.staff()
    made = events.create(world.lab, staff, PLAN).what
    events.change(world.lab, staff, made.id, replace(PLAN, capacity=9))
    events.open_check_in(world.lab, staff, made.sessions[0].id)
    last = events.call_off(world.lab, staff, made.id).entry_id
    with world.lab.store.read():
        actions = [entry.action for entry in AuditEntry.select().order_by(AuditEntry.id)]
        entry = AuditEntry.get_by_id(last)
    assert actions == [
        *["events.sign_up"] * 3,
        "events.cancel_sign_up",
        "events.accept_offer",
        "events.create",
        "events.change",
        "events.open_check_in",
        "events.call_off",
    ]
    assert (entry.actor_id, entry.subject, entry.subject_id) == (staff.person_id, "event", made.id)


def at_once(world: World, acts: list[Callable[[Lab], object]]) -> list[object]:
    """What each act gave, or the refusal it met, when all began at one instant in threads of their own."""
    gate = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(number: int) -> None:
        gate.wait()
        try:
            results[number] = acts[number](world.lab)
        except Refused as refusal:
            results[number] = refusal

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_eight_people_reach_for_the_last_seat_and_one_has_it(world: World) -> None:
    event = world.event(capacity=1)
    people = [world.member() for _ in range(8)]
    results = at_once(world, [lambda lab, who=who: events.sign_up(lab, who, event.id) for who in people])
    refusals = [result for result in results if isinstance(result, Refused)]
    assert len(refusals) == 7
    assert all(refusal.codes == {Code.EVENT_FULL} for refusal in refusals)
    assert all(refusal.remedies for refusal in refusals)
    assert seats_taken(world, event) == 1


def test_one_person_at_four_kiosks_has_one_seat(world: World) -> None:
    event, anna = world.event(), world.member()
    results = at_once(world, [lambda lab: events.sign_up(lab, anna, event.id)] * 4)
    assert sum(isinstance(result, Refused) for result in results) == 3
    assert seats_taken(world, event) == 1


def test_two_places_given_back_at_once_are_offered_to_two(world: World) -> None:
    event, people, places = full_event(world, seats=2, waiting=3)
    at_once(
        world,
        [
            lambda lab, who=who, place=place: events.cancel_sign_up(lab, who, place)
            for who, place in zip(people[:2], places[:2], strict=True)
        ],
    )
    assert [state_of(world, place) for place in places] == [
        "cancelled",
        "cancelled",
        "offered",
        "offered",
        "waiting",
    ]
    assert seats_taken(world, event) == 2
