"""Every reading of a code, and those that were accepted."""

from __future__ import annotations

from peewee import ForeignKeyField, IntegerField, TextField

from lab_tui.store.fields import DayField, InstantField
from lab_tui.store.tables.base import Table
from lab_tui.store.tables.desks import Desk
from lab_tui.store.tables.events import Session
from lab_tui.store.tables.gpus import Booking
from lab_tui.store.tables.lab import Kiosk
from lab_tui.store.tables.labels import Label
from lab_tui.store.tables.people import Pass, Person


class Scan(Table):
    """A reading of a code, accepted or not, with its verdict. A code that is not ours is not kept."""

    at = InstantField()
    kiosk = ForeignKeyField(Kiosk, null=True)
    pass_ = ForeignKeyField(Pass, null=True, column_name="pass_id")
    label = ForeignKeyField(Label, null=True)
    verdict = TextField()
    # The number of the key that signed what was read; None where nobody of this lab did.
    key_number = IntegerField(null=True)


class CheckIn(Table):
    """An accepted scan or key. `kind`: lab (inside the lab), session, booking or desk.

    `direction` in or out; an `in` of kind lab is open until `closed_at`.
    """

    kind = TextField()
    person = ForeignKeyField(Person)
    session = ForeignKeyField(Session, null=True)
    booking = ForeignKeyField(Booking, null=True)
    desk = ForeignKeyField(Desk, null=True)
    day = DayField()
    direction = TextField(default="in")
    at = InstantField()
    kiosk = ForeignKeyField(Kiosk, null=True)
    closed_at = InstantField(null=True)
    undone_at = InstantField(null=True)

    class Meta:
        table_name = "check_in"
