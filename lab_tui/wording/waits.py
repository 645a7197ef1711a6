"""What somebody waits for, in words."""

from __future__ import annotations

from datetime import datetime

from lab_tui.clock import LabTime
from lab_tui.i18n import _, ngettext
from lab_tui.lab.gpu_waiting import WaitView
from lab_tui.text import printable
from lab_tui.wording import figures, times


def gpu_count(count: int) -> str:
    """`2 GPUs`."""
    return ngettext("{count} GPU", "{count} GPUs", count).format(count=count)


def what(wait: WaitView) -> str:
    """`2 GPUs on lantau for 6 h`."""
    count, length = gpu_count(wait.gpu_count), times.duration(wait.minutes)
    if wait.workstation:
        return _("{gpus} on {workstation} for {length}").format(
            gpus=count, workstation=printable(wait.workstation), length=length
        )
    if wait.memory_at_least:
        return _("{gpus} of {memory} GB or more for {length}").format(
            gpus=count, memory=wait.memory_at_least, length=length
        )
    return _("{gpus} for {length}").format(gpus=count, length=length)


def window(wait: WaitView, lab_time: LabTime, now: datetime) -> str:
    """Between when and when."""
    return times.span(lab_time, wait.earliest, wait.latest, now)


def line(wait: WaitView, lab_time: LabTime, now: datetime) -> str:
    """Both in one line."""
    return f"{what(wait)} · {window(wait, lab_time, now)}"


def held(hours: float) -> str:
    """How many of a quota's GPU-hours nobody has accepted yet."""
    return _("{hours} h are held as an offer").format(hours=figures.number(hours))
