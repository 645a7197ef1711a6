"""A kiosk on a small SQLite lab whose clock stands until it is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from lab_tui.config import LabConfig
from tests.engines import empty_database, open_database
from tests.tui.kiosks import Kiosk
from tests.world import World

OpenKiosk = Callable[..., AbstractAsyncContextManager[Kiosk]]


@pytest.fixture
def small_world(tmp_path: Path) -> Iterator[World]:
    """A small lab on SQLite, its files in a folder of its own."""
    with empty_database("sqlite", tmp_path) as address:
        store = open_database(address)
        yield World(store, LabConfig(folder=tmp_path))
        store.close()


@pytest.fixture
def open_kiosk(small_world: World) -> OpenKiosk:
    """Opens the kiosk of the small lab: `async with open_kiosk(size=(80, 24)) as kiosk`."""

    @asynccontextmanager
    async def opened(size: tuple[int, int] = (80, 24)) -> AsyncIterator[Kiosk]:
        async with Kiosk.of(small_world, size) as kiosk:
            yield kiosk

    return opened
