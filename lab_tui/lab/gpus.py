"""GPU workstations: the day's timetable, booking, giving back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from lab_tui.config import GpusSection, policy_in_force
from lab_tui.errors import Reason, Refused
from lab_tui.lab import audit
from lab_tui.lab.gpu_facts import (
    NO_BLOCKS,
    Blocks,
    read_blocks,
    read_booker,
    read_counted,
    read_machine,
    read_team,
    touches,
    uses_of_booking,
)
from lab_tui.lab.gpu_given_up import GivenBack, hours_of
from lab_tui.lab.gpu_reach import read_reaches
from lab_tui.lab.gpu_requests import (
    LONGEST_REASON,
    BookingWish,
    BookInstead,
    Request,
    authorise_for_booking,
    authorise_for_other,
    book_instead,
    booking_person,
    facts_of,
    judged,
    known_booking,
    lock_for_booking,
    locked_booking,
    refuse_unchangeable,
    situation_of,
    write_booking,
)
from lab_tui.lab.gpu_views import (
    BookingView,
    ClosureView,
    GpuDay,
    OutageView,
    QuotaUse,
    WorkstationView,
    checked_in_to,
    live,
    read_booking,
    read_bookings,
    read_closures,
    read_outages,
    read_workstations,
    workstation_view,
)
from lab_tui.lab.gpu_waiting import after_freeing
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.booking import (
    Plan,
    broken_quotas,
    cancelled_late,
    gpus_taken,
    still_counted,
    uses_of,
)
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.quota import Use, hours, used
from lab_tui.lab.rules.reasons import Code, for_nobody_to_pass
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.gpus import Booking, BookingGpu, Gpu, Outage, Workstation
from lab_tui.store.tables.lab import AuditEntry, Closure
from lab_tui.text import clean

__all__ = [
    "BookInstead",
    "BookingView",
    "BookingWish",
    "ClosureView",
    "GivenBack",
    "GpuDay",
    "OutageView",
    "Preview",
    "QuotaUse",
    "WorkstationView",
    "book",
    "booking_view",
    "bookings_of",
    "cancel",
    "day_view",
    "late_hours",
    "preview",
    "quota_of",
    "undo_book",
    "undo_cancel",
    "workstations",
]


@dataclass(frozen=True)
class Preview:
    """What booking a wish would mean; the sheet before the confirmation shows it.

    `before` and `after` are the start-up's GPU-hours in the week of the start, `own_` the person's; None
    for who has no start-up.
    """

    wish: BookingWish
    workstation: WorkstationView
    before: QuotaUse | None
    after: QuotaUse | None
    own_before: QuotaUse | None = None
    own_after: QuotaUse | None = None
    # Neither off-peak hours nor a booking at the last minute cost anything.
    costs_quota: bool = True


def day_view(lab: Lab, actor: Actor | None, day: date) -> GpuDay:
    """The bookings, outages and closures that touch a day of the lab's calendar.

    Without an actor (the home screen) names and purposes are left out.
    """
    starts_at, ends_at = lab.time.day_span(day)
    with reading(lab):
        person = authorise(lab, actor, Permission.SEE_OWN_DAY) if actor is not None else None
        condition = (Booking.holds == True) & touches(Booking, starts_at, ends_at)  # noqa: E712
        return GpuDay(
            day=day,
            starts_at=starts_at,
            ends_at=ends_at,
            slot_minutes=lab.config.gpus.slot_minutes,
            workstations=read_workstations(Workstation.retired == False),  # noqa: E712
            bookings=read_bookings(condition, named=actor is not None),
            outages=read_outages(live(Outage, starts_at) & (Outage.starts_at < ends_at)),
            closures=read_closures(live(Closure, starts_at) & (Closure.starts_at < ends_at)),
            reaches=read_reaches(lab, person),
        )


def preview(lab: Lab, actor: Actor, wish: BookingWish) -> Preview:
    """What a booking would mean, with every rule checked. Raises Refused as `book` would."""
    with reading(lab):
        request = judged(lab, booking_person(lab, actor, wish), wish)
        if request.reasons:
            raise Refused(*request.reasons, remedies=book_instead(lab, request))
        return preview_of(lab, request)


def preview_of(lab: Lab, request: Request) -> Preview:
    """What a request that passes every rule means."""
    known, situation, booker = request.known, request.situation, request.situation.booker
    assert known is not None
    view = workstation_view(known)
    if booker.startup is None:
        return Preview(request.wish, view, None, None)
    was = uses_of_booking(lab, request.instead_of) if request.instead_of is not None else ()
    costs = uses_of(request.plan, known.rules, situation)
    new = (*costs, *still_counted(request.plan, known.rules, situation))
    policy, pool = situation.policy_of(known.rules), known.rules.id if known.rules.has_own_quota else 0
    day = lab.time.day_of(request.plan.starts_at)

    def use(uses: Sequence[Use], limit: int) -> QuotaUse:
        of_pool = [one for one in uses if one.pool == pool]
        return QuotaUse(hours(used(of_pool, *lab.time.week_span(day))), limit)

    return Preview(
        request.wish,
        view,
        use((*booker.uses, *was), policy.startup_hours_a_week),
        use((*booker.uses, *new), policy.startup_hours_a_week),
        use((*booker.own_uses, *was), policy.person_hours_a_week),
        use((*booker.own_uses, *new), policy.person_hours_a_week),
        bool(costs),
    )


def book(
    lab: Lab,
    actor: Actor,
    wish: BookingWish,
    *,
    request_key: str | None = None,
    override_reason: str | None = None,
) -> Done[BookingView]:
    """Book. Repeating a `request_key` returns the first result.

    Raises Refused with all broken rules and up to three remedies; BadInput for an override without a
    reason. Reasons marked overridable are passed by staff who give `override_reason`.
    """
    if override_reason is not None:
        override_reason = clean(override_reason, field="override_reason", at_most=LONGEST_REASON)
    with writing(lab):
        prior = audit.done_before(request_key, actor, "gpus.book")
        if prior is not None:
            return Done(read_booking(prior[1]), prior[0], repeated=True)
        person = booking_person(lab, actor, wish, override=override_reason is not None)
        lock_for_booking(lab, person.startup_id, int(person.id), wish.workstation_id)
        request = judged(lab, person, wish)
        if may_be_written(request, override_reason):
            view = write_booking(lab, request)
            entry_id = audit.record(
                *(lab, actor, "gpus.book", "booking", view.id, facts_of(request)),
                request_key=request_key,
                override_reason=override_reason if request.reasons else None,
            )
            return Done(view, entry_id)
    # Remedies are looked for when nobody waits for this transaction any more.
    with reading(lab):
        raise Refused(*request.reasons, remedies=book_instead(lab, request))


def may_be_written(request: Request, override_reason: str | None) -> bool:
    """Whether no rule stands against a request, or only such as staff override."""
    overridden = override_reason is not None and all(reason.overridable for reason in request.reasons)
    return request.known is not None and (overridden or not request.reasons)


def cancel(lab: Lab, actor: Actor, booking_id: int) -> GivenBack:
    """Give a booking back; later than the cut-off its hours still count. Raises Refused."""
    now = lab.now()
    with writing(lab):
        booking = locked_booking(lab, booking_id)
        authorise_for_booking(lab, actor, booking)
        # An offer is declined, not given back: see the waiting list.
        refuse_unchangeable(booking, now)
        counts = is_given_up_late(lab, booking)
        close_booking(booking, "cancelled", counts=counts)
        facts = {"was": booking.state, "counts": counts}
        entry_id = audit.record(lab, actor, "gpus.cancel", "booking", booking_id, facts)
        late = hours_of(lab, booking) if counts else 0.0
        done = GivenBack(read_booking(booking_id), entry_id, late_hours=late)
    after_freeing(lab)
    return done


def late_hours(lab: Lab, actor: Actor, booking_id: int) -> float:
    """The GPU-hours that would count all the same if a booking were given back now; 0 where it is not late.

    Raises Refused as `cancel` would.
    """
    with reading(lab):
        booking = known_booking(booking_id)
        authorise_for_booking(lab, actor, booking)
        refuse_unchangeable(booking, lab.now())
        return hours_of(lab, booking) if is_given_up_late(lab, booking) else 0.0


def is_given_up_late(lab: Lab, booking: Booking, planned: Blocks = NO_BLOCKS) -> bool:
    """Whether the hours of a booking that is given up now still count.

    What an outage or a closure hits, stored or `planned`, may always be given up.
    """
    policy = policy_in_force(lab.config.gpus, booking.workstation.policy)
    if not cancelled_late(booking.starts_at, lab.now(), policy.late_cancel_minutes):
        return False
    span = (booking.starts_at, booking.ends_at)
    return not read_blocks(lab.store, *span).plus(planned).within(booking.workstation_id, *span)


def close_booking(booking: Booking, state: str, *, counts: bool) -> None:
    """End a booking's hold on its GPUs: cancelled, undone, moved or lapsed."""
    change = {"state": state, "holds": False, "counts": counts, "sequence": booking.sequence + 1}
    Booking.update(**change).where(Booking.id == booking.id).execute()


def undo_book(lab: Lab, booking_id: int) -> None:
    """Take a booking back as if it had not been made, inside the caller's transaction. Raises Refused."""
    booking = locked_booking(lab, booking_id)
    if booking.state != "booked":
        cancelled = booking.state in ("cancelled", "undone", "moved")
        raise Refused(Reason(Code.ALREADY_CANCELLED if cancelled else Code.CANNOT_BE_UNDONE))
    close_booking(booking, "undone", counts=False)


def undo_cancel(lab: Lab, booking_id: int) -> None:
    """Restore a cancelled booking, inside the caller's transaction.

    Raises Refused where its GPUs were booked meanwhile (gpu_taken), or its quota or place among the
    person's open bookings was used for something else.
    """
    found = known_booking(booking_id)
    lock_for_booking(lab, found.startup_id, found.person_id, found.workstation_id)
    booking = locked_booking(lab, booking_id)
    if booking.state != "cancelled":
        raise Refused(Reason(Code.CANNOT_BE_UNDONE))
    restore_booking(lab, booking)


def restore_booking(lab: Lab, booking: Booking) -> None:
    """Let a booking hold its GPUs again, as it did. Raises Refused where something took its place."""
    if reasons := _what_took_its_place(lab, booking):
        raise Refused(*for_nobody_to_pass(reasons))
    state = "checked_in" if is_checked_in(int(booking.id)) else "booked"
    change = {"state": state, "holds": True, "counts": True, "sequence": booking.sequence + 1}
    Booking.update(**change).where(Booking.id == booking.id).execute()


def bookings_of(lab: Lab, actor: Actor, person_id: int | None = None) -> tuple[BookingView, ...]:
    """A person's bookings that have not ended (the actor's own unless staff ask), soonest first."""
    with reading(lab):
        person = authorise(lab, actor, Permission.SEE_OWN_DAY)
        if person_id is not None and person_id != actor.person_id:
            authorise_for_other(lab, actor, person)
        whose = actor.person_id if person_id is None else person_id
        open_states = Booking.state.in_(("booked", "checked_in"))
        return read_bookings((Booking.person == whose) & (Booking.ends_at > lab.now()) & open_states)


def booking_view(lab: Lab, actor: Actor, booking_id: int) -> BookingView:
    """One booking, for whose it is and for staff. Raises Refused: unknown_booking, not_yours."""
    with reading(lab):
        authorise_for_booking(lab, actor, known_booking(booking_id))
        return read_booking(booking_id)


def quota_of(lab: Lab, actor: Actor, day: date) -> QuotaUse | None:
    """The actor's start-up's GPU-hours in the week of a day; None for whoever has no start-up.

    Workstations with a quota of their own are not counted, nor offers that nobody has accepted.
    """
    with reading(lab):
        person = authorise(lab, actor, Permission.SEE_OWN_DAY)
        if person is None or person.startup_id is None:
            return None
        week = lab.time.week_span(day)
        counted = read_counted(lab, person.startup_id, int(person.id), *week)
        ours = [
            use
            for one in counted
            if one.startup_id == person.startup_id and one.state != "offered"
            for use in one.costs
        ]
        amount = used([use for use in ours if use.pool == 0], *week)
        return QuotaUse(hours(amount), lab.config.gpus.startup_hours_a_week)


def workstations(lab: Lab, actor: Actor) -> tuple[WorkstationView, ...]:
    """Every machine in use, by name."""
    with reading(lab):
        authorise(lab, actor, Permission.SEE_OWN_DAY)
        return read_workstations(Workstation.retired == False)  # noqa: E712


def policies(lab: Lab, actor: Actor) -> Mapping[int, GpusSection]:
    """The policy that each machine in use follows, by the machine's id. Raises Refused."""
    with reading(lab):
        authorise(lab, actor, Permission.SEE_OWN_DAY)
        machines = Workstation.select(Workstation.id, Workstation.policy).where(~Workstation.retired)
        return {machine.id: policy_in_force(lab.config.gpus, machine.policy) for machine in machines}


def _what_took_its_place(lab: Lab, booking: Booking) -> list[Reason]:
    """Why a cancelled booking cannot stand again; rules that staff overrode for it stay overridden."""
    view = read_booking(booking.id)
    span = (booking.starts_at, booking.ends_at)
    known = read_machine(lab, *span, NO_BLOCKS, booking.workstation_id)
    assert known is not None
    plan = Plan(view.gpu_numbers, *span)
    offered = _offered_on(booking.workstation_id)
    reasons = [
        replace(reason, code=Code.OFFERED_MEANWHILE)
        if (reason.facts["gpu"], reason.facts["start"]) in offered
        else reason
        for reason in gpus_taken(plan, known.rules)
    ]
    if was_overridden(view.id):
        return reasons
    team = read_team(lab, booking.startup_id)
    booker = read_booker(lab, booking.person, team, booking.starts_at, lab.now())
    # As it was made: at the last minute it cost nothing.
    situation = replace(situation_of(lab, booking.created_at, booker), costs_quota=bool(booking.costs_quota))
    # Cancelled late, its hours are counted already.
    if not booking.counts:
        reasons += broken_quotas(plan, known.rules, situation)
    limit = situation.policy_of(known.rules).person_bookings_open
    if booker.open_bookings >= limit:
        reasons.append(Reason(Code.TOO_MANY_OPEN_BOOKINGS, {"limit": limit}))
    return reasons


def _offered_on(workstation_id: int) -> set[tuple[int, datetime]]:
    """The GPUs of a machine that are held for somebody who waited, each with the start of that."""
    held = (Booking.workstation == workstation_id) & (Booking.state == "offered")
    query = BookingGpu.select(Gpu.number, BookingGpu.starts_at).join(Gpu).switch(BookingGpu).join(Booking)
    return set(query.where(held).tuples())


def was_overridden(booking_id: int) -> bool:
    """Whether staff overrode rules for a booking."""
    of_booking = (AuditEntry.subject == "booking") & (AuditEntry.subject_id == booking_id)
    return bool(AuditEntry.select().where(of_booking & AuditEntry.override_reason.is_null(False)).exists())


def is_checked_in(booking_id: int) -> bool:
    """Whether somebody checked in to a booking, and did not undo it."""
    query = Booking.select().join(CheckIn, on=checked_in_to()).where(Booking.id == booking_id)
    return bool(query.exists())
