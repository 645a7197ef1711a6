"""`lab-tui print`: every paper from the command line, with its exit codes and its words."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lab_tui.codes.passcode import CALIBRATION_CODE
from tests.cli.conftest import Answer
from tests.codes.drawn import decoded
from tests.pty.terminal import Terminal

Lab = Callable[..., Answer]
BIN = Path(sys.executable).parent


def event_id(lab: Lab) -> int:
    """An event with people who go."""
    return next(one["id"] for one in lab("event", "list", "--json").json if one["seats_taken"] > 1)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["badges", "Mei Chan"], 1),
        (["badges", "--startup", "Lumen Vision"], 5),
        (["desk-labels", "E-07", "e-08"], 2),
        (["workstation-labels", "kowloon"], 1),
        (["command-card", "staff_today"], 1),
        (["calibration-card"], 1),
    ],
)
def test_what_is_named_is_printed(lab: Lab, folder: Path, words: list[str], count: int) -> None:
    answer = lab("print", *words, "--form", "png", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["count"] == len(answer.json["paths"]) == count
    assert answer.json["sent"] is False
    for path in answer.json["paths"]:
        assert Path(path).parent == folder / "pictures"
        assert len(decoded(Image.open(path))) == 1


def test_papers_of_an_event(lab: Lab) -> None:
    event = event_id(lab)
    poster = lab("print", "poster", event, "--json")
    assert [Path(path).suffix for path in poster.json["paths"]] == [".pdf"]
    tickets = lab("print", "tickets", event, "--sheet", "--json")
    assert tickets.json["count"] > 1
    assert lab("print", "command-card", "open_door", "--event", event).code == 0


def test_certificates_of_an_event_that_is_over(lab: Lab) -> None:
    answer = lab("print", "certificates", 40, "--json")
    assert answer.code == 0
    assert answer.json["count"] >= 1


def test_the_form_is_how_the_file_s_name_ends(lab: Lab, tmp_path: Path) -> None:
    answer = lab("print", "calibration-card", "--out", tmp_path / "card.png")
    assert answer.out == f"1 printed: {tmp_path / 'card.png'}\n"
    assert decoded(Image.open(tmp_path / "card.png")) == [CALIBRATION_CODE]
    lab("print", "calibration-card", "--out", tmp_path / "card.pdf")
    assert (tmp_path / "card.pdf").read_bytes().startswith(b"%PDF-")
    lab("print", "calibration-card", "--out", tmp_path / "cards")
    assert [path.suffix for path in (tmp_path / "cards").iterdir()] == [".pdf"]


def test_the_paper_s_language_is_chosen(lab: Lab, tmp_path: Path) -> None:
    for language in ("en", "zh_Hans"):
        out = tmp_path / f"{language}.png"
        lab("print", "badges", "Mei Chan", "--paper-language", language, "--out", out)
    english, chinese = (Image.open(tmp_path / f"{name}.png").tobytes() for name in ("en", "zh_Hans"))
    assert english != chinese


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["badges"], 2, "Name people, or give one of --all, --startup and --cohort."),
        (["badges", "Mei Chan", "--all"], 2, "Name people, or give one of"),
        (["badges", "--cohort", "1999-1"], 2, "the lab does not know 1999-1"),
        (["badges", "Nobody At All"], 2, "nobody here is called Nobody At All"),
        (["desk-labels"], 2, "Name some, or give --all."),
        (["desk-labels", "Z-99"], 1, "Z-99"),
        (["workstation-labels", "atlantis"], 1, "There is no workstation atlantis"),
        (["poster", "99999"], 1, "event"),
        (["certificates", "99999"], 1, "event"),
        (["command-card", "open_door"], 2, "Event must not be empty."),
        (["command-card", "make_coffee"], 2, "make_coffee"),
        (["calibration-card", "--out", "/proc/nowhere/card.png"], 3, "cannot be written"),
    ],
)
def test_what_cannot_be_printed_is_said(lab: Lab, words: list[str], code: int, says: str) -> None:
    answer = lab("print", *words)
    assert (answer.code, says in answer.err) == (code, True), answer.err


def test_a_member_prints_nothing_of_others(lab: Lab) -> None:
    answer = lab("print", "badges", "Mei Chan", "--as", "Ho-yin Wan")
    assert answer.code == 1
    assert "Your role does not allow this" in answer.err


def test_the_printer_s_fault_is_a_sentence_with_the_file(lab: Lab, folder: Path) -> None:
    (folder / "lab.toml").write_text('[print]\ncommand = "false --now"\n')
    answer = lab("print", "calibration-card")
    assert answer.code == 3
    [path] = (folder / "pictures").iterdir()
    expected = f"false did not print {path}: exit 1. See to the printer, then print that file.\n"
    assert answer.err == expected


def test_the_printer_has_it(lab: Lab, folder: Path) -> None:
    (folder / "lab.toml").write_text('[print]\ncommand = "true"\n')
    assert lab("print", "calibration-card").out.endswith("The printer has it.\n")


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ('colour = "teal"', "print.colour: teal is no colour. Write it like #0b5f73."),
        ('paper = "a3"', "print.paper: a3 is not a choice. Choose one of: a4, letter."),
        ('badge_size = "85.6"', "print.badge_size: 85.6 is no size."),
        ('label_size = "30 x 29"', "Write a width of 38 to 200 and a height of 19 to 200 millimetres"),
        ('ticket_size = "85.6 x 201"', "print.ticket_size: 85.6 x 201 is no size."),
        ('command = "lp -d \'badges"', "Close every quotation mark"),
        ('folder = ""', "print.folder must not be empty."),
        (
            'logo = "nowhere.png"',
            "cannot be used (No such file or directory). Name a PNG picture in print.logo",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(lab: Lab, folder: Path, setting: str, says: str) -> None:
    (folder / "lab.toml").write_text(f"[print]\n{setting}\n")
    answer = lab("print", "badges", "Mei Chan")
    assert answer.code in (2, 3)
    assert says in answer.err


@pytest.mark.parametrize("size", ["85.6 x 54", "85.6x54", "54 × 85.6 mm", "45 x 200"])
def test_sizes_may_be_written_in_ways_that_people_write(lab: Lab, folder: Path, size: str) -> None:
    (folder / "lab.toml").write_text(f'[print]\nbadge_size = "{size}"\n', encoding="utf-8")
    assert lab("print", "badges", "Mei Chan").code == 0


def test_the_badge_of_a_person_is_drawn_the_same_way(lab: Lab, tmp_path: Path) -> None:
    answer = lab("people", "badge", "Mei Chan", "--out", tmp_path / "mei.png", "--json")
    assert decoded(Image.open(tmp_path / "mei.png")) == [answer.json["code"]]
    assert (tmp_path / "mei.png").stat().st_mode & 0o777 == 0o600
    lab("print", "badges", "Mei Chan", "--out", tmp_path / "same.png")
    assert (tmp_path / "same.png").read_bytes() == (tmp_path / "mei.png").read_bytes()


def test_a_batch_shows_its_progress_on_a_terminal(folder: Path) -> None:
    command = [str(BIN / "lab-tui"), "--lab", str(folder), "print", "desk-labels", "--all"]
    environment = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
    with Terminal(command, env=environment) as terminal:
        terminal.wait_for("printed", timeout=60)
        assert terminal.wait_exit(10) == 0
        assert "Drawing" in terminal.text
        assert "100%" in terminal.text


def test_programs_see_no_progress_bar(lab: Lab) -> None:
    answer = lab("print", "desk-labels", "E-07", "E-08")
    assert answer.err == ""
