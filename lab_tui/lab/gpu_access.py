"""Whether somebody may use a workstation now. The machine itself asks, whenever somebody logs in.

Imports little: every log-in waits for it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lab_tui.clock import Clock, SystemClock
from lab_tui.codes.passcode import SECRET_BYTES, KeyRing
from lab_tui.config import load_config, policy_in_force
from lab_tui.errors import Reason, Refused
from lab_tui.lab.operation import Lab, reading
from lab_tui.lab.rules.access import Held, Right, Why, right_of_booker, right_of_staff
from lab_tui.lab.rules.permissions import Role
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.database import open_store
from lab_tui.store.tables.gpus import Booking, BookingGpu, Gpu, Outage, Workstation
from lab_tui.store.tables.people import Person

# No policy opens check-in earlier than that.
_FURTHEST_AHEAD = timedelta(minutes=240)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Access:
    """The answer. `gpu_numbers` are those that they may compute on now.

    `until` is when the right ends, or when the machine is back in service; None means open. `next_start`
    and `next_end` are those of the person's next booking of the machine. No name but the asker's own.
    """

    workstation: str
    unix_name: str
    allowed: bool
    why: Why
    gpu_numbers: tuple[int, ...] = ()
    until: datetime | None = None
    next_start: datetime | None = None
    next_end: datetime | None = None
    # Of the outage.
    reason: str = ""
    # The value that limits a CUDA program to these GPUs; empty hides them all. None: not allowed.
    cuda_visible_devices: str | None = None


def open_to_ask(folder: Path, clock: Clock | None = None) -> Lab:
    """The lab in a folder, for questions only: it needs no signing key.

    So a workstation need not hold the key, with which badges can be made. Raises as `open_lab` does.
    """
    config = load_config(folder)
    store = open_store(config.database_url, config.store.wait_seconds)
    keys_of_nobody = KeyRing({1: secrets.token_bytes(SECRET_BYTES)}, secrets.token_bytes(SECRET_BYTES))
    return Lab(store, clock or SystemClock(), config, keys_of_nobody)


def may_use(lab: Lab, workstation: str, unix_name: str) -> Access:
    """Whether a person may use a workstation now, each by name; a machine's host name does as well.

    Members may from the opening of check-in to the end of a booking of theirs, unless the machine is out of
    service; staff always. Raises Refused(unknown_workstation).
    """
    now = lab.now()
    with reading(lab):
        machine = _machine_named(workstation)
        person = Person.get_or_none((Person.unix_name == unix_name) & (Person.active == True))  # noqa: E712
        if person is None:
            return Access(machine.name, unix_name, allowed=False, why=Why.UNKNOWN_PERSON)
        held = _held(machine, person, now)
        if person.role == Role.STAFF:
            query = Gpu.select(Gpu.number).where(Gpu.workstation == machine.id).tuples()
            return _answer(machine, unix_name, right_of_staff((number for (number,) in query), held, now))
        outage = _outage_of(machine, now)
    if outage is not None:
        why = Why.OUT_OF_SERVICE
        return Access(machine.name, unix_name, False, why, until=outage.ends_at, reason=outage.reason)
    policy = policy_in_force(lab.config.gpus, machine.policy)
    opens_before = timedelta(minutes=policy.check_in_opens_minutes)
    return _answer(machine, unix_name, right_of_booker(held, now, opens_before))


def _answer(machine: Workstation, unix_name: str, right: Right) -> Access:
    return Access(
        workstation=machine.name,
        unix_name=unix_name,
        allowed=right.allowed,
        why=right.why,
        gpu_numbers=right.gpu_numbers,
        until=right.until,
        next_start=right.next_start,
        next_end=right.next_end,
        cuda_visible_devices=",".join(map(str, right.gpu_numbers)) if right.allowed else None,
    )


def _machine_named(name: str) -> Workstation:
    wanted = name.casefold()
    machines: list[Workstation] = list(Workstation.select().order_by(Workstation.id))
    for of_machine in ("name", "host_name"):
        for machine in machines:
            if getattr(machine, of_machine).casefold() == wanted:
                return machine
    raise Refused(Reason(Code.UNKNOWN_WORKSTATION, {"workstation": name}))


def _held(machine: Workstation, person: Person, now: datetime) -> list[Held]:
    """What is held on a machine now or soon, and all that the person has there ahead."""
    soon_or_theirs = (BookingGpu.starts_at <= now + _FURTHEST_AHEAD) | (Booking.person == person.id)
    columns = (Gpu.number, BookingGpu.starts_at, BookingGpu.ends_at, Booking.person, Booking.state)
    query = (
        BookingGpu.select(*columns)
        .join(Gpu)
        .join_from(BookingGpu, Booking)
        .where((Gpu.workstation == machine.id) & (BookingGpu.holds == True))  # noqa: E712
        .where((BookingGpu.ends_at > now) & soon_or_theirs)
    )
    return [
        Held(number, starts_at, ends_at, whose == person.id and state in ("booked", "checked_in"))
        for number, starts_at, ends_at, whose, state in query.tuples()
    ]


def _outage_of(machine: Workstation, now: datetime) -> Outage | None:
    lasts = Outage.ends_at.is_null() | (Outage.ends_at > now)
    running = (Outage.workstation == machine.id) & (Outage.cancelled == False) & (Outage.starts_at <= now)  # noqa: E712
    found = list(Outage.select().where(running & lasts))
    return max(found, key=lambda one: one.ends_at or _NEVER, default=None)
