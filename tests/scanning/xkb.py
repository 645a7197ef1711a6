"""Keyboard layouts as X and Wayland know them: a small reader of xkb-data's symbols."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

SYMBOLS = Path("/usr/share/X11/xkb/symbols")
KEYSYMS = {
    "ampersand": "&",
    "apostrophe": "'",
    "asciicircum": "^",
    "asciitilde": "~",
    "asterisk": "*",
    "at": "@",
    "backslash": "\\",
    "bar": "|",
    "braceleft": "{",
    "braceright": "}",
    "bracketleft": "[",
    "bracketright": "]",
    "colon": ":",
    "comma": ",",
    "dollar": "$",
    "equal": "=",
    "exclam": "!",
    "greater": ">",
    "less": "<",
    "minus": "-",
    "numbersign": "#",
    "parenleft": "(",
    "parenright": ")",
    "percent": "%",
    "period": ".",
    "periodcentered": "·",
    "plus": "+",
    "question": "?",
    "quotedbl": '"',
    "section": "§",
    "semicolon": ";",
    "slash": "/",
    "sterling": "£",
    "underscore": "_",
    "numerosign": "№",
    "dead_diaeresis": "dead ¨",
}
# Latin letters with marks, and Cyrillic ones, from their names in Unicode.
_MARKS = {
    "acute": "ACUTE",
    "grave": "GRAVE",
    "diaeresis": "DIAERESIS",
    "cedilla": "CEDILLA",
    "caron": "CARON",
    "breve": "BREVE",
    "ring": "RING ABOVE",
}
_CYRILLIC = {"softsign": "SOFT SIGN", "hardsign": "HARD SIGN", "shorti": "SHORT I"}
_BLOCK = re.compile(r'^(?P<flags>[a-z_ \t\n]*?)xkb_symbols\s+"(?P<name>[^"]+)"\s*\{', re.MULTILINE)
_PART = re.compile(
    r'(?:(?:augment|override|replace)\s+)?include\s+"(?P<include>[^"]+)"'
    r"|(?:override\s+|replace\s+)?key\s+<(?P<key>\w+)>\s*\{(?P<body>[^}]*)\}"
)
_LEVELS = re.compile(r"\[([^\]]*)\]")


def layout(name: str, variant: str = "") -> dict[str, tuple[str, str]]:
    """What each key types without and with Shift, by the key's name; '' for what types nothing known.

    `dead x`: a dead key. As in a keymap of the US keyboard with this layout.
    """
    return {key: (_char(plain), _char(shifted)) for key, (plain, shifted) in _keysyms(name, variant).items()}


@cache
def _keysyms(name: str, variant: str) -> dict[str, tuple[str, str]]:
    text = re.sub(r"//.*", "", (SYMBOLS / name).read_text(encoding="utf-8"))
    found: dict[str, tuple[str, str]] = {}
    for part in _PART.finditer(_block(text, variant)):
        if part["include"]:
            for one in part["include"].split("+"):
                match = re.fullmatch(r"(\w+)(?:\((\w+)\))?(?::\d)?", one)
                assert match, one
                found |= _keysyms(match[1], match[2] or "")
        elif levels := _LEVELS.search(part["body"].replace("[Group1]", "")):
            symbols = [symbol.strip() for symbol in levels[1].split(",")]
            found[part["key"]] = (symbols[0], symbols[1] if len(symbols) > 1 else "")
    return found


def _block(text: str, variant: str) -> str:
    """The text of a variant; of the default one, or else the first, where none is named."""
    blocks = list(_BLOCK.finditer(text))
    chosen = next(
        (one for one in blocks if (one["name"] == variant if variant else "default" in one["flags"].split())),
        blocks[0],
    )
    depth, end = 1, chosen.end()
    while depth:
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    return text[chosen.end() : end - 1]


def _char(keysym: str) -> str:
    if len(keysym) <= 1:
        return keysym
    if keysym in KEYSYMS:
        return KEYSYMS[keysym]
    if keysym.startswith("Cyrillic_"):
        name = keysym.removeprefix("Cyrillic_")
        case = "CAPITAL" if name.isupper() else "SMALL"
        letter = _CYRILLIC.get(name.lower(), name.upper())
        return unicodedata.lookup(f"CYRILLIC {case} LETTER {letter}")
    for mark, mark_name in _MARKS.items():
        if keysym.lower() == keysym[0].lower() + mark:
            case = "CAPITAL" if keysym[0].isupper() else "SMALL"
            return unicodedata.lookup(f"LATIN {case} LETTER {keysym[0].upper()} WITH {mark_name}")
    return ""
