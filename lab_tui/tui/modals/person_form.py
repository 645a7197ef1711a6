"""A new person, or a change to one: the fields, as typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, fields

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Select, Static

from lab_tui.i18n import _, pgettext
from lab_tui.lab.operation import Lab
from lab_tui.lab.people import NewPerson, PersonView
from lab_tui.lab.rules.permissions import Role
from lab_tui.lab.staff_people import PersonChange, PersonRecord
from lab_tui.text import printable
from lab_tui.tui.modals.base import Said, say
from lab_tui.tui.modals.event_form import KindSelect
from lab_tui.tui.modals.form import MOST_TYPED, FormModal
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.wording import names

_ROLES = (Role.MEMBER, Role.MENTOR, Role.VISITOR, Role.STEWARD, Role.STAFF)
# Chosen once: afterwards they are the programme's.
_FOR_NEW_ONLY = frozenset({"role", "startup_id"})


@dataclass(frozen=True)
class PersonDraft:
    """What staff typed; the lab reads and checks it. Each field is called as BadInput calls it."""

    name: str = ""
    other_name: str = ""
    role: str = Role.MEMBER.value
    startup_id: str = ""
    title: str = ""
    email: str = ""
    unix_name: str = ""

    @staticmethod
    def of(record: PersonRecord) -> PersonDraft:
        """A person as they would be typed."""
        person = record.person
        return PersonDraft(
            name=person.name,
            other_name=person.other_name,
            role=person.role,
            startup_id=person.startup_name,
            title=person.title,
            email=record.email,
            unix_name=record.unix_name,
        )

    def new_person(self, startup_id: int | None) -> NewPerson:
        """The draft as the lab adds it."""
        return NewPerson(role=self.role, startup_id=startup_id, **vars(self.change()))

    def change(self) -> PersonChange:
        """The draft as the lab changes somebody to it."""
        return PersonChange(
            self.name, self.other_name, self.title, self.email, self.unix_name.strip() or None
        )


Save = Callable[[PersonDraft], Awaitable[PersonView]]
"""Writes a draft down. Raises BadInput, Refused, SystemCannot."""


class PersonForm(FormModal[PersonView], inherit_bindings=False):
    """Asks for a person's fields, until they are saved; answers with the person, or None."""

    BINDINGS = FormModal.BINDINGS

    def __init__(self, draft: PersonDraft, title: Said, lab: Lab, save: Save, *, is_new: bool = True) -> None:
        super().__init__(lab)
        self._draft = draft
        self._title_text = title
        self._save = save
        self._is_new = is_new

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="sheet form", can_focus=False) as sheet:
            sheet.border_title = Content(say(self._title_text))
            yield Static("", id="problem", classes="bad", markup=False)
            for label, widget in self._fields():
                with Horizontal(classes="field"):
                    yield Static(Content(label), classes="label", markup=False)
                    yield widget
        yield KeyBar()

    def _fields(self) -> Iterator[tuple[str, Widget]]:
        for name, (label, hint) in self._labels().items():
            if name == "role":
                roles = [(Content(names.role(role)), role.value) for role in _ROLES]
                yield (
                    label,
                    KindSelect(roles, value=self._draft.role, allow_blank=False, id=name, compact=True),
                )
            else:
                typed = printable(getattr(self._draft, name))
                yield (
                    label,
                    Input(typed, hint, id=name, max_length=MOST_TYPED, select_on_focus=False, compact=True),
                )

    def _labels(self) -> dict[str, tuple[str, str]]:
        """Each field's label, and how it is filled in."""
        labels = {
            "name": (_("Name"), ""),
            "other_name": (_("Other name"), _("in another script")),
            "role": (_("Role"), ""),
            "startup_id": (_("Start-up"), _("for members: enough of its name")),
            "title": (pgettext("of a person", "Title"), _("what they do")),
            "email": (_("Email"), ""),
            "unix_name": (_("Unix name"), _("their account on the workstations")),
        }
        return {name: text for name, text in labels.items() if self._is_new or name not in _FOR_NEW_ONLY}

    def focus_first(self) -> None:
        """The name."""
        self.query_one("#name").focus()

    def keep_typed(self) -> None:
        """The draft is what stands in the fields."""
        self._draft = self._typed()

    def submit(self) -> Awaitable[PersonView]:
        """Save what stands in the fields."""
        return self._save(self._typed())

    def _typed(self) -> PersonDraft:
        texts = {one.name: getattr(self._draft, one.name) for one in fields(PersonDraft)}
        texts |= {str(field.id): field.value for field in self.query(Input)}
        texts |= {str(field.id): str(field.value) for field in self.query(Select)}
        return PersonDraft(**texts)
