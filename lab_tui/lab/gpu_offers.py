"""Offers of GPUs to whoever waits for them: made when something frees, lapsed when their time is over.

An offer is a booking in the state `offered`, so the guard against double bookings holds it as well.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lab_tui.errors import Refused, SystemCannot
from lab_tui.lab import audit, notices
from lab_tui.lab.gpu_facts import read_blocks, read_booker, read_machines, read_team
from lab_tui.lab.gpu_requests import BookingWish, Request, facts_of, situation_of, write_booking
from lab_tui.lab.gpu_shares import in_line, read_shares, teams_of, waiting
from lab_tui.lab.notices import NoticeKind
from lab_tui.lab.operation import CARETAKER, Lab, reading, writing
from lab_tui.lab.rules.booking import FURTHEST_EVER, Booker, Plan, Situation
from lab_tui.lab.rules.finding import Search
from lab_tui.lab.rules.remedies import Choice
from lab_tui.lab.rules.waiting import (
    InLine,
    answer_by,
    best_place,
    is_skipped,
    line,
    served,
    without,
)
from lab_tui.store.tables.gpus import Booking, GpuWait, Workstation
from lab_tui.store.tables.lab import CaretakerDuty
from lab_tui.store.tables.people import Person, Startup

# The caretaker's duty, whose row is held by whoever makes offers: two kiosks make them one after the other.
OFFER_FREED = "offer_freed_gpus"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def after_freeing(lab: Lab) -> None:
    """Offer what has just become free, in a transaction of its own, once the freeing act is committed.

    Where that cannot be done now, the caretaker does it.
    """
    try:
        with reading(lab):
            if not waiting().exists():
                return
        with writing(lab):
            offer_freed(lab)
    except (SystemCannot, Refused):
        return


def offer_freed(lab: Lab) -> int:
    """Offer what is free to those who wait for it, inside the caller's transaction; returns how many.

    Every place offered passes every rule for whom it is offered to. Waits whose window has passed are over.
    """
    if not waiting().exists():
        return 0
    CaretakerDuty.insert(name=OFFER_FREED, last_done_at=_NEVER).on_conflict_ignore().execute()
    lab.store.lock(CaretakerDuty, OFFER_FREED)
    made = 0
    # Most times nothing fits: nobody is kept waiting to find that out.
    if _Round(lab).somebody_fits():
        _lock_all(lab)
        made = _Round(lab).offer_all()
    _end_windows(lab)
    return made


def lapse_offers(lab: Lab) -> int:
    """Lapse the offers whose deadline has passed, inside the caller's transaction; returns how many.

    What they held is offered on by `offer_freed`, the caretaker's next duty.
    """
    due = list(Booking.select().where((Booking.state == "offered") & (Booking.offer_until <= lab.now())))
    lock_people(lab, due)
    for workstation_id in sorted({booking.workstation_id for booking in due}):
        lab.store.lock(Workstation, workstation_id)
    return sum(_lapse(lab, booking) for booking in due)


def _lapse(lab: Lab, booking: Booking) -> bool:
    """Lapse an offer that still stands; False where it was answered meanwhile."""
    if not close_offer(booking, "lapsed"):
        return False
    times = {"start": booking.starts_at, "end": booking.ends_at}
    workstation = booking.workstation.name
    notices.tell(lab, booking.person_id, NoticeKind.OFFER_LAPSED, workstation=workstation, **times)
    facts = {"person": booking.person_id, "workstation": workstation, **times}
    audit.record(lab, CARETAKER, "gpus.lapse_offer", "booking", booking.id, facts)
    return True


def close_offer(booking: Booking, wait_state: str) -> bool:
    """Let go of what an offer holds; False where it stands no more. Inside the caller's transaction.

    `wait_state` is what becomes of the wait: declined, lapsed, withdrawn, or waiting again.
    """
    still = (Booking.id == booking.id) & (Booking.state == "offered")
    closed = {"state": "lapsed", "holds": False, "counts": False, "sequence": booking.sequence + 1}
    if not Booking.update(**closed).where(still).execute():
        return False
    its_wait = (GpuWait.booking == booking.id) & (GpuWait.state == "offered")
    GpuWait.update(state=wait_state).where(its_wait).execute()
    return True


def take_back_offers(lab: Lab, which: Any) -> int:
    """Let go of the offers among some bookings, as nobody can use them any more; returns how many.

    Their waits go on where they stood in the line, and their people are told. Call it inside the transaction
    that blocks their time, with their workstations held, and `after_freeing` once that is committed.
    """
    offers = list(Booking.select().where((Booking.state == "offered") & which))
    return sum(_take_back(lab, offer) for offer in offers)


def _take_back(lab: Lab, offer: Booking) -> bool:
    """Take an offer back that still stands; False where it was answered meanwhile."""
    if not close_offer(offer, "waiting"):
        return False
    GpuWait.update(booking=None).where(GpuWait.booking == offer.id).execute()
    told = {"workstation": offer.workstation.name, "start": offer.starts_at, "end": offer.ends_at}
    notices.take_back(NoticeKind.OFFER_MADE, **told)
    notices.tell(lab, offer.person_id, NoticeKind.OFFER_TAKEN_BACK, **told)
    audit.record(
        lab, CARETAKER, "gpus.take_back_offer", "booking", offer.id, {"person": offer.person_id, **told}
    )
    return True


def was_taken_back(offer: Booking) -> bool:
    """Whether an offer that stands no more was taken back: its wait is no longer about it."""
    return offer.state == "lapsed" and not GpuWait.select().where(GpuWait.booking == offer.id).exists()


def search_of(wait: GpuWait) -> Search:
    """What a wait looks for."""
    length = timedelta(minutes=wait.minutes)
    window = (wait.earliest, wait.latest)
    return Search(wait.gpu_count, length, *window, wait.memory_at_least, wait.workstation_id)


def _lock_all(lab: Lab) -> None:
    """Hold everything that offers look at, in the order that all operations keep."""
    lock_people(lab, list(waiting()))
    in_use = Workstation.select(Workstation.id).where(Workstation.retired == False)  # noqa: E712
    for (workstation_id,) in in_use.order_by(Workstation.id).tuples():
        lab.store.lock(Workstation, workstation_id)


def lock_people(lab: Lab, theirs: Collection[Booking] | Collection[GpuWait]) -> None:
    """Hold whose these are, start-ups before people, in the order that all operations keep."""
    for startup_id in sorted({one.startup_id for one in theirs if one.startup_id is not None}):
        lab.store.lock(Startup, startup_id)
    for person_id in sorted({one.person_id for one in theirs}):
        lab.store.lock(Person, person_id)


def _end_windows(lab: Lab) -> None:
    """Waits that nothing can be found for any more are over."""
    now = lab.now()
    ended = [wait.id for wait in waiting() if wait.latest - timedelta(minutes=wait.minutes) <= now]
    still = GpuWait.id.in_(ended) & (GpuWait.state == "waiting")
    GpuWait.update(state="over").where(still).execute()


@dataclass(frozen=True)
class _Made:
    """An offer of this round: to whom, and what."""

    to: InLine
    plan: Plan
    workstation_id: int


class _Round:
    """One round of offers: everybody who waits is asked for once, in the order of the line."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._now = lab, lab.now()
        self._waits = {int(wait.id): wait for wait in waiting()}
        # The machines over all windows, as far ahead as anybody may book.
        furthest = self._now + FURTHEST_EVER
        latest = min(max((wait.latest for wait in self._waits.values()), default=self._now), furthest)
        blocks = read_blocks(lab.store, self._now, latest)
        situation = situation_of(lab, self._now, Booker(None, True))
        self._situation = replace(situation, closures=blocks.closures)
        self._known = {one.rules.id: one for one in read_machines(lab, self._now, latest, blocks)}
        self._made: list[_Made] = []

    def somebody_fits(self) -> bool:
        """Whether there is anything to offer."""
        return any(self._place(wait, self._situation_for(wait)) for wait in self._waits.values())

    def offer_all(self) -> int:
        """Make every offer that can be made; returns how many."""
        waits = self._waits.values()
        standing = in_line(waits, read_shares(self._lab, teams_of(waits)))
        while standing:
            first, *standing = line(standing)
            wait = self._waits[first.wait_id]
            situation = self._situation_for(wait)
            place = self._place(wait, situation, self._made)
            if place is None:
                self._note_skipped(first, situation)
                continue
            self._offer(wait, place, situation)
            self._made.append(_Made(first, place.plan, place.machine.id))
            gpu_hours = place.plan.length / timedelta(hours=1) * len(place.plan.gpu_numbers)
            standing = served(standing, first.team, gpu_hours, self._now)
        return len(self._made)

    def _situation_for(self, wait: GpuWait) -> Situation:
        """What the rules look at for whoever waits."""
        team = read_team(self._lab, wait.person.startup_id)
        booker = read_booker(self._lab, wait.person, team, self._now, self._now)
        return replace(self._situation, booker=booker)

    def _place(self, wait: GpuWait, situation: Situation, made: Collection[_Made] = ()) -> Choice | None:
        """The best place for whoever waits, besides what was offered in this round."""
        machines = [
            without(one.rules, [offer.plan for offer in made if offer.workstation_id == one.rules.id])
            for one in self._known.values()
        ]
        return best_place(search_of(wait), machines, situation)

    def _note_skipped(self, one: InLine, situation: Situation) -> None:
        """Note that somebody gets nothing because of an offer to who came later, if that is so."""
        fair = [made for made in self._made if not is_skipped(one, made.to)]
        if len(fair) < len(self._made) and self._place(self._waits[one.wait_id], situation, fair):
            GpuWait.update(skipped=True).where(GpuWait.id == one.wait_id).execute()

    def _offer(self, wait: GpuWait, place: Choice, situation: Situation) -> None:
        plan, machine = place.plan, place.machine
        policy = situation.policy_of(machine)
        until = min(answer_by(self._now, policy, self._lab.time), plan.starts_at)
        wish = BookingWish(machine.id, plan.gpu_numbers, plan.starts_at, plan.ends_at, wait.purpose)
        team = read_team(self._lab, wait.person.startup_id)
        request = Request(wish, plan, wait.person, team, self._known[machine.id], situation, [])
        view = write_booking(self._lab, request, state="offered", offer_until=until)
        GpuWait.update(state="offered", booking=view.id).where(GpuWait.id == wait.id).execute()
        self._to_the_end(wait)
        told = {"workstation": machine.name, "start": plan.starts_at, "end": plan.ends_at, "until": until}
        notices.tell(self._lab, wait.person_id, NoticeKind.OFFER_MADE, **told)
        facts = {**facts_of(request), "until": until, "wait": wait.id}
        audit.record(self._lab, CARETAKER, "gpus.offer", "booking", view.id, facts)

    def _to_the_end(self, wait: GpuWait) -> None:
        """A start-up that was offered something stands at the end of the line with its other waits."""
        team = GpuWait.startup == wait.startup_id
        if wait.startup_id is None:
            team = GpuWait.startup.is_null() & (GpuWait.person == wait.person_id)
        theirs = team & (GpuWait.state == "waiting")
        GpuWait.update(since=self._now, skipped=False).where(theirs).execute()
