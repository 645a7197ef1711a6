"""Every command and every option explains itself, in every language."""

from __future__ import annotations

import pathlib
import subprocess
import sys
from collections.abc import Callable, Iterator

import click
import pytest

from lab_tui import i18n
from lab_tui.cli.click_words import SAID_BY_CLICK
from lab_tui.cli.main import COMMANDS, cli

Path = tuple[str, ...]
README = pathlib.Path(__file__).parent.parent.parent / "README.md"


def commands(group: click.Group = cli, path: Path = ()) -> Iterator[tuple[Path, click.Command]]:
    """Every command beneath a group."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


ALL = dict(commands())


def test_the_commands_that_people_rely_on_are_there() -> None:
    wanted = {
        "run demo init doctor scan undo upgrade": [()],
        "list rotate retire": [("key",)],
        "code reissue": [("label",)],
        "day week now mine quota find book check-in cancel may-use calendar": [("gpu",)],
        "move extend shorten finish hand-over split series cancel-series": [("gpu",)],
        "wait waits stop-waiting accept decline fair-share": [("gpu",)],
        "outages out-of-service in-service change-outage cancel-outage hits relocate": [("gpu",)],
        "list add change retire bring-back": [("workstation",)],
        "list plan change cancel": [("closure",)],
        "map claim release": [("desk",)],
        "list show sign-up cancel create change open-check-in": [("event",)],
        "find badge pin reissue-ticket": [("people",)],
        "list": [("audit",)],
        "run held confirm": [("caretaker",)],
    }
    for names, (group,) in wanted.items():
        for name in names.split():
            assert (*group, name) in ALL


@pytest.mark.parametrize(
    "path", [path for path in ALL if not isinstance(ALL[path], click.Group)], ids=" ".join
)
def test_every_command_is_named_in_the_readme(path: Path) -> None:
    group = " ".join(("lab-tui", *path[:-1]))
    rows = [line for line in README.read_text(encoding="utf-8").splitlines() if f"`{group}`" in line]
    assert any(line.startswith("|") and f"`{path[-1]}`" in line for line in rows)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_on_everything(path: Path, command: Callable) -> None:  # type: ignore[type-arg]
    answer = command(*path, "--help")
    assert answer.code == 0
    assert f"Usage: lab-tui {' '.join(path)}" in answer.out
    assert ALL[path].help
    for parameter in ALL[path].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize(
    "path", [path for path in ALL if not isinstance(ALL[path], click.Group)], ids=" ".join
)
def test_every_command_but_the_kiosk_s_prints_json(path: Path) -> None:
    names = {option for parameter in ALL[path].params for option in parameter.opts}
    assert ("--json" in names) == (path not in {("run",), ("demo",)})


def test_help_follows_the_language(command: Callable) -> None:  # type: ignore[type-arg]
    answer = command("--language", "zh_Hant", "gpu", "book", "--help")
    assert "GPU 編號" in answer.out
    answer = command("--language", "zh_Hans", "--help")
    assert "GPU 预约与工作站" in answer.out
    assert i18n.language() == "zh_Hans"


def test_the_front_page_names_every_command(command: Callable) -> None:  # type: ignore[type-arg]
    answer = command("--help")
    assert answer.code == 0
    assert all(f"  {name} " in answer.out for name in COMMANDS)


def test_a_command_is_imported_only_when_it_is_used() -> None:
    program = (
        "import sys; from lab_tui.cli.main import run; run(['--help']);"
        "print(sorted(name for name in sys.modules if name.startswith(('lab_tui.cli', 'textual', 'peewee'))))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = answer.stdout.splitlines()[-1]
    for name in ("gpu", "run", "doctor", "people"):
        assert f"lab_tui.cli.{name}'" not in loaded
    assert "textual" not in loaded
    assert "peewee" not in loaded


def test_every_theme_of_the_kiosk_can_be_chosen() -> None:
    from lab_tui.cli.run import THEMES
    from lab_tui.tui.themes import THEME_NAMES

    assert tuple(THEME_NAMES) == THEMES


@pytest.mark.parametrize("text", SAID_BY_CLICK)
def test_what_click_says_is_what_we_translate(text: str) -> None:
    """Where Click words it in another way, ours is never asked for."""
    folder = pathlib.Path(str(click.__file__)).parent
    sources = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    assert f'"{text}"' in sources


def test_what_click_says_follows_the_language(command: Callable) -> None:  # type: ignore[type-arg]
    assert "\nOptions:\n" in command("gpu", "day", "--help").out
    answer = command("--language", "zh_Hant", "gpu", "cancel", "x")
    assert "用法：" in answer.err
    assert "'x' 不是有效的數值" in answer.err
    assert "缺少参数 'BOOKING'" in command("--language", "zh_Hans", "gpu", "cancel").err
    assert "Usage: " in command("gpu", "cancel").err
