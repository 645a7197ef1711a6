"""Codes come out whole and once, typing comes out whole and in order."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lab_tui.scanning.traits import ScannerTraits
from lab_tui.scanning.wedge import (
    Broken,
    Calibrated,
    Code,
    ForeignCode,
    Framer,
    Outcome,
    PassOn,
    Reading,
    Repeat,
    Retract,
    WedgeSettings,
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWX"
WEDGE = WedgeSettings(prefix="LBT", length=24, alphabet=ALPHABET)
CODE = "LBT0A1B2C3D4E5F6G7H8J9K0"
OTHER = CODE[:-1] + "7"
ENTER = "\r"
NAMES = {"\r": "enter", "\t": "tab", "\n": "ctrl+j", "]": "right_square_bracket", " ": "space", "-": "minus"}


@dataclass(frozen=True)
class Stroke:
    char: str
    gap: float


class Desk:
    """A framer with a clock and a text field: feeds keys, and expires what is held as a timer does."""

    def __init__(self, *, guarded: bool = False, timer: bool = True, wedge: WedgeSettings = WEDGE) -> None:
        self.framer = Framer(wedge)
        self.guarded = guarded
        self.timer = timer
        self.now = 100.0
        self.outcomes: list[Outcome] = []
        self.field: list[str] = []
        self._delays: list[float] = []

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
                self._delays += [self.now - key.at for key in outcome.keys]
                self.field += [key.char or "" for key in outcome.keys]
            elif isinstance(outcome, Retract) and not self.guarded:
                assert 0 < outcome.count <= len(self.field)
                del self.field[-outcome.count :], self._delays[-outcome.count :]
        self.outcomes += outcomes

    @property
    def worst_delay(self) -> float:
        """Of the keys that are typing."""
        return max(self._delays, default=0.0)

    @property
    def typed(self) -> str:
        return "".join(self.field)

    @property
    def codes(self) -> list[str]:
        return [outcome.readings[0].text for outcome in self.outcomes if isinstance(outcome, Code)]

    @property
    def told(self) -> list[Outcome]:
        """What the kiosk hears of scans."""
        return [outcome for outcome in self.outcomes if not isinstance(outcome, PassOn | Retract)]


@pytest.mark.parametrize("gap", [0, 0.001, 0.008, 0.016, 0.025, 0.095])
@pytest.mark.parametrize("suffix", ["", "\r", "\t", "\n", "\r\n"])
@pytest.mark.parametrize("guarded", [False, True])
def test_a_scan_is_one_code_and_nothing_else(gap: float, suffix: str, guarded: bool) -> None:
    desk = Desk(guarded=guarded).type(CODE, gap)
    assert desk.codes == [CODE]
    desk.type(suffix, gap).rest()
    assert (desk.codes, desk.typed, len(desk.told)) == ([CODE], "", 1)


def test_caps_lock_does_not_matter() -> None:
    assert Desk().type(CODE.lower(), 0.008).codes == [CODE]
    assert Desk().type("]q1" + CODE.lower(), 0.008).codes == [CODE]


def test_a_code_in_both_cases_is_no_scan() -> None:
    assert Desk().type(CODE.capitalize(), 0.008).rest().codes == []


def test_an_aim_prefix_is_left_out() -> None:
    desk = Desk().type("]Q1" + CODE + "\r", 0.008).rest()
    assert (desk.codes, desk.typed) == ([CODE], "")
    assert Desk().type("]Qx]", 0.008).rest().typed == "]Qx]"
    assert Desk().type("]1" + CODE, 0.008).rest().typed == "]1"


def test_keys_outside_the_shape_are_not_held_at_all() -> None:
    desk = Desk().type("hepp", 0)
    assert desk.typed == "hepp"
    assert desk.framer.next_deadline is None


def test_a_typed_key_that_could_begin_a_code_waits_for_the_hold_only() -> None:
    desk = Desk().key("L", 0)
    assert desk.typed == ""
    assert desk.framer.next_deadline == pytest.approx(desk.now + WEDGE.hold_seconds)
    assert desk.rest(0.024).typed == ""
    assert desk.rest(0.002).typed == "L"


@pytest.mark.parametrize("gap", [0.045, 0.06, 0.08, 0.12, 0.3])
@pytest.mark.parametrize("word", ["lbt", "LBT0", "lbtable", "L", "LBT0A", "Lbt0a1b2c3"])
def test_nobody_who_types_waits_longer_than_the_hold(word: str, gap: float) -> None:
    desk = Desk().type(word, gap).rest()
    assert desk.typed == word
    assert desk.worst_delay <= WEDGE.hold_seconds + 1e-9


def test_a_field_gives_back_what_it_got_of_a_slow_scan() -> None:
    desk = Desk().type("ab", 0.2).type(CODE[:3], 0.06)
    desk.rest(0.055)
    assert desk.typed == "abLBT"
    desk.type(CODE[3:], 0.06)
    assert (desk.typed, desk.codes) == ("ab", [CODE])


def test_a_field_gives_back_what_it_got_as_soon_as_it_is_a_scan_for_certain() -> None:
    desk = Desk().type("ab", 0.2).type(CODE[:5], 0.025)
    assert desk.typed != "ab"
    assert desk.key(CODE[5], 0.025).typed == "ab"


@pytest.mark.parametrize("stalled_at", [1, 2, 5, 11, 20, 23])
@pytest.mark.parametrize("guarded", [False, True])
def test_a_busy_machine_that_stalls_in_a_scan_loses_nothing(stalled_at: int, guarded: bool) -> None:
    desk = Desk(guarded=guarded).type(CODE[:stalled_at], 0.008)
    desk.key(CODE[stalled_at], 0.5).type(CODE[stalled_at + 1 :], 0.008)
    assert desk.codes == [CODE]
    assert desk.rest().typed == ("L" if guarded and stalled_at == 1 else "LB" * (guarded and stalled_at == 2))


def test_a_key_outside_the_shape_releases_what_is_held_in_order() -> None:
    assert Desk().type("LBTé", 0.01).rest().typed == "LBTé"
    assert Desk().type("LBT-", 0.01).rest().typed == "LBT-"
    assert Desk().type("LBO", 0.01).rest().typed == "LBO"


def test_enter_after_a_while_is_the_persons_own() -> None:
    assert Desk().type(CODE, 0.01).key(ENTER, 0.34).typed == ""
    assert Desk().type(CODE, 0.01).key(ENTER, 0.36).typed == ENTER
    assert Desk().type(CODE, 0.01).key("a", 0.01).key(ENTER, 0.01).typed == "a\r"
    assert Desk().type(CODE, 0.01).type("\r\r", 0.01).typed == "\r"


@pytest.mark.parametrize(
    ("suffix", "left"),
    [("none", "\r\n"), ("enter", "\n"), ("tab", "\r\n"), ("line_feed", "\r\n"), ("crlf", ""), ("any", "")],
)
def test_only_the_suffix_that_is_set_is_the_scanners(suffix: str, left: str) -> None:
    desk = Desk(wedge=replace(WEDGE, suffix=suffix)).type(CODE + "\r\n", 0.008).rest()
    assert (desk.codes, desk.typed) == ([CODE], left)


def test_a_chord_is_no_symbol() -> None:
    desk = Desk().key("l", 0, name="alt+l")
    assert desk.typed == "l"


@pytest.mark.parametrize("timer", [True, False])
def test_a_slow_code_is_typing(timer: bool) -> None:
    desk = Desk(timer=timer).type(CODE, 0.101).rest()
    assert desk.codes == []
    assert desk.rest().typed == CODE


def test_a_letter_that_only_looks_like_one_when_raised_is_no_symbol() -> None:
    assert Desk().type("LBT" + 20 * "S" + "\u017f", 0.008).rest().codes == []
    assert Framer(WEDGE).paste("LBT" + 20 * "S" + "\u017f", 0) is None


def test_the_same_badge_held_there_counts_once() -> None:
    desk = Desk().type(CODE, 0.008).rest(1).type(CODE, 0.008).rest(2).type(CODE, 0.008)
    assert [type(outcome) for outcome in desk.told] == [Code, Repeat, Repeat]
    desk.rest(2.6).type(CODE, 0.008)
    assert isinstance(desk.told[-1], Code)


def test_two_badges_do_not_debounce_each_other() -> None:
    assert Desk().type(CODE + ENTER + OTHER + ENTER + CODE, 0.008).codes == [CODE, OTHER, CODE]


@pytest.mark.parametrize("text", [CODE, CODE + "\n", CODE + "\r\n", CODE.lower(), "]Q1" + CODE])
def test_a_pasted_code_is_a_scan(text: str) -> None:
    desk = Desk().key("L", 0.2)
    outcomes = desk.framer.paste(text, desk.now)
    assert outcomes is not None
    assert isinstance(outcomes[0], PassOn)
    assert isinstance(outcomes[-1], Code)
    assert outcomes[-1].readings[0] == Reading(CODE, "us")


@pytest.mark.parametrize("text", ["", "hello", CODE + "0", CODE[1:] + "0", CODE[:-1] + "O", f"{CODE} {CODE}"])
def test_another_pasted_text_is_no_scan(text: str) -> None:
    assert Framer(WEDGE).paste(text, 0) is None


# Halves, doubles, and what comes between


@pytest.mark.parametrize("gap", [0, 0.008, 0.025])
@pytest.mark.parametrize("between", ["", "\r", "\t", "\n", "\r\n"])
@pytest.mark.parametrize("guarded", [False, True])
def test_two_codes_that_run_into_one_are_two(gap: float, between: str, guarded: bool) -> None:
    desk = Desk(guarded=guarded).type(CODE + between + OTHER, gap).rest()
    assert (desk.codes, desk.typed) == ([CODE, OTHER], "")


@pytest.mark.parametrize("half", range(10, 24))
@pytest.mark.parametrize("between", ["", "\r", "\r\n", "]Q1"])
@pytest.mark.parametrize("guarded", [False, True])
def test_half_a_code_is_told_and_the_next_is_read(half: int, between: str, guarded: bool) -> None:
    desk = Desk(guarded=guarded).type(CODE[:half] + between + OTHER + "\r", 0.008).rest()
    assert (desk.codes, desk.typed) == ([OTHER], "")
    assert desk.told[0] == Broken()
    desk = Desk(guarded=guarded).type(CODE[:half], 0.008).rest(0.3).type(OTHER, 0.008).rest()
    assert (desk.told[0], desk.codes, desk.typed) == (Broken(), [OTHER], "")


@pytest.mark.parametrize("suffix", ["", "\r", "\t", "\n", "\r\n"])
def test_half_a_code_reaches_no_field_and_its_enter_neither(suffix: str) -> None:
    desk = Desk().type("ab", 0.2).type(CODE[:-1] + suffix, 0.008).rest()
    assert (desk.told, desk.typed) == ([Broken()], "ab")
    assert desk.type("cd", 0.2).typed == "abcd"


def test_what_may_have_been_typed_and_came_late_over_a_slow_line_is_not_lost() -> None:
    desk = Desk().type("LBT0A1", 0).rest()
    assert desk.typed == "LBT0A1"
    assert desk.worst_delay <= 0.040
    assert Desk().type("lbt0a1 is a number", 0).rest().typed == "lbt0a1 is a number"
    desk = Desk().type("LB", 0.008).type(CODE, 0.008)
    assert (desk.typed, desk.codes) == ("LB", [CODE])


@pytest.mark.parametrize("typed", ["l", "lb", "lbt", "LBT", "LBT0", "LBTL", "LBTLBT"])
@pytest.mark.parametrize("suffix", ["", "\r"])
@pytest.mark.parametrize("digraph", [0.09, 0.03])
def test_what_begins_like_a_code_just_before_a_scan_stays_typing(
    typed: str, suffix: str, digraph: float
) -> None:
    for gap in (0, 0.008, 0.025):
        desk = Desk().type(typed, digraph).key(CODE[0], 0.09).type(CODE[1:] + suffix, gap).rest()
        assert (desk.typed, desk.codes) == (typed, [CODE])
        assert desk.worst_delay <= WEDGE.hold_seconds + 1e-9


def test_a_code_with_the_beginning_of_one_in_it_is_one_code() -> None:
    for text in ("LBT0LBT1B2C3D4E5F6G7H8J9", "LBT0A1B2C3D4E5F6G7H8J9KL", "LBT0A1B2C3D4E5F6G7H8LBTL"):
        assert Desk().type(text + "\r", 0.008).codes == [text]
        assert Desk().type(text, 0.008).rest().codes == [text]
        desk = Desk().type(text + OTHER, 0.008).rest()
        assert (desk.codes, desk.typed) == ([text, OTHER], "")
        desk = Desk().type(text, 0.008).key("x", 0.09).rest()
        assert (desk.codes, desk.typed) == ([text], "x")


def test_who_types_in_small_letters_while_somebody_scans_loses_nothing() -> None:
    desk = Desk().type(CODE[:12], 0.008).key("e", 0.004).type(CODE[12:15], 0.008).key(" ", 0.004)
    desk.type(CODE[15:] + "\r", 0.008).rest()
    assert (desk.typed, desk.codes) == ("e ", [CODE])


def test_a_code_within_one_that_its_scanner_broke_off_keeps_their_order() -> None:
    desk = Desk().type("lbt", 0.09).type(CODE[:8], 0.008).rest().type("x", 0.3).rest()
    assert desk.typed == "lbt" + CODE[:8] + "x"


def test_a_letter_that_is_held_down_after_a_beginning_of_a_code_is_typing() -> None:
    for held in (5, 14, 34):
        desk = Desk().type("LBT", 0.1).key("T", 0.5).type("T" * held, 0.033).rest()
        assert (desk.typed, desk.told) == ("LBTT" + "T" * held, [])
        assert desk.worst_delay <= WEDGE.hold_seconds + 1e-9


def test_what_begins_a_code_in_another_layout_begins_none_in_this() -> None:
    # On a French keyboard the last symbol, 5, is a bracket, with which AIM's prefix begins on a Czech one.
    desk = Desk().type("LBTà&" + "GHJKLNP" * 2 + "BCDE(", 0.008).key("q", 0.06).rest()
    assert (desk.codes, desk.typed) == (["LBT01" + "GHJKLNP" * 2 + "BCDE5"], "q")


def test_keys_that_wait_too_long_for_a_busy_app_keep_their_order() -> None:
    desk = Desk(timer=False).type("LBT0A1", 0).key("B", 0.2).rest(0.03)
    assert desk.typed == "LBT0A1B"


def test_what_the_guard_holds_of_a_code_is_taken_back_as_well() -> None:
    desk = Desk(guarded=True, wedge=replace(WEDGE, gap_seconds=0.02)).type(CODE[:2], 0.008)
    desk.key(CODE[2], 0.03).type(CODE[3:], 0.0005).rest()
    assert (desk.codes, desk.typed, len(desk.told)) == ([CODE], "L", 1)


def test_a_foreign_code_right_after_a_code_takes_back_no_more_than_its_own() -> None:
    desk = Desk().type("ab", 0.2).rest(0.1).type(CODE + ADDRESS + "\r", 0.025).rest()
    assert (desk.codes, desk.typed, desk.told[1:]) == ([CODE], "ab", [ForeignCode(ADDRESS)])
    desk = Desk().type("ab", 0.2).rest(0.1).type(CODE, 0.048).type(ADDRESS + "\r", 0.001).rest()
    assert (desk.codes, desk.typed, desk.told[1:]) == ([CODE], "ab", [ForeignCode(ADDRESS)])


# The guard, where no text field has focus


def test_a_foreign_code_fires_nothing_after_its_first_key() -> None:
    for gap in (0, 0.008, 0.025):
        desk = Desk(guarded=True).type("https://example.org/?a=1\r", gap).rest()
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
        desk.outcomes += desk.framer.feed("down", None, desk.now, guarded=True)
    assert len(desk.outcomes) == 20
    assert desk.told == []


def test_a_letter_that_is_held_down_is_not_a_scan() -> None:
    assert Desk(guarded=True).type("j" * 20, 0.02).typed == "j" * 20


def test_a_scan_with_an_escape_sequence_in_it_is_one_scan() -> None:
    desk = Desk(guarded=True).type("https://", 0.008).key("", 0.1, name="f5").type("x", 0.008).rest()
    assert desk.outcomes[1:] == [ForeignCode("https://x")]


def test_a_focus_that_comes_in_the_middle_loses_and_swaps_nothing() -> None:
    desk = Desk(guarded=True, timer=False).type("ab", 0.008)
    desk.guarded = False
    assert desk.key("c", 0.008).typed == "abc"


def test_what_follows_a_code_at_once_is_no_person() -> None:
    desk = Desk(guarded=True).type(CODE + "-abcde", 0.008).rest()
    assert (desk.codes, desk.told[1:]) == ([CODE], [ForeignCode("-abcde")])


def test_a_code_after_a_burst_is_a_code() -> None:
    desk = Desk(guarded=True).type("abcdefgh", 0.008).type(CODE, 0.008).rest()
    assert desk.told[0] == ForeignCode("abcdefgh")
    assert desk.codes == [CODE]


# Foreign codes in a text field

ADDRESS = "https://example.org/?a=1"


@pytest.mark.parametrize("gap", [0, 0.001, 0.008, 0.025])
@pytest.mark.parametrize("suffix", ["\r", "\t", "\n", "\r\n"])
def test_a_foreign_code_in_a_text_field_is_taken_back_and_submits_nothing(gap: float, suffix: str) -> None:
    desk = Desk().type("ab", 0.2).rest(0.1).type(ADDRESS + suffix, gap).rest()
    assert (desk.typed, desk.told) == ("ab", [ForeignCode(ADDRESS)])


def test_a_contact_card_of_many_lines_is_one_foreign_code() -> None:
    desk = Desk().type("BEGIN:VCARD\rVERSION:3.0\rN:Ho\rEND:VCARD\r", 0.008).rest()
    assert (desk.typed, desk.told) == ("", [ForeignCode("BEGIN:VCARDVERSION:3.0N:HoEND:VCARD")])


def test_a_foreign_code_without_a_suffix_only_stands_in_the_field() -> None:
    desk = Desk().type(ADDRESS, 0.008).rest()
    assert (desk.typed, desk.told) == (ADDRESS, [])


@pytest.mark.parametrize("text", ["hello world", "Workshop: GPUs for all", "a line that came late"])
def test_what_is_typed_over_a_slow_line_is_typing_with_its_enter(text: str) -> None:
    assert Desk().type(text + "\r", 0).rest().typed == text + "\r"


def test_a_key_that_repeats_and_an_enter_are_a_persons() -> None:
    assert Desk().type("aaaaaaaaaaaa\r", 0.02).rest().typed == "aaaaaaaaaaaa\r"


def test_a_word_typed_at_the_speed_of_a_person_is_typing_with_its_enter() -> None:
    assert Desk().type("reinforcement\r", 0.045).rest().typed == "reinforcement\r"


# A scanner that says when it begins

STARTED = replace(WEDGE, start_key="ctrl+b")
START = ("\x02", 0.3, "ctrl+b")


@pytest.mark.parametrize("gap", [0, 0.008, 0.05])
@pytest.mark.parametrize("guarded", [False, True])
def test_all_that_follows_the_scanners_own_key_is_its_scan(gap: float, guarded: bool) -> None:
    for text in (CODE, "]Q1" + CODE, CODE.lower()):
        desk = Desk(wedge=STARTED, guarded=guarded).key(*START).type(text + "\r\n", gap).rest()
        assert (desk.codes, desk.typed, len(desk.told)) == ([CODE], "", 1)
    desk = Desk(wedge=STARTED, guarded=guarded).key(*START).type("4006381333931\r", gap).rest()
    assert (desk.told, desk.typed) == ([ForeignCode("4006381333931")], "")
    desk = Desk(wedge=STARTED, guarded=guarded).key(*START).type(CODE[:20] + "\r", gap).rest()
    assert (desk.told, desk.typed) == ([Broken()], "")
    desk = Desk(wedge=STARTED, guarded=guarded).key(*START).type(CODE[:20], gap).key(*START)
    desk.type(OTHER, gap).rest()
    assert (desk.codes, desk.typed) == ([OTHER], "")


def test_a_person_who_presses_the_scanners_key_loses_nothing() -> None:
    assert Desk(wedge=STARTED).key(*START).rest().typed == "\x02"
    assert Desk(wedge=STARTED).key(*START).type("ab", 0.2).typed == "\x02ab"
    assert Desk().key(*START).typed == "\x02"


def test_a_scanner_with_a_key_of_its_own_may_forget_it() -> None:
    assert Desk(wedge=STARTED).type(CODE + "\r", 0.008).codes == [CODE]


# Keys without end: a key that is stuck, a scanner out of its mind

LONGEST = 7_100
ENDLESS = "abcdefghijk" * 1_000


def test_keys_without_end_are_one_foreign_code_of_a_bounded_length() -> None:
    desk = Desk(guarded=True).type(ENDLESS, 0.008)
    assert (desk.typed, desk.told) == ("a", [])
    desk.rest()
    [foreign] = desk.told
    assert isinstance(foreign, ForeignCode)
    assert LONGEST <= len(foreign.text) <= LONGEST + 1
    assert foreign.text.startswith(ENDLESS[:7_000])
    assert desk.type("gd", 0.2).typed == "agd"


def test_a_code_after_keys_without_end_is_read() -> None:
    desk = Desk(guarded=True).type(ENDLESS + CODE + "\r", 0.008).rest()
    assert (desk.typed, desk.codes, len(desk.told)) == ("a", [CODE], 2)


def test_a_text_field_gives_back_no_more_than_the_longest_scan() -> None:
    desk = Desk().type(ENDLESS + "\r", 0.008).rest()
    assert Retract(LONGEST) in desk.outcomes
    assert desk.typed == ENDLESS[:-LONGEST]


def test_a_started_scan_without_an_end_is_over_after_the_longest() -> None:
    desk = Desk(wedge=STARTED).key(*START).type(ENDLESS, 0.05)
    assert desk.told == [ForeignCode(ENDLESS[:LONGEST])]
    assert desk.typed == ENDLESS[LONGEST:]


def test_a_started_scan_takes_no_longer_for_a_late_key_than_for_an_early_one() -> None:
    desk = Desk(wedge=STARTED, timer=False).key(*START)

    def seconds_a_key() -> float:
        began = time.thread_time()
        desk.type(ENDLESS[:100], 0.008)
        return (time.thread_time() - began) / 100

    desk.type(ENDLESS[:100], 0.008)
    early = min(seconds_a_key() for _ in range(5))
    desk.type(ENDLESS[:5_900], 0.008)
    assert min(seconds_a_key() for _ in range(5)) < 5 * early


# The calibration card

CARD = replace(WEDGE, calibration=OTHER)


@pytest.mark.parametrize(
    ("suffix", "name"),
    [("", "none"), ("\r", "enter"), ("\t", "tab"), ("\n", "line_feed"), ("\r\n", "crlf")],
)
def test_the_calibration_card_tells_how_a_scanner_types(suffix: str, name: str) -> None:
    desk = Desk(wedge=CARD).type(OTHER + suffix, 0.008).rest(0.4)
    assert desk.told == [Calibrated(ScannerTraits("us", name, 8.0, 8.0, caps=False))]
    assert desk.typed == ""
    desk = Desk(wedge=CARD).type(OTHER.lower() + suffix, 0.025).key("x", 0.2).rest()
    assert desk.told == [Calibrated(ScannerTraits("us", name, 25.0, 25.0, caps=True))]
    assert desk.typed == "x"


def test_a_pause_in_the_calibration_card_shows_in_the_largest_gap_only() -> None:
    desk = Desk(wedge=CARD).type(OTHER[:9], 0.016).key(OTHER[9], 0.08).type(OTHER[10:], 0.016).rest()
    assert desk.told == [Calibrated(ScannerTraits("us", "none", 80.0, 16.0, caps=False))]


def test_the_card_after_a_card_and_any_code_tell_nothing() -> None:
    desk = Desk(wedge=CARD).type(OTHER, 0.008).rest().type(OTHER, 0.008).rest().type(CODE, 0.008).rest()
    assert [type(outcome) for outcome in desk.told] == [Calibrated, Repeat, Code]


@pytest.mark.parametrize("at", [0, 1, 5, 12, 24])
def test_settings_that_change_in_the_middle_spoil_no_scan(at: int) -> None:
    desk = Desk().type(CODE[:at], 0.008)
    desk.framer.use(replace(WEDGE, suffix="none", layouts=("us",)))
    desk.type(CODE[at:] + "\r", 0.008).rest()
    assert (desk.codes, desk.typed) == ([CODE], "" if at else "\r")
    assert desk.type(OTHER + "\r", 0.008).rest().typed[-1] == "\r"
    assert desk.codes == [CODE, OTHER]


# Any mixture

HUMAN = st.tuples(
    st.text("LBTlbtAzo019 -é", min_size=1, max_size=6), st.sampled_from([0.05, 0.08, 0.09, 0.1, 0.15])
)
SCAN = st.tuples(
    st.text(ALPHABET, min_size=21, max_size=21).map(WEDGE.prefix.__add__),
    st.sampled_from([0, 0.001, 0.008, 0.016, 0.025]),
    st.sampled_from(["", "\r", "\t", "\n", "\r\n"]),
)
Mixture = list[tuple[str, float] | tuple[str, float, str]]


def mixed(desk: Desk, parts: Mixture, pause: float) -> tuple[str, list[str]]:
    """Feed people and scanners in turn; what came of it, in the field and as codes."""
    for part in parts:
        text, gap = part[0] + (part[2] if len(part) == 3 else ""), part[1]
        desk.key(text[0], pause).type(text[1:], gap)
    desk.rest()
    return desk.typed, desk.codes


def as_meant(parts: Mixture) -> tuple[str, list[str]]:
    typed = "".join(part[0] for part in parts if len(part) == 2)
    return typed, [part[0] for part in parts if len(part) == 3]


@settings(max_examples=400, deadline=None)
@given(st.lists(HUMAN | SCAN, max_size=8), st.sampled_from([0.08, 0.1, 0.3]), st.booleans(), st.booleans())
def test_typing_and_scans_in_any_mixture_are_exact(
    parts: Mixture, pause: float, timer: bool, guarded: bool
) -> None:
    # A person who types a whole code, a key every 0.08 s, is a slow scanner to anybody.
    typed_runs = "".join(part[0] if len(part) == 2 else " " for part in parts)
    assume(not re.search(rf"LBT[{ALPHABET}]{{21}}", typed_runs, re.IGNORECASE))
    desk = Desk(timer=timer, guarded=guarded, wedge=replace(WEDGE, debounce_seconds=0))
    assert mixed(desk, parts, pause) == as_meant(parts)
    if not guarded and timer:
        assert desk.worst_delay <= WEDGE.hold_seconds + 1e-9


class TimingOnly:
    """The naive framer: whatever comes faster than 30 ms a key is a scan."""

    def __init__(self) -> None:
        self.run: list[Stroke] = []
        self.typed, self.codes = "", list[str]()

    def key(self, char: str, gap: float) -> None:
        if gap >= 0.03:
            self.end()
        self.run.append(Stroke(char, gap))

    def end(self) -> None:
        text = "".join(stroke.char for stroke in self.run)
        if len(text) >= 6:
            self.codes.append(text.strip())
        else:
            self.typed += text
        self.run = []


@pytest.mark.parametrize(
    "parts",
    [
        [(CODE, 0.008, ""), (OTHER, 0.008, "")],  # joined: the pause between them is a scanner's
        [("ab", 0.02), (CODE, 0.025, "\r")],  # a fast digraph, and a scan at once
        [(CODE, 0.035, "\r")],  # a slow scanner
    ],
)
def test_control_what_timing_alone_gets_wrong(parts: Mixture) -> None:
    naive = TimingOnly()
    for part in parts:
        for char in part[0] + (part[2] if len(part) == 3 else ""):
            naive.key(char, part[1])
    naive.end()
    assert (naive.typed, naive.codes) != as_meant(parts)
    assert mixed(Desk(), parts, parts[0][1]) == as_meant(parts)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("LBT01az]Q\r-k"), st.sampled_from([0, 0.01, 0.03, 0.07, 0.2]))),
    st.booleans(),
)
def test_no_key_is_lost_doubled_or_held_for_ever(strokes: list[tuple[str, float]], timer: bool) -> None:
    desk = Desk(timer=timer)
    for char, gap in strokes:
        desk.key(char, gap)
    desk.rest()
    assert desk.framer.next_deadline is None
    if not desk.told:
        assert desk.typed == "".join(char for char, _ in strokes)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_field_is_left_as_it_was_by_whatever_comes_of_a_scan(data: st.DataObject) -> None:
    """Whole, cut short, with a key twice or one too few: what was typed before stays, nothing is added."""
    text = WEDGE.prefix + data.draw(st.text(ALPHABET, min_size=21, max_size=21))
    first, last = sorted(data.draw(st.tuples(st.integers(12, 24), st.integers(12, 24))))
    text = text[:first] + text[last:] if data.draw(st.booleans()) else text[:last] + text[first:]
    gap, suffix = (
        data.draw(st.sampled_from([0, 0.008, 0.025])),
        data.draw(st.sampled_from(["", "\r", "\r\n"])),
    )
    desk = Desk().type("ab", 0.2).rest(0.1).type(text[:24] + suffix, gap).rest()
    assert desk.typed == "ab"
    assert len(desk.told) == 1
