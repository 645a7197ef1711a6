"""`lab-tui label`: the codes on desks, workstations, posters and command cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lab_tui.cli.options import as_option, json_option, request_key_option
from lab_tui.cli.output import print_json, print_lines
from lab_tui.cli.session import Session, acting, pass_session
from lab_tui.cli.shapes import Group, option
from lab_tui.codes.passcode import LABELS, PassKind
from lab_tui.errors import BadInput
from lab_tui.i18n import N_, _
from lab_tui.lab import labels, papers
from lab_tui.lab.labels import LabelSubject

if TYPE_CHECKING:
    from lab_tui.lab.operation import Actor, Lab

_kind = click.argument("kind", type=click.Choice(sorted(kind.value for kind in LABELS)))
_thing = click.argument("thing")
_event_option = option("--event", type=int, help=N_("The event that a command card is for, by its number."))


@click.group(cls=Group, help=N_("The codes on desks, workstations, posters and command cards."))
def label() -> None:
    pass


@label.command(help=N_("Show the code of a label: of a desk, a workstation, an event or a command."))
@_kind
@_thing
@_event_option
@as_option
@json_option
@pass_session
def code(session: Session, kind: str, thing: str, event: int | None, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    text = labels.label_code(lab, actor, _subject(lab, actor, PassKind(kind), thing, event))
    return print_json({"kind": kind, "code": text}) if as_json else print_lines(text)


@label.command(help=N_("Make a label void and give the thing a new one, for this reason."))
@_kind
@_thing
@click.argument("reason")
@_event_option
@request_key_option
@as_option
@json_option
@pass_session
def reissue(
    session: Session,
    kind: str,
    thing: str,
    reason: str,
    event: int | None,
    request_key: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    subject = _subject(lab, actor, PassKind(kind), thing, event)
    text = labels.reissue_label(lab, actor, subject, reason, request_key)
    if as_json:
        return print_json({"kind": kind, "code": text})
    return print_lines(_("The old label is void. Print the new one with `lab-tui print`."), text)


def _subject(lab: Lab, actor: Actor, kind: PassKind, thing: str, event: int | None) -> LabelSubject:
    """What the words name. Raises BadInput, Refused."""
    match kind:
        case PassKind.COMMAND:
            return LabelSubject(kind, event, thing)
        case PassKind.DESK:
            ids = {one.label.casefold(): one.id for one in papers.desks(lab, actor)}
        case PassKind.WORKSTATION:
            ids = {one.name.casefold(): one.id for one in papers.workstations(lab, actor)}
        case _:
            ids = {thing.casefold(): int(thing)} if thing.isascii() and thing.isdigit() else {}
    if thing.casefold() not in ids:
        raise BadInput("THING", thing, "unknown")
    return LabelSubject(kind, ids[thing.casefold()])
