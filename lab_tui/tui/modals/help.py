"""F1: what the present screen is for, and its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from lab_tui.i18n import N_, _
from lab_tui.text import printable
from lab_tui.tui.modals.base import LabModal
from lab_tui.tui.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from lab_tui.tui.screens.base import LabScreen


_WORDS = {"escape": "Esc", "enter": "Enter", "space": "Space", "delete": "Del", "tab": "Tab"}
_PLACES = {"pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End", "backspace": "⌫"}
_SIGNS = {"up": "↑", "down": "↓", "left": "←", "right": "→", "slash": "/", "plus": "+", "minus": "-"}
_KEY_NAMES = _WORDS | _PLACES | _SIGNS
_KEY_WIDTH = 8


def key_name(binding: Binding) -> str:
    """A key as it is written on a keyboard."""
    key = binding.key_display or binding.key
    *held, last = key.split("+") if len(key) > 1 else [key]
    is_function_key = last[0] == "f" and last[1:].isdigit()
    name = last.upper() if is_function_key else _KEY_NAMES.get(last, last)
    return "+".join((*(one.capitalize() for one in held), name))


def _is_ours(node: DOMNode) -> bool:
    """Whether a key's words are ours to translate; scrolling is Textual's."""
    return type(node).__module__.startswith("lab_tui.")


class HelpModal(LabModal[None], inherit_bindings=False):
    """Explains a screen; closes with any of the usual keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,f1", "close", N_("Back"), id="back"),
    ]

    HAS_HELP = False

    def __init__(self, screen: LabScreen[Any], sheet: LabModal[Any] | None = None) -> None:
        """`sheet` is what lies over the screen, where something does: then its keys are told."""
        super().__init__()
        self._explained = screen
        self._keys = [
            (key_name(active.binding), active.binding.description)
            for active in (sheet or screen).active_bindings.values()
            if active.binding.description and active.enabled and _is_ours(active.node)
        ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="sheet") as sheet:
            sheet.border_title = Content(_("Help"))
            for paragraph in self._explained.help_text().split("\n\n"):
                if paragraph:
                    yield Static(Content(printable(paragraph)), classes="paragraph", markup=False)
            yield Static(Content(_("Keys")), classes="heading", markup=False)
            for key, description in self._keys:
                yield Static(Content(f"{key:<{_KEY_WIDTH}}  {_(description)}"), markup=False)
        yield KeyBar()

    def focus_first(self) -> None:
        """The text, so that arrows scroll it."""
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        """Back to the screen."""
        self.dismiss(None)
