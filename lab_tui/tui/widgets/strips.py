"""Thin overviews for Home and small bars: GPU use, desks a zone, and how much of a quota is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip

from lab_tui.tui.widgets.drawing import CellRow, LineWidget, cell_width, fit
from lab_tui.tui.widgets.floor_plan import DeskState
from lab_tui.tui.widgets.time_scale import TimeScale

_GAP = 2
_LEAST_BAR = 6


@dataclass(frozen=True)
class UseStrip:
    """A GPU model and, for each slot, the share of its GPUs in use, 0 to 1."""

    label: str
    shares: tuple[float, ...]


@dataclass(frozen=True)
class GpuStripsView:
    """The next hours of all GPU models; `labels` are the slots' `HH:MM`, `summary` stands at the right."""

    title: str = ""
    labels: tuple[str, ...] = ()
    strips: tuple[UseStrip, ...] = ()
    summary: str = ""


def shade(share: float) -> str:
    """The glyph for a share of use, from all free to all taken."""
    if share <= 0:
        return "·"
    if share >= 1:
        return "█"
    return "░▒▓"[min(2, int(share * 3))]


class GpuStrips(LineWidget):
    """One thin strip a GPU model over the next hours."""

    PENS = "gpus"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "gpus--title",
        "gpus--hour",
        "gpus--label",
        "gpus--free",
        "gpus--some",
        "gpus--full",
        "gpus--summary",
    }
    DEFAULT_CSS = """
    GpuStrips {
        height: auto;
        & > .gpus--title { color: $accent; text-style: bold; }
        & > .gpus--hour { color: $text-muted; }
        & > .gpus--label { color: $foreground; }
        & > .gpus--free { color: $success; }
        & > .gpus--some { color: $primary; }
        & > .gpus--full { color: $secondary; }
        & > .gpus--summary { color: $foreground; text-style: bold; }
    }
    """
    view: reactive[GpuStripsView] = reactive(GpuStripsView(), init=False, layout=True)

    def __init__(
        self,
        view: GpuStripsView | None = None,
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(GpuStrips.view, view or GpuStripsView())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """A header and a line for each model."""
        return 1 + len(self.view.strips)

    def draw_line(self, y: int, width: int) -> Strip:
        """The hours, or the strip of one model."""
        view = self.view
        names = [view.title, *(strip.label for strip in view.strips)]
        indent = min(max(map(cell_width, names)) + _GAP, max(1, width // 3))
        summary = cell_width(view.summary)
        room = max(0, width - indent - (summary + _GAP if summary and summary < width // 3 else 0))
        scale = TimeScale(len(view.labels), max(1, room // max(1, len(view.labels))))
        row = CellRow(width)
        if y == 0:
            row.write(0, view.title, "title", max(0, indent - 1))
            self._put(row, scale.header(view.labels, "hour"), indent, room)
            if room + indent < width:
                row.write(width - summary, view.summary, "summary")
        elif y <= len(view.strips):
            strip = view.strips[y - 1]
            row.write(0, strip.label, "label", max(0, indent - 1))
            self._put(row, _use(strip, scale), indent, room)
        return row.strip(self.pens)

    def _put(self, row: CellRow, part: CellRow, x: int, room: int) -> None:
        part = part.window(0, room)
        row.chars[x : x + room] = part.chars
        row.pens[x : x + room] = part.pens


def _use(strip: UseStrip, scale: TimeScale) -> CellRow:
    cells = CellRow(scale.width)
    for slot, share in enumerate(strip.shares[: scale.slots]):
        glyph = shade(share)
        pen = {"·": "free", "█": "full"}.get(glyph, "some")
        cells.fill(scale.column(slot), scale.column(slot + 1), glyph, pen)
    return cells


@dataclass(frozen=True)
class ZoneStrip:
    """A zone and what each of its desks is today."""

    name: str
    desks: tuple[DeskState, ...]


@dataclass(frozen=True)
class DeskStripsView:
    """All zones; `summary` stands at the right of the first line."""

    title: str = ""
    zones: tuple[ZoneStrip, ...] = ()
    summary: str = ""


class DeskStrips(LineWidget):
    """A row of glyphs a zone, side by side where they fit."""

    PENS = "desks"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "desks--title",
        "desks--zone",
        "desks--mine",
        "desks--taken",
        "desks--free",
        "desks--lent",
        "desks--out-of-order",
        "desks--summary",
    }
    DEFAULT_CSS = """
    DeskStrips {
        height: auto;
        & > .desks--title { color: $accent; text-style: bold; }
        & > .desks--zone { color: $foreground; }
        & > .desks--mine { color: $accent; }
        & > .desks--taken { color: $secondary; }
        & > .desks--free { color: $success; text-style: bold; }
        & > .desks--lent { color: $warning; text-style: bold; }
        & > .desks--out-of-order { color: $error; }
        & > .desks--summary { color: $foreground; text-style: bold; }
    }
    """
    view: reactive[DeskStripsView] = reactive(DeskStripsView(), init=False, layout=True)

    def __init__(
        self,
        view: DeskStripsView | None = None,
        *,
        indent: int = 0,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        """`indent` cells are kept for the title, so that strips above one another line up."""
        super().__init__(id=id, classes=classes)
        self._least_indent = indent
        self.set_reactive(DeskStrips.view, view or DeskStripsView())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as the zones need side by side."""
        return max(1, -(-len(self.view.zones) // self._zones_a_line(width)))

    def _indent(self, width: int) -> int:
        return min(max(self._least_indent, cell_width(self.view.title) + _GAP), max(1, width // 3))

    def _summary_width(self, width: int) -> int:
        summary = cell_width(self.view.summary)
        return summary + _GAP if summary and summary < width // 3 else 0

    def _zone_width(self) -> int:
        """A zone's name, its longest row of desks and the air after it."""
        names = max((cell_width(zone.name) for zone in self.view.zones), default=0)
        return names + 1 + max((len(zone.desks) for zone in self.view.zones), default=0) + 3

    def _zones_a_line(self, width: int) -> int:
        room = width - self._indent(width) - self._summary_width(width)
        return max(1, (room + 3) // self._zone_width())

    def draw_line(self, y: int, width: int) -> Strip:
        """Some zones beside one another."""
        view, row = self.view, CellRow(width)
        indent, summary = self._indent(width), self._summary_width(width)
        if y == 0:
            row.write(0, view.title, "title", max(0, indent - 1))
            if summary:
                row.write(width - summary + _GAP, view.summary, "summary")
        a_line = self._zones_a_line(width)
        names = max((cell_width(zone.name) for zone in view.zones), default=0)
        x, end = indent, max(0, width - summary)
        for zone in view.zones[y * a_line : (y + 1) * a_line]:
            room = min(names, max(0, end - x))
            row.write(x, fit(zone.name, room), "zone")
            for index, state in enumerate(zone.desks):
                at = x + names + 1 + index
                if at < end:
                    row.fill(at, at + 1, state.value, state.name.lower().replace("_", "-"))
            x += self._zone_width()
        return row.strip(self.pens)


@dataclass(frozen=True)
class BarView:
    """How much of a whole is used, and how much would be `after` a planned act; `text` says it in words."""

    used: float = 0
    total: float = 0
    text: str = ""
    after: float | None = None


class Bar(LineWidget):
    """A thin bar with its words at the right."""

    PENS = "bar"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "bar--used",
        "bar--more",
        "bar--over",
        "bar--rest",
        "bar--text",
    }
    DEFAULT_CSS = """
    Bar {
        height: 1;
        & > .bar--used { color: $accent; }
        & > .bar--more { color: $warning; }
        & > .bar--over { color: $error; text-style: bold; }
        & > .bar--rest { color: $text-muted; }
        & > .bar--text { color: $foreground; }
    }
    """
    view: reactive[BarView] = reactive(BarView(), init=False)

    def __init__(
        self,
        view: BarView | None = None,
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(Bar.view, view or BarView())

    def draw_line(self, y: int, width: int) -> Strip:
        """Used, what a planned act adds, what is left; an overflow is told by colour and glyph."""
        row, view = CellRow(width), self.view
        if y:
            return row.strip(self.pens)
        text = cell_width(view.text)
        length = max(0, min(width, max(_LEAST_BAR, width - text - _GAP)))
        used = _share(view.used, view.total, length)
        after = _share(view.used if view.after is None else view.after, view.total, length)
        row.fill(0, length, "─", "rest")
        row.fill(used, after, "╍", "more")
        row.fill(0, min(used, after) if view.after is not None else used, "━", "used")
        if max(view.used, view.after or 0) > view.total:
            row.fill(0, length, "━", "over")
            row.fill(length - 1, length, "!", "over")
        row.write(length + _GAP, view.text, "text")
        return row.strip(self.pens)


def _share(amount: float, total: float, length: int) -> int:
    """Cells for an amount; something used shows at least one, and only all of it fills all."""
    if amount <= 0 or total <= 0:
        return 0
    cells = round(length * min(1.0, amount / total))
    return min(max(1, cells), length if amount >= total else length - 1)
