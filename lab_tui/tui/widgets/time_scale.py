"""A scale of equal slots across a line, and its header of hours."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from lab_tui.tui.widgets.drawing import CellRow

# Hours between two labels, finest first; all divide a day.
_STEPS = (1, 2, 3, 4, 6, 12)


@dataclass(frozen=True)
class TimeScale:
    """`slots` columns of `cells` cells each."""

    slots: int
    cells: int

    @property
    def width(self) -> int:
        """All slots, in cells."""
        return self.slots * self.cells

    def column(self, slot: int) -> int:
        """The first cell of a slot."""
        return max(0, min(self.slots, slot)) * self.cells

    def header(self, labels: Sequence[str], pen: str) -> CellRow:
        """Labels `HH:MM` at full hours, as hours only and thinned out where they would touch."""
        row = CellRow(self.width)
        hours = [index for index, label in enumerate(labels) if label.endswith(":00")]
        if not hours:
            return row
        apart = min((b - a for a, b in itertools.pairwise(hours)), default=1) * self.cells
        step = next((step for step in _STEPS if apart * step >= 3), _STEPS[-1])
        whole = apart * step >= 8
        for index in hours:
            label = labels[index]
            if int(label[:2]) % step == 0:
                text = label if whole else label[:2]
                if self.column(index) + len(text) <= self.width:
                    row.write(self.column(index), text, pen)
        return row
