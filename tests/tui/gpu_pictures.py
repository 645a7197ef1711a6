"""Labs whose timetables are kept as pictures: empty, as on a normal day, and full."""

from __future__ import annotations

from datetime import datetime, timedelta

from lab_tui.store.tables import gpus as tables
from lab_tui.store.tables import lab as lab_tables
from lab_tui.store.tables import people
from tests.world import NOW, World

# The slot that runs now begins at 14:30 in Hong Kong.
SLOT = NOW - timedelta(minutes=2)
_MACHINES = (("kowloon", "A100", 80, 4), ("lantau", "L40S", 48, 4), ("sai-kung", "RTX 4090", 24, 2))
_TEAMS = ("Lumen Vision", "Harbour Speech", "維港機械 Victoria Robotics", "Nine Dragons Bio")


def at(hour: float, day: int = 0) -> datetime:
    """An hour of today, or of a day from today on, on the lab's wall clock."""
    return SLOT + timedelta(days=day, hours=hour - 14.5)


class PictureLab:
    """A lab with Mei Chan, who looks at it, her team-mate and three other teams."""

    def __init__(self, world: World) -> None:
        self.world = world
        startups = [world.startup(name) for name in _TEAMS]
        self.mei = world.person("Mei Chan", startup=startups[0])
        self.mate = world.person("Tom Lee", startup=startups[0])
        self.others = [
            world.person(name, startup=startup)
            for name, startup in zip(("Ada Wong", "何志明", "Raj Patel"), startups[1:], strict=True)
        ]

    def machine(self, name: str, model: str, memory: int, count: int) -> tables.Workstation:
        """A workstation."""
        machine = self.world.workstation(name, gpu_count=count)
        with self.world.lab.store.write():
            what = {"gpu_model": model, "gpu_memory_gb": memory}
            tables.Workstation.update(**what).where(tables.Workstation.id == machine.id).execute()
        return machine

    def book(
        self,
        person: people.Person,
        machine: tables.Workstation,
        numbers: tuple[int, ...],
        *hours: datetime,
        **more: object,
    ) -> None:
        """A booking as it stands, whatever the rules would have said."""
        with self.world.lab.store.write():
            row = tables.Booking.create(
                workstation=machine,
                person=person,
                startup=person.startup_id,
                starts_at=hours[0],
                ends_at=hours[1],
                created_at=NOW,
                **more,
            )
            gpu = tables.Gpu
            for one in gpu.select().where((gpu.workstation == machine.id) & gpu.number.in_(numbers)):
                tables.BookingGpu.create(booking=row, gpu=one, starts_at=hours[0], ends_at=hours[1])


def empty(world: World) -> PictureLab:
    """Three machines, and nobody has booked."""
    lab = PictureLab(world)
    for machine in _MACHINES:
        lab.machine(*machine)
    return lab


def normal(world: World) -> PictureLab:
    """A day with something of every kind."""
    lab = PictureLab(world)
    kowloon, lantau, sai_kung = (lab.machine(*machine) for machine in _MACHINES)
    ada, ming, raj = lab.others
    lab.book(ada, kowloon, (0, 1), at(9), at(15), purpose="pre-training, small")
    lab.book(lab.mate, kowloon, (0, 1), at(15), at(19), purpose="ablations")
    lab.book(ming, kowloon, (2,), at(8), at(20.5), purpose="評測")
    lab.book(raj, kowloon, (3,), at(18), at(23))
    lab.book(lab.mei, lantau, (0, 1), at(16), at(20), purpose="fine-tuning run")
    lab.book(lab.mei, lantau, (2,), at(14), at(15.5), purpose="notebook", state="checked_in")
    held = {"state": "offered", "counts": False, "offer_until": at(15.5)}
    lab.book(ming, lantau, (3,), at(20), at(22), **held)
    lab.book(lab.mei, kowloon, (2, 3), at(10, 1), at(13, 1), purpose="evaluation")
    lab.book(lab.mei, lantau, (0,), at(22, 3), at(26, 3))
    for day in range(1, 6):
        lab.book(lab.others[day % 3], lantau, (day % 4, (day + 1) % 4), at(9 + day, day), at(14 + day, day))
    with world.lab.store.write():
        tables.Outage.create(workstation=sai_kung, reason="driver upgrade", starts_at=at(12), ends_at=at(18))
        lab_tables.Closure.create(reason="test of the power", starts_at=at(21), ends_at=at(23))
    return lab


def full(world: World) -> PictureLab:
    """64 GPUs in 16 workstations, none free for long."""
    lab = PictureLab(world)
    people_by_turn = (*lab.others, lab.mate, *lab.others, lab.mei)
    for number in range(16):
        name, model, memory, _count = _MACHINES[number % 3]
        machine = lab.machine(f"{name}-{number + 1:02}", model, memory, 4)
        for gpu in range(4):
            for turn, hour in enumerate(range(-6 + gpu, 24, 5)):
                person = people_by_turn[(number + gpu + turn) % len(people_by_turn)]
                length = 4.5 if (number + turn) % 4 == 0 else 5
                lab.book(person, machine, (gpu,), at(hour), at(hour + length), purpose="training")
    return lab


WORLDS = {"empty": empty, "normal": normal, "full": full}
