"""What the door says of a scan."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lab_tui import i18n
from lab_tui.clock import LabTime
from lab_tui.lab.checkins import Outcome, ScanResult, Verdict
from lab_tui.wording import verdicts

HONG_KONG = LabTime.named("Asia/Hong_Kong")
NOW = datetime(2026, 11, 22, 6, 32, tzinfo=UTC)


def full(verdict: Verdict) -> ScanResult:
    return ScanResult(
        verdict,
        Outcome.GOOD,
        person_id=1,
        person_name="Mei Chan",
        other_name="陳美",
        startup_name="Lumen Vision",
        event_title="Fine-tuning on a budget",
        place="Seminar room",
        instant=NOW,
    )


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_word_a_sentence_and_a_next_step(verdict: Verdict, language: str) -> None:
    i18n.use_language(language)
    for result in (full(verdict), ScanResult(verdict, Outcome.BAD)):
        said = [verdicts.detail(result, HONG_KONG, NOW), verdicts.next_step(result, HONG_KONG, NOW)]
        assert all(said)
        assert not any("{" in one for one in said)
    assert verdicts.word(verdict)


@pytest.mark.parametrize("verdict", Verdict)
def test_words_are_short_enough_for_big_letters(verdict: Verdict) -> None:
    assert len(verdicts.word(verdict).split()) <= 2
    assert verdicts.word(verdict).isupper()
    assert len(verdicts.word(verdict)) <= 12
    for language in ("zh_Hant", "zh_Hans"):
        i18n.use_language(language)
        assert len(verdicts.word(verdict)) <= 4


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_two_verdicts_look_the_same(language: str) -> None:
    i18n.use_language(language)
    assert len({verdicts.word(verdict) for verdict in Verdict}) == len(Verdict)


def test_each_outcome_has_its_own_shape() -> None:
    assert [verdicts.shape(outcome) for outcome in (Outcome.GOOD, Outcome.ATTENTION, Outcome.BAD)] == [
        "✓",
        "!",
        "✕",
    ]


def test_the_sentence_names_person_event_and_time() -> None:
    early = full(Verdict.TOO_EARLY)
    assert verdicts.detail(early, HONG_KONG, NOW) == 'Check-in to "Fine-tuning on a budget" opens today 14:32'
    assert verdicts.next_step(early, HONG_KONG, NOW) == "Scan again today 14:32"
    there = full(Verdict.CHECKED_IN)
    assert verdicts.detail(there, HONG_KONG, NOW) == 'Mei Chan is checked in to "Fine-tuning on a budget"'
    assert verdicts.next_step(there, HONG_KONG, NOW) == "Go to Seminar room"
