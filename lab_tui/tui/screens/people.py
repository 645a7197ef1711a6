"""People, for staff: finding somebody, their badge, printing it, making it void when it is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from lab_tui.errors import Refused, SystemCannot
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab import people, staff_people
from lab_tui.lab.operation import Done, Lab
from lab_tui.lab.people import PersonView
from lab_tui.lab.rules.permissions import WITH_PIN, Permission, Role
from lab_tui.lab.staff_people import MOST_FOUND, BadgeState, FoundPeople, PersonRecord
from lab_tui.printing.orders import Order, PaperKind
from lab_tui.text import printable
from lab_tui.tui.keys import renamed, with_enter
from lab_tui.tui.modals.pick import PickModal
from lab_tui.tui.modals.question import QuestionModal
from lab_tui.tui.screens.base import LabScreen, new_request_key
from lab_tui.tui.screens.people_lines import about, full_name, line
from lab_tui.tui.screens.print_work import Paper, offer_to_print, print_now
from lab_tui.tui.widgets.choice_list import ChoiceList

# What the audit log and the holder of the old badge are told.
_LOST = "lost"
_NEEDS_PERSON = frozenset({"choose", "lost_badge", "print"})
# Keys that are letters in the search field.
_LETTERS = ("l", "P", "n", "slash")


@dataclass(frozen=True)
class FoundFor:
    """People, and the words they were found for."""

    words: str
    found: FoundPeople


@dataclass(frozen=True)
class Act:
    """Something that can be done with a person: how it is called, and what does it."""

    text: Callable[[], str]
    do: Callable[[], None]


class PeopleScreen(LabScreen[FoundFor]):
    """Everybody, as far as the words in the search field go."""

    CSS_PATH = "people.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (108, "-wide")]
    # Those that lead from the search field or back to it come before what has the focus: whoever types fast
    # would have the next letters taken for commands, or written into the field.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", N_("What to do"), id="choose", priority=True),
        Binding("l", "lost_badge", N_("Lost badge"), id="lost_badge"),
        Binding("P", "print", N_("Print"), id="print"),
        Binding("n", "new", N_("New"), id="new"),
        Binding("slash", "search", N_("Search"), key_display="/", id="search", priority=True),
        Binding("down", "to_list", show=False, priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        # What is in the search field, and what is being looked for.
        self._words = ""
        self._asked = ""

    def compose_body(self) -> ComposeResult:
        yield Input(id="search", max_length=80, compact=True)
        with Container(id="found"):
            yield ChoiceList(markup=False)
            with VerticalScroll(id="about", can_focus=False):
                yield Static("", id="about-text", markup=False)
        yield Static("", id="count", markup=False)

    def load(self, lab: Lab) -> FoundFor:
        words = self._asked
        return FoundFor(words, staff_people.search(lab, self.actor, words))

    async def _refresh(self, request: int) -> None:
        """Look for the words of now; where they have become others meanwhile, look once more.

        So a slow database is asked one thing at a time, however fast somebody types.
        """
        self._asked = self._words
        await super()._refresh(request)
        if request == self._request and self._asked != self._words:
            self.refresh_value()

    def forget(self) -> None:
        super().forget()
        self._words = self._asked = ""
        if self._is_composed():
            field = self.query_one("#search", Input)
            with field.prevent(Input.Changed):
                field.value = ""
            field.focus()

    def title_text(self) -> str:
        return _("Staff · people")

    def help_text(self) -> str:
        return _(
            "Type part of a name, a start-up or a unix name, in any script; Enter goes to the list, / back "
            "to the search.\n\n"
            "l is for a lost badge: after one question the old badge is void and a new one is printed. Where "
            "the printer fails, the new code can be shown here, to be photographed. P prints the badge "
            "again, or sheets of all who are in the list or in the cohort; printing goes on when you leave. "
            "Enter says what else can be done; n adds a person.\n\n"
            "By touch: choose a person, then touch what to do in the line at the bottom."
        )

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """In the search field Enter goes to the list, and letters are letters."""
        bindings = super().active_bindings
        if self._is_searching():
            for key in _LETTERS:
                bindings.pop(key, None)
            return renamed(with_enter(bindings, N_("To the list")), "escape", N_("Back"))
        bindings = with_enter(bindings, N_("What to do"))
        if "enter" in bindings:
            bindings["enter"] = bindings["enter"]._replace(enabled=bool(self.check_action("choose", ())))
        return bindings

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#search").focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self.paint)

    # What it shows

    def paint(self) -> None:
        found = self.value.found if self.value else FoundPeople()
        person_list = self.query_one(ChoiceList)
        width = person_list.scrollable_content_region.width or self.size.width - 6
        person_list.show(
            [str(one.person.id) for one in found.people], [line(one, width) for one in found.people]
        )
        self.query_one("#search", Input).placeholder = _("Name, start-up or unix name")
        self.query_one("#count", Static).update(Content(self._count_text()))
        self._paint_about()
        self.refresh_bindings()

    def _count_text(self) -> str:
        if self.value is None:
            return ""
        count, words = len(self.value.found.people), printable(self.value.words).strip()
        if self.value.found.more:
            return _("The first {count}; type more of the name to find the others.").format(count=MOST_FOUND)
        if not count:
            return _("Nobody for “{words}”.").format(words=words)
        inside = sum(1 for one in self.value.found.people if one.inside_since)
        people_found = ngettext("{count} person", "{count} people", count).format(count=count)
        return _("{people} · {inside} inside").format(people=people_found, inside=inside)

    def _paint_about(self) -> None:
        record = self._record_here()
        self.query_one("#about-text", Static).update(about(record, self.lab) if record else Content(""))

    def _record_here(self) -> PersonRecord | None:
        """The person in the list, while the list is of what stands in the search field."""
        index = self.query_one(ChoiceList).highlighted if self._is_composed() else None
        if self.value is None or self.value.words != self._words or index is None:
            return None
        return self.value.found.people[index] if index < len(self.value.found.people) else None

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self._paint_about()
        self.refresh_bindings()

    # Searching

    def _is_searching(self) -> bool:
        # Not `has_focus`, which a widget learns only later.
        return self._is_composed() and self.focused is self.query_one("#search", Input)

    @on(Input.Changed, "#search")
    def _search(self, event: Input.Changed) -> None:
        self._words = event.value
        self.refresh_if_idle()

    def action_to_list(self) -> None:
        """From the search field to those it found, before the next key is looked at."""
        self.set_focus(self.query_one(ChoiceList))
        self.refresh_bindings()

    def action_search(self) -> None:
        """Back to the search field, before the next key is looked at."""
        self.set_focus(self.query_one("#search", Input))

    def on_descendant_focus(self) -> None:
        """The keys are others in the field and in the list."""
        self.refresh_bindings()

    # What can be done

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the role does not allow, or the person in the list, is dim; the lines about them say why."""
        if action in ("to_list", "search"):
            return self._is_searching() == (action == "to_list")
        if action == "choose" and self._is_searching():
            return True
        if action != "new" and action not in _NEEDS_PERSON:
            return super().check_action(action, parameters)
        if self.visit is None or not self.visit.may(Permission.MANAGE_PEOPLE):
            return None
        record = self._record_here()
        if action == "new":
            return True
        if record is None:
            return None
        return True if action == "choose" or record.active else None

    @on(OptionList.OptionSelected)
    def action_choose(self) -> None:
        """Ask what to do with the person in the list; from the search field, go there first."""
        record = self._record_here()
        if self._is_searching():
            self.action_to_list()
        elif record is not None and self.check_action("choose", ()):
            acts = self._acts(record)

            def chosen(index: int | None) -> None:
                if index is not None:
                    acts[index].do()

            name = full_name(record.person)
            self.app.push_screen(PickModal(name, [act.text for act in acts]), chosen)

    def _acts(self, record: PersonRecord) -> list[Act]:
        """What can be done with a person, in the order it is offered."""
        change = Act(lambda: _("Change the person"), lambda: self._change(record))
        if not record.active:
            return [Act(lambda: _("Let them in again"), lambda: self._reactivate(record)), change]
        acts = [
            Act(lambda: _("Lost badge: a new one, the old one void"), lambda: self._ask_about_lost(record)),
            Act(lambda: _("Print the badge"), lambda: print_now(self, self._badge(record))),
            Act(lambda: _("Show the code here, to photograph"), lambda: self._show_code(record.person)),
            change,
        ]
        if Role(record.person.role) in WITH_PIN:
            pin = _("Change the PIN") if record.person.has_pin else _("Set a PIN")
            acts.append(Act(lambda: pin, lambda: self._set_pin(record.person)))
        acts.append(Act(lambda: _("Let them in no more"), lambda: self._ask_to_deactivate(record)))
        return acts

    # Badges

    def action_lost_badge(self) -> None:
        """The badge of the person in the list is lost."""
        record = self._record_here()
        if record is not None:
            self._ask_about_lost(record)

    def _ask_about_lost(self, record: PersonRecord) -> None:
        """Name what will be lost; then make it void, make a new one and print that."""
        person, key = record.person, new_request_key()

        def text() -> str:
            if record.badge is BadgeState.IN_FORCE:
                return _(
                    "The badge of {name} becomes void at once; a new one is printed. This cannot be undone."
                ).format(name=person.name)
            return _("{name} has no badge in force; a new one is made and printed.").format(name=person.name)

        def answered(yes: bool | None) -> None:
            if yes:
                self._reissue(record, key)

        question = QuestionModal(lambda: _("A new badge for {name}?").format(name=person.name), text)
        self.app.push_screen(question, answered)

    def _reissue(self, record: PersonRecord, key: str) -> None:
        actor, person = self.actor, record.person

        def reissue(lab: Lab) -> Done[PersonView]:
            people.reissue_badge(lab, actor, person.id, _LOST, request_key=key)
            return Done(person, 0)

        def said(_person: PersonView) -> str:
            if record.badge is BadgeState.IN_FORCE:
                return _("The old badge of {name} is void.").format(name=printable(person.name))
            return _("{name} has a new badge.").format(name=printable(person.name))

        def print_it(_person: PersonView) -> None:
            print_now(self, self._badge(record), lambda: said(person), lambda: self._show_code(person))

        self.act(reissue, said, print_it, undoable=False)

    def _badge(self, record: PersonRecord) -> Paper:
        name = full_name(record.person)
        order = Order(PaperKind.BADGE, (record.person.id,))
        return Paper(lambda: _("Badge of {name}").format(name=name), order)

    def action_print(self) -> None:
        """Ask which badges to print."""
        record = self._record_here()
        if record is None or self.value is None or not self.check_action("print", ()):
            return
        shown = tuple(one.person.id for one in self.value.found.people if one.active)
        papers = [self._badge(record)]
        if len(shown) > 1:
            papers.append(Paper(lambda: _shown_text(len(shown)), Order(PaperKind.BADGE_SHEET, shown)))
        cohort_id, cohort = record.cohort_id, record.person.cohort_name
        if cohort_id is None:
            offer_to_print(self, papers)
            return
        self.run_worker(self._offer_with_cohort(papers, cohort_id, cohort), group="act")

    async def _offer_with_cohort(self, papers: list[Paper], cohort_id: int, cohort: str) -> None:
        visit, actor = self.visit, self.actor
        try:
            ids = await self.kiosk.operations.run(
                lambda lab: staff_people.cohort_members(lab, actor, cohort_id)
            )
        except (Refused, SystemCannot) as error:
            if self.visit is visit:
                self.show_error(error)
            return
        if self.visit is visit and self.is_active:

            def text() -> str:
                badges = ngettext("{count} badge", "{count} badges", len(ids)).format(count=len(ids))
                return _("Sheets: cohort {name}, {badges}").format(name=cohort, badges=badges)

            offer_to_print(self, [*papers, Paper(text, Order(PaperKind.BADGE_SHEET, ids))])

    def _show_code(self, person: PersonView) -> None:
        """The badge's code on the screen, to photograph."""
        self.run_worker(self._show(person), group="act")

    async def _show(self, person: PersonView) -> None:
        from lab_tui.codes import qr
        from lab_tui.tui.modals.code_sheet import CodeSheet

        visit, actor = self.visit, self.actor
        try:
            modules = await self.kiosk.operations.run(
                lambda lab: qr.matrix(people.badge_code(lab, actor, person.id))
            )
        except (Refused, SystemCannot) as error:
            if self.visit is visit:
                self.show_error(error)
            return
        if self.visit is visit and self.is_active:
            advice = lambda: _("Photograph the code: it is the badge on the phone.")  # noqa: E731
            self.app.push_screen(CodeSheet(modules, full_name(person), advice))

    # Adding, changing, sending away

    def action_new(self) -> None:
        """A new person."""
        from lab_tui.tui.modals.person_form import PersonDraft, PersonForm

        key, actor = new_request_key(), self.actor

        def save(lab: Lab, draft: PersonDraft) -> PersonView:
            startup_id = staff_people.startup_named(lab, actor, draft.startup_id)
            return people.add(lab, actor, draft.new_person(startup_id), request_key=key).what

        async def saved(draft: PersonDraft) -> PersonView:
            return await self.kiosk.operations.run(lambda lab: save(lab, draft))

        def answered(person: PersonView | None) -> None:
            if person is not None:
                self._look_for(person)
                text = _("Added: {name}. P prints the badge.").format(name=printable(person.name))
                self.tell_done(None, text)

        form = PersonForm(PersonDraft(), lambda: _("A new person"), self.lab, saved)
        self.app.push_screen(form, answered)

    def _look_for(self, person: PersonView) -> None:
        """Show somebody in the list."""
        self._words = person.name
        field = self.query_one("#search", Input)
        with field.prevent(Input.Changed):
            field.value = person.name
        self.query_one(ChoiceList).focus()

    def _change(self, record: PersonRecord) -> None:
        from lab_tui.tui.modals.person_form import PersonDraft, PersonForm

        actor, person = self.actor, record.person

        async def saved(draft: PersonDraft) -> PersonView:
            wanted = draft.change()
            done = await self.kiosk.operations.run(
                lambda lab: staff_people.change(lab, actor, person.id, wanted)
            )
            return done.what

        def answered(changed: PersonView | None) -> None:
            if changed is not None:
                self.tell_done(None, _("Saved: {name}.").format(name=printable(changed.name)))

        title = lambda: _("Change {name}").format(name=person.name)  # noqa: E731
        form = PersonForm(PersonDraft.of(record), title, self.lab, saved, is_new=False)
        self.app.push_screen(form, answered)

    def _set_pin(self, person: PersonView) -> None:
        from lab_tui.tui.modals.new_pin import NewPinForm

        actor = self.actor

        async def saved(pin: str) -> bool:
            await self.kiosk.operations.run(lambda lab: people.set_pin(lab, actor, person.id, pin))
            return True

        def answered(done: bool | None) -> None:
            if done:
                self.tell_done(None, _("The PIN of {name} is set.").format(name=printable(person.name)))

        title = lambda: _("PIN of {name}").format(name=person.name)  # noqa: E731
        self.app.push_screen(NewPinForm(title, self.lab, saved), answered)

    def _ask_to_deactivate(self, record: PersonRecord) -> None:
        actor, person = self.actor, record.person

        def answered(yes: bool | None) -> None:
            if yes:
                self.act(
                    lambda lab: staff_people.deactivate(lab, actor, person.id),
                    lambda view: _("{name} is let in no more.").format(name=printable(view.name)),
                    undoable=False,
                )

        question = QuestionModal(
            lambda: _("Let {name} in no more?").format(name=person.name),
            lambda: _(
                "Their badge and their tickets open nothing any more, and they cannot book. What they have "
                "booked stays; you can let them in again."
            ),
        )
        self.app.push_screen(question, answered)

    def _reactivate(self, record: PersonRecord) -> None:
        actor, person_id = self.actor, record.person.id
        self.act(
            lambda lab: staff_people.reactivate(lab, actor, person_id),
            lambda view: _("{name} is let in again.").format(name=printable(view.name)),
            undoable=False,
        )


def _shown_text(count: int) -> str:
    return ngettext(
        "Sheets: {count} badge, of all in the list", "Sheets: {count} badges, of all in the list", count
    ).format(count=count)
