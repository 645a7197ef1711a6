"""How every desk stands on a day, in one query; the room `desks` decides with it and shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.desks import Place
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.desks import Desk, DeskAssignment, DeskBooking, DeskLoan, Zone
from lab_tui.store.tables.people import Person, Startup


@dataclass(frozen=True)
class DeskDay:
    """A desk on one day, with whoever was given it and whoever booked it."""

    place: Place
    zone_id: int
    features: str
    assigned_startup_id: int | None
    assigned_person_id: int | None
    assigned_person: str
    assigned_until: date | None
    lent_until: date | None
    booking_id: int | None
    booker_id: int | None
    booker: str
    booker_startup: str
    booked_until: date | None


def desk_days(day: date, desk_id: int | None = None) -> tuple[DeskDay, ...]:
    """All desks (or one) as they stand on a day, by zone and label, in one query.

    Outer joins from the desks keep SQLite on the `*_by_desk` indexes, however long the history.
    """
    holder, booker = Startup.alias("holder"), Person.alias("booker")
    given_to, team = Person.alias("given_to"), Startup.alias("team")
    query = (
        Desk.select(
            *(Desk.id, Desk.label, Zone.name.alias("zone"), Desk.x, Desk.y, Desk.pool, Desk.out_of_order),
            *(Desk.zone.alias("zone_id"), Desk.features),
            *(holder.id.alias("holder_id"), holder.name.alias("holder_name")),
            *(given_to.id.alias("given_to_id"), given_to.name.alias("given_to_name")),
            *(DeskAssignment.last_day.alias("assigned_until"), DeskLoan.last_day.alias("lent_until")),
            *(DeskBooking.id.alias("booking_id"), DeskBooking.last_day.alias("booked_until")),
            *(booker.id.alias("booker_id"), booker.name.alias("booker_name"), team.name.alias("team_name")),
        )
        .join(Zone)
        .left_outer_join(DeskAssignment, on=(DeskAssignment.desk == Desk.id) & _holds_on(DeskAssignment, day))
        .left_outer_join(holder, on=DeskAssignment.startup == holder.id)
        .left_outer_join(given_to, on=DeskAssignment.person == given_to.id)
        .left_outer_join(
            DeskLoan,
            on=(DeskLoan.desk == Desk.id)
            & (DeskLoan.assignment == DeskAssignment.id)
            & _holds_on(DeskLoan, day),
        )
        .left_outer_join(DeskBooking, on=(DeskBooking.desk == Desk.id) & _holds_on(DeskBooking, day))
        .left_outer_join(booker, on=DeskBooking.person == booker.id)
        .left_outer_join(team, on=booker.startup == team.id)
        .order_by(Desk.zone, Desk.label)
    )
    if desk_id is not None:
        query = query.where(Desk.id == desk_id)
    # Two loans may cover one day; the desk is still one desk.
    return tuple({row["id"]: _desk_day(row) for row in query.dicts()}.values())


def _holds_on(table: Any, day: date) -> Any:
    return table.holds & (table.last_day >= day) & (table.first_day <= day)


def _desk_day(row: Any) -> DeskDay:
    place = Place(
        desk_id=row["id"],
        label=row["label"],
        zone=row["zone"],
        x=row["x"],
        y=row["y"],
        pool=row["pool"],
        out_of_order=row["out_of_order"],
        assigned_to=row["holder_name"],
        lent=row["lent_until"] is not None,
        taken=row["booking_id"] is not None,
    )
    return DeskDay(
        place=place,
        zone_id=row["zone_id"],
        features=row["features"],
        assigned_startup_id=row["holder_id"],
        assigned_person_id=row["given_to_id"],
        assigned_person=row["given_to_name"] or "",
        assigned_until=row["assigned_until"],
        lent_until=row["lent_until"],
        booking_id=row["booking_id"],
        booker_id=row["booker_id"],
        booker=row["booker_name"] or "",
        booker_startup=row["team_name"] or "",
        booked_until=row["booked_until"],
    )


def desks_somebody_sits_at(lab: Lab, day: date) -> frozenset[int]:
    """Desks checked in to today whose person is inside the lab now."""
    if day != lab.today():
        return frozenset()
    start, end = lab.time.day_span(day)
    inside = CheckIn.alias("inside")
    is_inside = (
        (inside.person == CheckIn.person)
        & (inside.kind == "lab")
        & (inside.direction == "in")
        & inside.closed_at.is_null()
        & inside.undone_at.is_null()
    )
    rows = (
        CheckIn.select(CheckIn.desk)
        .join(inside, on=is_inside)
        .where(
            *(CheckIn.at >= start, CheckIn.at < end),
            *(CheckIn.kind == "desk", CheckIn.direction == "in", CheckIn.undone_at.is_null()),
        )
        .tuples()
    )
    return frozenset(desk_id for (desk_id,) in rows)
