"""The GPU commands at work on a demo lab: a booking's life, waiting, staff's machines, what is outside."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from tests.cli.test_commands import HONG_KONG, days_ahead, free_machine

Call = Callable[..., Any]
MEI = ("--as", "Mei Chan", "--json")


@pytest.fixture
def place(lab: Call) -> tuple[str, str]:
    """A workstation with two GPUs or more, and a day on which nobody has it."""
    return free_machine(lab)


def book(lab: Call, place: tuple[str, str], *more: str, hour: str = "03:00", which: str = "--gpus 0") -> Any:
    """Mei Chan's booking of an hour."""
    machine, day = place
    answer = lab(
        *("gpu", "book", machine, *which.split(), "--from", f"{day} {hour}", "--hours", "1", *more), *MEI
    )
    assert answer.code == 0, answer.err
    return answer.json["what"]


def local_hours(booking: Any) -> tuple[int, int]:
    """From which hour to which of the lab's wall clock."""
    instants = (datetime.fromisoformat(booking[name]) for name in ("starts_at", "ends_at"))
    first, last = (HONG_KONG.local(instant).hour for instant in instants)
    return first, last


def team_mate(lab: Call) -> str:
    """Somebody else of Mei Chan's start-up."""
    people = lab("people", "find", "Lumen", "Vision", "--json").json
    return next(str(one["id"]) for one in people if one["name"] != "Mei Chan" and one["role"] == "member")


def test_the_lab_picks_gpus_where_only_their_number_is_said(lab: Call, place: tuple[str, str]) -> None:
    assert len(book(lab, place, which="--count 2")["gpu_numbers"]) == 2


def test_the_whole_machine_is_booked_as_one_act(lab: Call, place: tuple[str, str]) -> None:
    machines = lab("workstation", "list", "--json").json
    gpu_count = next(one["gpu_count"] for one in machines if one["name"] == place[0])
    assert book(lab, place, which="--all")["gpu_numbers"] == list(range(gpu_count))


@pytest.mark.parametrize("which", [[], ["--all", "--count", "1"], ["--gpus", "0", "--all"]])
def test_which_gpus_is_said_once(lab: Call, which: list[str]) -> None:
    answer = lab("gpu", "book", "kowloon", *which, "--from", "tomorrow 03:00", "--hours", "1", *MEI)
    assert answer.code == 2
    assert "Give one of --gpus, --count and --all." in answer.err


def test_a_booking_is_moved_longer_shorter_and_in_two_parts(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    booking = book(lab, place)
    moved = lab("gpu", "move", booking["id"], "--from", f"{day} 05:00", *MEI).json["what"]
    assert (local_hours(moved), moved["gpu_numbers"]) == ((5, 6), [0])
    longer = lab("gpu", "extend", moved["id"], "--hours", "2", *MEI).json["what"]
    assert local_hours(longer) == (5, 8)
    shorter = lab("gpu", "shorten", moved["id"], "--to", f"{day} 07:00", *MEI).json["what"]
    assert local_hours(shorter) == (5, 7)
    rest = lab("gpu", "split", moved["id"], "--at", f"{day} 06:00", "--gpus", "1", *MEI).json["what"]
    assert (local_hours(rest), rest["gpu_numbers"]) == ((6, 7), [1])
    mine = {one["id"]: local_hours(one) for one in lab("gpu", "mine", *MEI).json}
    assert (mine[moved["id"]], mine[rest["id"]]) == ((5, 6), (6, 7))
    assert booking["id"] not in mine
    said = lab("gpu", "extend", rest["id"], "--longest", "--as", "Mei Chan")
    assert said.code == 0
    assert said.out.startswith(f"Extended: {machine} GPU 1, ")
    assert "CUDA_VISIBLE_DEVICES=1\nTake it back with: lab-tui --lab " in said.out


def test_what_a_move_does_not_say_stays(lab: Call, place: tuple[str, str]) -> None:
    booking = book(lab, place, "--purpose", "test run", which="--gpus 0,1")
    found = lab("gpu", "find", "--count", "2", "--hours", "1", "--from", f"{place[1]} 03:00", "--json").json
    other = next(one["workstation"] for one in found if one["workstation"] != place[0])
    start = HONG_KONG.local(
        datetime.fromisoformat(next(one["wish"]["starts_at"] for one in found if one["workstation"] == other))
    )
    moved = lab(
        "gpu", "move", booking["id"], "--workstation", other, "--from", f"{start:%Y-%m-%d %H:%M}", *MEI
    )
    assert moved.code == 0, moved.err
    assert moved.json["what"]["workstation"] == other
    assert (len(moved.json["what"]["gpu_numbers"]), moved.json["what"]["purpose"]) == (2, "test run")


def test_a_booking_is_handed_to_a_team_mate(lab: Call, place: tuple[str, str]) -> None:
    booking, mate = book(lab, place), team_mate(lab)
    handed = lab("gpu", "hand-over", booking["id"], mate, *MEI).json["what"]
    assert str(handed["person_id"]) == mate
    stranger = lab("gpu", "cancel", booking["id"], *MEI)
    assert {reason["code"] for reason in stranger.json["refused"]} == {"not_yours"}


def test_what_has_not_begun_cannot_be_finished(lab: Call, place: tuple[str, str]) -> None:
    refused = lab("gpu", "finish", book(lab, place)["id"], *MEI)
    assert [reason["code"] for reason in refused.json["refused"]] == ["not_begun"]


def test_a_series_says_what_it_would_be_before_it_is(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    weekday = datetime.fromisoformat(day).strftime("%a").casefold()
    asked = ("gpu", "series", machine, "--gpus", "0", "--on", weekday, "--weeks", "9")
    asked += ("--from", f"{day} 03:00", "--hours", "1")
    plan = lab(*asked, "--dry-run", *MEI).json
    assert len(plan["possible"]) + len(plan["refused"]) == 9
    assert "✕ Not " in lab(*asked, "--dry-run", "--as", "Mei Chan").out
    before = lab("gpu", "mine", *MEI).json
    made = lab(*asked, "--request-key", "s1", *MEI).json
    assert [one["starts_at"] for one in made["what"]["bookings"]] == [
        wish["starts_at"] for wish in plan["possible"]
    ]
    assert lab(*asked, "--request-key", "s1", *MEI).json["entry_id"] == made["entry_id"]
    assert lab("gpu", "cancel-series", made["what"]["id"], *MEI).code == 0
    assert lab("gpu", "mine", *MEI).json == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--on", "tuesday", "--weeks", "2"], "--on: tuesday is not a choice. Choose one of: mon, tue"),
        (["--on", "tue"], "Give one of --until, --weeks and --until-cohort-ends."),
        (["--on", "tue", "--weeks", "2", "--until", "tomorrow"], "Give one of --until, --weeks and"),
        (["--on", "tue", "--weeks", "2", "--until-cohort-ends"], "Give one of --until, --weeks and"),
    ],
)
def test_a_series_that_makes_no_sense(lab: Call, arguments: list[str], says: str) -> None:
    start = ("--gpus", "0", "--from", "tomorrow 03:00", "--hours", "1")
    answer = lab("gpu", "series", "kowloon", *arguments, *start, *MEI)
    assert answer.code == 2
    assert says in answer.err


def test_a_series_of_which_nothing_is_possible_names_the_days_and_is_a_refusal(
    lab: Call, place: tuple[str, str]
) -> None:
    machine, day = place
    weekday = datetime.fromisoformat(day).strftime("%a").casefold()
    asked = ("gpu", "series", machine, "--count", "99", "--on", weekday, "--weeks", "2")
    asked += ("--from", f"{day} 03:00", "--hours", "1", "--as", "Mei Chan")
    for more in ((), ("--dry-run",)):
        refused = lab(*asked, *more)
        assert refused.code == 1
        said = refused.out if more else refused.err
        assert said.startswith("Not one of them can be booked:\n✕ Not ")
        assert said.count("✕ Not ") == 2
        as_json = lab(*asked, *more, "--json")
        assert as_json.code == 1
        assert (as_json.json["possible"], len(as_json.json["refused"])) == ([], 2)


def test_a_series_runs_until_the_cohort_ends(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    weekday = datetime.fromisoformat(day).strftime("%a").casefold()
    asked = ("gpu", "series", machine, "--gpus", "0", "--on", weekday, "--until-cohort-ends")
    asked += ("--from", f"{day} 03:00", "--hours", "1", "--dry-run")
    plan = lab(*asked, *MEI).json
    assert len(plan["possible"]) + len(plan["refused"]) > 2
    none = lab(*asked, "--as", "Ada Wong", "--json")
    assert (none.code, none.json["refused"][0]["code"]) == (1, "no_cohort_end")


def test_whoever_waits_is_offered_what_frees_and_takes_it(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    lab("gpu", "book", machine, "--all", "--from", f"{day} 03:00", "--hours", "1", "--as", "2", "--json")
    window = ("--from", f"{day} 03:00", "--to", f"{day} 04:00", "--hours", "1", "--workstation", machine)
    waiting = lab("gpu", "wait", "--count", "1", *window, "--request-key", "w1", *MEI)
    assert (waiting.code, waiting.json["what"]["state"]) == (0, "waiting")
    assert "1 GPU on" in lab("gpu", "waits", "--as", "Mei Chan").out
    theirs = next(one for one in lab("gpu", "day", day, "--json").json["bookings"] if one["person_id"] == 2)
    assert lab("gpu", "cancel", theirs["id"], "--as", "2").code == 0
    [offer] = [one for one in lab("gpu", "waits", *MEI).json["offers"] if one["workstation"] == machine]
    assert "Held until" in lab("gpu", "waits", "--as", "Mei Chan").out
    taken = lab("gpu", "accept", offer["id"], *MEI)
    assert (taken.code, taken.json["what"]["state"]) == (0, "booked")


def test_whoever_no_longer_wants_says_so(lab: Call, place: tuple[str, str], folder: Path) -> None:
    machine, day = place
    window = ("--from", f"{day} 03:00", "--to", f"{day} 04:00", "--hours", "1", "--workstation", machine)
    held = lab("gpu", "wait", *window, "--as", "Mei Chan")
    assert f"It is free already and held. Take it with: lab-tui --lab {folder} gpu accept " in held.out
    [offer] = [one for one in lab("gpu", "waits", *MEI).json["offers"] if one["workstation"] == machine]
    assert lab("gpu", "decline", offer["id"], "--as", "Mei Chan").out.startswith("Declined: ")
    again = lab("gpu", "wait", *window, *MEI).json["what"]
    stopped = lab("gpu", "stop-waiting", again["id"], *MEI)
    assert stopped.json["what"]["state"] == "withdrawn"


def test_fair_share_names_every_start_up(lab: Call) -> None:
    shares = lab("gpu", "fair-share", "--as", "1", "--json").json
    assert "Lumen Vision" in {share["startup"] for share in shares}
    totals = [share["used_lately"] + share["booked_ahead"] for share in shares]
    assert totals == sorted(totals)
    said = lab("gpu", "fair-share").out.splitlines()
    assert (said[0].split("  ")[0], "Together" in said[0]) == ("Start-up", True)
    assert "Hours used count half after seven days" in said[-1]


def test_a_week_and_this_moment(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    booking = book(lab, place)
    week = lab("gpu", "week", machine, day, "--json").json
    assert booking["id"] in {one["id"] for one in week["bookings"]}
    assert (week["workstation"]["name"], len(week["days"])) == (machine, 7)
    assert lab("gpu", "week", machine, day).out.startswith(f"{machine}, ")
    now = lab("gpu", "now", "--json").json
    assert {"workstation", "gpu_number", "state", "startup", "reason", "until"} <= now["gpus"][0].keys()
    names = {person["name"] for person in lab("people", "find", "a", "--limit", "200", "--json").json}
    said = lab("gpu", "now").out
    assert not any(name in said for name in names)


def test_an_outage_shows_whom_it_hits_and_moves_them(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    booking = book(lab, place)
    span = ("--from", f"{day} 00:00", "--to", f"{day} 06:00")
    [hit] = lab("gpu", "hits", machine, *span, "--json").json
    assert hit["booking"]["id"] == booking["id"]
    assert "It could go to: " in lab("gpu", "hits", machine, *span).out
    early = lab("gpu", "relocate", booking["id"], "--reason", "new driver", "--json")
    assert [reason["code"] for reason in early.json["refused"]] == ["not_hit"]
    out = lab("gpu", "out-of-service", machine, "--reason", "new driver", *span)
    assert "1 booking is hit." in out.out
    [outage] = [one for one in lab("gpu", "outages", "--json").json if one["workstation"] == machine]
    moved = lab("gpu", "relocate", booking["id"], "--reason", "new driver", "--json")
    assert moved.code == 0, moved.err
    assert moved.json["what"]["id"] != booking["id"]
    assert lab("gpu", "change-outage", outage["id"], "--to", f"{day} 07:00", "--json").code == 0
    assert lab("gpu", "cancel-outage", outage["id"]).out == f"Cancelled: outage {outage['id']}\n"


def test_back_in_service_says_which_outage_is_over(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    planned = lab("gpu", "out-of-service", machine, "--reason", "new fan", "--from", f"{day} 01:00", "--json")
    now = lab("gpu", "out-of-service", machine, "--reason", "smoke", "--to", "tomorrow 12:00", "--json")
    numbers = [one.json["what"]["id"] for one in (now, planned)]
    over = f"{machine} is back in service; over: smoke (outage {numbers[0]})\n"
    assert lab("gpu", "in-service", machine).out == over
    again = lab("gpu", "out-of-service", machine, "--reason", "fan", "--from", f"{day} 02:00")
    assert (again.code, "new fan" in again.err) == (1, True)
    off = lab("gpu", "in-service", machine).out
    assert off.startswith(f"{machine} is in service; called off: new fan, from ")
    assert off.endswith(f" (outage {numbers[1]})\n")
    assert lab("gpu", "in-service", machine).code == 1


def test_a_machine_s_life(lab: Call) -> None:
    new = ("--model", "L4", "--memory", "24", "--gpus", "2", "--place", "Loft", "--tag", "quiet")
    hourly = ("--set", "slot_minutes=60", "--set", "shortest_minutes=60")
    added = lab("workstation", "add", "po-toi", *new, *hourly, "--json").json["what"]
    assert (added["gpu_count"], added["tags"]) == (2, ["quiet"])
    assert added["policy"] == {"slot_minutes": 60, "shortest_minutes": 60}
    start = ("--gpus", "0", "--from", f"{days_ahead(5)} 03:30", "--hours", "1")
    off_grid = lab("gpu", "book", "po-toi", *start, *MEI)
    assert "off_grid" in {reason["code"] for reason in off_grid.json["refused"]}
    changed = lab(
        *("workstation", "change", "PO-TOI", "--unset", "slot_minutes", "--set", "only_when_open=true"),
        *("--host-name", "po-toi.lab", "--name", "po-toi-2", "--json"),
    ).json["what"]
    assert changed["policy"] == {"shortest_minutes": 60, "only_when_open": True}
    assert (changed["name"], changed["host_name"], changed["place"]) == ("po-toi-2", "po-toi.lab", "Loft")
    assert lab("workstation", "retire", "po-toi-2").out == "po-toi-2 is retired\n"
    listed = lab("workstation", "list").out
    assert "retired" in next(line for line in listed.splitlines() if line.startswith("po-toi-2"))
    assert lab("workstation", "bring-back", "po-toi-2").code == 0


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("slot_minutes", "--set: slot_minutes is no setting. Write it like longest_hours=12."),
        ("slot_minutes=an hour", "gpus.slot_minutes: an hour is no whole number."),
        ("slot_minutes=20", "gpus.slot_minutes: 20 is not a choice. Choose one of: 15, 30, 60."),
        ("slots=60", "--set: there is no setting slots. "),
        ("slot_minuets=60", "--set: there is no setting slot_minuets. Did you mean slot_minutes?"),
        ("only_when_open=perhaps", "gpus.only_when_open: perhaps is of the wrong type."),
    ],
)
def test_a_rule_that_cannot_be(lab: Call, setting: str, says: str) -> None:
    answer = lab("workstation", "change", "kowloon", "--set", setting)
    assert answer.code == 2
    assert says in answer.err


def test_a_new_machine_needs_gpus(lab: Call) -> None:
    answer = lab("workstation", "add", "po-toi", "--model", "L4", "--memory", "24")
    assert answer.code == 2
    assert "'--gpus'" in answer.err


def test_a_closure_from_its_plan_to_its_end(lab: Call, place: tuple[str, str]) -> None:
    _machine, day = place
    book(lab, place)
    planned = lab(
        *("closure", "plan", "--reason", "Typhoon signal 8", "--from", f"{day} 00:00"),
        *("--to", f"{day} 06:00", "--request-key", "c1", "--json"),
    ).json["what"]
    assert planned["bookings_hit"] >= 1
    assert "Typhoon signal 8" in lab("closure", "list").out
    changed = lab("closure", "change", planned["id"], "--to", f"{day} 07:00")
    assert f"(closure {planned['id']})" in changed.out
    assert lab("closure", "cancel", planned["id"]).out == f"Cancelled: closure {planned['id']}\n"
    assert "Typhoon" not in lab("closure", "list").out


def test_calendars_are_written_and_printed(lab: Call, place: tuple[str, str], tmp_path: Path) -> None:
    booking = book(lab, place)
    path = tmp_path / "mei.ics"
    whose = (("--person", "Mei Chan"), ("--startup", "lumen vision"), ("--workstation", place[0]))
    for one in whose:
        written = lab("gpu", "calendar", *one, "--out", path)
        assert f"bookings are in {path}" in written.out
        events = Calendar.from_ical(path.read_bytes()).walk("VEVENT")
        assert f"gpu-{booking['id']}-demo@lab-tui" in {str(event["UID"]) for event in events}
        assert len(lab("gpu", "calendar", *one, "--json").json["entries"]) == len(events)
    assert lab("gpu", "calendar", *whose[0]).out.startswith("BEGIN:VCALENDAR")
    nowhere = lab("gpu", "calendar", *whose[0], "--out", tmp_path / "none" / "mei.ics", "--json")
    assert (nowhere.code, nowhere.json["system_cannot"]["code"]) == (3, "file_unwritable")


def test_a_calendar_is_somebody_s(lab: Call) -> None:
    for arguments in ([], ["--person", "1", "--workstation", "kowloon"]):
        assert lab("gpu", "calendar", *arguments).code == 2
    assert lab("gpu", "calendar", "--startup", "Nobody Ltd").code == 2
    refused = lab("gpu", "calendar", "--workstation", "kowloon", *MEI)
    assert [reason["code"] for reason in refused.json["refused"]] == ["not_yours"]


def test_may_use_answers_by_exit_code_and_one_line(lab: Call) -> None:
    for unix_name in ("mei.chan", "ada.wong", "eve"):
        answer = lab("gpu", "may-use", "kowloon", unix_name)
        assert len(answer.out.splitlines()) == 1
        assert (answer.code == 0) == answer.out.startswith("CUDA_VISIBLE_DEVICES=")
        assert answer.err == ""
    assert lab("gpu", "may-use", "kowloon", "ada.wong", "--json").json["why"] == "staff"
    assert (answer.code, answer.out) == (1, "The lab knows nobody with the unix name eve.\n")
    unknown = lab("gpu", "may-use", "no-such-machine", "mei.chan")
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err == "✕ There is no workstation no-such-machine\n"


def test_may_use_tells_members_when_their_turn_is(lab: Call, place: tuple[str, str]) -> None:
    machine, _day = place
    lab("gpu", "cancel", "1", "--as", "Mei Chan")
    book(lab, place)
    [ahead] = [one for one in lab("gpu", "mine", *MEI).json if one["workstation"] == machine]
    assert ahead["state"] == "booked"
    refused = lab("gpu", "may-use", machine, "mei.chan")
    assert refused.code == 1
    assert refused.out.startswith(f"You have no booking on {machine} now. Your next: ")
    lab("gpu", "out-of-service", machine, "--reason", "new driver", "--to", "tomorrow 12:00")
    assert f"{machine} is out of service until " in lab("gpu", "may-use", machine, "mei.chan").out
    lab("gpu", "out-of-service", machine, "--reason", "smoke")
    assert lab("gpu", "may-use", machine, "mei.chan").out == f"{machine} is out of service: smoke.\n"


@pytest.mark.parametrize("kind", ["auth", "account"])
def test_pam_says_who_logs_in(lab: Call, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv("PAM_TYPE", kind)
    monkeypatch.setenv("PAM_USER", "ada.wong")
    assert lab("gpu", "may-use", "kowloon", "--pam").code == 0
    monkeypatch.setenv("PAM_USER", "eve")
    assert lab("gpu", "may-use", "kowloon", "--pam").code == 1


@pytest.mark.parametrize(
    ("kind", "user"),
    [("open_session", "ada.wong"), ("", "ada.wong"), ("account", ""), ("password", "ada.wong")],
)
def test_where_pam_does_not_ask_nobody_is_let_in(
    lab: Call, monkeypatch: pytest.MonkeyPatch, kind: str, user: str
) -> None:
    monkeypatch.setenv("PAM_TYPE", kind)
    monkeypatch.setenv("PAM_USER", user)
    assert lab("gpu", "may-use", "kowloon", "--pam").code == 2


@pytest.mark.parametrize("arguments", [["kowloon"], ["kowloon", "ada.wong", "--pam"]])
def test_the_user_is_said_once(lab: Call, arguments: list[str]) -> None:
    answer = lab("gpu", "may-use", *arguments)
    assert answer.code == 2
    assert "Give either UNIX-USER or --pam." in answer.err


def test_may_use_waits_for_nothing_that_it_does_not_need(folder: Path) -> None:
    """Every log-in pays for what is imported."""
    program = (
        "import sys; from lab_tui.cli.main import run;"
        f"code = run(['--lab', {str(folder)!r}, 'gpu', 'may-use', 'kowloon', 'ada.wong']);"
        "print(code, [name for name, module in sys.modules.items() if module])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    code, loaded = answer.stdout.splitlines()[-1].split(" ", 1)
    assert code == "0"
    unneeded = ("textual", "rich", "qrcode", "PIL", "argon2", "icalendar", "psycopg", "asyncio")
    unneeded += ("lab_tui.lab.gpus", "lab_tui.wording", "lab_tui.cli.gpu_booking", "lab_tui.codes.qr")
    for name in unneeded:
        assert f"'{name}'" not in loaded, name


def test_may_use_needs_no_signing_key_and_says_when_there_is_no_lab(command: Call, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("184629\n", encoding="utf-8")
    arguments = ["--name", "Q", "--zone", "UTC", "--staff", "Ada", "--pin-file", tmp_path / "pin"]
    folder = tmp_path / "lab"
    assert command("--lab", folder, "init", *arguments).code == 0
    (folder / "lab.key").unlink()
    assert command("--lab", folder, "gpu", "may-use", "kowloon", "ada").code == 1
    assert command("--lab", folder, "gpu", "day").code == 3
    nowhere = command("--lab", tmp_path / "nowhere", "gpu", "may-use", "kowloon", "ada")
    assert (nowhere.code, nowhere.out) == (3, "")


def test_staff_book_for_a_member_and_pass_a_rule_for_them(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    odd = ("gpu", "book", machine, "--gpus", "0", "--from", f"{day} 03:10", "--hours", "1")
    odd += ("--for", "Mei Chan")
    refused = lab(*odd, "--as", "Ada Wong", "--json")
    assert [reason["code"] for reason in refused.json["refused"]] == ["off_grid"]
    booked = lab(*odd, "--as", "Ada Wong", "--override", "demo for the board", "--json")
    assert booked.code == 0, booked.err
    what = booked.json["what"]
    assert (what["person_name"], what["startup_name"]) == ("Mei Chan", "Lumen Vision")
    assert lab("undo", booked.json["entry_id"], "--as", "Ada Wong").code == 0
    operators = lab(*odd, "--override", "demo for the board", "--json")
    assert (operators.code, operators.json["what"]["person_name"]) == (0, "Mei Chan")
    entries = {one["id"]: one for one in lab("audit", "list", "--json").json}
    entry = entries[operators.json["entry_id"]]
    assert (entry["override_reason"], entry["facts"]["overridden"]) == ("demo for the board", ["off_grid"])
    anothers = lab("gpu", "cancel", operators.json["what"]["id"], "--as", team_mate(lab), "--json")
    assert [reason["code"] for reason in anothers.json["refused"]] == ["not_yours"]


def test_a_member_books_for_nobody_else(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    start = ("--from", f"{day} 03:00", "--hours", "1")
    for what in (("book", machine, "--gpus", "0"), ("wait", "--to", f"{day} 08:00")):
        refused = lab("gpu", *what, *start, "--for", team_mate(lab), *MEI)
        assert [reason["code"] for reason in refused.json["refused"]] == ["not_allowed"]
        nobody = lab("gpu", *what, *start)
        assert (nobody.code, "Give --as, --for or both." in nobody.err) == (2, True)
        unknown = lab("gpu", *what, *start, "--for", "nobodyhere")
        assert unknown.err.startswith("--for: nobody here is called nobodyhere.")


def test_staff_wait_for_a_member(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    lab("gpu", "book", machine, "--all", "--from", f"{day} 03:00", "--hours", "1", "--as", "2")
    window = ("--from", f"{day} 03:00", "--to", f"{day} 04:00", "--hours", "1", "--workstation", machine)
    waiting = lab("gpu", "wait", *window, "--for", "Mei Chan", "--as", "Ada Wong", "--json")
    assert waiting.code == 0, waiting.err
    assert waiting.json["what"]["id"] in {one["id"] for one in lab("gpu", "waits", *MEI).json["waits"]}


def test_a_series_is_booked_for_a_member(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    on = datetime.fromisoformat(day).strftime("%a").casefold()
    start = ("--gpus", "0", "--on", on, "--weeks", "1", "--from", f"{day} 03:00", "--hours", "1")
    made = lab("gpu", "series", machine, *start, "--for", "Mei Chan", "--json")
    assert made.code == 0, made.err
    assert {one["person_name"] for one in made.json["what"]["bookings"]} == {"Mei Chan"}


def test_what_is_given_back_late_is_said_to_count(lab: Call, place: tuple[str, str], folder: Path) -> None:
    (folder / "lab.toml").write_text(
        '[gpus]\nlate_cancel_minutes = 1440\noff_peak_from = ""\noff_peak_until = ""\n'
        "off_peak_weekends = false\nlast_minute_minutes = 0\nstartup_hours_a_week = 1000\n"
        "person_hours_a_week = 500\n",
        encoding="utf-8",
    )
    found = lab("gpu", "find", "--hours", "4", "--as", "Mei Chan", "--json").json[0]
    start = HONG_KONG.local(datetime.fromisoformat(found["wish"]["starts_at"]))
    gpu = str(found["wish"]["gpu_numbers"][0])
    soon = ("gpu", "book", found["workstation"], "--gpus", gpu, "--from", f"{start:%Y-%m-%d %H:%M}")
    booked = lab(*soon, "--hours", "4", *MEI)
    assert booked.code == 0, booked.err
    number = booked.json["what"]["id"]
    shorter = lab("gpu", "shorten", number, "--hours", "1", "--as", "Mei Chan")
    assert "It was late, so this still counts, in GPU-hours: 1\n" in shorter.out
    late = lab("gpu", "cancel", number, *MEI).json
    assert (late["late_hours"], late["counts"], late["what"]["state"]) == (3, True, "cancelled")
    early = book(lab, place)
    given_back = lab("gpu", "cancel", early["id"], *MEI).json
    assert (given_back["late_hours"], given_back["counts"]) == (0, False)
    assert "still counts" not in lab("gpu", "cancel", book(lab, place)["id"], "--as", "Mei Chan").out


def test_the_quota_of_a_person_and_their_start_up(lab: Call, place: tuple[str, str]) -> None:
    said = lab("gpu", "quota", "--as", "Mei Chan").out
    assert {"Lumen Vision", "Mei Chan", "all others", "sha-tin"} <= set(said.replace("  ", "\n").splitlines())
    quotas = lab("gpu", "quota", *MEI).json
    assert [one["workstation"] for one in quotas["weeks"]] == ["", "sha-tin"] * 2
    assert lab("gpu", "quota", "--as", "Ada Wong").out == "Ada Wong has no start-up, and so no quota.\n"


def test_the_gpus_to_compute_on_are_in_json_while_there_are_any(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    booking = book(lab, place, which="--gpus 0,1")
    assert booking["cuda_visible_devices"] == "0,1"
    moved = lab("gpu", "move", booking["id"], "--from", f"{day} 05:00", *MEI).json["what"]
    assert moved["cuda_visible_devices"] == "0,1"
    mine = {one["id"]: one["cuda_visible_devices"] for one in lab("gpu", "mine", *MEI).json}
    assert mine[moved["id"]] == "0,1"
    assert lab("gpu", "cancel", moved["id"], *MEI).json["what"]["cuda_visible_devices"] is None
    assert lab("gpu", "may-use", machine, "ada.wong", "--json").json["cuda_visible_devices"] is not None
    assert lab("gpu", "may-use", machine, "eve", "--json").json["cuda_visible_devices"] is None


def test_a_wish_repeated_with_its_key_is_said_to_be_done_already(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    first = book(lab, place, "--request-key", "k7")
    start = ("--gpus", "1", "--from", f"{day} 08:00", "--hours", "1", "--request-key", "k7")
    again = lab("gpu", "book", machine, *start, "--as", "Mei Chan")
    assert again.code == 0
    assert again.out.startswith(f"Done before, with this request key: {machine} GPU 0, ")
    assert f"(booking {first['id']})" in again.out


def test_of_gpus_that_the_lab_picks_it_is_said_how_many_are_free(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    book(lab, place, which="--all")
    start = ("--from", f"{day} 03:00", "--hours", "1")
    none = lab("gpu", "book", machine, "--count", "1", *start, "--as", "2")
    assert none.err.splitlines()[0].startswith(f"✕ No GPU of {machine} is free ")
    asked = ("gpu", "book", machine, "--count", "99", *start, "--as", "2", "--json")
    assert [one["code"] for one in lab(*asked).json["refused"]] == ["too_many_gpus"]


def test_what_a_number_stands_for_is_said(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    old = book(lab, place)
    between = lab("gpu", "move", old["id"], "--from", f"{day} 05:00", *MEI).json["what"]
    new = lab("gpu", "move", between["id"], "--from", f"{day} 06:00", *MEI).json["what"]
    for number in (old["id"], between["id"]):
        assert lab("gpu", "cancel", number).err == f"✕ This was moved; it is booking {new['id']} now\n"
    assert lab("gpu", "accept", new["id"]).err == f"✕ Booking {new['id']} is no offer, but booked\n"
    assert lab("gpu", "cancel-series", "88888").err == "✕ There is no series 88888\n"
    assert lab("gpu", "stop-waiting", "88888").err == "✕ There is no place 88888 on the waiting list now\n"
    assert lab("closure", "cancel", "88888").err == "✕ There is no closure 88888\n"
    window = ("--from", f"{day} 08:00", "--to", f"{day} 09:00", "--hours", "1", "--workstation", machine)
    offer = lab("gpu", "wait", *window, *MEI).json["what"]["booking_id"]
    assert lab("gpu", "cancel", offer).err.startswith(f"✕ Booking {offer} is only an offer, held until ")


def test_what_is_said_to_be_typed_can_be_typed(
    command: Call, lab: Call, folder: Path, place: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine, day = place
    asked = ("gpu", "book", machine, "--gpus", "0", "--from", f"{day} 03:00", "--hours", "1")
    said = lab(*asked, "--as", "Mei Chan").out.splitlines()[-1].removeprefix("Take it back with: lab-tui ")
    assert said.startswith(f"--lab {folder} undo ")
    assert command(*shlex.split(said)).code == 0
    monkeypatch.setenv("LAB_TUI_LAB", str(folder))
    assert "Take it back with: lab-tui undo " in command(*asked, "--as", "Mei Chan").out


def test_a_value_is_called_as_it_was_written(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    start = ("--from", f"{day} 03:00", "--hours", "1", "--as", "Mei Chan")
    long = "x" * 300
    for arguments, says in (
        (
            ("gpu", "hand-over", book(lab, place)["id"], "nobodyhere"),
            "PERSON: nobody here is called nobodyhere.",
        ),
        (("gpu", "calendar", "--person", "nobodyhere"), "--person: nobody here is called nobodyhere."),
        (("gpu", "book", machine, "--gpus", "0", *start, "--purpose", long), "--purpose is too long: 300 "),
        (
            ("gpu", "book", machine, "--gpus", "0", *start[:-2], "--for", "1", "--override", " "),
            "--override ",
        ),
        (("gpu", "out-of-service", machine, "--reason", long), "--reason is too long: 300 "),
        (("workstation", "change", machine, "--memory", "0"), "--memory: 0 is out of bounds."),
        (("workstation", "change", machine, "--name", " "), "--name must not be empty."),
        (("gpu", "mine", "--as", ""), "--as must not be empty."),
    ):
        answer = lab(*arguments)
        assert (answer.code, answer.err.startswith(says)) == (2, True), answer.err


def test_all_that_is_known_of_a_machine_is_listed(lab: Call) -> None:
    said = ("--cores", "48", "--about", "For quick tries", "--notes", "Loud fan")
    assert lab("workstation", "change", "kowloon", *said).code == 0
    head, *lines = lab("workstation", "list").out.splitlines()
    kowloon = next(line for line in lines if line.startswith("kowloon"))
    assert {"Cores", "About", "Notes"} <= set(head.split())
    for word in ("48", "For quick tries", "Loud fan"):
        assert word in kowloon
    assert lab("workstation", "add", "--help").out.count("[required]") == 3


def test_a_place_longer_than_asked_says_why(lab: Call) -> None:
    said = "A workstation's steps, or its shortest booking, make it longer than you asked."
    assert said in lab("gpu", "find", "--hours", "0.3").out
    assert said not in lab("gpu", "find", "--hours", "1", "--memory", "1", "--workstation", "kowloon").out


def test_no_gpus_are_none(lab: Call, place: tuple[str, str]) -> None:
    machine, day = place
    start = ("--from", f"{day} 03:00", "--hours", "1", "--as", "1")
    answer = lab("gpu", "book", machine, "--gpus", "", *start)
    assert (answer.code, answer.err) == (2, "--gpus must not be empty.\n")


def test_another_year_is_said(lab: Call) -> None:
    year = int(days_ahead(0)[:4]) + 10
    span = ("--from", f"{year}-11-20 08:00", "--to", f"{year}-11-20 18:00")
    planned = lab("closure", "plan", "--reason", "Holiday", *span)
    assert f"The lab is closed 20 Nov {year} 08:00-18:00: Holiday" in planned.out
    assert f"20 Nov {year} 08:00-18:00" in lab("closure", "list").out
    assert lab("gpu", "day", f"{year}-11-20").out.startswith(f"20 Nov {year}\n")
