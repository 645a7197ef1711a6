"""An older database becomes one of this version, with a copy of what it was."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import apsw
import pytest
from playhouse.migrations import Runner

from lab_tui.codes.keyfile import DEMO_KEYS, load_key_file, make_key_file
from lab_tui.codes.passcode import PassKind
from lab_tui.config import DATABASE_NAME, load_config
from lab_tui.errors import Refused, SystemCannot
from lab_tui.lab import audit, checkins, keys, people
from lab_tui.lab.checkins import Verdict
from lab_tui.lab.keys import fingerprint
from lab_tui.lab.opening import open_lab
from lab_tui.lab.operation import OPERATOR, Actor
from lab_tui.lab.rules.reasons import Code
from lab_tui.lab.upgrading import upgrade
from lab_tui.store import database, schema
from lab_tui.store.database import APPLICATION_ID, SCHEMA_VERSION
from lab_tui.store.database import database as tables
from lab_tui.store.fields import instant_text
from lab_tui.store.guards import GuardBroken
from lab_tui.wording import names
from tests.engines import _address, _on_server
from tests.world import NOW, SetClock

FIRST = "0001_first"
PASS = 0x0123456789ABCDEF


@pytest.fixture
def old_lab(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a demo lab as the first version left it, with one person and their badge."""
    monkeypatch.delenv("LAB_TUI_DATABASE", raising=False)
    name = f"lab_old_{os.urandom(8).hex()}"
    address = str(tmp_path / DATABASE_NAME)
    if engine == "postgresql":
        _on_server(f'CREATE DATABASE "{name}"')
        address = _address(name)
        monkeypatch.setenv("LAB_TUI_DATABASE", address)
    _make_of_first_version(address)
    yield tmp_path
    if engine == "postgresql":
        tables.obj.close()
        _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


def _make_of_first_version(address: str) -> None:
    store = database.connect(address)
    if store.engine == "sqlite":
        with store.read():
            pass
        store.database.execute_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        store.database.execute_sql("PRAGMA journal_mode = WAL")
    with store.write():
        assert Runner(store.database, str(schema.MIGRATIONS)).up(target=FIRST) == [FIRST]
        say = store.database.execute_sql
        at = "2026-11-01T00:00:00.000Z"
        say(
            "INSERT INTO lab (id, kind, key_fingerprint, created_at, demo_day) "
            f"VALUES (1, 'demo', 'demo', '{at}', '2026-11-18')"
        )
        say(
            "INSERT INTO person (id, name, other_name, role, title, email, language, active, created_at) "
            f"VALUES (7, 'Ada Wong', '', 'staff', '', '', '', TRUE, '{at}')"
        )
        say(
            "INSERT INTO pass (code_id, kind, person_id, issued_at, revoked_because) "
            f"VALUES ('{PASS:016x}', 'person', 7, '{at}', '')"
        )
        if store.engine == "sqlite":
            say("PRAGMA user_version = 1")
    store.close()


def system_code(folder: Path) -> str:
    with pytest.raises(SystemCannot) as caught:
        open_lab(folder)
    return caught.value.code


def test_an_old_database_is_refused_until_it_is_upgraded(old_lab: Path, engine: str) -> None:
    assert system_code(old_lab) == "store_older"
    done = upgrade(old_lab)
    assert (done.from_version, done.to_version) == (1, SCHEMA_VERSION)
    assert done.migrations[0] == "0002_labels"
    lab = open_lab(old_lab)
    code = DEMO_KEYS.issue(PassKind.PERSON, PASS)
    result = checkins.scan(lab, Actor(None, "kiosk:Lobby"), code, "Lobby")
    lab.store.close()
    assert (result.verdict, result.person_name) == (Verdict.WELCOME, "Ada Wong")
    assert (done.backup is None) == (engine == "postgresql")


def test_a_second_upgrade_does_nothing(old_lab: Path) -> None:
    upgrade(old_lab)
    files = sorted(path.name for path in old_lab.iterdir())
    again = upgrade(old_lab)
    assert (again.from_version, again.migrations, again.backup) == (SCHEMA_VERSION, (), None)
    assert sorted(path.name for path in old_lab.iterdir()) == files
    assert len(audit_log(old_lab)) == 1


def audit_log(folder: Path) -> tuple[audit.Entry, ...]:
    lab = open_lab(folder)
    try:
        return audit.latest(lab, OPERATOR)
    finally:
        lab.store.close()


def test_the_audit_log_tells_of_an_upgrade(old_lab: Path) -> None:
    done = upgrade(old_lab, SetClock())
    [entry] = audit_log(old_lab)
    assert (entry.at, entry.via, entry.action, entry.subject) == (NOW, "cli", "lab.upgrade", "lab")
    assert entry.facts == {"from": 1, "to": SCHEMA_VERSION, "migrations": list(done.migrations)}
    assert names.action(entry.action) == "upgraded the database"


# A log that takes no entry of an upgrade, as when the machine stops before it is written.
FULL_LOG = {
    "sqlite": """
        CREATE TRIGGER log_is_full BEFORE INSERT ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'the log is full'); END""",
    "postgresql": "ALTER TABLE audit_entry ADD CONSTRAINT log_is_full CHECK (action <> 'lab.upgrade')",
}
ROOM_IN_LOG = {
    "sqlite": "DROP TRIGGER log_is_full",
    "postgresql": "ALTER TABLE audit_entry DROP CONSTRAINT log_is_full",
}


def _run(folder: Path, statement: str) -> None:
    store = database.connect(load_config(folder).database_url)
    with store.write():
        store.database.execute_sql(statement)
    store.close()


def test_no_upgrade_is_without_its_entry(old_lab: Path, engine: str) -> None:
    _run(old_lab, FULL_LOG[engine])
    with pytest.raises(GuardBroken):
        upgrade(old_lab)
    assert system_code(old_lab) == "store_older"
    _run(old_lab, ROOM_IN_LOG[engine])
    assert upgrade(old_lab).from_version == 1
    assert [entry.action for entry in audit_log(old_lab)] == ["lab.upgrade"]


def _make_it_real(folder: Path) -> str:
    """Turn the lab into a real one whose badge was scanned the day before; returns the badge's code."""
    config = load_config(folder)
    make_key_file(config.key_path)
    ring = load_key_file(config.key_path)
    store = database.connect(config.database_url)
    with store.write():
        own = fingerprint(ring.signing_keys[1])
        store.database.execute_sql(
            f"UPDATE lab SET kind = 'real', key_fingerprint = '{own}', demo_day = NULL"
        )
        store.database.execute_sql(
            "INSERT INTO scan (at, pass_id, verdict) "
            f"SELECT '{instant_text(NOW - timedelta(days=1))}', id, 'welcome' FROM pass"
        )
    store.close()
    return ring.issue(PassKind.PERSON, PASS)


def test_a_badge_that_was_scanned_before_the_upgrade_keeps_its_key_from_being_retired(old_lab: Path) -> None:
    """The first version did not write down which key had signed what it scanned."""
    badge = _make_it_real(old_lab)
    upgrade(old_lab, SetClock())
    lab = open_lab(old_lab, SetClock())
    try:
        keys.rotate(lab, OPERATOR)
        assert [view.people for view in keys.live_keys(lab, OPERATOR)] == [1, 0]
        with pytest.raises(Refused) as caught:
            keys.retire(lab, OPERATOR, 1)
        assert caught.value.codes == {Code.KEY_IN_USE}
        checkins.scan(lab, Actor(None, "kiosk:Lobby"), people.badge_code(lab, OPERATOR, 7), "Lobby")
        assert [view.people for view in keys.live_keys(lab, OPERATOR)] == [0, 1]
        keys.retire(lab, OPERATOR, 1)
        assert checkins.scan(lab, Actor(None, "kiosk:Lobby"), badge, "Lobby").verdict is Verdict.KEY_RETIRED
    finally:
        lab.store.close()


@pytest.mark.parametrize("engine", ["sqlite"])
def test_the_copy_is_what_the_database_was(old_lab: Path) -> None:
    taken = old_lab / f"{DATABASE_NAME}.schema-1"
    taken.write_text("an older copy, which is kept")
    done = upgrade(old_lab)
    assert done.backup == old_lab / f"{DATABASE_NAME}.schema-1.2"
    assert stat.S_IMODE(done.backup.stat().st_mode) == 0o600
    assert taken.read_text() == "an older copy, which is kept"
    copy = apsw.Connection(str(done.backup), apsw.SQLITE_OPEN_READONLY)
    assert copy.pragma("user_version") == 1
    assert copy.pragma("application_id") == APPLICATION_ID
    assert copy.execute("SELECT name FROM person").fetchall() == [("Ada Wong",)]
    assert copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 'label'").get == 0
    copy.close()
    # Put in its place, the copy is upgraded like the first.
    done.backup.replace(old_lab / DATABASE_NAME)
    assert upgrade(old_lab).from_version == 1


@pytest.mark.parametrize("engine", ["sqlite"])
def test_without_a_copy_nothing_is_changed(old_lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "_see_that_it_is_whole", full)
        with pytest.raises(SystemCannot, match="backup_unwritable"):
            upgrade(old_lab)
    assert system_code(old_lab) == "store_older"
    assert not list(old_lab.glob("*.schema-1*"))
    assert upgrade(old_lab).from_version == 1


def test_a_migration_that_fails_leaves_the_old_version(
    old_lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Runner):  # type: ignore[misc]
        def up(self, *_args: object, **_more: object) -> list[str]:
            super().up()
            raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(schema, "Runner", Broken)
        with pytest.raises(TimeoutError):
            upgrade(old_lab)
    assert system_code(old_lab) == "store_older"
    assert upgrade(old_lab).from_version == 1


def test_what_is_no_old_lab_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_TUI_DATABASE", raising=False)
    with pytest.raises(SystemCannot, match="store_missing"):
        upgrade(tmp_path)
    (tmp_path / DATABASE_NAME).write_bytes(b"something else")
    with pytest.raises(SystemCannot, match="store_foreign"):
        upgrade(tmp_path)
    (tmp_path / DATABASE_NAME).unlink()
    store = schema.create(str(tmp_path / DATABASE_NAME))
    store.database.execute_sql(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    store.close()
    with pytest.raises(SystemCannot, match="store_newer"):
        upgrade(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [DATABASE_NAME]
