"""Codes come out whole and once, typing comes out whole and in order."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lab_tui.scanning.wedge import Code, ForeignCode, Framer, Outcome, PassOn, Repeat, WedgeSettings

ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWX"
WEDGE = WedgeSettings(prefix="LBT", length=12, alphabet=ALPHABET)
CODE = "LBT0A1B2C3D4"
ENTER = "\r"
NAMES = {"\r": "enter", "\t": "tab", "\n": "ctrl+j", "]": "right_square_bracket", " ": "space", "-": "minus"}


@dataclass(frozen=True)
class Stroke:
    char: str
    gap: float


class Desk:
    """A framer with a clock: feeds keys, and expires what is held as the app's timer does."""

    def __init__(self, *, guarded: bool = False, timer: bool = True, wedge: WedgeSettings = WEDGE) -> None:
        self.framer = Framer(wedge)
        self.guarded = guarded
        self.timer = timer
        self.now = 100.0
        self.outcomes: list[Outcome] = []
        self.worst_delay = 0.0

    def key(self, char: str, gap: float, name: str | None = None) -> Desk:
        self._pass(gap)
        self._take(self.framer.feed(name or NAMES.get(char, char), char, self.now, guarded=self.guarded))
        return self

    def type(self, text: str, gap: float) -> Desk:
        for char in text:
            self.key(char, gap)
        return self

    def rest(self, seconds: float = 1.0) -> Desk:
        self._pass(seconds)
        self._take(self.framer.expire(self.now))
        return self

    def _pass(self, seconds: float) -> None:
        until = self.now + seconds
        while self.timer and (due := self.framer.next_deadline) is not None and due <= until:
            self.now = due
            self._take(self.framer.expire(due))
        self.now = until

    def _take(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, PassOn):
                self.worst_delay = max(self.worst_delay, *(self.now - key.at for key in outcome.keys))
        self.outcomes += outcomes

    @property
    def typed(self) -> str:
        return "".join(
            key.char or "" for outcome in self.outcomes if isinstance(outcome, PassOn) for key in outcome.keys
        )

    @property
    def codes(self) -> list[str]:
        return [outcome.text for outcome in self.outcomes if isinstance(outcome, Code)]


@pytest.mark.parametrize("gap", [0, 0.001, 0.008, 0.02, 0.095])
@pytest.mark.parametrize("suffix", ["", "\r", "\t", "\n", "\r\n"])
def test_a_scan_is_one_code_at_its_last_symbol_and_nothing_else(gap: float, suffix: str) -> None:
    desk = Desk().type(CODE, gap)
    assert desk.outcomes == [Code(CODE)]
    assert desk.type(suffix, gap).rest().outcomes == [Code(CODE)]


def test_caps_lock_does_not_matter() -> None:
    assert Desk().type(CODE.lower(), 0.008).outcomes == [Code(CODE)]


def test_an_aim_prefix_is_left_out() -> None:
    assert Desk().type("]Q1" + CODE + "\r", 0.008).rest().outcomes == [Code(CODE)]
    assert Desk().type("]Qx]", 0.008).rest().typed == "]Qx]"
    assert Desk().type("]1" + CODE, 0.008).rest().typed == "]1"


def test_keys_outside_the_shape_are_not_held_at_all() -> None:
    desk = Desk().type("hello", 0)
    assert desk.typed == "hello"
    assert desk.framer.next_deadline is None


def test_a_word_that_starts_like_a_code_waits_for_the_gap_only() -> None:
    desk = Desk().key("L", 0)
    assert desk.typed == ""
    assert desk.framer.next_deadline == pytest.approx(desk.now + WEDGE.gap_seconds)
    assert desk.rest(0.099).typed == ""
    assert desk.rest(0.002).typed == "L"


def test_a_key_outside_the_shape_releases_what_is_held_in_order() -> None:
    assert Desk().type("LBTé", 0.01).typed == "LBTé"
    assert Desk().type("LBT-", 0.01).typed == "LBT-"
    assert Desk().type("LBO", 0.01).typed == "LBO"


def test_enter_after_the_gap_is_the_persons_own() -> None:
    assert Desk().type(CODE, 0.01).key(ENTER, 0.101).typed == ENTER
    assert Desk().type(CODE, 0.01).key("a", 0.01).key(ENTER, 0.01).typed == "a\r"
    assert Desk().type(CODE, 0.01).type("\r\r", 0.01).typed == "\r"


def test_a_chord_is_no_symbol() -> None:
    desk = Desk().key("l", 0, name="alt+l")
    assert desk.typed == "l"


@pytest.mark.parametrize("timer", [True, False])
def test_a_slow_code_is_typing(timer: bool) -> None:
    desk = Desk(timer=timer).type(CODE, 0.101).rest()
    assert desk.codes == []
    assert desk.typed == CODE


def test_a_code_cut_short_comes_back_as_typing_and_spoils_no_later_one() -> None:
    desk = Desk().type(CODE[:-1], 0.008).rest(0.2).type(CODE, 0.008)
    assert (desk.typed, desk.codes) == (CODE[:-1], [CODE])
    desk = Desk().type("LB", 0.008).type(CODE, 0.008)
    assert (desk.typed, desk.codes) == ("LB", [CODE])


def test_the_prefix_typed_by_hand_just_before_a_scan_stays_typing() -> None:
    desk = Desk().type("lbt", 0.09).key(CODE[0], 0.09).type(CODE[1:], 0.008)
    assert (desk.typed, desk.codes) == ("lbt", [CODE])


def test_a_scanner_that_starts_slowly_is_still_a_scanner() -> None:
    assert Desk().type(CODE[:3], 0.06).type(CODE[3:], 0.008).outcomes == [Code(CODE)]


def test_a_letter_that_only_looks_like_one_when_raised_is_no_symbol() -> None:
    assert Desk().type("LBTSSSSSSSS\u017f", 0.008).rest().codes == []
    assert Framer(WEDGE).paste("LBTSSSSSSSS\u017f", 0) is None


def test_the_same_badge_held_there_counts_once() -> None:
    desk = Desk().type(CODE, 0.008).rest(1).type(CODE, 0.008).rest(2).type(CODE, 0.008)
    assert desk.outcomes == [Code(CODE), Repeat(CODE), Repeat(CODE)]
    assert desk.rest(2.6).type(CODE, 0.008).outcomes[-1] == Code(CODE)


def test_two_badges_do_not_debounce_each_other() -> None:
    other = CODE[:-1] + "7"
    assert Desk().type(CODE + ENTER + other + ENTER + CODE, 0.008).codes == [CODE, other, CODE]


@pytest.mark.parametrize("text", [CODE, CODE + "\n", CODE + "\r\n", CODE.lower()])
def test_a_pasted_code_is_a_scan(text: str) -> None:
    desk = Desk().key("L", 0.2)
    outcomes = desk.framer.paste(text, desk.now)
    assert outcomes is not None
    assert outcomes[-1] == Code(CODE)
    assert isinstance(outcomes[0], PassOn)


@pytest.mark.parametrize("text", ["", "hello", CODE + "0", CODE[1:] + "0", CODE[:-1] + "O", f"{CODE} {CODE}"])
def test_another_pasted_text_is_no_scan(text: str) -> None:
    assert Framer(WEDGE).paste(text, 0) is None


# The guard, where no text field has focus


def test_a_foreign_code_fires_nothing_after_its_first_key() -> None:
    desk = Desk(guarded=True).type("https://example.org/?a=1\r", 0.008).rest()
    assert desk.typed == "h"
    assert desk.outcomes[-1] == ForeignCode("https://example.org/?a=1")


def test_control_characters_in_a_foreign_code_reach_nothing() -> None:
    desk = Desk(guarded=True).type("x", 0)
    for letter in "qcpzdx":
        desk.key(chr(ord(letter) & 31), 0.008, name=f"ctrl+{letter}")
    assert desk.rest().typed == "x"
    assert desk.outcomes[-1] == ForeignCode("x")


def test_a_foreign_code_that_ends_like_a_code_begins_is_swallowed_whole() -> None:
    desk = Desk(guarded=True).type("WWW.EXAMPLE.ORG/L", 0.008).rest()
    assert (desk.typed, desk.outcomes[-1]) == ("W", ForeignCode("WWW.EXAMPLE.ORG/L"))


def test_a_key_pressed_by_a_person_is_not_delayed_by_the_guard() -> None:
    desk = Desk(guarded=True).type("gdhq", 0.08).type("gd", 0.03)
    assert desk.typed == "gdhqgd"
    assert desk.worst_delay == 0


def test_two_keys_pressed_at_once_both_count() -> None:
    desk = Desk(guarded=True).type("g", 1).type("d", 0.005).rest(0.051)
    assert desk.typed == "gd"
    assert desk.worst_delay <= 0.051


def test_an_arrow_that_repeats_over_a_slow_line_is_not_a_scan() -> None:
    desk = Desk(guarded=True)
    for _ in range(20):
        desk.framer.feed("down", None, desk.now, guarded=True)
        desk.outcomes += desk.framer.feed("down", None, desk.now, guarded=True)
    assert len(desk.outcomes) == 20
    assert not any(isinstance(outcome, ForeignCode) for outcome in desk.outcomes)


def test_a_scan_with_an_escape_sequence_in_it_is_one_scan() -> None:
    desk = Desk(guarded=True).type("https://", 0.008).key("", 0.1, name="f5").type("x", 0.008).rest()
    assert desk.outcomes[1:] == [ForeignCode("https://x")]


def test_a_focus_that_comes_in_the_middle_loses_and_swaps_nothing() -> None:
    desk = Desk(guarded=True, timer=False).type("ab", 0.008)
    desk.guarded = False
    assert desk.key("c", 0.008).typed == "abc"


def test_what_follows_a_code_at_once_is_no_person() -> None:
    desk = Desk(guarded=True).type(CODE + "-abcde", 0.008).rest()
    assert desk.outcomes == [Code(CODE), ForeignCode("-abcde")]


def test_with_a_text_field_nothing_is_a_burst() -> None:
    assert Desk().type("https://example.org", 0).typed == "https://example.org"


def test_a_code_after_a_burst_is_a_code() -> None:
    desk = Desk(guarded=True).type("abcdefgh", 0.008).type(CODE, 0.008).rest()
    assert desk.outcomes[-2:] == [ForeignCode("abcdefgh"), Code(CODE)]


# Any mixture

HUMAN = st.tuples(
    st.text("LBTlbtAzo019 -é", min_size=1, max_size=6), st.sampled_from([0.08, 0.09, 0.1, 0.15])
)
SCAN = st.tuples(
    st.text(ALPHABET, min_size=9, max_size=9).map(WEDGE.prefix.__add__),
    st.sampled_from([0, 0.001, 0.008, 0.02]),
    st.sampled_from(["", "\r", "\t", "\n", "\r\n"]),
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(HUMAN | SCAN, max_size=8), st.sampled_from([0.08, 0.1, 0.3]), st.booleans(), st.booleans())
def test_typing_and_scans_in_any_mixture_are_exact(
    parts: list[tuple[str, float] | tuple[str, float, str]], pause: float, timer: bool, guarded: bool
) -> None:
    desk = Desk(timer=timer, guarded=guarded, wedge=WedgeSettings("LBT", 12, ALPHABET, debounce_seconds=0))
    # A person who types a whole code, a key every 0.08 s, is a slow scanner to anybody.
    typed_runs = "".join(part[0] if len(part) == 2 else " " for part in parts)
    assume(not re.search(rf"LBT[{ALPHABET}]{{9}}", typed_runs, re.IGNORECASE))
    for part in parts:
        text, gap = part[0] + (part[2] if len(part) == 3 else ""), part[1]
        desk.key(text[0], pause).type(text[1:], gap)
    desk.rest()
    assert desk.typed == "".join(part[0] for part in parts if len(part) == 2)
    assert desk.codes == [part[0] for part in parts if len(part) == 3]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("LBT01az]Q\r-"), st.sampled_from([0, 0.01, 0.03, 0.07, 0.2]))))
def test_no_key_is_lost_doubled_or_held_for_ever(strokes: list[tuple[str, float]]) -> None:
    desk = Desk()
    for char, gap in strokes:
        desk.key(char, gap)
    desk.rest()
    assert desk.framer.next_deadline is None
    if not desk.codes:
        assert desk.typed == "".join(char for char, _ in strokes)
