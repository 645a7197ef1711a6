"""People as staff read them: a line each, and all that is known of one."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content

from lab_tui.i18n import _
from lab_tui.lab.operation import Lab
from lab_tui.lab.people import PersonView
from lab_tui.lab.staff_people import BadgeState, PersonRecord
from lab_tui.text import printable
from lab_tui.tui.widgets.drawing import fit
from lab_tui.wording import names, times

_INSIDE, _OUTSIDE = "● ", "  "
_ROLE_WIDTH, _BADGE_WIDTH = 9, 12
_LEAST_TEAM = 14
# From here on a line has room for the cohort, too.
_COHORT_FROM, _COHORT_WIDTH = 84, 10


def full_name(person: PersonView) -> str:
    """The name, in both scripts where there are two."""
    return " ".join(part for part in (person.name, person.other_name) if part)


def line(record: PersonRecord, width: int) -> Content:
    """A person in `width` cells: inside or not, name, role, team, how the badge stands."""
    person = record.person
    cohort_width = _COHORT_WIDTH if width >= _COHORT_FROM else 0
    room = width - len(_INSIDE) - _ROLE_WIDTH - cohort_width - _BADGE_WIDTH
    team_width = max(_LEAST_TEAM, room * 2 // 5)
    name_width = max(8, room - team_width)
    badge, colour = badge_word(record)
    muted = "" if record.active else "$text-muted"
    return Content.assemble(
        (_INSIDE if record.inside_since else _OUTSIDE, "$success"),
        (fit(full_name(person), name_width - 1) + " ", muted or "bold"),
        (fit(names.role(person.role), _ROLE_WIDTH - 1) + " ", "$text-muted"),
        (fit(person.startup_name or person.title, team_width - 1) + " ", muted),
        (fit(person.cohort_name, cohort_width), "$text-muted"),
        (fit(badge, _BADGE_WIDTH), colour),
    )


def badge_word(record: PersonRecord) -> tuple[str, str]:
    """How the badge stands, in a word with a shape, and its colour."""
    if not record.active:
        return _("○ inactive"), "$text-muted"
    match record.badge:
        case BadgeState.IN_FORCE:
            return _("✓ badge"), "$success"
        case BadgeState.VOID:
            return _("✕ void"), "$error"
        case BadgeState.NONE:
            return _("– no badge"), "$warning"


def about(record: PersonRecord, lab: Lab) -> Content:
    """All that staff know of a person."""
    person = record.person
    cohort = _("Cohort {name}").format(name=person.cohort_name) if person.cohort_name else ""
    who = [names.role(person.role), person.title, person.startup_name, cohort]
    inside = (
        _("● inside since {time}").format(time=_when(record.inside_since, lab)) if record.inside_since else ""
    )
    lines = [
        Content.styled(printable(full_name(person)), "bold"),
        Content(_joined(who)),
        Content.styled(_badge_sentence(record, lab), badge_word(record)[1]),
        Content.styled(inside or _("not inside"), "$success" if inside else "$text-muted"),
        Content.styled(_joined([record.unix_name, record.email]), "$text-muted"),
    ]
    return Content("\n").join([one for one in lines if one.plain])


def _joined(parts: list[str]) -> str:
    return " · ".join(printable(part) for part in parts if part)


def _when(instant: datetime, lab: Lab) -> str:
    return times.moment(lab.time, instant, lab.clock.now())


def _badge_sentence(record: PersonRecord, lab: Lab) -> str:
    if not record.active:
        return _("○ not let in any more: no badge is printed")
    if record.badge_since is None:
        return _("– no badge yet: the first one is made when it is printed")
    since = _when(record.badge_since, lab)
    if record.badge is BadgeState.VOID:
        return _("✕ the badge is void since {time}").format(time=since)
    return _("✓ the badge is in force since {time}").format(time=since)
