"""A wish for GPUs from its facts to its row: what every operation that books, moves or offers shares.

Everything here is called inside an operation's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain

from peewee import fn

from lab_tui.errors import BadInput, Reason, Refused, Remedy
from lab_tui.lab.gpu_facts import (
    NO_BLOCKS,
    Blocks,
    KnownMachine,
    Team,
    read_blocks,
    read_booker,
    read_machine,
    read_machines,
    read_span,
    read_team,
)
from lab_tui.lab.gpu_given_up import CutOff, without_what_is_taken_up
from lab_tui.lab.gpu_views import BookingView
from lab_tui.lab.operation import Actor, Lab, authorise
from lab_tui.lab.rules.booking import Booker, Machine, Plan, Situation, broken_rules, of_any_gpus, uses_of
from lab_tui.lab.rules.permissions import Permission, Role
from lab_tui.lab.rules.picking import picked
from lab_tui.lab.rules.quota import Use, is_last_minute
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.rules.remedies import (
    MOST_OFFERED,
    Choice,
    far_choices,
    hopeless,
    near_choices,
    others_span,
    search_span,
)
from lab_tui.store.fields import instant_text
from lab_tui.store.tables.gpus import Booking, BookingGpu, Workstation
from lab_tui.store.tables.people import Person, Startup
from lab_tui.store.written import Written, slot
from lab_tui.text import clean

LONGEST_PURPOSE = 80
LONGEST_REASON = 200


@dataclass(frozen=True)
class BookingWish:
    """Some GPUs of one workstation, from a start to an end (UTC, `[start, end)`).

    Either `gpu_numbers`, or `gpu_count` GPUs that the lab picks.
    """

    workstation_id: int
    gpu_numbers: tuple[int, ...]
    starts_at: datetime
    ends_at: datetime
    purpose: str = ""
    # Somebody else's booking, made by staff or the operator; None means one's own.
    person_id: int | None = None
    gpu_count: int = 0


@dataclass(frozen=True)
class BookInstead(Remedy):
    """A booking that passes every rule. `workstation` is its name; `keeps_time` if only the place differs."""

    wish: BookingWish
    workstation: str
    keeps_time: bool
    costs_quota: bool = True


@dataclass(frozen=True)
class Request:
    """A wish with whom it is for, and what the rules say about it."""

    wish: BookingWish
    plan: Plan
    person: Person
    team: Team | None
    known: KnownMachine | None
    situation: Situation
    reasons: list[Reason]
    # The booking that it would take the place of, which is not counted.
    instead_of: Booking | None = None
    # Outages and closures that are only planned: they count as if they were stored.
    planned: Blocks = NO_BLOCKS


def situation_of(lab: Lab, now: datetime, booker: Booker) -> Situation:
    """What the rules need beside the machine; closures are added by who has read them."""
    section = lab.config.lab
    return Situation(now, lab.time, lab.config.gpus, booker, (), opens=section.opens, closes=section.closes)


def booking_person(lab: Lab, actor: Actor, wish: BookingWish, *, override: bool = False) -> Person:
    """For whom the wish is. Raises Refused where the actor may not act for them or override rules."""
    if override:
        authorise(lab, actor, Permission.OVERRIDE_RULES)
    return person_meant(lab, actor, wish.person_id)


def person_meant(lab: Lab, actor: Actor, person_id: int | None) -> Person:
    """Who is to have GPUs: the actor, or whom they act for. Raises Refused; BadInput where it is nobody."""
    person = authorise(lab, actor, Permission.BOOK_GPUS)
    if person_id is None or (person is not None and person_id == person.id):
        if person is None:
            raise BadInput("person_id", None, "empty")
        return person
    authorise(lab, actor, Permission.ACT_FOR_OTHERS)
    return active_person(person_id)


def active_person(person_id: int) -> Person:
    """A person who may still do things. Raises Refused(unknown_person, person_inactive)."""
    person: Person | None = Person.get_or_none(Person.id == person_id)
    if person is None:
        raise Refused(Reason(Code.UNKNOWN_PERSON, {"person": person_id}))
    if not person.active:
        raise Refused(Reason(Code.PERSON_INACTIVE, {"name": person.name}))
    return person


def judged(
    lab: Lab,
    person: Person,
    wish: BookingWish,
    instead_of: Booking | None = None,
    planned: Blocks = NO_BLOCKS,
    *,
    costs_quota: bool | None = None,
    given_up: tuple[Use, ...] = (),
    taken_up: tuple[CutOff, ...] = (),
) -> Request:
    """A person's wish, checked by every rule. Raises BadInput for a purpose that cannot be.

    With `instead_of` that booking counts as gone; `planned` counts as stored; `taken_up` only for what the
    wish leaves of them. For `costs_quota` and `given_up` see Situation.
    """
    now = lab.now()
    wish = replace(
        wish,
        gpu_numbers=tuple(sorted(set(wish.gpu_numbers))),
        starts_at=stored_instant(wish.starts_at),
        ends_at=stored_instant(wish.ends_at),
        purpose=clean(wish.purpose, field="purpose", at_most=LONGEST_PURPOSE, required=False),
    )
    without = int(instead_of.id) if instead_of is not None else 0
    span = read_span(Plan((), wish.starts_at, wish.ends_at), now)
    blocks = read_blocks(lab.store, *span).plus(planned)
    known = read_machine(lab, *span, blocks, wish.workstation_id, without)
    asked, wish = wish, _with_gpus(wish, known)
    team = read_team(lab, person.startup_id)
    booker = read_booker(lab, person, team, span[0], now, (without, *(part.id for part in taken_up)))
    booker = without_what_is_taken_up(booker, int(person.id), taken_up, wish.ends_at)
    situation = replace(
        situation_of(lab, now, booker),
        closures=blocks.closures,
        costs_quota=costs_quota,
        given_up=given_up,
    )
    plan = Plan(wish.gpu_numbers, wish.starts_at, wish.ends_at)
    reasons = broken_rules(plan, known.rules if known else None, situation)
    if known is None:
        reasons.insert(0, Reason(Code.UNKNOWN_WORKSTATION, {"workstation": wish.workstation_id}))
    elif not asked.gpu_numbers:
        reasons = of_any_gpus(reasons, plan, known.rules)
    return Request(wish, plan, person, team, known, situation, reasons, instead_of, planned)


def _with_gpus(wish: BookingWish, known: KnownMachine | None) -> BookingWish:
    """The wish with GPUs picked for it; where too few are free, those that others have are named."""
    if wish.gpu_numbers or wish.gpu_count <= 0 or known is None:
        return wish
    free = known.rules.free_gpus(wish.starts_at, wish.ends_at)
    return replace(wish, gpu_numbers=picked(free, known.rules.taken, wish.gpu_count))


def stored_instant(given: datetime) -> datetime:
    """As the store keeps it, so that the rules and the guard see the same time.

    What lies beyond the years 1 to 9999 in UTC becomes their edge, which the rules refuse.
    """
    if given.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    try:
        instant = given.astimezone(UTC)
    except OverflowError:
        first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        instant = first if given.year == first.year else last
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def lock_for_booking(lab: Lab, startup_id: int | None, person_id: int, *workstation_ids: int) -> None:
    """Hold what a booking's rules look at, in the order that all operations keep."""
    if startup_id is not None:
        lab.store.lock(Startup, startup_id)
    lab.store.lock(Person, person_id)
    for workstation_id in sorted(set(workstation_ids)):
        lab.store.lock(Workstation, workstation_id)


_SLOTS = (
    *("workstation", "person", "startup", "purpose", "starts_at", "ends_at", "created_at", "state"),
    *("counts", "costs_quota", "origin", "calendar", "sequence", "series", "offer_until"),
)
_NEW_BOOKING = Written(lambda: Booking.insert({name: slot(name) for name in _SLOTS}).returning(Booking.id))


@lru_cache(maxsize=64)
def _new_gpus(count: int) -> Written:
    """The rows of so many GPUs of one booking."""
    shared = {name: slot(name) for name in ("booking", "starts_at", "ends_at")}
    rows = [{**shared, "gpu": slot(f"gpu_{n}")} for n in range(count)]
    return Written(lambda: BookingGpu.insert_many(rows).returning(BookingGpu.gpu))


def write_booking(
    lab: Lab,
    request: Request,
    *,
    state: str = "booked",
    moved_from: Booking | None = None,
    split_from: Booking | None = None,
    series_id: int | None = None,
    offer_until: datetime | None = None,
) -> BookingView:
    """Store what was judged. `state` is booked, checked_in or offered. The guard may still refuse it."""
    wish, person, known, now = request.wish, request.person, request.known, request.situation.now
    assert known is not None
    costs_quota = request.situation.costs_quota
    if costs_quota is None:
        policy = request.situation.policy_of(known.rules)
        costs_quota = not is_last_minute(wish.starts_at, request.plan.length, now, policy)
    origin = moved_from or split_from
    ((booking_id,),) = _NEW_BOOKING.run(
        lab.store,
        workstation=wish.workstation_id,
        person=person.id,
        startup=person.startup_id,
        starts_at=instant_text(wish.starts_at),
        ends_at=instant_text(wish.ends_at),
        purpose=wish.purpose,
        created_at=instant_text(now),
        state=state,
        counts=state != "offered",
        costs_quota=costs_quota,
        origin=origin.id if origin else None,
        calendar=(moved_from.calendar_id or moved_from.id) if moved_from else None,
        sequence=moved_from.sequence + 1 if moved_from else 0,
        series=series_id,
        offer_until=instant_text(offer_until) if offer_until else None,
    )
    gpu_ids = {f"gpu_{n}": known.gpu_ids[number] for n, number in enumerate(wish.gpu_numbers)}
    times = {"starts_at": instant_text(wish.starts_at), "ends_at": instant_text(wish.ends_at)}
    _new_gpus(len(gpu_ids)).run(lab.store, booking=booking_id, **times, **gpu_ids)
    return BookingView(
        id=int(booking_id),
        workstation_id=wish.workstation_id,
        workstation=known.rules.name,
        gpu_model=known.gpu_model,
        gpu_memory_gb=known.rules.gpu_memory_gb,
        gpu_numbers=wish.gpu_numbers,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        state=state,
        purpose=wish.purpose,
        person_id=int(person.id),
        person_name=person.name,
        startup_id=person.startup_id,
        startup_name=request.team.name if request.team else "",
        offer_until=offer_until,
    )


def facts_of(request: Request) -> dict[str, object]:
    """What the audit log keeps of a booking that was made."""
    wish = request.wish
    facts: dict[str, object] = {
        "person": request.person.id,
        "workstation": request.known.rules.name if request.known else wish.workstation_id,
        "gpus": wish.gpu_numbers,
        "start": wish.starts_at.isoformat(),
        "end": wish.ends_at.isoformat(),
    }
    if request.reasons:
        facts["overridden"] = [reason.code for reason in request.reasons]
    return facts


def book_instead(
    lab: Lab,
    request: Request,
    *,
    at_most: int = MOST_OFFERED,
    shorter: bool = True,
    accepts: Callable[[BookInstead], bool] = lambda _remedy: True,
) -> tuple[BookInstead, ...]:
    """What the booker could have instead and `accepts`, in the order of `near_choices` and `far_choices`.

    With `shorter`, as a last resort for less time. Facts are read once; once more, over the time of all
    that could be, where what is near does not do.
    """
    if hopeless(request.reasons):
        return ()
    found: dict[BookInstead, None] = {}
    for choices, situation in chain([_near(lab, request)], _far(lab, request, shorter)):
        for choice in choices:
            remedy = instead(request.wish, choice, situation)
            if accepts(remedy):
                found[remedy] = None
            if len(found) == at_most:
                return tuple(found)
    return tuple(found)


def _near(lab: Lab, request: Request) -> tuple[Iterator[Choice], Situation]:
    """What is near, and the situation in which it passes."""
    plan, situation = request.plan, request.situation
    wished_rules = request.known.rules if request.known else None
    span = search_span(plan, wished_rules, situation)
    around = others_span(plan, wished_rules, situation)
    since, until = min(span[0], around[0]), max(span[1], around[1])
    blocks = read_blocks(lab.store, since, until).plus(request.planned)
    wished = read_machine(lab, *span, blocks, request.wish.workstation_id, _without(request))
    wished_rules = wished.rules if wished else None
    others = [one for one in _in_use(lab, request, around, blocks) if one.id != request.wish.workstation_id]
    situation = _over(lab, request, since, blocks)
    return near_choices(plan, wished_rules, others, request.reasons, situation), situation


def _far(lab: Lab, request: Request, shorter: bool) -> Iterator[tuple[Iterator[Choice], Situation]]:
    """Everything else, read when it is asked for."""
    plan, situation = request.plan, request.situation
    now = situation.now
    # The policies of the machines, and with them how far to look, are known only once they are read.
    machines = _in_use(lab, request, (now, now), NO_BLOCKS)
    spans = [search_span(plan, one, situation) for one in machines if not situation.is_barred(one)]
    if not spans:
        return
    span = min(since for since, _ in spans), max(until for _, until in spans)
    blocks = read_blocks(lab.store, *span).plus(request.planned)
    machines = _in_use(lab, request, span, blocks)
    wished = next((one for one in machines if one.id == request.wish.workstation_id), None)
    if wished is None and request.known is not None:
        wished = request.known.rules
    situation = _over(lab, request, span[0], blocks)
    yield far_choices(plan, wished, machines, situation, shorter=shorter), situation


def _without(request: Request) -> int:
    """The booking that is not counted, as the wish would take its place."""
    return int(request.instead_of.id) if request.instead_of is not None else 0


def _in_use(lab: Lab, request: Request, span: tuple[datetime, datetime], blocks: Blocks) -> list[Machine]:
    """The machines in use, as they are taken within a time."""
    return [known.rules for known in read_machines(lab, *span, blocks, _without(request))]


def _over(lab: Lab, request: Request, since: datetime, blocks: Blocks) -> Situation:
    """The situation with what is known from an instant on."""
    situation = request.situation
    booker = read_booker(lab, request.person, request.team, since, situation.now, (_without(request),))
    return replace(situation, booker=booker, closures=blocks.closures)


def instead(wish: BookingWish, choice: Choice, situation: Situation) -> BookInstead:
    """A choice as a remedy for a wish."""
    plan = choice.plan
    other = replace(
        wish,
        workstation_id=choice.machine.id,
        gpu_numbers=plan.gpu_numbers,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
    )
    keeps_time = (plan.starts_at, plan.ends_at) == (wish.starts_at, wish.ends_at)
    costs = situation.booker.startup is None or bool(uses_of(plan, choice.machine, situation))
    return BookInstead(other, choice.machine.name, keeps_time, costs)


def locked_booking(lab: Lab, booking_id: int) -> Booking:
    """A booking's row, held. Raises Refused(unknown_booking)."""
    lab.store.lock(Booking, booking_id)
    return known_booking(booking_id)


def known_booking(booking_id: int) -> Booking:
    """A booking's row. Raises Refused(unknown_booking)."""
    booking: Booking | None = Booking.get_or_none(Booking.id == booking_id)
    if booking is None:
        raise Refused(Reason(Code.UNKNOWN_BOOKING, {"booking": booking_id}))
    return booking


def booking_to_change(lab: Lab, actor: Actor, booking_id: int, *workstation_ids: int) -> Booking:
    """A booking that the actor may change and that is not over, held with all that its rules look at.

    `workstation_ids` are held as well. Raises Refused.
    """
    found = known_booking(booking_id)
    authorise_for_booking(lab, actor, found)
    machines = (found.workstation_id, *workstation_ids)
    lock_for_booking(lab, found.startup_id, found.person_id, *machines)
    booking = locked_booking(lab, booking_id)
    if booking.person_id != found.person_id:
        raise Refused(Reason(Code.CHANGED_MEANWHILE))
    refuse_unchangeable(booking, lab.now())
    return booking


def authorise_for_booking(lab: Lab, actor: Actor, booking: Booking) -> bool:
    """Let the booking's person pass, and staff. Returns whether it is the actor's own.

    Raises Refused: not_yours, or sign_in_needed for staff.
    """
    person = authorise(lab, actor, Permission.SEE_OWN_DAY)
    if actor.person_id is not None and booking.person_id == actor.person_id:
        return True
    authorise_for_other(lab, actor, person)
    return False


def authorise_for_other(lab: Lab, actor: Actor, person: Person | None) -> None:
    """Raises Refused: not_yours, or sign_in_needed for staff."""
    if person is not None and person.role != Role.STAFF:
        raise Refused(Reason(Code.NOT_YOURS))
    authorise(lab, actor, Permission.ACT_FOR_OTHERS)


def refuse_closed(booking: Booking, now: datetime) -> None:
    """Raises Refused where a booking's life is over: given back, released, ended, lapsed."""
    if booking.state == "moved":
        raise Refused(Reason(Code.ALREADY_CANCELLED, {"moved_to": _moved_to(int(booking.id))}))
    if booking.state in ("cancelled", "undone"):
        raise Refused(Reason(Code.ALREADY_CANCELLED))
    if booking.state == "no_show":
        raise Refused(Reason(Code.RELEASED_AS_NO_SHOW))
    if booking.state == "lapsed":
        raise Refused(Reason(Code.OFFER_LAPSED, {"until": booking.offer_until}))
    if booking.state == "ended" or booking.ends_at <= now:
        raise Refused(Reason(Code.ALREADY_OVER))


def _moved_to(booking_id: int) -> int | None:
    """Where a booking that was moved, perhaps again and again, is now."""
    # Only what was cut off or put back before it was moved has an earlier row of the same origin.
    later = Booking.select(fn.MAX(Booking.id)).where(Booking.origin == booking_id).scalar()
    is_moved = Booking.select().where((Booking.id == later) & (Booking.state == "moved")).exists()
    return _moved_to(later) if is_moved else later


def refuse_unchangeable(booking: Booking, now: datetime) -> None:
    """Raises Refused where a booking's life is over; an offer is not a booking yet: only_offered."""
    refuse_closed(booking, now)
    if booking.state == "offered":
        raise Refused(Reason(Code.ONLY_OFFERED, {"booking": booking.id, "until": booking.offer_until}))
