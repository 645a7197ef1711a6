"""`lab.toml`: every setting can be written and read back; what is wrong is named."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lab_tui.config import LabConfig, LabSection, config_text, load_config, parse_config
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
        ("[lab]\nzone = 'Asia/Hongkong'", "zone", "unknown_zone"),
        ("[lab]\nlanguage = 'fr'", "lab.language", "not_a_choice"),
        ("[lab]\ncloses = '25:00'", "lab.closes", "not_a_time"),
        ("[lab", "lab.toml", "not_toml"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, field: str, problem: str) -> None:
    with pytest.raises(BadInput) as caught:
        load(tmp_path, text)
    assert (caught.value.field, caught.value.problem) == (field, problem)


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
