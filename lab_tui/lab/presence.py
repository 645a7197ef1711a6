"""Check-ins that count, and who is inside the lab."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from lab_tui.lab.operation import Lab, reading
from lab_tui.store.tables.checkins import CheckIn


class CheckInKind(StrEnum):
    """What can be checked in to."""

    LAB = "lab"
    SESSION = "session"
    BOOKING = "booking"
    DESK = "desk"


def live(kind: str) -> Any:
    """Check-ins of a kind that count: coming, not going, and not taken back."""
    return (CheckIn.kind == kind) & (CheckIn.direction == "in") & CheckIn.undone_at.is_null()


INSIDE = live("lab") & CheckIn.closed_at.is_null()


def inside_count(lab: Lab) -> int:
    """How many people are inside now."""
    with reading(lab):
        return int(CheckIn.select().where(INSIDE).count())
