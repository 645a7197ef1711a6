"""What GPU bookings should be, in plain sets of slots: nothing here compares a start with an end.

Slots are half hours, counted from Sunday 22 November 2026, 14:30 in Hong Kong.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace

from lab_tui.config import GpusSection
from lab_tui.lab.rules.reasons import Code

POLICY = GpusSection(
    horizon_days=3,
    startup_hours_a_week=12,
    person_hours_a_week=8,
    person_bookings_open=4,
    longest_hours=6,
    gap_minutes=30,
    off_peak_from="22:00",
    off_peak_until="08:00",
    last_minute_minutes=30,
    last_minute_hours=2,
    no_shows_allowed=1,
    no_show_days=2,
    no_show_horizon_days=1,
)
HOUR = 2
LONGEST = 6 * HOUR
TEAM_SLOTS, PERSON_SLOTS = 12 * HOUR, 8 * HOUR
MOST_OPEN = 4
FREE_AT_MOST = 2 * HOUR
HORIZON, SHORT_HORIZON = 3, 1
REMEMBERED = 2 * 48
LATE = 2
# Monday begins at slot 19; a day has 48 slots, and Monday a week later begins a new week.
MONDAY = 19
WEEK = 7 * 48
# 22:00 is slot 15; the ten hours from there cost nothing.
NIGHT, NIGHT_LONG = 15, 20
LIVE = ("booked", "checked_in", "ended")


def is_free_of_charge(slot: int) -> bool:
    """Whether a slot lies between 22:00 and 08:00."""
    return (slot - NIGHT) % 48 < NIGHT_LONG


def day_of(slot: int) -> int:
    """The day a slot lies in; the first is 0."""
    return (slot - MONDAY) // 48 + 1


def week_of(slot: int) -> int:
    """The week a slot lies in; the first is 0."""
    return (slot - MONDAY) // WEEK + 1


@dataclass
class Held:
    """What the model knows of a booking."""

    machine: int
    gpus: frozenset[int]
    slots: range
    person: int
    made_in: int = 0
    state: str = "booked"
    counts: bool = True
    costs: bool = True
    # The booking that this was cut off from, too late.
    cut_from: int | None = None

    def cells(self) -> set[tuple[int, int, int]]:
        return {(self.machine, gpu, slot) for gpu in self.gpus for slot in self.slots}

    def cost_in(self, week: int) -> int:
        """GPU slots of a week that cost quota."""
        if not self.costs:
            return 0
        return len(self.gpus) * sum(
            week_of(slot) == week and not is_free_of_charge(slot) for slot in self.slots
        )

    def weeks(self) -> set[int]:
        return {week_of(slot) for slot in self.slots}


@dataclass
class Model:
    """All that happened. People 0 and 2 are of one team, 1 and 3 of the other."""

    now: int = 0
    bookings: dict[int, Held] = field(default_factory=dict)
    out: dict[int, set[int]] = field(default_factory=dict)
    closed: dict[int, set[int]] = field(default_factory=dict)
    acts: int = 0

    def live(self, without: Held | None = None) -> list[Held]:
        return [one for one in self.bookings.values() if one.state in LIVE and one is not without]

    def running(self) -> list[Held]:
        open_ones = [one for one in self.live() if one.state != "ended"]
        return [one for one in open_ones if one.slots[0] <= self.now <= one.slots[-1]]

    def taken(self, without: Held | None = None) -> set[tuple[int, int, int]]:
        return set().union(*(one.cells() for one in self.live(without)), set())

    def counted(self, without: Held | None = None) -> list[Held]:
        return [one for one in self.bookings.values() if one.counts and one is not without]

    def team_cost(self, team: int, week: int, without: Held | None = None) -> int:
        return sum(one.cost_in(week) for one in self.counted(without) if one.person % 2 == team)

    def person_cost(self, person: int, week: int, without: Held | None = None) -> int:
        return sum(one.cost_in(week) for one in self.counted(without) if one.person == person)

    def ahead(self, person: int, without: Held | None = None) -> list[Held]:
        mine = [one for one in self.counted(without) if one.person == person]
        return [one for one in mine if one.state in ("booked", "checked_in") and one.slots[-1] >= self.now]

    def held(self, person: int, without: Held | None = None) -> list[Held]:
        """What keeps its distance from a person's next booking; what ended a day ago does not."""
        return [
            one for one in self.live(without) if one.person == person and one.slots[-1] + 1 > self.now - 48
        ]

    def is_blocked(self, machine: int, slots: range) -> bool:
        return bool(set(slots) & self.out.get(machine, set())) or self.is_closed(slots)

    def is_closed(self, slots: range) -> bool:
        return any(set(slots) & closed for closed in self.closed.values())

    def priced(self, new: Held) -> Held:
        """The booking as it would be made now: at the last minute it costs nothing."""
        is_last_minute = new.slots[0] - self.now <= 1 and len(new.slots) <= FREE_AT_MOST
        return replace(new, made_in=self.now, costs=not is_last_minute)

    # Which rules a booking breaks, made now

    def codes(self, new: Held) -> set[str]:
        broken = self.place_codes(new) | self.horizon_codes(new) | self.limits(self.priced(new))
        return broken | self._past_and_length(new)

    def place_codes(self, new: Held, without: Held | None = None) -> set[str]:
        broken: set[str] = set()
        if new.cells() & self.taken(without):
            broken.add(Code.GPU_TAKEN)
        if set(new.slots) & self.out.get(new.machine, set()):
            broken.add(Code.OUT_OF_SERVICE)
        if self.is_closed(new.slots):
            broken.add(Code.LAB_CLOSED)
        return broken

    def horizon_codes(self, new: Held, without: Held | None = None) -> set[str]:
        missed = [
            one
            for one in self.counted(without)
            if one.person == new.person and one.state == "no_show" and self.now - REMEMBERED < one.slots[0]
        ]
        is_punished = len(missed) > 1
        days = SHORT_HORIZON if is_punished else HORIZON
        if day_of(new.slots[0]) <= day_of(self.now) + days or new.slots[0] <= self.now:
            return set()
        return {Code.HORIZON_SHORTENED if is_punished else Code.BEYOND_HORIZON}

    def limits(self, new: Held, without: Held | None = None, given_up: tuple[Held, ...] = ()) -> set[str]:
        broken = self.quota_codes(new, without, given_up)
        if len(self.ahead(new.person, without)) >= MOST_OPEN:
            broken.add(Code.TOO_MANY_OPEN_BOOKINGS)
        for other in self.held(new.person, without):
            apart = {other.slots[0] - 1 - new.slots[-1], new.slots[0] - 1 - other.slots[-1]}
            if 0 in apart:
                broken.add(Code.GAP_TOO_SHORT)
        return broken

    def quota_codes(self, new: Held, without: Held | None, given_up: tuple[Held, ...]) -> set[str]:
        broken: set[str] = set()
        for week in new.weeks():
            more, kept = new.cost_in(week), sum(one.cost_in(week) for one in given_up)
            if more and self.team_cost(new.person % 2, week, without) + kept + more > TEAM_SLOTS:
                broken.add(Code.STARTUP_QUOTA)
            if more and self.person_cost(new.person, week, without) + kept + more > PERSON_SLOTS:
                broken.add(Code.PERSON_QUOTA)
        return broken

    # A booking that takes the place of another

    def is_late(self, old: Held) -> bool:
        """Whether giving it up now comes too late; what is blocked may always be given up."""
        return old.slots[0] - self.now < LATE and not self.is_blocked(old.machine, old.slots)

    def moved(self, old: Held, new: Held) -> Held:
        """The booking that a moved one becomes: given up late it goes on to cost."""
        new = self.priced(new)
        return replace(new, costs=True) if self.is_late(old) and old.costs else new

    def still_counts(self, old: Held, new: Held) -> bool:
        """Whether a booking that was moved late counts as used beside the new one."""
        return self.is_late(old) and bool(_charged(old)) and not _makes_up(new, old)

    def codes_of_move(self, old: Held, new: Held) -> set[str]:
        new = self.moved(old, new)
        given_up = (old,) if self.still_counts(old, new) else ()
        return self.codes_at(new, old, given_up) | self._past_and_length(new)

    def _past_and_length(self, new: Held) -> set[str]:
        broken = {Code.IN_THE_PAST} if new.slots[0] < self.now else set()
        return broken | ({Code.TOO_LONG} if len(new.slots) > LONGEST else set())

    def codes_at(self, new: Held, without: Held, given_up: tuple[Held, ...] = ()) -> set[str]:
        broken = self.place_codes(new, without) | self.horizon_codes(new, without)
        return broken | self.limits(new, without, given_up)

    def extended(self, held: Held, end: int) -> Held:
        """A booking with a later end; it costs from then on, unless what is added is last-minute too."""
        slots = range(held.slots[0], end)
        is_free = held.slots[-1] + 1 - self.now <= 1 and len(slots) <= FREE_AT_MOST
        return replace(held, slots=slots, costs=held.costs or not is_free)

    def take_up(self, booking: int, end: int) -> None:
        """What a booking had, and has again, counts once."""
        for part in self.bookings.values():
            if part.cut_from == booking and part.counts and part.slots[0] < end:
                if end <= part.slots[-1]:
                    part.slots = range(end, part.slots[-1] + 1)
                else:
                    part.state, part.counts = "undone", False

    def codes_of_extension(self, booking: int, longer: Held) -> set[str]:
        then = copy.deepcopy(self)
        then.take_up(booking, longer.slots[-1] + 1)
        return then.codes_beside(then.bookings[booking], longer)

    def codes_beside(self, held: Held, longer: Held) -> set[str]:
        added = range(held.slots[-1] + 1, longer.slots[-1] + 1)
        broken = self.codes_at(longer, held) - {Code.OUT_OF_SERVICE, Code.LAB_CLOSED}
        broken |= self.place_codes(replace(longer, slots=added), held)
        return broken | (self._past_and_length(longer) - {Code.IN_THE_PAST})

    def split_off(self, old: Held, rest: Held) -> Held:
        """The rest of a booking that goes on elsewhere: on no more GPUs it costs what it did."""
        priced = self.priced(rest)
        if len(rest.gpus) <= len(old.gpus):
            return replace(priced, costs=old.costs)
        return replace(priced, costs=old.costs or priced.costs)

    def codes_of_split(self, old: Held, rest: Held) -> set[str]:
        kept = replace(old, slots=range(old.slots[0], rest.slots[0]))
        rest = self.split_off(old, rest)
        given_up = () if _makes_up(rest, kept) else (kept,)
        return self.codes_at(rest, old, given_up) | self._past_and_length(rest)

    # What time brings about

    def time_brings(self) -> tuple[int, int]:
        """Release whom nobody saw, and end what is over; how many of each."""
        released = ended = 0
        for held in self.bookings.values():
            due = max(held.slots[0], held.made_in) + 1
            is_awaited = held.state == "booked" and due <= self.now
            if is_awaited and not self.is_blocked(held.machine, range(held.slots[0], due)):
                held.state = "no_show"
                released += 1
            elif (is_awaited or held.state == "checked_in") and held.slots[-1] < self.now:
                held.state = "ended"
                ended += 1
        return released, ended


def _charged(held: Held) -> set[int]:
    """The slots that cost quota."""
    return {slot for slot in held.slots if held.costs and not is_free_of_charge(slot)}


def _makes_up(new: Held, old: Held) -> bool:
    """Whether a new booking is charged for all that an old one was, on as many GPUs."""
    return _charged(old) <= _charged(new) and (not _charged(old) or len(new.gpus) >= len(old.gpus))
