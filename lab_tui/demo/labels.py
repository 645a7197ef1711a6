"""The demo's labels: every desk, workstation and event has one, and there are cards for the staff."""

from __future__ import annotations

from hashlib import sha256

from lab_tui.codes.passcode import PassKind
from lab_tui.demo.days import FOUNDED
from lab_tui.lab.labels import Command
from lab_tui.store.tables.desks import Desk
from lab_tui.store.tables.events import Event
from lab_tui.store.tables.gpus import Workstation
from lab_tui.store.tables.labels import Label

_FOR_EVENTS = (Command.OPEN_DOOR,)


def fill_labels() -> None:
    """Label whatever can be labelled. Call it in a transaction, when the things are there."""
    for desk in Desk.select().order_by(Desk.id):
        _label(PassKind.DESK, desk=desk.id)
    for machine in Workstation.select().where(~Workstation.retired).order_by(Workstation.id):
        _label(PassKind.WORKSTATION, workstation=machine.id)
    for event in Event.select().where(~Event.cancelled).order_by(Event.id):
        _label(PassKind.EVENT, event=event.id)
        for command in _FOR_EVENTS:
            _label(PassKind.COMMAND, event=event.id, command=command.value)
    for command in Command:
        if command not in _FOR_EVENTS:
            _label(PassKind.COMMAND, command=command.value)


def _label(kind: PassKind, **of: object) -> None:
    """A label whose id is the same in every build; fit for a demo only, as it can be guessed."""
    said = " ".join(["lab-tui demo label", kind.value, *(f"{name} {value}" for name, value in of.items())])
    code_id = sha256(said.encode()).hexdigest()[:16]
    Label.create(code_id=code_id, kind=kind.value, issued_at=FOUNDED, **of)
