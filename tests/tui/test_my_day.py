"""My day: what can be done now is done with one key, and what was done can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lab_tui.lab import checkins, desks, events, gpu_outages, gpu_waiting, gpus, notices, people
from lab_tui.lab.gpu_waiting import WaitWish
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.notices import NoticeKind
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
        await kiosk.shows("Cancel this booking?", "become free for everybody, and the GPU-hours come back")
        await kiosk.press("n")
        await kiosk.shows_no("Cancel this booking?")
        assert len(gpus.bookings_of(small_world.lab, small_world.actor(person))) == 1
        await kiosk.press("x")
        await kiosk.shows("Cancel this booking?")
        await kiosk.press("y")
        await kiosk.shows("✓ Cancelled: lantau", "Nothing yet")
    assert gpus.bookings_of(small_world.lab, small_world.actor(person)) == ()


async def test_a_late_cancellation_says_what_it_costs(small_world: World, open_kiosk: OpenKiosk) -> None:
    person = small_world.person("Mei Chan")
    booked(small_world, person, hours=3)
    small_world.clock.advance(minutes=120)
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.shows("lantau · GPU 0-1")
        await kiosk.press("end", "x")
        await kiosk.shows("its 4 GPU-hours still count")


async def test_enter_on_a_booking_asks_what_to_do_with_it(small_world: World, open_kiosk: OpenKiosk) -> None:
    person = small_world.person("Mei Chan")
    booked(small_world, person, hours=5)
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.shows("lantau · GPU 0-1 · training")
        await kiosk.press("end", "enter")
        await kiosk.shows("1  Move to another time or machine", "Hand over", "Give back")
        await kiosk.press("1")
        await kiosk.shows("Move your booking on lantau", "tonight 19:00-21:00")
        # There is no timetable here to pick a place on.
        assert "Pick on the timetable" not in kiosk.text
        await kiosk.press("right", "enter")
        await kiosk.shows("✓ Moved: lantau GPU 0-1, tomorrow 19:00-21:00.", "Mon 19:00")
        await kiosk.press("end", "q")
        await kiosk.shows("CUDA_VISIBLE_DEVICES=0,1")


def offered(world: World, person: people_tables.Person) -> Any:
    """Both GPUs of kowloon, held for a person from 20:00 to 23:00."""
    machine = world.workstation("kowloon")
    starts_at = NOW.replace(minute=0) + timedelta(hours=6)
    wish = WaitWish(2, 180, starts_at, starts_at + timedelta(hours=3), workstation_id=int(machine.id))
    return gpu_waiting.join(world.lab, world.actor(person), wish).what


async def test_gpus_that_are_held_are_accepted_with_one_key(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    person = small_world.person("Mei Chan")
    offered(small_world, person)
    small_world.event(starts_at=NOW + timedelta(minutes=10))
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.shows("1  Accept", "2 GPUs on kowloon, tonight 20:00-23:00", "held until 15:32")
        # The offer itself says it: it is not told a second time as news.
        assert "News" not in kiosk.text
        await kiosk.press("1")
        await kiosk.shows("✓ Yours: kowloon GPU 0-1, tonight 20:00-23:00.", "kowloon · GPU 0-1", "20:00")
        await kiosk.shows_no("1  Accept")
    actor = small_world.actor(person)
    assert [one.state for one in gpus.bookings_of(small_world.lab, actor)] == ["booked"]
    assert notices.unseen(small_world.lab, actor) == ()


async def test_an_offer_is_declined_after_a_question(small_world: World, open_kiosk: OpenKiosk) -> None:
    person = small_world.person("Mei Chan")
    offered(small_world, person)
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.shows("1  Accept")
        await kiosk.press("x")
        await kiosk.shows("Say no to this offer?", "go to whoever is next")
        await kiosk.press("enter")
        await kiosk.shows("✓ Passed on: kowloon GPU 0-1")
        await kiosk.shows_no("Accept")
    assert gpu_waiting.waits_of(small_world.lab, small_world.actor(person)) == ()


async def test_what_is_waited_for_is_shown_and_withdrawn(small_world: World, open_kiosk: OpenKiosk) -> None:
    person = small_world.person("Mei Chan")
    holder = small_world.person()
    wish = booked(small_world, holder, hours=5)
    wait = WaitWish(2, 120, wish.starts_at, wish.ends_at)
    gpu_waiting.join(small_world.lab, small_world.actor(person), wait)
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.shows("19:00", "waiting for 2 GPUs for 2 h", "until 21:00")
        await kiosk.press("end", "x")
        await kiosk.shows("Wait no longer?")
        await kiosk.press("y")
        await kiosk.shows("✓ You wait no longer for 2 GPUs for 2 h.")
        await kiosk.shows_no("waiting for 2 GPUs")


async def test_news_is_told_once_and_leads_to_what_can_be_done(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    person = small_world.person("Mei Chan")
    mine = booked(small_world, person, hours=5)
    gpu_outages.put_out_of_service(
        small_world.lab, small_world.staff(), mine.workstation_id, mine.starts_at, None, "Fan broken"
    )
    small_world.workstation("kowloon")
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.shows("1  News", "lantau is out of service")
        await kiosk.press("1")
        await kiosk.shows("Fan broken", "It hits your booking tonight 19:00-21:00.", "1  I have read this")
        await kiosk.press("2")
        await kiosk.shows("Go on on another machine: this one is out of service")
        await kiosk.press("1")
        await kiosk.shows("1  kowloon  GPU 0-1  tonight 19:00-21:00")
        await kiosk.press("1")
        await kiosk.shows("✓ Moved: kowloon GPU 0-1, tonight 19:00-21:00.")
        await kiosk.shows_no("News")
    assert notices.unseen(small_world.lab, small_world.actor(person)) == ()


async def test_news_that_was_only_opened_stays(small_world: World, open_kiosk: OpenKiosk) -> None:
    person = small_world.person("Mei Chan")
    with small_world.lab.store.write():
        notices.tell(
            small_world.lab, int(person.id), NoticeKind.HANDED_OVER, by="Kenji Lam", workstation="lantau"
        )
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.shows("1  News", "A GPU booking was handed to you.")
        await kiosk.press("1")
        await kiosk.shows("I have read this")
        await kiosk.press("escape")
        await kiosk.shows("1  News")
        await kiosk.press("enter")
        await kiosk.shows("I have read this")
        await kiosk.press("enter")
        await kiosk.shows_no("News")


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
            kiosk.assert_harmless()
            await kiosk.press("escape")
            await kiosk.shows("Scan your badge to begin")


async def test_a_wait_stands_at_the_time_that_is_wanted_even_once_that_has_begun(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    person = small_world.person("Mei Chan")
    wish = booked(small_world, small_world.person(), hours=1)
    wait = WaitWish(2, 60, wish.starts_at, wish.ends_at)
    gpu_waiting.join(small_world.lab, small_world.actor(person), wait)
    small_world.clock.advance(minutes=40)
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.shows("waiting for 2 GPUs for 1 h", "until 17:00")
        (line,) = [line for line in kiosk.text.splitlines() if "waiting for" in line]
        assert "15:00" in line.split("waiting for")[0]


async def test_hours_held_as_an_offer_count_here_and_on_the_sheet(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    lumen = small_world.startup("Lumen Vision")
    offered(small_world, small_world.person("Kenji Lam", startup=lumen))
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan", startup=lumen))
        await kiosk.shows(" of 80 GPU-hours this week · ", "h are held as an offer")
        (line,) = [line for line in kiosk.text.splitlines() if "held as an offer" in line]
        used = line.split(" of 80")[0].split()[-1]
        assert float(used) > 0
        assert f"{used} h are held" in line
        await kiosk.press("g")
        await kiosk.shows("GPU 0")
        await kiosk.press(*"1530", "enter")
        await kiosk.shows(f" {used} ", f"{used} h are held as an offer")


async def test_the_news_of_a_split_says_what_stays_and_what_goes_on(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    person = small_world.person("Mei Chan")
    mine = booked(small_world, person, hours=1)
    small_world.workstation("kowloon")
    small_world.clock.advance(minutes=30)
    checkins.check_in(small_world.lab, small_world.actor(person), checkins.CheckInKind.BOOKING, mine.id)
    staff, breaks = small_world.staff(), mine.starts_at + timedelta(hours=1)
    gpu_outages.put_out_of_service(small_world.lab, staff, mine.workstation_id, breaks, None, "Fan broken")
    gpu_outages.relocate_to_nearest(small_world.lab, staff, mine.id, "Fan broken")
    async with open_kiosk(size=(120, 40)) as kiosk:
        await kiosk.visit(person)
        await kiosk.shows("News", "Your booking of lantau stays today 15:00-16:00")
        await kiosk.press("1")
        await kiosk.shows("1  I have read this", "it goes on on kowloon today 16:00-17:00: Fan broken.")
