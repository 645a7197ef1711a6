"""Parts that all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab_tui import i18n
from tests.engines import ENGINES, drop_idle, empty_database, open_database
from tests.world import World


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each database engine in turn."""
    return str(request.param)


@pytest.fixture
def address(engine: str, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database with our schema."""
    with empty_database(engine, tmp_path) as made:
        yield made


@pytest.fixture
def world(address: str) -> Iterator[World]:
    """A small lab on each engine in turn."""
    store = open_database(address)
    yield World(store)
    store.close()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Every test begins and ends in English."""
    i18n.use_language("en")
    yield
    i18n.use_language("en")


def pytest_sessionfinish() -> None:
    drop_idle()
