"""What a scan meant, for the door: one big word, a shape, a sentence and the next step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from lab_tui.clock import LabTime
from lab_tui.i18n import N_, _
from lab_tui.lab.checkins import ForeignKind, Outcome, ScanResult, Verdict
from lab_tui.lab.labels import Command
from lab_tui.text import printable
from lab_tui.wording import times
from lab_tui.wording.templates import fill

SHAPES: Mapping[Outcome, str] = {Outcome.GOOD: "✓", Outcome.ATTENTION: "!", Outcome.BAD: "✕"}

WORDS: Mapping[Verdict, str] = {
    Verdict.WELCOME: N_("WELCOME"),
    Verdict.CHECKED_IN: N_("CHECKED IN"),
    Verdict.ALREADY_IN: N_("ALREADY IN"),
    Verdict.NOT_SIGNED_UP: N_("NO SIGN-UP"),
    Verdict.WAITING: N_("WAITING"),
    Verdict.TOO_EARLY: N_("TOO EARLY"),
    Verdict.TOO_LATE: N_("TOO LATE"),
    Verdict.EVENT_CANCELLED: N_("CANCELLED"),
    Verdict.WRONG_EVENT: N_("WRONG EVENT"),
    Verdict.INACTIVE: N_("INACTIVE"),
    Verdict.REVOKED: N_("VOID PASS"),
    Verdict.UNKNOWN: N_("UNKNOWN"),
    Verdict.FORGED: N_("NOT VALID"),
    Verdict.BROKEN: N_("SCAN AGAIN"),
    Verdict.KEY_MISSING: N_("KEY MISSING"),
    Verdict.KEY_RETIRED: N_("OLD KEY"),
    Verdict.NOT_OURS: N_("NOT OURS"),
    Verdict.DESK: N_("DESK"),
    Verdict.WORKSTATION: N_("MACHINE"),
    Verdict.EVENT: N_("EVENT"),
    Verdict.COMMAND: N_("STAFF CARD"),
    Verdict.CALIBRATION: N_("CALIBRATION"),
    Verdict.NO_PASS: N_("NO PASS"),
}

DETAILS: Mapping[Verdict, tuple[str, ...]] = {
    Verdict.WELCOME: (N_("{person_name} · {startup_name}"), N_("{person_name}"), N_("Good to see you")),
    Verdict.CHECKED_IN: (
        N_('{person_name} is checked in to "{event_title}"'),
        N_("{person_name} is checked in"),
        N_("Checked in"),
    ),
    Verdict.ALREADY_IN: (
        N_("{person_name} was checked in {instant}"),
        N_("{person_name} is checked in already"),
        N_("Checked in already"),
    ),
    Verdict.NOT_SIGNED_UP: (
        N_('{person_name} is not signed up for "{event_title}"'),
        N_("Not signed up for this event"),
    ),
    Verdict.WAITING: (
        N_('{person_name} is on the waiting list of "{event_title}"'),
        N_("On the waiting list, without a seat"),
    ),
    Verdict.TOO_EARLY: (
        N_('Check-in to "{event_title}" opens {instant}'),
        N_("Check-in opens {instant}"),
        N_("Check-in is not open yet"),
    ),
    Verdict.TOO_LATE: (
        N_('"{event_title}" ended {instant}'),
        N_("It ended {instant}"),
        N_("It is over"),
    ),
    Verdict.EVENT_CANCELLED: (N_('"{event_title}" is cancelled'), N_("The event is cancelled")),
    Verdict.WRONG_EVENT: (
        N_('This ticket is for "{event_title}", {place}'),
        N_('This ticket is for "{event_title}"'),
        N_("This ticket is for another event"),
    ),
    Verdict.INACTIVE: (
        N_("{person_name} is no longer active in this lab"),
        N_("No longer active in this lab"),
    ),
    Verdict.REVOKED: (
        N_("This pass has been void since {instant}"),
        N_("This pass was reported lost or replaced"),
    ),
    Verdict.UNKNOWN: (N_("The lab does not know this pass"),),
    Verdict.FORGED: (N_("This code was not made by this lab"),),
    Verdict.BROKEN: (N_("Only a part of the code was read"),),
    Verdict.KEY_MISSING: (N_("Signed with a key that this kiosk does not have"),),
    Verdict.KEY_RETIRED: (N_("Signed with a key that is no longer in use"),),
    Verdict.NOT_OURS: (N_("This is not a pass of this lab"),),
    Verdict.DESK: (N_("This is desk {thing}, {place}"), N_("This is desk {thing}"), N_("This is a desk")),
    Verdict.WORKSTATION: (
        N_("This is the workstation {thing}, {place}"),
        N_("This is the workstation {thing}"),
        N_("This is a workstation"),
    ),
    Verdict.EVENT: (
        N_('"{thing}", {instant}, {place}'),
        N_('"{thing}", {instant}'),
        N_('"{thing}"'),
        N_("This is the poster of an event"),
    ),
    Verdict.COMMAND: (
        N_("A card for staff: {command}, {thing}"),
        N_("A card for staff: {command}"),
        N_("A card for staff"),
    ),
    Verdict.CALIBRATION: (N_("This is the calibration card of scanners"),),
    Verdict.NO_PASS: (
        N_("This is no pass: it is the label of {thing}"),
        N_("This is no pass, but a label or a card"),
    ),
}
# Of a code that is void and has a successor; of a label that is void.
REPLACED: tuple[str, ...] = (
    N_("This pass has been void since {instant}; a new one was issued"),
    N_("This pass is void; a new one was issued"),
)
VOID_LABEL: tuple[str, ...] = (
    N_("This label has been void since {instant}"),
    N_("This label is void"),
)
REPLACED_LABEL: tuple[str, ...] = (
    N_("This label has been void since {instant}; a new one was printed"),
    N_("This label is void; a new one was printed"),
)
# Of a code that is not ours, by what it is for.
FOREIGN: Mapping[ForeignKind, str] = {
    ForeignKind.WEB: N_("This is a web address, not a pass of this lab"),
    ForeignKind.CONTACT: N_("This is a contact card, not a pass of this lab"),
    ForeignKind.WIFI: N_("This is for a Wi-Fi network, not a pass of this lab"),
    ForeignKind.PAYMENT: N_("This is for a payment, not a pass of this lab; nothing was paid"),
    ForeignKind.HEALTH: N_("This is a health certificate, not a pass of this lab; it was not kept"),
    ForeignKind.EVENT_TICKET: N_("This is a ticket of another event system, not of this lab"),
    ForeignKind.BOARDING_PASS: N_("This is a boarding pass, not a pass of this lab"),
    ForeignKind.PHONE: N_("This is a phone number, not a pass of this lab"),
    ForeignKind.MESSAGE: N_("This is for a text message, not a pass of this lab; nothing was sent"),
    ForeignKind.MAIL: N_("This is for an email, not a pass of this lab; nothing was sent"),
    ForeignKind.PLACE: N_("This is a place on a map, not a pass of this lab"),
    ForeignKind.CALENDAR: N_("This is a calendar entry, not a pass of this lab"),
    ForeignKind.ONE_TIME_PASSWORD: N_("This is a secret for one-time passwords; show it to nobody"),
    ForeignKind.PRODUCT: N_("This is the barcode of a product, not a pass of this lab"),
    ForeignKind.TEXT: N_("This is not a pass of this lab"),
}
# The next step where a code is not ours; for any other kind that of NOT_OURS.
FOREIGN_STEPS: Mapping[ForeignKind, str] = {
    ForeignKind.EVENT_TICKET: N_("Show it to the staff of that event, or scan your lab badge"),
}
# What command cards are short cuts to.
COMMANDS: Mapping[str, str] = {
    Command.OPEN_DOOR: N_("open the door"),
    Command.STAFF_TODAY: N_("today, for staff"),
    Command.CLOSE_LAB: N_("close the lab"),
    Command.WORKSTATIONS: N_("the workstations, for staff"),
}

NEXT_STEPS: Mapping[Verdict, tuple[str, ...]] = {
    Verdict.WELCOME: (N_("Your day is on the screen"),),
    Verdict.CHECKED_IN: (N_("Go to {place}"), N_("Come in")),
    Verdict.ALREADY_IN: (N_("Nothing more to do: come in"),),
    Verdict.NOT_SIGNED_UP: (N_("Sign up at a kiosk under Events, or ask the staff"),),
    Verdict.WAITING: (N_("Wait here: a freed seat is offered in order"),),
    Verdict.TOO_EARLY: (N_("Scan again {instant}"), N_("Scan again when check-in opens")),
    Verdict.TOO_LATE: (N_("See what is next on the home screen"),),
    Verdict.EVENT_CANCELLED: (N_("See what is next on the home screen"),),
    Verdict.WRONG_EVENT: (N_("Go to {place}"), N_("Look up the place under Events")),
    Verdict.INACTIVE: (N_("Ask the staff"),),
    Verdict.REVOKED: (N_("Use your new badge, or ask the staff for one"),),
    Verdict.UNKNOWN: (N_("Ask the staff"),),
    Verdict.FORGED: (N_("Ask the staff"),),
    Verdict.BROKEN: (N_("Hold it still before the scanner, and scan it again"),),
    Verdict.KEY_MISSING: (N_("Staff: copy the newest lab.key to this kiosk"),),
    Verdict.KEY_RETIRED: (N_("Ask the staff for a new print of it"),),
    Verdict.NOT_OURS: (N_("Scan the code on your lab badge or ticket"),),
    Verdict.DESK: (N_("Scan your badge next to sit down here"),),
    Verdict.WORKSTATION: (N_("Scan your badge next to check in or to book it"),),
    Verdict.EVENT: (N_("Scan your badge next to sign up"),),
    Verdict.COMMAND: (N_("Staff: scan your badge next"),),
    Verdict.CALIBRATION: (N_("The scanner is set; scan your badge to try it"),),
    Verdict.NO_PASS: (N_("Scan your badge or ticket"),),
}
VOID_LABEL_STEP = N_("Scan the new one, or ask the staff")


def word(verdict: Verdict) -> str:
    """One or two words in capitals, for letters that are read from three metres."""
    return _(WORDS[verdict])


def shape(outcome: Outcome) -> str:
    """The sign that says the outcome without colour."""
    return SHAPES[outcome]


def detail(result: ScanResult, lab_time: LabTime, now: datetime) -> str:
    """What happened, as a sentence without a full stop."""
    if result.foreign is not None:
        return _(FOREIGN[result.foreign])
    return fill(_details(result), _values(result, lab_time, now))


def _details(result: ScanResult) -> tuple[str, ...]:
    if result.verdict is not Verdict.REVOKED:
        return DETAILS[result.verdict]
    if result.label is not None:
        return REPLACED_LABEL if result.replaced else VOID_LABEL
    return REPLACED if result.replaced else DETAILS[Verdict.REVOKED]


def next_step(result: ScanResult, lab_time: LabTime, now: datetime) -> str:
    """What the person does now."""
    if result.foreign is not None and result.foreign in FOREIGN_STEPS:
        return _(FOREIGN_STEPS[result.foreign])
    if result.verdict is Verdict.REVOKED and result.label is not None:
        return _(VOID_LABEL_STEP)
    return fill(NEXT_STEPS[result.verdict], _values(result, lab_time, now))


def command(code: str) -> str:
    """What a command card is a short cut to; "" for a card that this version does not know."""
    return _(COMMANDS[code]) if code in COMMANDS else ""


def _values(result: ScanResult, lab_time: LabTime, now: datetime) -> dict[str, str]:
    texts = {
        "person_name": result.person_name,
        "other_name": result.other_name,
        "startup_name": result.startup_name,
        "event_title": result.event_title,
        "place": result.place,
    }
    if result.label is not None:
        texts["thing"] = result.label.title
        texts["command"] = command(result.label.command)
    values = {name: printable(text) for name, text in texts.items() if text}
    if result.instant is not None:
        values["instant"] = times.moment(lab_time, result.instant, now)
    return values
