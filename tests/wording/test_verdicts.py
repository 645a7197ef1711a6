"""What the door says of a scan."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lab_tui import i18n
from lab_tui.clock import LabTime
from lab_tui.codes.passcode import LABELS, PassKind
from lab_tui.lab.checkins import ForeignKind, LabelView, Outcome, ScanResult, Verdict
from lab_tui.lab.labels import Command
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


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("foreign", ForeignKind)
def test_every_foreign_code_is_named_with_a_next_step(foreign: ForeignKind, language: str) -> None:
    i18n.use_language(language)
    result = ScanResult(Verdict.NOT_OURS, Outcome.BAD, foreign=foreign)
    said = (verdicts.detail(result, HONG_KONG, NOW), verdicts.next_step(result, HONG_KONG, NOW))
    assert all(said)
    assert not any(one.endswith((".", "。")) or "{" in one for one in said)


def test_foreign_codes_are_named_apart() -> None:
    named = {
        verdicts.detail(ScanResult(Verdict.NOT_OURS, Outcome.BAD, foreign=kind), HONG_KONG, NOW)
        for kind in ForeignKind
    }
    assert len(named) == len(ForeignKind)


def label(kind: PassKind, command: str = "", title: str = "W-07", place: str = "West") -> LabelView:
    return LabelView(1, kind, 1, command, title, place, NOW, None)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("kind", sorted(LABELS))
def test_a_label_is_said_with_all_its_facts_and_with_none(kind: PassKind, language: str) -> None:
    i18n.use_language(language)
    for view in (label(kind, "open_door"), LabelView(1, kind, None, "", "", "", None, None)):
        for verdict in (Verdict(kind.value), Verdict.NO_PASS, Verdict.REVOKED):
            for replaced in (False, True):
                result = ScanResult(
                    verdict,
                    Outcome.BAD,
                    place=view.place,
                    instant=view.starts_at,
                    label=view,
                    replaced=replaced,
                )
                for said in (
                    verdicts.detail(result, HONG_KONG, NOW),
                    verdicts.next_step(result, HONG_KONG, NOW),
                ):
                    assert said
                    assert "{" not in said


def test_a_label_may_be_called_as_it_likes() -> None:
    result = ScanResult(Verdict.DESK, Outcome.ATTENTION, label=label(PassKind.DESK, title="\x1b[31m{place}"))
    assert verdicts.detail(result, HONG_KONG, NOW) == "This is desk [31m{place}"


@pytest.mark.parametrize("command", Command)
def test_every_command_is_called_by_what_it_does(command: Command) -> None:
    assert verdicts.command(command)
    assert verdicts.command("format_disk") == ""
