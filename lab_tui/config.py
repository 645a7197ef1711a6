"""`lab.toml`: what a lab decides for itself. Every setting has a type, bounds and a sentence.

The sentences under the settings are written into a new `lab.toml` as comments, in English, as a
configuration file has one language.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, time
from functools import lru_cache
from pathlib import Path
from typing import Any, get_type_hints

from lab_tui.clock import LabTime
from lab_tui.errors import BadInput, SystemCannot
from lab_tui.i18n import LANGUAGES
from lab_tui.text import clean

CONFIG_NAME = "lab.toml"
DATABASE_NAME = "lab.db"
KEY_NAME = "lab.key"
LOG_NAME = "lab-tui.log"
# How the address of a PostgreSQL database begins; anything else is a file of SQLite.
POSTGRESQL_PREFIXES = ("postgresql://", "postgres://")
PRINT_PAPERS = ("a4", "letter")
# The least width and height, in millimetres: less cannot hold a code that scanners read, and words.
_PRINT_SIZES = {"badge_size": (45, 45), "label_size": (38, 19), "ticket_size": (45, 45)}
# More is no longer on a sheet.
_LARGEST_MILLIMETRES = 200
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*[x×]\s*(\d+(?:\.\d+)?)(?:\s*mm)?", re.ASCII)
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
# The keyboard layouts that a scanner's keys are understood in, the one that scanners type first.
SCANNER_LAYOUTS = ("us", "gb", "de", "ch", "fr", "be", "cz", "tr", "ru", "dvorak", "it", "es", "jp")
AUTO_LAYOUT = "auto"
ANY_SUFFIX = "any"
SCANNER_SUFFIXES = (ANY_SUFFIX, "enter", "tab", "line_feed", "crlf", "none")
# Without those that are keys of their own: ctrl+h is Backspace, ctrl+i Tab, ctrl+j a line feed, ctrl+m Enter.
_START_KEY = re.compile(r"(ctrl\+[a-gk-ln-z])?")


def setting(default: Any, about: str, low: float | None = None, high: float | None = None) -> Any:
    """A field of a section: its default, the sentence that explains it, and its bounds."""
    return field(default=default, metadata={"about": about, "low": low, "high": high})


@dataclass(frozen=True)
class LabSection:
    """Who and where the lab is."""

    name: str = setting("Harbour AI Lab", "The lab's name, as the home screen and badges show it.")
    zone: str = setting("Asia/Hong_Kong", "The lab's IANA zone: days and opening hours are counted in it.")
    language: str = setting("en", "The language of a kiosk nobody has scanned at: en, zh_Hant or zh_Hans.")
    opens: str = setting("00:00", "When the lab opens for bookings that need somebody present (HH:MM).")
    closes: str = setting("24:00", "The closing hour: whoever is still inside then is checked out (HH:MM).")


@dataclass(frozen=True)
class StoreSection:
    """Where the lab remembers."""

    url: str = setting(
        "", "Empty: lab.db beside this file. Or a PostgreSQL address: postgresql://user@host/name."
    )
    wait_seconds: int = setting(
        30, "How long a write waits for another kiosk's before it gives up, in seconds.", 5, 120
    )


@dataclass(frozen=True)
class KioskSection:
    """This screen."""

    name: str = setting("Lobby", "This kiosk's name, shown at the bottom and kept with every scan.")
    place: str = setting("By the door", "Where this kiosk stands.")
    theme: str = setting("harbour-night", "harbour-night, harbour-day or harbour-contrast.")
    idle_seconds: int = setting(60, "A session without a key starts to end after this time.", 15, 600)
    countdown_seconds: int = setting(20, "How long the countdown before that runs; any key stops it.", 5, 60)
    undo_seconds: int = setting(15, "How long one key takes back what a member just did.", 5, 120)


@dataclass(frozen=True)
class GpusSection:
    """What a GPU booking may be."""

    slot_minutes: int = setting(30, "The grid bookings start and end on: 15, 30 or 60 minutes.", 15, 60)
    shortest_minutes: int = setting(30, "The shortest booking.", 15, 1440)
    longest_hours: int = setting(24, "The longest booking.", 1, 168)
    horizon_days: int = setting(14, "How many days ahead members may book.", 1, 365)
    startup_hours_a_week: int = setting(
        80, "GPU-hours a start-up may book in a week (Monday first).", 1, 10000
    )
    person_hours_a_week: int = setting(
        60, "GPU-hours one person may book in a week, out of their start-up's.", 1, 10000
    )
    person_bookings_open: int = setting(6, "Bookings one person may have ahead.", 1, 100)
    gap_minutes: int = setting(0, "The pause between two bookings of one person; 0 means none.", 0, 1440)
    only_when_open: bool = setting(
        False, "Whether bookings must lie between lab.opens and lab.closes of one day."
    )
    off_peak_from: str = setting(
        "22:00", "From then on GPU-hours cost no quota (HH:MM); empty means that all hours do."
    )
    off_peak_until: str = setting("08:00", "Until then GPU-hours cost no quota (HH:MM).")
    off_peak_weekends: bool = setting(False, "Whether Saturdays and Sundays cost no quota at all.")
    last_minute_minutes: int = setting(
        30, "A booking made this short before its start costs no quota; 0 means that every one does.", 0, 1440
    )
    last_minute_hours: int = setting(2, "The longest booking that costs no quota at the last minute.", 1, 168)
    check_in_opens_minutes: int = setting(15, "How long before its start a booking is checked in.", 0, 240)
    no_show_minutes: int = setting(
        30, "A booking nobody has checked in to this long after its start is released.", 5, 240
    )
    late_cancel_minutes: int = setting(
        60, "Cancelled later than this before its start, a booking still counts as used.", 0, 1440
    )
    no_shows_allowed: int = setting(
        2, "No-shows within no_show_days after which one more shortens the horizon.", 0, 100
    )
    no_show_days: int = setting(14, "How many days a no-show is remembered.", 1, 365)
    no_show_horizon_days: int = setting(
        2, "How many days ahead somebody with too many no-shows may book.", 0, 365
    )
    offer_minutes: int = setting(
        60, "How long a freed slot is held for whoever waits for it, in waking hours.", 5, 1440
    )
    offer_from: str = setting("09:00", "Waking hours: an offer's time runs from then (HH:MM).")
    offer_until: str = setting("22:00", "Waking hours: an offer's time stands still from then (HH:MM).")


@dataclass(frozen=True)
class DesksSection:
    """Pool desks."""

    horizon_days: int = setting(7, "How many days ahead a pool desk may be booked.", 0, 60)
    days_open_per_person: int = setting(5, "Pool desk days one person may have ahead.", 1, 60)


@dataclass(frozen=True)
class EventsSection:
    """Workshops, seminars, office hours."""

    check_in_opens_minutes: int = setting(30, "How long before its start a session is checked in.", 0, 240)
    waiting_list: bool = setting(True, "Whether people may wait for a full event.")
    offer_minutes: int = setting(120, "How long a freed seat is held for whoever is next.", 10, 10080)


@dataclass(frozen=True)
class ScannerSection:
    """The scanner at this kiosk."""

    gap_milliseconds: int = setting(
        100, "The longest pause between two keys of one scan; slow scanners need more.", 20, 500
    )
    debounce_milliseconds: int = setting(
        2500, "The same code within this time is one scan, as a badge is often held too long.", 0, 10000
    )
    hold_milliseconds: int = setting(
        25, "How long a typed letter that could begin a code is held back from a text field.", 10, 200
    )
    layout: str = setting(
        "auto", "The keyboard layout the scanner's keys arrive in: auto finds out, or one such as us or fr."
    )
    suffix: str = setting(
        "any", "What the scanner sends after a code: any, enter, tab, line_feed, crlf or none."
    )
    start_key: str = setting(
        "", "A control key that the scanner is set to send before each code, such as ctrl+b; empty: none."
    )
    devices: str = setting(
        "",
        "Scanners that do not type, parted by commas: evdev:/dev/input/by-id/NAME, serial:/dev/ttyACM0, "
        "camera:/dev/video0.",
    )


@dataclass(frozen=True)
class PrintSection:
    """Badges, labels, tickets, posters and certificates."""

    command: str = setting(
        "", "The program that prints a file, such as lp -d badges; empty: files stay in print.folder."
    )
    folder: str = setting("pictures", "Where printed files are kept, beside this file or anywhere.")
    logo: str = setting("", "A PNG picture for badges and posters; empty: the one that comes with lab-tui.")
    colour: str = setting("#0b5f73", "The accent colour of what is printed, as #RRGGBB.")
    paper: str = setting("a4", "The paper of sheets, posters and certificates: a4 or letter.")
    badge_size: str = setting("85.6 x 54", "The size of a badge in millimetres.")
    label_size: str = setting("62 x 29", "The size of a desk's or workstation's label in millimetres.")
    ticket_size: str = setting("85.6 x 54", "The size of a ticket in millimetres.")


@dataclass(frozen=True)
class StaffSection:
    """Staff sign-in."""

    pin_digits: int = setting(6, "The fewest digits of a PIN.", 6, 12)
    tries: int = setting(5, "Wrong PINs in a row before a pause.", 3, 10)
    pause_seconds: int = setting(60, "The first pause; it doubles each time.", 10, 3600)


@dataclass(frozen=True)
class LabConfig:
    """All settings of one lab, and the folder they came from."""

    folder: Path = Path()
    lab: LabSection = LabSection()
    store: StoreSection = StoreSection()
    kiosk: KioskSection = KioskSection()
    gpus: GpusSection = GpusSection()
    desks: DesksSection = DesksSection()
    events: EventsSection = EventsSection()
    scanner: ScannerSection = ScannerSection()
    print: PrintSection = PrintSection()
    staff: StaffSection = StaffSection()

    @property
    def time(self) -> LabTime:
        """The lab's days and hours."""
        return LabTime.named(self.lab.zone)

    @property
    def database_url(self) -> str:
        """The environment's `LAB_TUI_DATABASE`, else `store.url`, else `lab.db` in the lab's folder."""
        return os.environ.get("LAB_TUI_DATABASE") or self.store.url or str(self.folder / DATABASE_NAME)

    @property
    def key_path(self) -> Path:
        """The signing key's file."""
        return self.folder / KEY_NAME

    @property
    def log_path(self) -> Path:
        """The file that errors of this kiosk are written to."""
        return self.folder / LOG_NAME


SECTIONS: dict[str, type] = {
    f.name: get_type_hints(LabConfig)[f.name] for f in fields(LabConfig) if f.name != "folder"
}


def load_config(folder: Path) -> LabConfig:
    """The settings in `folder/lab.toml`; all defaults where there is none.

    Raises BadInput for a wrong setting, SystemCannot when the file cannot be read.
    """
    path = folder / CONFIG_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return LabConfig(folder=folder)
    except (OSError, UnicodeDecodeError) as error:
        raise SystemCannot("config_unreadable", path=str(path), error=type(error).__name__) from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(CONFIG_NAME, str(error), "not_toml") from None
    return parse_config(tables, folder)


def parse_config(tables: Mapping[str, object], folder: Path) -> LabConfig:
    """Settings from parsed TOML. Raises BadInput naming the first setting that is wrong."""
    sections: dict[str, Any] = {}
    for name, table in tables.items():
        section_type = SECTIONS.get(_known(name, SECTIONS, ""))
        if section_type is None or not isinstance(table, Mapping):
            raise BadInput(name, table, "not_a_section")
        sections[name] = _section(name, section_type, table)
    config = LabConfig(folder=folder, **sections)
    _check_together(config)
    return config


def _known(name: str, choices: Mapping[str, object], within: str) -> str:
    if name not in choices:
        near = difflib.get_close_matches(name, list(choices), 1)
        raise BadInput(f"{within}{name}", name, "unknown_setting", nearest=near[0] if near else "")
    return name


def _section(name: str, section_type: type, table: Mapping[str, object]) -> object:
    known = {f.name: f for f in fields(section_type)}
    types = get_type_hints(section_type)
    values: dict[str, object] = {}
    for key, value in table.items():
        _known(key, known, f"{name}.")
        values[key] = _value(f"{name}.{key}", value, types[key], known[key].metadata)
    return section_type(**values)


def _value(where: str, value: object, wanted: type, metadata: Mapping[str, Any]) -> object:
    if type(value) is not wanted:
        raise BadInput(where, value, "wrong_type", wanted=wanted.__name__)
    if isinstance(value, str):
        return clean(value, field=where, required=False, at_most=500)
    low, high = metadata["low"], metadata["high"]
    if isinstance(value, int) and low is not None and not low <= value <= high:
        raise BadInput(where, value, "out_of_bounds", low=low, high=high)
    return value


def _check_together(config: LabConfig) -> None:
    LabTime.named(config.lab.zone)
    _check_print(config.print)
    if config.lab.language not in LANGUAGES:
        raise BadInput("lab.language", config.lab.language, "not_a_choice", choices=", ".join(LANGUAGES))
    for key in ("opens", "closes"):
        parse_hour(f"lab.{key}", getattr(config.lab, key))
    _check_gpus(config.gpus)
    _check_scanner(config.scanner)


def _check_scanner(section: ScannerSection) -> None:
    for key, choices in (("layout", (AUTO_LAYOUT, *SCANNER_LAYOUTS)), ("suffix", SCANNER_SUFFIXES)):
        if (value := getattr(section, key)) not in choices:
            raise BadInput(f"scanner.{key}", value, "not_a_choice", choices=", ".join(choices))
    if not _START_KEY.fullmatch(section.start_key):
        raise BadInput("scanner.start_key", section.start_key, "not_a_choice", choices="ctrl+b, ctrl+r")


def _check_gpus(section: GpusSection) -> None:
    if section.slot_minutes not in (15, 30, 60):
        raise BadInput("gpus.slot_minutes", section.slot_minutes, "not_a_choice", choices="15, 30, 60")
    if section.shortest_minutes % section.slot_minutes:
        raise BadInput(
            "gpus.shortest_minutes", section.shortest_minutes, "off_grid", slot=section.slot_minutes
        )
    if section.shortest_minutes > section.longest_hours * 60:
        raise BadInput(
            "gpus.shortest_minutes",
            section.shortest_minutes,
            "out_of_bounds",
            low=15,
            high=section.longest_hours * 60,
        )
    for key in ("off_peak_from", "off_peak_until", "offer_from", "offer_until"):
        if (text := getattr(section, key)) or key.startswith("offer"):
            parse_hour(f"gpus.{key}", text)
    if bool(section.off_peak_from) != bool(section.off_peak_until):
        raise BadInput("gpus.off_peak_until", section.off_peak_until, "empty")
    for begins, ends in (("off_peak_from", "off_peak_until"), ("offer_from", "offer_until")):
        begin, end = getattr(section, begins), getattr(section, ends)
        if begin and parse_hour(begins, begin) == parse_hour(ends, end):
            raise BadInput(f"gpus.{ends}", end, "same_time", other=f"gpus.{begins}")


def _check_print(section: PrintSection) -> None:
    if not _COLOUR.fullmatch(section.colour):
        raise BadInput("print.colour", section.colour, "not_a_colour")
    if section.paper not in PRINT_PAPERS:
        raise BadInput("print.paper", section.paper, "not_a_choice", choices=", ".join(PRINT_PAPERS))
    for key, least in _PRINT_SIZES.items():
        parse_size(f"print.{key}", getattr(section, key), *least)
    if not section.folder:
        raise BadInput("print.folder", section.folder, "empty")
    try:
        shlex.split(section.command)
    except ValueError:
        raise BadInput("print.command", section.command, "not_a_command") from None


@lru_cache(maxsize=256)
def workstation_policy(section: GpusSection, overrides: str) -> GpusSection:
    """The policy of a workstation: the lab's, with what is set otherwise for the machine.

    `overrides` is a JSON object of settings of `[gpus]`. Raises BadInput as `parse_config` does.
    """
    try:
        table = json.loads(overrides or "{}")
    except ValueError:
        raise BadInput("policy", overrides, "not_a_section") from None
    if not isinstance(table, dict):
        raise BadInput("policy", overrides, "not_a_section")
    cleaned = _section("gpus", GpusSection, table)
    policy = replace(section, **{key: getattr(cleaned, key) for key in table})
    _check_gpus(policy)
    return policy


@lru_cache(maxsize=256)
def policy_in_force(section: GpusSection, overrides: str) -> GpusSection:
    """The policy that a workstation follows: its own, or the lab's where its own no longer fits that.

    So a changed `lab.toml` stops nobody from booking; `lab-tui doctor` names the workstation.
    """
    try:
        return workstation_policy(section, overrides)
    except BadInput:
        return section


def parse_hour(where: str, text: str) -> time | None:
    """`HH:MM` as a time of day; `24:00`, the end of the day, is None. Raises BadInput."""
    if text == "24:00":
        return None
    try:
        hour, minute = text.split(":")
        return time(int(hour), int(minute))
    except ValueError:
        raise BadInput(where, text, "not_a_time") from None


def parse_day(where: str, text: str) -> date:
    """`YYYY-MM-DD` as a day. Raises BadInput."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadInput(where, text, "not_a_day") from None
    # The first and the last year have days without a midnight in UTC.
    if not date.min.year < day.year < date.max.year:
        raise BadInput(where, text, "out_of_calendar")
    return day


def parse_size(where: str, text: str, narrowest: float = 0, lowest: float = 0) -> tuple[float, float]:
    """`85.6 x 54` as a width and a height in millimetres, at least these and at most 200. Raises BadInput."""
    match = _SIZE.fullmatch(text)
    width, height = (float(match[1]), float(match[2])) if match else (0.0, 0.0)
    most = _LARGEST_MILLIMETRES
    if match is None or not (narrowest <= width <= most and lowest <= height <= most):
        raise BadInput(where, text, "not_a_size", narrowest=narrowest, lowest=lowest, most=most)
    return width, height


def parse_policy(where: str, text: str) -> dict[str, object]:
    """`longest_hours=12, no_show_minutes=30`: settings of `[gpus]` as people type them, each of its type.

    Raises BadInput for what is no setting, or no number where one is due; whether the values are allowed,
    `workstation_policy` says.
    """
    known = GpusSection()
    names = [f.name for f in fields(known)]
    found: dict[str, object] = {}
    for word in filter(None, map(str.strip, text.split(","))):
        name, separator, value = word.partition("=")
        if not separator:
            raise BadInput(where, word, "not_a_setting")
        if name not in names:
            near = difflib.get_close_matches(name, names, 1)
            raise BadInput(where, name, "no_such_setting", nearest=near[0] if near else "")
        kind = type(getattr(known, name))
        if kind is int and not value.isdecimal():
            raise BadInput(f"gpus.{name}", value, "not_a_number" if value else "empty")
        found[name] = int(value) if kind is int else _YES_NO.get(value, value) if kind is bool else value
    return found


_YES_NO = {"true": True, "false": False}


def config_text(config: LabConfig) -> str:
    """A `lab.toml` that says what every setting means; those left at their default are commented out."""
    lines: list[str] = []
    for name, section_type in SECTIONS.items():
        section = getattr(config, name)
        lines += [f"[{name}]  # {section_type.__doc__}"]
        for f in fields(section_type):
            value = getattr(section, f.name)
            mark = "" if value != f.default else "# "
            lines += [f"# {f.metadata['about']}", f"{mark}{f.name} = {_toml(value)}"]
        lines.append("")
    return "\n".join(lines)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
