"""The door: one word for everyone who scans, long after whoever opened it has gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lab_tui.lab import events
from lab_tui.lab.checkins import ScanResult, Verdict
from lab_tui.lab.operation import OPERATOR
from lab_tui.lab.rules.verdicts import outcome_of
from lab_tui.store.tables import checkins as tables
from lab_tui.store.tables import people
from lab_tui.tui.screens import door
from lab_tui.tui.screens.door import DoorScreen
from tests.tui.conftest import OpenKiosk
from tests.tui.hostile_names import HOSTILE_NAMES
from tests.tui.kiosks import Kiosk
from tests.world import NOW, World

SIZES = ((80, 24), (120, 40), (240, 60))


async def opened(kiosk: Kiosk, event: Any, keeper: people.Person | None = None) -> DoorScreen:
    """The door of an event, opened by a staff member from their list of events."""
    keeper = keeper or kiosk.world.person("Ada Wong", role="staff")
    await kiosk.visit(keeper)
    kiosk.app.sign_in_staff(kiosk.world.actor(keeper, signed_in=True))
    kiosk.app.go("staff_events")
    await kiosk.until(lambda: kiosk.screen.value, "the events")
    await kiosk.press("o")
    await kiosk.shows("Open the door of")
    await kiosk.press("enter")
    await kiosk.until(lambda: isinstance(kiosk.app.screen, DoorScreen), "the door")
    assert kiosk.app.visit is None
    screen = kiosk.app.screen
    assert isinstance(screen, DoorScreen)
    assert screen.value is not None
    assert screen.value.id == event.id
    return screen


def guest(world: World, event: Any, name: str) -> str:
    """The badge of somebody who has a place."""
    person = world.person(name)
    events.sign_up(world.lab, world.actor(person), event.id)
    return world.badge(person)


def inside(world: World) -> list[str]:
    with world.lab.store.read():
        rows = tables.CheckIn.select().where(tables.CheckIn.kind == "session").order_by(tables.CheckIn.id)
        return [row.person.name for row in rows]


@pytest.mark.parametrize("size", SIZES)
async def test_guests_are_checked_in_one_after_the_other(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    event = small_world.event(capacity=5)
    badges = [guest(small_world, event, f"Guest {number}") for number in range(4)]
    stranger = small_world.badge(small_world.person("Stranger"))
    async with open_kiosk(size=size) as kiosk:
        screen = await opened(kiosk, event)
        await kiosk.shows(
            "Fine-tuning on a budget", "Seminar room · 16:32-18:32", "Scan your badge or ticket"
        )
        for code in (*badges, stranger):
            kiosk.scan(code)
        await kiosk.until(lambda: len(inside(small_world)) == 4, "all check-ins")
        await kiosk.shows("Stranger", "Sign up at a kiosk", "4 of 5 places taken", "4 inside", "✕ NO SIGN-UP")
        assert kiosk.app.screen.query_one("#band").has_class("bad")
        assert "Guest 3" in kiosk.text
        assert kiosk.app.screen is screen
    assert inside(small_world) == [f"Guest {number}" for number in range(4)]
    with small_world.lab.store.read():
        verdicts = [scan.verdict for scan in tables.Scan.select().order_by(tables.Scan.id)]
    assert verdicts[-5:] == [Verdict.CHECKED_IN] * 4 + [Verdict.NOT_SIGNED_UP]


async def test_a_verdict_clears_by_itself_and_by_touch(
    small_world: World, open_kiosk: OpenKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "SHOWN_SECONDS", 0.2)
    event = small_world.event()
    first, second = (guest(small_world, event, name) for name in ("Mei Chan", "Kenji Lam"))
    async with open_kiosk() as kiosk:
        await opened(kiosk, event)
        kiosk.scan(first)
        await kiosk.shows("Go to Seminar room", "Mei Chan")
        await kiosk.shows("Scan your badge or ticket")
        assert not kiosk.app.screen.query_one("#band").has_class("good")
        monkeypatch.setattr(door, "SHOWN_SECONDS", 60)
        kiosk.scan(second)
        await kiosk.shows("Go to Seminar room", "Kenji Lam")
        await kiosk.pilot.click("#band")
        await kiosk.shows("Scan your badge or ticket")


async def test_a_scan_takes_away_what_lies_over_the_verdict(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    event = small_world.event()
    badges = [guest(small_world, event, name) for name in ("Mei Chan", "Kenji Lam")]
    async with open_kiosk() as kiosk:
        screen = await opened(kiosk, event)
        for key, badge in zip(("escape", "f1"), badges, strict=True):
            await kiosk.press(key)
            await kiosk.until(lambda: kiosk.app.screen is not screen, "the modal")
            kiosk.scan(badge)
            await kiosk.until(lambda: kiosk.app.screen is screen, "the door")
            await kiosk.shows("Go to Seminar room")
    assert inside(small_world) == ["Mei Chan", "Kenji Lam"]


async def test_the_door_closes_after_a_question_and_leaves_nothing(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    event = small_world.event()
    async with open_kiosk() as kiosk:
        screen = await opened(kiosk, event)
        kiosk.scan(guest(small_world, event, "Mei Chan"))
        await kiosk.shows("Go to Seminar room")
        await kiosk.press("escape")
        await kiosk.shows("Close the door?")
        await kiosk.press("escape")
        await kiosk.shows_no("Close the door?")
        assert kiosk.app.screen is screen
        await kiosk.press("escape", "enter")
        await kiosk.shows("Scan your badge to begin")
        assert screen.value is None
        assert (screen._doorkeeper, screen._answer, list(screen._last)) == (None, None, [])
        await kiosk.visit(small_world.person("Kenji Lam"))
    assert inside(small_world) == ["Mei Chan"]


async def test_a_doorkeeper_who_may_no_longer_is_told(small_world: World, open_kiosk: OpenKiosk) -> None:
    event = small_world.event()
    keeper = small_world.person("Ada Wong", role="staff")
    badge = guest(small_world, event, "Mei Chan")
    async with open_kiosk() as kiosk:
        await opened(kiosk, event, keeper)
        with small_world.lab.store.write():
            people.Person.update(active=False).where(people.Person.id == keeper.id).execute()
        kiosk.scan(badge)
        await kiosk.shows("Nobody is checked in here now.", "Ada Wong")
        assert kiosk.app.screen.query_one("#band").has_class("bad")
        with small_world.lab.store.write():
            people.Person.update(active=True).where(people.Person.id == keeper.id).execute()
        kiosk.scan(guest(small_world, event, "Kenji Lam"))
        await kiosk.shows("Go to Seminar room")
    assert inside(small_world) == ["Kenji Lam"]


async def test_the_door_speaks_another_language(small_world: World, open_kiosk: OpenKiosk) -> None:
    event = small_world.event()
    async with open_kiosk() as kiosk:
        await opened(kiosk, event)
        await kiosk.shows("Scan your badge or ticket")
        await kiosk.press("f9")
        await kiosk.shows_no("Help")
        kiosk.scan(guest(small_world, event, "Mei Chan"))
        await kiosk.shows("Mei Chan", "┏")
        await kiosk.press("f9", "f9")
        await kiosk.shows("Go to Seminar room")


async def test_the_door_tells_that_its_event_was_called_off(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    event = small_world.event()
    badge = guest(small_world, event, "Mei Chan")
    async with open_kiosk() as kiosk:
        await opened(kiosk, event)
        events.call_off(small_world.lab, OPERATOR, event.id)
        kiosk.scan(badge)
        await kiosk.shows("Mei Chan", "called off", "See what is next on the home screen")
    assert inside(small_world) == []


async def test_the_sitting_that_is_next_is_opened(small_world: World, open_kiosk: OpenKiosk) -> None:
    event = small_world.event(starts_at=NOW - timedelta(hours=5), hours=1)
    from lab_tui.store.tables.events import Session

    with small_world.lab.store.write():
        later = Session.create(
            event=event, place="Loft", starts_at=NOW + timedelta(hours=1), ends_at=NOW + timedelta(hours=2)
        )
    async with open_kiosk() as kiosk:
        await opened(kiosk, event)
        await kiosk.shows("Loft · 15:32-16:32")
        kiosk.scan(guest(small_world, event, "Mei Chan"))
        await kiosk.shows("Go to Loft")
    with small_world.lab.store.read():
        assert [
            row.session_id for row in tables.CheckIn.select().where(tables.CheckIn.kind == "session")
        ] == [later.id]


@pytest.mark.parametrize("language", ["en", "zh_Hant", "zh_Hans"])
@pytest.mark.parametrize("size", SIZES)
async def test_every_verdict_fills_the_band_and_names_the_next_step(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int], language: str
) -> None:
    event = small_world.event()
    async with open_kiosk(size=size) as kiosk:
        screen = await opened(kiosk, event)
        kiosk.app.use_language(language)
        for verdict in Verdict:
            screen._show(
                ScanResult(
                    *(verdict, outcome_of(verdict), 1, "Mei Chan", "陳美", "Lumen Vision"),
                    *("", "Fine-tuning", "Loft", NOW),
                )
            )
            await kiosk.shows("Mei Chan · 陳美")
            await kiosk.until(lambda: screen.query_one("BigWord").region.height >= 7, "the word")
            await kiosk.pilot.pause()
            word, about, step = (
                screen.query_one(f"{part}").region for part in ("BigWord", "#about", "#step")
            )
            band = screen.query_one("#band").region
            assert word.height >= 7
            assert band.y <= word.y
            assert word.bottom <= about.y < step.y
            assert step.bottom <= band.bottom
            assert kiosk.line_widths == {size[0]}


@pytest.mark.parametrize("size", SIZES[:2])
async def test_hostile_names_stay_text(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    event = small_world.event(HOSTILE_NAMES[0], capacity=len(HOSTILE_NAMES))
    async with open_kiosk(size=size) as kiosk:
        screen = await opened(kiosk, event)
        for count, name in enumerate(HOSTILE_NAMES, 1):
            startup = small_world.startup(f"{name}{count}")
            person = small_world.person(name, startup=startup, other_name=name)
            events.sign_up(small_world.lab, small_world.actor(person), event.id)
            before = screen._answer
            kiosk.scan(small_world.badge(person))
            await kiosk.until(lambda before=before: screen._answer is not before, "the verdict")
            await kiosk.shows("Go to Seminar room")
            kiosk.assert_harmless()
    assert len(inside(small_world)) == len(HOSTILE_NAMES)
