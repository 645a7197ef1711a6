"""Files that travel with the program: in a checkout beside it, in a wheel inside it."""

from __future__ import annotations

from pathlib import Path

from lab_tui.errors import SystemCannot

_PACKAGE = Path(__file__).parent


def asset(name: str) -> Path:
    """The path of a shipped file, such as `logo.png` or `lab.db.example`. Raises SystemCannot."""
    root = _PACKAGE.parent
    for candidate in (_PACKAGE / "_assets" / name, root / "assets" / name, root / name):
        if candidate.is_file():
            return candidate
    raise SystemCannot("asset_missing", name=name)
