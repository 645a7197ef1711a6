"""A person's time at the kiosk: from the scan of a badge to "I'm done", the countdown or the next badge."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from lab_tui.lab.operation import Actor
from lab_tui.lab.rules.permissions import Permission, Role, allowed

if TYPE_CHECKING:
    from lab_tui.lab.people import PersonView


@dataclass(frozen=True)
class UndoOffer:
    """An act that one key takes back until `ends_at` (monotonic seconds), and what was said of it."""

    entry_id: int
    ends_at: float
    said: str

    def seconds_left(self, now: float) -> int:
        """Whole seconds for which it still stands."""
        return max(0, ceil(self.ends_at - now))


@dataclass
class Visit:
    """Who stands at the kiosk, and since when no key was pressed (monotonic seconds)."""

    actor: Actor
    person: PersonView
    last_key_at: float
    undo: UndoOffer | None = None

    def may(self, permission: Permission) -> bool:
        """Whether their role allows an act, so that what it does not allow is dim; the lab decides."""
        return allowed(Role(self.person.role), permission, self.actor.signed_in)

    def seconds_left(self, now: float, idle_seconds: int, countdown_seconds: int) -> int:
        """Whole seconds until the visit ends by itself, the countdown included."""
        return max(0, ceil(self.last_key_at + idle_seconds + countdown_seconds - now))

    def undo_offer(self, now: float) -> UndoOffer | None:
        """The last act, while it can be taken back."""
        return self.undo if self.undo and self.undo.seconds_left(now) else None
