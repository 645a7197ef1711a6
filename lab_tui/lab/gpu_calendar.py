"""GPU bookings as a calendar program keeps them: one entry for each, however often it was moved."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from peewee import fn

from lab_tui.errors import BadInput, Reason, Refused
from lab_tui.lab.gpu_requests import authorise_for_other
from lab_tui.lab.gpu_views import BookingView, read_bookings
from lab_tui.lab.operation import Actor, Lab, authorise, reading
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.gpus import Booking, Workstation
from lab_tui.store.tables.lab import AuditEntry
from lab_tui.store.tables.lab import Lab as LabRow
from lab_tui.store.tables.people import Person, Startup

# What is over for longer is in every calendar already, as it was.
LOOKS_BACK = timedelta(weeks=4)
_STANDS = frozenset({"booked", "checked_in", "ended"})
_CALLED_OFF = frozenset({"cancelled", "no_show", "undone", "moved"})


@dataclass(frozen=True)
class CalendarEntry:
    """A booking as it stands. `uid` stays when it is moved; `sequence` grows with each change."""

    uid: str
    sequence: int
    cancelled: bool
    booking: BookingView
    place: str
    host_name: str
    created_at: datetime
    changed_at: datetime | None


@dataclass(frozen=True)
class GpuCalendar:
    """Bookings of the last weeks and all ahead, under the name of whom or what they are of, as of `at`."""

    name: str
    at: datetime
    entries: tuple[CalendarEntry, ...]


def calendar_of_person(lab: Lab, actor: Actor, person_id: int) -> GpuCalendar:
    """A person's bookings; their own, unless staff ask. Raises Refused."""
    with reading(lab):
        asker = authorise(lab, actor, Permission.SEE_OWN_DAY)
        if actor.person_id != person_id:
            authorise_for_other(lab, actor, asker)
        person = Person.get_or_none(Person.id == person_id)
        if person is None:
            raise Refused(Reason(Code.UNKNOWN_PERSON, {"person": person_id}))
        whose = (Booking.person == person_id) | Booking.id.in_(_handed_over_by(lab, person_id))
        return _calendar(lab, person.name, whose, person_id)


def calendar_of_startup(lab: Lab, actor: Actor, startup_id: int) -> GpuCalendar:
    """A start-up's bookings; the asker's own start-up's, unless staff ask. Raises Refused, BadInput."""
    with reading(lab):
        asker = authorise(lab, actor, Permission.SEE_OWN_DAY)
        if asker is None or asker.startup_id != startup_id:
            authorise_for_other(lab, actor, asker)
        startup = Startup.get_or_none(Startup.id == startup_id)
        if startup is None:
            raise BadInput("startup_id", startup_id, "unknown")
        return _calendar(lab, startup.name, Booking.startup == startup_id)


def calendar_of_workstation(lab: Lab, actor: Actor, workstation_id: int) -> GpuCalendar:
    """Everybody's bookings of a workstation, for staff. Raises Refused."""
    with reading(lab):
        authorise_for_other(lab, actor, authorise(lab, actor, Permission.SEE_OWN_DAY))
        machine = Workstation.get_or_none(Workstation.id == workstation_id)
        if machine is None:
            raise Refused(Reason(Code.UNKNOWN_WORKSTATION, {"workstation": workstation_id}))
        return _calendar(lab, machine.name, Booking.workstation == workstation_id)


@dataclass(frozen=True)
class _Version:
    """A booking's row; those of one chain of moves have the same root, the first."""

    id: int
    root: int
    sequence: int
    state: str
    created_at: datetime


def _calendar(lab: Lab, name: str, whose: Any, person_id: int | None = None) -> GpuCalendar:
    """With `person_id`, what has become another's is cancelled in it."""
    now = lab.now()
    shown = whose & (Booking.ends_at > now - LOOKS_BACK) & Booking.state.in_(_STANDS | _CALLED_OFF)
    views = {view.id: view for view in read_bookings(shown)}
    root = fn.COALESCE(Booking.calendar, Booking.id)
    columns = (Booking.id, root, Booking.sequence, Booking.state, Booking.created_at)
    versions = [_Version(*row) for row in Booking.select(*columns).where(shown).order_by(root).tuples()]
    chains = [list(chain) for _root, chain in groupby(versions, key=lambda version: version.root)]
    changed_at = _last_changes(version.id for version in versions)
    machines = {machine.id: machine for machine in Workstation.select()}
    lab_s_own = LabRow.get_by_id(1).key_fingerprint

    def entry(chain: list[_Version]) -> CalendarEntry:
        # What a move was undone for stands again, though it is the older one.
        current = max(chain, key=lambda version: (version.state in _STANDS, version.id))
        booking = views[current.id]
        is_anothers = person_id is not None and booking.person_id != person_id
        machine = machines[booking.workstation_id]
        return CalendarEntry(
            uid=f"gpu-{current.root}-{lab_s_own}@lab-tui",
            sequence=max(version.sequence for version in chain),
            cancelled=current.state not in _STANDS or is_anothers,
            booking=booking,
            place=machine.place,
            host_name=machine.host_name,
            created_at=min(version.created_at for version in chain),
            changed_at=changed_at.get(current.id),
        )

    entries = sorted(map(entry, chains), key=lambda one: (one.booking.starts_at, one.booking.id))
    return GpuCalendar(name, now, tuple(entries))


def _handed_over_by(lab: Lab, person_id: int) -> list[int]:
    """The bookings that were this person's before they were handed to a team-mate."""
    recent = (AuditEntry.action == "gpus.hand_over") & (AuditEntry.at > lab.now() - LOOKS_BACK)
    query = AuditEntry.select(AuditEntry.subject_id, AuditEntry.facts).where(recent)
    return [booking for booking, facts in query.tuples() if json.loads(facts)["was_person"] == person_id]


def _last_changes(booking_ids: Iterable[int]) -> dict[int, datetime]:
    """When each booking was last changed, as far as the audit log knows."""
    of_them = (AuditEntry.subject == "booking") & AuditEntry.subject_id.in_(list(booking_ids))
    query = AuditEntry.select(AuditEntry.subject_id, fn.MAX(AuditEntry.at)).where(of_them)
    return dict(query.group_by(AuditEntry.subject_id).tuples())
