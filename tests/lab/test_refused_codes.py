"""No code is accepted that this lab did not sign, or that it made void.

The long form (`make long`) tries 1,000,000: 250,000 each that are forged, mutated, cut short or put together
wrongly, and void. What is no genuine code is tried against every ring of keys a kiosk can have; what is void,
against the database, as a kiosk scans it.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

import pytest

from lab_tui.codes.keyfile import DEMO_KEYS
from lab_tui.codes.passcode import (
    ALPHABET,
    CALIBRATION_CODE,
    LABELS,
    LENGTH,
    CodeRejected,
    KeyRing,
    PassKind,
)
from lab_tui.lab import checkins, events
from lab_tui.lab.checkins import Outcome, Verdict
from lab_tui.lab.operation import Actor
from lab_tui.store.tables.checkins import CheckIn, Scan
from lab_tui.store.tables.labels import Label
from lab_tui.store.tables.people import Pass
from tests.world import NOW, World

LONG = os.environ.get("LAB_TUI_LONG") == "1"
NOBODY = Actor(None, "kiosk:Lobby")
KINDS = tuple(PassKind)
OLD, NEW, OTHER = (bytes([number]) * 32 for number in (1, 2, 3))
LAB = KeyRing({1: OLD, 2: NEW}, OTHER)
# With one key, with both, after the old one was retired, and the demo's.
RINGS = (KeyRing({1: OLD}, OTHER), LAB, KeyRing({2: NEW}, OTHER), DEMO_KEYS)
# Nobody who forges knows a key of these.
STRANGERS = tuple(KeyRing({number: os.urandom(32)}, OTHER) for number in (1, 2, 3, 31))
ALL = pytest.param(
    250_000,
    marks=[pytest.mark.long, pytest.mark.skipif(not LONG, reason="a proof that takes minutes: make long")],
)


def genuine(chance: random.Random, ring: KeyRing = LAB) -> str:
    return ring.issue(chance.choice(KINDS), chance.getrandbits(64))


def forged(chance: random.Random) -> str:
    """Made without a key: random symbols, another lab's signature, or half of one code on half of another."""
    match chance.randrange(3):
        case 0:
            head = f"VXL1{chance.choice('PTDWEC')}{chance.choice(ALPHABET)}"
            return head + "".join(chance.choices(ALPHABET, k=LENGTH - len(head)))
        case 1:
            return genuine(chance, chance.choice(STRANGERS))
        case _:
            at = chance.randrange(7, LENGTH)
            return genuine(chance)[:at] + genuine(chance)[at:]


def mutated(chance: random.Random) -> str:
    """A genuine code with one to four symbols changed, two exchanged, or its kind or key changed."""
    symbols = list(genuine(chance))
    match chance.randrange(3):
        case 0:
            for place in chance.sample(range(LENGTH), chance.randrange(1, 5)):
                symbols[place] = chance.choice([one for one in ALPHABET if one != symbols[place]])
        case 1:
            one, other = chance.sample(range(LENGTH), 2)
            symbols[one], symbols[other] = symbols[other], symbols[one]
        case _:
            place = chance.choice((3, 4, 5))
            symbols[place] = chance.choice([one for one in ALPHABET if one != symbols[place]])
    return "".join(symbols)


def cut(chance: random.Random) -> str:
    """A genuine code without a part, with more than it has, or run into the next."""
    code = genuine(chance)
    match chance.randrange(4):
        case 0:
            return code[: chance.randrange(LENGTH)]
        case 1:
            return code[chance.randrange(1, LENGTH) :]
        case 2:
            at = chance.randrange(LENGTH)
            return code[:at] + code[at + chance.randrange(1, 4) :]
        case _:
            return code + genuine(chance)[: chance.randrange(1, LENGTH + 1)]


def made(how: Callable[[random.Random], str], seed: int) -> Iterator[str]:
    """Such codes, none of them genuine by chance: an exchange can leave a code as it was."""
    chance = random.Random(seed)
    while True:
        code = how(chance)
        if code not in _genuine_ones(code):
            yield code


def _genuine_ones(code: str) -> set[str]:
    """The codes of these keys for what a text says it is: what a forger would have to guess."""
    if len(code) != LENGTH or code[4] not in "PTDWEC" or code[5] not in "12":
        return set()
    kind = next(one for one in KINDS if one.value[0].upper() == code[4])
    number = 0
    for symbol in code[6:]:
        number = number * 32 + ALPHABET.index(symbol)
    key = {1: OLD, 2: NEW}[int(code[5])]
    return {KeyRing({int(code[5]): key}, OTHER).issue(kind, number >> 96)}


@pytest.mark.parametrize("count", [2_500, ALL])
@pytest.mark.parametrize("how", [forged, mutated, cut])
def test_what_is_not_genuine_is_accepted_by_no_ring(how: Callable[[random.Random], str], count: int) -> None:
    accepted = 0
    problems: Counter[str] = Counter()
    for code in islice(made(how, seed=count), count):
        for ring in RINGS:
            try:
                ring.read(code)
            except CodeRejected as rejected:
                problems[rejected.problem] += 1
            else:
                accepted += 1
    print(f"{count} {how.__name__} codes, {len(RINGS)} rings: {accepted} accepted; {dict(problems)}")
    assert accepted == 0
    assert problems.total() == count * len(RINGS)


def test_the_proof_can_fail() -> None:
    """A genuine code is accepted, and is not among those that are tried."""
    chance = random.Random(1)
    code = genuine(chance)
    assert LAB.read(code)
    assert _genuine_ones(code) == {code}
    assert code not in set(islice(made(lambda _: chance.choice((code, CALIBRATION_CODE)), 1), 5))


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("count", [500, ALL])
def test_what_is_void_is_refused_at_the_kiosk(world: World, count: int) -> None:
    chance = random.Random(count)
    person, desk = world.person(), world.desk()
    place = events.sign_up(world.lab, world.actor(person), world.event(starts_at=NOW).id).what.id
    ids = list(dict.fromkeys(chance.getrandbits(64) for _ in range(count)))
    assert len(ids) == count
    kinds = [KINDS[number % 3] for number in range(count)]  # badges, tickets, desk labels
    passes = [
        {
            "code_id": f"{code_id:016x}",
            "kind": kind.value,
            "person": person,
            "sign_up_id": place if kind is PassKind.TICKET else None,
            "issued_at": NOW,
            "revoked_at": NOW,
        }
        for code_id, kind in zip(ids, kinds, strict=True)
        if kind not in LABELS
    ]
    stickers = [
        {"code_id": f"{code_id:016x}", "kind": kind.value, "desk": desk, "issued_at": NOW, "revoked_at": NOW}
        for code_id, kind in zip(ids, kinds, strict=True)
        if kind in LABELS
    ]
    with world.lab.store.write():
        for table, rows in ((Pass, passes), (Label, stickers)):
            for first in range(0, len(rows), 2_000):
                table.insert_many(rows[first : first + 2_000]).execute()
    verdicts: Counter[Verdict] = Counter()
    for first in range(0, count, 500):
        # Many scans a transaction: what is proved is what they mean, not that each is on the disk.
        with world.lab.store.write():
            for code_id, kind in zip(ids[first : first + 500], kinds[first : first + 500], strict=True):
                code = world.lab.keys.issue(kind, code_id)
                result = checkins.scan(world.lab, NOBODY, code, "Lobby")
                assert result.outcome is Outcome.BAD
                assert (result.person_id, result.entry_id) == (None, None)
                verdicts[result.verdict] += 1
    with world.lab.store.read():
        assert CheckIn.select().count() == 0
        assert Scan.select().where(Scan.verdict == "revoked").count() == count
    print(f"{count} void codes: {count - verdicts[Verdict.REVOKED]} accepted")
    assert verdicts == {Verdict.REVOKED: count}
