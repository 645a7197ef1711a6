"""Orders: what is asked for becomes whole files that only their owner reads, and goes to the printer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from lab_tui.config import LabConfig
from lab_tui.lab import people
from lab_tui.printing.orders import Form, Order, PaperKind, print_order
from tests.world import World


@pytest.fixture
def lab_world(world: World, tmp_path: Path) -> World:
    """The small lab with a folder of its own."""
    world.lab = replace(world.lab, config=LabConfig(folder=tmp_path / "lab"))
    return world


def test_a_badge_is_a_picture_that_only_its_owner_reads(lab_world: World) -> None:
    mei = lab_world.person("Mei Chan")
    staff = lab_world.staff()
    done = print_order(lab_world.lab, staff, Order(PaperKind.BADGE, (mei.id,), form=Form.PNG))
    [path] = done.paths
    assert path == lab_world.lab.config.folder / "pictures" / f"badge-{mei.id}-20261122-143200.png"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.text for one in zxingcpp.read_barcodes(Image.open(path))] == [
        people.badge_code(lab_world.lab, staff, mei.id)
    ]
    assert (done.count, done.sent) == (1, False)
