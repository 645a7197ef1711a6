"""My day as lines: what each says, what it does when chosen, and what giving it back would lose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from lab_tui.clock import LabTime
from lab_tui.i18n import _
from lab_tui.lab.checkins import CheckInChoice, CheckInKind
from lab_tui.lab.desks import MyDesk
from lab_tui.lab.events import EventView
from lab_tui.lab.gpu_blocked import Hit
from lab_tui.lab.gpu_waiting import WaitView
from lab_tui.lab.gpus import BookingView, QuotaUse
from lab_tui.lab.notices import NoticeKind, NoticeView
from lab_tui.lab.overview import MyDay
from lab_tui.text import printable
from lab_tui.tui.modals.base import Said
from lab_tui.tui.screens.gpu_lines import hit_text
from lab_tui.tui.widgets.line_list import LineListView, ListLine, ListSection
from lab_tui.tui.widgets.strips import BarView
from lab_tui.wording import names, notices, times, waits
from lab_tui.wording.figures import gpus as gpus_text
from lab_tui.wording.figures import number
from lab_tui.wording.templates import listed


@dataclass(frozen=True)
class CheckIn:
    """Check in to something."""

    choice: CheckInChoice


@dataclass(frozen=True)
class Accept:
    """Take the seat that is held."""

    event: EventView


@dataclass(frozen=True)
class AcceptGpus:
    """Take the GPUs that are held, or say no to them."""

    booking: BookingView


@dataclass(frozen=True)
class Read:
    """Read what happened to what is one's own."""

    notice: NoticeView


@dataclass(frozen=True)
class Waiting:
    """GPUs that are waited for."""

    wait: WaitView


@dataclass(frozen=True)
class Leave:
    """Leave the lab."""


@dataclass(frozen=True)
class BookedGpus:
    """A GPU booking that can be changed or given back."""

    booking: BookingView


@dataclass(frozen=True)
class BookedDesk:
    """A booked desk that can be released."""

    desk: MyDesk


@dataclass(frozen=True)
class Going:
    """A place in an event, or on its waiting list, that can be given back."""

    event: EventView


Wish = CheckIn | Accept | AcceptGpus | Read | Leave | BookedGpus | BookedDesk | Going | Waiting
Given = BookedDesk | Going
"""What is given back after a question."""


@dataclass(frozen=True)
class Question:
    """What is asked before something is given back."""

    title: Said
    text: Said


NOTHING = LineListView()
NO_QUOTA = BarView()
_NUMBER_KEYS = 9
_DAYS_OF_A_WEEK = 7


def lines_of(day: MyDay, lab_time: LabTime, now: datetime) -> LineListView:
    """The day in three sections: now, today, this week."""
    writer = _Writer(lab_time, now)
    today, later = writer.dated(day)
    nothing = _("Nothing yet: g books a GPU, d takes a desk, e shows events.")
    return LineListView(
        (
            ListSection(_("NOW"), tuple(_numbered(writer.doable(day)))),
            ListSection(_("TODAY"), tuple(today), nothing),
            ListSection(_("COMING"), tuple(later)),
        )
    )


def _numbered(lines: Iterator[ListLine]) -> Iterator[ListLine]:
    for at, line in zip(count(1), lines, strict=False):
        yield replace(line, number=str(at)) if at <= _NUMBER_KEYS else line


@dataclass(frozen=True)
class _Writer:
    """Writes lines as seen at one instant."""

    time: LabTime
    now: datetime

    def doable(self, day: MyDay) -> Iterator[ListLine]:
        """What can be done now: accept what is held, check in, read what happened, leave."""
        for booking in day.gpu_offers:
            yield self._gpu_offer(booking)
        for event in day.offers:
            yield self._offer(event)
        for choice in day.check_ins:
            if choice.done_at is None and choice.opens_at <= self.now:
                yield self._check_in(choice)
        for notice in day.notices:
            # What is held stands above, for as long as it is held.
            if notice.kind is not NoticeKind.OFFER_MADE:
                yield ListLine(_("News"), notices.sentence(notice, self.time, self.now), "", Read(notice))
        if day.inside_since is not None:
            since = _("here since {time}").format(time=self._when(day.inside_since))
            yield ListLine(_("Leave"), _("the lab"), since, Leave())

    def _check_in(self, choice: CheckInChoice) -> ListLine:
        until = _("until {time}").format(time=times.clock_time(self.time, choice.ends_at))
        note = listed(part for part in (printable(choice.place), until) if part)
        if choice.kind is CheckInKind.DESK:
            title = _("Desk {desk}").format(desk=printable(choice.title))
            return ListLine(_("Check in"), title, printable(choice.place), CheckIn(choice))
        title = printable(choice.title)
        if choice.kind is CheckInKind.BOOKING:
            title = _("GPUs on {workstation}").format(workstation=title)
        return ListLine(_("Check in"), title, note, CheckIn(choice))

    def _offer(self, event: EventView) -> ListLine:
        note = ""
        if event.offer_deadline is not None:
            deadline = self._when(event.offer_deadline)
            note = _("held for you until {deadline}").format(deadline=deadline)
        return ListLine(_("Accept"), _titled(event), note, Accept(event))

    def _gpu_offer(self, booking: BookingView) -> ListLine:
        text = _("{gpus} on {workstation}, {when}").format(
            gpus=waits.gpu_count(len(booking.gpu_numbers)),
            workstation=printable(booking.workstation),
            when=times.span(self.time, booking.starts_at, booking.ends_at, self.now),
        )
        held = ""
        if booking.offer_until is not None:
            held = _("held until {deadline}").format(deadline=self._when(booking.offer_until))
        return ListLine(_("Accept"), text, held, AcceptGpus(booking))

    def dated(self, day: MyDay) -> tuple[list[ListLine], list[ListLine]]:
        """What a person has, today and later, each in the order of its time."""
        dated = [
            (booking.starts_at, self._booking(booking, day.gpu_hits.get(booking.id)))
            for booking in day.bookings
        ]
        done = {choice.subject_id for choice in day.check_ins if choice.done_at is not None}
        for event in day.events:
            sitting = next((one for one in event.sessions if one.ends_at > self.now), event.sessions[-1])
            dated.append((sitting.starts_at, self._event(event, sitting.starts_at, sitting.id in done)))
        dated += [(wait.earliest, self._wait(wait)) for wait in day.gpu_waits]
        dated.sort(key=lambda pair: pair[0])
        end_of_day = self.time.day_span(self.time.day_of(self.now))[1]
        today = [self._desk(desk) for desk in day.desks]
        today += [line for at, line in dated if at < end_of_day]
        return today, [line for at, line in dated if at >= end_of_day]

    def _when(self, at: datetime) -> str:
        if self.time.day_of(at) == self.time.day_of(self.now):
            return times.clock_time(self.time, at)
        day = self.time.day_of(at)
        if abs((day - self.time.day_of(self.now)).days) < _DAYS_OF_A_WEEK:
            return f"{times.weekday(day)} {times.clock_time(self.time, at)}"
        return times.day_short(day)

    def _booking(self, booking: BookingView, hit: Hit | None) -> ListLine:
        what = f"{printable(booking.workstation)} · {gpus_text(booking.gpu_numbers)}"
        length = times.duration(int((booking.ends_at - booking.starts_at).total_seconds()) // 60)
        state = names.booking_state(booking.state) if booking.state == "checked_in" else ""
        parts = (what, hit_text(hit), printable(booking.purpose), state)
        hours = times.hours(self.time, booking.starts_at, booking.ends_at)
        note = f"{hours} · {length}"
        text = " · ".join(part for part in parts if part)
        return ListLine(self._when(booking.starts_at), text, note, BookedGpus(booking))

    def _wait(self, wait: WaitView) -> ListLine:
        text = _("waiting for {what}").format(what=waits.what(wait))
        until = _("until {time}").format(time=self._when(wait.latest))
        return ListLine(self._when(wait.earliest), text, until, Waiting(wait))

    def _desk(self, desk: MyDesk) -> ListLine:
        title = _("Desk {desk}").format(desk=printable(desk.desk))
        where = f"{title} · {printable(desk.zone)}"
        text = f"{where} · {_('checked in')}" if desk.checked_in else where
        today = self.time.day_of(self.now)
        if desk.booking_id is None:
            until = _("yours until {day}").format(day=times.day_name(desk.until, today))
            return ListLine(_("all day"), text, until)
        return ListLine(_("all day"), text, _("booked"), BookedDesk(desk))

    def _event(self, event: EventView, at: datetime, checked_in: bool) -> ListLine:
        state = _("checked in") if checked_in else names.sign_up_state(event.my_state)
        if event.my_state == "waiting" and event.ahead_of_me is not None:
            state = _("waiting, {ahead} before you").format(ahead=event.ahead_of_me)
        return ListLine(self._when(at), _titled(event), state, None if checked_in else Going(event))


def _titled(event: EventView) -> str:
    return f"{names.event_kind(event.kind)} · {printable(event.title)}"


def quota_bar(quota: QuotaUse, offered: float) -> BarView:
    """The start-up's GPU-hours of this week, of which `offered` are held for whoever waits."""
    text = _("{used} of {limit} GPU-hours this week").format(used=number(quota.used), limit=quota.limit)
    if offered:
        text = f"{text} · " + waits.held(offered)
    return BarView(used=quota.used, total=quota.limit, text=text)


def question_of(wish: Given) -> Question:
    """What to ask before giving something back: what it is, and what is lost."""
    match wish:
        case BookedDesk(desk):
            return Question(lambda: _("Give this desk back?"), lambda: _desk_loss(desk))
        case Going(event):
            return Question(lambda: _("Give your place back?"), lambda: _place_loss(event))


def _desk_loss(desk: MyDesk) -> str:
    return _("Desk {desk}, {zone}. Somebody else can take it at once.").format(
        desk=printable(desk.desk), zone=printable(desk.zone)
    )


def _place_loss(event: EventView) -> str:
    if event.my_state == "waiting":
        lost = _("You lose your place on the waiting list.")
    elif event.waiting_count:
        lost = _("Your seat goes to whoever waits longest.")
    else:
        lost = _("Your seat becomes free.")
    return f"{_titled(event)}\n\n{lost}"
