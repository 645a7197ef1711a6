"""The floor of a day, as screens show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lab_tui.lab.desk_days import DeskDay, desk_days, desks_somebody_sits_at
from lab_tui.lab.operation import Actor, Lab, authorise, reading
from lab_tui.lab.rules.permissions import Permission
from lab_tui.store.tables.desks import Zone
from lab_tui.store.tables.people import Person


class DeskState(StrEnum):
    """How a desk stands on a day, for the person who looks."""

    MINE = "mine"
    TAKEN = "taken"
    POOL_FREE = "pool_free"
    LENT = "lent"
    OUT_OF_ORDER = "out_of_order"


@dataclass(frozen=True)
class ZoneView:
    """A part of the floor, in map cells; `kind` desks or room."""

    id: int
    name: str
    kind: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class DeskView:
    """A desk on a day. `holder` is a start-up or person; empty without an actor (the home screen)."""

    id: int
    label: str
    zone_id: int
    x: int
    y: int
    state: DeskState
    holder: str
    person: str
    until: date | None
    features: str
    out_of_order: str
    somebody_in: bool
    # The id of the booking that the looking person holds here; None otherwise.
    my_booking_id: int | None


@dataclass(frozen=True)
class FloorDay:
    """The floor on one day."""

    day: date
    zones: tuple[ZoneView, ...]
    desks: tuple[DeskView, ...]

    @property
    def free_count(self) -> int:
        """Pool and lent desks nobody has taken."""
        return sum(desk.state in (DeskState.POOL_FREE, DeskState.LENT) for desk in self.desks)


def floor_on(lab: Lab, actor: Actor | None, day: date) -> FloorDay:
    """The floor on a day; names only for an actor. Raises Refused for an actor who is not active."""
    with reading(lab):
        person = authorise(lab, actor, Permission.SEE_OWN_DAY) if actor else None
        zones = tuple(
            ZoneView(zone.id, zone.name, zone.kind, zone.x, zone.y, zone.width, zone.height)
            for zone in Zone.select().order_by(Zone.id)
        )
        floor = desk_days(day)
        seated = desks_somebody_sits_at(lab, day)
    views = (_desk_view(one, person, actor is not None, one.place.desk_id in seated) for one in floor)
    return FloorDay(day, zones, tuple(views))


def _desk_view(one: DeskDay, person: Person | None, with_names: bool, somebody_in: bool) -> DeskView:
    place = one.place
    my_booking_id = one.booking_id if person is not None and one.booker_id == person.id else None
    holder, name, until = _holder(one) if with_names else ("", "", None)
    return DeskView(
        id=place.desk_id,
        label=place.label,
        zone_id=one.zone_id,
        x=place.x,
        y=place.y,
        state=_state(one, person),
        holder=holder,
        person=name,
        until=until,
        features=one.features,
        out_of_order=place.out_of_order,
        somebody_in=somebody_in,
        my_booking_id=my_booking_id,
    )


def _state(one: DeskDay, person: Person | None) -> DeskState:
    place = one.place
    if place.out_of_order:
        return DeskState.OUT_OF_ORDER
    if is_mine(one, person):
        return DeskState.MINE
    if place.free:
        return DeskState.LENT if place.lent else DeskState.POOL_FREE
    return DeskState.TAKEN


def is_mine(one: DeskDay, person: Person | None) -> bool:
    """Booked by this person, or given to them, or to their start-up and nobody in it."""
    if person is None:
        return False
    if one.place.taken or one.place.lent:
        return bool(one.booker_id == person.id)
    if one.assigned_person_id is not None:
        return bool(one.assigned_person_id == person.id)
    return one.assigned_startup_id is not None and bool(one.assigned_startup_id == person.startup_id)


def _holder(one: DeskDay) -> tuple[str, str, date | None]:
    """The start-up (or person) that has a desk, the person by name, and until when."""
    if one.place.taken:
        return one.booker_startup or one.booker, one.booker, one.booked_until
    if one.place.assigned_to is not None:
        until = one.lent_until or one.assigned_until
        return one.place.assigned_to, one.assigned_person, until
    return "", "", None
