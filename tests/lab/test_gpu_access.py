"""Who may use a workstation: the machine asks at each log-in, the lab answers from its bookings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tui.config import GpusSection, LabConfig
from lab_tui.errors import Refused, SystemCannot
from lab_tui.lab import gpu_access, gpu_outages, gpus
from lab_tui.lab.gpu_access import Access, may_use, open_to_ask
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.lab.operation import OPERATOR
from lab_tui.lab.rules.access import Held, Why, right_of_booker
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.gpus import Booking, Workstation
from lab_tui.store.tables.people import Person
from tests.world import NOW, PLAIN, World

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
# 15:00 in Hong Kong, half an hour after the world's clock.
THREE = NOW.replace(minute=0) + HOUR


@pytest.fixture
def kowloon(world: World) -> Workstation:
    return world.workstation("kowloon", gpu_count=4)


@pytest.fixture
def mei(world: World) -> Person:
    return world.person("Mei Chan", unix_name="mei")


@pytest.fixture
def ken(world: World) -> Person:
    return world.person("Ken Lam", unix_name="ken")


def book(world: World, person: Person, machine: Workstation, *gpu_numbers: int, start=THREE) -> BookingView:  # type: ignore[no-untyped-def]
    wish = BookingWish(machine.id, gpu_numbers, start, start + 2 * HOUR)
    return gpus.book(world.lab, world.actor(person), wish).what


def asked(world: World, unix_name: str, machine: str = "kowloon") -> Access:
    return may_use(world.lab, machine, unix_name)


def test_a_booking_lets_its_person_in_and_nobody_else(
    world: World, kowloon: Workstation, mei: Person, ken: Person
) -> None:
    book(world, mei, kowloon, 1, 3)
    world.clock.instant = THREE
    answer = asked(world, "mei")
    assert (answer.allowed, answer.why, answer.cuda_visible_devices) == (True, Why.BOOKED, "1,3")
    assert answer.until == THREE + 2 * HOUR
    refused = asked(world, "ken")
    assert refused == Access("kowloon", "ken", allowed=False, why=Why.NO_BOOKING)


def test_the_right_lasts_from_check_in_to_the_end(world: World, kowloon: Workstation, mei: Person) -> None:
    """Check-in opens 15 minutes before the start."""
    book(world, mei, kowloon, 0)
    for instant, allowed in (
        (THREE - 15 * MINUTE - timedelta(milliseconds=1), False),
        (THREE - 15 * MINUTE, True),
        (THREE, True),
        (THREE + 2 * HOUR - timedelta(milliseconds=1), True),
        (THREE + 2 * HOUR, False),
    ):
        world.clock.instant = instant
        assert asked(world, "mei").allowed == allowed, instant


def test_a_machine_may_open_its_check_in_earlier(world: World, kowloon: Workstation, mei: Person) -> None:
    book(world, mei, kowloon, 0)
    world.clock.instant = THREE - 20 * MINUTE
    assert not asked(world, "mei").allowed
    with world.lab.store.write():
        Workstation.update(policy='{"check_in_opens_minutes": 30}').execute()
    assert asked(world, "mei").allowed


def test_before_the_start_nobody_is_handed_what_another_still_uses(
    world: World, kowloon: Workstation, mei: Person, ken: Person
) -> None:
    book(world, ken, kowloon, 0)
    book(world, mei, kowloon, 0, 1, start=THREE + 2 * HOUR)
    world.clock.instant = THREE + 2 * HOUR - 5 * MINUTE
    assert (asked(world, "mei").allowed, asked(world, "mei").cuda_visible_devices) == (True, "1")
    world.clock.advance(minutes=5)
    assert asked(world, "mei").cuda_visible_devices == "0,1"


def test_who_has_to_wait_is_told_when_their_turn_is(
    world: World, kowloon: Workstation, mei: Person, ken: Person
) -> None:
    book(world, mei, kowloon, 0, start=THREE + 24 * HOUR)
    book(world, mei, kowloon, 0, start=THREE + 4 * HOUR)
    book(world, ken, kowloon, 0, start=THREE)
    book(world, mei, world.workstation("lantau"), 0, start=THREE)
    answer = asked(world, "mei")
    assert not answer.allowed
    assert (answer.next_start, answer.next_end) == (THREE + 4 * HOUR, THREE + 6 * HOUR)


@pytest.mark.parametrize("state", ["cancelled", "no_show", "undone", "moved", "lapsed", "ended", "offered"])
def test_a_booking_that_does_not_stand_lets_nobody_in(
    world: World, kowloon: Workstation, mei: Person, state: str
) -> None:
    booking = book(world, mei, kowloon, 0)
    with world.lab.store.write():
        change = {"state": state, "holds": state in ("ended", "offered")}
        change |= {"offer_until": THREE + HOUR, "counts": False} if state in ("offered", "lapsed") else {}
        Booking.update(**change).where(Booking.id == booking.id).execute()
    world.clock.instant = THREE
    assert asked(world, "mei").why is Why.NO_BOOKING


def test_staff_may_always_and_are_handed_what_nobody_else_holds(
    world: World, kowloon: Workstation, mei: Person
) -> None:
    ada = world.person("Ada Wong", role="staff", unix_name="ada")
    book(world, mei, kowloon, 1)
    book(world, ada, kowloon, 2)
    gpu_outages.put_out_of_service(world.lab, OPERATOR, kowloon.id, THREE, None, "new driver")
    assert asked(world, "ada").cuda_visible_devices == "0,1,2,3"
    world.clock.instant = THREE
    assert asked(world, "ada").why is Why.STAFF
    assert asked(world, "ada").cuda_visible_devices == "0,2,3"


def test_out_of_service_keeps_members_out(world: World, kowloon: Workstation, mei: Person) -> None:
    book(world, mei, kowloon, 0)
    gpu_outages.put_out_of_service(world.lab, OPERATOR, kowloon.id, THREE, THREE + HOUR, "new driver")
    world.clock.instant = THREE
    answer = asked(world, "mei")
    assert (answer.allowed, answer.why, answer.reason) == (False, Why.OUT_OF_SERVICE, "new driver")
    assert answer.until == THREE + HOUR
    world.clock.instant = THREE + HOUR
    assert asked(world, "mei").allowed


def test_of_two_outages_the_longer_counts(world: World, kowloon: Workstation, mei: Person) -> None:
    gpu_outages.put_out_of_service(world.lab, OPERATOR, kowloon.id, NOW, THREE, "new driver")
    gpu_outages.put_out_of_service(world.lab, OPERATOR, kowloon.id, NOW, None, "smoke")
    assert (asked(world, "mei").reason, asked(world, "mei").until) == ("smoke", None)


@pytest.mark.parametrize("unix_name", ["nobody", "", "MEI", "mei ", "' OR 1=1 --"])
def test_strangers_are_kept_out(world: World, kowloon: Workstation, mei: Person, unix_name: str) -> None:
    book(world, mei, kowloon, 0)
    world.clock.instant = THREE
    assert asked(world, unix_name).why is Why.UNKNOWN_PERSON


def test_who_has_left_is_a_stranger(world: World, kowloon: Workstation, mei: Person) -> None:
    book(world, mei, kowloon, 0)
    world.clock.instant = THREE
    with world.lab.store.write():
        Person.update(active=False).execute()
    assert asked(world, "mei").why is Why.UNKNOWN_PERSON


def test_a_machine_is_known_by_its_name_and_its_host_name(
    world: World, kowloon: Workstation, mei: Person
) -> None:
    with world.lab.store.write():
        Workstation.update(host_name="gpu1.lab.example").execute()
    for name in ("kowloon", "Kowloon", "gpu1.lab.example", "GPU1.lab.example"):
        assert asked(world, "mei", name).workstation == "kowloon"
    for name in ("lantau", "", "gpu1"):
        with pytest.raises(Refused) as refused:
            asked(world, "mei", name)
        assert refused.value.codes == {Code.UNKNOWN_WORKSTATION}


def test_asking_needs_no_signing_key(world: World, tmp_path: Path, kowloon: Workstation) -> None:
    """A workstation must not hold what badges are made with."""
    (tmp_path / "lab.toml").write_text(f'[store]\nurl = "{world.lab.store.address}"\n', encoding="utf-8")
    lab = open_to_ask(tmp_path, world.clock)
    assert may_use(lab, "kowloon", "x").why is Why.UNKNOWN_PERSON
    assert lab.keys.signing_keys != world.lab.keys.signing_keys
    lab.store.close()


def test_a_lab_that_is_not_there_gives_no_answer(tmp_path: Path) -> None:
    with pytest.raises(SystemCannot):
        open_to_ask(tmp_path)


def test_the_lab_s_own_policy_counts_where_the_machine_has_none(
    world: World, kowloon: Workstation, mei: Person
) -> None:
    book(world, mei, kowloon, 0)
    world.lab = replace(world.lab, config=LabConfig(gpus=replace(PLAIN, check_in_opens_minutes=0)))
    world.clock.instant = THREE - MINUTE
    assert not asked(world, "mei").allowed


def test_a_booking_that_ends_at_this_instant_is_over() -> None:
    ended = Held(0, NOW - HOUR, NOW, mine=True)
    assert not right_of_booker([ended], NOW, MINUTE).allowed
    assert right_of_booker([ended], NOW - MINUTE, MINUTE).allowed


def test_of_two_bookings_at_once_the_right_lasts_as_long_as_the_longer() -> None:
    held = [Held(0, NOW - HOUR, NOW + HOUR, mine=True), Held(1, NOW - HOUR, NOW + 2 * HOUR, mine=True)]
    right = right_of_booker(held, NOW, MINUTE)
    assert (right.gpu_numbers, right.until) == ((0, 1), NOW + 2 * HOUR)


HELD = st.builds(
    lambda gpu, start, length, mine: Held(gpu, NOW + start * MINUTE, NOW + (start + length) * MINUTE, mine),
    st.integers(0, 3),
    st.integers(-120, 120),
    st.integers(1, 120),
    st.booleans(),
)


@given(st.lists(HELD, max_size=8), st.integers(0, 60))
def test_nobody_is_ever_handed_a_gpu_that_is_not_theirs(held: list[Held], opens: int) -> None:
    right = right_of_booker(held, NOW, opens * MINUTE)
    now_held = [one for one in held if one.starts_at <= NOW < one.ends_at]
    theirs = {one.gpu_number for one in held if one.mine and one.ends_at > NOW}
    assert set(right.gpu_numbers) <= theirs
    assert not set(right.gpu_numbers) & {one.gpu_number for one in now_held if not one.mine}
    assert right.allowed >= any(one.mine for one in now_held)
    assert not right.gpu_numbers or right.allowed
    assert right.allowed == (right.until is not None)


def test_no_policy_opens_check_in_before_the_answer_looks() -> None:
    high = GpusSection.__dataclass_fields__["check_in_opens_minutes"].metadata["high"]
    assert timedelta(minutes=high) <= gpu_access._FURTHEST_AHEAD
