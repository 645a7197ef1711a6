"""`lab-tui run`: the kiosk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from lab_tui.cli.session import Session, instant, leave_out_driver, pass_session
from lab_tui.cli.shapes import Command, option
from lab_tui.config import load_config
from lab_tui.errors import EXIT_DONE, BadInput, SystemCannot
from lab_tui.i18n import N_

if TYPE_CHECKING:
    from lab_tui.lab.operation import Lab

THEMES = ("harbour-night", "harbour-day", "harbour-contrast")


@click.command(
    cls=Command, help=N_("Open the kiosk on this terminal. Staff can end it; a supervisor restarts it.")
)
@option("--kiosk", metavar="NAME", help=N_("This kiosk's name, instead of the one in lab.toml."))
@option("--theme", type=click.Choice(THEMES), help=N_("Its colours, instead of those in lab.toml."))
@option(
    "--pretend-now",
    metavar="INSTANT",
    help=N_("Run from this time on, as 2026-11-22T14:32+08:00; for demo labs only."),
)
@pass_session
def run(session: Session, kiosk: str | None, theme: str | None, pretend_now: str | None) -> int:
    return open_kiosk(session, kiosk, theme, pretend_now)


def open_kiosk(
    session: Session,
    kiosk: str | None,
    theme: str | None,
    pretend_now: str | None,
    *,
    demo_only: bool = False,
) -> int:
    """Run the kiosk on the session's lab until it is ended; returns its exit code.

    Raises BadInput; SystemCannot (also `not_a_demo_lab`, where only a demo lab will do).
    """
    # Textual reads its variables when it is imported.
    from lab_tui.tui.sealed.environment import scrub_environment

    scrub_environment()
    leave_out_driver(load_config(session.folder).database_url)
    lab = _lab_at(session, pretend_now)
    if demo_only and not lab.keys.demo:
        raise SystemCannot("not_a_demo_lab", folder=session.folder)
    here = lab.config.kiosk
    here = replace(here, name=kiosk or here.name, theme=theme or here.theme)
    lab = replace(lab, config=replace(lab.config, kiosk=here))
    from lab_tui.tui.app import run_kiosk

    return run_kiosk(lab) or EXIT_DONE


def _lab_at(session: Session, pretend_now: str | None) -> Lab:
    if pretend_now is None:
        return session.lab()
    from lab_tui.clock import PretendClock

    start = instant(load_config(session.folder).time, "--pretend-now", pretend_now)
    lab = session.lab(PretendClock(start))
    if not lab.keys.demo:
        raise BadInput("--pretend-now", pretend_now, "not_a_demo")
    return lab
