"""Papers drawn for tests, one of every kind, and what a real decoder reads from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import zxingcpp
from PIL import Image

from lab_tui.codes.badge import Badge, badge_picture
from lab_tui.codes.card import Card, card_picture
from lab_tui.codes.certificate import Certificate, certificate_picture
from lab_tui.codes.fonts import FontShelf
from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.label import LABEL, Label, label_picture
from lab_tui.codes.paper import CARD, PAPERS, Look, Size
from lab_tui.codes.passcode import PassKind
from lab_tui.codes.poster import Fact, Poster, poster_picture
from lab_tui.codes.ticket import Ticket, ticket_picture
from lab_tui.errors import SystemCannot
from lab_tui.resources import asset

NO_FONTS = FontShelf(folders=(), ask_fontconfig=False)
LOOK = Look("Hong Kong AI Lab", logo=asset("logo.png"), shelf=NO_FONTS)
CODE = DEMO_KEYS.issue(PassKind.PERSON, 7)


@dataclass(frozen=True)
class Drawing:
    """A kind of paper: how it is drawn with some text in every place for a name, and its usual size."""

    draw: Callable[[str, str, Look, Size], Image.Image]
    size: Size

    def usual(self, text: str = "Mei Chan", code: str = CODE, look: Look = LOOK) -> Image.Image:
        return self.draw(text, code, look, self.size)


def _badge(text: str, code: str, look: Look, size: Size) -> Image.Image:
    badge = Badge(name=text, other_name=text, team=text, role="Member", code=code)
    return badge_picture(badge, look, size)


def _label(text: str, code: str, look: Look, size: Size) -> Image.Image:
    # A place has at most 80 characters.
    return label_picture(Label(text, text, text[:80], "Scan to check in", code), look, size)


def _ticket(text: str, code: str, look: Look, size: Size) -> Image.Image:
    return ticket_picture(Ticket("Workshop", text, "26 Nov 2026, 14:00-16:00", text, text, code), look, size)


def _poster(text: str, code: str, look: Look, size: Size) -> Image.Image:
    facts = (Fact("When", ("Thursday 26 November", "14:00-16:00")), Fact("Where", (text,)))
    poster = Poster("Workshop", text, text, text, facts, "Scan at the kiosk to sign up", code)
    return poster_picture(poster, look, size)


def _card(text: str, code: str, look: Look, _size: Size) -> Image.Image:
    return card_picture(Card("For staff", "Open the door", text, "Scan it at a kiosk.", code), look)


def certificate(text: str, look: Look = LOOK, size: Size = PAPERS["a4"]) -> Image.Image:
    said = Certificate(
        "Certificate of attendance",
        "This is to certify that",
        text,
        text,
        "took part in the workshop",
        text,
        ("26 Nov 2026, 14:00-16:00",),
        "26 Nov 2026",
        "For the lab",
    )
    return certificate_picture(said, look, size)


DRAWINGS = {
    "badge": Drawing(_badge, CARD),
    "label": Drawing(_label, LABEL),
    "ticket": Drawing(_ticket, CARD),
    "poster": Drawing(_poster, PAPERS["a4"]),
    "card": Drawing(_card, CARD),
}


def decoded(image: Image.Image) -> list[str]:
    """What zxing-cpp reads, however often it is there."""
    return [result.text for result in zxingcpp.read_barcodes(image)]


def system_font_for(text: str) -> FontShelf:
    """The fonts of this machine, if they hold the text."""
    shelf = FontShelf()
    try:
        shelf.typeface(text)
    except SystemCannot:
        pytest.skip(f"no font on this machine holds {text}")
    return shelf
