"""Workstations out of service: outages that run or are planned, and where the bookings they hit could go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from lab_tui.errors import Reason, Refused
from lab_tui.lab import audit, notices
from lab_tui.lab.gpu_hits import HitBooking, Planned, checked_span, end_block, places, tell_hit
from lab_tui.lab.gpu_offers import after_freeing
from lab_tui.lab.gpu_relocating import (
    clear,
    lock_to_move,
    relocate,
    relocate_to_nearest,
    undo_relocate,
)
from lab_tui.lab.gpu_requests import LONGEST_REASON
from lab_tui.lab.gpu_views import (
    OutageView,
    WorkstationView,
    live,
    read_outages,
    read_workstations,
    with_bookings_hit,
)
from lab_tui.lab.notices import NoticeKind
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.booking import Blocked
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.gpus import Outage, Workstation
from lab_tui.text import clean

__all__ = [
    "BackInService",
    "HitBooking",
    "OutageView",
    "cancel_outage",
    "change_outage",
    "hit_by",
    "outages",
    "put_back_in_service",
    "put_out_of_service",
    "relocate",
    "relocate_to_nearest",
    "undo_relocate",
]


def put_out_of_service(
    lab: Lab,
    actor: Actor,
    workstation_id: int,
    starts_at: datetime,
    ends_at: datetime | None,
    reason: str,
    *,
    moving: Collection[HitBooking] = (),
    request_key: str | None = None,
) -> Done[OutageView]:
    """Record an outage, move what it hits of `moving` away, and take back what is offered in it.

    The other bookings that it hits stay, and their people are told. It can overlap other outages, but not
    lie in one. Raises Refused, BadInput.
    """
    reason = clean(reason, field="reason", at_most=LONGEST_REASON)
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        if prior := audit.done_before(request_key, actor, "gpus.put_out_of_service"):
            return Done(_outage_view(prior[1]), prior[0])
        lock_to_move(lab, actor, moving)
        lab.store.lock(Workstation, workstation_id)
        known_workstation(workstation_id)
        starts_at, ends_at = checked_span(lab, starts_at, ends_at)
        _refuse_within_another(lab, workstation_id, starts_at, ends_at)
        outage = Outage.create(
            workstation=workstation_id, reason=reason, starts_at=starts_at, ends_at=ends_at
        )
        moved = clear(lab, actor, _planned(outage), moving, reason)
        tell_hit(lab, NoticeKind.OUTAGE_HIT, int(outage.id), _planned(outage))
        facts = {"workstation": workstation_id, "reason": reason, "start": starts_at, "end": ends_at}
        entry_id = audit.record(
            lab, actor, "gpus.put_out_of_service", "outage", int(outage.id), facts, request_key=request_key
        )
        done = Done(replace(_outage_view(outage.id), bookings_moved=moved), entry_id)
    after_freeing(lab)
    return done


def _refuse_within_another(
    lab: Lab, workstation_id: int, starts_at: datetime, ends_at: datetime | None
) -> None:
    """Raises Refused(out_already) where an outage has all of a time already."""
    coming = (Outage.workstation == workstation_id) & live(Outage, lab.now())
    lasts_as_long = Outage.ends_at.is_null()
    if ends_at is not None:
        lasts_as_long |= Outage.ends_at >= ends_at
    for one in read_outages(coming & (Outage.starts_at <= starts_at) & lasts_as_long):
        facts = {"workstation": one.workstation, "reason": one.reason}
        raise Refused(Reason(Code.OUT_ALREADY, {**facts, "start": one.starts_at, "end": one.ends_at}))


def change_outage(
    lab: Lab,
    actor: Actor,
    outage_id: int,
    ends_at: datetime | None,
    *,
    moving: Collection[HitBooking] = (),
) -> Done[OutageView]:
    """Give an outage that runs or is to come another end (None: until further notice).

    What it hits of `moving` moves away; whoever else is hit only now is told. Raises Refused.
    """
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        lock_to_move(lab, actor, moving)
        outage = _locked_outage(lab, outage_id)
        starts_at, ends_at = checked_span(lab, outage.starts_at, ends_at)
        Outage.update(ends_at=ends_at).where(Outage.id == outage_id).execute()
        changed = Planned(outage.workstation_id, Blocked(outage.reason, starts_at, ends_at))
        moved = clear(lab, actor, changed, moving, outage.reason)
        tell_hit(lab, NoticeKind.OUTAGE_HIT, outage_id, changed, was=_planned(outage))
        facts = {"workstation": outage.workstation_id, "was": outage.ends_at, "end": ends_at}
        entry_id = audit.record(lab, actor, "gpus.change_outage", "outage", outage_id, facts)
        done = Done(replace(_outage_view(outage_id), bookings_moved=moved), entry_id)
    after_freeing(lab)
    return done


def cancel_outage(lab: Lab, actor: Actor, outage_id: int) -> Done[OutageView]:
    """Cancel an outage that is to come; one that runs ends now. Raises Refused."""
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        outage = _locked_outage(lab, outage_id)
        _end(lab, outage)
        facts = {"workstation": outage.workstation_id, "start": outage.starts_at}
        entry_id = audit.record(lab, actor, "gpus.cancel_outage", "outage", outage_id, facts)
        return Done(_outage_view(outage_id), entry_id)


@dataclass(frozen=True)
class BackInService:
    """A machine that is back, and the outages that ended; or that never went, and the one called off."""

    name: str
    ended: tuple[OutageView, ...]


def put_back_in_service(lab: Lab, actor: Actor, workstation_id: int) -> Done[BackInService]:
    """End every outage that runs now; only where none does, cancel the next one to come.

    Raises Refused(unknown_outage).
    """
    now = lab.now()
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        lab.store.lock(Workstation, workstation_id)
        machine = known_workstation(workstation_id)
        coming = (Outage.workstation == workstation_id) & live(Outage, now)
        found = read_outages(coming)
        if not found:
            raise Refused(Reason(Code.UNKNOWN_OUTAGE))
        # A machine can be out for two reasons at once: being back means that both are over.
        ended = tuple(outage for outage in found if outage.starts_at <= now) or found[:1]
        for outage in ended:
            _end(lab, outage)
        facts = {"outages": [outage.id for outage in ended]}
        entry_id = audit.record(lab, actor, "gpus.put_back_in_service", "workstation", workstation_id, facts)
        return Done(BackInService(machine.name, ended), entry_id)


def outages(lab: Lab, actor: Actor) -> tuple[OutageView, ...]:
    """Outages that run now or are to come."""
    with reading(lab):
        authorise(lab, actor, Permission.SEE_OWN_DAY)
        return read_outages(live(Outage, lab.now()))


def hit_by(
    lab: Lab, actor: Actor, workstation_id: int | None, starts_at: datetime, ends_at: datetime | None
) -> tuple[HitBooking, ...]:
    """The bookings that an outage, or a closure of the whole lab (None), would hit; soonest first.

    Each comes with its nearest place, for its person, as if the time were blocked already and those before
    it had gone to theirs. Raises Refused.
    """
    with reading(lab):
        of_lab = workstation_id is None
        authorise(lab, actor, Permission.MANAGE_CLOSURES if of_lab else Permission.MANAGE_WORKSTATIONS)
        if workstation_id is not None:
            known_workstation(workstation_id)
        planned = Planned(workstation_id, Blocked("", *checked_span(lab, starts_at, ends_at)))
        return places(lab, planned)


def known_workstation(workstation_id: int) -> WorkstationView:
    """A workstation. Raises Refused(unknown_workstation)."""
    found = read_workstations(Workstation.id == workstation_id)
    if not found:
        raise Refused(Reason(Code.UNKNOWN_WORKSTATION, {"workstation": workstation_id}))
    return found[0]


def _planned(outage: Outage) -> Planned:
    return Planned(outage.workstation_id, Blocked(outage.reason, outage.starts_at, outage.ends_at))


def _outage_view(outage_id: int) -> OutageView:
    return with_bookings_hit(read_outages(Outage.id == outage_id)[0])


def _locked_outage(lab: Lab, outage_id: int) -> Outage:
    """An outage that runs or is to come, with its workstation held."""
    found: Outage | None = Outage.get_or_none(Outage.id == outage_id)
    if found is None:
        raise Refused(Reason(Code.UNKNOWN_OUTAGE))
    lab.store.lock(Workstation, found.workstation_id)
    outage: Outage = Outage.get_by_id(outage_id)
    if outage.cancelled:
        raise Refused(Reason(Code.ALREADY_CANCELLED))
    if outage.ends_at is not None and outage.ends_at <= lab.now():
        raise Refused(Reason(Code.ALREADY_OVER))
    return outage


def _end(lab: Lab, outage: Outage | OutageView) -> None:
    end_block(Outage, outage, lab.now())
    notices.take_back(NoticeKind.OUTAGE_HIT, block=outage.id)
