"""Every notice has its sentence, with the facts it promises and without them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab_tui import i18n
from lab_tui.clock import LabTime
from lab_tui.lab import notices as kinds
from lab_tui.lab.notices import NoticeKind, NoticeView
from lab_tui.wording import notices
from lab_tui.wording.templates import fields_of

HONG_KONG = LabTime.named("Asia/Hong_Kong")
NOW = datetime(2026, 11, 22, 6, 32, tzinfo=UTC)
FACTS: dict[str, object] = {
    "workstation": "lantau",
    "start": datetime(2026, 11, 22, 12, tzinfo=UTC),
    "end": datetime(2026, 11, 22, 14, tzinfo=UTC),
    "reason": "Fan broken",
    "blocked_from": datetime(2026, 11, 22, 11, tzinfo=UTC),
    "blocked_until": datetime(2026, 11, 22, 13, tzinfo=UTC),
    "was_workstation": "kowloon",
    "was_start": datetime(2026, 11, 22, 9, tzinfo=UTC),
    "stays_until": datetime(2026, 11, 22, 10, tzinfo=UTC),
    "until": datetime(2026, 11, 22, 8, tzinfo=UTC),
    "count": 3,
    "days": 14,
    "by": "Mei",
}
FULL = {
    "outage_hit": "lantau is out of service tonight 19:00-21:00: Fan broken. "
    "It hits your booking tonight 20:00-22:00.",
    "closure_hit": "The lab is closed tonight 19:00-21:00: Fan broken. "
    "It hits your booking of lantau tonight 20:00-22:00.",
    "relocated": "Your booking of kowloon stays today 17:00-18:00; "
    "it goes on on lantau tonight 20:00-22:00: Fan broken.",
    "given_back": "Your booking of lantau tonight 20:00-22:00 was given back: "
    "your time in the lab is over by then.",
    "offer_made": "lantau is free for you tonight 20:00-22:00. It is held for you until today 16:00.",
    "offer_lapsed": "lantau tonight 20:00-22:00 was held for you; "
    "nobody accepted it in time, so it was passed on.",
    "offer_taken_back": "lantau tonight 20:00-22:00 was held for you, but it cannot be used then any more. "
    "You still wait, and are told when something else is free.",
    "no_show": "Nobody checked in to your booking of lantau today 20:00, so it was released. "
    "It counts: 3 no-shows in 14 days.",
    "handed_over": "Mei handed you a booking: lantau tonight 20:00-22:00.",
}
_LINE = re.compile(r"^    [A-Z_]+ = \"([a-z_]+)\"  # (.*)$", re.MULTILINE)


def promised_facts() -> dict[str, tuple[str, ...]]:
    """The facts that the comment beside each kind names."""
    source = Path(str(kinds.__file__)).read_text(encoding="utf-8")
    return {kind: tuple(comment.split(", ")) for kind, comment in _LINE.findall(source)}


def said(kind: NoticeKind, facts: dict[str, object]) -> str:
    return notices.sentence(NoticeView(1, kind, facts, NOW), HONG_KONG, NOW)


@pytest.mark.parametrize("kind", NoticeKind)
def test_the_promised_facts_are_enough_for_the_fullest_sentence(kind: NoticeKind) -> None:
    facts = {name: FACTS[name] for name in promised_facts()[kind]}
    assert said(kind, facts) == FULL[kind]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_can_be_said_without_facts(kind: NoticeKind, language: str) -> None:
    i18n.use_language(language)
    sentence = said(kind, {})
    assert sentence.endswith((".", "。"))
    assert "{" not in sentence
    assert fields_of(notices.SENTENCES[kind][-1]) == frozenset()


def test_a_booking_of_which_nothing_stays_was_moved() -> None:
    facts = {name: FACTS[name] for name in promised_facts()["relocated"]} | {"stays_until": None}
    moved = "Your booking of kowloon today 17:00 was moved to lantau tonight 20:00-22:00: Fan broken."
    assert said(NoticeKind.RELOCATED, facts) == moved


def test_an_outage_until_further_notice_says_so() -> None:
    facts = {**FACTS, "blocked_until": None}
    assert said(NoticeKind.OUTAGE_HIT, facts) == (
        "lantau is out of service from today 19:00 until further notice: Fan broken. "
        "It hits your booking tonight 20:00-22:00."
    )


def test_one_no_show_is_one() -> None:
    assert said(NoticeKind.NO_SHOW, {**FACTS, "count": 1}).endswith("It counts: 1 no-show in 14 days.")


def test_what_people_wrote_cannot_obey_the_terminal() -> None:
    assert "\x1b" not in said(NoticeKind.OUTAGE_HIT, {**FACTS, "reason": "\x1b]0;fan\x07 [b]"})
