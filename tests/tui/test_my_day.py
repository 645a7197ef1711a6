"""My day: what can be done now is done with one key, and what was done can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lab_tui.lab import checkins, desks, events, gpus, people
from lab_tui.lab.gpus import BookingWish
from lab_tui.store.tables import people as people_tables
from tests.tui.conftest import OpenKiosk
from tests.tui.hostile_names import HOSTILE_NAMES
from tests.world import NOW, TODAY, World

PIN = "482915"


def booked(world: World, person: people_tables.Person, hours: float = 2) -> Any:
    """A booking of both GPUs of a new machine, some hours from now."""
    machine = world.workstation("lantau")
    starts_at = NOW.replace(minute=0) + timedelta(hours=hours)
    wish = BookingWish(machine.id, (0, 1), starts_at, starts_at + timedelta(hours=2), "training")
    return gpus.book(world.lab, world.actor(person), wish).what


async def test_an_empty_day_says_what_to_press(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan", startup=small_world.startup("Lumen Vision")))
        await kiosk.shows(
            "Mei Chan · Lumen Vision", "Nothing yet", "g GPUs", "d Desks", "e Events", "p My pass"
        )
        await kiosk.shows("GPU-hours this week", "ends in 1:")
        assert "s Staff" not in kiosk.text


async def test_one_key_checks_in_and_one_takes_it_back(small_world: World, open_kiosk: OpenKiosk) -> None:
    person = small_world.person("Mei Chan")
    event = small_world.event(starts_at=NOW + timedelta(minutes=10))
    events.sign_up(small_world.lab, small_world.actor(person), event.id)
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.shows("1  Check in", "Fine-tuning on a budget")
        await kiosk.press("1")
        await kiosk.shows("✓ Checked in: Fine-tuning on a budget", "u Undo (", "checked in")
        assert "1  Check in" not in kiosk.text
        await kiosk.press("u")
        await kiosk.shows("✓ Undone.", "1  Check in")
    assert [choice.done_at for choice in checkins.choices(small_world.lab, small_world.actor(person))] == [
        None
    ]


async def test_a_booking_is_given_back_after_a_question(small_world: World, open_kiosk: OpenKiosk) -> None:
    person = small_world.person("Mei Chan")
    booked(small_world, person, hours=5)
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.shows("lantau · GPU 0-1 · training")
        await kiosk.press("end", "x")
        await kiosk.shows("Cancel this booking?", "become free for everybody")
        await kiosk.press("n")
        await kiosk.shows_no("Cancel this booking?")
        assert len(gpus.bookings_of(small_world.lab, small_world.actor(person))) == 1
        await kiosk.press("enter")
        await kiosk.shows("Cancel this booking?")
        await kiosk.press("y")
        await kiosk.shows("✓ Cancelled: lantau", "Nothing yet")
    assert gpus.bookings_of(small_world.lab, small_world.actor(person)) == ()


async def test_a_late_cancellation_says_what_it_costs(small_world: World, open_kiosk: OpenKiosk) -> None:
    person = small_world.person("Mei Chan")
    booked(small_world, person, hours=1)
    small_world.clock.advance(minutes=1)
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.shows("lantau · GPU 0-1")
        await kiosk.press("end", "x")
        await kiosk.shows("its 4 GPU-hours still count")


async def test_desks_and_places_are_given_back(small_world: World, open_kiosk: OpenKiosk) -> None:
    person = small_world.person("Mei Chan")
    actor = small_world.actor(person)
    event = small_world.event(starts_at=NOW + timedelta(days=1))
    events.sign_up(small_world.lab, actor, event.id)
    desks.claim(small_world.lab, actor, small_world.desk(label="E-07").id, TODAY)
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.shows("Desk E-07 · East", "Mon 14:32")
        await kiosk.press("end", "x")
        await kiosk.shows("Give your place back?", "Your seat becomes free")
        await kiosk.press("enter")
        await kiosk.shows("✓ Given back: Fine-tuning on a budget")
        await kiosk.shows_no("Mon 14:32")
        await kiosk.press("end", "x")
        await kiosk.shows("Give this desk back?")
        await kiosk.press("enter")
        await kiosk.shows("✓ Desk E-07 is free again")
    assert desks.desks_of(small_world.lab, actor, TODAY) == ()


async def test_an_offered_seat_is_accepted(small_world: World, open_kiosk: OpenKiosk) -> None:
    first, second = small_world.person(), small_world.person("Kenji Lam")
    event = small_world.event(capacity=1)
    taken = events.sign_up(small_world.lab, small_world.actor(first), event.id).what
    events.sign_up(small_world.lab, small_world.actor(second), event.id, or_wait=True)
    events.cancel_sign_up(small_world.lab, small_world.actor(first), taken.id)
    async with open_kiosk() as kiosk:
        await kiosk.visit(second)
        await kiosk.shows("1  Accept", "held for you until 16:32")
        await kiosk.pilot.click("#lines", offset=(10, 1))
        await kiosk.shows("✓ The seat is yours", "going")


async def test_leaving_is_said_with_one_key(small_world: World, open_kiosk: OpenKiosk) -> None:
    person = small_world.person("Mei Chan")
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.shows("Leave", "here since 14:32")
        await kiosk.press("o")
        await kiosk.shows("✓ You left at 14:32")
        await kiosk.shows_no("here since")
        await kiosk.press("u")
        await kiosk.shows("here since 14:32")


async def test_staff_give_their_pin(small_world: World, open_kiosk: OpenKiosk) -> None:
    person = small_world.person("Ada Wong", role="staff")
    people.set_pin(small_world.lab, small_world.staff(), person.id, PIN)
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.press("s")
        await kiosk.shows("Type your PIN")
        await kiosk.press(*"111111", "enter")
        await kiosk.shows("✕", "tries left: 4")
        assert PIN not in kiosk.text
        await kiosk.press(*PIN)
        assert PIN not in kiosk.text
        await kiosk.press("enter")
        await kiosk.until(lambda: kiosk.app.visit and kiosk.app.visit.actor.signed_in, "the sign-in")
        await kiosk.until(lambda: type(kiosk.screen).__name__ == "StaffTodayScreen", "staff's Today")
        await kiosk.press("escape")
        await kiosk.shows("s Staff")


@pytest.mark.parametrize("names", [HOSTILE_NAMES[start::4] for start in range(4)])
async def test_hostile_names_stay_text(
    small_world: World, open_kiosk: OpenKiosk, names: tuple[str, ...]
) -> None:
    async with open_kiosk() as kiosk:
        for number, name in enumerate(names):
            startup = small_world.startup(f"{name}{number}")
            await kiosk.visit(small_world.person(name, startup=startup, other_name=name))
            await kiosk.shows("NOW", "Esc I'm done")
            assert not set(kiosk.text) & {"\x1b", "\x07", "\x00", "\u202e", "\x9b"}
            assert kiosk.line_widths == {80}
            await kiosk.press("escape")
            await kiosk.shows("Scan your badge to begin")
