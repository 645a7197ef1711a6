"""Scans among random typing, through a real terminal: none lost or changed, and nobody who types waits."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import pytest

from tests.pty.terminal import Terminal
from tests.pty.typist import GAPS, Bustle, Part

PROGRAM = Path(__file__).with_name("scan_demo.py")
ROOT = Path(__file__).parents[2]
F14_TELL = "\x1b[57377u"
# Nothing is under way any more: longer than the longest stall that is waited for.
QUIET = 0.8
MOST_HELD = 0.040
PARTS_A_ROUND = 12
LONG_SCANS = 10_000
LONG_KIOSKS = 10


@dataclass
class Report:
    """What came of it, at one kiosk or at several."""

    scans: int = 0
    keys: int = 0
    wrong: list[str] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    """By how much the test itself was late with a key."""

    def add(self, other: Report) -> None:
        self.scans += other.scans
        self.keys += other.keys
        for name in ("wrong", "held", "delivered", "late"):
            getattr(self, name).extend(getattr(other, name))

    def __str__(self) -> str:
        lines = [f"{self.scans} scans among {self.keys} typed characters; wrong: {len(self.wrong)}"]
        for name, times in (("held", self.held), ("delivered", self.delivered), ("test late", self.late)):
            cuts = quantiles(times, n=1000)
            p50, p95, p99, p999 = (1000 * cuts[at] for at in (499, 949, 989, 998))
            worst, beyond = 1000 * max(times), sum(one > MOST_HELD for one in times)
            lines.append(
                f"{name:>10} ms: p50 {p50:.2f}, p95 {p95:.2f}, p99 {p99:.2f}, p99.9 {p999:.2f}, "
                f"worst {worst:.1f}; beyond 40 ms {beyond} of {len(times)}"
            )
        return "\n".join(lines)


def at_one_kiosk(folder: Path, seed: int, scans: int, most_words: int) -> Report:
    """So many scans among typing at a kiosk of its own."""
    rng, bustle, report = random.Random(seed), Bustle(seed), Report()
    argv = [sys.executable, str(PROGRAM), str(folder)]
    with Terminal(argv, env={"PYTHONPATH": str(ROOT)}) as kiosk:
        kiosk.wait_for("READY", 60)
        while report.scans < scans:
            wanted = min(PARTS_A_ROUND, scans - report.scans)
            parts: list[Part] = []
            for _ in range(wanted):
                parts += [bustle.typing(most_words)] * (rng.random() < 0.8)
                parts.append(bustle.scan(rng.choice(GAPS)))
            _feed(kiosk, parts, report)
            _compare(parts, _told(kiosk, folder), report)
    return report


def _feed(kiosk: Terminal, parts: Sequence[Part], report: Report) -> None:
    """Send each key at its time; one that is late delays those after it, as a person or a scanner would."""
    due = time.monotonic()
    for part in parts:
        together = ""
        for stroke in part.strokes:
            if not stroke.gap:
                together += stroke.sends
                continue
            if together:
                kiosk.send(together)
            due += stroke.gap
            kiosk.pace(due - time.monotonic())
            report.late.append(max(0.0, time.monotonic() - due))
            due = max(due, time.monotonic())
            together = stroke.sends
        kiosk.send(together)


def _told(kiosk: Terminal, folder: Path) -> dict[str, list[str]]:
    kiosk.pace(QUIET)
    journal = folder / "journal"
    lines = journal.read_text().count("\n")
    kiosk.send(F14_TELL)
    kiosk.wait_until(lambda _: journal.read_text().count("\n") > lines, 60, "what reached it")
    return json.loads(journal.read_text().splitlines()[-1])


def _compare(parts: Sequence[Part], told: dict[str, list[str]], report: Report) -> None:
    typed = "".join(part.typed for part in parts)
    codes = [part.code for part in parts if part.code]
    report.scans += len(codes)
    report.keys += len(typed)
    report.held += told["held"]
    report.delivered += told["delivered"]
    report.wrong += told["wrong"]
    if told["typed"] != typed:
        report.wrong.append(f"typed {typed!r}, in the field {told['typed']!r}")
    if told["scans"] != codes:
        report.wrong.append(f"scanned {codes}, read {told['scans']}")


def test_scans_among_typing_are_exact_and_nobody_who_types_waits(tmp_path: Path) -> None:
    report = Report()
    folders = [tmp_path / str(number) for number in range(6)]
    for one in folders:
        one.mkdir()
    with ThreadPoolExecutor(len(folders)) as threads:
        jobs = [threads.submit(at_one_kiosk, one, seed, 17, 1) for seed, one in enumerate(folders)]
        for job in jobs:
            report.add(job.result())
    print(report)
    assert report.wrong == []
    assert report.scans == 102
    assert max(report.held) <= MOST_HELD


@pytest.mark.long
@pytest.mark.skipif(not os.environ.get("LAB_TUI_LONG"), reason="half an hour: run with LAB_TUI_LONG=1")
def test_ten_thousand_scans_among_typing(tmp_path: Path) -> None:
    scans = int(os.environ.get("LAB_TUI_SCANS", LONG_SCANS))
    report = Report()
    folders = [tmp_path / str(number) for number in range(LONG_KIOSKS)]
    for one in folders:
        one.mkdir()
    with ProcessPoolExecutor(LONG_KIOSKS) as processes:
        jobs = [
            processes.submit(at_one_kiosk, one, 1000 + seed, scans // LONG_KIOSKS, 3)
            for seed, one in enumerate(folders)
        ]
        for job in jobs:
            report.add(job.result())
    print(f"\n{report}")
    assert report.wrong == []
    assert max(report.held) <= MOST_HELD
