"""The signing keys of the lab: which are in force, adding a new one, retiring the oldest.

The database remembers the fingerprint of the oldest key that is accepted; the audit log remembers those of
the keys that were added and retired. Keys of the file that are older than the one remembered are not taken,
so that a key which was retired is not brought back by an old copy of the file. Every act writes the file
inside the transaction that writes it down: whatever stops the machine in between, the next opening finds a
file whose keys are known, and the next act writes down what was missing. No act is done on an old copy of the
file, which lacks a key that is in force: two keys would get one number, and each of two files would void what
is signed with the other.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

from peewee import fn

from lab_tui.codes.keyfile import load_key_file, replace_key_file
from lab_tui.codes.passcode import ALPHABET, SECRET_BYTES, KeyRing
from lab_tui.config import LabConfig
from lab_tui.errors import Reason, Refused, SystemCannot
from lab_tui.lab import audit
from lab_tui.lab.operation import Actor, Done, Lab, authorise, reading, writing
from lab_tui.lab.rules.permissions import Permission
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.tables.checkins import Scan
from lab_tui.store.tables.lab import AuditEntry
from lab_tui.store.tables.lab import Lab as LabRow
from lab_tui.store.tables.labels import Label
from lab_tui.store.tables.people import Pass, Person

SEEN_DAYS = 30
"""For how long a scan tells that a code is still in use."""
_FINGERPRINT_DIGITS = 16
_ADDED, _RETIRED = "keys.rotate", "keys.retire"


@dataclass(frozen=True)
class KeyView:
    """A signing key: never the key itself."""

    number: int
    fingerprint: str
    # Whether it is the one that signs.
    signs: bool
    # Who scanned a code that it signed at their last scan, in the last `SEEN_DAYS` days; and such labels.
    people: int
    labels: int


def fingerprint(key: bytes) -> str:
    """How a key is told from others without telling it: 16 hex digits of its SHA-256."""
    return sha256(key).hexdigest()[:_FINGERPRINT_DIGITS]


def oldest_in_force(ring: KeyRing, remembered: str, config: LabConfig) -> int:
    """The number of the oldest key of a file that this lab accepts; `remembered` is the lab's fingerprint.

    In a transaction. Raises SystemCannot: `key_retired` (every key of the file is retired: it is an old
    copy), `key_of_another_lab`.
    """
    prints = {number: fingerprint(key) for number, key in ring.signing_keys.items()}
    first = [number for number, print_ in prints.items() if print_ == remembered]
    if first:
        return first[0]
    # The oldest was taken out of the file, but that was not written down.
    added, retired = _prints_of(_ADDED), _prints_of(_RETIRED)
    known = [number for number, print_ in prints.items() if print_ in added - retired]
    if known:
        return min(known)
    code = "key_retired" if retired & set(prints.values()) else "key_of_another_lab"
    raise SystemCannot(code, path=config.key_path)


def _prints_of(action: str) -> set[str]:
    """The fingerprints of the keys that an act was about."""
    return {print_ for _number, print_ in _written_down(action)}


def _written_down(action: str) -> list[tuple[int, str]]:
    """The number and the fingerprint of the keys that an act was about, the first first."""
    rows = AuditEntry.select(AuditEntry.subject_id, AuditEntry.facts).where(AuditEntry.action == action)
    rows = rows.order_by(AuditEntry.id).tuples()
    return [(int(number), str(json.loads(facts).get("fingerprint"))) for number, facts in rows]


def live_keys(lab: Lab, actor: Actor) -> tuple[KeyView, ...]:
    """The keys that are accepted, the oldest first. Raises Refused: not_allowed, demo_keys."""
    with reading(lab):
        authorise(lab, actor, Permission.KEEP_HOUSE)
        ring = _ring(lab)
        return tuple(_view(lab, ring, number) for number in sorted(ring.signing_keys))


def rotate(lab: Lab, actor: Actor, *, force: bool = False) -> Done[KeyView]:
    """Add a new key, which signs from now on; what older keys signed stays valid.

    Raises Refused: not_allowed, demo_keys, keys_used_up, and key_file_outdated unless `force`, which gives
    up the keys that this file lacks; SystemCannot: key_unwritable.
    """
    with writing(lab):
        authorise(lab, actor, Permission.KEEP_HOUSE)
        ring = _settled(lab, actor, give_up_missing=force)
        number = max({*ring.signing_keys, *_numbers_given()}) + 1
        if number >= len(ALPHABET):
            raise Refused(Reason(Code.KEYS_USED_UP))
        key = secrets.token_bytes(SECRET_BYTES)
        grown = replace(ring, signing_keys={**ring.signing_keys, number: key})
        entry_id = _note(lab, actor, _ADDED, number, fingerprint(key))
        replace_key_file(lab.config.key_path, grown)
        return Done(_view(lab, grown, number), entry_id)


def retire(lab: Lab, actor: Actor, number: int, *, force: bool = False) -> Done[KeyView]:
    """Take the oldest key out: what it signed is void from now on.

    Raises Refused: not_allowed, demo_keys, key_file_outdated, unknown_key, last_key, key_not_oldest, and
    key_in_use unless `force`; SystemCannot: key_unwritable.
    """
    with writing(lab):
        authorise(lab, actor, Permission.KEEP_HOUSE)
        ring = _settled(lab, actor)
        _refuse_retiring(ring, number)
        view = _view(lab, ring, number)
        if (view.people or view.labels) and not force:
            facts = {"number": number, "people": view.people, "labels": view.labels, "days": SEEN_DAYS}
            raise Refused(Reason(Code.KEY_IN_USE, facts))
        kept = ring.without_older(number + 1)
        entry_id = _note(lab, actor, _RETIRED, number, view.fingerprint, people=view.people)
        _remember_oldest(kept)
        replace_key_file(lab.config.key_path, kept)
        return Done(view, entry_id)


def _refuse_retiring(ring: KeyRing, number: int) -> None:
    numbers = sorted(ring.signing_keys)
    if number not in numbers:
        raise Refused(Reason(Code.UNKNOWN_KEY, {"number": number}))
    if len(numbers) == 1:
        raise Refused(Reason(Code.LAST_KEY, {"number": number}))
    if number != numbers[0]:
        raise Refused(Reason(Code.KEY_NOT_OLDEST, {"number": number, "oldest": numbers[0]}))


def _ring(lab: Lab) -> KeyRing:
    """The keys of the file that are in force."""
    if lab.keys.demo:
        raise Refused(Reason(Code.DEMO_KEYS))
    ring = load_key_file(lab.config.key_path)
    return ring.without_older(oldest_in_force(ring, LabRow.get_by_id(1).key_fingerprint, lab.config))


def _settled(lab: Lab, actor: Actor, *, give_up_missing: bool = False) -> KeyRing:
    """The keys in force, locked; what an act that was cut short did to the file is written down.

    Raises Refused(key_file_outdated) where the file lacks a key, unless such keys are given up: retired.
    """
    lab.store.lock(LabRow, 1)
    ring = _ring(lab)
    missing = _missing_from(ring)
    if missing and not give_up_missing:
        facts = {"number": max(missing), "path": lab.config.key_path}
        raise Refused(Reason(Code.KEY_FILE_OUTDATED, facts))
    for number, print_ in missing.items():
        _note(lab, actor, _RETIRED, number, print_)
    added = _prints_of(_ADDED)
    for number in sorted(ring.signing_keys)[1:]:
        print_ = fingerprint(ring.signing_keys[number])
        if print_ not in added:
            _note(lab, actor, _ADDED, number, print_)
    _remember_oldest(ring)
    return ring


def _missing_from(ring: KeyRing) -> dict[int, str]:
    """The keys that are in force, but not in this file, by number: another kiosk added them.

    A key older than all of the file is none of them: its retirement was cut short. Of two keys with one
    number, which no file can hold, it is the one that was written down last.
    """
    prints = {fingerprint(key) for key in ring.signing_keys.values()}
    gone = prints | _prints_of(_RETIRED)
    oldest = min(ring.signing_keys)
    newest_of_number = dict(_written_down(_ADDED))
    return {
        number: print_
        for number, print_ in newest_of_number.items()
        if number >= oldest and print_ not in gone
    }


def _numbers_given() -> set[int]:
    """The numbers that keys have or had: none is given twice."""
    return {number for number, _print in _written_down(_ADDED)}


def _remember_oldest(ring: KeyRing) -> None:
    oldest = fingerprint(ring.signing_keys[min(ring.signing_keys)])
    LabRow.update(key_fingerprint=oldest).where(LabRow.id == 1).execute()


def _note(lab: Lab, actor: Actor, action: str, number: int, print_: str, **facts: object) -> int:
    return audit.record(lab, actor, action, "key", number, {"number": number, "fingerprint": print_, **facts})


def _view(lab: Lab, ring: KeyRing, number: int) -> KeyView:
    return KeyView(
        number=number,
        fingerprint=fingerprint(ring.signing_keys[number]),
        signs=number == max(ring.signing_keys),
        people=_people_with(lab, number, with_unknown=number == min(ring.signing_keys)),
        labels=_labels_with(lab, number),
    )


def _people_with(lab: Lab, number: int, *, with_unknown: bool) -> int:
    """How many active people scanned a valid pass that this key signed, the last time they scanned it.

    With those scans of which it is not known what key signed the pass: the first version of the lab did not
    write it down. It was an old key, so they count as the oldest's.
    """
    signed = Scan.key_number == number
    if with_unknown:
        signed |= Scan.key_number.is_null()
    last = Scan.select(fn.MAX(Scan.id)).where(Scan.pass_.is_null(False), Scan.at >= _since(lab))
    passes = Pass.select(fn.COUNT(Pass.person.distinct())).join(Person, on=Pass.person == Person.id)
    passes = passes.switch(Pass).join(Scan, on=Scan.pass_ == Pass.id)
    return int(
        passes.where(
            Person.active,
            Pass.revoked_at.is_null(),
            signed,
            Scan.id.in_(last.group_by(Scan.pass_)),
        ).scalar()
    )


def _labels_with(lab: Lab, number: int) -> int:
    last = Scan.select(fn.MAX(Scan.id)).where(Scan.label.is_null(False), Scan.at >= _since(lab))
    labels = Label.select(fn.COUNT(Label.id)).join(Scan, on=Scan.label == Label.id)
    return int(
        labels.where(
            Label.revoked_at.is_null(), Scan.key_number == number, Scan.id.in_(last.group_by(Scan.label))
        ).scalar()
    )


def _since(lab: Lab) -> object:
    return lab.now() - timedelta(days=SEEN_DAYS)
