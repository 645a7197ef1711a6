"""Events, their sessions, who goes and who waits."""

from __future__ import annotations

from peewee import BooleanField, ForeignKeyField, IntegerField, TextField

from lab_tui.store.fields import InstantField
from lab_tui.store.tables.base import Table
from lab_tui.store.tables.people import Person


class Event(Table):
    """A workshop, seminar, office_hours or demo_day. `seats_taken` is kept by triggers, never by us."""

    kind = TextField()
    title = TextField()
    about = TextField(default="")
    speaker = TextField(default="")
    capacity = IntegerField()
    seats_taken = IntegerField(default=0)
    cancelled = BooleanField(default=False)
    created_at = InstantField()


class Session(Table):
    """One sitting of an event. Check-in opens by the clock, or when staff open it."""

    event = ForeignKeyField(Event)
    place = TextField()
    starts_at = InstantField()
    ends_at = InstantField()
    check_in_opened_at = InstantField(null=True)


class SignUp(Table):
    """A person's place in an event. `state`: going, waiting, offered, cancelled or undone."""

    event = ForeignKeyField(Event)
    person = ForeignKeyField(Person)
    state = TextField()
    # Order of the waiting list: earlier first, then by id.
    since = InstantField()

    class Meta:
        table_name = "sign_up"


class Offer(Table):
    """A freed seat held for one waiting person. `state`: open, accepted, declined or lapsed."""

    sign_up = ForeignKeyField(SignUp)
    made_at = InstantField()
    deadline = InstantField()
    state = TextField(default="open")
