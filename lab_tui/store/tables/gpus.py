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
    host_name = TextField(default="")
    cores = IntegerField(default=0)
    # For staff.
    notes = TextField(default="")
    # Words apart by blanks.
    tags = TextField(default="")
    # A JSON object: the settings of `[gpus]` that are others for this machine.
    policy = TextField(default="{}")


class Gpu(Table):
    """One accelerator, numbered from 0 as CUDA_VISIBLE_DEVICES counts."""

    workstation = ForeignKeyField(Workstation)
    number = IntegerField()


class BookingSeries(Table):
    """Bookings that were made as one act: every Tuesday and Thursday."""

    person = ForeignKeyField(Person)
    created_at = InstantField()

    class Meta:
        table_name = "booking_series"


class Booking(Table):
    """GPUs of one workstation for one person. `holds` while its time is, or was, really kept.

    `state`: booked, checked_in, ended, offered (these hold), cancelled, no_show, undone, moved or lapsed
    (these do not). Offered: held until `offer_until` for whoever waits.
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
    # Booked at the last minute: its hours are nobody's quota.
    costs_quota = BooleanField(default=True)
    # The booking that this one was moved or split from.
    origin = ForeignKeyField("self", null=True)
    # The first of those it was moved from, which names it in calendars; None: itself.
    calendar = ForeignKeyField("self", null=True)
    # iCalendar's SEQUENCE: how often it was changed.
    sequence = IntegerField(default=0)
    series = ForeignKeyField(BookingSeries, null=True)
    offer_until = InstantField(null=True)


class GpuWait(Table):
    """A person of a start-up who waits for GPUs within a window.

    `state`: waiting, offered (its `booking` is held), taken, declined, lapsed, withdrawn, or over (the
    window has passed). `skipped`: somebody who came later was preferred once; that happens to nobody twice.
    """

    person = ForeignKeyField(Person)
    startup = ForeignKeyField(Startup, null=True)
    # None: any machine.
    workstation = ForeignKeyField(Workstation, null=True)
    gpu_count = IntegerField()
    memory_at_least = IntegerField(default=0)
    earliest = InstantField()
    latest = InstantField()
    minutes = IntegerField()
    purpose = TextField(default="")
    state = TextField(default="waiting")
    since = InstantField()
    skipped = BooleanField(default=False)
    booking = ForeignKeyField(Booking, null=True)

    class Meta:
        table_name = "gpu_wait"


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
