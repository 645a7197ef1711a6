"""The floor: zones, desks, who has which on what days."""

from __future__ import annotations

from peewee import BooleanField, ForeignKeyField, IntegerField, TextField

from lab_tui.store.fields import DayField, InstantField
from lab_tui.store.tables.base import Table
from lab_tui.store.tables.people import Person, Startup


class Zone(Table):
    """A part of the floor, in map cells. `kind`: desks, or room (a seminar room, a pantry)."""

    name = TextField(unique=True)
    kind = TextField(default="desks")
    x = IntegerField()
    y = IntegerField()
    width = IntegerField()
    height = IntegerField()


class Desk(Table):
    """A place on the floor. `pool` desks are nobody's: they are booked by the day."""

    zone = ForeignKeyField(Zone)
    label = TextField(unique=True)
    x = IntegerField()
    y = IntegerField()
    pool = BooleanField(default=False)
    features = TextField(default="")
    # Why nobody can sit there now; empty when in order.
    out_of_order = TextField(default="")


class DeskAssignment(Table):
    """A desk given to a start-up (and perhaps one person) from `first_day` to `last_day`, both included."""

    desk = ForeignKeyField(Desk)
    startup = ForeignKeyField(Startup)
    person = ForeignKeyField(Person, null=True)
    first_day = DayField()
    last_day = DayField()
    holds = BooleanField(default=True)
    created_at = InstantField()

    class Meta:
        table_name = "desk_assignment"


class DeskLoan(Table):
    """Days, both ends included, on which an assigned desk is lent back to the pool."""

    assignment = ForeignKeyField(DeskAssignment)
    desk = ForeignKeyField(Desk)
    first_day = DayField()
    last_day = DayField()
    holds = BooleanField(default=True)
    created_at = InstantField()

    class Meta:
        table_name = "desk_loan"


class DeskBooking(Table):
    """A pool or lent desk for days, both included. `state`: booked, released or undone; `holds` if booked."""

    desk = ForeignKeyField(Desk)
    person = ForeignKeyField(Person)
    first_day = DayField()
    last_day = DayField()
    state = TextField(default="booked")
    holds = BooleanField(default=True)
    created_at = InstantField()

    class Meta:
        table_name = "desk_booking"
