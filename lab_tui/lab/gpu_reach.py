"""GPU workstations: how one person can book each of them, so that a timetable can show it beforehand."""

from __future__ import annotations

from collections.abc import Mapping

from lab_tui.config import policy_in_force
from lab_tui.lab.gpu_facts import read_booker, read_team
from lab_tui.lab.gpu_requests import situation_of
from lab_tui.lab.gpu_views import Reach
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.booking import Machine
from lab_tui.store.tables.gpus import Workstation
from lab_tui.store.tables.people import Person


def read_reaches(lab: Lab, person: Person | None) -> Mapping[int, Reach]:
    """Each workstation in use by its id, as far as a person can book it; none for nobody.

    Call it inside a transaction.
    """
    if person is None:
        return {}
    now, team = lab.now(), read_team(lab, person.startup_id)
    situation = situation_of(lab, now, read_booker(lab, person, team, now, now))
    machines = Workstation.select(Workstation.id, Workstation.policy).where(~Workstation.retired)
    reaches = {}
    for machine_id, overrides in machines.tuples():
        policy = policy_in_force(lab.config.gpus, overrides)
        machine = Machine(machine_id, "", 0, False, {}, policy=policy)
        reaches[machine_id] = Reach(
            policy.slot_minutes, situation.horizon_days(machine), situation.booker.member_until
        )
    return reaches
