"""Signing keys: a new one beside the old, the old one retired, and no valid pass refused in between."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab_tui.codes import keyfile
from lab_tui.codes.keyfile import KeyFile, load_key_file, make_key_file, replace_key_file
from lab_tui.codes.passcode import CodeProblem, CodeRejected, KeyRing, PassKind, new_pass_id
from lab_tui.errors import Refused, SystemCannot
from lab_tui.lab import audit, checkins, keys, labels, people
from lab_tui.lab.checkins import Verdict
from lab_tui.lab.keys import fingerprint
from lab_tui.lab.labels import Command, LabelSubject
from lab_tui.lab.opening import make_lab, open_lab
from lab_tui.lab.operation import OPERATOR, Actor, Lab
from lab_tui.lab.rules.reasons import Code
from lab_tui.store.database import database
from lab_tui.store.tables.lab import AuditEntry
from lab_tui.store.tables.lab import Lab as LabRow
from lab_tui.wording import faults
from tests.engines import _address, _on_server
from tests.world import NOW, SetClock, World

NOBODY = Actor(None, "kiosk:Lobby")


@pytest.fixture
def lab(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A new, real lab on each engine in turn."""
    monkeypatch.delenv("LAB_TUI_DATABASE", raising=False)
    name = f"lab_bare_{os.urandom(8).hex()}"
    if engine == "postgresql":
        _on_server(f'CREATE DATABASE "{name}"')
        monkeypatch.setenv("LAB_TUI_DATABASE", _address(name))
    made = make_lab(tmp_path / "lab", "Harbour AI Lab", "Asia/Hong_Kong", SetClock())
    yield made
    made.store.close()
    if engine == "postgresql":
        database.obj.close()
        _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


def refused(act: Callable[..., object], *arguments: object, **more: object) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*arguments, **more)
    return caught.value


def again(lab: Lab) -> Lab:
    """The same lab, with the keys that a kiosk takes which starts now."""
    try:
        opened = open_lab(lab.config.folder, lab.clock)
        opened.store.close()
    finally:
        # The tables follow the store that was opened last.
        database.initialize(lab.store.database)
    return replace(lab, key_source=opened.key_source)


def why_not(lab: Lab) -> str:
    with pytest.raises(SystemCannot) as caught:
        again(lab)
    assert "{" not in faults.system_fault(caught.value)
    return caught.value.code


def person(lab: Lab, name: str = "Ada Wong") -> int:
    return people.add(lab, OPERATOR, people.NewPerson(name, "staff")).what.id


def scanned(lab: Lab, code: str) -> Verdict:
    return checkins.scan(lab, NOBODY, code, "Lobby").verdict


def remembered(lab: Lab) -> str:
    with lab.store.read():
        return str(LabRow.get_by_id(1).key_fingerprint)


def acts(lab: Lab) -> list[tuple[str, int]]:
    with lab.store.read():
        rows = AuditEntry.select().where(AuditEntry.subject == "key").order_by(AuditEntry.id)
        return [(row.action, row.subject_id) for row in rows]


def put(lab: Lab, ring: KeyRing) -> None:
    """Copy a key file here, as staff do."""
    replace_key_file(lab.config.key_path, ring)


# Adding and retiring


def test_a_new_key_signs_and_what_the_old_one_signed_stays_valid(lab: Lab) -> None:
    ada = person(lab)
    old = people.badge_code(lab, OPERATOR, ada)
    done = keys.rotate(lab, OPERATOR)
    assert (done.what.number, done.what.signs) == (2, True)
    new = people.badge_code(lab, OPERATOR, ada)
    assert (lab.keys.read(old).key_number, lab.keys.read(new).key_number) == (1, 2)
    assert lab.keys.read(old).pass_id == lab.keys.read(new).pass_id
    for kiosk in (lab, again(lab)):
        assert [scanned(kiosk, code) for code in (old, new)] == [Verdict.WELCOME] * 2
    listed = keys.live_keys(lab, OPERATOR)
    assert [(view.number, view.signs) for view in listed] == [(1, False), (2, True)]
    assert listed[0].fingerprint == remembered(lab)
    assert acts(lab) == [("keys.rotate", 2)]


def test_the_file_stays_private_and_keeps_its_other_secrets(lab: Lab) -> None:
    path = lab.config.key_path
    before = load_key_file(path)
    keys.rotate(lab, OPERATOR)
    keys.retire(lab, OPERATOR, 1)
    after = load_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert after.pepper == before.pepper
    assert sorted(name.name for name in path.parent.iterdir() if "key" in name.name) == ["lab.key"]


def test_a_key_that_is_in_use_is_retired_only_on_purpose(lab: Lab) -> None:
    ada, ken = person(lab), person(lab, "Kenji Lam")
    old = people.badge_code(lab, OPERATOR, ada)
    olds = [old, people.badge_code(lab, OPERATOR, ken)]
    card = labels.label_code(lab, OPERATOR, LabelSubject(PassKind.COMMAND, None, Command.STAFF_TODAY))
    for code in (*olds, old, card):
        scanned(lab, code)
    keys.rotate(lab, OPERATOR)
    refusal = refused(keys.retire, lab, OPERATOR, 1)
    assert refusal.codes == {Code.KEY_IN_USE}
    assert dict(refusal.reasons[0].facts) == {"number": 1, "people": 2, "labels": 1, "days": 30}
    scanned(lab, people.badge_code(lab, OPERATOR, ken))  # a badge of the new key
    assert [(view.people, view.labels) for view in keys.live_keys(lab, OPERATOR)] == [(1, 1), (1, 0)]
    people.reissue_badge(lab, OPERATOR, ada, "lost")
    assert [(view.people, view.labels) for view in keys.live_keys(lab, OPERATOR)] == [(0, 1), (1, 0)]
    keys.retire(lab, OPERATOR, 1, force=True)
    assert scanned(lab, old) is Verdict.KEY_RETIRED
    assert scanned(again(lab), old) is Verdict.KEY_RETIRED
    assert acts(lab) == [("keys.rotate", 2), ("keys.retire", 1)]
    assert [view.number for view in keys.live_keys(lab, OPERATOR)] == [2]
    assert remembered(lab) == keys.live_keys(lab, OPERATOR)[0].fingerprint


def test_what_was_scanned_long_ago_keeps_no_key(lab: Lab) -> None:
    scanned(lab, people.badge_code(lab, OPERATOR, person(lab)))
    keys.rotate(lab, OPERATOR)
    clock = lab.clock
    assert isinstance(clock, SetClock)
    clock.advance(days=30)
    assert refused(keys.retire, lab, OPERATOR, 1).codes == {Code.KEY_IN_USE}
    clock.advance(seconds=1)
    keys.retire(lab, OPERATOR, 1)


def test_which_keys_cannot_be_retired(lab: Lab) -> None:
    assert refused(keys.retire, lab, OPERATOR, 1, force=True).codes == {Code.LAST_KEY}
    keys.rotate(lab, OPERATOR)
    assert refused(keys.retire, lab, OPERATOR, 2, force=True).codes == {Code.KEY_NOT_OLDEST}
    assert refused(keys.retire, lab, OPERATOR, 3, force=True).codes == {Code.UNKNOWN_KEY}
    assert load_key_file(lab.config.key_path).signing_keys.keys() == {1, 2}
    assert acts(lab) == [("keys.rotate", 2)]


def test_numbers_end_at_31(lab: Lab) -> None:
    ring = load_key_file(lab.config.key_path)
    put(lab, replace(ring, signing_keys={**ring.signing_keys, 31: bytes(32)}))
    assert refused(keys.rotate, lab, OPERATOR).codes == {Code.KEYS_USED_UP}


def test_only_the_operator_handles_keys(lab: Lab) -> None:
    staff = Actor(person(lab), "kiosk:Lobby", signed_in=True)
    for act in (keys.live_keys, keys.rotate):
        assert refused(act, lab, staff).codes == {Code.NOT_ALLOWED}
    assert refused(keys.retire, lab, staff, 1).codes == {Code.NOT_ALLOWED}


def test_a_demo_has_no_keys_of_its_own(world: World) -> None:
    for act in (keys.live_keys, keys.rotate):
        assert refused(act, world.lab, OPERATOR).codes == {Code.DEMO_KEYS}
    assert refused(keys.retire, world.lab, OPERATOR, 0).codes == {Code.DEMO_KEYS}


# Stopped in between


@contextmanager
def cut_short(lab: Lab) -> Iterator[None]:
    """What is done in it stays in files, and is lost in the database."""
    with suppress(TimeoutError), lab.store.write():
        yield
        raise TimeoutError


def test_a_rotation_cut_short_is_written_down_by_the_next_act(lab: Lab) -> None:
    """The machine stops after the file and before the database, which is the one order there is."""
    with cut_short(lab):
        keys.rotate(lab, OPERATOR)
    assert acts(lab) == []
    assert load_key_file(lab.config.key_path).signing_keys.keys() == {1, 2}
    code = people.badge_code(again(lab), OPERATOR, person(lab))
    assert lab.keys.read(code).key_number == 2
    keys.rotate(lab, OPERATOR)
    assert acts(lab) == [("keys.rotate", 2), ("keys.rotate", 3)]


def test_a_retirement_cut_short_is_found_at_the_next_opening(lab: Lab) -> None:
    keys.rotate(lab, OPERATOR)
    first = remembered(lab)
    with cut_short(lab):
        keys.retire(lab, OPERATOR, 1)
    assert remembered(lab) == first
    assert again(lab).keys.signing_keys.keys() == {2}
    keys.rotate(again(lab), OPERATOR)
    assert remembered(lab) == fingerprint(load_key_file(lab.config.key_path).signing_keys[2])
    assert again(lab).keys.signing_keys.keys() == {2, 3}


def test_a_file_that_cannot_be_written_changes_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    before = lab.config.key_path.read_bytes()

    def full(_path: Path, _text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keyfile, "_write_privately", full)
    with pytest.raises(SystemCannot, match="key_unwritable"):
        keys.rotate(lab, OPERATOR)
    assert lab.config.key_path.read_bytes() == before
    assert acts(lab) == []


def test_a_file_is_replaced_whole_with_its_owner(tmp_path: Path) -> None:
    path, link = tmp_path / "safe" / "real.key", tmp_path / "lab.key"
    path.parent.mkdir()
    make_key_file(path)
    link.symlink_to(path)
    if os.geteuid() == 0:
        os.chown(path, 1234, 2345)
    before = path.stat()
    replace_key_file(link, KeyRing({3: bytes(32)}, bytes(32)))
    assert link.is_symlink()
    after = path.stat()
    assert (after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)) == (before.st_uid, before.st_gid, 0o600)
    assert load_key_file(path).signing_keys.keys() == {3}
    assert [one.name for one in path.parent.iterdir()] == ["real.key"]


# Copies of the file on other kiosks


def test_an_old_copy_of_the_file_brings_no_retired_key_back(lab: Lab) -> None:
    one = load_key_file(lab.config.key_path)
    old = lab.keys.issue(PassKind.PERSON, new_pass_id())
    keys.rotate(lab, OPERATOR)
    both = load_key_file(lab.config.key_path)
    keys.retire(lab, OPERATOR, 1)
    put(lab, both)
    kiosk = again(lab)
    assert kiosk.keys.signing_keys.keys() == {2}
    assert scanned(kiosk, old) is Verdict.KEY_RETIRED
    put(lab, one)
    assert why_not(lab) == "key_retired"
    put(lab, both)
    keys.rotate(again(lab), OPERATOR)
    keys.retire(again(lab), OPERATOR, 2, force=True)
    put(lab, both)
    assert why_not(lab) == "key_retired"
    make_other = lab.config.key_path.with_name("other.key")
    make_key_file(make_other)
    put(lab, load_key_file(make_other))
    assert why_not(lab) == "key_of_another_lab"


def test_a_kiosk_with_the_file_from_before_names_the_key_that_it_lacks(lab: Lab) -> None:
    before = load_key_file(lab.config.key_path)
    keys.rotate(lab, OPERATOR)
    new = people.badge_code(lab, OPERATOR, person(lab))
    after = load_key_file(lab.config.key_path)
    put(lab, before)
    kiosk = again(lab)
    assert scanned(kiosk, new) is Verdict.KEY_MISSING
    put(lab, after)
    assert scanned(kiosk, new) is Verdict.WELCOME


@contextmanager
def at_a_kiosk_with(lab: Lab, ring: KeyRing) -> Iterator[Lab]:
    """Another kiosk of the lab, which has these keys; the file of this one comes back afterwards."""
    here = load_key_file(lab.config.key_path)
    put(lab, ring)
    yield again(lab)
    put(lab, here)


def outdated(lab: Lab) -> list[dict[str, object]]:
    """The facts with which adding and retiring keys are refused here."""
    refusals = [refused(keys.rotate, lab, OPERATOR), refused(keys.retire, lab, OPERATOR, 1, force=True)]
    assert all(refusal.codes == {Code.KEY_FILE_OUTDATED} for refusal in refusals)
    return [dict(refusal.reasons[0].facts) for refusal in refusals]


def test_a_kiosk_without_the_newest_key_adds_and_retires_none(lab: Lab) -> None:
    """Its new key would have the number of the other, and each file would void the other's badges."""
    first = load_key_file(lab.config.key_path)
    keys.rotate(lab, OPERATOR)
    badge = people.badge_code(lab, OPERATOR, person(lab))
    both = load_key_file(lab.config.key_path)
    with at_a_kiosk_with(lab, first) as other:
        assert outdated(other) == [{"number": 2, "path": lab.config.key_path}] * 2
        assert load_key_file(other.config.key_path) == first
        put(other, both)
        assert keys.rotate(other, OPERATOR).what.number == 3
        newest = load_key_file(other.config.key_path)
        assert scanned(other, badge) is Verdict.WELCOME
    assert outdated(lab) == [{"number": 3, "path": lab.config.key_path}] * 2
    assert acts(lab) == [("keys.rotate", 2), ("keys.rotate", 3)]
    put(lab, newest)
    keys.retire(lab, OPERATOR, 1)
    with at_a_kiosk_with(lab, newest) as other:
        assert keys.rotate(other, OPERATOR).what.number == 4
        assert scanned(other, badge) is Verdict.WELCOME


def test_a_key_whose_file_is_lost_is_given_up_on_purpose(lab: Lab) -> None:
    first = load_key_file(lab.config.key_path)
    keys.rotate(lab, OPERATOR)
    ada = person(lab)
    lost = people.badge_code(lab, OPERATOR, ada)
    put(lab, first)
    assert scanned(lab, lost) is Verdict.KEY_MISSING
    assert keys.rotate(lab, OPERATOR, force=True).what.number == 3
    assert acts(lab) == [("keys.rotate", 2), ("keys.retire", 2), ("keys.rotate", 3)]
    assert scanned(lab, lost) is Verdict.KEY_RETIRED
    assert scanned(lab, people.badge_code(lab, OPERATOR, ada)) is Verdict.WELCOME
    keys.retire(lab, OPERATOR, 1)
    assert keys.rotate(again(lab), OPERATOR).what.number == 4


def test_a_rotation_cut_short_gives_way_to_one_that_was_written_down(lab: Lab) -> None:
    """A kiosk without the key that is nowhere written down adds another of its number."""
    first = load_key_file(lab.config.key_path)
    with cut_short(lab):
        keys.rotate(lab, OPERATOR)
    with at_a_kiosk_with(lab, first) as other:
        assert keys.rotate(other, OPERATOR).what.number == 2
        newest = load_key_file(other.config.key_path)
    assert outdated(lab) == [{"number": 2, "path": lab.config.key_path}] * 2
    put(lab, newest)
    assert keys.rotate(again(lab), OPERATOR).what.number == 3
    assert acts(lab) == [("keys.rotate", 2), ("keys.rotate", 3)]


def test_of_two_keys_with_one_number_the_one_that_was_written_down_last_counts(lab: Lab) -> None:
    """Two kiosks did that before the lab refused it: no file can hold both, and the lab goes on with one."""
    first = load_key_file(lab.config.key_path)
    earlier, later = (
        replace(first, signing_keys={**first.signing_keys, 2: os.urandom(32)}) for _kiosk in range(2)
    )
    with lab.store.write():
        for ring in (earlier, later):
            facts = {"number": 2, "fingerprint": fingerprint(ring.signing_keys[2])}
            audit.record(lab, OPERATOR, "keys.rotate", "key", 2, facts)
    put(lab, earlier)
    assert outdated(lab) == [{"number": 2, "path": lab.config.key_path}] * 2
    put(lab, later)
    assert keys.rotate(again(lab), OPERATOR).what.number == 3
    keys.retire(lab, OPERATOR, 1)
    keys.retire(lab, OPERATOR, 2)


def test_a_retirement_cut_short_makes_no_file_outdated(lab: Lab) -> None:
    keys.rotate(lab, OPERATOR)
    keys.rotate(lab, OPERATOR)
    keys.retire(lab, OPERATOR, 1)
    with cut_short(lab):
        keys.retire(lab, OPERATOR, 2)
    assert keys.rotate(again(lab), OPERATOR).what.number == 4


def test_a_running_kiosk_takes_a_changed_file_up_at_the_next_scan(lab: Lab) -> None:
    kiosk = again(lab)
    keys.rotate(lab, OPERATOR)
    code = people.badge_code(lab, OPERATOR, person(lab))
    assert scanned(kiosk, code) is Verdict.WELCOME
    keys.rotate(lab, OPERATOR)
    keys.retire(lab, OPERATOR, 1)
    assert kiosk.keys.signing_keys.keys() == {2, 3}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_text("1 " + "ab" * 16),  # half copied
        lambda path: path.unlink(),
        lambda path: path.chmod(0o644) or os.utime(path),
        lambda path: replace_key_file(path, KeyRing({1: b"x" * 32}, b"y" * 32)),  # another lab's
        lambda path: replace_key_file(path, replace(load_key_file(path), pepper=b"y" * 32)),
    ],
)
def test_a_spoiled_file_leaves_a_running_kiosk_as_it_was(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    path = tmp_path / "lab.key"
    make_key_file(path)
    ring = load_key_file(path)
    watched = KeyFile(path, ring, 1)
    spoil(path)
    assert watched.ring() == ring
    path.unlink(missing_ok=True)
    path.touch(0o600)
    path.chmod(0o600)
    replace_key_file(path, replace(ring, signing_keys={**ring.signing_keys, 2: b"z" * 32}))
    assert watched.ring().signing_keys.keys() == {1, 2}


def test_an_old_copy_brings_no_retired_key_back_to_a_running_kiosk(tmp_path: Path) -> None:
    path = tmp_path / "lab.key"
    make_key_file(path)
    ring = load_key_file(path)
    both = replace(ring, signing_keys={**ring.signing_keys, 2: b"z" * 32})
    replace_key_file(path, both)
    watched = KeyFile(path, both, oldest=2)
    assert watched.ring().signing_keys.keys() == {2}
    replace_key_file(path, replace(both, signing_keys={**both.signing_keys, 3: b"y" * 32}))
    assert watched.ring().signing_keys.keys() == {2, 3}
    replace_key_file(path, ring)
    assert watched.ring().signing_keys.keys() == {2, 3}


def test_a_key_that_was_retired_while_a_kiosk_ran_stays_so_for_it(lab: Lab) -> None:
    """Staff put an old copy of the file back: what the retired key signed is as void as after a restart."""
    kiosk = again(lab)
    ada = person(lab)
    old = people.badge_code(lab, OPERATOR, ada)
    keys.rotate(lab, OPERATOR)
    new = people.badge_code(lab, OPERATOR, ada)
    both = load_key_file(lab.config.key_path)
    assert [scanned(kiosk, code) for code in (old, new)] == [Verdict.WELCOME] * 2
    keys.retire(lab, OPERATOR, 1, force=True)
    assert scanned(kiosk, old) is Verdict.KEY_RETIRED
    put(lab, both)
    for running in (kiosk, again(lab)):
        assert [scanned(running, code) for code in (old, new)] == [Verdict.KEY_RETIRED, Verdict.WELCOME]
    keys.rotate(again(lab), OPERATOR)
    assert kiosk.keys.signing_keys.keys() == again(lab).keys.signing_keys.keys() == {2, 3}


# No valid pass is refused


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.sampled_from(["issue", "rotate", "retire", "reopen"]), max_size=30))
def test_rotation_refuses_no_valid_pass(tmp_path: Path, steps: list[str]) -> None:
    """Two kiosks with one file: one of them is never restarted. A pass is valid until its key is retired."""
    path = tmp_path / f"{new_pass_id():x}.key"
    make_key_file(path)
    ring = load_key_file(path)
    running = KeyFile(path, ring, 1)
    issued: list[tuple[str, int]] = [(ring.issue(PassKind.PERSON, 1), 1)]
    for step in steps:
        ring = load_key_file(path)
        newest, oldest = max(ring.signing_keys), min(ring.signing_keys)
        if step == "issue":
            issued.append((running.ring().issue(PassKind.PERSON, new_pass_id()), newest))
        elif step == "rotate" and newest < 31:
            replace_key_file(
                path, replace(ring, signing_keys={**ring.signing_keys, newest + 1: os.urandom(32)})
            )
        elif step == "retire" and oldest < newest:
            replace_key_file(path, ring.without_older(oldest + 1))
        valid_from = min(load_key_file(path).signing_keys)
        for kiosk in (running.ring(), load_key_file(path)):
            for code, number in issued:
                if number >= valid_from:
                    assert kiosk.read(code).key_number == number
                else:
                    with pytest.raises(CodeRejected) as rejected:
                        kiosk.read(code)
                    assert rejected.value.problem is CodeProblem.RETIRED_KEY


def test_with_two_live_keys_every_badge_of_the_lab_is_welcome(lab: Lab) -> None:
    """Through the operations and the database: 0 valid passes refused while keys come and go."""
    badges: dict[str, int] = {}
    for number in range(1, 5):
        for _ in range(5):
            badges[people.badge_code(lab, OPERATOR, person(lab, f"Person {len(badges)}"))] = number
        keys.rotate(lab, OPERATOR)
        assert len(keys.live_keys(lab, OPERATOR)) >= 2
        if number > 1:
            keys.retire(lab, OPERATOR, number - 1, force=True)
        for code, signed_with in badges.items():
            wanted = Verdict.WELCOME if signed_with >= number else Verdict.KEY_RETIRED
            assert scanned(lab, code) is wanted
    with lab.store.read():
        facts = [json.loads(row.facts) for row in AuditEntry.select().where(AuditEntry.subject == "key")]
    secrets = {key.hex() for key in load_key_file(lab.config.key_path).signing_keys.values()}
    assert all(set(fact) <= {"number", "fingerprint", "people"} for fact in facts)
    assert not any(secret in json.dumps(facts) for secret in secrets)
    assert lab.now() == NOW + timedelta()
