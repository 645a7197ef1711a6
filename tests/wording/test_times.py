"""Times and days as people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from lab_tui import i18n
from lab_tui.clock import LabTime
from lab_tui.wording import figures, times

HONG_KONG = LabTime.named("Asia/Hong_Kong")
# Sunday 22 November 2026, 14:32 in Hong Kong.
NOW = datetime(2026, 11, 22, 6, 32, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An hour of a day of November 2026 in Hong Kong."""
    return datetime(2026, 11, day, hour, minute, tzinfo=HONG_KONG.zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "english", "traditional"),
    [
        (at(22, 15), at(22, 17), "today 15:00-17:00", "今日 15:00-17:00"),
        (at(22, 20), at(22, 22), "tonight 20:00-22:00", "今晚 20:00-22:00"),
        (at(22, 20), at(23, 2), "tonight 20:00-02:00", "今晚 20:00-02:00"),
        (at(22, 22), at(23, 0), "tonight 22:00-00:00", "今晚 22:00-00:00"),
        (at(23, 9), at(23, 11), "tomorrow 09:00-11:00", "明日 09:00-11:00"),
        (at(26, 9), at(26, 11), "Thu 26 Nov 09:00-11:00", "11月26日 週四 09:00-11:00"),
        (at(22, 9), at(23, 9), "today 09:00 - tomorrow 09:00", "今日 09:00 - 明日 09:00"),
        (at(22, 9), at(23, 18), "today 09:00 - tomorrow 18:00", "今日 09:00 - 明日 18:00"),
        (
            at(26, 20),
            at(28, 2),
            "Thu 26 Nov 20:00 - Sat 28 Nov 02:00",
            "11月26日 週四 20:00 - 11月28日 週六 02:00",
        ),
    ],
)
def test_a_span_names_the_day_once_unless_it_needs_two(
    start: datetime, end: datetime, english: str, traditional: str
) -> None:
    assert times.span(HONG_KONG, start, end, NOW) == english
    i18n.use_language("zh_Hant")
    assert times.span(HONG_KONG, start, end, NOW) == traditional


def test_without_now_a_span_always_has_its_date() -> None:
    assert times.span(HONG_KONG, at(22, 20), at(22, 22)) == "Sun 22 Nov 20:00-22:00"


def test_a_date_has_its_year_where_that_is_another_one() -> None:
    assert times.span(HONG_KONG, at(22, 20), at(22, 22), NOW, dated=True) == "Sun 22 Nov 20:00-22:00"
    assert times.moment(HONG_KONG, at(22, 20), NOW, dated=True) == "Sun 22 Nov 20:00"
    later = NOW.replace(year=2025)
    assert times.span(HONG_KONG, at(22, 20), at(22, 22), later, dated=True) == "22 Nov 2026 20:00-22:00"
    both = times.span(HONG_KONG, at(26, 20), at(28, 2), later, dated=True)
    assert both == "26 Nov 2026 20:00 - 28 Nov 2026 02:00"


def test_of_an_hour_that_there_is_twice_it_is_said_which() -> None:
    berlin, first = LabTime.named("Europe/Berlin"), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    hour = timedelta(hours=1)
    assert times.span(berlin, first, first + hour) == "Sun 25 Oct 02:30 CEST-02:30 CET"
    assert times.hours(berlin, first - hour, first) == "01:30-02:30 CEST"
    assert times.hours(berlin, first + 2 * hour, first + 3 * hour) == "03:30-04:30"
    assert times.moment(berlin, first + hour) == "Sun 25 Oct 02:30 CET"
    # Nor is an hour that is skipped said in another way.
    spring = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert times.hours(berlin, spring, spring + hour) == "01:30-03:30"


def test_the_lab_s_zone_decides_the_day() -> None:
    new_york = LabTime.named("America/New_York")
    assert times.moment(new_york, datetime(2026, 11, 22, 3, tzinfo=UTC)) == "Sat 21 Nov 22:00"
    assert times.clock_time(new_york, datetime(2026, 7, 1, 3, tzinfo=UTC)) == "23:00"


def test_days_near_today_have_names_and_others_a_date() -> None:
    said = [times.day_name(TODAY + timedelta(days=ahead), TODAY) for ahead in (-2, -1, 0, 1, 2, 40)]
    assert said == ["Fri 20 Nov", "yesterday", "today", "tomorrow", "Tue 24 Nov", "1 Jan 2027"]


def test_a_long_day_reads_in_each_language_s_order() -> None:
    said = {}
    for language in i18n.LANGUAGES:
        i18n.use_language(language)
        said[language] = times.day_long(TODAY)
    assert said == {"en": "Sunday 22 November", "zh_Hant": "11月22日 星期日", "zh_Hans": "11月22日 星期日"}


def test_every_weekday_and_month_is_its_own() -> None:
    for language in i18n.LANGUAGES:
        i18n.use_language(language)
        days = {times.day_long(TODAY + timedelta(days=ahead)) for ahead in range(365)}
        assert len(days) == 365
        assert len({times.weekday(TODAY + timedelta(days=ahead)) for ahead in range(7)}) == 7


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (90, "1 h 30 min"), (1440, "24 h")]
)
def test_a_duration(minutes: int, said: str) -> None:
    assert times.duration(minutes) == said


def test_a_countdown_keeps_two_digits_of_seconds() -> None:
    assert [times.countdown(seconds) for seconds in (57, 60, 5, 0)] == ["0:57", "1:00", "0:05", "0:00"]


@pytest.mark.parametrize(("value", "said"), [(82.0, "82"), (34.5, "34.5"), (10, "10"), (0.25, "0.2")])
def test_a_number_has_at_most_one_decimal(value: float, said: str) -> None:
    assert figures.number(value) == said


@pytest.mark.parametrize(
    ("numbers", "said"), [((0,), "GPU 0"), ((0, 1), "GPU 0-1"), ((3, 0, 1, 2, 5), "GPU 0-3, 5"), ((), "GPU ")]
)
def test_gpus_are_drawn_together(numbers: tuple[int, ...], said: str) -> None:
    assert figures.gpus(numbers) == said
