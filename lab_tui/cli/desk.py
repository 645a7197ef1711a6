"""`lab-tui desk`: the floor of a day, taking a desk, giving it back."""

from __future__ import annotations

import click

from lab_tui.cli.options import as_option, as_whom_option, json_option, request_key_option
from lab_tui.cli.output import print_json, print_lines, print_table, print_undo
from lab_tui.cli.session import Session, acting, day_or_today, pass_session
from lab_tui.cli.shapes import Group, option
from lab_tui.errors import Reason, Refused
from lab_tui.i18n import N_, _
from lab_tui.lab import desks
from lab_tui.lab.rules.reasons import Code
from lab_tui.wording import names, times


@click.group(cls=Group, help=N_("The desk map, taking and releasing desks."))
def desk() -> None:
    pass


@desk.command("map", help=N_("Show every desk on a day (2026-11-22, today or tomorrow; today if left out)."))
@click.argument("day", required=False)
@option("--free", is_flag=True, help=N_("Only desks that can be taken."))
@as_option
@json_option
@pass_session
def show_map(session: Session, day: str | None, free: bool, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    floor = desks.floor_on(lab, acting(lab, who), day_or_today(lab, "DAY", day))
    if as_json:
        return print_json(floor)
    zones = {zone.id: zone.name for zone in floor.zones}
    can_be_taken = (desks.DeskState.POOL_FREE, desks.DeskState.LENT)
    print_lines(
        _("{day}: {count} desks can be taken").format(day=times.day_long(floor.day), count=floor.free_count)
    )
    print_table(
        (_("Desk"), _("Zone"), _("State"), _("Holder"), _("Person"), _("Features"), _("Booking")),
        [
            (
                one.label,
                zones.get(one.zone_id, ""),
                one.out_of_order or names.desk_state(one.state),
                one.holder,
                one.person,
                one.features,
                one.my_booking_id or "",
            )
            for one in floor.desks
            if one.state in can_be_taken or not free
        ],
    )
    return None


@desk.command(
    help=N_("Take a pool or lent desk for a day (2026-11-22, today or tomorrow; today if left out).")
)
@click.argument("label", metavar="DESK")
@click.argument("day", required=False)
@request_key_option
@as_whom_option
@json_option
@pass_session
def claim(
    session: Session, label: str, day: str | None, request_key: str | None, who: str, as_json: bool
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    on_day = day_or_today(lab, "DAY", day)
    floor = desks.floor_on(lab, actor, on_day)
    found = next((one for one in floor.desks if one.label.casefold() == label.casefold()), None)
    if found is None:
        raise Refused(Reason(Code.UNKNOWN_DESK, {"desk": label}))
    done = desks.claim(lab, actor, found.id, on_day, request_key=request_key)
    if as_json:
        return print_json(done)
    sentence = _("Desk {desk} is taken for {person}, {day} (booking {id})")
    print_lines(_filled(sentence, done.what))
    print_undo(done.entry_id, who)
    return None


@desk.command(help=N_("Give a desk back, by the number of its booking."))
@click.argument("booking", type=int)
@as_option
@json_option
@pass_session
def release(session: Session, booking: int, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    done = desks.release(lab, acting(lab, who), booking)
    if as_json:
        return print_json(done)
    print_lines(_filled(_("Desk {desk} is free again, {day} (booking {id} of {person})"), done.what))
    print_undo(done.entry_id, who)
    return None


def _filled(sentence: str, booking: desks.DeskBookingView) -> str:
    return sentence.format(
        desk=booking.desk,
        person=booking.person_name,
        day=times.day_short(booking.first_day),
        id=booking.id,
    )
