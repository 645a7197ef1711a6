"""Every refusal has its sentence, with the facts it promises and without them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lab_tui import i18n
from lab_tui.clock import LabTime
from lab_tui.errors import Reason, Remedy
from lab_tui.lab.desks import ClaimInstead
from lab_tui.lab.events import JoinWaitingList
from lab_tui.lab.gpus import BookingWish, BookInstead
from lab_tui.lab.rules import reasons
from lab_tui.lab.rules.reasons import Code
from lab_tui.wording import refusals
from lab_tui.wording.templates import fields_of

HONG_KONG = LabTime.named("Asia/Hong_Kong")
NOW = datetime(2026, 11, 22, 6, 32, tzinfo=UTC)
SAMPLES: dict[str, object] = {
    "start": datetime(2026, 11, 22, 12, tzinfo=UTC),
    "end": datetime(2026, 11, 22, 14, tzinfo=UTC),
    "until": NOW,
    "at": NOW,
    "opens": NOW,
    "ended": NOW,
    "day": date(2026, 11, 26),
    "would_have": 82.5,
    "minutes": 90,
    "limit": 80,
    "title": "Fine-tuning on a budget",
}
_LINE = re.compile(r"^    ([A-Z_]+) = \"[a-z_]+\"(?:  # (.*))?$", re.MULTILINE)


def promised_facts() -> dict[Code, tuple[str, ...]]:
    """The facts that the comment beside each code names; what is in brackets explains."""
    source = Path(str(reasons.__file__)).read_text(encoding="utf-8")
    found = {}
    for name, comment in _LINE.findall(source):
        plain = re.sub(r"\(.*?\)", "", comment)
        found[Code[name]] = tuple(word.strip() for word in plain.split(",") if word.strip())
    return found


def facts_of(code: Code) -> dict[str, object]:
    return {name: SAMPLES.get(name, f"<{name}>") for name in promised_facts()[code]}


def test_the_comments_name_every_code() -> None:
    assert set(promised_facts()) == set(Code)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("code", Code)
def test_every_code_has_a_sentence_with_its_facts_and_without(code: Code, language: str) -> None:
    i18n.use_language(language)
    full = refusals.sentence(Reason(code, facts_of(code)), HONG_KONG, NOW)
    short = refusals.sentence(Reason(code), HONG_KONG)
    for said in (full, short):
        assert said
        assert "{" not in said
        assert not said.endswith((".", "。"))


@pytest.mark.parametrize("code", Code)
def test_the_fullest_sentence_can_be_said_with_the_promised_facts(code: Code) -> None:
    facts = facts_of(code)
    spoken = set(facts) | ({"span"} if {"start", "end"} <= set(facts) else set())
    spoken |= {"length"} if "minutes" in facts else set()
    first, *_others, last = (*refusals.SENTENCES[code], refusals.SENTENCES[code][-1])
    assert fields_of(first) <= spoken
    assert fields_of(last) == frozenset()


def test_every_code_has_its_own_sentences_and_no_other_has() -> None:
    assert set(refusals.SENTENCES) == set(Code)
    fullest = [templates[0] for templates in refusals.SENTENCES.values()]
    assert len(set(fullest)) == len(fullest)


@pytest.mark.parametrize("code", [code for code in Code if "title" in promised_facts()[code]])
def test_a_title_is_said(code: Code) -> None:
    assert "Fine-tuning on a budget" in refusals.sentence(Reason(code, facts_of(code)), HONG_KONG)


def test_facts_are_said_as_people_say_them() -> None:
    taken = Reason(Code.GPU_TAKEN, {"workstation": "lantau", "gpu": 1, **_hours()})
    assert refusals.sentence(taken, HONG_KONG, NOW) == "GPU 1 of lantau is taken tonight 20:00-22:00"
    quota = Reason(Code.STARTUP_QUOTA, {"startup": "Lumen Vision", "would_have": 82.0, "limit": 80})
    assert refusals.sentence(quota, HONG_KONG) == "Lumen Vision would have 82 of 80 GPU-hours that week"
    desk = Reason(Code.DESK_TAKEN, {"desk": "W-07", "day": date(2026, 11, 22)})
    assert refusals.sentence(desk, HONG_KONG, NOW) == "Desk W-07 is taken today"
    i18n.use_language("zh_Hant")
    assert refusals.sentence(taken, HONG_KONG, NOW) == "lantau 的 GPU 1 在今晚 20:00-22:00 已被預約"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            Reason(Code.HORIZON_SHORTENED, {"days": 2, "no_shows": 3, "until": SAMPLES["start"]}),
            "Too many no-shows (3): until today 20:00 you may book at most 2 days ahead",
        ),
        (
            Reason(Code.OUTSIDE_HOURS, {"opens": "09:00", "closes": "18:00"}),
            "Bookings lie within the opening hours of one day, 09:00 to 18:00",
        ),
        (
            Reason(Code.TOO_MANY_GPUS, {"workstation": "lantau", "gpus": 4}),
            "You ask for more GPUs than lantau has (4)",
        ),
        (
            Reason(Code.MEMBERSHIP_ENDS, {"startup": "Lumen Vision", "day": date(2026, 11, 26)}),
            "The last day of Lumen Vision in the lab is Thu 26 Nov; book no further",
        ),
        (
            Reason(Code.NO_SUCH_MACHINE, {"gpus": 16, "memory": 80}),
            "No workstation has so many GPUs of at least 80 GB: 16",
        ),
        (Reason(Code.NO_SUCH_MACHINE, {"gpus": 16}), "No workstation has so many GPUs: 16"),
        (
            Reason(Code.WINDOW_TOO_SHORT, {"minutes": 2400}),
            "Between the earliest start and the latest end there is no room for 40 h",
        ),
        # Whoever has no start-up is not called by an empty name.
        (
            Reason(Code.NOT_IN_PROGRAMME, {"startup": ""}),
            "Only start-ups in the programme can do this; ask the staff",
        ),
    ],
)
def test_what_a_booking_breaks_is_said_with_its_figures(reason: Reason, said: str) -> None:
    assert refusals.sentence(reason, HONG_KONG, NOW) == said


def test_of_gpus_that_the_lab_picks_it_is_said_how_many_are_free() -> None:
    facts = {"workstation": "lantau", **_hours()}
    few, none = Reason(Code.GPU_TAKEN, {**facts, "free": 2}), Reason(Code.GPU_TAKEN, facts)
    said = refusals.sentence(few, HONG_KONG, NOW)
    assert said == "Too few GPUs of lantau are free tonight 20:00-22:00: 2"
    assert refusals.sentence(none, HONG_KONG, NOW) == "No GPU of lantau is free tonight 20:00-22:00"


def test_a_machine_that_there_is_not_is_said_with_those_that_there_are() -> None:
    near = Reason(Code.UNKNOWN_WORKSTATION, {"workstation": "kowlon", "nearest": ["kowloon"]})
    assert refusals.sentence(near, HONG_KONG) == "There is no workstation kowlon; nearest to that: kowloon"
    far = Reason(Code.UNKNOWN_WORKSTATION, {"workstation": "x", "known": ["kowloon", "lantau"]})
    assert refusals.sentence(far, HONG_KONG) == "There is no workstation x, only these: kowloon, lantau"


def test_a_quota_says_whose_and_of_which_machine() -> None:
    facts = {"would_have": 62.5, "limit": 60, "week": date(2026, 11, 23), "workstation": ""}
    mine, ours = Reason(Code.PERSON_QUOTA, facts), Reason(Code.STARTUP_QUOTA, {**facts, "startup": "Lumen"})
    assert refusals.sentence(mine, HONG_KONG) == "You would have 62.5 of 60 GPU-hours that week"
    assert refusals.sentence(ours, HONG_KONG) == "Lumen would have 62.5 of 60 GPU-hours that week"
    own = Reason(Code.PERSON_QUOTA, {**facts, "workstation": "lantau"})
    assert refusals.sentence(own, HONG_KONG) == "You would have 62.5 of 60 GPU-hours on lantau that week"


def test_a_gap_names_the_other_booking() -> None:
    gap = Reason(Code.GAP_TOO_SHORT, {"minutes": 60, **_hours()})
    assert refusals.sentence(gap, HONG_KONG, NOW) == (
        "Between two of your bookings 60 minutes stay free; another one is tonight 20:00-22:00"
    )


def test_an_outage_without_an_end_runs_until_further_notice() -> None:
    outage = {"workstation": "tai-o", "reason": "driver", "start": SAMPLES["start"], "end": None}
    said = refusals.sentence(Reason(Code.OUT_OF_SERVICE, outage), HONG_KONG, NOW)
    assert said == "tai-o is out of service from today 20:00 until further notice: driver"


def test_hostile_text_is_shown_harmless() -> None:
    hostile = Reason(Code.EVENT_FULL, {"title": "a\x1b[2J\u202eb{title}"})
    assert refusals.sentence(hostile, HONG_KONG) == '"a[2Jb{title}" is full'


def test_a_code_without_wording_is_at_least_named() -> None:
    assert refusals.sentence(Reason("brand_new"), HONG_KONG) == "Not possible: brand_new"


@pytest.mark.parametrize(
    ("remedy", "line"),
    [
        (
            BookInstead(
                BookingWish(
                    1, (0, 1), datetime(2026, 11, 22, 14, tzinfo=UTC), datetime(2026, 11, 22, 16, tzinfo=UTC)
                ),
                "kowloon",
                False,
            ),
            "kowloon  GPU 0-1  tonight 22:00-00:00",
        ),
        (ClaimInstead(7, "W-07", "West", date(2026, 11, 23)), "Desk W-07  West  tomorrow"),
        (JoinWaitingList(3, 1), "Join the waiting list, with 1 person ahead of you"),
        (JoinWaitingList(3, 4), "Join the waiting list, with 4 people ahead of you"),
    ],
)
def test_a_remedy_is_one_line(remedy: Remedy, line: str) -> None:
    assert refusals.remedy_line(remedy, HONG_KONG, NOW) == line


def test_a_remedy_that_costs_nothing_says_so() -> None:
    hours = (datetime(2026, 11, 22, 14, tzinfo=UTC), datetime(2026, 11, 22, 16, tzinfo=UTC))
    free = BookInstead(BookingWish(1, (0,), *hours), "kowloon", False, costs_quota=False)
    line = refusals.remedy_line(free, HONG_KONG, NOW)
    assert line == "kowloon  GPU 0  tonight 22:00-00:00  costs no quota"


def test_every_kind_of_remedy_has_a_line() -> None:
    offered = {kind for kind in Remedy.__subclasses__() if kind.__module__.startswith("lab_tui.lab.")}
    assert offered == {BookInstead, ClaimInstead, JoinWaitingList}


def _hours() -> dict[str, object]:
    return {"start": SAMPLES["start"], "end": SAMPLES["end"]}
