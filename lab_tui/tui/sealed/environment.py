"""What the environment may tell Textual: next to nothing. Imports no Textual, which reads it at import."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

# textual-serve shows the same app in a browser; it asks for it this way.
WEB_DRIVER = "textual.drivers.web_driver:WebDriver"
_KEPT = {"TEXTUAL_DRIVER": WEB_DRIVER, "TEXTUAL_COLOR_SYSTEM": "truecolor"}


def scrub_environment(environment: MutableMapping[str, str] = os.environ) -> None:
    """Drop the variables that press keys, take pictures or load code in Textual; call before its import."""
    for name in [name for name in environment if name.upper().startswith("TEXTUAL")]:
        if environment[name] != _KEPT.get(name):
            del environment[name]
