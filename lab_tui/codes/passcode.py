"""The pass code: what a badge, a ticket or a label says to a scanner.

38 symbols, upper case, every one of them meaningful (a QR code of version 2 at error correction M):

    VXL      the prefix: letters that no Latin keyboard layout moves, and no word begins so
    1        the version of this format
    P .. C   the kind: P a person's badge, T an event ticket, D a desk's label, W a workstation's label,
             E an event's poster, C a staff command card
    0 .. X   the number of the signing key, 1 to 31; the highest signs; 0 is the demo key
    32       base32 of 20 bytes: the id (8, big endian, random), then the MAC (12)

The 32 symbols `0-9A-X` without `I` and `O` stand for 0 to 31 in that order: they survive, or can be
repaired after, a scanner that types as a US keyboard. The MAC is the first 96 bits of HMAC-SHA256 over the
first six symbols (ASCII) and the 8 bytes of the id; its key is HMAC-SHA256(signing key, "lab-tui pass code").

One code is signed by nobody and the same for every lab, since it opens nothing: the calibration card's,
`VXL1K0` and then all 32 symbols in their order. How a scanner types it tells how that scanner is set.

Test vectors, with key number 1 = bytes 00 01 .. 1f:

    person, id 0x0000000000000001        VXL1P10000000000002U3M3SRVPAARHV8LTWG5
    ticket, id 0x0123456789ABCDEF        VXL1T104HLARU9MF6WWXNDGGJ8TD5TH91HKSNL
    desk, id 0x0000000000000002          VXL1D10000000000005SRWEH3WGFE4NU7SNH84
    workstation, id 0xFEDCBA9876543210   VXL1W1XTEBM63NAGR107R0G8V2SGQTSMG6JU4D
    event, id 0xFFFFFFFFFFFFFFFF         VXL1E1XXXXXXXXXXXXXWTX7R9V7QBKPKRPGMK3
    command, id 0x8000000000000000       VXL1C1G000000000000X0DDRVF1VFDSC1LD3TF
    calibration                          VXL1K00123456789ABCDEFGHJKLMNPQRSTUVWX
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from lab_tui.errors import EXIT_REFUSED, LabError

ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWX"
PREFIX = "VXL"
LENGTH = 38
DEMO_KEY_NUMBER = 0
SECRET_BYTES = 32

_VERSION = "1"
_HEAD_LENGTH = 6
_ID_BYTES = 8
_MAC_BYTES = 12
_MAC_LABEL = b"lab-tui pass code"
_AIM_PREFIX = re.compile(r"\A\][A-Z][0-9A-Z]\s*")
_RFC_4648 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_SYMBOLS = bytes.maketrans(_RFC_4648, ALPHABET.encode())
_FROM_SYMBOLS = bytes.maketrans(ALPHABET.encode(), _RFC_4648)


class PassKind(StrEnum):
    """What a code is on: what a person holds, or a label on a thing or a card."""

    PERSON = "person"
    TICKET = "ticket"
    DESK = "desk"
    WORKSTATION = "workstation"
    EVENT = "event"
    COMMAND = "command"


LABELS = frozenset({PassKind.DESK, PassKind.WORKSTATION, PassKind.EVENT, PassKind.COMMAND})
"""The kinds that belong to no person."""

_SYMBOL_OF_KIND = {
    PassKind.PERSON: "P",
    PassKind.TICKET: "T",
    PassKind.DESK: "D",
    PassKind.WORKSTATION: "W",
    PassKind.EVENT: "E",
    PassKind.COMMAND: "C",
}
_KIND_OF_SYMBOL = {symbol: kind for kind, symbol in _SYMBOL_OF_KIND.items()}
CALIBRATION_CODE = f"{PREFIX}{_VERSION}K0{ALPHABET}"


class CodeProblem(StrEnum):
    """Why a text is no code that this lab has signed."""

    NOT_OURS = "not_ours"
    MALFORMED = "malformed"
    # Signed with a key newer than all that are here, or so it says.
    UNKNOWN_KEY = "unknown_key"
    # Signed with a key that is no longer in use.
    RETIRED_KEY = "retired_key"
    FORGED = "forged"
    CALIBRATION = "calibration"


class CodeRejected(LabError):
    """A scanned text that is no code signed by this lab; it carries the problem, never the text."""

    exit_code = EXIT_REFUSED

    def __init__(self, problem: CodeProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True)
class PassCode:
    """What a genuine code says: the kind, the signing key's number and the 64-bit pass id."""

    kind: PassKind
    key_number: int
    pass_id: int


@dataclass(frozen=True)
class KeyRing:
    """The secrets of a lab: signing keys by number (1 to 31, or 0 alone in a demo) and the pepper of PINs.

    The highest number signs; all of them are accepted. Raises ValueError for a ring that breaks these rules.
    """

    signing_keys: Mapping[int, bytes] = field(repr=False)
    pepper: bytes = field(repr=False)
    demo: bool = False

    def __post_init__(self) -> None:
        allowed = {DEMO_KEY_NUMBER} if self.demo else set(range(1, len(ALPHABET)))
        if not self.signing_keys or not self.signing_keys.keys() <= allowed:
            raise ValueError("key numbers are 1 to 31, or 0 in a demo")
        if any(len(secret) != SECRET_BYTES for secret in (*self.signing_keys.values(), self.pepper)):
            raise ValueError(f"a key has {SECRET_BYTES} bytes")

    def issue(self, kind: PassKind, pass_id: int) -> str:
        """The code of a pass, signed with the newest key. Raises OverflowError beyond 64 bits."""
        key_number = max(self.signing_keys)
        head = f"{PREFIX}{_VERSION}{_SYMBOL_OF_KIND[kind]}{ALPHABET[key_number]}"
        id_bytes = pass_id.to_bytes(_ID_BYTES, "big")
        body = id_bytes + _mac(self.signing_keys[key_number], head, id_bytes)
        return head + base64.b32encode(body).translate(_TO_SYMBOLS).decode()

    def read(self, text: str) -> PassCode:
        """What a scanned text says, in either case, with or without an AIM prefix. Raises CodeRejected."""
        symbols = _symbols(text)
        if symbols == CALIBRATION_CODE:
            raise CodeRejected(CodeProblem.CALIBRATION)
        head = symbols[:_HEAD_LENGTH]
        kind = _KIND_OF_SYMBOL.get(head[4])
        if head[3] != _VERSION or kind is None:
            raise CodeRejected(CodeProblem.MALFORMED)
        key_number = ALPHABET.index(head[5])
        if key_number not in self.signing_keys:
            raise CodeRejected(self._problem_of_key(key_number))
        body = base64.b32decode(symbols[_HEAD_LENGTH:].encode().translate(_FROM_SYMBOLS))
        id_bytes = body[:_ID_BYTES]
        if not hmac.compare_digest(body[_ID_BYTES:], _mac(self.signing_keys[key_number], head, id_bytes)):
            raise CodeRejected(CodeProblem.FORGED)
        return PassCode(kind, key_number, int.from_bytes(id_bytes, "big"))

    def _problem_of_key(self, key_number: int) -> CodeProblem:
        """Why there is no such key here: the demo's and a real lab's codes never cross."""
        if self.demo or key_number == DEMO_KEY_NUMBER:
            return CodeProblem.NOT_OURS
        newer = key_number > max(self.signing_keys)
        return CodeProblem.UNKNOWN_KEY if newer else CodeProblem.RETIRED_KEY

    def without_older(self, number: int) -> KeyRing:
        """The ring without the keys older than this one, which is in it or older than one that is."""
        kept = {one: key for one, key in self.signing_keys.items() if one >= number}
        return replace(self, signing_keys=kept)

    def genuine(self, readings: Sequence[str]) -> int | None:
        """Which of several readings of one scan is genuine, or the calibration card; None if none is.

        A scanner whose host has another keyboard layout leaves several readings; the MAC tells the right one.
        """
        for number, reading in enumerate(readings):
            try:
                self.read(reading)
            except CodeRejected as rejected:
                if rejected.problem is not CodeProblem.CALIBRATION:
                    continue
            return number
        return None


def new_pass_id() -> int:
    """A random pass id of 64 bits that cannot be guessed."""
    return secrets.randbits(64)


def _mac(signing_key: bytes, head: str, id_bytes: bytes) -> bytes:
    mac_key = hmac.digest(signing_key, _MAC_LABEL, "sha256")
    return hmac.digest(mac_key, head.encode() + id_bytes, "sha256")[:_MAC_BYTES]


def _symbols(text: str) -> str:
    """The symbols of a code without what scanners add. Raises CodeRejected."""
    # Some letters outside ASCII become ASCII in upper case ("ſ" becomes "S").
    if not text.isascii():
        raise CodeRejected(CodeProblem.NOT_OURS)
    symbols = _AIM_PREFIX.sub("", text.strip().upper())
    if not symbols.startswith(PREFIX):
        raise CodeRejected(CodeProblem.NOT_OURS)
    if len(symbols) != LENGTH or not set(symbols) <= set(ALPHABET):
        raise CodeRejected(CodeProblem.MALFORMED)
    return symbols
