"""`lab-tui gpu may-use`: the question a workstation asks at each log-in. Imports little, as that waits."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from lab_tui.cli.options import json_option
from lab_tui.cli.output import print_json, print_lines
from lab_tui.cli.session import Session, leave_out_driver, pass_session
from lab_tui.cli.shapes import Command, option
from lab_tui.config import load_config
from lab_tui.errors import EXIT_DONE, EXIT_REFUSED, BadInput
from lab_tui.i18n import N_, _

if TYPE_CHECKING:
    from lab_tui.lab.gpu_access import Access
    from lab_tui.lab.operation import Lab

# pam_exec(8): what it tells the program about the log-in.
_PAM_USER = "PAM_USER"
_PAM_TYPE = "PAM_TYPE"
# Only these can let somebody in or keep them out.
_PAM_TYPES = ("auth", "account")


@click.command(
    "may-use",
    cls=Command,
    help=N_(
        "Answer whether somebody may use a workstation now: exit code 0 and CUDA_VISIBLE_DEVICES, "
        "or 1 and why not."
    ),
)
@click.argument("workstation")
@click.argument("unix_name", metavar="UNIX-USER", required=False)
@option("--pam", is_flag=True, help=N_("Take the user from pam_exec's environment, at a log-in."))
@json_option
@pass_session
def may_use(session: Session, workstation: str, unix_name: str | None, pam: bool, as_json: bool) -> int:
    if pam == (unix_name is not None):
        raise click.UsageError(_("Give either UNIX-USER or --pam."))
    user = unix_name if unix_name is not None else _pam_user()
    leave_out_driver(load_config(session.folder).database_url)
    from lab_tui.lab import gpu_access

    lab = session.use(gpu_access.open_to_ask(session.folder))
    access = gpu_access.may_use(lab, workstation, user)
    if as_json:
        print_json(access)
    else:
        print_lines(_answer(lab, access))
    return EXIT_DONE if access.allowed else EXIT_REFUSED


def _pam_user() -> str:
    """Who logs in. Raises BadInput where PAM does not ask whether they may."""
    kind = os.environ.get(_PAM_TYPE, "")
    if kind not in _PAM_TYPES:
        raise BadInput(_PAM_TYPE, kind, "not_a_choice", choices=", ".join(_PAM_TYPES))
    user = os.environ.get(_PAM_USER, "")
    if not user:
        raise BadInput(_PAM_USER, user, "empty")
    return user


def _answer(lab: Lab, access: Access) -> str:
    if access.allowed:
        return f"CUDA_VISIBLE_DEVICES={access.cuda_visible_devices}"
    from lab_tui.lab.rules.access import Why
    from lab_tui.wording import times

    name = access.workstation
    if access.why is Why.UNKNOWN_PERSON:
        return _("The lab knows nobody with the unix name {name}.").format(name=access.unix_name)
    if access.why is Why.OUT_OF_SERVICE:
        sentence = _("{workstation} is out of service: {reason}.")
        if access.until is not None:
            sentence = _("{workstation} is out of service until {until}: {reason}.")
        until = times.moment(lab.time, access.until, lab.now(), dated=True) if access.until else ""
        return sentence.format(workstation=name, reason=access.reason, until=until)
    if access.next_start is None or access.next_end is None:
        return _("You have no booking on {workstation} now.").format(workstation=name)
    when = times.span(lab.time, access.next_start, access.next_end, lab.now(), dated=True)
    sentence = _("You have no booking on {workstation} now. Your next: {when}.")
    return sentence.format(workstation=name, when=when)
