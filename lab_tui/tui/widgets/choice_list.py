"""A list to choose from, of which only what changed is painted."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from lab_tui.i18n import N_


class ChoiceList(OptionList, inherit_bindings=False):
    """A list whose first touch highlights and whose second chooses; Enter is the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "cursor_up", N_("Up"), show=False),
        Binding("down", "cursor_down", N_("Down"), show=False),
        Binding("home", "first", N_("First"), show=False),
        Binding("end", "last", N_("Last"), show=False),
        Binding("pageup", "page_up", N_("Page up"), show=False),
        Binding("pagedown", "page_down", N_("Page down"), show=False),
    ]

    class Resized(Message):
        """There is another width to write in."""

    def on_resize(self) -> None:
        self.post_message(self.Resized())

    def on_click(self, event: events.Click) -> None:
        """Nobody signs up by one touch."""
        event.prevent_default()
        touched = event.style.meta.get("option")
        if touched is not None and touched == self.highlighted:
            self.action_select()
        elif touched is not None:
            self.highlighted = touched

    def show(self, ids: list[str], lines: list[Content]) -> None:
        """Show these options, the highlight on the same one as before; only what changed is painted."""
        if [option.id for option in self.options] == ids:
            for index, line in enumerate(lines):
                if self.options[index].prompt != line:
                    self.replace_option_prompt_at_index(index, line)
            return
        before, scrolled = self.highlighted, self.scroll_offset.y
        highlighted_id = self.options[before].id if before is not None else None
        with self.app.batch_update():
            self.set_options(Option(line, id) for line, id in zip(lines, ids, strict=True))  # noqa: A001
            if highlighted_id in ids:
                self.highlighted = ids.index(highlighted_id)
            elif ids:
                self.highlighted = min(before or 0, len(ids) - 1)
            self.scroll_to(y=scrolled, animate=False, immediate=True)
