"""The commands at work on a demo lab, each through its operation."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from lab_tui.clock import LabTime, SystemClock
from lab_tui.store.database import open_store
from lab_tui.store.tables.gpus import Booking, Workstation
from lab_tui.store.tables.lab import CaretakerDuty

Call = Callable  # type: ignore[type-arg]
HONG_KONG = LabTime.named("Asia/Hong_Kong")


def days_ahead(days: int) -> str:
    return str(HONG_KONG.day_of(SystemClock().now() + timedelta(days=days)))


@contextmanager
def rows_of(folder: Path) -> Iterator[None]:
    """The lab's tables, to be changed by hand."""
    store = open_store(str(folder / "lab.db"))
    with store.write():
        yield
    store.close()


def free_machine(lab: Call) -> tuple[str, str]:
    """A workstation, and a day well inside the horizon on which nobody has it."""
    for day in map(days_ahead, range(12, 3, -1)):
        view = lab("gpu", "day", day, "--json").json
        busy = {one["workstation_id"] for one in view["bookings"] + view["outages"]}
        for machine in view["workstations"]:
            if machine["id"] not in busy and not view["closures"]:
                return machine["name"], day
    raise AssertionError("the demo has no free workstation")


def book(lab: Call, place: tuple[str, str], *more: str) -> object:
    machine, day = place
    start = f"{day} 03:00"
    arguments = ["gpu", "book", machine, "--gpus", "0", "--from", start, "--hours", "1"]
    return lab(*arguments, "--as", "Mei Chan", "--json", *more)


def test_booking_cancelling_and_undoing_gpus(lab: Call) -> None:
    place = machine, _day = free_machine(lab)
    booked = book(lab, place, "--purpose", "test run", "--request-key", "k1")
    assert booked.code == 0
    booking = booked.json["what"]
    assert (booking["workstation"], booking["gpu_numbers"], booking["purpose"]) == (machine, [0], "test run")
    start = datetime.fromisoformat(booking["starts_at"])
    assert HONG_KONG.local(start).hour == 3
    assert booking["starts_at"].endswith("Z")
    assert book(lab, place, "--request-key", "k1").json == {**booked.json, "repeated": True}
    again = book(lab, place)
    assert again.code == 1
    assert "gpu_taken" in {reason["code"] for reason in again.json["refused"]}
    assert f"GPU 0 of {machine} is taken" in again.err
    mine = lab("gpu", "mine", "--as", "Mei Chan", "--json").json
    assert booking["id"] in {one["id"] for one in mine}
    cancelled = lab("gpu", "cancel", booking["id"], "--as", "Mei Chan", "--json")
    assert cancelled.json["what"]["state"] == "cancelled"
    assert lab("undo", cancelled.json["entry_id"], "--as", "Mei Chan", "--json").code == 0
    assert lab("gpu", "cancel", booking["id"], "--as", "Mei Chan").code == 0


def test_a_refusal_offers_what_is_possible(lab: Call) -> None:
    place = free_machine(lab)
    book(lab, place)
    refused = book(lab, place)
    remedies = refused.json["remedies"]
    assert remedies
    assert {remedy["kind"] for remedy in remedies} == {"book_instead"}
    assert "Possible instead:\n1  " in refused.err


def test_an_unknown_workstation_is_refused(lab: Call) -> None:
    refused = book(lab, ("no-such-machine", days_ahead(5)))
    assert refused.code == 1
    assert refused.err.startswith("✕ There is no workstation no-such-machine, only these: ")


def test_a_workstation_out_of_service_and_back(lab: Call) -> None:
    place = machine, _day = free_machine(lab)
    out = lab("gpu", "out-of-service", machine, "--reason", "new driver", "--json")
    assert out.code == 0
    assert out.json["what"]["ends_at"] is None
    assert "until further notice: new driver" in book(lab, place).err
    assert lab("gpu", "in-service", machine).code == 0
    assert book(lab, place).code == 0


def test_a_desk_is_claimed_and_released(lab: Call) -> None:
    day = days_ahead(3)
    floor = lab("desk", "map", day, "--json").json
    desk = next(one["label"] for one in floor["desks"] if one["state"] == "pool_free")
    assert desk in lab("desk", "map", day, "--free").out
    claimed = lab("desk", "claim", desk, day, "--as", "1", "--json")
    assert claimed.code == 0
    assert (claimed.json["what"]["desk"], claimed.json["what"]["first_day"]) == (desk, day)
    assert lab("desk", "claim", desk.lower(), day, "--as", "2").code == 1
    released = lab("desk", "release", claimed.json["what"]["id"], "--as", "1")
    assert released.code == 0
    assert f"Desk {desk} is free again" in released.out


def test_an_event_from_making_to_check_in(lab: Call) -> None:
    start = HONG_KONG.local(SystemClock().now() + timedelta(days=5)).strftime("%Y-%m-%d")
    made = lab(
        *("event", "create", "--title", "Reading group", "--place", "Pantry", "--capacity", "1"),
        *("--from", f"{start} 10:00", "--to", f"{start} 11:00", "--json"),
    )
    assert made.code == 0
    event = made.json["what"]["id"]
    assert "Reading group" in lab("event", "list").out
    assert lab("event", "sign-up", event, "--as", "1", "--json").json["what"]["state"] == "going"
    full = lab("event", "sign-up", event, "--as", "2", "--json")
    assert full.code == 1
    assert full.json["remedies"][0]["kind"] == "join_waiting_list"
    assert (
        lab("event", "sign-up", event, "--or-wait", "--as", "2", "--json").json["what"]["state"] == "waiting"
    )
    changed = lab("event", "change", event, "--title", "Reading circle", "--json").json["what"]
    assert (changed["title"], changed["capacity"]) == ("Reading circle", 1)
    assert lab("event", "cancel", event, "--as", "1").code == 0
    assert lab("event", "accept", event, "--as", "2", "--json").json["what"]["state"] == "going"
    assert lab("event", "open-check-in", event).code == 0
    shown = lab("event", "show", event)
    assert "Seats: 1 of 1 taken, 0 waiting" in shown.out
    assert lab("event", "call-off", event, "--json").json["what"]["cancelled"] is True
    assert lab("event", "cancel", event, "--as", "3").code == 1


def test_a_scan_says_what_a_code_means(lab: Call, tmp_path: Path) -> None:
    visitor = lab("people", "add", "Ada Wong", "--role", "visitor", "--json").json["what"]["id"]
    code = lab("people", "badge", visitor, "--out", tmp_path / "ada.png", "--json").json["code"]
    welcome = lab("scan", code, "--json")
    assert (welcome.code, welcome.json["verdict"]) == (0, "welcome")
    assert "Ada Wong" in lab("scan", code).out
    lab("people", "badge", visitor, "--out", tmp_path / "ada.png", "--reissue", "lost")
    lost = lab("scan", code, "--json")
    assert (lost.code, lost.json["verdict"]) == (1, "revoked")


def test_a_bad_code_is_refused(lab: Call) -> None:
    bad = lab("scan", "https://example.org/")
    assert bad.code == 1
    assert bad.out.startswith("✕ ")


def test_people_are_added_get_a_badge_and_a_pin(lab: Call, tmp_path: Path) -> None:
    added = lab("people", "add", "Ada Wong", "--role", "staff", "--unix-name", "ada", "--json").json["what"]
    picture = tmp_path / "ada.png"
    badge = lab("people", "badge", added["id"], "--out", picture, "--json")
    assert badge.code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_mode & 0o777 == 0o600
    again = lab("people", "badge", added["id"], "--out", picture, "--reissue", "lost", "--json")
    assert again.json["code"] != badge.json["code"]
    (tmp_path / "pin").write_text("184629\n", encoding="utf-8")
    assert lab("people", "pin", added["id"], "--pin-file", tmp_path / "pin").code == 0
    (tmp_path / "pin").write_text("123456\n", encoding="utf-8")
    easy = lab("people", "pin", added["id"], "--pin-file", tmp_path / "pin")
    assert easy.code == 2
    assert "123456" not in easy.out + easy.err
    entries = lab("audit", "list", "--limit", "5", "--json").json
    assert entries[0]["action"] == "people.set_pin"
    assert "set a PIN" in lab("audit", "list", "--limit", "1").out


@pytest.mark.parametrize("reason", ["", "  ", "\u200b"])
def test_a_badge_is_not_made_void_without_a_reason(lab: Call, tmp_path: Path, reason: str) -> None:
    """Nor is the old badge printed again, as if it were the new one."""
    code = lab("people", "badge", "1", "--out", tmp_path / "old.png", "--json").json["code"]
    refused = lab("people", "badge", "1", "--out", tmp_path / "new.png", "--reissue", reason)
    assert (refused.code, refused.out) == (2, "")
    assert "Reason must not be empty." in refused.err
    assert not (tmp_path / "new.png").exists()
    assert lab("people", "badge", "1", "--out", tmp_path / "old.png", "--json").json["code"] == code


def test_the_caretaker_runs_when_asked(lab: Call) -> None:
    first = lab("caretaker", "run", "--json")
    assert first.code == 0
    assert {"duty", "count", "waits"} == set(first.json[0])
    assert lab("caretaker", "run").out == "Nothing was due.\n"


def test_the_caretaker_waits_for_staff_after_a_jump_of_the_clock(lab: Call, folder: Path) -> None:
    assert lab("caretaker", "held").out == "Nothing waits for staff.\n"
    lab("caretaker", "run")
    with rows_of(folder):
        # As if nobody had been there since, while more came due than a wrong clock should bring about.
        year_ago = datetime.now(UTC) - timedelta(days=365)
        CaretakerDuty.update(last_done_at=year_ago).where(CaretakerDuty.name == "end_ended").execute()
        late = {"starts_at": year_ago, "ends_at": year_ago + timedelta(hours=1), "created_at": year_ago}
        for _each in range(21):
            Booking.create(workstation=1, person=1, state="checked_in", **late)
    ran = lab("caretaker", "run")
    assert "Something waits for staff: see `lab-tui caretaker held`." in ran.out
    (held,) = lab("caretaker", "held", "--json").json
    assert (held["duty"], held["count"]) == ("end_ended", 21)
    shown = lab("caretaker", "held").out
    assert "end what has ended  21" in shown
    assert "say so with: lab-tui caretaker confirm" in shown
    confirmed = lab("caretaker", "confirm")
    assert confirmed.code == 0
    assert "end what has ended  21" in confirmed.out
    assert lab("caretaker", "confirm").code == 1
    assert "let the caretaker catch up" in lab("audit", "list", "--limit", "2").out


def test_names_are_printed_harmless_and_columns_stay_aligned(lab: Call, folder: Path) -> None:
    store = open_store(str(folder / "lab.db"))
    with store.write():
        store.database.execute_sql("UPDATE person SET name = 'Eve' || char(27) || '[2J[/x]' WHERE id = 1")
    store.close()
    out = lab("people", "find", "eve").out
    assert "\x1b" not in out
    assert "Eve[2J[/x]" in out
    head, row = out.splitlines()[:2]
    assert head.index("Role") > head.index("Other name")
    assert "陳美" in row


def test_doctor_finds_nothing_wrong_in_a_sound_lab(lab: Call) -> None:
    answer = lab("doctor", "--json")
    states = {one["check"]: one["state"] for one in answer.json}
    assert answer.code == 0
    for check in (
        "python",
        "sqlite",
        "clock",
        "print.command",
        "print.logo",
        "postgresql",
        "database",
        "integrity",
        "journal",
        "writable",
        "key",
    ):
        assert states[check] == "ok", check


def test_doctor_says_what_is_wrong_and_how_to_mend_it(command: Call, tmp_path: Path) -> None:
    missing = command("--lab", tmp_path, "doctor")
    assert missing.code == 3
    assert "`lab-tui init`" in missing.out
    (tmp_path / "lab.toml").write_text("[lab]\nzone = 'Mars/Olympus'\n", encoding="utf-8")
    wrong = command("--lab", tmp_path, "doctor")
    assert wrong.code == 3
    assert "Mars/Olympus is no IANA time zone" in wrong.out


def finding(lab: Call, check: str) -> tuple[str, str, str]:
    """What doctor says of one thing."""
    found = next(one for one in lab("doctor", "--json").json if one["check"] == check)
    return found["state"], found["says"], found["remedy"]


def test_doctor_sees_whether_the_printer_s_program_can_be_run(lab: Call, folder: Path) -> None:
    assert finding(lab, "print.command") == (
        "ok",
        f"none is set: what is printed stays in {folder / 'pictures'}",
        "",
    )
    program = folder / "print it"
    program.touch(mode=0o600)
    for command, named in (("lpr-of-nowhere -d x", "lpr-of-nowhere"), (f"'{program}' --now", str(program))):
        (folder / "lab.toml").write_text(f'[print]\ncommand = "{command}"\n', encoding="utf-8")
        assert finding(lab, "print.command") == (
            "wrong",
            f"{named} is not there, or may not be run by this account.",
            "Install it, or correct print.command in lab.toml.",
        )
    program.chmod(0o700)
    assert finding(lab, "print.command") == ("ok", str(program), "")
    (folder / "lab.toml").write_text('[print]\ncommand = "true"\n', encoding="utf-8")
    assert finding(lab, "print.command") == ("ok", shutil.which("true"), "")


def test_doctor_sees_whether_the_logo_can_be_drawn(lab: Call, folder: Path) -> None:
    (folder / "lab.toml").write_text('[print]\nlogo = "ours.png"\n', encoding="utf-8")
    path = folder / "ours.png"
    state, says, _remedy = finding(lab, "print.logo")
    assert (state, f"The logo {path} cannot be used (No such file or directory)." in says) == ("wrong", True)
    path.write_text("no picture", encoding="utf-8")
    state, says, _remedy = finding(lab, "print.logo")
    assert (state, "Name a PNG picture in print.logo of lab.toml." in says) == ("wrong", True)
    assert lab("doctor").code == 3
    Image.new("RGBA", (30, 10)).save(path)
    assert finding(lab, "print.logo") == ("ok", str(path), "")


def test_doctor_names_a_workstation_whose_rules_no_longer_fit(lab: Call, folder: Path) -> None:
    assert any((one["check"], one["state"]) == ("workstations", "ok") for one in lab("doctor", "--json").json)
    with rows_of(folder):
        machine = Workstation.select().order_by(Workstation.id).first()
        Workstation.update(policy='{"slot_minutes": 60}').where(Workstation.id == machine.id).execute()
    answer = lab("doctor")
    assert answer.code == 3
    assert (
        f"workstations: {machine.name}: gpus.shortest_minutes: 30 is not a multiple of 60 minutes."
        in answer.out
    )
    assert "Until it is mended the lab's own rules hold there." in answer.out
    assert f"lab-tui workstation change {machine.name} --unset slot_minutes" in answer.out
    # It goes on, by the lab's rules; and what doctor says mends it.
    assert lab("gpu", "now").code == 0
    assert lab("workstation", "list").code == 0
    assert lab("workstation", "change", machine.name, "--unset", "slot_minutes").code == 0
    assert any((one["check"], one["state"]) == ("workstations", "ok") for one in lab("doctor", "--json").json)


def test_doctor_sees_a_damaged_database(lab: Call, folder: Path) -> None:
    path = folder / "lab.db"
    content = bytearray(path.read_bytes())
    for page in range(20, 60):
        content[page * 4096 + 8 : page * 4096 + 40] = b"\xff" * 32
    path.write_bytes(bytes(content))
    answer = lab("doctor", "--json")
    states = {one["check"]: one["state"] for one in answer.json}
    assert answer.code == 3
    assert "wrong" in (states.get("integrity"), states.get("database"))


def test_a_new_lab_is_made_whole_or_not_at_all(command: Call, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("184629\n", encoding="utf-8")
    (tmp_path / "easy").write_text("111111\n", encoding="utf-8")
    folder = tmp_path / "deep" / "lab"
    arguments = ["--name", "Quay Lab", "--zone", "Asia/Hong_Kong", "--staff", "Ada Wong", "--pin-file"]
    assert command("--lab", folder, "init", *arguments, tmp_path / "easy").code == 2
    assert not folder.exists()
    made = command("--lab", folder, "init", *arguments, tmp_path / "pin", "--json")
    assert made.code == 0
    assert (folder / "lab.key").stat().st_mode & 0o777 == 0o600
    assert Path(made.json["badge"]).read_bytes().startswith(b"\x89PNG")
    assert command("--lab", folder, "scan", made.json["code"], "--json").json["verdict"] == "welcome"
    assert command("--lab", folder, "doctor").code == 0
    before = {path: path.read_bytes() for path in folder.iterdir() if path.name in ("lab.toml", "lab.key")}
    again = command("--lab", folder, "init", *arguments, tmp_path / "pin", "--json")
    assert (again.code, again.json["system_cannot"]["code"]) == (3, "store_exists")
    assert {path: path.read_bytes() for path in before} == before


def test_pretending_a_time_is_for_demo_labs(command: Call, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("184629\n", encoding="utf-8")
    arguments = ["--name", "Q", "--zone", "UTC", "--staff", "Ada", "--pin-file", tmp_path / "pin"]
    assert command("--lab", tmp_path / "lab", "init", *arguments).code == 0
    answer = command("--lab", tmp_path / "lab", "run", "--pretend-now", "2026-11-22 14:00")
    assert answer.code == 2
    assert "for demo labs only" in answer.err
    demo = command("--lab", tmp_path / "lab", "demo")
    assert demo.code == 3
    assert "is a real one" in demo.err


def test_a_demo_lab_is_made_once(command: Call, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    made = command("--lab", folder, "demo", "--no-run")
    assert made.code == 0
    assert "press F2" in made.out
    content = (folder / "lab.db").read_bytes()
    assert command("--lab", folder, "demo", "--no-run").code == 0
    assert (folder / "lab.db").read_bytes() == content
    assert json.loads(command("--lab", folder, "doctor", "--json").out)
