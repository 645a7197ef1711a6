"""Events, for staff: making and changing them, calling them off, opening their door."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static

from lab_tui.config import parse_day, parse_hour
from lab_tui.errors import BadInput, Refused, SystemCannot
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab import events as lab_events
from lab_tui.lab.event_views import ended
from lab_tui.lab.events import EventPlan, EventView
from lab_tui.lab.labels import Command
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.permissions import Permission
from lab_tui.printing.orders import Order, PaperKind
from lab_tui.text import printable
from lab_tui.tui.keys import with_enter
from lab_tui.tui.modals.event_form import EventDraft, EventForm
from lab_tui.tui.modals.question import QuestionModal
from lab_tui.tui.notice import Tone
from lab_tui.tui.screens.base import LabScreen, new_request_key
from lab_tui.tui.screens.door import open_door, session_ahead
from lab_tui.tui.screens.print_work import MorePapers, Paper, offer_to_print
from lab_tui.tui.widgets.choice_list import ChoiceList
from lab_tui.tui.widgets.drawing import fit
from lab_tui.wording import names, times

_DAYS = 60
_WHEN_WIDTH, _KIND_WIDTH, _STATE_WIDTH = 20, 13, 20
# Below this the kind of an event is told only under the list.
_KIND_FROM = 90
_END_OF_DAY = "24:00"
_NEEDS = {
    "new": Permission.MANAGE_EVENTS,
    "change": Permission.MANAGE_EVENTS,
    "call_off": Permission.MANAGE_EVENTS,
    "print": Permission.MANAGE_EVENTS,
    "open_door": Permission.RUN_DOOR,
}


class StaffEventsScreen(LabScreen[tuple[EventView, ...]]):
    """The programme of the next weeks."""

    CSS_PATH = "staff_events.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "change", N_("Change"), id="change"),
        Binding("n", "new", N_("New"), id="new"),
        Binding("o", "open_door", N_("Open door"), id="open_door"),
        Binding("x", "call_off", N_("Call off"), id="call_off"),
        Binding("P", "print", N_("Print"), id="print"),
    ]

    def compose_body(self) -> ComposeResult:
        yield Static("", id="empty", markup=False)
        yield ChoiceList(markup=False)
        with VerticalScroll(id="about", can_focus=False):
            yield Static("", id="about-text", markup=False)

    def load(self, lab: Lab) -> tuple[EventView, ...]:
        return lab_events.upcoming(lab, self.actor, _DAYS)

    def title_text(self) -> str:
        return _("Staff · events")

    def help_text(self) -> str:
        return _(
            "n makes an event, Enter changes one. o opens its check-in and turns this kiosk into its door: "
            "everyone who scans is checked in. x calls it off.\n\n"
            "P prints its poster, the tickets of all who go, the certificates of all who came, and a card "
            "that opens its door when staff scan it.\n\n"
            "By touch: choose an event, then touch what to do with it in the line at the bottom."
        )

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Enter changes the event in the list."""
        return with_enter(super().active_bindings, N_("Change"))

    def on_resize(self) -> None:
        self.call_after_refresh(self.paint)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.query_one(ChoiceList).focus()

    def paint(self) -> None:
        shown = self.value or ()
        event_list, empty = self.query_one(ChoiceList), self.query_one("#empty", Static)
        empty.display = self.value == ()
        empty.update(Content(_("Nothing is planned in the next weeks. Press n to make an event.")))
        event_list.display = bool(shown)
        width = event_list.scrollable_content_region.width or self.size.width - 6
        event_list.show([str(event.id) for event in shown], [self._line(event, width) for event in shown])
        self._paint_about()
        self.refresh_bindings()

    def _line(self, event: EventView, width: int) -> Content:
        kind_width = _KIND_WIDTH if width >= _KIND_FROM else 0
        title_width = max(8, width - 1 - _WHEN_WIDTH - kind_width - _STATE_WIDTH)
        session = session_ahead(event, self.lab) or event.sessions[-1]
        when = times.moment(self.lab.time, session.starts_at, self.lab.clock.now())
        kind = fit(names.event_kind(event.kind), kind_width)
        state = _("called off") if event.cancelled else self._counts(event)
        style = "$text-muted strike" if event.cancelled else ""
        return Content.assemble(
            f"{fit(when, _WHEN_WIDTH)} ",
            (kind, "$text-muted"),
            (fit(event.title, title_width - 2), style),
            "  ",
            (fit(state, _STATE_WIDTH), "$text-muted"),
        )

    def _counts(self, event: EventView) -> str:
        counts = _("{going} of {seats}").format(going=event.seats_taken, seats=event.capacity)
        if event.waiting_count:
            waiting = _("{count} waiting").format(count=event.waiting_count)
            return f"{counts} · {waiting}"
        return counts

    def _paint_about(self) -> None:
        event = self._event_here()
        text = Content("")
        if event is not None:
            speaker = _("with {name}").format(name=event.speaker) if event.speaker else ""
            facts = [names.event_kind(event.kind), event.sessions[0].place, speaker]
            lines = [
                printable(event.title),
                *(self._session_line(event, at) for at in range(len(event.sessions))),
            ]
            about = printable(event.about)
            head = " · ".join(printable(fact) for fact in facts if fact)
            text = Content.assemble(
                (lines[0], "bold"), "  ", (head, "$text-muted"), "\n", "\n".join(lines[1:])
            )
            text = Content.assemble(text, "\n", about) if about else text
        self.query_one("#about-text", Static).update(text)

    def _session_line(self, event: EventView, at: int) -> str:
        session = event.sessions[at]
        now = self.lab.clock.now()
        when = times.span(self.lab.time, session.starts_at, session.ends_at, now)
        opens = times.moment(self.lab.time, session.check_in_opens_at, now)
        is_open = session.check_in_opens_at <= now < session.ends_at
        check_in = _("check-in is open") if is_open else _("check-in opens {time}").format(time=opens)
        inside = _("{count} inside").format(count=session.checked_in_count)
        return f"{when} · {printable(session.place)} · {check_in} · {inside}"

    def _event_here(self) -> EventView | None:
        if not self._is_composed():
            return None
        index = self.query_one(ChoiceList).highlighted
        if not self.value or index is None or index >= len(self.value):
            return None
        return self.value[index]

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self._paint_about()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the person's role does not allow, or the event no longer, is dim."""
        needed = _NEEDS.get(action)
        if needed is None:
            return super().check_action(action, parameters)
        if self.visit is None or not self.visit.may(needed):
            return None
        event = self._event_here()
        return True if action in ("new", "print") or (event is not None and not event.cancelled) else None

    # Making and changing

    def action_new(self) -> None:
        """A new event, tomorrow morning unless said otherwise."""
        tomorrow = self.lab.today() + timedelta(days=1)
        self._ask(
            EventDraft(day=tomorrow.isoformat(), starts_at="10:00", ends_at="12:00", capacity="20"), None
        )

    @on(OptionList.OptionSelected)
    def action_change(self) -> None:
        """Change the event in the list."""
        event = self._event_here()
        if event is not None and self.check_action("change", ()):
            self._ask(self._draft_of(event), event)

    def _draft_of(self, event: EventView) -> EventDraft:
        session, time = event.sessions[0], self.lab.time
        day = time.day_of(session.starts_at)
        ends_with_day = session.ends_at == time.day_span(day)[1]
        return EventDraft(
            title=event.title,
            kind=event.kind,
            day=day.isoformat(),
            starts_at=times.clock_time(time, session.starts_at),
            ends_at=_END_OF_DAY if ends_with_day else times.clock_time(time, session.ends_at),
            place=session.place,
            capacity=str(event.capacity),
            speaker=event.speaker,
            about=event.about,
        )

    def _ask(self, draft: EventDraft, event: EventView | None) -> None:
        key, actor = new_request_key(), self.actor

        def save(lab: Lab, wanted: EventDraft) -> EventView:
            plan = self._plan(wanted)
            if event is None:
                return lab_events.create(lab, actor, plan, request_key=key).what
            return lab_events.change(lab, actor, event.id, plan).what

        async def saved(wanted: EventDraft) -> EventView:
            return await self.kiosk.operations.run(lambda lab: save(lab, wanted))

        def answered(answer: EventView | None) -> None:
            if answer is not None:
                self.tell_done(None, _("Saved: {title}.").format(title=answer.title))

        form = EventForm(
            draft,
            lambda: _("Change an event") if event else _("A new event"),
            self.lab,
            saved,
            lambda: self._note(event),
        )
        self.app.push_screen(form, answered)

    def _note(self, event: EventView | None) -> str:
        if event is None or len(event.sessions) == 1:
            return ""
        text = _("It has {count} sittings: day, hours and place are the first one's.")
        return text.format(count=len(event.sessions))

    def _plan(self, draft: EventDraft) -> EventPlan:
        """The draft as the lab takes it. Raises BadInput."""
        starts_at = self._instant("starts_at", draft.day, draft.starts_at)
        ends_at = self._instant("ends_at", draft.day, draft.ends_at)
        if not draft.capacity.strip().isdecimal():
            raise BadInput("capacity", draft.capacity, "not_a_number" if draft.capacity.strip() else "empty")
        return EventPlan(
            kind=draft.kind,
            title=draft.title,
            place=draft.place,
            starts_at=starts_at,
            ends_at=ends_at,
            capacity=int(draft.capacity),
            about=draft.about,
            speaker=draft.speaker,
        )

    def _instant(self, name: str, day_text: str, hour_text: str) -> datetime:
        day = parse_day("day", day_text.strip())
        wall = parse_hour(name, hour_text.strip())
        try:
            if wall is None:
                return self.lab.time.start_of_day(day + timedelta(days=1))
            return self.lab.time.at(day, wall)
        except OverflowError:  # before the first day of the calendar, or after its last
            raise BadInput("day", day_text, "not_a_day") from None

    # Door, calling off

    def action_open_door(self) -> None:
        """Open check-in, and turn this kiosk into the door of the sitting that is on or next."""
        event = self._event_here()
        if event is not None:
            open_door(self, event)

    def action_print(self) -> None:
        """Ask what to print: for the event in the list, or for one that is over."""
        if not self.check_action("print", ()):
            return
        event = self._event_here()
        papers = _papers(event, self.lab.now()) if event is not None and not event.cancelled else []
        over = MorePapers(lambda: _("Certificates of an event that is over"), self._look_for_ended)
        offer_to_print(self, [*papers, over])

    def _look_for_ended(self) -> None:
        self.run_worker(self._offer_certificates(), group="act")

    async def _offer_certificates(self) -> None:
        visit, actor = self.visit, self.actor
        try:
            over = await self.kiosk.operations.run(lambda lab: ended(lab, actor, _DAYS))
        except (Refused, SystemCannot) as error:
            if self.visit is visit:
                self.show_error(error)
            return
        if self.visit is not visit or not self.is_active:
            return
        if over:
            offer_to_print(self, [_certificates(event, self.lab) for event in over])
        else:
            self.tell(_("Nobody came to any event that is over, in the last weeks."), Tone.ATTENTION)

    def action_call_off(self) -> None:
        """Call the event off, after asking."""
        event, actor = self._event_here(), self.actor
        if event is None or event.cancelled:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.act(
                    lambda lab: lab_events.call_off(lab, actor, event.id),
                    lambda view: _("Called off: {title}.").format(title=view.title),
                    undoable=False,
                )

        question = QuestionModal(lambda: _("Call this event off?"), lambda: _what_is_lost(event))
        self.app.push_screen(question, answered)


def _papers(event: EventView, now: datetime) -> list[Paper]:
    """What can be printed for an event."""
    ids, going = (event.id,), event.seats_taken
    tickets = ngettext("Tickets: {count} person is going", "Tickets: {count} people are going", going)
    papers = [Paper(lambda: _("Poster with the code to sign up"), Order(PaperKind.POSTER, ids))]
    if going:
        order = Order(PaperKind.TICKETS, ids, on_sheets=True)
        papers.append(Paper(lambda: tickets.format(count=going), order))
    if any(session.checked_in_count and session.ends_at <= now for session in event.sessions):
        papers.append(Paper(lambda: _("Certificates for who came"), Order(PaperKind.CERTIFICATES, ids)))
    card = Order(PaperKind.COMMAND_CARD, ids, command=Command.OPEN_DOOR)
    papers.append(Paper(lambda: _("Staff card that opens its door"), card))
    return papers


def _certificates(event: EventView, lab: Lab) -> Paper:
    """The certificates of an event that is over, called by its title and its last day."""

    def text() -> str:
        ended_at = event.sessions[-1].ends_at
        return f"{event.title}, {times.day_short(lab.time.day_of(ended_at))}"

    return Paper(text, Order(PaperKind.CERTIFICATES, (event.id,)))


def _what_is_lost(event: EventView) -> str:
    going = ngettext(
        "{count} person has a place in “{title}”.",
        "{count} people have a place in “{title}”.",
        event.seats_taken,
    ).format(count=event.seats_taken, title=event.title)
    if not event.waiting_count:
        return _("{going} This cannot be undone.").format(going=going)
    text = _("{going} {count} more are waiting. This cannot be undone.")
    return text.format(going=going, count=event.waiting_count)
