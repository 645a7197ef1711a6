"""What the demo's recent days have left behind: readings of codes, and the audit log."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from lab_tui.codes.passcode import DEMO_KEY_NUMBER
from lab_tui.demo.programme import STAFF_TO_TRY
from lab_tui.store.tables.checkins import CheckIn, Scan
from lab_tui.store.tables.desks import Desk, DeskBooking
from lab_tui.store.tables.events import Event, SignUp
from lab_tui.store.tables.gpus import Booking, Outage, Workstation
from lab_tui.store.tables.lab import AuditEntry
from lab_tui.store.tables.people import Pass, Person

_SCANS_KEPT = timedelta(days=7)
_AUDIT_KEPT = timedelta(days=10)
_VERDICTS = {"lab": "welcome", "session": "checked_in"}
_MOST_ROWS = 500


def rewrite_scans(now: datetime) -> None:
    """A reading for each recent arrival and sitting, and the one try with the lost badge."""
    Scan.delete().execute()
    live = Pass.select(Pass.person, Pass.id).where(Pass.kind == "person", Pass.revoked_at.is_null())
    badges = dict(live.tuples())
    recent = CheckIn.select(CheckIn.at, CheckIn.person, CheckIn.kind).where(
        CheckIn.at >= now - _SCANS_KEPT, CheckIn.kind.in_(list(_VERDICTS))
    )
    readings = [(at, badges[person], _VERDICTS[kind]) for at, person, kind in recent.tuples()]
    lost = Pass.select(Pass.revoked_at, Pass.id).where(Pass.revoked_because == "lost")
    tried_after = timedelta(hours=15, minutes=20)
    readings += [(revoked_at + tried_after, badge, "revoked") for revoked_at, badge in lost.tuples()]
    rows = [
        {"at": at, "pass_": badge, "verdict": said, "kiosk": 1, "key_number": DEMO_KEY_NUMBER}
        for at, badge, said in sorted(readings)
    ]
    for first in range(0, len(rows), _MOST_ROWS):
        Scan.insert_many(rows[first : first + _MOST_ROWS]).execute()


def rewrite_audit(now: datetime) -> None:
    """Entries for what was booked, taken and signed up for in the last days, oldest first."""
    AuditEntry.delete().execute()
    since = now - _AUDIT_KEPT
    entries = [*_bookings(since), *_desks(since), *_sign_ups(since), *_by_staff(since)]
    entries = [entry for entry in entries if entry["at"] <= now]
    entries.sort(key=lambda entry: (entry["at"], entry["action"], entry["subject_id"]))
    for first in range(0, len(entries), _MOST_ROWS):
        AuditEntry.insert_many(entries[first : first + _MOST_ROWS]).execute()


def _entry(at: datetime, actor: int | None, action: str, subject: str, number: int, **facts: Any) -> Any:
    return {
        "at": at,
        "actor": actor,
        "via": "kiosk:Lobby",
        "action": action,
        "subject": subject,
        "subject_id": number,
        "facts": json.dumps(facts, ensure_ascii=False, sort_keys=True),
    }


def _bookings(since: datetime) -> list[Any]:
    query = Booking.select(Booking.created_at, Booking.person, Booking.id, Workstation.name)
    query = query.join(Workstation).where(Booking.created_at >= since)
    return [
        _entry(at, person, "gpus.book", "booking", number, workstation=name)
        for at, person, number, name in query.tuples()
    ]


def _desks(since: datetime) -> list[Any]:
    query = DeskBooking.select(DeskBooking.created_at, DeskBooking.person, DeskBooking.id, Desk.label)
    query = query.join(Desk).where(DeskBooking.created_at >= since)
    return [
        _entry(at, person, "desks.claim", "desk_booking", number, desk=label)
        for at, person, number, label in query.tuples()
    ]


def _sign_ups(since: datetime) -> list[Any]:
    query = SignUp.select(SignUp.since, SignUp.person, SignUp.id, Event.title)
    query = query.join(Event).where(SignUp.since >= since)
    return [
        _entry(at, person, "events.sign_up", "sign_up", number, title=title)
        for at, person, number, title in query.tuples()
    ]


def _by_staff(since: datetime) -> list[Any]:
    staff = Person.get(Person.name == STAFF_TO_TRY).id
    lost = Pass.select().where(Pass.revoked_because == "lost", Pass.revoked_at >= since)
    entries = [
        _entry(one.revoked_at, staff, "people.reissue_badge", "person", one.person_id, because="lost")
        for one in lost
    ]
    query = Outage.select(Outage.starts_at, Outage.workstation, Outage.reason, Workstation.name)
    for starts_at, number, reason, name in query.join(Workstation).where(Outage.starts_at >= since).tuples():
        facts = {"workstation": name, "reason": reason}
        entries.append(_entry(starts_at, staff, "gpus.put_out_of_service", "workstation", number, **facts))
    return entries
