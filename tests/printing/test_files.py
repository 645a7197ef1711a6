"""Files: whole or not there, under names that nobody else takes meanwhile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from lab_tui.errors import SystemCannot
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
    with Files(Place.named(out), PDF, "all", "All") as files:
        files.add("", PAGE)
        assert out.read_text() == "older"
        assert files.keep() == (out,)
    assert names(tmp_path) == ["mine.pdf"]


def test_a_name_ending_in_png_may_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "odd.png").mkdir()
    assert Place.named(tmp_path / "odd.png") == Place(tmp_path / "odd.png")
    assert Place.named(tmp_path / "new.PNG") == Place(tmp_path, "new.PNG")
    assert Place.named(tmp_path / "folder") == Place(tmp_path / "folder")


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
