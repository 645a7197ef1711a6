"""Codes that belong to no person: on things, on posters, on cards for staff."""

from __future__ import annotations

from peewee import ForeignKeyField, TextField

from lab_tui.store.fields import InstantField
from lab_tui.store.tables.base import Table
from lab_tui.store.tables.desks import Desk
from lab_tui.store.tables.events import Event
from lab_tui.store.tables.gpus import Workstation


class Label(Table):
    """A signed code on a thing. `kind`: desk, workstation, event (its poster) or command (a staff card).

    A command card may be for one event, such as the card that opens its door.
    """

    # The 64-bit id in the code, as 16 hexadecimal digits.
    code_id = TextField(unique=True)
    kind = TextField()
    desk = ForeignKeyField(Desk, null=True)
    workstation = ForeignKeyField(Workstation, null=True)
    event = ForeignKeyField(Event, null=True)
    command = TextField(default="")
    issued_at = InstantField()
    revoked_at = InstantField(null=True)
    revoked_because = TextField(default="")
