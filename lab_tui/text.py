"""Text from people: cleaned once where it enters, and again where it is shown."""

from __future__ import annotations

import unicodedata

from lab_tui.errors import BadInput

# Categories that never belong in a name or a note: controls, formats (bidi controls, zero-width
# characters), surrogates, private use, unassigned, line and paragraph separators.
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Zero-width joiners are letters in some scripts and in emoji, but only between other characters.
_JOINERS = frozenset("\u200c\u200d")
# Letters and symbols by category that draw nothing: Hangul fillers, the empty Braille pattern.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# More marks than this on one letter is not a word in any script; it is drawn over its neighbours.
_MOST_MARKS = 4


def printable(text: str) -> str:
    """`text` without anything a terminal could obey or that could turn the line around."""
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category in ("Mn", "Me"):
            marks += 1
            if marks > _MOST_MARKS or not kept:
                continue
        else:
            marks = 0
        if char in _BLANK:
            kept.append(" ")
            continue
        if category in _FORBIDDEN:
            if char in _JOINERS and kept:
                kept.append(char)
            elif char in "\t\n\r\u2028\u2029":
                kept.append(" ")
            continue
        kept.append(char)
    return "".join(kept)


def clean(text: str, *, field: str, at_most: int = 120, required: bool = True) -> str:
    """Text as the lab stores it: NFC, one line, single spaces, no controls, at most `at_most` characters.

    Raises BadInput when nothing is left of a required text, or when it is too long.
    """
    normal = " ".join(printable(unicodedata.normalize("NFC", text)).split())
    if required and not normal:
        raise BadInput(field, text, "empty")
    if len(normal) > at_most:
        raise BadInput(field, normal[:40] + "…", "too_long", at_most=at_most, length=len(normal))
    return normal


def fold(text: str) -> str:
    """Text for comparing and searching: compatibility form, case folded, marks dropped."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text).casefold().translate(_without_marks)


class _WithoutMarks(dict[int, int | None]):
    """For `str.translate`: every character as it is, but for marks; looked up once each."""

    def __missing__(self, code: int) -> int | None:
        kept = self[code] = None if unicodedata.combining(chr(code)) else code
        return kept


_without_marks = _WithoutMarks()
