"""What one run of the command line works with: the lab's folder, the open lab, who acts."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab_tui.config import CONFIG_NAME, DATABASE_NAME, POSTGRESQL_PREFIXES
from lab_tui.errors import BadInput, Reason, Refused
from lab_tui.i18n import _

if TYPE_CHECKING:
    from lab_tui.clock import Clock, LabTime
    from lab_tui.lab.operation import Actor, Lab

FOLDER_VARIABLE = "LAB_TUI_LAB"
# The words for days that are understood, and how many days from today they mean.
_DAY_WORDS = {"today": 0, "tomorrow": 1}
_END_OF_DAY = re.compile(r"(?<=\d)([T ])24:00(?::00)?(?=$|Z|[+-])")
# An hour as people write it, 8:00 or 08.30, where it stands after the day.
_HOUR = re.compile(r"(?P<before>\d[T ])(?P<hour>\d{1,2})[:.,](?P<minute>\d\d)(?!\d)", re.ASCII)
_ONE_FIGURE = re.compile(r"([T ])(?=\d:)")
_PART_OF_HOUR = re.compile(r"[T ]\d\d(?::?\d\d)?[.,]")
_ISO_LETTERS = re.compile(r"(?<=[\d-])[TWZ](?=\d|$)")


# Nearer to the ends of Python's calendar a day more or less would be beyond it.
_FIRST_YEAR, _LAST_YEAR = 2, 9998
# A number with more figures is nobody's: no database counts that far.
_LONGEST_NUMBER = 18


@dataclass
class Session:
    """The lab is opened when first asked for and closed with the command."""

    folder: Path
    opened: Lab | None = None
    # As `--lab` names the folder; None where nobody does.
    named: Path | None = None

    def lab(self, clock: Clock | None = None) -> Lab:
        """The lab in the folder, opened. Raises SystemCannot, BadInput."""
        from lab_tui.lab.opening import open_lab

        return self.use(open_lab(self.folder, clock))

    def use(self, lab: Lab) -> Lab:
        """Speak of this lab from now on, and close it with the command."""
        self.opened = lab
        click.get_current_context().call_on_close(lab.store.close)
        return lab


pass_session = click.make_pass_decorator(Session)


def leave_out_driver(address: str) -> None:
    """Keep Peewee from importing PostgreSQL's driver for a SQLite lab: a fifth of the time to start."""
    if not address.startswith(POSTGRESQL_PREFIXES):
        sys.modules.setdefault("psycopg", None)  # type: ignore[arg-type]


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


def acting_for(lab: Lab, who: str | None, for_whom: str | None) -> tuple[Actor, int | None]:
    """Who acts, and the id of whom it is for where `--for` names somebody.

    Raises UsageError where the operator acts for nobody, BadInput.
    """
    if who is None and for_whom is None:
        raise click.UsageError(_("Give --as, --for or both."))
    return acting(lab, who), None if for_whom is None else person_named(lab, for_whom, "--for")


def person_named(lab: Lab, who: str, field_name: str = "--as") -> int:
    """The id of a person given by number, unix name or name.

    Raises BadInput naming the field; Refused(unknown_person) for a number that nobody has.
    """
    from lab_tui.lab import people
    from lab_tui.lab.operation import OPERATOR
    from lab_tui.lab.rules.reasons import Code

    if not who.strip():
        raise BadInput(field_name, who, "empty")
    if who.isascii() and who.isdigit():
        if len(who) > _LONGEST_NUMBER:
            raise Refused(Reason(Code.UNKNOWN_PERSON, {"person": who}))
        return people.person_view(lab, int(who)).id
    found = people.find(lab, OPERATOR, who)
    exact = [person for person in found if person.name.casefold() == who.casefold()]
    if len(found) == 1 or len(exact) == 1:
        return (exact or list(found))[0].id
    raise BadInput(field_name, who, "several_people" if found else "nobody", count=len(found))


def startup_named(lab: Lab, name: str) -> int:
    """The id of a start-up given by number, or by name where it has people. Raises BadInput."""
    from lab_tui.lab import people
    from lab_tui.lab.operation import OPERATOR

    if name.isascii() and name.isdigit() and len(name) <= _LONGEST_NUMBER:
        return int(name)
    for person in people.find(lab, OPERATOR, name):
        if person.startup_id is not None and person.startup_name.casefold() == name.casefold():
            return person.startup_id
    raise BadInput("--startup", name, "unknown")


def day_or_today(lab: Lab, field_name: str, text: str | None) -> date:
    """`2026-11-22`, `today` or `tomorrow`; nothing means today.

    Raises BadInput: in_words for a day in other words, else not_a_day.
    """
    from lab_tui.config import parse_day

    plain = "today" if text is None else text.strip()
    if plain.casefold() in _DAY_WORDS:
        return lab.today() + timedelta(days=_DAY_WORDS[plain.casefold()])
    if _is_in_words(plain):
        raise BadInput(field_name, text, "in_words", example="2026-11-22")
    return parse_day(field_name, plain)


def moment(lab: Lab, field_name: str, text: str) -> datetime:
    """As `instant`, but the day may also be `today` or `tomorrow`. Raises BadInput."""
    word, _space, wall = text.strip().partition(" ")
    if word.casefold() not in _DAY_WORDS:
        return instant(lab.time, field_name, text)
    if not wall:
        raise BadInput(field_name, text, "no_time_of_day", example=f"{word} 20:00")
    day = lab.today() + timedelta(days=_DAY_WORDS[word.casefold()])
    return _read_instant(lab.time, field_name, f"{day} {wall.strip()}", text)


def instant(lab_time: LabTime, field_name: str, text: str) -> datetime:
    """`2026-11-22 20:00` in the lab's zone, or ISO 8601 with an offset, as an instant.

    The hour may have one figure, and a point or a comma may part it from the minutes; 24:00 is the end of
    the day. Raises BadInput: in_words, no_time_of_day, not_an_instant, out_of_calendar; skipped_time or
    time_exists_twice where a clock change makes it so.
    """
    return _read_instant(lab_time, field_name, text.strip(), text)


def refuse_no_calendar(instant: datetime, field_name: str, typed: str) -> datetime:
    """The instant, where there is room around it to reckon. Raises BadInput(out_of_calendar)."""
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise BadInput(field_name, typed, "out_of_calendar")
    return instant


def _read_instant(lab_time: LabTime, field_name: str, plain: str, typed: str) -> datetime:
    """What `plain` means, and a calendar has; errors name what was typed."""
    return refuse_no_calendar(_as_written(lab_time, field_name, plain, typed), field_name, typed)


def _as_written(lab_time: LabTime, field_name: str, plain: str, typed: str) -> datetime:
    """What `plain` means, however far away."""
    plain = _HOUR.sub(r"\g<before>\g<hour>:\g<minute>", plain)
    plain = _ONE_FIGURE.sub(r"\g<1>0", plain)
    is_end_of_day = _END_OF_DAY.search(plain) is not None
    try:
        # Python takes what follows an hour or a minute for a part of a second.
        if _PART_OF_HOUR.search(plain):
            raise BadInput(field_name, typed, "not_an_instant")
        wall = datetime.fromisoformat(_END_OF_DAY.sub(r"\g<1>00:00", plain))
        if _is_day(plain):
            raise BadInput(field_name, typed, "no_time_of_day", example=f"{wall:%Y-%m-%d} 20:00")
        wall += timedelta(days=is_end_of_day)
        if wall.tzinfo is not None:
            return wall.astimezone(UTC)
        if is_end_of_day:
            return lab_time.start_of_day(wall.date())
    except ValueError:
        if _is_in_words(plain):
            raise BadInput(field_name, typed, "in_words", example="2026-11-22 20:00") from None
        raise BadInput(field_name, typed, "not_an_instant") from None
    except OverflowError:
        raise BadInput(field_name, typed, "out_of_calendar") from None
    return lab_time.exact(field_name, wall.date(), wall.time())


def _is_day(text: str) -> bool:
    """Whether a text that is an instant to Python is no more than a day."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_in_words(text: str) -> bool:
    """Whether there is a word in it: letters beside those that ISO 8601 has between its figures."""
    return any(char.isalpha() for char in _ISO_LETTERS.sub("", text))
