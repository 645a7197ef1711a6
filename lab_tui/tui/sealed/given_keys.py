"""What a text field was like before the keys it was given, so that it can give them back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from textual.widget import Widget
from textual.widgets import Input
from textual.widgets.input import Selection

# No scan that a field gives back is longer.
_MOST_KEYS = 1000
_NOTHING = Selection(0, 0)


@dataclass
class _Given:
    """A key that went to a field, or to something else (`field` None), and the field before it."""

    field: Input | None
    char: str
    value: str = ""
    selection: Selection = _NOTHING

    def note(self) -> None:
        if self.field is not None:
            self.value, self.selection = self.field.value, self.field.selection


class GivenKeys:
    """The last keys that were passed on."""

    def __init__(self) -> None:
        self._keys: deque[_Given] = deque(maxlen=_MOST_KEYS)

    def note(self, focused: Widget | None, char: str | None) -> None:
        """A key is about to go to the widget that has the focus."""
        field = focused if isinstance(focused, Input) else None
        given = _Given(field, char or "")
        if field is not None and field.message_queue_size:
            field.call_later(given.note)  # it has not had the keys before this one
        else:
            given.note()
        self._keys.append(given)

    def take_back(self, count: int) -> None:
        """Make the field what it was before the last `count` keys, unless something else has changed it."""
        if count > len(self._keys):
            return
        given = [self._keys.pop() for _ in range(count)][::-1]
        field = given[0].field
        if field is not None and all(one.field is field for one in given):
            field.call_later(_restore, field, given)


def _restore(field: Input, given: list[_Given]) -> None:
    before = given[0]
    start, end = sorted(before.selection)
    front, back = before.value[:start], before.value[end:]
    held = field.value[len(front) : len(field.value) - len(back)]
    typed = iter("".join(one.char for one in given))
    # A field may refuse characters that it was given.
    if field.value == front + held + back and all(char in typed for char in held):
        field.value = before.value
        field.selection = before.selection
