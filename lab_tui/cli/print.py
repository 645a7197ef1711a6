"""`lab-tui print`: badges, labels, posters, tickets, certificates and cards, as files and on paper."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lab_tui import i18n
from lab_tui.cli.options import as_option, json_option
from lab_tui.cli.output import print_json, print_lines
from lab_tui.cli.session import Session, acting, pass_session, person_named, startup_named
from lab_tui.cli.shapes import Group, option
from lab_tui.errors import Reason, Refused
from lab_tui.i18n import N_, _, ngettext
from lab_tui.lab import labels, papers
from lab_tui.lab.rules.reasons import Code
from lab_tui.printing.orders import Form, Order, PaperKind, Printed, print_order

if TYPE_CHECKING:
    from types import TracebackType

    from lab_tui.lab.operation import Actor, Lab

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class How:
    """What every command of this group is told: who acts, in what form, where to, in what language."""

    who: str | None
    form: Form
    out: Path | None
    language: str
    as_json: bool


def how_options(command: F) -> F:
    """The options that make a How, which the command takes as its last argument."""

    def with_how(
        *args: Any,
        form: str | None,
        out: Path | None,
        paper_language: str | None,
        who: str | None,
        as_json: bool,
        **more: Any,
    ) -> Any:
        chosen = form or (out.suffix[1:].lower() if out is not None else "")
        known = Form(chosen) if chosen in list(Form) else Form.PDF
        return command(*args, **more, how=How(who, known, out, paper_language or "", as_json))

    with_how.__name__ = command.__name__
    decorated: Any = with_how
    for decorate in (
        json_option,
        as_option,
        option(
            "--paper-language",
            type=click.Choice(list(i18n.LANGUAGES)),
            help=N_("The language of the paper; without it each person's own, else the lab's."),
        ),
        option(
            "--out",
            type=click.Path(path_type=Path),
            help=N_("A file or a folder, instead of print.folder; then nothing goes to the printer."),
        ),
        option(
            "--form",
            type=click.Choice([form.value for form in Form]),
            help=N_("One PDF of all pages, or a PNG picture a page; without it as --out ends, else PDF."),
        ),
    ):
        decorated = decorate(decorated)
    return decorated  # type: ignore[no-any-return]


sheet_option = option("--sheet", is_flag=True, help=N_("Many on a sheet of paper, with marks where to cut."))


@click.group("print", cls=Group, help=N_("Print badges, labels, posters, tickets, certificates and cards."))
def print_papers() -> None:
    pass


@print_papers.command(help=N_("Print badges: of some people, a start-up, a cohort or everybody."))
@click.argument("person", nargs=-1)
@option("--all", "everybody", is_flag=True, help=N_("Everybody who is active."))
@option("--startup", help=N_("Everybody of this start-up: its number or name."))
@option("--cohort", help=N_("Everybody of this cohort."))
@sheet_option
@how_options
@pass_session
def badges(
    session: Session,
    person: tuple[str, ...],
    everybody: bool,
    startup: str | None,
    cohort: str | None,
    sheet: bool,
    how: How,
) -> None:
    if sum((bool(person), everybody, startup is not None, cohort is not None)) != 1:
        raise click.UsageError(_("Name people, or give one of --all, --startup and --cohort."))
    lab = session.lab()
    actor = acting(lab, how.who)
    if person:
        ids = tuple(person_named(lab, one) for one in person)
    else:
        startup_id = None if startup is None else startup_named(lab, startup)
        ids = papers.all_badge_holders(lab, actor, cohort, startup_id)
    kind = PaperKind.BADGE_SHEET if sheet else PaperKind.BADGE
    _print(lab, actor, Order(kind, ids, form=how.form, language=how.language), how)


@print_papers.command("desk-labels", help=N_("Print the labels of some desks, or of all."))
@click.argument("desk", nargs=-1)
@option("--all", "everything", is_flag=True, help=N_("Every desk."))
@sheet_option
@how_options
@pass_session
def desk_labels(session: Session, desk: tuple[str, ...], everything: bool, sheet: bool, how: How) -> None:
    lab = session.lab()
    actor = acting(lab, how.who)
    all_ids = {one.label.casefold(): one.id for one in papers.desks(lab, actor)}
    ids = _ids_of(desk, everything, all_ids, Code.UNKNOWN_DESK, "desk")
    order = Order(PaperKind.DESK_LABELS, ids, form=how.form, on_sheets=sheet, language=how.language)
    _print(lab, actor, order, how)


@print_papers.command("workstation-labels", help=N_("Print the labels of some workstations, or of all."))
@click.argument("workstation", nargs=-1)
@option("--all", "everything", is_flag=True, help=N_("Every workstation in use."))
@sheet_option
@how_options
@pass_session
def workstation_labels(
    session: Session, workstation: tuple[str, ...], everything: bool, sheet: bool, how: How
) -> None:
    lab = session.lab()
    actor = acting(lab, how.who)
    all_ids = {one.name.casefold(): one.id for one in papers.workstations(lab, actor)}
    ids = _ids_of(workstation, everything, all_ids, Code.UNKNOWN_WORKSTATION, "workstation")
    order = Order(PaperKind.WORKSTATION_LABELS, ids, form=how.form, on_sheets=sheet, language=how.language)
    _print(lab, actor, order, how)


@print_papers.command(help=N_("Print the poster of an event, with the code to sign up."))
@click.argument("event", type=int)
@how_options
@pass_session
def poster(session: Session, event: int, how: How) -> None:
    lab = session.lab()
    order = Order(PaperKind.POSTER, (event,), form=how.form, language=how.language)
    _print(lab, acting(lab, how.who), order, how)


@print_papers.command(help=N_("Print tickets to an event, for everybody who goes or for some people."))
@click.argument("event", type=int)
@click.argument("person", nargs=-1)
@sheet_option
@how_options
@pass_session
def tickets(session: Session, event: int, person: tuple[str, ...], sheet: bool, how: How) -> None:
    lab = session.lab()
    order = Order(
        PaperKind.TICKETS,
        (event,),
        form=how.form,
        person_ids=tuple(person_named(lab, one) for one in person),
        on_sheets=sheet,
        language=how.language,
    )
    _print(lab, acting(lab, how.who), order, how)


@print_papers.command(help=N_("Print certificates for everybody who was at an event, or for some of them."))
@click.argument("event", type=int)
@click.argument("person", nargs=-1)
@how_options
@pass_session
def certificates(session: Session, event: int, person: tuple[str, ...], how: How) -> None:
    lab = session.lab()
    people = tuple(person_named(lab, one) for one in person)
    order = Order(PaperKind.CERTIFICATES, (event,), form=how.form, person_ids=people, language=how.language)
    _print(lab, acting(lab, how.who), order, how)


@print_papers.command("command-card", help=N_("Print a card that opens something for staff when scanned."))
@click.argument("command", type=click.Choice([one.value for one in labels.Command]))
@option("--event", type=int, help=N_("The event that a command card is for, by its number."))
@how_options
@pass_session
def command_card(session: Session, command: str, event: int | None, how: How) -> None:
    lab = session.lab()
    ids = () if event is None else (event,)
    order = Order(PaperKind.COMMAND_CARD, ids, command, form=how.form, language=how.language)
    _print(lab, acting(lab, how.who), order, how)


@print_papers.command(
    "calibration-card", help=N_("Print the card that tells the kiosk how a scanner is set.")
)
@how_options
@pass_session
def calibration_card(session: Session, how: How) -> None:
    lab = session.lab()
    order = Order(PaperKind.CALIBRATION_CARD, form=how.form, language=how.language)
    _print(lab, acting(lab, how.who), order, how)


def _ids_of(
    named: Sequence[str], everything: bool, ids: Mapping[str, int], unknown: Code, kind: str
) -> tuple[int, ...]:
    """The ids of what is named; none where everything is meant. `ids` has them by name, in small letters.

    Raises Refused: `unknown`, which calls a thing by its `kind`.
    """
    if bool(named) == everything:
        raise click.UsageError(_("Name some, or give --all."))
    for one in named:
        if one.casefold() not in ids:
            raise Refused(Reason(unknown, {kind: one}))
    return tuple(ids[one.casefold()] for one in named)


def _print(lab: Lab, actor: Actor, order: Order, how: How) -> None:
    with _Bar(shown=not how.as_json and sys.stderr.isatty()) as bar:
        done = print_order(lab, actor, order, bar.show, out=how.out)
    if how.as_json:
        return print_json(done)
    return print_lines(*_told(done))


def _told(done: Printed) -> list[str]:
    """What came of it: one file by its name, many by their folder."""
    count = ngettext("{count} printed", "{count} printed", done.count).format(count=done.count)
    where = done.paths[0] if len(done.paths) == 1 else done.paths[0].parent
    lines = [_("{count}: {path}").format(count=count, path=where)]
    return [*lines, _("The printer has it.")] if done.sent else lines


class _Bar:
    """A progress bar on the terminal, for more than one thing."""

    def __init__(self, shown: bool) -> None:
        self._shown = shown
        self._bar: Any = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.__exit__(kind, error, trace)

    def show(self, done: int, count: int) -> None:
        """So many are drawn."""
        if not self._shown or count < 2:
            return
        if self._bar is None:
            self._bar = click.progressbar(length=count, label=_("Drawing"), file=sys.stderr)
            self._bar.__enter__()
        self._bar.update(done - self._bar.pos)
