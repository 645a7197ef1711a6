"""What papers show, read for whoever may print it, and the entry that says who did."""

from __future__ import annotations

from collections.abc import Sequence

from lab_tui.errors import Reason, Refused
from lab_tui.lab import audit
from lab_tui.lab.operation import Actor, Lab, authorise, reading, writing
from lab_tui.lab.people import PersonView, person_view
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.people import Person


def badge_holders(lab: Lab, actor: Actor, person_ids: Sequence[int]) -> tuple[PersonView, ...]:
    """The people on badges, in the order asked for: oneself, or anybody for staff.

    Raises Refused: unknown_person, person_inactive.
    """
    with reading(lab):
        own = tuple(person_ids) == (actor.person_id,)
        authorise(lab, actor, Permission.SEE_OWN_DAY if own else Permission.MANAGE_PEOPLE)
        inactive = Person.select(Person.name).where(Person.id.in_(list(person_ids)), ~Person.active).first()
        if inactive is not None:
            raise Refused(Reason(Code.PERSON_INACTIVE, {"name": inactive.name}))
    return tuple(person_view(lab, person_id) for person_id in person_ids)


def record_printing(lab: Lab, actor: Actor, kind: str, ids: Sequence[int], count: int) -> None:
    """Write down who printed what; `ids` are the order's. No code is in it."""
    with writing(lab):
        facts = {"kind": kind, "ids": list(ids), "count": count}
        audit.record(lab, actor, "papers.print", "paper", None, facts)
