"""What Click itself says, in our languages.

Click asks Python's gettext, which takes the language from the environment.
"""

from __future__ import annotations

import gettext
import os

from lab_tui.i18n import DOMAIN, LOCALE_FOLDER, N_

# Marked for our catalogues; a test sees that Click still says it so.
SAID_BY_CLICK = (
    N_("Usage:"),
    N_("Options"),
    N_("Error: {message}"),
    N_("Try '{command} {option}' for help."),
    N_("Show this message and exit."),
    N_("Show the version and exit."),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Missing command."),
    N_("No such option {name!r}."),
    N_("No such command {name!r}."),
    N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."),
    N_("Option {name!r} does not take a value."),
    N_("default: {default}"),
    N_("required"),
)


def use_language(code: str) -> None:
    """Let Click speak a language of ours from now on."""
    os.environ["LANGUAGE"] = code
    gettext.bindtextdomain(DOMAIN, str(LOCALE_FOLDER))
    gettext.textdomain(DOMAIN)
