"""Every problem and fault that the program raises has its sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import pytest

import lab_tui
from lab_tui import i18n
from lab_tui.clock import LabTime
from lab_tui.errors import BadInput, SystemCannot
from lab_tui.text import clean
from lab_tui.wording import faults
from lab_tui.wording.templates import fields_of

PACKAGE = Path(str(lab_tui.__file__)).parent


def raised(name: str, position: int) -> set[str]:
    """The literal codes at an argument of every call of an error's class."""
    return {
        text
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
        for text in literals(node.args[position : position + 1])
    }


def literals(arguments: list[ast.expr]) -> Iterator[str]:
    for argument in arguments:
        choices = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
        yield from (
            one.value for one in choices if isinstance(one, ast.Constant) and isinstance(one.value, str)
        )


# Codes that a variable carries.
STORE_CODES = {
    "store_busy",
    "store_full",
    "store_read_only",
    "store_unreachable",
    "store_empty",
    "store_older",
    "store_newer",
}


def test_every_problem_of_a_value_has_a_sentence() -> None:
    found = raised("BadInput", 2)
    assert len(found) > 15
    assert found - set(faults.BAD_INPUTS) == set()


def test_every_fault_of_the_machine_has_a_sentence() -> None:
    found = raised("SystemCannot", 0) | STORE_CODES
    assert len(found) > 15
    assert found - set(faults.SYSTEM_FAULTS) == set()


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_facts_may_be_missing(language: str) -> None:
    i18n.use_language(language)
    for problem in faults.BAD_INPUTS:
        said = faults.bad_input(BadInput("gpus.slot_minutes", 7, problem))
        assert "{" not in said
        assert fields_of(faults.BAD_INPUTS[problem][-1]) <= {"field", "value"}
    for code in faults.SYSTEM_FAULTS:
        assert "{" not in faults.system_fault(SystemCannot(code))


def test_a_wrong_setting_is_named_with_its_value_and_bounds() -> None:
    said = faults.bad_input(BadInput("gpus.longest_hours", 0, "out_of_bounds", low=1, high=168))
    assert said == "gpus.longest_hours: 0 is out of bounds. Choose a value from 1 to 168."


def test_a_time_that_is_not_one_time_says_which_there_are() -> None:
    berlin = LabTime.named("Europe/Berlin")
    with pytest.raises(BadInput) as skipped:
        berlin.exact("starts_at", date(2026, 3, 29), time(2, 30))
    assert faults.bad_input(skipped.value) == (
        "Start: 02:30 does not exist on 2026-03-29: the clocks of Europe/Berlin go from 02:00 to 03:00. "
        "Choose a time before or after that."
    )
    with pytest.raises(BadInput) as twice:
        berlin.exact("ends_at", date(2026, 10, 25), time(2, 30))
    assert faults.bad_input(twice.value) == (
        "End: 02:30 happens twice on 2026-10-25 in Europe/Berlin. "
        "Say which one: 2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00."
    )


def test_each_wrong_way_to_write_a_time_has_its_own_sentence() -> None:
    problems = ("in_words", "not_an_instant", "not_a_time", "not_a_day", "out_of_calendar")
    problems += ("skipped_time", "time_exists_twice", "no_time_of_day")
    said = [faults.bad_input(BadInput("starts_at", "8pm", problem)) for problem in problems]
    assert len(set(said)) == len(said)
    assert said[0] == "Start: 8pm is in words. Write it in figures, like 2026-11-22 20:00."


def test_real_errors_read_well() -> None:
    with pytest.raises(BadInput) as zone:
        LabTime.named("Mars/Olympus")
    assert faults.bad_input(zone.value) == (
        "Time zone: Mars/Olympus is no IANA time zone. Write it like Asia/Hong_Kong."
    )
    with pytest.raises(BadInput) as long:
        clean("x" * 130, field="title")
    assert faults.bad_input(long.value) == "Title is too long: 130 characters, at most 120 fit."


def test_an_unknown_setting_suggests_the_nearest_where_there_is_one() -> None:
    near = BadInput("gpus.no_show", "gpus.no_show", "unknown_setting", nearest="no_show_minutes")
    assert faults.bad_input(near).endswith("Did you mean no_show_minutes?")
    far = BadInput("gpus.xyz", "gpus.xyz", "unknown_setting", nearest="")
    assert faults.bad_input(far).endswith("Remove it or correct its name.")


def test_a_fault_says_what_to_do() -> None:
    said = faults.system_fault(SystemCannot("store_missing", address="/srv/lab.db"))
    assert said == (
        "There is no lab in /srv/lab.db. Make one with `lab-tui init`, or try the demo with `lab-tui demo`."
    )
    key = SystemCannot("key_unreadable", path=Path("/srv/lab.key"), problem="not_a_key", line=3)
    assert "line 3, this is no key" in faults.system_fault(key)


def test_what_is_not_known_is_named_all_the_same() -> None:
    assert faults.bad_input(BadInput("field", "x\x1b", "brand_new")) == "field: x cannot be used."
    assert "(brand_new)" in faults.system_fault(SystemCannot("brand_new"))
