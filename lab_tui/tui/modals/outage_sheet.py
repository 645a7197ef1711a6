"""A machine out of service, now or later: from when, until when, and why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from lab_tui.i18n import N_, _
from lab_tui.lab.gpu_outages import HitBooking
from lab_tui.lab.gpu_requests import LONGEST_REASON
from lab_tui.lab.operation import Lab
from lab_tui.text import clean, printable
from lab_tui.tui.modals import typed
from lab_tui.tui.modals.base import Said, say
from lab_tui.tui.modals.form import MOST_TYPED, FormModal
from lab_tui.tui.widgets.key_bar import KeyBar

OUTAGE_REASONS = (N_("Maintenance"), N_("Driver upgrade"), N_("Hardware fault"))
_USUAL_HOURS = ("1", "4", "8", "24")
_SPAN = ("from_day", "starts_at", "until_day", "ends_at")
F = TypeVar("F")


@dataclass(frozen=True)
class Blocking:
    """A time in which something cannot be used, the bookings that lie in it, and which of them are to move.

    `ends_at` None means until further notice.
    """

    starts_at: datetime
    ends_at: datetime | None
    reason: str
    hits: tuple[HitBooking, ...] = ()
    moving: tuple[HitBooking, ...] = ()


Look = Callable[[Blocking], Awaitable[Blocking]]
"""The same with the bookings that it hits. Raises BadInput, Refused, SystemCannot."""


@dataclass(frozen=True)
class NowDraft:
    """Why, and for how many hours from now; none means until further notice. As typed."""

    reason: str = ""
    hours: str = ""


@dataclass(frozen=True)
class SpanDraft:
    """Why, and from when until when. As typed; each field is called as BadInput calls it."""

    from_day: str = ""
    starts_at: str = ""
    until_day: str = ""
    ends_at: str = ""
    reason: str = ""


class Usual(Static):
    """Something usual to fill a field with: one touch instead of typing."""

    @dataclass
    class Taken(Message):
        """It was touched."""

        field: str
        text: str

    def __init__(self, field: str, text: str, shown: str | None = None) -> None:
        super().__init__(Content(shown or text), classes="usual", markup=False)
        self._taken = self.Taken(field, text)

    def on_click(self) -> None:
        self.post_message(self._taken)


class BlockingSheet(FormModal[Blocking], Generic[F], inherit_bindings=False):
    """Asks for a time and a reason; answers with them and the bookings they hit, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer", N_("Go on"), id="answer"),
        *FormModal.BINDINGS[1:],
    ]

    def __init__(self, lab: Lab, title: Said, draft: F, look: Look) -> None:
        super().__init__(lab)
        self._title_text = title
        self._draft = draft
        self._look = look

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="sheet form", can_focus=False) as sheet:
            sheet.border_title = Content(printable(say(self._title_text)))
            yield Static("", id="problem", classes="bad", markup=False)
            yield from self.compose_fields()
        yield KeyBar()

    def compose_fields(self) -> ComposeResult:
        """The fields, with what was typed so far."""
        raise NotImplementedError

    def read(self) -> Blocking:
        """What stands in the fields, as the lab takes it. Raises BadInput."""
        raise NotImplementedError

    def typed(self) -> F:
        """What stands in the fields."""
        raise NotImplementedError

    def field_text(self, name: str) -> str:
        """What stands in a field."""
        return self.query_one(f"#{name}", Input).value

    def keep_typed(self) -> None:
        """The draft is what stands in the fields."""
        self._draft = self.typed()

    def submit(self) -> Awaitable[Blocking]:
        """Read it, and look which bookings it hits."""
        return self._submit()

    async def _submit(self) -> Blocking:
        blocking = self.read()
        # Said here, where it can be mended, and not once the form is gone.
        clean(blocking.reason, field="reason", at_most=LONGEST_REASON)
        return await self._look(blocking)

    @on(Usual.Taken)
    def _fill(self, event: Usual.Taken) -> None:
        field = self.query_one(f"#{event.field}", Input)
        field.value = event.text
        field.focus()


class OutageSheet(BlockingSheet[NowDraft], inherit_bindings=False):
    """An outage that begins now: the reason and the hours."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer", N_("Out of service"), id="answer"),
        *FormModal.BINDINGS[1:],
    ]

    def compose_fields(self) -> ComposeResult:
        yield Static(Content(_("Why (everyone sees it)")), classes="muted", markup=False)
        yield Input(self._draft.reason, id="reason", max_length=MOST_TYPED, compact=True)
        with Horizontal(classes="usual-ones"):
            for reason in OUTAGE_REASONS:
                yield Usual("reason", _(reason))
        yield Static(
            Content(_("For how many hours (empty: until further notice)")), classes="muted", markup=False
        )
        yield Input(self._draft.hours, id="hours", max_length=4, restrict=r"[0-9]*", compact=True)
        with Horizontal(classes="usual-ones"):
            for hours in _USUAL_HOURS:
                yield Usual("hours", hours, _("{hours} h").format(hours=hours))
            yield Usual("hours", "", _("until further notice"))

    def focus_first(self) -> None:
        """The reason."""
        self.query_one("#reason").focus()

    def typed(self) -> NowDraft:
        return NowDraft(self.field_text("reason"), self.field_text("hours"))

    def read(self) -> Blocking:
        draft, now = self.typed(), self.lab.now()
        ends_at = now + timedelta(hours=int(draft.hours)) if draft.hours else None
        return Blocking(now, ends_at, draft.reason)


class SpanSheet(BlockingSheet[SpanDraft], inherit_bindings=False):
    """A time that is planned: days and hours from when until when, and the reason."""

    BINDINGS = BlockingSheet.BINDINGS
    REASONS: ClassVar[tuple[str, ...]] = OUTAGE_REASONS
    """Usual ones, to be translated."""
    IS_OPEN: ClassVar[bool] = True
    """Whether it can be until further notice."""

    def compose_fields(self) -> ComposeResult:
        hint = _("days like 2026-11-24, hours like 09:00")
        yield Static(Content(hint), classes="muted", markup=False)
        for label, names in ((_("From"), _SPAN[:2]), (_("Until"), _SPAN[2:])):
            with Horizontal(classes="field"):
                yield Static(Content(label), classes="label", markup=False)
                for name in names:
                    value = getattr(self._draft, name)
                    yield Input(value, id=name, max_length=MOST_TYPED, compact=True, classes="short")
        if self.IS_OPEN:
            yield Static(Content(_("Without an end: until further notice")), classes="muted", markup=False)
        with Horizontal(classes="field"):
            yield Static(Content(_("Why")), classes="label", markup=False)
            yield Input(self._draft.reason, id="reason", max_length=MOST_TYPED, compact=True)
        with Horizontal(classes="usual-ones"):
            for reason in self.REASONS:
                yield Usual("reason", _(reason))

    def focus_first(self) -> None:
        """The first day."""
        self.query_one("#from_day").focus()

    def typed(self) -> SpanDraft:
        return SpanDraft(*(self.field_text(name) for name in (*_SPAN, "reason")))

    def read(self) -> Blocking:
        draft, time = self.typed(), self.lab.time
        starts_at = typed.instant(time, ("from_day", draft.from_day), ("starts_at", draft.starts_at))
        ends_at = None
        if not self.IS_OPEN or draft.until_day.strip() or draft.ends_at.strip():
            ends_at = typed.instant(time, ("until_day", draft.until_day), ("ends_at", draft.ends_at))
        return Blocking(starts_at, ends_at, draft.reason)


class UntilSheet(BlockingSheet[SpanDraft], inherit_bindings=False):
    """Another end of what runs or is planned already."""

    BINDINGS = BlockingSheet.BINDINGS

    def __init__(self, lab: Lab, title: Said, blocking: Blocking, look: Look, *, is_open: bool) -> None:
        day, hour = typed.end_day_and_hour(lab.time, blocking.ends_at) if blocking.ends_at else ("", "")
        super().__init__(lab, title, SpanDraft(until_day=day, ends_at=hour), look)
        self._blocking = blocking
        self._is_open = is_open

    def compose_fields(self) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Static(Content(_("Until")), classes="label", markup=False)
            for name in _SPAN[2:]:
                value = getattr(self._draft, name)
                yield Input(value, id=name, max_length=MOST_TYPED, compact=True, classes="short")
        if self._is_open:
            yield Static(Content(_("Without an end: until further notice")), classes="muted", markup=False)

    def focus_first(self) -> None:
        """The day."""
        self.query_one("#until_day").focus()

    def typed(self) -> SpanDraft:
        return SpanDraft(until_day=self.field_text("until_day"), ends_at=self.field_text("ends_at"))

    def read(self) -> Blocking:
        draft, ends_at = self.typed(), None
        if not self._is_open or draft.until_day.strip() or draft.ends_at.strip():
            ends_at = typed.instant(self.lab.time, ("until_day", draft.until_day), ("ends_at", draft.ends_at))
        return Blocking(self._blocking.starts_at, ends_at, self._blocking.reason)
