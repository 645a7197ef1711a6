"""What each kiosk remembers of its scanner: how its keys arrive, and what follows a code."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace

from lab_tui.config import SCANNER_LAYOUTS, SCANNER_SUFFIXES
from lab_tui.lab import audit, scans
from lab_tui.lab.operation import Actor, Lab, authorise, reading, writing
from lab_tui.lab.rules.permissions import Permission
from lab_tui.store.tables.lab import Kiosk

USUAL_LAYOUT = SCANNER_LAYOUTS[0]


@dataclass(frozen=True)
class ScannerMemory:
    """What is known of a kiosk's scanner; '' and 0 where nothing is."""

    layout: str = ""
    suffix: str = ""
    """As `scanner.suffix`; known from the calibration card alone."""
    gap_milliseconds: int = 0
    """The longest pause to allow in one scan; from the calibration card alone."""


@dataclass(frozen=True)
class OddLayout:
    """A kiosk at which codes arrive as on another keyboard than scanners type."""

    kiosk: str
    layout: str


def remembered(lab: Lab, kiosk_name: str) -> ScannerMemory:
    """What a kiosk knows of its scanner."""
    with reading(lab):
        row = Kiosk.get_or_none(Kiosk.name == kiosk_name)
    return _memory(row.scanner) if row is not None else ScannerMemory()


def remember_layout(lab: Lab, actor: Actor, kiosk_name: str, layout: str) -> None:
    """A genuine code was read in this layout. Nobody is asked: the kiosk itself has seen it."""
    with writing(lab):
        kiosk = scans.kiosk_id(lab, kiosk_name)
        memory = _locked_memory(lab, kiosk)
        if (memory.layout or USUAL_LAYOUT) != layout:
            _write(kiosk, replace(memory, layout=layout))
            facts = {"kiosk": kiosk_name, "layout": layout, "before": memory.layout or USUAL_LAYOUT}
            audit.record(lab, actor, "scanners.remember_layout", "kiosk", kiosk, facts)


def calibrate(lab: Lab, actor: Actor, kiosk_name: str, seen: ScannerMemory) -> None:
    """Remember what the calibration card told. Raises Refused."""
    with writing(lab):
        authorise(lab, actor, Permission.MANAGE_WORKSTATIONS)
        kiosk = scans.kiosk_id(lab, kiosk_name)
        _locked_memory(lab, kiosk)
        _write(kiosk, seen)
        audit.record(lab, actor, "scanners.calibrate", "kiosk", kiosk, {"kiosk": kiosk_name, **asdict(seen)})


def odd_layouts(lab: Lab, actor: Actor) -> tuple[OddLayout, ...]:
    """The kiosks whose scanner or host is better set otherwise, though codes are read. Raises Refused."""
    with reading(lab):
        authorise(lab, actor, Permission.SEE_TODAY)
        rows = list(Kiosk.select(Kiosk.name, Kiosk.scanner).order_by(Kiosk.name).tuples())
    found = (OddLayout(name, _memory(scanner).layout) for name, scanner in rows)
    return tuple(one for one in found if one.layout not in ("", USUAL_LAYOUT))


def _locked_memory(lab: Lab, kiosk: int) -> ScannerMemory:
    lab.store.lock(Kiosk, kiosk)
    return _memory(Kiosk.get_by_id(kiosk).scanner)


def _write(kiosk: int, memory: ScannerMemory) -> None:
    known = {name: value for name, value in asdict(memory).items() if value}
    Kiosk.update(scanner=json.dumps(known)).where(Kiosk.id == kiosk).execute()


def _memory(text: str) -> ScannerMemory:
    """What was written, without what this version does not know."""
    found = json.loads(text)
    names = {field.name for field in fields(ScannerMemory)}
    memory = ScannerMemory(**{name: value for name, value in found.items() if name in names})
    return replace(
        memory,
        layout=memory.layout if memory.layout in SCANNER_LAYOUTS else "",
        suffix=memory.suffix if memory.suffix in SCANNER_SUFFIXES else "",
    )
