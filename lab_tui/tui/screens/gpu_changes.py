"""Changing one's own bookings, from any screen that shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from lab_tui.config import GpusSection
from lab_tui.errors import Refused
from lab_tui.i18n import _
from lab_tui.lab import checkins, gpu_finding, gpu_life, gpu_series, gpus
from lab_tui.lab.checkins import CheckInKind, CheckInView
from lab_tui.lab.gpus import BookingView, BookingWish, BookInstead, OutageView, Preview
from lab_tui.lab.operation import Actor, Done, Lab
from lab_tui.lab.rules.booking import LONGEST_EVER
from lab_tui.lab.rules.calendar import slot_start
from lab_tui.lab.rules.finding import Search
from lab_tui.lab.rules.permissions import Permission
from lab_tui.text import printable
from lab_tui.tui.notice import Tone
from lab_tui.tui.screens.base import new_request_key
from lab_tui.tui.screens.gpu_giving_back import GpuGivingBack
from lab_tui.wording import refusals, times

if TYPE_CHECKING:
    from lab_tui.lab.gpu_life import TeamMate
    from lab_tui.lab.gpu_series import SeriesAhead
    from lab_tui.tui.modals.change_sheet import FinishNow, GivenUp, Move, NewEnd, PickOnTimetable

V = TypeVar("V")
T = TypeVar("T")

# Further than that nobody steps through a sheet.
_STAFF_MAY_ADD = timedelta(hours=24)


class GpuChanges(GpuGivingBack[V], Generic[V]):
    """A screen from which one's own bookings are moved, made longer or shorter, handed over, given back."""

    HAS_TIMETABLE: ClassVar[bool] = False
    """Whether a place can be chosen here by moving the cursor to it."""

    def __init__(self) -> None:
        super().__init__()
        # The booking that waits for a place chosen on the timetable.
        self._moving: BookingView | None = None

    # What the screen calls

    def look_at(self, wish: BookingWish) -> None:
        """Show the sheet for a wish, or why it cannot be.

        While a place is sought for a booking that moves, the wish says where it goes.
        """
        if self._moving is not None:
            booking = self._moving
            self._seek_place_for(None)
            self._ask_where_to(booking, _moved_to(booking, wish))
        else:
            super().look_at(wish)

    def choose_for(self, booking: BookingView) -> None:
        """Ask what to do with a booking, or an offer, of one's own."""
        if booking.state == "offered":
            self.choose_answer(booking)
        else:
            self._choose_change(booking)

    def _choose_change(self, booking: BookingView) -> None:
        actor = self.actor

        def read(lab: Lab) -> tuple[OutageView | None, SeriesAhead | None]:
            return outage_of(lab, actor, booking), gpu_series.series_ahead(lab, actor, booking.id)

        self.ask_lab(read, lambda known: self._show_choices(booking, *known))

    def forget(self) -> None:
        self._moving = None
        super().forget()

    def action_back(self) -> None:
        """Escape: no longer look for a place, else back."""
        if self._moving is not None:
            self._seek_place_for(None)
        else:
            super().action_back()

    def action_undo(self) -> None:
        """Take back what was just done; it may be about what a place is sought for."""
        self._moving = None
        super().action_undo()

    def tell_done(self, undoable: Done[Any] | None, text: str) -> None:
        """Whatever was done, no place is sought any more."""
        self._moving = None
        super().tell_done(undoable, text)

    def tell(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """While a place is sought for a booking, that is said where there is nothing else to say."""
        if not text and self._moving is not None:
            text = _("Go to where it should be and press Enter; Esc leaves it where it is.")
            tone = Tone.ATTENTION
        super().tell(text, tone)

    def _seek_place_for(self, booking: BookingView | None) -> None:
        """Look for a place on the timetable; None: no longer."""
        self._moving = booking
        self.tell("")
        self.refresh_bindings()

    # What can be done with one's own

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what the booking under the cursor does not allow."""
        if action not in _OF_ONES_OWN:
            return super().check_action(action, parameters)
        booking = self.my_booking_here() if self._is_composed() else None
        return True if booking is not None and self._allows(booking, action) else None

    def _allows(self, booking: BookingView, action: str) -> bool:
        if action in ("move", "check_in"):
            return booking.state == "booked"
        if action == "cancel_booking":
            return booking.state in ("booked", "checked_in", "offered")
        return booking.state in ("booked", "checked_in")

    def _show_choices(
        self, booking: BookingView, outage: OutageView | None, series: SeriesAhead | None
    ) -> None:
        from lab_tui.tui.modals.pick import PickModal

        doable: list[tuple[Callable[[], str], Callable[[BookingView], None]]] = []
        if outage is not None:
            doable.append((lambda: _("Go on on another machine: this one is out of service"), self.go_on))
        if self._allows(booking, "check_in") and self._opens_at(booking) <= self.lab.clock.now():
            doable.append((lambda: _("Check in"), self.check_in_to))
        if self._allows(booking, "move"):
            doable.append((lambda: _("Move to another time or machine"), self.move))
        doable.append((lambda: _("Longer, shorter or finished now"), self.change_end))
        doable.append((lambda: _("Hand over to a team-mate"), self.hand_over))
        doable += self.ways_back(booking, series)
        doable.append((lambda: _("Put into the phone's calendar"), self.show_code))

        def chosen(index: int | None) -> None:
            if index is not None:
                doable[index][1](booking)

        def title() -> str:
            return _("{workstation} · {gpus} · {when}").format(**self.parts_of(booking))

        self.app.push_screen(PickModal(title, [line for line, _act in doable]), chosen)

    def _opens_at(self, booking: BookingView) -> datetime:
        return booking.starts_at - timedelta(minutes=self.lab.config.gpus.check_in_opens_minutes)

    def _with_booking_here(self, change: Callable[[BookingView], None]) -> None:
        booking = self.my_booking_here()
        if booking is not None:
            change(booking)

    def action_move(self) -> None:
        """Move the booking under the cursor."""
        self._with_booking_here(self.move)

    def action_change_end(self) -> None:
        """Let it end later or sooner."""
        self._with_booking_here(self.change_end)

    def action_hand_over(self) -> None:
        """Give it to a team-mate."""
        self._with_booking_here(self.hand_over)

    def action_cancel_booking(self) -> None:
        """Give it back, or say no to what is held, after asking."""
        booking = self.my_booking_here()
        if booking is not None and booking.state == "offered":
            self.ask_to_decline(booking)
        elif booking is not None:
            self.give_back(booking)

    def action_check_in(self) -> None:
        """Check in to it."""
        self._with_booking_here(self.check_in_to)

    # Moving

    def move(self, booking: BookingView) -> None:
        """Ask where to, beginning with where it is."""
        wish = BookingWish(
            *(booking.workstation_id, booking.gpu_numbers, booking.starts_at, booking.ends_at),
            purpose=booking.purpose,
            gpu_count=len(booking.gpu_numbers),
        )
        self._ask_where_to(booking, wish)

    def _ask_where_to(self, booking: BookingView, wish: BookingWish) -> None:
        from lab_tui.tui.modals.change_sheet import MoveSheet

        actor = self.actor

        async def ask(there: BookingWish) -> Preview:
            return await self.kiosk.operations.run(
                lambda lab: gpu_life.preview_move(lab, actor, booking.id, there)
            )

        def show(known: tuple[tuple[gpus.WorkstationView, ...], Mapping[int, GpusSection]]) -> None:
            sheet = MoveSheet(self.lab, *known, booking, wish, ask, can_pick=self.HAS_TIMETABLE)
            self.app.push_screen(sheet, partial(self._move, booking))

        self.ask_lab(lambda lab: (gpus.workstations(lab, actor), gpus.policies(lab, actor)), show)

    def _move(self, booking: BookingView, answer: Move | PickOnTimetable | None) -> None:
        from lab_tui.tui.modals.change_sheet import Move

        if isinstance(answer, Move):
            self._move_to(booking, answer.wish)
        elif answer is not None:
            self._seek_place_for(booking)

    def _move_to(self, booking: BookingView, wish: BookingWish, override_reason: str | None = None) -> None:
        actor, key = self.actor, new_request_key()
        self.act(
            lambda lab: gpu_life.move(
                lab, actor, booking.id, wish, request_key=key, override_reason=override_reason
            ),
            lambda moved: _("Moved: {workstation} {gpus}, {when}.").format(**self.parts_of(moved)),
            self.show_changed,
            take=partial(self._ask_where_to, booking),
            allow=partial(self._move_to, booking, wish),
        )

    # Another end

    def change_end(self, booking: BookingView) -> None:
        """Ask when it should end."""
        from lab_tui.tui.modals.change_sheet import EndSheet

        actor = self.actor

        def read(lab: Lab) -> tuple[datetime | None, Mapping[int, GpusSection], GivenUp]:
            longest = gpu_life.longest_extension(lab, actor, booking.id)
            return longest, gpus.policies(lab, actor), _given_up(lab, actor, booking)

        async def ask(ends_at: datetime) -> Preview:
            return await self.kiosk.operations.run(
                lambda lab: gpu_life.preview_end(lab, actor, booking.id, ends_at)
            )

        def show(known: tuple[datetime | None, Mapping[int, GpusSection], GivenUp]) -> None:
            longest, policies, given_up = known
            policy = policies.get(booking.workstation_id, self.lab.config.gpus)
            sheet = EndSheet(
                *(self.lab, booking, longest, policy, given_up, ask), self._latest_allowed(booking)
            )
            self.app.push_screen(sheet, partial(self._change_end, booking))

        self.ask_lab(read, show)

    def _latest_allowed(self, booking: BookingView) -> datetime | None:
        """Until when staff may let it last beyond what the rules allow; None for others."""
        if self.visit is None or not self.visit.may(Permission.OVERRIDE_RULES):
            return None
        return min(booking.ends_at + _STAFF_MAY_ADD, booking.starts_at + LONGEST_EVER)

    def _change_end(self, booking: BookingView, answer: NewEnd | FinishNow | None) -> None:
        from lab_tui.tui.modals.change_sheet import NewEnd

        if answer is None:
            return
        if not isinstance(answer, NewEnd):
            self._finish(booking)
        elif answer.at > booking.ends_at:
            self._extend(booking, answer.at)
        else:
            self._shorten(booking, answer.at)

    def _finish(self, booking: BookingView) -> None:
        actor = self.actor
        self.act(lambda lab: gpu_life.finish(lab, actor, booking.id), self._finished, self.reread_booked)

    def _extend(self, booking: BookingView, ends_at: datetime, override_reason: str | None = None) -> None:
        actor = self.actor
        self.act(
            lambda lab: gpu_life.extend(lab, actor, booking.id, ends_at, override_reason=override_reason),
            self._changed_end,
            self.show_changed,
            take=lambda longest: self._extend(booking, longest.ends_at),
            allow=partial(self._extend, booking, ends_at),
        )

    def _shorten(self, booking: BookingView, ends_at: datetime) -> None:
        actor = self.actor
        self.act(
            lambda lab: gpu_life.shorten(lab, actor, booking.id, ends_at),
            self._changed_end,
            self.show_changed,
        )

    def _changed_end(self, booking: BookingView) -> str:
        return _("Now {when}: {workstation} {gpus}.").format(**self.parts_of(booking))

    def _finished(self, booking: BookingView) -> str:
        return _("Finished: {workstation} {gpus} is free from {time} on.").format(
            **self.parts_of(booking), time=times.clock_time(self.lab.time, booking.ends_at)
        )

    # To somebody else, to another machine

    def hand_over(self, booking: BookingView) -> None:
        """Ask to whom."""
        actor = self.actor
        self.ask_lab(
            lambda lab: gpu_life.team_mates(lab, actor, booking.id), partial(self._ask_to_whom, booking)
        )

    def _ask_to_whom(self, booking: BookingView, mates: tuple[TeamMate, ...]) -> None:
        from lab_tui.tui.modals.pick import PickModal

        if not mates:
            self.tell(_("Nobody else of your start-up is known here."), Tone.ATTENTION)
            return

        def chosen(index: int | None) -> None:
            if index is not None:
                self._hand_over(booking, mates[index])

        def about() -> str:
            return _("The booking is theirs then; they are told at their next scan.")

        names = [printable(mate.name) for mate in mates]
        self.app.push_screen(PickModal(lambda: _("Hand over to"), names, about), chosen)

    def _hand_over(self, booking: BookingView, mate: TeamMate) -> None:
        actor = self.actor
        self.act(
            lambda lab: gpu_life.hand_over(lab, actor, booking.id, mate.id),
            lambda done: _("{name} has {workstation} {gpus} now.").format(
                **self.parts_of(done), name=printable(mate.name)
            ),
            self.reread_booked,
        )

    def go_on(self, booking: BookingView) -> None:
        """Offer places on other machines for what an outage takes away of a booking."""
        actor = self.actor
        self.ask_lab(
            lambda lab: _places_for_the_rest(lab, actor, booking), partial(self._ask_where_on, booking)
        )

    def _ask_where_on(self, booking: BookingView, places: tuple[BookInstead, ...]) -> None:
        from lab_tui.tui.modals.pick import PickModal

        if not places:
            self.tell(_("No other machine has as many GPUs free then."), Tone.ATTENTION)
            return

        def chosen(index: int | None) -> None:
            if index is not None:
                self._go_on(booking, places[index].wish)

        now = self.lab.clock.now()
        lines = [partial(refusals.remedy_line, place, self.lab.time, now) for place in places]
        self.app.push_screen(PickModal(lambda: _("Go on on another machine"), lines), chosen)

    def _go_on(self, booking: BookingView, rest: BookingWish) -> None:
        rest = replace(rest, purpose=booking.purpose)
        if rest.starts_at <= booking.starts_at:
            self._move_to(booking, rest)
            return
        actor = self.actor
        self.act(
            lambda lab: gpu_life.split(lab, actor, booking.id, rest.starts_at, rest),
            lambda going_on: _("It goes on: {workstation} {gpus}, {when}.").format(**self.parts_of(going_on)),
            self.show_changed,
            take=partial(self._go_on, booking),
        )

    # In

    def check_in_to(self, booking: BookingView) -> None:
        """Check in."""
        actor = self.actor

        def said(check_in: CheckInView) -> str:
            return _("Checked in: {title}. CUDA_VISIBLE_DEVICES={devices}").format(
                title=printable(check_in.title), devices=booking.cuda_visible_devices
            )

        self.act(lambda lab: checkins.check_in(lab, actor, CheckInKind.BOOKING, booking.id), said)


_OF_ONES_OWN = frozenset({"move", "change_end", "hand_over", "cancel_booking", "check_in"})


def _moved_to(booking: BookingView, place: BookingWish) -> BookingWish:
    """The booking, as long and with as many GPUs, where a place was chosen."""
    count = len(booking.gpu_numbers)
    return replace(
        place,
        gpu_numbers=place.gpu_numbers if len(place.gpu_numbers) == count else (),
        gpu_count=count,
        ends_at=place.starts_at + (booking.ends_at - booking.starts_at),
        purpose=booking.purpose,
    )


def outage_of(lab: Lab, actor: Actor, booking: BookingView) -> OutageView | None:
    """The outage that takes away some of what is still to come of a booking. Raises Refused."""
    starts_at = max(booking.starts_at, lab.now())
    days = sorted({lab.time.day_of(starts_at), lab.time.day_of(booking.ends_at)})
    return next(
        (
            outage
            for day in days
            for outage in gpus.day_view(lab, actor, day).outages
            if outage.workstation_id == booking.workstation_id
            and outage.starts_at < booking.ends_at
            and (outage.ends_at is None or outage.ends_at > starts_at)
        ),
        None,
    )


def _given_up(lab: Lab, actor: Actor, booking: BookingView) -> GivenUp:
    """What giving up the rest of a booking now means. Raises Refused where it cannot be changed at all."""
    from lab_tui.tui.modals.change_sheet import GivenUp

    is_late = gpus.late_hours(lab, actor, booking.id) > 0
    try:
        hours = gpu_life.late_hours_when_finished(lab, actor, booking.id)
    except Refused:
        # It has not begun, or ends with this slot.
        return GivenUp(is_late)
    return GivenUp(is_late, can_be_finished=True, hours_when_finished=hours)


def _places_for_the_rest(lab: Lab, actor: Actor, booking: BookingView) -> tuple[BookInstead, ...]:
    """Where a booking hit by an outage could go on at the same time. Raises Refused."""
    outage = outage_of(lab, actor, booking)
    if outage is None:
        return ()
    slot = timedelta(minutes=lab.config.gpus.slot_minutes)
    at = max(booking.starts_at, slot_start(lab.time, max(lab.now(), outage.starts_at), slot))
    if at >= booking.ends_at:
        return ()
    search = Search(len(booking.gpu_numbers), booking.ends_at - at, at, booking.ends_at)
    return gpu_finding.find(lab, actor, search)
