"""What a person is told at their next scan: a sentence for each kind of notice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from lab_tui.clock import LabTime
from lab_tui.i18n import N_, ngettext
from lab_tui.lab.notices import NoticeKind, NoticeView
from lab_tui.wording import times
from lab_tui.wording.refusals import fact_text
from lab_tui.wording.templates import fill

# For each kind its sentences, the fullest first; the last can be said without any fact.
# `span` is made of the facts start and end, `blocked` of blocked_from and blocked_until, `kept` of what
# stays where it was: was_start and stays_until.
SENTENCES: Mapping[NoticeKind, tuple[str, ...]] = {
    NoticeKind.OUTAGE_HIT: (
        N_("{workstation} is out of service {blocked}: {reason}. It hits your booking {span}."),
        N_(
            "{workstation} is out of service from {blocked_from} until further notice: {reason}. "
            "It hits your booking {span}."
        ),
        N_("One of your GPU bookings is hit: its workstation is out of service then."),
    ),
    NoticeKind.CLOSURE_HIT: (
        N_("The lab is closed {blocked}: {reason}. It hits your booking of {workstation} {span}."),
        N_("One of your GPU bookings is hit: the lab is closed then."),
    ),
    NoticeKind.RELOCATED: (
        N_("Your booking of {was_workstation} stays {kept}; it goes on on {workstation} {span}: {reason}."),
        N_("Your booking of {was_workstation} {was_start} was moved to {workstation} {span}: {reason}."),
        N_("One of your GPU bookings was moved to another place; look under GPUs."),
    ),
    NoticeKind.GIVEN_BACK: (
        N_("Your booking of {workstation} {span} was given back: your time in the lab is over by then."),
        N_("One of your GPU bookings was given back: your time in the lab is over by then."),
    ),
    NoticeKind.OFFER_MADE: (
        N_("{workstation} is free for you {span}. It is held for you until {until}."),
        N_("The GPUs you wait for are free; they are held for you for a while."),
    ),
    NoticeKind.OFFER_LAPSED: (
        N_("{workstation} {span} was held for you; nobody accepted it in time, so it was passed on."),
        N_("GPUs were held for you; nobody accepted them in time, so they were passed on."),
    ),
    NoticeKind.OFFER_TAKEN_BACK: (
        N_(
            "{workstation} {span} was held for you, but it cannot be used then any more. "
            "You still wait, and are told when something else is free."
        ),
        N_(
            "GPUs were held for you, but they cannot be used any more. "
            "You still wait, and are told when something else is free."
        ),
    ),
    NoticeKind.NO_SHOW: (
        N_("Nobody checked in to your booking of {workstation} {start}, so it was released."),
        N_("Nobody checked in to one of your GPU bookings, so it was released."),
    ),
    NoticeKind.HANDED_OVER: (
        N_("{by} handed you a booking: {workstation} {span}."),
        N_("A GPU booking was handed to you."),
    ),
}

_SPANS = (
    ("span", "start", "end"),
    ("blocked", "blocked_from", "blocked_until"),
    ("kept", "was_start", "stays_until"),
)


def sentence(notice: NoticeView, lab_time: LabTime, now: datetime) -> str:
    """A notice in a sentence or two, with full stops."""
    said = fill(SENTENCES[notice.kind], _values(notice, lab_time, now))
    count, days = notice.facts.get("count"), notice.facts.get("days")
    if notice.kind is NoticeKind.NO_SHOW and isinstance(count, int) and isinstance(days, int):
        counted = ngettext(
            "{said} It counts: {count} no-show in {days} days.",
            "{said} It counts: {count} no-shows in {days} days.",
            count,
        )
        return counted.format(said=said, count=count, days=days)
    return said


def _values(notice: NoticeView, lab_time: LabTime, now: datetime) -> dict[str, str]:
    facts = notice.facts
    values = {name: fact_text(fact, lab_time, now) for name, fact in facts.items() if fact is not None}
    for name, first, last in _SPANS:
        starts_at, ends_at = facts.get(first), facts.get(last)
        if isinstance(starts_at, datetime) and isinstance(ends_at, datetime):
            values[name] = times.span(lab_time, starts_at, ends_at, now)
    return values
