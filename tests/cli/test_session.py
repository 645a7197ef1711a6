"""Where the lab is, who acts, and how times are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab_tui.cli.session import instant, moment, usual_folder
from lab_tui.clock import LabTime
from lab_tui.errors import BadInput
from tests.world import World

HONG_KONG = LabTime.named("Asia/Hong_Kong")
NEW_YORK = LabTime.named("America/New_York")


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
    ],
)
def test_times_are_the_lab_s_own_or_carry_an_offset(lab_time: LabTime, text: str, expected: datetime) -> None:
    assert instant(lab_time, "--from", text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2026-03-08 02:30", "no_such_time"),
        ("2026-03-08 02:00", "no_such_time"),
        ("2026-11-01 01:30", "time_twice"),
        ("2026-11-01 01:00", "time_twice"),
        ("tonight", "not_an_instant"),
        ("", "not_an_instant"),
        ("2026-02-30 10:00", "not_an_instant"),
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
        ("2026-11-24 08:00", datetime(2026, 11, 24, 0, tzinfo=UTC)),
    ],
)
def test_a_day_may_be_today_or_tomorrow(world: World, text: str, expected: datetime) -> None:
    assert moment(world.lab, "--from", text) == expected


def test_a_day_in_other_words_is_refused(world: World) -> None:
    with pytest.raises(BadInput, match="not_an_instant"):
        moment(world.lab, "--from", "someday 08:00")
