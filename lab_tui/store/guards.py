"""The names of what must never happen, as the schema of both engines spells them."""

from __future__ import annotations

from enum import StrEnum

from peewee import IntegrityError

from lab_tui.errors import LabError


class Guard(StrEnum):
    """One impossible thing each; the value is the constraint's, trigger's or index's name."""

    BOOKING_OVERLAP = "booking_overlap"
    SEATS_BEYOND_CAPACITY = "event_seats_within_capacity"
    SECOND_SIGN_UP = "sign_up_one_live"
    SECOND_SESSION_CHECK_IN = "check_in_once_a_session"
    SECOND_BOOKING_CHECK_IN = "check_in_once_a_booking"
    SECOND_DESK_CHECK_IN = "check_in_once_a_desk_day"
    SECOND_ARRIVAL = "check_in_inside_once"
    DESK_HELD_TWICE = "desk_held_twice"
    SECOND_DESK_THAT_DAY = "desk_booking_one_a_person"
    SECOND_LIVE_BADGE = "pass_one_live_badge"
    REPEATED_REQUEST = "request_key_once"
    OTHER = "other"


class GuardBroken(LabError):
    """A write that the schema refused. `guard` says which impossible thing was tried."""

    def __init__(self, guard: Guard) -> None:
        super().__init__(guard.value)
        self.guard = guard


# SQLite names the columns of a broken unique index, not the index.
_SQLITE_UNIQUE = {
    "sign_up.event_id, sign_up.person_id": Guard.SECOND_SIGN_UP,
    "check_in.session_id, check_in.person_id": Guard.SECOND_SESSION_CHECK_IN,
    "check_in.booking_id": Guard.SECOND_BOOKING_CHECK_IN,
    "check_in.desk_id, check_in.day, check_in.person_id": Guard.SECOND_DESK_CHECK_IN,
    "check_in.person_id": Guard.SECOND_ARRIVAL,
    "pass.person_id": Guard.SECOND_LIVE_BADGE,
    "audit_entry.request_key": Guard.REPEATED_REQUEST,
}


def guard_of(error: IntegrityError) -> Guard:
    """Which guard an IntegrityError of either engine means; Guard.OTHER for a CHECK or foreign key."""
    message = _postgresql_name(error)
    if message is None:
        message = str(error)
        for columns, guard in _SQLITE_UNIQUE.items():
            if message.endswith(f"UNIQUE constraint failed: {columns}"):
                return guard
    named = (guard for guard in Guard if guard is not Guard.OTHER and guard.value in message)
    return next(named, Guard.OTHER)


def _postgresql_name(error: IntegrityError) -> str | None:
    diagnosis = getattr(getattr(error, "orig", None), "diag", None)
    if diagnosis is None and error.args:
        diagnosis = getattr(error.args[0], "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ("" if diagnosis is not None else None)
