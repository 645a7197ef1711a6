"""What a command prints: JSON for programs, aligned columns for people."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum

import click

from lab_tui.i18n import _
from lab_tui.text import printable

_GAP = "  "


def plain(value: object) -> object:
    """A value object as JSON knows it: instants as ISO 8601 in UTC, days as ISO days."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def print_json(value: object) -> None:
    """A value object as JSON on standard output."""
    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def print_lines(*lines: str) -> None:
    """Lines on standard output, without anything that a terminal could obey."""
    for line in lines:
        click.echo(printable(line))


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows under a head, in columns as wide as their widest cell."""
    from rich.cells import cell_len

    lines = [list(head), *([printable(str(cell)) for cell in row] for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        click.echo(_GAP.join(cells).rstrip())


def print_undo(entry_id: int, who: str | None) -> None:
    """How to take back what was just done."""
    command = command_line("undo", str(entry_id), *(("--as", who) if who else ()))
    print_lines(_("Take it back with: {command}").format(command=command))


def command_line(*words: str) -> str:
    """A command of ours, to be typed into a shell, on the lab that this one was told to work on."""
    from lab_tui.cli.session import Session

    session = click.get_current_context().find_object(Session)
    lab = ("--lab", str(session.named)) if session is not None and session.named is not None else ()
    return shlex.join(("lab-tui", *lab, *words))
