"""The shell around all screens: scans, visits, the countdown, languages, undo, a database that is away."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest
from textual.message_pump import MessagePump
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker

from lab_tui import i18n
from lab_tui.codes.passcode import PassKind
from lab_tui.errors import SystemCannot
from lab_tui.lab import events, people
from lab_tui.lab.overview import MyDay
from lab_tui.lab.people import PersonView
from lab_tui.tui.modals.countdown import CountdownModal
from lab_tui.tui.modals.question import QuestionModal
from lab_tui.tui.notice import Notice
from lab_tui.tui.screens.base import LabScreen
from lab_tui.tui.screens.gpus import GpusScreen
from lab_tui.tui.screens.home import HomeScreen
from lab_tui.tui.screens.my_day import MyDayScreen
from lab_tui.tui.visit import Visit
from lab_tui.tui.widgets.title_bar import TitleBar
from tests.tui.conftest import OpenKiosk
from tests.tui.kiosks import Kiosk
from tests.world import NOW, World

SCREENS = ["my_day", "my_pass", "gpus", "desks", "events"]


@contextmanager
def writer_elsewhere(world: World) -> Iterator[None]:
    """Another program holds the database's only write lock."""
    other = apsw.Connection(world.lab.store.address)
    other.set_busy_timeout(10_000)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def idle(kiosk: Kiosk, seconds: float) -> None:
    """Let the visitor have been away for so long."""
    assert kiosk.app.visit is not None
    kiosk.app.visit.last_key_at -= seconds


# Scans


@pytest.mark.parametrize("name", SCREENS)
async def test_a_scan_from_any_screen_starts_the_visit(
    small_world: World, open_kiosk: OpenKiosk, name: str
) -> None:
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), name)
        await kiosk.visit(small_world.person("Kenji Lam"))
        await kiosk.shows("Kenji Lam", "NOW")
        assert "Mei Chan" not in kiosk.text
        assert len(kiosk.app.screen_stack) == 2


@pytest.mark.parametrize("key", ["f1", "f2", "question", "s"])
async def test_a_scan_under_any_modal_starts_the_visit(
    small_world: World, open_kiosk: OpenKiosk, key: str
) -> None:
    staff, person = small_world.person("Ada Wong", role="staff"), small_world.person("Mei Chan")
    small_world.badge(small_world.person("Dr Ho", role="mentor"))
    async with open_kiosk() as kiosk:
        if key in ("s", "question"):
            await kiosk.visit(staff)
        if key == "question":
            kiosk.app.push_screen(QuestionModal("Sure?", "Really?"))
        else:
            await kiosk.press(key)
        await kiosk.until(lambda: kiosk.app.screen.is_modal, "the modal")
        await kiosk.visit(person)
        await kiosk.shows("Mei Chan", "NOW")
        assert len(kiosk.app.screen_stack) == 2


async def test_a_code_that_is_not_genuine_ends_nobodys_visit(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    forged = small_world.lab.keys.issue(PassKind.PERSON, 1)[:-1]
    forged += "0" if forged[-1] != "0" else "1"
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"))
        kiosk.scan(forged)
        await kiosk.shows("This code was not made by this lab", "Ask the staff")
        await kiosk.press("escape")
        await kiosk.shows("Mei Chan", "NOW")


async def test_a_ticket_checks_in_and_ends_the_visit_of_another(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    holder = small_world.person("Kenji Lam")
    event = small_world.event(starts_at=NOW)
    place = events.sign_up(small_world.lab, small_world.actor(holder), event.id).what
    ticket = people.ticket_code(small_world.lab, small_world.actor(holder), place.id)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"))
        kiosk.scan(ticket)
        await kiosk.shows('Kenji Lam is checked in to "Fine-tuning on a budget"')
        assert kiosk.app.visit is None
        assert "Mei Chan" not in kiosk.text


# The end of a visit


async def test_an_idle_visit_counts_down_and_ends(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "my_pass")
        idle(kiosk, 61)
        await kiosk.shows("Still there?", "seconds")
        idle(kiosk, 20)
        await kiosk.shows("Scan your badge to begin")
        assert kiosk.app.visit is None


@pytest.mark.parametrize("key", ["x", "escape", "f9", "f1", "enter"])
async def test_any_key_stops_the_countdown_and_does_nothing_else(
    small_world: World, open_kiosk: OpenKiosk, key: str
) -> None:
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "my_pass")
        idle(kiosk, 65)
        await kiosk.until(lambda: isinstance(kiosk.app.screen, CountdownModal), "the countdown")
        await kiosk.press(key)
        await kiosk.until(lambda: not kiosk.app.screen.is_modal, "its end")
        assert kiosk.app.screen is kiosk.app.screen_named("my_pass")
        assert i18n.language() == "en"
        left = kiosk.app.seconds_left()
        assert left is not None
        assert left > 75


async def test_a_touch_stops_the_countdown(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "my_pass")
        idle(kiosk, 65)
        await kiosk.until(lambda: isinstance(kiosk.app.screen, CountdownModal), "the countdown")
        await kiosk.pilot.click(offset=(5, 12))
        await kiosk.until(lambda: not kiosk.app.screen.is_modal, "its end")
        assert kiosk.app.screen is kiosk.app.screen_named("my_pass")


async def test_escape_goes_back_step_by_step(small_world: World, open_kiosk: OpenKiosk) -> None:
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person("Mei Chan"), "my_pass")
        await kiosk.press("f1")
        await kiosk.shows("Help", "Keys")
        await kiosk.press("escape")
        await kiosk.shows("My pass")
        await kiosk.press("escape")
        await kiosk.shows("I'm done")
        await kiosk.press("escape")
        await kiosk.shows("Scan your badge to begin")


def texts_of(widget: Widget) -> str:
    """What a widget says, wherever it keeps it."""
    said = [str(widget.render()) if isinstance(widget, Static) else ""]
    said += [str(getattr(widget, name, "")) for name in ("view", "left", "middle", "right", "value")]
    if isinstance(widget, Notice):
        said += [widget._text, str(widget._undo)]
    return " ".join(said)


async def test_nothing_of_a_visit_remains(small_world: World, open_kiosk: OpenKiosk) -> None:
    person = small_world.person("Zebedee", startup=small_world.startup("Zebra Vision"), other_name="斑馬")
    event = small_world.event(starts_at=NOW + timedelta(minutes=10))
    events.sign_up(small_world.lab, small_world.actor(person), event.id)
    small_world.workstation()
    async with open_kiosk() as kiosk:
        await kiosk.visit(person)
        await kiosk.press("1")
        await kiosk.shows("✓ Checked in")
        for name in SCREENS[1:]:
            kiosk.app.go(name)
            await kiosk.until(lambda: kiosk.screen.value is not None, name)
            kiosk.app.back()
        kiosk.app.end_visit()
        await kiosk.shows("Scan your badge to begin")
        for name in SCREENS:
            screen = kiosk.app.screen_named(name)
            assert screen.value is None, name
            for widget in screen.walk_children(Widget):
                assert not any(word in texts_of(widget) for word in ("Zeb", "斑馬")), (name, widget)
            assert not screen.query_one(TitleBar).left.startswith("Zeb")
        await kiosk.visit(small_world.person("Next Person"))
        await kiosk.press("u")
        assert "Undo" not in kiosk.text


async def test_an_answer_that_comes_late_is_for_nobody_else(
    small_world: World, open_kiosk: OpenKiosk
) -> None:
    first, second = small_world.person("Mei Chan"), small_world.person("Kenji Lam")
    event = small_world.event(starts_at=NOW + timedelta(minutes=10))
    events.sign_up(small_world.lab, small_world.actor(first), event.id)
    badge = small_world.badge(second)
    async with open_kiosk() as kiosk:
        await kiosk.visit(first)
        await kiosk.shows("1  Check in")
        with writer_elsewhere(small_world):
            await kiosk.press("1", "escape")
            await kiosk.shows("Scan your badge to begin")
        kiosk.scan(badge)
        await kiosk.shows("Kenji Lam", "NOW")
        assert "Checked in" not in kiosk.text
        assert kiosk.app.visit is not None
        assert kiosk.app.visit.undo is None


async def test_visits_leave_no_objects_behind(small_world: World, open_kiosk: OpenKiosk) -> None:
    people_here = [small_world.person(f"Person {number}") for number in range(4)]
    codes = [small_world.badge(person) for person in people_here]

    async def visits(kiosk: Kiosk, count: int) -> tuple[int, Counter[str]]:
        """All objects after so many visits, and of those that could hold a visit one count a type."""
        for number in range(count):
            kiosk.app.scans.put(codes[number % 4])
            await kiosk.until(lambda: kiosk.app.visit and kiosk.screen.value is not None, "the day")
            kiosk.app.end_visit()
            await kiosk.until(lambda: len(kiosk.app.screen_stack) == 1, "home")
        await kiosk.until(lambda: not [one for one in kiosk.app.workers if one.group == "load"], "quiet")
        gc.collect()
        things = gc.get_objects()
        holders = (MessagePump, Worker, Visit, PersonView, MyDay)
        return len(things), Counter(type(one).__name__ for one in things if isinstance(one, holders))

    async with open_kiosk() as kiosk:
        all_before, holding_before = await visits(kiosk, 30)
        all_after, holding_after = await visits(kiosk, 60)
        assert not holding_after - holding_before
        assert all_after < 1.05 * all_before


# Languages


async def test_the_language_changes_live_and_is_remembered(small_world: World, open_kiosk: OpenKiosk) -> None:
    person = small_world.person("Mei Chan")
    badge = small_world.badge(person)
    async with open_kiosk() as kiosk:
        kiosk.scan(badge)
        await kiosk.shows("I'm done")
        await kiosk.press("f9")
        await kiosk.until(lambda: i18n.language() == "zh_Hant", "the language")
        await kiosk.until(
            lambda: people.person_view(small_world.lab, person.id).language == "zh_Hant", "its memory"
        )
        kiosk.app.end_visit()
        assert i18n.language() == "en"
        await kiosk.shows("Scan your badge to begin", "F9 繁體中文")
        kiosk.app.scans.put(badge)
        await kiosk.until(lambda: kiosk.app.visit, "the visit")
        assert i18n.language() == "zh_Hant"


async def test_the_language_changes_under_a_modal(small_world: World, open_kiosk: OpenKiosk) -> None:
    small_world.badge(small_world.person("Dr Ho", role="mentor"))
    said = []

    def title() -> str:
        said.append(i18n.language())
        return i18n.language()

    async with open_kiosk() as kiosk:
        kiosk.app.push_screen(QuestionModal(title, "Really?"))
        await kiosk.until(lambda: said == ["en"], "the question")
        await kiosk.press("f9")
        await kiosk.until(lambda: "zh_Hant" in said, "the question in Chinese")
        await kiosk.shows("zh_Hant")
        await kiosk.press("f9", "f9")
        await kiosk.until(lambda: said[-1] == "en", "the question in English")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_chinese_keeps_to_its_cells(
    small_world: World, open_kiosk: OpenKiosk, size: tuple[int, int]
) -> None:
    small_world.desk()
    small_world.workstation()
    small_world.event()
    async with open_kiosk(size) as kiosk:
        for language in ("zh_Hant", "zh_Hans"):
            kiosk.app.use_language(language)
            await kiosk.pilot.pause()
            assert kiosk.line_widths == {size[0]}
        await kiosk.visit(small_world.person("陳美"))
        for name in ("my_day", "my_pass"):
            kiosk.app.go(name)
            kiosk.app.use_language("zh_Hant")
            await kiosk.pilot.pause()
            assert kiosk.line_widths == {size[0]}


# Screens below


async def test_a_covered_screen_is_neither_read_nor_painted(
    small_world: World, open_kiosk: OpenKiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LabScreen, "REFRESH_SECONDS", 0.02)
    done: Counter[tuple[str, str]] = Counter()
    for act in ("load", "tick"):
        _count(act, (GpusScreen, MyDayScreen, HomeScreen), done, monkeypatch)
    async with open_kiosk() as kiosk:
        await kiosk.visit(small_world.person(), "gpus")
        # What was asked for before the screen was covered comes in first.
        await kiosk.until(lambda: done["load", "GpusScreen"] > 5)
        done.clear()
        await kiosk.until(lambda: done["load", "GpusScreen"] > 5 and done["tick", "GpusScreen"] > 5)
        assert {name for _act, name in done} == {"GpusScreen"}
        # Behind a modal it is still seen.
        await kiosk.press("f1")
        await kiosk.until(lambda: kiosk.app.screen.is_modal, "the help")
        done.clear()
        await kiosk.until(lambda: done["load", "GpusScreen"] > 5, "the value read behind the help")


def _count(
    act: str,
    screens: tuple[type[LabScreen[Any]], ...],
    done: Counter[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Count whenever one of the screens does something."""
    for screen in screens:
        original = getattr(screen, act)

        def counted(self: LabScreen[Any], *rest: Any, _original: Any = original) -> Any:
            done[act, type(self).__name__] += 1
            return _original(self, *rest)

        monkeypatch.setattr(screen, act, counted)


# The database


async def test_keys_echo_while_the_database_is_slow(small_world: World, open_kiosk: OpenKiosk) -> None:
    badge = small_world.badge(small_world.person("Mei Chan"))
    async with open_kiosk() as kiosk:
        with writer_elsewhere(small_world):
            kiosk.scan(badge)
            await kiosk.press("f1")
            await kiosk.shows("Help", "Keys")
            await kiosk.press("escape", "f9")
            await kiosk.until(lambda: i18n.language() == "zh_Hant", "the language")
            assert kiosk.app.visit is None
        await kiosk.until(lambda: kiosk.app.visit, "the visit")


async def test_a_database_that_is_away_is_told_and_comes_back(
    small_world: World, open_kiosk: OpenKiosk, tmp_path: Path
) -> None:
    async with open_kiosk() as kiosk:
        kiosk.app.lab_is_away(SystemCannot("store_unreachable", address="lab.db"))
        await kiosk.shows("✕ The database lab.db does not answer")
        await kiosk.press("f1")
        await kiosk.shows("Keys")
        await kiosk.press("escape")
        kiosk.screen.refresh_value()
        await kiosk.shows_no("does not answer")
