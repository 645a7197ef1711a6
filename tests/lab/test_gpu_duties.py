"""What time brings about for GPU bookings: nobody came, the time is over, the membership ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from lab_tui.config import LabConfig
from lab_tui.errors import Refused
from lab_tui.lab import caretaker, checkins, gpu_duties, gpus, notices
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.operation import Actor, Lab, writing
from lab_tui.lab.presence import CheckInKind
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.gpus import Booking, GpuWait, Outage, Workstation
from lab_tui.store.tables.lab import AuditEntry, Closure
from lab_tui.store.tables.people import Cohort, Person, Startup
from tests.world import NOW, PLAIN, TODAY, World

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
# 15:00 in Hong Kong.
THREE = NOW + 28 * MINUTE


def book(
    world: World, actor: Actor, machine: Workstation, start: datetime = THREE, hours: float = 4, gpu: int = 0
) -> int:
    wish = BookingWish(machine.id, (gpu,), start, start + hours * HOUR)
    return gpus.book(world.lab, actor, wish).what.id


def machine_with(world: World, name: str, **policy: object) -> Workstation:
    machine = world.workstation(name)
    with world.lab.store.write():
        Workstation.update(policy=json.dumps(policy)).where(Workstation.id == machine.id).execute()
    return machine


def state(world: World, booking_id: int) -> tuple[str, bool, bool]:
    with world.lab.store.read():
        booking = Booking.get_by_id(booking_id)
        return booking.state, booking.holds, booking.counts


def do(world: World, duty: Callable[[Lab], int]) -> int:
    with writing(world.lab):
        return duty(world.lab)


def set_stage(world: World, team: Startup, stage: str, left_on: date | None = None) -> None:
    with world.lab.store.write():
        Startup.update(stage=stage, left_on=left_on).where(Startup.id == team.id).execute()


def deactivate(world: World, person: Person) -> None:
    with world.lab.store.write():
        Person.update(active=False).where(Person.id == person.id).execute()


# Nobody came


def test_each_machine_waits_as_long_as_its_own_policy_says(world: World) -> None:
    quick = machine_with(world, "kowloon", no_show_minutes=10)
    slow = machine_with(world, "lantau", no_show_minutes=90)
    as_usual = world.workstation("sai-kung")
    actors = [world.member() for _ in range(3)]
    bookings = [
        book(world, actor, machine) for actor, machine in zip(actors, (quick, as_usual, slow), strict=True)
    ]
    for minutes, booking in zip((10, 30, 90), bookings, strict=True):
        world.clock.instant = THREE + minutes * MINUTE - timedelta(milliseconds=1)
        assert do(world, gpu_duties.release_no_shows) == 0
        world.clock.advance(milliseconds=1)
        assert do(world, gpu_duties.release_no_shows) == 1
        # Nothing of it is held any more, but it counts.
        assert state(world, booking) == ("no_show", False, True)


def test_a_kiosk_that_was_off_releases_by_each_machines_policy_afterwards(world: World) -> None:
    slow, as_usual = machine_with(world, "lantau", no_show_minutes=240), world.workstation()
    first, second = book(world, world.member(), slow), book(world, world.member(), as_usual)
    caretaker.run_due(world.lab)
    world.clock.instant = THREE + 2 * HOUR
    caretaker.run_due(world.lab)
    assert (state(world, first)[0], state(world, second)[0]) == ("booked", "no_show")


def test_an_outage_or_closure_in_the_machines_own_window_excuses(world: World) -> None:
    slow, quick = machine_with(world, "a", no_show_minutes=90), machine_with(world, "b", no_show_minutes=10)
    excused, not_excused = book(world, world.member(), slow), book(world, world.member(), quick)
    with world.lab.store.write():
        for machine in (slow, quick):
            span = {"starts_at": THREE + HOUR, "ends_at": THREE + HOUR + 5 * MINUTE}
            Outage.create(workstation=machine, reason="fan", **span)
        Closure.create(reason="Drill", starts_at=THREE + 20 * MINUTE, ends_at=THREE + 25 * MINUTE)
    world.clock.instant = THREE + 3 * HOUR
    assert do(world, gpu_duties.release_no_shows) == 1
    assert state(world, excused)[0] == "booked"
    assert state(world, not_excused)[0] == "no_show"
    world.clock.instant = THREE + 4 * HOUR
    assert do(world, gpu_duties.end_ended) == 1
    assert state(world, excused) == ("ended", True, True)


def test_a_no_show_is_told_with_how_many_there_were(world: World) -> None:
    machine, mei = world.workstation("lantau"), world.member()
    for day, count in ((0, 1), (1, 2), (15, 1)):
        world.clock.instant = NOW + timedelta(days=day)
        start = THREE + timedelta(days=day)
        book(world, mei, machine, start)
        world.clock.instant = start + HOUR
        assert do(world, gpu_duties.release_no_shows) == 1
        assert do(world, gpu_duties.release_no_shows) == 0
        (notice,) = notices.unseen(world.lab, mei)
        assert notice.kind == "no_show"
        assert notice.facts == {
            "workstation": "lantau",
            "start": start,
            "end": start + 4 * HOUR,
            "count": count,
            "days": PLAIN.no_show_days,
        }
        notices.mark_seen(world.lab, mei, [notice.id])


def test_check_in_opens_when_the_machine_says(world: World) -> None:
    early = machine_with(world, "lantau", check_in_opens_minutes=120)
    late = machine_with(world, "kowloon", check_in_opens_minutes=0)
    mei = world.member()
    first, second = book(world, mei, early, THREE + HOUR), book(world, mei, late, THREE + HOUR, gpu=1)
    opens = {one.subject_id: one.opens_at for one in checkins.choices(world.lab, mei)}
    assert opens == {first: THREE - HOUR, second: THREE + HOUR}
    checkins.check_in(world.lab, mei, CheckInKind.BOOKING, first)
    world.clock.instant = THREE + HOUR - MINUTE
    with pytest.raises(Refused) as caught:
        checkins.check_in(world.lab, mei, CheckInKind.BOOKING, second)
    assert caught.value.codes == {Code.TOO_EARLY}
    assert caught.value.reasons[0].facts["opens"] == THREE + HOUR
    world.clock.instant = THREE + HOUR
    checkins.check_in(world.lab, mei, CheckInKind.BOOKING, second)


def test_what_can_be_checked_in_to_today_follows_the_machine(world: World) -> None:
    early = machine_with(world, "lantau", check_in_opens_minutes=60)
    late = world.workstation("kowloon")
    midnight = world.lab.time.day_span(TODAY)[1]
    mei = world.member()
    tonight = book(world, mei, early, midnight + HOUR / 2, 1)
    book(world, mei, late, midnight + HOUR / 2, 1)
    assert [one.subject_id for one in checkins.choices(world.lab, mei)] == [tonight]


# The membership ends


def test_bookings_of_who_is_no_longer_active_are_given_back(world: World) -> None:
    machine = world.workstation("lantau")
    person, ben = world.person(), world.member()
    mei = world.actor(person)
    runs, ahead = book(world, mei, machine, hours=1), book(world, mei, machine, THREE + 5 * HOUR)
    others = book(world, ben, machine, THREE + HOUR)
    world.clock.instant = THREE
    checkins.check_in(world.lab, mei, CheckInKind.BOOKING, runs)
    deactivate(world, person)
    assert do(world, gpu_duties.give_back_after_membership) == 1
    assert do(world, gpu_duties.give_back_after_membership) == 0
    assert state(world, ahead) == ("cancelled", False, False)
    # What runs may end, and others keep theirs.
    assert (state(world, runs)[0], state(world, others)[0]) == ("checked_in", "booked")
    with world.lab.store.read():
        (entry,) = AuditEntry.select().where(AuditEntry.action == "gpus.give_back")
        assert (entry.subject_id, entry.via) == (ahead, "caretaker")
        assert Booking.get_by_id(ahead).sequence == 1
    # Somebody else can have the time at once.
    assert book(world, ben, machine, THREE + 5 * HOUR)


@pytest.mark.parametrize("stage", ["alumni", "withdrawn", "applicant"])
def test_bookings_of_a_startup_that_left_are_given_back_and_its_people_told(world: World, stage: str) -> None:
    machine, team = world.workstation("lantau"), world.startup()
    mei, ben = world.member(startup=team), world.member(startup=team)
    bookings = [book(world, mei, machine, THREE + HOUR), book(world, ben, machine, THREE + 6 * HOUR)]
    set_stage(world, team, stage)
    assert do(world, gpu_duties.give_back_after_membership) == 2
    for actor, booking in zip((mei, ben), bookings, strict=True):
        assert state(world, booking) == ("cancelled", False, False)
        (notice,) = notices.unseen(world.lab, actor)
        assert (notice.kind, notice.facts["workstation"]) == ("given_back", "lantau")


def test_only_what_ends_after_the_last_day_is_given_back(world: World) -> None:
    machine, team = world.workstation(), world.startup()
    mei = world.member(startup=team)
    midnight = world.lab.time.day_span(TODAY + timedelta(days=2))[1]
    within = book(world, mei, machine, midnight - 4 * HOUR, 4)
    across = book(world, mei, machine, midnight - HOUR, 2, gpu=1)
    assert do(world, gpu_duties.give_back_after_membership) == 0
    set_stage(world, team, "incu_tech", left_on=TODAY + timedelta(days=2))
    assert do(world, gpu_duties.give_back_after_membership) == 1
    assert (state(world, within)[0], state(world, across)[0]) == ("booked", "cancelled")


def test_the_end_of_the_cohort_is_the_end_of_the_accelerator(world: World) -> None:
    machine, team, stays = world.workstation(), world.startup(), world.startup(stage="incu_tech")
    mei, ben = world.member(startup=team), world.member(startup=stays)
    tomorrow = THREE + timedelta(days=1)
    going, staying = book(world, mei, machine, tomorrow), book(world, ben, machine, tomorrow, gpu=1)
    with world.lab.store.write():
        Cohort.update(last_day=TODAY).where(Cohort.id == world.cohort.id).execute()
    assert do(world, gpu_duties.give_back_after_membership) == 1
    assert (state(world, going)[0], state(world, staying)[0]) == ("cancelled", "booked")


def test_what_staff_allowed_in_spite_of_the_end_stays(world: World) -> None:
    machine, team = world.workstation(), world.startup()
    person = world.person(startup=team)
    set_stage(world, team, "incu_tech", left_on=TODAY)
    tomorrow = THREE + timedelta(days=1)
    wish = BookingWish(machine.id, (0,), tomorrow, tomorrow + HOUR, person_id=int(person.id))
    allowed = gpus.book(world.lab, world.staff(), wish, override_reason="Demo day").what.id
    assert do(world, gpu_duties.give_back_after_membership) == 0
    # That they left the programme altogether is another matter.
    set_stage(world, team, "withdrawn")
    assert do(world, gpu_duties.give_back_after_membership) == 1
    assert state(world, allowed)[0] == "cancelled"


def test_staff_without_a_startup_keep_their_bookings(world: World) -> None:
    machine = world.workstation()
    booked = book(world, world.staff(), machine)
    assert do(world, gpu_duties.give_back_after_membership) == 0
    assert state(world, booked)[0] == "booked"


def wait_for(world: World, person: Person, hours: float = 0, held: bool = False) -> int:
    """A place on the waiting list, from some hours after three; with GPUs held for it or not."""
    earliest = THREE + hours * HOUR
    window = {"earliest": earliest, "latest": earliest + 6 * HOUR, "minutes": 120, "since": NOW}
    with world.lab.store.write():
        booking = None
        if held:
            booking = Booking.create(
                workstation=world.workstation(),
                person=person,
                startup=person.startup,
                starts_at=earliest,
                ends_at=earliest + 2 * HOUR,
                state="offered",
                counts=False,
                created_at=NOW,
                offer_until=NOW + HOUR,
            )
        where_it_stands = "offered" if held else "waiting"
        wait = GpuWait.create(
            person=person,
            startup=person.startup,
            gpu_count=1,
            state=where_it_stands,
            booking=booking,
            **window,
        )
        return int(wait.id)


def test_nobody_waits_beyond_their_membership(world: World) -> None:
    team = world.startup(stage="incu_tech")
    left, stays, gone = world.person(), world.person(startup=team), world.person()
    set_stage(world, team, "incu_tech", left_on=TODAY)
    assert gone.startup is not None
    set_stage(world, gone.startup, "alumni")
    deactivate(world, left)
    waits = [
        wait_for(world, left),
        wait_for(world, gone),
        # Today's last hours are still theirs, tomorrow's are not.
        wait_for(world, stays),
        wait_for(world, stays, hours=7.5),
        wait_for(world, world.person(role="staff")),
    ]
    assert do(world, gpu_duties.give_back_after_membership) == 3
    with world.lab.store.read():
        assert [GpuWait.get_by_id(wait).state for wait in waits] == [
            *("withdrawn", "withdrawn", "waiting", "withdrawn", "waiting"),
        ]
        assert AuditEntry.select().where(AuditEntry.action == "gpus.withdraw_wait").count() == 3


def test_gpus_held_for_who_left_are_free_at_once(world: World) -> None:
    person = world.person()
    wait = wait_for(world, person, held=True)
    deactivate(world, person)
    assert do(world, gpu_duties.give_back_after_membership) == 1
    with world.lab.store.read():
        held = GpuWait.get_by_id(wait)
        assert (held.state, held.booking.state, held.booking.holds) == ("withdrawn", "lapsed", False)


def test_the_lab_can_forget_no_shows_sooner(world: World) -> None:
    world.lab = replace(world.lab, config=LabConfig(gpus=replace(PLAIN, no_show_days=1)))
    machine, mei = world.workstation(), world.member()
    for day in (0, 2):
        world.clock.instant = NOW + timedelta(days=day)
        book(world, mei, machine, THREE + timedelta(days=day))
        world.clock.advance(hours=2)
        do(world, gpu_duties.release_no_shows)
    assert [one.facts["count"] for one in notices.unseen(world.lab, mei)] == [1, 1]
