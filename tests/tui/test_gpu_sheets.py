"""What can be done with GPUs beside booking them: find, change, repeat, wait."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lab_tui.lab import gpu_outages, gpu_series, gpu_waiting, gpus
from lab_tui.lab.gpu_series import SeriesWish
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.store.tables import gpus as tables
from lab_tui.store.tables.people import Person
from lab_tui.tui.modals.change_sheet import MoveSheet
from lab_tui.tui.screens.gpu_rows import row_key
from lab_tui.tui.widgets.stepper import Stepper
from lab_tui.tui.widgets.timetable import Timetable
from tests.tui.conftest import OpenKiosk
from tests.tui.hostile_names import HOSTILE_NAMES
from tests.tui.kiosks import Kiosk
from tests.world import NOW, World

# The slot that runs now begins at 14:30 in Hong Kong.
SLOT = NOW - timedelta(minutes=2)
HOUR = timedelta(hours=1)
SIZES = ((80, 24), (120, 40))


def at(hour: float) -> datetime:
    """An hour of today on the lab's wall clock; from 24 on, of tomorrow."""
    return SLOT + (hour - 14.5) * HOUR


def book(
    world: World, person: Person, machine: tables.Workstation, numbers: tuple[int, ...], *hours: float
) -> BookingView:
    """A booking, as long as it passes every rule."""
    start, end = hours
    wish = BookingWish(int(machine.id), numbers, at(start), at(end), "training")
    return gpus.book(world.lab, world.actor(person), wish).what


def bookings_of(world: World, person: Person) -> list[tuple[str, tuple[int, ...], datetime, datetime]]:
    """Where and when a person has GPUs."""
    found = gpus.bookings_of(world.lab, world.actor(person))
    return [(one.workstation, one.gpu_numbers, one.starts_at, one.ends_at) for one in found]


async def go_to(kiosk: Kiosk, person: Person, booking: BookingView | None = None) -> None:
    """The timetable, with the cursor on a booking."""
    await kiosk.visit(person, "gpus")
    await kiosk.shows("GPU 0")
    if booking is not None:
        row = row_key(booking.workstation_id, booking.gpu_numbers[0])
        kiosk.screen.query_one(Timetable).go_to(booking.starts_at, row)
        await kiosk.shows("yours")


async def touch(kiosk: Kiosk, text: str) -> None:
    """Touch the first place that shows a text."""
    lines = kiosk.text.splitlines()
    y = next(number for number, line in enumerate(lines) if text in line)
    await kiosk.pilot.click(offset=(lines[y].index(text), y))


async def touch_stepper(kiosk: Kiosk, name: str, arrow: str) -> None:
    """Touch an arrow of a field."""
    stepper = kiosk.app.screen.query_one(f"#{name}", Stepper)
    x = stepper.render_line(0).text.index(arrow)
    await kiosk.pilot.click(stepper, offset=(x, 0))


# Find me


@pytest.mark.parametrize("size", SIZES)
async def test_find_and_book_in_five_keys(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    lantau = small_world.workstation("lantau", gpu_count=1)
    book(small_world, small_world.person(), lantau, (0,), 14.5, 18)
    mei = small_world.person("Mei Chan")
    async with open_kiosk(size=size) as kiosk:
        await go_to(kiosk, mei)
        await kiosk.press("f")
        await kiosk.shows("Find free GPUs", "2 h", "14:30", "24:00", "tomorrow")
        await kiosk.press("enter")
        await kiosk.shows("1  lantau  GPU 0  tonight 18:00-20:00")
        await kiosk.press("1")
        await kiosk.shows("Book lantau")
        await kiosk.press("enter")
        await kiosk.shows("Booked: lantau GPU 0, tonight 18:00-20:00.")
    assert bookings_of(small_world, mei) == [("lantau", (0,), at(18), at(20))]


async def test_what_is_sought_is_chosen_by_arrows_and_digits(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    small_world.workstation("lantau", gpu_count=4)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, small_world.person())
        await kiosk.press("f")
        await kiosk.shows("Find free GPUs")
        # 3 GPUs, 4 h, from tomorrow 9:00.
        await kiosk.press("3", "down", "down", "4", "down", "right", "down", *"0900", "enter")
        await kiosk.shows("1  lantau  GPU 0-2  tomorrow 09:00-13:00")
        await kiosk.press("escape")
        await kiosk.shows("Find free GPUs", "4 h", "09:00")


async def test_touches_alone_find_and_book(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau", gpu_count=4)
    mei = small_world.person("Mei Chan")
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei)
        await touch(kiosk, "f Find")
        await kiosk.shows("Find free GPUs")
        await touch_stepper(kiosk, "count", "›")
        await touch_stepper(kiosk, "first_day", "›")
        await touch_stepper(kiosk, "earliest", "»")
        await touch(kiosk, "Enter Find")
        await kiosk.shows("1  lantau  GPU 0-1  tomorrow 16:30-18:30")
        await touch(kiosk, "1  lantau")
        await kiosk.shows("Book lantau")
        await touch(kiosk, "Enter Book")
        await kiosk.shows("Booked: lantau GPU 0-1")
    assert bookings_of(small_world, mei) == [("lantau", (0, 1), at(40.5), at(42.5))]


async def test_nothing_found_leads_to_the_waiting_list(small_world: World, open_kiosk: OpenKiosk) -> None:
    lantau = small_world.workstation("lantau", gpu_count=1)
    book(small_world, small_world.person(), lantau, (0,), 14.5, 38.5)
    book(small_world, small_world.person(), lantau, (0,), 38.5, 48)
    mei = small_world.person("Mei Chan")
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei)
        await kiosk.press("f")
        await kiosk.shows("Find free GPUs")
        await kiosk.press("enter")
        await kiosk.shows("Nothing is free then", "Wait for it?")
        await kiosk.press("y")
        await kiosk.shows("Wait for GPUs", "24:00")
        await kiosk.press("enter")
        await kiosk.shows("✓ You wait for 1 GPU for 2 h.")
    (wait,) = gpu_waiting.waits_of(small_world.lab, small_world.actor(mei))
    assert (wait.gpu_count, wait.minutes, wait.earliest, wait.latest) == (1, 120, SLOT, at(48))


async def test_who_may_have_nothing_of_what_is_free_is_told_why(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    lantau, mei = small_world.workstation("lantau", gpu_count=4), small_world.person("Mei Chan")
    for hour in range(15, 15 + small_world.lab.config.gpus.person_bookings_open):
        book(small_world, mei, lantau, (0,), hour, hour + 1)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei)
        await kiosk.press("f")
        await kiosk.shows("Find free GPUs")
        await kiosk.press("enter")
        await kiosk.shows("Not possible as asked", "bookings ahead")


async def test_the_end_of_the_search_stays_far_enough_from_its_start(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    small_world.workstation("lantau")
    async with open_kiosk() as kiosk:
        await go_to(kiosk, small_world.person())
        await kiosk.press("f")
        await kiosk.shows("Find free GPUs")
        # From tomorrow 23:00, for two hours: that ends the day after tomorrow.
        await kiosk.press("down", "down", "down", "right", "down", *"2300")
        await kiosk.shows("23:00", "Tue 24 Nov", "01:00")


async def test_another_language_keeps_what_was_chosen(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau", gpu_count=4)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, small_world.person())
        await kiosk.press("f")
        await kiosk.shows("Find free GPUs")
        await kiosk.press("3", "down", "down", "4")
        await kiosk.press("f9", "f9", "f9")
        await kiosk.shows("Find free GPUs", "‹ 3 ›")
        # The field that had the keys has them still.
        await kiosk.press("right", "enter")
        await kiosk.shows("1  lantau  GPU 0-2  today 14:30-19:00")


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_names_stay_within_the_sheets(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    mei = small_world.person("Mei Chan")
    machines = [small_world.workstation(name + str(n)) for n, name in enumerate(HOSTILE_NAMES)]
    mine = book(small_world, mei, machines[0], (0,), 20, 22)
    async with open_kiosk(size=size) as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("m")
        await kiosk.until(lambda: isinstance(kiosk.app.screen, MoveSheet), "the sheet")
        for _each in range(len(machines)):
            await kiosk.press("down", "down", "down", "right", "up", "up", "up")
            assert kiosk.line_widths == {size[0]}
            odd = {char for char in kiosk.text if not char.isprintable()} - {"\n", "\xa0", "\u200c", "\u200d"}
            assert odd == set()


# Changing one's own


@pytest.mark.parametrize("size", SIZES)
async def test_a_booking_is_moved_to_another_day(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    mei = small_world.person("Mei Chan")
    mine = book(small_world, mei, small_world.workstation("lantau"), (0, 1), 20, 22)
    async with open_kiosk(size=size) as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("m")
        await kiosk.shows("Move your booking on lantau", "now   lantau · GPU 0-1 · tonight 20:00-22:00")
        assert "then" not in kiosk.text
        await kiosk.press("right")
        await kiosk.shows("then  lantau · GPU 0-1 · tomorrow 20:00-22:00", "4 of 80 GPU-hours in that week.")
        await kiosk.press("enter")
        await kiosk.shows("✓ Moved: lantau GPU 0-1, tomorrow 20:00-22:00.", "Monday 23 November", "yours")
    assert bookings_of(small_world, mei) == [("lantau", (0, 1), at(44), at(46))]


async def test_a_move_that_cannot_be_says_why_and_offers_what_can(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    mei = small_world.person("Mei Chan")
    lantau = small_world.workstation("lantau", gpu_count=1)
    mine = book(small_world, mei, lantau, (0,), 20, 22)
    book(small_world, small_world.person(), lantau, (0,), 17, 20)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("m")
        await kiosk.shows("Move your booking")
        await kiosk.press("down", *"1800")
        await kiosk.shows("✕ No GPU of lantau is free tonight 18:00-20:00")
        await kiosk.press("enter")
        await kiosk.shows("Not possible as asked", "1  lantau  GPU 0")
        await kiosk.press("1")
        await kiosk.shows("Move your booking", "then  lantau · GPU 0")
        await kiosk.press("enter")
        await kiosk.shows("✓ Moved: lantau GPU 0")
    ((_name, _numbers, starts_at, _ends_at),) = bookings_of(small_world, mei)
    assert starts_at != at(20)


async def test_other_gpus_are_taken_where_the_same_ones_are_not_free(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    mei = small_world.person("Mei Chan")
    lantau = small_world.workstation("lantau", gpu_count=3)
    mine = book(small_world, mei, lantau, (0, 1), 20, 22)
    book(small_world, small_world.person(), lantau, (0,), 17, 18)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("m")
        await kiosk.shows("Move your booking")
        await kiosk.press("down", *"1700")
        await kiosk.shows("then  lantau · GPU 1-2 · today 17:00-19:00")


async def test_a_place_is_picked_on_the_timetable(small_world: World, open_kiosk: OpenKiosk) -> None:
    mei = small_world.person("Mei Chan")
    small_world.workstation("kowloon", gpu_count=2)
    mine = book(small_world, mei, small_world.workstation("lantau"), (0, 1), 20, 23)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("m")
        await kiosk.shows("Move your booking")
        await kiosk.press("p")
        await kiosk.shows("! Go to where it should be and press Enter")
        # Half an hour later lies within the booking itself.
        await kiosk.press("right", "enter")
        await kiosk.shows("then  lantau · GPU 0-1 · tonight 20:30-23:30")
        await kiosk.press("p")
        await kiosk.shows_no("then")
        await kiosk.press("up", "up", "enter")
        await kiosk.shows("then  kowloon · GPU 0-1 · tonight 20:30-23:30")
        await kiosk.press("enter")
        await kiosk.shows("✓ Moved: kowloon GPU 0-1")
    assert bookings_of(small_world, mei) == [("kowloon", (0, 1), at(20.5), at(23.5))]


async def test_escape_leaves_a_booking_where_it_is(small_world: World, open_kiosk: OpenKiosk) -> None:
    mei = small_world.person("Mei Chan")
    mine = book(small_world, mei, small_world.workstation("lantau"), (0,), 20, 22)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("m")
        await kiosk.shows("Move your booking")
        await kiosk.press("p")
        await kiosk.shows("Go to where it should be")
        await kiosk.press("escape", *"1500", "enter")
        await kiosk.shows("Book lantau")


async def test_a_late_move_says_that_the_old_hours_count(small_world: World, open_kiosk: OpenKiosk) -> None:
    mei = small_world.person("Mei Chan")
    mine = book(small_world, mei, small_world.workstation("lantau"), (0,), 15, 17)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("m")
        await kiosk.shows("Move your booking")
        assert "It is late" not in kiosk.text
        await kiosk.press("right")
        await kiosk.shows("It is late: the old hours still count")


async def test_a_booking_is_made_as_long_as_it_can_be(small_world: World, open_kiosk: OpenKiosk) -> None:
    mei = small_world.person("Mei Chan")
    lantau = small_world.workstation("lantau", gpu_count=1)
    mine = book(small_world, mei, lantau, (0,), 16, 18)
    book(small_world, small_world.person(), lantau, (0,), 20, 22)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("e")
        await kiosk.shows("today 16:00-18:00   as it is", "as long as until today 20:00", "n Finish now")
        await kiosk.press("right")
        await kiosk.shows("30 min longer")
        await kiosk.press("l")
        await kiosk.shows("2 h longer")
        await kiosk.press("enter")
        await kiosk.shows("✓ Now today 16:00-20:00: lantau GPU 0.")
    assert bookings_of(small_world, mei) == [("lantau", (0,), at(16), at(20))]


async def test_a_booking_is_shortened(small_world: World, open_kiosk: OpenKiosk) -> None:
    mei = small_world.person("Mei Chan")
    mine = book(small_world, mei, small_world.workstation("lantau"), (0,), 16, 18)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("e")
        await kiosk.shows("as it is")
        await kiosk.press("left", "left")
        await kiosk.shows("1 h shorter", "The rest is free for others at once.")
        await kiosk.press("enter")
        await kiosk.shows("✓ Now today 16:00-17:00")
    assert bookings_of(small_world, mei) == [("lantau", (0,), at(16), at(17))]


async def test_shortening_late_says_that_what_is_given_back_counts(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    mei = small_world.person("Mei Chan")
    mine = book(small_world, mei, small_world.workstation("lantau"), (0,), 15, 18)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("e")
        await kiosk.shows("as it is")
        await kiosk.press("left")
        await kiosk.shows("30 min shorter", "It is late for that: what you give back still counts.")


async def test_sheets_go_by_the_rules_of_the_machine(small_world: World, open_kiosk: OpenKiosk) -> None:
    mei, machine = small_world.person("Mei Chan"), small_world.workstation("lantau")
    small_world.workstation("kowloon")
    with small_world.lab.store.write():
        policy = '{"slot_minutes": 60, "shortest_minutes": 60, "late_cancel_minutes": 600}'
        tables.Workstation.update(policy=policy).where(tables.Workstation.id == machine.id).execute()
    mine = book(small_world, mei, machine, (0,), 16, 20)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("e")
        await kiosk.shows("as it is")
        await kiosk.press("left")
        await kiosk.shows("1 h shorter", "It is late for that")
        await kiosk.press("escape", "m")
        await kiosk.until(lambda: isinstance(kiosk.app.screen, MoveSheet), "the sheet")
        starts = kiosk.app.screen.query_one("#starts_at", Stepper)
        assert {step.value.minute for step in starts._steps} == {0}
        machines = kiosk.app.screen.query_one("#machine", Stepper)
        machines.focus()
        await kiosk.press("left")
        await kiosk.until(lambda: {step.value.minute for step in starts._steps} == {0, 30})
        await kiosk.press("escape", "x")
        await kiosk.shows("Cancel this booking?", "It is late: its 4 GPU-hours still count")


async def test_a_booking_that_runs_is_finished(small_world: World, open_kiosk: OpenKiosk) -> None:
    mei = small_world.person("Mei Chan")
    mine = book(small_world, mei, small_world.workstation("lantau"), (0,), 14.5, 18)
    small_world.clock.advance(minutes=5)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("c")
        await kiosk.shows("✓ Checked in")
        small_world.clock.advance(minutes=40)
        await kiosk.press("e")
        await kiosk.shows("n Finish now")
        await kiosk.press("n")
        await kiosk.shows("✓ Finished: lantau GPU 0 is free from 15:00 on.")
    assert bookings_of(small_world, mei) == []


async def test_a_booking_is_handed_to_a_team_mate(small_world: World, open_kiosk: OpenKiosk) -> None:
    startup = small_world.startup("Lumen Vision")
    mei = small_world.person("Mei Chan", startup=startup)
    kenji = small_world.person("Kenji Lam", startup=startup)
    small_world.person("Ada Wong")
    mine = book(small_world, mei, small_world.workstation("lantau"), (0,), 16, 18)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("h")
        await kiosk.shows("Hand over to", "1  Kenji Lam")
        assert "Ada Wong" not in kiosk.text
        await kiosk.press("1")
        await kiosk.shows("✓ Kenji Lam has lantau GPU 0 now.")
    assert bookings_of(small_world, kenji) == [("lantau", (0,), at(16), at(18))]
    assert bookings_of(small_world, mei) == []


async def test_without_team_mates_nothing_is_asked(small_world: World, open_kiosk: OpenKiosk) -> None:
    mei = small_world.person("Mei Chan")
    mine = book(small_world, mei, small_world.workstation("lantau"), (0,), 16, 18)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("h")
        await kiosk.shows("! Nobody else of your start-up")


async def test_what_an_outage_hits_goes_on_on_another_machine(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    mei = small_world.person("Mei Chan")
    small_world.workstation("kowloon", gpu_count=2)
    lantau = small_world.workstation("lantau", gpu_count=2)
    mine = book(small_world, mei, lantau, (0, 1), 14.5, 19)
    small_world.clock.advance(minutes=30)
    with small_world.lab.store.write():
        tables.Booking.update(state="checked_in").where(tables.Booking.id == mine.id).execute()
    gpu_outages.put_out_of_service(
        small_world.lab, small_world.staff(), int(lantau.id), small_world.clock.now(), None, "Fan broken"
    )
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("enter")
        await kiosk.shows("1  Go on on another machine: this one is out of service")
        await kiosk.press("1")
        await kiosk.shows("1  kowloon  GPU 0-1  today 15:00-19:00")
        await kiosk.press("1")
        await kiosk.shows("✓ It goes on: kowloon GPU 0-1, today 15:00-19:00.")
    assert bookings_of(small_world, mei)[-1] == ("kowloon", (0, 1), at(15), at(19))


async def test_enter_on_ones_own_lists_what_can_be_done_and_a_touch_does_it(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    mei = small_world.person("Mei Chan")
    mine = book(small_world, mei, small_world.workstation("lantau"), (0,), 16, 18)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, mine)
        await kiosk.press("enter")
        await kiosk.shows("Move to", "Longer, shorter", "Hand over", "Give back", "phone's calendar")
        assert "out of service:" not in kiosk.text
        assert "Check in" not in kiosk.text.split("Move to")[1].split("phone's")[0]
        await touch(kiosk, "4  Give back")
        await kiosk.shows("Cancel this booking?")
        await touch(kiosk, "Enter Yes")
        await kiosk.shows("✓ Cancelled: lantau GPU 0.")
    assert bookings_of(small_world, mei) == []


# Every week


@pytest.mark.parametrize("size", SIZES)
async def test_a_series_is_shown_before_it_is_stored(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    mei = small_world.person("Mei Chan")
    lantau = small_world.workstation("lantau", gpu_count=1)
    # The Tuesday of the second week is somebody else's.
    book(small_world, small_world.person(), lantau, (0,), 16 + 9 * 24, 17 + 9 * 24)
    async with open_kiosk(size=size) as kiosk:
        await go_to(kiosk, mei)
        await kiosk.press(*"1600", "r")
        await kiosk.shows("Repeat every week on lantau", "■ Sun", "4 Apr 2027", "1 GPU · 16:00-18:00")
        # Tuesdays and Thursdays, not Sundays.
        await kiosk.press("2", "4", "7", "enter")
        await kiosk.shows("3 bookings; Enter books them", "✓ Tue 24 Nov", "✓ Thu 26 Nov", "✓ Thu 3 Dec")
        await kiosk.shows("✕ No GPU of lantau is free")
        assert bookings_of(small_world, mei) == []
        await kiosk.press("pagedown")
        await kiosk.shows("✕ Booking opens 14 days ahead", "Tue 8 Dec to Thu 1 Apr, 34 bookings")
        await kiosk.press("enter")
        await kiosk.shows("✓ Booked: 3 bookings on lantau, the last Thu 3 Dec.")
        await kiosk.press("u")
        await kiosk.shows("Undone.")
    assert bookings_of(small_world, mei) == []


async def test_a_series_is_given_back_as_one_or_one_of_it_alone(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    mei = small_world.person("Mei Chan")
    machine = small_world.workstation("lantau", gpu_count=1)
    wish = BookingWish(int(machine.id), (0,), at(16), at(17))
    days = tuple(range(7))
    series = SeriesWish(wish, days, small_world.lab.today() + timedelta(days=3))
    made = gpu_series.book_series(small_world.lab, small_world.actor(mei), series).what
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei, made.bookings[0])
        await kiosk.press("enter")
        await kiosk.shows("Give back this one", "Give back all that are ahead (4)")
        await touch(kiosk, "Give back this one")
        await kiosk.shows("Cancel this booking?")
        await kiosk.press("enter")
        await kiosk.shows("✓ Cancelled: lantau GPU 0.")
        assert len(bookings_of(small_world, mei)) == 3
        await kiosk.press("right_square_bracket")
        await kiosk.shows("Monday 23 November")
        row = row_key(int(machine.id), 0)
        kiosk.screen.query_one(Timetable).go_to(made.bookings[1].starts_at, row)
        await kiosk.shows("yours")
        await kiosk.press("enter")
        await kiosk.shows("Give back all that are ahead (3)")
        await touch(kiosk, "Give back all that are ahead (3)")
        await kiosk.shows("Cancel these bookings?", "3 bookings on lantau: Mon 23 Nov to Wed 25 Nov")
        await kiosk.press("enter")
        await kiosk.shows("✓ Cancelled: 3 bookings of the series.")
        assert bookings_of(small_world, mei) == []
        await kiosk.press("u")
        await kiosk.shows("Undone.")
    assert len(bookings_of(small_world, mei)) == 3


async def test_a_series_runs_until_the_cohort_ends(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau", gpu_count=1)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, small_world.person())
        await kiosk.press(*"1600", "r")
        await kiosk.shows("Repeat every week on lantau", "4 Apr 2027, the cohort ends")


async def test_a_series_of_which_nothing_is_possible_cannot_be_booked(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    lantau = small_world.workstation("lantau", gpu_count=1)
    book(small_world, small_world.person(), lantau, (0,), 15, 22)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, small_world.person())
        await kiosk.press(*"1600", "r")
        await kiosk.shows("Repeat every week")
        # Until the first week's end.
        await kiosk.press("down", "home", "enter")
        await kiosk.shows("Not one of them can be booked")
        await kiosk.press("enter")
        await kiosk.pilot.pause()
        await kiosk.shows("Not one of them can be booked")
        await kiosk.press("escape")
        await kiosk.shows("Repeat every week")


# Waiting


async def test_what_is_waited_for_is_listed_and_withdrawn(small_world: World, open_kiosk: OpenKiosk) -> None:
    lantau = small_world.workstation("lantau", gpu_count=1)
    book(small_world, small_world.person(), lantau, (0,), 16, 20)
    mei = small_world.person("Mei Chan")
    async with open_kiosk() as kiosk:
        await go_to(kiosk, mei)
        await kiosk.press(*"1700", "y")
        await kiosk.shows("Wait for GPUs", "lantau", "17:00", "19:00")
        await kiosk.press("enter")
        await kiosk.shows("✓ You wait for 1 GPU on lantau for 2 h.")
        await kiosk.press("y")
        await kiosk.shows("You wait for 1 thing already.")
        await kiosk.press("w")
        await kiosk.shows("1  1 GPU on lantau for 2 h · today 17:00-19:00")
        await kiosk.press("1")
        await kiosk.shows("Wait no longer?", "You lose your place")
        await kiosk.press("y")
        await kiosk.shows("✓ You wait no longer for 1 GPU on lantau")
    assert gpu_waiting.waits_of(small_world.lab, small_world.actor(mei)) == ()


async def test_what_is_free_already_is_held_at_once(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.workstation("lantau", gpu_count=1)
    async with open_kiosk() as kiosk:
        await go_to(kiosk, small_world.person())
        await kiosk.press(*"1700", "y")
        await kiosk.shows("Wait for GPUs")
        await kiosk.press("enter")
        await kiosk.shows("✓ It is free: 1 GPU on lantau for 2 h is held for you.")


@pytest.mark.parametrize("size", SIZES)
async def test_everyone_sees_who_is_next(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    lumen, harbour = small_world.startup("Lumen Vision"), small_world.startup("Harbour Robotics")
    mei, kenji = small_world.person("Mei", startup=lumen), small_world.person("Kenji", startup=harbour)
    lantau = small_world.workstation("lantau", gpu_count=1)
    book(small_world, kenji, lantau, (0,), 16, 20)
    async with open_kiosk(size=size) as kiosk:
        await go_to(kiosk, mei)
        await kiosk.press(*"1700", "y")
        await kiosk.shows("Wait for GPUs")
        await kiosk.press("enter")
        await kiosk.shows("✓ You wait")
        await kiosk.press("y")
        await kiosk.shows("Wait for GPUs")
        await kiosk.press("s")
        await kiosk.shows("used lately", "booked ahead", "together", "in line", "count half")
        lines = [line.strip("│ ") for line in kiosk.text.splitlines()]
        table = [line for line in lines if line.startswith(("Lumen", "Harbour"))]
        assert [line.split()[:2] for line in table] == [["Lumen", "Vision"], ["Harbour", "Robotics"]]
        assert [line.split()[-3:] for line in table] == [["0", "0", "1"], ["4", "4", "·"]]
