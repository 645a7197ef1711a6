"""How long a booking lasts, changed in place: extended, shortened, finished early.

What is given back this way is free for others at once. Later than the cut-off it counts as used, as what is
cancelled does; but whoever came, and is done sooner, pays only for what they had. An extension is judged as
a part of the whole booking.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from lab_tui.config import policy_in_force
from lab_tui.errors import NO_FACTS, Facts, Reason, Refused
from lab_tui.lab import audit
from lab_tui.lab.gpu_given_up import (
    GivenBack,
    count_no_more,
    cut_off_from,
    give_back_again,
    hours_of,
    keep_counting,
    take_up,
    without_what_is_taken_up,
)
from lab_tui.lab.gpu_requests import (
    LONGEST_REASON,
    BookingWish,
    BookInstead,
    Request,
    authorise_for_booking,
    booking_to_change,
    judged,
    known_booking,
    lock_for_booking,
    locked_booking,
    refuse_unchangeable,
    stored_instant,
)
from lab_tui.lab.gpu_views import BookingView, read_booking
from lab_tui.lab.gpu_waiting import after_freeing
from lab_tui.lab.gpus import (
    Preview,
    is_checked_in,
    is_given_up_late,
    may_be_written,
    preview_of,
    was_overridden,
)
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.booking import (
    LONGEST_EVER,
    Machine,
    Plan,
    Situation,
    broken_rules,
    uses_of,
    within_reach,
)
from lab_tui.lab.rules.calendar import slot_start
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.quota import is_last_minute
from lab_tui.lab.rules.reasons import Code, for_nobody_to_pass
from lab_tui.lab.rules.remedies import grid
from lab_tui.store.tables.gpus import Booking
from lab_tui.text import clean

_A_MOMENT = timedelta(milliseconds=1)
_QUOTAS = frozenset({Code.STARTUP_QUOTA, Code.PERSON_QUOTA})


def extend(
    lab: Lab, actor: Actor, booking_id: int, ends_at: datetime, *, override_reason: str | None = None
) -> Done[BookingView]:
    """Let a booking last longer, also while it runs.

    A booking that cost no quota costs it from then on, unless what is added is last-minute too. Hours that
    it had and gave back too late count once, not twice. Raises Refused with every broken rule, and as a
    remedy the longest extension; BadInput for an override without a reason.
    """
    if override_reason is not None:
        override_reason = clean(override_reason, field="override_reason", at_most=LONGEST_REASON)
    with writing(lab):
        booking = booking_to_change(lab, actor, booking_id)
        if override_reason is not None:
            authorise(lab, actor, Permission.OVERRIDE_RULES)
        request = _judged_extension(lab, booking, stored_instant(ends_at))
        if may_be_written(request, override_reason):
            facts: dict[str, object] = {"was_costs_quota": bool(booking.costs_quota)}
            if request.reasons:
                facts["overridden"] = [reason.code for reason in request.reasons]
            if taken_up := take_up(cut_off_from(lab, booking), request.wish.ends_at):
                facts["taken_up"] = taken_up
            set_end(booking, request.wish.ends_at, costs_quota=request.situation.costs_quota)
            reason = override_reason if request.reasons else None
            return _recorded(lab, actor, "gpus.extend", booking, facts, reason)
    with reading(lab):
        raise Refused(*request.reasons, remedies=_longest_as_remedy(lab, request))


def _judged_extension(lab: Lab, booking: Booking, ends_at: datetime) -> Request:
    """A booking with a later end, checked by every rule. Raises Refused where it would not be later."""
    if ends_at == booking.ends_at:
        raise Refused(Reason(Code.NOTHING_CHANGES))
    if ends_at < booking.ends_at:
        raise Refused(Reason(Code.ENDS_BEFORE_START, {"start": booking.ends_at, "end": ends_at}))
    request = _with_end(lab, booking, ends_at, _costs_when_extended(lab, booking, ends_at))
    machine = request.known.rules if request.known else None
    reasons = _of_what_is_added(request.reasons, booking, request.plan, machine, request.situation)
    return replace(request, reasons=reasons)


def _with_end(lab: Lab, booking: Booking, ends_at: datetime, costs_quota: bool) -> Request:
    """A booking as it would be with another end, checked by every rule."""
    view = read_booking(int(booking.id))
    place = (view.workstation_id, view.gpu_numbers, view.starts_at, ends_at)
    wish = BookingWish(*place, purpose=view.purpose)
    parts = cut_off_from(lab, booking)
    return judged(lab, booking.person, wish, booking, costs_quota=costs_quota, taken_up=parts)


def _costs_when_extended(lab: Lab, booking: Booking, ends_at: datetime) -> bool:
    """Whether a booking costs quota once it lasts until `ends_at`: not where even that is last-minute."""
    policy = policy_in_force(lab.config.gpus, booking.workstation.policy)
    return bool(booking.costs_quota) or not is_last_minute(
        *(booking.ends_at, ends_at - booking.starts_at, lab.now(), policy)
    )


def _of_what_is_added(
    reasons: list[Reason], booking: Booking, plan: Plan, machine: Machine | None, situation: Situation
) -> list[Reason]:
    """The reasons against a later end, without those that only the kept part of the booking gives."""
    # No calendar reaches an end in the year 9999; the rules refuse it.
    in_reach = within_reach(plan, situation.now)
    on_grid = in_reach and slot_start(situation.time, plan.ends_at, situation.slot(machine)) == plan.ends_at

    def is_new(reason: Reason) -> bool:
        if reason.code in (Code.OUT_OF_SERVICE, Code.LAB_CLOSED):
            until = reason.facts["end"]
            return not isinstance(until, datetime) or until > booking.ends_at
        return reason.code != Code.IN_THE_PAST and not (reason.code == Code.OFF_GRID and on_grid)

    return [reason for reason in reasons if is_new(reason)]


def preview_end(lab: Lab, actor: Actor, booking_id: int, ends_at: datetime) -> Preview:
    """What letting a booking end at another time does to the quota, whether or not a rule is broken.

    Raises Refused where it cannot be changed at all.
    """
    ends_at = stored_instant(ends_at)
    with reading(lab):
        booking = known_booking(booking_id)
        authorise_for_booking(lab, actor, booking)
        refuse_unchangeable(booking, lab.now())
        is_longer = ends_at > booking.ends_at
        costs = _costs_when_extended(lab, booking, ends_at) if is_longer else bool(booking.costs_quota)
        preview = preview_of(lab, _with_end(lab, booking, ends_at, costs))
        if ends_at < booking.ends_at and is_given_up_late(lab, booking):
            # What is cut off counts as before.
            return replace(preview, after=preview.before, own_after=preview.own_before)
        return preview


def longest_extension(lab: Lab, actor: Actor, booking_id: int) -> datetime | None:
    """The latest end that passes every rule; None where a booking cannot last longer. Raises Refused."""
    with reading(lab):
        booking = known_booking(booking_id)
        authorise_for_booking(lab, actor, booking)
        refuse_unchangeable(booking, lab.now())
        return _latest_end(lab, booking)


def _latest_end(lab: Lab, booking: Booking) -> datetime | None:
    starts_at: datetime = booking.starts_at
    was_end: datetime = booking.ends_at
    facts = _with_end(lab, booking, starts_at + LONGEST_EVER, costs_quota=True)
    assert facts.known is not None
    machine, situation, parts = facts.known.rules, facts.situation, cut_off_from(lab, booking)
    longest = timedelta(hours=situation.policy_of(machine).longest_hours)
    after, until = was_end + _A_MOMENT, starts_at + longest + _A_MOMENT
    for ends_at in reversed(grid(after, until, situation.slot(machine), situation)):
        plan = replace(facts.plan, ends_at=ends_at)
        booker = without_what_is_taken_up(facts.situation.booker, booking.person_id, parts, ends_at)
        costs_quota = _costs_when_extended(lab, booking, ends_at)
        situation = replace(situation, booker=booker, costs_quota=costs_quota)
        reasons = broken_rules(plan, machine, situation)
        if not _of_what_is_added(reasons, booking, plan, machine, situation):
            return ends_at
    return None


def _longest_as_remedy(lab: Lab, request: Request) -> tuple[BookInstead, ...]:
    assert request.instead_of is not None
    assert request.known is not None
    ends_at = _latest_end(lab, request.instead_of)
    if ends_at is None:
        return ()
    machine = request.known.rules
    costs_quota = _costs_when_extended(lab, request.instead_of, ends_at)
    situation = replace(request.situation, costs_quota=costs_quota)
    costs = bool(uses_of(replace(request.plan, ends_at=ends_at), machine, situation))
    return (BookInstead(replace(request.wish, ends_at=ends_at), machine.name, False, costs),)


def shorten(lab: Lab, actor: Actor, booking_id: int, ends_at: datetime) -> GivenBack:
    """Let a booking end earlier, on the grid and not shorter than the shortest one.

    What is cut off later than the cut-off still counts. Raises Refused.
    """
    ends_at = stored_instant(ends_at)
    with writing(lab):
        booking = booking_to_change(lab, actor, booking_id)
        if reasons := _against_shortening(lab, booking, ends_at):
            raise Refused(*reasons)
        facts = _what_still_counts(lab, booking, ends_at)
        set_end(booking, ends_at)
        done = _given_back(lab, actor, "gpus.shorten", booking, facts)
    after_freeing(lab)
    return done


def _given_back(lab: Lab, actor: Actor, action: str, was: Booking, facts: Facts) -> GivenBack:
    """A booking with its new end, and what counts of the rest."""
    done = _recorded(lab, actor, action, was, facts)
    late_hours = hours_of(lab, was, since=done.what.ends_at) if "cut_off" in facts else 0.0
    return GivenBack(done.what, done.entry_id, late_hours=late_hours)


def _what_still_counts(lab: Lab, booking: Booking, ends_at: datetime) -> dict[str, object]:
    """Keep counting what is given back too late from `ends_at` on; with what the audit log keeps of that."""
    if not is_given_up_late(lab, booking):
        return {}
    return {"cut_off": keep_counting(lab, booking, ends_at)}


def _against_shortening(lab: Lab, booking: Booking, ends_at: datetime) -> list[Reason]:
    if ends_at == booking.ends_at:
        return [Reason(Code.NOTHING_CHANGES)]
    if not booking.starts_at < ends_at < booking.ends_at:
        return [Reason(Code.NOT_WITHIN_BOOKING, {"start": booking.starts_at, "end": booking.ends_at})]
    policy, slot = policy_in_force(lab.config.gpus, booking.workstation.policy), slot_of(lab, booking)
    reasons = []
    if ends_at < slot_start(lab.time, lab.now(), slot):
        reasons.append(Reason(Code.IN_THE_PAST, {"start": ends_at}))
    if slot_start(lab.time, ends_at, slot) != ends_at:
        reasons.append(Reason(Code.OFF_GRID, {"minutes": policy.slot_minutes}))
    if ends_at - booking.starts_at < timedelta(minutes=policy.shortest_minutes):
        reasons.append(Reason(Code.TOO_SHORT, {"minutes": policy.shortest_minutes}))
    return reasons


def finish(lab: Lab, actor: Actor, booking_id: int) -> GivenBack:
    """End a running booking with the start of the slot that runs now, in its first slot with that slot.

    One that nobody checked in to is over with that: whoever says so is no no-show, but gave the rest back
    too late. Raises Refused: not_begun, nothing_changes in the last slot there is.
    """
    with writing(lab):
        booking = booking_to_change(lab, actor, booking_id)
        ends_at = _finished_at(lab, booking)
        if booking.state == "checked_in":
            facts: dict[str, object] = {}
            set_end(booking, ends_at)
        else:
            facts = _what_still_counts(lab, booking, ends_at)
            set_end(booking, ends_at, state="ended")
        done = _given_back(lab, actor, "gpus.finish", booking, facts)
    after_freeing(lab)
    return done


def late_hours_when_finished(lab: Lab, actor: Actor, booking_id: int) -> float:
    """The GPU-hours that would count all the same if a booking were finished now; 0 where it is not late.

    Raises Refused as `finish` would.
    """
    with reading(lab):
        booking = known_booking(booking_id)
        authorise_for_booking(lab, actor, booking)
        refuse_unchangeable(booking, lab.now())
        ends_at = _finished_at(lab, booking)
        counts = booking.state != "checked_in" and is_given_up_late(lab, booking)
        return hours_of(lab, booking, since=ends_at) if counts else 0.0


def _finished_at(lab: Lab, booking: Booking) -> datetime:
    """When a booking that is finished now ends. Raises Refused(not_begun, nothing_changes)."""
    now, slot = lab.now(), slot_of(lab, booking)
    if now < booking.starts_at:
        raise Refused(Reason(Code.NOT_BEGUN, {"start": booking.starts_at}))
    # The slot after that of the start; a day that is short of a whole slot ends it too.
    first_ends_at = slot_start(lab.time, slot_start(lab.time, booking.starts_at, slot) + slot, slot)
    ends_at = max(slot_start(lab.time, now, slot), first_ends_at)
    if ends_at >= booking.ends_at:
        raise Refused(Reason(Code.NOTHING_CHANGES))
    return ends_at


def slot_of(lab: Lab, booking: Booking) -> timedelta:
    """The step of the grid of a booking's workstation."""
    policy = policy_in_force(lab.config.gpus, booking.workstation.policy)
    return timedelta(minutes=policy.slot_minutes)


def set_end(booking: Booking, ends_at: datetime, **change: object) -> None:
    """Let a booking, and its hold on its GPUs, end at another time."""
    change |= {"ends_at": ends_at, "sequence": booking.sequence + 1}
    Booking.update(**change).where(Booking.id == booking.id).execute()


def _recorded(
    lab: Lab,
    actor: Actor,
    action: str,
    was: Booking,
    more_facts: Facts = NO_FACTS,
    override_reason: str | None = None,
) -> Done[BookingView]:
    """A booking with its new end, and the entry that keeps the old one."""
    view = read_booking(int(was.id))
    facts = {**more_facts, "was_end": was.ends_at, "end": view.ends_at}
    entry_id = audit.record(*(lab, actor, action, "booking", view.id, facts), override_reason=override_reason)
    return Done(view, entry_id)


def undo_extend(lab: Lab, booking_id: int, facts: Facts) -> None:
    """Let an extended booking end when it did, inside the caller's transaction. Raises Refused."""
    booking = booking_as_left(lab, booking_id, instant_of(facts, "end"))
    give_back_again(facts)
    set_end(booking, instant_of(facts, "was_end"), costs_quota=facts["was_costs_quota"])


def undo_shorten(lab: Lab, booking_id: int, facts: Facts) -> None:
    """Let a shortened or finished booking end when it did, inside the caller's transaction.

    Raises Refused where something took its place, or it was changed again.
    """
    found = known_booking(booking_id)
    lock_for_booking(lab, found.startup_id, found.person_id, found.workstation_id)
    booking = booking_as_left(lab, booking_id, instant_of(facts, "end"))
    count_no_more(facts)
    restore_end(lab, booking, instant_of(facts, "was_end"))


def booking_as_left(
    lab: Lab,
    booking_id: int,
    ends_at: datetime,
    states: Collection[str] = ("booked", "checked_in", "ended"),
) -> Booking:
    """A booking that nobody changed since an act left it, held; an act is undone only then.

    Raises Refused: already_cancelled, cannot_be_undone.
    """
    booking = locked_booking(lab, booking_id)
    if booking.state in ("cancelled", "undone", "moved"):
        raise Refused(Reason(Code.ALREADY_CANCELLED))
    if booking.state not in states or booking.ends_at != ends_at:
        raise Refused(Reason(Code.CANNOT_BE_UNDONE))
    return booking


def instant_of(facts: Facts, name: str) -> datetime:
    """An instant among an audit entry's facts."""
    return datetime.fromisoformat(str(facts[name]))


def restore_end(lab: Lab, booking: Booking, ends_at: datetime) -> None:
    """Let a booking last as long as it did before. Raises Refused where something took its place.

    Rules that staff overrode for it stay overridden.
    """
    request = _with_end(lab, booking, ends_at, bool(booking.costs_quota))
    booking_id = int(booking.id)
    taken = {Code.GPU_TAKEN} if was_overridden(booking_id) else {Code.GPU_TAKEN, *_QUOTAS}
    if reasons := [reason for reason in request.reasons if reason.code in taken]:
        raise Refused(*for_nobody_to_pass(reasons))
    state = booking.state
    # Finished, it is over, or was ended by the caretaker meanwhile.
    if state == "ended":
        state = "checked_in" if is_checked_in(booking_id) else "booked"
    take_up(cut_off_from(lab, booking), ends_at)
    set_end(booking, ends_at, state=state)
