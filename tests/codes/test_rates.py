"""How often a paper is read that a camera sees badly, and a code on a screen in any cell size."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
import zxingcpp
from PIL import Image

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.passcode import PassKind
from tests.codes.camera import HARMS, rates
from tests.codes.drawn import DRAWINGS

LONG = os.environ.get("LAB_TUI_LONG") == "1"
MODULES = 25


def read(frame: Image.Image) -> list[str]:
    """What the kiosk's camera looks for: QR codes. Among other kinds, a Micro QR is seen in bare noise."""
    return [found.text for found in zxingcpp.read_barcodes(frame, formats=zxingcpp.QRCodeModel2)]


def codes(count: int) -> Iterator[str]:
    rng = random.Random(2026)
    kinds = list(PassKind)
    return (DEMO_KEYS.issue(kinds[number % len(kinds)], rng.getrandbits(64)) for number in range(count))


def drawn(kind: str, count: int) -> Iterator[tuple[str, Image.Image, float]]:
    """Papers of a kind, each with a code of its own."""
    for code in codes(count):
        paper = DRAWINGS[kind].usual(code=code)
        [found] = zxingcpp.read_barcodes(paper)
        yield code, paper, (found.position.top_right.x - found.position.top_left.x) / MODULES


def test_badges_are_read_through_a_bad_camera() -> None:
    found = rates(drawn("badge", 12), 6, read)
    assert sum(rate.wrong for rate in found.values()) == 0
    for name in HARMS:
        assert found[name].share >= (0.6 if name == "all together" else 0.9), (name, found[name].missed)


def test_the_rates_tell_a_bad_picture_from_a_good_one() -> None:
    """The control: too far away, nothing is read."""
    found = rates(drawn("badge", 3), 1, read)
    assert found["none"].right == found["all together"].right == 0


@pytest.mark.long
@pytest.mark.skipif(not LONG, reason="some thousands of pictures: make long")
def test_the_rates_of_every_paper(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{'':<10}{'px a module':<12}" + "".join(f"{name:>24}" for name in HARMS))
        for kind in DRAWINGS:
            for module_px in (8, 6, 5, 4) if kind == "badge" else (6,):
                found = rates(drawn(kind, 200 if kind == "badge" else 100), module_px, read)
                shares = "".join(f"{rate.share:>23.1%} " for rate in found.values())
                print(f"{kind:<10}{module_px:<12}{shares}", flush=True)
                assert sum(rate.wrong for rate in found.values()) == 0
                if module_px >= 6:
                    assert min(rate.share for name, rate in found.items() if name != "all together") >= 0.9
