"""Every layout of the host: codes typed through xkb-data's own tables come out right."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.passcode import ALPHABET, CALIBRATION_CODE, LENGTH, PREFIX, PassKind
from lab_tui.config import SCANNER_LAYOUTS
from lab_tui.scanning.layouts import LAYOUTS
from lab_tui.scanning.wedge import Calibrated, Code, Framer, Outcome, PassOn, Reading, Retract, WedgeSettings
from tests.scanning import xkb

AUTO = WedgeSettings(PREFIX, LENGTH, ALPHABET, debounce_seconds=0, calibration=CALIBRATION_CODE)
VARIANTS = {"dvorak": ("us", "dvorak")}
US = xkb.layout("us")
# Which key, and whether with Shift, a scanner presses for a character: as a US keyboard types it.
PRESSES = {char: (key, level) for key, levels in US.items() for level, char in enumerate(levels) if char}
CAPS = ("upper", "lower", "caps lock")


def typed_on(layout: str, text: str, case: str = "upper") -> str:
    """What a host with this layout gets from a scanner that types `text` as on a US keyboard.

    A dead key and a letter that it does not combine with type nothing, as in a Wayland terminal.
    """
    table = xkb.layout(*VARIANTS.get(layout, (layout,)))
    typed = ""
    dead = False
    for char in text.lower() if case == "lower" else text:
        key, level = PRESSES[char]
        came = table[key][level]
        if case == "caps lock" and len(came) == 1:
            came = _with_caps_lock(*table[key], came)
        if dead:
            dead = False
        elif came.startswith("dead "):
            dead = True
        else:
            assert len(came) == 1, (layout, char)
            typed += came
    return typed


def _with_caps_lock(plain: str, shifted: str, came: str) -> str:
    """Caps Lock turns Shift round for letters; what else is on a key it raises, if it is a letter."""
    if plain.upper() == shifted:
        return shifted if came == plain else plain
    return came.upper()


def scan(framer: Framer, text: str, at: float = 1.0, gap: float = 0.008) -> list[Outcome]:
    """Feed what arrives as keys; what comes of it."""
    out: list[Outcome] = []
    for count, char in enumerate(text):
        name = {"\r": "enter"}.get(char, char if char.isalnum() else "sign")
        out += framer.feed(name, char, at + count * gap)
    return out


def codes(count: int) -> list[str]:
    rng = random.Random(4)
    kinds = list(PassKind)
    return [DEMO_KEYS.issue(rng.choice(kinds), rng.getrandbits(64)) for _ in range(count)]


def test_xkb_data_is_read() -> None:
    assert xkb.SYMBOLS.is_dir(), "the tables come from Debian's xkb-data"
    assert xkb.layout("us")["AE02"] == ("2", "@")
    assert xkb.layout("fr")["AC10"] == ("m", "M")
    assert xkb.layout("de")["AD06"] == ("z", "Z")
    assert xkb.layout("us", "dvorak")["AB09"] == ("v", "V")


@pytest.mark.parametrize("case", CAPS)
@pytest.mark.parametrize("aim", ["", "]Q1"])
@pytest.mark.parametrize("layout", SCANNER_LAYOUTS)
def test_a_code_typed_through_the_layouts_own_table_comes_out_right(layout: str, aim: str, case: str) -> None:
    settings = AUTO
    if layout == "ch" and aim:
        # Its dead key swallows two of the three keys; a lone digit may begin a code where that is known.
        settings = WedgeSettings(PREFIX, LENGTH, ALPHABET, debounce_seconds=0, layouts=("ch", "us"))
    framer = Framer(settings)
    for number, text in enumerate(codes(200)):
        out = scan(framer, typed_on(layout, aim + text, case) + "\r", at=10 * number)
        assert not any(isinstance(one, PassOn | Retract) for one in out), (layout, text)
        [code] = out
        assert isinstance(code, Code)
        texts = [reading.text for reading in code.readings]
        genuine = DEMO_KEYS.genuine(texts)
        assert genuine is not None
        assert texts[genuine] == text


@pytest.mark.parametrize("layout", ["fr", "be", "cz", "ru", "dvorak"])
def test_a_layout_that_mangles_codes_is_named(layout: str) -> None:
    framer = Framer(AUTO)
    scan(framer, typed_on(layout, CALIBRATION_CODE) + "\r")
    [outcome] = framer.expire(10)
    assert isinstance(outcome, Calibrated)
    assert outcome.traits.layout == layout
    named = {reading_of(layout, text).layout for text in codes(50)}
    assert layout in named


def reading_of(layout: str, text: str) -> Reading:
    [code] = scan(Framer(AUTO), typed_on(layout, text) + "\r")
    assert isinstance(code, Code)
    return code.readings[DEMO_KEYS.genuine([one.text for one in code.readings]) or 0]


@pytest.mark.parametrize("layout", ["gb", "de", "ch", "tr", "it", "es", "jp"])
def test_a_layout_that_leaves_codes_alone_is_no_news(layout: str) -> None:
    assert {reading_of(layout, text).layout for text in codes(50)} == {"us"}


@pytest.mark.parametrize("layout", SCANNER_LAYOUTS)
def test_our_own_table_is_xkbs(layout: str) -> None:
    """Both levels of every key: Shift may be turned round for digits, too."""
    table = xkb.layout(*VARIANTS.get(layout, (layout,)))
    ours = LAYOUTS[layout]
    for digit, plain, shifted in zip("0123456789", ours.digits, ours.signs, strict=True):
        assert (plain, shifted) == table[PRESSES[digit][0]], (layout, digit)
    letters = [symbol for symbol in ALPHABET if symbol.isalpha()]
    for letter, lower, upper in zip(letters, ours.lower, ours.upper, strict=True):
        assert (lower, upper) == table[PRESSES[letter][0]], (layout, letter)
    assert table[PRESSES["]"][0]][0].removeprefix("dead ") in ours.bracket


def test_a_named_layout_is_tried_with_us_alone() -> None:
    french = WedgeSettings(PREFIX, LENGTH, ALPHABET, layouts=("fr", "us"))
    text = codes(1)[0]
    assert any(isinstance(one, Code) for one in scan(Framer(french), typed_on("fr", text) + "\r"))
    assert any(isinstance(one, Code) for one in scan(Framer(french), text + "\r"))
    assert not any(isinstance(one, Code) for one in scan(Framer(french), typed_on("ru", text) + "\r"))


def test_a_forged_code_is_handed_on_as_it_is_written() -> None:
    forged = codes(1)[0][:-1] + "0"
    [code] = scan(Framer(AUTO), forged + "\r")
    assert isinstance(code, Code)
    assert code.readings[0] == Reading(forged, "us")


def test_the_clean_checkout_installs_the_tables() -> None:
    assert "xkb-data" in (Path(__file__).parents[2] / ".ci" / "run").read_text()
