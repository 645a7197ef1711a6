"""The lab itself: who it is, its kiosks, its closures, what was done and by whom."""

from __future__ import annotations

from peewee import BooleanField, ForeignKeyField, IntegerField, TextField

from lab_tui.store.fields import DayField, InstantField
from lab_tui.store.tables.base import Table
from lab_tui.store.tables.people import Person


class Lab(Table):
    """One row: whether this lab is real or a demo, and which signing key made its passes."""

    kind = TextField()
    key_fingerprint = TextField()
    created_at = InstantField()
    # The day the demo's data is drawn around; None in a real lab.
    demo_day = DayField(null=True)


class Kiosk(Table):
    """A screen, with a name and a place."""

    name = TextField(unique=True)
    place = TextField(default="")
    last_seen_at = InstantField(null=True)
    # A JSON object of what is known of its scanner: layout, suffix, gap_milliseconds.
    scanner = TextField(default="{}")


class Closure(Table):
    """The whole lab closed: a holiday, a typhoon signal, a rainstorm."""

    reason = TextField()
    starts_at = InstantField()
    ends_at = InstantField()
    cancelled = BooleanField(default=False)


class AuditEntry(Table):
    """An act: who did what, to what, when, through which door. Never changed but to name its undoing."""

    at = InstantField()
    actor = ForeignKeyField(Person, null=True)
    # `kiosk:Lobby`, `cli`, `caretaker`.
    via = TextField()
    action = TextField()
    subject = TextField()
    subject_id = IntegerField(null=True)
    # A JSON object of plain values; no contact, no secret.
    facts = TextField(default="{}")
    override_reason = TextField(null=True)
    request_key = TextField(null=True, unique=True)
    undoes = ForeignKeyField("self", null=True)

    class Meta:
        table_name = "audit_entry"


class CaretakerDuty(Table):
    """When each duty of the caretaker was last done, by whichever kiosk did it."""

    name = TextField(primary_key=True)
    last_done_at = InstantField()
    # How much waits for staff to confirm it, after a clock jump; None where nothing does.
    held = IntegerField(null=True)

    class Meta:
        table_name = "caretaker_duty"
