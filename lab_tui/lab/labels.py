"""Labels: the codes on desks, workstations and posters, and staff's command cards."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lab_tui.codes.passcode import LABELS, PassKind, new_pass_id
from lab_tui.errors import BadInput, Reason, Refused
from lab_tui.lab import audit, checkins
from lab_tui.lab.checkins import CheckInKind, CheckInView
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.scans import LabelView as LabelView
from lab_tui.lab.scans import live_label
from lab_tui.store.guards import GuardBroken
from lab_tui.store.tables.desks import Desk
from lab_tui.store.tables.events import Event
from lab_tui.store.tables.gpus import Workstation
from lab_tui.store.tables.labels import Label
from lab_tui.text import clean


class Command(StrEnum):
    """What a command card is a short cut to."""

    OPEN_DOOR = "open_door"  # of an event: check-in to its sitting, and this kiosk as its door
    STAFF_TODAY = "staff_today"
    CLOSE_LAB = "close_lab"
    WORKSTATIONS = "workstations"


# What the person with the card must be allowed to do: a card is a short cut, no authority.
_NEEDS = {
    Command.OPEN_DOOR: Permission.RUN_DOOR,
    Command.STAFF_TODAY: Permission.SEE_TODAY,
    Command.CLOSE_LAB: Permission.MANAGE_CLOSURES,
    Command.WORKSTATIONS: Permission.MANAGE_WORKSTATIONS,
}
# What is needed to give a thing its label.
_TO_ISSUE = {
    PassKind.DESK: Permission.MANAGE_DESKS,
    PassKind.WORKSTATION: Permission.MANAGE_WORKSTATIONS,
    PassKind.EVENT: Permission.MANAGE_EVENTS,
    PassKind.COMMAND: Permission.MANAGE_EVENTS,
}
_UNKNOWN = {
    PassKind.DESK: Code.UNKNOWN_DESK,
    PassKind.WORKSTATION: Code.UNKNOWN_WORKSTATION,
    PassKind.EVENT: Code.UNKNOWN_EVENT,
    PassKind.COMMAND: Code.UNKNOWN_EVENT,
}
_TABLES: dict[PassKind, Any] = {
    PassKind.DESK: Desk,
    PassKind.WORKSTATION: Workstation,
    PassKind.EVENT: Event,
    PassKind.COMMAND: Event,
}


@dataclass(frozen=True)
class LabelSubject:
    """What a label is on: a desk, a workstation or an event by its id; or a command card.

    The card that opens a door is for an event, `subject_id`; the other commands are for none.
    """

    kind: PassKind
    subject_id: int | None = None
    command: str = ""


def label_code(lab: Lab, actor: Actor, subject: LabelSubject) -> str:
    """The code on the label of a thing or a card; issued if there is none.

    Raises BadInput, Refused: not_allowed, sign_in_needed, unknown_desk, unknown_workstation, unknown_event.
    """
    _check(subject)
    try:
        with lab.store.write():
            _authorised_on(lab, actor, subject)
            live = _live(subject)
            return _code(lab, live if live is not None else _issue(lab, actor, subject))
    except GuardBroken:
        # Somebody else issued it at the same moment.
        with reading(lab):
            live = _live(subject)
        if live is None:
            raise Refused(Reason(Code.CHANGED_MEANWHILE)) from None
        return _code(lab, live)


def reissue_label(
    lab: Lab, actor: Actor, subject: LabelSubject, because: str, request_key: str | None = None
) -> str:
    """Revoke the label of a thing or a card and give a new one, in one act; returns the new code.

    Raises as `label_code`.
    """
    _check(subject)
    reason = clean(because, field="because")
    with writing(lab):
        _authorised_on(lab, actor, subject)
        if prior := audit.done_before(request_key, actor, "labels.issue"):
            return _code(lab, Label.get_by_id(prior[1]))
        live = _live(subject)
        if live is not None:
            Label.update(revoked_at=lab.now(), revoked_because=reason).where(Label.id == live.id).execute()
            audit.record(lab, actor, "labels.revoke", "label", live.id, {"because": reason})
        return _code(lab, _issue(lab, actor, subject, request_key))


def check_in_at(lab: Lab, actor: Actor, label: LabelView) -> Done[CheckInView] | None:
    """Check the actor in at a labelled desk or workstation that is theirs now; None where nothing is.

    Raises Refused where it is theirs but cannot be.
    """
    now = lab.now()
    kind = CheckInKind.DESK if label.kind is PassKind.DESK else CheckInKind.BOOKING
    for choice in checkins.choices(lab, actor):
        is_here = choice.subject_id == label.subject_id if kind is CheckInKind.DESK else True
        if choice.kind is not kind or not is_here or choice.title != label.title or choice.done_at:
            continue
        if choice.opens_at <= now < choice.ends_at:
            return checkins.check_in(lab, actor, kind, choice.subject_id)
    return None


def check_command(lab: Lab, actor: Actor, command: str) -> None:
    """See that the actor may do what a command card is a short cut to.

    Raises Refused: sign_in_needed, not_allowed, unknown_label.
    """
    if command not in _NEEDS:
        raise Refused(Reason(Code.UNKNOWN_LABEL))
    with reading(lab):
        authorise(lab, actor, _NEEDS[Command(command)])


def _check(subject: LabelSubject) -> None:
    """Raises BadInput for what can be on no label."""
    if subject.kind not in LABELS:
        raise BadInput("kind", subject.kind.value, "not_a_choice", choices=", ".join(sorted(LABELS)))
    if (subject.kind is PassKind.COMMAND) != (subject.command in _NEEDS):
        raise BadInput("command", subject.command, "not_a_choice", choices=", ".join(Command))
    is_of_a_thing = subject.kind is not PassKind.COMMAND or subject.command == Command.OPEN_DOOR
    if is_of_a_thing != (subject.subject_id is not None):
        raise BadInput("event_id", subject.subject_id, "empty" if is_of_a_thing else "unknown")


def _authorised_on(lab: Lab, actor: Actor, subject: LabelSubject) -> None:
    """See that the actor may label the thing, and hold it: it has one live label."""
    authorise(lab, actor, _TO_ISSUE[subject.kind])
    if subject.subject_id is None:
        return
    table = _TABLES[subject.kind]
    lab.store.lock(table, subject.subject_id)
    if not table.select().where(table.id == subject.subject_id).exists():
        raise Refused(Reason(_UNKNOWN[subject.kind]))


def _live(subject: LabelSubject) -> Any:
    return live_label(subject.kind, subject.subject_id, subject.command)


def _issue(lab: Lab, actor: Actor, subject: LabelSubject, request_key: str | None = None) -> Any:
    """A new label's row."""
    made = Label.create(
        code_id=f"{new_pass_id():016x}",
        kind=subject.kind.value,
        desk=subject.subject_id if subject.kind is PassKind.DESK else None,
        workstation=subject.subject_id if subject.kind is PassKind.WORKSTATION else None,
        event=subject.subject_id if subject.kind in (PassKind.EVENT, PassKind.COMMAND) else None,
        command=subject.command,
        issued_at=lab.now(),
    )
    facts = {"kind": subject.kind.value, "of": subject.subject_id, "command": subject.command}
    audit.record(lab, actor, "labels.issue", "label", made.id, facts, request_key=request_key)
    return made


def _code(lab: Lab, label: Any) -> str:
    """The code of a label's row."""
    return lab.keys.issue(PassKind(label.kind), int(label.code_id, 16))
