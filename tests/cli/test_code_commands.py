"""`lab-tui key`, `label`, `upgrade` and what `scan` tells of codes: each a thin call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab_tui.codes.passcode import CALIBRATION_CODE
from tests.cli.conftest import Answer, Lab


@pytest.fixture
def real(command: Callable[..., Answer], tmp_path: Path) -> Lab:
    """A new, real lab with one staff member."""
    folder, pin = tmp_path / "lab", tmp_path / "pin"
    pin.write_text("407193\n")
    made = command(
        *("--lab", folder, "init", "--name", "Harbour", "--zone", "Asia/Hong_Kong"),
        *("--staff", "Ada Wong", "--pin-file", pin),
    )
    assert made.code == 0, made.err
    return lambda *arguments: command("--lab", folder, *arguments)


def test_keys_are_added_and_retired(real: Lab) -> None:
    code = real("people", "badge", "1", "--out", "/dev/null/no", "--json")
    assert code.code == 3
    old = real("label", "code", "command", "staff_today", "--json").json["code"]
    assert real("scan", old).code == 0
    added = real("key", "rotate")
    assert added.code == 0
    assert "Key 2 signs from now on." in added.out
    listed = real("key", "list", "--json").json
    assert [(one["number"], one["signs"], one["labels"]) for one in listed] == [(1, False, 1), (2, True, 0)]
    table = real("key", "list").out
    assert "Fingerprint" in table
    assert "in the last 30 days" in table
    refused = real("key", "retire", "1")
    assert refused.code == 1
    assert "what it signed in the last 30 days: 0; labels: 1." in refused.err
    assert real("key", "retire", "1", "--force").code == 0
    answer = real("scan", old)
    assert answer.code == 1
    assert answer.out.splitlines() == [
        "✕ OLD KEY",
        "Signed with a key that is no longer in use",
        "Ask the staff for a new print of it",
    ]
    last = real("key", "retire", "2")
    assert last.code == 1
    assert "is the only one" in last.err


def test_an_old_copy_of_the_key_file_is_told_apart_before_a_key_is_added(real: Lab, tmp_path: Path) -> None:
    file = tmp_path / "lab" / "lab.key"
    old = file.read_bytes()
    real("key", "rotate")
    file.write_bytes(old)
    refused = real("key", "rotate")
    assert refused.code == 1
    assert f"Key 2, which another kiosk added, is not in {file}. Copy the newest lab.key here" in refused.err
    assert file.read_bytes() == old
    assert "Key 3 signs from now on." in real("key", "rotate", "--force").out


def test_no_key_is_ever_printed(real: Lab, tmp_path: Path) -> None:
    real("key", "rotate")
    secrets = [
        line.split()[1]
        for line in (tmp_path / "lab" / "lab.key").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert len(secrets) == 3
    for arguments in (
        ("key", "list"),
        ("key", "list", "--json"),
        ("key", "rotate", "--json"),
        ("audit", "list"),
    ):
        answer = real(*arguments)
        assert answer.code == 0
        assert not any(secret in answer.out + answer.err for secret in secrets)


def test_a_demo_has_no_keys(lab: Lab) -> None:
    answer = lab("key", "list")
    assert answer.code == 1
    assert "lab-tui init" in answer.err


def test_labels_are_shown_and_replaced(lab: Lab) -> None:
    desk = lab("desk", "map", "--json").json["desks"][0]["label"]
    old = lab("label", "code", "desk", desk.lower()).out.strip()
    assert old == lab("label", "code", "desk", desk, "--json").json["code"]
    new = lab("label", "reissue", "desk", desk, "scratched", "--request-key", "k1", "--json").json["code"]
    assert (
        lab("label", "reissue", "desk", desk, "scratched", "--request-key", "k1").out.splitlines()[1] == new
    )
    told = lab("scan", new)
    assert told.code == 0
    assert told.out.startswith(f"! DESK\nThis is desk {desk}, ")
    void = lab("scan", old, "--json")
    assert void.code == 1
    assert (void.json["verdict"], void.json["replaced"]) == ("revoked", True)
    assert void.json["label"]["title"] == desk


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("desk", "Z-99"), 2),
        (("workstation", "nowhere"), 2),
        (("event", "many"), 2),
        (("event", "9999"), 1),
        (("command", "rm"), 2),
        (("command", "open_door"), 2),
        (("person", "1"), 2),
    ],
)
def test_what_gets_no_label(lab: Lab, arguments: tuple[str, ...], code: int) -> None:
    answer = lab("label", "code", *arguments)
    assert answer.code == code
    assert answer.err


def test_a_card_for_an_event(lab: Lab) -> None:
    event = lab("event", "list", "--json").json[0]["id"]
    card = lab("label", "code", "command", "open_door", "--event", event).out.strip()
    assert "A card for staff: open the door" in lab("scan", card).out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("WIFI:T:WPA;S:guests;P:hunter2;;", "This is for a Wi-Fi network, not a pass of this lab"),
        ("4006381333931", "This is the barcode of a product, not a pass of this lab"),
        (CALIBRATION_CODE, "This is the calibration card of scanners"),
        ("VXL1P0", "Only a part of the code was read"),
    ],
)
def test_other_codes_are_named(lab: Lab, text: str, said: str) -> None:
    answer = lab("scan", text)
    assert answer.out.splitlines()[1] == said
    assert "hunter2" not in answer.out


def test_a_ticket_is_replaced(lab: Lab) -> None:
    for event in lab("event", "list", "--json").json:
        goers = lab("event", "show", event["id"], "--json").json
        if goers.get("seats_taken"):
            break
    answer = lab("people", "reissue-ticket", "1", "9999", "lost")
    assert answer.code == 1


def test_a_database_of_this_version_needs_no_upgrade(lab: Lab, folder: Path) -> None:
    before = (folder / "lab.db").read_bytes()
    answer = lab("upgrade")
    assert answer.code == 0
    assert "of this version already" in answer.out
    assert (folder / "lab.db").read_bytes() == before
    assert lab("upgrade", "--json").json["migrations"] == []
