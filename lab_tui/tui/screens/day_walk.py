"""Screens that show a day: the keys that turn the days, see `widgets/day_keys.py`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType

from lab_tui.i18n import N_
from lab_tui.tui.screens.base import LabScreen

V = TypeVar("V")


class DayWalk(LabScreen[V], Generic[V]):
    """A screen that shows one day, today until somebody turns the days."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "left_square_bracket", "turn(-1)", N_("Day before"), key_display="[", id="day_before", show=False
        ),
        Binding(
            "right_square_bracket", "turn(1)", N_("Day after"), key_display="]", id="day_after", show=False
        ),
        Binding("t", "today", N_("Today"), id="today", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        # None: today, whatever day that is by the time it is read.
        self._day: date | None = None

    def forget(self) -> None:
        self._day = None
        super().forget()

    @property
    def day(self) -> date:
        """The day that is shown, or will be once it is read."""
        return self._day or self.lab.today()

    @property
    def is_today(self) -> bool:
        """Whether it is today, even after midnight."""
        return self._day is None

    def days_a_turn(self) -> int:
        """How many days the keys go on."""
        return 1

    def action_turn(self, turns: int) -> None:
        """The days before or after."""
        self.tell("")
        self.go_to_day(self.day + timedelta(days=turns * self.days_a_turn()))

    def action_today(self) -> None:
        """Back to today."""
        self.tell("")
        self.go_to_day(self.lab.today())

    def go_to_day(self, day: date) -> None:
        """Show another day."""
        self._day = None if day == self.lab.today() else day
        self.tick()
        self.refresh_value()
