"""What every operation is made of: the lab it runs in, who acts, one transaction, a result to undo."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar

from lab_tui.clock import Clock, LabTime
from lab_tui.codes.keyfile import KeyFile
from lab_tui.codes.passcode import KeyRing
from lab_tui.config import LabConfig
from lab_tui.errors import Reason, Refused
from lab_tui.lab.rules.permissions import Permission, Role, allowed, allowed_after_pin
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.database import Store
from lab_tui.store.guards import Guard, GuardBroken
from lab_tui.store.tables.people import Person
from lab_tui.store.written import Written, slot

T = TypeVar("T")


@dataclass(frozen=True)
class Lab:
    """An open lab: where it remembers, what time it is, what it has decided, how it signs passes."""

    store: Store
    clock: Clock
    config: LabConfig
    key_source: KeyRing | KeyFile

    @property
    def keys(self) -> KeyRing:
        """The keys that sign and verify codes now: their file can be rotated while we run."""
        source = self.key_source
        return source.ring() if isinstance(source, KeyFile) else source

    @property
    def time(self) -> LabTime:
        """Days and hours in the lab's zone."""
        return self.config.time

    def now(self) -> datetime:
        """The present instant, in UTC, to the millisecond that the store keeps."""
        now = self.clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def today(self) -> date:
        """The lab's present day."""
        return self.time.day_of(self.clock.now())


@dataclass(frozen=True)
class Actor:
    """Who acts, and through which door: `kiosk:Lobby`, `cli`, `caretaker`.

    Only the identity is carried; role and standing are read again in each operation.
    """

    person_id: int | None
    via: str
    # Staff who have given their PIN in this session.
    signed_in: bool = False
    role: Role | None = None


CARETAKER = Actor(None, "caretaker", role=Role.CARETAKER)
OPERATOR = Actor(None, "cli", role=Role.OPERATOR)


@dataclass(frozen=True)
class Done(Generic[T]):
    """What an operation did, and the audit entry by which it can be undone."""

    what: T
    entry_id: int
    # An earlier call with the same request key did it; this one changed nothing.
    repeated: bool = field(default=False, compare=False)


_GUARD_REASONS = {
    Guard.BOOKING_OVERLAP: Code.GPU_TAKEN,
    Guard.SEATS_BEYOND_CAPACITY: Code.EVENT_FULL,
    Guard.SECOND_SIGN_UP: Code.ALREADY_SIGNED_UP,
    Guard.DESK_HELD_TWICE: Code.DESK_TAKEN,
    Guard.SECOND_DESK_THAT_DAY: Code.ALREADY_HAS_DESK,
    Guard.SECOND_SESSION_CHECK_IN: Code.ALREADY_CHECKED_IN,
    Guard.SECOND_BOOKING_CHECK_IN: Code.ALREADY_CHECKED_IN,
    Guard.SECOND_DESK_CHECK_IN: Code.ALREADY_CHECKED_IN,
    Guard.SECOND_ARRIVAL: Code.ALREADY_CHECKED_IN,
}


@contextmanager
def writing(lab: Lab) -> Iterator[None]:
    """One transaction of an operation. What only the schema refused becomes Refused, without facts."""
    try:
        with lab.store.write():
            yield
    except GuardBroken as broken:
        raise Refused(Reason(_GUARD_REASONS.get(broken.guard, Code.CHANGED_MEANWHILE))) from broken


@contextmanager
def reading(lab: Lab) -> Iterator[None]:
    """One unchanging picture of the data."""
    with lab.store.read():
        yield


_PERSON = Written(lambda: Person.select().where(Person.id == slot("id")))


def authorise(lab: Lab, actor: Actor, permission: Permission) -> Person | None:
    """The acting person's row, None for the operator and the caretaker. Call it in the transaction.

    Raises Refused: unknown_person, person_inactive, sign_in_needed, not_allowed.
    """
    if actor.person_id is None:
        role = actor.role or Role.VISITOR
        person = None
    else:
        found = _PERSON.run(lab.store, id=actor.person_id)
        if not found:
            raise Refused(Reason(Code.UNKNOWN_PERSON, {"person": actor.person_id}))
        columns = (field.name for field in Person._meta.sorted_fields)
        person = Person(**dict(zip(columns, found[0], strict=True)))
        if not person.active:
            raise Refused(Reason(Code.PERSON_INACTIVE, {"name": person.name}))
        role = Role(person.role)
    if not allowed(role, permission, actor.signed_in):
        after_pin = allowed_after_pin(role, permission)
        raise Refused(Reason(Code.SIGN_IN_NEEDED if after_pin else Code.NOT_ALLOWED))
    return person
