"""What one run of the command line works with: the lab's folder, the open lab, who acts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab_tui.config import CONFIG_NAME, DATABASE_NAME
from lab_tui.errors import BadInput

if TYPE_CHECKING:
    from lab_tui.clock import Clock, LabTime
    from lab_tui.lab.operation import Actor, Lab

FOLDER_VARIABLE = "LAB_TUI_LAB"


@dataclass
class Session:
    """The lab is opened when first asked for and closed with the command."""

    folder: Path
    opened: Lab | None = None

    def lab(self, clock: Clock | None = None) -> Lab:
        """The lab in the folder, opened. Raises SystemCannot, BadInput."""
        from lab_tui.lab.opening import open_lab

        self.opened = open_lab(self.folder, clock)
        click.get_current_context().call_on_close(self.opened.store.close)
        return self.opened


pass_session = click.make_pass_decorator(Session)


def usual_folder() -> Path:
    """Where the lab is when nobody says: `LAB_TUI_LAB`, else here if a lab is here, else the data folder."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named).expanduser()
    here = Path.cwd()
    if any((here / name).exists() for name in (CONFIG_NAME, DATABASE_NAME)):
        return here
    return data_folder()


def data_folder() -> Path:
    """The user's data folder for this program (XDG Base Directory Specification)."""
    home = os.environ.get("XDG_DATA_HOME")
    return (Path(home) if home else Path("~/.local/share").expanduser()) / "lab-tui"


def acting(lab: Lab, who: str | None) -> Actor:
    """The operator, or the person that `--as` names. Raises BadInput where that is nobody or several.

    Whoever runs commands on this machine is trusted as staff are after their PIN.
    """
    from lab_tui.lab.operation import OPERATOR, Actor

    if who is None:
        return OPERATOR
    return Actor(person_named(lab, who), OPERATOR.via, signed_in=True)


def person_named(lab: Lab, who: str) -> int:
    """The id of a person given by number, unix name or name. Raises BadInput."""
    from lab_tui.lab import people
    from lab_tui.lab.operation import OPERATOR

    if who.isascii() and who.isdigit():
        return people.person_view(lab, int(who)).id
    found = people.find(lab, OPERATOR, who)
    exact = [person for person in found if person.name.casefold() == who.casefold()]
    if len(found) == 1 or len(exact) == 1:
        return (exact or list(found))[0].id
    raise BadInput("--as", who, "several_people" if found else "nobody", count=len(found))


def day_or_today(lab: Lab, field_name: str, text: str | None) -> date:
    """`2026-11-22`, `today` or `tomorrow`; nothing means today. Raises BadInput."""
    from lab_tui.config import parse_day

    if text is None or text == "today":
        return lab.today()
    return lab.today() + timedelta(days=1) if text == "tomorrow" else parse_day(field_name, text)


def moment(lab: Lab, field_name: str, text: str) -> datetime:
    """As `instant`, but the day may also be `today` or `tomorrow`. Raises BadInput."""
    word, _space, wall = text.strip().partition(" ")
    if wall and word in ("today", "tomorrow"):
        return instant(lab.time, field_name, f"{day_or_today(lab, field_name, word)} {wall}")
    return instant(lab.time, field_name, text)


def instant(lab_time: LabTime, field_name: str, text: str) -> datetime:
    """`2026-11-22 20:00` in the lab's zone, or ISO 8601 with an offset, as an instant.

    Raises BadInput: not_an_instant; no_such_time or time_twice where a clock change makes it so.
    """
    zone = lab_time.zone.key
    try:
        wall = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(field_name, text, "not_an_instant") from None
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    first, second = (wall.replace(tzinfo=lab_time.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    if lab_time.local(first).replace(tzinfo=None) != wall:
        raise BadInput(field_name, text, "no_such_time", zone=zone)
    raise BadInput(
        field_name,
        text,
        "time_twice",
        zone=zone,
        first=lab_time.local(first).isoformat(timespec="minutes"),
        second=lab_time.local(second).isoformat(timespec="minutes"),
    )
