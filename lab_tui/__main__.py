"""`python -m lab_tui`: the same as the `lab-tui` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    from lab_tui.cli.main import run

    sys.exit(run())


if __name__ == "__main__":
    main()
