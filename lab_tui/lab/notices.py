"""What people are told at their next scan: what happened to what is theirs while they were away."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lab_tui.lab.operation import Actor, Lab, authorise, reading, writing
from lab_tui.lab.rules.permissions import Permission
from lab_tui.store.tables.people import Notice

# Facts that are instants; they are stored in ISO form.
_INSTANTS = frozenset({"start", "end", "was_start", "stays_until", "until", "blocked_from", "blocked_until"})


class NoticeKind(StrEnum):
    """What happened; the comment names the facts that go with it.

    `workstation`, `start` and `end` are the booking's as it is now, `was_…` as it was. `blocked_from` and
    `blocked_until` are the outage's or the closure's; `blocked_until` None means until further notice.
    """

    OUTAGE_HIT = "outage_hit"  # workstation, start, end, reason, blocked_from, blocked_until
    CLOSURE_HIT = "closure_hit"  # workstation, start, end, reason, blocked_from, blocked_until
    RELOCATED = "relocated"  # workstation, start, end, was_workstation, was_start, stays_until, reason
    GIVEN_BACK = "given_back"  # workstation, start, end
    OFFER_MADE = "offer_made"  # workstation, start, end, until
    OFFER_LAPSED = "offer_lapsed"  # workstation, start, end
    OFFER_TAKEN_BACK = "offer_taken_back"  # workstation, start, end
    NO_SHOW = "no_show"  # workstation, start, end, count, days
    HANDED_OVER = "handed_over"  # workstation, start, end, by


@dataclass(frozen=True)
class NoticeView:
    """Something a person has not been told yet."""

    id: int
    kind: NoticeKind
    facts: Mapping[str, object]
    made_at: datetime


def tell(lab: Lab, person_id: int, kind: NoticeKind | str, **facts: object) -> None:
    """Leave a notice for a person, inside the caller's transaction.

    `facts` holds plain values and instants; see NoticeKind for those of each kind.
    """
    written = json.dumps(facts, default=_plain, ensure_ascii=False, sort_keys=True)
    Notice.insert(person=person_id, kind=NoticeKind(kind).value, facts=written, made_at=lab.now()).execute()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def unseen(lab: Lab, actor: Actor) -> tuple[NoticeView, ...]:
    """What the actor has not been told yet, the oldest first. Raises Refused."""
    with reading(lab):
        authorise(lab, actor, Permission.SEE_OWN_DAY)
        query = Notice.select().where(_unseen_by(actor)).order_by(Notice.id)
        return tuple(_view(one) for one in query)


def mark_seen(lab: Lab, actor: Actor, notice_ids: Collection[int]) -> None:
    """Note that the actor was told; other people's notices stay as they are. Raises Refused."""
    with writing(lab):
        authorise(lab, actor, Permission.SEE_OWN_DAY)
        told = _unseen_by(actor) & Notice.id.in_(list(notice_ids))
        Notice.update(seen_at=lab.now()).where(told).execute()


def take_back(kind: NoticeKind, **facts: object) -> tuple[NoticeView, ...]:
    """Delete the unseen notices of a kind that hold these facts, as they are no longer true.

    Call it inside the operation's transaction. Returns what was deleted.
    """
    still_unseen = Notice.select().where((Notice.kind == kind.value) & Notice.seen_at.is_null())
    views = [_view(one) for one in still_unseen.order_by(Notice.id)]
    wrong = tuple(view for view in views if facts.items() <= view.facts.items())
    Notice.delete().where(Notice.id.in_([view.id for view in wrong])).execute()
    return wrong


def _view(stored: Notice) -> NoticeView:
    return NoticeView(stored.id, NoticeKind(stored.kind), _facts(stored.facts), stored.made_at)


def _unseen_by(actor: Actor) -> object:
    return (Notice.person == actor.person_id) & Notice.seen_at.is_null()


def _facts(written: str) -> dict[str, object]:
    facts: dict[str, object] = json.loads(written)
    for name in _INSTANTS & facts.keys():
        stored = facts[name]
        if isinstance(stored, str):
            facts[name] = datetime.fromisoformat(stored)
    return facts
