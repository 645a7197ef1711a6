"""What can go wrong, as facts. Sentences for people are made in `wording`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

EXIT_DONE = 0
EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_SYSTEM = 3

Facts = Mapping[str, object]
NO_FACTS: Facts = MappingProxyType({})


@dataclass(frozen=True)
class Reason:
    """One broken rule: its code, the facts a sentence needs, and whether staff may override it."""

    code: str
    facts: Facts = field(default_factory=lambda: NO_FACTS)
    overridable: bool = False


@dataclass(frozen=True)
class Remedy:
    """A choice that passes every rule. Each room of `lab` has its own kinds."""


class LabError(Exception):
    """The base of every error this program raises on purpose."""

    exit_code = EXIT_SYSTEM


class Refused(LabError):
    """The lab says no: every broken rule at once, and what is possible instead."""

    exit_code = EXIT_REFUSED

    def __init__(self, *reasons: Reason, remedies: tuple[Remedy, ...] = ()) -> None:
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = reasons
        self.remedies = remedies

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all broken rules."""
        return frozenset(reason.code for reason in self.reasons)


class BadInput(LabError):
    """A value that cannot be used: which field, what was given, what is wrong with it."""

    exit_code = EXIT_USAGE

    def __init__(self, field_name: str, value: object, problem: str, **facts: object) -> None:
        super().__init__(f"{field_name}: {problem}")
        self.field = field_name
        self.value = value
        self.problem = problem
        self.facts: Facts = facts


class SystemCannot(LabError):
    """The machine cannot: no database, no file, no device. `code` says which."""

    exit_code = EXIT_SYSTEM

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts: Facts = facts
