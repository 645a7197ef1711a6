"""Which GPUs the timetable shows: all, those of one model, or those with memory enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lab_tui.i18n import _
from lab_tui.lab.gpus import WorkstationView


@dataclass(frozen=True)
class GpuFilter:
    """A model (empty: any), and the least memory of a GPU in GB."""

    model: str = ""
    memory_at_least: int = 0

    def accepts(self, machine: WorkstationView) -> bool:
        """Whether a workstation's GPUs are wanted."""
        return self.model in ("", machine.gpu_model) and machine.gpu_memory_gb >= self.memory_at_least

    def text(self) -> str:
        """What is shown, in a few words; empty where that is all."""
        if self.model:
            return self.model
        if self.memory_at_least:
            return _("{memory} GB and more").format(memory=self.memory_at_least)
        return ""


ALL = GpuFilter()


def choices(machines: Iterable[WorkstationView]) -> tuple[GpuFilter, ...]:
    """All, each model, and each amount of memory that leaves some out."""
    every = tuple(machines)
    models = sorted({machine.gpu_model for machine in every}, key=str.casefold)
    memories = sorted({machine.gpu_memory_gb for machine in every})[1:]
    return (
        ALL,
        *(GpuFilter(model=model) for model in models),
        *(GpuFilter(memory_at_least=memory) for memory in memories),
    )
