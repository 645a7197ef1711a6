"""A small lab with a folder of its own, so that files have somewhere to go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lab_tui.config import LabConfig, PrintSection
from tests.world import World


@pytest.fixture
def print_world(world: World, tmp_path: Path) -> World:
    """The small lab in a folder, with Latin letters only in its name."""
    world.lab = replace(world.lab, config=LabConfig(folder=tmp_path / "lab"))
    return world


def with_print(world: World, **settings: str) -> World:
    """The lab with other settings of `[print]`."""
    config = replace(world.lab.config, print=PrintSection(**settings))
    world.lab = replace(world.lab, config=config)
    return world
