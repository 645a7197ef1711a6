"""A booking's life in a calendar: one entry from its making to its end, whatever becomes of it between."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar, Event

from lab_tui.codes.calendar_file import calendar_file
from lab_tui.errors import BadInput, Refused
from lab_tui.lab import caretaker, gpu_life, gpus
from lab_tui.lab.gpu_calendar import (
    LOOKS_BACK,
    GpuCalendar,
    calendar_of_person,
    calendar_of_startup,
    calendar_of_workstation,
)
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.lab.operation import OPERATOR, Actor
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.undo import undo
from lab_tui.store.tables.gpus import Booking, Workstation
from lab_tui.store.tables.people import Person
from lab_tui.wording import calendars
from tests.world import NOW, World

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
THREE = NOW.replace(minute=0) + HOUR
TOMORROW = THREE + DAY


@pytest.fixture
def kowloon(world: World) -> Workstation:
    return world.workstation("kowloon", gpu_count=4)


@pytest.fixture
def mei(world: World) -> Person:
    return world.person("Mei Chan", startup=world.startup("Lumen Vision"))


def wish(machine: Workstation, start: datetime, *gpu_numbers: int, **more: Any) -> BookingWish:
    return BookingWish(machine.id, gpu_numbers or (0,), start, start + 2 * HOUR, **more)


def book(world: World, person: Person, machine: Workstation, start: datetime = TOMORROW) -> BookingView:
    return gpus.book(world.lab, world.actor(person), wish(machine, start)).what


def of_person(world: World, person: Person) -> GpuCalendar:
    return calendar_of_person(world.lab, world.actor(person), int(person.id))


class Program:
    """A calendar program that follows RFC 5546: of what it knows already it takes the higher SEQUENCE."""

    def __init__(self) -> None:
        self.events: dict[str, Event] = {}

    def imports(self, found: GpuCalendar) -> None:
        content = calendar_file(found.name, map(calendars.event, found.entries), found.at)
        uids = []
        for event in Calendar.from_ical(content).walk("VEVENT"):
            uids.append(str(event["UID"]))
            known = self.events.get(uids[-1])
            if known is None or event["SEQUENCE"] > known["SEQUENCE"]:
                self.events[uids[-1]] = event
        assert len(uids) == len(set(uids))

    @property
    def shown(self) -> list[tuple[str, datetime]]:
        """What its owner sees."""
        stands = [event for event in self.events.values() if event["STATUS"] == "CONFIRMED"]
        return sorted((str(event["SUMMARY"]), event.start) for event in stands)


@pytest.fixture
def program() -> Program:
    return Program()


def test_a_booking_is_one_entry_with_what_one_needs(
    world: World, kowloon: Workstation, mei: Person, program: Program
) -> None:
    with world.lab.store.write():
        Workstation.update(place="Rack A", host_name="gpu1.lab.example").execute()
    wished = wish(kowloon, TOMORROW, 0, 1, purpose="fine-tuning run")
    booking = gpus.book(world.lab, world.actor(mei), wished).what
    program.imports(of_person(world, mei))
    [event] = program.events.values()
    assert event["UID"] == f"gpu-{booking.id}-demo@lab-tui"
    assert event["SUMMARY"] == "kowloon GPU 0-1, Mei Chan"
    assert event["LOCATION"] == "Rack A"
    assert event["DESCRIPTION"].splitlines() == [
        "CUDA_VISIBLE_DEVICES=0,1",
        "Host: gpu1.lab.example",
        "Purpose: fine-tuning run",
        "Start-up: Lumen Vision",
        f"Booking: {booking.id}",
    ]
    assert (event.start, event.end) == (TOMORROW, TOMORROW + 2 * HOUR)
    assert (event["SEQUENCE"], event["STATUS"]) == (0, "CONFIRMED")
    assert event["CREATED"].dt == event["LAST-MODIFIED"].dt == event.DTSTAMP == NOW


def test_a_booking_that_is_moved_again_and_again_stays_one_entry(
    world: World, kowloon: Workstation, mei: Person, program: Program
) -> None:
    lantau = world.workstation("lantau")
    booking = book(world, mei, kowloon)
    program.imports(of_person(world, mei))
    for machine, start in ((kowloon, TOMORROW + HOUR), (lantau, TOMORROW + 5 * HOUR), (kowloon, TOMORROW)):
        world.clock.advance(minutes=1)
        booking = gpu_life.move(world.lab, world.actor(mei), booking.id, wish(machine, start)).what
        program.imports(of_person(world, mei))
        assert program.shown == [(f"{machine.name} GPU 0, Mei Chan", start)]
    assert len(program.events) == 1
    [event] = program.events.values()
    assert event["LAST-MODIFIED"].dt == world.clock.now()
    assert event["CREATED"].dt == NOW


def test_what_is_given_back_goes_and_what_is_restored_comes_again(
    world: World, kowloon: Workstation, mei: Person, program: Program
) -> None:
    booking = book(world, mei, kowloon)
    program.imports(of_person(world, mei))
    done = gpus.cancel(world.lab, world.actor(mei), booking.id)
    program.imports(of_person(world, mei))
    assert program.shown == []
    assert len(program.events) == 1
    undo(world.lab, world.actor(mei), done.entry_id)
    program.imports(of_person(world, mei))
    assert program.shown == [("kowloon GPU 0, Mei Chan", TOMORROW)]


def test_a_move_that_is_undone_is_undone_in_the_calendar(
    world: World, kowloon: Workstation, mei: Person, program: Program
) -> None:
    booking = book(world, mei, kowloon)
    done = gpu_life.move(world.lab, world.actor(mei), booking.id, wish(kowloon, TOMORROW + HOUR))
    program.imports(of_person(world, mei))
    undo(world.lab, world.actor(mei), done.entry_id)
    program.imports(of_person(world, mei))
    assert program.shown == [("kowloon GPU 0, Mei Chan", TOMORROW)]
    assert len(program.events) == 1


def test_what_is_cut_off_late_is_no_entry_of_its_own(
    world: World, kowloon: Workstation, mei: Person, program: Program
) -> None:
    booking = book(world, mei, kowloon, THREE)
    program.imports(of_person(world, mei))
    gpu_life.shorten(world.lab, world.actor(mei), booking.id, THREE + HOUR)
    (entry,) = of_person(world, mei).entries
    assert (entry.cancelled, entry.booking.ends_at) == (False, THREE + HOUR)
    program.imports(of_person(world, mei))
    gpus.cancel(world.lab, world.actor(mei), booking.id)
    program.imports(of_person(world, mei))
    assert program.shown == []


def test_who_did_not_come_has_it_taken_out(
    world: World, kowloon: Workstation, mei: Person, program: Program
) -> None:
    book(world, mei, kowloon, THREE)
    program.imports(of_person(world, mei))
    world.clock.instant = THREE + HOUR
    caretaker.run_due(world.lab)
    program.imports(of_person(world, mei))
    assert program.shown == []


def test_what_is_handed_over_changes_calendars(
    world: World, kowloon: Workstation, mei: Person, program: Program
) -> None:
    ken, of_ken = world.person("Ken Lam", startup=mei.startup), Program()
    booking = book(world, mei, kowloon)
    program.imports(of_person(world, mei))
    gpu_life.hand_over(world.lab, world.actor(mei), booking.id, int(ken.id))
    program.imports(of_person(world, mei))
    of_ken.imports(of_person(world, ken))
    assert (program.shown, of_ken.shown) == ([], [("kowloon GPU 0, Ken Lam", TOMORROW)])
    gpu_life.hand_over(world.lab, world.actor(ken), booking.id, int(mei.id))
    program.imports(of_person(world, mei))
    of_ken.imports(of_person(world, ken))
    assert (program.shown, of_ken.shown) == ([("kowloon GPU 0, Mei Chan", TOMORROW)], [])


def test_a_booking_that_leaves_a_machine_leaves_its_calendar(
    world: World, kowloon: Workstation, mei: Person, program: Program
) -> None:
    lantau, other = world.workstation("lantau"), Program()
    booking = book(world, mei, kowloon)
    program.imports(calendar_of_workstation(world.lab, OPERATOR, kowloon.id))
    gpu_life.move(world.lab, world.actor(mei), booking.id, wish(lantau, TOMORROW))
    program.imports(calendar_of_workstation(world.lab, OPERATOR, kowloon.id))
    other.imports(calendar_of_workstation(world.lab, OPERATOR, lantau.id))
    assert (program.shown, other.shown) == ([], [("lantau GPU 0, Mei Chan", TOMORROW)])


def test_a_calendar_holds_the_last_weeks_and_all_that_is_ahead(
    world: World, kowloon: Workstation, mei: Person
) -> None:
    book(world, mei, kowloon, THREE)
    over = THREE + 2 * HOUR
    world.clock.instant = over + LOOKS_BACK - HOUR
    book(world, mei, kowloon, world.clock.instant.replace(minute=0) + DAY)
    with world.lab.store.write():
        Booking.update(state="ended").where(Booking.id == 1).execute()
    assert len(of_person(world, mei).entries) == 2
    world.clock.instant = over + LOOKS_BACK
    assert [entry.booking.id for entry in of_person(world, mei).entries] == [2]


def test_an_offer_is_in_no_calendar_before_it_is_accepted(
    world: World, kowloon: Workstation, mei: Person
) -> None:
    booking = book(world, mei, kowloon)
    with world.lab.store.write():
        change = {"state": "offered", "offer_until": NOW + HOUR, "counts": False}
        Booking.update(**change).where(Booking.id == booking.id).execute()
    assert of_person(world, mei).entries == ()


def test_a_calendar_is_for_whose_it_is_and_for_staff(world: World, kowloon: Workstation, mei: Person) -> None:
    book(world, mei, kowloon)
    team_mate = world.actor(world.person("Ken Lam", startup=mei.startup))
    stranger, staff = world.member(), world.staff()
    badge_only = Actor(staff.person_id, staff.via)
    asked = {
        "person": lambda who: calendar_of_person(world.lab, who, int(mei.id)),
        "startup": lambda who: calendar_of_startup(world.lab, who, int(mei.startup_id)),
        "workstation": lambda who: calendar_of_workstation(world.lab, who, kowloon.id),
    }
    may = {
        "person": [world.actor(mei), staff, OPERATOR],
        "startup": [world.actor(mei), team_mate, staff, OPERATOR],
        "workstation": [staff, OPERATOR],
    }
    for what, ask in asked.items():
        for who in (world.actor(mei), team_mate, stranger, badge_only, staff, OPERATOR):
            if who in may[what]:
                assert len(ask(who).entries) == 1, (what, who)
                continue
            with pytest.raises(Refused) as refused:
                ask(who)
            assert refused.value.codes <= {Code.NOT_YOURS, Code.SIGN_IN_NEEDED}


def test_what_is_not_there_has_no_calendar(world: World) -> None:
    for ask, code in (
        (calendar_of_person, Code.UNKNOWN_PERSON),
        (calendar_of_workstation, Code.UNKNOWN_WORKSTATION),
    ):
        with pytest.raises(Refused) as refused:
            ask(world.lab, OPERATOR, 99)
        assert refused.value.codes == {code}
    with pytest.raises(BadInput):
        calendar_of_startup(world.lab, OPERATOR, 99)
