"""`make bench`: the promises of speed, measured in one run and told as ratios."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import uuid
from pathlib import Path

from lab_tui.demo.open import copy_demo
from tests.benchmarks.fill import Filled, fill
from tests.benchmarks.operations import booking_acts, check_in_acts, compare
from tests.benchmarks.terminal import Screen, percentile, trivial
from tests.races.contest import raw_connection
from tests.world import NOW

SERVER = os.environ.get("LAB_TUI_TEST_POSTGRES", "")
FEW, MANY = 10_000, 1_000_000
STARTS = 12
KEYS = 120


def report(what: str, figure: str, promise: str, kept: bool) -> None:
    """A line of the result."""
    print(f"{'ok  ' if kept else 'OVER'}  {what:<58} {figure:<40} promised {promise}", flush=True)


def kiosk(folder: Path) -> list[str]:
    """The command of the kiosk on a lab."""
    run = ["run", "--pretend-now", NOW.isoformat()]
    return [sys.executable, "-m", "lab_tui", "--lab", str(folder), *run]


def bench_start(folder: Path) -> None:
    """Start to first painted home screen, against the trivial app, one after the other."""
    copy_demo(folder / "lab.db", NOW)
    ours, theirs = [], []
    for _ in range(STARTS):
        for command, ready, times in (
            (trivial(), rb"trivial app, ready", theirs),
            (kiosk(folder), rb"of 28", ours),
        ):
            screen = Screen(command)
            times.append(screen.wait_for(ready))
            screen.close()
    ratio = statistics.median(ours) / statistics.median(theirs)
    figure = (
        f"{statistics.median(ours) * 1000:.0f} / {statistics.median(theirs) * 1000:.0f} ms = {ratio:.2f}x"
    )
    report("start to painted home, demo lab", figure, "<= 1.2x", ratio <= 1.2)


def bench_keys(filled: Filled, folder: Path) -> None:
    """A key to the last repainted byte on the timetable and on the map."""
    simple = Screen(trivial())
    simple.wait_for(rb"ready")
    ours = Screen(kiosk(folder))
    ours.wait_for(rb"of 64")
    ours.send(filled.badge.encode() + b"\r")
    ours.wait_for(rb"Mei Chan")
    for name, key in (("timetable", b"g"), ("desk map", b"d")):
        ours.settle()
        ours.send(key)
        ours.settle()
        _keys(name, simple, ours)
        ours.send(b"\x1b")
    ours.close()
    simple.close()


def _keys(name: str, simple: Screen, ours: Screen) -> None:
    times: dict[str, list[float]] = {"simple": [], "ours": []}
    for number in range(KEYS):
        key = b"\x1b[C" if number // 20 % 2 == 0 else b"\x1b[D"
        times["simple"].append(simple.press(key))
        times["ours"].append(ours.press(key))
    p95, base = percentile(times["ours"], 0.95), percentile(times["simple"], 0.95)
    middle, middle_base = statistics.median(times["ours"]), statistics.median(times["simple"])
    figure = (
        f"p95 {p95 * 1000:.1f} / {base * 1000:.1f} ms = {p95 / base:.2f}x, "
        f"p50 {middle * 1000:.1f} / {middle_base * 1000:.1f}"
    )
    report(f"key to last byte, {name}, {MANY:,} bookings", figure, "<= 1.5x", p95 / base <= 1.5)


def bench_operations(few: Filled, many: Filled, folder: Path, engine: str, bare: str) -> None:
    """Booking and check-in against the same SQL, at both sizes."""
    for name, acts_of in (("book", booking_acts), ("check in", check_in_acts)):
        ours = {}
        for size, filled in ((FEW, few), (MANY, many)):
            ours[size], theirs, statements = compare(filled, folder, acts_of)
            ratio = ours[size] / theirs
            figure = (
                f"{ours[size] * 1000:.2f} / {theirs * 1000:.2f} ms = {ratio:.2f}x ({statements} statements)"
            )
            report(f"{name}, {engine} against {bare}, {size:,} bookings", figure, "<= 3x", ratio <= 3)
        growth = ours[MANY] / ours[FEW]
        report(f"{name}, {engine}, {FEW:,} to {MANY:,} bookings", f"{growth:.2f}x", "<= 1.2x", growth <= 1.2)


def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("start", "keys", "few", "many"):
            (folder / part).mkdir()
        bench_start(folder / "start")
        few = fill(str(folder / "few" / "lab.db"), FEW)
        many = fill(str(folder / "many" / "lab.db"), MANY)
        bench_keys(many, folder / "many")
        bench_operations(few, many, folder, "SQLite", "sqlite3")
        if SERVER:
            _bench_postgresql(folder)
        else:
            print("PostgreSQL: not measured, LAB_TUI_TEST_POSTGRES names no server")


def _bench_postgresql(folder: Path) -> None:
    server = SERVER.rpartition("/")[0]
    names = {size: f"lab_bench_{size}_{uuid.uuid4().hex[:8]}" for size in (FEW, MANY)}
    with raw_connection(SERVER) as execute:
        for name in names.values():
            execute(f'CREATE DATABASE "{name}"')
        try:
            few, many = (fill(f"{server}/{names[size]}", size) for size in (FEW, MANY))
            bench_operations(few, many, folder, "PostgreSQL", "psycopg")
        finally:
            for name in names.values():
                execute(f'DROP DATABASE "{name}" WITH (FORCE)')


if __name__ == "__main__":
    main()
