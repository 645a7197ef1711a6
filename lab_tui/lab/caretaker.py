"""What time brings about: due or overdue, idempotent, once per database however many kiosks run.

A duty looks for everything that is due by now, so it catches up after a stop by itself. A clock that
went back stops a duty until time has passed its last run again: nothing is done twice or too early.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lab_tui.lab import checkins, events, gpus
from lab_tui.lab.operation import Lab, reading, writing
from lab_tui.store.tables.lab import CaretakerDuty

# Every kiosk looks more often than that; one of them does it.
_AGAIN_AFTER = timedelta(seconds=20)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

_DUTIES: tuple[tuple[str, Callable[[Lab], int]], ...] = (
    ("release_no_shows", gpus.release_no_shows),
    ("end_ended", gpus.end_ended),
    ("lapse_offers", events.lapse_offers),
    ("nightly_exits", checkins.nightly_exits),
)


@dataclass(frozen=True)
class DutyDone:
    """A duty and how many things it changed."""

    duty: str
    count: int


def run_due(lab: Lab) -> tuple[DutyDone, ...]:
    """Do whatever is due: release no-shows, end what has ended, lapse offers, nightly exits.

    Each duty is one transaction. A duty that fails does not keep the others from being done; its error
    is raised after them. Raises SystemCannot without a database.
    """
    with reading(lab):
        last_done = {row.name: row.last_done_at for row in CaretakerDuty.select()}
    done: list[DutyDone] = []
    failure: Exception | None = None
    for name, duty in _DUTIES:
        if _too_soon(lab, last_done.get(name, _NEVER)):
            continue
        try:
            count = _do(lab, name, duty)
        except Exception as error:  # noqa: BLE001 - raised below, once the others are done
            failure = failure or error
        else:
            done += [DutyDone(name, count)] if count is not None else []
    if failure is not None:
        raise failure
    return tuple(done)


def _too_soon(lab: Lab, last_done_at: datetime) -> bool:
    return timedelta(0) <= lab.now() - last_done_at <= _AGAIN_AFTER


def _do(lab: Lab, name: str, duty: Callable[[Lab], int]) -> int | None:
    """Do one duty, unless another kiosk just did (None) or the clock went back (0)."""
    with writing(lab):
        CaretakerDuty.insert(name=name, last_done_at=_NEVER).on_conflict_ignore().execute()
        lab.store.lock(CaretakerDuty, name)
        kept = CaretakerDuty.get_by_id(name)
        now = lab.now()
        if _too_soon(lab, kept.last_done_at):
            return None
        if now < kept.last_done_at:
            return 0
        count = duty(lab)
        CaretakerDuty.update(last_done_at=now).where(CaretakerDuty.name == name).execute()
        return count
