"""What time brings about: due or overdue, idempotent, once per database however many kiosks run.

A duty looks for everything that is due by now, so it catches up after a stop by itself. Where the clock
jumped far ahead and that would change many things at once, the duty waits until staff confirm. A clock
that went back stops a duty until time has passed its last run again, or staff confirm: nothing is done
twice or too early.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lab_tui.errors import Reason, Refused
from lab_tui.lab import audit, checkins, events, gpu_duties, gpu_waiting
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.lab import CaretakerDuty

# Every kiosk looks more often than that; one of them does it.
_AGAIN_AFTER = timedelta(seconds=20)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# A longer pause than this may be a wrong clock; then more changes than these are asked about first.
_JUMP = timedelta(days=1)
_HANDFUL = 20

# In this order: what frees GPUs and seats comes before what offers them.
_DUTIES: tuple[tuple[str, Callable[[Lab], int]], ...] = (
    ("release_no_shows", gpu_duties.release_no_shows),
    ("end_ended", gpu_duties.end_ended),
    ("give_back_after_membership", gpu_duties.give_back_after_membership),
    ("lapse_gpu_offers", gpu_waiting.lapse_offers),
    ("offer_freed_gpus", gpu_waiting.offer_freed),
    ("lapse_offers", events.lapse_offers),
    ("nightly_exits", checkins.nightly_exits),
)


@dataclass(frozen=True)
class DutyDone:
    """A duty and how many things it changed, or would change but `waits` for staff."""

    duty: str
    count: int
    waits: bool = False


@dataclass(frozen=True)
class DutyHeld:
    """A duty that waits for staff: how many things it would change, and when it was last done.

    `last_done_at` lies ahead where the clock went back; then nothing has been counted.
    """

    duty: str
    count: int
    last_done_at: datetime


class _TooMany(Exception):
    """Takes back what a duty has done inside the caretaker's transaction."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


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
            one = _do(lab, name, duty)
        except Exception as error:  # noqa: BLE001 - raised below, once the others are done
            failure = failure or error
        else:
            done += [one] if one is not None else []
    if failure is not None:
        raise failure
    return tuple(done)


def held_duties(lab: Lab, actor: Actor) -> tuple[DutyHeld, ...]:
    """What waits for staff to confirm it, in the order in which it would be done. Raises Refused."""
    with reading(lab):
        authorise(lab, actor, Permission.SEE_TODAY)
        return _held(lab)


def confirm_catch_up(lab: Lab, actor: Actor) -> Done[tuple[DutyDone, ...]]:
    """Say that the clock is right; what waits is then done at once, as `run_due` does it.

    Raises Refused(nothing_changes) where nothing waits.
    """
    with writing(lab):
        authorise(lab, actor, Permission.ACT_FOR_OTHERS)
        for name, _ in _DUTIES:
            lab.store.lock(CaretakerDuty, name)
        held = {one.duty: one.count for one in _held(lab)}
        if not held:
            raise Refused(Reason(Code.NOTHING_CHANGES))
        # As if each had been done a minute ago: due, and after no jump.
        change = {"last_done_at": lab.now() - 3 * _AGAIN_AFTER, "held": None}
        CaretakerDuty.update(**change).where(CaretakerDuty.name.in_(list(held))).execute()
        entry_id = audit.record(lab, actor, "caretaker.confirm_catch_up", "caretaker", None, held)
    return Done(tuple(one for one in run_due(lab) if one.duty in held), entry_id)


def _held(lab: Lab) -> tuple[DutyHeld, ...]:
    now = lab.now()
    kept = {row.name: row for row in CaretakerDuty.select()}
    return tuple(
        DutyHeld(name, row.held or 0, row.last_done_at)
        for name, _ in _DUTIES
        if (row := kept.get(name)) is not None and (row.held is not None or now < row.last_done_at)
    )


def _too_soon(lab: Lab, last_done_at: datetime) -> bool:
    return timedelta(0) <= lab.now() - last_done_at <= _AGAIN_AFTER


def _do(lab: Lab, name: str, duty: Callable[[Lab], int]) -> DutyDone | None:
    """Do one duty; not where another kiosk just did (None), the clock went back, or staff must confirm."""
    with writing(lab):
        CaretakerDuty.insert(name=name, last_done_at=_NEVER).on_conflict_ignore().execute()
        lab.store.lock(CaretakerDuty, name)
        kept = CaretakerDuty.get_by_id(name)
        now = lab.now()
        if _too_soon(lab, kept.last_done_at):
            return None
        if now < kept.last_done_at:
            return DutyDone(name, 0)
        if kept.last_done_at != _NEVER and now - kept.last_done_at > _JUMP:
            return _catch_up(lab, kept, duty)
        return _finished(lab, name, duty(lab))


def _catch_up(lab: Lab, kept: CaretakerDuty, duty: Callable[[Lab], int]) -> DutyDone:
    """Do a duty after a long pause, unless it changes more than a handful: then staff are asked."""
    if kept.held is not None:
        return DutyDone(kept.name, kept.held, waits=True)
    try:
        with writing(lab):
            count = duty(lab)
            if count > _HANDFUL:
                raise _TooMany(count)
    except _TooMany as too_many:
        CaretakerDuty.update(held=too_many.count).where(CaretakerDuty.name == kept.name).execute()
        return DutyDone(kept.name, too_many.count, waits=True)
    return _finished(lab, kept.name, count)


def _finished(lab: Lab, name: str, count: int) -> DutyDone:
    change = {"last_done_at": lab.now(), "held": None}
    CaretakerDuty.update(**change).where(CaretakerDuty.name == name).execute()
    return DutyDone(name, count)
