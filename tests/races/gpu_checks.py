"""What must hold of GPU bookings whatever happened: asked in bare SQL, reckoned in plain Python."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.races.contest import DOUBLES, raw_connection

# Each counts what must not be. `{cut_off}`: the rows that keep counting what was given back too late.
WRONG = {
    "two bookings of one GPU": DOUBLES["gpu"],
    "a GPU that is not as its booking": """
        SELECT count(*) FROM booking b LEFT JOIN booking_gpu g ON g.booking_id = b.id
        LEFT JOIN gpu ON gpu.id = g.gpu_id
        WHERE g.gpu_id IS NULL OR g.starts_at <> b.starts_at OR g.ends_at <> b.ends_at
        OR g.holds <> b.holds OR gpu.workstation_id <> b.workstation_id""",
    "a moved booking without one successor": """
        SELECT count(*) FROM booking m WHERE m.state = 'moved' AND (
            SELECT count(*) FROM booking s
            WHERE s.origin_id = m.id AND s.calendar_id IS NOT NULL AND s.state <> 'undone'
            AND s.id NOT IN ({cut_off})) <> 1
        AND NOT (m.series_id IS NOT NULL AND EXISTS (
            SELECT 1 FROM booking s WHERE s.origin_id = m.id AND s.state = 'undone'))""",
    "a successor of what was not moved": """
        SELECT count(*) FROM booking s JOIN booking m ON s.origin_id = m.id
        WHERE s.calendar_id IS NOT NULL AND s.state <> 'undone' AND m.state <> 'moved'
        AND s.id NOT IN ({cut_off})
        OR s.calendar_id IS NOT NULL AND s.calendar_id <> COALESCE(m.calendar_id, m.id)""",
    "a part given back late that is no such part": """
        SELECT count(*) FROM booking s JOIN booking m ON s.origin_id = m.id
        WHERE s.id IN ({cut_off}) AND (s.holds OR s.state NOT IN ('cancelled', 'undone')
        OR s.counts <> (s.state = 'cancelled') OR s.startup_id <> m.startup_id)""",
    "two live ends of one branch": """
        SELECT count(*) FROM (SELECT 1 FROM booking WHERE holds
        GROUP BY COALESCE(calendar_id, id) HAVING count(*) > 1) AS ends""",
    "an offered wait without its offer": """
        SELECT count(*) FROM gpu_wait w LEFT JOIN booking b ON b.id = w.booking_id
        WHERE w.state = 'offered'
        AND (b.state IS NULL OR b.state <> 'offered' OR b.person_id <> w.person_id)""",
    "an offer without one wait": """
        SELECT count(*) FROM booking b WHERE b.state = 'offered' AND (
            SELECT count(*) FROM gpu_wait w WHERE w.booking_id = b.id AND w.state = 'offered') <> 1""",
    "an answered wait that still holds": """
        SELECT count(*) FROM gpu_wait w JOIN booking b ON b.id = w.booking_id
        WHERE w.state IN ('declined', 'lapsed', 'withdrawn') AND b.state <> 'lapsed'
        OR w.state = 'taken' AND b.state IN ('offered', 'lapsed')""",
}
_WEEK = timedelta(days=7)
# A Monday's midnight in Hong Kong, which has no summer time.
_A_MONDAY = datetime(2026, 11, 15, 16, tzinfo=UTC)

Execute = Callable[..., Any]


def wrong(address: str, quota: int) -> dict[str, int]:
    """How much of each kind is wrong in a database; all nought where nothing is."""
    with raw_connection(address) as execute:
        cut_off = ", ".join(map(str, sorted(_cut_off(execute)))) or "0"
        queries = {name: query.replace("{cut_off}", cut_off) for name, query in WRONG.items()}
        found = {name: int(execute(query).fetchone()[0]) for name, query in queries.items()}
        return {
            **found,
            "a wait that was offered something twice": _offered_twice(execute),
            "a booking that no entry of the audit log made": _unaccounted(execute),
            "a start-up's week beyond its quota": _beyond_quota(execute, quota),
        }


def _cut_off(execute: Execute) -> set[int]:
    """The rows of what was given back too late, as the audit log names them."""
    entries = execute(
        "SELECT facts FROM audit_entry WHERE action IN ('gpus.shorten', 'gpus.finish')"
    ).fetchall()
    kept = [json.loads(facts).get("cut_off") for (facts,) in entries]
    return {one for one in kept if one is not None}


def _offered_twice(execute: Execute) -> int:
    # What was taken back for an outage or a closure is no turn: the wait goes on where it stood.
    entries = execute(
        "SELECT facts FROM audit_entry WHERE action = 'gpus.offer' AND subject_id NOT IN"
        " (SELECT subject_id FROM audit_entry WHERE action = 'gpus.take_back_offer')"
    ).fetchall()
    offers = Counter(json.loads(facts)["wait"] for (facts,) in entries)
    return sum(count > 1 for count in offers.values())


def _unaccounted(execute: Execute) -> int:
    made = {booking_id for (booking_id,) in execute("SELECT id FROM booking").fetchall()}
    made -= _cut_off(execute)
    entries = execute("SELECT action, subject_id, facts FROM audit_entry").fetchall()
    for action, subject_id, facts in entries:
        if action in ("gpus.book", "gpus.move", "gpus.split", "gpus.offer", "gpus.relocate"):
            made.discard(subject_id)
        elif action == "gpus.book_series":
            made -= set(json.loads(facts)["bookings"])
    return len(made)


def _beyond_quota(execute: Execute, quota: int) -> int:
    """Weeks of start-ups with more GPU-hours than they may have; what staff allowed is left out."""
    rows = execute(
        """
        SELECT b.startup_id, b.starts_at, b.ends_at, count(*)
        FROM booking b JOIN booking_gpu g ON g.booking_id = b.id
        WHERE b.counts AND b.costs_quota AND b.startup_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM audit_entry e WHERE e.subject = 'booking' AND e.subject_id = b.id
            AND e.override_reason IS NOT NULL)
        GROUP BY b.id, b.startup_id, b.starts_at, b.ends_at"""
    ).fetchall()
    used: dict[tuple[int, int], timedelta] = defaultdict(timedelta)
    for startup_id, starts_at, ends_at, gpu_count in rows:
        begin, end = _instant(starts_at), _instant(ends_at)
        while begin < end:
            week = (begin - _A_MONDAY) // _WEEK
            until = min(end, _A_MONDAY + (week + 1) * _WEEK)
            used[startup_id, week] += (until - begin) * gpu_count
            begin = until
    return sum(amount > timedelta(hours=quota) for amount in used.values())


def _instant(stored: str | datetime) -> datetime:
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored


def deadlocks(address: str) -> int:
    """How often the server had to end a transaction because two waited for each other; SQLite cannot."""
    if "://" not in address:
        return 0
    with raw_connection(address) as execute:
        name = address.rpartition("/")[2]
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = %s"
        return int(execute(query, (name,)).fetchone()[0])
