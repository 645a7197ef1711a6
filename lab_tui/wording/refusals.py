"""Why the lab says no, and what is possible instead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from lab_tui.clock import LabTime
from lab_tui.errors import Reason, Remedy
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab.desks import ClaimInstead
from lab_tui.lab.events import JoinWaitingList
from lab_tui.lab.gpus import BookInstead
from lab_tui.lab.rules.reasons import Code
from lab_tui.text import printable
from lab_tui.wording import times
from lab_tui.wording.figures import gpus, number
from lab_tui.wording.names import booking_state
from lab_tui.wording.templates import fill, listed

# For each code its sentences, the fullest first; a guard of the schema gives no facts, so the last has none.
# `span` is made of the facts start and end.
SENTENCES: Mapping[Code, tuple[str, ...]] = {
    # who
    Code.NOT_ALLOWED: (N_("Your role does not allow this; ask the staff"),),
    Code.SIGN_IN_NEEDED: (N_("Sign in with your PIN first"),),
    Code.UNKNOWN_PERSON: (N_("Nobody here is called {person}"), N_("The lab does not know this person")),
    Code.PERSON_INACTIVE: (
        N_("{name} is no longer active in this lab; ask the staff"),
        N_("This person is no longer active in this lab; ask the staff"),
    ),
    Code.NOT_IN_PROGRAMME: (
        N_("{startup} is not in the programme now; ask the staff"),
        N_("Only start-ups in the programme can do this; ask the staff"),
    ),
    Code.WRONG_PIN: (N_("Wrong PIN; tries left: {tries_left}"), N_("Wrong PIN")),
    Code.PIN_PAUSED: (
        N_("Too many wrong PINs; try again after {until}"),
        N_("Too many wrong PINs; try again later"),
    ),
    Code.NO_PIN: (N_("No PIN is set for this person; another staff member can set one"),),
    # codes
    Code.CODE_NOT_OURS: (N_("This code is not of this lab"),),
    Code.CODE_DAMAGED: (N_("The code could not be read whole; scan it again"),),
    Code.NO_CODE_IN_PICTURE: (
        N_("No code can be seen in this picture; take it again, closer and without glare"),
    ),
    Code.SEVERAL_CODES_IN_PICTURE: (
        N_("There are {count} codes in this picture; cut out the one that is meant"),
        N_("There are several codes in this picture; cut out the one that is meant"),
    ),
    Code.PASS_UNKNOWN: (N_("The lab does not know this pass; ask the staff"),),
    Code.PASS_REVOKED: (
        N_("This pass has been void since {at}; ask the staff for a new one"),
        N_("This pass is void; ask the staff for a new one"),
    ),
    Code.UNKNOWN_LABEL: (N_("The lab does not know this label; ask the staff"),),
    # signing keys
    Code.DEMO_KEYS: (N_("A demo lab signs with the demo's public key; make a lab with `lab-tui init`"),),
    Code.KEYS_USED_UP: (N_("All 31 numbers of signing keys are used up; make a new lab"),),
    Code.KEY_FILE_OUTDATED: (
        N_(
            "Key {number}, which another kiosk added, is not in {path}. Copy the newest lab.key here first; "
            "if that file is lost, `lab-tui key rotate --force` adds one, and what key {number} signed is "
            "void"
        ),
        N_("The lab.key here lacks a key that another kiosk added; copy the newest lab.key here first"),
    ),
    Code.UNKNOWN_KEY: (
        N_("There is no signing key {number}; `lab-tui key list` shows them"),
        N_("There is no such signing key; `lab-tui key list` shows them"),
    ),
    Code.LAST_KEY: (
        N_("Key {number} is the only one; add another first with `lab-tui key rotate`"),
        N_("This key is the only one; add another first with `lab-tui key rotate`"),
    ),
    Code.KEY_NOT_OLDEST: (
        N_("Key {number} is not the oldest; retire key {oldest} first"),
        N_("This key is not the oldest; retire the oldest first"),
    ),
    Code.KEY_IN_USE: (
        N_(
            "Key {number} is in use. People who scanned what it signed in the last {days} days: {people}; "
            "labels: {labels}. Print these again first, or add --force"
        ),
        N_("This key is in use; print what it signed again first, or add --force"),
    ),
    # times
    Code.IN_THE_PAST: (N_("That time has passed: {start}"), N_("That time has passed")),
    Code.ENDS_BEFORE_START: (
        N_("The end, {end}, is not after the start, {start}"),
        N_("The end is not after the start"),
    ),
    Code.OFF_GRID: (
        N_("Bookings start and end on steps of {minutes} minutes"),
        N_("Bookings start and end on the timetable's steps"),
    ),
    Code.TOO_SHORT: (
        N_("The shortest booking is {minutes} minutes"),
        N_("The booking is too short"),
    ),
    Code.TOO_LONG: (
        N_("The longest booking is {hours} hours, {staff_hours} where staff allow it"),
        N_("The longest booking is {hours} hours"),
        N_("The booking is too long"),
    ),
    Code.BEYOND_HORIZON: (
        N_("Booking opens {days} days ahead, {staff_days} where staff allow it"),
        N_("Booking opens {days} days ahead"),
        N_("That is too far ahead to be booked"),
    ),
    Code.HORIZON_SHORTENED: (
        N_("Too many no-shows ({no_shows}): until {until} you may book at most {days} days ahead"),
        N_("After so many no-shows you may not book that far ahead for a while"),
    ),
    Code.OUTSIDE_HOURS: (
        N_("Bookings lie within the opening hours of one day, {opens} to {closes}"),
        N_("Bookings lie within the lab's opening hours"),
    ),
    Code.SKIPPED_TIME: (
        N_("{time} does not exist on that day: the clocks go from {gap_begins} to {gap_ends}"),
        N_("The clocks skip this time on that day"),
    ),
    Code.NO_COHORT_END: (
        N_("{startup} is in no cohort that has an end; choose the last day yourself"),
        N_("There is no cohort whose end is known; choose the last day yourself"),
    ),
    Code.LAB_CLOSED: (
        N_("The lab is closed {span}: {reason}"),
        N_("The lab is closed then"),
    ),
    Code.ALREADY_OVER: (N_("This is over already"),),
    # GPUs
    Code.UNKNOWN_WORKSTATION: (
        N_("There is no workstation {workstation}; nearest to that: {nearest}"),
        N_("There is no workstation {workstation}, only these: {known}"),
        N_("There is no workstation {workstation}"),
        N_("There is no such workstation"),
    ),
    Code.WORKSTATION_RETIRED: (
        N_("Workstation {workstation} is no longer in use"),
        N_("This workstation is no longer in use"),
    ),
    Code.NO_GPUS: (N_("Choose at least one GPU"),),
    Code.UNKNOWN_GPU: (
        N_("{workstation} has no GPU {gpu}"),
        N_("This workstation has no such GPU"),
    ),
    Code.GPU_TAKEN: (
        N_("GPU {gpu} of {workstation} is taken {span}"),
        N_("Too few GPUs of {workstation} are free {span}: {free}"),
        N_("No GPU of {workstation} is free {span}"),
        N_("Somebody has just taken one of these GPUs at that time"),
    ),
    Code.OFFERED_MEANWHILE: (
        N_("GPU {gpu} of {workstation} is held {span} for somebody who waits"),
        N_("One of these GPUs is held for somebody who waits at that time"),
    ),
    Code.OUT_OF_SERVICE: (
        N_("{workstation} is out of service {span}: {reason}"),
        N_("{workstation} is out of service from {start} until further notice: {reason}"),
        N_("The workstation is out of service then"),
    ),
    Code.TOO_MANY_GPUS: (
        N_("You ask for more GPUs than {workstation} has ({gpus})"),
        N_("You ask for more GPUs than the workstation has"),
    ),
    Code.STARTUP_QUOTA: (
        N_("{startup} would have {would_have} of {limit} GPU-hours on {workstation} that week"),
        N_("{startup} would have {would_have} of {limit} GPU-hours that week"),
        N_("Your start-up would have more GPU-hours that week than it may"),
    ),
    Code.PERSON_QUOTA: (
        N_("You would have {would_have} of {limit} GPU-hours on {workstation} that week"),
        N_("You would have {would_have} of {limit} GPU-hours that week"),
        N_("You would have more GPU-hours that week than one person may"),
    ),
    Code.GAP_TOO_SHORT: (
        N_("Between two of your bookings {minutes} minutes stay free; another one is {span}"),
        N_("That is too close to another of your bookings"),
    ),
    Code.MEMBERSHIP_ENDS: (
        N_("The last day of {startup} in the lab is {day}; book no further"),
        N_("Your start-up's time in the lab ends before that"),
    ),
    Code.TOO_MANY_OPEN_BOOKINGS: (
        N_("One person may have {limit} bookings ahead; cancel one first"),
        N_("You have as many bookings ahead as one person may; cancel one first"),
    ),
    Code.UNKNOWN_BOOKING: (N_("There is no booking {booking}"), N_("There is no such booking")),
    Code.UNKNOWN_SERIES: (N_("There is no series {series}"), N_("There is no such series")),
    Code.NOT_YOURS: (N_("This is somebody else's; only they or the staff can change it"),),
    Code.ALREADY_CANCELLED: (
        N_("This was moved; it is booking {moved_to} now"),
        N_("This is cancelled already"),
    ),
    Code.UNKNOWN_OUTAGE: (N_("The workstation is not out of service"),),
    Code.OUT_ALREADY: (
        N_("{workstation} is out of service {span} already: {reason}; give that outage another end instead"),
        N_("{workstation} is out of service from {start} until further notice already: {reason}"),
        N_("The workstation is out of service for all that time already"),
    ),
    Code.NOT_HIT: (N_("Neither an outage nor a closure hits this booking, so it stays where it is"),),
    Code.NO_OTHER_PLACE: (N_("No other place for it passes the rules"),),
    Code.UNKNOWN_CLOSURE: (N_("There is no closure {closure}"), N_("There is no such closure")),
    Code.NOT_BEGUN: (
        N_("It has not begun: it starts {start}"),
        N_("It has not begun yet"),
    ),
    Code.ALREADY_BEGUN: (
        N_("It began {start}, so this is no longer possible"),
        N_("It has begun, so this is no longer possible"),
    ),
    Code.NOT_WITHIN_BOOKING: (
        N_("Choose a time within the booking, {span}"),
        N_("Choose a time within the booking"),
    ),
    Code.NOTHING_CHANGES: (N_("It is like that already; change something first"),),
    Code.NOT_A_TEAM_MATE: (
        N_("{name} is not of the same start-up; choose somebody who is"),
        N_("Only somebody of the same start-up can take it over"),
    ),
    Code.BOOKINGS_AHEAD: (
        N_("Bookings ahead on {workstation}: {count}; move or cancel them first"),
        N_("The workstation has bookings ahead; move or cancel them first"),
    ),
    Code.NAME_TAKEN: (
        N_("There is a {name} already; choose another name"),
        N_("That name is taken; choose another"),
    ),
    Code.HOST_NAME_TAKEN: (
        N_("{workstation} answers to {name} already; choose another name"),
        N_("Another workstation answers to that name; choose another"),
    ),
    Code.GPUS_HAVE_HISTORY: (
        N_("{workstation} keeps {gpus} GPUs, which were booked before; retire it and add another instead"),
        N_("A GPU that was booked before cannot be removed; retire the workstation and add another"),
    ),
    # waiting for GPUs
    Code.UNKNOWN_WAIT: (
        N_("There is no place {wait} on the waiting list now"),
        N_("There is no such place on the waiting list"),
    ),
    Code.NOT_OFFERED: (
        N_("Booking {booking} is no offer, but {state}"),
        N_("This is no offer"),
    ),
    Code.ONLY_OFFERED: (
        N_("Booking {booking} is only an offer, held until {until}; accept or decline it"),
        N_("This is only an offer; accept or decline it"),
    ),
    Code.ALREADY_WAITING: (N_("You are waiting for that time already"),),
    Code.TOO_MANY_WAITS: (
        N_("One person may wait {limit} times at once; stop waiting for something first"),
        N_("You wait as often as one person may; stop waiting for something first"),
    ),
    Code.WINDOW_TOO_SHORT: (
        N_("Between the earliest start and the latest end there is no room for {length}"),
        N_("The booking does not fit between the earliest start and the latest end"),
    ),
    Code.NO_SUCH_MACHINE: (
        N_("No workstation has so many GPUs of at least {memory} GB: {gpus}"),
        N_("No workstation has so many GPUs: {gpus}"),
        N_("No workstation has so many GPUs of that memory"),
    ),
    Code.OFFER_LAPSED: (
        N_("The offer lapsed: it was held until {until}"),
        N_("The offer has lapsed"),
    ),
    Code.OFFER_TAKEN_BACK: (
        N_("{workstation} cannot be used {span}, so the offer was taken back; you still wait"),
        N_("The offer was taken back, as it cannot be used; you still wait"),
    ),
    # desks
    Code.UNKNOWN_DESK: (N_("There is no desk {desk}"), N_("There is no such desk")),
    Code.DESK_TAKEN: (
        N_("Desk {desk} is taken {day}"),
        N_("Somebody has just taken this desk for that day"),
    ),
    Code.DESK_ASSIGNED: (
        N_("Desk {desk} belongs to {startup}"),
        N_("This desk belongs to a start-up; choose one of the pool"),
    ),
    Code.DESK_OUT_OF_ORDER: (
        N_("Desk {desk} is out of order: {reason}"),
        N_("This desk is out of order"),
    ),
    Code.DAY_PAST: (N_("That day has passed: {day}"), N_("That day has passed")),
    Code.ALREADY_HAS_DESK: (
        N_("Desk {desk} is yours {day} already; release it first to change"),
        N_("You have a desk that day already; release it first to change"),
    ),
    Code.TOO_MANY_DESK_DAYS: (
        N_("One person may have {limit} desk days ahead; release one first"),
        N_("You have as many desk days ahead as one person may; release one first"),
    ),
    # events
    Code.UNKNOWN_EVENT: (N_("There is no such event"),),
    Code.UNKNOWN_SESSION: (N_("There is no such session"),),
    Code.EVENT_CANCELLED: (N_('"{title}" is cancelled'), N_("The event is cancelled")),
    Code.EVENT_OVER: (N_('"{title}" is over'), N_("The event is over")),
    Code.EVENT_FULL: (N_('"{title}" is full'), N_("The event is full")),
    Code.ALREADY_SIGNED_UP: (
        N_('You have a place in "{title}" or on its waiting list already'),
        N_("You have a place in this event or on its waiting list already"),
    ),
    Code.NOT_SIGNED_UP: (
        N_('You are not signed up for "{title}"'),
        N_("You are not signed up for this event"),
    ),
    Code.STILL_WAITING: (
        N_('You are on the waiting list of "{title}"; ahead of you: {ahead}'),
        N_("You are on the waiting list of this event"),
    ),
    Code.NO_OFFER: (
        N_('No seat in "{title}" is held for you'),
        N_("No seat is held for you"),
    ),
    Code.SEATS_TAKEN: (
        N_("{taken} people have a seat; {capacity} seats are too few for them"),
        N_("More people have a seat than that"),
    ),
    # check-in
    Code.TOO_EARLY: (N_("Check-in opens {opens}"), N_("Check-in is not open yet")),
    Code.TOO_LATE: (N_("It ended {ended}"), N_("It is over")),
    Code.ALREADY_CHECKED_IN: (
        N_("You have been checked in since {at}"),
        N_("You are checked in already"),
    ),
    Code.RELEASED_AS_NO_SHOW: (
        N_("Nobody checked in, so the booking was released; book again if the GPUs are still free"),
    ),
    Code.NOT_INSIDE: (N_("You are not checked in to the lab"),),
    # undo
    Code.UNDO_TOO_LATE: (
        N_("Only what was done in the last {seconds} seconds can be undone"),
        N_("It is too late to undo this"),
    ),
    Code.ALREADY_UNDONE: (N_("This is undone already"),),
    Code.CANNOT_BE_UNDONE: (N_("This cannot be undone"),),
    Code.NOTHING_TO_PRINT: (N_("There is nothing to print: nobody and nothing is meant"),),
    Code.CHANGED_MEANWHILE: (N_("Somebody changed this at the same moment; look again and retry"),),
}


def marked(reason: Reason) -> str:
    """A word for after the sentence: that staff may let it be; empty where they may not."""
    return "  ◆ " + _("staff may allow it") if reason.overridable else ""


def sentence(reason: Reason, lab_time: LabTime, now: datetime | None = None) -> str:
    """A broken rule as a sentence without a full stop; with `now` near days are named `today`, `tomorrow`."""
    if reason.code not in SENTENCES:
        return _("Not possible: {code}").format(code=printable(reason.code))
    return fill(SENTENCES[Code(reason.code)], _values(reason.facts, lab_time, now))


def _values(facts: Mapping[str, object], lab_time: LabTime, now: datetime | None) -> dict[str, str]:
    known = {name: fact for name, fact in facts.items() if fact not in (None, "", [])}
    values = {name: fact_text(fact, lab_time, now) for name, fact in known.items()}
    minutes = facts.get("minutes")
    if isinstance(minutes, int):
        values["length"] = times.duration(minutes)
    if "state" in values:
        values["state"] = booking_state(values["state"])
    start, end = facts.get("start"), facts.get("end")
    if isinstance(start, datetime) and isinstance(end, datetime):
        values["span"] = times.span(lab_time, start, end, now)
    return values


def fact_text(fact: object, lab_time: LabTime, now: datetime | None = None) -> str:
    """One fact as text: instants and days as people say them, numbers short, text without controls."""
    if isinstance(fact, datetime):
        return times.moment(lab_time, fact, now)
    if isinstance(fact, date):
        return times.day_short(fact) if now is None else times.day_name(fact, lab_time.day_of(now))
    if isinstance(fact, float):
        return number(fact)
    if isinstance(fact, (list, tuple)):
        return listed(fact_text(one, lab_time, now) for one in fact)
    return printable(str(fact))


def remedy_line(remedy: Remedy, lab_time: LabTime, now: datetime) -> str:
    """What is possible instead, in one line: `lantau  GPU 0-1  tonight 20:00-22:00`."""
    if isinstance(remedy, BookInstead):
        wish = remedy.wish
        line = _("{workstation}  {gpus}  {span}").format(
            workstation=printable(remedy.workstation),
            gpus=gpus(wish.gpu_numbers),
            span=times.span(lab_time, wish.starts_at, wish.ends_at, now),
        )
        return line if remedy.costs_quota else _("{booking}  costs no quota").format(booking=line)
    if isinstance(remedy, ClaimInstead):
        return _("Desk {desk}  {zone}  {day}").format(
            desk=printable(remedy.label),
            zone=printable(remedy.zone),
            day=times.day_name(remedy.day, lab_time.day_of(now)),
        )
    if isinstance(remedy, JoinWaitingList):
        return ngettext(
            "Join the waiting list, with {ahead} person ahead of you",
            "Join the waiting list, with {ahead} people ahead of you",
            remedy.ahead,
        ).format(ahead=remedy.ahead)
    raise TypeError(f"no wording for {type(remedy).__name__}")
