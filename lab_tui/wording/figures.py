"""Numbers, lists and counts as people read them."""

from __future__ import annotations

from lab_tui.i18n import _


def number(value: float) -> str:
    """A number with at most one decimal: 82, 34.5."""
    return f"{value:.1f}".removesuffix(".0")


def gpu_numbers(numbers: tuple[int, ...]) -> str:
    """GPU numbers with runs drawn together: `0-2, 5`."""
    runs: list[list[int]] = []
    for one in sorted(numbers):
        if runs and one == runs[-1][-1] + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def gpus(numbers: tuple[int, ...]) -> str:
    """`GPU 0-1`: which GPUs of a workstation."""
    return _("GPU {numbers}").format(numbers=gpu_numbers(numbers))
