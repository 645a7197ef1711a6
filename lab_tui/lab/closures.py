"""The whole lab closed: a holiday, a typhoon signal, a rainstorm. Staff choose an end, and can change it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from lab_tui.errors import Reason, Refused
from lab_tui.lab import audit, notices
from lab_tui.lab.gpu_hits import HitBooking, Planned, checked_span, end_block, tell_hit
from lab_tui.lab.gpu_offers import after_freeing
from lab_tui.lab.gpu_relocating import clear, lock_to_move
from lab_tui.lab.gpu_requests import LONGEST_REASON
from lab_tui.lab.gpu_views import ClosureView, live, read_closures
from lab_tui.lab.notices import NoticeKind
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.booking import Blocked
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.gpus import Workstation
from lab_tui.store.tables.lab import Closure
from lab_tui.text import clean

__all__ = ["ClosureView", "cancel_closure", "change_closure", "closures", "plan_closure"]


def plan_closure(
    lab: Lab,
    actor: Actor,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    *,
    moving: Collection[HitBooking] = (),
    request_key: str | None = None,
) -> Done[ClosureView]:
    """Close the lab for a time, move what it hits of `moving` away, and take back what is offered in it.

    The other GPU bookings that it hits stay, and their people are told. Raises Refused, BadInput.
    """
    reason = clean(reason, field="reason", at_most=LONGEST_REASON)
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_CLOSURES)
        if prior := audit.done_before(request_key, actor, "closures.plan"):
            return Done(_closure_view(lab, prior[1]), prior[0])
        lock_to_move(lab, actor, moving)
        _lock_workstations(lab)
        span = checked_span(lab, starts_at, ends_at)
        closure = Closure.create(reason=reason, starts_at=span[0], ends_at=span[1])
        moved = clear(lab, actor, _planned(closure), moving, reason)
        tell_hit(lab, NoticeKind.CLOSURE_HIT, int(closure.id), _planned(closure))
        facts = {"reason": reason, "start": span[0], "end": span[1]}
        entry_id = audit.record(
            lab, actor, "closures.plan", "closure", int(closure.id), facts, request_key=request_key
        )
        done = Done(replace(_closure_view(lab, closure.id), bookings_moved=moved), entry_id)
    after_freeing(lab)
    return done


def change_closure(
    lab: Lab, actor: Actor, closure_id: int, ends_at: datetime, *, moving: Collection[HitBooking] = ()
) -> Done[ClosureView]:
    """Give a closure that runs or is to come another end.

    What it hits of `moving` moves away; whoever else is hit only now is told. Raises Refused.
    """
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_CLOSURES)
        lock_to_move(lab, actor, moving)
        closure = _locked_closure(lab, closure_id)
        starts_at, end = checked_span(lab, closure.starts_at, ends_at)
        Closure.update(ends_at=end).where(Closure.id == closure_id).execute()
        changed = Planned(None, Blocked(closure.reason, starts_at, end))
        moved = clear(lab, actor, changed, moving, closure.reason)
        tell_hit(lab, NoticeKind.CLOSURE_HIT, closure_id, changed, was=_planned(closure))
        facts = {"was": closure.ends_at, "end": end}
        entry_id = audit.record(lab, actor, "closures.change", "closure", closure_id, facts)
        done = Done(replace(_closure_view(lab, closure_id), bookings_moved=moved), entry_id)
    after_freeing(lab)
    return done


def cancel_closure(lab: Lab, actor: Actor, closure_id: int) -> Done[ClosureView]:
    """Cancel a closure that is to come; one that runs ends now. Raises Refused."""
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_CLOSURES)
        closure = _locked_closure(lab, closure_id)
        end_block(Closure, closure, lab.now())
        notices.take_back(NoticeKind.CLOSURE_HIT, block=closure_id)
        facts = {"reason": closure.reason, "start": closure.starts_at}
        entry_id = audit.record(lab, actor, "closures.cancel", "closure", closure_id, facts)
        return Done(_closure_view(lab, closure_id), entry_id)


def closures(lab: Lab, actor: Actor) -> tuple[ClosureView, ...]:
    """Closures that run now or are to come, soonest first, with how many GPU bookings lie in each."""
    with reading(lab):
        authorise(lab, actor, Permission.SEE_OWN_DAY)
        return tuple(_with_bookings_hit(lab, one) for one in read_closures(live(Closure, lab.now())))


def _planned(closure: Closure | ClosureView) -> Planned:
    return Planned(None, Blocked(closure.reason, closure.starts_at, closure.ends_at))


def _closure_view(lab: Lab, closure_id: int) -> ClosureView:
    return _with_bookings_hit(lab, read_closures(Closure.id == closure_id)[0])


def _with_bookings_hit(lab: Lab, view: ClosureView) -> ClosureView:
    return replace(view, bookings_hit=len(_planned(view).hit(lab.now())))


def _locked_closure(lab: Lab, closure_id: int) -> Closure:
    """A closure that runs or is to come, with every workstation held."""
    _lock_workstations(lab)
    lab.store.lock(Closure, closure_id)
    closure: Closure | None = Closure.get_or_none(Closure.id == closure_id)
    if closure is None:
        raise Refused(Reason(Code.UNKNOWN_CLOSURE, {"closure": closure_id}))
    if closure.cancelled:
        raise Refused(Reason(Code.ALREADY_CANCELLED))
    if closure.ends_at <= lab.now():
        raise Refused(Reason(Code.ALREADY_OVER))
    return closure


def _lock_workstations(lab: Lab) -> None:
    """Hold all of them, so that whoever books at this instant is either told or refused."""
    for (workstation_id,) in list(Workstation.select(Workstation.id).order_by(Workstation.id).tuples()):
        lab.store.lock(Workstation, workstation_id)
