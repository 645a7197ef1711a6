"""What staff allow in spite of the rules: with a reason, for what can be overridden, and nobody else."""

from __future__ import annotations

import json
from datetime import timedelta

from lab_tui.lab import audit, gpus
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.store.tables import gpus as tables
from lab_tui.store.tables.people import Person
from lab_tui.tui.modals.allow_sheet import AllowSheet
from lab_tui.tui.modals.refusal import RefusalModal
from lab_tui.tui.screens.gpu_rows import row_key
from lab_tui.tui.widgets.timetable import Timetable
from tests.tui.conftest import OpenKiosk
from tests.tui.kiosks import Kiosk
from tests.world import NOW, World

# The slot that runs now begins at 14:30 in Hong Kong.
SLOT = NOW - timedelta(minutes=2)
HOUR = timedelta(hours=1)


def short_ones(world: World) -> tables.Workstation:
    """A workstation that is booked for four hours at most."""
    machine = world.workstation("mong-kok", gpu_count=1)
    with world.lab.store.write():
        policy = json.dumps({"longest_hours": 4})
        tables.Workstation.update(policy=policy).where(tables.Workstation.id == machine.id).execute()
    return machine


async def visit(kiosk: Kiosk, staff: Person) -> None:
    """Staff at the timetable, signed in by their PIN."""
    await kiosk.visit(staff)
    kiosk.app.sign_in_staff(kiosk.world.actor(staff, signed_in=True))
    kiosk.app.go("gpus")
    await kiosk.shows("GPU 0")


def bookings_of(world: World, person: Person) -> tuple[BookingView, ...]:
    return gpus.bookings_of(world.lab, world.actor(person))


def reasons_kept(world: World) -> list[tuple[str, str]]:
    """What the audit log keeps of overridden rules."""
    entries = audit.latest(world.lab, world.staff())
    return [(entry.action, entry.override_reason) for entry in entries if entry.override_reason]


async def select_six_hours(kiosk: Kiosk) -> None:
    await kiosk.press(*"1500", *["shift+right"] * 11)
    await kiosk.shows("15:00-21:00")
    await kiosk.press("enter")


async def test_staff_book_longer_than_the_rules_allow_with_a_reason(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    short_ones(small_world)
    ada = small_world.person("Ada Wong", role="staff")
    async with open_kiosk() as kiosk:
        await visit(kiosk, ada)
        await select_six_hours(kiosk)
        await kiosk.shows("✕ The longest booking is 4 hours  ◆ staff may allow it", "o Allow it…")
        await kiosk.press("o")
        await kiosk.shows_modal(AllowSheet)
        await kiosk.shows("Why (it is kept in the audit log)", "◆ The longest booking is 4 hours")
        await kiosk.press("enter")
        await kiosk.shows("✕ Reason")
        await kiosk.press(*"demo", "enter")
        await kiosk.shows("✓ Booked: mong-kok GPU 0, today 15:00-21:00.")
    assert [one.ends_at - one.starts_at for one in bookings_of(small_world, ada)] == [6 * HOUR]
    assert reasons_kept(small_world) == [("gpus.book", "demo")]


async def test_escape_from_the_reason_books_nothing(small_world: World, open_kiosk: OpenKiosk) -> None:
    short_ones(small_world)
    ada = small_world.person("Ada Wong", role="staff")
    async with open_kiosk() as kiosk:
        await visit(kiosk, ada)
        await select_six_hours(kiosk)
        await kiosk.shows_modal(RefusalModal)
        await kiosk.press("o")
        await kiosk.shows_modal(AllowSheet)
        await kiosk.press("escape")
        await kiosk.until(lambda: kiosk.app.screen is kiosk.screen, "the timetable")
    assert bookings_of(small_world, ada) == ()


async def test_members_see_what_staff_may_allow_but_have_no_key_for_it(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    short_ones(small_world)
    mei = small_world.person("Mei Chan")
    async with open_kiosk() as kiosk:
        await kiosk.visit(mei, "gpus")
        await kiosk.shows("GPU 0")
        await select_six_hours(kiosk)
        await kiosk.shows("◆ staff may allow it")
        assert "Allow it…" not in kiosk.text
        await kiosk.press("o")
        await kiosk.pilot.pause()
        assert isinstance(kiosk.app.screen, RefusalModal)


async def test_what_staff_may_not_override_leaves_no_key(small_world: World, open_kiosk: OpenKiosk) -> None:
    machine = short_ones(small_world)
    wish = BookingWish(int(machine.id), (0,), SLOT + 1.5 * HOUR, SLOT + 2.5 * HOUR)
    gpus.book(small_world.lab, small_world.member(), wish)
    async with open_kiosk() as kiosk:
        await visit(kiosk, small_world.person("Ada Wong", role="staff"))
        await select_six_hours(kiosk)
        await kiosk.shows("✕ GPU 0 of mong-kok is taken", "◆ staff may allow it")
        assert "Allow it…" not in kiosk.text
        assert [line.count("◆") for line in kiosk.text.splitlines() if "is taken" in line] == [0]


async def test_staff_let_their_booking_last_longer_than_the_rules_allow(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine = short_ones(small_world)
    ada = small_world.person("Ada Wong", role="staff")
    wish = BookingWish(int(machine.id), (0,), SLOT + 2 * HOUR, SLOT + 6 * HOUR)
    mine = gpus.book(small_world.lab, small_world.actor(ada), wish).what
    async with open_kiosk() as kiosk:
        await visit(kiosk, ada)
        kiosk.screen.query_one(Timetable).go_to(mine.starts_at, row_key(mine.workstation_id, 0))
        await kiosk.shows("yours")
        await kiosk.press("e")
        await kiosk.shows("as it is")
        await kiosk.press("right")
        await kiosk.shows("30 min longer", "longer than the rules allow; staff may allow it")
        await kiosk.press("enter")
        await kiosk.shows("✕ The longest booking is 4 hours", "o Allow it…")
        await kiosk.press("o", *"night run", "enter")
        await kiosk.shows("✓ Now today 16:30-21:00")
    assert reasons_kept(small_world) == [("gpus.extend", "night run")]


async def test_staff_move_a_booking_where_the_rules_do_not_let_it(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    machine = short_ones(small_world)
    small_world.workstation("lantau", gpu_count=1)
    ada = small_world.person("Ada Wong", role="staff")
    with small_world.lab.store.read():
        lantau = tables.Workstation.get(tables.Workstation.name == "lantau")
    wish = BookingWish(int(lantau.id), (0,), SLOT + 2 * HOUR, SLOT + 8 * HOUR)
    mine = gpus.book(small_world.lab, small_world.actor(ada), wish).what
    async with open_kiosk() as kiosk:
        await visit(kiosk, ada)
        kiosk.screen.query_one(Timetable).go_to(mine.starts_at, row_key(int(lantau.id), 0))
        await kiosk.shows("yours")
        await kiosk.press("m")
        await kiosk.shows("Move your booking on lantau")
        await kiosk.press("down", "down", "down", "right", "enter")
        await kiosk.shows("Not possible as asked", "o Allow it…")
        await kiosk.press("o", *"swap", "enter")
        await kiosk.shows("✓ Moved: mong-kok")
    (moved,) = bookings_of(small_world, ada)
    assert moved.workstation_id == machine.id
    assert reasons_kept(small_world) == [("gpus.move", "swap")]
