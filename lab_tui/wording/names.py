"""The words for what the lab stores as codes: roles, kinds, states, acts."""

from __future__ import annotations

from collections.abc import Mapping

from lab_tui.i18n import N_, _
from lab_tui.lab.desk_views import DeskState
from lab_tui.lab.presence import CheckInKind
from lab_tui.lab.rules.permissions import Role
from lab_tui.text import printable

ROLES: Mapping[str, str] = {
    Role.MEMBER: N_("Member"),
    Role.MENTOR: N_("Mentor"),
    Role.VISITOR: N_("Visitor"),
    Role.STEWARD: N_("Steward"),
    Role.STAFF: N_("Staff"),
    Role.OPERATOR: N_("Operator"),
    Role.CARETAKER: N_("Caretaker"),
}
EVENT_KINDS: Mapping[str, str] = {
    "workshop": N_("Workshop"),
    "seminar": N_("Seminar"),
    "office_hours": N_("Office hours"),
    "demo_day": N_("Demo day"),
}
BOOKING_STATES: Mapping[str, str] = {
    "booked": N_("booked"),
    "checked_in": N_("checked in"),
    "ended": N_("ended"),
    "cancelled": N_("cancelled"),
    "no_show": N_("released: nobody came"),
    "undone": N_("undone"),
    "released": N_("released"),
    "offered": N_("offered"),
    "moved": N_("moved"),
    "lapsed": N_("offer lapsed"),
}
GPU_STATES: Mapping[str, str] = {
    "free": N_("free"),
    "booked": N_("booked"),
    "checked_in": N_("checked in"),
    "offered": N_("offered"),
    "out_of_service": N_("out of service"),
    "closed": N_("lab closed"),
}
DESK_STATES: Mapping[str, str] = {
    DeskState.MINE: N_("mine"),
    DeskState.TAKEN: N_("taken"),
    DeskState.POOL_FREE: N_("pool, free"),
    DeskState.LENT: N_("lent today"),
    DeskState.OUT_OF_ORDER: N_("out of order"),
}
CHECK_IN_KINDS: Mapping[str, str] = {
    CheckInKind.LAB: N_("the lab"),
    CheckInKind.SESSION: N_("event"),
    CheckInKind.BOOKING: N_("GPU booking"),
    CheckInKind.DESK: N_("desk"),
}
SIGN_UP_STATES: Mapping[str, str] = {
    "going": N_("going"),
    "waiting": N_("waiting"),
    "offered": N_("seat offered"),
    "cancelled": N_("cancelled"),
    "undone": N_("undone"),
}
ACTIONS: Mapping[str, str] = {
    "gpus.book": N_("booked GPUs"),
    "gpus.cancel": N_("cancelled a GPU booking"),
    "gpus.move": N_("moved a GPU booking"),
    "gpus.split": N_("moved the rest of a GPU booking"),
    "gpus.extend": N_("extended a GPU booking"),
    "gpus.shorten": N_("shortened a GPU booking"),
    "gpus.finish": N_("finished a GPU booking early"),
    "gpus.hand_over": N_("handed a GPU booking to a team-mate"),
    "gpus.book_series": N_("booked GPUs repeatedly"),
    "gpus.cancel_series": N_("cancelled a series of GPU bookings"),
    "gpus.wait": N_("began to wait for GPUs"),
    "gpus.stop_waiting": N_("stopped waiting for GPUs"),
    "gpus.withdraw_wait": N_("ended somebody's wait for GPUs"),
    "gpus.offer": N_("offered GPUs that were free again"),
    "gpus.accept_offer": N_("accepted offered GPUs"),
    "gpus.decline_offer": N_("declined offered GPUs"),
    "gpus.lapse_offer": N_("let an offer of GPUs lapse"),
    "gpus.take_back_offer": N_("took back an offer of GPUs that cannot be used"),
    "gpus.relocate": N_("moved somebody's GPU booking out of the way"),
    "gpus.give_back": N_("gave back a booking beyond somebody's membership"),
    "gpus.release_no_show": N_("released a booking nobody came to"),
    "gpus.end": N_("ended a booking"),
    "gpus.put_out_of_service": N_("put a workstation out of service"),
    "gpus.put_back_in_service": N_("put a workstation back in service"),
    "gpus.change_outage": N_("changed when a workstation is out of service"),
    "gpus.cancel_outage": N_("cancelled a workstation's time out of service"),
    "closures.plan": N_("planned a closure"),
    "closures.change": N_("changed a closure"),
    "closures.cancel": N_("cancelled a closure"),
    "workstations.add": N_("added a workstation"),
    "workstations.change": N_("changed a workstation"),
    "workstations.retire": N_("retired a workstation"),
    "workstations.bring_back": N_("brought a retired workstation back"),
    "desks.claim": N_("took a desk"),
    "desks.release": N_("released a desk"),
    "events.sign_up": N_("signed up for an event"),
    "events.cancel_sign_up": N_("gave back a place in an event"),
    "events.accept_offer": N_("accepted an offered seat"),
    "events.create": N_("made an event"),
    "events.change": N_("changed an event"),
    "events.call_off": N_("cancelled an event"),
    "events.open_check_in": N_("opened check-in to an event"),
    "checkins.check_in": N_("checked in"),
    "checkins.scan": N_("scanned a pass"),
    "checkins.leave": N_("left the lab"),
    "people.add": N_("added a person"),
    "people.change": N_("changed a person"),
    "people.deactivate": N_("sent a person away"),
    "people.reactivate": N_("let a person in again"),
    "people.sign_in": N_("signed in"),
    "people.set_pin": N_("set a PIN"),
    "people.sign_in_failed": N_("gave a wrong PIN"),
    "people.issue_pass": N_("issued a pass"),
    "people.revoke_badge": N_("made a badge void"),
    "people.revoke_ticket": N_("made a ticket void"),
    "people.remember_language": N_("chose a language"),
    "papers.print": N_("printed something"),
    "labels.issue": N_("issued a label"),
    "labels.revoke": N_("made a label void"),
    "keys.rotate": N_("added a signing key"),
    "keys.retire": N_("retired a signing key"),
    "lab.upgrade": N_("upgraded the database"),
    "scanners.remember_layout": N_("noticed how a scanner's keys arrive"),
    "scanners.calibrate": N_("set up a scanner"),
    "caretaker.confirm_catch_up": N_("let the caretaker catch up"),
    "undo": N_("undid an act"),
}
DUTIES: Mapping[str, str] = {
    "release_no_shows": N_("release bookings nobody came to"),
    "end_ended": N_("end what has ended"),
    "give_back_after_membership": N_("give back bookings beyond a membership"),
    "lapse_gpu_offers": N_("let old offers of GPUs lapse"),
    "offer_freed_gpus": N_("offer GPUs that are free again"),
    "lapse_offers": N_("let old offers lapse"),
    "nightly_exits": N_("check out who is still inside after closing"),
}


def role(code: str) -> str:
    """What a person is in the lab."""
    return _named(ROLES, code)


def event_kind(code: str) -> str:
    """The kind of an event."""
    return _named(EVENT_KINDS, code)


def booking_state(code: str) -> str:
    """How a GPU or desk booking stands."""
    return _named(BOOKING_STATES, code)


def gpu_state(code: str) -> str:
    """How a GPU stands at a moment."""
    return _named(GPU_STATES, code)


def desk_state(code: str) -> str:
    """How a desk stands on a day."""
    return _named(DESK_STATES, code)


def check_in_kind(code: str) -> str:
    """What was checked in to."""
    return _named(CHECK_IN_KINDS, code)


def sign_up_state(code: str) -> str:
    """A person's place in an event."""
    return _named(SIGN_UP_STATES, code)


def action(code: str) -> str:
    """An act of the audit log, after the name of whoever did it."""
    return _named(ACTIONS, code)


def duty(code: str) -> str:
    """A duty of the caretaker."""
    return _named(DUTIES, code)


def _named(names: Mapping[str, str], code: str) -> str:
    return _(names[code]) if code in names else printable(code)
