"""Taking back what one just did. What is undone stays in history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from lab_tui.errors import Reason, Refused
from lab_tui.lab import audit, checkins, desks, events, gpus
from lab_tui.lab.operation import Actor, Lab, authorise, writing
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.lab import AuditEntry

# Each takes an act's subject back in the caller's transaction, or raises Refused.
_UNDOING: Mapping[str, Callable[[Lab, int], None]] = MappingProxyType(
    {
        "gpus.book": gpus.undo_book,
        "gpus.cancel": gpus.undo_cancel,
        "desks.claim": desks.undo_claim,
        "desks.release": desks.undo_release,
        "events.sign_up": events.undo_sign_up,
        "events.cancel_sign_up": events.undo_cancel_sign_up,
        "checkins.check_in": checkins.undo_check_in,
        "checkins.scan": checkins.undo_check_in,
        "checkins.leave": checkins.undo_check_in,
    }
)


def undo(lab: Lab, actor: Actor, entry_id: int) -> str:
    """Undo an act of one's own within `kiosk.undo_seconds` (staff: anybody's); returns the action undone.

    Raises Refused: undo_too_late, already_undone, cannot_be_undone, not_yours, or why the act's room
    cannot go back.
    """
    with writing(lab):
        authorise(lab, actor, Permission.SEE_OWN_DAY)
        lab.store.lock(AuditEntry, entry_id)
        entry = AuditEntry.get_or_none(AuditEntry.id == entry_id)
        take_back = _UNDOING.get(entry.action) if entry else None
        if entry is None or take_back is None or entry.subject_id is None:
            raise Refused(Reason(Code.CANNOT_BE_UNDONE))
        if reasons := _reasons(lab, actor, entry):
            raise Refused(*reasons)
        take_back(lab, entry.subject_id)
        facts = {"action": entry.action}
        audit.record(lab, actor, "undo", entry.subject, entry.subject_id, facts, undoes=entry.id)
        return str(entry.action)


def _reasons(lab: Lab, actor: Actor, entry: AuditEntry) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    seconds = lab.config.kiosk.undo_seconds
    if not _may_undo(lab, actor, entry):
        reasons.append(Reason(Code.NOT_YOURS))
    if AuditEntry.select().where(AuditEntry.undoes == entry.id).exists():
        reasons.append(Reason(Code.ALREADY_UNDONE))
    elif lab.now() - entry.at > timedelta(seconds=seconds):
        reasons.append(Reason(Code.UNDO_TOO_LATE, {"seconds": seconds}))
    return tuple(reasons)


def _may_undo(lab: Lab, actor: Actor, entry: AuditEntry) -> bool:
    if actor.person_id is not None and actor.person_id == entry.actor_id:
        return True
    try:
        authorise(lab, actor, Permission.ACT_FOR_OTHERS)
    except Refused:
        return False
    return True
