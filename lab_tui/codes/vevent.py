"""An event in so few characters that a QR code of it fits an 80x24 terminal, for a phone's calendar.

A bare VEVENT (RFC 5545) without the VCALENDAR around it, as ZXing's "Barcode Contents" describes calendar
events; no network is needed, the code holds the event itself. UID and DTSTAMP do not fit and scanners do not
ask for them: `calendar_file` has both.
"""

from __future__ import annotations

from datetime import UTC, datetime

from lab_tui.codes import qr
from lab_tui.text import printable

# 37 modules a side: with a quiet zone of 4 it is 45x23 cells in half blocks.
LARGEST_VERSION = 5
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,"})


def vevent(summary: str, starts_at: datetime, ends_at: datetime, location: str = "") -> str:
    """The event as text for `qr.half_blocks(text, dense=True)`, of version 5 at most.

    The location is left out, and the summary's end cut off, where they do not fit.
    """
    summary, location = printable(summary).strip(), printable(location).strip()
    if location and _fits(text := _text(summary, starts_at, ends_at, location)):
        return text
    while not _fits(text := _text(summary, starts_at, ends_at, "")):
        summary = summary[:-1].rstrip()
    return text


def _text(summary: str, starts_at: datetime, ends_at: datetime, location: str) -> str:
    lines = ["BEGIN:VEVENT", f"SUMMARY:{summary.translate(_ESCAPED)}"]
    lines += [f"DTSTART:{_utc(starts_at)}", f"DTEND:{_utc(ends_at)}"]
    lines += [f"LOCATION:{location.translate(_ESCAPED)}"] if location else []
    return "\n".join([*lines, "END:VEVENT"])


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _fits(text: str) -> bool:
    return qr.version(text, dense=True) <= LARGEST_VERSION
