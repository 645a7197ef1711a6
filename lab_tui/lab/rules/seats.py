"""Who gets a freed seat, until when it is held, and whether somebody may have one at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lab_tui.errors import Reason
from lab_tui.lab.rules.reasons import Code


@dataclass(frozen=True, order=True)
class Waiting:
    """A place in a waiting list; the order of these is the order of the list."""

    since: datetime
    sign_up_id: int


@dataclass(frozen=True)
class SeatFacts:
    """An event as one person who wants a seat meets it; times as in the event's sessions."""

    title: str
    cancelled: bool
    starts_at: datetime
    ends_at: datetime
    seats_left: int
    # The state of the person's live sign-up; '' without one.
    my_state: str
    # How many wait before this person, or would.
    ahead: int
    keeps_waiting_list: bool

    def may_wait(self, now: datetime) -> bool:
        """Whether waiting can help: a seat that is freed after the start is nobody's to be offered."""
        return self.keeps_waiting_list and not self.cancelled and now < self.starts_at


def next_in_line(waiting: Iterable[Waiting], seats: int, passed_over: Collection[int] = ()) -> list[int]:
    """The sign-ups that `seats` free seats are offered to: whoever waits longest, then the lower id.

    `passed_over` are sign-ups that have just let an offer lapse.
    """
    in_line = sorted(one for one in waiting if one.sign_up_id not in passed_over)
    return [one.sign_up_id for one in in_line[: max(0, seats)]]


def offer_deadline(now: datetime, event_starts_at: datetime, offer_minutes: int) -> datetime | None:
    """Until when a seat freed now is held, at most until the event starts; None once it has started."""
    if now >= event_starts_at:
        return None
    return min(now + timedelta(minutes=offer_minutes), event_starts_at)


def against_event(title: str, cancelled: bool, ends_at: datetime, now: datetime) -> list[Reason]:
    """Why nothing more can be changed about an event."""
    reasons = []
    if cancelled:
        reasons.append(Reason(Code.EVENT_CANCELLED, {"title": title}))
    if now >= ends_at:
        reasons.append(Reason(Code.EVENT_OVER, {"title": title}))
    return reasons


def against_sign_up(facts: SeatFacts, now: datetime, or_wait: bool) -> list[Reason]:
    """Every reason why a person may neither have a seat nor, with `or_wait`, wait for one.

    Whoever waits already may take a seat that is free: one that was offered to nobody.
    """
    reasons = against_event(facts.title, facts.cancelled, facts.ends_at, now)
    title = {"title": facts.title}
    if facts.my_state in ("going", "offered"):
        reasons.append(Reason(Code.ALREADY_SIGNED_UP, title))
    elif facts.seats_left <= 0:
        if facts.my_state == "waiting":
            reasons.append(Reason(Code.STILL_WAITING, {**title, "ahead": facts.ahead}))
        elif not (or_wait and facts.may_wait(now)):
            reasons.append(Reason(Code.EVENT_FULL, title))
    return reasons
