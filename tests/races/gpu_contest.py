"""A contest about a booking's whole life: several kiosks do everything to the same few GPUs at once."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier
from types import MappingProxyType
from typing import Any

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.config import KioskSection, LabConfig
from lab_tui.errors import Refused
from lab_tui.lab import (
    caretaker,
    checkins,
    closures,
    gpu_life,
    gpu_outages,
    gpu_series,
    gpu_waiting,
    gpus,
    undo,
)
from lab_tui.lab.checkins import CheckInKind
from lab_tui.lab.gpu_series import SeriesWish
from lab_tui.lab.gpu_waiting import WaitWish
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.lab.operation import Actor, Done, Lab
from lab_tui.store.database import Store, open_store
from tests.races.contest import Tally, Unlocked
from tests.world import NOW, PLAIN, SetClock, World

SLOT = timedelta(minutes=30)
# A start-up's GPU-hours in the week that a round is about: less than the machines have in that afternoon.
QUOTA = 9
CONFIG = LabConfig(
    gpus=replace(
        PLAIN,
        startup_hours_a_week=QUOTA,
        person_bookings_open=20,
        late_cancel_minutes=30,
        check_in_opens_minutes=60,
    ),
    # What was done in an afternoon can be taken back in it, as time flies here.
    kiosk=KioskSection(undo_seconds=3 * 3600),
)
MACHINES = (2, 2, 1)
STARTUPS, MEMBERS = 3, 2
# What each process tries in a week; then the clocks of all go on to the next, where quota is new.
TRIES_A_WEEK = 40
_WEEK = timedelta(days=7)
# The slots that everybody wants.
_FIRST = NOW.replace(minute=0) + timedelta(hours=1)
_SLOTS = 10
_RUSHED = 4
# So many acts of a week begin at all kiosks at the same instant.
_AT_ONCE = 7


@dataclass(frozen=True)
class Stakes:
    """Who takes part, and in what."""

    weeks: int
    people: list[int]
    # Those of a start-up that only book, and all at once.
    hasty: list[int]
    staff: int
    # How many GPUs each workstation has.
    machines: dict[int, int]


def lay_out(store: Store, weeks: int) -> Stakes:
    """Fill an empty lab with a few people and fewer GPUs."""
    world = World(store, CONFIG)
    # Their time in the lab ends no week of the contest.
    teams = [world.startup(stage="incu_tech") for _ in range(STARTUPS)]
    people = [int(world.person(startup=team).id) for team in teams for _ in range(MEMBERS)]
    team = world.startup(stage="incu_tech")
    hasty = [int(world.person(startup=team).id) for _ in range(MEMBERS)]
    staff = int(world.person(role="staff").id)
    machines = {int(world.workstation(gpu_count=count).id): count for count in MACHINES}
    return Stakes(weeks, people, hasty, staff, machines)


@dataclass
class Kiosk:
    """One process: it serves whoever comes, in an order of its own."""

    lab: Lab
    stakes: Stakes
    random: random.Random
    number: int
    clock: SetClock
    week: int = 0
    of_week: int = 0
    # What was done here last, and by whom.
    done: list[tuple[Actor, int]] = field(default_factory=list)
    # The series that were made here, and by whom.
    series: list[tuple[Actor, int]] = field(default_factory=list)

    def set_clock(self, attempt: int) -> None:
        """An afternoon passes in each week."""
        self.week, self.of_week = divmod(attempt, TRIES_A_WEEK)
        if self.of_week == 0:
            self.done.clear()
            self.series.clear()
        self.clock.instant = NOW + self.week * _WEEK + self.of_week * timedelta(minutes=5)

    def somebody(self) -> Actor:
        return Actor(self.random.choice(self.stakes.people), f"kiosk:{self.number}")

    def staff(self) -> Actor:
        return Actor(self.stakes.staff, f"kiosk:{self.number}", signed_in=True)

    def start(self) -> datetime:
        """One of the slots that everybody wants."""
        return _FIRST + self.week * _WEEK + self.random.randrange(_SLOTS) * SLOT

    def wish(self, machine: int | None = None) -> BookingWish:
        """Some GPUs, named or not, for half an hour to two hours."""
        machine = machine or self.random.choice(list(self.stakes.machines))
        gpus_there = self.stakes.machines[machine]
        count, start = self.random.randint(1, gpus_there), self.start()
        named = tuple(self.random.sample(range(gpus_there), count)) if self.random.random() < 0.5 else ()
        end = start + self.random.randint(1, 4) * SLOT
        return BookingWish(machine, named, start, end, gpu_count=0 if named else count)

    def booking(self) -> tuple[Actor, BookingView]:
        """A booking that stands, with who may change it; sometimes that is staff."""
        who = self.somebody()
        standing = gpus.bookings_of(self.lab, who)
        if not standing:
            raise NothingThere
        return self.staff() if self.random.random() < 0.1 else who, self.random.choice(standing)

    def offer(self) -> tuple[Actor, int]:
        """What is held for somebody."""
        who = self.somebody()
        held = gpu_waiting.offers_of(self.lab, who)
        if not held:
            raise NothingThere
        return who, self.random.choice(held).id

    def did(self, who: Actor, done: Done[Any]) -> None:
        """Remember what can be undone."""
        self.done = [*self.done[-2:], (who, done.entry_id)]


class NothingThere(Exception):
    """Nobody has what an act is about: they book instead."""


def book(kiosk: Kiosk) -> None:
    who = kiosk.somebody()
    kiosk.did(who, gpus.book(kiosk.lab, who, kiosk.wish()))


def rush(kiosk: Kiosk) -> None:
    """The first act of a week, at all kiosks at once: one start-up books what nobody else wants yet.

    Only its quota stands against it, which all that together would go beyond.
    """
    who = Actor(kiosk.stakes.hasty[kiosk.number % MEMBERS], f"kiosk:{kiosk.number}")
    cells = [(machine, gpu) for machine, count in kiosk.stakes.machines.items() for gpu in range(count)]
    for turn in range(_RUSHED):
        slot, cell = divmod(kiosk.number * _RUSHED + turn, len(cells))
        machine, gpu = cells[cell]
        begins = _FIRST + kiosk.week * _WEEK + slot * SLOT
        gpus.book(kiosk.lab, who, BookingWish(machine, (gpu,), begins, begins + SLOT))


def clash(kiosk: Kiosk) -> None:
    """The next acts of a week, at all kiosks at once: all book the very same, later in the evening."""
    people, machines = kiosk.stakes.people, list(kiosk.stakes.machines)
    who = Actor(people[kiosk.number % len(people)], f"kiosk:{kiosk.number}")
    begins = _FIRST + kiosk.week * _WEEK + (_SLOTS + kiosk.of_week) * SLOT
    wish = BookingWish(machines[kiosk.of_week % len(machines)], (0,), begins, begins + SLOT)
    gpus.book(kiosk.lab, who, wish)


def book_for_somebody(kiosk: Kiosk) -> None:
    """Staff override rules, the quota among them."""
    wish = replace(kiosk.wish(), person_id=kiosk.random.choice(kiosk.stakes.people))
    done = gpus.book(kiosk.lab, kiosk.staff(), wish, override_reason="It is urgent")
    kiosk.did(kiosk.staff(), done)


def move(kiosk: Kiosk) -> None:
    who, booking = kiosk.booking()
    kiosk.did(who, gpu_life.move(kiosk.lab, who, booking.id, kiosk.wish()))


def extend(kiosk: Kiosk) -> None:
    who, booking = kiosk.booking()
    ends_at = booking.ends_at + kiosk.random.randint(1, 2) * SLOT
    kiosk.did(who, gpu_life.extend(kiosk.lab, who, booking.id, ends_at))


def shorten(kiosk: Kiosk) -> None:
    who, booking = kiosk.booking()
    kiosk.did(who, gpu_life.shorten(kiosk.lab, who, booking.id, booking.ends_at - SLOT))


def finish(kiosk: Kiosk) -> None:
    who, booking = kiosk.booking()
    kiosk.did(who, gpu_life.finish(kiosk.lab, who, booking.id))


def split(kiosk: Kiosk) -> None:
    who, booking = kiosk.booking()
    at = booking.starts_at + SLOT
    rest = replace(kiosk.wish(), starts_at=at, ends_at=booking.ends_at)
    kiosk.did(who, gpu_life.split(kiosk.lab, who, booking.id, at, rest))


def hand_over(kiosk: Kiosk) -> None:
    who, booking = kiosk.booking()
    mates = gpu_life.team_mates(kiosk.lab, who, booking.id)
    kiosk.did(who, gpu_life.hand_over(kiosk.lab, who, booking.id, mates[0].id))


def cancel(kiosk: Kiosk) -> None:
    who, booking = kiosk.booking()
    kiosk.did(who, gpus.cancel(kiosk.lab, who, booking.id))


def check_in(kiosk: Kiosk) -> None:
    who = kiosk.somebody()
    standing = gpus.bookings_of(kiosk.lab, who)
    if not standing:
        raise NothingThere
    kiosk.did(who, checkins.check_in(kiosk.lab, who, CheckInKind.BOOKING, standing[0].id))


def take_back(kiosk: Kiosk) -> None:
    if not kiosk.done:
        raise NothingThere
    who, entry_id = kiosk.random.choice(kiosk.done)
    undo.undo(kiosk.lab, who, entry_id)


def book_series(kiosk: Kiosk) -> None:
    who, wish = kiosk.somebody(), kiosk.wish()
    day = kiosk.lab.time.day_of(wish.starts_at)
    weekdays = (day.weekday(), (day.weekday() + 1) % 7)
    series = SeriesWish(wish, weekdays, day + timedelta(days=1))
    done = gpu_series.book_series(kiosk.lab, who, series)
    kiosk.did(who, done)
    kiosk.series.append((who, done.what.id))


def cancel_series(kiosk: Kiosk) -> None:
    if not kiosk.series:
        raise NothingThere
    who, series_id = kiosk.series.pop()
    kiosk.did(who, gpu_series.cancel_series(kiosk.lab, who, series_id))


def join(kiosk: Kiosk) -> None:
    who, wish = kiosk.somebody(), kiosk.wish()
    minutes = (wish.ends_at - wish.starts_at) // timedelta(minutes=1)
    latest = wish.ends_at + kiosk.random.randint(0, 4) * SLOT
    count = kiosk.random.randint(1, 2)
    kiosk.did(who, gpu_waiting.join(kiosk.lab, who, WaitWish(count, minutes, wish.starts_at, latest)))


def withdraw(kiosk: Kiosk) -> None:
    who = kiosk.somebody()
    waits = gpu_waiting.waits_of(kiosk.lab, who)
    if not waits:
        raise NothingThere
    gpu_waiting.withdraw(kiosk.lab, who, kiosk.random.choice(waits).id)


def accept(kiosk: Kiosk) -> None:
    who, offer = kiosk.offer()
    kiosk.did(who, gpu_waiting.accept(kiosk.lab, who, offer))


def decline(kiosk: Kiosk) -> None:
    who, offer = kiosk.offer()
    gpu_waiting.decline(kiosk.lab, who, offer)


def look_after(kiosk: Kiosk) -> None:
    """What the caretaker of a kiosk does; staff say that the clock is right."""
    if any(one.waits for one in caretaker.run_due(kiosk.lab)):
        caretaker.confirm_catch_up(kiosk.lab, kiosk.staff())


def put_out_of_service(kiosk: Kiosk) -> None:
    machine, start = kiosk.random.choice(list(kiosk.stakes.machines)), kiosk.start()
    gpu_outages.put_out_of_service(kiosk.lab, kiosk.staff(), machine, start, start + 2 * SLOT, "Fan broken")


def cancel_outage(kiosk: Kiosk) -> None:
    found = gpu_outages.outages(kiosk.lab, kiosk.staff())
    if not found:
        raise NothingThere
    gpu_outages.cancel_outage(kiosk.lab, kiosk.staff(), found[0].id)


def relocate(kiosk: Kiosk) -> None:
    """Staff move out of the way what an outage hits."""
    machine, start = kiosk.random.choice(list(kiosk.stakes.machines)), kiosk.start()
    hit = gpu_outages.hit_by(kiosk.lab, kiosk.staff(), machine, start, start + 2 * SLOT)
    for one in hit:
        if one.instead is not None:
            wish = one.instead.wish
            place = (one.booking.id, wish, "Fan broken", one.ends_at)
            done = gpu_outages.relocate(kiosk.lab, kiosk.staff(), *place)
            kiosk.did(kiosk.staff(), done)
            return
    raise NothingThere


def close_and_open(kiosk: Kiosk) -> None:
    start = kiosk.start()
    done = closures.plan_closure(kiosk.lab, kiosk.staff(), start, start + SLOT, "Signal 8")
    closures.cancel_closure(kiosk.lab, kiosk.staff(), done.what.id)


Act = Callable[[Kiosk], None]
# Each with how often it comes.
ACTS: Mapping[Act, int] = MappingProxyType(
    {
        book: 18,
        book_for_somebody: 1,
        move: 8,
        extend: 6,
        shorten: 4,
        finish: 5,
        split: 5,
        hand_over: 4,
        cancel: 7,
        check_in: 6,
        take_back: 8,
        book_series: 2,
        cancel_series: 2,
        join: 8,
        withdraw: 1,
        accept: 5,
        decline: 2,
        look_after: 5,
        put_out_of_service: 1,
        cancel_outage: 2,
        relocate: 2,
        close_and_open: 1,
    }
)


def compete(address: str, stakes: Stakes, number: int, start: Barrier, locked: bool) -> Tally:
    """One process: what comes to its mind, and what came of it."""
    store = open_store(address, wait_seconds=120)
    if not locked:
        store = Unlocked(store.database, address)
    clock = SetClock()
    mind = random.Random(number)
    kiosk = Kiosk(Lab(store, clock, CONFIG, DEMO_KEYS), stakes, mind, number, clock)
    tally = Tally()
    for attempt in range(stakes.weeks * TRIES_A_WEEK):
        kiosk.set_clock(attempt)
        (act,) = mind.choices(list(ACTS), list(ACTS.values()))
        if kiosk.of_week < _AT_ONCE:
            act = clash if kiosk.of_week else rush
            start.wait(timeout=600)
        _try(act, kiosk, tally)
    store.close()
    return tally


def _try(act: Act, kiosk: Kiosk, tally: Tally) -> None:
    name = act.__name__
    try:
        act(kiosk)
    except NothingThere:
        _try(book, kiosk, tally)
    except Refused as refused:
        tally.refused.update(f"{name}:{code}" for code in refused.codes)
    except Exception as error:  # noqa: BLE001 - whatever reaches a caller is counted
        tally.errors.append(f"{name}: {type(error).__name__}: {error}")
    else:
        tally.won[name] += 1
