"""`lab-tui workstation`: the lab's machines, for staff."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from lab_tui.cli.options import as_option, json_option, request_key_option
from lab_tui.cli.output import print_json, print_lines, print_table
from lab_tui.cli.session import Session, acting, pass_session
from lab_tui.cli.shapes import Group, option
from lab_tui.config import parse_policy
from lab_tui.errors import Refused
from lab_tui.i18n import N_, _
from lab_tui.lab import workstations
from lab_tui.lab.gpu_names import unknown_workstation

if TYPE_CHECKING:
    from lab_tui.lab.operation import Actor, Done, Lab


@click.group(cls=Group, help=N_("The lab's machines: add, change, retire, bring back."))
def workstation() -> None:
    pass


def _about_options(command: Callable[..., Any], *, all_new: bool = False) -> Callable[..., Any]:
    """What staff can say about a machine beside its name and its rules; some of it must be, of a new one."""
    needed = {"required": all_new}
    for add in (
        option(
            "--tag", "tags", multiple=True, metavar="WORD", help=N_("A word to find it by; may be repeated.")
        ),
        option("--notes", help=N_("Notes for staff.")),
        option("--about", help=N_("One line about it for everybody.")),
        option("--place", help=N_("Where it stands.")),
        option("--cores", type=int, help=N_("How many processor cores it has.")),
        option("--host-name", help=N_("Its name on the network.")),
        option("--gpus", "gpu_count", type=int, help=N_("How many GPUs it has."), **needed),
        option(
            *("--memory", "gpu_memory_gb"),
            type=int,
            metavar="GB",
            help=N_("The memory of each GPU."),
            **needed,
        ),
        option("--model", "gpu_model", help=N_("The model of its GPUs."), **needed),
    ):
        command = add(command)
    return command


set_option = option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help=N_("A setting of [gpus] in lab.toml that is another for this machine; may be repeated."),
)


@workstation.command("list", help=N_("Show every workstation with all that is known of it."))
@as_option
@json_option
@pass_session
def list_workstations(session: Session, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    found = workstations.all_workstations(lab, acting(lab, who))
    if as_json:
        return print_json(found)
    head = (
        _("Workstation"),
        "GPU",
        _("Model"),
        "GB",
        _("Cores"),
        _("Host"),
        _("Place"),
        _("Tags"),
        _("Rules"),
        _("State"),
        _("About"),
        _("Notes"),
    )
    return print_table(
        head,
        [
            (
                one.name,
                one.gpu_count,
                one.gpu_model,
                one.gpu_memory_gb,
                one.cores or "",
                one.host_name,
                one.place,
                " ".join(one.tags),
                " ".join(f"{name}={value}" for name, value in one.policy.items()),
                _("retired") if one.retired else _("in use"),
                one.about,
                one.notes,
            )
            for one in found
        ],
    )


@workstation.command(help=N_("Add a workstation with its GPUs."))
@click.argument("name")
@partial(_about_options, all_new=True)
@set_option
@request_key_option
@as_option
@json_option
@pass_session
def add(
    session: Session,
    /,
    name: str,
    settings: tuple[str, ...],
    request_key: str | None,
    who: str | None,
    as_json: bool,
    **about: Any,
) -> None:
    lab = session.lab()
    plan = workstations.WorkstationPlan(name=name, policy=_policy(settings), **_given(about))
    done = workstations.add(lab, acting(lab, who), plan, request_key=request_key)
    _print_done(done, _("{workstation} is added"), as_json)


@workstation.command(help=N_("Change a workstation; what you leave out stays as it is."))
@click.argument("name")
@option("--name", "new_name", help=N_("Its new name."))
@_about_options
@set_option
@option(
    "--unset",
    multiple=True,
    metavar="NAME",
    help=N_("A setting that is to be the lab's again; may be repeated."),
)
@as_option
@json_option
@pass_session
def change(
    session: Session,
    /,
    name: str,
    new_name: str | None,
    settings: tuple[str, ...],
    unset: tuple[str, ...],
    who: str | None,
    as_json: bool,
    **about: Any,
) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    was = _named(lab, actor, name)
    kept = {setting: value for setting, value in was.policy.items() if setting not in unset}
    plan = workstations.WorkstationPlan(
        **{one.name: getattr(was, one.name) for one in fields(workstations.WorkstationPlan)}
    )
    plan = replace(plan, policy={**kept, **_policy(settings)}, **_given(about))
    plan = replace(plan, name=new_name) if new_name is not None else plan
    done = workstations.change(lab, actor, was.id, plan)
    _print_done(done, _("{workstation} is changed"), as_json)


@workstation.command(help=N_("Take a workstation out of use for good; its history stays."))
@click.argument("name")
@as_option
@json_option
@pass_session
def retire(session: Session, name: str, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    done = workstations.retire(lab, actor, _named(lab, actor, name).id)
    _print_done(done, _("{workstation} is retired"), as_json)


@workstation.command("bring-back", help=N_("Take a retired workstation into use again."))
@click.argument("name")
@as_option
@json_option
@pass_session
def bring_back(session: Session, name: str, who: str | None, as_json: bool) -> None:
    lab = session.lab()
    actor = acting(lab, who)
    done = workstations.bring_back(lab, actor, _named(lab, actor, name).id)
    _print_done(done, _("{workstation} is in use again"), as_json)


def _named(lab: Lab, actor: Actor, name: str) -> workstations.WorkstationDetails:
    """The machine with this name, in use or retired. Raises Refused(unknown_workstation)."""
    machines: Iterable[workstations.WorkstationDetails] = workstations.all_workstations(lab, actor)
    found = next((one for one in machines if one.name.casefold() == name.casefold()), None)
    if found is None:
        raise Refused(unknown_workstation(name, (one.name for one in machines)))
    return found


def _given(about: dict[str, Any]) -> dict[str, Any]:
    """What was said; no tag at all means that nothing was said of them."""
    return {name: value for name, value in about.items() if value is not None and value != ()}


def _policy(settings: tuple[str, ...]) -> dict[str, object]:
    return parse_policy("--set", ", ".join(settings))


def _print_done(done: Done[workstations.WorkstationDetails], sentence: str, as_json: bool) -> None:
    if as_json:
        return print_json(done)
    return print_lines(sentence.format(workstation=done.what.name))
