"""A new machine, or a change to one: its fields, as typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from lab_tui.config import parse_policy
from lab_tui.errors import BadInput
from lab_tui.i18n import _
from lab_tui.lab.operation import Lab
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.workstations import WorkstationDetails, WorkstationPlan
from lab_tui.text import printable
from lab_tui.tui.modals import typed
from lab_tui.tui.modals.base import Said, say
from lab_tui.tui.modals.form import MOST_TYPED, FormModal
from lab_tui.tui.widgets.key_bar import KeyBar

_SETTINGS = "gpus."
OWN_RULES_LIKE = "longest_hours=12, no_show_minutes=30"
"""What stands in the field until something is typed; the lab would take it."""


@dataclass(frozen=True)
class WorkstationDraft:
    """What staff typed; the lab reads and checks it. Each field is called as BadInput calls it."""

    name: str = ""
    gpu_model: str = ""
    gpu_memory_gb: str = ""
    gpu_count: str = ""
    host_name: str = ""
    cores: str = ""
    place: str = ""
    tags: str = ""
    about: str = ""
    notes: str = ""
    policy: str = ""

    @classmethod
    def of(cls, machine: WorkstationPlan) -> WorkstationDraft:
        """A machine as it would be typed."""
        texts = {one.name: str(getattr(machine, one.name)) for one in fields(cls)}
        texts |= {"tags": " ".join(machine.tags), "policy": typed.settings_text(machine.policy)}
        return cls(**texts)

    def plan(self) -> WorkstationPlan:
        """The draft as the lab takes it. Raises BadInput."""
        return WorkstationPlan(
            name=self.name,
            gpu_model=self.gpu_model,
            gpu_memory_gb=typed.whole_number("gpu_memory_gb", self.gpu_memory_gb),
            gpu_count=typed.whole_number("gpu_count", self.gpu_count),
            host_name=self.host_name,
            cores=typed.whole_number("cores", self.cores) if self.cores.strip() else 0,
            place=self.place,
            about=self.about,
            notes=self.notes,
            tags=tuple(self.tags.split()),
            policy=parse_policy("policy", self.policy),
        )


_SHORT = ("gpu_memory_gb", "gpu_count", "cores")
Save = Callable[[WorkstationDraft], Awaitable[WorkstationDetails]]
"""Writes a draft down. Raises BadInput, Refused, SystemCannot."""


class WorkstationForm(FormModal[WorkstationDetails], inherit_bindings=False):
    """Asks for a machine's fields, until it is saved; answers with the machine, or None."""

    BINDINGS = FormModal.BINDINGS
    FIELD_OF_REASON: ClassVar[Mapping[str, str]] = MappingProxyType(
        {Code.NAME_TAKEN: "name", Code.HOST_NAME_TAKEN: "host_name", Code.GPUS_HAVE_HISTORY: "gpu_count"}
    )

    def __init__(self, draft: WorkstationDraft, title: Said, lab: Lab, save: Save) -> None:
        super().__init__(lab)
        self._draft = draft
        self._title_text = title
        self._save = save

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="sheet form", can_focus=False) as sheet:
            sheet.border_title = Content(printable(say(self._title_text)))
            yield Static("", id="problem", classes="bad", markup=False)
            for name, label, hint in self._fields():
                with Horizontal(classes="field"):
                    yield Static(Content(label), classes="label", markup=False)
                    is_short = name in _SHORT
                    yield Input(
                        getattr(self._draft, name),
                        "" if is_short else hint,
                        id=name,
                        max_length=MOST_TYPED,
                        select_on_focus=False,
                        compact=True,
                        classes="short" if is_short else "",
                    )
                    if is_short and hint:
                        yield Static(Content(hint), classes="hint", markup=False)
        yield KeyBar()

    def _fields(self) -> Iterator[tuple[str, str, str]]:
        """Each field's name, its label, and how it is filled in."""
        yield "name", _("Name"), ""
        yield "gpu_model", _("GPU model"), "H100"
        yield "gpu_memory_gb", _("Memory a GPU"), _("GB")
        yield "gpu_count", _("GPUs"), ""
        yield "host_name", _("Host name"), _("as the network knows it")
        yield "cores", _("Cores"), ""
        yield "place", _("Place"), ""
        yield "tags", _("Tags"), _("words to find it by")
        yield "about", _("About"), _("one line for everybody")
        yield "notes", _("Notes"), _("for staff")
        yield "policy", _("Own rules"), OWN_RULES_LIKE

    def focus_first(self) -> None:
        """The name."""
        self.query_one("#name").focus()

    def keep_typed(self) -> None:
        """The draft is what stands in the fields."""
        self._draft = self._typed()

    def submit(self) -> Awaitable[WorkstationDetails]:
        """Save what stands in the fields."""
        return self._save(self._typed())

    def _field_of(self, problem: Exception) -> str | None:
        if isinstance(problem, BadInput) and problem.field.startswith(_SETTINGS):
            return "policy"
        return super()._field_of(problem)

    def _typed(self) -> WorkstationDraft:
        return WorkstationDraft(
            **{one.name: self.query_one(f"#{one.name}", Input).value for one in fields(WorkstationDraft)}
        )
