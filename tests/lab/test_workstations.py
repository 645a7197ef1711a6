"""Machines come, change and go: staff keep the list, and history stays."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lab_tui.config import LabConfig
from lab_tui.errors import BadInput, Refused
from lab_tui.lab import (
    caretaker,
    checkins,
    gpu_access,
    gpu_life,
    gpu_outages,
    gpu_waiting,
    gpu_weeks,
    gpus,
    notices,
    workstations,
)
from lab_tui.lab.gpus import BookingWish
from lab_tui.lab.operation import OPERATOR, Actor
from lab_tui.lab.presence import CheckInKind
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.workstations import WorkstationPlan
from lab_tui.store.tables.gpus import Gpu, Workstation
from lab_tui.store.tables.lab import AuditEntry
from tests.world import NOW, World

HOUR = timedelta(hours=1)
THREE = NOW + timedelta(minutes=28)
LANTAU = WorkstationPlan(
    name="lantau",
    host_name="lantau.lab.example",
    gpu_model="H200",
    gpu_memory_gb=141,
    gpu_count=4,
    cores=96,
    place="Rack 2",
    about="Four big ones",
    notes="Loud",
    tags=("nvlink", "training"),
    policy={"longest_hours": 48, "no_show_minutes": 60},
)


def refused(world: World, act: Callable[[], object]) -> Refused:
    """The refusal of an act, which leaves nothing behind."""
    before = stored(world)
    with pytest.raises(Refused) as caught:
        act()
    assert stored(world) == before
    return caught.value


def stored(world: World) -> list[tuple[object, ...]]:
    with world.lab.store.read():
        tables = (Workstation, Gpu, AuditEntry)
        return [row for table in tables for row in table.select().order_by(table.id).tuples()]


def acts(world: World) -> list[tuple[str, dict[str, object]]]:
    with world.lab.store.read():
        entries = AuditEntry.select().where(AuditEntry.subject == "workstation").order_by(AuditEntry.id)
        return [(entry.action, json.loads(entry.facts)) for entry in entries]


def book(world: World, machine_id: int, gpu: int, start: datetime = THREE, who: Actor | None = None) -> int:
    wish = BookingWish(machine_id, (gpu,), start, start + 2 * HOUR)
    return gpus.book(world.lab, who or world.member(), wish).what.id


def test_a_machine_is_added_with_every_field_and_can_be_booked(world: World) -> None:
    staff = world.staff()
    added = workstations.add(world.lab, staff, LANTAU, request_key="k").what
    fields = {name: getattr(added, name) for name in vars(LANTAU)}
    assert WorkstationPlan(**fields) == LANTAU
    assert (added.retired, workstations.all_workstations(world.lab, staff)) == (False, (added,))
    assert workstations.add(world.lab, staff, LANTAU, request_key="k").what == added
    assert acts(world) == [("workstations.add", {"name": "lantau", "gpus": 4, "model": "H200"})]
    book(world, added.id, gpu=3)
    # 48 hours, as its own policy says.
    wish = BookingWish(added.id, (0,), THREE, THREE + 40 * HOUR)
    assert gpus.preview(world.lab, world.member(), wish).workstation.gpu_numbers == (0, 1, 2, 3)


def test_only_staff_who_signed_in_keep_the_list(world: World) -> None:
    machine = world.workstation()
    unsigned = world.actor(world.person(role="staff"))
    for actor, code in ((world.member(), Code.NOT_ALLOWED), (unsigned, Code.SIGN_IN_NEEDED)):
        for act in (
            lambda actor=actor: workstations.add(world.lab, actor, LANTAU),
            lambda actor=actor: workstations.change(world.lab, actor, machine.id, LANTAU),
            lambda actor=actor: workstations.retire(world.lab, actor, machine.id),
            lambda actor=actor: workstations.bring_back(world.lab, actor, machine.id),
            lambda actor=actor: workstations.all_workstations(world.lab, actor),
        ):
            assert refused(world, act).codes == {code}
    assert workstations.add(world.lab, OPERATOR, LANTAU).what.name == "lantau"


def test_a_change_keeps_what_it_was_in_the_log(world: World) -> None:
    staff = world.staff()
    machine = workstations.add(world.lab, staff, LANTAU).what
    bigger = replace(LANTAU, name="Lantau", gpu_count=6, tags=("nvlink", "nvlink", "big ones"), policy={})
    changed = workstations.change(world.lab, staff, machine.id, bigger).what
    assert (changed.name, changed.gpu_count, changed.tags) == ("Lantau", 6, ("nvlink", "big", "ones"))
    assert changed.policy == {}
    action, facts = acts(world)[-1]
    assert (action, facts["changed"]) == ("workstations.change", ["name", "gpu_count", "tags", "policy"])
    assert facts["was"] == {
        "name": "lantau",
        "gpu_count": 4,
        "tags": ["nvlink", "training"],
        "policy": {"longest_hours": 48, "no_show_minutes": 60},
    }
    again = replace(bigger, tags=("nvlink", "big", "ones"))
    assert refused(world, lambda: workstations.change(world.lab, staff, machine.id, again)).codes == {
        Code.NOTHING_CHANGES
    }
    book(world, machine.id, gpu=5)


def test_a_name_is_taken_in_whatever_case(world: World) -> None:
    staff = world.staff()
    machine = workstations.add(world.lab, staff, LANTAU).what
    other = workstations.add(world.lab, staff, replace(LANTAU, name="straße", host_name="")).what
    workstations.retire(world.lab, staff, other.id)
    for name, owner in ((" LANTAU ", "lantau"), ("STRASSE", "straße")):
        plan = replace(LANTAU, name=name)
        (reason,) = refused(world, lambda plan=plan: workstations.add(world.lab, staff, plan)).reasons
        assert (reason.code, reason.facts) == (Code.NAME_TAKEN, {"name": owner})
    taken = replace(LANTAU, name="Strasse")
    act = lambda: workstations.change(world.lab, staff, machine.id, taken)  # noqa: E731
    assert refused(world, act).codes == {Code.NAME_TAKEN}


def test_of_two_who_add_the_same_name_at_once_one_is_refused(world: World) -> None:
    staff = world.staff()

    def add(name: str) -> bool:
        try:
            workstations.add(world.lab, staff, replace(LANTAU, name=name))
        except Refused as refusal:
            return refusal.codes != {Code.NAME_TAKEN}
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(add, ["lantau", "Lantau", "LANTAU", "lAntau"])) == [False, False, False, True]


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("name", " ​ ", "empty"),
        ("name", "n" * 41, "too_long"),
        ("gpu_model", "", "empty"),
        ("notes", "n" * 401, "too_long"),
        ("gpu_memory_gb", 0, "out_of_bounds"),
        ("gpu_memory_gb", "48", "not_a_number"),
        ("gpu_count", 0, "out_of_bounds"),
        ("gpu_count", 65, "out_of_bounds"),
        ("gpu_count", True, "not_a_number"),
        ("cores", -1, "out_of_bounds"),
        ("tags", ("a-tag-that-is-far-too-long",), "too_long"),
        ("tags", tuple(f"tag-number-{number:03}" for number in range(20)), "too_long"),
    ],
)
def test_a_field_that_cannot_be_is_named(world: World, field: str, value: object, problem: str) -> None:
    machine, staff = world.workstation(), world.staff()
    plan = replace(LANTAU, **{field: value})
    for act in (workstations.add, lambda *given: workstations.change(*given[:2], machine.id, given[2])):
        with pytest.raises(BadInput) as caught:
            act(world.lab, staff, plan)
        assert (caught.value.field, caught.value.problem) == (field, problem)


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        ({"longest_hour": 3}, "gpus.longest_hour"),
        ({"longest_hours": "3"}, "gpus.longest_hours"),
        ({"longest_hours": 500}, "gpus.longest_hours"),
        ({"slot_minutes": 20}, "gpus.slot_minutes"),
        ({"off_peak_from": "26:00"}, "gpus.off_peak_from"),
    ],
)
def test_a_policy_of_its_own_is_checked_like_the_labs(
    world: World, policy: dict[str, object], field: str
) -> None:
    with pytest.raises(BadInput) as caught:
        workstations.add(world.lab, world.staff(), replace(LANTAU, policy=policy))
    assert caught.value.field == field


def test_gpus_may_go_only_where_they_were_never_booked(world: World) -> None:
    staff = world.staff()
    machine = workstations.add(world.lab, staff, LANTAU).what
    member = world.member()
    gpus.cancel(world.lab, member, book(world, machine.id, gpu=2, who=member))
    (reason,) = refused(
        world, lambda: workstations.change(world.lab, staff, machine.id, replace(LANTAU, gpu_count=2))
    ).reasons
    assert (reason.code, reason.facts) == (Code.GPUS_HAVE_HISTORY, {"workstation": "lantau", "gpus": 3})
    fewer = replace(LANTAU, gpu_count=3)
    assert workstations.change(world.lab, staff, machine.id, fewer).what.gpu_count == 3
    more = replace(LANTAU, gpu_count=5)
    assert workstations.change(world.lab, staff, machine.id, more).what.gpu_count == 5
    with world.lab.store.read():
        numbers = Gpu.select(Gpu.number).where(Gpu.workstation == machine.id).order_by(Gpu.number)
        assert [gpu.number for gpu in numbers] == [0, 1, 2, 3, 4]


def test_a_machine_with_bookings_ahead_is_not_retired(world: World) -> None:
    staff, member = world.staff(), world.member()
    machine = workstations.add(world.lab, staff, LANTAU).what
    booked = [book(world, machine.id, gpu=gpu, who=member) for gpu in (0, 1)]
    act = lambda: workstations.retire(world.lab, staff, machine.id)  # noqa: E731
    (reason,) = refused(world, act).reasons
    assert (reason.code, reason.facts) == (Code.BOOKINGS_AHEAD, {"workstation": "lantau", "count": 2})
    world.clock.advance(hours=3)
    retired = workstations.retire(world.lab, staff, machine.id).what
    assert retired.retired
    assert refused(world, act).codes == {Code.WORKSTATION_RETIRED}
    with pytest.raises(Refused) as caught:
        book(world, machine.id, gpu=0, start=THREE + 5 * HOUR)
    assert Code.WORKSTATION_RETIRED in caught.value.codes
    # What was booked on it stays known.
    (day,) = [
        one for one in gpus.day_view(world.lab, staff, world.lab.today()).bookings if one.id == booked[0]
    ]
    assert day.workstation == "lantau"


def test_what_is_offered_on_a_machine_that_is_retired_is_taken_back(world: World) -> None:
    staff, mei = world.staff(), world.member()
    machine = workstations.add(world.lab, staff, replace(LANTAU, policy={})).what
    wish = gpu_waiting.WaitWish(1, 120, THREE + 9 * HOUR, THREE + 19 * HOUR)
    offered = gpu_waiting.join(world.lab, mei, wish).what
    assert offered.state == "offered"
    workstations.retire(world.lab, staff, machine.id)
    (wait,) = gpu_waiting.waits_of(world.lab, mei)
    assert (wait.id, wait.state, wait.booking_id) == (offered.id, "waiting", None)
    assert [one.kind for one in notices.unseen(world.lab, mei)] == ["offer_taken_back"]


def test_what_is_booked_moves_away_as_the_machine_is_retired(world: World) -> None:
    staff, mei, ben = world.staff(), world.member(), world.member()
    machine = workstations.add(world.lab, staff, LANTAU).what
    spare = world.workstation("kowloon", gpu_count=1)
    book(world, machine.id, gpu=0, who=mei)
    book(world, machine.id, gpu=1, who=ben)
    one, two = gpu_outages.hit_by(world.lab, staff, machine.id, NOW, None)
    # Where only one of them moves, nobody does.
    act = lambda: workstations.retire(world.lab, staff, machine.id, moving=(one,), because="Old")  # noqa: E731
    assert refused(world, act).codes == {Code.BOOKINGS_AHEAD}
    assert gpus.bookings_of(world.lab, mei)[0].workstation == "lantau"
    with pytest.raises(BadInput) as caught:
        workstations.retire(world.lab, staff, machine.id, moving=(one, two))
    assert caught.value.field == "reason"
    done = workstations.retire(world.lab, staff, machine.id, moving=(one, two), because="Old").what
    assert done.retired
    for who in (mei, ben):
        assert gpus.bookings_of(world.lab, who)[0].workstation_id == spare.id
        (notice,) = notices.unseen(world.lab, who)
        assert (notice.kind, notice.facts["reason"]) == ("relocated", "Old")


@pytest.mark.parametrize(
    "name",
    [
        "bad host name!!",
        "-gpu1",
        "gpu1-",
        "gpu..lab",
        ".gpu",
        "gpu.",
        "g_pu",
        "陳",
        "a" * 64,
        f"{'a.' * 127}aa",
    ],
)
def test_no_machine_has_a_host_name_that_none_can_have(world: World, name: str) -> None:
    with pytest.raises(BadInput) as caught:
        workstations.add(world.lab, world.staff(), replace(LANTAU, host_name=name))
    assert caught.value.field == "host_name"
    assert caught.value.problem in ("not_a_host_name", "too_long")


@pytest.mark.parametrize("name", ["", "gpu1", "4090.lab.example", "A-1.b", "a" * 63, f"{'a.' * 126}a"])
def test_a_host_name_is_as_the_network_has_them(world: World, name: str) -> None:
    added = workstations.add(world.lab, world.staff(), replace(LANTAU, host_name=name)).what
    assert added.host_name == name


def test_no_two_machines_in_use_answer_to_one_host_name(world: World) -> None:
    staff = world.staff()
    first = workstations.add(world.lab, staff, LANTAU).what
    other = workstations.add(world.lab, staff, replace(LANTAU, name="sai-kung", host_name="")).what
    for taken in ("LANTAU.lab.example", "lantau"):
        plan = replace(LANTAU, name="sai-kung", host_name=taken)
        act = lambda plan=plan: workstations.change(world.lab, staff, other.id, plan)  # noqa: E731
        (reason,) = refused(world, act).reasons
        facts = {"name": taken, "workstation": "lantau"}
        assert (reason.code, reason.facts) == (Code.HOST_NAME_TAKEN, facts)
    plan = replace(LANTAU, name="lantau.lab.example", host_name="")
    assert refused(world, lambda: workstations.add(world.lab, staff, plan)).codes == {Code.HOST_NAME_TAKEN}
    # A retired machine answers to nothing; it comes back only under a name of its own.
    workstations.retire(world.lab, staff, first.id)
    workstations.change(world.lab, staff, other.id, replace(LANTAU, name="sai-kung"))
    act = lambda: workstations.bring_back(world.lab, staff, first.id)  # noqa: E731
    assert refused(world, act).codes == {Code.HOST_NAME_TAKEN}
    workstations.change(world.lab, staff, first.id, replace(LANTAU, host_name="old.lab.example"))
    assert not workstations.bring_back(world.lab, staff, first.id).what.retired


def test_a_retired_machine_comes_last_and_can_come_back(world: World) -> None:
    staff = world.staff()
    first = workstations.add(world.lab, staff, LANTAU).what
    second = workstations.add(world.lab, staff, replace(LANTAU, name="sai-kung", host_name="")).what
    workstations.retire(world.lab, staff, first.id)
    names = [one.name for one in workstations.all_workstations(world.lab, staff)]
    assert names == ["sai-kung", "lantau"]
    assert workstations.bring_back(world.lab, staff, first.id).what.retired is False
    assert [one.name for one in workstations.all_workstations(world.lab, staff)] == ["lantau", "sai-kung"]
    book(world, first.id, gpu=0)
    act = lambda: workstations.bring_back(world.lab, staff, second.id)  # noqa: E731
    assert refused(world, act).codes == {Code.NOTHING_CHANGES}
    assert [action for action, _ in acts(world)][2:] == ["workstations.retire", "workstations.bring_back"]


def test_rules_that_no_longer_fit_the_labs_give_way_to_them(world: World) -> None:
    """The lab's shortest booking was an hour; now it is half an hour, which no grid of an hour can have."""
    own = {"slot_minutes": 60, "startup_hours_a_week": 1}
    hourly = replace(world.lab.config.gpus, shortest_minutes=60)
    lab_now, world.lab = world.lab, replace(world.lab, config=LabConfig(gpus=hourly))
    staff, mei = world.staff(), world.person(unix_name="mei")
    lantau = workstations.add(world.lab, staff, replace(LANTAU, policy=own)).what
    kowloon = world.workstation("kowloon")
    begins = THREE + timedelta(hours=1)
    actor = world.actor(mei)
    first = gpus.book(world.lab, actor, BookingWish(lantau.id, (0,), begins, begins + HOUR)).what
    world.lab = lab_now

    # Booked by the lab's own rules, there and elsewhere: half an hour, and more than an hour a week.
    half = BookingWish(lantau.id, (1,), begins, begins + HOUR / 2)
    assert gpus.book(world.lab, actor, half).what.workstation == "lantau"
    assert gpus.book(world.lab, actor, replace(half, workstation_id=int(kowloon.id))).what.state == "booked"
    assert gpus.quota_of(world.lab, actor, world.lab.today()) == gpus.QuotaUse(2.0, 80)
    assert gpu_weeks.week_view(world.lab, actor, lantau.id, world.lab.today()).slot_minutes == 30
    assert gpu_life.extend(world.lab, actor, first.id, first.ends_at + HOUR / 2).what.state == "booked"
    world.clock.instant = begins
    assert gpu_access.may_use(world.lab, "lantau", "mei").allowed
    checkins.check_in(world.lab, actor, CheckInKind.BOOKING, first.id)
    assert caretaker.run_due(world.lab)
    # Staff see what is set, and can set it right.
    (shown,) = [one for one in workstations.all_workstations(world.lab, staff) if one.id == lantau.id]
    assert shown.policy == own
    mended = replace(LANTAU, policy={**own, "shortest_minutes": 60})
    assert workstations.change(world.lab, staff, lantau.id, mended).what.policy == mended.policy


def test_an_unknown_machine_is_said_to_be_unknown(world: World) -> None:
    staff = world.staff()
    for act in (
        lambda: workstations.change(world.lab, staff, 99, LANTAU),
        lambda: workstations.retire(world.lab, staff, 99),
        lambda: workstations.bring_back(world.lab, staff, 99),
    ):
        assert refused(world, act).codes == {Code.UNKNOWN_WORKSTATION}
