"""Waiting for GPUs: a team joins, something frees, it is offered in a fair order, answered or passed on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lab_tui.config import LabConfig
from lab_tui.errors import BadInput, Refused, SystemCannot
from lab_tui.lab import closures, gpu_life, gpu_outages, gpu_waiting, gpus, notices
from lab_tui.lab.gpu_waiting import WaitView, WaitWish
from lab_tui.lab.gpus import BookingView, BookingWish
from lab_tui.lab.operation import OPERATOR, Actor, writing
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.database import Store
from lab_tui.store.tables.gpus import Booking, BookingGpu, Gpu, GpuWait, Outage, Workstation
from lab_tui.store.tables.lab import AuditEntry
from lab_tui.store.tables.people import Person, Startup
from tests.world import NOW, PLAIN, World

HOUR = timedelta(hours=1)
# 20:00 in Hong Kong, five and a half hours after the world's clock; and the end of the usual window.
EIGHT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MIDNIGHT = EIGHT + 4 * HOUR


def want(start: datetime = EIGHT, end: datetime = MIDNIGHT, minutes: int = 240, gpus: int = 1) -> WaitWish:
    """One GPU for the whole evening, unless told otherwise."""
    return WaitWish(gpus, minutes, start, end)


def join(world: World, actor: Actor, wish: WaitWish | None = None) -> WaitView:
    return gpu_waiting.join(world.lab, actor, wish or want()).what


def taken(world: World, machine: Workstation, start: datetime = EIGHT, hours: float = 4) -> Actor:
    """Who holds the whole machine for the evening; their booking is the only one they have."""
    holder = world.member()
    with world.lab.store.read():
        count = Gpu.select().where(Gpu.workstation == machine).count()
    wish = BookingWish(machine.id, (), start, start + hours * HOUR, gpu_count=count)
    gpus.book(world.lab, holder, wish)
    return holder


def give_back(world: World, holder: Actor) -> None:
    (booking,) = gpus.bookings_of(world.lab, holder)
    gpus.cancel(world.lab, holder, booking.id)


def member_with_use(world: World, hours: float) -> Actor:
    """A member whose start-up has used so many GPU-hours until just now, on a machine that is gone."""
    person, machine = world.person(), world.workstation(gpu_count=1)
    span = {"starts_at": NOW - hours * HOUR, "ends_at": NOW}
    with world.lab.store.write():
        Workstation.update(retired=True).where(Workstation.id == machine.id).execute()
        whose = {"workstation": machine, "person": person, "startup": person.startup}
        used = Booking.create(**whose, **span, created_at=NOW, state="ended")
        gpu = Gpu.get(Gpu.workstation == machine)
        BookingGpu.create(booking=used, gpu=gpu, **span)
    return world.actor(person)


def offer_freed(world: World) -> int:
    with writing(world.lab):
        return gpu_waiting.offer_freed(world.lab)


def lapse(world: World) -> int:
    with writing(world.lab):
        return gpu_waiting.lapse_offers(world.lab)


def state_of(world: World, wait: WaitView) -> str:
    with world.lab.store.read():
        return str(GpuWait.get_by_id(wait.id).state)


def booking_row(world: World, booking_id: int) -> Booking:
    with world.lab.store.read():
        return Booking.get_by_id(booking_id)


def told(world: World, actor: Actor) -> list[str]:
    return [notice.kind.value for notice in notices.unseen(world.lab, actor)]


def offer_to(world: World, actor: Actor) -> BookingView:
    (offer,) = gpu_waiting.offers_of(world.lab, actor)
    return offer


def refused(act: Callable[[], object]) -> frozenset[str]:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.codes


# Being offered something


def test_what_frees_is_offered_to_who_waits_and_becomes_theirs(world: World) -> None:
    machine, mei = world.workstation("lantau", gpu_count=1), world.member()
    holder = taken(world, machine)
    waits = gpu_waiting.join(world.lab, mei, replace(want(), purpose="  fine\ttune "), request_key="w1")
    again = gpu_waiting.join(world.lab, mei, replace(want(), purpose="fine tune"), request_key="w1")
    assert again == waits
    assert (waits.what.state, waits.what.workstation, waits.what.purpose) == ("waiting", "", "fine tune")
    assert gpu_waiting.waits_of(world.lab, mei) == (waits.what,)
    assert told(world, mei) == []

    give_back(world, holder)

    offer = offer_to(world, mei)
    assert (offer.state, offer.starts_at, offer.ends_at, offer.purpose) == (
        *("offered", EIGHT, MIDNIGHT),
        "fine tune",
    )
    assert offer.offer_until == NOW + HOUR
    (notice,) = notices.unseen(world.lab, mei)
    assert (notice.kind, notice.facts) == (
        notices.NoticeKind.OFFER_MADE,
        {"workstation": "lantau", "start": EIGHT, "end": MIDNIGHT, "until": NOW + HOUR},
    )
    # Held: neither others nor they themselves can book it.
    for actor in (holder, mei):
        wish = BookingWish(machine.id, (0,), EIGHT, MIDNIGHT)
        assert Code.GPU_TAKEN in refused(lambda: gpus.book(world.lab, actor, wish))  # noqa: B023
    assert gpus.quota_of(world.lab, mei, NOW.date()) == gpus.QuotaUse(0.0, 80)

    done = gpu_waiting.accept(world.lab, mei, offer.id)

    assert (done.what.state, done.what.id) == ("booked", offer.id)
    assert gpus.bookings_of(world.lab, mei) == (done.what,)
    assert gpus.quota_of(world.lab, mei, NOW.date()) == gpus.QuotaUse(4.0, 80)
    assert (gpu_waiting.waits_of(world.lab, mei), gpu_waiting.offers_of(world.lab, mei)) == ((), ())
    assert state_of(world, waits.what) == "taken"
    with world.lab.store.read():
        entries = AuditEntry.select().where(AuditEntry.subject_id == offer.id).order_by(AuditEntry.id)
        actions = [(one.action, one.actor_id) for one in entries if one.subject == "booking"]
    assert actions == [("gpus.offer", None), ("gpus.accept_offer", mei.person_id)]
    assert refused(lambda: gpu_waiting.accept(world.lab, mei, offer.id)) == {Code.NOT_OFFERED}


def test_what_is_free_already_is_offered_at_once(world: World) -> None:
    world.workstation(gpu_count=2)
    joined = join(world, world.member())
    assert joined.state == "offered"
    assert booking_row(world, joined.booking_id).state == "offered"


def test_the_wish_is_kept_in_every_part(world: World) -> None:
    small, large, mei = world.workstation("small", 1), world.workstation("large", 2), world.member()
    with world.lab.store.write():
        Workstation.update(gpu_memory_gb=80).where(Workstation.id == large.id).execute()
    window = want(EIGHT, EIGHT + 12 * HOUR, minutes=90)
    by_memory = join(world, mei, replace(window, memory_at_least=80))
    by_name = join(world, mei, replace(window, latest=window.latest + HOUR, workstation_id=small.id))
    by_count = join(world, mei, replace(window, latest=window.latest + 2 * HOUR, gpu_count=2))
    offers = {offer.id: offer for offer in gpu_waiting.offers_of(world.lab, mei)}
    places = [offers[one.booking_id] for one in (by_memory, by_name, by_count)]
    assert [one.workstation for one in places] == ["large", "small", "large"]
    assert [len(one.gpu_numbers) for one in places] == [1, 1, 2]
    assert {(one.ends_at - one.starts_at) for one in places} == {1.5 * HOUR}
    assert by_name.workstation == "small"


def test_a_length_off_the_grid_gets_a_little_more(world: World) -> None:
    world.workstation(gpu_count=1)
    offer = offer_to_wait(world, join(world, world.member(), want(minutes=50)))
    assert (offer.starts_at, offer.ends_at) == (EIGHT, EIGHT + HOUR)


def test_nothing_is_offered_that_breaks_a_rule_for_who_waits(world: World) -> None:
    world.lab = replace(world.lab, config=LabConfig(gpus=replace(PLAIN, startup_hours_a_week=6)))
    machine = world.workstation(gpu_count=1)
    holder = taken(world, machine)
    poor, rich = member_with_use(world, 3), member_with_use(world, 2)
    first, second = join(world, poor), join(world, rich)
    give_back(world, holder)
    # Three hours used and four more would be seven: the quota stands against the first, not the second.
    assert (state_of(world, first), state_of(world, second)) == ("waiting", "offered")


def test_what_a_team_is_offered_counts_before_it_is_accepted(world: World) -> None:
    world.lab = replace(world.lab, config=LabConfig(gpus=replace(PLAIN, startup_hours_a_week=7)))
    world.workstation(gpu_count=4)
    team = world.startup()
    first, second = (world.actor(world.person(startup=team)) for _ in range(2))
    assert join(world, first).state == "offered"
    assert join(world, second).state == "waiting"
    world.lab = replace(world.lab, config=LabConfig(gpus=replace(PLAIN, person_bookings_open=2)))
    gpus.book(world.lab, first, BookingWish(1, (3,), EIGHT + 24 * HOUR, EIGHT + 26 * HOUR))
    later = want(EIGHT, MIDNIGHT + HOUR, minutes=60)
    # One booked and one offered are as many as one person may have.
    assert join(world, first, later).state == "waiting"
    assert state_of(world, join(world, second, later)) == "offered"


def test_an_offer_that_could_not_be_answered_is_not_made(world: World) -> None:
    machine, mei = world.workstation(gpu_count=1), world.member()
    holder = taken(world, machine)
    waits = join(world, mei)
    world.clock.instant = EIGHT - timedelta(minutes=4)
    give_back(world, holder)
    assert state_of(world, waits) == "waiting"
    # It can be had only from its beginning; a shorter wish would find a later start.
    shorter = join(world, world.member(), want(minutes=60))
    assert offer_to_wait(world, shorter).starts_at == EIGHT + HOUR


def offer_to_wait(world: World, wait: WaitView) -> Booking:
    assert wait.state == "offered"
    return booking_row(world, wait.booking_id)


def test_at_night_nobody_has_to_answer(world: World) -> None:
    world.workstation(gpu_count=1)
    # 21:30 in Hong Kong: half an hour is left today, half an hour is for tomorrow.
    world.clock.instant = EIGHT + 1.5 * HOUR
    morning = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    joined = join(world, world.member(), want(MIDNIGHT, MIDNIGHT + 24 * HOUR, minutes=60))
    offer = offer_to_wait(world, joined)
    assert (offer.offer_until, offer.starts_at) == (morning, morning)


# The order


def test_the_team_with_the_least_use_lately_comes_first(world: World) -> None:
    machine = world.workstation(gpu_count=1)
    holder = taken(world, machine)
    busy, idle = member_with_use(world, 30), member_with_use(world, 1)
    first, second = join(world, busy), join(world, idle)
    give_back(world, holder)
    assert (state_of(world, first), state_of(world, second)) == ("waiting", "offered")
    table = gpu_waiting.fair_share(world.lab, busy)
    uses = [(row.used_lately, row.booked_ahead, row.place) for row in table if row.total]
    assert [(round(lately, 1), ahead, place) for lately, ahead, place in uses] == [
        *((1.0, 4.0, None), (28.2, 0.0, 1)),
    ]
    assert [row.total for row in table] == sorted(row.total for row in table)


def test_nobody_is_skipped_twice(world: World) -> None:
    machine = world.workstation(gpu_count=1)
    holder = taken(world, machine)
    busy = join(world, member_with_use(world, 30))
    world.clock.advance(minutes=1)
    idle = [world.member() for _ in range(3)]
    waits = [join(world, actor) for actor in idle]
    give_back(world, holder)
    assert [state_of(world, one) for one in (busy, *waits)] == ["waiting", "offered", "waiting", "waiting"]
    gpu_waiting.decline(world.lab, idle[0], offer_to(world, idle[0]).id)
    # Who was skipped once has the next offer, whatever it has used.
    assert [state_of(world, one) for one in (busy, *waits)] == ["offered", "declined", "waiting", "waiting"]


def test_nobody_counts_as_skipped_who_could_not_have_taken_it(world: World) -> None:
    single, double = world.workstation("single", 1), world.workstation("double", 2)
    holder = taken(world, single)
    taken(world, double)
    big = join(world, member_with_use(world, 30), want(gpus=2))
    join(world, world.member())
    give_back(world, holder)
    with world.lab.store.read():
        assert [(one.state, one.skipped) for one in GpuWait.select().order_by(GpuWait.id)] == [
            *(("waiting", False), ("offered", False))
        ]
    assert big.state == "waiting"


def test_a_team_that_waits_for_much_has_one_turn_at_a_time(world: World) -> None:
    machine = world.workstation(gpu_count=2)
    holder = taken(world, machine)
    team = world.startup()
    many = [join(world, world.actor(world.person(startup=team))) for _ in range(3)]
    world.clock.advance(minutes=1)
    other = join(world, member_with_use(world, 2))
    world.clock.advance(minutes=1)
    give_back(world, holder)
    # The first of the many has used nothing; then its team stands behind, with four hours held for it.
    assert [state_of(world, one) for one in (*many, other)] == ["offered", "waiting", "waiting", "offered"]
    with world.lab.store.read():
        rows = list(GpuWait.select().where(GpuWait.state == "waiting"))
    assert {(row.since, row.skipped) for row in rows} == {(world.clock.instant, False)}


def test_staff_come_after_all_start_ups(world: World) -> None:
    machine, staff = world.workstation(gpu_count=1), world.actor(world.person(role="staff"))
    holder = taken(world, machine)
    theirs, busy = join(world, staff), join(world, member_with_use(world, 30))
    give_back(world, holder)
    assert (state_of(world, theirs), state_of(world, busy)) == ("waiting", "offered")
    assert refused(lambda: gpu_waiting.accept(world.lab, staff, booking_of(world, busy))) == {
        Code.SIGN_IN_NEEDED
    }
    signed_in = replace(staff, signed_in=True)
    assert gpu_waiting.accept(world.lab, signed_in, booking_of(world, busy)).what.state == "booked"


def booking_of(world: World, wait: WaitView) -> int:
    with world.lab.store.read():
        return int(GpuWait.get_by_id(wait.id).booking_id)


# Answering


def test_only_who_waits_answers(world: World) -> None:
    world.workstation(gpu_count=1)
    team = world.startup()
    mei, team_mate = (world.actor(world.person(startup=team)) for _ in range(2))
    joined = join(world, mei)
    for act in (gpu_waiting.accept, gpu_waiting.decline):
        for stranger in (team_mate, world.member()):
            assert refused(lambda: act(world.lab, stranger, joined.booking_id)) == {Code.NOT_YOURS}  # noqa: B023
        assert refused(lambda: act(world.lab, mei, 999)) == {Code.UNKNOWN_BOOKING}  # noqa: B023
    assert refused(lambda: gpu_waiting.withdraw(world.lab, team_mate, joined.id)) == {Code.NOT_YOURS}
    assert gpu_waiting.offers_of(world.lab, team_mate) == ()
    assert gpu_waiting.waits_of(world.lab, team_mate) == ()
    booked = gpus.book(world.lab, mei, BookingWish(1, (0,), MIDNIGHT, MIDNIGHT + HOUR)).what
    assert refused(lambda: gpu_waiting.accept(world.lab, mei, booked.id)) == {Code.NOT_OFFERED}
    assert gpu_waiting.decline(world.lab, world.staff(), joined.booking_id).what.state == "lapsed"


def test_no_passes_it_on_at_once(world: World) -> None:
    world.workstation(gpu_count=1)
    mei, lee = world.member(), world.member()
    first = join(world, mei)
    second = join(world, lee)
    declined = gpu_waiting.decline(world.lab, mei, first.booking_id).what
    assert (declined.state, state_of(world, first)) == ("lapsed", "declined")
    row = booking_row(world, declined.id)
    assert (row.holds, row.counts) == (False, False)
    assert state_of(world, second) == "offered"
    assert told(world, lee) == ["offer_made"]
    assert refused(lambda: gpu_waiting.accept(world.lab, mei, declined.id)) == {Code.OFFER_LAPSED}


def test_an_offer_lapses_and_passes_on(world: World) -> None:
    world.workstation(gpu_count=1)
    mei, lee = world.member(), world.member()
    first, second = join(world, mei), join(world, lee)
    world.clock.instant = NOW + HOUR - timedelta(milliseconds=1)
    assert lapse(world) == 0
    world.clock.instant = NOW + HOUR
    # Its time is over even before the caretaker has come by.
    assert gpu_waiting.offers_of(world.lab, mei) == ()
    for act in (gpu_waiting.accept, gpu_waiting.decline):
        assert refused(lambda: act(world.lab, mei, first.booking_id)) == {Code.OFFER_LAPSED}  # noqa: B023
    assert (lapse(world), lapse(world)) == (1, 0)
    assert (offer_freed(world), offer_freed(world)) == (1, 0)
    assert (state_of(world, first), state_of(world, second)) == ("lapsed", "offered")
    assert told(world, mei) == ["offer_made", "offer_lapsed"]
    row = booking_row(world, first.booking_id)
    assert (row.state, row.holds, row.counts) == ("lapsed", False, False)
    assert gpu_waiting.accept(world.lab, lee, booking_of(world, second)).what.state == "booked"


def test_no_offer_outlives_the_start_of_what_it_offers(world: World) -> None:
    world.workstation(gpu_count=1)
    start = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    joined = join(world, world.member(), want(start, start + HOUR, minutes=60))
    assert offer_to_wait(world, joined).offer_until == start


def test_a_promise_is_kept_but_for_who_has_left(world: World) -> None:
    world.workstation(gpu_count=2)
    person = world.person()
    mei = world.actor(person)
    joined, other = join(world, mei), join(world, mei, want(end=MIDNIGHT + HOUR))
    # What has become stricter since does not touch the promise.
    world.lab = replace(world.lab, config=LabConfig(gpus=replace(PLAIN, startup_hours_a_week=1)))
    assert gpu_waiting.accept(world.lab, mei, joined.booking_id).what.state == "booked"
    with world.lab.store.write():
        Startup.update(stage="alumni").where(Startup.id == person.startup_id).execute()
    assert refused(lambda: gpu_waiting.accept(world.lab, mei, other.booking_id)) == {Code.NOT_IN_PROGRAMME}
    with world.lab.store.write():
        Startup.update(stage="accelerator", left_on=NOW.date() - timedelta(days=1)).execute()
    assert refused(lambda: gpu_waiting.accept(world.lab, mei, other.booking_id)) == {Code.MEMBERSHIP_ENDS}
    with world.lab.store.write():
        Person.update(active=False).where(Person.id == person.id).execute()
    assert refused(lambda: gpu_waiting.accept(world.lab, world.staff(), other.booking_id)) == {
        Code.PERSON_INACTIVE
    }


@pytest.mark.parametrize("why", ["outage", "closure"])
def test_an_offer_that_cannot_be_used_any_more_is_taken_back_and_the_wait_goes_on(
    world: World, why: str
) -> None:
    machine, mei, staff = world.workstation("lantau", gpu_count=1), world.member(), world.staff()
    joined = join(world, mei)
    span = (EIGHT + HOUR, EIGHT + 2 * HOUR, "Fan broken")
    assert told(world, mei) == ["offer_made"]
    if why == "outage":
        outage = gpu_outages.put_out_of_service(world.lab, staff, machine.id, *span).what
    else:
        closure = closures.plan_closure(world.lab, staff, *span).what
    (wait,) = gpu_waiting.waits_of(world.lab, mei)
    assert (wait.id, wait.state, wait.since, wait.booking_id) == (joined.id, "waiting", NOW, None)
    assert gpu_waiting.offers_of(world.lab, mei) == ()
    assert told(world, mei) == ["offer_taken_back"]
    for answer in (gpu_waiting.accept, gpu_waiting.decline):
        with pytest.raises(Refused) as caught:
            answer(world.lab, mei, joined.booking_id)
        (reason,) = caught.value.reasons
        facts = {"workstation": "lantau", "start": EIGHT, "end": MIDNIGHT}
        assert (reason.code, reason.facts) == (Code.OFFER_TAKEN_BACK, facts)
    # Not a moment of it is offered for as long as it is out; then it is again.
    assert offer_freed(world) == 0
    if why == "outage":
        gpu_outages.cancel_outage(world.lab, staff, outage.id)
    else:
        closures.cancel_closure(world.lab, staff, closure.id)
    assert offer_freed(world) == 1
    assert gpu_waiting.accept(world.lab, mei, offer_to(world, mei).id).what.state == "booked"


def test_who_waits_on_is_offered_another_place_at_once_and_stands_where_they_stood(world: World) -> None:
    broken, spare = world.workstation("lantau", gpu_count=1), world.workstation("kowloon", gpu_count=1)
    taken(world, spare, EIGHT - HOUR, 2)
    mei = world.member()
    join(world, mei, want(end=MIDNIGHT + HOUR))
    with world.lab.store.write():
        GpuWait.update(skipped=True).execute()
    assert offer_to(world, mei).workstation == "lantau"
    gpu_outages.put_out_of_service(world.lab, world.staff(), broken.id, EIGHT, None, "Fan broken")
    offer = offer_to(world, mei)
    assert (offer.workstation, offer.starts_at) == ("kowloon", EIGHT + HOUR)
    with world.lab.store.read():
        assert GpuWait.get().skipped
    assert told(world, mei) == ["offer_taken_back", "offer_made"]


def test_what_moves_out_of_the_way_is_not_offered_inside_the_outage(world: World) -> None:
    broken, spare, staff = (
        world.workstation("lantau", gpu_count=1),
        world.workstation("kowloon"),
        world.staff(),
    )
    holder, mei = taken(world, broken), world.member()
    busy = taken(world, spare)
    assert join(world, mei).state == "waiting"
    give_back(world, busy)
    # The spare machine goes to Mei, who declines it; what frees is for whoever moves.
    gpu_waiting.decline(world.lab, mei, offer_to(world, mei).id)
    assert join(world, mei, replace(want(), workstation_id=broken.id)).state == "waiting"
    shown = gpu_outages.hit_by(world.lab, staff, broken.id, EIGHT, MIDNIGHT)
    outage = gpu_outages.put_out_of_service(
        world.lab, staff, broken.id, EIGHT, MIDNIGHT, "Fan broken", moving=shown
    ).what
    assert outage.bookings_moved == 1
    assert gpus.bookings_of(world.lab, holder)[0].workstation == "kowloon"
    assert gpu_waiting.offers_of(world.lab, mei) == ()


def test_an_offer_out_of_an_older_lab_that_an_outage_hit_is_taken_back_by_accepting_it(world: World) -> None:
    machine, mei, staff = world.workstation("lantau", gpu_count=1), world.member(), world.staff()
    joined = join(world, mei)
    span = {"starts_at": EIGHT + HOUR, "ends_at": EIGHT + 2 * HOUR}
    with world.lab.store.write():
        Outage.create(workstation=machine, reason="Fan broken", **span)
    accept = lambda: gpu_waiting.accept(world.lab, mei, joined.booking_id)  # noqa: E731
    assert refused(accept) == {Code.OUT_OF_SERVICE, Code.OFFER_TAKEN_BACK}
    assert state_of(world, joined) == "waiting"
    assert refused(accept) == {Code.OFFER_TAKEN_BACK}
    gpu_waiting.withdraw(world.lab, mei, joined.id)
    assert (state_of(world, joined), gpu_waiting.waits_of(world.lab, mei)) == ("withdrawn", ())
    assert staff


def test_an_accepted_booking_costs_what_it_did_when_it_was_offered(world: World) -> None:
    policy = replace(PLAIN, last_minute_minutes=120)
    world.lab = replace(world.lab, config=LabConfig(gpus=policy))
    world.workstation(gpu_count=1)
    mei = world.member()
    joined = join(world, mei, want(NOW.replace(minute=0) + 3 * HOUR, MIDNIGHT, minutes=60))
    world.clock.instant += 0.9 * HOUR
    gpu_waiting.accept(world.lab, mei, joined.booking_id)
    assert gpus.quota_of(world.lab, mei, NOW.date()) == gpus.QuotaUse(1.0, 80)


def test_who_waits_no_longer_is_left_out(world: World) -> None:
    machine, mei, lee = world.workstation(gpu_count=1), world.member(), world.member()
    holder = taken(world, machine)
    first = join(world, mei)
    assert gpu_waiting.withdraw(world.lab, mei, first.id).what.state == "withdrawn"
    assert refused(lambda: gpu_waiting.withdraw(world.lab, mei, first.id)) == {Code.UNKNOWN_WAIT}
    assert refused(lambda: gpu_waiting.withdraw(world.lab, mei, 999)) == {Code.UNKNOWN_WAIT}
    give_back(world, holder)
    assert gpu_waiting.offers_of(world.lab, mei) == ()
    offered = join(world, mei)
    second = join(world, lee)
    assert (offered.state, second.state) == ("offered", "waiting")
    assert gpu_waiting.withdraw(world.lab, world.staff(), offered.id).what.state == "withdrawn"
    assert booking_row(world, offered.booking_id).state == "lapsed"
    assert state_of(world, second) == "offered"


def test_whoever_is_gone_is_offered_nothing(world: World) -> None:
    machine, person = world.workstation(gpu_count=1), world.person()
    holder = taken(world, machine)
    waits = join(world, world.actor(person))
    with world.lab.store.write():
        Person.update(active=False).where(Person.id == person.id).execute()
    give_back(world, holder)
    assert state_of(world, waits) == "waiting"
    with world.lab.store.write():
        Person.update(active=True).where(Person.id == person.id).execute()
    assert offer_freed(world) == 1


def test_a_window_that_has_passed_is_over(world: World) -> None:
    machine, mei = world.workstation(gpu_count=1), world.member()
    taken(world, machine)
    long, short = join(world, mei), join(world, mei, want(minutes=60, end=MIDNIGHT - HOUR))
    world.clock.instant = EIGHT - timedelta(milliseconds=1)
    offer_freed(world)
    assert [one.state for one in gpu_waiting.waits_of(world.lab, mei)] == ["waiting", "waiting"]
    world.clock.instant = EIGHT
    assert offer_freed(world) == 0
    assert (state_of(world, long), state_of(world, short)) == ("over", "waiting")


# Joining


def test_every_reason_against_a_wait_is_told_at_once(world: World) -> None:
    machine = world.workstation("lantau", gpu_count=2)

    def codes(wish: WaitWish, actor: Actor | None = None) -> frozenset[str]:
        return refused(lambda: join(world, actor or world.member(), wish))

    assert codes(want(minutes=300)) == {Code.WINDOW_TOO_SHORT}
    assert codes(want(gpus=3)) == {Code.NO_SUCH_MACHINE}
    assert codes(replace(want(), memory_at_least=49)) == {Code.NO_SUCH_MACHINE}
    assert codes(want(gpus=0)) == {Code.NO_GPUS}
    assert codes(replace(want(), workstation_id=999)) == {Code.UNKNOWN_WORKSTATION}
    assert codes(want(EIGHT, EIGHT)) == {Code.ENDS_BEFORE_START}
    assert codes(want(NOW - 5 * HOUR, NOW - HOUR)) == {Code.IN_THE_PAST}
    assert codes(want(NOW - 5 * HOUR, NOW + HOUR)) == {Code.IN_THE_PAST}
    far = EIGHT + timedelta(days=15)
    assert codes(want(far, far + 4 * HOUR)) == {Code.BEYOND_HORIZON}
    assert codes(want(minutes=-60)) == {Code.TOO_SHORT}
    assert codes(want(end=EIGHT + 48 * HOUR, minutes=25 * 60)) == {Code.TOO_LONG}
    alumni = world.member(startup=world.startup(stage="alumni"))
    assert codes(want(gpus=9, minutes=301), alumni) == {
        *(Code.NOT_IN_PROGRAMME, Code.NO_SUCH_MACHINE, Code.WINDOW_TOO_SHORT)
    }
    leaving = world.person()
    with world.lab.store.write():
        Startup.update(left_on=NOW.date()).where(Startup.id == leaving.startup_id).execute()
    assert codes(want(MIDNIGHT, MIDNIGHT + 4 * HOUR), world.actor(leaving)) == {Code.MEMBERSHIP_ENDS}
    with world.lab.store.write():
        Workstation.update(retired=True).where(Workstation.id == machine.id).execute()
    assert codes(replace(want(), workstation_id=machine.id)) == {
        *(Code.WORKSTATION_RETIRED, Code.NO_SUCH_MACHINE)
    }
    with world.lab.store.read():
        assert GpuWait.select().count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"earliest": datetime(1, 1, 1, tzinfo=UTC)},
        {"latest": datetime(9999, 12, 31, tzinfo=UTC)},
        {"earliest": datetime(9999, 1, 1, tzinfo=UTC), "latest": datetime(9999, 12, 31, tzinfo=UTC)},
        {"earliest": datetime(1, 1, 1, tzinfo=UTC), "latest": datetime(1, 12, 31, tzinfo=UTC)},
        {"minutes": 10**30},
        {"minutes": -(10**30)},
        {"gpu_count": 10**30},
        {"memory_at_least": 10**30},
        {"memory_at_least": -(10**30)},
        {"workstation_id": 10**12},
    ],
)
def test_absurd_wishes_are_answered(world: World, change: dict[str, object]) -> None:
    world.workstation(gpu_count=1)
    with contextlib.suppress(Refused):
        joined = join(world, world.member(), replace(want(), **change))  # type: ignore[arg-type]
        assert joined.state == "offered"
    assert offer_freed(world) == 0


def test_one_person_waits_for_a_few_things_only(world: World) -> None:
    world.lab = replace(world.lab, config=LabConfig(gpus=replace(PLAIN, person_bookings_open=2)))
    machine, mei = world.workstation(gpu_count=1), world.member()
    taken(world, machine)
    join(world, mei)
    assert refused(lambda: join(world, mei)) == {Code.ALREADY_WAITING}
    join(world, mei, want(end=MIDNIGHT + HOUR))
    third = want(end=MIDNIGHT + 4 * HOUR)
    assert refused(lambda: join(world, mei, third)) == {Code.TOO_MANY_WAITS}
    assert join(world, world.member(), third).state == "offered"


def test_who_may_not_book_may_not_wait(world: World) -> None:
    world.workstation()
    assert refused(lambda: join(world, world.member(role="mentor"))) == {Code.NOT_ALLOWED}
    with pytest.raises(BadInput, match="person_id: empty"):
        join(world, OPERATOR)
    with pytest.raises(BadInput, match="purpose: too_long"):
        join(world, world.member(), replace(want(), purpose="x" * 81))


# Undo, and a database that is away


def undone(world: World, undo: Callable[[], None]) -> frozenset[str]:
    try:
        with writing(world.lab):
            undo()
    except Refused as refusal:
        return refusal.codes
    return frozenset()


def test_joining_and_accepting_are_undone(world: World) -> None:
    machine, mei = world.workstation(gpu_count=1), world.member()
    waits = join(world, mei)
    gpu_waiting.accept(world.lab, mei, waits.booking_id)
    undo_accept = lambda: gpu_waiting.undo_accept(world.lab, waits.booking_id)  # noqa: E731
    undo_join = lambda: gpu_waiting.undo_join(world.lab, waits.id)  # noqa: E731
    assert undone(world, undo_join) == {Code.UNKNOWN_WAIT}
    assert undone(world, undo_accept) == frozenset()
    assert (offer_to(world, mei).id, state_of(world, waits)) == (waits.booking_id, "offered")
    assert not booking_row(world, waits.booking_id).counts
    assert undone(world, undo_accept) == {Code.CANNOT_BE_UNDONE}
    gpu_waiting.accept(world.lab, mei, waits.booking_id)
    world.clock.instant += HOUR
    assert undone(world, undo_accept) == {Code.OFFER_LAPSED}
    booked = gpus.book(world.lab, mei, BookingWish(machine.id, (0,), MIDNIGHT, MIDNIGHT + HOUR)).what
    assert undone(world, lambda: gpu_waiting.undo_accept(world.lab, booked.id)) == {Code.CANNOT_BE_UNDONE}
    again = join(world, mei, want(MIDNIGHT + HOUR, MIDNIGHT + 4 * HOUR, minutes=60))
    assert undone(world, lambda: gpu_waiting.undo_join(world.lab, again.id)) == frozenset()
    assert (state_of(world, again), gpu_waiting.offers_of(world.lab, mei)) == ("withdrawn", ())


def test_a_cancelled_booking_that_was_offered_on_says_so_when_undone(world: World) -> None:
    machine = world.workstation(gpu_count=1)
    holder, mei = taken(world, machine), world.member()
    join(world, mei)
    (booking,) = gpus.bookings_of(world.lab, holder)
    gpus.cancel(world.lab, holder, booking.id)
    undo_cancel = lambda: gpus.undo_cancel(world.lab, booking.id)  # noqa: E731
    assert undone(world, undo_cancel) == {Code.OFFERED_MEANWHILE}
    gpu_waiting.accept(world.lab, mei, offer_to(world, mei).id)
    assert undone(world, undo_cancel) == {Code.GPU_TAKEN}


def test_accepting_is_not_undone_once_the_booking_is_somebody_else_s(world: World) -> None:
    world.workstation(gpu_count=1)
    team = world.startup()
    mei, kai = world.member(startup=team), world.person(startup=team)
    waits = join(world, mei)
    gpu_waiting.accept(world.lab, mei, waits.booking_id)
    gpu_life.hand_over(world.lab, mei, waits.booking_id, int(kai.id))
    assert undone(world, lambda: gpu_waiting.undo_accept(world.lab, waits.booking_id)) == {
        Code.CANNOT_BE_UNDONE
    }
    assert [one.id for one in gpus.bookings_of(world.lab, world.actor(kai))] == [waits.booking_id]


def test_a_database_that_is_away_leaves_the_offers_to_the_caretaker(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine, mei = world.workstation(gpu_count=1), world.member()
    holder = taken(world, machine)
    waits = join(world, mei)

    def away(_store: Store) -> None:
        raise SystemCannot("store_busy")

    with monkeypatch.context() as patch:
        cancel = gpus.cancel
        (booking,) = gpus.bookings_of(world.lab, holder)
        patch.setattr("lab_tui.lab.gpu_offers.writing", away)
        assert cancel(world.lab, holder, booking.id).what.state == "cancelled"
    assert state_of(world, waits) == "waiting"
    assert offer_freed(world) == 1


def test_fair_share_is_a_table_of_the_programme_for_everybody(world: World) -> None:
    mei = member_with_use(world, 5)
    world.startup("Gone", stage="alumni")
    idle = world.startup("Idle")
    table = gpu_waiting.fair_share(world.lab, mei)
    assert [(row.startup, row.total) for row in table[:1]] == [("Idle", 0.0)]
    assert table[0].startup_id == idle.id
    assert len(table) == 2
    assert table[1].used_lately == pytest.approx(5 * 0.9898, rel=1e-3)
    world.clock.advance(days=7)
    assert gpu_waiting.fair_share(world.lab, mei)[1].used_lately == pytest.approx(5 * 0.9898 / 2, rel=1e-3)
    world.clock.advance(days=64)
    assert gpu_waiting.fair_share(world.lab, mei)[1].used_lately == 0.0


def test_policy_of_a_machine_sets_how_long_its_offers_stand(world: World) -> None:
    machine = world.workstation(gpu_count=1)
    with world.lab.store.write():
        Workstation.update(policy='{"offer_minutes": 15}').where(Workstation.id == machine.id).execute()
    joined = join(world, world.member())
    assert offer_to_wait(world, joined).offer_until == NOW + timedelta(minutes=15)


# What counts as use


def test_use_is_what_counts_for_the_quota_and_what_is_held(world: World) -> None:
    machine, team = world.workstation(gpu_count=4), world.startup()
    mei = world.actor(world.person(startup=team))

    def share() -> tuple[float, float]:
        (row,) = (one for one in gpu_waiting.fair_share(world.lab, mei) if one.startup_id == team.id)
        return round(row.used_lately, 1), round(row.booked_ahead, 1)

    wish = BookingWish(machine.id, (0, 1), EIGHT, EIGHT + HOUR)
    booked = gpus.book(world.lab, mei, wish).what
    assert share() == (0.0, 2.0)
    gpus.cancel(world.lab, mei, booked.id)
    assert share() == (0.0, 0.0)
    begun = NOW.replace(minute=30)
    late = gpus.book(world.lab, mei, replace(wish, starts_at=begun, ends_at=begun + HOUR)).what
    world.clock.instant = begun + HOUR / 2
    gpus.cancel(world.lab, mei, late.id)
    # Given back too late, it counts as used: what of it has passed, and what is ahead.
    assert share() == (1.0, 1.0)
    joined = join(world, mei)
    assert share() == (1.0, 5.0)
    gpu_waiting.decline(world.lab, mei, joined.booking_id)
    assert share() == (1.0, 1.0)


def test_use_is_read_by_an_index_and_no_further_back_than_it_matters(world: World) -> None:
    mei, database = member_with_use(world, 5), world.lab.store.database
    seen: list[tuple[str, tuple[object, ...]]] = []
    execute = database.execute_sql
    database.execute_sql = lambda sql, *rest: (seen.append((sql, rest)), execute(sql, *rest))[1]
    try:
        gpu_waiting.fair_share(world.lab, mei)
    finally:
        del database.execute_sql
    if world.lab.store.engine == "sqlite":
        sql, rest = next((sql, rest) for sql, rest in seen if "booking_gpu" in sql)
        with world.lab.store.read():
            plan = [row[-1] for row in database.execute_sql("EXPLAIN QUERY PLAN " + sql, *rest).fetchall()]
        assert "SEARCH t1 USING INDEX booking_by_startup (startup_id=? AND ends_at>?)" in plan
        assert not any(line.startswith("SCAN") for line in plan)
