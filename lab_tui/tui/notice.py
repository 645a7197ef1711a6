"""The line above the keys: what just happened, in a colour and a shape, and the way back."""

from __future__ import annotations

import time
from enum import StrEnum

from textual.content import Content
from textual.widgets import Static

from lab_tui.i18n import _
from lab_tui.text import printable
from lab_tui.tui.visit import UndoOffer
from lab_tui.tui.widgets.drawing import KeptLines, cell_width, wrap


class Tone(StrEnum):
    """How a sentence is meant; also its colour and shape."""

    PLAIN = "plain"
    GOOD = "good"
    ATTENTION = "attention"
    BAD = "bad"


_SHAPES = {Tone.PLAIN: "", Tone.GOOD: "✓ ", Tone.ATTENTION: "! ", Tone.BAD: "✕ "}


class Notice(KeptLines, Static):
    """What stands while a fault lasts, one sentence about the last act, and how long that can be undone."""

    DEFAULT_CSS = """
    Notice {
        height: auto;
        max-height: 4;
        min-height: 1;
        padding: 0 2;
        &.-good { color: $success; }
        &.-attention { color: $warning; }
        &.-bad { color: $error; }
    }
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._text = ""
        self._standing = ""
        self._tone = Tone.PLAIN
        self._undo: UndoOffer | None = None
        self._shown = ""

    def say(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Show a sentence until the next one."""
        self._text, self._tone = printable(text), tone
        self._show()

    def stand(self, text: str) -> None:
        """Show a sentence above all others for as long as it is true."""
        self._standing = printable(text)
        self._show()

    def clear(self) -> None:
        """Show nothing of what was done."""
        self._undo = None
        self.say("")

    def offer_undo(self, offer: UndoOffer | None) -> None:
        """Say that the last act can be taken back, or no longer. It is newer than what stands here."""
        if offer is not None and offer is not self._undo and offer.said != self._text:
            self._text = ""
        self._undo = offer
        self._show()

    def on_click(self) -> None:
        """A touch takes the offer."""
        if self._undo is not None:
            self.call_later(self.screen.run_action, "undo")

    def _show(self) -> None:
        lines = [_SHAPES[Tone.BAD] + self._standing] if self._standing else []
        text, tone = self._text, self._tone
        if not text and self._undo is not None:
            text, tone = self._undo.said, Tone.GOOD
        if text:
            lines.append(self._with_way_back(_SHAPES[tone] + text))
        shown = "\n".join(lines)
        tone = Tone.BAD if self._standing else tone
        if shown == self._shown and self.has_class(f"-{tone}"):
            return
        self._shown = shown
        for each in Tone:
            self.set_class(each is tone, f"-{each}")
        self.update(Content(shown))

    def _with_way_back(self, text: str) -> str:
        """The sentence and the way back, which stays in one piece: on a line of its own where it must."""
        way_back, width = self._way_back(), self.content_size.width
        last = wrap(text, width)[-1:] if width else []
        if way_back and last and cell_width(last[0]) + cell_width(way_back) > width:
            return f"{text}\n{way_back.lstrip()}"
        return text + way_back

    def _way_back(self) -> str:
        if self._undo is None:
            return ""
        seconds = self._undo.seconds_left(time.monotonic())
        return "   " + _("u Undo ({seconds} s)").format(seconds=seconds)
