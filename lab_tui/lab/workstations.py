"""The lab's machines, for staff: adding one, changing it, retiring it without losing its history."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from peewee import JOIN, fn

from lab_tui.config import workstation_policy
from lab_tui.errors import BadInput, Reason, Refused
from lab_tui.lab import audit
from lab_tui.lab.gpu_hits import HitBooking, Planned
from lab_tui.lab.gpu_offers import after_freeing
from lab_tui.lab.gpu_relocating import clear, lock_to_move
from lab_tui.lab.gpu_requests import LONGEST_REASON
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.booking import Blocked
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.gpus import Booking, BookingGpu, Gpu, Workstation
from lab_tui.store.tables.lab import Lab as LabRow
from lab_tui.text import clean

_LONGEST = {"name": 40, "host_name": 253, "gpu_model": 40, "place": 80, "about": 120, "notes": 400}
_REQUIRED = frozenset({"name", "gpu_model"})
_MOST = {"gpu_memory_gb": (1, 4096), "gpu_count": (1, 64), "cores": (0, 4096)}
_LONGEST_TAG, _LONGEST_TAGS = 20, 200
_AHEAD = ("booked", "checked_in")
# RFC 1123, 2.1: labels of letters, digits and hyphens, none at an end of one.
_HOST_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True, kw_only=True)
class WorkstationPlan:
    """Everything staff decide about a machine. `notes` are for staff, `about` is one line for everybody.

    `policy` holds those settings of `[gpus]` in `lab.toml` that are others for this machine.
    """

    name: str
    gpu_model: str
    gpu_memory_gb: int
    gpu_count: int
    host_name: str = ""
    # 0: nobody has counted.
    cores: int = 0
    place: str = ""
    about: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    policy: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class WorkstationDetails(WorkstationPlan):
    """A machine with every field, in use or retired."""

    id: int
    retired: bool


def add(
    lab: Lab, actor: Actor, plan: WorkstationPlan, *, request_key: str | None = None
) -> Done[WorkstationDetails]:
    """Add a machine with its GPUs.

    Raises Refused(name_taken, host_name_taken, …), BadInput naming the field.
    """
    plan = _checked(lab, plan)
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        if prior := audit.done_before(request_key, actor, "workstations.add"):
            return Done(_details(prior[1]), prior[0])
        _refuse_taken(lab, plan, but=0)
        machine = Workstation.create(**_columns(plan))
        _add_gpus(machine.id, 0, plan.gpu_count)
        facts = {"name": plan.name, "gpus": plan.gpu_count, "model": plan.gpu_model}
        entry_id = audit.record(
            *(lab, actor, "workstations.add", "workstation", int(machine.id), facts), request_key=request_key
        )
        return Done(_details(machine.id), entry_id)


def change(lab: Lab, actor: Actor, workstation_id: int, plan: WorkstationPlan) -> Done[WorkstationDetails]:
    """Change a machine; bookings made under other rules stay as they are.

    It can have more GPUs, and fewer only where those to go were never booked: what was is kept. Raises
    Refused(unknown_workstation, name_taken, host_name_taken, gpus_have_history, nothing_changes), BadInput
    naming the field.
    """
    plan = _checked(lab, plan)
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        _refuse_taken(lab, plan, but=workstation_id)
        before = _locked(lab, workstation_id)
        changed = [one.name for one in fields(plan) if getattr(plan, one.name) != getattr(before, one.name)]
        if not changed:
            raise Refused(Reason(Code.NOTHING_CHANGES))
        if plan.gpu_count < before.gpu_count:
            _remove_gpus(before, plan.gpu_count)
        _add_gpus(workstation_id, before.gpu_count, plan.gpu_count)
        Workstation.update(**_columns(plan)).where(Workstation.id == workstation_id).execute()
        facts = {"was": {name: getattr(before, name) for name in changed}, "changed": changed}
        entry_id = audit.record(lab, actor, "workstations.change", "workstation", workstation_id, facts)
        return Done(_details(workstation_id), entry_id)


def retire(
    lab: Lab,
    actor: Actor,
    workstation_id: int,
    *,
    moving: Collection[HitBooking] = (),
    because: str = "",
) -> Done[WorkstationDetails]:
    """Take a machine out of use for good; what was booked on it stays known.

    What is booked of `moving` moves away, and whose it is reads `because`; what is offered is taken back.
    Raises Refused: bookings_ahead (`gpu_outages.hit_by` tells where they could go), workstation_retired;
    BadInput where something is to move for no reason.
    """
    because = clean(because, field="reason", at_most=LONGEST_REASON, required=bool(moving))
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        lock_to_move(lab, actor, moving)
        machine = _locked(lab, workstation_id)
        if machine.retired:
            raise Refused(Reason(Code.WORKSTATION_RETIRED, {"workstation": machine.name}))
        clear(lab, actor, Planned(workstation_id, Blocked(because, lab.now(), None)), moving, because)
        ahead = (Booking.workstation == workstation_id) & (Booking.ends_at > lab.now())
        count = Booking.select().where(ahead & Booking.state.in_(_AHEAD)).count()
        if count:
            raise Refused(Reason(Code.BOOKINGS_AHEAD, {"workstation": machine.name, "count": count}))
        done = _set_retired(lab, actor, machine, retired=True)
    after_freeing(lab)
    return done


def bring_back(lab: Lab, actor: Actor, workstation_id: int) -> Done[WorkstationDetails]:
    """Take a retired machine into use again.

    Raises Refused: nothing_changes where it is in use, host_name_taken by another machine meanwhile.
    """
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        _refuse_host_name_taken(_details(workstation_id).host_name, _names(lab), but=workstation_id)
        machine = _locked(lab, workstation_id)
        if not machine.retired:
            raise Refused(Reason(Code.NOTHING_CHANGES))
        return _set_retired(lab, actor, machine, retired=False)


def all_workstations(lab: Lab, actor: Actor) -> tuple[WorkstationDetails, ...]:
    """Every machine with every field, by name, the retired ones last. Raises Refused."""
    with reading(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        return _read()


def _checked(lab: Lab, plan: WorkstationPlan) -> WorkstationPlan:
    """The plan as the store keeps it. Raises BadInput naming the field."""
    texts: dict[str, Any] = {
        name: clean(getattr(plan, name), field=name, at_most=at_most, required=name in _REQUIRED)
        for name, at_most in _LONGEST.items()
    }
    for name, (low, high) in _MOST.items():
        value = getattr(plan, name)
        if type(value) is not int:
            raise BadInput(name, value, "not_a_number")
        if not low <= value <= high:
            raise BadInput(name, value, "out_of_bounds", low=low, high=high)
    _check_host_name(texts["host_name"])
    policy = dict(plan.policy)
    workstation_policy(lab.config.gpus, _policy_text(policy))
    return replace(plan, **texts, tags=_checked_tags(plan.tags), policy=policy)


def _check_host_name(name: str) -> None:
    """Raises BadInput for what no machine on a network can be called; none at all is allowed."""
    if name and not all(map(_HOST_LABEL.fullmatch, name.split("."))):
        raise BadInput("host_name", name, "not_a_host_name")


def _checked_tags(given: tuple[str, ...]) -> tuple[str, ...]:
    words = [clean(word, field="tags", at_most=_LONGEST_TAG) for one in given for word in one.split()]
    tags = tuple(dict.fromkeys(words))
    clean(" ".join(tags), field="tags", at_most=_LONGEST_TAGS, required=False)
    return tags


def _policy_text(policy: Mapping[str, object]) -> str:
    return json.dumps(dict(policy), sort_keys=True, ensure_ascii=False)


def _columns(plan: WorkstationPlan) -> dict[str, object]:
    columns = {
        one.name: getattr(plan, one.name) for one in fields(WorkstationPlan) if one.name != "gpu_count"
    }
    return {**columns, "tags": " ".join(plan.tags), "policy": _policy_text(plan.policy)}


def _refuse_taken(lab: Lab, plan: WorkstationPlan, *, but: int) -> None:
    """Raises Refused where another machine has the name, or the host name, in whatever case."""
    machines = _names(lab)
    for machine in machines:
        if machine.id != but and machine.name.casefold() == plan.name.casefold():
            raise Refused(Reason(Code.NAME_TAKEN, {"name": machine.name}))
    # A retired one answers to no name.
    if not any(machine.id == but and machine.retired for machine in machines):
        for name in (plan.host_name, plan.name):
            _refuse_host_name_taken(name, machines, but=but)


def _names(lab: Lab) -> list[Workstation]:
    """How all machines are called; nobody else gives names before this act is over."""
    # Two names that differ in case only are no conflict to the schema.
    lab.store.lock(LabRow, 1)
    return list(Workstation.select())


def _refuse_host_name_taken(name: str, machines: Collection[Workstation], *, but: int) -> None:
    """Raises Refused where another machine in use answers to a host name: `gpu_access` would mix them up."""
    for machine in machines:
        answers_to = {machine.host_name.casefold(), machine.name.casefold()} - {""}
        if machine.id != but and not machine.retired and name.casefold() in answers_to:
            raise Refused(Reason(Code.HOST_NAME_TAKEN, {"name": name, "workstation": machine.name}))


def _locked(lab: Lab, workstation_id: int) -> WorkstationDetails:
    lab.store.lock(Workstation, workstation_id)
    return _details(workstation_id)


def _add_gpus(workstation_id: int, first: int, count: int) -> None:
    for number in range(first, count):
        Gpu.create(workstation=workstation_id, number=number)


def _remove_gpus(machine: WorkstationDetails, count: int) -> None:
    """Remove the GPUs from number `count` on. Raises Refused where one of them was ever booked."""
    going = (Gpu.workstation == machine.id) & (Gpu.number >= count)
    last = Gpu.select(fn.MAX(Gpu.number)).join(BookingGpu).where(going).scalar()
    if last is not None:
        facts = {"workstation": machine.name, "gpus": last + 1}
        raise Refused(Reason(Code.GPUS_HAVE_HISTORY, facts))
    Gpu.delete().where(going).execute()


def _set_retired(
    lab: Lab, actor: Actor, machine: WorkstationDetails, *, retired: bool
) -> Done[WorkstationDetails]:
    Workstation.update(retired=retired).where(Workstation.id == machine.id).execute()
    action = "workstations.retire" if retired else "workstations.bring_back"
    entry_id = audit.record(lab, actor, action, "workstation", machine.id, {"name": machine.name})
    return Done(replace(machine, retired=retired), entry_id)


def _details(workstation_id: int) -> WorkstationDetails:
    """Raises Refused(unknown_workstation)."""
    found = _read(Workstation.id == workstation_id)
    if not found:
        raise Refused(Reason(Code.UNKNOWN_WORKSTATION, {"workstation": workstation_id}))
    return found[0]


def _read(*conditions: Any) -> tuple[WorkstationDetails, ...]:
    query = Workstation.select(Workstation, fn.COUNT(Gpu.id).alias("gpu_count"))
    query = query.join(Gpu, JOIN.LEFT_OUTER).group_by(Workstation.id)
    if conditions:
        query = query.where(*conditions)
    query = query.order_by(Workstation.retired, Workstation.name)
    return tuple(_view(one) for one in query.objects())


def _view(stored: Any) -> WorkstationDetails:
    columns = {one.name: getattr(stored, one.name) for one in fields(WorkstationDetails)}
    return WorkstationDetails(
        **{**columns, "tags": tuple(stored.tags.split()), "policy": json.loads(stored.policy)}
    )
