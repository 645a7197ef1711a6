"""The themes of the kiosk: night, day and high contrast.

Each has one accent, three state colours (good, attention, bad), a muted text and two quiet tones for
what belongs to the team and to others. Widgets name them as `$accent`, `$success`, `$warning`,
`$error`, `$text-muted`, `$primary` and `$secondary`.
"""

from __future__ import annotations

from textual.theme import Theme

NIGHT = "harbour-night"
DAY = "harbour-day"
CONTRAST = "harbour-contrast"
# In the order in which the theme key walks through them.
THEME_NAMES = (NIGHT, DAY, CONTRAST)


def _variables(*, muted: str, foreground: str, background: str, accent: str, panel: str) -> dict[str, str]:
    """What Textual would otherwise mix from alpha values, fixed so that contrast is known."""
    return {
        "text": foreground,
        "text-muted": muted,
        "text-disabled": muted,
        "foreground-muted": muted,
        "foreground-disabled": muted,
        "border": accent,
        "border-blurred": muted,
        "block-cursor-foreground": background,
        "block-cursor-background": foreground,
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-foreground": foreground,
        "block-cursor-blurred-background": panel,
        "block-hover-background": panel,
        "input-cursor-foreground": background,
        "input-cursor-background": accent,
        "input-selection-foreground": foreground,
        "input-selection-background": panel,
        "footer-background": background,
        "footer-foreground": foreground,
        "footer-key-foreground": accent,
        "footer-description-foreground": foreground,
        "scrollbar": muted,
        "scrollbar-hover": foreground,
        "scrollbar-active": accent,
        "scrollbar-background": background,
        "scrollbar-background-hover": background,
        "scrollbar-background-active": background,
        "scrollbar-corner-color": background,
        "button-foreground": foreground,
        "button-color-foreground": background,
    }


def _night() -> Theme:
    return Theme(
        name=NIGHT,
        dark=True,
        background="#0d131a",
        surface="#131b25",
        panel="#233040",
        foreground="#e7edf3",
        accent="#62cdea",
        primary="#4f9fd1",
        secondary="#8797a9",
        success="#67cf94",
        warning="#f0b952",
        error="#ff8275",
        variables=_variables(
            muted="#96a5b5", foreground="#e7edf3", background="#0d131a", accent="#62cdea", panel="#233040"
        ),
    )


def _day() -> Theme:
    return Theme(
        name=DAY,
        dark=False,
        background="#faf8f4",
        surface="#f3f0ea",
        panel="#e3dfd6",
        foreground="#17222d",
        accent="#005e7a",
        primary="#2a6a9e",
        secondary="#616b76",
        success="#1b6b3d",
        warning="#7a4f00",
        error="#b0271e",
        variables=_variables(
            muted="#545f6b", foreground="#17222d", background="#faf8f4", accent="#005e7a", panel="#e3dfd6"
        ),
    )


def _contrast() -> Theme:
    return Theme(
        name=CONTRAST,
        dark=True,
        background="#000000",
        surface="#000000",
        panel="#1e1e1e",
        foreground="#ffffff",
        accent="#6ee7ff",
        primary="#8fc7ff",
        secondary="#cfcfcf",
        success="#6dff9f",
        warning="#ffdc52",
        error="#ffa39b",
        variables=_variables(
            muted="#c6c6c6", foreground="#ffffff", background="#000000", accent="#6ee7ff", panel="#1e1e1e"
        ),
    )


def themes() -> tuple[Theme, ...]:
    """The themes to register with the app, the default one first."""
    return (_night(), _day(), _contrast())
