"""One of some values in a line: arrows, digits or touches go to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from lab_tui.i18n import N_
from lab_tui.tui.widgets.drawing import CellRow, LineWidget, Mark, cell_width

T = TypeVar("T")

# The arrow and the air beside it: what a touch has to hit.
_ARROW = 3


@dataclass(frozen=True)
class Step(Generic[T]):
    """A value and how it reads."""

    text: str
    value: T


class Stepper(LineWidget, Generic[T], can_focus=True, inherit_bindings=False):
    """Shows one step; `leap` is how many a touch of the outer arrows, or Shift and an arrow, goes."""

    @dataclass
    class Changed(Message):
        """Another value was chosen by a key or a touch."""

        stepper: Stepper[object]

    PENS = "stepper"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", N_("Less"), show=False),
        Binding("right", "step(1)", N_("More"), show=False),
        Binding("shift+left", "leap(-1)", show=False),
        Binding("shift+right", "leap(1)", show=False),
        Binding("home", "step(-100000)", show=False),
        Binding("end", "step(100000)", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "stepper--arrow",
        "stepper--dim",
        "stepper--text",
        "stepper--focus",
    }
    DEFAULT_CSS = """
    Stepper {
        width: auto;
        height: 1;
        margin-right: 2;
        & > .stepper--arrow { color: $accent; text-style: bold; }
        & > .stepper--dim { color: $secondary; }
        & > .stepper--text { color: $foreground; }
        & > .stepper--focus { background: $surface; text-style: bold; }
    }
    """

    def __init__(
        self,
        steps: Sequence[Step[T]],
        value: T,
        *,
        leap: int = 0,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self._leap = leap
        self._typed = ""
        self._steps: tuple[Step[T], ...] = tuple(steps)
        self._at = self._place_of(value)

    # What it shows

    @property
    def value(self) -> T:
        """The value that is shown."""
        return self._steps[self._at].value

    def offer(self, steps: Sequence[Step[T]], value: T | None = None) -> None:
        """Other steps; shows `value` if it is among them, else what reads as the present one."""
        text = self._steps[self._at].text
        self._steps = tuple(steps)
        same = (at for at, step in enumerate(self._steps) if step.text == text)
        at = next(same, min(self._at, len(self._steps) - 1))
        self._at = at if value is None else self._place_of(value, at)
        self.refresh(layout=True)

    def _place_of(self, value: T, otherwise: int = 0) -> int:
        return next((at for at, step in enumerate(self._steps) if step.value == value), otherwise)

    @property
    def _side(self) -> int:
        return _ARROW * (2 if self._leap else 1)

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002
        """The longest text and the arrows."""
        return max(cell_width(step.text) for step in self._steps) + 2 * self._side

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """One line."""
        return 1

    def draw_line(self, y: int, width: int) -> Strip:  # noqa: ARG002
        """The arrows, dim where they lead nowhere, and the text between them."""
        row, side = CellRow(width), self._side
        text = self._steps[self._at].text
        room = width - 2 * side
        row.write(side + max(0, (room - cell_width(text)) // 2), text, "text", room)
        back = "arrow" if self._at else "dim"
        on = "arrow" if self._at < len(self._steps) - 1 else "dim"
        if self._leap:
            row.write(1, "«", back)
            row.write(width - 2, "»", on)
        row.write(side - 2, "‹", back)
        row.write(width - side + 1, "›", on)
        return row.strip(self.pens, [Mark(0, width, "focus")] if self.has_focus else [])

    # What changes it

    def action_step(self, by: int) -> None:
        """Some steps on or back."""
        self._typed = ""
        self._go_to(max(0, min(len(self._steps) - 1, self._at + by)))

    def action_leap(self, way: int) -> None:
        """A leap on or back."""
        self.action_step(way * max(1, self._leap))

    def _go_to(self, at: int) -> None:
        if at != self._at:
            self._at = at
            self.refresh()
            self.post_message(self.Changed(self))  # type: ignore[arg-type]

    def on_key(self, event: events.Key) -> None:
        """Digits go to the first step whose digits begin so: 1430 to 14:30."""
        if event.character is None or not event.character.isdecimal():
            return
        event.stop()
        for typed in (self._typed + event.character, event.character):
            at = self._typed_place(typed)
            if at is not None:
                self._typed = typed
                self._go_to(at)
                return

    def _typed_place(self, typed: str) -> int | None:
        digits = [_digits(step.text) for step in self._steps]
        begins = (at for at, one in enumerate(digits) if one.startswith(typed))
        short = (at for at, one in enumerate(digits) if one.lstrip("0").startswith(typed))
        exact = (at for at, one in enumerate(digits) if one == typed)
        return next(exact, next(begins, next(short, None)))

    def on_blur(self) -> None:
        """What is typed after that begins anew."""
        self._typed = ""

    def on_click(self, event: events.Click) -> None:
        """A touch of an arrow."""
        x, width = event.get_content_offset_capture(self).x, self.content_size.width
        from_end = width - 1 - x
        if self._leap and min(x, from_end) < _ARROW:
            self.action_leap(-1 if x < from_end else 1)
        elif min(x, from_end) < self._side:
            self.action_step(-1 if x < from_end else 1)


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdecimal())
