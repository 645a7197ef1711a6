"""Something frees while several kiosks offer, answer, book and let lapse at once: it is given once."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.config import LabConfig
from lab_tui.errors import Refused
from lab_tui.lab import gpu_waiting, gpus
from lab_tui.lab.gpu_waiting import WaitWish
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.operation import Actor, Lab, writing
from lab_tui.store.database import Store, open_store
from lab_tui.store.tables.gpus import Booking, GpuWait
from tests.engines import open_database
from tests.races.contest import doubles
from tests.world import NOW, PLAIN, SetClock, World

CONFIG = LabConfig(gpus=PLAIN)
HOUR = timedelta(hours=1)
EVENING = NOW.replace(minute=0) + 6 * HOUR
PROCESSES, ROUNDS = 4, 6


def lay_out(store: Store) -> list[int]:
    """Two GPUs, taken for the evening by people who will give them back; everybody waits for them."""
    world = World(store, CONFIG)
    machine = world.workstation("lantau", gpu_count=2)
    people = [world.person() for _ in range(PROCESSES)]
    for gpu in (0, 1):
        wish = BookingWish(machine.id, (gpu,), EVENING, EVENING + HOUR)
        gpus.book(world.lab, world.actor(people[gpu]), wish)
    for person in people:
        gpu_waiting.join(world.lab, world.actor(person), WaitWish(1, 60, EVENING, EVENING + HOUR))
    return [int(person.id) for person in people]


def acts(lab: Lab, actor: Actor) -> list[Callable[[], object]]:
    """Whatever somebody at a kiosk, or the kiosk itself, may do just then."""

    def cancel() -> None:
        for booking in gpus.bookings_of(lab, actor):
            gpus.cancel(lab, actor, booking.id)

    def answer(how: Callable[..., object]) -> None:
        for offer in gpu_waiting.offers_of(lab, actor):
            how(lab, actor, offer.id)

    def duties() -> None:
        for duty in (gpu_waiting.lapse_offers, gpu_waiting.offer_freed):
            with writing(lab):
                duty(lab)

    def wait_again() -> None:
        gpu_waiting.join(lab, actor, WaitWish(1, 60, EVENING, EVENING + HOUR))

    def book() -> None:
        gpus.book(lab, actor, BookingWish(1, (), EVENING, EVENING + HOUR, gpu_count=1))

    return [
        cancel,
        duties,
        lambda: answer(gpu_waiting.accept),
        book,
        lambda: answer(gpu_waiting.decline),
        wait_again,
    ]


def kiosk(address: str, person_id: int, number: int, start: Barrier, told: Any) -> None:
    """One process: everything in turn, each beginning elsewhere; one of them lives an hour ahead."""
    store = open_store(address, wait_seconds=120)
    clock = SetClock(NOW + HOUR if number == 0 else NOW)
    lab = Lab(store, clock, CONFIG, DEMO_KEYS)
    errors: list[str] = []
    start.wait()
    for step in range(number, number + ROUNDS * 6):
        every = acts(lab, Actor(person_id, f"kiosk:{number}"))
        try:
            every[step % len(every)]()
        except Refused:
            pass
        except Exception as error:  # noqa: BLE001 - whatever reaches a caller is counted
            errors.append(f"{type(error).__name__}: {error}")
    store.close()
    told.put(errors)


def test_offers_made_taken_lapsed_and_booked_at_once_are_given_once(address: str) -> None:
    store = open_database(address)
    people = lay_out(store)
    store.close()
    spawning = multiprocessing.get_context("spawn")
    start, told = spawning.Barrier(PROCESSES), spawning.Queue()
    processes = [
        spawning.Process(target=kiosk, args=(address, person, number, start, told))
        for number, person in enumerate(people)
    ]
    for process in processes:
        process.start()
    errors = [error for _ in processes for error in told.get(timeout=300)]
    for process in processes:
        process.join()

    assert errors == []
    assert doubles(address)["gpu"] == 0
    store = open_database(address)
    with store.read():
        waits = list(GpuWait.select(GpuWait, Booking).left_outer_join(Booking))
        offers = {row.id for row in Booking.select(Booking.id).where(Booking.state == "offered")}
        made = Booking.select().where(Booking.offer_until.is_null(False)).count()
    store.close()
    # Offers really were made, and each that stands belongs to one wait, and each such wait to one offer.
    assert made > 2
    assert sorted(wait.booking_id for wait in waits if wait.state == "offered") == sorted(offers)
    for wait in waits:
        if wait.state in ("declined", "lapsed", "withdrawn") and wait.booking_id is not None:
            assert wait.booking.state == "lapsed"
        if wait.state == "taken":
            assert wait.booking.counts or wait.booking.state == "cancelled"
