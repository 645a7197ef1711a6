"""How much of the GPUs is in use: what the home screen shows."""

from __future__ import annotations

from datetime import datetime, timedelta

from lab_tui.lab.gpu_facts import read_blocks, read_machines
from lab_tui.lab.gpu_views import ModelUse
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.booking import Machine


def model_use(lab: Lab, starts_at: datetime, slot_minutes: int, slots: int) -> tuple[ModelUse, ...]:
    """Use of each GPU model in each of `slots` slots from `starts_at`, inside the caller's `reading`."""
    slot = timedelta(minutes=slot_minutes)
    ends_at = starts_at + slots * slot
    machines = read_machines(lab, starts_at, ends_at, read_blocks(lab.store, starts_at, ends_at))
    by_model: dict[str, list[Machine]] = {}
    for machine in machines:
        by_model.setdefault(machine.gpu_model, []).append(machine.rules)
    spans = [(starts_at + index * slot, starts_at + (index + 1) * slot) for index in range(slots)]
    return tuple(
        ModelUse(
            model,
            sum(len(machine.taken) for machine in of_model),
            tuple(sum(_taken_and_out(machine, *span)[0] for machine in of_model) for span in spans),
            tuple(sum(_taken_and_out(machine, *span)[1] for machine in of_model) for span in spans),
        )
        for model, of_model in sorted(by_model.items())
    )


def gpus_free_now(lab: Lab) -> tuple[int, int]:
    """`(free, all)` GPUs of machines in use, inside the caller's `reading`; out of service is not free."""
    now = lab.now()
    soon = now + timedelta(milliseconds=1)
    machines = [known.rules for known in read_machines(lab, now, soon, read_blocks(lab.store, now, soon))]
    total = sum(len(machine.taken) for machine in machines)
    return total - sum(sum(_taken_and_out(machine, now, soon)) for machine in machines), total


def _taken_and_out(machine: Machine, starts_at: datetime, ends_at: datetime) -> tuple[int, int]:
    """How many GPUs of a machine are taken, and how many out of service instead."""
    if any(outage.touches(starts_at, ends_at) for outage in machine.outages):
        return 0, len(machine.taken)
    return len(machine.taken) - len(machine.free_gpus(starts_at, ends_at)), 0
