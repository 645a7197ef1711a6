"""Pass codes: what is issued is read, and nothing else is."""

from __future__ import annotations

import ast
import hashlib
import hmac
import inspect
import random
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.passcode import (
    ALPHABET,
    CALIBRATION_CODE,
    LENGTH,
    PREFIX,
    CodeProblem,
    CodeRejected,
    KeyRing,
    PassCode,
    PassKind,
    new_pass_id,
)

KEY = bytes(range(32))
PEPPER = bytes(reversed(range(32)))
RING = KeyRing({1: KEY}, PEPPER)
CODE = RING.issue(PassKind.TICKET, 0x0123456789ABCDEF)
VECTORS = [
    (PassKind.PERSON, 1, "VXL1P10000000000002U3M3SRVPAARHV8LTWG5"),
    (PassKind.TICKET, 0x0123456789ABCDEF, "VXL1T104HLARU9MF6WWXNDGGJ8TD5TH91HKSNL"),
    (PassKind.DESK, 2, "VXL1D10000000000005SRWEH3WGFE4NU7SNH84"),
    (PassKind.WORKSTATION, 0xFEDCBA9876543210, "VXL1W1XTEBM63NAGR107R0G8V2SGQTSMG6JU4D"),
    (PassKind.EVENT, 0xFFFFFFFFFFFFFFFF, "VXL1E1XXXXXXXXXXXXXWTX7R9V7QBKPKRPGMK3"),
    (PassKind.COMMAND, 0x8000000000000000, "VXL1C1G000000000000X0DDRVF1VFDSC1LD3TF"),
]
MOVED_BY_NO_LAYOUT = set("BCDEFGHIJKLNOPRSTUVX")

pass_ids = st.integers(min_value=0, max_value=2**64 - 1)
kinds = st.sampled_from(PassKind)


def problem_of(text: str, ring: KeyRing = RING) -> CodeProblem:
    with pytest.raises(CodeRejected) as refusal:
        ring.read(text)
    return refusal.value.problem


def by_the_book(kind: PassKind, number: int, key: bytes, pass_id: int) -> str:
    """The format once more, from its description alone: one large number, its symbols from the left."""
    head = "VXL1" + kind.value[0].upper() + "0123456789ABCDEFGHJKLMNPQRSTUVWX"[number]
    id_bytes = bytes((pass_id >> shift) & 0xFF for shift in range(56, -8, -8))
    mac_key = hmac.new(key, b"lab-tui pass code", hashlib.sha256).digest()
    mac = hmac.new(mac_key, head.encode("ascii") + id_bytes, hashlib.sha256).digest()[:12]
    number_of_all = int.from_bytes(id_bytes + mac, "big")
    symbols = []
    for _ in range(32):
        number_of_all, last = divmod(number_of_all, 32)
        symbols.append("0123456789ABCDEFGHJKLMNPQRSTUVWX"[last])
    return head + "".join(reversed(symbols))


@given(kinds, pass_ids, st.binary(min_size=32, max_size=32), st.integers(min_value=1, max_value=31))
def test_the_format_can_be_written_from_its_description(
    kind: PassKind, pass_id: int, key: bytes, number: int
) -> None:
    code = by_the_book(kind, number, key, pass_id)
    ring = KeyRing({number: key}, PEPPER)
    assert ring.issue(kind, pass_id) == code
    assert ring.read(code) == PassCode(kind, number, pass_id)


@pytest.mark.parametrize(("kind", "pass_id", "code"), VECTORS)
def test_the_vectors_of_the_format(kind: PassKind, pass_id: int, code: str) -> None:
    assert RING.issue(kind, pass_id) == code
    assert RING.read(code) == PassCode(kind, 1, pass_id)


def test_the_documented_vectors_are_these() -> None:
    documentation = sys.modules[PassCode.__module__].__doc__ or ""
    documented = re.findall(
        r"    (\w+)(?:, id 0x([0-9A-F]{16}))? +(VXL1\w{34})$", documentation, re.MULTILINE
    )
    assert documented == [
        *((kind.value, f"{pass_id:016X}", code) for kind, pass_id, code in VECTORS),
        ("calibration", "", CALIBRATION_CODE),
    ]
    assert {kind for kind, _, _ in VECTORS} == set(PassKind)


def test_the_calibration_card_is_known_and_opens_nothing() -> None:
    assert CALIBRATION_CODE == "VXL1K0" + ALPHABET
    for ring in (RING, DEMO_KEYS):
        assert problem_of(CALIBRATION_CODE, ring) is CodeProblem.CALIBRATION
    assert problem_of("VXL1K0" + ALPHABET[::-1]) is CodeProblem.MALFORMED


def test_macs_are_compared_in_constant_time() -> None:
    """`==` stops at the first byte that differs, and so tells how many are right."""
    tree = ast.parse(inspect.getsource(KeyRing.read).replace("    def", "def", 1).replace("\n    ", "\n"))
    compared = [node for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    named = {name.id for node in compared for name in ast.walk(node) if isinstance(name, ast.Name)}
    assert not named & {"body", "id_bytes", "_mac"}
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert "hmac.compare_digest" in calls


@given(kinds, pass_ids, st.binary(min_size=32, max_size=32), st.integers(min_value=1, max_value=31))
def test_what_is_issued_is_read(kind: PassKind, pass_id: int, key: bytes, number: int) -> None:
    ring = KeyRing({number: key}, PEPPER)
    code = ring.issue(kind, pass_id)
    assert len(code) == LENGTH
    assert code.startswith(PREFIX)
    assert set(code) <= set(ALPHABET)
    assert ring.read(code) == PassCode(kind, number, pass_id)


def test_symbols_survive_keyboards() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("IOYZ") & set(ALPHABET)
    assert set(PREFIX) <= MOVED_BY_NO_LAYOUT & set(ALPHABET)


@pytest.mark.parametrize("form", ["{}\r\n", "  {} ", "]Q1{}", "]d2 {}", "\t]C0{}\r"])
def test_what_scanners_add_is_tolerated(form: str) -> None:
    assert RING.read(form.format(CODE)) == RING.read(CODE)
    assert RING.read(form.format(CODE).lower()) == RING.read(CODE)


def test_every_change_of_one_symbol_is_rejected() -> None:
    changed = [
        CODE[:place] + symbol + CODE[place + 1 :]
        for place in range(LENGTH)
        for symbol in ALPHABET
        if symbol != CODE[place]
    ]
    assert len(changed) == LENGTH * 31
    seen = {problem_of(code) for code in changed}
    # The calibration card's code is far from every pass, and the first key has none before it.
    assert seen == set(CodeProblem) - {CodeProblem.CALIBRATION, CodeProblem.RETIRED_KEY}


def test_the_mac_covers_kind_and_key_number() -> None:
    two_keys_alike = KeyRing({1: KEY, 2: KEY}, PEPPER)
    assert problem_of(CODE.replace("VXL1T1", "VXL1P1"), two_keys_alike) is CodeProblem.FORGED
    assert problem_of(CODE.replace("VXL1T1", "VXL1T2"), two_keys_alike) is CodeProblem.FORGED


def test_no_forged_code_is_accepted() -> None:
    rng = random.Random(1)
    forged = (CODE[:6] + "".join(rng.choices(ALPHABET, k=LENGTH - 6)) for _ in range(10_000))
    assert all(problem_of(code) is CodeProblem.FORGED for code in forged)


@given(st.text(max_size=60) | st.text(alphabet=ALPHABET + "]Q1 ", max_size=60))
def test_other_texts_are_rejected_and_never_crash(text: str) -> None:
    assert problem_of(text) in (CodeProblem.NOT_OURS, CodeProblem.MALFORMED)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", CodeProblem.NOT_OURS),
        ("https://example.org/", CodeProblem.NOT_OURS),
        ("]Q1", CodeProblem.NOT_OURS),
        ("VXK" + CODE[3:], CodeProblem.NOT_OURS),
        ("ABC]Q1" + CODE, CodeProblem.NOT_OURS),
        (PREFIX, CodeProblem.MALFORMED),
        (CODE[:-1], CodeProblem.MALFORMED),
        (CODE + "0", CodeProblem.MALFORMED),
        (CODE[:10] + "]Q1" + CODE[10:], CodeProblem.MALFORMED),
        (CODE[:-1] + "O", CodeProblem.MALFORMED),
        (CODE[:20] + " " + CODE[21:], CodeProblem.MALFORMED),
        (CODE.replace("VXL1", "VXL2"), CodeProblem.MALFORMED),
        (CODE.replace("VXL1T", "VXL1Q"), CodeProblem.MALFORMED),
        (CODE.replace("VXL1T1", "VXL1T3"), CodeProblem.UNKNOWN_KEY),
    ],
)
def test_each_problem_has_its_name(text: str, problem: CodeProblem) -> None:
    assert problem_of(text) is problem


def test_letters_that_become_ascii_in_upper_case_are_not_ours() -> None:
    other = next(code for code in (RING.issue(PassKind.PERSON, n) for n in range(99)) if "S" in code)
    assert problem_of(other.replace("S", "ſ")) is CodeProblem.NOT_OURS


def test_a_ring_with_another_key_rejects() -> None:
    stranger = KeyRing({1: PEPPER}, KEY)
    assert problem_of(CODE, stranger) is CodeProblem.FORGED


def test_a_new_key_signs_and_the_old_one_is_still_accepted_until_it_is_taken_out() -> None:
    renewed = KeyRing({1: KEY, 2: PEPPER}, PEPPER)
    assert renewed.read(CODE).key_number == 1
    assert renewed.read(renewed.issue(PassKind.PERSON, 7)).key_number == 2
    assert problem_of(CODE, KeyRing({2: PEPPER}, PEPPER)) is CodeProblem.RETIRED_KEY
    assert problem_of(renewed.issue(PassKind.PERSON, 7)) is CodeProblem.UNKNOWN_KEY


def test_older_keys_are_left_out() -> None:
    ring = KeyRing({1: KEY, 2: PEPPER, 5: KEY}, PEPPER)
    assert ring.without_older(2).signing_keys.keys() == {2, 5}
    assert ring.without_older(1) == ring
    assert ring.without_older(3).pepper == PEPPER


def test_demo_codes_and_real_codes_never_cross() -> None:
    demo_code = DEMO_KEYS.issue(PassKind.PERSON, 5)
    assert DEMO_KEYS.read(demo_code) == PassCode(PassKind.PERSON, 0, 5)
    assert problem_of(demo_code) is CodeProblem.NOT_OURS
    assert problem_of(CODE, DEMO_KEYS) is CodeProblem.NOT_OURS


@pytest.mark.parametrize(
    ("keys", "demo"),
    [
        ({0: KEY}, False),
        ({1: KEY}, True),
        ({32: KEY}, False),
        ({}, False),
        ({}, True),
        ({1: KEY[:31]}, False),
    ],
)
def test_rings_that_may_not_be(keys: dict[int, bytes], demo: bool) -> None:
    with pytest.raises(ValueError):
        KeyRing(keys, PEPPER, demo=demo)
    with pytest.raises(ValueError):
        KeyRing({1: KEY}, PEPPER[:8])


def test_pass_ids_fill_64_bits_and_no_more() -> None:
    drawn = {new_pass_id() for _ in range(2_000)}
    assert len(drawn) == 2_000
    assert 2**63 < max(drawn) < 2**64
    with pytest.raises(OverflowError):
        RING.issue(PassKind.PERSON, 2**64)
    with pytest.raises(OverflowError):
        RING.issue(PassKind.PERSON, -1)


def test_nothing_secret_is_shown() -> None:
    assert repr(RING) == "KeyRing(demo=False)"
    with pytest.raises(CodeRejected) as refusal:
        RING.read(CODE[:-1] + "X")
    assert CODE[:20] not in repr(refusal.value)


def test_importing_the_codes_loads_neither_pictures_nor_screens() -> None:
    program = (
        "import sys, lab_tui.codes.passcode, lab_tui.codes.keyfile, lab_tui.codes.qr, lab_tui.codes.badge\n"
        "heavy = {'qrcode', 'PIL', 'textual', 'rich', 'click', 'peewee'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "lab_tui.codes.qr.picture('A')\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["[]", "['PIL', 'qrcode']"]
