"""The colours of a timetable, one pen for each kind of cell and text."""

from __future__ import annotations

from typing import ClassVar

from lab_tui.tui.widgets.drawing import LineWidget


class TimetableLook(LineWidget):
    """A widget with the pens that a timetable is drawn with."""

    PENS = "timetable"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "timetable--hour",
        "timetable--corner",
        "timetable--name",
        "timetable--detail",
        "timetable--label",
        "timetable--label-here",
        "timetable--free",
        "timetable--free-text",
        "timetable--mine",
        "timetable--mine-text",
        "timetable--team",
        "timetable--team-text",
        "timetable--others",
        "timetable--others-text",
        "timetable--hit",
        "timetable--hit-text",
        "timetable--out",
        "timetable--out-text",
        "timetable--offered",
        "timetable--offered-text",
        "timetable--closed",
        "timetable--closed-text",
        "timetable--later",
        "timetable--later-text",
        "timetable--past",
        "timetable--now",
        "timetable--selected",
        "timetable--cursor",
        "timetable--scroll",
        "timetable--track",
        "timetable--empty",
    }
    DEFAULT_CSS = """
    TimetableLook {
        height: 1fr;
        & > .timetable--hour { color: $text-muted; }
        & > .timetable--corner { color: $accent; text-style: bold; }
        & > .timetable--name { color: $foreground; text-style: bold; }
        & > .timetable--detail { color: $text-muted; }
        & > .timetable--label { color: $text-muted; }
        & > .timetable--label-here { color: $foreground; text-style: bold; }
        & > .timetable--free { color: $success; }
        & > .timetable--free-text { color: $success; }
        & > .timetable--mine { color: $accent; }
        & > .timetable--mine-text { color: $background; background: $accent; text-style: bold; }
        & > .timetable--team { color: $primary; }
        & > .timetable--team-text { color: $primary; }
        & > .timetable--others { color: $secondary; }
        & > .timetable--others-text { color: $text-muted; }
        & > .timetable--hit { color: $error; text-style: bold; }
        & > .timetable--hit-text { color: $error; text-style: bold; }
        & > .timetable--out { color: $error; }
        & > .timetable--out-text { color: $error; }
        & > .timetable--offered { color: $warning; }
        & > .timetable--offered-text { color: $warning; }
        & > .timetable--closed { color: $text-muted; }
        & > .timetable--closed-text { color: $text-muted; }
        & > .timetable--later { color: $secondary 75%; }
        & > .timetable--later-text { color: $text-muted; }
        & > .timetable--past { color: $secondary 75%; }
        & > .timetable--now { color: $warning; text-style: bold; }
        & > .timetable--selected { color: $foreground; background: $panel; }
        & > .timetable--cursor { color: $foreground; background: $panel; text-style: bold; }
        & > .timetable--scroll { color: $text-muted; }
        & > .timetable--track { color: $panel; }
        & > .timetable--empty { color: $text-muted; }
        &:focus > .timetable--cursor { color: $background; background: $foreground; text-style: bold; }
    }
    """
