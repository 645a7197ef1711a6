"""What all modals share: one question, one typed answer, in whatever language is spoken now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

if TYPE_CHECKING:
    from lab_tui.tui.app import KioskApp

A = TypeVar("A")

Said = str | Callable[[], str]
"""A text, or what makes it in the present language: the latter follows the language key."""


def say(said: Said) -> str:
    """The text in the present language."""
    return said() if callable(said) else said


class LabModal(ModalScreen[A], Generic[A], inherit_bindings=False):
    """A question over a screen."""

    CSS_PATH = "modals.tcss"
    ANY_KEY_CLOSES: ClassVar[bool] = False
    """Whether every key, the language key included, only closes it."""
    HAS_HELP: ClassVar[bool] = True
    """Whether F1 explains what lies below, and the keys."""

    def dismiss(self, result: A | None = None) -> AwaitComplete:
        """Answer once; a second key that was under way takes no other screen with it."""
        if not self.is_active:
            return AwaitComplete()
        return super().dismiss(cast("A", result))

    def on_key(self, event: events.Key) -> None:
        """F1: what the screen below is for, and this sheet's keys; the app's own keys reach no modal."""
        from lab_tui.tui.modals.help import HelpModal

        if event.key != "f1" or self.ANY_KEY_CLOSES or not self.HAS_HELP:
            return
        event.stop()
        top = cast("KioskApp", self.app).top()
        self.app.push_screen(HelpModal(top, self))

    def repaint(self) -> None:
        """Say everything again, in the present language."""
        self.call_later(self._compose_again)

    async def _compose_again(self) -> None:
        await self.recompose()
        self.focus_first()

    def on_mount(self) -> None:
        self.focus_first()

    def focus_first(self) -> None:
        """Give the keys to what is to be chosen or filled in."""
