"""The whole lab closed for a time: from when, until when, and why."""

from __future__ import annotations

from typing import ClassVar

from lab_tui.i18n import N_
from lab_tui.tui.modals.outage_sheet import SpanSheet


class ClosureSheet(SpanSheet, inherit_bindings=False):
    """Asks when and why the lab is closed; staff choose an end, and can change it."""

    BINDINGS = SpanSheet.BINDINGS
    REASONS: ClassVar[tuple[str, ...]] = (N_("Public holiday"), N_("Typhoon signal"), N_("Black rainstorm"))
    IS_OPEN: ClassVar[bool] = False
