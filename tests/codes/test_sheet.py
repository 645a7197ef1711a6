"""Sheets: as many cards as fit, cut along the marks each is whole again."""

from __future__ import annotations

import pytest
from PIL import Image

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.label import LABEL
from lab_tui.codes.paper import CARD, PAPERS, QUIET_INK, Size, dots
from lab_tui.codes.passcode import PassKind
from lab_tui.codes.sheet import places, sheets
from tests.codes.drawn import DRAWINGS, decoded

A4, LETTER = PAPERS["a4"], PAPERS["letter"]
CODES = [DEMO_KEYS.issue(PassKind.PERSON, number) for number in range(12)]


@pytest.mark.parametrize(
    ("card", "paper", "count"), [(CARD, A4, 10), (CARD, LETTER, 8), (LABEL, A4, 24), (Size(200, 200), A4, 1)]
)
def test_a_sheet_holds_as_many_as_fit(card: Size, paper: Size, count: int) -> None:
    spots = places(card, paper)
    assert len(spots) == count
    for left, top in spots:
        assert 5 <= left <= paper.width - 5 - card.width
        assert 5 <= top <= paper.height - 5 - card.height


def test_cards_lie_on_sheets_in_order_and_are_read_there() -> None:
    cards = [DRAWINGS["badge"].usual(code=code) for code in CODES]
    first, second = sheets(iter(cards), CARD, A4)
    assert first.size == A4.pixels
    assert sorted(decoded(first)) == sorted(CODES[:10])
    assert sorted(decoded(second)) == sorted(CODES[10:])
    for card, (left, top) in zip(cards, places(CARD, A4), strict=False):
        x, y = dots(left), dots(top)
        assert first.crop((x, y, x + card.width, y + card.height)).tobytes() == card.tobytes()


def test_marks_stand_at_every_corner_and_in_no_card() -> None:
    blank = Image.new("RGB", CARD.pixels, "white")
    [sheet] = sheets([blank], CARD, A4)
    [(left, top), *_] = places(CARD, A4)
    x, y = dots(left), dots(top)
    assert sheet.crop((x, y, x + blank.width, y + blank.height)).tobytes() == blank.tobytes()
    for corner_x in (x, x + blank.width):
        for corner_y, out_y in ((y, -20), (y + blank.height, 20)):
            assert sheet.getpixel((corner_x, corner_y + out_y)) == QUIET_INK
    for corner_y in (y, y + blank.height):
        for corner_x, out_x in ((x, -20), (x + blank.width, 20)):
            assert sheet.getpixel((corner_x + out_x, corner_y)) == QUIET_INK


def test_cards_are_drawn_when_their_sheet_is_asked_for() -> None:
    drawn = []

    def draw() -> Image.Image:
        drawn.append(1)
        return Image.new("RGB", CARD.pixels, "white")

    coming = sheets((draw() for _ in range(25)), CARD, A4)
    next(coming)
    assert len(drawn) == 10


def test_a_card_larger_than_the_paper_is_an_error() -> None:
    with pytest.raises(ValueError, match="fits"):
        next(sheets([], Size(300, 300), A4))
