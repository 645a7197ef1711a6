"""Events: what is on in the next weeks; signing up, waiting, giving a place back."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from lab_tui.errors import Remedy
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab import events as lab_events
from lab_tui.lab.events import EventView, JoinWaitingList, SignUpView
from lab_tui.lab.operation import Lab
from lab_tui.text import printable
from lab_tui.tui.keys import with_enter
from lab_tui.tui.modals.question import QuestionModal
from lab_tui.tui.notice import Tone
from lab_tui.tui.screens.base import LabScreen, new_request_key
from lab_tui.tui.widgets.choice_list import ChoiceList
from lab_tui.tui.widgets.drawing import cell_width, fit
from lab_tui.wording import names, times

_DAYS = 28
_MARKS = {"going": "✓", "waiting": "…", "offered": "◇"}
_COLOURS = {"going": "$success", "waiting": "$warning", "offered": "$warning"}
_KIND_WIDTH = 13
_MOST_WHEN, _MOST_STATE = 20, 24
# Below this the kind of an event is told only beside the list.
_KIND_FROM = 92


class EventsScreen(LabScreen[tuple[EventView, ...]]):
    """What is on, and one's own place in it."""

    CSS_PATH = "events.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (108, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take_place", N_("Sign up"), id="sign_up"),
        Binding("x", "cancel", N_("Give place back"), id="cancel"),
    ]

    def __init__(self) -> None:
        super().__init__()
        # The event that the highlight goes to once it is shown.
        self._goal: int | None = None

    def compose_body(self) -> ComposeResult:
        yield Static("", id="empty", markup=False)
        with Container(id="events"):
            yield ChoiceList(markup=False)
            with VerticalScroll(id="about", can_focus=False):
                yield Static("", id="about-text", markup=False)

    def load(self, lab: Lab) -> tuple[EventView, ...]:
        return lab_events.upcoming(lab, self.actor, _DAYS)

    def point_at(self, event_id: int) -> None:
        """Show the list with the highlight on an event."""
        self._goal = event_id
        if self._is_composed():
            self.repaint()

    def forget(self) -> None:
        super().forget()
        self._goal = None
        if self._is_composed():
            self.query_one(ChoiceList).clear_options()

    def title_text(self) -> str:
        return _("Events · the next {weeks} weeks").format(weeks=_DAYS // 7)

    def help_text(self) -> str:
        return _(
            "Enter signs you up for the event in the list. Where it is full you can wait: when a place "
            "becomes free it is held for whoever has waited longest, and offered at their next scan.\n\n"
            "x gives your place back, so that somebody else can come."
        )

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """Enter is called by what it does for the event in the list."""
        event = self._event_here() if self._is_composed() else None
        description = N_("Sign up")
        if event is not None and event.my_state == "offered":
            description = N_("Take the place")
        elif event is not None and not event.my_state and not event.seats_left:
            description = N_("Wait for a place")
        return with_enter(super().active_bindings, description)

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.query_one(ChoiceList).focus()

    def paint(self) -> None:
        empty = self.query_one("#empty", Static)
        empty.display = self.value == ()
        empty.update(Content(_("Nothing is planned in the next weeks.")))
        self.query_one("#events").display = bool(self.value)
        self._paint_list()

    @on(ChoiceList.Resized)
    def _paint_list(self) -> None:
        event_list = self.query_one(ChoiceList)
        width = event_list.scrollable_content_region.width
        shown = self.value or ()
        # Not yet laid out, it has no width: this is called again when it has.
        if width or not shown:
            when = min(_MOST_WHEN, max((cell_width(self._when(event)) for event in shown), default=0))
            state = min(_MOST_STATE, max((cell_width(self._state(event)) for event in shown), default=0))
            lines = [self._line(event, width, when, state) for event in shown]
            event_list.show([str(event.id) for event in shown], lines)
            self._seek(event_list)
        self._paint_about()

    def _seek(self, event_list: ChoiceList) -> None:
        """Put the highlight on the event that it is wanted on, or say that it is not in the list."""
        if self._goal is None or self.value is None:
            return
        ids = [event.id for event in self.value]
        if self._goal in ids:
            event_list.highlighted = ids.index(self._goal)
        else:
            self.tell(_("This event is not in the next weeks."), Tone.ATTENTION)
        self._goal = None

    def _line(self, event: EventView, width: int, when_width: int, state_width: int) -> Content:
        """An event in `width` cells, its columns as wide as the longest of the list."""
        kind_width = _KIND_WIDTH if width >= _KIND_FROM else 0
        title_width = max(8, width - 6 - when_width - kind_width - state_width)
        kind = fit(names.event_kind(event.kind), kind_width)
        title = fit(event.title, title_width)
        when = fit(self._when(event), when_width + 1)
        state = fit(self._state(event), state_width)
        if event.cancelled:
            return Content.assemble(
                (f"  {when} {kind}", "$text-muted"),
                (title, "$text-muted strike"),
                (f"  {state}", "$text-muted"),
            )
        colour = self._colour(event)
        mark = (_MARKS.get(event.my_state, " "), colour)
        return Content.assemble(mark, f" {when} ", (kind, "$text-muted"), title, "  ", (state, colour))

    def _when(self, event: EventView) -> str:
        now = self.lab.clock.now()
        if event.starts_at <= now and len(event.sessions) == 1:
            return _("now, until {time}").format(time=times.clock_time(self.lab.time, event.ends_at))
        return times.moment(self.lab.time, event.starts_at, now)

    def _colour(self, event: EventView) -> str:
        return _COLOURS.get(event.my_state, "$foreground" if event.seats_left else "$text-muted")

    def _state(self, event: EventView) -> str:
        if event.cancelled:
            return _("called off")
        if event.my_state == "going":
            return _("you are going")
        if event.my_state == "offered":
            return _("held for you")
        if event.my_state == "waiting":
            ahead = event.ahead_of_me or 0
            if not ahead:
                return _("waiting, you are next")
            return ngettext("waiting, {count} ahead", "waiting, {count} ahead", ahead).format(count=ahead)
        if event.seats_left:
            left = event.seats_left
            return ngettext("{count} place left", "{count} places left", left).format(count=left)
        waiting = event.waiting_count
        return ngettext("full, {count} waits", "full, {count} wait", waiting).format(count=waiting)

    @on(ChoiceList.OptionHighlighted)
    def _paint_about(self) -> None:
        event = self._event_here()
        self.query_one("#about-text", Static).update(self._about(event) if event else Content(""))
        self.refresh_bindings()

    def _about(self, event: EventView) -> Content:
        now = self.lab.clock.now()
        state = self._state(event)
        if event.offer_deadline is not None and event.my_state == "offered":
            until = times.moment(self.lab.time, event.offer_deadline, now)
            state = _("A place is held for you until {until}.").format(until=until)
        kind = names.event_kind(event.kind)
        lines = [
            Content.styled(printable(event.title), "bold"),
            Content(" · ".join(printable(part) for part in (kind, event.speaker) if part)),
        ]
        for session in event.sessions:
            when = times.span(self.lab.time, session.starts_at, session.ends_at, now)
            lines.append(Content.assemble((when, "$accent"), f"   {printable(session.place)}"))
        lines.append(Content.styled(state, self._colour(event)))
        if event.about:
            lines.append(Content.styled(printable(event.about), "$text-muted"))
        return Content("\n").join(lines)

    def _event_here(self) -> EventView | None:
        event_list = self.query_one(ChoiceList)
        index = event_list.highlighted
        if not self.value or index is None or index >= event_list.option_count:
            return None
        shown_id = event_list.options[index].id
        return next((event for event in self.value if str(event.id) == shown_id), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what one's place in the event does not allow."""
        if action in ("take_place", "cancel") and self._is_composed():
            event = self._event_here()
            if event is None or event.cancelled:
                return None
            free = ("", "offered")
            return True if (event.my_state in free if action == "take_place" else event.my_state) else None
        return super().check_action(action, parameters)

    # Acting

    @on(ChoiceList.OptionSelected)
    def _touched_again(self) -> None:
        self.call_later(self.run_action, "take_place")

    def action_take_place(self) -> None:
        """Sign up for the event, wait for it where it is full, or take the place that is held."""
        event = self._event_here()
        if event is None or self.visit is None:
            return
        if event.my_state == "offered" and event.my_sign_up_id is not None:
            actor, sign_up_id = self.actor, event.my_sign_up_id
            self.act(lambda lab: lab_events.accept_offer(lab, actor, sign_up_id), _signed_up, self._keep)
        elif not event.my_state:
            self._sign_up(event.id, or_wait=not event.seats_left)

    def _sign_up(self, event_id: int, *, or_wait: bool) -> None:
        actor, key = self.actor, new_request_key()
        self.act(
            lambda lab: lab_events.sign_up(lab, actor, event_id, or_wait=or_wait, request_key=key), _signed_up
        )

    def _keep(self, sign_up: SignUpView) -> None:  # noqa: ARG002
        """Offer no undo of what cannot be undone."""
        if self.visit is not None:
            self.visit.undo = None
            self.tick()

    def take_remedy(self, remedy: Remedy) -> None:
        if isinstance(remedy, JoinWaitingList):
            self._sign_up(remedy.event_id, or_wait=True)

    def action_cancel(self) -> None:
        """Give one's place back, after asking."""
        event = self._event_here()
        if event is None or event.my_sign_up_id is None:
            return
        sign_up_id = event.my_sign_up_id

        def answered(yes: bool | None) -> None:
            if yes:
                actor = self.actor
                self.act(lambda lab: lab_events.cancel_sign_up(lab, actor, sign_up_id), _given_back)

        def what_is_lost() -> str:
            if event.my_state == "waiting":
                return _("You will no longer wait for “{title}”.").format(title=event.title)
            return _("Your place in “{title}” goes to somebody else.").format(title=event.title)

        self.app.push_screen(QuestionModal(lambda: _("Give your place back?"), what_is_lost), answered)


def _signed_up(sign_up: SignUpView) -> str:
    if sign_up.state == "waiting":
        return _("You wait for “{title}”, {count} ahead of you.").format(
            title=sign_up.title, count=sign_up.ahead or 0
        )
    return _("You are going to “{title}”.").format(title=sign_up.title)


def _given_back(sign_up: SignUpView) -> str:
    return _("You gave your place in “{title}” back.").format(title=sign_up.title)
