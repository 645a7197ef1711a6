"""What time brings about for GPU bookings: the caretaker's duties, each inside its transaction."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from lab_tui.config import policy_in_force
from lab_tui.lab import audit, notices
from lab_tui.lab.gpu_facts import Team, read_blocks, read_team
from lab_tui.lab.gpu_offers import OFFER_FREED, close_offer
from lab_tui.lab.notices import NoticeKind
from lab_tui.lab.operation import CARETAKER, Lab
from lab_tui.lab.rules.booking import IN_PROGRAMME, no_show_due_at
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.gpus import Booking, GpuWait, Workstation
from lab_tui.store.tables.lab import AuditEntry, CaretakerDuty
from lab_tui.store.tables.people import Person

# No policy lets a no-show be released sooner.
_SHORTEST_WAIT = timedelta(minutes=5)


def release_no_shows(lab: Lab) -> int:
    """Release bookings nobody checked in to, and tell whose they were; returns how many.

    Whoever found the lab closed or the machine out of service in that time is no no-show.
    """
    released = 0
    for booking, excused in _awaited(lab):
        change = {"state": "no_show", "holds": False, "sequence": booking.sequence + 1}
        if not excused and _change(booking, **change):
            facts = {"person": booking.person_id, "workstation": booking.workstation_id}
            audit.record(lab, CARETAKER, "gpus.release_no_show", "booking", booking.id, facts)
            _tell_no_show(lab, booking)
            released += 1
    return released


def _tell_no_show(lab: Lab, booking: Booking) -> None:
    days = lab.config.gpus.no_show_days
    remembered = (Booking.person == booking.person_id) & (Booking.state == "no_show")
    remembered &= Booking.starts_at > lab.now() - timedelta(days=days)
    notices.tell(
        *(lab, booking.person_id, NoticeKind.NO_SHOW),
        workstation=booking.workstation.name,
        start=booking.starts_at,
        end=booking.ends_at,
        count=Booking.select().where(remembered).count(),
        days=days,
    )


def end_ended(lab: Lab) -> int:
    """End bookings whose time is over; returns how many.

    Those nobody checked in to end as well where a closure or an outage excuses them.
    """
    now = lab.now()
    over = (Booking.state == "checked_in") & (Booking.ends_at <= now)
    ended = int(Booking.update(state="ended").where(over).execute())
    for booking, excused in _awaited(lab):
        if excused and booking.ends_at <= now:
            ended += _change(booking, state="ended")
    return ended


def _awaited(lab: Lab) -> list[tuple[Booking, bool]]:
    """Bookings nobody checked in to in time, and whether a closure or an outage excuses that."""
    now = lab.now()
    begun = (Booking.state == "booked") & (Booking.starts_at <= now - _SHORTEST_WAIT)
    due = [
        (booking, due_at)
        for booking in Booking.select(Booking, Workstation)
        .join(Workstation)
        .where(begun)
        .order_by(Booking.id)
        if (due_at := _due_at(lab, booking)) <= now
    ]
    if not due:
        return []
    blocks = read_blocks(lab.store, min(booking.starts_at for booking, _ in due), now)
    return [
        (booking, blocks.within(booking.workstation_id, booking.starts_at, due_at)) for booking, due_at in due
    ]


def _due_at(lab: Lab, booking: Booking) -> datetime:
    policy = policy_in_force(lab.config.gpus, booking.workstation.policy)
    return no_show_due_at(booking.starts_at, booking.created_at, policy.no_show_minutes)


def _change(booking: Booking, **change: object) -> bool:
    """Change a booking that still stands as it was read; False where somebody was first."""
    still = (Booking.id == booking.id) & (Booking.state == booking.state)
    # Extended or handed over meanwhile, it is looked at again next time.
    still &= Booking.sequence == booking.sequence
    return bool(Booking.update(**change).where(still).execute())


def give_back_after_membership(lab: Lab) -> int:
    """Give back what people booked for after their time in the lab, and tell them; returns how many.

    That is every booking ahead of who is inactive or whose start-up has left, and those of others that end
    after their membership. It costs them nothing. What staff allowed in spite of that rule stays. Nobody
    of them waits for GPUs any more either.
    """
    given_back = 0
    for booking in _outlasting(lab):
        change = {"state": "cancelled", "holds": False, "counts": False, "sequence": booking.sequence + 1}
        if _change(booking, **change):
            facts = {"person": booking.person_id, "workstation": booking.workstation_id}
            audit.record(lab, CARETAKER, "gpus.give_back", "booking", booking.id, facts)
            notices.tell(
                *(lab, booking.person_id, NoticeKind.GIVEN_BACK),
                workstation=booking.workstation.name,
                start=booking.starts_at,
                end=booking.ends_at,
            )
            given_back += 1
    return given_back + _withdraw_waits(lab)


def _outlasting(lab: Lab) -> Iterator[Booking]:
    """Bookings ahead of people who will not be members then, but for those that staff allowed."""
    ahead = (Booking.state == "booked") & (Booking.ends_at > lab.now())
    with_names = Booking.select(Booking, Workstation).join(Workstation).order_by(Booking.id)
    yield from with_names.join_from(Booking, Person).where(ahead & (Person.active == False))  # noqa: E712
    latest = Booking.select(Booking.startup, fn.MAX(Booking.ends_at)).where(ahead).group_by(Booking.startup)
    for startup_id, last_end in list(latest.tuples()):
        team = read_team(lab, startup_id)
        if team is None:
            continue
        left = team.stage not in IN_PROGRAMME
        since = lab.now() if left else team.member_until
        if since is None or _instant(last_end) <= since:
            continue
        rule = Code.NOT_IN_PROGRAMME if left else Code.MEMBERSHIP_ENDS
        theirs = ahead & (Booking.startup == startup_id) & (Booking.ends_at > since)
        yield from (one for one in with_names.where(theirs) if not _allowed_by_staff(one, rule))


def _instant(stored: str | datetime) -> datetime:
    return stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)


def _allowed_by_staff(booking: Booking, rule: Code) -> bool:
    """Whether staff overrode a rule for a booking."""
    of_booking = (AuditEntry.subject == "booking") & (AuditEntry.subject_id == booking.id)
    overrides = AuditEntry.select(AuditEntry.facts).where(
        of_booking & AuditEntry.override_reason.is_null(False)
    )
    return any(rule in json.loads(entry.facts).get("overridden", ()) for entry in overrides)


def _withdraw_waits(lab: Lab) -> int:
    """Withdraw the waits of who will be no member then; GPUs held for one are free at once."""
    withdrawn = 0
    # Whoever makes offers changes several waits too: one after the other.
    lab.store.lock(CaretakerDuty, OFFER_FREED)
    live = GpuWait.state.in_(("waiting", "offered"))
    for wait in list(GpuWait.select(GpuWait, Person).join(Person).where(live).order_by(GpuWait.id)):
        if wait.person.active and _is_member(read_team(lab, wait.startup_id), _soonest_end(wait)):
            continue
        if wait.state == "offered":
            changed = int(close_offer(wait.booking, "withdrawn"))
        else:
            still = (GpuWait.id == wait.id) & (GpuWait.state == "waiting")
            changed = GpuWait.update(state="withdrawn").where(still).execute()
        if changed:
            facts = {"person": wait.person_id}
            audit.record(lab, CARETAKER, "gpus.withdraw_wait", "gpu_wait", wait.id, facts)
            withdrawn += 1
    return withdrawn


def _soonest_end(wait: Any) -> datetime:
    return wait.earliest + timedelta(minutes=wait.minutes)  # type: ignore[no-any-return]


def _is_member(team: Team | None, until: datetime) -> bool:
    """Whether a start-up is in the lab until then; who has none is staff."""
    if team is None:
        return True
    return team.stage in IN_PROGRAMME and (team.member_until is None or until <= team.member_until)
