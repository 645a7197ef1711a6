""" "Find me": the best places for some GPUs within a window, each of which passes every rule."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lab_tui.errors import Reason, Refused
from lab_tui.lab.gpu_facts import NO_BLOCKS, KnownMachine, read_blocks, read_booker, read_machines, read_team
from lab_tui.lab.gpu_requests import BookingWish, BookInstead, instead, situation_of, stored_instant
from lab_tui.lab.operation import Actor, Lab, authorise, reading
from lab_tui.lab.rules.booking import Booker, Machine, Situation
from lab_tui.lab.rules.finding import Search, bars
from lab_tui.lab.rules.finding import find as find_places
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.rules.waiting import broken_window, within_reach
from lab_tui.store.tables.gpus import Workstation
from lab_tui.store.tables.people import Person

# Whoever runs commands on the machine itself is bound by no quota and no programme.
_NOBODY = Booker(startup=None, in_programme=True)


@dataclass(frozen=True)
class Ground:
    """What a search is made on: the machines in use, as they are taken within it, and for whom."""

    search: Search
    known: tuple[KnownMachine, ...]
    situation: Situation

    @property
    def machines(self) -> tuple[Machine, ...]:
        """The machines as the rules see them."""
        return tuple(one.rules for one in self.known)


def find(lab: Lab, actor: Actor, search: Search) -> tuple[BookInstead, ...]:
    """The best five places for a search, soonest and least fragmenting first; none where nothing is free.

    Raises Refused with every reason why the search makes no sense, or why the person can have nothing of
    what is free.
    """
    with reading(lab):
        person = authorise(lab, actor, Permission.BOOK_GPUS)
        ground = ground_of(lab, person, search)
        if reasons := reasons_against(ground):
            raise Refused(*reasons)
        wish = BookingWish(0, (), ground.search.earliest, ground.search.latest)
        choices = find_places(ground.search, ground.machines, ground.situation)
        if not choices and (reasons := bars(ground.search, ground.machines, ground.situation)):
            raise Refused(*reasons)
        return tuple(instead(wish, choice, ground.situation) for choice in choices)


def ground_of(lab: Lab, person: Person | None, search: Search) -> Ground:
    """The facts of a search, inside the caller's transaction; read no further than anybody may book."""
    now = lab.now()
    search = replace(search, earliest=stored_instant(search.earliest), latest=stored_instant(search.latest))
    booker = _NOBODY
    if person is not None:
        booker = read_booker(lab, person, read_team(lab, person.startup_id), now, now)
    situation = situation_of(lab, now, booker)
    # The policies of the machines, and with them the horizon, are known only once they are read.
    machines = tuple(one.rules for one in read_machines(lab, now, now, NO_BLOCKS))
    span = within_reach(search, machines, situation)
    blocks = read_blocks(lab.store, *span)
    return Ground(search, read_machines(lab, *span, blocks), replace(situation, closures=blocks.closures))


def reasons_against(ground: Ground) -> list[Reason]:
    """Every reason why a search makes no sense, inside the caller's transaction."""
    search, wanted = ground.search, ground.search.workstation_id
    if wanted is None or any(machine.id == wanted for machine in ground.machines):
        return broken_window(search, ground.machines, ground.situation)
    # Whatever else is wrong is said as of any machine.
    reasons = broken_window(replace(search, workstation_id=None), ground.machines, ground.situation)
    retired = Workstation.get_or_none(Workstation.id == wanted)
    if retired is None:
        return [Reason(Code.UNKNOWN_WORKSTATION, {"workstation": wanted}), *reasons]
    return [Reason(Code.WORKSTATION_RETIRED, {"workstation": retired.name}), *reasons]
