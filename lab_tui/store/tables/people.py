"""People, their start-ups and programme, and the passes they hold."""

from __future__ import annotations

from peewee import BooleanField, ForeignKeyField, IntegerField, TextField

from lab_tui.store.fields import DayField, InstantField
from lab_tui.store.tables.base import Table


class Programme(Table):
    """What start-ups join."""

    name = TextField(unique=True)


class Cohort(Table):
    """One intake of a programme."""

    programme = ForeignKeyField(Programme)
    name = TextField(unique=True)
    first_day = DayField()
    last_day = DayField()
    capacity = IntegerField()


class Startup(Table):
    """A team. `stage`: applicant, accelerator, incu_tech, alumni or withdrawn."""

    name = TextField(unique=True)
    other_name = TextField(default="")
    cohort = ForeignKeyField(Cohort, null=True)
    stage = TextField()
    about = TextField(default="")
    joined_on = DayField(null=True)
    left_on = DayField(null=True)


class Person(Table):
    """Somebody the lab knows. `role`: member, mentor, visitor, staff or steward."""

    name = TextField()
    # The name in another script, shown beside the first.
    other_name = TextField(default="")
    role = TextField()
    startup = ForeignKeyField(Startup, null=True)
    title = TextField(default="")
    email = TextField(default="")
    unix_name = TextField(null=True, unique=True)
    language = TextField(default="")
    active = BooleanField(default=True)
    created_at = InstantField()


class StaffPin(Table):
    """A staff member's PIN (argon2) and how many wrong ones were tried since the last right one."""

    person = ForeignKeyField(Person, primary_key=True)
    pin_hash = TextField()
    wrong_tries = IntegerField(default=0)
    paused_until = InstantField(null=True)
    changed_at = InstantField()

    class Meta:
        table_name = "staff_pin"


class Pass(Table):
    """What a person holds. `kind`: person (a badge) or ticket (one sign-up)."""

    # The 64-bit id in the code, as 16 hexadecimal digits.
    code_id = TextField(unique=True)
    kind = TextField()
    person = ForeignKeyField(Person)
    sign_up_id = IntegerField(null=True)
    issued_at = InstantField()
    revoked_at = InstantField(null=True)
    revoked_because = TextField(default="")


class Notice(Table):
    """Something a person is told at their next scan: what happened to what is theirs."""

    person = ForeignKeyField(Person)
    kind = TextField()
    # A JSON object of plain values.
    facts = TextField(default="{}")
    made_at = InstantField()
    seen_at = InstantField(null=True)
