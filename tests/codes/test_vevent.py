"""Events for calendars: one in a QR code that a phone reads from the screen, many in a file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from lab_tui.codes import qr
from lab_tui.codes.calendar_file import CalendarEvent, calendar_file
from lab_tui.codes.vevent import LARGEST_VERSION, vevent
from tests.codes.test_qr import decoded, screenshot, surrounded

EIGHT = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEN = EIGHT + timedelta(hours=2)
HOSTILE = "Bobby; DTEND:19700101, \\n\r\nEND:VEVENT\r\nBEGIN:VALARM\x1b[2J\u202e"


def parsed(text: str) -> Event:
    """The event of a QR code, as a calendar program reads it."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:phone", *text.split("\n"), "END:VCALENDAR"]
    [event] = Calendar.from_ical("\r\n".join(lines)).walk("VEVENT")
    assert isinstance(event, Event)
    return event


def test_a_booking_is_read_from_the_screen_into_a_phone_s_calendar() -> None:
    text = vevent("kowloon GPU 0-1", EIGHT, TEN, "Rack A")
    lines = qr.half_blocks(text, dense=True)
    assert (len(lines), len(lines[0])) == (23, 45)
    [read] = decoded(surrounded(screenshot(lines), "#1e1e2e"))
    event = parsed(read)
    assert event["SUMMARY"] == "kowloon GPU 0-1"
    assert (event.start, event.end) == (EIGHT, TEN)
    assert event["LOCATION"] == "Rack A"


def test_times_are_in_utc_whatever_zone_they_came_in() -> None:
    in_hong_kong = EIGHT.astimezone(datetime.fromisoformat("2026-01-01T00:00+08:00").tzinfo)
    assert "\nDTSTART:20261122T120000Z\n" in vevent("kowloon", in_hong_kong, TEN)


def test_a_place_that_does_not_fit_is_left_out() -> None:
    text = vevent("kowloon GPU 0-1", EIGHT, TEN, "In the machine room behind the pantry, rack 12")
    assert "LOCATION" not in text
    assert parsed(text)["SUMMARY"] == "kowloon GPU 0-1"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=40), st.sampled_from([1, 16, 168]))
def test_whatever_is_booked_fits_an_80x24_terminal(summary: str, place: str, hours: int) -> None:
    text = vevent(summary, EIGHT, EIGHT + timedelta(hours=hours), place)
    assert len(qr.matrix(text, dense=True)) <= 17 + 4 * LARGEST_VERSION
    assert len(qr.half_blocks(text, dense=True)) <= 23
    assert parsed(text).start == EIGHT


@pytest.mark.parametrize("summary", ["kowloon GPU 0-7", "九龍 GPU 0-1 訓練" * 4, "A" * 80, HOSTILE])
def test_every_drawing_is_read_again_to_the_letter(summary: str) -> None:
    text = vevent(summary, EIGHT, TEN)
    assert decoded(qr.picture(text, module_px=4, dense=True)) == [text]


def test_a_hostile_name_stays_a_name() -> None:
    event = parsed(vevent(HOSTILE, EIGHT, TEN, "a,b;c"))
    assert event.end == TEN
    assert event["SUMMARY"].startswith("Bobby; DTEND:19700101, \\n")
    assert "\x1b" not in event["SUMMARY"]


def event_of(**change: object) -> CalendarEvent:
    plain = {
        "uid": "gpu-7-abc@lab-tui",
        "sequence": 2,
        "starts_at": EIGHT,
        "ends_at": TEN,
        "cancelled": False,
        "summary": "kowloon GPU 0-1",
        "location": "Rack A",
        "description": "CUDA_VISIBLE_DEVICES=0,1\nBooking 7",
        "created_at": EIGHT - timedelta(days=1),
        "changed_at": EIGHT - timedelta(hours=1),
    }
    return CalendarEvent(**{**plain, **change})  # type: ignore[arg-type]


def test_a_file_says_everything_a_calendar_program_asks_for() -> None:
    written = calendar_file("Mei Chan", [event_of()], EIGHT)
    calendar = Calendar.from_ical(written)
    assert (calendar["METHOD"], calendar["VERSION"], calendar["X-WR-CALNAME"]) == (
        "PUBLISH",
        "2.0",
        "Mei Chan",
    )
    [event] = calendar.walk("VEVENT")
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("gpu-7-abc@lab-tui", 2, "CONFIRMED")
    assert (event.start, event.end, event.DTSTAMP) == (EIGHT, TEN, EIGHT)
    assert event["LAST-MODIFIED"].dt == EIGHT - timedelta(hours=1)
    assert event["DESCRIPTION"] == "CUDA_VISIBLE_DEVICES=0,1\nBooking 7"
    assert b"DTSTART:20261122T120000Z\r\n" in written


def test_what_was_called_off_says_so() -> None:
    [event] = Calendar.from_ical(calendar_file("x", [event_of(cancelled=True)], EIGHT)).walk("VEVENT")
    assert event["STATUS"] == "CANCELLED"


def test_names_cannot_break_out_of_their_line() -> None:
    hostile = event_of(summary=HOSTILE, location=HOSTILE, description=HOSTILE * 5)
    written = calendar_file(HOSTILE, [hostile], EIGHT)
    assert max(len(line) for line in written.split(b"\r\n")) <= 75
    assert b"\x1b" not in written
    assert written.count(b"\r\nEND:VEVENT") == 1
    [event] = Calendar.from_ical(written).walk("VEVENT")
    assert not event.subcomponents
    assert event.end == TEN
    assert event["SUMMARY"].startswith("Bobby; DTEND:19700101, ")


def test_an_empty_calendar_is_one_too() -> None:
    assert Calendar.from_ical(calendar_file("Mei Chan", [], EIGHT)).walk("VEVENT") == []
