"""`lab.toml`: every setting can be written and read back; what is wrong is named."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from lab_tui.config import (
    GpusSection,
    LabConfig,
    LabSection,
    config_text,
    load_config,
    parse_config,
    parse_day,
    policy_in_force,
    workstation_policy,
)
from lab_tui.errors import BadInput, SystemCannot


def load(tmp_path: Path, text: str) -> LabConfig:
    (tmp_path / "lab.toml").write_text(text, encoding="utf-8")
    return load_config(tmp_path)


def test_without_a_file_everything_is_as_usual(tmp_path: Path) -> None:
    assert load_config(tmp_path) == LabConfig(folder=tmp_path)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    config = LabConfig(folder=tmp_path, lab=LabSection(name='The "Old" Lab \\ 香港', zone="Europe/Berlin"))
    assert load(tmp_path, config_text(config)) == config


def test_every_setting_is_explained_in_the_file() -> None:
    text = config_text(LabConfig())
    uncommented = "\n".join(line.removeprefix("# ") if " = " in line else line for line in text.splitlines())
    assert parse_config(tomllib.loads(uncommented), Path()) == LabConfig()
    assert text.count("\n# ") >= 2 * uncommented.count(" = ") - 2


@pytest.mark.parametrize(
    ("text", "field", "problem"),
    [
        ("[gpus]\nslot_minutes = 20", "gpus.slot_minutes", "not_a_choice"),
        ("[gpus]\nslot_minutes = 5", "gpus.slot_minutes", "out_of_bounds"),
        ("[gpus]\nslot_minutes = '30'", "gpus.slot_minutes", "wrong_type"),
        ("[gpus]\nslot_minutes = true", "gpus.slot_minutes", "wrong_type"),
        ("[gpus]\nshortest_minutes = 45", "gpus.shortest_minutes", "off_grid"),
        ("[gpus]\nno_show_minute = 20", "gpus.no_show_minute", "unknown_setting"),
        ("[gpu]\nslot_minutes = 30", "gpu", "unknown_setting"),
        ("gpus = 3", "gpus", "not_a_section"),
        ("[scanner]\nlayout = 'qwerty'", "scanner.layout", "not_a_choice"),
        ("[scanner]\nsuffix = 'bell'", "scanner.suffix", "not_a_choice"),
        ("[scanner]\nstart_key = 'ctrl+m'", "scanner.start_key", "not_a_choice"),
        ("[scanner]\nstart_key = 'b'", "scanner.start_key", "not_a_choice"),
        ("[lab]\nzone = 'Asia/Hongkong'", "zone", "unknown_zone"),
        ("[lab]\nlanguage = 'fr'", "lab.language", "not_a_choice"),
        ("[lab]\ncloses = '25:00'", "lab.closes", "not_a_time"),
        ("[lab]\nopens = '9 o clock'", "lab.opens", "not_a_time"),
        ("[gpus]\nshortest_minutes = 180\nlongest_hours = 2", "gpus.shortest_minutes", "out_of_bounds"),
        ("[gpus]\nlongest_hours = 169", "gpus.longest_hours", "out_of_bounds"),
        ("[gpus]\nonly_when_open = 1", "gpus.only_when_open", "wrong_type"),
        ("[gpus]\ngap_minutes = -1", "gpus.gap_minutes", "out_of_bounds"),
        ("[gpus]\noff_peak_from = '10pm'", "gpus.off_peak_from", "not_a_time"),
        ("[gpus]\noff_peak_from = ''", "gpus.off_peak_until", "empty"),
        ("[gpus]\noff_peak_until = ''", "gpus.off_peak_until", "empty"),
        ("[gpus]\noff_peak_from = '8:00'", "gpus.off_peak_until", "same_time"),
        ("[gpus]\noffer_from = ''", "gpus.offer_from", "not_a_time"),
        ("[gpus]\noffer_until = '09:00'", "gpus.offer_until", "same_time"),
        ("[lab", "lab.toml", "not_toml"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, field: str, problem: str) -> None:
    with pytest.raises(BadInput) as caught:
        load(tmp_path, text)
    assert (caught.value.field, caught.value.problem) == (field, problem)


def test_off_peak_hours_are_left_out_or_last_all_day(tmp_path: Path) -> None:
    none = load(tmp_path, "[gpus]\noff_peak_from = ''\noff_peak_until = ''")
    assert (none.gpus.off_peak_from, none.gpus.off_peak_until) == ("", "")
    load(tmp_path, "[gpus]\noff_peak_from = '00:00'\noff_peak_until = '24:00'")


def test_a_workstation_has_the_lab_s_policy_but_for_what_is_its_own() -> None:
    section = GpusSection(horizon_days=9)
    assert workstation_policy(section, "{}") == workstation_policy(section, "") == section
    own = workstation_policy(section, '{"longest_hours": 48, "off_peak_from": " 21:00 "}')
    assert own == replace(section, longest_hours=48, off_peak_from="21:00")
    assert policy_in_force(section, '{"longest_hours": 48, "off_peak_from": " 21:00 "}') == own


@pytest.mark.parametrize(
    ("overrides", "field", "problem"),
    [
        ("{", "policy", "not_a_section"),
        ("[]", "policy", "not_a_section"),
        ("3", "policy", "not_a_section"),
        ('{"longest": 3}', "gpus.longest", "unknown_setting"),
        ('{"longest_hours": 3.5}', "gpus.longest_hours", "wrong_type"),
        ('{"longest_hours": null}', "gpus.longest_hours", "wrong_type"),
        ('{"longest_hours": NaN}', "gpus.longest_hours", "wrong_type"),
        ('{"longest_hours": 1000}', "gpus.longest_hours", "out_of_bounds"),
        # Wrong only together with what the lab has set.
        ('{"slot_minutes": 60}', "gpus.shortest_minutes", "off_grid"),
        ('{"off_peak_until": ""}', "gpus.off_peak_until", "empty"),
    ],
)
def test_a_wrong_policy_of_a_workstation_is_named(overrides: str, field: str, problem: str) -> None:
    with pytest.raises(BadInput) as caught:
        workstation_policy(GpusSection(), overrides)
    assert (caught.value.field, caught.value.problem) == (field, problem)
    # Stored all the same, as the lab's own changed since, it gives way to that.
    assert policy_in_force(GpusSection(), overrides) == GpusSection()


def test_a_day_lies_within_the_calendar() -> None:
    assert parse_day("day", "2026-11-22") == date(2026, 11, 22)
    for text, problem in (("2026-13-01", "not_a_day"), ("0001-01-01", "out_of_calendar")):
        with pytest.raises(BadInput, match=problem):
            parse_day("day", text)


def test_the_nearest_setting_is_offered(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        load(tmp_path, "[gpus]\nno_show_minute = 20")
    assert caught.value.facts["nearest"] == "no_show_minutes"


def test_a_file_that_cannot_be_read_is_the_system_s_fault(tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SystemCannot, match="config_unreadable"):
        load_config(tmp_path)


def test_the_environment_names_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_config(tmp_path).database_url == str(tmp_path / "lab.db")
    monkeypatch.setenv("LAB_TUI_DATABASE", "postgresql://db/lab")
    assert load_config(tmp_path).database_url == "postgresql://db/lab"
