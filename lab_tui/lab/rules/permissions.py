"""Who may do what."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person is in the lab. OPERATOR is whoever runs commands on the machine itself."""

    MEMBER = "member"
    MENTOR = "mentor"
    VISITOR = "visitor"
    STEWARD = "steward"
    STAFF = "staff"
    OPERATOR = "operator"
    CARETAKER = "caretaker"


class Permission(StrEnum):
    """One kind of act."""

    SEE_OWN_DAY = "see_own_day"
    BOOK_GPUS = "book_gpus"
    BOOK_DESKS = "book_desks"
    SIGN_UP = "sign_up"
    CHECK_IN = "check_in"
    # with staff signed in by PIN
    RUN_DOOR = "run_door"
    SEE_TODAY = "see_today"
    MANAGE_EVENTS = "manage_events"
    MANAGE_DESKS = "manage_desks"
    MANAGE_WORKSTATIONS = "manage_workstations"
    MANAGE_CLOSURES = "manage_closures"
    MANAGE_PEOPLE = "manage_people"
    ACT_FOR_OTHERS = "act_for_others"
    OVERRIDE_RULES = "override_rules"
    READ_AUDIT = "read_audit"
    # of the program itself
    KEEP_HOUSE = "keep_house"


_OWN = frozenset({Permission.SEE_OWN_DAY, Permission.SIGN_UP, Permission.CHECK_IN})
_STEWARD = frozenset({Permission.RUN_DOOR, Permission.SEE_TODAY})
_STAFF = _STEWARD | frozenset(
    {
        Permission.MANAGE_EVENTS,
        Permission.MANAGE_DESKS,
        Permission.MANAGE_WORKSTATIONS,
        Permission.MANAGE_CLOSURES,
        Permission.MANAGE_PEOPLE,
        Permission.ACT_FOR_OTHERS,
        Permission.OVERRIDE_RULES,
        Permission.READ_AUDIT,
    }
)
# What a badge alone allows.
WITH_BADGE = {
    Role.MEMBER: _OWN | {Permission.BOOK_GPUS, Permission.BOOK_DESKS},
    Role.MENTOR: _OWN | {Permission.BOOK_DESKS},
    Role.VISITOR: _OWN,
    Role.STEWARD: _OWN,
    Role.STAFF: _OWN | {Permission.BOOK_GPUS, Permission.BOOK_DESKS},
    Role.OPERATOR: _OWN | _STAFF | {Permission.BOOK_GPUS, Permission.BOOK_DESKS, Permission.KEEP_HOUSE},
    Role.CARETAKER: frozenset({Permission.KEEP_HOUSE}),
}
# What the PIN adds.
WITH_PIN = {Role.STEWARD: _STEWARD, Role.STAFF: _STAFF}
NEEDS_PIN = _STAFF


def allowed(role: Role, permission: Permission, signed_in: bool) -> bool:
    """Whether somebody of a role may do this, with the PIN given or not."""
    with_pin = WITH_PIN.get(role, frozenset()) if signed_in else frozenset()
    return permission in WITH_BADGE[role] or permission in with_pin


def allowed_after_pin(role: Role, permission: Permission) -> bool:
    """Whether only the PIN is missing."""
    return permission in WITH_PIN.get(role, frozenset())
