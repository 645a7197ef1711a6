"""Where the lab is, who acts, and how times are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab_tui.cli.session import day_or_today, instant, moment, usual_folder
from lab_tui.clock import LabTime
from lab_tui.errors import BadInput
from tests.world import TODAY, World

HONG_KONG = LabTime.named("Asia/Hong_Kong")
NEW_YORK = LabTime.named("America/New_York")
SANTIAGO, HAVANA = LabTime.named("America/Santiago"), LabTime.named("America/Havana")


@pytest.mark.parametrize(
    ("lab_time", "text", "expected"),
    [
        (HONG_KONG, "2026-11-22 20:00", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        (HONG_KONG, "2026-11-22T20:00", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        (HONG_KONG, "2026-11-22T20:00+01:00", datetime(2026, 11, 22, 19, tzinfo=UTC)),
        (HONG_KONG, "2026-11-22T20:00Z", datetime(2026, 11, 22, 20, tzinfo=UTC)),
        (NEW_YORK, "2026-11-01T01:30-04:00", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (NEW_YORK, "2026-11-01T01:30-05:00", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
        (NEW_YORK, "2026-11-01 02:00", datetime(2026, 11, 1, 7, tzinfo=UTC)),
        (NEW_YORK, "2026-03-08 03:00", datetime(2026, 3, 8, 7, tzinfo=UTC)),
        (HONG_KONG, "2026-W47-7T20:00", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        (HONG_KONG, "2026-11-22 24:00", datetime(2026, 11, 22, 16, tzinfo=UTC)),
        (HONG_KONG, " 2026-12-31T24:00:00 ", datetime(2026, 12, 31, 16, tzinfo=UTC)),
        (HONG_KONG, "2026-11-22T24:00+01:00", datetime(2026, 11, 22, 23, tzinfo=UTC)),
        (HONG_KONG, "2026-11-22T24:00Z", datetime(2026, 11, 23, tzinfo=UTC)),
        # As people write it.
        (HONG_KONG, "2026-11-22 08.30", datetime(2026, 11, 22, 0, 30, tzinfo=UTC)),
        (HONG_KONG, "2026-11-22 9,30", datetime(2026, 11, 22, 1, 30, tzinfo=UTC)),
        (HONG_KONG, "2026-11-22T9:30+01:00", datetime(2026, 11, 22, 8, 30, tzinfo=UTC)),
        (HONG_KONG, "2026-11-22 20:00:30.5", datetime(2026, 11, 22, 12, 0, 30, 500_000, tzinfo=UTC)),
        # The day ends where the next begins: midnight is skipped here, and happens twice there.
        (SANTIAGO, "2026-09-05 24:00", datetime(2026, 9, 6, 4, tzinfo=UTC)),
        (HAVANA, "2026-10-31 24:00", datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_times_are_the_lab_s_own_or_carry_an_offset(lab_time: LabTime, text: str, expected: datetime) -> None:
    assert instant(lab_time, "--from", text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2026-03-08 02:30", "skipped_time"),
        ("2026-03-08 02:00", "skipped_time"),
        ("2026-11-01 01:30", "time_exists_twice"),
        ("2026-11-01 01:00", "time_exists_twice"),
        ("tonight", "in_words"),
        ("next tuesday 20:00", "in_words"),
        ("2026-11-22 8pm", "in_words"),
        ("22 Nov 2026", "in_words"),
        ("明天 20:00", "in_words"),
        ("", "not_an_instant"),
        ("2026-02-30 10:00", "not_an_instant"),
        ("2026-02-30 24:00", "not_an_instant"),
        ("2026-11-22 24:30", "not_an_instant"),
        ("2026-11-22 25:00", "not_an_instant"),
        ("22.11.2026 20:00", "not_an_instant"),
        ("2026-11-22T", "not_an_instant"),
        ("24:00", "not_an_instant"),
        # Neither a part of an hour nor of a minute is a part of a second.
        ("2026-11-22 08.5", "not_an_instant"),
        ("2026-11-22 08.305", "not_an_instant"),
        ("2026-11-22 08.30.15", "not_an_instant"),
        ("2026-11-22 0830,5", "not_an_instant"),
        ("2026-11-22 8", "not_an_instant"),
        ("2026-11-22", "no_time_of_day"),
        ("20261122", "no_time_of_day"),
        ("2026-W47-7", "no_time_of_day"),
        ("0001-01-01T00:00+08:00", "out_of_calendar"),
        ("9999-12-31 23:00", "out_of_calendar"),
        ("9999-12-31 24:00", "out_of_calendar"),
    ],
)
def test_a_time_that_is_not_one_time_is_not_guessed(text: str, problem: str) -> None:
    with pytest.raises(BadInput) as refused:
        instant(NEW_YORK, "--from", text)
    assert refused.value.problem == problem


def test_a_time_that_happens_twice_offers_both() -> None:
    with pytest.raises(BadInput) as refused:
        instant(NEW_YORK, "--from", "2026-11-01 01:30")
    assert refused.value.facts["first"] == "2026-11-01T01:30-04:00"
    assert refused.value.facts["second"] == "2026-11-01T01:30-05:00"


def test_the_lab_is_where_one_says_or_here_or_in_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LAB_TUI_LAB", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert usual_folder() == tmp_path / "data" / "lab-tui"
    (tmp_path / "lab.toml").touch()
    assert usual_folder() == tmp_path
    (tmp_path / "lab.toml").unlink()
    (tmp_path / "lab.db").touch()
    assert usual_folder() == tmp_path
    monkeypatch.setenv("LAB_TUI_LAB", "/srv/lab")
    assert usual_folder() == Path("/srv/lab")


def test_a_person_is_given_by_number_or_name(lab: Callable) -> None:  # type: ignore[type-arg]
    by_name = lab("gpu", "mine", "--as", "mei chan", "--json")
    assert by_name.code == 0
    assert lab("gpu", "mine", "--as", "1", "--json").json == by_name.json
    assert lab("gpu", "mine", "--as", "nobody such").code == 2
    several = lab("gpu", "mine", "--as", "a", "--json")
    assert several.code == 2
    assert several.json["bad_input"]["problem"] == "several_people"
    assert lab("gpu", "mine", "--as", "99999").code == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today 20:00", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("tomorrow 08:00", datetime(2026, 11, 23, 0, tzinfo=UTC)),
        (" Tomorrow  08:00", datetime(2026, 11, 23, 0, tzinfo=UTC)),
        ("today 24:00", datetime(2026, 11, 22, 16, tzinfo=UTC)),
        ("tomorrow 8:00", datetime(2026, 11, 23, 0, tzinfo=UTC)),
        ("today 08.30", datetime(2026, 11, 22, 0, 30, tzinfo=UTC)),
        ("2026-11-24 08:00", datetime(2026, 11, 24, 0, tzinfo=UTC)),
    ],
)
def test_a_day_may_be_today_or_tomorrow(world: World, text: str, expected: datetime) -> None:
    assert moment(world.lab, "--from", text) == expected


@pytest.mark.parametrize("text", ["someday 08:00", "tomorrow 8pm", "tomorrow night"])
def test_a_time_in_other_words_is_refused_as_it_was_typed(world: World, text: str) -> None:
    with pytest.raises(BadInput) as refused:
        moment(world.lab, "--from", text)
    assert (refused.value.problem, refused.value.value) == ("in_words", text)


@pytest.mark.parametrize("text", ["tomorrow", "Today "])
def test_a_day_alone_is_no_time(world: World, text: str) -> None:
    with pytest.raises(BadInput) as refused:
        moment(world.lab, "--from", text)
    assert (refused.value.problem, refused.value.value) == ("no_time_of_day", text)
    assert refused.value.facts == {"example": f"{text.strip()} 20:00"}


@pytest.mark.parametrize("text", ["tomorrow 8:0", "tomorrow 25:00", "tomorrow 08.5"])
def test_a_time_that_is_none_is_refused_as_it_was_typed(world: World, text: str) -> None:
    with pytest.raises(BadInput) as refused:
        moment(world.lab, "--from", text)
    assert (refused.value.problem, refused.value.value) == ("not_an_instant", text)


def test_a_day_may_be_named_and_other_words_say_so(world: World) -> None:
    assert day_or_today(world.lab, "DAY", None) == day_or_today(world.lab, "DAY", " Today ") == TODAY
    assert day_or_today(world.lab, "DAY", "tomorrow") == TODAY + timedelta(days=1)
    assert day_or_today(world.lab, "DAY", "2026-W47-7") == TODAY
    for text, problem in (
        ("next-tuesday", "in_words"),
        ("22.11.2026", "not_a_day"),
        ("2026-02-30", "not_a_day"),
        ("9999-12-31", "out_of_calendar"),
        ("0001-01-01", "out_of_calendar"),
    ):
        with pytest.raises(BadInput, match=problem):
            day_or_today(world.lab, "DAY", text)
