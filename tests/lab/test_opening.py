"""Making a lab and opening it again; whose key fits whose database."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab_tui.codes.keyfile import DEMO_KEYS, load_key_file, make_key_file
from lab_tui.codes.passcode import KeyRing
from lab_tui.config import load_config
from lab_tui.errors import BadInput, SystemCannot
from lab_tui.lab import people
from lab_tui.lab.opening import DEMO_FINGERPRINT, key_fingerprint, make_lab, open_lab
from lab_tui.lab.operation import OPERATOR, Lab
from lab_tui.store import schema
from lab_tui.store.database import database
from lab_tui.store.tables.lab import Lab as LabRow
from tests.engines import _address, _on_server
from tests.world import NOW, TODAY, SetClock


@pytest.fixture
def bare_address(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where a database can be made: nothing there yet on SQLite, an empty one on PostgreSQL."""
    monkeypatch.delenv("LAB_TUI_DATABASE", raising=False)
    if engine == "sqlite":
        yield str(tmp_path / "lab" / "lab.db")
        return
    name = f"lab_bare_{os.urandom(8).hex()}"
    _on_server(f'CREATE DATABASE "{name}"')
    monkeypatch.setenv("LAB_TUI_DATABASE", _address(name))
    yield _address(name)
    database.obj.close()
    _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "lab"


def make(folder: Path, name: str = "Harbour AI Lab") -> Lab:
    return make_lab(folder, name, "Asia/Hong_Kong", SetClock())


def system_code(folder: Path) -> str:
    with pytest.raises(SystemCannot) as caught:
        open_lab(folder)
    return caught.value.code


def set_row(lab: Lab, **values: object) -> None:
    with lab.store.write():
        LabRow.update(**values).execute()
    lab.store.close()


def test_a_new_lab_is_whole_private_and_opens_again(folder: Path, bare_address: str) -> None:
    lab = make(folder, 'The "Straße" 實驗室')
    assert load_config(folder).lab.name == 'The "Straße" 實驗室'
    assert stat.S_IMODE((folder / "lab.key").stat().st_mode) == 0o600
    with lab.store.read():
        row = LabRow.get_by_id(1)
    assert (row.kind, row.created_at, row.demo_day) == ("real", NOW, None)
    assert row.key_fingerprint == key_fingerprint(load_key_file(folder / "lab.key"))
    person = people.add(lab, OPERATOR, people.NewPerson("Ada Wong", "staff")).what
    code = people.badge_code(lab, OPERATOR, person.id)
    lab.store.close()

    again = open_lab(folder, SetClock())
    assert again.store.address == bare_address
    assert people.person_of_code(again, code).name == "Ada Wong"
    assert people.demo_badges(again) == ()
    again.store.close()


def test_a_lab_is_never_made_over_another(folder: Path, bare_address: str) -> None:
    make(folder).store.close()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(SystemCannot, match="store_exists"):
        make(folder, "Another")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_database_in_use_is_left_alone_and_nothing_else_is_left(folder: Path, bare_address: str) -> None:
    folder.mkdir()
    schema.create(bare_address).close()
    kept = sorted(path.name for path in folder.iterdir())
    with pytest.raises(SystemCannot, match="store_exists"):
        make(folder)
    assert sorted(path.name for path in folder.iterdir()) == kept
    assert system_code(folder) == "store_empty"


def test_a_key_in_use_is_never_overwritten(folder: Path, bare_address: str) -> None:
    folder.mkdir()
    make_key_file(folder / "lab.key")
    before = (folder / "lab.key").read_bytes()
    with pytest.raises(SystemCannot, match="key_exists"):
        make(folder)
    assert [path.name for path in folder.iterdir()] == ["lab.key"]
    assert (folder / "lab.key").read_bytes() == before


def test_a_lab_that_cannot_be_finished_leaves_nothing(
    folder: Path, bare_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stopped:
        """A clock that fails when the last row is written."""

        def now(self) -> object:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        make_lab(folder, "Harbour", "Asia/Hong_Kong", Stopped())  # type: ignore[arg-type]
    assert not folder.exists()
    make(folder).store.close()


def test_names_and_zones_are_checked_before_anything_is_made(folder: Path) -> None:
    for name, zone in ((" ", "Asia/Hong_Kong"), ("Harbour", "Asia/Atlantis")):
        with pytest.raises(BadInput):
            make_lab(folder, name, zone)
    assert not folder.exists()


def test_an_unwritable_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemCannot, match="folder_unwritable"):
        make(tmp_path / "file" / "lab")
    with pytest.raises(SystemCannot, match="folder_unwritable"):
        make(tmp_path / "no" / "such" / "parent")


def test_another_labs_key_is_refused(folder: Path, bare_address: str) -> None:
    make(folder).store.close()
    (folder / "lab.key").unlink()
    assert system_code(folder) == "key_missing"
    make_key_file(folder / "lab.key")
    assert system_code(folder) == "key_of_another_lab"


def test_a_newer_key_beside_the_first_is_welcome(folder: Path, bare_address: str) -> None:
    make(folder).store.close()
    with (folder / "lab.key").open("a") as file:
        file.write(f"2 {'ab' * 32}\n")
    lab = open_lab(folder)
    assert lab.keys.signing_keys.keys() == {1, 2}
    lab.store.close()


def test_the_demo_key_is_refused_in_a_real_lab(folder: Path, bare_address: str) -> None:
    make(folder).store.close()
    demo = DEMO_KEYS.signing_keys[0].hex()
    (folder / "lab.key").write_text(f"1 {demo}\npepper {'ab' * 32}\n")
    assert system_code(folder) == "demo_key_refused"
    (folder / "lab.key").write_text(f"1 {'ab' * 32}\npepper {DEMO_KEYS.pepper.hex()}\n")
    assert system_code(folder) == "demo_key_refused"


def test_a_demo_lab_needs_no_key_and_takes_only_the_demos(folder: Path, bare_address: str) -> None:
    lab = make(folder)
    set_row(lab, kind="demo", demo_day=TODAY, key_fingerprint=DEMO_FINGERPRINT)
    (folder / "lab.key").unlink()
    demo = open_lab(folder)
    assert demo.keys is DEMO_KEYS
    demo.store.close()


def test_a_demo_relabelled_as_real_does_not_open_with_the_demo_keys(folder: Path, bare_address: str) -> None:
    lab = make(folder)
    set_row(lab, key_fingerprint=DEMO_FINGERPRINT)
    assert system_code(folder) == "key_of_another_lab"
    (folder / "lab.key").unlink()
    assert system_code(folder) == "key_missing"


def test_fingerprints_are_of_the_first_key(folder: Path) -> None:
    one, two = b"1" * 32, b"2" * 32
    ring = KeyRing({1: one, 2: two}, b"p" * 32)
    assert key_fingerprint(ring) == key_fingerprint(KeyRing({1: one}, b"q" * 32))
    assert key_fingerprint(ring) != key_fingerprint(KeyRing({2: two}, b"p" * 32))
    assert len(key_fingerprint(ring)) == 16
    assert key_fingerprint(DEMO_KEYS) == DEMO_FINGERPRINT


def test_an_empty_folder_holds_no_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_TUI_DATABASE", raising=False)
    assert system_code(tmp_path) == "store_missing"
    assert list(tmp_path.iterdir()) == []


def test_opening_brings_in_no_migrations_no_hashing_and_no_drawing() -> None:
    heavy = ("playhouse.migrations", "playhouse.migrate", "argon2", "qrcode", "PIL", "textual", "psycopg")
    program = f"import sys, lab_tui.lab.opening; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("[]", "['psycopg']")
