"""Commands and options whose help is translated when shown, and a group that imports its commands late."""

from __future__ import annotations

import copy
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from lab_tui.errors import BadInput
from lab_tui.i18n import _

# Where a parameter of a command has another name than the field of the operation.
_NAMED_OTHERWISE = {
    "override_reason": ("override",),
    "name": ("new_name",),
    "starts_at": ("start",),
    "ends_at": ("end",),
    "person_id": ("who",),
}
F = TypeVar("F", bound=Callable[..., Any])
_SHORT_HELP_CELLS = 60


class Option(click.Option):
    """An option whose help is marked with N_."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        shown = copy.copy(self)
        shown.help = self.help and _(self.help)
        return super(Option, shown).get_help_record(ctx)


class Command(click.Command):
    """A command whose help is marked with N_."""

    def format_help_text(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(self.translated_help())

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; a value that cannot be used is called as the command line calls it."""
        try:
            return super().invoke(ctx)
        except BadInput as error:
            error.field = self._written(error.field)
            raise

    def _written(self, field_name: str) -> str:
        """`--reason` for the field `reason`, where there is such an option, or an argument."""
        ours = {parameter.name: parameter for parameter in self.params}
        for name in (*_NAMED_OTHERWISE.get(field_name, ()), field_name):
            parameter = ours.get(name)
            if isinstance(parameter, click.Option):
                return parameter.opts[-1]
            if parameter is not None:
                return parameter.human_readable_name
        return field_name

    def translated_help(self) -> str:
        """The help in the current language."""
        return _(self.help) if self.help else ""

    def get_short_help_str(self, limit: int = _SHORT_HELP_CELLS) -> str:
        text = self.translated_help()
        return text if len(text) <= limit else text[: limit - 1] + "…"


class Group(Command, click.Group):
    """A group of such commands."""

    command_class = Command


@dataclass(frozen=True)
class Lazy:
    """A command that is imported when it is used: its module in this package, its name there, its help."""

    module: str
    name: str
    about: str


class LazyGroup(Group):
    """A group that knows the names of its commands without importing them."""

    def __init__(self, *args: Any, lazy: Mapping[str, Lazy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(self.lazy)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        lazy = self.lazy.get(cmd_name)
        if lazy is None:
            return None
        command = getattr(importlib.import_module(f"lab_tui.cli.{lazy.module}"), lazy.name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(lazy.about)) for name, lazy in self.lazy.items()])


def option(*declarations: str, **attributes: Any) -> Callable[[F], F]:
    """`click.option` with a translated help."""
    return click.option(*declarations, cls=Option, **attributes)
