"""How many GPUs of a machine somebody can have at a time, for a search that asks it of many times."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from lab_tui.lab.rules.booking import Machine, Plan, Situation, broken_rules, still_counted, uses_of
from lab_tui.lab.rules.calendar import weeks
from lab_tui.lab.rules.picking import first_fit
from lab_tui.lab.rules.quota import Use, used


class Fitting:
    """The most GPUs, at most as many as wished for, that pass every rule at a time on a machine.

    The rules decide on each plan that comes out. What says early that none can is kept: which GPUs are free
    as a time begins is the same for all lengths, what the quota and the hours allow for all machines of one
    policy.
    """

    def __init__(self, plan: Plan, situation: Situation) -> None:
        self._plan = plan
        self._wished = max(1, len(plan.gpu_numbers))
        self._situation = situation
        self._without_quota = replace(situation, booker=replace(situation.booker, startup=None))
        self._bare: dict[int, Machine] = {}
        self._groups: dict[object, Machine] = {}
        self._beginning: dict[tuple[int, datetime], tuple[int, ...]] = {}
        self._allowed: dict[tuple[int, datetime, datetime], int] = {}
        self._had: dict[tuple[int, bool, datetime], timedelta] = {}

    def full(self, machine: Machine, starts_at: datetime, ends_at: datetime) -> Plan | None:
        """The plan with as many GPUs as wished for; None where they cannot be had."""
        return self.most(machine, starts_at, ends_at, at_least=self._wished)

    def most(
        self, machine: Machine, starts_at: datetime, ends_at: datetime, at_least: int = 1
    ) -> Plan | None:
        """The plan with the most GPUs that can be had, those wished for first; None where too few can."""
        beginning = self._free_as_it_begins(machine, starts_at)
        if len(beginning) < at_least or self._situation.is_blocked(machine, starts_at, ends_at):
            return None
        free = [number for number in beginning if machine.is_free(number, starts_at, ends_at)]
        if len(free) < at_least or (allowed := self._most_allowed(machine, starts_at, ends_at)) < at_least:
            return None
        for count in range(min(allowed, len(free)), at_least - 1, -1):
            chosen = first_fit(free, count, liked=self._plan.gpu_numbers)
            plan = replace(self._plan, gpu_numbers=chosen or (), starts_at=starts_at, ends_at=ends_at)
            if not broken_rules(plan, machine, self._situation):
                return plan
        return None

    def _free_as_it_begins(self, machine: Machine, starts_at: datetime) -> tuple[int, ...]:
        """The GPUs that are free at an instant; none where the machine does not run."""
        key = machine.id, starts_at
        if key not in self._beginning:
            just_then = starts_at, starts_at + timedelta(microseconds=1)
            runs = not self._situation.is_blocked(machine, *just_then)
            self._beginning[key] = machine.free_gpus(*just_then) if runs else ()
        return self._beginning[key]

    def _most_allowed(self, machine: Machine, starts_at: datetime, ends_at: datetime) -> int:
        """How many GPUs somebody may have then on a machine that nobody uses."""
        bare = self._bare_of(machine)
        key = bare.id, starts_at, ends_at
        if key not in self._allowed:
            one = Plan((0,), starts_at, ends_at)
            most = self._most_within_quota(one, bare)
            passes = most and not broken_rules(one, bare, self._without_quota)
            self._allowed[key] = most if passes else 0
        return self._allowed[key]

    def _bare_of(self, machine: Machine) -> Machine:
        """A free machine of the same policy and quota, the same one for all that share them."""
        if machine.id not in self._bare:
            bare = replace(machine, retired=False, taken={0: ()}, outages=())
            same = (self._situation.policy_of(machine), machine.id if machine.has_own_quota else 0)
            self._bare[machine.id] = self._groups.setdefault(same, bare)
        return self._bare[machine.id]

    def _most_within_quota(self, one: Plan, bare: Machine) -> int:
        situation = self._situation
        if situation.booker.startup is None or not (costs := uses_of(one, bare, situation)):
            return self._wished
        most = self._share(costs, bare, ())
        # Enough of them make up for what was given up, so that it does not count.
        if most and still_counted(replace(one, gpu_numbers=tuple(range(most))), bare, situation):
            return self._share(costs, bare, situation.given_up)
        return most

    def _share(self, of_one: tuple[Use, ...], bare: Machine, given_up: tuple[Use, ...]) -> int:
        """How many GPUs find room in what is left of each week's quotas; `of_one` is what one costs."""
        policy, most = self._situation.policy_of(bare), self._wished
        limits = (policy.startup_hours_a_week, policy.person_hours_a_week)
        for _monday, begin, end in weeks(self._situation.time, of_one[0].starts_at, of_one[-1].ends_at):
            added = used(of_one, begin, end)
            late = used((use for use in given_up if use.pool == of_one[0].pool), begin, end)
            for is_own, limit in enumerate(limits):
                left = timedelta(hours=limit) - late - self._used(bool(is_own), bare, begin, end)
                if left < timedelta():
                    return 0
                most = min(most, left // added if added else most)
        return most

    def _used(self, is_own: bool, bare: Machine, begin: datetime, end: datetime) -> timedelta:
        """What the person, or their start-up, has used in a week already."""
        key = bare.id, is_own, begin
        if key not in self._had:
            booker, pool = self._situation.booker, bare.id if bare.has_own_quota else 0
            uses: Iterable[Use] = booker.own_uses if is_own else booker.uses
            self._had[key] = used((use for use in uses if use.pool == pool), begin, end)
        return self._had[key]
