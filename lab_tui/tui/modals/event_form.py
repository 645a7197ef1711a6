"""A new event, or a change to one: its fields, as typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Select, Static

from lab_tui.i18n import N_, _
from lab_tui.lab.events import EVENT_KINDS, EventView
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.reasons import Code
from lab_tui.text import printable
from lab_tui.tui.modals.base import Said, say
from lab_tui.tui.modals.form import MOST_TYPED, FormModal
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.wording import names


@dataclass(frozen=True)
class EventDraft:
    """What staff typed; the lab reads and checks it. Each field is called as BadInput calls it."""

    title: str = ""
    kind: str = "workshop"
    day: str = ""
    starts_at: str = ""
    ends_at: str = ""
    place: str = ""
    capacity: str = ""
    speaker: str = ""
    about: str = ""


_SHORT = ("day", "starts_at", "ends_at", "capacity")
Save = Callable[[EventDraft], Awaitable[EventView]]
"""Writes a draft down. Raises BadInput, Refused, SystemCannot."""


class KindSelect(Select[str], inherit_bindings=False):
    """Opens by the arrows, the space bar or a touch: Enter is the form's, on every field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,up,space", "show_overlay", N_("Choose"), show=False)
    ]


class EventForm(FormModal[EventView], inherit_bindings=False):
    """Asks for an event's fields, until it is saved; answers with the event, or None."""

    BINDINGS = FormModal.BINDINGS
    FIELD_OF_REASON: ClassVar[Mapping[str, str]] = MappingProxyType(
        {Code.IN_THE_PAST: "day", Code.SEATS_TAKEN: "capacity"}
    )

    def __init__(self, draft: EventDraft, title: Said, lab: Lab, save: Save, note: Said = "") -> None:
        super().__init__(lab)
        self._draft = draft
        self._title_text = title
        self._save = save
        self._note = note

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="sheet form", can_focus=False) as sheet:
            sheet.border_title = Content(say(self._title_text))
            yield Static("", id="problem", classes="bad", markup=False)
            if note := say(self._note):
                yield Static(Content(note), classes="muted", markup=False)
            for name, label, widget in self._fields():
                with Horizontal(classes="field"):
                    yield Static(Content(label), classes="label", markup=False)
                    yield widget
                    if hint := self._hints().get(name, ""):
                        yield Static(Content(hint), classes="hint", markup=False)
        yield KeyBar()

    def _fields(self) -> Iterator[tuple[str, str, Widget]]:
        for name, label in self._labels().items():
            if name == "kind":
                kinds = [(Content(names.event_kind(kind)), kind) for kind in EVENT_KINDS]
                yield (
                    name,
                    label,
                    KindSelect(kinds, value=self._draft.kind, allow_blank=False, id=name, compact=True),
                )
            else:
                typed = printable(getattr(self._draft, name))
                field = Input(typed, id=name, max_length=MOST_TYPED, select_on_focus=False, compact=True)
                field.set_class(name in _SHORT, "short")
                yield name, label, field

    def _labels(self) -> dict[str, str]:
        return {
            "title": _("Title"),
            "kind": _("Kind"),
            "day": _("Day"),
            "starts_at": _("Start"),
            "ends_at": _("End"),
            "place": _("Place"),
            "capacity": _("Seats"),
            "speaker": _("Speaker"),
            "about": _("About"),
        }

    def _hints(self) -> dict[str, str]:
        return {
            "day": _("year-month-day"),
            "starts_at": _("like 18:30"),
            "ends_at": _("like 20:00"),
        }

    def focus_first(self) -> None:
        """The title."""
        self.query_one("#title").focus()

    def keep_typed(self) -> None:
        """The draft is what stands in the fields."""
        self._draft = self._typed()

    def submit(self) -> Awaitable[EventView]:
        """Save what stands in the fields."""
        return self._save(self._typed())

    def _typed(self) -> EventDraft:
        texts = {
            f.name: self.query_one(f"#{f.name}", Input).value for f in fields(EventDraft) if f.name != "kind"
        }
        return EventDraft(kind=str(self.query_one("#kind", Select).value), **texts)
