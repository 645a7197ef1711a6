"""`lab-tui scan`: what a code means, typed or in a picture."""

from __future__ import annotations

import os
import sys

import click

from lab_tui.cli.options import as_option, json_option
from lab_tui.cli.output import print_json, print_lines
from lab_tui.cli.session import Session, acting, pass_session
from lab_tui.cli.shapes import Command, option
from lab_tui.errors import EXIT_DONE, EXIT_REFUSED, BadInput, SystemCannot
from lab_tui.i18n import N_
from lab_tui.lab import checkins
from lab_tui.wording import verdicts

_STANDARD_INPUT = "-"


@click.command(
    cls=Command,
    help=N_(
        "Read a badge, ticket or label as a kiosk would: its code, or a picture of it (a file, or - for "
        "standard input). Exit code 1 when the lab does not accept it."
    ),
)
@click.argument("code", metavar="CODE_OR_FILE")
@option("--kiosk", metavar="NAME", help=N_("The kiosk it is read at; the one in lab.toml if left out."))
@option("--session", "session_id", type=int, help=N_("Read it at the door of this session."))
@as_option
@json_option
@pass_session
def scan(
    session: Session, code: str, kiosk: str | None, session_id: int | None, who: str | None, as_json: bool
) -> int:
    lab = session.lab()
    text = _code_meant(code)
    result = checkins.scan(lab, acting(lab, who), text, kiosk or lab.config.kiosk.name, session_id)
    if as_json:
        print_json(result)
    else:
        print_lines(
            f"{verdicts.shape(result.outcome)} {verdicts.word(result.verdict)}",
            verdicts.detail(result, lab.time, lab.now()),
            verdicts.next_step(result, lab.time, lab.now()),
        )
    return EXIT_REFUSED if result.outcome is checkins.Outcome.BAD else EXIT_DONE


def _code_meant(code: str) -> str:
    """The code itself, or the one in the picture that it names. Raises BadInput, Refused, SystemCannot."""
    if code != _STANDARD_INPUT and not _names_a_file(code):
        return code
    from lab_tui.scanning.picture import the_code_in

    return the_code_in(_picture(code), code)


def _names_a_file(code: str) -> bool:
    """Whether a file is meant, there or not; no code of ours has a dot or a slash."""
    # Unlike Path's, this takes a text of any length.
    return os.path.exists(code) or code.lower().endswith((".png", ".jpg", ".jpeg", ".webp"))


def _picture(name: str) -> bytes:
    """The bytes of a picture, and one more than may be read where it is longer."""
    from lab_tui.scanning.picture import MOST_BYTES

    try:
        if name == _STANDARD_INPUT:
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with open(name, "rb") as file:
            return file.read(MOST_BYTES + 1)
    except (FileNotFoundError, IsADirectoryError):
        raise BadInput("FILE", name, "not_a_file") from None
    except OSError as error:
        raise SystemCannot("file_unreadable", path=name, problem=error.strerror) from None
