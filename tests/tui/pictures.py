"""Pictures of screens: PNG files to look at, and text snapshots to compare with.

`take_picture` writes into the folder named by LAB_TUI_PICTURES, or a temporary one.
`assert_same_picture` compares with `snapshots/`; LAB_TUI_UPDATE=1 writes the snapshot instead.
"""

from __future__ import annotations

import html
import os
import re
import tempfile
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.style import Style
from textual.app import App
from textual.pilot import Pilot

_SNAPSHOTS = Path(__file__).parent / "snapshots"
# Names people know, looked up in the theme in this order; the first that matches a colour names it.
_COLOUR_NAMES = (
    "foreground",
    "background",
    "accent",
    "success",
    "warning",
    "error",
    "primary",
    "secondary",
    "text-muted",
    "panel",
    "surface",
)
# The exported picture asks for a font from the net; these stand on the machine.
_FONT = "DejaVu Sans Mono"
_WIDE_FONT = "WenQuanYi Zen Hei Mono"
# The width of a cell in the exported picture.
_CELL = 12.2
_TEXT = re.compile(r'<text class="terminal[^>]*?x="([\d.]+)" (y=[^>]*?) textLength=[^>]*?>([^<]*)<')


async def take_picture(app: App[Any], pilot: Pilot[Any], name: str) -> Path:
    """The screen as a PNG; returns its path. The SVG lies beside it."""
    import cairosvg

    await pilot.pause()
    folder = Path(os.environ.get("LAB_TUI_PICTURES") or tempfile.mkdtemp(prefix="lab-tui-pictures-"))
    folder.mkdir(parents=True, exist_ok=True)
    svg = svg_of(app, name)
    (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    picture = folder / f"{name}.png"
    cairosvg.svg2png(bytestring=svg.encode(), write_to=str(picture))
    return picture


def svg_of(app: App[Any], title: str) -> str:
    """The screen as an SVG whose font is on this machine."""
    svg = app.export_screenshot(title=title)
    svg = re.sub(r"@font-face\s*{[^}]*}", "", svg)
    svg = re.sub(r"font-family:[^;]*;", f"font-family: {_FONT};", svg)
    return _TEXT.sub(_spread, svg)


def _spread(match: re.Match[str]) -> str:
    """A text with a place for every cell, because the converter rounds the width of a character.

    Wide characters are texts of their own: the converter looks for each text in one font only.
    """
    x, rest = float(match[1]), match[2]
    start = match[0].split(" x=")[0]
    texts: list[str] = []
    for is_wide, run in groupby(html.unescape(match[3]), key=lambda char: cell_len(char) == 2):
        places, chars = [], "".join(run)
        for char in chars:
            places.append(f"{x:.1f}")
            x += _CELL * cell_len(char)
        font = f' style="font-family: {_WIDE_FONT}"' if is_wide else ""
        texts.append(f'{start}{font} x="{" ".join(places)}" {rest}>{html.escape(chars)}<')
    return "/text>".join(texts)


def screen_text(app: App[Any]) -> str:
    """What stands on the screen, followed by what is coloured how, in names of the theme."""
    names = {
        app.theme_variables[name].lower(): name
        for name in reversed(_COLOUR_NAMES)
        if name in app.theme_variables
    }
    lines: list[str] = []
    colours: list[str] = []
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        lines.append(strip.text.rstrip())
        colours.append(f"{y:>3} " + _runs(strip._segments, names))
    return "\n".join(lines) + "\n\n" + "\n".join(colours) + "\n"


def _runs(segments: list[Any], names: dict[str, str]) -> str:
    """Equal neighbouring styles of a line as `cells style`."""
    cells = [_style_name(style, names) for text, style, _control in segments for _cell in text]
    return ", ".join(f"{sum(1 for _ in run)} {name}" for name, run in groupby(cells))


def _style_name(style: Style | None, names: dict[str, str]) -> str:
    if style is None:
        return "plain"
    fore, back = (
        "default" if colour is None else names.get(colour.name.lower(), colour.name)
        for colour in (style.color, style.bgcolor)
    )
    return f"{fore} on {back}" + (" bold" if style.bold else "") + (" reverse" if style.reverse else "")


def assert_same_picture(name: str, text: str) -> None:
    """Fail where the picture differs from the stored one, or where none is stored."""
    stored = _SNAPSHOTS / f"{name}.txt"
    if os.environ.get("LAB_TUI_UPDATE") == "1":
        stored.parent.mkdir(exist_ok=True)
        stored.write_text(text, encoding="utf-8")
        return
    assert stored.is_file(), f"no snapshot {stored.name}: look at the picture, then run with LAB_TUI_UPDATE=1"
    assert text == stored.read_text(encoding="utf-8")
