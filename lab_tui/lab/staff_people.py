"""People as staff look after them: finding them with how their badge stands, changing, sending away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from lab_tui.errors import BadInput, Reason, Refused
from lab_tui.lab import audit, people
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.people import NewPerson, PersonView
from lab_tui.lab.people_search import matching
from lab_tui.lab.presence import INSIDE
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.checkins import CheckIn
from lab_tui.store.tables.people import Cohort, Pass, Person, Startup
from lab_tui.text import fold

MOST_FOUND = 200
"""More people than this nobody looks through."""


class BadgeState(StrEnum):
    """How somebody's badge stands."""

    NONE = "none"
    IN_FORCE = "in_force"
    VOID = "void"


@dataclass(frozen=True)
class PersonRecord:
    """A person as staff see them, contacts included: for no screen without staff signed in."""

    person: PersonView
    active: bool
    badge: BadgeState
    # Since when the badge is in force, or void; None without one.
    badge_since: datetime | None
    # Since when they are inside the lab; None outside.
    inside_since: datetime | None
    cohort_id: int | None
    unix_name: str
    email: str


@dataclass(frozen=True)
class FoundPeople:
    """Those found, those who are still here first, by name; `more`: there are others."""

    people: tuple[PersonRecord, ...] = ()
    more: bool = False


@dataclass(frozen=True)
class PersonChange:
    """What can be changed of a person; role and start-up are the programme's."""

    name: str
    other_name: str = ""
    title: str = ""
    email: str = ""
    unix_name: str | None = None


def search(lab: Lab, actor: Actor, words: str) -> FoundPeople:
    """At most MOST_FOUND people, inactive ones too, in whose names all the words are. Raises Refused."""
    with reading(lab):
        authorise(lab, actor, Permission.MANAGE_PEOPLE)
        everybody = Person.select().left_outer_join(Startup)
        ordered = everybody.order_by(Person.active.desc(), Person.name, Person.id)
        ids = list(islice(matching(lab.store, words, ordered), MOST_FOUND + 1))
        return FoundPeople(_records(ids[:MOST_FOUND]), len(ids) > MOST_FOUND)


def record_of(lab: Lab, actor: Actor, person_id: int) -> PersonRecord:
    """One person. Raises Refused(unknown_person)."""
    with reading(lab):
        authorise(lab, actor, Permission.MANAGE_PEOPLE)
        records = _records([person_id])
        if not records:
            raise Refused(Reason(Code.UNKNOWN_PERSON, {"person": person_id}))
        return records[0]


def cohort_members(lab: Lab, actor: Actor, cohort_id: int) -> tuple[int, ...]:
    """The ids of all active members of a cohort's start-ups, by start-up and name. Raises Refused."""
    with reading(lab):
        authorise(lab, actor, Permission.MANAGE_PEOPLE)
        rows = (
            Person.select(Person.id)
            .join(Startup)
            .where(Person.active, Startup.cohort == cohort_id)
            .order_by(Startup.name, Person.name, Person.id)
        )
        return tuple(person_id for (person_id,) in rows.tuples())


def startup_named(lab: Lab, actor: Actor, name: str) -> int | None:
    """The start-up called so, or the only one whose name holds these words; None for no words.

    Raises BadInput(startup_id: unknown, several_startups), Refused.
    """
    wanted = fold(name).split()
    if not wanted:
        return None
    with reading(lab):
        authorise(lab, actor, Permission.MANAGE_PEOPLE)
        rows = Startup.select(Startup.id, Startup.name, Startup.other_name).tuples()
        named = [(startup_id, fold(" ".join(names))) for startup_id, *names in rows]
        exact = [startup_id for startup_id, text in named if text.split() == wanted]
        found = exact or [startup_id for startup_id, text in named if all(word in text for word in wanted)]
    if not found:
        raise BadInput("startup_id", name.strip(), "unknown")
    if len(found) > 1:
        raise BadInput("startup_id", name.strip(), "several_startups", count=len(found))
    return int(found[0])


def change(lab: Lab, actor: Actor, person_id: int, wanted: PersonChange) -> Done[PersonView]:
    """Change how a person is called and reached.

    Raises BadInput, Refused: unknown_person, nothing_changes.
    """
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_PEOPLE)
        row = _locked(lab, person_id)
        cleaned = people.cleaned(NewPerson(role=row.role, startup_id=row.startup_id, **vars(wanted)))
        columns = {name: getattr(cleaned, name) for name in vars(wanted)}
        changed = [name for name, value in columns.items() if value != getattr(row, name)]
        if not changed:
            raise Refused(Reason(Code.NOTHING_CHANGES))
        if "unix_name" in changed:
            people.refuse_unix_name_taken(cleaned.unix_name)
        Person.update(columns).where(Person.id == person_id).execute()
        # What was changed, never to what: an address does not belong into the audit log.
        entry_id = audit.record(lab, actor, "people.change", "person", person_id, {"changed": changed})
        return Done(people.person_view(lab, person_id), entry_id)


def deactivate(lab: Lab, actor: Actor, person_id: int) -> Done[PersonView]:
    """Let a person in no more: their badge and tickets open nothing. What they did and booked stays.

    Raises Refused: unknown_person, person_inactive, not_allowed for oneself.
    """
    if actor.person_id == person_id:
        raise Refused(Reason(Code.NOT_ALLOWED))
    return _set_active(lab, actor, person_id, active=False)


def reactivate(lab: Lab, actor: Actor, person_id: int) -> Done[PersonView]:
    """Let a person in again, with the badge they had. Raises Refused: unknown_person, nothing_changes."""
    return _set_active(lab, actor, person_id, active=True)


def _set_active(lab: Lab, actor: Actor, person_id: int, *, active: bool) -> Done[PersonView]:
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_PEOPLE)
        row = _locked(lab, person_id)
        if bool(row.active) == active:
            inactive = Reason(Code.PERSON_INACTIVE, {"name": row.name})
            raise Refused(Reason(Code.NOTHING_CHANGES) if active else inactive)
        Person.update(active=active).where(Person.id == person_id).execute()
        action = "people.reactivate" if active else "people.deactivate"
        entry_id = audit.record(lab, actor, action, "person", person_id)
        return Done(people.person_view(lab, person_id), entry_id)


def _locked(lab: Lab, person_id: int) -> Any:
    """A person's row, active or not. Raises Refused(unknown_person)."""
    lab.store.lock(Person, person_id)
    row = Person.get_or_none(Person.id == person_id)
    if row is None:
        raise Refused(Reason(Code.UNKNOWN_PERSON, {"person": person_id}))
    return row


def _records(person_ids: list[int]) -> tuple[PersonRecord, ...]:
    """People by id, in the order asked for, inside the caller's transaction."""
    columns = (Person.id, Person.active, Person.email, Person.unix_name, Cohort.id)
    rows = Person.select(*columns).left_outer_join(Startup).left_outer_join(Cohort)
    about = {row[0]: row[1:] for row in rows.where(Person.id.in_(person_ids)).tuples()}
    inside = dict(
        CheckIn.select(CheckIn.person, CheckIn.at).where(INSIDE, _among(CheckIn, person_ids)).tuples()
    )
    badges = _badges(person_ids)
    records = []
    for view in people.views_of(person_ids):
        active, email, unix_name, cohort_id = about[view.id]
        state, since = badges.get(view.id, (BadgeState.NONE, None))
        records.append(
            PersonRecord(
                person=view,
                active=active,
                badge=state,
                badge_since=since,
                inside_since=inside.get(view.id),
                cohort_id=cohort_id,
                unix_name=unix_name or "",
                email=email,
            )
        )
    return tuple(records)


def _badges(person_ids: list[int]) -> dict[int, tuple[BadgeState, datetime | None]]:
    """How the badges of those stand who ever had one: the latest counts, and one in force before all."""
    rows: Iterable[tuple[int, datetime, datetime | None]] = (
        Pass.select(Pass.person, Pass.issued_at, Pass.revoked_at)
        .where(Pass.kind == "person", _among(Pass, person_ids))
        .order_by(Pass.issued_at, Pass.id)
        .tuples()
    )
    badges: dict[int, tuple[BadgeState, datetime | None]] = {}
    for person_id, issued_at, revoked_at in rows:
        if revoked_at is None:
            badges[person_id] = (BadgeState.IN_FORCE, issued_at)
        elif badges.get(person_id, (BadgeState.NONE, None))[0] is not BadgeState.IN_FORCE:
            badges[person_id] = (BadgeState.VOID, revoked_at)
    return badges


def _among(table: Any, person_ids: list[int]) -> Any:
    return table.person.in_(person_ids)
