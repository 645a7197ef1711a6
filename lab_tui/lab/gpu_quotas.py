"""How many GPU-hours a start-up and a person have, of how many they may, this week and the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lab_tui.config import GpusSection, policy_in_force
from lab_tui.lab.gpu_facts import Counted, has_own_quota, read_counted
from lab_tui.lab.gpu_views import QuotaUse
from lab_tui.lab.operation import Actor, Lab, authorise, reading
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.quota import hours, used
from lab_tui.store.tables.gpus import Workstation
from lab_tui.store.tables.people import Startup

_WEEK = timedelta(days=7)
# The pool of every workstation that has no quota of its own.
_OF_THE_LAB = 0


@dataclass(frozen=True)
class QuotaOfWeek:
    """GPU-hours in the week from `week` (a Monday) on.

    `workstation` names the one that has a quota of its own; "" stands for all that have none. Held by offers
    that nobody has accepted yet are `offered` of the start-up's hours and `own_offered` of the person's.
    """

    week: date
    workstation: str
    startup: QuotaUse
    person: QuotaUse
    offered: float
    own_offered: float


@dataclass(frozen=True)
class Quotas:
    """What the rules count for a person: `weeks` are none for whoever has no start-up, and so no quota."""

    person: str
    startup: str
    weeks: tuple[QuotaOfWeek, ...]

    def offered(self, workstation: str, day: date) -> float:
        """The hours that offers hold of the start-up's quota for a workstation, in the week of a day."""
        of_week = {one.workstation: one.offered for one in self.weeks if one.week == _monday(day)}
        return of_week.get(workstation, of_week.get("", 0.0))


@dataclass(frozen=True)
class _Pool:
    """Machines whose hours are counted together, under one policy."""

    id: int
    workstation: str
    policy: GpusSection


def quotas(lab: Lab, actor: Actor) -> Quotas:
    """The actor's quota, and their start-up's, this week and the next. Raises Refused."""
    with reading(lab):
        person = authorise(lab, actor, Permission.SEE_OWN_DAY)
        if person is None or person.startup_id is None:
            return Quotas(person.name if person is not None else "", "", ())
        mondays = [_monday(lab.today()), _monday(lab.today() + _WEEK)]
        weeks = {monday: lab.time.week_span(monday) for monday in mondays}
        span = (weeks[mondays[0]][0], weeks[mondays[-1]][1])
        counted = read_counted(lab, person.startup_id, int(person.id), *span)
        of_weeks = tuple(
            _of_week(monday, week, pool, counted, int(person.id), int(person.startup_id))
            for monday, week in weeks.items()
            for pool in _pools(lab)
        )
        return Quotas(person.name, Startup.get_by_id(person.startup_id).name, of_weeks)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _pools(lab: Lab) -> list[_Pool]:
    """What is counted apart: the lab's machines together, then each that has a quota of its own, by name."""
    in_use = Workstation.select(Workstation.id, Workstation.name, Workstation.policy)
    in_use = in_use.where(Workstation.retired == False).order_by(Workstation.name)  # noqa: E712
    of_lab = lab.config.gpus
    machines = (_Pool(one.id, one.name, policy_in_force(of_lab, one.policy)) for one in in_use)
    own = [machine for machine in machines if has_own_quota(machine.policy, of_lab)]
    return [_Pool(_OF_THE_LAB, "", of_lab), *own]


def _of_week(
    monday: date,
    week: tuple[datetime, datetime],
    pool: _Pool,
    counted: list[Counted],
    person_id: int,
    startup_id: int,
) -> QuotaOfWeek:
    def amount(bookings: Iterable[Counted]) -> float:
        uses = (use for one in bookings for use in one.costs if use.pool == pool.id)
        return hours(used(uses, *week))

    ours = [one for one in counted if one.startup_id == startup_id]
    own = [one for one in counted if one.person_id == person_id]
    return QuotaOfWeek(
        monday,
        pool.workstation,
        QuotaUse(amount(ours), pool.policy.startup_hours_a_week),
        QuotaUse(amount(own), pool.policy.person_hours_a_week),
        amount(one for one in ours if one.state == "offered"),
        amount(one for one in own if one.state == "offered"),
    )
