"""What a scan meant, for the door: one big word, a shape, a sentence and the next step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from lab_tui.clock import LabTime
from lab_tui.i18n import N_, _
from lab_tui.lab.checkins import Outcome, ScanResult, Verdict
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
    Verdict.NOT_OURS: N_("NOT OURS"),
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
    Verdict.NOT_OURS: (N_("This is not a pass of this lab"),),
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
    Verdict.NOT_OURS: (N_("Scan the code on your lab badge or ticket"),),
}


def word(verdict: Verdict) -> str:
    """One or two words in capitals, for letters that are read from three metres."""
    return _(WORDS[verdict])


def shape(outcome: Outcome) -> str:
    """The sign that says the outcome without colour."""
    return SHAPES[outcome]


def detail(result: ScanResult, lab_time: LabTime, now: datetime) -> str:
    """What happened, as a sentence without a full stop."""
    return fill(DETAILS[result.verdict], _values(result, lab_time, now))


def next_step(result: ScanResult, lab_time: LabTime, now: datetime) -> str:
    """What the person does now."""
    return fill(NEXT_STEPS[result.verdict], _values(result, lab_time, now))


def _values(result: ScanResult, lab_time: LabTime, now: datetime) -> dict[str, str]:
    texts = {
        "person_name": result.person_name,
        "other_name": result.other_name,
        "startup_name": result.startup_name,
        "event_title": result.event_title,
        "place": result.place,
    }
    values = {name: printable(text) for name, text in texts.items() if text}
    if result.instant is not None:
        values["instant"] = times.moment(lab_time, result.instant, now)
    return values
