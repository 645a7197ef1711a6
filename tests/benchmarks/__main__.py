"""`make bench`: the promises of speed, measured in one run and told as ratios.

python -m tests.benchmarks [PART...]
    only some of it: start, keys, gpus, may-use, fairness, badges, postgresql
"""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from lab_tui.demo.open import copy_demo
from lab_tui.printing.orders import Form, PaperKind
from tests.benchmarks import badges
from tests.benchmarks.fairness import BOUND_DAYS, simulate
from tests.benchmarks.fill import UNIX_NAME, Filled, fill
from tests.benchmarks.operations import (
    Acts,
    Measured,
    booking_acts,
    check_in_acts,
    compare,
    day_acts,
    find_acts,
    week_acts,
)
from tests.benchmarks.terminal import COMPILED, Screen, percentile, trivial
from tests.races.contest import raw_connection
from tests.world import NOW

SERVER = os.environ.get("LAB_TUI_TEST_POSTGRES", "")
FEW, MANY = 10_000, 1_000_000
STARTS = 12
KEYS = 200
# So many cells the cursor goes to and fro: no key may meet an edge, where it would change nothing.
STRIDE = 5
PROCESSES = 15
_LEFT, _RIGHT, _ESCAPE = b"\x1b[D", b"\x1b[C", b"\x1b"
# What an operation is called, and whether it promises not to take more than some times the bare SQL.
OPERATIONS: tuple[tuple[str, Acts, bool], ...] = (
    ("book", booking_acts, True),
    ("check in", check_in_acts, True),
    ("day view", day_acts, False),
    ("week view", week_acts, False),
    ("find me", find_acts, False),
)


class Sizes:
    """Labs on SQLite with few and with many bookings, filled when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def few(self) -> Filled:
        return self._filled("few", FEW)

    @cached_property
    def many(self) -> Filled:
        return self._filled("many", MANY)

    def _filled(self, name: str, count: int) -> Filled:
        (self.folder / name).mkdir()
        begun = time.perf_counter()
        filled = fill(str(self.folder / name / "lab.db"), count)
        print(f"      ({count:,} bookings stored in {time.perf_counter() - begun:.0f} s)", flush=True)
        return filled


def report(what: str, figure: str, promise: str = "", kept: bool = True) -> None:
    """A line of the result."""
    mark = ("ok  " if kept else "OVER") if promise else "    "
    promised = f"promised {promise}" if promise else ""
    print(f"{mark}  {what:<58} {figure:<44} {promised}".rstrip(), flush=True)


def kiosk(folder: Path) -> list[str]:
    """The command of the kiosk on a lab."""
    run = ["run", "--pretend-now", NOW.isoformat()]
    return [sys.executable, "-m", "lab_tui", "--lab", str(folder), *run]


def bench_start(sizes: Sizes) -> None:
    """Start to first painted home screen, against the trivial app, one after the other."""
    folder = sizes.folder / "start"
    folder.mkdir()
    copy_demo(folder / "lab.db", NOW)
    ours, theirs = [], []
    for number in range(STARTS + 1):
        for command, ready, times in (
            (trivial(), rb"trivial app, ready", theirs),
            (kiosk(folder), rb"of 28", ours),
        ):
            screen = Screen(command)
            seconds = screen.wait_for(ready)
            if number:  # the first compiles
                times.append(seconds)
            screen.close()
    ratio = statistics.median(ours) / statistics.median(theirs)
    figure = (
        f"{statistics.median(ours) * 1000:.0f} / {statistics.median(theirs) * 1000:.0f} ms = {ratio:.2f}x"
    )
    report("start to painted home, demo lab", figure, "<= 1.2x", ratio <= 1.2)


def bench_keys(sizes: Sizes) -> None:
    """A key to the last repainted byte on the timetables and on the map."""
    simple = Screen(trivial())
    simple.wait_for(rb"ready")
    ours = Screen(kiosk(sizes.folder / Path(sizes.many.address).parent.name))
    ours.wait_for(rb"of 64")
    ours.send(sizes.many.badge.encode() + b"\r")
    ours.wait_for(rb"Mei Chan")
    for name, keys, title in (
        ("timetable", b"g", rb"GPUs \xc2\xb7 "),
        ("timetable of a week", b"gw", rb"machine-\d\d \xc2\xb7 "),
        ("desk map", b"d", rb"Desks \xc2\xb7 "),
    ):
        _one_by_one(ours, [bytes([key]) for key in keys])
        ours.wait_for(title)
        _one_by_one(ours, [_LEFT] * 2 * STRIDE)
        _keys(name, simple, ours)
        _one_by_one(ours, [_ESCAPE] * len(keys))
    ours.close()
    simple.close()


def _one_by_one(screen: Screen, keys: Sequence[bytes]) -> None:
    """Press keys, each when all is painted that the one before it changed."""
    for key in keys:
        screen.settle()
        screen.send(key)
    screen.settle()


def _keys(name: str, simple: Screen, ours: Screen) -> None:
    times: dict[str, list[float]] = {"simple": [], "ours": []}
    for number in range(KEYS):
        key = _RIGHT if number // STRIDE % 2 == 0 else _LEFT
        times["simple"].append(simple.press(key))
        times["ours"].append(ours.press(key))
    p95, base = percentile(times["ours"], 0.95), percentile(times["simple"], 0.95)
    middle, middle_base = statistics.median(times["ours"]), statistics.median(times["simple"])
    figure = (
        f"p95 {p95 * 1000:.1f} / {base * 1000:.1f} ms = {p95 / base:.2f}x, "
        f"p50 {middle * 1000:.1f} / {middle_base * 1000:.1f}"
    )
    kept = p95 / base <= 1.5 and p95 <= 0.016
    report(f"key to last byte, {name}, {MANY:,} bookings", figure, "<= 1.5x, <= 16 ms", kept)


def bench_operations(few: Filled, many: Filled, folder: Path, engine: str, bare: str) -> None:
    """Operations against the same SQL, at both sizes."""
    for name, acts_of, is_promised in OPERATIONS:
        measured: dict[int, Measured] = {}
        for size, filled in ((FEW, few), (MANY, many)):
            one = measured[size] = compare(filled, folder, acts_of)
            figure = (
                f"{one.ours * 1000:.2f} / {one.bare * 1000:.2f} ms = {one.ratio:.2f}x "
                f"({one.statements} statements)"
            )
            promise = "<= 3x" if is_promised else ""
            report(f"{name}, {engine} against {bare}, {size:,} bookings", figure, promise, one.ratio <= 3)
        growth = measured[MANY].ours / measured[FEW].ours
        report(f"{name}, {engine}, {FEW:,} to {MANY:,} bookings", f"{growth:.2f}x", "<= 1.2x", growth <= 1.2)


def bench_gpus(sizes: Sizes) -> None:
    """Operations on SQLite."""
    bench_operations(sizes.few, sizes.many, sizes.folder, "SQLite", "sqlite3")


def bench_may_use(sizes: Sizes) -> None:
    """`gpu may-use` as a whole process, as pam_exec waits for it, against a bare query in Python."""
    folder = Path(sizes.many.address).parent
    ask = [sys.executable, "-m", "lab_tui", "--lab", str(folder), "gpu", "may-use", "machine-00", UNIX_NAME]
    query = "SELECT max(ends_at) FROM booking WHERE person_id = (SELECT id FROM person WHERE unix_name = ?)"
    code = f"import sqlite3; sqlite3.connect({str(folder / 'lab.db')!r}).execute({query!r}, ({UNIX_NAME!r},))"
    ours, bare = [], []
    _process(ask)
    for _ in range(PROCESSES):
        ours.append(_process(ask))
        bare.append(_process([sys.executable, "-c", code]))
    middle, middle_bare = statistics.median(ours), statistics.median(bare)
    figure = f"{middle * 1000:.0f} / {middle_bare * 1000:.0f} ms = {middle / middle_bare:.1f}x"
    report(f"gpu may-use, the whole process, {MANY:,} bookings", figure)


def _process(command: Sequence[str]) -> float:
    begun = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, env=COMPILED)
    # 1 is an answer, too: not now.
    assert done.returncode in (0, 1), done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return time.perf_counter() - begun


def bench_postgresql(sizes: Sizes) -> None:
    """Operations on PostgreSQL, where a server is named."""
    if not SERVER:
        print("PostgreSQL: not measured, LAB_TUI_TEST_POSTGRES names no server")
        return
    with _databases() as (few, many):
        bench_operations(few, many, sizes.folder, "PostgreSQL", "psycopg")


@contextmanager
def _databases() -> Iterator[list[Filled]]:
    """Filled databases of both sizes on the server, dropped at the end."""
    server = SERVER.rpartition("/")[0]
    names = {size: f"lab_bench_{size}_{uuid.uuid4().hex[:8]}" for size in (FEW, MANY)}
    with raw_connection(SERVER) as execute:
        for name in names.values():
            execute(f'CREATE DATABASE "{name}"')
        try:
            yield [fill(f"{server}/{names[size]}", size) for size in (FEW, MANY)]
        finally:
            for name in names.values():
                execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def bench_fairness(_sizes: Sizes) -> None:
    """A month of teams, two of them greedy: nobody waits longer for GPUs than the bound."""
    result = simulate()
    figure = f"{result.longest_fair:.1f} days (greedy first: {result.longest_control:.1f})"
    report("longest wait of 20 teams", figure, f"<= {BOUND_DAYS:.0f} days", result.bound_is_kept)


def bench_badges(sizes: Sizes) -> None:
    """A thousand badges, and that they need no more memory than a hundred: pages are written as they come."""
    folder = sizes.folder / "badges"
    badges.fill(folder)
    for kind, form in (
        (PaperKind.BADGE, Form.PDF),
        (PaperKind.BADGE, Form.PNG),
        (PaperKind.BADGE_SHEET, Form.PDF),
    ):
        few, many = (badges.cost(folder, kind, form, count) for count in (100, badges.MOST))
        ratio = many.mebibytes / few.mebibytes
        figure = f"{many.seconds:.1f} s of CPU, {many.mebibytes:.0f} / {few.mebibytes:.0f} MiB = {ratio:.2f}x"
        what = f"1,000 badges against 100, {kind.value.replace('_', ' ')}, {form.value.upper()}"
        report(what, figure, "<= 1.2x memory", ratio <= 1.2)


PARTS: dict[str, Callable[[Sizes], None]] = {
    "start": bench_start,
    "keys": bench_keys,
    "gpus": bench_gpus,
    "may-use": bench_may_use,
    "fairness": bench_fairness,
    "badges": bench_badges,
    "postgresql": bench_postgresql,
}


def main(wanted: Sequence[str]) -> None:
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        sys.exit(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version} for the bare SQL"
    )
    with tempfile.TemporaryDirectory() as name:
        sizes = Sizes(Path(name))
        for part in wanted or PARTS:
            PARTS[part](sizes)


if __name__ == "__main__":
    main(sys.argv[1:])
