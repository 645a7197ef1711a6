"""The demo's workstations, when they are out of service, and when the lab is closed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from lab_tui.demo.days import at
from lab_tui.store.tables.gpus import Gpu, Outage, Workstation
from lab_tui.store.tables.lab import Closure


@dataclass(frozen=True)
class _Machine:
    """A workstation before it has an id. `policy` is what is set otherwise than for the lab."""

    name: str
    model: str
    memory: int
    gpu_count: int
    place: str
    cores: int
    tags: str
    notes: str = ""
    policy: Mapping[str, object] = field(default_factory=dict)
    about: str = "Debian 13, CUDA 13.0, PyTorch 2.9"


_RACK_1, _RACK_2 = "Machine room, rack 1", "Machine room, rack 2"
_WORKSTATIONS = (
    _Machine("kowloon", "A100", 80, 4, _RACK_1, 64, "nvlink big-memory"),
    _Machine("lantau", "L40S", 48, 4, _RACK_1, 64, "inference"),
    _Machine("sai-kung", "RTX 4090", 24, 2, "Workshop room", 32, "teaching"),
    _Machine("tai-o", "RTX 4090", 24, 2, "Workshop room", 32, "teaching"),
    _Machine("stanley", "RTX 6000 Ada", 48, 2, "Loft", 48, "quiet display"),
    # Whole hours and a quota of its own: everybody wants it.
    _Machine(
        *("sha-tin", "H100", 80, 4, _RACK_2, 96, "nvlink big-memory fp8"),
        notes="On loan until spring; power limited to 600 W a GPU.",
        policy={"slot_minutes": 60, "shortest_minutes": 60, "longest_hours": 12, "startup_hours_a_week": 40},
    ),
    _Machine("tuen-mun", "L40S", 48, 4, _RACK_2, 64, "inference"),
    # Among the desks, for whoever wants to try something at once.
    _Machine(
        *("mong-kok", "RTX 4090", 24, 2, "East", 24, "quick-tries display"),
        policy={"longest_hours": 4, "last_minute_minutes": 120},
    ),
    _Machine("peng-chau", "RTX 6000 Ada", 48, 2, "Loft", 48, "quiet"),
    _Machine(
        *("cheung-chau", "A100", 80, 2, _RACK_2, 48, "nvlink big-memory"),
        notes="Second power supply is loose; call Benny before opening it.",
    ),
)
# Gone from the floor, but not from the history.
_OLD = _Machine("aberdeen", "RTX 2080 Ti", 11, 2, "Store room", 16, "old", about="Retired: too little memory")
RETIRED_ON = -42
# Machine, reason, and from when to when: day numbers and hours.
_OUTAGES = (
    ("tuen-mun", "fan replaced", (-25, 9), (-25, 15.5)),
    ("sai-kung", "driver upgrade", (-1, 18), (7, 18)),
)
_CLOSURES = (
    ("Typhoon signal no. 8", (-54, 13), (-53, 7)),
    ("Test of the emergency power", (13, 8), (13, 12)),
)


def fill_machines() -> None:
    """Workstations, outages and closures."""
    for machine in (*_WORKSTATIONS, _OLD):
        row = Workstation.create(
            name=machine.name,
            gpu_model=machine.model,
            gpu_memory_gb=machine.memory,
            place=machine.place,
            about=machine.about,
            retired=machine is _OLD,
            host_name=f"{machine.name}.harbour-ai-lab.example",
            cores=machine.cores,
            notes=machine.notes,
            tags=machine.tags,
            policy=json.dumps(dict(machine.policy), sort_keys=True),
        )
        numbers = range(machine.gpu_count)
        Gpu.insert_many([{"workstation": row, "number": number} for number in numbers]).execute()
    for name, reason, start, end in _OUTAGES:
        row = Workstation.get(Workstation.name == name)
        Outage.create(workstation=row, reason=reason, starts_at=at(*start), ends_at=at(*end))
    for reason, start, end in _CLOSURES:
        Closure.create(reason=reason, starts_at=at(*start), ends_at=at(*end))
