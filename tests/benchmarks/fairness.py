"""A simulated month of 20 teams, two of them greedy: how long does each wait for its turn at the GPUs?

Run it alone (`python -m tests.benchmarks.fairness`) to draw `assets/fairness.png` again. The real operations
run on a real database; only the clock is moved. The greedy teams want everything at every moment: six waits
for each of their three people, whatever "find me" shows, and no offer let pass. The others want one thing at
a time, answer most offers, and give some bookings back.

The bound. A team waits from when it joined, or was last offered something while it waits for more. Let T be
a team that wants one or two GPUs for eight hours, and count the offers that it could have taken:
- to teams that stood before it. Each of the 19 others gets at most one: then it stands behind T.
- to teams that came after it: one. It has then been skipped, which happens to nobody twice.
So at most 20 such offers are made before T's own. Each midnight a new day opens, three times eight hours of
four GPUs: into each eight hours go two offers of at most two GPUs before a place for two can be missing, so
that at least six offers are made before T finds no room. By the fourth midnight T has had its offer: nobody
waits longer than four days. (Quotas are switched off, so that the waiting list alone keeps the peace.)
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from peewee import fn
from PIL import Image, ImageDraw

from lab_tui.codes.fonts import Font
from lab_tui.config import LabConfig
from lab_tui.errors import Refused
from lab_tui.lab import gpu_finding, gpu_offers, gpu_waiting, gpus
from lab_tui.lab.gpu_waiting import WaitWish
from lab_tui.lab.operation import Actor, writing
from lab_tui.lab.rules.finding import Search
from lab_tui.lab.rules.waiting import InLine
from lab_tui.store import schema
from lab_tui.store.tables.gpus import Booking, BookingGpu
from tests.world import NOW, PLAIN, World

TEAMS, GREEDY, DAYS = 20, 2, 30
PEOPLE_OF_GREEDY, WAITS_OF_GREEDY = 3, 6
BOUND_DAYS = 4.0
LENGTH = timedelta(hours=8)
# In the lab's hours: when a day opens, and when people come by.
STEPS = (0, 9, 12, 15, 18, 21)
CONFIG = LabConfig(
    gpus=replace(
        PLAIN,
        slot_minutes=60,
        shortest_minutes=60,
        horizon_days=2,
        startup_hours_a_week=10_000,
        person_bookings_open=WAITS_OF_GREEDY,
        # Whoever comes by may answer an offer made since the step before.
        offer_minutes=240,
    )
)
PICTURE = Path(__file__).parents[2] / "assets" / "fairness.png"
SEED = 5


@dataclass
class Team:
    """A start-up of the simulation, and what became of its waiting."""

    name: str
    people: list[Actor]
    greedy: bool
    wants_since: datetime | None = None
    longest: timedelta = timedelta()
    gpu_hours: float = 0.0

    def waited(self, until: datetime) -> None:
        """Note that it waited until then, if it did."""
        if self.wants_since is not None:
            self.longest = max(self.longest, until - self.wants_since)


class Month:
    """The lab, its teams, and what happens in it."""

    def __init__(self, folder: Path) -> None:
        self.world = World(schema.create(str(folder / "lab.db")), CONFIG)
        self.world.workstation("lantau", gpu_count=4)
        self.by_startup: dict[int, Team] = {}
        self.chance = random.Random(SEED)
        self.last_offer = 0
        for number in range(TEAMS):
            greedy = number < GREEDY
            startup = self.world.startup(f"greedy {number + 1}" if greedy else f"team {number + 1}")
            people = [self.world.person(startup=startup) for _ in range(PEOPLE_OF_GREEDY if greedy else 1)]
            actors = [self.world.actor(person) for person in people]
            self.by_startup[int(startup.id)] = Team(startup.name, actors, greedy)

    def run(self) -> list[Team]:
        """Live through the month; returns how the teams fared."""
        lab, clock = self.world.lab, self.world.clock
        first = lab.time.day_of(NOW)
        for step in range(DAYS * len(STEPS)):
            day, of_day = divmod(step, len(STEPS))
            start = lab.time.start_of_day(first + timedelta(days=day + 1))
            clock.instant = start + timedelta(hours=STEPS[of_day])
            self.keep_house()
            if STEPS[of_day]:
                self.come_by()
        for team in self.by_startup.values():
            team.waited(clock.instant)
        self.count_hours()
        lab.store.close()
        return list(self.by_startup.values())

    def keep_house(self) -> None:
        """What the caretaker does, and who is offered something by it."""
        for duty in (gpu_waiting.lapse_offers, gpu_waiting.offer_freed):
            with writing(self.world.lab):
                duty(self.world.lab)
        self.note_offers()

    def note_offers(self) -> None:
        """End the waiting of every team that was offered something since the last look."""
        now = self.world.clock.instant
        new = (Booking.offer_until.is_null(False)) & (Booking.id > self.last_offer)
        with self.world.lab.store.read():
            offers = list(
                Booking.select(Booking.id, Booking.startup).where(new).order_by(Booking.id).tuples()
            )
        for booking_id, startup_id in offers:
            team = self.by_startup[startup_id]
            team.waited(now)
            team.wants_since = now if team.greedy else None
            self.last_offer = booking_id

    def come_by(self) -> None:
        """Everybody looks at the kiosk: the greedy teams first."""
        for team in self.by_startup.values():
            for actor in team.people:
                self.answer(team, actor)
                if team.greedy:
                    self.take_all(team, actor)
                else:
                    self.ask_for_one(team, actor)
                self.note_offers()

    def answer(self, team: Team, actor: Actor) -> None:
        """Take what is offered; others than the greedy sometimes do not want it any more, or forget."""
        lab = self.world.lab
        for offer in gpu_waiting.offers_of(lab, actor):
            mood = 0.0 if team.greedy else self.chance.random()
            if mood < 0.8:
                gpu_waiting.accept(lab, actor, offer.id)
            elif mood < 0.9:
                gpu_waiting.decline(lab, actor, offer.id)

    def take_all(self, team: Team, actor: Actor) -> None:
        """Book whatever can be found, and wait for as much as one person may."""
        lab, now = self.world.lab, self.world.clock.instant
        for place in gpu_finding.find(lab, actor, Search(2, LENGTH, now, now + timedelta(days=3))):
            try:
                gpus.book(lab, actor, place.wish)
            except Refused:
                break
        for number in range(len(gpu_waiting.waits_of(lab, actor)), WAITS_OF_GREEDY):
            self.wait(team, actor, 2, timedelta(minutes=number))

    def ask_for_one(self, team: Team, actor: Actor) -> None:
        """Wait for one thing, when there is something to do; give back what is not needed after all."""
        lab = self.world.lab
        for booking in gpus.bookings_of(lab, actor):
            if self.chance.random() < 0.03 and booking.starts_at > lab.now():
                gpus.cancel(lab, actor, booking.id)
        if not gpu_waiting.waits_of(lab, actor) and self.chance.random() < 0.25:
            self.wait(team, actor, self.chance.choice((1, 2)))

    def wait(self, team: Team, actor: Actor, gpu_count: int, later: timedelta = timedelta()) -> None:
        now = self.world.clock.instant
        wish = WaitWish(gpu_count, LENGTH // timedelta(minutes=1), now, now + timedelta(days=9) + later)
        team.wants_since = team.wants_since or now
        gpu_waiting.join(self.world.lab, actor, wish)

    def count_hours(self) -> None:
        """The GPU-hours that each team had, or has booked."""
        held = Booking.select(Booking.startup, Booking.starts_at, Booking.ends_at, fn.COUNT(BookingGpu.gpu))
        held = held.join(BookingGpu).where(Booking.state == "booked").group_by(Booking.id)
        with self.world.lab.store.read():
            for startup_id, starts_at, ends_at, count in held.tuples():
                self.by_startup[startup_id].gpu_hours += (ends_at - starts_at) / timedelta(hours=1) * count


@contextmanager
def greedy_first(month: Month) -> Iterator[None]:
    """The control: first come, first served, and the greedy are always first at the kiosk."""
    greedy = {startup_id for startup_id, team in month.by_startup.items() if team.greedy}

    def by_arrival(waiting: Iterable[InLine]) -> list[InLine]:
        return sorted(waiting, key=lambda one: (one.team not in greedy, one.joined))

    fair = gpu_offers.line
    gpu_offers.line = by_arrival
    try:
        yield
    finally:
        gpu_offers.line = fair


@dataclass(frozen=True)
class Result:
    """How the teams fared, by fair share and in the control."""

    fair: list[Team]
    greedy_first: list[Team]

    @property
    def longest_fair(self) -> float:
        """The longest wait of any team, in days."""
        return max(days(team.longest) for team in self.fair)

    @property
    def longest_control(self) -> float:
        """The same without fair share."""
        return max(days(team.longest) for team in self.greedy_first)

    @property
    def bound_is_kept(self) -> bool:
        """Whether nobody waited longer than promised, in a simulation that could have shown it."""
        return self.longest_fair <= BOUND_DAYS < self.longest_control


def days(wait: timedelta) -> float:
    """A time in days."""
    return wait / timedelta(days=1)


def simulate() -> Result:
    """Both months, with the same chances."""
    with tempfile.TemporaryDirectory() as folder:
        fair = Month(Path(folder)).run()
    with tempfile.TemporaryDirectory() as folder:
        month = Month(Path(folder))
        with greedy_first(month):
            control = month.run()
    return Result(fair, control)


# The picture

WIDTH, ROW, LEFT, TOP, RIGHT, BOTTOM = 1200, 34, 150, 130, 190, 60
PAPER, INK, GREY = (250, 250, 247), (28, 36, 48), (120, 128, 138)
FAIR, UNFAIR, LIMIT = (29, 120, 140), (222, 150, 80), (190, 40, 50)


def draw(result: Result) -> Image.Image:
    """The longest wait of each team, both ways, and the bound."""
    height = TOP + ROW * TEAMS + BOTTOM
    picture = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(picture)
    large, small = Font().at(26), Font().at(17)
    longest = max(result.longest_control, BOUND_DAYS)
    scale = (WIDTH - LEFT - RIGHT) / longest
    pen.text((24, 20), "The longest wait for an offer, in a month of 20 teams", INK, font=large)
    for x, colour, words in (
        (24, FAIR, "fair share"),
        (170, UNFAIR, "first come, first served, the greedy always first"),
    ):
        pen.rectangle((x, 66, x + 16, 82), colour)
        pen.text((x + 24, 64), words, INK, font=small)
    pen.text((WIDTH - RIGHT + 20, 64), "GPU-hours: fair / not", GREY, font=small)
    for tick in range(0, int(longest) + 1, 5):
        x = LEFT + tick * scale
        pen.line((x, TOP - 8, x, height - BOTTOM), (225, 225, 220))
        pen.text((x, height - BOTTOM + 10), f"{tick} d", GREY, font=small, anchor="ma")
    for number, (fair, control) in enumerate(zip(result.fair, result.greedy_first, strict=True)):
        y = TOP + number * ROW
        pen.text((LEFT - 12, y + 13), fair.name, INK, font=small, anchor="rm")
        for offset, team, colour in ((3, fair, FAIR), (14, control, UNFAIR)):
            pen.rectangle((LEFT, y + offset, LEFT + days(team.longest) * scale, y + offset + 9), colour)
        hours = f"{fair.gpu_hours:.0f} / {control.gpu_hours:.0f}"
        pen.text((WIDTH - RIGHT + 20, y + 13), hours, GREY, font=small, anchor="lm")
    x = LEFT + BOUND_DAYS * scale
    pen.line((x, TOP - 8, x, height - BOTTOM), LIMIT, width=2)
    pen.text((x + 8, TOP - 30), f"bound: {BOUND_DAYS:.0f} days", LIMIT, font=small)
    return picture


def main() -> None:
    """Simulate, tell, draw; exit with 1 where the bound is broken or the control does not break it."""
    result = simulate()
    for fair, control in zip(result.fair, result.greedy_first, strict=True):
        print(
            f"{fair.name:<10} waited at most {days(fair.longest):5.2f} d, had {fair.gpu_hours:5.0f} GPU-hours"
            f"; without fair share {days(control.longest):5.2f} d, {control.gpu_hours:5.0f}"
        )
    print(
        f"longest {result.longest_fair:.2f} d, bound {BOUND_DAYS} d, control {result.longest_control:.2f} d"
    )
    draw(result).save(PICTURE, optimize=True)
    sys.exit(0 if result.bound_is_kept else 1)


if __name__ == "__main__":
    main()
