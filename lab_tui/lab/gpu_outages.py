"""Workstations out of service: outages that run or are planned, and where the bookings they hit could go."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from lab_tui.errors import Facts, Reason, Refused
from lab_tui.lab import audit, notices
from lab_tui.lab.gpu_hits import (
    HitBooking,
    Planned,
    checked_span,
    end_block,
    nearest,
    tell_hit,
    tell_what_hits,
)
from lab_tui.lab.gpu_moves import (
    elsewhere,
    judged_move,
    judged_split,
    undo_move,
    undo_split,
    write_move,
    write_split,
)
from lab_tui.lab.gpu_requests import LONGEST_REASON, BookingWish, booking_to_change, stored_instant
from lab_tui.lab.gpu_views import (
    BookingView,
    OutageView,
    WorkstationView,
    live,
    read_booking,
    read_outages,
    read_workstations,
    with_bookings_hit,
)
from lab_tui.lab.gpu_waiting import after_freeing
from lab_tui.lab.gpus import may_be_written
from lab_tui.lab.notices import NoticeKind
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.booking import Blocked
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.gpus import Booking, Outage, Workstation
from lab_tui.text import clean

__all__ = [
    "HitBooking",
    "OutageView",
    "cancel_outage",
    "change_outage",
    "hit_by",
    "outages",
    "put_back_in_service",
    "put_out_of_service",
    "relocate",
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
    request_key: str | None = None,
) -> Done[OutageView]:
    """Record an outage, whatever other outages there are. Bookings it hits stay; their people are told.

    Raises Refused, BadInput.
    """
    reason = clean(reason, field="reason", at_most=LONGEST_REASON)
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        if prior := audit.done_before(request_key, actor, "gpus.put_out_of_service"):
            return Done(_outage_view(prior[1]), prior[0])
        lab.store.lock(Workstation, workstation_id)
        known_workstation(workstation_id)
        starts_at, ends_at = checked_span(lab, starts_at, ends_at)
        outage = Outage.create(
            workstation=workstation_id, reason=reason, starts_at=starts_at, ends_at=ends_at
        )
        tell_hit(lab, NoticeKind.OUTAGE_HIT, int(outage.id), _planned(outage))
        facts = {"workstation": workstation_id, "reason": reason, "start": starts_at, "end": ends_at}
        entry_id = audit.record(
            lab, actor, "gpus.put_out_of_service", "outage", int(outage.id), facts, request_key=request_key
        )
        return Done(_outage_view(outage.id), entry_id)


def change_outage(lab: Lab, actor: Actor, outage_id: int, ends_at: datetime | None) -> Done[OutageView]:
    """Give an outage that runs or is to come another end (None: until further notice).

    Whoever is hit only now is told. Raises Refused.
    """
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        outage = _locked_outage(lab, outage_id)
        starts_at, ends_at = checked_span(lab, outage.starts_at, ends_at)
        Outage.update(ends_at=ends_at).where(Outage.id == outage_id).execute()
        changed = Planned(outage.workstation_id, Blocked(outage.reason, starts_at, ends_at))
        tell_hit(lab, NoticeKind.OUTAGE_HIT, outage_id, changed, was=_planned(outage))
        facts = {"workstation": outage.workstation_id, "was": outage.ends_at, "end": ends_at}
        entry_id = audit.record(lab, actor, "gpus.change_outage", "outage", outage_id, facts)
        return Done(_outage_view(outage_id), entry_id)


def cancel_outage(lab: Lab, actor: Actor, outage_id: int) -> Done[OutageView]:
    """Cancel an outage that is to come; one that runs ends now. Raises Refused."""
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        outage = _locked_outage(lab, outage_id)
        _end(lab, outage)
        facts = {"workstation": outage.workstation_id, "start": outage.starts_at}
        entry_id = audit.record(lab, actor, "gpus.cancel_outage", "outage", outage_id, facts)
        return Done(_outage_view(outage_id), entry_id)


def put_back_in_service(lab: Lab, actor: Actor, workstation_id: int) -> Done[WorkstationView]:
    """End the outage that runs now (or cancel one yet to come). Raises Refused(unknown_outage)."""
    now = lab.now()
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        lab.store.lock(Workstation, workstation_id)
        machine = known_workstation(workstation_id)
        coming = (Outage.workstation == workstation_id) & live(Outage, now)
        found = list(Outage.select().where(coming).order_by(Outage.starts_at, Outage.id))
        if not found:
            raise Refused(Reason(Code.UNKNOWN_OUTAGE))
        # A machine can be out for two reasons at once: being back means that both are over.
        ended = [outage for outage in found if outage.starts_at <= now] or found[:1]
        for outage in ended:
            _end(lab, outage)
        facts = {"outages": [outage.id for outage in ended]}
        entry_id = audit.record(lab, actor, "gpus.put_back_in_service", "workstation", workstation_id, facts)
        return Done(machine, entry_id)


def outages(lab: Lab, actor: Actor) -> tuple[OutageView, ...]:
    """Outages that run now or are to come."""
    with reading(lab):
        authorise(lab, actor, Permission.SEE_OWN_DAY)
        return read_outages(live(Outage, lab.now()))


def hit_by(
    lab: Lab, actor: Actor, workstation_id: int | None, starts_at: datetime, ends_at: datetime | None
) -> tuple[HitBooking, ...]:
    """The bookings that an outage, or a closure of the whole lab (None), would hit; soonest first.

    Each comes with its nearest place, for its person, as if the time were blocked already. Two of them can
    name the same place: ask again after each move. Raises Refused.
    """
    with reading(lab):
        of_lab = workstation_id is None
        authorise(lab, actor, Permission.MANAGE_CLOSURES if of_lab else Permission.MANAGE_WORKSTATIONS)
        if workstation_id is not None:
            known_workstation(workstation_id)
        planned = Planned(workstation_id, Blocked("", *checked_span(lab, starts_at, ends_at)))
        return tuple(nearest(lab, booking, planned) for booking in planned.hit(lab.now()))


def relocate(lab: Lab, actor: Actor, booking_id: int, wish: BookingWish, reason: str) -> Done[BookingView]:
    """Move somebody's booking, or the rest of one that runs, to where it can be, and tell them why.

    It costs them nothing that it was late. Raises Refused as moving and splitting do, BadInput for a
    missing reason.
    """
    reason = clean(reason, field="reason", at_most=LONGEST_REASON)
    at, done = stored_instant(wish.starts_at), None
    with writing(lab):
        for permission in (Permission.MANAGE_WORKSTATIONS, Permission.OVERRIDE_RULES):
            authorise(lab, actor, permission)
        booking = booking_to_change(lab, actor, booking_id, wish.workstation_id)
        was, runs = read_booking(booking_id), booking.state == "checked_in"
        request = judged_split(lab, booking, at, wish) if runs else judged_move(lab, booking, wish)
        if may_be_written(request, None if runs else reason):
            write = partial(write_split, at=at) if runs else write_move
            view, facts = write(lab, booking, request=request)
            left = (Booking.id == booking_id) & (Booking.state == "moved")
            Booking.update(counts=False).where(left).execute()
            _tell_relocated(lab, was, view, reason)
            entry_id = audit.record(
                *(lab, actor, "gpus.relocate", "booking", view.id, {**facts, "reason": reason}),
                override_reason=reason if request.reasons else None,
            )
            done = Done(view, entry_id)
    if done is None:
        with reading(lab):
            raise Refused(*request.reasons, remedies=elsewhere(lab, request, at if runs else None))
    after_freeing(lab)
    return done


def _tell_relocated(lab: Lab, was: BookingView, view: BookingView, reason: str) -> None:
    """Tell where a booking is now, and no longer that something hits it."""
    for kind in (NoticeKind.OUTAGE_HIT, NoticeKind.CLOSURE_HIT):
        notices.take_back(kind, booking=was.id)
    notices.tell(
        *(lab, was.person_id, NoticeKind.RELOCATED),
        booking=view.id,
        workstation=view.workstation,
        start=view.starts_at,
        end=view.ends_at,
        was_workstation=was.workstation,
        was_start=was.starts_at,
        reason=reason,
    )


def undo_relocate(lab: Lab, booking_id: int, facts: Facts) -> None:
    """Put a booking back where something hits it, inside the caller's transaction, and tell whose it is.

    `facts` are the audit entry's. Raises Refused as undoing a move or a split does.
    """
    undo = undo_split if "at" in facts else undo_move
    undo(lab, booking_id, facts)
    notices.take_back(NoticeKind.RELOCATED, booking=booking_id)
    tell_what_hits(lab, int(str(facts["was_booking"])))


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


def _end(lab: Lab, outage: Outage) -> None:
    end_block(Outage, outage, lab.now())
    notices.take_back(NoticeKind.OUTAGE_HIT, block=outage.id)
