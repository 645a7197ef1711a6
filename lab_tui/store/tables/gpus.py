"""Workstations, their GPUs, who has which from when to when."""

from __future__ import annotations

from peewee import BooleanField, CompositeKey, ForeignKeyField, IntegerField, TextField

from lab_tui.store.fields import InstantField
from lab_tui.store.tables.base import Table
from lab_tui.store.tables.people import Person, Startup


class Workstation(Table):
    """A machine in the lab; all its GPUs are of one model."""

    name = TextField(unique=True)
    gpu_model = TextField()
    gpu_memory_gb = IntegerField()
    about = TextField(default="")
    place = TextField(default="")
    retired = BooleanField(default=False)


class Gpu(Table):
    """One accelerator, numbered from 0 as CUDA_VISIBLE_DEVICES counts."""

    workstation = ForeignKeyField(Workstation)
    number = IntegerField()


class Booking(Table):
    """GPUs of one workstation for one person. `holds` while its time is, or was, really kept.

    `state`: booked, checked_in, ended (these hold), cancelled, no_show or undone (these do not).
    """

    workstation = ForeignKeyField(Workstation)
    person = ForeignKeyField(Person)
    startup = ForeignKeyField(Startup, null=True)
    starts_at = InstantField()
    ends_at = InstantField()
    state = TextField(default="booked")
    holds = BooleanField(default=True)
    # Cancelled too late: its hours still count as used.
    counts = BooleanField(default=True)
    purpose = TextField(default="")
    created_at = InstantField()


class BookingGpu(Table):
    """One GPU of a booking, with the booking's times: the row the overlap guard looks at."""

    booking = ForeignKeyField(Booking)
    gpu = ForeignKeyField(Gpu)
    starts_at = InstantField()
    ends_at = InstantField()
    holds = BooleanField(default=True)

    class Meta:
        table_name = "booking_gpu"
        primary_key = CompositeKey("booking", "gpu")


class Outage(Table):
    """A workstation out of service; `ends_at` None means until further notice."""

    workstation = ForeignKeyField(Workstation)
    reason = TextField()
    starts_at = InstantField()
    ends_at = InstantField(null=True)
    cancelled = BooleanField(default=False)
