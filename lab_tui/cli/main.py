"""`lab-tui`: the commands, what they share, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from lab_tui import i18n
from lab_tui.cli import click_words
from lab_tui.cli.failures import report
from lab_tui.cli.output import print_json
from lab_tui.cli.session import Session, pass_session, usual_folder
from lab_tui.cli.shapes import Lazy, LazyGroup, option
from lab_tui.errors import EXIT_DONE, EXIT_SYSTEM, EXIT_USAGE, LabError
from lab_tui.i18n import N_, _

DEBUG_VARIABLE = "LAB_TUI_DEBUG"
# As shells count a program that an interrupt ended.
_EXIT_INTERRUPTED = 130

COMMANDS = {
    "run": Lazy("run", "run", N_("Open the kiosk")),
    "demo": Lazy("demo", "demo", N_("Try the program with a lab in mid-term")),
    "init": Lazy("init", "init", N_("Make a new lab")),
    "doctor": Lazy("doctor", "doctor", N_("Look for what is wrong here and say how to mend it")),
    "gpu": Lazy("gpu", "gpu", N_("GPU bookings and workstations")),
    "workstation": Lazy("workstation", "workstation", N_("The lab's machines: add, change, retire")),
    "closure": Lazy("closure", "closure", N_("Close the whole lab for a time")),
    "desk": Lazy("desk", "desk", N_("The desk map, taking and releasing desks")),
    "event": Lazy("event", "event", N_("Events and sign-ups")),
    "scan": Lazy("scan", "scan", N_("Read a badge or ticket code and say what it means")),
    "print": Lazy("print", "print_papers", N_("Print badges, labels, posters, tickets, certificates, cards")),
    "people": Lazy("people", "people", N_("Find people, print badges, set PINs")),
    "label": Lazy("label", "label", N_("The codes on desks, workstations, posters and command cards")),
    "key": Lazy("keys", "key", N_("The keys that sign badges, tickets and labels")),
    "audit": Lazy("audit", "audit", N_("Read what was done, and by whom")),
    "undo": Lazy("audit", "undo", N_("Take back what was just done")),
    "caretaker": Lazy("caretaker", "caretaker", N_("Do what time brings about")),
    "upgrade": Lazy("upgrade", "upgrade", N_("Bring the database of an older version up to this one")),
}


def _speak(_ctx: click.Context, _parameter: click.Parameter, language: str | None) -> None:
    """Change the language before help in that language is asked for."""
    if language is not None:
        _use_language(language)


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    help=N_("The front desk of an AI start-up lab: desks, GPU workstations, events and QR check-in."),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@option(
    "--lab",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help=N_(
        "The lab's folder. Without it: LAB_TUI_LAB, this folder if a lab is here, else your own data folder."
    ),
)
@option(
    "--language",
    type=click.Choice(list(i18n.LANGUAGES)),
    callback=_speak,
    is_eager=True,
    expose_value=False,
    help=N_("The language to speak; without it, that of the environment."),
)
@click.version_option(package_name="lab-tui")
@pass_session
def cli(session: Session, folder: Path | None) -> None:
    if folder is not None:
        session.folder, session.named = folder.expanduser(), folder


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns 0 done, 1 refused, 2 wrong usage, 3 the system cannot."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's letters cannot show must not end the command.
        getattr(stream, "reconfigure", lambda **_how: None)(errors="replace")
    _use_language(_language_of_environment())
    session = Session(usual_folder())
    as_json = "--json" in arguments
    try:
        result = cli.main(arguments, prog_name="lab-tui", obj=session, standalone_mode=False)
    except LabError as error:
        _trace()
        return report(error, as_json, session.opened)
    except click.ClickException as error:
        error.show()
        if as_json:
            print_json({"usage": error.format_message()})
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo(_("Stopped."), err=True)
        return _EXIT_INTERRUPTED
    except SystemExit:
        # Click ends so when whoever read our output has seen enough.
        return EXIT_DONE
    except Exception as error:  # noqa: BLE001 - an edge of the program: a person reads a sentence
        return _unexpected(error, as_json)
    return result if isinstance(result, int) else EXIT_DONE


def _use_language(code: str) -> None:
    i18n.use_language(code)
    click_words.use_language(code)


def _language_of_environment() -> str:
    names = (os.environ.get(variable) for variable in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return i18n.best_language(next(filter(None, names), ""))


def _unexpected(error: Exception, as_json: bool) -> int:
    _trace()
    sentence = _("Something went wrong inside lab-tui ({error}). {variable}=1 shows where.")
    click.echo(sentence.format(error=type(error).__name__, variable=DEBUG_VARIABLE), err=True)
    if as_json:
        print_json({"system_cannot": {"code": "unexpected", "facts": {"error": type(error).__name__}}})
    return EXIT_SYSTEM


def _trace() -> None:
    if os.environ.get(DEBUG_VARIABLE) == "1":
        import traceback

        traceback.print_exc()
