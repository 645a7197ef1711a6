"""What people type wrong: each mistake gets its own answer, which says what to type instead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from lab_tui.clock import SystemClock
from tests.cli.conftest import Answer
from tests.cli.test_commands import days_ahead, free_machine

Book = Callable[..., Answer]


@pytest.fixture
def book(lab: Callable[..., Answer]) -> Book:
    """Book GPU 0 of a free machine for an hour, but for what is said otherwise."""
    machine, day = free_machine(lab)

    def call(**options: str) -> Answer:
        said = {"gpus": "0", "from": f"{day} 03:00", "to": f"{day} 04:00", **options}
        named = said.pop("machine", machine)
        arguments = [text for name, value in said.items() for text in (f"--{name}", value)]
        return lab("gpu", "book", named, *arguments, "--as", "Mei Chan")

    call.machine, call.day = machine, day  # type: ignore[attr-defined]
    return call


def in_zone(folder: Path, zone: str) -> None:
    (folder / "lab.toml").write_text(f'[lab]\nzone = "{zone}"\n', encoding="utf-8")


def sunday(month: int, first_day: int) -> date:
    """The next such Sunday: the first of a month from a day on."""
    year = SystemClock().now().year + 1
    start = date(year, month, first_day)
    return start + timedelta(days=6 - start.weekday())


def first_line(answer: Answer) -> str:
    return answer.err.splitlines()[0]


def test_an_unknown_machine(book: Book) -> None:
    answer = book(machine="nowhere")
    assert answer.code == 1
    assert first_line(answer).startswith(
        "✕ There is no workstation nowhere, only these: cheung-chau, kowloon, "
    )
    assert "aberdeen" not in first_line(answer)
    near = book(machine="Kowlon")
    assert first_line(near) == "✕ There is no workstation Kowlon; nearest to that: kowloon"


def test_a_retired_machine_is_not_booked_but_its_history_is_read(
    book: Book, lab: Callable[..., Answer]
) -> None:
    for refused in (
        book(machine="Aberdeen"),
        lab("gpu", "find", "--hours", "1", "--workstation", "aberdeen"),
    ):
        assert (refused.code, refused.err) == (1, "✕ Workstation aberdeen is no longer in use\n")
    week = lab("gpu", "week", "aberdeen", days_ahead(-60))
    assert (week.code, week.out.splitlines()[1]) == (0, "aberdeen is retired")
    assert lab("gpu", "week", "aberdeen", days_ahead(-60), "--json").json["workstation"]["retired"] is True
    calendar = lab("gpu", "calendar", "--workstation", "aberdeen")
    assert (calendar.code, calendar.err) == (0, "aberdeen is retired\n")
    assert calendar.out.startswith("BEGIN:VCALENDAR")
    assert "nearest to that: aberdeen" in lab("gpu", "week", "aberden").err


def test_a_time_in_the_past(book: Book) -> None:
    answer = book(**{"from": f"{days_ahead(-1)} 03:00", "to": f"{days_ahead(-1)} 04:00"})
    assert answer.code == 1
    assert first_line(answer).startswith("✕ That time has passed: ")
    assert "Possible instead:" in answer.err


def test_an_end_before_the_start(book: Book) -> None:
    day = book.day  # type: ignore[attr-defined]
    answer = book(to=f"{day} 02:00")
    assert answer.code == 1
    assert first_line(answer).startswith("✕ The end, ")
    assert " is not after the start, " in first_line(answer)
    assert "Possible instead:" in answer.err


def test_a_time_off_the_grid(book: Book) -> None:
    day = book.day  # type: ignore[attr-defined]
    answer = book(**{"from": f"{day} 03:07"})
    assert (answer.code, first_line(answer)) == (
        1,
        "✕ Bookings start and end on steps of 30 minutes  ◆ staff may allow it",
    )


def test_no_gpu_and_too_many(book: Book, lab: Callable[..., Answer]) -> None:
    machine, day = book.machine, book.day  # type: ignore[attr-defined]

    def count(number: str) -> Answer:
        times = ("--from", f"{day} 03:00", "--hours", "1")
        return lab("gpu", "book", machine, "--count", number, *times, "--as", "Mei Chan")

    many = count("99")
    assert many.code == 1
    assert first_line(many).startswith(f"✕ You ask for more GPUs than {machine} has (")
    assert [line for line in many.err.splitlines() if line.startswith("✕")] == [first_line(many)]
    none = count("0")
    assert (none.code, "0 is not in the range" in none.err) == (2, True)
    assert first_line(book(gpus="9")) == f"✕ {machine} has no GPU 9"
    assert (book(gpus="all").code, book(gpus="all").err) == (
        2,
        "--gpus: all are no numbers. Write them like 0,1.\n",
    )


@pytest.mark.parametrize("text", ["next tuesday", "tomorrow 8pm", "tonight", "morgen 20:00", "明天"])
def test_a_time_in_words(book: Book, text: str) -> None:
    answer = book(**{"from": text})
    expected = f"--from: {text} is in words. Write it in figures, like 2026-11-22 20:00.\n"
    assert (answer.code, answer.err) == (2, expected)


def test_a_day_in_words(lab: Callable[..., Answer]) -> None:
    answer = lab("gpu", "day", "next-tuesday")
    assert (answer.code, answer.err) == (
        2,
        "DAY: next-tuesday is in words. Write it in figures, like 2026-11-22.\n",
    )


def test_a_day_that_no_calendar_has(lab: Callable[..., Answer]) -> None:
    for day in ("9999-12-31", "0001-01-01"):
        answer = lab("gpu", "day", day)
        assert (answer.code, answer.err) == (2, f"DAY: {day} is too far from today for any calendar.\n")
    assert lab("gpu", "day", "2026-02-30").err == "DAY: 2026-02-30 is no day. Write it like 2026-11-22.\n"


def test_a_time_that_the_clocks_skip(book: Book, folder: Path) -> None:
    in_zone(folder, "Europe/Berlin")
    day = sunday(3, 25)
    answer = book(**{"from": f"{day} 02:30"})
    assert (answer.code, answer.err) == (
        2,
        f"--from: 02:30 does not exist on {day}: the clocks of Europe/Berlin go from 02:00 to 03:00. "
        "Choose a time before or after that.\n",
    )


def test_a_time_that_happens_twice_names_both(book: Book, folder: Path) -> None:
    in_zone(folder, "Europe/Berlin")
    day = sunday(10, 25)
    answer = book(**{"from": f"{day} 02:30"})
    assert (answer.code, answer.err) == (
        2,
        f"--from: 02:30 happens twice on {day} in Europe/Berlin. "
        f"Say which one: {day}T02:30+02:00 or {day}T02:30+01:00.\n",
    )
    # Said like that, it is a time; only so far ahead nobody books.
    answer = book(**{"from": f"{day}T02:30+02:00", "to": f"{day}T02:30+01:00"})
    assert answer.code == 1
    assert first_line(answer) == "✕ Booking opens 14 days ahead  ◆ staff may allow it"


def test_the_end_of_a_day_is_24_00(book: Book) -> None:
    day = book.day  # type: ignore[attr-defined]
    answer: Any = book(**{"from": f"{day} 23:00", "to": f"{day} 24:00"})
    assert answer.code == 0
    assert "23:00-00:00" in answer.out


def test_what_not_even_staff_may_pass_is_said_so(book: Book) -> None:
    day = days_ahead(380)
    said = {"from": f"{day} 08:00", "to": f"{day} 09:00", "override": "a fair"}
    assert first_line(book(**said)) == "✕ Your role does not allow this; ask the staff"
    ahead = book(**{name: text for name, text in said.items() if name != "override"})
    assert first_line(ahead) == "✕ Booking opens 14 days ahead, 366 where staff allow it"
    day = book.day  # type: ignore[attr-defined]
    long = book(**{"from": f"{day} 08:00", "to": f"{days_ahead(30)} 08:00"})
    assert first_line(long).endswith(" hours, 168 where staff allow it")


@pytest.mark.parametrize("text", ["tomorrow", "2026-11-28"])
def test_a_day_without_a_time(book: Book, text: str) -> None:
    answer = book(**{"from": text})
    expected = f'--from: {text} is a day without a time. Write it like "{text} 20:00".\n'
    assert (answer.code, answer.err) == (2, expected)


def test_hours_as_people_write_them(book: Book) -> None:
    day = book.day  # type: ignore[attr-defined]
    answer = book(**{"from": f"{day} 3.30", "to": f"{day} 4:00"})
    assert answer.code == 0, answer.err
    assert "03:30-04:00" in answer.out


@pytest.mark.parametrize("hours", ["nan", "inf", "-inf", "1e999"])
def test_a_length_that_is_no_number(book: Book, lab: Callable[..., Answer], hours: str) -> None:
    day = book.day  # type: ignore[attr-defined]
    for command in (
        ("gpu", "find", "--hours", hours),
        ("gpu", "book", "kowloon", "--gpus", "0", "--from", f"{day} 03:00", "--hours", hours, "--as", "1"),
    ):
        answer = lab(*command)
        assert (answer.code, f"{hours} is no number of hours." in answer.err) == (2, True)


HUGE = "9" * 30


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("gpu", "cancel", HUGE), 2),
        (("gpu", "accept", HUGE), 2),
        (("gpu", "stop-waiting", HUGE), 2),
        (("gpu", "cancel-series", HUGE), 2),
        (("gpu", "move", HUGE, "--gpus", "0"), 2),
        (("undo", HUGE), 2),
        (("audit", "list", "--before", HUGE), 2),
        (("gpu", "mine", "--as", HUGE), 1),
        (("gpu", "mine", "--as", "9" * 5000), 1),
        (("gpu", "hand-over", "1", HUGE), 1),
        (("gpu", "calendar", "--startup", HUGE), 2),
        (("gpu", "find", "--hours", "1", "--count", HUGE), 2),
        (("gpu", "find", "--hours", "1", "--memory", HUGE), 2),
        (("gpu", "find", "--hours", "1", "--from", "9999-12-31 14:00"), 2),
        (("gpu", "move", "38", "--from", "9998-12-31 23:59"), 1),
        (("gpu", "move", "38", "--from", "9999-12-31 14:00"), 2),
        (("gpu", "find", "--hours", "1", "--from", "0001-01-03 14:00"), 2),
        (("gpu", "hits", "kowloon", "--from", "9999-12-31 14:00"), 2),
    ],
)
def test_a_number_or_a_time_beyond_all_bounds(
    lab: Callable[..., Answer], arguments: tuple[str, ...], code: int
) -> None:
    answer = lab(*arguments)
    assert answer.code == code
    assert "Something went wrong" not in answer.err


def test_a_booking_that_ends_beyond_the_calendar(book: Book, lab: Callable[..., Answer]) -> None:
    start = ("--from", "9998-12-31 14:00", "--hours", "8000")
    answer = lab("gpu", "book", "kowloon", "--gpus", "0", *start, "--as", "1")
    assert (answer.code, answer.err) == (2, "--hours: 8000 is too far from today for any calendar.\n")
