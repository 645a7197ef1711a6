"""What the present makes of the demo's GPUs: what those to try have, who waits, what is planned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lab_tui.clock import LabTime
from lab_tui.config import GpusSection
from lab_tui.demo.bookings import FIRST_BOOKING_ID
from lab_tui.demo.programme import MEMBER_TO_TRY, MEMBER_WITH_OFFER, PEOPLE_TO_TRY
from lab_tui.lab.rules.waiting import answer_by
from lab_tui.store.tables.gpus import Booking, BookingGpu, Gpu, GpuWait, Outage, Workstation
from lab_tui.store.tables.people import Notice, Person

_NOW_ID, _NEXT_ID, _MOVED_ID, _OFFERED_ID = 1, 2, 3, 4
# After the outages that are drawn.
_PLANNED_OUTAGE_ID = 3
_PLANNED_REASON = "memory upgrade"
_WAITERS = (("Victor Ng", "grid forecast, all GPUs"), ("Sabrina Tse", "ledger model, all GPUs"))
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_HELD = ("booked", "checked_in", "ended", "offered")


@dataclass(frozen=True)
class _Place:
    """A machine and some of its GPUs."""

    workstation: int
    gpus: tuple[int, ...]


@dataclass(frozen=True)
class _Asked:
    """What somebody waits for: a whole machine, for some hours within a window."""

    workstation: int
    gpu_count: int
    earliest: datetime
    latest: datetime
    hours: int


class GpusAtPresent:
    """The GPU bookings, waits and notices that are made anew for each present."""

    def __init__(self, now: datetime, time: LabTime) -> None:
        self._now = now
        self._time = time
        self._policy = GpusSection()

    def forget(self) -> None:
        """Take back what an earlier present has made."""
        Notice.delete().execute()
        GpuWait.delete().execute()
        Outage.delete().where(Outage.id == _PLANNED_OUTAGE_ID).execute()
        Booking.delete().where(Booking.id < FIRST_BOOKING_ID).execute()

    def settle(self) -> None:
        """Make it: bookings first, as the rest looks for room beside them."""
        self._book_for_member_to_try()
        self._offer()
        self._plan_outage()
        for (name, purpose), asked, since in zip(_WAITERS, self._not_to_be_had(), (5, 2), strict=False):
            person = Person.get(Person.name == name)
            GpuWait.create(
                person=person,
                startup=person.startup_id,
                workstation=asked.workstation,
                gpu_count=asked.gpu_count,
                earliest=asked.earliest,
                latest=asked.latest,
                minutes=asked.hours * 60,
                purpose=purpose,
                since=self._now - since * _HOUR,
            )

    def _on(self, days: int, hour: int) -> datetime:
        """An hour of the day so many days from today."""
        day = self._time.day_of(self._now) + timedelta(days=days)
        return self._time.start_of_day(day) + hour * _HOUR

    # What those to try have

    def _book_for_member_to_try(self) -> None:
        """A booking that can be checked in to now, and is no no-show for a while; one for tomorrow, moved."""
        slot = timedelta(minutes=self._policy.slot_minutes)
        local = self._time.local(self._now)
        past = timedelta(
            minutes=local.minute % self._policy.slot_minutes,
            seconds=local.second,
            microseconds=local.microsecond,
        )
        starts_at = self._now - past + (slot if past >= slot / 2 else timedelta())
        made_at = self._now - 3 * _HOUR
        now_on, _at = self._room(1, 2, starts_at)
        me = MEMBER_TO_TRY
        self._book(_NOW_ID, me, now_on, starts_at, 2, purpose="interactive session", created_at=made_at)
        room, starts_at = self._room(2, 4, *(self._on(1, hour) for hour in (10, 11, 9, 12, 8)))
        was = {"state": "moved", "counts": False, "created_at": self._now - 26 * _HOUR}
        purpose = "fine-tuning on new scans"
        self._book(_MOVED_ID, me, room, starts_at + 2 * _HOUR, 4, purpose=purpose, **was)
        came_from = {"origin": _MOVED_ID, "calendar": _MOVED_ID, "sequence": 1}
        self._book(_NEXT_ID, me, room, starts_at, 4, purpose=purpose, created_at=made_at, **came_from)

    def _offer(self) -> None:
        """A freed slot of tomorrow, held for the member with an offer."""
        room, starts_at = self._room(
            2, 4, *(self._on(1, hour) for hour in (14, 15, 16, 17, 18, 12, 13, 19, 20))
        )
        made_at = self._now - 20 * _MINUTE
        until = answer_by(made_at, self._policy, self._time)
        offered = {"state": "offered", "counts": False, "offer_until": until, "created_at": made_at}
        booking = self._book(
            _OFFERED_ID,
            MEMBER_WITH_OFFER,
            room,
            starts_at,
            4,
            purpose="batch of new scans",
            **offered,
        )
        GpuWait.create(
            person=booking.person_id,
            startup=booking.startup_id,
            gpu_count=2,
            earliest=self._on(1, 12),
            latest=self._on(1, 24),
            minutes=240,
            purpose=booking.purpose,
            state="offered",
            since=self._now - 26 * _HOUR,
            booking=booking,
        )
        self._tell(booking, "offer_made", until=until)

    def _book(
        self, number: int, name: str, place: _Place, starts_at: datetime, hours: int, **more: Any
    ) -> Booking:
        person = Person.get(Person.name == name)
        holds = more.get("state", "booked") != "moved"
        times = {"starts_at": starts_at, "ends_at": starts_at + hours * _HOUR, "holds": holds}
        booking: Booking = Booking.create(
            id=number,
            workstation=place.workstation,
            person=person,
            startup=person.startup_id,
            **times,
            **more,
        )
        BookingGpu.insert_many([{"booking": booking, "gpu": gpu, **times} for gpu in place.gpus]).execute()
        return booking

    def _room(self, gpu_count: int, hours: int, *starts: datetime) -> tuple[_Place, datetime]:
        """Where so many GPUs are free for some hours, and when: at the first start that has room."""
        for starts_at in starts:
            place = self._room_at(gpu_count, starts_at, starts_at + hours * _HOUR)
            if place is not None:
                return place, starts_at
        raise AssertionError("the demo lab is full")

    def _room_at(self, gpu_count: int, starts_at: datetime, ends_at: datetime) -> _Place | None:
        """A machine with so many free GPUs in that time: lantau, or else the one with most of them."""
        taken = BookingGpu.select(BookingGpu.gpu).where(
            BookingGpu.holds, BookingGpu.ends_at > starts_at, BookingGpu.starts_at < ends_at
        )
        out = Outage.select(Outage.workstation).where(
            ~Outage.cancelled, Outage.ends_at > starts_at, Outage.starts_at < ends_at
        )
        query = Gpu.select(Gpu.workstation, Gpu.id, Workstation.name).join(Workstation)
        usual = (Workstation.policy == "{}") & ~Workstation.retired
        query = query.where(usual, Gpu.id.not_in(taken), Workstation.id.not_in(out)).order_by(Gpu.id)
        free: dict[tuple[str, int], list[int]] = {}
        for machine, gpu, name in query.tuples():
            free.setdefault((name, machine), []).append(gpu)
        able = [place for place, gpus in free.items() if len(gpus) >= gpu_count]
        if not able:
            return None
        best = max(able, key=lambda place: (place[0] == "lantau", len(free[place])))
        return _Place(best[1], tuple(free[best][:gpu_count]))

    # What is planned

    def _plan_outage(self) -> None:
        """One in some days, which hits somebody's booking; they are told at their next scan."""
        bookings = (
            Booking.select()
            .join(Workstation)
            .where(Booking.state == "booked", Booking.starts_at >= self._on(2, 9))
            .where(Booking.person.not_in(Person.select(Person.id).where(Person.name.in_(PEOPLE_TO_TRY))))
            .where(Workstation.policy == "{}", Booking.created_at < self._now - 2 * _HOUR)
            .order_by(Booking.starts_at, Booking.id)
        )
        booking = next(one for one in bookings if self._time.local(one.starts_at).hour in range(9, 18))
        begins, ends = booking.starts_at - _HOUR, booking.ends_at
        Outage.create(
            id=_PLANNED_OUTAGE_ID,
            workstation=booking.workstation_id,
            reason=_PLANNED_REASON,
            starts_at=begins,
            ends_at=ends,
        )
        facts = {
            "block": _PLANNED_OUTAGE_ID,
            "reason": _PLANNED_REASON,
            "blocked_from": begins,
            "blocked_until": ends,
        }
        self._tell(booking, "outage_hit", **facts)

    def _tell(self, booking: Booking, kind: str, **facts: object) -> None:
        """A notice about a booking, as `lab.notices` writes it."""
        every = {
            "booking": booking.id,
            "workstation": booking.workstation.name,
            "start": booking.starts_at,
            "end": booking.ends_at,
        }
        told = {
            name: fact.isoformat() if isinstance(fact, datetime) else fact
            for name, fact in {**every, **facts}.items()
        }
        Notice.create(
            person=booking.person_id,
            kind=kind,
            facts=json.dumps(told, ensure_ascii=False, sort_keys=True),
            made_at=self._now - 20 * _MINUTE,
        )

    # Who waits

    def _not_to_be_had(self) -> Iterator[_Asked]:
        """Whole machines with no room for so many hours in a window: whoever waits for one waits on."""
        machines = Workstation.select().where(Workstation.policy == "{}", ~Workstation.retired)
        for machine in machines.order_by(Workstation.id):
            count = Gpu.select().where(Gpu.workstation == machine).count()
            for hours, days in ((6, 1), (6, 2), (8, 1), (8, 2), (10, 1), (10, 2)):
                asked = _Asked(machine.id, count, self._on(days, 9), self._on(days, 21), hours)
                if not self._can_be_had(asked):
                    yield asked
                    break

    def _can_be_had(self, asked: _Asked) -> bool:
        """Whether the whole machine is free for the time that is asked for."""
        free_from = asked.earliest
        taken = (
            Booking.select(Booking.starts_at, Booking.ends_at)
            .where(Booking.workstation == asked.workstation, Booking.state.in_(_HELD))
            .where(Booking.ends_at > asked.earliest, Booking.starts_at < asked.latest)
            .order_by(Booking.starts_at)
        )
        for starts_at, ends_at in taken.tuples():
            if starts_at - free_from >= asked.hours * _HOUR:
                return True
            free_from = max(free_from, ends_at)
        return asked.latest - free_from >= asked.hours * _HOUR
