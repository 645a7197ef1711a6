"""Languages. English is the source; catalogues stand in `locale/`.

`_` translates at the moment of the call, so a screen repainted after `use_language` is in the new
language. Mark text that is declared at import with `N_` and translate it where it is shown.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

DOMAIN = "lab_tui"
LOCALE_FOLDER = Path(__file__).parent / "locale"
# Each language in its own words, as the language key shows it.
LANGUAGES = {"en": "English", "zh_Hant": "繁體中文", "zh_Hans": "简体中文"}

_current = "en"
# What one thread or task speaks while everybody else stays with `_current`.
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


@lru_cache(maxsize=8)
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE_FOLDER, [language], fallback=language == "en")


def language() -> str:
    """The language that people see now, a key of LANGUAGES."""
    return _spoken.get() or _current


def use_language(code: str) -> None:
    """Switch what `_` answers from now on. An unknown code means English."""
    global _current
    _current = code if code in LANGUAGES else "en"


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak this language within the block, in this thread or task alone: screens go on in theirs."""
    token = _spoken.set(code if code in LANGUAGES else "en")
    try:
        yield
    finally:
        _spoken.reset(token)


def best_language(locale_name: str) -> str:
    """The nearest language for a POSIX locale name such as `zh_HK.UTF-8`."""
    name = locale_name.split(".")[0].split("@")[0]
    if name in LANGUAGES:
        return name
    if not name.startswith("zh"):
        return "en"
    return "zh_Hans" if name in ("zh", "zh_CN", "zh_SG") else "zh_Hant"


def _(message: str) -> str:
    """The message in the current language."""
    return _catalogue(language()).gettext(message) if message else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a message that fits a count."""
    return _catalogue(language()).ngettext(one, many, count)


def pgettext(context: str, message: str) -> str:
    """The message in the current language, where the same English word means different things."""
    return _catalogue(language()).pgettext(context, message)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a message for the catalogues without translating it yet."""
    return message
