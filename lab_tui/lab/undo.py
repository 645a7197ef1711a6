"""Taking back what one just did. What is undone stays in history."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from lab_tui.errors import Facts, Reason, Refused
from lab_tui.lab import audit, checkins, desks, events, gpu_life, gpu_outages, gpu_series, gpu_waiting, gpus
from lab_tui.lab.operation import Actor, Lab, authorise, writing
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.lab import AuditEntry

# Each takes an act's subject back in the caller's transaction, or raises Refused.
_BY_SUBJECT: Mapping[str, Callable[[Lab, int], None]] = MappingProxyType(
    {
        "gpus.book": gpus.undo_book,
        "gpus.cancel": gpus.undo_cancel,
        "gpus.book_series": gpu_series.undo_book_series,
        "gpus.wait": gpu_waiting.undo_join,
        "gpus.accept_offer": gpu_waiting.undo_accept,
        "desks.claim": desks.undo_claim,
        "desks.release": desks.undo_release,
        "events.sign_up": events.undo_sign_up,
        "events.cancel_sign_up": events.undo_cancel_sign_up,
        "checkins.check_in": checkins.undo_check_in,
        "checkins.scan": checkins.undo_check_in,
        "checkins.leave": checkins.undo_check_in,
    }
)
# Those that need what the audit entry says of how it was before.
_BY_FACTS: Mapping[str, Callable[[Lab, int, Facts], None]] = MappingProxyType(
    {
        "gpus.cancel_series": gpu_series.undo_cancel_series,
        "gpus.move": gpu_life.undo_move,
        "gpus.split": gpu_life.undo_split,
        "gpus.extend": gpu_life.undo_extend,
        "gpus.shorten": gpu_life.undo_shorten,
        "gpus.finish": gpu_life.undo_shorten,
        "gpus.hand_over": gpu_life.undo_hand_over,
        "gpus.relocate": gpu_outages.undo_relocate,
    }
)
_UNDOABLE = _BY_SUBJECT.keys() | _BY_FACTS.keys()
# After these others may have what was held.
_FREES_GPUS = frozenset(
    {
        *("gpus.book", "gpus.book_series", "gpus.move", "gpus.split", "gpus.extend", "gpus.relocate"),
        "gpus.wait",
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
        if entry is None or entry.subject_id is None or entry.action not in _UNDOABLE:
            raise Refused(Reason(Code.CANNOT_BE_UNDONE))
        if reasons := _reasons(lab, actor, entry):
            raise Refused(*reasons)
        _take_back(lab, entry)
        facts = {"action": entry.action}
        audit.record(lab, actor, "undo", entry.subject, entry.subject_id, facts, undoes=entry.id)
    if entry.action in _FREES_GPUS:
        gpu_waiting.after_freeing(lab)
    return str(entry.action)


def _take_back(lab: Lab, entry: AuditEntry) -> None:
    if entry.action in _BY_FACTS:
        _BY_FACTS[entry.action](lab, entry.subject_id, json.loads(entry.facts))
    else:
        _BY_SUBJECT[entry.action](lab, entry.subject_id)


def _reasons(lab: Lab, actor: Actor, entry: AuditEntry) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    seconds = lab.config.kiosk.undo_seconds
    if not _may_undo(lab, actor, entry):
        reasons.append(Reason(Code.NOT_YOURS))
    if AuditEntry.select().where(AuditEntry.undoes == entry.id).exists():
        reasons.append(Reason(Code.ALREADY_UNDONE))
    elif lab.now() - entry.at > timedelta(seconds=seconds):
        reasons.append(Reason(Code.UNDO_TOO_LATE, {"seconds": seconds}))
    elif _is_handed_on(entry):
        reasons.append(Reason(Code.CANNOT_BE_UNDONE))
    return tuple(reasons)


def _is_handed_on(entry: AuditEntry) -> bool:
    """Whether what an act was about was handed to somebody else since."""
    handed = (AuditEntry.action == "gpus.hand_over") & (AuditEntry.id > entry.id)
    its = (AuditEntry.subject == entry.subject) & (AuditEntry.subject_id == entry.subject_id)
    undone = AuditEntry.select(AuditEntry.undoes).where(its & (AuditEntry.action == "undo"))
    return bool(AuditEntry.select().where(its & handed & AuditEntry.id.not_in(undone)).exists())


def _may_undo(lab: Lab, actor: Actor, entry: AuditEntry) -> bool:
    if actor.person_id is not None and actor.person_id == entry.actor_id:
        return True
    try:
        authorise(lab, actor, Permission.ACT_FOR_OTHERS)
    except Refused:
        return False
    return True
