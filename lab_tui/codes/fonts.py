"""Fonts for printed text: which of those on this machine hold the letters of a text."""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from lab_tui.errors import SystemCannot

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("~/.local/share/fonts"),
    Path("/System/Library/Fonts"),
    Path("/Library/Fonts"),
)
_SUFFIXES = frozenset({".ttf", ".otf", ".ttc"})
_LESS_PLAIN = ("bold", "italic", "oblique", "mono", "light", "thin", "black", "condensed")
_NO_CHARACTER = "\U0010ffff"
_PROBE_PX = 24
_FONTCONFIG_SECONDS = 10
_BOLD_STROKE = 0.018
_WORD = re.compile(r"\s+|\S+")


@dataclass(frozen=True)
class Font:
    """A font file, and which of its fonts; without a path, the small Latin font inside Pillow."""

    path: str | None = None
    index: int = 0

    def at(self, size_px: int) -> FreeTypeFont:
        """The font in a size. Raises OSError for a file that is no scalable font."""
        return _opened(self, size_px)

    def holds(self, char: str) -> bool:
        """Whether the font has a glyph for `char`: one that differs from its glyph for no character."""
        try:
            return _ink(self, char) != _ink(self, _NO_CHARACTER)
        except OSError:
            return False


@dataclass(frozen=True)
class Typeface:
    """The fonts that together hold a text, the preferred first; a word is in one font where one holds it."""

    fonts: tuple[Font, ...]

    def width(self, text: str, size_px: int) -> float:
        """How many pixels a line of `text` takes."""
        return sum(font.at(size_px).getlength(run) for font, run in self._runs(text))

    def draw(
        self,
        on: ImageDraw,
        text: str,
        left: float,
        baseline: float,
        size_px: int,
        ink: tuple[int, int, int] = (0, 0, 0),
        bold: bool = False,
    ) -> None:
        """Draw a line of `text`. Bold letters are the same with a stroke round them, as wide as the plain.

        So that they are there in every script, whether its font has a bold one or not.
        """
        stroke = size_px * _BOLD_STROKE if bold else 0
        for font, run in self._runs(text):
            opened = font.at(size_px)
            on.text((left, baseline), run, fill=ink, font=opened, anchor="ls", stroke_width=stroke)
            left += opened.getlength(run)

    def _runs(self, text: str) -> Iterator[tuple[Font, str]]:
        font, run = self.fonts[0], ""
        for part, fitting in self._parts(text):
            fitting = fitting or font
            if fitting != font and run:
                yield font, run
                run = ""
            font, run = fitting, run + part
        if run:
            yield font, run

    def _parts(self, text: str) -> Iterator[tuple[str, Font | None]]:
        """Words, and the blanks between them, with the font of each; None where any will do."""
        for word in _WORD.findall(text):
            font = self._font_of(word)
            if font is not None or not _letters(word):
                yield word, font
            else:
                yield from ((cluster, self._font_of(cluster) or self.fonts[0]) for cluster in clusters(word))

    def _font_of(self, part: str) -> Font | None:
        letters = _letters(part)
        return next((font for font in self.fonts if letters and all(map(font.holds, letters))), None)


@dataclass(frozen=True)
class FontShelf:
    """Where fonts are looked for: asked of fontconfig first where that is installed, then in `folders`."""

    folders: tuple[Path, ...] = _FOLDERS
    ask_fontconfig: bool = True
    # What earlier texts needed: of a thousand badges most need the same.
    _found: list[Font] = field(default_factory=list, init=False, compare=False, repr=False)

    def typeface(self, text: str) -> Typeface:
        """Fonts that hold all of `text`, as few as possible beside Pillow's own for the words it holds.

        Raises SystemCannot `font_missing`.
        """
        own = Font()
        others = [word for word in text.split() if not all(map(own.holds, _letters(word)))]
        if not others:
            return Typeface((own,))
        plain = (own,) if len(others) < len(text.split()) else ()
        return Typeface((*plain, *(font for font in self._fonts_of("".join(others)) if font not in plain)))

    def _fonts_of(self, text: str) -> tuple[Font, ...]:
        letters = _letters(text)
        fonts: list[Font] = []
        for more in self._from_near_to_far(letters):
            fonts += more
            chosen = _fewest(fonts, letters)
            if chosen:
                self._found.extend(font for font in chosen if font.path and font not in self._found)
                return chosen
        missing = "".join(sorted(char for char in letters if not any(font.holds(char) for font in fonts)))
        raise SystemCannot("font_missing", text=text, missing=missing)

    def _from_near_to_far(self, letters: frozenset[str]) -> Iterator[list[Font]]:
        yield [Font(), *self._found]
        yield self._of_fontconfig(letters)
        yield self._of_folders()

    def _of_fontconfig(self, letters: frozenset[str]) -> list[Font]:
        matcher = shutil.which("fc-match") if self.ask_fontconfig else None
        if matcher is None:
            return []
        best = _fontconfig_match(matcher, letters)
        rest = [char for char in sorted(letters) if not (best and best[0].holds(char))]
        return best + [font for char in rest for font in _fontconfig_match(matcher, frozenset(char))]

    def _of_folders(self) -> list[Font]:
        files = [
            path
            for folder in self.folders
            for path in folder.expanduser().rglob("*")
            if path.suffix.lower() in _SUFFIXES
        ]
        return [Font(str(path)) for path in sorted(files, key=_plainest_first)]


def clusters(text: str) -> list[str]:
    """`text` cut where a line may end or a font change: never between a letter and its marks."""
    found: list[str] = []
    for char in text:
        joined = found and (
            found[-1].endswith("\u200d") or unicodedata.category(char) in ("Mn", "Me", "Mc", "Cf")
        )
        if joined:
            found[-1] += char
        else:
            found.append(char)
    return found


def _letters(text: str) -> frozenset[str]:
    """The characters of `text` that need a glyph: no blanks, joiners or variation selectors."""
    return frozenset(
        char
        for char in text
        if not char.isspace() and unicodedata.category(char) != "Cf" and not "\ufe00" <= char <= "\ufe0f"
    )


def _fewest(fonts: list[Font], letters: frozenset[str]) -> tuple[Font, ...]:
    """The fonts that hold all of `letters`, each time the one with most of the rest; none if they cannot."""
    chosen: list[Font] = []
    missing = letters
    while missing or not chosen:
        held = {font: frozenset(filter(font.holds, missing)) for font in fonts}
        best = max(fonts, key=lambda font: len(held[font]))
        if missing and not held[best]:
            return ()
        chosen.append(best)
        missing -= held[best]
    return tuple(chosen)


def _fontconfig_match(matcher: str, letters: frozenset[str]) -> list[Font]:
    charset = " ".join(f"{ord(char):x}" for char in sorted(letters))
    command = [matcher, "--format", "%{index}|%{file}", f"sans-serif:scalable=true:charset={charset}"]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=_FONTCONFIG_SECONDS, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    index, _, path = answer.partition("|")
    # The upper half of the index names an instance of a variable font.
    return [Font(path, int(index) & 0xFFFF)] if path and index.isdigit() else []


def _plainest_first(path: Path) -> tuple[bool, int, str]:
    name = path.name.lower()
    return "sans" not in name, sum(word in name for word in _LESS_PLAIN), str(path)


@lru_cache(maxsize=64)
def _opened(font: Font, size_px: int) -> FreeTypeFont:
    from PIL import ImageFont

    if font.path is not None:
        return ImageFont.truetype(font.path, size_px, index=font.index)
    built_in = ImageFont.load_default(size_px)
    if not isinstance(built_in, ImageFont.FreeTypeFont):
        raise OSError("Pillow was built without FreeType")
    return built_in


@lru_cache(maxsize=4096)
def _ink(font: Font, char: str) -> tuple[tuple[int, int], bytes]:
    mask = _opened(font, _PROBE_PX).getmask(char)
    return mask.size, bytes(mask)
