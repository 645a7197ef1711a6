"""What a refusal offers, all of its facts being known at once."""

from __future__ import annotations

from itertools import chain

from lab_tui.errors import Reason
from lab_tui.lab.rules.booking import Machine, Plan, Situation
from lab_tui.lab.rules.remedies import (
    MOST_OFFERED,
    Choice,
    far_choices,
    hopeless,
    near_choices,
)


def remedies(
    plan: Plan,
    wished: Machine | None,
    others: tuple[Machine, ...],
    reasons: list[Reason],
    situation: Situation,
) -> tuple[Choice, ...]:
    """The first three choices."""
    if hopeless(reasons):
        return ()
    machines = (wished, *others) if wished is not None else others
    found: list[Choice] = []
    near = near_choices(plan, wished, others, reasons, situation)
    for choice in chain(near, far_choices(plan, wished, machines, situation)):
        if choice not in found:
            found.append(choice)
        if len(found) == MOST_OFFERED:
            break
    return tuple(found)
