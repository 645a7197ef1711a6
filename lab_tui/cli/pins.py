"""Reading a PIN: hidden and twice from a person, or from a file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lab_tui.cli.shapes import option
from lab_tui.errors import BadInput
from lab_tui.i18n import N_, _

pin_file_option = option(
    "--pin-file",
    metavar="FILE",
    help=N_("Read the PIN from the first line of this file; - is standard input. Without it you are asked."),
)


def read_pin(pin_file: str | None) -> str:
    """The PIN. Raises BadInput where the file cannot be read."""
    if pin_file is None:
        return str(click.prompt(_("PIN"), hide_input=True, confirmation_prompt=_("The same PIN again")))
    if pin_file == "-":
        return sys.stdin.readline().strip()
    try:
        return Path(pin_file).read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError):
        raise BadInput("--pin-file", pin_file, "not_a_file") from None
