"""GPUs that the lab picks: where too few are free it is said how many, not which others have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lab_tui.errors import Reason
from lab_tui.lab.rules.booking import Machine, Plan, Span, of_any_gpus
from lab_tui.lab.rules.reasons import Code

EIGHT = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEN = EIGHT + timedelta(hours=2)
PLAN = Plan((0, 1), EIGHT, TEN)
OFF_GRID = Reason(Code.OFF_GRID, {"minutes": 30}, overridable=True)
QUOTAS = [Reason(Code.STARTUP_QUOTA), Reason(Code.PERSON_QUOTA)]


def machine(*taken: int) -> Machine:
    """A machine with three GPUs, of which some are taken."""
    busy = (Span(EIGHT, TEN),)
    return Machine(1, "lantau", 48, False, {number: busy if number in taken else () for number in range(3)})


def hit(gpu: int) -> Reason:
    return Reason(Code.GPU_TAKEN, {"workstation": "lantau", "gpu": gpu, "start": EIGHT, "end": TEN})


def test_how_many_are_free_is_said_once() -> None:
    facts = {"workstation": "lantau", "start": EIGHT, "end": TEN}
    few = of_any_gpus([OFF_GRID, hit(0), hit(1), *QUOTAS], PLAN, machine(0, 1))
    assert few == [OFF_GRID, Reason(Code.GPU_TAKEN, {**facts, "free": 1}), *QUOTAS]
    none = of_any_gpus([hit(0), hit(0), hit(1)], PLAN, machine(0, 1, 2))
    assert none == [Reason(Code.GPU_TAKEN, facts)]


def test_where_enough_are_free_nothing_is_changed() -> None:
    assert of_any_gpus([OFF_GRID, *QUOTAS], PLAN, machine(0)) == [OFF_GRID, *QUOTAS]


def test_more_than_there_are_is_said_alone() -> None:
    too_many = Reason(Code.TOO_MANY_GPUS, {"workstation": "lantau", "gpus": 3})
    plan = Plan(tuple(range(9)), EIGHT, TEN)
    assert of_any_gpus([OFF_GRID, too_many, hit(0), *QUOTAS], plan, machine(0)) == [OFF_GRID, too_many]
