"""What is said of scanners: layouts, suffixes, speed."""

from __future__ import annotations

from collections.abc import Mapping

from lab_tui.i18n import N_, _
from lab_tui.scanning.traits import ScannerFault, ScannerTraits

LAYOUTS: Mapping[str, str] = {
    "us": N_("US"),
    "gb": N_("British"),
    "de": N_("German"),
    "ch": N_("Swiss"),
    "fr": N_("French"),
    "be": N_("Belgian"),
    "cz": N_("Czech"),
    "tr": N_("Turkish"),
    "ru": N_("Russian"),
    "dvorak": N_("Dvorak"),
    "it": N_("Italian"),
    "es": N_("Spanish"),
    "jp": N_("Japanese"),
}
SUFFIXES: Mapping[str, str] = {
    "enter": N_("Enter"),
    "tab": N_("Tab"),
    "line_feed": N_("line feed"),
    "crlf": N_("Enter and line feed"),
    "none": N_("nothing"),
    "other": N_("something else"),
}
ADVICE: Mapping[ScannerFault, str] = {
    ScannerFault.LAYOUT: N_("Codes are read; better set the scanner, or the keyboard, to US."),
    ScannerFault.CAPS: N_("Its letters come in lower case: Caps Lock may be on."),
    ScannerFault.SLOW: N_("It is slow: set it to less time between two keys."),
}


def layout(name: str) -> str:
    """A keyboard layout by its name in `lab.toml`."""
    return _(LAYOUTS[name])


def suffix(name: str) -> str:
    """What comes after a code, by its name in `lab.toml`."""
    return _(SUFFIXES[name])


def traits(seen: ScannerTraits) -> str:
    """How a scanner types, in one line."""
    return _("Layout: {layout}. After a code: {suffix}. {milliseconds} ms a key.").format(
        layout=layout(seen.layout), suffix=suffix(seen.suffix), milliseconds=round(seen.median_gap)
    )
