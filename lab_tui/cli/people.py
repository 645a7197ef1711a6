"""`lab-tui people`: finding people, their badges, staff's PINs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab_tui.cli.options import as_option, json_option, request_key_option
from lab_tui.cli.output import print_json, print_lines, print_table
from lab_tui.cli.pins import pin_file_option, read_pin
from lab_tui.cli.session import Session, acting, pass_session, person_named
from lab_tui.cli.shapes import Group, option
from lab_tui.errors import Reason, Refused
from lab_tui.i18n import N_, _
from lab_tui.lab import people as people_room
from lab_tui.lab.events import event_view
from lab_tui.lab.operation import Actor
from lab_tui.lab.rules.reasons import Code
from lab_tui.wording import names

if TYPE_CHECKING:
    from lab_tui.lab.operation import Lab


_ROLES = ("member", "mentor", "visitor", "steward", "staff")


@click.group(cls=Group, help=N_("Find people, print badges, set PINs."))
def people() -> None:
    pass


@people.command(help=N_("Find people by name, start-up or unix name, in any script."))
@click.argument("words", nargs=-1, required=True)
@option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help=N_("At most so many."))
@as_option
@json_option
@pass_session
def find(session: Session, words: tuple[str, ...], limit: int, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    found = people_room.find(lab, acting(lab, who), " ".join(words), limit)
    if as_json:
        return print_json(found)
    rows = [
        (one.id, one.name, one.other_name, names.role(one.role), one.startup_name, one.cohort_name)
        for one in found
    ]
    head = (_("Person"), _("Name"), _("Other name"), _("Role"), _("Start-up"), _("Cohort"))
    return print_table(head, rows) if rows else print_lines(_("Nobody found."))


@people.command(help=N_("Add a person."))
@click.argument("name")
@option("--role", type=click.Choice(_ROLES), required=True, help=N_("What they are in the lab."))
@option("--startup", "startup_id", type=int, help=N_("A member's start-up, by its number."))
@option("--other-name", default="", help=N_("The name in another script."))
@option("--title", default="", help=N_("What they do."))
@option("--email", default="", help=N_("How to reach them."))
@option("--unix-name", help=N_("Their account on the workstations."))
@request_key_option
@as_option
@json_option
@pass_session
def add(
    session: Session,
    name: str,
    role: str,
    startup_id: int | None,
    other_name: str,
    title: str,
    email: str,
    unix_name: str | None,
    request_key: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    lab = session.lab()
    new = people_room.NewPerson(
        name=name,
        role=role,
        other_name=other_name,
        title=title,
        startup_id=startup_id,
        email=email,
        unix_name=unix_name,
    )
    done = people_room.add(lab, acting(lab, who), new, request_key=request_key)
    if as_json:
        return print_json(done)
    sentence = _("{name} is person {id}. Write the badge with: {command}")
    command = f"lab-tui people badge {done.what.id}"
    return print_lines(sentence.format(name=done.what.name, id=done.what.id, command=command))


@people.command(help=N_("Write a person's badge as a PNG picture of card size."))
@click.argument("person")
@option("--out", type=click.Path(path_type=Path), help=N_("The file; badge-NUMBER.png if left out."))
@option(
    "--reissue", metavar="REASON", help=N_("Make the old badge void and issue a new one, for this reason.")
)
@request_key_option
@as_option
@json_option
@pass_session
def badge(
    session: Session,
    person: str,
    out: Path | None,
    reissue: str | None,
    request_key: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    person_id = person_named(lab, person)
    if reissue is not None:
        code = people_room.reissue_badge(lab, actor, person_id, reissue, request_key)
    else:
        code = people_room.badge_code(lab, actor, person_id)
    path = write_badge(lab, actor, person_id, out or Path(f"badge-{person_id}.png"))
    if as_json:
        return print_json({"person_id": person_id, "code": code, "path": str(path)})
    return print_lines(_("The badge is in {path}").format(path=path), code)


@people.command(
    "reissue-ticket", help=N_("Make a person's ticket to an event void and issue a new one, for this reason.")
)
@click.argument("person")
@click.argument("event", type=int)
@click.argument("reason")
@request_key_option
@as_option
@json_option
@pass_session
def reissue_ticket(
    session: Session,
    person: str,
    event: int,
    reason: str,
    request_key: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    person_id = person_named(lab, person)
    sign_up_id = event_view(lab, Actor(person_id, actor.via), event).my_sign_up_id
    if sign_up_id is None:
        raise Refused(Reason(Code.NOT_SIGNED_UP))
    code = people_room.reissue_ticket(lab, actor, sign_up_id, reason, request_key)
    if as_json:
        return print_json({"person_id": person_id, "event_id": event, "code": code})
    return print_lines(_("The old ticket is void. Print the new one with `lab-tui print tickets`."), code)


@people.command(help=N_("Set the PIN of a staff member."))
@click.argument("person")
@pin_file_option
@as_option
@json_option
@pass_session
def pin(session: Session, person: str, pin_file: str | None, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    person_id = person_named(lab, person)
    people_room.set_pin(lab, actor, person_id, read_pin(pin_file))
    return print_json({"person_id": person_id}) if as_json else print_lines(_("The PIN is set."))


def write_badge(lab: Lab, actor: Actor, person_id: int, path: Path) -> Path:
    """Write a person's badge to a PNG picture; returns its file, which is in `path` if that is a folder.

    Raises SystemCannot: font_missing, file_unwritable.
    """
    from lab_tui.printing.orders import Form, Order, PaperKind, print_order

    order = Order(PaperKind.BADGE, (person_id,), form=Form.PNG)
    return print_order(lab, actor, order, out=path).paths[0]
