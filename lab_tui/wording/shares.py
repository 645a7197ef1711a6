"""How the GPU-hours of start-ups are weighed, in words."""

from __future__ import annotations

from lab_tui.i18n import _


def how_hours_count() -> str:
    """What the order of those who wait goes by."""
    return _(
        "What frees goes to the waiting start-up with the fewest GPU-hours. Hours used count half "
        "after seven days, a quarter after fourteen; hours booked ahead count whole."
    )
