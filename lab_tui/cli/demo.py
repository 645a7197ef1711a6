"""`lab-tui demo`: a lab in mid-term, to try the program with."""

from __future__ import annotations

from pathlib import Path

import click

from lab_tui.cli.output import print_lines
from lab_tui.cli.run import THEMES, open_kiosk
from lab_tui.cli.session import Session, instant, pass_session
from lab_tui.cli.shapes import Command, option
from lab_tui.config import POSTGRESQL_PREFIXES
from lab_tui.errors import EXIT_DONE, SystemCannot
from lab_tui.i18n import N_, _


@click.command(
    cls=Command,
    help=N_(
        "Open the kiosk on a demo lab, made in the lab's folder if there is none. "
        "Without a scanner, F2 offers demo badges."
    ),
)
@option("--no-run", is_flag=True, help=N_("Only make it."))
@option("--kiosk", metavar="NAME", help=N_("This kiosk's name, instead of the one in lab.toml."))
@option("--theme", type=click.Choice(THEMES), help=N_("Its colours, instead of those in lab.toml."))
@option("--pretend-now", metavar="INSTANT", help=N_("Run from this time on, as 2026-11-22T14:32+08:00."))
@pass_session
def demo(
    session: Session, no_run: bool, kiosk: str | None, theme: str | None, pretend_now: str | None
) -> int:
    _see_to_a_demo_lab(session, pretend_now)
    if not no_run:
        return open_kiosk(session, kiosk, theme, pretend_now, demo_only=True)
    print_lines(
        _("The demo lab is in {folder}").format(folder=session.folder),
        _("Open the kiosk with: {command}").format(command=f"lab-tui --lab {session.folder} run"),
        _("Without a scanner, press F2 there to try a demo badge."),
    )
    return EXIT_DONE


def _see_to_a_demo_lab(session: Session, pretend_now: str | None) -> None:
    """Make a demo lab where there is no lab. Raises SystemCannot, BadInput."""
    from lab_tui.clock import SystemClock
    from lab_tui.config import load_config

    config = load_config(session.folder)
    path = Path(config.database_url)
    if config.database_url.startswith(POSTGRESQL_PREFIXES) or path.exists():
        return
    from lab_tui.demo.open import copy_demo

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SystemCannot("folder_unwritable", path=str(path.parent), problem=error.strerror) from error
    now = instant(config.time, "--pretend-now", pretend_now) if pretend_now else SystemClock().now()
    copy_demo(path, now, config.lab.zone)
