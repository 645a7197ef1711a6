"""Files: whole or not there, under names that nobody else takes meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from lab_tui.errors import BadInput, SystemCannot
from lab_tui.printing.files import PDF, PNG, Files, Place

PAGE = Image.new("RGB", (60, 30), "white")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("suffix", [PDF, PNG])
def test_nothing_has_its_name_before_all_is_written(tmp_path: Path, suffix: str) -> None:
    with Files(Place(tmp_path), suffix, "all", "All") as files:
        files.add("one", PAGE)
        files.add("two", PAGE)
        assert all(name.startswith(".") for name in names(tmp_path))
        kept = files.keep()
    assert names(tmp_path) == sorted(path.name for path in kept)
    assert len(kept) == (1 if suffix == PDF else 2)


@pytest.mark.parametrize("suffix", [PDF, PNG])
def test_what_is_not_kept_is_gone(tmp_path: Path, suffix: str) -> None:
    with Files(Place(tmp_path), suffix, "all", "All") as files:
        files.add("one", PAGE)
    assert names(tmp_path) == []


def test_two_at_once_take_different_names(tmp_path: Path) -> None:
    with (
        Files(Place(tmp_path), PDF, "all", "All") as ours,
        Files(Place(tmp_path), PDF, "all", "All") as theirs,
    ):
        ours.add("", PAGE)
        theirs.add("", PAGE)
        assert [path.name for path in (*theirs.keep(), *ours.keep())] == ["all-2.pdf", "all.pdf"]


def test_a_file_that_was_asked_for_replaces_what_is_there(tmp_path: Path) -> None:
    out = tmp_path / "mine.pdf"
    out.write_text("older")
    (tmp_path / ".mine.pdf.part").write_text("left behind by a power cut")
    with Files(Place.named(out, PDF), PDF, "all", "All") as files:
        files.add("", PAGE)
        assert out.read_text() == "older"
        assert files.keep() == (out,)
    assert names(tmp_path) == ["mine.pdf"]


def test_a_name_ending_in_png_may_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "odd.png").mkdir()
    for suffix in (PDF, PNG):
        assert Place.named(tmp_path / "odd.png", suffix) == Place(tmp_path / "odd.png")
        assert Place.named(tmp_path / "folder", suffix) == Place(tmp_path / "folder")
    assert Place.named(tmp_path / "new.PNG", PNG) == Place(tmp_path, "new.PNG")


@pytest.mark.parametrize(("name", "suffix"), [("badge.pdf", PNG), ("badge.PNG", PDF)])
def test_a_file_is_called_what_it_is(tmp_path: Path, name: str, suffix: str) -> None:
    with pytest.raises(BadInput) as refusal:
        Place.named(tmp_path / name, suffix)
    assert (refusal.value.problem, refusal.value.facts["suffix"]) == ("of_another_form", suffix)


@pytest.mark.parametrize("suffix", [PDF, PNG])
def test_no_badge_is_left_where_its_name_cannot_be_given(tmp_path: Path, suffix: str) -> None:
    with Files(Place(tmp_path), suffix, "one", "One") as files:
        files.add("one", PAGE)
        (tmp_path / f"one{suffix}").mkdir()
        with pytest.raises(SystemCannot) as refusal:
            files.keep()
    assert refusal.value.code == "file_unwritable"
    assert names(tmp_path) == [f"one{suffix}"]


def test_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(SystemCannot) as refusal,
        Files(Place(tmp_path / "file" / "below"), PNG, "all", "All") as files,
    ):
        files.add("one", PAGE)
    assert refusal.value.code == "file_unwritable"
    assert refusal.value.facts["path"] == str(tmp_path / "file" / "below")


def test_nothing_that_draws_is_imported_before_something_is_drawn() -> None:
    """The kiosk's screens import orders; Pillow and qrcode would make its start slower."""
    program = (
        "import sys, lab_tui.printing.orders; print([one for one in ('PIL', 'qrcode') if one in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"
