"""Every code that is stored or shown has a word."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import lab_tui
from lab_tui import i18n
from lab_tui.lab.checkins import CheckInKind
from lab_tui.lab.desks import DeskState
from lab_tui.lab.rules.permissions import Role
from lab_tui.wording import names

PACKAGE = Path(str(lab_tui.__file__)).parent
_ACTION = re.compile(r"(gpus|desks|events|checkins|people|caretaker)\.[a-z_]+")


def recorded_actions() -> set[str]:
    """The action names in the rooms of the lab: texts of the form `room.verb`."""
    return {
        node.value
        for path in (PACKAGE / "lab").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _ACTION.fullmatch(node.value)
    }


def test_every_recorded_action_has_a_word() -> None:
    found = recorded_actions()
    assert "gpus.book" in found
    assert found - set(names.ACTIONS) == set()


def test_every_member_of_an_enumeration_has_a_word() -> None:
    assert set(names.ROLES) == set(Role)
    assert set(names.DESK_STATES) == set(DeskState)
    assert set(names.CHECK_IN_KINDS) == set(CheckInKind)


def test_every_state_that_the_schema_allows_has_a_word() -> None:
    schema = (PACKAGE / "store" / "migrations" / "0001_first.py").read_text(encoding="utf-8")

    def allowed(constraint: str) -> set[str]:
        match = re.search(rf"\b{constraint}\s+CHECK \(\w+ IN \(([^)]*)\)", schema)
        assert match is not None, constraint
        return set(re.findall(r"'(\w+)'", match[1]))

    assert allowed("event_kind_known") == set(names.EVENT_KINDS)
    assert allowed("sign_up_state_known") == set(names.SIGN_UP_STATES)
    booking_states = allowed("booking_state_known") | allowed("desk_booking_state_known")
    assert booking_states == set(names.BOOKING_STATES)


def test_every_duty_of_the_caretaker_has_a_word() -> None:
    from lab_tui.lab import caretaker

    assert {name for name, _duty in caretaker._DUTIES} <= set(names.DUTIES)


def test_words_follow_the_language_and_unknown_codes_stay() -> None:
    assert names.role("staff") == "Staff"
    i18n.use_language("zh_Hans")
    assert names.role("staff") == "工作人员"
    assert names.role("astronaut\x1b") == "astronaut"
