"""What makes a PIN good enough, and how long wrong ones cost."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from lab_tui.errors import BadInput

_MOST_DIGITS = 32
_DIGITS = "0123456789"
_LONGEST_PAUSE = timedelta(days=1)


def check_pin(pin: str, fewest_digits: int) -> None:
    """Accept a new PIN or raise BadInput: not_digits, too_short, too_long, too_easy.

    The error carries no PIN: errors are shown and logged.
    """
    if not pin or not set(pin) <= set(_DIGITS):
        raise BadInput("pin", "", "not_digits")
    if len(pin) < fewest_digits:
        raise BadInput("pin", "", "too_short", at_least=fewest_digits)
    if len(pin) > _MOST_DIGITS:
        raise BadInput("pin", "", "too_long", at_most=_MOST_DIGITS)
    if _is_easy(pin):
        raise BadInput("pin", "", "too_easy")


def _is_easy(pin: str) -> bool:
    """One digit throughout, or a run up or down; 9 and 0 are neighbours, as on a keyboard."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    return len(steps) == 1 and steps <= {0, 1, 9}


def pause_after(wrong_tries: int, tries: int, first_pause_seconds: int) -> timedelta | None:
    """The pause that the last wrong try begins: after every `tries`, doubling up to a day; else None."""
    rounds, left_over = divmod(wrong_tries, tries)
    if rounds == 0 or left_over:
        return None
    # Twenty doublings of a second are longer than a day.
    return min(timedelta(seconds=first_pause_seconds * 2 ** min(rounds - 1, 20)), _LONGEST_PAUSE)


def tries_left(wrong_tries: int, tries: int) -> int:
    """How many wrong tries there are before the next pause; 0 when the last one began it."""
    return (-wrong_tries) % tries
