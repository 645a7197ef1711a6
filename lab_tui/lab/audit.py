"""What was done, by whom, through which door: appended by every operation, read by staff."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from lab_tui.errors import BadInput
from lab_tui.lab.operation import Actor, Lab, authorise, reading
from lab_tui.lab.rules.permissions import Permission
from lab_tui.store.fields import instant_text
from lab_tui.store.tables.lab import AuditEntry
from lab_tui.store.tables.people import Person
from lab_tui.store.written import Written, slot


@dataclass(frozen=True)
class Entry:
    """An act as it was written down."""

    id: int
    at: datetime
    actor_name: str
    via: str
    action: str
    subject: str
    subject_id: int | None
    facts: Mapping[str, object]
    override_reason: str | None
    undone: bool


_RECORD = Written(
    lambda: AuditEntry.insert(
        {
            column: slot(column.column_name)
            for column in AuditEntry._meta.sorted_fields
            if column is not AuditEntry.id
        }
    ).returning(AuditEntry.id)
)


def record(
    lab: Lab,
    actor: Actor,
    action: str,
    subject: str,
    subject_id: int | None,
    facts: Mapping[str, object] | None = None,
    *,
    request_key: str | None = None,
    override_reason: str | None = None,
    undoes: int | None = None,
) -> int:
    """Append an entry inside the operation's transaction; returns its id.

    `facts` holds plain values; instants and days are written in ISO form. No contact, no secret.
    """
    [(entry_id,)] = _RECORD.run(
        lab.store,
        at=instant_text(lab.now()),
        actor_id=actor.person_id,
        via=actor.via,
        action=action,
        subject=subject,
        subject_id=subject_id,
        facts=json.dumps(dict(facts or {}), default=_plain, ensure_ascii=False, sort_keys=True),
        request_key=request_key,
        override_reason=override_reason,
        undoes_id=undoes,
    )
    return int(entry_id)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def done_before(request_key: str | None, actor: Actor, action: str) -> tuple[int, int] | None:
    """`(entry id, subject id)` of an earlier call with this request key: a repeat changes nothing.

    Raises BadInput(taken) where the key came with another act, or somebody else's.
    """
    if request_key is None:
        return None
    entry = AuditEntry.get_or_none(AuditEntry.request_key == request_key)
    if entry is None:
        return None
    if (entry.action, entry.actor_id) != (action, actor.person_id):
        raise BadInput("request_key", request_key, "taken")
    return int(entry.id), int(entry.subject_id)


def latest(
    lab: Lab, actor: Actor, limit: int = 50, subject: str | None = None, before: int | None = None
) -> tuple[Entry, ...]:
    """The newest entries first, at most 200; `before` is the id to page on from. Raises Refused."""
    with reading(lab):
        authorise(lab, actor, Permission.READ_AUDIT)
        query = AuditEntry.select(AuditEntry, Person.name.alias("actor_name"))
        query = query.left_outer_join(Person, on=AuditEntry.actor == Person.id)
        if subject is not None:
            query = query.where(AuditEntry.subject == subject)
        if before is not None:
            query = query.where(AuditEntry.id < before)
        rows = list(query.order_by(AuditEntry.id.desc()).limit(min(limit, 200)).dicts())
        ids = [row["id"] for row in rows]
        undone = {entry.undoes_id for entry in AuditEntry.select().where(AuditEntry.undoes.in_(ids))}
    return tuple(
        Entry(
            id=row["id"],
            at=row["at"],
            actor_name=row["actor_name"] or "",
            via=row["via"],
            action=row["action"],
            subject=row["subject"],
            subject_id=row["subject_id"],
            facts=json.loads(row["facts"]),
            override_reason=row["override_reason"],
            undone=row["id"] in undone,
        )
        for row in rows
    )
