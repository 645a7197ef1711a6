"""A batch of badges in a process of its own: its time on a processor, and the most memory it ever had.

python -m tests.benchmarks.badges FOLDER KIND FORM COUNT      prints seconds and mebibytes
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from lab_tui.demo.open import copy_demo
from lab_tui.lab.opening import open_lab
from lab_tui.lab.operation import OPERATOR, Lab
from lab_tui.printing.orders import Form, Order, PaperKind, print_order
from lab_tui.store.tables.people import Person, Startup
from tests.world import NOW

MOST = 1000
_FAMILIES = ("Chan", "Wong", "Müller-Hoffmann", "Łukasiewicz", "van den Heuvel", "Nakamura", "O'Brien")
_OTHERS = ("陳美", "黃雅達", "", "袁博文", "", "中村健", "")


@dataclass(frozen=True)
class Cost:
    """What a batch took: time of the processor, and the most memory."""

    seconds: float
    mebibytes: float


def fill(folder: Path) -> None:
    """A demo lab with a thousand people more, a third of them with a Chinese name too."""
    folder.mkdir()
    copy_demo(folder / "lab.db", NOW)
    lab = open_lab(folder)
    try:
        with lab.store.write():
            startup = Startup.select().first()
            for number in range(MOST):
                which = number % len(_FAMILIES)
                Person.create(
                    name=f"Number{number} {_FAMILIES[which]}",
                    other_name=_OTHERS[which],
                    role="member",
                    startup=startup,
                    created_at=NOW,
                )
    finally:
        lab.store.close()


def cost(folder: Path, kind: PaperKind, form: Form, count: int) -> Cost:
    """Print so many badges in a fresh process."""
    command = [sys.executable, "-m", "tests.benchmarks.badges", str(folder), kind, form, str(count)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    seconds, mebibytes = map(float, said.split())
    return Cost(seconds, mebibytes)


def _print(lab: Lab, kind: PaperKind, form: Form, count: int) -> None:
    with lab.store.read():
        newest = Person.select(Person.id).order_by(Person.id.desc()).limit(count).tuples()
        ids = tuple(person_id for (person_id,) in newest)
    done = print_order(lab, OPERATOR, Order(kind, ids, form=form))
    assert done.count == count
    for path in done.paths:
        path.unlink()


def main(folder: str, kind: str, form: str, count: str) -> None:
    lab = open_lab(Path(folder))
    begun = time.process_time()
    _print(lab, PaperKind(kind), Form(form), int(count))
    # Linux counts in kibibytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{time.process_time() - begun:.2f} {peak:.1f}")
    lab.store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
