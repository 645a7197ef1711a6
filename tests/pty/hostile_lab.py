"""A demo lab in which everything that has a name, a title, a place or a reason has a hostile one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from lab_tui.clock import PretendClock
from lab_tui.codes.passcode import PassKind
from lab_tui.lab.opening import open_lab
from lab_tui.lab.operation import Lab
from lab_tui.store.tables import desks, events, gpus, people
from lab_tui.store.tables import lab as lab_tables
from tests.pty.kiosk import NOW
from tests.tui.hostile_names import HOSTILE_NAMES

_FIRST_PASS = 0xBAD0000000000000
# Below the demo's own floor, so many to a row.
_FLOOR, _A_ROW = 24, 8


def desk_label(number: int) -> str:
    """The desk that the person with this hostile name has today: what to look for on their day."""
    return f"K-{number:02d}"


def fill(folder: Path) -> tuple[str, ...]:
    """Put the hostile names past `clean`, straight into the tables; the badges of those who bear them."""
    lab = open_lab(folder, PretendClock(NOW))
    try:
        with lab.store.write():
            for number, name in enumerate(HOSTILE_NAMES):
                person = _somebody(number, name)
                _floor(number, name, person)
                _machine(number, name, person)
                _event(number, name, person)
                _closure(number, name)
        return tuple(_badge(lab, number) for number in range(len(HOSTILE_NAMES)))
    finally:
        lab.store.close()


def _badge(lab: Lab, number: int) -> str:
    return lab.keys.issue(PassKind.PERSON, _FIRST_PASS + number)


def _somebody(number: int, name: str) -> people.Person:
    startup = people.Startup.create(
        name=name, stage="accelerator", cohort=2, about=name, joined_on=NOW.date()
    )
    person = people.Person.create(
        name=name, other_name=name, role="member", startup=startup, title=name, created_at=NOW
    )
    code_id = f"{_FIRST_PASS + number:016x}"
    people.Pass.create(code_id=code_id, kind="person", person=person, issued_at=NOW)
    return person


def _floor(number: int, name: str, person: people.Person) -> None:
    x, y = 20 * (number % _A_ROW), _FLOOR + 5 * (number // _A_ROW)
    zone = desks.Zone.create(name=name, x=x, y=y, width=18, height=4)
    mine = desks.Desk.create(zone=zone, label=desk_label(number), x=x + 2, y=y + 1, pool=True, features=name)
    desks.Desk.create(
        zone=zone, label=f"O-{number:02d}", x=x + 8, y=y + 1, pool=True, features=name, out_of_order=name
    )
    day = NOW.date()
    desks.DeskBooking.create(desk=mine, person=person, first_day=day, last_day=day, created_at=NOW)


def _machine(number: int, name: str, person: people.Person) -> None:
    machine = gpus.Workstation.create(name=name, gpu_model=name, gpu_memory_gb=48, about=name, place=name)
    gpu = gpus.Gpu.create(workstation=machine, number=0)
    gpus.Gpu.create(workstation=machine, number=1)
    start = NOW - timedelta(minutes=2)
    times = {"starts_at": start, "ends_at": start + timedelta(hours=4)}
    booking = gpus.Booking.create(
        workstation=machine, person=person, startup=person.startup_id, purpose=name, created_at=NOW, **times
    )
    gpus.BookingGpu.create(booking=booking, gpu=gpu, **times)
    if number % 3 == 2:  # in service: staff can put it out
        return
    out_at = start + timedelta(hours=5 if number % 3 else -1)
    ends_at = out_at + timedelta(hours=9) if number % 2 else None
    gpus.Outage.create(workstation=machine, reason=name, starts_at=out_at, ends_at=ends_at)


def _event(number: int, name: str, person: people.Person) -> None:
    event = events.Event.create(
        kind="workshop", title=name, about=name, speaker=name, capacity=2, created_at=NOW
    )
    start = NOW + timedelta(minutes=5 * number - 10)
    events.Session.create(event=event, place=name, starts_at=start, ends_at=start + timedelta(hours=8))
    events.SignUp.create(event=event, person=person, state="going", since=NOW)


def _closure(number: int, name: str) -> None:
    start = NOW + timedelta(days=2, minutes=15 * number)
    lab_tables.Closure.create(reason=name, starts_at=start, ends_at=start + timedelta(minutes=15))
