"""Change a booking of one's own: to another place or time, or to another end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.worker import WorkType

from lab_tui.config import GpusSection
from lab_tui.errors import BadInput, Refused, SystemCannot
from lab_tui.i18n import N_, _
from lab_tui.lab.gpus import BookingView, BookingWish, Preview, WorkstationView
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.booking import cancelled_late
from lab_tui.lab.rules.reasons import Code
from lab_tui.text import printable
from lab_tui.tui.modals import choices
from lab_tui.tui.modals.booking_sheet import Ask, team_quota
from lab_tui.tui.modals.step_sheet import StepSheet
from lab_tui.tui.widgets.stepper import Step, Stepper
from lab_tui.tui.widgets.strips import Bar, BarView
from lab_tui.wording import figures, times


@dataclass(frozen=True)
class Move:
    """Move the booking to this."""

    wish: BookingWish


@dataclass(frozen=True)
class PickOnTimetable:
    """Show the timetable, to choose the place there."""


class MoveSheet(StepSheet[Move | PickOnTimetable]):
    """Asks where a booking should go, and shows whether it can; answers with that, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pick", N_("Pick on the timetable"), id="pick"),
    ]
    ENTER: ClassVar[str] = N_("Move")
    _machine: Stepper[int]
    _count: Stepper[int]
    _day: Stepper[date]
    _starts_at: Stepper[datetime]
    _length: Stepper[timedelta]

    def __init__(
        self,
        lab: Lab,
        machines: Sequence[WorkstationView],
        policies: Mapping[int, GpusSection],
        booking: BookingView,
        wish: BookingWish,
        ask: Ask,
        *,
        can_pick: bool,
    ) -> None:
        """`ask` tells what moving it to a wish would mean; `wish` is what stands in the fields at first.

        `policies` are the machines'.
        """
        super().__init__(lab)
        self._machines = machines
        self._policies = policies
        self._booking = booking
        self._wish = wish
        self._ask = ask
        self._can_pick = can_pick
        self._preview: Preview | None = None
        self._problem: Exception | None = None

    def title_text(self) -> str:
        """Its title."""
        return _("Move your booking on {workstation}").format(workstation=self._booking.workstation)

    def compose_fields(self) -> ComposeResult:
        lab, wish, policy = self.lab, self._wish, self._policy_of(self._wish.workstation_id)
        day, length = lab.time.day_of(wish.starts_at), wish.ends_at - wish.starts_at
        starts = choices.starts(lab, day, wish.starts_at, policy=policy)
        count = wish.gpu_count or len(wish.gpu_numbers)
        self._machine = Stepper(choices.one_machine(self._machines), wish.workstation_id, id="machine")
        self._count = Stepper(choices.counts(choices.most_gpus(self._machines)), count, id="count")
        self._day = Stepper(choices.days(lab, day), day, id="day")
        self._starts_at = Stepper(starts, wish.starts_at, leap=choices.leap(lab), id="starts_at")
        self._length = Stepper(choices.lengths(lab, length, policy=policy), length, id="length")
        yield self.field(_("When"), self._day, self._starts_at)
        yield self.field(_("For"), self._length)
        yield self.field(_("Machine"), self._machine)
        yield self.field(_("GPUs"), self._count)

    def on_mount(self) -> None:
        super().on_mount()
        self._look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only the timetable has places to pick."""
        if action == "pick":
            return self._can_pick
        return super().check_action(action, parameters)

    def changed(self) -> None:
        """Note what is chosen, and ask what it means."""
        count, machine = self._count.value, self._machine.value
        policy = self._policy_of(machine)
        self._starts_at.offer(choices.starts(self.lab, self._day.value, policy=policy))
        was_length = self._booking.ends_at - self._booking.starts_at
        self._length.offer(choices.lengths(self.lab, was_length, policy=policy))
        starts_at = self._starts_at.value
        stays = (machine, count) == (self._booking.workstation_id, len(self._booking.gpu_numbers))
        self._wish = replace(
            self._wish,
            workstation_id=machine,
            gpu_numbers=self._booking.gpu_numbers if stays else (),
            gpu_count=count,
            starts_at=starts_at,
            ends_at=starts_at + self._length.value,
        )
        self._look()

    def _policy_of(self, machine_id: int) -> GpusSection:
        """The rules of a machine; the lab's where it is in use no more."""
        return self._policies.get(machine_id, self.lab.config.gpus)

    # What it shows

    def _look(self) -> None:
        if self._is_the_same():
            self._preview = self._problem = None
            return
        work: WorkType[None] = partial(self._ask_for, self._wish)
        self.run_worker(work, group="look", exclusive=True)

    def _is_the_same(self) -> bool:
        booking, wish = self._booking, self._wish
        return (booking.workstation_id, booking.gpu_numbers, booking.starts_at, booking.ends_at) == (
            *(wish.workstation_id, wish.gpu_numbers, wish.starts_at, wish.ends_at),
        )

    async def _ask_for(self, wish: BookingWish) -> None:
        """What the wish means; where the same GPUs are taken, with others of the machine."""
        try:
            preview = await self._ask(wish)
        except (Refused, BadInput, SystemCannot) as problem:
            if isinstance(problem, Refused) and Code.GPU_TAKEN in problem.codes and wish.gpu_numbers:
                self._wish = replace(wish, gpu_numbers=(), gpu_count=len(wish.gpu_numbers))
                await self._ask_for(self._wish)
                return
            self._preview, self._problem = None, problem
        else:
            self._preview, self._problem = preview, None
            self._wish = preview.wish
        self.paint()

    def problem(self) -> Exception | None:
        """Why it cannot go there."""
        return self._problem

    def words(self) -> Content:
        """From where to where, what that does to the quota, and what is lost."""
        booking = self._booking
        now = _("now   {place}").format(
            place=self._place(booking.workstation, booking.gpu_numbers, booking.starts_at, booking.ends_at)
        )
        lines: list[Content] = [Content.styled(now, "$text-muted")]
        if (preview := self._preview) is not None:
            wish = preview.wish
            place = self._place(preview.workstation.name, wish.gpu_numbers, wish.starts_at, wish.ends_at)
            lines.append(Content.styled(_("then  {place}").format(place=place), "bold"))
            lines += [Content(text) for text in (self._quota(preview),) if text]
        if self._is_late() and not self._is_the_same():
            late = _("It is late: the old hours still count, unless the new ones cost as many.")
            lines.append(Content.styled(late, "$warning"))
        return Content("\n").join(lines)

    def _place(self, machine: str, numbers: tuple[int, ...], start: datetime, end: datetime) -> str:
        span = times.span(self.lab.time, start, end, self.lab.clock.now())
        return f"{printable(machine)} · {figures.gpus(numbers)} · {span}"

    def _quota(self, preview: Preview) -> str:
        if preview.before is None or preview.after is None:
            return ""
        if not preview.costs_quota:
            return _("This costs no quota.")
        return _("{after} of {limit} GPU-hours in that week.").format(
            after=figures.number(preview.after.used), limit=preview.after.limit
        )

    def _is_late(self) -> bool:
        late_minutes = self._policy_of(self._booking.workstation_id).late_cancel_minutes
        return cancelled_late(self._booking.starts_at, self.lab.clock.now(), late_minutes)

    # What the keys do

    def action_answer(self) -> None:
        """Move it there; where that cannot be, the answer to the act says what can."""
        if not self._is_the_same():
            self.dismiss(Move(self._wish))

    def action_pick(self) -> None:
        """Choose the place on the timetable."""
        self.dismiss(PickOnTimetable())


@dataclass(frozen=True)
class NewEnd:
    """Let the booking end then."""

    at: datetime


@dataclass(frozen=True)
class FinishNow:
    """End the booking that runs."""


AskEnd = Callable[[datetime], Awaitable[Preview]]
"""What another end would mean. Raises Refused, BadInput, SystemCannot."""


@dataclass(frozen=True)
class GivenUp:
    """What giving up the rest of a booking now means, told beforehand.

    `is_late`: what is cut off still counts. `hours_when_finished`: GPU-hours that count all the same.
    """

    is_late: bool = False
    can_be_finished: bool = False
    hours_when_finished: float = 0.0


class EndSheet(StepSheet[NewEnd | FinishNow]):
    """Asks when a booking should end; answers with that, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "longest", N_("As long as it can"), id="longest"),
        Binding("n", "finish", N_("Finish now"), id="finish"),
    ]
    ENTER: ClassVar[str] = N_("Change")
    _end: Stepper[datetime]

    def __init__(
        self,
        lab: Lab,
        booking: BookingView,
        longest: datetime | None,
        policy: GpusSection,
        given_up: GivenUp,
        ask: AskEnd,
        allowed: datetime | None = None,
    ) -> None:
        """`longest`: until when it could be extended, None where it cannot be; `policy`: the machine's.

        `given_up`: what giving up the rest of it now costs; `ask` tells what another end does to the quota;
        `allowed`: until when staff may let it last, whatever the rules say; None where nobody asks for that.
        """
        super().__init__(lab)
        self._given_up = given_up
        self._ask = ask
        self._allowed = allowed
        self._booking = booking
        self._policy = policy
        self._longest = longest
        self._at = booking.ends_at

    def title_text(self) -> str:
        """Its title."""
        return _("{workstation} · {gpus}").format(
            workstation=self._booking.workstation, gpus=figures.gpus(self._booking.gpu_numbers)
        )

    def compose_fields(self) -> ComposeResult:
        self._end = Stepper(self._ends(), self._at, id="end")
        yield self.field(_("Ends"), self._end)
        yield Bar(id="quota")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Bar).display = False
        self._look()

    async def _compose_again(self) -> None:
        await super()._compose_again()
        self._look()

    def _look(self) -> None:
        work: WorkType[None] = partial(self._show_quota, self._at)
        self.run_worker(work, group="look", exclusive=True)

    async def _show_quota(self, ends_at: datetime) -> None:
        """The quota before and after; where it cannot be told, what Enter answers says why."""
        try:
            view = team_quota(await self._ask(ends_at), self.lab)
        except (Refused, BadInput, SystemCannot):
            return
        bar = self.query_one(Bar)
        bar.display = view is not None
        bar.view = view or BarView()

    def _ends(self) -> list[Step[datetime]]:
        lasts = [end for end in (self._longest, self._allowed) if end is not None]
        return choices.ends_of(self.lab, self._booking, max(lasts, default=None), self._policy)

    def changed(self) -> None:
        """Note what is chosen."""
        self._at = self._end.value
        self._look()

    def _runs(self) -> bool:
        return self._booking.starts_at <= self.lab.clock.now()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What has not begun cannot be finished; what is as long as it can be stays so."""
        if action == "finish":
            return True if self._given_up.can_be_finished else None
        if action == "longest":
            return True if self._longest is not None else None
        return super().check_action(action, parameters)

    def words(self) -> Content:
        """How much longer or shorter that is."""
        booking = self._booking
        minutes = round((self._at - booking.ends_at).total_seconds() / 60)
        if minutes > 0:
            changes = _("{length} longer").format(length=times.duration(minutes))
        elif minutes < 0:
            changes = _("{length} shorter").format(length=times.duration(-minutes))
        else:
            changes = _("as it is")
        span = times.span(self.lab.time, booking.starts_at, self._at, self.lab.clock.now())
        parts: list[Content | str | tuple[str, str]] = [(span, "bold"), "   ", changes, "\n"]
        if minutes >= 0:
            parts.append((self._limit(), "$text-muted"))
        else:
            parts.append((_("The rest is free for others at once."), "$text-muted"))
            if self._given_up.is_late:
                parts += ["\n", (_("It is late for that: what you give back still counts."), "$warning")]
        if finishing := self._finishing():
            parts += ["\n", (finishing, "$text-muted")]
        return Content.assemble(*parts)

    def _finishing(self) -> str:
        """What finishing it now means, where that is not plain."""
        if not self._runs():
            return ""
        if not self._given_up.can_be_finished:
            time = times.clock_time(self.lab.time, self._booking.ends_at)
            return _("This is its last slot: it ends by itself at {time}.").format(time=time)
        if hours := self._given_up.hours_when_finished:
            told = _("Nobody checked in: finished now, {hours} GPU-hours still count.")
            return told.format(hours=figures.number(hours))
        return ""

    def _limit(self) -> str:
        if self._at > (self._longest or self._booking.ends_at):
            return _("That is longer than the rules allow; staff may allow it, with a reason.")
        if self._longest is None:
            return _("It cannot be longer: the GPUs are booked next, or a rule ends it there.")
        now = self.lab.clock.now()
        return _("It can be as long as until {end}.").format(
            end=times.moment(self.lab.time, self._longest, now)
        )

    def action_longest(self) -> None:
        """As long as it can be."""
        if self._longest is not None:
            self._at = self._longest
            self._end.offer(self._ends(), self._at)
            self.paint()
            self._look()

    def action_finish(self) -> None:
        """It ends now."""
        self.dismiss(FinishNow())

    def action_answer(self) -> None:
        """It ends then."""
        if self._at == self._booking.ends_at:
            self.dismiss(None)
        else:
            self.dismiss(NewEnd(self._at))
