"""The demo's floor: zones, desks, who has which desk, which are lent, which are booked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from lab_tui.demo.days import FOUNDED, at, day
from lab_tui.demo.names import INCU_TECH, NEWER, OLDER, TEAMS
from lab_tui.demo.programme import FIRST_DAYS, LAST_DAYS, PEOPLE_TO_TRY
from lab_tui.store.tables.desks import Desk, DeskAssignment, DeskBooking, DeskLoan, Zone
from lab_tui.store.tables.people import Person, Startup


@dataclass(frozen=True)
class _DeskZone:
    """A zone's walls in map cells, and the columns and lines its desks stand on."""

    name: str
    x: int
    y: int
    width: int
    height: int
    columns: tuple[int, ...]
    lines: tuple[int, ...]
    features: tuple[str, ...]


# Neighbours share a wall: the last cell of one is the first of the other.
_DESK_ZONES = (
    _DeskZone("East", 0, 0, 37, 8, (3, 9, 15, 21, 27), (2, 3, 5, 6), ("monitor", "two monitors")),
    _DeskZone("West", 36, 0, 38, 8, (39, 45, 51, 57, 63), (2, 3, 5, 6), ("monitor", "monitor, window")),
    _DeskZone("Quiet", 0, 10, 22, 8, (3, 9, 15), (12, 13, 15, 16), ("quiet", "quiet, standing")),
    _DeskZone("Loft", 52, 10, 22, 8, (55, 61, 67), (12, 13, 15, 16), ("standing", "standing, monitor")),
)
_ROOMS = (
    ("Seminar room", 21, 10, 32, 5),
    ("Workshop room", 21, 14, 18, 4),
    ("Pantry", 38, 14, 15, 4),
)
POOL = frozenset(
    {"E-19", "E-20", "W-17", "W-18", "W-19", "W-20"}
    | {f"Q-{number:02d}" for number in range(6, 13)}
    | {f"L-{number:02d}" for number in range(7, 13)}
)
_OUT_OF_ORDER = {"W-18": "lamp flickers, part ordered", "L-12": "leg broken"}
# Desks that their teams lend, with the first and last day of the loan, counted from the demo week's Monday.
_LOANS = (
    ("E-03", -14, -10),
    ("E-08", 0, 6),
    ("W-02", -2, 9),
    ("W-11", 0, 2),
    ("L-04", 3, 13),
    ("E-14", 5, 8),
    ("Q-02", 4, 6),
)
# On each day some pool desks are taken: fewer on Saturday and Sunday.
_TAKEN_A_DAY = (9, 8, 10, 8, 7, 3, 3)
# Members may book so far ahead; beyond it the demo has no desk bookings.
_LAST_BOOKED_DAY = 13
# What a person may have ahead, within the week that may be booked.
_DAYS_A_PERSON = 4
_LARGER = frozenset({"Harbour Speech", "Typhoon Grid", "Osmanthus Bio"})


def fill_floor(chance: Random) -> None:
    """Zones and desks, assignments for the teams of both cohorts, loans, and bookings of pool desks."""
    for zone in _DESK_ZONES:
        _fill_zone(zone)
    for name, x, y, width, height in _ROOMS:
        Zone.create(name=name, kind="room", x=x, y=y, width=width, height=height)
    _assign()
    for label, first, last in _LOANS:
        given = DeskAssignment.select().join(Desk).where(Desk.label == label).get()
        DeskLoan.create(
            assignment=given,
            desk=given.desk_id,
            first_day=day(first),
            last_day=day(last),
            created_at=at(first - 3, 17),
        )
    _book_desks(chance)


def _fill_zone(zone: _DeskZone) -> None:
    row = Zone.create(name=zone.name, x=zone.x, y=zone.y, width=zone.width, height=zone.height)
    places = [(x, y) for y in zone.lines for x in zone.columns]
    for number, (x, y) in enumerate(places, start=1):
        label = f"{zone.name[0]}-{number:02d}"
        Desk.create(
            zone=row,
            label=label,
            x=x,
            y=y,
            pool=label in POOL,
            features=zone.features[number % len(zone.features)],
            out_of_order=_OUT_OF_ORDER.get(label, ""),
        )


def _assign() -> None:
    """Three desks a team, four for the larger ones; those to try have none, so that they can claim one."""
    free = iter(Desk.select().where(~Desk.pool).order_by(Desk.id))
    for team in (team for batch in (NEWER, OLDER) for team in TEAMS if team.batch == batch):
        startup = Startup.get(Startup.name == team.name)
        members = list(Person.select().where(Person.startup == startup).order_by(Person.id.desc()))
        for number in range(4 if team.name in _LARGER else 3):
            named = number < len(members) and members[number].name not in PEOPLE_TO_TRY
            DeskAssignment.create(
                desk=next(free),
                startup=startup,
                person=members[number] if named else None,
                first_day=FIRST_DAYS[team.batch],
                last_day=LAST_DAYS[team.batch],
                created_at=max(FOUNDED, at((FIRST_DAYS[team.batch] - day(0)).days - 3, 11)),
            )


def _book_desks(chance: Random) -> None:
    """Pool desks by the day; most go to Incu-Tech teams and mentors, who have no desk of their own."""
    incu_tech = [team.name for team in TEAMS if team.batch == INCU_TECH]
    people = [
        *Person.select().join(Startup).where(Startup.name.in_(incu_tech)).order_by(Person.id),
        *Person.select().where(Person.role == "mentor").order_by(Person.id),
    ]
    people = [person for person in people if person.name not in PEOPLE_TO_TRY]
    desks = list(Desk.select().where(Desk.pool & (Desk.out_of_order == "")).order_by(Desk.id))
    rows: list[dict[str, Any]] = []
    for number in range(-63, _LAST_BOOKED_DAY + 1):
        count = _TAKEN_A_DAY[number % 7] - (4 if number > 6 else 0)
        lately = Counter(row["person"] for row in rows if row["first_day"] >= day(number - 7))
        able = [person for person in people if lately[person.id] < _DAYS_A_PERSON]
        guests = chance.sample(able, max(count, 1))
        for person, desk in zip(guests, chance.sample(desks, len(guests)), strict=True):
            rows.append(_booking(desk.id, person.id, number, chance))
    rows.append(_booking(Desk.get(Desk.label == "W-02").id, _outside(rows, people, 2), 2, chance))
    DeskBooking.insert_many(rows).execute()


def _outside(rows: list[dict[str, Any]], people: list[Person], number: int) -> int:
    """Somebody without a desk on a day."""
    seated = {row["person"] for row in rows if row["first_day"] == day(number)}
    return next(int(person.id) for person in people if person.id not in seated)


def _booking(desk_id: int, person_id: int, number: int, chance: Random) -> dict[str, Any]:
    released = chance.random() < 0.06
    return {
        "desk": desk_id,
        "person": person_id,
        "first_day": day(number),
        "last_day": day(number),
        "state": "released" if released else "booked",
        "holds": not released,
        "created_at": at(number, 0) - timedelta(minutes=chance.randrange(30, 5 * 24 * 60)),
    }
