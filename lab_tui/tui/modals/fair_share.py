"""Who is next: what each start-up has had lately, as a plain table for everyone, the least first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from lab_tui.i18n import N_, _
from lab_tui.lab.gpu_shares import TeamShare
from lab_tui.tui.modals.base import LabModal
from lab_tui.tui.widgets.drawing import cell_width, fit
from lab_tui.tui.widgets.key_bar import KeyBar
from lab_tui.wording import figures
from lab_tui.wording.shares import how_hours_count

_NAME = 18
_GAP = 2


class FairShareModal(LabModal[None], inherit_bindings=False):
    """Shows the table; answers nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "close", N_("Back"), id="back"),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
    ]

    def __init__(self, shares: Sequence[TeamShare], startup_id: int | None) -> None:
        """`startup_id` is the start-up of whoever looks."""
        super().__init__()
        self._shares = shares
        self._startup_id = startup_id

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="sheet", can_focus=False) as sheet:
            sheet.border_title = Content(_("Who is next"))
            yield Static(Content(how_hours_count()), classes="muted paragraph", markup=False)
            yield Static(self._table(), id="shares", markup=False)
        yield KeyBar()

    def _table(self) -> Content:
        heads = (_("GPU-hours"), _("used lately"), _("booked ahead"), _("together"), _("in line"))
        widths = [_NAME, *(cell_width(head) for head in heads[1:])]
        lines = [Content.styled(_row(heads, widths), "$text-muted")]
        for share in self._shares:
            place = str(share.place) if share.place is not None else "·"
            hours = map(figures.number, (share.used_lately, share.booked_ahead, share.total))
            row = _row((share.startup, *hours, place), widths)
            lines.append(Content.styled(row, "bold $accent") if self._is_mine(share) else Content(row))
        return Content("\n").join(lines)

    def _is_mine(self, share: TeamShare) -> bool:
        return share.startup_id == self._startup_id

    def action_close(self) -> None:
        """Seen."""
        self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        """A longer table than the screen."""
        self.query_one(".sheet").scroll_relative(y=lines, animate=False)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    """A name and numbers under their heads, to the right."""
    name, *rest = cells
    right = (
        " " * max(0, width - cell_width(cell)) + cell for cell, width in zip(rest, widths[1:], strict=True)
    )
    return (" " * _GAP).join([fit(name, widths[0]), *right])
