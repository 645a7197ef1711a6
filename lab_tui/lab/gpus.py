"""GPU workstations: the day's timetable, booking, cancelling, putting a machine out of service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from lab_tui.errors import BadInput, Reason, Refused, Remedy
from lab_tui.lab import audit
from lab_tui.lab.gpu_facts import (
    NO_BLOCKS,
    KnownMachine,
    read_blocks,
    read_booker,
    read_counted,
    read_machine,
    read_machines,
    read_span,
    touches,
)
from lab_tui.lab.gpu_use import gpus_free_now, model_use
from lab_tui.lab.gpu_views import (
    BookingView,
    ClosureView,
    GpuDay,
    ModelUse,
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
    with_bookings_hit,
    workstation_view,
)
from lab_tui.lab.operation import CARETAKER, Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.booking import (
    Plan,
    Situation,
    Use,
    broken_rules,
    cancelled_late,
    gpus_taken,
    hours,
    no_show_due_at,
    over_quota,
    used,
)
from lab_tui.lab.rules.permissions import Permission, Role
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.rules.remedies import Choice, hopeless, mended, remedies, search_span
from lab_tui.store.fields import instant_text
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.gpus import Booking, BookingGpu, Outage, Workstation
from lab_tui.store.tables.lab import AuditEntry, Closure
from lab_tui.store.tables.people import Person, Startup
from lab_tui.store.written import Written, slot
from lab_tui.text import clean

__all__ = [
    "BookInstead",
    "BookingView",
    "BookingWish",
    "ClosureView",
    "GpuDay",
    "ModelUse",
    "OutageView",
    "Preview",
    "QuotaUse",
    "WorkstationView",
    "book",
    "bookings_of",
    "cancel",
    "day_view",
    "end_ended",
    "gpus_free_now",
    "model_use",
    "outages",
    "preview",
    "put_back_in_service",
    "put_out_of_service",
    "quota_of",
    "release_no_shows",
    "undo_book",
    "undo_cancel",
    "workstations",
]

_LONGEST_PURPOSE = 80
_LONGEST_REASON = 200


@dataclass(frozen=True)
class BookingWish:
    """Some GPUs of one workstation, from a start to an end (UTC, `[start, end)`)."""

    workstation_id: int
    gpu_numbers: tuple[int, ...]
    starts_at: datetime
    ends_at: datetime
    purpose: str = ""
    # Somebody else's booking, made by staff or the operator; None means one's own.
    person_id: int | None = None


@dataclass(frozen=True)
class BookInstead(Remedy):
    """A booking that passes every rule. `workstation` is its name; `keeps_time` if only the place differs."""

    wish: BookingWish
    workstation: str
    keeps_time: bool


@dataclass(frozen=True)
class Preview:
    """What booking a wish would mean; the sheet before the confirmation shows it."""

    wish: BookingWish
    workstation: WorkstationView
    before: QuotaUse | None
    after: QuotaUse | None


@dataclass(frozen=True)
class _Request:
    """A wish with whom it is for, and what the rules say about it."""

    wish: BookingWish
    plan: Plan
    person: Person
    startup: Startup | None
    known: KnownMachine | None
    situation: Situation
    reasons: list[Reason]


def day_view(lab: Lab, actor: Actor | None, day: date) -> GpuDay:
    """The bookings, outages and closures that touch a day of the lab's calendar.

    Without an actor (the home screen) names and purposes are left out.
    """
    starts_at, ends_at = lab.time.day_span(day)
    with reading(lab):
        if actor is not None:
            authorise(lab, actor, Permission.SEE_OWN_DAY)
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
        )


def preview(lab: Lab, actor: Actor, wish: BookingWish) -> Preview:
    """What a booking would mean, with every rule checked. Raises Refused as `book` would."""
    with reading(lab):
        request = _request(lab, actor, wish)
        if request.reasons or request.known is None:
            raise Refused(*request.reasons, remedies=_book_instead(lab, request))
        booker, plan = request.situation.booker, request.plan
        before = after = None
        if booker.startup is not None:
            before = _quota_use(lab, booker.uses, lab.time.day_of(plan.starts_at))
            this = Use(plan.starts_at, plan.ends_at, len(plan.gpu_numbers))
            after = _quota_use(lab, (*booker.uses, this), lab.time.day_of(plan.starts_at))
        return Preview(request.wish, workstation_view(request.known), before, after)


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
        override_reason = clean(override_reason, field="override_reason", at_most=_LONGEST_REASON)
    with writing(lab):
        prior = audit.done_before(request_key)
        if prior is not None:
            return _done_before(prior)
        request = _request(lab, actor, wish, lock=True, override=override_reason is not None)
        overridden = override_reason is not None and all(reason.overridable for reason in request.reasons)
        if request.known is not None and (overridden or not request.reasons):
            return _write(lab, actor, request, request.known, request_key, override_reason)
    # Remedies are looked for when nobody waits for this transaction any more.
    with reading(lab):
        raise Refused(*request.reasons, remedies=_book_instead(lab, request))


def cancel(lab: Lab, actor: Actor, booking_id: int) -> Done[BookingView]:
    """Give a booking back; later than the cut-off its hours still count. Raises Refused."""
    now = lab.now()
    with writing(lab):
        person = authorise(lab, actor, Permission.SEE_OWN_DAY)
        booking = _locked_booking(lab, booking_id)
        if actor.person_id is None or booking.person_id != actor.person_id:
            _authorise_for_other(lab, actor, person)
        _refuse_cancelling(booking, now)
        counts = cancelled_late(booking.starts_at, now, lab.config.gpus.late_cancel_minutes)
        change = {"state": "cancelled", "holds": False, "counts": counts}
        Booking.update(**change).where(Booking.id == booking_id).execute()
        facts = {"was": booking.state, "counts": counts}
        entry_id = audit.record(lab, actor, "gpus.cancel", "booking", booking_id, facts)
        return Done(read_booking(booking_id), entry_id)


def undo_book(lab: Lab, booking_id: int) -> None:
    """Take a booking back as if it had not been made, inside the caller's transaction. Raises Refused."""
    booking = _locked_booking(lab, booking_id)
    if booking.state != "booked":
        cancelled = booking.state in ("cancelled", "undone")
        raise Refused(Reason(Code.ALREADY_CANCELLED if cancelled else Code.CANNOT_BE_UNDONE))
    Booking.update(state="undone", holds=False, counts=False).where(Booking.id == booking_id).execute()


def undo_cancel(lab: Lab, booking_id: int) -> None:
    """Restore a cancelled booking, inside the caller's transaction.

    Raises Refused where its GPUs were booked meanwhile (gpu_taken), or its quota or place among the
    person's open bookings was used for something else.
    """
    found = Booking.get_or_none(Booking.id == booking_id)
    if found is None:
        raise Refused(Reason(Code.UNKNOWN_BOOKING))
    _lock(lab, found.startup_id, found.person_id, found.workstation_id)
    booking = _locked_booking(lab, booking_id)
    if booking.state != "cancelled":
        raise Refused(Reason(Code.CANNOT_BE_UNDONE))
    reasons = _what_took_its_place(lab, booking)
    if reasons:
        raise Refused(*reasons)
    state = "checked_in" if _checked_in(booking_id) else "booked"
    Booking.update(state=state, holds=True, counts=True).where(Booking.id == booking_id).execute()


def bookings_of(lab: Lab, actor: Actor, person_id: int | None = None) -> tuple[BookingView, ...]:
    """A person's bookings that have not ended (the actor's own unless staff ask), soonest first."""
    with reading(lab):
        person = authorise(lab, actor, Permission.SEE_OWN_DAY)
        if person_id is not None and person_id != actor.person_id:
            _authorise_for_other(lab, actor, person)
        whose = actor.person_id if person_id is None else person_id
        open_states = Booking.state.in_(("booked", "checked_in"))
        return read_bookings((Booking.person == whose) & (Booking.ends_at > lab.now()) & open_states)


def quota_of(lab: Lab, actor: Actor, day: date) -> QuotaUse | None:
    """The actor's start-up's GPU-hours in the week of a day; None for whoever has no start-up."""
    with reading(lab):
        person = authorise(lab, actor, Permission.SEE_OWN_DAY)
        if person is None or person.startup_id is None:
            return None
        starts_at, ends_at = lab.time.week_span(day)
        counted = read_counted(lab.store, person.startup_id, int(person.id), starts_at, ends_at)
        return _quota_use(lab, tuple(one.use for one in counted if one.startup_id == person.startup_id), day)


def workstations(lab: Lab, actor: Actor) -> tuple[WorkstationView, ...]:
    """Every machine in use, by name."""
    with reading(lab):
        authorise(lab, actor, Permission.SEE_OWN_DAY)
        return read_workstations(Workstation.retired == False)  # noqa: E712


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
    """Record an outage; bookings it hits stay, and are shown as hit. Raises Refused, BadInput."""
    reason = clean(reason, field="reason", at_most=_LONGEST_REASON)
    now = lab.now()
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        if prior := audit.done_before(request_key):
            return Done(with_bookings_hit(read_outages(Outage.id == prior[1])[0]), prior[0])
        lab.store.lock(Workstation, workstation_id)
        _known_workstation(workstation_id)
        if ends_at is not None and ends_at <= starts_at:
            raise Refused(Reason(Code.ENDS_BEFORE_START, {"start": starts_at, "end": ends_at}))
        if ends_at is not None and ends_at <= now:
            raise Refused(Reason(Code.ALREADY_OVER))
        outage = Outage.create(
            workstation=workstation_id, reason=reason, starts_at=starts_at, ends_at=ends_at
        )
        facts = {"workstation": workstation_id, "reason": reason, "start": starts_at, "end": ends_at}
        entry_id = audit.record(
            lab, actor, "gpus.put_out_of_service", "outage", int(outage.id), facts, request_key=request_key
        )
        return Done(with_bookings_hit(read_outages(Outage.id == outage.id)[0]), entry_id)


def put_back_in_service(lab: Lab, actor: Actor, workstation_id: int) -> Done[WorkstationView]:
    """End the outage that runs now (or cancel one yet to come). Raises Refused(unknown_outage)."""
    now = lab.now()
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        lab.store.lock(Workstation, workstation_id)
        machine = _known_workstation(workstation_id)
        coming = (Outage.workstation == workstation_id) & live(Outage, now)
        found = list(Outage.select().where(coming).order_by(Outage.starts_at, Outage.id))
        if not found:
            raise Refused(Reason(Code.UNKNOWN_OUTAGE))
        # A machine can be out for two reasons at once: being back means that both are over.
        ended = [outage for outage in found if outage.starts_at <= now] or found[:1]
        for outage in ended:
            change = {"ends_at": now} if outage.starts_at < now else {"cancelled": True}
            Outage.update(**change).where(Outage.id == outage.id).execute()
        facts = {"outages": [outage.id for outage in ended]}
        entry_id = audit.record(lab, actor, "gpus.put_back_in_service", "workstation", workstation_id, facts)
        return Done(machine, entry_id)


def outages(lab: Lab, actor: Actor) -> tuple[OutageView, ...]:
    """Outages that run now or are to come."""
    with reading(lab):
        authorise(lab, actor, Permission.SEE_OWN_DAY)
        return read_outages(live(Outage, lab.now()))


def release_no_shows(lab: Lab) -> int:
    """Release bookings nobody checked in to, inside the caretaker's transaction; returns how many.

    Whoever found the lab closed or the machine out of service in that time is no no-show.
    """
    released = 0
    for booking, excused in _awaited(lab):
        if not excused and _move(booking, state="no_show", holds=False):
            facts = {"person": booking.person_id, "workstation": booking.workstation_id}
            audit.record(lab, CARETAKER, "gpus.release_no_show", "booking", booking.id, facts)
            released += 1
    return released


def end_ended(lab: Lab) -> int:
    """End bookings whose time is over, inside the caretaker's transaction; returns how many.

    Those nobody checked in to end as well where a closure or an outage excuses them.
    """
    now = lab.now()
    over = (Booking.state == "checked_in") & (Booking.ends_at <= now)
    ended = int(Booking.update(state="ended").where(over).execute())
    for booking, excused in _awaited(lab):
        if excused and booking.ends_at <= now:
            ended += _move(booking, state="ended")
    return ended


def _request(
    lab: Lab, actor: Actor, wish: BookingWish, *, lock: bool = False, override: bool = False
) -> _Request:
    """Who wants what, checked by every rule. Raises Refused where it cannot even be judged."""
    person = _booker(lab, actor, authorise(lab, actor, Permission.BOOK_GPUS), wish, override)
    if lock:
        _lock(lab, person.startup_id, int(person.id), wish.workstation_id)
    now = lab.now()
    wish = replace(
        wish,
        gpu_numbers=tuple(sorted(set(wish.gpu_numbers))),
        starts_at=_instant(wish.starts_at),
        ends_at=_instant(wish.ends_at),
        purpose=clean(wish.purpose, field="purpose", at_most=_LONGEST_PURPOSE, required=False),
    )
    plan = Plan(wish.gpu_numbers, wish.starts_at, wish.ends_at)
    span = read_span(plan, now)
    blocks = read_blocks(lab.store, *span)
    known = read_machine(lab.store, *span, blocks, wish.workstation_id)
    startup = Startup.get_or_none(Startup.id == person.startup_id) if person.startup_id is not None else None
    booker = read_booker(lab, person, startup, span[0], now)
    situation = Situation(now, lab.time, lab.config.gpus, booker, blocks.closures)
    reasons = broken_rules(plan, known.rules if known else None, situation)
    if known is None:
        reasons.insert(0, Reason(Code.UNKNOWN_WORKSTATION, {"workstation": wish.workstation_id}))
    return _Request(wish, plan, person, startup, known, situation, reasons)


def _instant(given: datetime) -> datetime:
    """As the store keeps it, so that the rules and the guard see the same time."""
    if given.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return given.astimezone(UTC).replace(microsecond=given.microsecond // 1000 * 1000)


def _booker(lab: Lab, actor: Actor, person: Person | None, wish: BookingWish, override: bool) -> Person:
    """For whom the wish is. Raises Refused where the actor may not act for them or override rules."""
    if override:
        authorise(lab, actor, Permission.OVERRIDE_RULES)
    if wish.person_id is None or (person is not None and wish.person_id == person.id):
        if person is None:
            raise BadInput("person_id", None, "empty")
        return person
    authorise(lab, actor, Permission.ACT_FOR_OTHERS)
    other: Person | None = Person.get_or_none(Person.id == wish.person_id)
    if other is None:
        raise Refused(Reason(Code.UNKNOWN_PERSON, {"person": wish.person_id}))
    if not other.active:
        raise Refused(Reason(Code.PERSON_INACTIVE, {"name": other.name}))
    return other


def _authorise_for_other(lab: Lab, actor: Actor, person: Person | None) -> None:
    """Raises Refused: not_yours, or sign_in_needed for staff."""
    if person is not None and person.role != Role.STAFF:
        raise Refused(Reason(Code.NOT_YOURS))
    authorise(lab, actor, Permission.ACT_FOR_OTHERS)


def _lock(lab: Lab, startup_id: int | None, person_id: int, workstation_id: int) -> None:
    if startup_id is not None:
        lab.store.lock(Startup, startup_id)
    lab.store.lock(Person, person_id)
    lab.store.lock(Workstation, workstation_id)


_NEW_BOOKING = Written(
    lambda: Booking.insert(
        {name: slot(name) for name in ("workstation", "person", "startup", "purpose")}
        | {name: slot(name) for name in ("starts_at", "ends_at", "created_at")}
    ).returning(Booking.id)
)


def _write(
    lab: Lab,
    actor: Actor,
    request: _Request,
    known: KnownMachine,
    request_key: str | None,
    override_reason: str | None,
) -> Done[BookingView]:
    wish, person, startup = request.wish, request.person, request.startup
    ((booking_id,),) = _NEW_BOOKING.run(
        lab.store,
        workstation=wish.workstation_id,
        person=person.id,
        startup=person.startup_id,
        starts_at=instant_text(wish.starts_at),
        ends_at=instant_text(wish.ends_at),
        purpose=wish.purpose,
        created_at=instant_text(request.situation.now),
    )
    times = {BookingGpu.starts_at: wish.starts_at, BookingGpu.ends_at: wish.ends_at}
    BookingGpu.insert_many(
        [
            {BookingGpu.booking: booking_id, BookingGpu.gpu: known.gpu_ids[number], **times}
            for number in wish.gpu_numbers
        ]
    ).execute()
    facts: dict[str, object] = {
        "person": person.id,
        "workstation": known.rules.name,
        "gpus": wish.gpu_numbers,
        "start": wish.starts_at.isoformat(),
        "end": wish.ends_at.isoformat(),
    }
    if request.reasons:
        facts["overridden"] = [reason.code for reason in request.reasons]
    entry_id = audit.record(
        lab,
        actor,
        "gpus.book",
        "booking",
        int(booking_id),
        facts,
        request_key=request_key,
        override_reason=override_reason if request.reasons else None,
    )
    view = BookingView(
        id=int(booking_id),
        workstation_id=wish.workstation_id,
        workstation=known.rules.name,
        gpu_model=known.gpu_model,
        gpu_memory_gb=known.rules.gpu_memory_gb,
        gpu_numbers=wish.gpu_numbers,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        state="booked",
        purpose=wish.purpose,
        person_id=int(person.id),
        person_name=person.name,
        startup_id=person.startup_id,
        startup_name=startup.name if startup else "",
    )
    return Done(view, entry_id)


def _book_instead(lab: Lab, request: _Request) -> tuple[BookInstead, ...]:
    """What the booker could have instead; facts are read once for the whole search."""
    if hopeless(request.reasons):
        return ()
    plan, situation = request.plan, request.situation
    near, span = mended(plan, situation), search_span(plan, situation)
    blocks = read_blocks(lab.store, *span)
    wished = read_machine(lab.store, *span, blocks, request.wish.workstation_id)
    others = [
        known.rules
        for known in read_machines(lab.store, near.starts_at, near.ends_at, blocks)
        if known.rules.id != request.wish.workstation_id
    ]
    booker = read_booker(lab, request.person, request.startup, span[0], situation.now)
    situation = replace(situation, booker=booker, closures=blocks.closures)
    choices = remedies(plan, wished.rules if wished else None, tuple(others), request.reasons, situation)
    return tuple(_remedy(request.wish, choice) for choice in choices)


def _remedy(wish: BookingWish, choice: Choice) -> BookInstead:
    plan = choice.plan
    instead = replace(
        wish,
        workstation_id=choice.machine.id,
        gpu_numbers=plan.gpu_numbers,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
    )
    keeps_time = (plan.starts_at, plan.ends_at) == (wish.starts_at, wish.ends_at)
    return BookInstead(instead, choice.machine.name, keeps_time)


def _locked_booking(lab: Lab, booking_id: int) -> Booking:
    lab.store.lock(Booking, booking_id)
    booking: Booking | None = Booking.get_or_none(Booking.id == booking_id)
    if booking is None:
        raise Refused(Reason(Code.UNKNOWN_BOOKING))
    return booking


def _refuse_cancelling(booking: Booking, now: datetime) -> None:
    if booking.state in ("cancelled", "undone"):
        raise Refused(Reason(Code.ALREADY_CANCELLED))
    if booking.state == "no_show":
        raise Refused(Reason(Code.RELEASED_AS_NO_SHOW))
    if booking.state == "ended" or booking.ends_at <= now:
        raise Refused(Reason(Code.ALREADY_OVER))


def _what_took_its_place(lab: Lab, booking: Booking) -> list[Reason]:
    """Why a cancelled booking cannot stand again; rules that staff overrode for it stay overridden."""
    view = read_booking(booking.id)
    span = (booking.starts_at, booking.ends_at)
    known = read_machine(lab.store, *span, NO_BLOCKS, booking.workstation_id)
    reasons = list(gpus_taken(Plan(view.gpu_numbers, *span), known.rules)) if known else []
    override = (AuditEntry.subject == "booking") & (AuditEntry.subject_id == booking.id)
    if AuditEntry.select().where(override & AuditEntry.override_reason.is_null(False)).exists():
        return reasons
    booker = read_booker(lab, booking.person, booking.startup, booking.starts_at, lab.now())
    limits = lab.config.gpus
    # Cancelled late, its hours are counted already.
    if booker.startup is not None and not booking.counts:
        use = Use(*span, len(view.gpu_numbers))
        reasons += over_quota(use, booker.startup, booker.uses, limits.startup_hours_a_week, lab.time)
    if booker.open_bookings >= limits.person_bookings_open:
        reasons.append(Reason(Code.TOO_MANY_OPEN_BOOKINGS, {"limit": limits.person_bookings_open}))
    return reasons


def _checked_in(booking_id: int) -> bool:
    query = Booking.select().join(CheckIn, on=checked_in_to()).where(Booking.id == booking_id)
    return bool(query.exists())


def _done_before(prior: tuple[int, int]) -> Done[BookingView]:
    entry_id, booking_id = prior
    return Done(read_booking(booking_id), entry_id)


def _known_workstation(workstation_id: int) -> WorkstationView:
    found = read_workstations(Workstation.id == workstation_id)
    if not found:
        raise Refused(Reason(Code.UNKNOWN_WORKSTATION, {"workstation": workstation_id}))
    return found[0]


def _quota_use(lab: Lab, uses: Sequence[Use], day: date) -> QuotaUse:
    return QuotaUse(hours(used(uses, *lab.time.week_span(day))), lab.config.gpus.startup_hours_a_week)


def _awaited(lab: Lab) -> list[tuple[Booking, bool]]:
    """Bookings nobody checked in to in time, and whether a closure or an outage excuses that."""
    now, minutes = lab.now(), lab.config.gpus.no_show_minutes
    begun = (Booking.state == "booked") & (Booking.starts_at <= now - timedelta(minutes=minutes))
    due = [
        (booking, due_at)
        for booking in Booking.select().where(begun)
        if (due_at := no_show_due_at(booking.starts_at, booking.created_at, minutes)) <= now
    ]
    if not due:
        return []
    blocks = read_blocks(lab.store, min(booking.starts_at for booking, _ in due), now)
    return [
        (booking, blocks.within(booking.workstation_id, booking.starts_at, due_at)) for booking, due_at in due
    ]


def _move(booking: Booking, **change: object) -> bool:
    """Change a booking that still stands as booked; False where somebody checked in meanwhile."""
    still = (Booking.id == booking.id) & (Booking.state == "booked")
    return bool(Booking.update(**change).where(still).execute())
