"""Choose one of a few things by number, arrows or touch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from lab_tui.i18n import N_
from lab_tui.text import printable
from lab_tui.tui.modals.base import LabModal, Said, say
from lab_tui.tui.widgets.key_bar import KeyBar

_NUMBER_KEYS = 9


class PickModal(LabModal[int], inherit_bindings=False):
    """Answers with the index of the line that was chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", N_("Back"), id="back"),
        *(Binding(str(n), f"pick({n - 1})", show=False) for n in range(1, _NUMBER_KEYS + 1)),
    ]

    def __init__(self, title: Said, lines: Sequence[Said], about: Said = "") -> None:
        super().__init__()
        self._title_text = title
        self._lines = lines
        self._about = about

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="sheet pick", can_focus=False) as sheet:
            sheet.border_title = Content(printable(say(self._title_text)))
            if about := say(self._about):
                yield Static(Content(printable(about)), classes="muted", markup=False)
            # What has no key of its own is reached by the arrows.
            numbers = (str(n) if n <= _NUMBER_KEYS else " " for n in count(1))
            numbered = (f"{n}  {printable(say(line))}" for n, line in zip(numbers, self._lines, strict=False))
            yield OptionList(*(Option(Content(line)) for line in numbered), markup=False)
        yield KeyBar()

    def focus_first(self) -> None:
        """The list."""
        self.query_one(OptionList).focus()

    def action_close(self) -> None:
        """Nothing chosen."""
        self.dismiss(None)

    def action_pick(self, index: int) -> None:
        """A number key."""
        if index < len(self._lines):
            self.dismiss(index)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_index)
