"""A demo lab for the tests in a terminal, made once and copied."""

from __future__ import annotations

import pytest

from tests.pty.kiosk import DemoLab, make_demo_lab


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoLab:
    """The demo lab that each test copies."""
    return make_demo_lab(tmp_path_factory.mktemp("demo"))
