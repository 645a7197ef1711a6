"""My pass: the badge as a QR code to photograph, and the tickets of one's events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Center, Container
from textual.content import Content
from textual.widgets import Static

from lab_tui.codes import qr
from lab_tui.codes.qr import Matrix
from lab_tui.i18n import N_, _
from lab_tui.lab import events, people
from lab_tui.lab.events import EventView
from lab_tui.lab.operation import Actor, Lab
from lab_tui.lab.people import PersonView
from lab_tui.text import printable
from lab_tui.tui.screens.base import LabScreen
from lab_tui.tui.widgets.code_drawing import CodeDrawing
from lab_tui.wording import names, times

# Lines for all but the code: title, whose it is, what to do with it, notice and keys.
_OTHER_LINES = 5
# Sign-ups are for events of about two months at most.
_DAYS_AHEAD = 60


@dataclass(frozen=True)
class PassPage:
    """One code: the badge (`event` None) or a ticket; `place` of `count`, from 1."""

    person: PersonView
    event: EventView | None
    modules: Matrix
    place: int
    count: int


class MyPassScreen(LabScreen[PassPage]):
    """The codes of whoever is here, one at a time."""

    CSS_PATH = "my_pass.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "turn(1)", N_("Next"), id="next_pass"),
        Binding("right", "turn(1)", N_("Next"), show=False),
        Binding("left", "turn(-1)", N_("Former"), show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._place = 0

    def compose_body(self) -> ComposeResult:
        with Container(id="pass"):
            yield Static(id="owner", markup=False)
            with Center():
                yield CodeDrawing(id="code")
            yield Static(id="advice", markup=False)

    def load(self, lab: Lab) -> PassPage:
        return read_page(lab, self.actor, self._place)

    def title_text(self) -> str:
        if self.value is None or self.value.count == 1:
            return _("My pass")
        return _("My pass  {place} of {count}").format(place=self.value.place, count=self.value.count)

    def help_text(self) -> str:
        return _(
            "This is your badge as a code. Photograph it: the picture opens your day at any kiosk, as the "
            "badge does, so keep it to yourself.\n\nn shows the tickets of your events; a ticket checks in "
            "to its own event only."
        )

    def forget(self) -> None:
        self._place = 0
        super().forget()

    def paint(self) -> None:
        page = self.value
        owner, advice = (self.query_one(f"#{name}", Static) for name in ("owner", "advice"))
        code = self.query_one(CodeDrawing)
        code.draw(page.modules if page else None, self.size.width, self.size.height - _OTHER_LINES)
        if page is None:
            owner.update("")
            advice.update("")
            return
        owner.update(Content(self._owner(page)))
        advice.update(Content(self._advice(page)))
        self.refresh_bindings()

    def on_resize(self) -> None:
        self.call_after_refresh(self.paint)

    def _owner(self, page: PassPage) -> str:
        person = page.person
        name = " ".join(part for part in (person.name, person.other_name) if part)
        if page.event is not None:
            return printable(f"{names.event_kind(page.event.kind)} · {page.event.title}")
        return printable(" · ".join(part for part in (name, person.startup_name or person.title) if part))

    def _advice(self, page: PassPage) -> str:
        if page.event is None:
            return _("Photograph this: it is your badge on your phone.")
        when = times.moment(self.lab.time, page.event.starts_at, self.lab.now())
        place = printable(page.event.sessions[0].place)
        return _("Your ticket: {when}, {place}. Photograph it, or show it at the door.").format(
            when=when, place=place
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """With one pass there is no next."""
        if action == "turn" and (self.value is None or self.value.count < 2):
            return None
        return super().check_action(action, parameters)

    def action_turn(self, by: int) -> None:
        """To the next code, and round."""
        if self.value is not None:
            self._place = (self._place + by) % self.value.count
            self.refresh_value()


def read_page(lab: Lab, actor: Actor, place: int) -> PassPage:
    """The badge (place 0) or one of the tickets of whoever acts, drawn. Raises Refused."""
    person_id = actor.person_id or 0
    going = [one for one in events.upcoming(lab, actor, _DAYS_AHEAD) if one.my_state == "going"]
    place = min(place, len(going))
    event = going[place - 1] if place else None
    if event is not None and event.my_sign_up_id is not None:
        code = people.ticket_code(lab, actor, event.my_sign_up_id)
    else:
        code = people.badge_code(lab, actor, person_id)
    person = people.person_view(lab, person_id)
    return PassPage(person, event, qr.matrix(code), place + 1, len(going) + 1)
