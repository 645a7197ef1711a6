"""Every pair of text and ground that the widgets use can be read."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from lab_tui.tui.themes import CONTRAST, themes

TEXTS = ["foreground", "text-muted", "accent", "success", "warning", "error", "primary", "secondary"]
GROUNDS = ["background", "surface"]
# Text on a coloured ground: the cursor, the selection, a verdict's band, an own booking, a field.
PAIRS = [(text, ground) for text in TEXTS for ground in GROUNDS] + [
    ("background", "foreground"),
    ("foreground", "panel"),
    ("text-muted", "panel"),
    ("background", "accent"),
    ("background", "success"),
    ("background", "warning"),
    ("background", "error"),
    ("block-cursor-foreground", "block-cursor-background"),
    ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
    ("input-cursor-foreground", "input-cursor-background"),
    ("input-selection-foreground", "input-selection-background"),
    ("footer-foreground", "footer-background"),
    ("footer-key-foreground", "footer-background"),
    ("text-disabled", "surface"),
]


def luminance(colour: Color) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [part / 255 for part in colour.rgb]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """Contrast ratio, WCAG 2.2, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21)
    assert contrast(Color.parse("#777777"), Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", themes(), ids=lambda theme: theme.name)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read_on_its_ground(theme: Theme, text: str, ground: str) -> None:
    colours = theme.to_color_system().generate()
    needed = 7.0 if theme.name == CONTRAST else 4.5
    assert contrast(Color.parse(colours[text]), Color.parse(colours[ground])) >= needed


@pytest.mark.parametrize("theme", themes(), ids=lambda theme: theme.name)
def test_states_have_colours_of_their_own(theme: Theme) -> None:
    names = ["foreground", "accent", "success", "warning", "error", "primary", "secondary"]
    colours = theme.to_color_system().generate()
    assert len({colours[name].lower() for name in names}) == len(names)
