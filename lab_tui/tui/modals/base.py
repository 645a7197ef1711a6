"""What all modals share: one question, one typed answer, in whatever language is spoken now."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar, cast

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

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

    def dismiss(self, result: A | None = None) -> AwaitComplete:
        """Answer once; a second key that was under way takes no other screen with it."""
        if not self.is_active:
            return AwaitComplete()
        return super().dismiss(cast("A", result))

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
